//! Blocks: some rows of named columns, as every revision of the protocol lays them out.
//!
//! ```text
//! block    := flags? columns rows column*                  flags: since revision 51903
//! flags    := (1 u8 is_overflows | 2 i32 bucket)* 0
//! column   := name type custom? kinds? values?             custom: since 54454; values: if there are rows
//! ```

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, new_empty_array};
use arrow::datatypes::Schema;
use gristmill_engine::HeaderColumn;
use gristmill_sql::types::{DataType, write_var_uint};
use gristmill_sql::{Code, Error, Result};

use super::column::{self, Budget, Kinds};
use super::revision;
use super::wire::{Wire, write_string};

/// Columns of a block; ClickHouse's own limit.
const COLUMNS_MAX: usize = 1_000_000;

/// Rows of a block: Arrow counts them in i32 where they are items.
const ROWS_MAX: usize = i32::MAX as usize;

/// Rows of a block without columns, which take no bytes at all.
const BARE_ROWS_MAX: usize = 1 << 24;

/// Bytes of a column's name, and of its type.
const NAME_BYTES_MAX: usize = 1 << 20;

/// The flags of every block that we send: it is no overflow row and belongs to no bucket.
const FLAGS: [u8; 8] = [1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0];

/// Fields among a block's flags.
const FLAG_IS_OVERFLOWS: u64 = 1;
const FLAG_BUCKET: u64 = 2;

/// A block as it came.
#[derive(Debug)]
pub struct Block {
    /// Number of rows.
    pub rows: usize,
    /// Names and types.
    pub header: Vec<HeaderColumn>,
    /// Values, one array for each column.
    pub columns: Vec<ArrayRef>,
}

impl Block {
    /// Whether it is the one that ends a client's data.
    pub fn is_end(&self) -> bool {
        self.rows == 0 && self.columns.is_empty()
    }

    /// The rows as a batch, their types in its fields.
    pub fn batch(self) -> Result<RecordBatch> {
        let fields: Vec<_> = self
            .header
            .iter()
            .map(|column| column.data_type.field(&column.name))
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        Ok(RecordBatch::try_new_with_options(
            Arc::new(Schema::new(fields)),
            self.columns,
            &options,
        )?)
    }
}

/// Reads a block.
pub fn read(wire: &mut Wire<'_>, revision: u64) -> Result<Block> {
    if revision >= revision::BLOCK_FLAGS {
        read_flags(wire)?;
    }
    let count = wire.length("many columns", COLUMNS_MAX)?;
    let rows_max = if count == 0 { BARE_ROWS_MAX } else { ROWS_MAX };
    let rows = wire.length("many rows", rows_max)?;
    let mut block = Block {
        rows,
        header: Vec::new(),
        columns: Vec::new(),
    };
    let mut budget = Budget::default();
    for _ in 0..count {
        let name = wire.text(NAME_BYTES_MAX)?;
        let data_type = DataType::parse(&wire.text(NAME_BYTES_MAX)?)?;
        let kinds = match revision >= revision::CUSTOM_SERIALIZATION && wire.byte()? != 0 {
            true => Some(Kinds::read(&data_type, wire)?),
            false => None,
        };
        let values = match rows {
            0 => Ok(new_empty_array(&data_type.arrow())),
            rows => column::read(&data_type, rows, kinds.as_ref(), wire, &mut budget),
        };
        block.columns.push(values.map_err(|error| {
            let message = format!("{}: (while reading column {name} of type {data_type})", error.message);
            Error::new(error.code, message)
        })?);
        block.header.push(HeaderColumn { name, data_type });
    }
    Ok(block)
}

fn read_flags(wire: &mut Wire<'_>) -> Result<()> {
    loop {
        match wire.var_uint()? {
            0 => return Ok(()),
            FLAG_IS_OVERFLOWS => drop(wire.byte()?),
            FLAG_BUCKET => drop(wire.array::<4>()?),
            other => {
                let message = format!("Unknown BlockInfo field number: {other}");
                return Err(Error::new(Code::INCORRECT_DATA, message));
            }
        }
    }
}

/// Appends a block of these columns.
pub fn write(
    header: &[HeaderColumn],
    columns: &[ArrayRef],
    rows: usize,
    revision: u64,
    out: &mut Vec<u8>,
) -> Result<()> {
    if header.len() != columns.len() {
        let message = format!("A block has {} columns, its header {}", columns.len(), header.len());
        return Err(Error::new(Code::LOGICAL_ERROR, message));
    }
    if revision >= revision::BLOCK_FLAGS {
        out.extend_from_slice(&FLAGS);
    }
    write_var_uint(columns.len() as u64, out);
    write_var_uint(rows as u64, out);
    for (column, array) in header.iter().zip(columns) {
        write_string(column.name.as_bytes(), out);
        let data_type = sent_type(&column.data_type, revision);
        write_string(sent_name(&data_type, revision).as_bytes(), out);
        if revision >= revision::CUSTOM_SERIALIZATION {
            out.push(0);
        }
        if rows > 0 {
            column::write(&data_type, array, out)?;
        }
    }
    Ok(())
}

/// Appends a block of these columns without rows.
pub fn write_header(header: &[HeaderColumn], revision: u64, out: &mut Vec<u8>) -> Result<()> {
    let columns: Vec<_> = header
        .iter()
        .map(|column| new_empty_array(&column.data_type.arrow()))
        .collect();
    write(header, &columns, 0, revision, out)
}

/// The type as which a column goes to a client of this revision; 0 is no client but a file.
fn sent_type(data_type: &DataType, revision: u64) -> DataType {
    match revision {
        0 | revision::LOW_CARDINALITY.. => data_type.clone(),
        _ => data_type.strip_low_cardinality_deep(),
    }
}

fn sent_name(data_type: &DataType, revision: u64) -> String {
    match data_type {
        DataType::DateTime(_) if revision < revision::DATE_TIME_ZONE => DataType::DateTime(None).to_string(),
        data_type => data_type.to_string(),
    }
}
