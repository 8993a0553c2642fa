//! The data of JSONColumns and its kin, which has all of one column before the next.
//!
//! Several such objects may follow each other; each is one block, and is read whole.

use std::io::Read;

use arrow::array::RecordBatch;
use gristmill_engine::HeaderColumn;
use gristmill_sql::types::{Cursor, DataType, TextStyle, skip_value};
use gristmill_sql::{Code, Error, Result};

use super::document_frame::{columns_of, next_key, skip_figures};
use crate::formats::column_set::ColumnSet;
use crate::formats::row_input::BYTE_ORDER_MARK;
use crate::formats::{Batches, FormatSettings};

/// What stands around the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `{"a": [1, 2]}`
    Named,
    /// `{"meta": …, "data": {"a": [1, 2]}, …}`
    Document,
    /// `[[1, 2]]`
    Bare,
}

/// All data takes no more than this.
const DATA_BYTES_MAX: u64 = 1 << 30;

/// Starts reading.
pub fn input(
    shape: Shape,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    mut source: Box<dyn Read + Send>,
) -> Result<Batches> {
    let mut reader = Reader {
        shape,
        columns: ColumnSet::new(header, &settings.text),
        settings: settings.clone(),
    };
    let mut data: Option<Vec<u8>> = None;
    let mut pos = 0;
    Ok(Box::new(std::iter::from_fn(move || {
        if data.is_none() {
            match read_all(&mut source) {
                Ok(bytes) => data = Some(bytes),
                Err(error) => return Some(Err(error)),
            }
        }
        let bytes = data.as_deref()?;
        let mut cursor = Cursor::new(&bytes[pos..]);
        let batch = reader.block(&mut cursor).transpose();
        pos += cursor.pos();
        if matches!(batch, Some(Err(_))) {
            pos = bytes.len();
        }
        batch
    })))
}

fn read_all(source: &mut Box<dyn Read + Send>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = source.take(DATA_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| Error::new(Code::CANNOT_READ_ALL_DATA, format!("Cannot read the data: {error}")))?;
    if bytes.len() as u64 > DATA_BYTES_MAX {
        let message = format!("Data in columns takes more than {DATA_BYTES_MAX} bytes");
        return Err(Error::new(Code::INCORRECT_DATA, message));
    }
    if bytes.starts_with(BYTE_ORDER_MARK) {
        bytes.drain(..BYTE_ORDER_MARK.len());
    }
    Ok(bytes)
}

struct Reader {
    shape: Shape,
    columns: ColumnSet,
    settings: FormatSettings,
}

impl Reader {
    /// Reads one object; nothing at the end of the data.
    fn block(&mut self, cursor: &mut Cursor<'_>) -> Result<Option<RecordBatch>> {
        loop {
            cursor.skip_whitespace();
            if cursor.at_end() {
                return Ok(None);
            }
            let mut rows = None;
            match self.shape {
                Shape::Named => self.named(cursor, &mut rows)?,
                Shape::Bare => self.bare(cursor, &mut rows)?,
                Shape::Document => {
                    self.meta(cursor)?;
                    self.named(cursor, &mut rows)?;
                    skip_figures(cursor)?;
                }
            }
            if let Some(rows) = rows.filter(|rows| *rows > 0) {
                self.columns.end_rows(rows);
                return self.columns.finish().map(Some);
            }
        }
    }

    /// Reads `{"meta": [...], "data": `.
    fn meta(&self, cursor: &mut Cursor<'_>) -> Result<()> {
        cursor.expect(b'{')?;
        let key = next_key(cursor)?;
        if key != b"meta" {
            let shown = String::from_utf8_lossy(&key);
            let message = format!("Expected field \"meta\" with columns names and types, found field {shown}");
            return Err(Error::new(Code::INCORRECT_DATA, message));
        }
        for given in columns_of(skip_value(cursor)?)? {
            let found = self.columns.find(given.name.as_bytes());
            let (Some(index), Some(data_type)) = (found, &given.data_type) else {
                continue;
            };
            let expected = &self.columns.header()[index].data_type;
            if DataType::parse(data_type).ok().as_ref() != Some(expected) {
                let name = &given.name;
                let message = format!(
                    "Type {data_type} of column '{name}' from metadata is not the same as type in header {expected}"
                );
                return Err(Error::new(Code::INCORRECT_DATA, message));
            }
        }
        cursor.skip_whitespace();
        cursor.expect(b',')?;
        loop {
            if next_key(cursor)? == b"data" {
                return Ok(());
            }
            skip_value(cursor)?;
            cursor.skip_whitespace();
            cursor.expect(b',')?;
        }
    }

    fn named(&mut self, cursor: &mut Cursor<'_>, rows: &mut Option<usize>) -> Result<()> {
        cursor.expect(b'{')?;
        cursor.skip_whitespace();
        let mut first = true;
        while !cursor.eat(b'}') {
            if !first {
                cursor.expect(b',')?;
            }
            first = false;
            let name = next_key(cursor)?;
            match self.columns.find(&name) {
                Some(column) if self.columns.is_given(column) => {
                    let shown = String::from_utf8_lossy(&name);
                    let message = format!("Repeated field (`{shown}`) when processing data");
                    return Err(Error::new(Code::INCORRECT_DATA, message));
                }
                Some(column) => self.values(column, cursor, rows)?,
                None if !self.settings.skip_unknown_fields => {
                    let shown = String::from_utf8_lossy(&name);
                    let message = format!("Unknown field found in input data: {shown}");
                    return Err(Error::new(Code::INCORRECT_DATA, message));
                }
                None => {
                    skip_value(cursor)?;
                }
            }
            cursor.skip_whitespace();
        }
        Ok(())
    }

    fn bare(&mut self, cursor: &mut Cursor<'_>, rows: &mut Option<usize>) -> Result<()> {
        cursor.expect(b'[')?;
        cursor.skip_whitespace();
        let mut column = 0;
        while !cursor.eat(b']') {
            if column > 0 {
                cursor.expect(b',')?;
                cursor.skip_whitespace();
            }
            let count = self.columns.header().len();
            if column == count {
                let message = format!("Input data has too many columns, expected {count} columns");
                return Err(Error::new(Code::INCORRECT_DATA, message));
            }
            self.values(column, cursor, rows)?;
            cursor.skip_whitespace();
            column += 1;
        }
        Ok(())
    }

    /// Reads the array of a column's values.
    fn values(&mut self, column: usize, cursor: &mut Cursor<'_>, rows: &mut Option<usize>) -> Result<()> {
        cursor.expect(b'[')?;
        cursor.skip_whitespace();
        let mut count = 0;
        while !cursor.eat(b']') {
            if count > 0 {
                cursor.expect(b',')?;
                cursor.skip_whitespace();
            }
            self.columns.read(column, cursor, TextStyle::Json)?;
            cursor.skip_whitespace();
            count += 1;
        }
        match *rows {
            Some(rows) if rows != count => {
                let message = format!("Number of rows differs in different columns: {rows} != {count}");
                Err(Error::new(Code::INCORRECT_DATA, message))
            }
            _ => {
                *rows = Some(count);
                Ok(())
            }
        }
    }
}
