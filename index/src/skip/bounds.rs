//! The smallest and the largest value of each block.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, PrimitiveArray, RecordBatch, UInt32Array, UInt64Array,
    downcast_primitive_array,
};
use arrow::compute::{concat, max, max_binary, min, min_binary, take};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::row::{RowConverter, SortField};

use super::open::column;
use crate::error::{Error, Result};

/// Bounds of each block, per expression. Floats are in Arrow's total order: NaN may be a bound.
#[derive(Debug)]
pub struct BlockBounds {
    expressions: Vec<Bounds>,
    rows: UInt64Array,
}

#[derive(Debug)]
struct Bounds {
    min: ArrayRef,
    max: ArrayRef,
    nulls: UInt64Array,
}

impl BlockBounds {
    pub(super) fn new(batches: &[RecordBatch], schema: &SchemaRef) -> Result<Self> {
        let expressions = schema.fields().len() / 3;
        let whole = |position: usize| column(batches, schema, position);
        let count = |position: usize| -> Result<UInt64Array> {
            let array = whole(position)?;
            let counts = array.as_any().downcast_ref::<UInt64Array>().cloned();
            counts.ok_or_else(|| Error::Corrupt("counts of rows are no numbers".into()))
        };
        let of = |number: usize| -> Result<Bounds> {
            Ok(Bounds {
                min: whole(number * 3)?,
                max: whole(number * 3 + 1)?,
                nulls: count(number * 3 + 2)?,
            })
        };
        Ok(Self {
            expressions: (0..expressions).map(of).collect::<Result<_>>()?,
            rows: count(expressions * 3)?,
        })
    }

    /// How many blocks there are.
    pub fn blocks(&self) -> usize {
        self.rows.len()
    }

    /// The smallest value of each block that is not NULL, or NULL if there is none.
    pub fn min(&self, expression: usize) -> &ArrayRef {
        &self.expressions[expression].min
    }

    /// The largest one.
    pub fn max(&self, expression: usize) -> &ArrayRef {
        &self.expressions[expression].max
    }

    /// How many rows of each block are NULL.
    pub fn null_counts(&self, expression: usize) -> &UInt64Array {
        &self.expressions[expression].nulls
    }

    /// How many rows each block has.
    pub fn row_counts(&self) -> &UInt64Array {
        &self.rows
    }
}

/// Gathers the bounds of the blocks of one batch of the file.
pub(super) struct BoundsBuilder {
    current: Vec<Extremes>,
    blocks: Vec<Vec<Extremes>>,
    rows: u64,
    block_rows: Vec<u64>,
    bytes: usize,
}

#[derive(Clone, Default)]
struct Extremes {
    /// Smallest and largest: arrays of one row.
    ends: Option<(ArrayRef, ArrayRef)>,
    nulls: u64,
}

impl BoundsBuilder {
    pub fn new(expressions: usize) -> Self {
        Self {
            current: vec![Extremes::default(); expressions],
            blocks: vec![Vec::new(); expressions],
            rows: 0,
            block_rows: Vec::new(),
            bytes: 0,
        }
    }

    pub fn schema(types: &[DataType]) -> SchemaRef {
        let each = types.iter().enumerate().flat_map(|(number, data_type)| {
            [
                Field::new(format!("min_{number}"), data_type.clone(), true),
                Field::new(format!("max_{number}"), data_type.clone(), true),
                Field::new(format!("nulls_{number}"), DataType::UInt64, false),
            ]
        });
        let rows = Field::new("rows", DataType::UInt64, false);
        Arc::new(Schema::new(each.chain([rows]).collect::<Vec<_>>()))
    }

    pub fn add(&mut self, arrays: &[ArrayRef]) -> Result<()> {
        for (current, array) in self.current.iter_mut().zip(arrays) {
            current.nulls += array.logical_null_count() as u64;
            let (mut low, mut high) = extremes(array)?;
            if let Some((before_low, before_high)) = current.ends.take() {
                low = extremes(&concat(&[&before_low, &low]).map_err(arrow_error)?)?.0;
                high = extremes(&concat(&[&before_high, &high]).map_err(arrow_error)?)?.1;
            }
            current.ends = Some((low, high));
        }
        self.rows += arrays.first().map_or(0, |array| array.len() as u64);
        Ok(())
    }

    pub fn end_block(&mut self) {
        for (current, blocks) in self.current.iter_mut().zip(&mut self.blocks) {
            if let Some((low, high)) = &current.ends {
                self.bytes += low.get_array_memory_size() + high.get_array_memory_size();
            }
            blocks.push(std::mem::take(current));
        }
        self.block_rows.push(std::mem::take(&mut self.rows));
    }

    /// About how many bytes the ended blocks have.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn take(&mut self, schema: &SchemaRef) -> Result<RecordBatch> {
        self.bytes = 0;
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
        for blocks in &mut self.blocks {
            let blocks = std::mem::take(blocks);
            let ends = |side: fn(&(ArrayRef, ArrayRef)) -> &ArrayRef| {
                let arrays: Vec<&dyn Array> = blocks
                    .iter()
                    .filter_map(|block| block.ends.as_ref().map(|ends| side(ends).as_ref()))
                    .collect();
                concat(&arrays).map_err(arrow_error)
            };
            columns.push(ends(|ends| &ends.0)?);
            columns.push(ends(|ends| &ends.1)?);
            let nulls = blocks.iter().map(|block| block.nulls);
            columns.push(Arc::new(UInt64Array::from_iter_values(nulls)));
        }
        columns.push(Arc::new(UInt64Array::from(std::mem::take(&mut self.block_rows))));
        RecordBatch::try_new(schema.clone(), columns).map_err(arrow_error)
    }
}

/// The smallest and the largest value that is not NULL, as arrays of one row; NULL if there is none.
fn extremes(array: &ArrayRef) -> Result<(ArrayRef, ArrayRef)> {
    Ok(match array.data_type() {
        DataType::Binary => {
            let values = array.as_binary::<i32>();
            let one = |value: Option<&[u8]>| -> ArrayRef { Arc::new(BinaryArray::from_iter([value])) };
            (one(min_binary(values)), one(max_binary(values)))
        }
        _ => {
            let array = array.as_ref();
            downcast_primitive_array!(
                array => (one(array, min(array)), one(array, max(array))),
                _ => by_rows(array)?
            )
        }
    })
}

fn one<T: arrow::array::ArrowPrimitiveType>(like: &PrimitiveArray<T>, value: Option<T::Native>) -> ArrayRef {
    let array: PrimitiveArray<T> = std::iter::once(value).collect();
    Arc::new(array.with_data_type(like.data_type().clone()))
}

/// For types that have no faster way.
fn by_rows(array: &dyn Array) -> Result<(ArrayRef, ArrayRef)> {
    let converter = RowConverter::new(vec![SortField::new(array.data_type().clone())]).map_err(arrow_error)?;
    let rows = converter
        .convert_columns(&[arrow::array::make_array(array.to_data())])
        .map_err(arrow_error)?;
    let present = || (0..array.len()).filter(|row| array.is_valid(*row));
    let pick = |row: Option<usize>| {
        let row = UInt32Array::from(vec![row.map(|row| row as u32)]);
        take(array, &row, None).map_err(arrow_error)
    };
    let low = pick(present().min_by_key(|row| rows.row(*row)))?;
    let high = pick(present().max_by_key(|row| rows.row(*row)))?;
    Ok((low, high))
}

pub(super) fn arrow_error(error: arrow::error::ArrowError) -> Error {
    Error::Build(error.to_string())
}
