//! Which searches take so little time that handing them to another thread would be felt.

use std::sync::Arc;

use gristmill_storage::Part;

use super::options::FilterStrategy;
use super::{IndexUse, Options, Search};
use crate::opened_indexes::OpenedIndexes;
use crate::settings::Settings;

/// Longer lists of candidates are not brief.
const EFFORT_MAX: usize = 1024;
/// Nor are searches of more parts.
const PARTS_MAX: usize = 128;

/// So few rows are compared in the time that a walk takes.
const ROWS_MAX: u64 = 1024;

/// Whether the rows that match are few, or indexes that are open alone answer a search: its time then hardly depends on
/// the number of rows, and whatever else is chosen costs less. A filter may have to be evaluated on all rows unless that
/// was done before, FINAL to compare their keys, and a part without the index is compared row by row.
pub fn is_brief(search: &Search, settings: &Settings, opened: &OpenedIndexes) -> bool {
    let Ok(options) = Options::new(settings) else {
        return false;
    };
    let Ok(IndexUse::Indexes(indexes)) = IndexUse::decide(search, &options) else {
        return false;
    };
    let snapshot = search.table.snapshot();
    if search.table.final_read.is_some()
        || search.table.policy.is_some()
        || options.effort.max(search.rows) > EFFORT_MAX
        || snapshot.parts().len() > PARTS_MAX
        || search.filter.as_ref().is_some_and(|filter| !filter.knows(&snapshot))
    {
        return false;
    }
    let is_open = |part: &Arc<Part>| {
        // The search takes the first that the part has.
        let index = indexes.iter().find(|index| index.is_in(part));
        index.is_some_and(|index| opened.is_open(part, index))
    };
    // Where a part has a share of the rows only, an index may take less than comparing even few.
    let are_few = || match (snapshot.parts(), &search.filter) {
        ([part], Some(filter)) if options.strategy != FilterStrategy::Postfilter => {
            filter.known_matches(part).is_some_and(|rows| rows <= ROWS_MAX)
        }
        _ => false,
    };
    snapshot.parts().iter().all(is_open) || are_few()
}
