//! A reference vector in the form that codes are compared with.

use super::rotation::rotate;
use super::scaling::{length, scale};
use crate::Metric;
use crate::kernels::{BLOCK_ROWS, KeyTerms, Level, ROUNDING, level};
use std::sync::OnceLock;

/// How many standard deviations of its estimate a key is taken to be lower, at most: one in 740 exceeds it. Rows near each
/// other have nearly the same code, so that the rows nearest to a vector are lost together or not at all. (Those in its
/// direction are estimated better: of sentence embeddings 1.9 keeps 99.8 % of the ten nearest.)
pub(crate) const ERROR_FACTOR: f32 = 3.0;

/// The same for the rounding of table entries, where it adds little.
const ROUNDING_FACTOR: f64 = 5.0;
/// The largest table entry.
const ENTRY_MAX: f64 = 255.0;
/// Fine entries are steps of such a share of a coarse one's.
const FINE_STEPS: u32 = 255;
/// Centres nearer to the origin are taken for it.
const CENTRE_MIN: f32 = 1e-20;
/// What numbers below the range of f32 may add up to.
const UNDERFLOW: f64 = 1e-30;

/// Rounding of entries may take this share of the estimate's own error; beyond it, fine entries are looked up too.
const ROUNDING_SHARE: f32 = 0.3;
/// The most padded dimensions of which sums of fine entries fit 31 bits.
const FINE_DIMENSIONS_MAX: usize = 1 << 17;

/// A reference vector made ready: one for all sub-indexes of its metric and dimensions.
#[derive(Debug, Clone)]
pub(crate) struct Lookup {
    metric: Metric,
    /// As codes see it: of unit length for cosine.
    vector: Vec<f32>,
    length: f64,
    /// P q, padded.
    rotated: Vec<f64>,
    coarse: Table,
    /// Made for the first sub-index that needs it.
    fine: OnceLock<Fine>,
    error_factor: f32,
}

/// `<b, P q>` is `base + step * (the sum of a code's entries)`, or less.
#[derive(Debug, Clone)]
struct Table {
    entries: Vec<u8>,
    step: f32,
    base: f32,
    /// By how much that may be more than the product is.
    slack: f32,
}

/// What the entries of the other table leave, in steps of 1/255 of theirs: the product is `base + step * (255 times the sum of
/// their entries and the sum of these)`, or less.
#[derive(Debug, Clone)]
struct Fine {
    entries: Vec<u8>,
    step: f32,
    base: f32,
}

/// The tables for the rows of a sub-index: for each four numbers of a code the 16 values that they can add to the sum.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tables<'a> {
    pub coarse: &'a [u8],
    pub fine: Option<&'a [u8]>,
}

impl Tables<'_> {
    /// The sums of a block of codes.
    #[inline]
    pub fn sums(&self, level: &Level, codes: &[u8]) -> [u32; BLOCK_ROWS] {
        let mut sums = [0; BLOCK_ROWS];
        // SAFETY: `level()` gives out what this machine can run.
        unsafe { (level.lookup_sums)(codes, self.coarse, &mut sums) };
        if let Some(fine) = self.fine {
            let mut rest = [0; BLOCK_ROWS];
            // SAFETY: as above.
            unsafe { (level.lookup_sums)(codes, fine, &mut rest) };
            for (sum, rest) in sums.iter_mut().zip(rest) {
                *sum = *sum * FINE_STEPS + rest;
            }
        }
        sums
    }
}

impl Lookup {
    /// None where codes can say nothing: for a vector with numbers that are not finite or of a length beyond 2^50, for a
    /// zero vector with cosine, and for L1 and Linf. All rows have to be compared then.
    ///
    /// Keys are taken to be `error_factor` standard deviations lower than estimated; [`ERROR_FACTOR`] is a good one.
    pub(crate) fn new(metric: Metric, vector: &[f32], error_factor: f32) -> Option<Self> {
        let mut numbers: Vec<f64> = vector.iter().map(|number| f64::from(*number)).collect();
        if !scale(metric, &mut numbers) {
            return None;
        }
        let length = length(&numbers);
        if numbers.is_empty() || metric == Metric::Cosine && length == 0.0 {
            return None;
        }
        let vector = numbers.iter().map(|number| *number as f32).collect();
        numbers.resize(numbers.len().next_multiple_of(64), 0.0);
        rotate(&mut numbers);
        Some(Self {
            metric,
            vector,
            length,
            coarse: table(&numbers),
            fine: OnceLock::new(),
            rotated: numbers,
            error_factor,
        })
    }

    /// How many numbers the vector has.
    pub(crate) fn dimensions(&self) -> usize {
        self.vector.len()
    }

    /// What makes sums of the codes of a sub-index with this centre (its f32 numbers), and keys of the sums.
    ///
    /// Entries are rounded in proportion to the length of the reference vector, estimates err in proportion to its distance
    /// from the centre: where rows and it lie far from the origin, but near each other, fine entries are needed.
    pub(super) fn prepare(&self, centre: &[u8]) -> (Tables<'_>, KeyTerms) {
        let (scale, plus, distance) = self.key_terms(centre);
        let error = self.error_factor * distance as f32;
        let is_coarse = self.coarse.slack > ROUNDING_SHARE * error && self.rotated.len() <= FINE_DIMENSIONS_MAX;
        let fine = is_coarse.then(|| self.fine.get_or_init(|| fine(&self.rotated, &self.coarse)));
        let tables = Tables {
            coarse: &self.coarse.entries,
            fine: fine.map(|fine| fine.entries.as_slice()),
        };
        let (step, base) = fine.map_or((self.coarse.step, self.coarse.base), |fine| (fine.step, fine.base));
        let terms = KeyTerms {
            scale,
            plus: (plus - UNDERFLOW * (1.0 + self.length)) as f32,
            step,
            base,
            error,
        };
        (tables, terms)
    }

    /// Scale, G and g.
    fn key_terms(&self, centre: &[u8]) -> (f32, f64, f64) {
        let loops = &level().f32;
        // SAFETY: `level()` gives out what this machine can run.
        unsafe {
            match self.metric {
                Metric::Dot | Metric::Cosine => {
                    let (product, square) = (loops.dot_and_square)(&self.vector, centre);
                    self.product_terms(product, square)
                }
                _ => {
                    let square = f64::from((loops.l2_squared)(&self.vector, centre));
                    (1.0, square * (1.0 - f64::from(ROUNDING)), square.sqrt())
                }
            }
        }
    }

    /// Scale, G without what rounding may add, and g from the product with the centre and the centre's square.
    fn product_terms(&self, product: f32, square: f32) -> (f32, f64, f64) {
        let scale = if square > CENTRE_MIN { product / square } else { 0.0 };
        let (product, square, scale_wide) = (f64::from(product), f64::from(square), f64::from(scale));
        let own = self.length * self.length;
        let rounding = f64::from(ROUNDING);
        // |q - s c|² for whatever s has become; the difference of large numbers, hence the last term.
        let left = own - 2.0 * scale_wide * product + scale_wide * scale_wide * square + rounding * own;
        let one = if self.metric == Metric::Cosine { 1.0 } else { 0.0 };
        let slack = rounding * (one + self.length * square.sqrt());
        (scale, one - product - slack, left.max(0.0).sqrt())
    }
}

/// The table of a rotated vector.
///
/// Entries are rounded to steps, which makes an error in each. Their mean is known and part of the base, as are
/// [`ROUNDING_FACTOR`] standard deviations of their sum over random codes, or the most that it can be if that is less: a
/// statistical bound, like the one of the estimate.
fn table(numbers: &[f64]) -> Table {
    let fours = numbers.as_chunks::<4>().0;
    let step = (fours.iter().map(most).fold(0.0, f64::max) * 2.0 / ENTRY_MAX) as f32;
    let mut entries = vec![0; fours.len() * 16];
    let (mut lowest, mut errors) = (0.0, Errors::default());
    for (four, entries) in fours.iter().zip(entries.as_chunks_mut::<16>().0) {
        lowest -= most(four);
        errors.add(&round(values(four), -most(four), f64::from(step), entries));
    }
    let slack = errors.slack();
    Table {
        entries,
        step,
        base: (lowest + errors.mean + slack - lowest * f64::from(ROUNDING)) as f32,
        slack: slack as f32,
    }
}

/// The same for what rounding left of the entries of a table.
fn fine(numbers: &[f64], coarse: &Table) -> Fine {
    let fours = numbers.as_chunks::<4>().0;
    let (coarse_step, mut entries) = (f64::from(coarse.step), vec![0; fours.len() * 16]);
    let step = (coarse_step / f64::from(FINE_STEPS)) as f32;
    let (mut lowest, mut errors) = (0.0, Errors::default());
    for (four, entries) in fours.iter().zip(entries.as_chunks_mut::<16>().0) {
        lowest -= most(four);
        let left = round(values(four), -most(four), coarse_step, &mut [0; 16]);
        errors.add(&round(left, -coarse_step / 2.0, f64::from(step), entries));
    }
    let below = coarse_step / 2.0 * fours.len() as f64;
    let base = lowest - below + errors.mean + errors.slack() - lowest * f64::from(ROUNDING);
    let base = base as f32;
    Fine { entries, step, base }
}

/// The largest sum of four numbers, whatever their signs.
fn most(four: &[f64; 4]) -> f64 {
    four.iter().map(|number| number.abs()).sum()
}

/// What rounding makes of sums over codes.
#[derive(Default)]
struct Errors {
    mean: f64,
    variance: f64,
    largest: f64,
}

impl Errors {
    /// Adds those of the entries of one choice.
    fn add(&mut self, errors: &[f64; 16]) {
        let (sum, squares) = errors.iter().fold((0.0, 0.0), |(sum, squares), error| {
            (sum + error, squares + error * error)
        });
        self.mean += sum / 16.0;
        self.variance += (squares - sum * sum / 16.0).max(0.0) / 16.0;
        self.largest += errors.iter().fold(f64::MIN, |most, error| most.max(*error));
    }

    /// How far sums are above the mean, at most.
    fn slack(&self) -> f64 {
        (ROUNDING_FACTOR * self.variance.sqrt()).min(self.largest - self.mean)
    }
}

/// What four numbers add to the sum, for each code of theirs.
fn values(four: &[f64; 4]) -> [f64; 16] {
    let mut values = [-four.iter().sum::<f64>(); 16];
    for (code, value) in values.iter_mut().enumerate() {
        let set = four.iter().enumerate().filter(|(bit, _)| code >> bit & 1 == 1);
        *value += 2.0 * set.map(|(_, number)| number).sum::<f64>();
    }
    values
}

/// Makes entries of values, in steps above `low`; by how much each stands for too little.
fn round(mut values: [f64; 16], low: f64, step: f64, entries: &mut [u8; 16]) -> [f64; 16] {
    let per_step = if step > 0.0 { 1.0 / step } else { 0.0 };
    for (value, entry) in values.iter_mut().zip(entries) {
        *entry = ((*value - low) * per_step + 0.5) as u8;
        *value -= low + f64::from(*entry) * step;
    }
    values
}
