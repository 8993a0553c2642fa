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
        Err(Error::new(
            Code::NOT_IMPLEMENTED,
            "Serialization is not implemented for type Nothing",
        ))
    }

    fn read_binary(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        cursor.take(1)?;
        self.rows += 1;
        Ok(())
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

/// Writes nothing: the Nullable around it has written NULL.
pub(super) struct NothingWriter;

impl ColumnWriter for NothingWriter {
    fn write_text(&self, _row: usize, _style: TextStyle, _out: &mut Vec<u8>) {}

    fn write_binary(&self, _row: usize, out: &mut Vec<u8>) {
        out.push(0);
    }
}
