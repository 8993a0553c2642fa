//! When rows of tables with a TTL are dropped without another reason for a merge: `merge_with_ttl_timeout`.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use gristmill_storage::{Part, PartName};
use parking_lot::Mutex;
use uuid::Uuid;

use super::merger::{Merger, Task};
use crate::error::Result;
use crate::settings;
use crate::table::{Expiry, MergeTreeTable, TableDefinition, expiry, first_expiry};

/// What is known of the parts of tables with a TTL.
#[derive(Default)]
pub struct Expiring {
    tables: Mutex<HashMap<Uuid, Known>>,
}

/// What is known of a table's parts.
#[derive(Clone, Default)]
struct Known {
    /// The rules that it was found out for.
    rules: String,
    /// By the parts' numbers in this process.
    parts: HashMap<u64, Times>,
    /// When rows were last dropped for no other reason.
    dropped: Option<Instant>,
}

/// When something of a part expires.
#[derive(Clone, Copy)]
struct Times {
    rows: Expiry,
    /// The first value that goes.
    values: Option<i64>,
}

impl Expiring {
    /// Merges each part alone whose rows have expired, if it is time. False if nothing was done.
    pub fn step(&self, merger: &Merger, task: &Task<'_>) -> Result<bool> {
        let table = task.table;
        let mut known = self.tables.lock().get(&table.uuid).cloned().unwrap_or_default();
        let pause = Duration::from_secs(setting(table, "merge_with_ttl_timeout"));
        if known.dropped.is_some_and(|dropped| dropped.elapsed() < pause) {
            return Ok(false);
        }
        let expired = known.expired(table)?;
        let did = !expired.is_empty() && merger.merge_each(task, &expired)?;
        if did {
            known.dropped = Some(Instant::now());
        }
        let mut tables = self.tables.lock();
        tables.insert(table.uuid, known);
        Ok(did)
    }

    /// Forgets tables that are no longer there.
    pub fn retain(&self, is_there: impl Fn(Uuid) -> bool) {
        self.tables.lock().retain(|table, _| is_there(*table));
    }
}

impl Known {
    /// The parts that hold expired rows, or nothing else where the table wants that.
    fn expired(&mut self, table: &MergeTreeTable) -> Result<Vec<PartName>> {
        let definition = &table.definition;
        let rules = definition.expiry_text();
        if self.rules != rules {
            (self.rules, self.parts) = (rules, HashMap::new());
        }
        let only_whole = setting(table, "ttl_only_drop_parts") != 0;
        let (now, snapshot) = (now(), table.snapshot());
        let is_over = |time: Option<i64>| time.is_some_and(|time| time <= now);
        let mut parts = HashMap::with_capacity(snapshot.parts().len());
        let mut expired = Vec::new();
        for part in snapshot.parts() {
            let known = self.parts.get(&part.uid()).copied();
            let times = known.map_or_else(|| times(definition, part), Ok)?;
            parts.insert(part.uid(), times);
            let is_expired = match only_whole {
                true => is_over(times.rows.last),
                false => is_over(times.rows.first) || is_over(times.values),
            };
            if is_expired {
                expired.push(part.name().clone());
            }
        }
        self.parts = parts;
        Ok(expired)
    }
}

fn times(definition: &TableDefinition, part: &Part) -> Result<Times> {
    let nothing = Expiry {
        first: None,
        last: None,
    };
    Ok(Times {
        rows: match definition.ttl.is_empty() {
            true => nothing,
            false => expiry(&definition.ttl, part)?,
        },
        values: first_expiry(&definition.column_ttl, part)?,
    })
}

fn setting(table: &MergeTreeTable, name: &str) -> u64 {
    settings::merge_tree_integer(name, &table.definition.create.settings)
}

/// Seconds since 1970.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs() as i64
}
