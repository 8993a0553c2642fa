//! DETACH TABLE and ATTACH TABLE.

use gristmill_sql::Code;
use gristmill_sql::parser::{Detach, ObjectKind, TableName};
use uuid::Uuid;

use super::refuse_kind;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::system::is_system;
use crate::table::Relation;

/// DETACH TABLE and DETACH VIEW.
pub fn detach(detach: &Detach, environment: &Environment) -> Result<Outcome> {
    refuse_kind(detach.kind, "DETACH")?;
    if detach.kind == ObjectKind::Database {
        return Err(Error::not_implemented("DETACH DATABASE"));
    }
    if detach.kind == ObjectKind::Temporary || environment.resolve_temporary(&detach.name).is_ok() {
        let message = "DETACH of TEMPORARY tables are not supported.";
        return Err(Error::new(Code::SYNTAX_ERROR, message));
    }
    let catalog = environment.engine.catalog();
    let (database, name) = environment.resolve_lasting(&detach.name);
    if is_system(database) {
        return Err(Error::not_implemented("DETACH of system tables"));
    }
    let found = catalog.find_relation(database, name);
    if let Some(uuid) = found.as_ref().and_then(Relation::merge_tree).map(|table| table.uuid) {
        // Rows that were acknowledged before belong to it.
        environment
            .engine
            .async_inserts()
            .flush(Some(uuid), &environment.stop)?;
    }
    let change = catalog.change();
    if detach.if_exists && !catalog.exists(database, name)? {
        return Ok(Outcome::Done);
    }
    let relation = catalog.relation(database, name)?;
    if detach.kind == ObjectKind::View && !matches!(relation, Relation::View(_)) {
        let message = format!("Table {database}.{name} is not a View");
        return Err(Error::new(Code::INCORRECT_QUERY, message));
    }
    change.detach(database, name, detach.permanently)?;
    if let Some(table) = relation.merge_tree() {
        forget_stops(table.uuid, environment);
    }
    Ok(Outcome::Done)
}

/// What `SYSTEM STOP …` said of a table does not outlast DETACH, as in ClickHouse.
fn forget_stops(table: Uuid, environment: &Environment) {
    let (merger, builds) = (environment.engine.merger(), environment.engine.index_builds());
    merger.allow(Some(table), true);
    merger.allow_expiry(Some(table), true);
    builds.allow(Some(table), true);
}

/// ATTACH TABLE without a definition; views are attached so, too.
pub fn attach(kind: ObjectKind, name: &TableName, if_not_exists: bool, environment: &Environment) -> Result<Outcome> {
    refuse_kind(kind, "ATTACH")?;
    match kind {
        ObjectKind::Table => {}
        ObjectKind::Database => return Err(Error::not_implemented("ATTACH DATABASE")),
        _ => {
            return Err(Error::not_implemented(
                "ATTACH VIEW: ATTACH TABLE does it; this statement",
            ));
        }
    }
    let catalog = environment.engine.catalog();
    let (database, name) = environment.resolve_lasting(name);
    let change = catalog.change();
    if catalog.exists(database, name)? {
        if if_not_exists {
            return Ok(Outcome::Done);
        }
        let message = format!("Table {database}.{name} already exists");
        return Err(Error::new(Code::TABLE_ALREADY_EXISTS, message));
    }
    change.attach(database, name, environment)?;
    drop(change);
    if let Some(table) = catalog.find(database, name) {
        environment.engine.preloads().again(&table);
        environment.engine.parts_have_appeared();
    }
    Ok(Outcome::Done)
}
