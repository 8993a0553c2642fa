//! A reference vector in the form that codes are compared with.

use super::rotation::rotate;
use super::scaling::{length, scale};
use crate::Metric;
use crate::kernels::{KeyTerms, ROUNDING, level};

/// How many standard deviations of its estimate a key is taken to be lower, at most: one in 740 exceeds it. Rows near each
/// other have nearly the same code, so that the rows nearest to a vector are lost together or not at all. (Those in its
/// direction are estimated better: of sentence embeddings 1.9 keeps 99.8 % of the ten nearest.)
pub(crate) const ERROR_FACTOR: f32 = 3.0;

/// The same for the rounding of table entries, where it adds little.
const ROUNDING_FACTOR: f64 = 5.0;
/// The largest table entry.
const ENTRY_MAX: f64 = 255.0;
/// Centres nearer to the origin are taken for it.
const CENTRE_MIN: f32 = 1e-20;
/// What numbers below the range of f32 may add up to.
const UNDERFLOW: f64 = 1e-30;

/// A reference vector made ready: one for all sub-indexes of its metric and dimensions.
#[derive(Debug, Clone)]
pub(crate) struct Lookup {
    metric: Metric,
    /// As codes see it: of unit length for cosine.
    vector: Vec<f32>,
    length: f64,
    table: Vec<u8>,
    step: f32,
    base: f32,
    error_factor: f32,
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
        let (table, step, base) = table(&numbers);
        Some(Self {
            metric,
            vector,
            length,
            table,
            step,
            base,
            error_factor,
        })
    }

    /// How many numbers the vector has.
    pub(crate) fn dimensions(&self) -> usize {
        self.vector.len()
    }

    /// For each four numbers of a code the 16 values that they can add to the sum.
    pub(super) fn table(&self) -> &[u8] {
        &self.table
    }

    /// What makes keys of the sums of a sub-index with this centre (its f32 numbers).
    pub(super) fn terms(&self, centre: &[u8]) -> KeyTerms {
        let loops = &level().f32;
        // SAFETY: `level()` gives out what this machine can run.
        let (scale, plus, distance) = unsafe {
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
        };
        KeyTerms {
            scale,
            plus: (plus - UNDERFLOW * (1.0 + self.length)) as f32,
            step: self.step,
            base: self.base,
            error: self.error_factor * distance as f32,
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

/// Table, step and base: `<b, numbers>` is `base + step * (the sum of a code's entries)`, or less.
///
/// Entries are rounded to steps, which makes an error in each. Their mean is known and part of the base, as are
/// [`ROUNDING_FACTOR`] standard deviations of their sum over random codes, or the most that it can be if that is less: a
/// statistical bound, like the one of the estimate.
fn table(numbers: &[f64]) -> (Vec<u8>, f32, f32) {
    let fours = numbers.as_chunks::<4>().0;
    let most = |four: &[f64; 4]| four.iter().map(|number| number.abs()).sum::<f64>();
    let step = (fours.iter().map(most).fold(0.0, f64::max) * 2.0 / ENTRY_MAX) as f32;
    let mut table = vec![0; fours.len() * 16];
    let (mut lowest, mut mean, mut variance, mut largest) = (0.0, 0.0, 0.0, 0.0);
    for (four, entries) in fours.iter().zip(table.as_chunks_mut::<16>().0) {
        let low = -most(four);
        lowest += low;
        let errors = round_entries(four, low, f64::from(step), entries);
        let (sum, squares) = errors.iter().fold((0.0, 0.0), |(sum, squares), error| {
            (sum + error, squares + error * error)
        });
        mean += sum / 16.0;
        variance += (squares - sum * sum / 16.0).max(0.0) / 16.0;
        largest += errors.iter().fold(f64::MIN, |most, error| most.max(*error));
    }
    let slack = (ROUNDING_FACTOR * variance.sqrt()).min(largest - mean);
    let base = lowest + mean + slack - lowest * f64::from(ROUNDING);
    (table, step, base as f32)
}

/// Fills the entries of four numbers, in steps above `low`; by how much each stands for too little.
fn round_entries(four: &[f64; 4], low: f64, step: f64, entries: &mut [u8; 16]) -> [f64; 16] {
    let mut values = [-four.iter().sum::<f64>(); 16];
    for (code, value) in values.iter_mut().enumerate() {
        let set = four.iter().enumerate().filter(|(bit, _)| code >> bit & 1 == 1);
        *value += 2.0 * set.map(|(_, number)| number).sum::<f64>();
    }
    let per_step = if step > 0.0 { 1.0 / step } else { 0.0 };
    for (value, entry) in values.iter_mut().zip(entries) {
        *entry = ((*value - low) * per_step + 0.5) as u8;
        *value -= low + f64::from(*entry) * step;
    }
    values
}
