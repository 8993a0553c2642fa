//! Who does mutations: one part at a time, whoever asks.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use gristmill_sql::parser::AlterCommand;
use gristmill_storage::{Error as StorageError, Mutation, MutationFailure, Part};
use parking_lot::Mutex;
use uuid::Uuid;

use super::command::of_text;
use super::plan::Plan;
use crate::engine::{CLICKHOUSE_VERSION, Engine};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::outcome::guarded;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::stop::StopSign;
use crate::table::MergeTreeTable;

/// Plans that are remembered; mutations beyond are planned again for each part.
const PLANS_MAX: usize = 1000;

/// Does what tables have been ordered to do.
#[derive(Default)]
pub struct Mutator {
    plans: Mutex<HashMap<(Uuid, u64), Arc<Plan>>>,
}

/// For whom a part is changed.
pub struct Helper<'a> {
    /// The database.
    pub engine: &'a Arc<Engine>,
    /// Counters.
    pub progress: &'a Arc<Progress>,
    /// Ends the work; the part then stays as it is.
    pub stop: &'a StopSign,
    /// The last mutation that it needs.
    pub last: u64,
    /// Whether it tries what failed just now.
    pub eager: bool,
}

impl Mutator {
    /// Keeps the plan that a statement has made.
    pub fn remember(&self, table: Uuid, version: u64, plan: Plan) {
        let mut plans = self.plans.lock();
        if plans.len() < PLANS_MAX {
            plans.insert((table, version), Arc::new(plan));
        }
    }

    /// Forgets a plan that is not needed any more.
    pub fn forget(&self, table: Uuid, version: u64) {
        self.plans.lock().remove(&(table, version));
    }

    /// Changes one part, and says whether there was anything to do. A failure is noted with the mutation.
    pub fn step(&self, table: &MergeTreeTable, helper: &Helper<'_>) -> Result<bool> {
        if table.store.open_mutations() == 0 || !helper.engine.merger().may_mutate(table.uuid) {
            return Ok(false);
        }
        let Some((mutation, part)) = table.store.next_mutation(helper.last, helper.eager) else {
            return self.settle(table);
        };
        let stopped = || self.is_stopped(table, &mutation, helper);
        if stopped() {
            return Ok(false);
        }
        let done = guarded(|| Ok(self.apply(table, &mutation, &part, helper, &stopped)));
        let failure = match done.unwrap_or_else(|panic| Err(Failure::Other(panic))) {
            Ok(()) => None,
            // Somebody else was first.
            Err(Failure::Storage(StorageError::PartGone(_) | StorageError::Dropped | StorageError::Altered)) => None,
            Err(_) if stopped() => return Ok(false),
            Err(Failure::Storage(error)) => Some(Error::of_storage(&error)),
            Err(Failure::Other(error)) => Some(error),
        };
        if let Some(error) = failure {
            note(table, &mutation, &part, &error);
        }
        Ok(true)
    }

    fn is_stopped(&self, table: &MergeTreeTable, mutation: &Mutation, helper: &Helper<'_>) -> bool {
        let merger = helper.engine.merger();
        let allowed = merger.is_allowed(table.uuid) && !merger.is_stopping();
        let builds = helper.engine.index_builds().is_allowed(table.uuid) || !builds_graphs(table, mutation);
        !allowed || !builds || helper.stop.is_up() || !table.store.is_mutation_open(mutation.version)
    }

    fn apply(
        &self,
        table: &MergeTreeTable,
        mutation: &Mutation,
        part: &Part,
        helper: &Helper<'_>,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), Failure> {
        let environment = surroundings(mutation, helper).map_err(Failure::Other)?;
        let plan = self.plan(table, mutation, &environment).map_err(Failure::Other)?;
        let applied = plan.apply(mutation, part.name(), table, &environment, stopped);
        applied.map_err(Failure::Storage)
    }

    fn plan(&self, table: &MergeTreeTable, mutation: &Mutation, environment: &Environment) -> Result<Arc<Plan>> {
        let key = (table.uuid, mutation.version);
        let known = self.plans.lock().get(&key).cloned();
        if let Some(plan) = known.filter(|plan| plan.fits(table)) {
            return Ok(plan);
        }
        let plan = Arc::new(Plan::of_texts(&mutation.order.commands, table, environment)?);
        let mut plans = self.plans.lock();
        if plans.len() < PLANS_MAX || plans.contains_key(&key) {
            plans.insert(key, plan.clone());
        }
        Ok(plan)
    }

    /// Ends mutations of the table that have nothing left to do.
    pub fn settle(&self, table: &MergeTreeTable) -> Result<bool> {
        let settled = table
            .store
            .settle_mutations(table.definition.merges.finished_mutations_to_keep)?;
        if settled {
            let open = |version: &u64| table.store.is_mutation_open(*version);
            self.plans
                .lock()
                .retain(|(uuid, version), _| *uuid != table.uuid || open(version));
        }
        Ok(settled)
    }
}

/// Whether a command is MATERIALIZE INDEX of a vector index.
fn builds_graphs(table: &MergeTreeTable, mutation: &Mutation) -> bool {
    let builds = |text: &String| match of_text(text) {
        Ok(AlterCommand::MaterializeIndex { name, .. }) => {
            table.definition.vector_indexes().any(|(index, _)| index.name == name)
        }
        _ => false,
    };
    mutation.order.commands.iter().any(builds)
}

enum Failure {
    Storage(StorageError),
    Other(Error),
}

/// What the commands were given in.
fn surroundings(mutation: &Mutation, helper: &Helper<'_>) -> Result<Environment> {
    let mut settings = Settings::default();
    for (name, value) in &mutation.order.settings {
        // A setting of another release changes nothing here.
        let _ = settings.set(name, value);
    }
    let (engine, progress) = (helper.engine.clone(), helper.progress.clone());
    let mut environment = Environment::new(engine, Arc::new(settings), mutation.order.database.clone(), progress)?;
    environment.stop = helper.stop.clone();
    Ok(environment)
}

fn note(table: &MergeTreeTable, mutation: &Mutation, part: &Part, error: &Error) {
    let (database, name) = table.name();
    tracing::warn!(
        "{database}.{name}: {} failed on part {}: {error}",
        mutation.id(),
        part.name()
    );
    let failure = MutationFailure {
        part: part.name().clone(),
        time: SystemTime::now(),
        reason: format!("{error} (version {CLICKHOUSE_VERSION})"),
        code: error.code().name().to_owned(),
    };
    table.store.mutation_failed(mutation.version, failure);
}
