//! Strings repeated and filled up.

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;

use super::texts::{COLUMN_BYTES_MAX, Texts, characters, strings, text};
use crate::error::{Code, Error, Result};
use crate::functions::function::{Argument, Bound, Function, illegal, row_of};
use crate::types::DataType;

/// ClickHouse's limit on repetitions and on the length to fill up to.
const TIMES_MAX: i64 = 1_000_000;

pub const REPEAT: Function = Function::new("repeat", (2, 2), "The string so many times", |arguments, _| {
    let kept = match &arguments[0].data_type {
        kept if kept.is_string_or_fixed_string() => kept.clone(),
        other => return Err(illegal(format!("A value of illegal type was provided as 1st argument 's' to function 'repeat'. Expected: String, got: {other}"))),
    };
    integer(&arguments[1], "repeat")?;
    Ok(Bound::compact(DataType::String, vec![kept, DataType::Int64], |arrays, rows| {
        let (texts, counts) = (Texts::new(&arrays[0]), arrays[1].as_primitive::<Int64Type>());
        strings(rows, |row, out| {
            let count = counts.value(row_of(&arrays[1], row)).max(0);
            let text = texts.get(row);
            check_times(count, "repeat")?;
            let size = (count as usize).saturating_mul(text.len()).saturating_add(out.len());
            if size > COLUMN_BYTES_MAX {
                return Err(too_large("repeat", size));
            }
            if !text.is_empty() {
                (0..count).for_each(|_| out.extend_from_slice(text));
            }
            Ok(())
        })
    }))
})
.any_case();

pub const SPACE: Function = Function::new("space", (1, 1), "So many spaces", |arguments, _| {
    integer(&arguments[0], "space")?;
    Ok(Bound::compact(
        DataType::String,
        vec![DataType::Int64],
        |arrays, rows| {
            let counts = arrays[0].as_primitive::<Int64Type>();
            strings(rows, |row, out| {
                let count = counts.value(row_of(&arrays[0], row)).max(0);
                check_times(count, "space")?;
                out.resize(out.len() + count as usize, b' ');
                Ok(())
            })
        },
    ))
})
.any_case();

pub const LEFT_PAD: Function = Function::new(
    "leftPad",
    (2, 3),
    "The string filled up at its beginning to so many bytes",
    |arguments, _| bind(arguments, "leftPad", true, false),
)
.aliases_any_case(&["lpad"]);
pub const RIGHT_PAD: Function = Function::new(
    "rightPad",
    (2, 3),
    "The string filled up at its end to so many bytes",
    |arguments, _| bind(arguments, "rightPad", false, false),
)
.aliases_any_case(&["rpad"]);
pub const LEFT_PAD_UTF8: Function = Function::new(
    "leftPadUTF8",
    (2, 3),
    "The string filled up at its beginning to so many code points",
    |arguments, _| bind(arguments, "leftPadUTF8", true, true),
);
pub const RIGHT_PAD_UTF8: Function = Function::new(
    "rightPadUTF8",
    (2, 3),
    "The string filled up at its end to so many code points",
    |arguments, _| bind(arguments, "rightPadUTF8", false, true),
);

fn integer(argument: &Argument, name: &str) -> Result<()> {
    match argument.data_type.is_integer() {
        true => Ok(()),
        false => Err(illegal(format!(
            "Illegal type {} of argument of function {name}, expected an integer",
            argument.data_type
        ))),
    }
}

fn check_times(times: i64, name: &str) -> Result<()> {
    if times <= TIMES_MAX {
        return Ok(());
    }
    Err(Error::new(
        Code::TOO_LARGE_STRING_SIZE,
        format!("Function {name}: {times} is too big, maximum is: {TIMES_MAX}"),
    ))
}

fn too_large(name: &str, bytes: usize) -> Error {
    Error::new(
        Code::TOO_LARGE_STRING_SIZE,
        format!("Too large result of function {name}: {bytes} bytes, maximum is: {COLUMN_BYTES_MAX}"),
    )
}

fn bind(arguments: &[Argument], name: &'static str, left: bool, unicode: bool) -> Result<Bound> {
    integer(&arguments[1], name)?;
    let mut types = vec![text(&arguments[0], name)?, DataType::Int64];
    types.extend(arguments.get(2).map(|argument| text(argument, name)).transpose()?);
    Ok(Bound::compact(DataType::String, types, move |arrays, rows| {
        let (texts, lengths) = (Texts::new(&arrays[0]), arrays[1].as_primitive::<Int64Type>());
        let fills = arrays.get(2).map(Texts::new);
        strings(rows, |row, out| {
            let length = lengths.value(row_of(&arrays[1], row)).max(0);
            check_times(length, name)?;
            let fill: &[u8] = fills
                .as_ref()
                .map(|fills| fills.get(row))
                .filter(|fill| !fill.is_empty())
                .unwrap_or(b" ");
            match unicode {
                false => padded(
                    texts.get(row).chunks(1).collect(),
                    fill.chunks(1).collect(),
                    length as usize,
                    left,
                    out,
                ),
                true => padded(
                    characters(texts.get(row)).collect(),
                    characters(fill).collect(),
                    length as usize,
                    left,
                    out,
                ),
            }
            Ok(())
        })
    }))
}

/// Texts are given as their characters.
fn padded(text: Vec<&[u8]>, fill: Vec<&[u8]>, length: usize, left: bool, out: &mut Vec<u8>) {
    let missing = length.saturating_sub(text.len());
    let padding = fill.iter().cycle().take(missing).copied().collect::<Vec<_>>().concat();
    let kept = text[..length.min(text.len())].concat();
    let (first, second) = if left { (padding, kept) } else { (kept, padding) };
    out.extend(first);
    out.extend(second);
}
