//! Vectors as a sub-index keeps them, and their comparison with a reference vector.

use crate::kernels::{Level, level, prefetch};
use crate::{Metric, Quantization, VectorIndexDefinition};
use half::{bf16, f16};

/// Largest finite value of f16: larger ones are stored as this one.
const F16_MAX: f32 = 65504.0;
/// Steps of an i8 on either side of zero.
const I8_STEPS: f32 = 127.0;

/// The layout of a definition's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowLayout {
    pub metric: Metric,
    pub quantization: Quantization,
    pub dimensions: usize,
    /// Bytes that hold numbers.
    pub width: usize,
    /// Bytes from row to row.
    pub stride: usize,
}

impl RowLayout {
    pub fn new(definition: &VectorIndexDefinition) -> Self {
        let VectorIndexDefinition {
            metric,
            quantization,
            dimensions,
            ..
        } = *definition;
        // A definition may say any number of dimensions; no row can have too many.
        let width = match quantization {
            Quantization::B1 => dimensions / 8,
            _ => dimensions.saturating_mul(quantization.bits() / 8),
        };
        let padded = width.checked_next_multiple_of(64).unwrap_or(width);
        let stride = if padded - width <= width / 8 { padded } else { width };
        Self {
            metric,
            quantization,
            dimensions,
            width,
            stride,
        }
    }

    /// True if every row has a number beside its vector.
    pub fn scaled(&self) -> bool {
        match self.quantization {
            Quantization::B1 => false,
            Quantization::I8 => true,
            _ => self.metric == Metric::Cosine,
        }
    }

    /// The numbers of a row as they are kept; of i8 with cosine their directions only, of b1 nothing.
    pub fn decode(&self, row: &[u8], scale: f32, numbers: &mut [f32]) {
        fn each<const N: usize>(row: &[u8], numbers: &mut [f32], number: impl Fn([u8; N]) -> f32) {
            for (to, bytes) in numbers.iter_mut().zip(row.as_chunks::<N>().0) {
                *to = number(*bytes);
            }
        }
        match self.quantization {
            Quantization::F64 => each(row, numbers, |it| f64::from_le_bytes(it) as f32),
            Quantization::F32 => each(row, numbers, f32::from_le_bytes),
            Quantization::F16 => each(row, numbers, |it| f16::from_le_bytes(it).to_f32()),
            Quantization::BF16 => each(row, numbers, |it| bf16::from_le_bytes(it).to_f32()),
            Quantization::I8 => {
                let step = if self.metric == Metric::Cosine { 1.0 } else { scale };
                each(row, numbers, |[it]| f32::from(it as i8) * step);
            }
            Quantization::B1 => {}
        }
    }

    /// Writes one row, of `vector`'s numbers (`wide` holds the same at full precision), and gives its scale.
    pub fn encode(&self, vector: &[f32], wide: &[f64], row: &mut [u8]) -> f32 {
        let mut square = 0f64;
        let mut step = 1f32;
        match self.quantization {
            Quantization::F64 => {
                for (number, bytes) in wide.iter().zip(row.as_chunks_mut::<8>().0) {
                    *bytes = number.to_le_bytes();
                    square += number * number;
                }
            }
            Quantization::F32 => {
                for (number, bytes) in vector.iter().zip(row.as_chunks_mut::<4>().0) {
                    *bytes = number.to_le_bytes();
                    square += f64::from(*number) * f64::from(*number);
                }
            }
            Quantization::F16 => {
                for (number, bytes) in vector.iter().zip(row.as_chunks_mut::<2>().0) {
                    let half = f16::from_f32(number.clamp(-F16_MAX, F16_MAX));
                    *bytes = half.to_le_bytes();
                    square += half.to_f64() * half.to_f64();
                }
            }
            Quantization::BF16 => {
                for (number, bytes) in vector.iter().zip(row.as_chunks_mut::<2>().0) {
                    let half = bf16::from_f32(number.clamp(bf16::MIN.to_f32(), bf16::MAX.to_f32()));
                    *bytes = half.to_le_bytes();
                    square += half.to_f64() * half.to_f64();
                }
            }
            Quantization::I8 => {
                let most = vector.iter().fold(0f32, |most, number| most.max(number.abs()));
                step = most / I8_STEPS;
                for (number, byte) in vector.iter().zip(row) {
                    let steps = if most > 0.0 {
                        (number / most * I8_STEPS).round()
                    } else {
                        0.0
                    };
                    *byte = steps as i8 as u8;
                    square += f64::from(steps) * f64::from(steps);
                }
            }
            Quantization::B1 => {
                bits(vector, row);
            }
        }
        match self.metric {
            // Vectors whose length f32 cannot divide by have no direction here, as zero vectors.
            Metric::Cosine => Some((1.0 / square.sqrt()) as f32)
                .filter(|scale| scale.is_finite())
                .unwrap_or(0.0),
            _ => step,
        }
    }
}

/// One bit a number, as usearch packs them.
fn bits(vector: &[f32], row: &mut [u8]) {
    for (numbers, byte) in vector.chunks(8).zip(row) {
        let set = |(at, number): (usize, &f32)| if *number > 0.0 { 128u8 >> at } else { 0 };
        *byte = numbers.iter().enumerate().map(set).sum();
    }
}

/// A reference vector in the form its rows are compared with.
#[derive(Debug, Default)]
pub struct Reference {
    numbers: Vec<f32>,
    bits: Vec<u8>,
    zero: bool,
}

impl Reference {
    /// Takes over a vector, reusing the memory of the last one.
    pub fn set(&mut self, vector: &[f32], layout: &RowLayout) {
        self.numbers.clear();
        self.numbers.extend_from_slice(vector);
        self.zero = vector.iter().all(|number| *number == 0.0);
        if layout.quantization == Quantization::B1 {
            self.bits.clear();
            self.bits.resize(layout.width, 0);
            bits(vector, &mut self.bits);
        } else if layout.metric == Metric::Cosine && !self.zero {
            let square: f64 = vector
                .iter()
                .map(|number| f64::from(*number) * f64::from(*number))
                .sum();
            let scale = 1.0 / square.sqrt();
            self.numbers
                .iter_mut()
                .for_each(|number| *number = (f64::from(*number) * scale) as f32);
        }
    }
}

/// How a sum over numbers becomes a key.
#[derive(Clone, Copy)]
enum Shape {
    /// Squared distance: it is the key.
    Plain(unsafe fn(&[f32], &[u8]) -> f32),
    /// Product: its negation, times the row's step for i8.
    Dot(unsafe fn(&[f32], &[u8]) -> f32),
    /// Product of a unit vector with the row, times the row's inverse length.
    Cosine(unsafe fn(&[f32], &[u8]) -> f32),
    /// Cosine against a zero vector: as ClickHouse, 0 for a zero row and 1 for all others.
    CosineOfZero,
    L2OfI8(unsafe fn(&[f32], &[u8], f32) -> f32),
    Hamming(unsafe fn(&[u8], &[u8]) -> u32),
}

/// Gives the key of any row against one reference vector.
#[derive(Clone, Copy)]
pub struct Comparison<'a> {
    vectors: &'a [u8],
    scales: &'a [[u8; 4]],
    reference: &'a Reference,
    shape: Shape,
    width: usize,
    stride: usize,
}

impl<'a> Comparison<'a> {
    pub fn new(layout: &RowLayout, vectors: &'a [u8], scales: &'a [u8], reference: &'a Reference) -> Self {
        let level: &Level = level();
        let rows = match layout.quantization {
            Quantization::F64 => &level.f64_narrow,
            Quantization::F32 => &level.f32,
            Quantization::F16 => &level.f16,
            Quantization::BF16 => &level.bf16,
            Quantization::I8 | Quantization::B1 => &level.i8,
        };
        let shape = match (layout.quantization, layout.metric) {
            (Quantization::B1, _) => Shape::Hamming(level.hamming),
            (_, Metric::Cosine) if reference.zero => Shape::CosineOfZero,
            (_, Metric::Cosine) => Shape::Cosine(rows.dot),
            (_, Metric::Dot) => Shape::Dot(rows.dot),
            (Quantization::I8, _) => Shape::L2OfI8(level.l2_squared_i8),
            _ => Shape::Plain(rows.l2_squared),
        };
        Self {
            vectors,
            scales: scales.as_chunks().0,
            reference,
            shape,
            width: layout.width,
            stride: layout.stride,
        }
    }

    fn scale(&self, row: u32) -> f32 {
        self.scales
            .get(row as usize)
            .map_or(1.0, |bytes| f32::from_le_bytes(*bytes))
    }

    /// The ascending key of one row.
    #[inline]
    pub fn key(&self, row: u32) -> f32 {
        let from = row as usize * self.stride;
        let bytes = &self.vectors[from..from + self.width];
        let numbers = &self.reference.numbers;
        // SAFETY: the functions come from `level()`, which gives out what this machine can run.
        unsafe {
            match self.shape {
                Shape::Plain(sum) => sum(numbers, bytes),
                Shape::Dot(sum) => -(sum(numbers, bytes) * self.scale(row)),
                Shape::Cosine(sum) => 1.0 - sum(numbers, bytes) * self.scale(row),
                Shape::CosineOfZero => f32::from(u8::from(self.scale(row) != 0.0)),
                Shape::L2OfI8(sum) => sum(numbers, bytes, self.scale(row)),
                Shape::Hamming(count) => count(&self.reference.bits, bytes) as f32,
            }
        }
    }

    /// Asks for the first bytes of a row before they are needed.
    #[inline]
    pub fn prefetch(&self, row: u32) {
        let from = row as usize * self.stride;
        prefetch(&self.vectors[from..from + self.width]);
    }
}
