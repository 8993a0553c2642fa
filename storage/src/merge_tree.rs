//! A table on disk: the set of its parts, and the one way to change it.

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;

use crate::{IndexSpec, InsertOptions, Part, PartName, Result, SharedEvaluator, TableOptions, TableSchema};

/// What a query reads, start to end, whatever merges or inserts do meanwhile.
#[derive(Clone, Debug, Default)]
pub struct PartSet {
    parts: Vec<Arc<Part>>,
}

impl PartSet {
    /// The parts by partition, then by block.
    pub fn parts(&self) -> &[Arc<Part>] {
        &self.parts
    }

    /// The part of that name.
    pub fn get(&self, name: &PartName) -> Option<&Arc<Part>> {
        self.parts.iter().find(|part| part.name() == name)
    }

    /// Rows in all parts.
    pub fn rows(&self) -> u64 {
        self.parts.iter().map(|part| part.rows()).sum()
    }
}

/// Parts that appear and parts that disappear, at once.
#[derive(Debug, Default)]
pub struct Change {
    /// Written under temporary names, not yet visible.
    pub add: Vec<NewPart>,
    /// Active parts that go.
    pub remove: Vec<PartName>,
}

/// A part that is completely written, under a temporary name. Dropping it removes its files.
#[derive(Debug)]
pub struct NewPart {}

/// A part that could not be opened and was set aside in `detached/broken_<name>`.
#[derive(Clone, Debug)]
pub struct BrokenPart {
    /// Its name while it was active.
    pub name: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A table's parts.
pub struct MergeTree {}

impl MergeTree {
    /// Opens the table in `dir`, which is created if it does not exist.
    ///
    /// Temporary folders of an interrupted insert are removed, stale parts dropped, broken parts set aside
    /// (see [`broken_parts`](MergeTree::broken_parts)).
    pub fn open(
        dir: &Path,
        schema: TableSchema,
        options: TableOptions,
        indexes: Vec<IndexSpec>,
        evaluator: SharedEvaluator,
    ) -> Result<MergeTree> {
        let _ = (dir, schema, options, indexes, evaluator);
        todo!()
    }

    /// Parts that were found broken when the table was opened.
    pub fn broken_parts(&self) -> &[BrokenPart] {
        todo!()
    }

    /// The parts as they are now. Their files stay for as long as the snapshot is held.
    pub fn snapshot(&self) -> Arc<PartSet> {
        todo!()
    }

    /// Sorts the rows, writes one part per partition, and commits them all at once. Durable when it returns.
    pub fn insert(&self, batch: RecordBatch, options: &InsertOptions) -> Result<Vec<Arc<Part>>> {
        let _ = (batch, options);
        todo!()
    }

    /// The only way parts appear or disappear: insert, merge and mutation all end here.
    pub fn commit(&self, change: Change) -> Result<Vec<Arc<Part>>> {
        let _ = change;
        todo!()
    }

    /// Removes all rows. Block numbers go on.
    pub fn truncate(&self) -> Result<()> {
        todo!()
    }

    /// Removes the table's folder. Snapshots that are still held stay readable.
    pub fn drop_all(&self) -> Result<()> {
        todo!()
    }
}
