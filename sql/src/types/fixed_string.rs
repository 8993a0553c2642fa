//! FixedString(N): exactly N bytes; shorter values are filled with zero bytes.

use super::{Argument, Arguments, DataType, TypeEntry};
use crate::error::{Code, Error, Result};

/// ClickHouse's limit on N.
const SIZE_MAX: i64 = 0xFF_FFFF;

/// The family FixedString.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "FixedString",
    aliases: &["BINARY"],
    case_insensitive: false,
    parse,
};

fn parse(arguments: &Arguments) -> Result<DataType> {
    match arguments.list.as_slice() {
        [Argument::Number(size)] if *size > SIZE_MAX => Err(Error::new(
            Code::ARGUMENT_OUT_OF_BOUND,
            "FixedString size is too large".to_string(),
        )),
        [Argument::Number(size @ 1..)] => Ok(DataType::FixedString(*size as usize)),
        [_] => Err(Error::new(
            Code::UNEXPECTED_AST_STRUCTURE,
            "FixedString data type family must have a number (positive integer) as its argument".to_string(),
        )),
        _ => Err(Error::new(
            Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
            "FixedString data type family must have exactly one argument - size in bytes".to_string(),
        )),
    }
}
