//! system.completions: words that a prompt may propose.

use gristmill_sql::functions::list;
use gristmill_sql::types::TYPES;

use super::about::keywords;
use super::{Content, SystemTable};
use crate::cells::{Cell, Cells};
use crate::environment::Environment;
use crate::error::Result;
use crate::table_functions::TABLE_FUNCTIONS;
use crate::{settings, table};

pub const TABLE: SystemTable = SystemTable {
    name: "completions",
    columns: &[
        ("word", "String", "The word."),
        (
            "context",
            "String",
            "What it names, such as keyword, function or table.",
        ),
        (
            "belongs",
            "Nullable(String)",
            "The table of a column, the database of a table.",
        ),
    ],
    content: Content::Rows(fill),
};

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    let mut push = |word: &str, context: &str, belongs: Option<&str>| {
        cells.push([word.into(), context.into(), belongs.map_or(Cell::Null, Cell::from)]);
    };
    keywords().for_each(|word| push(word, "keyword", None));
    list()
        .iter()
        .for_each(|function| push(&function.name, "function", None));
    TABLE_FUNCTIONS
        .iter()
        .for_each(|(name, _)| push(name, "table function", None));
    settings::all().iter().for_each(|it| push(it.name, "setting", None));
    settings::merge_tree()
        .iter()
        .for_each(|it| push(it.name, "merge tree setting", None));
    let engines = [
        table::MERGE_TREE,
        table::REPLACING_MERGE_TREE,
        table::MEMORY,
        table::NULL,
        table::VIEW,
    ];
    engines.iter().for_each(|engine| push(engine, "table engine", None));
    for family in TYPES {
        push(family.name, "data type", None);
        family.aliases.iter().for_each(|alias| push(alias, "data type", None));
    }
    environment
        .engine
        .formats()
        .list()
        .iter()
        .for_each(|it| push(it.name, "format", None));
    push(super::disks::DEFAULT, "policy", None);
    environment
        .shown_databases()
        .iter()
        .for_each(|(name, _)| push(name, "database", None));
    for (database, name, relation) in environment.shown_relations() {
        push(&name, "table", Some(&database));
        let columns = &relation.definition().columns;
        columns
            .iter()
            .filter(|column| environment.rights.shows_column(&database, &name, &column.name))
            .for_each(|column| push(&column.name, "column", Some(&name)));
    }
    for table in super::all() {
        push(table.name, "table", Some(crate::catalog::SYSTEM));
        table
            .columns
            .iter()
            .for_each(|column| push(column.0, "column", Some(table.name)));
    }
    Ok(())
}
