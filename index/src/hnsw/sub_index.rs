//! An opened sub-index and the questions it answers.

use super::file::Opened;
use super::walk;
use crate::{Error, Result, RowSet, VectorIndexDefinition};
use bytes::Bytes;
use std::sync::atomic::AtomicBool;

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
    /// Rows whose codes were looked at.
    pub coded: u64,
}

/// The answer: nearest first, ties by row number.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// At most `k`; fewer if the walk did not meet more allowed rows.
    pub hits: Vec<Hit>,
    /// What it cost.
    pub counters: Counters,
}

/// An opened sub-index, searched in place from any number of threads.
#[derive(Debug)]
pub struct SubIndex {
    pub(super) file: Opened,
    /// A scan found that codes rule out hardly any row.
    pub(super) codes_are_poor: AtomicBool,
}

impl SubIndex {
    /// Checks every byte against its checksum and every link against the number of rows. The bytes should start
    /// at a multiple of 64 in memory, for speed.
    pub fn open(bytes: Bytes) -> Result<Self> {
        Ok(Self {
            file: Opened::check(bytes)?,
            codes_are_poor: AtomicBool::new(false),
        })
    }

    /// The same index in a new mapping of the same file: it is not checked again, so that nothing of it is read into
    /// memory before it is searched.
    pub fn moved_to(self, bytes: Bytes) -> Result<Self> {
        let file = self.file.moved_to(bytes)?;
        Ok(Self {
            file,
            codes_are_poor: self.codes_are_poor,
        })
    }

    /// The definition it was built with; M and ef_construction as they were used.
    pub fn definition(&self) -> &VectorIndexDefinition {
        &self.file.definition
    }

    /// Rows indexed.
    pub fn rows(&self) -> u32 {
        self.file.rows
    }

    /// Bytes of memory it keeps, the mapped ones included.
    pub fn memory_bytes(&self) -> u64 {
        (self.file.len() + size_of::<Self>()) as u64
    }

    /// The nearest allowed rows that the walk meets. With few rows allowed it may meet fewer than there are: the
    /// caller then searches with more effort or exactly.
    pub fn search(&self, query: &VectorQuery<'_>, allowed: Option<&RowSet>) -> Result<Found> {
        self.check(
            query.vector.len(),
            query.vector.iter().all(|number| number.is_finite()),
            allowed,
        )?;
        Ok(walk::search(&self.file, query, allowed))
    }

    /// Refuses a reference vector of another length or with numbers that are not finite.
    pub(super) fn check(&self, numbers: usize, are_finite: bool, allowed: Option<&RowSet>) -> Result<()> {
        let dimensions = self.file.definition.dimensions;
        if numbers != dimensions {
            return Err(Error::Query(format!(
                "The dimension of the reference vector in the query ({}) does not match the dimension in the index \
                 ({dimensions}).",
                numbers
            )));
        }
        if !are_finite {
            return Err(Error::Query(
                "Vector for vector similarity index (reference vector in the SELECT query) must not contain \
                 non-finite values (NaN or Inf)."
                    .into(),
            ));
        }
        if let Some(allowed) = allowed {
            assert_eq!(allowed.rows(), self.file.rows, "a set over the rows of another index");
        }
        Ok(())
    }
}
