//! CREATE DATABASE and CREATE TABLE.

use std::sync::Arc;

use gristmill_sql::Code;
use gristmill_sql::analyzer::{Planned, substitute_parameters};
use gristmill_sql::parser::{
    ColumnDefinition, CreateDatabase, CreateTable, Engine as EngineClause, InsertColumns, TableName,
};

use super::alter::check_same_structure;
use super::suspicious_types::refuse_suspicious;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::formats::HeaderColumn;
use crate::insert;
use crate::outcome::Outcome;
use crate::settings;
use crate::system::is_system;
use crate::table::nested::flatten;
use crate::table::{MEMORY, MERGE_TREE, NULL, REPLACING_MERGE_TREE, Relation, TableDefinition, has_parts, is_reserved};
use crate::view;

/// Table engines that ClickHouse has and this database does not: refused as such, not as unknown.
const OTHER_ENGINES: &[&str] = &[
    "AggregatingMergeTree",
    "Buffer",
    "CoalescingMergeTree",
    "CollapsingMergeTree",
    "Dictionary",
    "Distributed",
    "EmbeddedRocksDB",
    "Executable",
    "File",
    "GenerateRandom",
    "GraphiteMergeTree",
    "HDFS",
    "Hive",
    "Iceberg",
    "Join",
    "Kafka",
    "KeeperMap",
    "Log",
    "MaterializedView",
    "Merge",
    "MongoDB",
    "MySQL",
    "NATS",
    "ODBC",
    "PostgreSQL",
    "RabbitMQ",
    "Redis",
    "ReplicatedMergeTree",
    "ReplicatedReplacingMergeTree",
    "S3",
    "S3Queue",
    "SQLite",
    "Set",
    "StripeLog",
    "SummingMergeTree",
    "TimeSeries",
    "TinyLog",
    "URL",
    "VersionedCollapsingMergeTree",
];

/// Database engines that ClickHouse has and this database does not.
const OTHER_DATABASE_ENGINES: &[&str] = &[
    "Backup",
    "DataLakeCatalog",
    "Dictionary",
    "Filesystem",
    "HDFS",
    "Lazy",
    "MaterializedPostgreSQL",
    "Memory",
    "MySQL",
    "Overlay",
    "PostgreSQL",
    "Replicated",
    "S3",
    "SQLite",
    "Shared",
];

/// CREATE DATABASE.
pub fn database(create: CreateDatabase, environment: &Environment) -> Result<Outcome> {
    if let Some(engine) = &create.engine {
        check_database_engine(engine)?;
    }
    let catalog = environment.engine.catalog();
    let change = catalog.change();
    if catalog.has_database(&create.name) {
        return match create.if_not_exists {
            true => Ok(Outcome::Done),
            false => {
                let message = format!("Database {} already exists.", create.name);
                Err(Error::new(Code::DATABASE_ALREADY_EXISTS, message))
            }
        };
    }
    change.create_database(&create.name, create.comment.as_deref().unwrap_or_default())?;
    Ok(Outcome::Done)
}

/// Only Atomic, which takes no arguments.
fn check_database_engine(engine: &EngineClause) -> Result<()> {
    let (code, message) = match engine.name.as_str() {
        "Atomic" if engine.arguments.as_ref().is_none_or(Vec::is_empty) => return Ok(()),
        "Atomic" => (
            Code::BAD_ARGUMENTS,
            "Database engine `Atomic` cannot have arguments.".into(),
        ),
        "Ordinary" => (
            Code::UNKNOWN_DATABASE_ENGINE,
            "Ordinary database engine is deprecated".into(),
        ),
        name if OTHER_DATABASE_ENGINES.contains(&name) => {
            return Err(Error::not_implemented(format!("Database engine {name}")));
        }
        name => (
            Code::UNKNOWN_DATABASE_ENGINE,
            format!("Unknown database engine: {name}"),
        ),
    };
    Err(Error::new(code, message))
}

/// CREATE TABLE in all its forms, and CREATE VIEW.
pub fn table(create: CreateTable, environment: &Environment) -> Result<Outcome> {
    let catalog = environment.engine.catalog();
    let Some(source) = create.as_table.clone().filter(|_| create.clone) else {
        return table_once(create, environment);
    };
    let (database, name) = environment.resolve_lasting(&source);
    loop {
        let before = catalog.find(database, name);
        let done = table_once(create.clone(), environment);
        if done.is_ok() {
            return done;
        }
        // An ALTER of the other table that has come between is done when no one changes the catalog.
        drop(catalog.change());
        let altered = match (before, catalog.find(database, name)) {
            (Some(before), Some(now)) => !Arc::ptr_eq(&before.definition, &now.definition),
            _ => false,
        };
        if !altered {
            return done;
        }
        environment.stop.check()?;
    }
}

fn table_once(mut create: CreateTable, environment: &Environment) -> Result<Outcome> {
    refuse_forms(&create)?;
    let catalog = environment.engine.catalog();
    let database = database_of(&create, environment)?;
    let name = create.table.name.clone();
    if is_system(&database) {
        let message = format!("Database {database} is read-only");
        return Err(Error::new(Code::ACCESS_DENIED, message));
    }
    create.table.database = Some(database.clone());
    catalog.check_database(&database)?;
    if catalog.exists(&database, &name)? && !create.or_replace {
        return match create.if_not_exists {
            true => Ok(Outcome::Done),
            false => Err(already_exists(&create)),
        };
    }
    match catalog.check_not_detached(&database, &name) {
        Err(_) if create.if_not_exists => return Ok(Outcome::Done),
        checked => checked?,
    }
    for expression in create.expressions_mut() {
        substitute_parameters(expression, &environment.context())?;
    }
    let (empty, or_replace) = (create.empty, create.or_replace);
    let if_not_exists = create.if_not_exists;
    let cloned = create.as_table.clone().filter(|_| create.clone);
    let planned = match create.view {
        true => view::complete(&mut create, environment).map(|()| None)?,
        false => source(&mut create, environment)?,
    };
    if !create.view {
        check_engine(&mut create)?;
        if environment.settings.flag("flatten_nested") {
            create.columns = flatten(&create.columns)?;
        }
    }
    for (name, value) in &create.settings {
        settings::check_given_to_table(name, &value.text())?;
    }
    forget_form(&mut create);
    let definition = TableDefinition::new(create, environment)?;
    if !definition.create.view {
        let mut types = definition.columns.iter().map(|column| &column.data_type);
        types.try_for_each(|data_type| refuse_suspicious(data_type, environment))?;
    }
    check_names(&definition)?;
    let prepared = catalog.prepare(definition)?;
    let relation = prepared.relation();
    if let Some(source) = cloned {
        clone_rows(relation, &source, environment)?;
    }
    if let Some(planned) = planned.filter(|_| !empty) {
        let header = insert::columns(relation.definition(), &InsertColumns::All)?;
        insert::insert_select(relation, header, planned, environment)?;
    }
    let change = catalog.change();
    // Another session may have been faster since the first look.
    if catalog.exists(&database, &name)? && !or_replace {
        drop(change); // forgetting the prepared table is a change too
        return match if_not_exists {
            true => Ok(Outcome::Done),
            false => Err(already_exists(prepared.relation().create())),
        };
    }
    // Nor may it fail from here on: nobody would remove the rows before the next start.
    catalog.check_database(&database)?;
    match catalog.check_not_detached(&database, &name) {
        Err(_) if if_not_exists => return Ok(Outcome::Done),
        checked => checked?,
    }
    change.publish(prepared.into_relation())?;
    Ok(Outcome::Done)
}

fn refuse_forms(create: &CreateTable) -> Result<()> {
    let refused = [
        (create.attach, "ATTACH TABLE"),
        (create.uuid.is_some(), "CREATE TABLE … UUID"),
        (create.temporary && create.view, "CREATE TEMPORARY VIEW"),
        (create.as_function.is_some(), "CREATE TABLE … AS table function"),
    ];
    match refused.iter().find(|(present, _)| *present) {
        Some((_, form)) => Err(Error::not_implemented(form)),
        None => Ok(()),
    }
}

/// Where the table will be: a temporary one in the session's own database, which is there from now on.
fn database_of(create: &CreateTable, environment: &Environment) -> Result<String> {
    if !create.temporary {
        return Ok(environment.resolve_lasting(&create.table).0.to_string());
    }
    let Some(temporary) = environment.temporary.as_ref() else {
        return Err(Error::not_implemented("CREATE TEMPORARY TABLE without a session"));
    };
    if create.table.database.is_some() {
        let message = "Temporary objects (tables/views) cannot be inside a database. You should not specify a database \
                       for a temporary objects.";
        return Err(Error::new(Code::BAD_DATABASE_FOR_TEMPORARY_TABLE, message));
    }
    environment
        .engine
        .catalog()
        .change()
        .create_temporary_database(temporary.database());
    temporary.set_used();
    Ok(temporary.database().to_string())
}

fn already_exists(create: &CreateTable) -> Error {
    let name = &create.table.name;
    let message = match create.temporary {
        true => format!("Temporary table {name} already exists"),
        false => format!(
            "Table {}.{name} already exists",
            create.table.database.as_deref().unwrap_or_default()
        ),
    };
    Error::new(Code::TABLE_ALREADY_EXISTS, message)
}

/// Names that the columns of parts cannot have.
fn check_names(definition: &TableDefinition) -> Result<()> {
    let mut columns = definition.columns.iter().filter(|_| has_parts(&definition.create));
    let Some(column) = columns.find(|column| is_reserved(&column.name)) else {
        return Ok(());
    };
    let message = format!(
        "Cannot create table with column '{}' for MergeTree engines because it is reserved for persistent virtual \
         column.",
        column.name
    );
    Err(Error::new(Code::ILLEGAL_COLUMN, message))
}

/// CLONE AS: the parts of the other table, too.
fn clone_rows(relation: &Relation, source: &TableName, environment: &Environment) -> Result<()> {
    let (database, name) = environment.resolve_lasting(source);
    let source = environment.engine.catalog().relation(database, name)?;
    let (Some(table), Some(source)) = (relation.merge_tree(), source.merge_tree()) else {
        let message = "Only support CLONE AS from tables of the MergeTree family";
        return Err(Error::new(Code::SUPPORT_IS_DISABLED, message));
    };
    check_same_structure(&source.definition, &table.definition)?;
    table.store.copy_parts(&source.store, None, false)?;
    Ok(())
}

/// Takes over what AS table or AS SELECT gives: columns, engine and keys of the one, columns and the
/// rows to come of the other.
fn source(create: &mut CreateTable, environment: &Environment) -> Result<Option<Planned>> {
    if let Some(other) = create.as_table.take() {
        let (database, name) = environment.resolve_lasting(&other);
        let other = environment.engine.catalog().relation(database, name)?;
        if matches!(other, Relation::View(_)) && create.engine.is_none() {
            let message = format!("Cannot CREATE a table AS {database}.{name}, it is a View");
            return Err(Error::new(Code::INCORRECT_QUERY, message));
        }
        let other = other.create();
        if create.columns.is_empty() {
            create.columns = other.columns.clone();
            create.indexes = other.indexes.clone();
            create.constraints = other.constraints.clone();
        }
        if create.engine.is_none() {
            create.engine = other.engine.clone();
            create.order_by = create.order_by.take().or(other.order_by.clone());
            create.primary_key = create.primary_key.take().or(other.primary_key.clone());
            create.partition_by = create.partition_by.take().or(other.partition_by.clone());
            if create.ttl.is_empty() {
                create.ttl = other.ttl.clone();
            }
            if create.settings.is_empty() {
                create.settings = other.settings.clone();
            }
        }
        return Ok(None);
    }
    let Some(query) = create.as_select.take() else {
        return Ok(None);
    };
    let planned = environment.plan_query(&query)?;
    if create.columns.is_empty() {
        create.columns = columns_of(&planned.header);
    }
    Ok(Some(planned))
}

/// The columns of a query's result.
pub fn columns_of(header: &[HeaderColumn]) -> Vec<ColumnDefinition> {
    let column = |column: &HeaderColumn| ColumnDefinition {
        name: column.name.clone(),
        data_type: Some(column.data_type.to_string()),
        ..ColumnDefinition::default()
    };
    header.iter().map(column).collect()
}

/// MergeTree without arguments, or ReplacingMergeTree. No engine means MergeTree, as `default_table_engine`
/// says, and Memory for temporary tables.
fn check_engine(create: &mut CreateTable) -> Result<()> {
    let default = if create.temporary { MEMORY } else { MERGE_TREE };
    let engine = create.engine.get_or_insert(EngineClause {
        name: default.into(),
        arguments: None,
    });
    if engine.name == MEMORY || engine.name == NULL {
        return check_in_memory(create);
    }
    if engine.name == REPLACING_MERGE_TREE {
        // What the arguments are is looked at by the definition.
        let has_arguments = engine.arguments.as_ref().is_some_and(|arguments| !arguments.is_empty());
        if has_arguments && create.order_by.is_none() && create.primary_key.is_none() {
            let message = "ORDER BY or PRIMARY KEY clause is missing. Consider using extended storage definition \
                           syntax with ORDER BY or PRIMARY KEY clause.";
            return Err(Error::new(Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH, message));
        }
        return Ok(());
    }
    if engine.name != MERGE_TREE {
        return Err(match OTHER_ENGINES.contains(&engine.name.as_str()) {
            true => Error::not_implemented(format!("Table engine {}", engine.name)),
            false => {
                let message = format!("Unknown table engine {}", engine.name);
                Error::new(Code::UNKNOWN_STORAGE, message)
            }
        });
    }
    let arguments = engine.arguments.take().unwrap_or_default();
    if !arguments.is_empty() {
        let message = format!(
            "Engine MergeTree takes no arguments, but {} were given: the syntax with key columns as \
             arguments is not supported",
            arguments.len()
        );
        return Err(Error::new(Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH, message));
    }
    Ok(())
}

/// Memory and Null: neither arguments nor keys.
fn check_in_memory(create: &mut CreateTable) -> Result<()> {
    let Some(engine) = &mut create.engine else {
        return Ok(());
    };
    let name = engine.name.clone();
    let arguments = engine.arguments.take().unwrap_or_default();
    if !arguments.is_empty() {
        let message = format!(
            "Engine {name} doesn't support any arguments ({} given)",
            arguments.len()
        );
        return Err(Error::new(Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH, message));
    }
    let has_keys = create.order_by.is_some()
        || create.partition_by.is_some()
        || create.primary_key.is_some()
        || create.sample_by.is_some();
    let refused = [
        (has_keys, "PARTITION_BY, PRIMARY_KEY, ORDER_BY or SAMPLE_BY clauses"),
        (
            !create.ttl.is_empty() || create.columns.iter().any(|column| column.ttl.is_some()),
            "TTL clause",
        ),
        (!create.indexes.is_empty(), "skipping indices"),
    ];
    match refused.iter().find(|(present, _)| *present) {
        Some((_, what)) => {
            let message = format!("Engine {name} doesn't support {what}.");
            Err(Error::new(Code::BAD_ARGUMENTS, message))
        }
        None => Ok(()),
    }
}

/// How the statement was phrased is no property of the table.
fn forget_form(create: &mut CreateTable) {
    create.if_not_exists = false;
    create.or_replace = false;
    create.attach = false;
    create.empty = false;
    create.clone = false;
    create.uuid = None;
}
