//! DateTime64(p): ticks of 10^-p seconds since 1970-01-01 00:00:00 UTC, shown in a time zone.

use super::{Argument, Arguments, DataType, TimeZone, TypeEntry};
use crate::error::{Code, Error, Result};

/// Nanoseconds.
const SCALE_MAX: i64 = 9;

/// Milliseconds.
const SCALE_DEFAULT: u8 = 3;

/// The family DateTime64.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "DateTime64",
    aliases: &[],
    case_insensitive: true,
    parse: |arguments| parse_as(arguments, "DateTime64"),
};

/// Parses the arguments of DateTime64, which `DateTime(3)` takes too.
pub(super) fn parse_as(arguments: &Arguments, family: &str) -> Result<DataType> {
    let wrong = |index: usize, what: &str, expected: &str, argument: &Argument| {
        let kind = argument.literal_kind();
        let message =
            format!("Parameter #{index} '{what}' for {family} has wrong type: {kind}, expected {expected} literal");
        Error::new(Code::ILLEGAL_TYPE_OF_ARGUMENT, message)
    };
    let scale = match arguments.list.first() {
        None => SCALE_DEFAULT,
        Some(Argument::Number(scale @ 0..=SCALE_MAX)) => *scale as u8,
        Some(Argument::Number(scale)) if *scale > 0 => {
            return Err(Error::new(
                Code::ARGUMENT_OUT_OF_BOUND,
                format!("Scale {scale} is too large for DateTime64. Maximum is up to nanoseconds (9)"),
            ));
        }
        Some(other) => return Err(wrong(0, "scale", "UInt64", other)),
    };
    match arguments.list.get(1..) {
        None | Some([]) => Ok(DataType::DateTime64(scale, None)),
        Some([Argument::Text(zone)]) => Ok(DataType::DateTime64(scale, Some(TimeZone::find(zone)?))),
        Some([other]) => Err(wrong(1, "timezone", "String", other)),
        Some(_) => Err(Error::new(
            Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
            format!("{family} data type can optionally have two argument - scale and time zone name"),
        )),
    }
}
