//! Sets of rows of one part, as sorted, disjoint, non-adjacent ranges.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::BooleanArray;

/// Rows of one part. Ranges are sorted, never empty and never touch each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowRanges {
    /// Shared by clones: a part with many deleted rows has many ranges.
    ranges: Arc<Vec<Range<u64>>>,
}

impl RowRanges {
    /// No rows.
    pub fn none() -> RowRanges {
        RowRanges::default()
    }

    /// Rows `0..rows`.
    pub fn all(rows: u64) -> RowRanges {
        RowRanges::from(0..rows)
    }

    /// The rows of the chosen granules (`true` = chosen) of a part of `rows` rows.
    pub fn from_granules(chosen: &BooleanArray, granularity: u64, rows: u64) -> RowRanges {
        let mut result = RowRanges::none();
        for (granule, chosen) in chosen.iter().enumerate() {
            if chosen == Some(true) {
                let start = granule as u64 * granularity;
                result.push(start..(start + granularity).min(rows));
            }
        }
        result
    }

    /// The given single rows, which must be ascending.
    pub fn from_rows(rows: impl IntoIterator<Item = u64>) -> RowRanges {
        let mut result = RowRanges::none();
        for row in rows {
            result.push(row..row + 1);
        }
        result
    }

    /// Adds a range that starts at or after the end of the last one.
    ///
    /// # Panics
    /// When the range starts before the end of the last one.
    pub fn push(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        let ranges = Arc::make_mut(&mut self.ranges);
        match ranges.last_mut() {
            Some(last) if range.start == last.end => last.end = range.end,
            Some(last) => {
                assert!(range.start > last.end, "row ranges are pushed in order");
                ranges.push(range);
            }
            None => ranges.push(range),
        }
    }

    /// The ranges in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Range<u64>> + '_ {
        self.ranges.iter().cloned()
    }

    /// Number of rows.
    pub fn count(&self) -> u64 {
        self.ranges.iter().map(|range| range.end - range.start).sum()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// One past the last row; 0 when empty.
    pub fn end(&self) -> u64 {
        self.ranges.last().map_or(0, |range| range.end)
    }

    /// Whether the row is in the set.
    pub fn contains(&self, row: u64) -> bool {
        let next = self.ranges.partition_point(|range| range.end <= row);
        self.ranges.get(next).is_some_and(|range| range.start <= row)
    }

    /// The rows in one of the two, or in both.
    pub fn union(&self, other: &RowRanges) -> RowRanges {
        let mut both: Vec<Range<u64>> = self.iter().chain(other.iter()).collect();
        both.sort_unstable_by_key(|range| range.start);
        let mut union = RowRanges::none();
        for range in both {
            let seen = union.end();
            if range.end > seen {
                union.push(range.start.max(seen)..range.end);
            }
        }
        union
    }

    /// Rows in both sets.
    pub fn intersect(&self, other: &RowRanges) -> RowRanges {
        let mut result = RowRanges::none();
        let (mut left, mut right) = (0, 0);
        while let (Some(a), Some(b)) = (self.ranges.get(left), other.ranges.get(right)) {
            let start = a.start.max(b.start);
            let end = a.end.min(b.end);
            if start < end {
                result.push(start..end);
            }
            if a.end <= b.end {
                left += 1;
            } else {
                right += 1;
            }
        }
        result
    }

    /// Number of granules that hold at least one of the rows.
    pub fn granules(&self, granularity: u64) -> u64 {
        let mut counted_until = 0;
        let mut granules = 0;
        for range in self.ranges.iter() {
            let first = (range.start / granularity).max(counted_until);
            let end = range.end.div_ceil(granularity);
            granules += end.saturating_sub(first);
            counted_until = counted_until.max(end);
        }
        granules
    }

    /// Number of runs of granules next to each other that hold at least one of the rows.
    pub fn granule_runs(&self, granularity: u64) -> u64 {
        let mut runs = 0;
        let mut run_end = None;
        for range in self.ranges.iter() {
            let first = range.start / granularity;
            if run_end.is_none_or(|end| first > end) {
                runs += 1;
            }
            run_end = Some(range.end.div_ceil(granularity));
        }
        runs
    }

    /// Cuts the set into pieces of about `rows` rows, for parallel readers.
    pub fn split(&self, rows: u64) -> Vec<RowRanges> {
        assert!(rows > 0, "pieces hold rows");
        let mut pieces = Vec::new();
        let mut piece = RowRanges::none();
        let mut room = rows;
        for range in self.ranges.iter() {
            let mut start = range.start;
            while start < range.end {
                let end = range.end.min(start + room);
                piece.push(start..end);
                room -= end - start;
                start = end;
                if room == 0 {
                    pieces.push(std::mem::take(&mut piece));
                    room = rows;
                }
            }
        }
        if !piece.is_empty() {
            pieces.push(piece);
        }
        pieces
    }
}

impl From<Range<u64>> for RowRanges {
    fn from(range: Range<u64>) -> RowRanges {
        let mut result = RowRanges::none();
        result.push(range);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(ranges: &RowRanges) -> Vec<u64> {
        ranges.iter().flatten().collect()
    }

    fn of(ranges: &[Range<u64>]) -> RowRanges {
        let mut result = RowRanges::none();
        ranges.iter().for_each(|range| result.push(range.clone()));
        result
    }

    #[test]
    fn neighbours_melt() {
        assert_eq!(of(&[0..3, 3..5, 7..7, 8..9]).ranges.to_vec(), vec![0..5, 8..9]);
        assert_eq!(RowRanges::from_rows([1, 2, 3, 7]).ranges.to_vec(), vec![1..4, 7..8]);
    }

    #[test]
    fn intersection_keeps_common_rows() {
        let common = of(&[0..4, 6..10, 20..30]).intersect(&of(&[2..7, 9..25]));
        assert_eq!(rows(&common), [2, 3, 6, 9, 20, 21, 22, 23, 24]);
    }

    #[test]
    fn last_granule_is_short() {
        let chosen = BooleanArray::from(vec![true, false, true]);
        assert_eq!(
            RowRanges::from_granules(&chosen, 4, 10).ranges.to_vec(),
            vec![0..4, 8..10]
        );
    }

    #[test]
    fn granules_are_counted_once() {
        assert_eq!(of(&[0..1, 2..3, 5..9]).granules(4), 3);
        assert_eq!(RowRanges::none().granules(4), 0);
        assert_eq!(of(&[0..1, 2..3, 5..9]).granule_runs(4), 1);
        assert_eq!(of(&[0..1, 2..3, 8..9, 16..17]).granule_runs(4), 3);
        assert_eq!(RowRanges::none().granule_runs(4), 0);
    }

    #[test]
    fn split_cuts_every_n_rows() {
        let pieces = of(&[0..5, 10..13]).split(3);
        assert_eq!(
            pieces.iter().map(rows).collect::<Vec<_>>(),
            [vec![0, 1, 2], vec![3, 4, 10], vec![11, 12]]
        );
    }

    #[test]
    fn contains_finds_the_range() {
        let ranges = of(&[1..3, 5..6]);
        assert_eq!(
            (0..7).filter(|row| ranges.contains(*row)).collect::<Vec<_>>(),
            [1, 2, 5]
        );
    }
}
