//! Which columns are read here.

use std::ops::Range;

use arrow::datatypes::{DataType as ArrowType, Field, FieldRef};
use parquet::basic::{Encoding, LogicalType, Type as PhysicalType};
use parquet::file::metadata::ParquetMetaData;
use parquet::schema::types::ColumnDescriptor;

use super::lists::Definition;

/// Encodings that are decoded here; levels are RLE.
const ENCODINGS: [Encoding; 4] = [
    Encoding::PLAIN,
    Encoding::RLE,
    Encoding::RLE_DICTIONARY,
    Encoding::PLAIN_DICTIONARY,
];

/// A column of lists of numbers.
#[derive(Clone, Debug)]
pub struct ListColumn {
    /// Its number among the columns of the row group, which are the leaves of the schema.
    pub leaf: usize,
    /// Which kind of list it is in Arrow.
    pub list: ArrowType,
    /// The field of its items.
    pub item: FieldRef,
    /// Bytes of a number.
    pub size: usize,
    /// What its definition levels mean.
    pub definition: Definition,
}

impl ListColumn {
    /// The column of these leaves, as one row group has it, if it is read here.
    pub fn of(metadata: &ParquetMetaData, group: usize, field: &Field, leaves: &Range<usize>) -> Option<Self> {
        let leaf = Some(leaves.start).filter(|_| leaves.len() == 1)?;
        let chunk = metadata.row_group(group).column(leaf);
        let is_decoded = chunk.encodings().all(|encoding| ENCODINGS.contains(&encoding));
        let item = match field.data_type() {
            ArrowType::List(item) | ArrowType::LargeList(item) => item,
            ArrowType::FixedSizeList(item, size) if *size > 0 => item,
            _ => return None,
        };
        let column = chunk.column_descr();
        let size = number_size(column, item.data_type())?;
        let definition = Definition {
            item: u32::from(field.is_nullable()) + 1,
            value: u32::from(field.is_nullable()) + 1 + u32::from(item.is_nullable()),
        };
        let is_flat = column.max_rep_level() == 1 && u32::try_from(column.max_def_level()) == Ok(definition.value);
        // Numbers are copied as they lie in the file.
        let is_native = cfg!(target_endian = "little");
        (is_decoded && is_flat && is_native).then(|| Self {
            leaf,
            list: field.data_type().clone(),
            item: item.clone(),
            size,
            definition,
        })
    }
}

/// Bytes of a number that is the same in Parquet and in Arrow.
fn number_size(column: &ColumnDescriptor, arrow: &ArrowType) -> Option<usize> {
    match (column.physical_type(), arrow) {
        (PhysicalType::INT32, ArrowType::Int32 | ArrowType::UInt32) | (PhysicalType::FLOAT, ArrowType::Float32) => {
            Some(4)
        }
        (PhysicalType::INT64, ArrowType::Int64 | ArrowType::UInt64) | (PhysicalType::DOUBLE, ArrowType::Float64) => {
            Some(8)
        }
        (PhysicalType::FIXED_LEN_BYTE_ARRAY, ArrowType::Float16) => {
            let is_half = column.type_length() == 2 && column.logical_type_ref() == Some(&LogicalType::Float16);
            is_half.then_some(2)
        }
        _ => None,
    }
}
