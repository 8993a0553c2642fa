//! SHOW. What a system table has is asked of the system table, the rest is built here.

use std::time::Instant;

use gristmill_sql::Code;
use gristmill_sql::parser::{
    ObjectKind, Parsed, Pattern, Show, ShownAccess, Statement, TableName, format_expression, parse, quote_string,
};
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
use crate::table::Relation;

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
        Show::Tables {
            database,
            full,
            temporary,
            pattern,
        } => tables(database, full, temporary, &pattern, environment, started),
        Show::Setting(name) => setting(&name, environment, started),
        Show::Create(kind, name) => create(kind, &name, environment, started),
        Show::Columns { table, full, pattern } => columns(&table, full, &pattern, environment, started),
        Show::Indexes(table) => indexes(&table, environment, started),
        Show::Warnings => warnings(environment, started),
        Show::Cluster(name) => {
            let query = "SELECT cluster, shard_num, replica_num, host_name, host_address, port FROM system.clusters";
            let query = format!("{query} WHERE cluster = {}", quote_string(&name));
            select(&query, &Pattern::default(), environment, started)
        }
        Show::Dictionaries { database, pattern } => {
            let database = database.unwrap_or_else(|| environment.database.clone());
            let query = format!(
                "SELECT name FROM system.dictionaries WHERE database = {} AND {} ORDER BY name",
                quote_string(&database),
                condition("name", &pattern)
            );
            select(&query, &pattern, environment, started)
        }
        other => {
            let (query, pattern) = listed(other);
            select(&query, &pattern, environment, started)
        }
    }
}

/// What is in one system table as it is shown.
fn listed(show: Show) -> (String, Pattern) {
    match show {
        Show::Settings { changed, pattern } => {
            let only_changed = if changed { " AND changed = 1" } else { "" };
            let which = condition("name", &pattern);
            let query =
                format!("SELECT name, type, value FROM system.settings WHERE {which}{only_changed} ORDER BY name");
            (query, pattern)
        }
        Show::Databases(pattern) => (by_name("name", "databases", "name", &pattern), pattern),
        Show::Functions(pattern) => (by_name("*", "functions", "name", &pattern), pattern),
        Show::Clusters(pattern) => (by_name("DISTINCT cluster", "clusters", "cluster", &pattern), pattern),
        Show::Merges(pattern) => (by_name(MERGES, "merges", "table", &pattern), pattern),
        other => (whole(&other).into(), Pattern::default()),
    }
}

/// Columns of SHOW MERGES.
const MERGES: &str = "table, database, \
    if(progress > 0, round(elapsed / progress - elapsed, 2), 0.) AS estimate_complete, round(elapsed, 2) AS elapsed, \
    round(progress * 100, 2) AS progress, is_mutation, \
    formatReadableSize(total_size_bytes_compressed) AS size_compressed, '0.00 B' AS memory_usage";

fn by_name(columns: &str, table: &str, name: &str, pattern: &Pattern) -> String {
    let which = condition(name, pattern);
    format!("SELECT {columns} FROM system.{table} WHERE {which} ORDER BY {name}")
}

/// What takes no pattern.
fn whole(show: &Show) -> &'static str {
    match show {
        Show::Engines => "SELECT * FROM system.table_engines ORDER BY name",
        Show::ProcessList => "SELECT * FROM system.processes ORDER BY elapsed DESC",
        Show::Access(ShownAccess::Users) => "SELECT name FROM system.users ORDER BY name",
        Show::Access(ShownAccess::Roles) => "SELECT name FROM system.roles ORDER BY name",
        Show::Access(ShownAccess::CurrentRoles) => "SELECT * FROM system.current_roles",
        Show::Access(ShownAccess::EnabledRoles) => "SELECT * FROM system.enabled_roles",
        _ => "SELECT DISTINCT cache_name AS Caches FROM system.filesystem_cache ORDER BY Caches",
    }
}

fn tables(
    database: Option<String>,
    full: bool,
    temporary: bool,
    pattern: &Pattern,
    environment: &Environment,
    started: Instant,
) -> Result<Outcome> {
    let place = match temporary {
        true => "is_temporary".into(),
        false => {
            let database = database.unwrap_or_else(|| environment.database.clone());
            environment.engine.catalog().check_database(&database)?;
            format!("database = {}", quote_string(&database))
        }
    };
    let columns = if full { "name, engine" } else { "name" };
    let which = condition("name", pattern);
    let query = format!("SELECT {columns} FROM system.tables WHERE {place} AND {which} ORDER BY name");
    select(&query, pattern, environment, started)
}

/// Runs a query of a system table.
pub fn select(query: &str, pattern: &Pattern, environment: &Environment, started: Instant) -> Result<Outcome> {
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
    if let Some(filter) = &pattern.filter {
        return format!("({})", format_expression(filter));
    }
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
        let engine = if system::is_system(&name.name) {
            "Memory"
        } else {
            "Atomic"
        };
        format!(
            "CREATE DATABASE {}\nENGINE = {engine}",
            back_quote_if_needed(&name.name)
        )
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
    let (database, name) = listed_place(table, environment);
    let more = match full {
        true => ", CAST(NULL AS Nullable(String)) AS collation, comment, '' AS privileges",
        false => "",
    };
    let shown = format!(
        "SELECT name AS field, type, if(type LIKE 'Nullable(%', 'YES', 'NO') AS null, \
         multiIf(is_in_primary_key AND is_in_sorting_key, 'PRI SOR', is_in_primary_key, 'PRI', is_in_sorting_key, 'SOR', \
         '') AS key, if(default_expression != '', default_expression, NULL) AS default, '' AS extra{more} \
         FROM system.columns WHERE database = {} AND table = {}",
        quote_string(database),
        quote_string(name)
    );
    let which = condition("field", pattern);
    let query = format!("SELECT * FROM ({shown}) WHERE {which} ORDER BY field, type, null, key, default, extra");
    select(&query, pattern, environment, started)
}

/// Where system tables list a table: temporary ones are in the database without a name.
fn listed_place<'a>(table: &'a TableName, environment: &'a Environment) -> (&'a str, &'a str) {
    match environment.resolve_temporary(table) {
        Ok((_, name)) => ("", name),
        Err(_) => environment.resolve_lasting(table),
    }
}

/// A line of SHOW INDEXES in their order: type, expression, column, position in the key, name.
type IndexRow<'a> = (String, &'a str, &'a str, usize, &'a str);

fn indexes(table: &TableName, environment: &Environment, started: Instant) -> Result<Outcome> {
    let (database, name) = environment.resolve(table);
    let catalog = environment.engine.catalog();
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
    let table = catalog.find(database, name);
    let Some(table) = &table else {
        if catalog.exists(database, name)? {
            cells.push(index_row(name, ("PRIMARY".to_owned(), "", "", 1, "PRIMARY")));
        }
        return ready(cells, environment, started);
    };
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
    for row in rows {
        cells.push(index_row(name, row));
    }
    ready(cells, environment, started)
}

fn index_row(table: &str, (kind, expression, column, position, key): IndexRow<'_>) -> [Cell; 15] {
    let collation = if kind == "PRIMARY" { Cell::from("A") } else { Cell::Null };
    [
        table.into(),
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
    ]
}
