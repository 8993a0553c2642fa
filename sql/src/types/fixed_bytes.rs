//! The reader and writer shared by types whose values are so many bytes in an order that is theirs: UUID, IPv6 and the
//! integers of more than 64 bits. A type says only how one value looks.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryArray};
use arrow::buffer::Buffer;
use arrow::datatypes::DataType as ArrowType;

use super::arrow::arrow_size;
use super::primitive::wrong_array;
use super::{ColumnReader, ColumnWriter, Cursor, TextStyle};
use crate::error::Result;

/// How one value of `N` bytes looks as text and on the wire.
pub(super) trait FixedBytes<const N: usize>: Send + 'static {
    /// The value of a column that was not given.
    const DEFAULT: [u8; N] = [0; N];

    /// Reads a value from text.
    fn read_text(&self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<[u8; N]>;

    /// Writes a value as text.
    fn write_text(&self, value: &[u8; N], style: TextStyle, out: &mut Vec<u8>);

    /// Memory to RowBinary.
    fn exchange_out(value: [u8; N]) -> [u8; N];

    /// RowBinary to memory.
    fn exchange_in(value: [u8; N]) -> [u8; N];
}

/// Collects values of so many bytes.
pub(super) struct FixedBytesReader<F, const N: usize> {
    form: F,
    bytes: Vec<u8>,
}

impl<F, const N: usize> FixedBytesReader<F, N> {
    pub(super) fn new(form: F) -> FixedBytesReader<F, N> {
        FixedBytesReader {
            form,
            bytes: Vec::new(),
        }
    }
}

impl<F: FixedBytes<N>, const N: usize> ColumnReader for FixedBytesReader<F, N> {
    fn read_text(&mut self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<()> {
        let value = self.form.read_text(cursor, style)?;
        self.bytes.extend_from_slice(&value);
        Ok(())
    }

    fn read_binary(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        self.bytes.extend_from_slice(&F::exchange_in(cursor.take_array()?));
        Ok(())
    }

    fn push_default(&mut self) {
        self.bytes.extend_from_slice(&F::DEFAULT);
    }

    fn len(&self) -> usize {
        self.bytes.len() / N
    }

    fn truncate(&mut self, len: usize) {
        self.bytes.truncate(len * N);
    }

    fn bytes(&self) -> usize {
        self.bytes.len()
    }

    fn finish(&mut self) -> ArrayRef {
        let bytes = Buffer::from_vec(std::mem::take(&mut self.bytes));
        Arc::new(FixedSizeBinaryArray::new(arrow_size(N), bytes, None))
    }
}

/// Writes values of so many bytes.
pub(super) struct FixedBytesWriter<F, const N: usize> {
    form: F,
    array: FixedSizeBinaryArray,
}

impl<F, const N: usize> FixedBytesWriter<F, N> {
    pub(super) fn new(form: F, array: &ArrayRef) -> Result<FixedBytesWriter<F, N>> {
        let expected = ArrowType::FixedSizeBinary(arrow_size(N));
        match array.as_fixed_size_binary_opt() {
            Some(values) if *array.data_type() == expected => Ok(FixedBytesWriter {
                form,
                array: values.clone(),
            }),
            _ => Err(wrong_array(array, &expected)),
        }
    }

    fn value(&self, row: usize) -> &[u8; N] {
        let bytes = self.array.value(row);
        bytes.try_into().expect("the constructor checked the size")
    }
}

impl<F: FixedBytes<N>, const N: usize> ColumnWriter for FixedBytesWriter<F, N> {
    fn write_text(&self, row: usize, style: TextStyle, out: &mut Vec<u8>) {
        self.form.write_text(self.value(row), style, out);
    }

    fn write_binary(&self, row: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(&F::exchange_out(*self.value(row)));
    }
}
