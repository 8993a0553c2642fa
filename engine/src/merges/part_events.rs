//! What `system.part_log` and `system.events` tell of merges.

use std::sync::Arc;
use std::time::Duration;

use gristmill_storage::{Candidate, Error as StorageError, Part, PartName};

use super::merger::Task;
use crate::error::Error;
use crate::events::{Event, EventTotals};
use crate::part_log::{PartEvent, PartEventKind, PartLog};

/// Adds what a merge did.
pub fn add(
    log: &PartLog,
    task: &Task<'_>,
    merged: &Result<Option<Arc<Part>>, StorageError>,
    result: PartName,
    sources: &[Candidate],
    took: Duration,
) {
    let name = (task.database, task.name);
    let error = match merged {
        Ok(_) => None,
        // Somebody else was first: nothing went wrong.
        Err(StorageError::PartGone(_) | StorageError::Dropped | StorageError::Altered) => return,
        Err(error) => Some(Error::of_storage(error)),
    };
    let event = match merged {
        Ok(Some(part)) => PartEvent::new(PartEventKind::MergeParts, name, part, took),
        Ok(None) | Err(_) => PartEvent::without_part(PartEventKind::MergeParts, name, result, took),
    };
    let removal = |source: &Candidate| PartEvent {
        rows: source.rows,
        bytes: source.bytes,
        ..PartEvent::without_part(PartEventKind::RemovePart, name, source.name.clone(), Duration::ZERO)
    };
    let removed = sources
        .iter()
        .filter(|_| error.is_none())
        .map(removal)
        .collect::<Vec<_>>();
    let merged_from = sources.iter().map(|source| source.name.clone()).collect();
    log.add([PartEvent {
        merged_from,
        error,
        ..event
    }]);
    log.add(removed);
}

/// Counts a merge.
pub fn count(
    events: &EventTotals,
    task: &Task<'_>,
    merged: &Result<Option<Arc<Part>>, StorageError>,
    sources: &[Candidate],
    took: Duration,
) {
    events.add(Event::Merge, 1);
    events.add(Event::MergeSourceParts, sources.len() as u64);
    events.add(Event::MergeTotalMilliseconds, took.as_millis() as u64);
    let Ok(merged) = merged else {
        return;
    };
    events.add(Event::MergedRows, sources.iter().map(|part| part.rows).sum());
    if let Some(part) = merged {
        let indexes = task.table.definition.vector_indexes_in(part);
        events.add(Event::USearchAddCount, part.rows() * indexes);
    }
}
