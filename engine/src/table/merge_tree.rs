//! An open MergeTree table as the catalog holds it.

use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::source_as_provider;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableSource, TableType};
use datafusion::physical_plan::ExecutionPlan;
use gristmill_storage::directory::Directory;
use gristmill_storage::{MergeTree, Part, PartSet, RowRanges, TableOptions};
use uuid::Uuid;

use crate::error::Result;
use crate::settings::Settings;
use crate::stop::StopSign;
use crate::table::final_rows::{FinalMemory, FinalRead};
use crate::table::keys::Keys;
use crate::table::prune::{PartRows, Selected, prune};
use crate::table::scan::MergeTreeScan;
use crate::table::{PartPlace, Reading, RowPolicy, TableDefinition};

/// The plain engine's name.
pub const MERGE_TREE: &str = "MergeTree";

/// A table: its definition and its parts. ALTER makes a new one over the same parts.
#[derive(Clone)]
pub struct MergeTreeTable {
    /// Columns, keys, indexes.
    pub definition: Arc<TableDefinition>,
    /// The parts.
    pub store: Arc<MergeTree>,
    /// Name of the table's data, whatever the table is called.
    pub uuid: Uuid,
    /// Set where a query reads it with FINAL.
    pub final_read: Option<FinalRead>,
    /// Which rows the user of a query may see, if not all.
    pub policy: Option<RowPolicy>,
    final_memory: Arc<FinalMemory>,
    /// How a query reads it.
    pub reading: Arc<Reading>,
}

impl MergeTreeTable {
    /// Opens the table's folder, creating it if it is not there.
    pub fn open(directory: Arc<dyn Directory>, dir: &Path, uuid: Uuid, definition: TableDefinition) -> Result<Self> {
        let definition = Arc::new(definition);
        let options = TableOptions {
            index_granularity: definition.index_granularity,
            replacement: definition.replacement.clone(),
            ..TableOptions::default()
        };
        let indexes = definition.indexes.iter().map(|index| index.spec()).collect();
        let keys = Arc::new(Keys::new(definition.clone()));
        let store = MergeTree::open_in(directory, dir, definition.table_schema(), options, indexes, keys)?;
        Ok(Self {
            definition,
            store: Arc::new(store),
            uuid,
            final_read: None,
            policy: None,
            final_memory: Arc::default(),
            reading: Arc::default(),
        })
    }

    /// Its database and name, as they were when this handle was taken.
    pub fn name(&self) -> (&str, &str) {
        let name = &self.definition.create.table;
        (name.database.as_deref().unwrap_or_default(), &name.name)
    }

    /// The same parts under another definition. It counts from [`MergeTree::adopt`] on.
    pub fn with_definition(&self, definition: TableDefinition) -> Self {
        let definition = Arc::new(definition);
        let indexes = definition.indexes.iter().map(|index| index.spec()).collect();
        let keys = Arc::new(Keys::new(definition.clone()));
        let store = Arc::new(self.store.altered(definition.table_schema(), indexes, keys));
        Self {
            definition,
            store,
            ..self.clone()
        }
    }

    /// The same table, read as a query's settings want it.
    pub fn read_with(self, settings: &Settings) -> Self {
        Self {
            reading: Arc::new(Reading::new(settings)),
            ..self
        }
    }

    /// The same table under another name.
    pub fn renamed(&self, database: &str, name: &str) -> Self {
        Self {
            definition: Arc::new(self.definition.renamed(database, name)),
            ..self.clone()
        }
    }

    /// The MergeTree table that a plan's scan reads, if it reads one.
    pub fn of(source: &Arc<dyn TableSource>) -> Option<Self> {
        let provider = source_as_provider(source).ok()?;
        provider.downcast_ref::<Self>().cloned()
    }

    /// The same table with the rows alone that a policy shows.
    pub fn with_policy(self, policy: Option<RowPolicy>) -> Self {
        Self { policy, ..self }
    }

    /// The same table as FINAL reads it.
    pub fn with_final(&self, read: FinalRead) -> Self {
        Self {
            final_read: Some(read),
            reading: Arc::new(self.reading.with_final()),
            ..self.clone()
        }
    }

    /// The same for another statement, which may be stopped otherwise.
    pub fn for_statement(&self, stop: &StopSign) -> Self {
        let final_read = self.final_read.as_ref().map(|read| FinalRead {
            stop: stop.clone(),
            ..read.clone()
        });
        Self {
            final_read,
            policy: self.policy.as_ref().map(|policy| policy.for_statement(stop)),
            ..self.clone()
        }
    }

    /// The rows of a snapshot that a query sees: what was not deleted, and with FINAL not replaced, and no row policy hides. `needed` says which
    /// rows it has to look at, all of a key or none; more may come out.
    pub fn readable(&self, parts: &PartSet, needed: impl FnOnce() -> Result<Vec<RowRanges>>) -> Result<Vec<PartRows>> {
        let rows = match &self.final_read {
            Some(read) => self.final_memory.rows(&self.store, parts, read, needed)?,
            None => Self::alive(parts),
        };
        match &self.policy {
            Some(policy) => policy.keep(rows),
            None => Ok(rows),
        }
    }

    /// The rows of a snapshot that were not deleted.
    fn alive(parts: &PartSet) -> Vec<PartRows> {
        let all = |(part, place): (&Arc<Part>, PartPlace)| PartRows {
            part: part.clone(),
            place,
            rows: part.alive(),
            left: None,
        };
        parts.parts().iter().zip(PartPlace::all(parts)).map(all).collect()
    }

    /// The parts as they are now.
    pub fn snapshot(&self) -> Arc<PartSet> {
        self.store.snapshot()
    }

    /// The same for a query, which keeps them: TABLE_IS_DROPPED if another table may have this one's name by now.
    pub fn parts_to_read(&self) -> Result<Arc<PartSet>> {
        Ok(self.store.parts_to_read()?)
    }
}

impl std::fmt::Debug for MergeTreeTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let table = &self.definition.create.table;
        write!(
            f,
            "MergeTree({}.{})",
            table.database.as_deref().unwrap_or_default(),
            table.name
        )
    }
}

#[async_trait]
impl TableProvider for MergeTreeTable {
    fn schema(&self) -> SchemaRef {
        self.definition.scanned.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Parts and granules are left out, single rows are not.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DataFusionResult<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let snapshot = self.parts_to_read()?;
        let pruning = prune(self, &snapshot, filters)?;
        // Counting all rows reads nothing.
        let reads = !filters.is_empty() || projection.is_none_or(|columns| !columns.is_empty());
        if reads && !snapshot.parts().is_empty() {
            self.reading.check(&self.definition, &pruning, &[])?;
        }
        let scanned = &self.definition.scanned;
        let schema = match projection {
            Some(columns) => Arc::new(scanned.project(columns)?),
            None => scanned.clone(),
        };
        let selected = Selected::all(&pruning, &snapshot);
        // A filter above the scan may still drop rows, so a limit holds only without one.
        let limit = if filters.is_empty() { limit } else { None };
        let streams = state.config().target_partitions();
        let batch_rows = state.config().batch_size();
        let scan = MergeTreeScan::new(self, schema, pruning, limit, streams, batch_rows);
        Ok(Arc::new(scan.selecting(selected)))
    }
}
