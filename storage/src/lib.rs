//! Parts on disk: what a MergeTree table stores, how it is written, committed and read.
//!
//! Start at [`MergeTree`]; a table is a set of immutable [`Part`]s. `FORMAT.md` specifies every byte on disk.
//!
//! This crate knows Arrow, Parquet and parts. It knows no SQL, no DataFusion and no async runtime: calls block,
//! and expressions (`ORDER BY`, `PARTITION BY`, index inputs) are evaluated by the [`KeyEvaluator`] it is given.

mod alive_rows;
mod checked_file;
mod coding;
mod commit;
mod delete;
mod detached;
pub mod directory;
mod error;
mod file_name;
mod gaps;
mod hidden_parts;
mod load;
mod lock;
mod manifest;
mod merge;
mod merge_tree;
mod mutations;
mod part;
mod part_name;
mod part_set;
mod partition;
mod partition_id;
mod primary_index;
mod reindex;
mod reservation;
mod rewrite;
mod row_ranges;
mod shape;
mod sip_hash;
mod some_columns;
mod sort;
mod survivors;
mod table;
mod thread_pools;
mod transfer;
mod update;
mod vector_index_file;
mod write;

pub use coding::{ColumnCoding, Compression, Encoding};
pub use commit::Change;
pub use detached::DetachedPart;
pub use error::{BoxError, Error, Result};
pub use file_name::escape;
pub use load::BrokenPart;
pub use lock::{DatabaseLock, lock_database, lock_database_in};
pub use merge::{
    Candidate, ChangedValues, LeftOut, MergeLimits, MergeOptions, MergeProgress, RowTest, choose, choose_all,
    merge_space, merged_name,
};
pub use merge_tree::MergeTree;
pub use mutations::{
    FindRows, Mutation, MutationFailure, MutationJob, MutationOrder, MutationState, MutationStatus, MutationStep,
    RunFailure, RunningMutation,
};
pub use part::{ColumnSize, PageCache, Part, PartIndex, PartReader, StoredPart, SubIndexBytes, VectorColumn};
pub use part_name::PartName;
pub use part_set::PartSet;
pub use partition_id::partition_id;
pub use primary_index::GranuleBounds;
pub use reindex::{IndexJob, Replaced};
pub use row_ranges::RowRanges;
pub use shape::{ColumnLookup, Computation, Conversion, MissingColumn};
pub use survivors::Replacement;
pub use table::{
    IndexChoice, IndexKind, IndexSpec, InsertOptions, KeyEvaluator, NoKeys, SharedEvaluator, TYPE_KEY, TableOptions,
    TableSchema,
};
pub use thread_pools::{IndexBuildThreads, index_build_threads, set_index_build_threads, work_in_background};
pub use transfer::Transferred;
pub use update::UpdateJob;
pub use write::NewPart;
