//! How much a query reads of a table, for the counters.

use std::sync::Arc;

use gristmill_storage::{Part, PartSet, RowRanges};

use super::{PartRows, Pruning};
use crate::events::{Event, Events};

/// Parts, granules and ranges of granules that are read, and how many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selected {
    parts: u64,
    parts_total: u64,
    granules: u64,
    granules_total: u64,
    ranges: u64,
}

impl Selected {
    /// Nothing of a snapshot yet.
    pub fn none_of(snapshot: &PartSet) -> Self {
        let granules = |part: &Arc<Part>| part.rows().div_ceil(part.index_granularity());
        Self {
            parts_total: snapshot.parts().len() as u64,
            granules_total: snapshot.parts().iter().map(granules).sum(),
            ..Self::default()
        }
    }

    /// All that pruning left of a snapshot.
    pub fn all(pruning: &Pruning, snapshot: &PartSet) -> Self {
        let mut selected = Self::none_of(snapshot);
        pruning.parts.iter().for_each(|part| selected.add(part, &part.rows));
        selected
    }

    /// Some rows of a part more.
    pub fn add(&mut self, part: &PartRows, rows: &RowRanges) {
        let granularity = part.part.index_granularity();
        self.parts += u64::from(!rows.is_empty());
        self.granules += rows.granules(granularity);
        self.ranges += rows.granule_runs(granularity);
    }

    /// Adds them to what was counted before.
    pub fn count(&self, events: &Events) {
        events.add(Event::SelectedParts, self.parts);
        events.add(Event::SelectedPartsTotal, self.parts_total);
        events.add(Event::SelectedMarks, self.granules);
        events.add(Event::SelectedMarksTotal, self.granules_total);
        events.add(Event::SelectedRanges, self.ranges);
    }
}
