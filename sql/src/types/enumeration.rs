//! Enum8 and Enum16: names for numbers, held as the numbers.

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{Int8Type, Int16Type};

use super::date::write_in_quotes;
use super::primitive::{Primitive, native_binary};
use super::quoting::{write_escaped, write_json_string};
use super::string::read_string;
use super::{Argument, Arguments, Cursor, DataType, TextOptions, TextStyle, TypeEntry, hints};
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

/// Values of Enum8 and Enum16.
pub(super) struct Enum<const WIDE: bool> {
    values: Arc<EnumValues>,
    csv_delimiter: u8,
    escape_slashes: bool,
}

impl<const WIDE: bool> Enum<WIDE> {
    pub(super) fn new(values: &Arc<EnumValues>, options: &TextOptions) -> Enum<WIDE> {
        Enum {
            values: Arc::clone(values),
            csv_delimiter: options.csv_delimiter,
            escape_slashes: options.json_escape_forward_slashes,
        }
    }

    /// A name; outside quotes also the number.
    fn read(&self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<i16> {
        if style == TextStyle::Json && cursor.peek() != Some(b'"') {
            let value = super::integer::read_strict(cursor, true)? as i64;
            let known = i16::try_from(value)
                .ok()
                .filter(|value| self.values.name(*value).is_some());
            return known.ok_or_else(|| {
                Error::new(
                    Code::UNKNOWN_ELEMENT_OF_ENUM,
                    format!("Unexpected value {value} in enum"),
                )
            });
        }
        let mut name = Vec::new();
        read_string(cursor, style, self.csv_delimiter, &mut name)?;
        let name = String::from_utf8_lossy(&name);
        let number = || match style {
            TextStyle::Quoted => None,
            _ => name
                .parse::<i16>()
                .ok()
                .filter(|value| self.values.name(*value).is_some()),
        };
        self.values
            .value(&name)
            .or_else(number)
            .ok_or_else(|| unknown_element(&name, &self.values))
    }

    fn write(&self, value: i16, style: TextStyle, out: &mut Vec<u8>) {
        // Only a corrupt column holds a number without a name.
        let name = self
            .values
            .name(value)
            .map_or_else(|| value.to_string(), str::to_string);
        match style {
            TextStyle::Json => write_json_string(name.as_bytes(), self.escape_slashes, out),
            TextStyle::Csv => super::quoting::write_csv(name.as_bytes(), out),
            TextStyle::Escaped => write_escaped(name.as_bytes(), out),
            TextStyle::Quoted => write_in_quotes(style, out, |out| write_escaped(name.as_bytes(), out)),
            TextStyle::Raw | TextStyle::Plain => out.extend_from_slice(name.as_bytes()),
        }
    }
}

/// ClickHouse's error for a name that an enum does not have.
pub fn unknown_element(name: &str, values: &EnumValues) -> Error {
    let names: Vec<&str> = values.values().iter().map(|(name, _)| name.as_str()).collect();
    let hint = hints::maybe_you_meant(name, &names).replace(". Maybe", ", maybe");
    Error::new(
        Code::UNKNOWN_ELEMENT_OF_ENUM,
        format!("Unknown element '{name}' for enum{hint}"),
    )
}

macro_rules! enumeration {
    ($wide:literal, $arrow:ty, $native:ty) => {
        impl Primitive for Enum<$wide> {
            type Arrow = $arrow;

            fn read_text(&self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<$native> {
                Ok(self.read(cursor, style)? as $native)
            }

            fn write_text(&self, value: $native, style: TextStyle, out: &mut Vec<u8>) {
                self.write(i16::from(value), style, out);
            }

            fn default_value(&self) -> $native {
                self.values.first() as $native
            }

            native_binary!($native);
        }
    };
}

enumeration!(false, Int8Type, i8);
enumeration!(true, Int16Type, i16);
