//! How large a sub-index becomes, told from its definition: what `file.rs` writes, without the rows.

use super::file::{ALIGNMENT, HEADER_BYTES, SECTIONS};
use super::rows::RowLayout;
use super::sub_index::SubIndex;
use crate::VectorIndexDefinition;
use crate::codes::encoded_length;

/// Bytes of a link or a row number.
const LINK_BYTES: u64 = 4;
/// Bytes of a row's scale.
const SCALE_BYTES: u64 = 4;

impl SubIndex {
    /// About how much memory an opened sub-index of so many rows takes. How many nodes are above the base level is left
    /// to chance when it is built: one in M on average.
    pub fn estimated_bytes(definition: &VectorIndexDefinition, rows: u64) -> u64 {
        let layout = RowLayout::new(definition);
        let m = u64::from(definition.m.max(2));
        let scale = if layout.scaled() { SCALE_BYTES } else { 0 };
        let base = (layout.stride as u64).saturating_add(scale + 2 * m * LINK_BYTES);
        let codes = match definition.has_codes() {
            true => usize::try_from(rows)
                .ok()
                .and_then(|rows| encoded_length(rows, definition.dimensions)),
            false => None,
        };
        let upper_rows = rows / m;
        let upper_lists = rows / (m - 1); // 1/M + 1/M² + …
        let fixed = HEADER_BYTES + SECTIONS * ALIGNMENT / 2 + size_of::<Self>();
        rows.saturating_mul(base)
            .saturating_add(upper_rows.saturating_mul(LINK_BYTES))
            .saturating_add(upper_lists.saturating_mul(m * LINK_BYTES))
            .saturating_add(codes.unwrap_or_default() as u64)
            .saturating_add(fixed as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::SubIndex;
    use crate::{Metric, Quantization, SubIndexBuilder, VectorIndexDefinition, Vectors};

    #[test]
    fn estimates_are_near_what_is_built() {
        use Quantization::{B1, BF16, F16, F32, F64, I8};
        for quantization in [F64, F32, F16, BF16, I8, B1] {
            for (rows, dimensions, m) in [
                (1000, 8, 2),
                (1000, 96, 16),
                (1000, 48, 32),
                (3000, 16, 5),
                (1000, 200, 64),
            ] {
                let definition = VectorIndexDefinition {
                    metric: Metric::Cosine,
                    dimensions,
                    quantization,
                    m,
                    ef_construction: 8,
                };
                let mut builder = SubIndexBuilder::new(&definition, rows).unwrap();
                let numbers: Vec<f32> = (0..rows * dimensions)
                    .map(|at| ((at * 7919) % 1013) as f32 - 506.0)
                    .collect();
                builder.add(Vectors::from_f32(dimensions, &numbers)).unwrap();
                let built = SubIndex::open(builder.finish().unwrap().into()).unwrap().memory_bytes();
                let estimated = SubIndex::estimated_bytes(&definition, rows as u64);
                let share = estimated as f64 / built as f64;
                assert!(
                    (0.9..1.1).contains(&share),
                    "{definition:?}, {rows} rows: {estimated} for {built}"
                );
            }
        }
    }
}
