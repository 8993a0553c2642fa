//! Where the keys of parts may meet, told from their primary indexes.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::row::{Row, Rows};

use crate::sort::{converter, normalize};
use crate::{Part, Result, RowRanges};

/// Per part the rows of granules whose sorting keys another part may hold too, or the part itself more than once.
pub(super) fn contested(parts: &[Arc<Part>]) -> Result<Vec<RowRanges>> {
    let keys = parts
        .iter()
        .map(|part| Marks::of(part))
        .collect::<Result<Option<Vec<_>>>>()?;
    let rows = parts.iter().enumerate().map(|(at, part)| {
        let is_alone = parts.len() == 1;
        match (&keys, part.has_unique_keys()) {
            (_, false) => RowRanges::all(part.rows()),
            (_, true) if is_alone => RowRanges::none(),
            (None, true) => RowRanges::all(part.rows()),
            (Some(keys), true) => {
                let others = keys.iter().enumerate().filter(|(other, _)| *other != at);
                let mut meets = vec![false; part.marks() as usize];
                others.for_each(|(_, other)| keys[at].mark_meeting(other, &mut meets));
                part.granule_rows(&BooleanArray::from(meets))
            }
        }
    });
    Ok(rows.collect())
}

/// A part's primary key at the first row of each granule and at its last row.
struct Marks {
    keys: Rows,
}

impl Marks {
    /// None without a primary key.
    fn of(part: &Part) -> Result<Option<Marks>> {
        let keys: Vec<ArrayRef> = part.primary_index().iter().map(normalize).collect();
        if keys.is_empty() {
            return Ok(None);
        }
        let keys = converter(&keys)?.convert_columns(&keys)?;
        Ok(Some(Marks { keys }))
    }

    fn first(&self) -> Row<'_> {
        self.keys.row(0)
    }

    fn last(&self) -> Row<'_> {
        self.keys.row(self.keys.num_rows() - 1)
    }

    /// Marks the granules between whose ends, which count, the other part's keys begin, end or lie.
    fn mark_meeting(&self, other: &Marks, meets: &mut [bool]) {
        let granules = meets.len();
        let place = |is_before: &dyn Fn(Row<'_>) -> bool, from: usize| {
            let (mut low, mut high) = (0, granules);
            while low < high {
                let middle = (low + high) / 2;
                match is_before(self.keys.row(middle + from)) {
                    true => low = middle + 1,
                    false => high = middle,
                }
            }
            low
        };
        // The first granule that does not end before the other's keys, and the first one that begins behind them.
        let from = place(&|end| end < other.first(), 1);
        let until = place(&|begin| begin <= other.last(), 0);
        if from < until {
            meets[from..until].fill(true);
        }
    }
}
