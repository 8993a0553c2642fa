//! BFloat16: the upper half of a Float32, held as its 16 bits.

use std::io::Write;

use arrow::datatypes::UInt16Type;
use half::bf16;

use super::float::{JsonFloat, read_in_style, write_in_style};
use super::primitive::{Primitive, native_binary};
use super::{Cursor, DataType, TextOptions, TextStyle, TypeEntry};
use crate::error::Result;

/// The family BFloat16.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "BFloat16",
    aliases: &[],
    case_insensitive: false,
    parse: |_| Ok(DataType::BFloat16),
};

/// Values of BFloat16, as bits.
pub(super) struct BFloat16(JsonFloat);

impl BFloat16 {
    pub(super) fn new(options: &TextOptions) -> BFloat16 {
        BFloat16(JsonFloat::new(options, false))
    }
}

impl Primitive for BFloat16 {
    type Arrow = UInt16Type;

    fn read_text(&self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<u16> {
        let value = read_in_style(cursor, style, |text| text.parse::<f32>().ok())?;
        // ClickHouse cuts the lower half off, it does not round.
        Ok((value.to_bits() >> 16) as u16)
    }

    fn write_text(&self, value: u16, style: TextStyle, out: &mut Vec<u8>) {
        let value = bf16::from_bits(value).to_f32();
        write_in_style(f64::from(value), |out| write!(out, "{value:e}"), style, self.0, out);
    }

    native_binary!(u16);
}
