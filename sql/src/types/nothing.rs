//! Nothing: the type without values; `NULL` is a `Nullable(Nothing)`.

use std::sync::Arc;

use arrow::array::{ArrayRef, NullArray};

use super::{ColumnReader, ColumnWriter, Cursor, DataType, TextStyle, TypeEntry};
use crate::error::{Code, Error, Result};

/// The family Nothing.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "Nothing",
    aliases: &[],
    case_insensitive: false,
    parse: |arguments| arguments.none(DataType::Nothing),
};

/// Counts rows that have no value.
#[derive(Default)]
pub(super) struct NothingReader {
    rows: usize,
}

impl ColumnReader for NothingReader {
    fn read_text(&mut self, _cursor: &mut Cursor<'_>, _style: TextStyle) -> Result<()> {
        Err(no_serialization())
    }

    fn read_binary(&mut self, _cursor: &mut Cursor<'_>) -> Result<()> {
        Err(no_serialization())
    }

    fn push_default(&mut self) {
        self.rows += 1;
    }

    fn len(&self) -> usize {
        self.rows
    }

    fn truncate(&mut self, len: usize) {
        self.rows = self.rows.min(len);
    }

    fn bytes(&self) -> usize {
        0
    }

    fn finish(&mut self) -> ArrayRef {
        Arc::new(NullArray::new(std::mem::take(&mut self.rows)))
    }
}

/// There is no value to read: an array of some would have NULLs that its type does not have.
fn no_serialization() -> Error {
    let message = "Serialization is not implemented for type Nothing";
    Error::new(Code::NOT_IMPLEMENTED, message)
}

/// Writes nothing: the Nullable around it has written NULL.
pub(super) struct NothingWriter;

impl ColumnWriter for NothingWriter {
    fn write_text(&self, _row: usize, _style: TextStyle, _out: &mut Vec<u8>) {}

    fn write_binary(&self, _row: usize, out: &mut Vec<u8>) {
        out.push(0);
    }
}
