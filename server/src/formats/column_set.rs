//! [`ColumnSet`]: the columns of a table while rows are read into them.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, Schema};
use gristmill_engine::{HeaderColumn, OMITTED_KEY};
use gristmill_sql::types::{ColumnReader, Cursor, TextOptions, TextStyle, reader, take_null, write_var_uint};
use gristmill_sql::{Code, Error, Result};

/// Columns that are being filled, row by row.
pub struct ColumnSet {
    header: Vec<HeaderColumn>,
    names: HashMap<Vec<u8>, usize>,
    columns: Vec<Column>,
    options: TextOptions,
    rows: usize,
}

struct Column {
    values: Box<dyn ColumnReader>,
    nullable: bool,
    /// Rows that did not give the column, ascending.
    omitted: Vec<usize>,
}

impl Column {
    /// Forgets all rows from `rows` on.
    fn cancel(&mut self, rows: usize) {
        if self.values.len() > rows {
            self.values.truncate(rows);
        }
        let kept = self.omitted.partition_point(|row| *row < rows);
        self.omitted.truncate(kept);
    }
}

impl ColumnSet {
    /// Columns without rows.
    pub fn new(header: &[HeaderColumn], options: &TextOptions) -> ColumnSet {
        let column = |it: &HeaderColumn| Column {
            values: reader(&it.data_type, options),
            nullable: it.data_type.is_nullable(),
            omitted: Vec::new(),
        };
        ColumnSet {
            header: header.to_vec(),
            names: header
                .iter()
                .enumerate()
                .map(|(index, it)| (it.name.clone().into_bytes(), index))
                .collect(),
            columns: header.iter().map(column).collect(),
            options: options.clone(),
            rows: 0,
        }
    }

    /// Names and types.
    pub fn header(&self) -> &[HeaderColumn] {
        &self.header
    }

    /// The column of this name.
    pub fn find(&self, name: &[u8]) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// Complete rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Whether the row that is being read has given this column.
    pub fn is_given(&self, column: usize) -> bool {
        self.columns[column].values.len() > self.rows
    }

    /// Reads a column's value. NULL for a column that has none means that its default is wanted.
    pub fn read(&mut self, column: usize, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<()> {
        let into = &mut self.columns[column];
        if !into.nullable && self.options.null_as_default && take_null(cursor, style, &self.options) {
            self.omit(column);
            return Ok(());
        }
        into.values.read_text(cursor, style)
    }

    /// Takes a text that is a column's value as a whole. NULL is as in [`ColumnSet::read`].
    pub fn read_whole(&mut self, column: usize, text: &[u8]) -> Result<()> {
        let mut cursor = Cursor::new(text);
        self.read(column, &mut cursor, TextStyle::Plain)?;
        if cursor.at_end() {
            return Ok(());
        }
        self.cancel_value(column);
        let (rest, name) = (cursor.context().unwrap_or_default(), &self.header[column].data_type);
        Err(Error::new(
            Code::UNEXPECTED_DATA_AFTER_PARSED_VALUE,
            format!("Unexpected data '{rest}' after parsed {name} value"),
        ))
    }

    /// Takes the bytes of a string.
    pub fn read_bytes(&mut self, column: usize, bytes: &[u8]) -> Result<()> {
        let mut binary = Vec::with_capacity(bytes.len() + 10);
        if self.columns[column].nullable {
            binary.push(0);
        }
        write_var_uint(bytes.len() as u64, &mut binary);
        binary.extend_from_slice(bytes);
        self.read_binary(column, &binary)
    }

    /// Takes a value in binary form.
    pub fn read_binary(&mut self, column: usize, bytes: &[u8]) -> Result<()> {
        self.columns[column].values.read_binary(&mut Cursor::new(bytes))
    }

    /// Reads a column's value in binary form.
    pub fn read_binary_from(&mut self, column: usize, cursor: &mut Cursor<'_>) -> Result<()> {
        self.columns[column].values.read_binary(cursor)
    }

    /// Forgets what the row that is being read has given for a column.
    pub fn cancel_value(&mut self, column: usize) {
        self.columns[column].cancel(self.rows);
    }

    /// The row does not give this column.
    pub fn omit(&mut self, column: usize) {
        let column = &mut self.columns[column];
        column.omitted.push(column.values.len());
        column.values.push_default();
    }

    /// Ends the row; columns that it did not give are omitted.
    pub fn end_row(&mut self) {
        for column in 0..self.columns.len() {
            if !self.is_given(column) {
                self.omit(column);
            }
        }
        self.rows += 1;
    }

    /// Ends this many rows, which were read column by column; columns that were not given at all are omitted.
    pub fn end_rows(&mut self, rows: usize) {
        for column in 0..self.columns.len() {
            if self.columns[column].values.is_empty() {
                (0..rows).for_each(|_| self.omit(column));
            }
        }
        self.rows = rows;
    }

    /// Forgets the row that is being read.
    pub fn cancel_row(&mut self) {
        for column in &mut self.columns {
            column.cancel(self.rows);
        }
    }

    /// The complete rows, with a mask for each column that some row did not give; the set starts afresh.
    pub fn finish(&mut self) -> Result<RecordBatch> {
        let rows = std::mem::take(&mut self.rows);
        let mut fields = Vec::with_capacity(self.columns.len());
        let mut arrays = Vec::with_capacity(self.columns.len());
        let mut masks = Vec::new();
        for (column, header) in self.columns.iter_mut().zip(&self.header) {
            fields.push(header.data_type.field(&header.name));
            arrays.push(column.values.finish());
            let omitted = std::mem::take(&mut column.omitted);
            if !omitted.is_empty() {
                let mut mask = vec![false; rows];
                omitted.iter().for_each(|row| mask[*row] = true);
                masks.push((header.name.as_str(), BooleanArray::from(mask)));
            }
        }
        with_masks(fields, arrays, masks, rows)
    }
}

/// A batch of these columns and masks.
pub fn with_masks(
    mut fields: Vec<Field>,
    mut arrays: Vec<ArrayRef>,
    masks: Vec<(&str, BooleanArray)>,
    rows: usize,
) -> Result<RecordBatch> {
    for (name, mask) in masks {
        let metadata = HashMap::from([(OMITTED_KEY.to_string(), name.to_string())]);
        fields.push(Field::new(format!("omitted {name}"), DataType::Boolean, false).with_metadata(metadata));
        arrays.push(Arc::new(mask));
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options).map_err(Error::from)
}
