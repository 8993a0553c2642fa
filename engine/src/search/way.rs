//! Which way a part is searched, by what each way costs.
//!
//! Costs are nanoseconds of one core, as measured on 40,000 rows of 384 numbers and 200,000 of 128 with M 32; they hold
//! within a factor of two for others, and what counts is which is less.

use gristmill_index::{Quantization, VectorIndexDefinition};

/// So few rows of all parts together are compared in the column: that takes less than opening an index, and is exact.
const COLUMN_ROWS_MAX: f64 = 1024.0;
/// A row that follows another in memory: what it costs, and each of its bytes.
const ROW: (f64, f64) = (8.0, 1.0 / 30.0);
/// A row anywhere in memory.
const JUMP: (f64, f64) = (40.0, 1.0 / 60.0);
/// A row's code with its factors.
const CODE: (f64, f64) = (0.3, 1.0 / 50.0);
/// A list of links that is looked through for allowed rows.
const LIST: f64 = 150.0;
/// Bytes of a code's factors.
const FACTOR_BYTES: f64 = 12.0;
/// Rows of which a code is looked at together.
const CODED_ROWS: f64 = 32.0;
/// Rows that their codes do not rule out: so many, and so many for each that is wanted.
const PASSING: (f64, f64) = (100.0, 70.0);
/// Distances that a walk computes before it is near, and for each candidate that it keeps.
const WALK: (f64, f64) = (300.0, 13.0);
/// The same of a walk among allowed rows.
const FILTERED_WALK: (f64, f64) = (500.0, 22.0);
/// Lists of links that a walk among allowed rows looks through for each candidate, times the share that is allowed.
const LISTS: f64 = 1.7;
/// A walk among allowed rows meets more of them for each that it keeps: it is as good with so much of the candidates.
const FILTERED_EFFORT: f64 = 0.7;
/// Above this share of allowed rows it slowly becomes the walk among all.
const MOST_ROWS: f64 = 0.8;
/// Most candidates that a walk keeps: it inserts each into a sorted list.
const CANDIDATES_MAX: usize = 16_384;

/// How the nearest rows of a part are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Every matching row of the column is compared.
    Column,
    /// Every matching row is compared, by the vectors that the index keeps.
    Vectors,
    /// Matching rows that their codes do not rule out are compared, by the vectors that the index keeps.
    Codes,
    /// The graph is walked with so many candidates.
    Graph(usize),
}

/// What decides the way.
pub struct Costs<'a> {
    /// The index that the part has.
    pub index: &'a VectorIndexDefinition,
    /// How many sub-indexes it consists of.
    pub sub_indexes: u64,
    /// Bits of a number in the column.
    pub column_bits: usize,
    /// Rows of the part.
    pub rows: u64,
    /// Rows of all parts.
    pub all_rows: u64,
    /// Those that may be in the answer.
    pub matching: u64,
    /// Candidates that a walk among all rows would keep.
    pub effort: usize,
    /// Whether the index has codes.
    pub coded: bool,
    /// How many rows are wanted of it.
    pub wanted: usize,
    /// The nearest by the index are compared again, by the column.
    pub rescored: bool,
}

impl Costs<'_> {
    /// The cheapest way.
    pub fn cheapest(&self) -> Way {
        if self.effort.max(self.wanted).min(self.rows as usize) > CANDIDATES_MAX {
            return Way::Column;
        }
        let filtered = self.matching < self.rows;
        if filtered && self.matching as f64 <= COLUMN_ROWS_MAX * self.share() {
            return Way::Column;
        }
        let effort = self.graph_effort();
        let graph = self.walk(effort as f64);
        let is_fine = match self.index.quantization {
            Quantization::B1 | Quantization::I8 => self.rescored,
            _ => true,
        };
        let scans = [
            (self.column(), Way::Column),
            (self.vectors(), Way::Vectors),
            (self.codes(), Way::Codes),
        ];
        // Without a filter the graph is what the index is for: the column is no way then.
        let fitting = scans.into_iter().filter(|(_, way)| match way {
            Way::Column => filtered && !is_fine,
            // Whoever wants every row to be a candidate wants none to be ruled out.
            Way::Codes => is_fine && self.coded && (self.effort as u64) < self.rows,
            _ => is_fine,
        });
        let cheapest = fitting.min_by(|(one, _), (other, _)| one.total_cmp(other));
        cheapest
            .filter(|(cost, _)| *cost < graph)
            .map_or(Way::Graph(effort), |(_, way)| way)
    }

    /// Candidates that a walk keeps among the allowed rows.
    pub fn graph_effort(&self) -> usize {
        let share = self.matching as f64 / self.rows as f64;
        let most = ((share - MOST_ROWS) / (1.0 - MOST_ROWS)).max(0.0);
        let factor = FILTERED_EFFORT + (1.0 - FILTERED_EFFORT) * most;
        (self.effort as f64 * factor).ceil() as usize
    }

    /// How much of all rows the part has.
    fn share(&self) -> f64 {
        self.rows as f64 / self.all_rows.max(self.rows) as f64
    }

    fn walk(&self, effort: f64) -> f64 {
        let effort = effort.max(self.wanted as f64);
        let (steps, lists) = match self.matching == self.rows {
            true => (WALK.0 + WALK.1 * effort, 0.0),
            false => (
                FILTERED_WALK.0 + FILTERED_WALK.1 * effort,
                LISTS * effort * self.rows as f64 / self.matching as f64,
            ),
        };
        // No walk computes more distances, or looks through more lists, than there are rows.
        let rows = self.rows as f64 / self.sub_indexes as f64;
        let bytes = self.vector_bytes(self.index.quantization.bits());
        (steps.min(rows) * cost(JUMP, bytes) + lists.min(rows) * LIST) * self.sub_indexes as f64
    }

    fn codes(&self) -> f64 {
        // Rows are met in blocks: one that is allowed has others looked at.
        let met = (self.matching as f64 * CODED_ROWS).min(self.rows as f64);
        let passing = (PASSING.0 + PASSING.1 * self.wanted as f64) * self.share();
        let bytes = self.vector_bytes(self.index.quantization.bits());
        met * cost(CODE, self.vector_bytes(1) + FACTOR_BYTES) + passing.min(self.matching as f64) * cost(JUMP, bytes)
    }

    fn vectors(&self) -> f64 {
        self.matching as f64 * cost(ROW, self.vector_bytes(self.index.quantization.bits()))
    }

    fn column(&self) -> f64 {
        self.matching as f64 * cost(ROW, self.vector_bytes(self.column_bits))
    }

    fn vector_bytes(&self, bits: usize) -> f64 {
        (self.index.dimensions * bits) as f64 / 8.0
    }
}

fn cost((row, byte): (f64, f64), bytes: f64) -> f64 {
    row + byte * bytes
}

#[cfg(test)]
mod tests {
    use gristmill_index::Metric;

    use super::*;

    fn definition(quantization: Quantization) -> VectorIndexDefinition {
        VectorIndexDefinition {
            metric: Metric::Cosine,
            quantization,
            dimensions: 384,
            m: 32,
            ef_construction: 128,
        }
    }

    fn costs(index: &VectorIndexDefinition, rows: u64, all_rows: u64, matching: u64, effort: usize) -> Costs<'_> {
        Costs {
            index,
            sub_indexes: 1,
            column_bits: 32,
            rows,
            all_rows,
            matching,
            effort,
            coded: true,
            wanted: 10,
            rescored: false,
        }
    }

    fn way(quantization: Quantization, rows: u64, matching: u64, effort: usize) -> Way {
        costs(&definition(quantization), rows, rows, matching, effort).cheapest()
    }

    #[test]
    fn fewer_matches_are_compared_one_by_one() {
        let bf16 = |matching| way(Quantization::BF16, 40_000, matching, 256);
        assert_eq!(bf16(40_000), Way::Codes);
        assert_eq!(bf16(20_000), Way::Codes);
        assert_eq!(bf16(2_000), Way::Vectors);
        assert_eq!(bf16(1_000), Way::Column);
        assert_eq!(way(Quantization::I8, 40_000, 2_000, 256), Way::Column);
        assert_eq!(way(Quantization::I8, 40_000, 20_000, 256), Way::Graph(180));
        // Codes cost the blocks that have a match, wherever the matches are.
        let large = |matching| way(Quantization::BF16, 200_000, matching, 512);
        assert_eq!(large(200_000), Way::Codes);
        assert_eq!(large(20_000), Way::Codes);
        assert_eq!(large(8_000), Way::Vectors);
    }

    #[test]
    fn large_parts_are_walked_and_small_ones_are_not() {
        assert_eq!(way(Quantization::BF16, 800, 800, 36), Way::Vectors);
        assert_eq!(way(Quantization::BF16, 4000, 4000, 256), Way::Codes);
        assert_eq!(way(Quantization::BF16, 4000, 4000, 4000), Way::Vectors);
        assert_eq!(way(Quantization::BF16, 2_000_000, 2_000_000, 36), Way::Graph(36));
        assert_eq!(way(Quantization::BF16, 2_000_000, 1_800_000, 256), Way::Graph(218));
        assert_eq!(way(Quantization::BF16, 2_000_000, 1_000_000, 256), Way::Graph(180));
        assert_eq!(way(Quantization::B1, 800, 800, 36), Way::Graph(36));
        assert_eq!(way(Quantization::BF16, 2_000_000, 2_000_000, 20_000), Way::Column);
    }

    #[test]
    fn without_codes_many_rows_are_walked() {
        let index = definition(Quantization::BF16);
        let way = |coded| {
            Costs {
                coded,
                ..costs(&index, 40_000, 40_000, 40_000, 256)
            }
            .cheapest()
        };
        assert_eq!(way(true), Way::Codes);
        assert_eq!(way(false), Way::Graph(256));
    }

    #[test]
    fn one_of_many_parts_is_ruled_out_by_what_the_others_have() {
        let part = |all_rows, matching| {
            let index = definition(Quantization::BF16);
            costs(&index, 300, all_rows, matching, 16).cheapest()
        };
        assert_eq!(part(300, 300), Way::Vectors);
        assert_eq!(part(40_000, 300), Way::Codes);
        // Fifty times so many are not few.
        assert_eq!(part(300, 100), Way::Column);
        assert_eq!(part(40_000, 100), Way::Codes);
        assert_eq!(part(40_000, 5), Way::Column);
    }
}
