//! Indexes: arrays and bytes in, index bytes out, answers by row number (vector search) or block of rows (skip indexes).
//!
//! Start at [`SubIndex`] (an opened HNSW graph, searched in place) and [`SubIndexBuilder`] (which makes its
//! bytes); [`exact`] is the search without a graph, [`kernels`] the distances both of them use. Skip indexes are
//! in [`skip`].
//!
//! This crate opens no files and knows no parts: `storage` decides when an index is built and where its bytes
//! lie. It knows no SQL either: arguments arrive as [`Literal`]s, answers leave as row numbers and keys that
//! [`Metric::to_sql`] turns into the value of a distance function. All use of usearch is in `hnsw/graph.rs`.

mod cache;
mod codes;
mod definition;
mod error;
pub mod exact;
mod hnsw;
pub mod kernels;
mod row_set;
pub mod skip;
mod top;
mod vectors;
mod workers;

pub use cache::{
    CacheKey, CacheLimits, CacheMetrics, CachePolicy, Loaded, Lookup, PROTECTED_SHARE_DEFAULT, Source, SubIndexCache,
};
pub use definition::{Literal, Metric, Quantization, VectorIndexDefinition};
pub use error::{Error, Result};
pub use hnsw::{Counters, Found, Hit, Scan, SubIndex, SubIndexBuilder, VectorQuery};
pub use row_set::RowSet;
pub use vectors::{Element, Vectors};
pub use workers::Workers;

/// A walk keeps a row number and a mark in 32 bits, so no sub-index may outgrow this.
pub const SUB_INDEX_ROWS_MAX: u64 = (1 << 31) - 1;
