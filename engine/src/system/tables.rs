//! system.tables

use std::time::UNIX_EPOCH;

use gristmill_sql::parser::format_query;
use uuid::Uuid;

use super::{Content, SystemTable, all};
use crate::catalog::SYSTEM;
use crate::cells::{Cell, Cells};
use crate::environment::Environment;
use crate::error::Result;
use crate::table::{MergeTreeTable, Relation};

pub const TABLE: SystemTable = SystemTable {
    name: "tables",
    columns: &[
        ("database", "String", "Database."),
        ("name", "String", "Table."),
        ("uuid", "UUID", "Name of its data."),
        ("engine", "String", "Engine without parameters."),
        (
            "is_temporary",
            "UInt8",
            "Whether it is a temporary table of this session.",
        ),
        ("data_paths", "Array(String)", "Where its parts are."),
        ("metadata_path", "String", "Where its definition is."),
        (
            "metadata_modification_time",
            "DateTime",
            "When a part last came or the table was created.",
        ),
        ("metadata_version", "Int32", "Always 0."),
        ("dependencies_database", "Array(String)", "Always empty."),
        ("dependencies_table", "Array(String)", "Always empty."),
        (
            "create_table_query",
            "String",
            "The statement that makes it, on one line.",
        ),
        ("engine_full", "String", "Engine with keys and settings."),
        ("as_select", "String", "The query of a view."),
        ("partition_key", "String", "PARTITION BY."),
        ("sorting_key", "String", "ORDER BY."),
        ("primary_key", "String", "PRIMARY KEY."),
        ("sampling_key", "String", "Always empty."),
        ("storage_policy", "String", "Always default."),
        ("total_rows", "Nullable(UInt64)", "Rows."),
        ("total_bytes", "Nullable(UInt64)", "Bytes on disk."),
        (
            "total_bytes_uncompressed",
            "Nullable(UInt64)",
            "Bytes before compression.",
        ),
        ("parts", "Nullable(UInt64)", "Parts."),
        ("active_parts", "Nullable(UInt64)", "Parts in use."),
        ("total_marks", "Nullable(UInt64)", "Marks of all parts."),
        ("lifetime_rows", "Nullable(UInt64)", "Always NULL."),
        ("lifetime_bytes", "Nullable(UInt64)", "Always NULL."),
        ("comment", "String", "Comment."),
        ("has_own_data", "UInt8", "Whether it stores rows itself."),
        ("loading_dependencies_database", "Array(String)", "Always empty."),
        ("loading_dependencies_table", "Array(String)", "Always empty."),
        ("loading_dependent_database", "Array(String)", "Always empty."),
        ("loading_dependent_table", "Array(String)", "Always empty."),
    ],
    content: Content::Rows(fill),
};

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    let temporary = environment.temporary_relations().into_iter();
    let temporary = temporary.map(|(name, it)| (String::new(), name, it));
    let relations = environment.shown_relations().into_iter();
    for (database, name, relation) in relations.chain(temporary) {
        match &relation {
            Relation::MergeTree(table) => merge_tree(&database, &name, table, environment, cells),
            other => without_parts(&database, &name, other, environment, cells),
        }
    }
    for table in all() {
        system(table, cells);
    }
    Ok(())
}

fn merge_tree(database: &str, name: &str, table: &MergeTreeTable, environment: &Environment, cells: &mut Cells) {
    let definition = &table.definition;
    let snapshot = table.snapshot();
    let parts = snapshot.parts();
    let sum = |of: &dyn Fn(&gristmill_storage::Part) -> u64| parts.iter().map(|part| of(part)).sum::<u64>();
    let uncompressed = |part: &gristmill_storage::Part| part.bytes_uncompressed();
    let newest = parts.iter().filter_map(|part| {
        part.modification_time()
            .duration_since(UNIX_EPOCH)
            .ok()
            .map(|since| since.as_secs())
    });
    let create = definition.create_text();
    let none = || Cell::Texts(Vec::new());
    cells.push([
        database.into(),
        name.into(),
        Cell::Uuid(table.uuid),
        definition.engine().into(),
        definition.create.temporary.into(),
        vec![format!("{}/", table.store.path().display())].into(),
        metadata_path(database, name, definition.create.temporary, environment).into(),
        newest.max().unwrap_or(0).into(),
        0_u64.into(),
        none(),
        none(),
        one_line(&create).into(),
        engine_full(&create).into(),
        "".into(),
        definition.partition_key_text().into(),
        definition.sorting_key_text().into(),
        definition.primary_key_text().into(),
        "".into(),
        "default".into(),
        match environment.rights.row_filter(database, name) {
            None => snapshot.rows().into(),
            Some(_) => Cell::Null,
        },
        sum(&|part| part.bytes_on_disk()).into(),
        sum(&uncompressed).into(),
        parts.len().into(),
        parts.len().into(),
        sum(&|part| part.marks() + 1).into(),
        Cell::Null,
        Cell::Null,
        definition.create.comment.clone().unwrap_or_default().into(),
        true.into(),
        none(),
        none(),
        none(),
        none(),
    ]);
}

/// Where the definition is; a temporary table's is nowhere.
fn metadata_path(database: &str, name: &str, is_temporary: bool, environment: &Environment) -> String {
    match is_temporary {
        true => String::new(),
        false => {
            let file = environment.engine.catalog().metadata_file(database, name);
            file.display().to_string()
        }
    }
}

/// A view or a table in memory.
fn without_parts(database: &str, name: &str, relation: &Relation, environment: &Environment, cells: &mut Cells) {
    let create = relation.definition().create_text();
    let query = relation.create().as_select.as_deref();
    let size = match relation {
        Relation::InMemory(table) => {
            let hides = environment.rights.row_filter(database, name).is_some();
            Some(table.size()).filter(|_| !hides)
        }
        Relation::MergeTree(_) | Relation::View(_) => None,
    };
    let (rows, bytes) = size.unzip();
    let none = || Cell::Texts(Vec::new());
    let mut row: Vec<Cell> = vec![
        database.into(),
        name.into(),
        Cell::Uuid(relation.uuid()),
        relation.engine().into(),
        relation.create().temporary.into(),
        none(),
        metadata_path(database, name, relation.create().temporary, environment).into(),
        0_u64.into(),
        0_u64.into(),
        none(),
        none(),
        one_line(&create).into(),
        engine_full(&create).into(),
        query
            .map_or(String::new(), |query| one_line(&format_query(query)))
            .into(),
    ];
    row.extend(["", "", "", "", ""].map(Cell::from));
    row.extend([rows, bytes].map(|number| number.map_or(Cell::Null, Cell::from)));
    row.extend([const { Cell::Null }; 6]);
    row.push(relation.create().comment.clone().unwrap_or_default().into());
    row.push(relation.keeps_rows().into());
    row.extend((0..4).map(|_| none()));
    cells.push(row);
}

/// `CREATE TABLE t (…) ENGINE = …` without line breaks, as this table shows it.
fn one_line(create: &str) -> String {
    let mut line = String::with_capacity(create.len());
    for part in create.lines().map(str::trim_start) {
        let after_bracket = line.ends_with('(');
        if !line.is_empty() && !after_bracket && part != ")" {
            line.push(' ');
        }
        line.push_str(part);
    }
    line
}

/// From the engine's name to the settings, without the comment.
fn engine_full(create: &str) -> String {
    let lines = create.lines().skip_while(|line| !line.starts_with("ENGINE = "));
    let lines = lines.take_while(|line| !line.starts_with("COMMENT "));
    let text = lines.collect::<Vec<_>>().join(" ");
    text.strip_prefix("ENGINE = ").unwrap_or(&text).to_string()
}

fn system(table: &SystemTable, cells: &mut Cells) {
    let none = || Cell::Texts(Vec::new());
    let text = |text: &str| Cell::from(text);
    cells.push([
        SYSTEM.into(),
        table.name.into(),
        Cell::Uuid(Uuid::nil()),
        table.engine().into(),
        false.into(),
        none(),
        text(""),
        0_u64.into(),
        0_u64.into(),
        none(),
        none(),
        one_line(&table.create_text()).into(),
        table.engine().into(),
        text(""),
        text(""),
        text(""),
        text(""),
        text(""),
        text(""),
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Null,
        text(""),
        false.into(),
        none(),
        none(),
        none(),
        none(),
    ]);
}
