//! Parts on disk: what a MergeTree table stores, how it is written, committed and read.
//!
//! Start at [`MergeTree`]; a table is a set of immutable [`Part`]s. `FORMAT.md` specifies every byte on disk.
//!
//! This crate knows Arrow, Parquet and parts. It knows no SQL, no DataFusion and no async runtime: calls block,
//! and expressions (`ORDER BY`, `PARTITION BY`, index inputs) are evaluated by the [`KeyEvaluator`] it is given.

mod error;
mod lock;
mod merge_tree;
mod part;
mod part_name;
mod row_ranges;
mod table;

pub use error::{BoxError, Error, Result};
pub use lock::{DatabaseLock, lock_database};
pub use merge_tree::{BrokenPart, Change, MergeTree, NewPart, PartSet};
pub use part::{ColumnSize, GranuleBounds, Part, PartReader, VectorColumn};
pub use part_name::PartName;
pub use row_ranges::RowRanges;
pub use table::{
    IndexChoice, IndexSpec, InsertOptions, KeyEvaluator, NoKeys, SharedEvaluator, TYPE_KEY, TableOptions, TableSchema,
};
