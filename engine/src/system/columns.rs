//! system.columns

use gristmill_sql::analyzer::Column;
use gristmill_sql::types::DataType;

use super::{Content, SystemTable, all};
use crate::catalog::SYSTEM;
use crate::cells::{Cell, Cells};
use crate::environment::Environment;
use crate::error::Result;
use crate::statements::{default_text, kind_word};
use crate::table::{MergeTreeTable, is_stored};

pub const TABLE: SystemTable = SystemTable {
    name: "columns",
    columns: &[
        ("database", "String", "Database name."),
        ("table", "String", "Table name."),
        ("name", "String", "Column name."),
        ("type", "String", "Column type."),
        ("position", "UInt64", "Place in the table, from 1."),
        (
            "default_kind",
            "String",
            "DEFAULT, MATERIALIZED, ALIAS, EPHEMERAL or empty.",
        ),
        ("default_expression", "String", "The expression after it."),
        ("data_compressed_bytes", "UInt64", "Bytes on disk."),
        ("data_uncompressed_bytes", "UInt64", "Bytes before compression."),
        ("marks_bytes", "UInt64", "Always 0: granules are row arithmetic."),
        ("comment", "String", "Comment."),
        ("is_in_partition_key", "UInt8", "Whether PARTITION BY uses it."),
        ("is_in_sorting_key", "UInt8", "Whether ORDER BY uses it."),
        ("is_in_primary_key", "UInt8", "Whether PRIMARY KEY uses it."),
        ("is_in_sampling_key", "UInt8", "Always 0."),
        ("compression_codec", "String", "CODEC."),
        ("character_octet_length", "Nullable(UInt64)", "Bytes of a FixedString."),
        (
            "numeric_precision",
            "Nullable(UInt64)",
            "Bits, or decimal digits, of a number.",
        ),
        ("numeric_precision_radix", "Nullable(UInt64)", "2 or 10."),
        ("numeric_scale", "Nullable(UInt64)", "Decimal digits after the point."),
        ("datetime_precision", "Nullable(UInt64)", "Decimal digits of a second."),
    ],
    content: Content::Rows(fill),
};

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    let temporary = environment.temporary_relations().into_iter();
    let temporary = temporary.map(|(name, it)| (String::new(), name, it));
    let relations = environment.shown_relations().into_iter();
    for (database, name, relation) in relations.chain(temporary) {
        for (position, column) in relation.definition().columns.iter().enumerate() {
            if !environment.rights.shows_column(&database, &name, &column.name) {
                continue;
            }
            let facts = relation
                .merge_tree()
                .map(|table| facts(table, column))
                .unwrap_or_default();
            push(&database, &name, position, column, facts, cells);
        }
    }
    for table in all() {
        for (position, column) in table.columns().iter().enumerate() {
            push(SYSTEM, table.name, position, column, Facts::default(), cells);
        }
    }
    Ok(())
}

/// What is known of a stored column beside its declaration.
#[derive(Default)]
struct Facts {
    compressed: u64,
    uncompressed: u64,
    in_partition_key: bool,
    in_sorting_key: bool,
    in_primary_key: bool,
}

fn facts(table: &MergeTreeTable, column: &Column) -> Facts {
    let definition = &table.definition;
    let has = |sources: &[String]| sources.contains(&column.name);
    let mut facts = Facts {
        in_partition_key: has(&definition.partition_columns),
        in_sorting_key: has(&definition.sorting_key_sources()),
        in_primary_key: has(&definition.primary_key_sources()),
        ..Facts::default()
    };
    if is_stored(column) {
        for size in table
            .snapshot()
            .parts()
            .iter()
            .filter_map(|part| part.column_size(&column.name))
        {
            facts.compressed += size.compressed;
            facts.uncompressed += size.uncompressed;
        }
    }
    facts
}

fn push(database: &str, table: &str, position: usize, column: &Column, facts: Facts, cells: &mut Cells) {
    let codec = match column.codec.as_str() {
        "" => String::new(),
        codec => format!("CODEC({codec})"),
    };
    let [octets, precision, radix, scale, second_digits] = measures(&column.data_type);
    cells.push([
        database.into(),
        table.into(),
        column.name.clone().into(),
        column.data_type.to_string().into(),
        (position + 1).into(),
        kind_word(column.kind).into(),
        default_text(column).into(),
        facts.compressed.into(),
        facts.uncompressed.into(),
        0_u64.into(),
        column.comment.clone().into(),
        facts.in_partition_key.into(),
        facts.in_sorting_key.into(),
        facts.in_primary_key.into(),
        false.into(),
        codec.into(),
        octets,
        precision,
        radix,
        scale,
        second_digits,
    ]);
}

/// Octet length, numeric precision, its radix, scale, digits of a second.
fn measures(data_type: &DataType) -> [Cell; 5] {
    let none = || Cell::Null;
    let binary = |bits: u64| [none(), bits.into(), 2_u64.into(), 0_u64.into(), none()];
    match data_type.bare() {
        DataType::UInt8 | DataType::Int8 | DataType::Bool => binary(8),
        DataType::UInt16 | DataType::Int16 => binary(16),
        DataType::UInt32 | DataType::Int32 => binary(32),
        DataType::UInt64 | DataType::Int64 => binary(64),
        DataType::Float32 => [none(), 32_u64.into(), 2_u64.into(), none(), none()],
        DataType::Float64 => [none(), 64_u64.into(), 2_u64.into(), none(), none()],
        DataType::Decimal(precision, scale) => [
            none(),
            u64::from(*precision).into(),
            10_u64.into(),
            u64::from(*scale).into(),
            none(),
        ],
        DataType::FixedString(bytes) => [(*bytes).into(), none(), none(), none(), none()],
        DataType::DateTime(_) => [none(), none(), none(), none(), 0_u64.into()],
        DataType::DateTime64(digits, _) => [none(), none(), none(), none(), u64::from(*digits).into()],
        _ => [none(), none(), none(), none(), none()],
    }
}
