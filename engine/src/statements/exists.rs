//! EXISTS.

use std::time::Instant;

use gristmill_sql::parser::{ObjectKind, TableName};

use super::ready;
use crate::cells::Cells;
use crate::environment::Environment;
use crate::error::Result;
use crate::outcome::Outcome;
use crate::table::Relation;

/// EXISTS [TABLE | DATABASE | VIEW | DICTIONARY] name: one row, 1 or 0.
pub fn exists(kind: ObjectKind, name: &TableName, environment: &Environment, started: Instant) -> Result<Outcome> {
    let catalog = environment.engine.catalog();
    let found = match kind {
        ObjectKind::Database => catalog.has_database(&name.name),
        ObjectKind::Table => {
            let (database, table) = environment.resolve_lasting(name);
            catalog.exists(database, table)?
        }
        ObjectKind::View => {
            let (database, view) = environment.resolve_lasting(name);
            matches!(catalog.find_relation(database, view), Some(Relation::View(_)))
        }
        ObjectKind::Temporary => environment.resolve_temporary(name).is_ok(),
        // There are none.
        ObjectKind::Dictionary => false,
    };
    let mut cells = Cells::new([("result", "UInt8")])?;
    cells.push([found.into()]);
    ready(cells, environment, started)
}
