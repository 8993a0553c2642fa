//! What is kept in memory of every part: schema, sparse primary index, partition. FORMAT.md, section 5.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Float32Array, Float64Array, RecordBatch, RecordBatchOptions, UInt32Array,
};
use arrow::compute::{concat, nullif, take};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use arrow::row::{RowConverter, SortField};

use crate::{Error, Result};

/// Name of the file.
pub(crate) const PRIMARY_INDEX: &str = "primary.idx";

/// First bytes of the file.
///
/// | offset | bytes | field              |
/// |-------:|------:|--------------------|
/// |      0 |     4 | magic `GMPK`       |
/// |      4 |     2 | version            |
/// |      6 |     2 | number of sections |
/// |      8 | 4 × 8 | section lengths    |
const MAGIC: &[u8; 4] = b"GMPK";
const VERSION: u16 = 1;
const SECTIONS: usize = 4;
const HEADER_LEN: usize = 8 + 8 * SECTIONS;

/// The contents of `primary.idx`.
#[derive(Clone, Debug)]
pub(crate) struct PrimaryIndex {
    /// The part's columns.
    pub schema: SchemaRef,
    /// Per key column: the value at the first row of each granule, then the last row's.
    pub keys: Vec<ArrayRef>,
    /// Partition key values, one row each.
    pub partition: Vec<ArrayRef>,
    /// Minimum and maximum of the partition key's source columns.
    pub min_max: Vec<(String, ArrayRef)>,
}

impl PrimaryIndex {
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let min_max: Vec<(String, ArrayRef)> = self.min_max.clone();
        let sections = [
            stream(&self.schema, None)?,
            batch_stream(by_position(&self.keys))?,
            batch_stream(by_position(&self.partition))?,
            batch_stream(min_max)?,
        ];
        let mut bytes = Vec::with_capacity(HEADER_LEN + sections.iter().map(Vec::len).sum::<usize>());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&(SECTIONS as u16).to_le_bytes());
        for section in &sections {
            bytes.extend_from_slice(&(section.len() as u64).to_le_bytes());
        }
        sections.iter().for_each(|section| bytes.extend_from_slice(section));
        Ok(bytes)
    }

    /// Reads the file, whose checksum has been verified. `marks` is the number of granules.
    pub fn parse(bytes: &[u8], part: &str, marks: u64) -> Result<PrimaryIndex> {
        let corrupt = |why: &str| Error::corrupt(part, format!("{PRIMARY_INDEX}: {why}"));
        if bytes.len() < HEADER_LEN || &bytes[..4] != MAGIC {
            return Err(corrupt("no header"));
        }
        let version = u16::from_le_bytes([bytes[4], bytes[5]]);
        if version != VERSION {
            let what = format!("{PRIMARY_INDEX} of {part}");
            return Err(Error::UnknownVersion {
                what,
                found: version.into(),
                supported: VERSION.into(),
            });
        }
        if usize::from(u16::from_le_bytes([bytes[6], bytes[7]])) != SECTIONS {
            return Err(corrupt("another number of sections"));
        }
        let mut rest = &bytes[HEADER_LEN..];
        let mut sections = [&bytes[..0]; SECTIONS];
        for (section, length) in sections.iter_mut().zip(bytes[8..HEADER_LEN].chunks_exact(8)) {
            let length = u64::from_le_bytes(length.try_into().expect("chunks of eight bytes"));
            let length = usize::try_from(length).ok().filter(|length| *length <= rest.len());
            (*section, rest) = rest.split_at(length.ok_or_else(|| corrupt("sections longer than the file"))?);
        }
        let read = |section: &[u8], rows: usize| {
            read_stream(section, rows)
                .map_err(|error| corrupt(&error.to_string()))?
                .ok_or_else(|| corrupt("wrong number of rows"))
        };
        let (schema, _) = read(sections[0], 0)?;
        let (_, keys) = read(sections[1], marks as usize + 1)?;
        let (_, partition) = read(sections[2], 1)?;
        let (min_max_schema, min_max) = read(sections[3], 2)?;
        let names = min_max_schema.fields().iter().map(|field| field.name().clone());
        Ok(PrimaryIndex {
            min_max: names.zip(min_max).collect(),
            schema,
            keys,
            partition,
        })
    }
}

fn by_position(arrays: &[ArrayRef]) -> Vec<(String, ArrayRef)> {
    arrays
        .iter()
        .enumerate()
        .map(|(position, array)| (position.to_string(), array.clone()))
        .collect()
}

fn batch_stream(columns: Vec<(String, ArrayRef)>) -> Result<Vec<u8>> {
    let field = |(name, array): &(String, ArrayRef)| Field::new(name, array.data_type().clone(), true);
    let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
    if columns.is_empty() {
        return stream(&schema, None);
    }
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    let batch = RecordBatch::try_new_with_options(schema.clone(), arrays, &RecordBatchOptions::new())?;
    stream(&schema, Some(&batch))
}

fn stream(schema: &Schema, batch: Option<&RecordBatch>) -> Result<Vec<u8>> {
    let mut writer = StreamWriter::try_new(Vec::new(), schema)?;
    if let Some(batch) = batch {
        writer.write(batch)?;
    }
    writer.finish()?;
    Ok(writer.into_inner()?)
}

/// Schema and columns of a section; `None` if it has columns but not that many rows.
fn read_stream(bytes: &[u8], rows: usize) -> Result<Option<(SchemaRef, Vec<ArrayRef>)>> {
    let mut reader = StreamReader::try_new(bytes, None)?;
    let schema = reader.schema();
    let batch = reader.next().transpose()?;
    Ok(match batch {
        Some(batch) if batch.num_rows() == rows => Some((schema, batch.columns().to_vec())),
        None if rows == 0 || schema.fields().is_empty() => Some((schema, Vec::new())),
        _ => None,
    })
}

/// Collects the index while rows are written.
pub(crate) struct PrimaryIndexBuilder {
    granularity: u64,
    rows: u64,
    /// Per key column the values picked so far, one array per batch.
    picked: Vec<Vec<ArrayRef>>,
    last: Vec<ArrayRef>,
}

impl PrimaryIndexBuilder {
    pub fn new(key_columns: usize, granularity: u64) -> PrimaryIndexBuilder {
        PrimaryIndexBuilder {
            granularity,
            rows: 0,
            picked: vec![Vec::new(); key_columns],
            last: Vec::new(),
        }
    }

    /// Takes the primary key columns of the next `rows` rows, at least one.
    pub fn add(&mut self, keys: &[ArrayRef], rows: u64) -> Result<()> {
        let first_mark = self.rows.next_multiple_of(self.granularity);
        let marks = (first_mark..self.rows + rows).step_by(self.granularity as usize);
        let positions: UInt32Array = marks.map(|mark| (mark - self.rows) as u32).collect();
        for (picked, key) in self.picked.iter_mut().zip(keys) {
            picked.push(take(key, &positions, None)?);
        }
        // Copied: a slice would keep the whole batch in memory.
        let last = UInt32Array::from(vec![rows as u32 - 1]);
        self.last = keys
            .iter()
            .map(|key| Ok(take(key, &last, None)?))
            .collect::<Result<_>>()?;
        self.rows += rows;
        Ok(())
    }

    pub fn finish(self) -> Result<Vec<ArrayRef>> {
        let column = |(mut picked, last): (Vec<ArrayRef>, ArrayRef)| {
            picked.push(last);
            let arrays: Vec<&dyn Array> = picked.iter().map(AsRef::as_ref).collect();
            Ok(concat(&arrays)?)
        };
        self.picked.into_iter().zip(self.last).map(column).collect()
    }
}

/// Smallest and largest value of one key column per granule, NULL where unknown. Fits DataFusion's `PruningStatistics`.
#[derive(Clone, Debug)]
pub struct GranuleBounds {
    /// Lower bounds, one per granule.
    pub min: ArrayRef,
    /// Upper bounds, one per granule.
    pub max: ArrayRef,
}

/// The bounds that a sparse index gives: a granule's first key to the next granule's first (or the last row's).
///
/// A further key column is only bounded where all columns before it are the same at both ends.
pub(crate) fn granule_bounds(keys: &[ArrayRef]) -> Result<Vec<GranuleBounds>> {
    let Some(marks) = keys.first().map(|key| key.len() - 1) else {
        return Ok(Vec::new());
    };
    let mut prefix_differs = vec![false; marks];
    let mut result = Vec::with_capacity(keys.len());
    for key in keys {
        let unknown = BooleanArray::from(prefix_differs.clone());
        // NULLs are last, so a NULL at the upper end says nothing about the values before it; NaN likewise.
        let bound = |start: usize| -> Result<ArrayRef> {
            let end = nullif(&key.slice(start, marks), &unknown)?;
            Ok(nullif(&end, &not_a_number(&end))?)
        };
        result.push(GranuleBounds {
            min: bound(0)?,
            max: bound(1)?,
        });
        let rows = RowConverter::new(vec![SortField::new(key.data_type().clone())])?
            .convert_columns(std::slice::from_ref(key))?;
        for (granule, differs) in prefix_differs.iter_mut().enumerate() {
            *differs |= rows.row(granule) != rows.row(granule + 1);
        }
    }
    Ok(result)
}

fn not_a_number(values: &ArrayRef) -> BooleanArray {
    let any = values.as_any();
    match values.data_type() {
        DataType::Float32 => {
            let floats = any.downcast_ref::<Float32Array>().expect("the type was just asked");
            floats.values().iter().map(|value| Some(value.is_nan())).collect()
        }
        DataType::Float64 => {
            let floats = any.downcast_ref::<Float64Array>().expect("the type was just asked");
            floats.values().iter().map(|value| Some(value.is_nan())).collect()
        }
        _ => BooleanArray::from(vec![false; values.len()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Int32Array;

    fn ints(values: &[Option<i32>]) -> ArrayRef {
        Arc::new(Int32Array::from(values.to_vec()))
    }

    #[test]
    fn granule_starts_and_the_last_row_are_picked() {
        let mut builder = PrimaryIndexBuilder::new(1, 4);
        for chunk in [0..3, 3..9, 9..10] {
            let rows = chunk.end - chunk.start;
            builder
                .add(&[Arc::new(Int32Array::from_iter_values(chunk))], rows as u64)
                .unwrap();
        }
        assert_eq!(
            &builder.finish().unwrap()[0],
            &ints(&[Some(0), Some(4), Some(8), Some(9)])
        );
    }

    #[test]
    fn second_column_is_bounded_where_the_first_is_constant() {
        let first = ints(&[Some(1), Some(1), Some(2), Some(2)]);
        let second = ints(&[Some(5), Some(7), Some(1), None]);
        let bounds = granule_bounds(&[first, second]).unwrap();
        assert_eq!(&bounds[0].min, &ints(&[Some(1), Some(1), Some(2)]));
        assert_eq!(&bounds[0].max, &ints(&[Some(1), Some(2), Some(2)]));
        assert_eq!(&bounds[1].min, &ints(&[Some(5), None, Some(1)]));
        assert_eq!(&bounds[1].max, &ints(&[Some(7), None, None]));
    }

    #[test]
    fn file_round_trips() {
        let schema = Arc::new(Schema::new(vec![Field::new("a", DataType::Int32, false)]));
        let index = PrimaryIndex {
            schema: schema.clone(),
            keys: vec![ints(&[Some(1), Some(2), Some(9)])],
            partition: vec![],
            min_max: vec![("a".to_owned(), ints(&[Some(1), Some(9)]))],
        };
        let bytes = index.to_bytes().unwrap();
        let read = PrimaryIndex::parse(&bytes, "p", 2).unwrap();
        assert_eq!(
            (read.schema, read.keys, read.partition, read.min_max),
            (schema, index.keys, vec![], index.min_max)
        );
        assert!(matches!(
            PrimaryIndex::parse(&bytes, "p", 3),
            Err(Error::Corrupt { .. })
        ));
        assert!(matches!(
            PrimaryIndex::parse(&bytes[..bytes.len() - 200], "p", 2),
            Err(Error::Corrupt { .. })
        ));
        for (field, place) in [("version", 4), ("number of sections", 6)] {
            let mut other = bytes.clone();
            other[place] += 1;
            let refused = PrimaryIndex::parse(&other, "p", 2);
            let refused = matches!(
                refused,
                Err(Error::Corrupt { .. } | Error::UnknownVersion { found: 2, .. })
            );
            assert!(refused, "{field}");
        }
    }
}
