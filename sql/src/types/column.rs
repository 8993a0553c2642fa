//! Reading values into columns and writing them out of columns.

use arrow::array::ArrayRef;

use super::{Cursor, DataType, TextOptions, TextStyle};
use crate::error::Result;

/// Collects values of one type.
///
/// A read that fails leaves the column as it was.
pub trait ColumnReader: Send {
    /// Reads one value from text.
    fn read_text(&mut self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<()>;

    /// Reads one value in the form of RowBinary.
    fn read_binary(&mut self, cursor: &mut Cursor<'_>) -> Result<()>;

    /// Appends the type's default: zero, empty, or NULL for Nullable.
    fn push_default(&mut self);

    /// Number of values so far.
    fn len(&self) -> usize;

    /// Whether there is no value yet.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets all values from `len` on.
    fn truncate(&mut self, len: usize);

    /// Memory that the values take, roughly.
    fn bytes(&self) -> usize;

    /// The values as an array of the type's Arrow form; the reader starts afresh.
    fn finish(&mut self) -> ArrayRef;
}

/// Writes the values of one array.
pub trait ColumnWriter: Send {
    /// Appends the text of the value in `row`.
    fn write_text(&self, row: usize, style: TextStyle, out: &mut Vec<u8>);

    /// Appends the value in `row` in the form of RowBinary.
    fn write_binary(&self, row: usize, out: &mut Vec<u8>);

    /// Appends JSON laid out over lines; only composite types have any.
    fn write_json_indented(&self, row: usize, _indent: usize, out: &mut Vec<u8>) {
        self.write_text(row, TextStyle::Json, out);
    }
}

/// A reader of values of this type.
pub fn reader(_data_type: &DataType, _options: &TextOptions) -> Box<dyn ColumnReader> {
    todo!()
}

/// A writer of the values of `array`, which must be of the type's Arrow form.
pub fn writer(_data_type: &DataType, _array: &ArrayRef, _options: &TextOptions) -> Result<Box<dyn ColumnWriter>> {
    todo!()
}

/// An array of `rows` defaults.
pub fn default_column(data_type: &DataType, rows: usize) -> ArrayRef {
    let mut reader = reader(data_type, &TextOptions::default());
    (0..rows).for_each(|_| reader.push_default());
    reader.finish()
}
