//! Paths into a JSON value: a name is a key of an object; a number is a place in an array or object, from 1 on, and from
//! the end where it is negative.

use arrow::array::{ArrayRef, AsArray, Int64Array};
use arrow::datatypes::Int64Type;

use super::value::Value;
use crate::error::Result;
use crate::functions::function::row_of;
use crate::functions::strings::Texts;

/// The path arguments of a function.
pub struct Path<'a> {
    steps: Vec<Step<'a>>,
    any_case: bool,
}

enum Step<'a> {
    Names(Texts<'a>),
    Places(&'a ArrayRef, &'a Int64Array),
}

impl<'a> Path<'a> {
    /// The path that these columns of strings and Int64 say.
    pub fn new(columns: &'a [ArrayRef], any_case: bool) -> Result<Path<'a>> {
        let step = |column: &'a ArrayRef| match column.as_primitive_opt::<Int64Type>() {
            Some(places) => Step::Places(column, places),
            None => Step::Names(Texts::new(column)),
        };
        Ok(Path {
            steps: columns.iter().map(step).collect(),
            any_case,
        })
    }

    /// What is at the end of the path of a row.
    pub fn follow<'v>(&self, value: &'v Value, row: usize) -> Option<&'v Value> {
        self.steps
            .iter()
            .try_fold(value, |value, step| self.step(value, step, row).map(|(_, value)| value))
    }

    /// The key, in objects, and the value that the path of a row ends with.
    pub fn follow_to_entry<'v>(&self, value: &'v Value, row: usize) -> Option<(Option<&'v str>, &'v Value)> {
        self.steps
            .iter()
            .try_fold((None, value), |(_, value), step| self.step(value, step, row))
    }

    fn step<'v>(&self, value: &'v Value, step: &Step<'_>, row: usize) -> Option<(Option<&'v str>, &'v Value)> {
        match (step, value) {
            (Step::Names(names), Value::Object(entries)) => {
                let name = names.get(row);
                let is_it = |key: &str| match self.any_case {
                    true => key.as_bytes().eq_ignore_ascii_case(name),
                    false => key.as_bytes() == name,
                };
                let found = entries.iter().find(|(key, _)| is_it(key));
                found.map(|(key, value)| (Some(key.as_str()), value))
            }
            (Step::Places(column, places), Value::Array(items)) => {
                let place = place(places.value(row_of(column, row)), items.len())?;
                items.get(place).map(|item| (None, item))
            }
            (Step::Places(column, places), Value::Object(entries)) => {
                let place = place(places.value(row_of(column, row)), entries.len())?;
                entries.get(place).map(|(key, value)| (Some(key.as_str()), value))
            }
            _ => None,
        }
    }
}

/// The index that a place of the dialect means, for `len` items; 0 is the value after the last, which there is none of.
fn place(place: i64, len: usize) -> Option<usize> {
    match place {
        1.. => usize::try_from(place - 1).ok(),
        _ => usize::try_from(place.unsigned_abs())
            .ok()
            .and_then(|back| len.checked_sub(back)),
    }
}
