//! Strings put together: `concat`, `concatWithSeparator`, `format`, `arrayStringConcat`.

use arrow::array::{Array, AsArray};

use super::texts::{Texts, append, strings};
use crate::error::{Code, Error, Result};
use crate::functions::arrays::lists::elements;
use crate::functions::call;
use crate::functions::casts::text_value;
use crate::functions::function::{ANY, Argument, Bound, Function, illegal};
use crate::types::DataType;

pub const CONCAT: Function = Function::new(
    "concat",
    (0, ANY),
    "One string, or array, after another",
    |arguments, _| {
        if arguments
            .iter()
            .all(|argument| matches!(argument.data_type, DataType::Array(_)))
            && !arguments.is_empty()
        {
            return Ok(Bound::compose(|arguments, context| {
                call("arrayConcat", arguments, context)
            }));
        }
        if arguments
            .iter()
            .all(|argument| matches!(argument.data_type, DataType::Tuple(_)))
            && !arguments.is_empty()
        {
            return Ok(Bound::compose(|arguments, context| {
                call("tupleConcat", arguments, context)
            }));
        }
        Ok(Bound::compact(DataType::String, as_texts(arguments), |arrays, rows| {
            let texts: Vec<Texts> = arrays.iter().map(Texts::new).collect();
            strings(rows, |row, out| {
                texts.iter().try_for_each(|text| append(out, text.get(row)))
            })
        }))
    },
)
.any_case();

/// Strings stay as they are, all other types become text.
fn as_texts(arguments: &[Argument]) -> Vec<DataType> {
    let kept = |argument: &Argument| match argument.data_type.is_string_or_fixed_string() {
        true => argument.data_type.clone(),
        false => DataType::String,
    };
    arguments.iter().map(kept).collect()
}

pub const CONCAT_WITH_SEPARATOR: Function = Function::new(
    "concatWithSeparator",
    (1, ANY),
    "Strings with the first argument between them",
    |arguments, _| {
        if !arguments[0].data_type.is_string_or_fixed_string() {
            return Err(illegal(format!(
                "Illegal type {} of argument of function concatWithSeparator",
                arguments[0].data_type
            )));
        }
        Ok(Bound::compact(DataType::String, as_texts(arguments), |arrays, rows| {
            let texts: Vec<Texts> = arrays.iter().map(Texts::new).collect();
            strings(rows, |row, out| {
                for (index, text) in texts[1..].iter().enumerate() {
                    if index > 0 {
                        append(out, texts[0].get(row))?;
                    }
                    append(out, text.get(row))?;
                }
                Ok(())
            })
        }))
    },
)
.aliases_any_case(&["concat_ws"]);

pub const FORMAT: Function = Function::new(
    "format",
    (2, ANY),
    "The pattern with {} replaced by arguments",
    |arguments, _| {
        let Some(pattern) = arguments[0].constant.as_ref().and_then(text_value) else {
            return Err(Error::new(
                Code::ILLEGAL_COLUMN,
                "First argument of function format must be a constant string",
            ));
        };
        let pieces = pieces(pattern, arguments.len() - 1)?;
        Ok(Bound::compact(
            DataType::String,
            as_texts(arguments),
            move |arrays, rows| {
                let texts: Vec<Texts> = arrays[1..].iter().map(Texts::new).collect();
                strings(rows, |row, out| {
                    for piece in &pieces {
                        match piece {
                            Piece::Text(text) => append(out, text)?,
                            Piece::Argument(index) => append(out, texts[*index].get(row))?,
                        }
                    }
                    Ok(())
                })
            },
        ))
    },
);

/// A part of a format pattern.
enum Piece {
    Text(Vec<u8>),
    Argument(usize),
}

fn bad_pattern(message: &str) -> Error {
    Error::new(Code::BAD_ARGUMENTS, message)
}

fn pieces(pattern: &[u8], arguments: usize) -> Result<Vec<Piece>> {
    let (mut pieces, mut text, mut next, mut at) = (Vec::new(), Vec::new(), 0, 0);
    let mut numbered = None;
    while at < pattern.len() {
        let byte = pattern[at];
        at += 1;
        match byte {
            b'{' | b'}' if pattern.get(at) == Some(&byte) => {
                text.push(byte);
                at += 1;
            }
            b'{' => {
                let Some(length) = pattern[at..].iter().position(|byte| *byte == b'}') else {
                    return Err(bad_pattern("Two braces are not closed properly in the format string"));
                };
                let inside = std::str::from_utf8(&pattern[at..at + length]).unwrap_or("?");
                at += length + 1;
                let own = !inside.is_empty();
                if numbered.is_some_and(|numbered| numbered != own) {
                    return Err(bad_pattern(
                        "Cannot switch between automatic and manual numbering in the format string",
                    ));
                }
                numbered = Some(own);
                let index = match own {
                    false => next,
                    true => inside
                        .parse()
                        .map_err(|_| bad_pattern("Not a number in curly braces in the format string"))?,
                };
                next += 1;
                if index >= arguments {
                    return Err(bad_pattern(
                        "Not enough arguments to fill the placeholders in the format string",
                    ));
                }
                pieces.push(Piece::Text(std::mem::take(&mut text)));
                pieces.push(Piece::Argument(index));
            }
            b'}' => return Err(bad_pattern("Closed curly brace without open one in the format string")),
            byte => text.push(byte),
        }
    }
    pieces.push(Piece::Text(text));
    Ok(pieces)
}

pub const ARRAY_STRING_CONCAT: Function = Function::new(
    "arrayStringConcat",
    (1, 2),
    "The elements as strings, with the second argument between them",
    |arguments, _| {
        let DataType::Array(item) = &arguments[0].data_type else {
            return Err(illegal(
                "First argument for function arrayStringConcat must be an array",
            ));
        };
        let element = if item.is_nullable() {
            DataType::String.to_nullable()
        } else {
            DataType::String
        };
        let mut types = vec![DataType::Array(Box::new(element))];
        types.extend(arguments.get(1).map(|argument| argument.data_type.clone()));
        if arguments
            .get(1)
            .is_some_and(|argument| !argument.data_type.is_string_or_fixed_string())
        {
            return Err(illegal(
                "Second argument for function arrayStringConcat must be constant string",
            ));
        }
        Ok(Bound::compact(DataType::String, types, |arrays, rows| {
            let list = arrays[0].as_list::<i32>();
            let values = list.values().as_binary::<i32>();
            let separator = arrays.get(1).map(Texts::new);
            strings(rows, |row, out| {
                let mut first = true;
                for index in elements(list, row).filter(|index| values.is_valid(*index)) {
                    if let (false, Some(separator)) = (first, &separator) {
                        append(out, separator.get(row))?;
                    }
                    append(out, values.value(index))?;
                    first = false;
                }
                Ok(())
            })
        }))
    },
)
.aliases_any_case(&["array_to_string"]);
