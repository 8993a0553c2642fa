//! OPTIMIZE TABLE.

use gristmill_sql::Code;
use gristmill_sql::parser::Optimize;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::merges::Task;
use crate::outcome::Outcome;
use crate::table::partition_id;

/// Merges one choice of parts or, with FINAL, all parts of each partition into one. Done when the statement returns.
pub fn optimize(optimize: Optimize, environment: &Environment) -> Result<Outcome> {
    let again = optimize.clone();
    let (database, name) = environment.resolve(&optimize.table);
    let table = environment.engine.catalog().table(database, name)?;
    if optimize.deduplicate || optimize.cleanup {
        return Err(Error::not_implemented("OPTIMIZE … DEDUPLICATE and CLEANUP"));
    }
    let partition = match &optimize.partition {
        Some(partition) => Some(partition_id(&table.definition, partition, environment)?),
        None => None,
    };
    let task = Task {
        database,
        name,
        table: &table,
        partition: partition.as_deref(),
        stop: &environment.stop,
    };
    let merger = environment.engine.merger();
    let merged = match optimize.is_final {
        true => merger.merge_all(&task),
        false => merger.merge_some(&task, true),
    };
    if merged.is_err() && table.store.check_unaltered().is_err() {
        return self::optimize(again, environment);
    }
    let merged = merged?;
    if !merged && environment.settings.flag("optimize_throw_if_noop") {
        let message = "Cannot OPTIMIZE table: There is no need to merge parts according to merge selector algorithm";
        return Err(Error::new(Code::CANNOT_ASSIGN_OPTIMIZE, message));
    }
    Ok(Outcome::Done)
}
