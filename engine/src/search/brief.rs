//! Which searches take so little time that handing them to another thread would be felt.

use super::{IndexUse, Options, Search};
use crate::opened_indexes::OpenedIndexes;
use crate::settings::Settings;

/// Longer lists of candidates are not brief.
const EFFORT_MAX: usize = 1024;
/// Nor are searches of more parts.
const PARTS_MAX: usize = 128;

/// Whether indexes that are open alone answer a search: its time then hardly depends on the number of rows, and whatever
/// else is chosen costs less. A filter may have to be evaluated on all rows unless that was done before, FINAL to compare
/// their keys, and a part without the index is compared row by row.
pub fn is_brief(search: &Search, settings: &Settings, opened: &OpenedIndexes) -> bool {
    let Ok(options) = Options::new(settings) else {
        return false;
    };
    let Ok(IndexUse::Indexes(indexes)) = IndexUse::decide(search, &options) else {
        return false;
    };
    let snapshot = search.table.snapshot();
    let mut parts = snapshot.parts().iter();
    search.table.final_read.is_none()
        && search.filter.as_ref().is_none_or(|filter| filter.knows(&snapshot))
        && options.effort.max(search.rows) <= EFFORT_MAX
        && snapshot.parts().len() <= PARTS_MAX
        && parts.all(|part| {
            // The search takes the first that the part has.
            let index = indexes.iter().find(|index| index.is_in(part));
            index.is_some_and(|index| opened.is_open(part, index))
        })
}
