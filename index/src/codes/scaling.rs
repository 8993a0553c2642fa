//! Vectors as codes see them: of unit length for cosine, and none whose squares leave the range of f32.

use crate::Metric;

/// Longer vectors are not coded: products of two lengths and a few thousand dimensions stay finite in f32.
const LENGTH_MAX: f64 = (1u64 << 50) as f64;
/// Shorter vectors have no direction that f32 can be trusted with.
const LENGTH_MIN: f64 = 1.0 / LENGTH_MAX;

/// Brings a vector to unit length if the metric asks for it; a zero vector stays zero. False, with zeros for the numbers,
/// where codes can say nothing of the vector.
pub fn scale(metric: Metric, numbers: &mut [f64]) -> bool {
    let length = length(numbers);
    let known = match metric {
        Metric::L2 | Metric::L2Squared | Metric::Dot => length <= LENGTH_MAX,
        Metric::Cosine => length.is_finite() && (length == 0.0 || length >= LENGTH_MIN),
        Metric::L1 | Metric::Linf => false,
    };
    if !known {
        numbers.fill(0.0);
    } else if metric == Metric::Cosine && length > 0.0 {
        let by = 1.0 / length;
        numbers.iter_mut().for_each(|number| *number *= by);
    }
    known
}

/// The length of a vector of numbers that fit f32.
pub fn length(numbers: &[f64]) -> f64 {
    crate::kernels::dot(numbers, numbers).sqrt()
}
