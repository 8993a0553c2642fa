//! HNSW graphs: built by usearch (`graph.rs`), kept in our own file (`file.rs`), searched in place by our own
//! walk (`walk.rs`).

use crate::{Result, RowSet, VectorIndexDefinition, Vectors};
use bytes::Bytes;

/// A question to one sub-index.
#[derive(Debug, Clone, Copy)]
pub struct VectorQuery<'a> {
    /// The reference vector, of the index's dimension, finite.
    pub vector: &'a [f32],
    /// How many rows to find.
    pub k: usize,
    /// Candidates kept during the walk (`hnsw_candidate_list_size_for_search`); at least `k` are kept.
    pub effort: usize,
    /// Keys at or above this are of no use to the caller.
    pub bound: Option<f32>,
}

/// A row and its ascending key: squared L2 distance, cosine distance, or negated product.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Row number inside the sub-index.
    pub row: u32,
    /// [`crate::Metric::to_sql`] turns it into the SQL value.
    pub distance: f32,
}

/// What a walk cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Nodes whose links were followed.
    pub visited: u64,
    /// Distances computed.
    pub computed: u64,
}

/// The answer: nearest first, ties by row number.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// At most `k`; fewer if the walk did not meet more allowed rows.
    pub hits: Vec<Hit>,
    /// What it cost.
    pub counters: Counters,
}

/// Builds the graph of one row range.
pub struct SubIndexBuilder {}

impl SubIndexBuilder {
    /// Room for `rows` vectors; more may come. Additions run on the current rayon pool.
    pub fn new(definition: &VectorIndexDefinition, rows: usize) -> Result<Self> {
        let _ = (definition, rows);
        todo!()
    }

    /// Adds the next rows. Non-finite numbers and other dimensions are refused in ClickHouse's words.
    pub fn add(&mut self, vectors: Vectors<'_>) -> Result<()> {
        let _ = vectors;
        todo!()
    }

    /// Rows added so far.
    pub fn rows(&self) -> usize {
        todo!()
    }

    /// The bytes of the sub-index, for [`SubIndex::open`].
    pub fn finish(self) -> Result<Vec<u8>> {
        todo!()
    }
}

/// An opened sub-index, searched in place.
#[derive(Debug)]
pub struct SubIndex {}

impl SubIndex {
    /// Checks every byte against its checksum and every link against the number of rows. The bytes should start
    /// at a multiple of 64 (a mapped file, or an offset in one), for speed.
    pub fn open(bytes: Bytes) -> Result<Self> {
        let _ = bytes;
        todo!()
    }

    /// The definition it was built with.
    pub fn definition(&self) -> &VectorIndexDefinition {
        todo!()
    }

    /// Rows indexed.
    pub fn rows(&self) -> u32 {
        todo!()
    }

    /// Bytes of memory it keeps, the mapped ones included.
    pub fn memory_bytes(&self) -> u64 {
        todo!()
    }

    /// The nearest allowed rows that the walk meets.
    pub fn search(&self, query: &VectorQuery<'_>, allowed: Option<&RowSet>) -> Result<Found> {
        let _ = (query, allowed);
        todo!()
    }
}
