//! Who does mutations: one part at a time, all that wait for it, whoever asks.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use gristmill_sql::parser::AlterCommand;
use gristmill_storage::{Error as StorageError, Mutation, MutationFailure, Part, PartName};
use parking_lot::Mutex;
use uuid::Uuid;

use super::command::of_text;
use super::plan::Plan;
use super::run::{Ready, apply};
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
        let Some((run, part)) = table.store.next_mutations(helper.last, helper.eager) else {
            return self.settle(table);
        };
        let is_stopped = |mutation: &Mutation| self.is_stopped(table, mutation, helper);
        let length = run.iter().take_while(|mutation| !is_stopped(mutation)).count();
        let run: Vec<&Mutation> = run[..length].iter().map(|mutation| &**mutation).collect();
        if run.is_empty() {
            return Ok(false);
        }
        let attempt = |run: &[&Mutation]| guarded(|| Ok(self.apply(table, run, &part, helper)));
        let mut done = attempt(&run);
        if done.is_err() && run.len() > 1 {
            // One of them panics. The first one alone: those behind it get their turn.
            done = attempt(&run[..1]);
        }
        let failure = match done {
            Ok(Ok(())) => return Ok(true),
            Ok(Err(failure)) => *failure,
            Err(panic) => Failure::of_first(&part, panic),
        };
        let mutation = run[failure.position];
        match failure.error {
            // Somebody else was first.
            Cause::Storage(StorageError::PartGone(_) | StorageError::Dropped | StorageError::Altered) => {}
            _ if is_stopped(mutation) => return Ok(false),
            Cause::Storage(error) => note(table, mutation, &failure.part, &Error::of_storage(&error)),
            Cause::Other(error) => note(table, mutation, &failure.part, &error),
        }
        Ok(true)
    }

    fn is_stopped(&self, table: &MergeTreeTable, mutation: &Mutation, helper: &Helper<'_>) -> bool {
        let merger = helper.engine.merger();
        let allowed = merger.is_allowed(table.uuid) && !merger.is_stopping();
        let builds = helper.engine.index_builds().is_allowed(table.uuid) || !builds_graphs(table, mutation);
        !allowed || !builds || helper.stop.is_up() || !table.store.is_mutation_open(mutation.version)
    }

    /// Does as many of the mutations as can be done at once, which is one at least.
    fn apply(
        &self,
        table: &MergeTreeTable,
        run: &[&Mutation],
        part: &Part,
        helper: &Helper<'_>,
    ) -> std::result::Result<(), Box<Failure>> {
        let stopped: Vec<_> = run
            .iter()
            .map(|mutation| || self.is_stopped(table, mutation, helper))
            .collect();
        let mut ready = Vec::with_capacity(run.len());
        for (mutation, stopped) in run.iter().zip(&stopped) {
            let prepared = surroundings(mutation, helper).and_then(|environment| {
                let plan = self.plan(table, mutation, &environment)?;
                Ok((plan.on_part(part.name())?, plan.builds_index(), environment))
            });
            let (commands, builds_index, environment) = match prepared {
                Ok(prepared) => prepared,
                Err(error) if ready.is_empty() => return Err(Box::new(Failure::of_first(part, error))),
                Err(_) => break, // its turn comes
            };
            if builds_index && !ready.is_empty() {
                break; // what is done in a moment need not wait for it
            }
            ready.push(Ready {
                mutation,
                commands,
                environment,
                stopped,
            });
            if builds_index {
                break;
            }
        }
        apply(&ready, part.name(), table).map_err(|failure| {
            Box::new(Failure {
                position: failure.position,
                part: failure.part,
                error: Cause::Storage(failure.error),
            })
        })
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

/// Why a mutation could not be done on a part.
struct Failure {
    /// Which mutation of the run.
    position: usize,
    part: PartName,
    error: Cause,
}

enum Cause {
    Storage(StorageError),
    Other(Error),
}

impl Failure {
    fn of_first(part: &Part, error: Error) -> Self {
        Self {
            position: 0,
            part: part.name().clone(),
            error: Cause::Other(error),
        }
    }
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

fn note(table: &MergeTreeTable, mutation: &Mutation, part: &PartName, error: &Error) {
    let (database, name) = table.name();
    tracing::warn!("{database}.{name}: {} failed on part {}: {error}", mutation.id(), part);
    let failure = MutationFailure {
        part: part.clone(),
        time: SystemTime::now(),
        reason: format!("{error} (version {CLICKHOUSE_VERSION})"),
        code: error.code().name().to_owned(),
    };
    table.store.mutation_failed(mutation.version, failure);
}
