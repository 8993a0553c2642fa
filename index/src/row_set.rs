//! A set of row numbers of one sub-index or part: one bit a row.

use std::ops::Range;

/// Which rows may be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowSet {
    words: Vec<u64>,
    rows: u32,
}

impl RowSet {
    /// No row out of `rows`.
    pub fn new(rows: u32) -> Self {
        Self {
            words: vec![0; (rows as usize).div_ceil(64)],
            rows,
        }
    }

    /// Every row out of `rows`.
    pub fn full(rows: u32) -> Self {
        let mut set = Self {
            words: vec![u64::MAX; (rows as usize).div_ceil(64)],
            rows,
        };
        set.clear_tail();
        set
    }

    /// Bits as Arrow keeps them (least significant first), `rows` of them from bit `offset`.
    pub fn from_bits(bytes: &[u8], offset: usize, rows: u32) -> Self {
        let chunks = arrow::util::bit_chunk_iterator::BitChunks::new(bytes, offset, rows as usize);
        let words = chunks.iter_padded().take((rows as usize).div_ceil(64)).collect();
        Self { words, rows }
    }

    /// The set as bits, least significant first, zeros behind the last row: what [`RowSet::from_bits`] reads.
    pub fn to_bits(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.truncate((self.rows as usize).div_ceil(8));
        bytes
    }

    /// Takes rows out that are in `other`. Panics if the two speak of different numbers of rows.
    pub fn subtract(&mut self, other: &RowSet) {
        assert_eq!(self.rows, other.rows, "sets over different rows");
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= !other;
        }
    }

    /// How many rows there are, in the set or not.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Adds one row. Panics if there is no such row.
    pub fn insert(&mut self, row: u32) {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        self.words[row as usize / 64] |= 1 << (row % 64);
    }

    /// Adds a run of rows. Panics if it goes beyond the last row.
    pub fn insert_range(&mut self, range: Range<u32>) {
        assert!(range.end <= self.rows, "rows to {} of {}", range.end, self.rows);
        if range.is_empty() {
            return;
        }
        let (first, last) = (range.start as usize / 64, (range.end - 1) as usize / 64);
        let head = u64::MAX << (range.start % 64);
        let tail = u64::MAX >> (63 - (range.end - 1) % 64);
        if first == last {
            self.words[first] |= head & tail;
            return;
        }
        self.words[first] |= head;
        self.words[first + 1..last].fill(u64::MAX);
        self.words[last] |= tail;
    }

    /// False for a row that is not in the set and for one that does not exist.
    #[inline]
    pub fn contains(&self, row: u32) -> bool {
        self.words
            .get(row as usize / 64)
            .is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// The rows `32 at` to `32 at + 31` as bits, least significant first; rows that do not exist are not in it.
    #[inline]
    pub(crate) fn word(&self, at: usize) -> u32 {
        self.words.get(at / 2).map_or(0, |word| (word >> (at % 2 * 32)) as u32)
    }

    /// How many rows are in the set.
    pub fn count(&self) -> u32 {
        self.words.iter().map(|word| word.count_ones()).sum()
    }

    /// The rows of the set, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.iter_range(0..self.rows)
    }

    /// The rows of the set that fall into `range`, ascending. Panics if it goes beyond the last row.
    pub fn iter_range(&self, range: Range<u32>) -> impl Iterator<Item = u32> + '_ {
        assert!(
            range.start <= range.end && range.end <= self.rows,
            "rows to {} of {}",
            range.end,
            self.rows
        );
        let words = range.start as usize / 64..(range.end as usize).div_ceil(64);
        words.flat_map(move |at| {
            let from = range.start.saturating_sub(at as u32 * 64);
            let until = (range.end - at as u32 * 64).min(64);
            let word = self.words[at] & u64::MAX.checked_shl(from).unwrap_or(0) & (u64::MAX >> (64 - until));
            std::iter::successors((word != 0).then_some(word), |rest| {
                let rest = rest & (rest - 1);
                (rest != 0).then_some(rest)
            })
            .map(move |rest| at as u32 * 64 + rest.trailing_zeros())
        })
    }

    /// Keeps only rows that are in `other` too. Panics if the two speak of different numbers of rows.
    pub fn and(&mut self, other: &RowSet) {
        assert_eq!(self.rows, other.rows, "sets over different rows");
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
    }

    /// The part of the set that falls into `range`, renumbered from 0.
    pub fn slice(&self, range: Range<u32>) -> RowSet {
        assert!(
            range.start <= range.end && range.end <= self.rows,
            "rows to {} of {}",
            range.end,
            self.rows
        );
        let (from, shift) = (range.start as usize / 64, range.start % 64);
        let mut set = RowSet::new(range.end - range.start);
        for (at, word) in set.words.iter_mut().enumerate() {
            let low = self.words[from + at] >> shift;
            let high = match (shift, self.words.get(from + at + 1)) {
                (0, _) | (_, None) => 0,
                (_, Some(next)) => next << (64 - shift),
            };
            *word = low | high;
        }
        set.clear_tail();
        set
    }

    fn clear_tail(&mut self) {
        if let (Some(last), used @ 1..) = (self.words.last_mut(), self.rows % 64) {
            *last &= (1 << used) - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RowSet;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn behaves_as_a_set(
            rows in 1u32..400,
            numbers in proptest::collection::btree_set(0u32..400, 0..60),
            others in proptest::collection::btree_set(0u32..400, 0..200),
            range in (0u32..400, 0u32..400),
        ) {
            let within = |numbers: &BTreeSet<u32>| numbers.iter().copied().filter(|row| *row < rows).collect::<Vec<_>>();
            let (numbers, others) = (within(&numbers), within(&others));
            let range = range.0.min(range.1).min(rows)..range.0.max(range.1).min(rows);
            let mut set = RowSet::new(rows);
            numbers.iter().for_each(|row| set.insert(*row));
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), numbers.clone());
            prop_assert_eq!(set.count() as usize, numbers.len());
            prop_assert!((0..500).all(|row| set.contains(row) == numbers.contains(&row)));
            prop_assert!((0..500).all(|row| (set.word(row as usize / 32) >> (row % 32) & 1 == 1) == set.contains(row)));

            let inside: Vec<u32> = numbers.iter().copied().filter(|row| range.contains(row)).collect();
            prop_assert_eq!(set.iter_range(range.clone()).collect::<Vec<_>>(), inside.clone());
            let sliced = set.slice(range.clone());
            prop_assert_eq!(sliced.rows() as usize, range.len());
            prop_assert_eq!(sliced.iter().map(|row| row + range.start).collect::<Vec<_>>(), inside);

            let mut other = RowSet::new(rows);
            others.iter().for_each(|row| other.insert(*row));
            let mut both = set.clone();
            both.and(&other);
            prop_assert_eq!(both.iter().collect::<Vec<_>>(), numbers.iter().copied().filter(|row| others.contains(row)).collect::<Vec<_>>());

            other.insert_range(range.clone());
            prop_assert!((0..rows).all(|row| other.contains(row) == (others.contains(&row) || range.contains(&row))));
            prop_assert_eq!(RowSet::full(rows).count(), rows);
        }

        #[test]
        fn reads_arrow_bits(bits in proptest::collection::vec(any::<bool>(), 1..300), offset in 0usize..20) {
            let array = arrow::array::BooleanArray::from(bits.clone());
            let offset = offset.min(bits.len());
            let rows = (bits.len() - offset) as u32;
            let set = RowSet::from_bits(array.values().values(), offset, rows);
            let wanted: Vec<u32> = (0..rows).filter(|row| bits[*row as usize + offset]).collect();
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), wanted);
        }
    }
}
