//! SHOW. What a system table has is asked of the system table, the rest is built here.

use std::time::Instant;

use gristmill_sql::Code;
use gristmill_sql::parser::{ObjectKind, Parsed, Pattern, Show, Statement, TableName, parse, quote_string};
use gristmill_sql::types::back_quote_if_needed;

use super::{ready, refuse_kind};
use crate::catalog::SYSTEM;
use crate::cells::{Cell, Cells};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::session::run_query;
use crate::settings;
use crate::system;
use crate::table::{Relation, TableDefinition};

/// The code that MySQL gives to what has no code of its own.
const WARNING_CODE: usize = 1105;

/// What was noted of the session's last statement, in MySQL's columns.
fn warnings(environment: &Environment, started: Instant) -> Result<Outcome> {
    let mut cells = Cells::new([("Level", "String"), ("Code", "UInt32"), ("Message", "String")])?;
    for note in environment.warnings() {
        cells.push(["Warning".into(), WARNING_CODE.into(), note.to_string().into()]);
    }
    ready(cells, environment, started)
}

/// Runs a SHOW statement.
pub fn show(show: Show, environment: &Environment, started: Instant) -> Result<Outcome> {
    match show {
        Show::Databases(pattern) => {
            let query = format!(
                "SELECT name FROM system.databases WHERE {} ORDER BY name",
                condition("name", &pattern)
            );
            select(&query, &pattern, environment, started)
        }
        Show::Tables {
            temporary: true,
            pattern,
            ..
        } => {
            let query = format!(
                "SELECT name FROM system.tables WHERE is_temporary AND {} ORDER BY name",
                condition("name", &pattern)
            );
            select(&query, &pattern, environment, started)
        }
        Show::Tables {
            database,
            full,
            pattern,
            ..
        } => {
            let database = database.unwrap_or_else(|| environment.database.clone());
            environment.engine.catalog().check_database(&database)?;
            let columns = match full {
                true => "name, if(engine = 'View', 'VIEW', 'TABLE') AS table_type",
                false => "name",
            };
            let query = format!(
                "SELECT {columns} FROM system.tables WHERE database = {} AND {} ORDER BY name",
                quote_string(&database),
                condition("name", &pattern)
            );
            select(&query, &pattern, environment, started)
        }
        Show::Settings { changed, pattern } => {
            let only_changed = if changed { " AND changed = 1" } else { "" };
            let query = format!(
                "SELECT name, type, value FROM system.settings WHERE {}{only_changed} ORDER BY name",
                condition("name", &pattern)
            );
            select(&query, &pattern, environment, started)
        }
        Show::Functions(pattern) => {
            let query = format!(
                "SELECT * FROM system.functions WHERE {} ORDER BY name",
                condition("name", &pattern)
            );
            select(&query, &pattern, environment, started)
        }
        Show::Engines => {
            let query = "SELECT * FROM system.table_engines ORDER BY name";
            select(query, &Pattern::default(), environment, started)
        }
        Show::Setting(name) => setting(&name, environment, started),
        Show::Create(kind, name) => create(kind, &name, environment, started),
        Show::Columns { table, full, pattern } => columns(&table, full, &pattern, environment, started),
        Show::Indexes(table) => indexes(&table, environment, started),
        Show::ProcessList => {
            let query = "SELECT * FROM system.processes ORDER BY elapsed DESC";
            select(query, &Pattern::default(), environment, started)
        }
        Show::Warnings => warnings(environment, started),
    }
}

fn select(query: &str, pattern: &Pattern, environment: &Environment, started: Instant) -> Result<Outcome> {
    let limit = pattern.limit.map_or(String::new(), |limit| format!(" LIMIT {limit}"));
    let query = format!("{query}{limit}");
    let (Parsed { statement, .. }, _) = parse(query.as_bytes(), &Default::default())?;
    let Statement::Query(query) = statement else {
        return Err(Error::new(
            Code::LOGICAL_ERROR,
            "SHOW made a statement that is no query",
        ));
    };
    let planned = environment.plan_query(&query)?;
    Ok(Outcome::Rows(run_query(planned, environment, started)?))
}

fn condition(column: &str, pattern: &Pattern) -> String {
    let Some(like) = &pattern.like else {
        return "1".into();
    };
    let not = if pattern.negated { "NOT " } else { "" };
    let operator = if pattern.case_insensitive { "ILIKE" } else { "LIKE" };
    format!("{column} {not}{operator} {}", quote_string(like))
}

fn setting(name: &str, environment: &Environment, started: Instant) -> Result<Outcome> {
    settings::find(name)?;
    let mut cells = Cells::new([(name, "String")])?;
    cells.push([environment.settings.text(name).into()]);
    ready(cells, environment, started)
}

fn create(kind: ObjectKind, name: &TableName, environment: &Environment, started: Instant) -> Result<Outcome> {
    refuse_kind(kind, "SHOW CREATE")?;
    if kind == ObjectKind::Temporary {
        environment.resolve_temporary(name)?;
    }
    let catalog = environment.engine.catalog();
    let (database, table) = environment.resolve(name);
    let text = if kind == ObjectKind::Database {
        catalog.check_database(&name.name)?;
        format!("CREATE DATABASE {}\nENGINE = Atomic", back_quote_if_needed(&name.name))
    } else if let (SYSTEM, Some(system)) = (database, system::find(table)) {
        system.create_text()
    } else {
        let relation = catalog.relation(database, table)?;
        if kind == ObjectKind::View && !matches!(relation, Relation::View(_)) {
            let message = format!("`{database}`.`{table}` is not a VIEW");
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        }
        relation.definition().create_text()
    };
    let mut cells = Cells::new([("statement", "String")])?;
    cells.push([text.into()]);
    ready(cells, environment, started)
}

fn columns(
    table: &TableName,
    full: bool,
    pattern: &Pattern,
    environment: &Environment,
    started: Instant,
) -> Result<Outcome> {
    if pattern.like.is_some() {
        return Err(Error::not_implemented("SHOW COLUMNS LIKE"));
    }
    let (database, name) = environment.resolve(table);
    let relation = environment.engine.catalog().relation(database, name)?;
    let definition = relation.definition();
    let text = "String";
    let optional = "Nullable(String)";
    let mut header = vec![
        ("field", text),
        ("type", text),
        ("null", text),
        ("key", text),
        ("default", optional),
        ("extra", text),
    ];
    if full {
        header.extend([("collation", optional), ("comment", text), ("privileges", text)]);
    }
    let mut cells = Cells::new(header)?;
    let limit = pattern.limit.unwrap_or(u64::MAX) as usize;
    for column in definition.columns.iter().take(limit) {
        let mut row: Vec<Cell> = vec![
            column.name.clone().into(),
            column.data_type.to_string().into(),
            if column.data_type.is_nullable() { "YES" } else { "NO" }.into(),
            key_words(definition, &column.name).into(),
            column.expression.clone().into(),
            "".into(),
        ];
        if full {
            row.extend([Cell::Null, column.comment.clone().into(), "".into()]);
        }
        cells.push(row);
    }
    ready(cells, environment, started)
}

fn key_words(definition: &TableDefinition, column: &str) -> String {
    let has = |sources: Vec<String>| sources.iter().any(|name| name == column);
    let mut words = Vec::new();
    if has(definition.primary_key_sources()) {
        words.push("PRI");
    }
    if has(definition.sorting_key_sources()) {
        words.push("SOR");
    }
    words.join(" ")
}

/// A line of SHOW INDEXES in their order: type, expression, column, position in the key, name.
type IndexRow<'a> = (String, &'a str, &'a str, usize, &'a str);

fn indexes(table: &TableName, environment: &Environment, started: Instant) -> Result<Outcome> {
    let (database, name) = environment.resolve(table);
    let table = environment.engine.catalog().table(database, name)?;
    let (text, optional) = ("String", "Nullable(String)");
    let mut cells = Cells::new([
        ("table", text),
        ("non_unique", "UInt8"),
        ("key_name", text),
        ("seq_in_index", "UInt8"),
        ("column_name", text),
        ("collation", optional),
        ("cardinality", "UInt8"),
        ("sub_part", optional),
        ("packed", optional),
        ("null", optional),
        ("index_type", text),
        ("comment", text),
        ("index_comment", text),
        ("visible", text),
        ("expression", text),
    ])?;
    let mut rows: Vec<IndexRow<'_>> = Vec::new();
    for index in &table.definition.indexes {
        let kind = index.type_name.to_uppercase();
        rows.push((kind, index.text.as_str(), "", 1, &index.name));
    }
    let keys = &table.definition.sorting_key[..table.definition.primary_key_len];
    for (position, key) in keys.iter().enumerate() {
        let (text, column) = match &key.column {
            Some(column) => ("", column.as_str()),
            None => (key.text.as_str(), ""),
        };
        rows.push(("PRIMARY".to_owned(), text, column, position + 1, "PRIMARY"));
    }
    rows.sort();
    for (kind, expression, column, position, key) in rows {
        let collation = if kind == "PRIMARY" { Cell::from("A") } else { Cell::Null };
        cells.push([
            name.into(),
            1_u64.into(),
            key.into(),
            position.into(),
            column.into(),
            collation,
            0_u64.into(),
            Cell::Null,
            Cell::Null,
            Cell::Null,
            kind.into(),
            "".into(),
            "".into(),
            "YES".into(),
            expression.into(),
        ]);
    }
    ready(cells, environment, started)
}
