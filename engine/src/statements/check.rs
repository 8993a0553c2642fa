//! CHECK TABLE: reads every file of every part and compares the checksums.

use std::time::Instant;

use gristmill_sql::parser::{PartitionName, TableName};

use super::ready;
use crate::cells::Cells;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::outcome::Outcome;

/// One row per part: its name, whether it is whole, and if not, why.
pub fn check(
    name: &TableName,
    partition: Option<PartitionName>,
    environment: &Environment,
    started: Instant,
) -> Result<Outcome> {
    if partition.is_some() {
        return Err(Error::not_implemented("CHECK TABLE … PARTITION"));
    }
    let (database, name) = environment.resolve(name);
    let table = environment.engine.catalog().table(database, name)?;
    let mut cells = Cells::new([("part_path", "String"), ("is_passed", "UInt8"), ("message", "String")])?;
    for part in table.snapshot().parts() {
        let checked = part.check();
        let message = checked
            .as_ref()
            .map_or_else(|error| error.to_string(), |()| String::new());
        cells.push([part.name().to_string().into(), checked.is_ok().into(), message.into()]);
    }
    ready(cells, environment, started)
}
