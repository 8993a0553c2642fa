//! The reader and writer shared by all types whose values are Arrow primitives; a type says only how one value looks.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};

use super::{ColumnReader, ColumnWriter, Cursor, TextStyle};
use crate::error::{Code, Error, Result};

/// How one value of a type looks as text and as bytes.
pub(super) trait Primitive: Send + 'static {
    /// The Arrow type that holds the values.
    type Arrow: ArrowPrimitiveType;

    /// Reads a value from text.
    fn read_text(&self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<Native<Self>>;

    /// Writes a value as text.
    fn write_text(&self, value: Native<Self>, style: TextStyle, out: &mut Vec<u8>);

    /// Reads a value's bytes, lowest first.
    fn read_binary(&self, cursor: &mut Cursor<'_>) -> Result<Native<Self>>;

    /// Writes a value's bytes, lowest first.
    fn write_binary(&self, value: Native<Self>, out: &mut Vec<u8>);

    /// The value of a column that was not given.
    fn default_value(&self) -> Native<Self> {
        Native::<Self>::default()
    }

    /// The Arrow type with its parameters; those of decimals are not in [`Primitive::Arrow`].
    fn arrow_type(&self) -> arrow::datatypes::DataType {
        Self::Arrow::DATA_TYPE
    }
}

/// The Rust type of a value.
pub(super) type Native<P> = <<P as Primitive>::Arrow as ArrowPrimitiveType>::Native;

/// The binary form of types that are stored as their native number.
macro_rules! native_binary {
    ($native:ty) => {
        fn read_binary(&self, cursor: &mut Cursor<'_>) -> Result<$native> {
            Ok(<$native>::from_le_bytes(cursor.take_array()?))
        }

        fn write_binary(&self, value: $native, out: &mut Vec<u8>) {
            out.extend_from_slice(&value.to_le_bytes());
        }
    };
}
pub(super) use native_binary;

/// Collects primitive values.
pub(super) struct PrimitiveReader<P: Primitive> {
    form: P,
    values: Vec<Native<P>>,
}

impl<P: Primitive> PrimitiveReader<P> {
    pub(super) fn new(form: P) -> PrimitiveReader<P> {
        PrimitiveReader {
            form,
            values: Vec::new(),
        }
    }
}

impl<P: Primitive> ColumnReader for PrimitiveReader<P> {
    fn read_text(&mut self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<()> {
        self.values.push(self.form.read_text(cursor, style)?);
        Ok(())
    }

    fn read_binary(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        self.values.push(self.form.read_binary(cursor)?);
        Ok(())
    }

    fn push_default(&mut self) {
        self.values.push(self.form.default_value());
    }

    fn len(&self) -> usize {
        self.values.len()
    }

    fn truncate(&mut self, len: usize) {
        self.values.truncate(len);
    }

    fn bytes(&self) -> usize {
        self.values.len() * size_of::<Native<P>>()
    }

    fn finish(&mut self) -> ArrayRef {
        let values = std::mem::take(&mut self.values);
        let array = PrimitiveArray::<P::Arrow>::new(values.into(), None);
        Arc::new(array.with_data_type(self.form.arrow_type()))
    }
}

/// Writes primitive values.
pub(super) struct PrimitiveWriter<P: Primitive> {
    form: P,
    array: PrimitiveArray<P::Arrow>,
}

impl<P: Primitive> PrimitiveWriter<P> {
    pub(super) fn new(form: P, array: &ArrayRef) -> Result<PrimitiveWriter<P>> {
        match array.as_primitive_opt::<P::Arrow>() {
            Some(array) => Ok(PrimitiveWriter {
                form,
                array: array.clone(),
            }),
            None => Err(wrong_array(array, &form.arrow_type())),
        }
    }
}

impl<P: Primitive> ColumnWriter for PrimitiveWriter<P> {
    fn write_text(&self, row: usize, style: TextStyle, out: &mut Vec<u8>) {
        self.form.write_text(self.array.value(row), style, out);
    }

    fn write_binary(&self, row: usize, out: &mut Vec<u8>) {
        self.form.write_binary(self.array.value(row), out);
    }
}

/// The error for an array that does not fit the type in the header.
pub(super) fn wrong_array(array: &dyn Array, expected: &arrow::datatypes::DataType) -> Error {
    let message = format!(
        "Column has the Arrow type {}, its header says {expected}",
        array.data_type()
    );
    Error::new(Code::LOGICAL_ERROR, message)
}
