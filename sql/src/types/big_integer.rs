//! Int128, UInt128, Int256 and UInt256: 16 or 32 bytes, the highest first and with the sign bit turned over, so that
//! bytewise order is the order of numbers. Functions compute with [`i256`], which has the bits of any of them.

use arrow::datatypes::i256;

use super::fixed_bytes::FixedBytes;
use super::integer::{Digits, in_csv_quotes, in_json_quotes, lenient, read_json_word, strict};
use super::{Cursor, DataType, TextOptions, TextStyle, TypeEntry};
use crate::error::Result;

/// Arguments are accepted and mean nothing, as in ClickHouse.
macro_rules! entry {
    ($constant:ident, $variant:ident) => {
        #[doc = concat!("The family ", stringify!($variant), ".")]
        pub(super) const $constant: TypeEntry = TypeEntry {
            name: stringify!($variant),
            aliases: &[],
            case_insensitive: false,
            parse: |_| Ok(DataType::$variant),
        };
    };
}

entry!(INT128, Int128);
entry!(INT256, Int256);
entry!(UINT128, UInt128);
entry!(UINT256, UInt256);

/// The bit that says that a number is not negative.
const SIGN: u8 = 0x80;

/// The bytes that hold a number, cut to the type's lowest bits.
pub fn big_integer_bytes<const N: usize>(value: i256, signed: bool) -> [u8; N] {
    let all = value.to_be_bytes();
    let mut bytes = [0; N];
    bytes.copy_from_slice(&all[all.len() - N..]);
    if signed {
        bytes[0] ^= SIGN;
    }
    bytes
}

/// The number that bytes hold. Those of UInt256 from 2^255 on have the bits of a negative one.
pub fn big_integer_value(bytes: &[u8], signed: bool) -> i256 {
    let mut all = [0; 32];
    let start = all.len() - bytes.len();
    all[start..].copy_from_slice(bytes);
    if signed {
        all[start] ^= SIGN;
        if all[start] & SIGN != 0 {
            all[..start].fill(0xff);
        }
    }
    i256::from_be_bytes(all)
}

/// Appends the digits of a number; `signed` says what the highest bit is.
pub fn write_big_integer(value: i256, signed: bool, out: &mut Vec<u8>) {
    /// The largest power of ten in 64 bits, and its zeros.
    const CHUNK: u64 = 10_000_000_000_000_000_000;
    const CHUNK_DIGITS: usize = 19;
    let negative = signed && value < i256::ZERO;
    let magnitude = if negative { value.wrapping_neg() } else { value };
    let mut limbs = [0u64; 4];
    let bytes = magnitude.to_be_bytes();
    for (limb, bytes) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
        *limb = bytes.iter().fold(0, |limb, byte| limb << 8 | u64::from(*byte));
    }
    let mut chunks = Vec::with_capacity(5);
    while chunks.is_empty() || limbs.iter().any(|limb| *limb != 0) {
        let mut rest = 0u128;
        for limb in &mut limbs {
            let dividend = rest << 64 | u128::from(*limb);
            *limb = (dividend / u128::from(CHUNK)) as u64;
            rest = dividend % u128::from(CHUNK);
        }
        chunks.push(rest as u64);
    }
    if negative {
        out.push(b'-');
    }
    let first = chunks.pop().unwrap_or_default();
    out.extend_from_slice(first.to_string().as_bytes());
    for chunk in chunks.into_iter().rev() {
        out.extend_from_slice(format!("{chunk:0CHUNK_DIGITS$}").as_bytes());
    }
}

impl Digits for i256 {
    const ZERO: i256 = i256::ZERO;

    fn push(self, digit: u8) -> i256 {
        let ten = i256::from_i128(10);
        self.wrapping_mul(ten).wrapping_add(i256::from_i128(i128::from(digit)))
    }

    fn negated(self) -> i256 {
        self.wrapping_neg()
    }
}

/// Values of an integer type of `N` bytes.
pub(super) struct BigInteger<const N: usize, const SIGNED: bool> {
    quote_in_json: bool,
}

impl<const N: usize, const SIGNED: bool> BigInteger<N, SIGNED> {
    pub(super) fn new(options: &TextOptions) -> BigInteger<N, SIGNED> {
        BigInteger {
            quote_in_json: options.json_quote_64bit_integers,
        }
    }
}

impl<const N: usize, const SIGNED: bool> FixedBytes<N> for BigInteger<N, SIGNED> {
    const DEFAULT: [u8; N] = {
        let mut zero = [0; N];
        zero[0] = if SIGNED { SIGN } else { 0 };
        zero
    };

    fn read_text(&self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<[u8; N]> {
        let value = match style {
            TextStyle::Csv => in_csv_quotes(cursor, |cursor| strict::<i256>(cursor, SIGNED))?,
            TextStyle::Json => match read_json_word(cursor)? {
                Some(value) => i256::from_i128(i128::from(value)),
                None => in_json_quotes(cursor, |cursor| strict::<i256>(cursor, SIGNED))?,
            },
            _ => lenient::<i256>(cursor, SIGNED)?,
        };
        Ok(big_integer_bytes(value, SIGNED))
    }

    fn write_text(&self, value: &[u8; N], style: TextStyle, out: &mut Vec<u8>) {
        let value = big_integer_value(value, SIGNED);
        let quote: &[u8] = match self.quote_in_json && style == TextStyle::Json {
            true => b"\"",
            false => b"",
        };
        out.extend_from_slice(quote);
        write_big_integer(value, SIGNED, out);
        out.extend_from_slice(quote);
    }

    fn exchange_out(mut value: [u8; N]) -> [u8; N] {
        value[0] ^= if SIGNED { SIGN } else { 0 };
        value.reverse();
        value
    }

    fn exchange_in(mut value: [u8; N]) -> [u8; N] {
        value.reverse();
        value[0] ^= if SIGNED { SIGN } else { 0 };
        value
    }
}
