//! A set of row numbers of one sub-index or part: one bit a row.

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
    pub fn insert_range(&mut self, range: std::ops::Range<u32>) {
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

    /// How many rows are in the set.
    pub fn count(&self) -> u32 {
        self.words.iter().map(|word| word.count_ones()).sum()
    }

    /// The rows of the set, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().enumerate().flat_map(|(at, &word)| {
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
    pub fn slice(&self, range: std::ops::Range<u32>) -> RowSet {
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
