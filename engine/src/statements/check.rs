//! CHECK TABLE: reads every file of every part and compares the checksums.

use std::sync::Arc;
use std::time::Instant;

use gristmill_sql::Code;
use gristmill_sql::parser::{PartitionName, TableName};
use gristmill_storage::Part;

use super::alter::part_name;
use super::ready;
use crate::cells::Cells;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::table::partition_id;

/// One row per part: its name, whether it is whole, and if not, why. Or, where that is asked for, one row that says
/// whether all of them are.
pub fn check(
    name: &TableName,
    partition: Option<PartitionName>,
    environment: &Environment,
    started: Instant,
) -> Result<Outcome> {
    let (database, name) = environment.resolve(name);
    let table = environment.engine.catalog().table(database, name)?;
    let snapshot = table.snapshot();
    let parts: Vec<&Arc<Part>> = match &partition {
        None | Some(PartitionName::All) => snapshot.parts().iter().collect(),
        Some(PartitionName::Part(part)) => {
            let found = snapshot.get(&part_name(part)?).ok_or_else(|| {
                let message = format!("No such data part '{part}' to check in table '{database}.{name}'");
                Error::new(Code::NO_SUCH_DATA_PART, message)
            })?;
            vec![found]
        }
        Some(partition) => {
            let id = partition_id(&table.definition, partition, environment)?;
            let parts = snapshot.parts().iter();
            parts.filter(|part| part.name().partition_id == id).collect()
        }
    };
    let checked: Vec<_> = parts.into_iter().map(|part| (part, part.check())).collect();
    if environment.settings.flag("check_query_single_value_result") {
        let mut cells = Cells::new([("result", "UInt8")])?;
        cells.push([checked.iter().all(|(_, result)| result.is_ok()).into()]);
        return ready(cells, environment, started);
    }
    let mut cells = Cells::new([("part_path", "String"), ("is_passed", "UInt8"), ("message", "String")])?;
    for (part, result) in checked {
        let is_passed = result.is_ok();
        let message = result.map_or_else(|error| error.to_string(), |()| String::new());
        cells.push([part.name().to_string().into(), is_passed.into(), message.into()]);
    }
    ready(cells, environment, started)
}
