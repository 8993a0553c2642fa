//! Vectors as rows of numbers: typed, of one length, possibly not aligned (they may lie in a mapped file).

use crate::{Error, Result};
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float32Type, Float64Type, ToByteSlice, UInt16Type};

/// The type of a vector's numbers in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Element {
    /// `Array(Float32)`
    F32,
    /// `Array(Float64)`
    F64,
    /// `Array(BFloat16)`, as u16 bits
    BF16,
}

impl Element {
    /// Bytes per number.
    pub fn width(self) -> usize {
        match self {
            Element::F32 => 4,
            Element::F64 => 8,
            Element::BF16 => 2,
        }
    }
}

/// Rows of `dimensions` numbers, row-major, little-endian.
#[derive(Debug, Clone, Copy)]
pub struct Vectors<'a> {
    element: Element,
    dimensions: usize,
    bytes: &'a [u8],
}

impl<'a> Vectors<'a> {
    /// Rows in plain bytes. Panics if they are not whole rows.
    pub fn from_bytes(element: Element, dimensions: usize, bytes: &'a [u8]) -> Self {
        let stride = dimensions * element.width();
        assert!(
            stride > 0 && bytes.len().is_multiple_of(stride),
            "{} bytes in rows of {stride}",
            bytes.len()
        );
        Self {
            element,
            dimensions,
            bytes,
        }
    }

    /// Rows of Float32.
    pub fn from_f32(dimensions: usize, values: &'a [f32]) -> Self {
        Self::from_bytes(Element::F32, dimensions, values.to_byte_slice())
    }

    /// Rows of Float64.
    pub fn from_f64(dimensions: usize, values: &'a [f64]) -> Self {
        Self::from_bytes(Element::F64, dimensions, values.to_byte_slice())
    }

    /// Rows of BFloat16 bits.
    pub fn from_bf16(dimensions: usize, values: &'a [u16]) -> Self {
        Self::from_bytes(Element::BF16, dimensions, values.to_byte_slice())
    }

    /// A List column of Float32, Float64 or UInt16 (BFloat16 bits), every value with `dimensions` numbers.
    /// Other lengths are refused in ClickHouse's words.
    pub fn from_array(array: &'a ArrayRef, dimensions: usize) -> Result<Self> {
        let list = array
            .as_list_opt::<i32>()
            .ok_or_else(|| Error::Data(format!("vectors must be lists, not {}", array.data_type())))?;
        let lengths = || list.offsets().windows(2).map(|pair| (pair[1] - pair[0]) as usize);
        if let Some(first) = lengths().next() {
            if lengths().any(|length| length != first) {
                return Err(Error::Data(
                    "All arrays in column with vector similarity index must have equal length.".into(),
                ));
            }
            if first != dimensions {
                return Err(Error::Data(format!(
                    "Array values in column with vector similarity index have {first} elements, expects {dimensions} \
                     elements."
                )));
            }
        }
        let from = list.offsets()[0] as usize;
        let until = from + list.len() * dimensions;
        match list.values().data_type() {
            DataType::Float32 => Ok(Self::from_f32(
                dimensions,
                &list.values().as_primitive::<Float32Type>().values()[from..until],
            )),
            DataType::Float64 => Ok(Self::from_f64(
                dimensions,
                &list.values().as_primitive::<Float64Type>().values()[from..until],
            )),
            DataType::UInt16 => Ok(Self::from_bf16(
                dimensions,
                &list.values().as_primitive::<UInt16Type>().values()[from..until],
            )),
            other => Err(Error::Data(format!(
                "vectors must be of Float32, Float64 or BFloat16, not {other}"
            ))),
        }
    }

    /// The type of the numbers.
    pub fn element(&self) -> Element {
        self.element
    }

    /// Numbers per row.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.bytes.len() / self.stride()
    }

    /// All rows' bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Bytes per row.
    pub fn stride(&self) -> usize {
        self.dimensions * self.element.width()
    }

    /// One row's bytes.
    #[inline]
    pub fn row(&self, row: usize) -> &'a [u8] {
        &self.bytes[row * self.stride()..(row + 1) * self.stride()]
    }

    /// One row as f32 numbers, in `into`. A Float64 beyond f32's range becomes infinite.
    pub fn row_f32(&self, row: usize, into: &mut [f32]) {
        let bytes = self.row(row);
        match self.element {
            Element::F32 => {
                for (to, from) in into.iter_mut().zip(bytes.as_chunks::<4>().0) {
                    *to = f32::from_le_bytes(*from);
                }
            }
            Element::F64 => {
                for (to, from) in into.iter_mut().zip(bytes.as_chunks::<8>().0) {
                    *to = f64::from_le_bytes(*from) as f32;
                }
            }
            Element::BF16 => {
                for (to, from) in into.iter_mut().zip(bytes.as_chunks::<2>().0) {
                    *to = f32::from_bits(u32::from(u16::from_le_bytes(*from)) << 16);
                }
            }
        }
    }

    /// One row as f64 numbers, in `into`: lossless.
    pub fn row_f64(&self, row: usize, into: &mut [f64]) {
        let bytes = self.row(row);
        match self.element {
            Element::F64 => {
                for (to, from) in into.iter_mut().zip(bytes.as_chunks::<8>().0) {
                    *to = f64::from_le_bytes(*from);
                }
            }
            Element::F32 => {
                for (to, from) in into.iter_mut().zip(bytes.as_chunks::<4>().0) {
                    *to = f64::from(f32::from_le_bytes(*from));
                }
            }
            Element::BF16 => {
                for (to, from) in into.iter_mut().zip(bytes.as_chunks::<2>().0) {
                    *to = f64::from(f32::from_bits(u32::from(u16::from_le_bytes(*from)) << 16));
                }
            }
        }
    }
}
