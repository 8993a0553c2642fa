//! DROP and TRUNCATE.

use gristmill_sql::Code;
use gristmill_sql::parser::{Drop, ObjectKind, TableName, Truncate};

use super::refuse_kind;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::part_log::PartEvent;
use crate::system::is_system;
use crate::table::{MergeTreeTable, Relation};

/// DROP TABLE, DROP VIEW and DROP DATABASE.
pub fn drop(drop: Drop, environment: &Environment) -> Result<Outcome> {
    refuse_kind(drop.kind, "DROP")?;
    for name in &drop.names {
        match drop.kind {
            ObjectKind::Database => drop_database(&name.name, &drop, environment)?,
            ObjectKind::Temporary if drop.if_exists && environment.resolve_temporary(name).is_err() => {}
            ObjectKind::Temporary => {
                environment.resolve_temporary(name)?;
                drop_table(name, &drop, environment)?;
            }
            _ => drop_table(name, &drop, environment)?,
        }
    }
    Ok(Outcome::Done)
}

fn drop_database(name: &str, drop: &Drop, environment: &Environment) -> Result<()> {
    let catalog = environment.engine.catalog();
    let change = catalog.change();
    if !catalog.has_database(name) && drop.if_exists {
        return Ok(());
    }
    catalog.check_database(name)?;
    if is_system(name) {
        let message = format!("Database {name} cannot be dropped");
        return Err(Error::new(Code::ACCESS_DENIED, message));
    }
    if drop.if_empty && !catalog.relations(name).is_empty() {
        let message = format!("Database {name} is not empty");
        return Err(Error::new(Code::DATABASE_NOT_EMPTY, message));
    }
    let tables = catalog.tables(name).into_iter();
    let removed: Vec<PartEvent> = tables
        .flat_map(|(table, open)| PartEvent::removal_of_all((name, &table), &open))
        .collect();
    change.drop_database(name)?;
    environment.engine.part_log().add(removed);
    Ok(())
}

fn drop_table(name: &TableName, drop: &Drop, environment: &Environment) -> Result<()> {
    let catalog = environment.engine.catalog();
    let (database, name) = environment.resolve(name);
    let change = catalog.change();
    if drop.if_exists && !catalog.exists(database, name)? {
        return Ok(());
    }
    let relation = catalog.relation(database, name)?;
    if drop.kind == ObjectKind::View && !matches!(relation, Relation::View(_)) {
        let message = format!("Table {database}.{name} is not a View");
        return Err(Error::new(Code::INCORRECT_QUERY, message));
    }
    if drop.if_empty && !relation.is_empty() {
        let message = format!("Table {database}.{name} is not empty");
        return Err(Error::new(Code::TABLE_NOT_EMPTY, message));
    }
    let of_table = |table: &MergeTreeTable| PartEvent::removal_of_all((database, name), table);
    let removed = relation.merge_tree().map_or(Vec::new(), of_table);
    std::mem::drop(relation); // its files go with its last user
    change.drop_relation(database, name)?;
    environment.engine.part_log().add(removed);
    Ok(())
}

/// TRUNCATE TABLE and TRUNCATE DATABASE.
pub fn truncate(truncate: Truncate, environment: &Environment) -> Result<Outcome> {
    refuse_kind(truncate.kind, "TRUNCATE")?;
    let catalog = environment.engine.catalog();
    if truncate.kind == ObjectKind::Database {
        catalog.check_database(&truncate.name.name)?;
        for (name, relation) in catalog.relations(&truncate.name.name) {
            if relation.keeps_rows() {
                truncate_one((&truncate.name.name, &name), &relation, environment)?;
            }
        }
        return Ok(Outcome::Done);
    }
    if truncate.kind == ObjectKind::Temporary {
        match environment.resolve_temporary(&truncate.name) {
            Err(_) if truncate.if_exists => return Ok(Outcome::Done),
            found => found.map(|_| ())?,
        }
    }
    let (database, name) = environment.resolve(&truncate.name);
    if truncate.if_exists && !catalog.exists(database, name)? {
        return Ok(Outcome::Done);
    }
    truncate_one((database, name), &catalog.relation(database, name)?, environment)?;
    Ok(Outcome::Done)
}

fn truncate_one(name: (&str, &str), relation: &Relation, environment: &Environment) -> Result<()> {
    let table = match relation {
        Relation::MergeTree(table) => table,
        Relation::InMemory(table) => return table.truncate(),
        Relation::View(_) => {
            let message = "Truncate is not supported by storage View";
            return Err(Error::new(Code::NOT_IMPLEMENTED, message));
        }
    };
    // Rows that were acknowledged before are among those that go.
    let inserts = environment.engine.async_inserts();
    inserts.flush(Some(table.uuid), &environment.stop)?;
    let removed = PartEvent::removal_of_all(name, table);
    // Done mutations are forgotten with the rows that they changed, as in ClickHouse.
    table.store.settle_mutations(0)?;
    table.store.truncate()?;
    environment.engine.part_log().add(removed);
    Ok(())
}
