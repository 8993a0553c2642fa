//! DESCRIBE of tables, table functions and queries: ClickHouse's seven columns, no more, because
//! clients count them; an eighth where virtual columns are asked for, two where the answer is to be compact.

use std::time::Instant;

use gristmill_sql::Code;
use gristmill_sql::analyzer::{self, Column, ColumnKind, Planned, VirtualColumn};
use gristmill_sql::parser::{Describe, Statement, format_expression, parse};

use super::ready;
use crate::cells::{Cell, Cells};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::table::{Relation, of_merge_tree, of_table};

/// Virtual columns in ClickHouse's order, and what it says of them.
const VIRTUAL_COLUMNS: &[(&str, &str)] = &[
    ("_part", "Name of part"),
    ("_part_index", "Sequential index of the part in the query result"),
    (
        "_part_starting_offset",
        "Cumulative starting row of the part in the query result",
    ),
    (
        "_part_uuid",
        "Unique part identifier (if enabled MergeTree setting assign_part_uuids)",
    ),
    ("_partition_id", "Name of partition"),
    ("_sample_factor", "Sample factor (from the query)"),
    ("_part_offset", "Number of row in the part"),
    ("_part_granule_offset", "Number of granule in the part"),
    (
        "_part_data_version",
        "Data version of part (either min block number or mutation version)",
    ),
    ("_disk_name", "Disk name"),
    ("_distance", "Pre-computed distance for vector search queries"),
    ("_table", ""),
    ("_database", ""),
    ("_partition_value", "Value (a tuple) of a PARTITION BY expression"),
    (
        "_row_exists",
        "Persisted mask created by lightweight delete that show whether row exists or is deleted",
    ),
];

/// What is told of.
#[derive(Default)]
struct Described {
    columns: Vec<Column>,
    /// Of each column of a table.
    ttl: Vec<Option<String>>,
    virtual_columns: Vec<VirtualColumn>,
}

/// Runs a DESCRIBE statement.
pub fn describe(describe: Describe, environment: &Environment, started: Instant) -> Result<Outcome> {
    let described = described(describe, environment)?;
    let is_compact = environment.settings.flag("describe_compact_output");
    let with_virtual = environment.settings.flag("describe_include_virtual_columns");
    let names = [
        "name",
        "type",
        "default_type",
        "default_expression",
        "comment",
        "codec_expression",
        "ttl_expression",
    ];
    let shown = if is_compact { 2 } else { names.len() };
    let header = names.into_iter().take(shown).map(|name| (name, "String"));
    let mut cells = Cells::new(header.chain(with_virtual.then_some(("is_virtual", "UInt8"))))?;
    let mut push = |row: [Cell; 7], is_virtual: bool| {
        cells.push(
            row.into_iter()
                .take(shown)
                .chain(with_virtual.then_some(is_virtual.into())),
        );
    };
    let virtual_rows = match with_virtual {
        true => virtual_rows(&described),
        false => Vec::new(),
    };
    let ttl = described.ttl.into_iter().chain(std::iter::repeat(None));
    for (column, ttl) in described.columns.into_iter().zip(ttl) {
        let default = default_text(&column);
        let row = [
            column.name.into(),
            column.data_type.pretty_name().into(),
            kind_word(column.kind).into(),
            default.into(),
            column.comment.into(),
            column.codec.into(),
            ttl.unwrap_or_default().into(),
        ];
        push(row, false);
    }
    virtual_rows.into_iter().for_each(|row| push(row, true));
    ready(cells, environment, started)
}

/// The virtual columns whose names are free.
fn virtual_rows(described: &Described) -> Vec<[Cell; 7]> {
    let listed = VIRTUAL_COLUMNS.iter().filter_map(|(name, comment)| {
        let mut columns = described.virtual_columns.iter();
        let column = columns.find(|column| column.name == *name)?;
        let is_free = described.columns.iter().all(|column| column.name != *name);
        is_free.then(|| {
            let data_type = column.data_type.pretty_name();
            [*name, &data_type, "", "", comment, "", ""].map(Cell::from)
        })
    });
    listed.collect()
}

fn described(describe: Describe, environment: &Environment) -> Result<Described> {
    let columns = match describe {
        Describe::Table(name) => {
            let (database, name) = environment.resolve(&name);
            return described_table(database, name, environment);
        }
        Describe::Query(query) => header_columns(&query, environment)?,
        // The analyzer evaluates a table function's arguments, so it is asked through a query.
        Describe::Function(call) => {
            let query = format!("SELECT * FROM {}", format_expression(&call));
            let (parsed, _) = parse(query.as_bytes(), &environment.parameters)?;
            match parsed.statement {
                Statement::Query(query) => {
                    // The text that was just made has its own vectors taken out.
                    let lifted = &parsed.lifted;
                    let context = analyzer::Context {
                        lifted,
                        ..environment.context()
                    };
                    columns_of(analyzer::plan_query(&query, &context)?)
                }
                _ => return Err(Error::new(Code::LOGICAL_ERROR, "DESCRIBE made no query")),
            }
        }
    };
    Ok(Described {
        columns,
        ..Described::default()
    })
}

fn described_table(database: &str, name: &str, environment: &Environment) -> Result<Described> {
    let catalog = environment.engine.catalog();
    let Some(relation) = catalog.find_relation(database, name) else {
        let source = catalog.source(database, name, environment)?;
        return Ok(Described {
            columns: source.columns,
            ttl: Vec::new(),
            virtual_columns: source.virtual_columns,
        });
    };
    // Of a view those that it declares, whatever has become of the tables below it.
    let columns = relation.create().columns.iter();
    Ok(Described {
        columns: relation.definition().columns.clone(),
        ttl: columns
            .map(|column| column.ttl.as_ref().map(format_expression))
            .collect(),
        virtual_columns: match &relation {
            Relation::MergeTree(table) => of_merge_tree(&table.definition, database, name),
            Relation::InMemory(_) | Relation::View(_) => of_table(database, name),
        },
    })
}

fn header_columns(query: &sqlparser::ast::Query, environment: &Environment) -> Result<Vec<Column>> {
    Ok(columns_of(environment.plan_query(query)?))
}

fn columns_of(planned: Planned) -> Vec<Column> {
    let column = |it: crate::HeaderColumn| Column::ordinary(it.name, it.data_type);
    planned.header.into_iter().map(column).collect()
}

/// The text of a column's default expression.
pub fn default_text(column: &Column) -> String {
    column.expression.clone().unwrap_or_default()
}

/// The keyword in front of a default expression.
pub fn kind_word(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Ordinary => "",
        ColumnKind::Default => "DEFAULT",
        ColumnKind::Materialized => "MATERIALIZED",
        ColumnKind::Alias => "ALIAS",
        ColumnKind::Ephemeral => "EPHEMERAL",
    }
}
