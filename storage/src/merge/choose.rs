//! Which parts to merge next: a pure function of what is known about the parts.
//!
//! Merging rewrites rows, so every row should be rewritten few times, yet a query should meet few parts. As in an LSM
//! tree with size tiers, parts of about the same size are merged; how strictly, depends on age and number: young small
//! parts wait for more of their kind, old ones are merged with whatever lies beside them. The shape of the rule (a ratio
//! of sum to largest, lowered by size, age and number of parts) follows ClickHouse's SimpleMergeSelector.

use std::ops::Range;

use crate::PartName;

/// What the choice looks at, for one part.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its name.
    pub name: PartName,
    /// Rows.
    pub rows: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// Seconds since it was written.
    pub age_seconds: u64,
    /// Some of its rows were deleted.
    pub is_thinned: bool,
    /// The first mutation that it is still to get.
    pub mutation: Option<u64>,
    /// Some other job works on it.
    pub is_busy: bool,
}

/// What a merge must not exceed.
#[derive(Clone, Copy, Debug)]
pub struct MergeLimits {
    /// Bytes of all inputs: the server's bound, and what the disk has room for.
    pub bytes_max: u64,
    /// Rows of all inputs.
    pub rows_max: u64,
    /// Inputs.
    pub parts_max: usize,
    /// Any merge is worth it: somebody asked for one.
    pub is_eager: bool,
}

/// Each part costs as much as this many bytes more, for opening, naming and syncing it.
const PART_BYTES: f64 = 5.0 * 1024.0 * 1024.0;
/// The inputs together must be so many times as large as the largest of them, at most and at least.
const RATIO: Range<f64> = 1.2..5.0;
/// Merges below this size ask for the least ratio that age and number allow; above the other for the greatest.
const SIZE_BYTES: Range<f64> = 1e6..1e11;
/// From this age on the ratio is lowered, down to the least at the other: small parts, and large ones.
const AGE_SECONDS_SMALL: Range<f64> = 10.0..3600.0;
const AGE_SECONDS_LARGE: Range<f64> = 3600.0..2_592_000.0;
/// Parts of a partition from which the ratio is lowered, down to the least.
const PARTS: Range<f64> = 10.0..50.0;

/// The positions of the parts to merge, out of a table's parts ordered by name. None if nothing is worth it.
pub fn choose(parts: &[Candidate], limits: &MergeLimits) -> Option<Range<usize>> {
    let mut best: Option<(f64, Range<usize>)> = None;
    for partition in runs(parts, |left, right| left.name.partition_id == right.name.partition_id) {
        let number = partition.len();
        let idle = runs(&parts[partition.clone()], |left, right| {
            !left.is_busy && !right.is_busy && left.mutation == right.mutation
        });
        for run in idle {
            let run = partition.start + run.start..partition.start + run.end;
            best_of_run(parts, run, number, limits, &mut best);
        }
    }
    best.map(|(_, range)| range)
}

/// All parts of each partition, for OPTIMIZE FINAL, also where there is one only. Busy ones are for the caller to wait
/// for.
pub fn choose_all(parts: &[Candidate]) -> Vec<Range<usize>> {
    runs(parts, |left, right| left.name.partition_id == right.name.partition_id)
}

/// Cuts the list where two neighbours do not belong together.
fn runs(parts: &[Candidate], together: impl Fn(&Candidate, &Candidate) -> bool) -> Vec<Range<usize>> {
    let mut start = 0;
    let of = |chunk: &[Candidate]| {
        start += chunk.len();
        start - chunk.len()..start
    };
    parts.chunk_by(together).map(of).collect()
}

/// The range of a run that saves the most parts for the fewest bytes, if it beats the best so far.
fn best_of_run(
    parts: &[Candidate],
    run: Range<usize>,
    number: usize,
    limits: &MergeLimits,
    best: &mut Option<(f64, Range<usize>)>,
) {
    for start in run.clone() {
        let mut whole = Whole::default();
        for (end, part) in (start + 1..=run.end.min(start.saturating_add(limits.parts_max))).zip(&parts[start..]) {
            whole.add(part);
            if whole.bytes > limits.bytes_max || whole.rows > limits.rows_max {
                break;
            }
            let length = end - start;
            if length < 2 || !(limits.is_eager || whole.is_worth_it(length, number)) {
                continue;
            }
            let score = whole.score(length);
            if best.as_ref().is_none_or(|(other, _)| score < *other) {
                *best = Some((score, start..end));
            }
        }
    }
}

/// The inputs of a merge together.
#[derive(Default)]
struct Whole {
    bytes: u64,
    rows: u64,
    largest: u64,
    youngest: Option<u64>,
}

impl Whole {
    fn add(&mut self, part: &Candidate) {
        self.bytes = self.bytes.saturating_add(part.bytes);
        self.rows = self.rows.saturating_add(part.rows);
        self.largest = self.largest.max(part.bytes);
        self.youngest = Some(self.youngest.map_or(part.age_seconds, |age| age.min(part.age_seconds)));
    }

    /// Bytes to be written for each part that goes.
    fn score(&self, length: usize) -> f64 {
        (self.bytes as f64 + PART_BYTES * length as f64) / (length as f64 - 0.9)
    }

    fn is_worth_it(&self, length: usize, number: usize) -> bool {
        let ratio = (self.bytes as f64 + PART_BYTES * length as f64) / (self.largest as f64 + PART_BYTES);
        let large = share(self.bytes as f64, &SIZE_BYTES);
        let age = self.youngest.unwrap_or(0) as f64;
        let between = |small: f64, greater: f64| small * (greater / small).powf(large);
        let old = share(
            age,
            &(between(AGE_SECONDS_SMALL.start, AGE_SECONDS_LARGE.start)
                ..between(AGE_SECONDS_SMALL.end, AGE_SECONDS_LARGE.end)),
        );
        let many = share(number as f64, &PARTS);
        let lowered = (old + many).min(1.0);
        ratio >= RATIO.end + (RATIO.start - RATIO.end) * lowered
    }
}

/// Where a value lies between two, on a logarithmic scale: 0 at the start and before, 1 at the end and after.
fn share(value: f64, range: &Range<f64>) -> f64 {
    let share = (value.max(1.0) / range.start).ln() / (range.end / range.start).ln();
    share.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: MergeLimits = MergeLimits {
        bytes_max: 150 << 30,
        rows_max: 4_000_000_000,
        parts_max: 100,
        is_eager: false,
    };

    fn part(partition: &str, block: u64, bytes: u64, age_seconds: u64) -> Candidate {
        Candidate {
            name: PartName::inserted(partition.into(), block),
            rows: bytes / 100 + 1,
            bytes,
            age_seconds,
            is_thinned: false,
            mutation: None,
            is_busy: false,
        }
    }

    fn parts(sizes: &[u64], age_seconds: u64) -> Vec<Candidate> {
        let numbered = sizes.iter().zip(1..);
        numbered
            .map(|(bytes, block)| part("all", block, *bytes, age_seconds))
            .collect()
    }

    #[test]
    fn few_young_parts_wait() {
        assert_eq!(choose(&parts(&[], 0), &LIMITS), None);
        assert_eq!(choose(&parts(&[1000], 1_000_000), &LIMITS), None);
        assert_eq!(choose(&parts(&[1000, 1000], 1), &LIMITS), None);
        let eager = MergeLimits {
            is_eager: true,
            ..LIMITS
        };
        assert_eq!(choose(&parts(&[1000, 1000], 1), &eager), Some(0..2));
        assert_eq!(choose(&parts(&[1000], 1), &eager), None);
    }

    #[test]
    fn six_of_a_size_are_merged_at_once() {
        assert_eq!(choose(&parts(&[1000; 6], 1), &LIMITS), Some(0..6));
    }

    #[test]
    fn two_old_parts_are_merged() {
        assert_eq!(choose(&parts(&[1000, 1000], 7200), &LIMITS), Some(0..2));
    }

    #[test]
    fn a_large_part_is_left_out_of_merges_of_small_ones() {
        let mut sizes = vec![10 << 30];
        sizes.extend([1000; 6]);
        assert_eq!(choose(&parts(&sizes, 100), &LIMITS), Some(1..7));
    }

    #[test]
    fn limits_hold() {
        let many = parts(&[1 << 30; 200], 100);
        let check = |limits: MergeLimits, most: usize| {
            let chosen = choose(&many, &limits).expect("there are many");
            assert!(chosen.len() <= most, "{chosen:?}");
        };
        check(LIMITS, 100);
        check(
            MergeLimits {
                bytes_max: 7 << 30,
                ..LIMITS
            },
            7,
        );
        check(
            MergeLimits {
                parts_max: 10,
                ..LIMITS
            },
            10,
        );
        check(
            MergeLimits {
                parts_max: usize::MAX,
                ..LIMITS
            },
            200,
        );
        assert_eq!(
            choose(
                &many,
                &MergeLimits {
                    bytes_max: 1 << 30,
                    ..LIMITS
                }
            ),
            None
        );
        assert_eq!(
            choose(
                &many,
                &MergeLimits {
                    rows_max: 1000,
                    ..LIMITS
                }
            ),
            None
        );
    }

    #[test]
    fn partitions_and_busy_parts_are_borders() {
        let mut two: Vec<Candidate> = (1..5).map(|block| part("a", block, 1000, 1)).collect();
        two.extend((5..9).map(|block| part("b", block, 1000, 1)));
        assert_eq!(choose(&two, &LIMITS), None);
        assert_eq!(choose_all(&two), [0..4, 4..8]);
        let mut busy = parts(&[1000; 12], 1);
        busy[5].is_busy = true;
        assert_eq!(choose(&busy, &LIMITS), Some(6..12));
    }

    /// Inserts of one size, merged as chosen: rows are rewritten a logarithmic number of times, parts stay few.
    #[test]
    fn parts_stay_few_and_rows_are_rewritten_seldom() {
        const INSERTS: u64 = 3000;
        const BYTES: u64 = 10_000_000;
        let (mut parts, mut written, mut most): (Vec<Candidate>, u64, usize) = (Vec::new(), 0, 0);
        for block in 1..=INSERTS {
            parts.iter_mut().for_each(|part| part.age_seconds += 1);
            parts.push(part("all", block, BYTES, 0));
            if let Some(chosen) = choose(&parts, &LIMITS) {
                let inputs: Vec<Candidate> = parts.drain(chosen.clone()).collect();
                let bytes = inputs.iter().map(|part| part.bytes).sum();
                written += bytes;
                parts.insert(chosen.start, part("all", inputs[0].name.min_block, bytes, 0));
            }
            most = most.max(parts.len());
        }
        let rewritten = written as f64 / (INSERTS * BYTES) as f64;
        assert!(
            most <= 60 && rewritten <= 6.0,
            "{most} parts, each row written {rewritten} times"
        );
    }

    proptest! {
        #[test]
        fn choices_are_always_within_the_rules(
            sizes in proptest::collection::vec((0u64..3, 1u64..1_000_000_000, 0u64..1_000_000, any::<bool>()), 0..60),
            bytes_max in 1u64..10_000_000_000,
            parts_max in 2usize..20,
        ) {
            let mut all: Vec<Candidate> = sizes.iter().zip(1..).map(|((partition, bytes, age, busy), block)| Candidate {
                is_busy: *busy,
                ..part(&partition.to_string(), block, *bytes, *age)
            }).collect();
            all.sort_by(|left, right| left.name.cmp(&right.name));
            let limits = MergeLimits { bytes_max, parts_max, ..LIMITS };
            if let Some(chosen) = choose(&all, &limits) {
                let inputs = &all[chosen];
                prop_assert!((2..=parts_max).contains(&inputs.len()));
                prop_assert!(inputs.iter().map(|part| part.bytes).sum::<u64>() <= bytes_max);
                prop_assert!(inputs.iter().all(|part| !part.is_busy && part.name.partition_id == inputs[0].name.partition_id));
            }
        }
    }
}
