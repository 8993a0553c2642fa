//! Functions that look into JSON texts: `JSONExtract…`, `JSONHas`, `JSONLength`, `isValidJSON` and the like, and the
//! `simpleJSON…` that only search for a field's name.
//!
//! A text is parsed whole ([`value::Value`]), a path is followed in it ([`path`]), and what a function makes of the value
//! found goes through the form of RowBinary into a column. A text that is no JSON is one that holds nothing.

mod extract;
mod path;
mod simple;
mod typed;
mod value;

use std::sync::Arc;

use super::Function;
use super::function::{Argument, Bound, illegal};
use super::strings::Texts;
use crate::error::{Code, Error, Result};
use crate::types::{ColumnReader, Cursor, DataType, TextOptions, reader};
use path::Path;
use value::Value;

/// See [`super::FOLDERS`].
pub(super) const FUNCTIONS: [&[Function]; 3] = [extract::FUNCTIONS, simple::FUNCTIONS, typed::FUNCTIONS];

/// Appends what a function answers for the value found at the end of the path, as RowBinary; `false` stands for the
/// default of the result's type.
type Answer = dyn Fn(&Value, &mut Vec<u8>) -> bool + Send + Sync;

/// A function of a JSON text and a path: `answer` sees the value that is there.
fn over_value(
    arguments: &[Argument],
    name: &str,
    any_case: bool,
    result: DataType,
    answer: Arc<Answer>,
) -> Result<Bound> {
    let types = path_types(arguments, name)?;
    let result_type = result.clone();
    Ok(Bound::compact(result, types, move |arrays, rows| {
        let texts = Texts::new(&arrays[0]);
        let path = Path::new(&arrays[1..], any_case)?;
        let mut column = reader(&result_type, &TextOptions::default());
        let mut bytes = Vec::new();
        // A constant text, and texts that repeat, are parsed once.
        let mut last: Option<(&[u8], Option<Value>)> = None;
        for row in 0..rows {
            let text = texts.get(row);
            if last.as_ref().is_none_or(|(known, _)| *known != text) {
                last = Some((text, Value::parse(text)));
            }
            let document = last.as_ref().and_then(|(_, document)| document.as_ref());
            bytes.clear();
            let found = document.and_then(|document| path.follow(document, row));
            push(
                column.as_mut(),
                found.is_some_and(|value| answer(value, &mut bytes)),
                &bytes,
            )?;
        }
        Ok(column.finish())
    }))
}

/// Appends a value in RowBinary, or the default.
fn push(column: &mut dyn ColumnReader, given: bool, bytes: &[u8]) -> Result<()> {
    match given {
        true => column.read_binary(&mut Cursor::new(bytes)),
        false => {
            column.push_default();
            Ok(())
        }
    }
}

/// The types of the arguments: a text, then names and places.
fn path_types(arguments: &[Argument], name: &str) -> Result<Vec<DataType>> {
    let Some(text) = arguments.first() else {
        let message = format!("Function {name} requires at least one argument");
        return Err(Error::new(Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH, message));
    };
    if !text.data_type.is_string_or_fixed_string() {
        return Err(illegal(format!(
            "The first argument of function {name} should be a string containing JSON or a JSON object, illegal type: {}",
            text.data_type
        )));
    }
    let step = |(place, argument): (usize, &Argument)| match &argument.data_type {
        name if name.is_string_or_fixed_string() => Ok(name.clone()),
        place if place.is_integer() => Ok(DataType::Int64),
        other => Err(illegal(format!(
            "The argument {} of function {name} should be a string specifying key or an integer specifying index, illegal \
             type: {other}",
            place + 1
        ))),
    };
    let first = std::iter::once(Ok(text.data_type.clone()));
    first.chain(arguments.iter().enumerate().skip(1).map(step)).collect()
}
