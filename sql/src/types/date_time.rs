//! DateTime: seconds since 1970-01-01 00:00:00 UTC, shown in a time zone.

use super::{Argument, Arguments, DataType, TimeZone, TypeEntry};
use crate::error::{Code, Error, Result};

/// The family DateTime. With a number, `DateTime(3)`, it means DateTime64.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "DateTime",
    aliases: &["TIMESTAMP"],
    case_insensitive: true,
    parse,
};

/// The family DateTime32: DateTime under another name.
pub(super) const TYPE32: TypeEntry = TypeEntry {
    name: "DateTime32",
    aliases: &[],
    case_insensitive: true,
    parse: parse32,
};

fn parse(arguments: &Arguments) -> Result<DataType> {
    match arguments.list.as_slice() {
        [] => Ok(DataType::DateTime(None)),
        [Argument::Text(zone)] => Ok(DataType::DateTime(Some(TimeZone::find(zone)?))),
        _ => super::date_time64::parse_as(arguments, "DateTime"),
    }
}

fn parse32(arguments: &Arguments) -> Result<DataType> {
    match arguments.list.as_slice() {
        [] => Ok(DataType::DateTime(None)),
        [Argument::Text(zone)] => Ok(DataType::DateTime(Some(TimeZone::find(zone)?))),
        [other] => Err(Error::new(
            Code::ILLEGAL_TYPE_OF_ARGUMENT,
            format!(
                "Parameter #0 'timezone' for DateTime32 has wrong type: {}, expected String literal",
                other.literal_kind()
            ),
        )),
        _ => Err(Error::new(
            Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
            "DateTime32 data type can optionally have only one argument - time zone name".to_string(),
        )),
    }
}
