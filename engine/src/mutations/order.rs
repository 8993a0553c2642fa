//! Making a mutation: checked, slowed down or refused where there are too many, durable, and waited for.

use std::time::{Duration, Instant};

use gristmill_sql::Code;
use gristmill_sql::parser::AlterCommand;
use gristmill_storage::{Error as StorageError, MutationOrder};

use super::command;
use super::plan::Plan;
use super::wait::{current, wait};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::table::MergeTreeTable;

/// Pauses between `number_of_mutations_to_delay` and `_to_throw`: ClickHouse's `min_` and `max_delay_to_mutate_ms`.
const DELAY_MIN: Duration = Duration::from_millis(10);
const DELAY_MAX: Duration = Duration::from_secs(1);

/// Which setting says whether the statement waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// `mutations_sync`
    Mutations,
    /// `lightweight_deletes_sync`
    Deletes,
    /// `alter_sync`
    Alter,
}

impl Sync {
    fn waits(self, environment: &Environment) -> bool {
        let settings = &environment.settings;
        0 != match self {
            Sync::Mutations => settings.integer("mutations_sync"),
            Sync::Deletes => settings.integer("lightweight_deletes_sync"),
            Sync::Alter => settings.integer("alter_sync"),
        }
    }
}

/// Orders a table to do commands, all of them or none.
pub fn order(
    table: &MergeTreeTable,
    mut commands: Vec<AlterCommand>,
    sync: Sync,
    environment: &Environment,
) -> Result<()> {
    if environment.settings.flag("apply_mutations_on_fly") {
        return Err(Error::not_implemented("apply_mutations_on_fly"));
    }
    for command in &mut commands {
        command::without_parameters(command, environment)?;
    }
    let texts: Option<Vec<String>> = commands.iter().map(command::text).collect();
    let texts = texts.ok_or_else(|| Error::not_implemented("This command of ALTER TABLE"))?;
    let mut plan = Plan::new(&commands, table, environment)?;
    check_number(table, environment)?;
    let order = MutationOrder {
        commands: texts,
        database: environment.database.clone(),
        settings: environment.settings.changed(),
    };
    let mut now = table.clone();
    let engine = &environment.engine;
    let version = loop {
        match now.store.order_mutation(order.clone()) {
            Err(StorageError::Altered) => {}
            ordered => break ordered?,
        }
        // The commands have to make sense for the table as it is now: when ALTER is done with it.
        drop(engine.catalog().change());
        environment.stop.check()?;
        now = current(table, environment)?;
        plan = Plan::new(&commands, &now, environment)?;
    };
    engine.mutator().remember(table.uuid, version, plan);
    engine.mutator().settle(&now)?;
    match sync.waits(environment) {
        true => wait(&now, version, environment),
        false => {
            engine.parts_have_appeared();
            Ok(())
        }
    }
}

/// Too many open mutations slow a statement down, then refuse it.
fn check_number(table: &MergeTreeTable, environment: &Environment) -> Result<()> {
    let (own, settings) = (&table.definition.merges, &environment.settings);
    let limit = |name: &str, own: u64| match settings.integer(name) {
        0 => own,
        number => number,
    };
    let to_delay = limit("number_of_mutations_to_delay", own.number_of_mutations_to_delay);
    let to_throw = limit("number_of_mutations_to_throw", own.number_of_mutations_to_throw);
    let open = table.store.open_mutations() as u64;
    if to_throw > 0 && open >= to_throw {
        let (database, name) = table.name();
        let message = format!(
            "Too many unfinished mutations ({open}) in table {database}.{name} ({})",
            table.uuid
        );
        return Err(Error::new(Code::TOO_MANY_MUTATIONS, message));
    }
    if to_delay > 0 && open >= to_delay {
        let share = (open - to_delay + 1) as f64 / (to_throw.saturating_sub(to_delay) + 1).max(1) as f64;
        let begun = Instant::now();
        environment
            .stop
            .sleep(DELAY_MIN + (DELAY_MAX - DELAY_MIN).mul_f64(share.min(1.0)))?;
        tracing::info!(
            "{open} unfinished mutations: one more had to wait for {:?}",
            begun.elapsed()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::DEFAULT;
    use crate::merges::tests::Fixture;
    use crate::mutations::command::of_text;

    /// It would stay, and fail on each part.
    #[test]
    fn what_the_table_no_longer_has_is_not_ordered() {
        let mut fixture = Fixture::new();
        fixture.table("t", 1, "");
        fixture.run("ALTER TABLE t ADD COLUMN b UInt64, ADD COLUMN d UInt64");
        let before = fixture.engine.catalog().table(DEFAULT, "t").unwrap();
        fixture.run("ALTER TABLE t RENAME COLUMN b TO c");
        let environment = fixture.environment();
        let order = |command| order(&before, vec![of_text(command).unwrap()], Sync::Mutations, &environment);
        let error = order("UPDATE b = 1 WHERE 1").unwrap_err();
        assert_eq!(error.code(), Code::NO_SUCH_COLUMN_IN_TABLE, "{error}");
        assert_eq!(before.store.mutations().len(), 0);
        order("UPDATE d = 1 WHERE 1").unwrap();
        assert_eq!(before.store.mutations().len(), 1);
    }
}
