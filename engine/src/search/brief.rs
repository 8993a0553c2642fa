//! Which searches take so little time that handing them to another thread would be felt.

use super::{IndexUse, Options, Search};
use crate::settings::Settings;

/// Longer lists of candidates are not brief.
const EFFORT_MAX: usize = 1024;

/// Whether graphs alone answer a search: its time then hardly depends on the number of rows, and whatever else is chosen
/// costs less. A filter may have to be evaluated on all rows unless that was done before, FINAL to compare their keys,
/// and a part without the index is compared row by row.
pub fn is_brief(search: &Search, settings: &Settings) -> bool {
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
        && parts.all(|part| indexes.iter().any(|index| index.is_in(part)))
}
