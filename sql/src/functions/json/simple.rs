//! `simpleJSON…`, once `visitParam…`: the first place where a text has `"name":` decides, whatever is around it.

use arrow::array::ArrayRef;
use memchr::memmem::Finder;

use super::extract::write_string;
use super::push;
use crate::error::{Code, Error, Result};
use crate::functions::casts::text_value;
use crate::functions::function::{Argument, Bound, Function, illegal_type};
use crate::functions::strings::Texts;
use crate::types::{Cursor, DataType, TextOptions, read_json_string, reader};

/// See [`super::FUNCTIONS`].
pub const FUNCTIONS: &[Function] = &[
    Function::new("simpleJSONHas", (2, 2), "Whether a text has a field", |arguments, _| {
        after_name(arguments, "simpleJSONHas", DataType::UInt8, |_, out| {
            out.push(1);
            true
        })
    })
    .aliases(&["visitParamHas"]),
    Function::new(
        "simpleJSONExtractUInt",
        (2, 2),
        "The number of a field",
        |arguments, _| {
            after_name(arguments, "simpleJSONExtractUInt", DataType::UInt64, |rest, out| {
                spelled::<u64>(number(rest)).is_some_and(|number| extend(out, &number.to_le_bytes()))
            })
        },
    )
    .aliases(&["visitParamExtractUInt"]),
    Function::new(
        "simpleJSONExtractInt",
        (2, 2),
        "The number of a field",
        |arguments, _| {
            after_name(arguments, "simpleJSONExtractInt", DataType::Int64, |rest, out| {
                spelled::<i64>(number(rest)).is_some_and(|number| extend(out, &number.to_le_bytes()))
            })
        },
    )
    .aliases(&["visitParamExtractInt"]),
    Function::new(
        "simpleJSONExtractFloat",
        (2, 2),
        "The number of a field",
        |arguments, _| {
            after_name(arguments, "simpleJSONExtractFloat", DataType::Float64, |rest, out| {
                spelled::<f64>(float(rest)).is_some_and(|number| extend(out, &number.to_le_bytes()))
            })
        },
    )
    .aliases(&["visitParamExtractFloat"]),
    Function::new(
        "simpleJSONExtractBool",
        (2, 2),
        "Whether a field is true",
        |arguments, _| {
            after_name(arguments, "simpleJSONExtractBool", DataType::UInt8, |rest, out| {
                out.push(u8::from(rest.starts_with(b"true")));
                true
            })
        },
    )
    .aliases(&["visitParamExtractBool"]),
    Function::new(
        "simpleJSONExtractRaw",
        (2, 2),
        "A field's value as it is written",
        |arguments, _| {
            after_name(arguments, "simpleJSONExtractRaw", DataType::String, |rest, out| {
                write_string(raw(rest), out);
                true
            })
        },
    )
    .aliases(&["visitParamExtractRaw"]),
    Function::new(
        "simpleJSONExtractString",
        (2, 2),
        "The string of a field",
        |arguments, _| {
            after_name(arguments, "simpleJSONExtractString", DataType::String, |rest, out| {
                let mut text = Vec::new();
                let whole = rest.starts_with(b"\"") && read_json_string(&mut Cursor::new(rest), &mut text).is_ok();
                write_string(&text, out);
                whole
            })
        },
    )
    .aliases(&["visitParamExtractString"]),
];

fn extend(out: &mut Vec<u8>, bytes: &[u8]) -> bool {
    out.extend_from_slice(bytes);
    true
}

/// A function of what follows the name in each text.
fn after_name(
    arguments: &[Argument],
    name: &'static str,
    result: DataType,
    answer: fn(&[u8], &mut Vec<u8>) -> bool,
) -> Result<Bound> {
    if let Some(wrong) = arguments.iter().find(|argument| argument.data_type != DataType::String) {
        return Err(illegal_type(wrong, name));
    }
    let Some(field) = arguments[1].constant.as_ref().and_then(text_value) else {
        let message = format!("Argument at index 1 for function {name} must be constant");
        return Err(Error::new(Code::ILLEGAL_COLUMN, message));
    };
    let finder = Finder::new(&[b"\"", field, b"\":"].concat()).into_owned();
    let types = vec![DataType::String; 2];
    let result_type = result.clone();
    Ok(Bound::compact(result, types, move |arrays: &[ArrayRef], rows| {
        let texts = Texts::new(&arrays[0]);
        let mut column = reader(&result_type, &TextOptions::default());
        let mut bytes = Vec::new();
        for row in 0..rows {
            let text = texts.get(row);
            bytes.clear();
            let given = match finder.find(text) {
                Some(found) => answer(&text[found + finder.needle().len()..], &mut bytes),
                None => false,
            };
            push(column.as_mut(), given, &bytes)?;
        }
        Ok(column.finish())
    }))
}

/// The sign and digits that a value begins with, perhaps behind a quote.
fn number(rest: &[u8]) -> &[u8] {
    let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
    let sign = usize::from(matches!(rest.first(), Some(b'-' | b'+')));
    let digits = rest[sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    &rest[..sign + digits]
}

/// The longest beginning that is a float.
fn float(rest: &[u8]) -> &[u8] {
    let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
    let length = rest
        .iter()
        .take_while(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
        .count();
    let longest = (0..=length).rev().find(|end| spelled::<f64>(&rest[..*end]).is_some());
    &rest[..longest.unwrap_or_default()]
}

fn spelled<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The value up to the comma or bracket that ends it; nothing where none does.
fn raw(rest: &[u8]) -> &[u8] {
    let mut closing = Vec::new();
    let mut place = 0;
    while let Some(byte) = rest.get(place) {
        match (*byte, closing.last()) {
            (byte, Some(end)) if byte == *end => {
                closing.pop();
            }
            (b'\\', _) if rest.get(place + 1) == Some(&b'"') => place += 1,
            (_, Some(b'"')) => {}
            (b'"', _) => closing.push(b'"'),
            (b'[', _) => closing.push(b']'),
            (b'{', _) => closing.push(b'}'),
            (b',' | b'}', None) => return &rest[..place],
            _ => {}
        }
        place += 1;
    }
    &[]
}
