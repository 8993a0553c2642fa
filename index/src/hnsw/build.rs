//! From rows of vectors to the bytes of a sub-index.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::file::{self, Content};
use super::graph::Graph;
use super::reach::connect;
use super::rounding::row_error;
use super::rows::RowLayout;
use crate::codes::{encode, encoded_length};
use crate::{Error, Metric, Result, SUB_INDEX_ROWS_MAX, VectorIndexDefinition, Vectors};
use rayon::prelude::*;

/// What usearch takes where M is 0.
const M_OF_USEARCH: u32 = 16;
/// Rows that one task adds: small enough to keep all threads busy to the end.
const ROWS_PER_TASK: usize = 64;

/// Builds the graph of one row range.
pub struct SubIndexBuilder {
    definition: VectorIndexDefinition,
    layout: RowLayout,
    graph: Graph,
    vectors: Vec<u8>,
    scales: Vec<f32>,
    /// The bits of the largest error of a row: those of numbers that are not negative sort as the numbers do.
    error: AtomicU64,
    counter: Option<Arc<AtomicU64>>,
}

impl SubIndexBuilder {
    /// Room for `rows` vectors; more may come. Additions run on the current rayon pool.
    pub fn new(definition: &VectorIndexDefinition, rows: usize) -> Result<Self> {
        let layout = RowLayout::new(definition);
        let mut vectors = Vec::new();
        vectors
            .try_reserve_exact(rows.saturating_mul(layout.stride))
            .map_err(|error| Error::Build(error.to_string()))?;
        let graph = Graph::new(definition, rows)?;
        Ok(Self {
            definition: definition.clone(),
            layout,
            graph,
            vectors,
            scales: Vec::with_capacity(rows),
            error: AtomicU64::new(0f64.to_bits()),
            counter: None,
        })
    }

    /// About how much memory the build of so many rows takes at its end, where the graph, what usearch saves of it and
    /// the finished bytes are there one after the other, each beside the vectors.
    pub fn memory_bytes(definition: &VectorIndexDefinition, rows: u64) -> u64 {
        let links = u64::from(match definition.m {
            0 => M_OF_USEARCH,
            m => m,
        });
        // Key and level, a count and 2 M links on the base level, and on the level above about one node in M.
        let node = 10 + 4 * (2 * links + 1) + 4 * (links + 1) / links;
        let stride = RowLayout::new(definition).stride as u64;
        let vectors = stride
            .saturating_mul(2)
            .saturating_add(Graph::vector_bytes(definition) as u64);
        let row = vectors.saturating_add(2 * node);
        let codes = if definition.has_codes() {
            encoded_length(rows as usize, definition.dimensions)
        } else {
            None
        };
        rows.saturating_mul(row)
            .saturating_add(2 * codes.unwrap_or_default() as u64)
    }

    /// Counts rows in `counter` as they are added, for whoever watches.
    pub fn counting(mut self, counter: Option<Arc<AtomicU64>>) -> Self {
        self.counter = counter;
        self
    }

    /// Rows added so far.
    pub fn rows(&self) -> usize {
        self.scales.len()
    }

    /// Adds the next rows. Non-finite numbers and other dimensions are refused in ClickHouse's words; the builder
    /// is of no use after an error.
    pub fn add(&mut self, added: Vectors<'_>) -> Result<()> {
        if added.dimensions() != self.definition.dimensions {
            return Err(Error::Data(format!(
                "Array values in column with vector similarity index have {} elements, expects {} elements.",
                added.dimensions(),
                self.definition.dimensions
            )));
        }
        let (first, count) = (self.rows(), added.rows());
        if (first + count) as u64 > SUB_INDEX_ROWS_MAX {
            return Err(Error::Build(format!(
                "more than {SUB_INDEX_ROWS_MAX} rows in one index"
            )));
        }
        self.graph.reserve(first + count)?;
        let stride = self.layout.stride;
        self.vectors.resize((first + count) * stride, 0);
        self.scales.resize(first + count, 0.0);
        let (layout, graph, counter, error) = (&self.layout, &self.graph, &self.counter, &self.error);
        let vectors = self.vectors[first * stride..].par_chunks_mut(stride);
        let scales = self.scales[first..].par_iter_mut();
        (vectors, scales)
            .into_par_iter()
            .enumerate()
            .with_min_len(ROWS_PER_TASK)
            .try_for_each_init(
                || Scratch::new(layout.dimensions),
                |scratch, (at, (encoded, scale))| {
                    scratch.read(&added, at)?;
                    *scale = layout.encode(&scratch.narrow, &scratch.wide, &mut encoded[..layout.width]);
                    let row_error = row_error(
                        layout,
                        &scratch.wide,
                        &encoded[..layout.width],
                        *scale,
                        &mut scratch.unit,
                    );
                    error.fetch_max(row_error.to_bits(), Ordering::Relaxed);
                    let row = u32::try_from(first + at).expect("bounded above");
                    graph.add(row, &scratch.narrow, &encoded[..layout.width], &mut scratch.unit)?;
                    if let Some(counter) = counter {
                        counter.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok(())
                },
            )
    }

    /// The bytes of the sub-index, for [`crate::SubIndex::open`].
    pub fn finish(self) -> Result<Vec<u8>> {
        let codes = self.codes().unwrap_or_default();
        let mut saved = self.graph.save()?;
        // By products, long vectors are everybody's neighbours and short ones nobody's: these are no answers.
        if self.definition.metric != Metric::Dot {
            connect(&mut saved);
        }
        file::write(&Content {
            definition: &self.definition,
            layout: &self.layout,
            vectors: &self.vectors,
            scales: &self.scales,
            error: f64::from_bits(self.error.into_inner()),
            codes: &codes,
            saved: &saved,
        })
    }
}

impl SubIndexBuilder {
    /// Codes of the rows as they are kept.
    fn codes(&self) -> Option<Vec<u8>> {
        let (layout, definition) = (&self.layout, &self.definition);
        let read = |row: usize, numbers: &mut [f32]| {
            let encoded = &self.vectors[row * layout.stride..][..layout.width];
            layout.decode(encoded, self.scales[row], numbers);
        };
        let has_codes = definition.has_codes();
        has_codes.then(|| encode(definition.metric, self.rows(), definition.dimensions, read))?
    }
}

/// One vector in the precisions that are asked for.
struct Scratch {
    narrow: Vec<f32>,
    wide: Vec<f64>,
    unit: Vec<f32>,
}

impl Scratch {
    fn new(dimensions: usize) -> Self {
        Self {
            narrow: vec![0.0; dimensions],
            wide: vec![0.0; dimensions],
            unit: vec![0.0; dimensions],
        }
    }

    /// Takes one row, which must be finite (as f32 too: distances are f32).
    fn read(&mut self, vectors: &Vectors<'_>, row: usize) -> Result<()> {
        vectors.row_f32(row, &mut self.narrow);
        if !self.narrow.iter().all(|number| number.is_finite()) {
            return Err(Error::Data(
                "Vector for vector similarity index (indexed vector) must not contain non-finite values (NaN or Inf)."
                    .into(),
            ));
        }
        vectors.row_f64(row, &mut self.wide);
        Ok(())
    }
}
