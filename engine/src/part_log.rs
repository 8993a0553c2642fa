//! What happened to parts, for `system.part_log`: the last events, in memory.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use gristmill_storage::{Part, PartName};
use parking_lot::Mutex;

use crate::error::Error;
use crate::preload::Preloads;
use crate::table::MergeTreeTable;

/// Events that are kept; older ones are forgotten.
const EVENTS_MAX: usize = 10_000;

/// What happened, with ClickHouse's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartEventKind {
    /// INSERT wrote a part.
    NewPart,
    /// Parts became this one, or should have.
    MergeParts,
    /// A part is no longer of the table.
    RemovePart,
    /// A part was replaced by one of other indexes, values or fewer rows.
    MutatePart,
}

/// One event.
#[derive(Clone, Debug)]
pub struct PartEvent {
    /// What happened.
    pub kind: PartEventKind,
    /// When it was done.
    pub time: SystemTime,
    /// How long it took.
    pub took: Duration,
    /// Database, as the table was called then.
    pub database: String,
    /// Table.
    pub table: String,
    /// Name of the part.
    pub part: PartName,
    /// Rows; 0 if the part did not come to be.
    pub rows: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// The parts that it was made of.
    pub merged_from: Vec<PartName>,
    /// Why it failed.
    pub error: Option<Error>,
}

impl PartEvent {
    /// Something that has just happened to a part.
    pub fn new(kind: PartEventKind, (database, table): (&str, &str), part: &Part, took: Duration) -> Self {
        Self {
            rows: part.rows(),
            bytes: part.bytes_on_disk(),
            ..Self::without_part(kind, (database, table), part.name().clone(), took)
        }
    }

    /// The same, of a part that is not there.
    pub fn without_part(kind: PartEventKind, (database, table): (&str, &str), part: PartName, took: Duration) -> Self {
        Self {
            kind,
            time: SystemTime::now(),
            took,
            database: database.into(),
            table: table.into(),
            part,
            rows: 0,
            bytes: 0,
            merged_from: Vec::new(),
            error: None,
        }
    }

    /// The removal of all parts that a table has now. They are not held.
    pub fn removal_of_all(name: (&str, &str), table: &MergeTreeTable) -> Vec<Self> {
        let snapshot = table.snapshot();
        let removal = |part: &Arc<Part>| Self::new(PartEventKind::RemovePart, name, part, Duration::ZERO);
        snapshot.parts().iter().map(removal).collect()
    }
}

/// The last events of all tables.
#[derive(Default)]
pub struct PartLog {
    events: Mutex<VecDeque<PartEvent>>,
    /// Told of parts that have appeared.
    preloads: Arc<Preloads>,
}

impl PartLog {
    /// An empty one that tells who preloads indexes of new parts.
    pub fn new(preloads: Arc<Preloads>) -> Self {
        Self {
            preloads,
            ..Self::default()
        }
    }

    /// Adds events, the last one last.
    pub fn add(&self, new: impl IntoIterator<Item = PartEvent>) {
        let mut events = self.events.lock();
        let mut has_appeared = false;
        for event in new {
            has_appeared |= event.kind != PartEventKind::RemovePart;
            if events.len() == EVENTS_MAX {
                events.pop_front();
            }
            events.push_back(event);
        }
        drop(events);
        if has_appeared {
            self.preloads.wake();
        }
    }

    /// Adds that a part was replaced: by one of other indexes, values or fewer rows, or by none.
    pub fn add_replaced(&self, name: (&str, &str), part: &Part, instead: Option<&Part>, took: Duration) {
        let mutation = instead.map(|new| PartEvent {
            merged_from: vec![part.name().clone()],
            ..PartEvent::new(PartEventKind::MutatePart, name, new, took)
        });
        let removal = PartEvent::new(PartEventKind::RemovePart, name, part, Duration::ZERO);
        self.add(mutation.into_iter().chain([removal]));
    }

    /// What is known, in order.
    pub fn list(&self) -> Vec<PartEvent> {
        self.events.lock().iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_events_are_forgotten() {
        let log = PartLog::default();
        let event = |block: u64| {
            let name = PartName::inserted("all".into(), block);
            PartEvent::without_part(PartEventKind::NewPart, ("d", "t"), name, Duration::ZERO)
        };
        let last = EVENTS_MAX as u64 + 5;
        log.add((1..=last).map(event));
        let blocks: Vec<u64> = log.list().iter().map(|event| event.part.min_block).collect();
        assert_eq!(blocks, (6..=last).collect::<Vec<_>>());
    }
}
