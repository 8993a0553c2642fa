//! What the key of a row in an index says of its key by its own numbers: rows are kept rounded.

use super::SubIndex;
use super::rows::RowLayout;
use crate::{Metric, Quantization};

/// How far sums in f32 may be off, of their size: some tens of roundings.
const ARITHMETIC: f64 = 4e-6;
/// Squares of longer rows may not fit f32, whatever their sum is.
const LENGTH_MAX: f64 = (1u64 << 60) as f64;

/// How far a row as it is kept lies from its own numbers, and a little more, for what sums in f32 add; with cosine, of
/// unit vectors. Infinite where nothing can be said: of b1, of rows so long that keys overflow, and with cosine of rows so
/// short that no direction is kept. `kept` is room for the row's numbers.
pub fn row_error(layout: &RowLayout, own: &[f64], row: &[u8], scale: f32, kept: &mut [f32]) -> f64 {
    if layout.quantization == Quantization::B1 {
        return f64::INFINITY;
    }
    layout.decode(row, scale, kept);
    let length = |square: f64| if square > 0.0 { square.sqrt() } else { 1.0 };
    let square_of_own: f64 = own.iter().map(|it| it * it).sum();
    let square_of_kept: f64 = kept.iter().map(|it| f64::from(*it).powi(2)).sum();
    let lost = layout.metric == Metric::Cosine && scale == 0.0 && square_of_own > 0.0;
    if lost || square_of_own.sqrt() > LENGTH_MAX {
        return f64::INFINITY;
    }
    let (of_own, of_kept, size) = match layout.metric {
        Metric::Cosine => (length(square_of_own), length(square_of_kept), 1.0),
        _ => (1.0, 1.0, square_of_own.sqrt()),
    };
    let pairs = own.iter().zip(kept.iter());
    let square: f64 = pairs
        .map(|(own, kept)| (own / of_own - f64::from(*kept) / of_kept).powi(2))
        .sum();
    square.sqrt() + ARITHMETIC * size
}

impl SubIndex {
    /// Whether the file says how far rows are rounded: those of version 1 do not.
    pub fn notes_rounding(&self) -> bool {
        self.file.notes_error()
    }

    /// Rows whose key in this index is `key` or more have a key of at least this by their own numbers; minus infinity
    /// where nothing can be said.
    ///
    /// With an error e of rows, a row's distances to the reference q by its own numbers and by the kept ones differ by e
    /// at most, its products with q by e |q|, and its angle to q by that of a chord of e.
    pub fn least_key(&self, key: f32, reference: &[f32]) -> f64 {
        let length = reference.iter().map(|it| f64::from(*it).powi(2)).sum::<f64>().sqrt();
        let (key, error) = (f64::from(key), self.file.error);
        match self.definition().metric {
            _ if !error.is_finite() || !key.is_finite() => f64::NEG_INFINITY,
            Metric::Cosine => {
                let angle = (1.0 - (key - ARITHMETIC)).clamp(-1.0, 1.0).acos();
                let off = 2.0 * (error / 2.0).min(1.0).asin();
                // The SQL function rounds too: to a little less than 0 for the same direction.
                1.0 - (angle - off).max(0.0).cos() - ARITHMETIC
            }
            Metric::Dot => key - (error + ARITHMETIC) * length - ARITHMETIC * key.abs(),
            _ => {
                let distance = key.max(0.0).sqrt() * (1.0 - ARITHMETIC);
                (distance - error - ARITHMETIC * length).max(0.0).powi(2)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::hnsw::{Scan, SubIndexBuilder};
    use crate::{Metric, Quantization, SubIndex, VectorIndexDefinition, Vectors};

    use Quantization::{B1, BF16, F16, F32, F64, I8};

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_row_is_nearer(
            numbers in proptest::collection::vec(-1000f32..1000.0, 8),
            reference in proptest::collection::vec(-1000f32..1000.0, 8),
            near in any::<bool>(),
        ) {
            let numbers: Vec<f32> = match near {
                true => reference.iter().zip(&numbers).map(|(at, by)| at + by / 1000.0).collect(),
                false => numbers,
            };
            let pairs = || numbers.iter().zip(&reference).map(|(row, at)| (f64::from(*row), f64::from(*at)));
            let dot: f64 = pairs().map(|(row, at)| row * at).sum();
            let lengths: f64 = pairs().map(|(row, _)| row * row).sum::<f64>() * pairs().map(|(_, at)| at * at).sum::<f64>();
            for quantization in [F64, F32, F16, BF16, I8, B1] {
                for metric in [Metric::L2, Metric::Cosine, Metric::Dot] {
                    let definition = VectorIndexDefinition { metric, quantization, dimensions: 8, m: 16, ef_construction: 32 };
                    let mut builder = SubIndexBuilder::new(&definition, 1).unwrap();
                    builder.add(Vectors::from_f32(8, &numbers)).unwrap();
                    let index = SubIndex::open(builder.finish().unwrap().into()).unwrap();
                    let kept = index.scan(&Scan::new(&definition, reference.clone(), 1), 0..1, None, false).unwrap().hits[0].distance;
                    let own = match metric {
                        Metric::Cosine => 1.0 - dot / lengths.sqrt(),
                        Metric::Dot => -dot,
                        _ => pairs().map(|(row, at)| (row - at).powi(2)).sum(),
                    };
                    let least = index.least_key(kept, &reference);
                    prop_assert!(least <= own, "{metric:?} {quantization:?}: {least} > {own}, kept {kept}");
                    // A bound that says nothing would do as well otherwise.
                    let spread = match (quantization, metric) {
                        (B1, _) => f64::INFINITY,
                        (I8, Metric::Cosine) => 0.1,
                        (_, Metric::Cosine) => 0.02,
                        (I8, Metric::L2) => 0.1 * (lengths.sqrt() + own),
                        (_, Metric::L2) => 0.02 * (lengths.sqrt() + own),
                        (I8, _) => 0.1 * lengths.sqrt(),
                        _ => 0.02 * lengths.sqrt(),
                    };
                    prop_assert!(least >= own - spread, "{metric:?} {quantization:?}: {least} for {own}, kept {kept}");
                }
            }
        }
    }
}
