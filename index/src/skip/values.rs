//! The different rows of each block.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, RecordBatch, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use arrow::row::{RowConverter, SortField};

use super::bounds::arrow_error;
use crate::error::{Error, Result};

/// The different rows of each block, as far as there were not too many.
#[derive(Debug)]
pub struct BlockValues {
    chunks: Vec<ListArray>,
}

impl BlockValues {
    pub(super) fn new(batches: &[RecordBatch]) -> Result<Self> {
        let list = |batch: &RecordBatch| batch.column(0).as_list_opt::<i32>().cloned();
        let chunks: Option<Vec<ListArray>> = batches.iter().map(list).collect();
        let chunks = chunks.ok_or_else(|| Error::Corrupt("values of blocks are no lists".into()))?;
        match chunks.iter().all(|chunk| chunk.values().as_struct_opt().is_some()) {
            true => Ok(Self { chunks }),
            false => Err(Error::Corrupt("values of blocks are no rows".into())),
        }
    }

    /// How many blocks there are.
    pub fn blocks(&self) -> usize {
        self.chunks.iter().map(ListArray::len).sum()
    }

    /// Which blocks may hold a row for which a condition is true: those of which one of the values is, and those whose
    /// values are not known. `condition` gets one array per expression and answers for each of their rows.
    pub fn may_hold<E: From<Error>>(
        &self,
        condition: impl Fn(&[ArrayRef]) -> std::result::Result<Vec<bool>, E>,
    ) -> std::result::Result<Vec<bool>, E> {
        let mut held = Vec::with_capacity(self.blocks());
        for chunk in &self.chunks {
            let holds = condition(chunk.values().as_struct().columns())?;
            if holds.len() != chunk.values().len() {
                return Err(Error::Query("a condition must answer for each row".into()).into());
            }
            let any = |range: Range<usize>| holds[range].contains(&true);
            let offsets = chunk.value_offsets();
            held.extend(
                (0..chunk.len())
                    .map(|block| chunk.is_null(block) || any(offsets[block] as usize..offsets[block + 1] as usize)),
            );
        }
        Ok(held)
    }
}

/// Gathers the values of the blocks of one batch of the file.
pub(super) struct ValuesBuilder {
    converter: RowConverter,
    rows_max: usize,
    /// Rows in Arrow's row format; None once they are too many.
    current: Option<HashSet<Box<[u8]>>>,
    ended: Vec<Box<[u8]>>,
    lengths: Vec<Option<usize>>,
    bytes: usize,
}

impl ValuesBuilder {
    pub fn new(types: &[DataType], rows_max: u64) -> Result<Self> {
        let fields = types.iter().map(|data_type| SortField::new(data_type.clone()));
        Ok(Self {
            converter: RowConverter::new(fields.collect()).map_err(arrow_error)?,
            rows_max: match rows_max {
                0 => usize::MAX,
                rows => rows as usize,
            },
            current: Some(HashSet::new()),
            ended: Vec::new(),
            lengths: Vec::new(),
            bytes: 0,
        })
    }

    pub fn schema(types: &[DataType]) -> SchemaRef {
        let item = Field::new("row", DataType::Struct(fields(types)), false);
        let values = Field::new("values", DataType::List(Arc::new(item)), true);
        Arc::new(Schema::new(vec![values]))
    }

    pub fn add(&mut self, arrays: &[ArrayRef]) -> Result<()> {
        let Some(current) = &mut self.current else {
            return Ok(());
        };
        let rows = self.converter.convert_columns(arrays).map_err(arrow_error)?;
        for row in &rows {
            if !current.contains(row.as_ref()) {
                current.insert(row.as_ref().into());
            }
            if current.len() > self.rows_max {
                self.current = None;
                break;
            }
        }
        Ok(())
    }

    pub fn end_block(&mut self) {
        let values = self.current.replace(HashSet::new());
        self.lengths.push(values.as_ref().map(HashSet::len));
        let mut values: Vec<Box<[u8]>> = values.into_iter().flatten().collect();
        values.sort_unstable(); // equal rows make equal files
        self.bytes += values
            .iter()
            .map(|row| row.len() + size_of::<Box<[u8]>>())
            .sum::<usize>();
        self.ended.extend(values);
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn take(&mut self, schema: &SchemaRef) -> Result<RecordBatch> {
        self.bytes = 0;
        let (ended, lengths) = (std::mem::take(&mut self.ended), std::mem::take(&mut self.lengths));
        let parser = self.converter.parser();
        let rows = self.converter.convert_rows(ended.iter().map(|row| parser.parse(row)));
        let columns = rows.map_err(arrow_error)?;
        let types: Vec<DataType> = columns.iter().map(|column| column.data_type().clone()).collect();
        let length = columns.first().map_or(0, |column| column.len());
        let values = StructArray::try_new_with_length(fields(&types), columns, None, length).map_err(arrow_error)?;
        let DataType::List(item) = schema.field(0).data_type() else {
            unreachable!("the schema is that of schema()");
        };
        let offsets = OffsetBuffer::from_lengths(lengths.iter().map(|length| length.unwrap_or(0)));
        let known: NullBuffer = lengths.iter().map(Option::is_some).collect();
        let list = ListArray::try_new(item.clone(), offsets, Arc::new(values), Some(known)).map_err(arrow_error)?;
        RecordBatch::try_new(schema.clone(), vec![Arc::new(list)]).map_err(arrow_error)
    }
}

fn fields(types: &[DataType]) -> Fields {
    let field = |(number, data_type): (usize, &DataType)| Field::new(number.to_string(), data_type.clone(), true);
    types.iter().enumerate().map(field).collect()
}
