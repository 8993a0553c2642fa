//! RENAME TABLE and EXCHANGE TABLES.

use gristmill_sql::Code;
use gristmill_sql::parser::{ObjectKind, Rename, TableName};

use super::refuse_kind;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::outcome::Outcome;

/// RENAME TABLE a TO b, …: each pair on its own, in order.
pub fn rename(rename: Rename, environment: &Environment) -> Result<Outcome> {
    refuse_kind(rename.kind, "RENAME")?;
    if rename.kind == ObjectKind::Database {
        return Err(Error::not_implemented("RENAME DATABASE"));
    }
    let catalog = environment.engine.catalog();
    for (from, to) in &rename.pairs {
        let (from, to) = (environment.resolve_lasting(from), environment.resolve_lasting(to));
        let change = catalog.change();
        if rename.if_exists && !catalog.exists(from.0, from.1)? {
            continue;
        }
        catalog.relation(from.0, from.1)?;
        if catalog.exists(to.0, to.1)? {
            let message = format!("Table {}.{} already exists", to.0, to.1);
            return Err(Error::new(Code::TABLE_ALREADY_EXISTS, message));
        }
        change.rename_table(from, to)?;
    }
    Ok(Outcome::Done)
}

/// EXCHANGE TABLES a AND b: at once.
pub fn exchange(first: &TableName, second: &TableName, environment: &Environment) -> Result<Outcome> {
    let catalog = environment.engine.catalog();
    let (first, second) = (environment.resolve_lasting(first), environment.resolve_lasting(second));
    let change = catalog.change();
    catalog.relation(first.0, first.1)?;
    catalog.relation(second.0, second.1)?;
    if first != second {
        change.exchange_tables(first, second)?;
    }
    Ok(Outcome::Done)
}
