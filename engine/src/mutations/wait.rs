//! Waiting for a mutation. Who waits helps, so that it is done even if no thread merges in the background.

use std::time::{Duration, SystemTime};

use gristmill_sql::Code;
use gristmill_storage::{MutationState, MutationStatus};

use super::mutator::Helper;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::table::MergeTreeTable;

/// How often somebody who waits looks whether the statement has to end.
const STEP: Duration = Duration::from_millis(10);

/// Returns when the mutation is done; UNFINISHED if it fails or is killed. A statement that ends early leaves it to others.
pub fn wait(table: &MergeTreeTable, version: u64, environment: &Environment) -> Result<()> {
    let engine = &environment.engine;
    // No merge begins: who waits for parts of a table that gets new ones all the time would wait for ever.
    let _held = engine.merger().hold(table.uuid);
    let helper = Helper {
        engine,
        progress: &environment.progress,
        stop: &environment.stop,
        last: version,
        eager: true,
    };
    let begun = SystemTime::now();
    loop {
        // As it is now: ALTER makes another one.
        let table = &current(table, environment)?;
        match table.store.mutation_state(version) {
            MutationState::Done => return Ok(()),
            MutationState::Killed => {
                let message = format!("Mutation mutation_{version}.txt was killed");
                return Err(Error::new(Code::UNFINISHED, message));
            }
            MutationState::Open => {}
        }
        if table.store.mutations_failed_since(begun) {
            check_failures(version, &table.store.mutations(), begun)?;
        }
        environment.stop.check()?;
        engine.check_running()?;
        if !engine.mutator().step(table, &helper)? {
            table.store.wait_for_mutations(STEP);
        }
    }
}

/// The table as the catalog has it, whatever it is called by now.
pub fn current(table: &MergeTreeTable, environment: &Environment) -> Result<MergeTreeTable> {
    let (catalog, (database, name)) = (environment.engine.catalog(), table.name());
    if let Some(found) = catalog.find(database, name).filter(|found| found.uuid == table.uuid) {
        return Ok(found);
    }
    let mut tables = catalog.all_tables().into_iter().map(|(.., table)| table);
    let dropped = || Error::of_storage(&gristmill_storage::Error::Dropped);
    tables.find(|found| found.uuid == table.uuid).ok_or_else(dropped)
}

/// Fails if the mutation, or one that has to be done before it, has failed on a part that it still needs. What failed
/// before somebody waited is tried once more.
fn check_failures(last: u64, known: &[MutationStatus], begun: SystemTime) -> Result<()> {
    let Some(own) = known.iter().find(|status| status.mutation.version == last) else {
        return Ok(());
    };
    let before = || {
        known
            .iter()
            .filter(|status| status.mutation.version <= last && !status.is_done)
    };
    let failed = before().find_map(|status| {
        let failure = status.failure.as_ref().filter(|failure| failure.time >= begun)?;
        own.parts_to_do.contains(&failure.part).then_some((status, failure))
    });
    let Some((status, failure)) = failed else {
        return Ok(());
    };
    let blocked = before().filter(|other| other.mutation.version >= status.mutation.version);
    let ids: Vec<String> = blocked.map(|other| other.mutation.id()).collect();
    let mutations = if ids.len() > 1 { "mutations" } else { "mutation" };
    let message = format!(
        "Exception happened during execution of {mutations} '{}' with part '{}' reason: '{}'. This error maybe retryable \
         or not. In case of unretryable error, mutation can be killed with KILL MUTATION query",
        ids.join(", "),
        failure.part,
        failure.reason
    );
    Err(Error::new(Code::UNFINISHED, message))
}
