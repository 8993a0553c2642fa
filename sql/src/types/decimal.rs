//! Decimal(P, S): P decimal digits in all, S of them behind the point.

use super::{Argument, Arguments, DataType, TypeEntry};
use crate::error::{Code, Error, Result};

/// Digits in a 256-bit number.
const PRECISION_MAX: i64 = 76;

/// Digits of a decimal without parameters.
const PRECISION_DEFAULT: i64 = 10;

/// The family Decimal.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "Decimal",
    aliases: &["DEC", "NUMERIC", "FIXED"],
    case_insensitive: true,
    parse,
};

macro_rules! sized {
    ($constant:ident, $name:literal, $precision:literal) => {
        #[doc = concat!("The family ", $name, ": the widest decimal of its size.")]
        pub(super) const $constant: TypeEntry = TypeEntry {
            name: $name,
            aliases: &[],
            case_insensitive: true,
            parse: |arguments| parse_sized(arguments, $precision),
        };
    };
}

sized!(TYPE32, "Decimal32", 9);
sized!(TYPE64, "Decimal64", 18);
sized!(TYPE128, "Decimal128", 38);
sized!(TYPE256, "Decimal256", 76);

fn parse(arguments: &Arguments) -> Result<DataType> {
    match arguments.list.as_slice() {
        [] => checked(PRECISION_DEFAULT, 0),
        [Argument::Number(precision)] => checked(*precision, 0),
        [Argument::Number(precision), Argument::Number(scale)] => checked(*precision, *scale),
        [_] | [_, _] => Err(Error::new(
            Code::ILLEGAL_TYPE_OF_ARGUMENT,
            "Decimal argument precision is invalid: it must be an integer".to_string(),
        )),
        _ => Err(Error::new(
            Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
            "Decimal data type family must have exactly two arguments: precision and scale".to_string(),
        )),
    }
}

fn parse_sized(arguments: &Arguments, precision: i64) -> Result<DataType> {
    match arguments.list.as_slice() {
        [Argument::Number(scale)] => checked(precision, *scale),
        [_] => Err(Error::new(
            Code::ILLEGAL_TYPE_OF_ARGUMENT,
            "Decimal32 | Decimal64 | Decimal128 | Decimal256 data type family must have a one number as its argument"
                .to_string(),
        )),
        _ => Err(Error::new(
            Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
            "Decimal32 | Decimal64 | Decimal128 | Decimal256 data type family must have exactly one arguments: scale"
                .to_string(),
        )),
    }
}

fn checked(precision: i64, scale: i64) -> Result<DataType> {
    if !(1..=PRECISION_MAX).contains(&precision) {
        let message = format!("Wrong precision: it must be between 1 and {PRECISION_MAX}, got {precision}");
        return Err(Error::new(Code::ARGUMENT_OUT_OF_BOUND, message));
    }
    if !(0..=precision).contains(&scale) {
        let message = "Negative scales and scales larger than precision are not supported";
        return Err(Error::new(Code::ARGUMENT_OUT_OF_BOUND, message.to_string()));
    }
    Ok(DataType::Decimal(precision as u8, scale as u8))
}
