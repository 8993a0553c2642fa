//! From the rows of a sub-index to the bytes of their codes.

use super::layout::Layout;
use super::rotation::rotate;
use super::scaling::scale;
use crate::Metric;
use crate::kernels::{BLOCK_ROWS, dot};
use rayon::prelude::*;

/// Fewest rows whose sum is worth a task.
const ROWS_PER_SUM: usize = 4096;
/// Most sums of rows at a time: each is as long as a vector.
const SUMS_MAX: usize = 64;

/// The codes of `rows` vectors: [`super::encoded_length`] bytes, laid out as the head of this module says. None where
/// there are none: for L1 and Linf, and for more rows or dimensions than codes can have.
///
/// `read` gives the `dimensions` numbers of a row: those that its keys are computed from, quantized or not. Each row is
/// read twice, on the threads of the current rayon pool.
pub(crate) fn encode(
    metric: Metric,
    rows: usize,
    dimensions: usize,
    read: impl Fn(usize, &mut [f32]) + Sync,
) -> Option<Vec<u8>> {
    if matches!(metric, Metric::L1 | Metric::Linf) {
        return None;
    }
    let layout = Layout::new(rows, dimensions)?;
    let source = Source { metric, layout, read };
    let centre = source.mean();
    let mut bytes = vec![0; layout.bytes];
    let (head, blocks) = bytes.split_at_mut(layout.code_bytes());
    for (number, bytes) in centre.iter().zip(head.as_chunks_mut::<4>().0) {
        *bytes = number.to_le_bytes();
    }
    let centre: Vec<f64> = centre.into_iter().map(f64::from).collect();
    let mut rotated_centre = centre.clone();
    rotate(&mut rotated_centre);
    let encoder = Encoder {
        source,
        centre,
        rotated_centre,
    };
    blocks.par_chunks_mut(layout.block_bytes()).enumerate().for_each_init(
        || Scratch::new(&layout),
        |scratch, (at, block)| encoder.block(at, block, scratch),
    );
    Some(bytes)
}

/// Vectors to encode.
struct Source<F> {
    metric: Metric,
    layout: Layout,
    read: F,
}

/// One vector in the making.
struct Scratch {
    narrow: Vec<f32>,
    /// The vector as codes see it, with zeros up to the padded dimensions.
    numbers: Vec<f64>,
    /// The signs of the numbers of P(x − c), as 1 and -1.
    signs: Vec<f64>,
}

impl Scratch {
    fn new(layout: &Layout) -> Self {
        Self {
            narrow: vec![0.0; layout.dimensions],
            numbers: vec![0.0; layout.padded],
            signs: vec![0.0; layout.padded],
        }
    }
}

impl<F: Fn(usize, &mut [f32]) + Sync> Source<F> {
    /// Takes one row. False, with zeros for its numbers, if it cannot be coded.
    fn take(&self, row: usize, scratch: &mut Scratch) -> bool {
        (self.read)(row, &mut scratch.narrow);
        let (numbers, rest) = scratch.numbers.split_at_mut(self.layout.dimensions);
        for (number, narrow) in numbers.iter_mut().zip(&scratch.narrow) {
            *number = f64::from(*narrow);
        }
        rest.fill(0.0);
        scale(self.metric, numbers)
    }

    /// The mean of all rows, padded. Which rows are summed up together does not depend on the number of threads.
    fn mean(&self) -> Vec<f32> {
        let rows = self.layout.rows;
        let rows_per_sum = ROWS_PER_SUM.max(rows.div_ceil(SUMS_MAX));
        let sums: Vec<Vec<f64>> = (0..rows.div_ceil(rows_per_sum))
            .into_par_iter()
            .map_init(
                || Scratch::new(&self.layout),
                |scratch, at| {
                    let mut sum = vec![0.0; self.layout.padded];
                    for row in at * rows_per_sum..rows.min((at + 1) * rows_per_sum) {
                        self.take(row, scratch);
                        add(&mut sum, &scratch.numbers);
                    }
                    sum
                },
            )
            .collect();
        let mut sum = vec![0.0; self.layout.padded];
        sums.iter().for_each(|part| add(&mut sum, part));
        sum.iter().map(|sum| (sum / rows.max(1) as f64) as f32).collect()
    }
}

fn add(sum: &mut [f64], numbers: &[f64]) {
    sum.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
}

/// A, R and E of a row.
type Factors = [f32; 3];

/// What a row has that cannot be coded: it always passes.
const UNKNOWN: Factors = [f32::NAN, 0.0, 0.0];

struct Encoder<F> {
    source: Source<F>,
    /// As it is kept, in f32: what rows differ from is then known exactly.
    centre: Vec<f64>,
    rotated_centre: Vec<f64>,
}

impl<F: Fn(usize, &mut [f32]) + Sync> Encoder<F> {
    /// Writes the block of rows `32 at` to `32 at + 31`, over zeros.
    fn block(&self, at: usize, block: &mut [u8], scratch: &mut Scratch) {
        let layout = &self.source.layout;
        let (codes, factors) = block.split_at_mut(layout.code_bytes());
        let factors = factors.as_chunks_mut::<4>().0;
        let first = at * BLOCK_ROWS;
        for row in 0..BLOCK_ROWS.min(layout.rows - first) {
            let found = if self.source.take(first + row, scratch) {
                let found = self.factors(scratch);
                write_code(codes, row, &scratch.numbers);
                found
            } else {
                UNKNOWN
            };
            for (kind, factor) in found.into_iter().enumerate() {
                factors[kind * BLOCK_ROWS + row] = factor.to_le_bytes();
            }
        }
    }

    /// The factors of one row. Its numbers become P(x − c).
    fn factors(&self, scratch: &mut Scratch) -> Factors {
        let Scratch { numbers, signs, .. } = scratch;
        for (number, centre) in numbers.iter_mut().zip(&self.centre) {
            *number -= centre;
        }
        let square = dot(numbers, numbers);
        let along_centre = dot(numbers, &self.centre);
        rotate(numbers);
        for (sign, number) in signs.iter_mut().zip(&*numbers) {
            *sign = if *number > 0.0 { 1.0 } else { -1.0 };
        }
        let magnitudes = dot(signs, numbers);
        let centre_code = dot(signs, &self.rotated_centre);
        let (k, error) = if magnitudes > 0.0 {
            let k = square / magnitudes;
            let padded = numbers.len() as f64;
            // Rounding may take a vector beyond the corners of the cube.
            let off = (padded - magnitudes * magnitudes / square).max(0.0);
            (k, k * (off / (padded - 1.0)).sqrt())
        } else {
            (0.0, 0.0)
        };
        let factors = match self.source.metric {
            Metric::Cosine | Metric::Dot => [k * centre_code - along_centre, -k, error],
            _ => [square + 2.0 * k * centre_code, -2.0 * k, 2.0 * error],
        };
        factors.map(|factor| factor as f32)
    }
}

/// Puts the signs of a row's numbers into its block: four of them into half a byte.
fn write_code(codes: &mut [u8], row: usize, numbers: &[f64]) {
    let shift = row / 16 * 4;
    for (numbers, bytes) in numbers.as_chunks::<4>().0.iter().zip(codes.as_chunks_mut::<16>().0) {
        let [a, b, c, d] = numbers.map(|number| u8::from(number > 0.0));
        bytes[row % 16] |= (a | b << 1 | c << 2 | d << 3) << shift;
    }
}
