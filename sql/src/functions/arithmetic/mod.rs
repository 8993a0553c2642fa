//! Arithmetic: `+ - * / %`, integer division, bits.
//!
//! Integers wrap, as ClickHouse's do; sums and products of integers have the next wider type, so most of it is native.

/// A function entry whose `bind` sees numbers only.
macro_rules! of_numbers {
    ($arguments:expr, $name:literal) => {
        if super::has_address($arguments) {
            return Ok(Bound::compose(|arguments, context| {
                super::call_with_numbers($name, arguments, context)
            }));
        }
    };
}

mod big_integers;
mod binary;
mod bits;
mod dates;
mod decimals;
mod division;
mod unary;

pub(super) use binary::result_type;

use super::function::Argument;
use super::{Context, Function, TypedExpr, call, cast};
use crate::error::Result;
use crate::types::DataType;

/// See [`super::FOLDERS`].
pub(super) const FUNCTIONS: &[Function] = &[
    binary::PLUS,
    binary::MINUS,
    binary::MULTIPLY,
    division::DIVIDE,
    division::INT_DIV,
    division::INT_DIV_OR_ZERO,
    division::MODULO,
    division::MODULO_OR_ZERO,
    division::POSITIVE_MODULO,
    unary::NEGATE,
    unary::ABS,
    unary::SIGN,
    bits::AND,
    bits::OR,
    bits::XOR,
    bits::NOT,
    bits::SHIFT_LEFT,
    bits::SHIFT_RIGHT,
    bits::COUNT,
    bits::TEST,
    division::GCD,
    division::LCM,
];

/// Whether an argument is an address, which arithmetic takes for its number.
fn has_address(arguments: &[Argument]) -> bool {
    arguments.iter().any(|argument| argument.data_type == DataType::Ipv4)
}

/// Calls the function with the numbers of addresses.
fn call_with_numbers(name: &str, arguments: Vec<TypedExpr>, context: &Context) -> Result<TypedExpr> {
    let number = |argument: TypedExpr| match argument.data_type.bare() {
        DataType::Ipv4 => {
            let nullable = argument.data_type.is_nullable();
            let number = if nullable {
                DataType::UInt32.to_nullable()
            } else {
                DataType::UInt32
            };
            cast(argument, &number, context)
        }
        _ => Ok(argument),
    };
    call(name, arguments.into_iter().map(number).collect::<Result<_>>()?, context)
}
