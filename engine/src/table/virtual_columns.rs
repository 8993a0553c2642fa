//! Columns that a table has without holding them: what the part of a row is, and where the row lies in it.
//!
//! To add one, add a line to [`COLUMNS`]. Those that are the same in all rows of a table are constants of a query:
//! [`of_table`]. A column that the table declares wins over one of the same name.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StructArray, UInt64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType as ArrowType, Field, FieldRef, Schema, SchemaRef};
use datafusion::common::ScalarValue;
use gristmill_sql::analyzer::{Column, DISTANCE_COLUMN, VirtualColumn, VirtualSource};
use gristmill_sql::parser::string_bytes;
use gristmill_sql::types::{DataType, TupleElement};
use gristmill_storage::{Part, PartName, PartSet};
use uuid::Uuid;

use crate::error::Result;
use crate::table::{TableDefinition, TableExpression};

/// What a virtual column tells.
#[derive(Clone, Copy)]
pub enum Tells {
    /// Something of the part's name.
    Name(fn(&PartName) -> ScalarValue),
    /// Where the part lies among those that a query reads.
    Place(fn(&PartPlace) -> u64),
    /// Where the row lies in its part, from its number and the rows of a granule.
    Row(fn(u64, u64) -> u64),
    /// The values of the partition key.
    Partition,
}

const PARTITION_VALUE: &str = "_partition_value";

/// Name, type and meaning of each.
const COLUMNS: &[(&str, &str, Tells)] = &[
    (
        "_part",
        "LowCardinality(String)",
        Tells::Name(|it| text(it.to_string())),
    ),
    ("_part_index", "UInt64", Tells::Place(|it| it.index)),
    ("_part_starting_offset", "UInt64", Tells::Place(|it| it.first_row)),
    (
        "_partition_id",
        "LowCardinality(String)",
        Tells::Name(|it| text(it.partition_id.clone())),
    ),
    ("_part_offset", "UInt64", Tells::Row(|row, _| row)),
    (
        "_part_granule_offset",
        "UInt64",
        Tells::Row(|row, granularity| row / granularity),
    ),
    (
        "_part_data_version",
        "UInt64",
        Tells::Name(|it| it.mutation.unwrap_or(it.min_block).into()),
    ),
    (PARTITION_VALUE, "Tuple()", Tells::Partition),
];

fn text(value: impl Into<Vec<u8>>) -> ScalarValue {
    ScalarValue::Binary(Some(value.into()))
}

/// Where a part lies among those that a query reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartPlace {
    /// How many come before it.
    pub index: u64,
    /// How many rows these have, deleted ones too.
    pub first_row: u64,
}

impl PartPlace {
    /// Of the parts of a snapshot, in order.
    pub fn all(parts: &PartSet) -> impl Iterator<Item = PartPlace> + '_ {
        let mut next = PartPlace { index: 0, first_row: 0 };
        parts.parts().iter().map(move |part| {
            let place = next;
            next.index += 1;
            next.first_row += part.rows();
            place
        })
    }
}

/// What the virtual column of that name tells, if there is one.
pub fn tells(name: &str) -> Option<Tells> {
    COLUMNS
        .iter()
        .find(|(known, ..)| *known == name)
        .map(|(.., tells)| *tells)
}

/// The virtual columns of a table with these columns and this partition key.
pub fn virtual_columns(columns: &[Column], partition_key: &[TableExpression]) -> Vec<(&'static str, DataType)> {
    let is_free = |name: &str| columns.iter().all(|column| column.name != name);
    let typed = |(name, data_type, tells): &(&'static str, &str, Tells)| {
        let element = |key: &TableExpression| TupleElement {
            name: None,
            data_type: key.data_type.clone(),
        };
        let data_type = match tells {
            Tells::Partition => DataType::Tuple(partition_key.iter().map(element).collect()),
            _ => DataType::parse(data_type).expect("a type of ours"),
        };
        (*name, data_type)
    };
    let is_there =
        |(name, ..): &&(&str, &str, Tells)| is_free(name) && (*name != PARTITION_VALUE || !partition_key.is_empty());
    COLUMNS.iter().filter(is_there).map(typed).collect()
}

/// The columns that a scan can give: those that parts hold, and the virtual ones.
pub fn scanned(stored: &SchemaRef, columns: &[Column], partition_key: &[TableExpression]) -> SchemaRef {
    let mut fields: Vec<FieldRef> = stored.fields().to_vec();
    let all = virtual_columns(columns, partition_key).into_iter();
    fields.extend(all.map(|(name, data_type)| Arc::new(data_type.field(name))));
    Arc::new(Schema::new(fields))
}

/// The virtual columns that any table has.
pub fn of_table(database: &str, name: &str) -> Vec<VirtualColumn> {
    let named = |(column, value): (&str, &str)| constant(column, "LowCardinality(String)", text(string_bytes(value)));
    [("_table", name), ("_database", database)].map(named).into()
}

/// The virtual columns that a query of a MergeTree table knows.
pub fn of_merge_tree(definition: &TableDefinition, database: &str, name: &str) -> Vec<VirtualColumn> {
    let mut columns = of_table(database, name);
    let scanned = virtual_columns(&definition.columns, &definition.partition_key).into_iter();
    columns.extend(scanned.map(|(name, data_type)| VirtualColumn {
        name: name.into(),
        data_type,
        source: VirtualSource::Table,
    }));
    let no_uuid = ScalarValue::FixedSizeBinary(16, Some(Uuid::nil().as_bytes().to_vec()));
    columns.extend([
        constant("_part_uuid", "UUID", no_uuid),
        constant("_sample_factor", "Float64", 1.0.into()),
        constant("_disk_name", "LowCardinality(String)", text("default")),
        // Deleted rows are not read.
        constant("_row_exists", "UInt8", 1_u8.into()),
        VirtualColumn {
            name: DISTANCE_COLUMN.into(),
            data_type: DataType::Float32,
            source: VirtualSource::Distance,
        },
    ]);
    columns
}

fn constant(name: &str, data_type: &str, value: ScalarValue) -> VirtualColumn {
    VirtualColumn {
        name: name.into(),
        data_type: DataType::parse(data_type).expect("a type of ours"),
        source: VirtualSource::Constant(value),
    }
}

/// What a part makes of the columns that are asked of it.
pub struct Asked {
    schema: SchemaRef,
    columns: Vec<Source>,
    granularity: u64,
}

enum Source {
    /// The column at this position of what is read.
    Read(usize),
    Same(ScalarValue),
    Row(fn(u64, u64) -> u64),
}

impl Asked {
    /// `schema` has columns of the table and virtual ones.
    pub fn new(schema: &SchemaRef, part: &Part, place: &PartPlace) -> Result<Self> {
        let mut read = 0;
        let mut source = |field: &Field| {
            let tells = tells(field.name()).filter(|_| !part.knows(field.name()));
            let Some(tells) = tells else {
                read += 1;
                return Ok(Source::Read(read - 1));
            };
            Ok(match tells {
                Tells::Name(value) => Source::Same(value(part.name())),
                Tells::Place(value) => Source::Same(value(place).into()),
                Tells::Row(value) => Source::Row(value),
                Tells::Partition => Source::Same(partition_value(part, field.data_type())?),
            })
        };
        let columns = schema
            .fields()
            .iter()
            .map(|field| source(field))
            .collect::<Result<_>>()?;
        Ok(Self {
            schema: schema.clone(),
            columns,
            granularity: part.index_granularity(),
        })
    }

    /// The columns that the part is read for.
    pub fn stored(&self) -> Vec<&str> {
        let fields = self.schema.fields().iter().zip(&self.columns);
        let read = fields.filter(|(_, source)| matches!(source, Source::Read(_)));
        read.map(|(field, _)| field.name().as_str()).collect()
    }

    /// Whether all columns are read.
    pub fn is_stored(&self) -> bool {
        self.columns.iter().all(|source| matches!(source, Source::Read(_)))
    }

    /// The columns asked for, from those that were read of rows with these numbers.
    pub fn complete(&self, read: RecordBatch, numbers: &[u64]) -> Result<RecordBatch> {
        let column = |source: &Source| -> Result<ArrayRef> {
            Ok(match source {
                Source::Read(position) => read.column(*position).clone(),
                Source::Same(value) => value.to_array_of_size(numbers.len())?,
                Source::Row(value) => {
                    let values = numbers.iter().map(|number| value(*number, self.granularity));
                    Arc::new(UInt64Array::from_iter_values(values))
                }
            })
        };
        let columns = self.columns.iter().map(column).collect::<Result<_>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(numbers.len()));
        let schema = self.schema.clone();
        Ok(RecordBatch::try_new_with_options(schema, columns, &options)?)
    }
}

/// The values of a part's partition key, as a tuple of this type.
pub fn partition_value(part: &Part, data_type: &ArrowType) -> Result<ScalarValue> {
    let ArrowType::Struct(fields) = data_type else {
        unreachable!("a tuple is a struct");
    };
    let values = part.partition_values().iter().zip(fields);
    // A key's type may have become another one that names the same values.
    let values = values.map(|(value, field)| Ok(cast(value, field.data_type())?));
    let tuple = StructArray::try_new(fields.clone(), values.collect::<Result<_>>()?, None)?;
    Ok(ScalarValue::Struct(Arc::new(tuple)))
}
