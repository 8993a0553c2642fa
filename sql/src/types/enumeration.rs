//! Enum8 and Enum16: names for numbers, held as the numbers.

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::{Argument, Arguments, DataType, TypeEntry};
use crate::error::{Code, Error, Result};

/// The family Enum: Enum8 if all numbers fit, else Enum16.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "Enum",
    aliases: &[],
    case_insensitive: true,
    parse: |arguments| {
        let values = elements(arguments)?;
        let narrow = values.iter().all(|(_, value)| i8::try_from(*value).is_ok());
        if narrow { enum8(values) } else { enum16(values) }
    },
};

/// The family Enum8.
pub(super) const TYPE8: TypeEntry = TypeEntry {
    name: "Enum8",
    aliases: &[],
    case_insensitive: false,
    parse: |arguments| enum8(elements(arguments)?),
};

/// The family Enum16.
pub(super) const TYPE16: TypeEntry = TypeEntry {
    name: "Enum16",
    aliases: &[],
    case_insensitive: false,
    parse: |arguments| enum16(elements(arguments)?),
};

/// The names and numbers of an enum, by number.
#[derive(Debug, Clone)]
pub struct EnumValues {
    values: Vec<(String, i16)>,
    by_name: HashMap<String, i16>,
}

impl EnumValues {
    /// Makes a set of at least one value; `family` and its `range` are for messages.
    pub fn new(values: Vec<(String, i64)>, family: &str, range: std::ops::RangeInclusive<i64>) -> Result<EnumValues> {
        if values.is_empty() {
            return Err(Error::new(
                Code::EMPTY_DATA_PASSED,
                "Enum data type cannot be empty".to_string(),
            ));
        }
        let mut made = EnumValues {
            values: Vec::with_capacity(values.len()),
            by_name: HashMap::new(),
        };
        for (name, value) in values {
            if !range.contains(&value) {
                let message = format!("Value {value} for element '{name}' exceeds range of {family}");
                return Err(Error::new(Code::ARGUMENT_OUT_OF_BOUND, message));
            }
            let value = value as i16;
            made.values.push((name, value));
        }
        made.values.sort_by_key(|(_, value)| *value);
        for (index, (name, value)) in made.values.iter().enumerate() {
            if let Some(other) = made.by_name.insert(name.clone(), *value) {
                let message = format!("Duplicate names in enum: '{name}' = {other} and {value}");
                return Err(Error::new(Code::SYNTAX_ERROR, message));
            }
            if let Some((other, same)) = index.checked_sub(1).map(|previous| &made.values[previous])
                && same == value
            {
                let message = format!("Duplicate values in enum: '{name}' = {value} and '{other}'");
                return Err(Error::new(Code::SYNTAX_ERROR, message));
            }
        }
        Ok(made)
    }

    /// Names and numbers, ascending by number.
    pub fn values(&self) -> &[(String, i16)] {
        &self.values
    }

    /// The smallest number, which is the default.
    pub fn first(&self) -> i16 {
        self.values[0].1
    }

    /// The number of a name.
    pub fn value(&self, name: &str) -> Option<i16> {
        self.by_name.get(name).copied()
    }

    /// The name of a number.
    pub fn name(&self, value: i16) -> Option<&str> {
        let index = self.values.binary_search_by_key(&value, |(_, value)| *value).ok()?;
        Some(&self.values[index].0)
    }
}

impl PartialEq for EnumValues {
    fn eq(&self, other: &EnumValues) -> bool {
        self.values == other.values
    }
}

impl Eq for EnumValues {}

impl Hash for EnumValues {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.values.hash(state);
    }
}

impl fmt::Display for EnumValues {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, value)) in self.values.iter().enumerate() {
            if index > 0 {
                out.write_str(", ")?;
            }
            let name = name
                .replace('\\', "\\\\")
                .replace('\'', "\\'")
                .replace('\n', "\\n")
                .replace('\t', "\\t");
            write!(out, "'{name}' = {value}")?;
        }
        Ok(())
    }
}

fn enum8(values: Vec<(String, i64)>) -> Result<DataType> {
    Ok(DataType::Enum8(Arc::new(EnumValues::new(
        values,
        "Enum8",
        i8::MIN.into()..=i8::MAX.into(),
    )?)))
}

fn enum16(values: Vec<(String, i64)>) -> Result<DataType> {
    Ok(DataType::Enum16(Arc::new(EnumValues::new(
        values,
        "Enum16",
        i16::MIN.into()..=i16::MAX.into(),
    )?)))
}

/// Numbers not given count up: from 1, or from the first element's number if only that one has it.
fn elements(arguments: &Arguments) -> Result<Vec<(String, i64)>> {
    let numbered = arguments
        .list
        .iter()
        .filter(|it| matches!(it, Argument::Element(..)))
        .count();
    let first_numbered = matches!(arguments.list.first(), Some(Argument::Element(..)));
    let mixed = numbered != 0 && numbered != arguments.list.len() && !(numbered == 1 && first_numbered);
    let mut next = 1;
    let mut values = Vec::with_capacity(arguments.list.len());
    for argument in &arguments.list {
        match argument {
            Argument::Element(name, value) => {
                values.push((name.clone(), *value));
                next = value.saturating_add(1);
            }
            Argument::Text(name) if !mixed => {
                values.push((name.clone(), next));
                next += 1;
            }
            Argument::BadElement => return Err(bad_element("Elements")),
            _ => return Err(bad_element("All elements")),
        }
    }
    Ok(values)
}

fn bad_element(what: &str) -> Error {
    let form = "'name' = number or 'name', where name is string literal and number is an integer";
    let message = format!("{what} of Enum data type must be of form: {form}");
    Error::new(Code::UNEXPECTED_AST_STRUCTURE, message)
}
