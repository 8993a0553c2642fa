//! Arithmetic: `+ - * / %`, integer division, bits.
//!
//! Integers wrap, as ClickHouse's do; sums and products of integers have the next wider type, so most of it is native.

mod binary;
mod bits;
mod dates;
mod decimals;
mod division;
mod unary;

pub(super) use binary::result_type;

use super::Function;

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
