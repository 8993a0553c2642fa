//! ALTER TABLE: indexes, for now.

use gristmill_sql::parser::{Alter, AlterCommand, CreateIndex, DropIndex, Position};

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::outcome::Outcome;

/// CREATE INDEX is ALTER TABLE … ADD INDEX.
pub fn create_index(create: CreateIndex, environment: &Environment) -> Result<Outcome> {
    let CreateIndex {
        table,
        index,
        if_not_exists,
    } = create;
    let command = AlterCommand::AddIndex {
        index,
        position: Position::Last,
        if_not_exists,
    };
    alter(
        Alter {
            table,
            commands: vec![command],
        },
        environment,
    )
}

/// DROP INDEX is ALTER TABLE … DROP INDEX.
pub fn drop_index(drop: DropIndex, environment: &Environment) -> Result<Outcome> {
    let DropIndex {
        table,
        index: name,
        if_exists,
    } = drop;
    let command = AlterCommand::DropIndex { name, if_exists };
    alter(
        Alter {
            table,
            commands: vec![command],
        },
        environment,
    )
}

/// ALTER TABLE.
pub fn alter(alter: Alter, environment: &Environment) -> Result<Outcome> {
    let (database, name) = environment.resolve(&alter.table);
    environment.engine.catalog().table(database, name)?;
    Err(Error::not_implemented("ALTER TABLE"))
}
