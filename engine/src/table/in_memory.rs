//! Tables that are not on disk: Memory, whose rows go with the process, and Null, which keeps none.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::MemTable;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use gristmill_sql::Code;
use gristmill_sql::parser::CreateTable;
use parking_lot::RwLock;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::insert::batch_bytes;
use crate::table::{RowPolicy, TableDefinition};

/// The engine that keeps rows in memory.
pub const MEMORY: &str = "Memory";
/// The engine that keeps none.
pub const NULL: &str = "Null";

/// A table without files but its definition.
#[derive(Clone)]
pub struct InMemoryTable {
    /// Columns.
    pub definition: Arc<TableDefinition>,
    /// Tells it from others of its name.
    pub uuid: Uuid,
    /// Whole inserts' blocks in order; None for Null.
    blocks: Option<Arc<RwLock<VecDeque<RecordBatch>>>>,
    bounds: Bounds,
    /// Which rows the user of a query may see, if not all.
    policy: Option<RowPolicy>,
}

impl InMemoryTable {
    /// An empty table.
    pub fn new(uuid: Uuid, definition: TableDefinition) -> Result<Self> {
        Ok(Self {
            blocks: (definition.engine() == MEMORY).then(Arc::default),
            bounds: Bounds::new(&definition.create)?,
            policy: None,
            definition: Arc::new(definition),
            uuid,
        })
    }

    /// The same table with the rows alone that a policy shows.
    pub fn with_policy(self, policy: Option<RowPolicy>) -> Self {
        Self { policy, ..self }
    }

    /// The same rows under another name.
    pub fn renamed(&self, database: &str, name: &str) -> Self {
        Self {
            definition: Arc::new(self.definition.renamed(database, name)),
            ..self.clone()
        }
    }

    /// Whether it is a Memory table.
    pub fn keeps_rows(&self) -> bool {
        self.blocks.is_some()
    }

    /// Adds the blocks of an INSERT, all at once; the oldest blocks go where there are too many.
    pub fn append(&self, added: Vec<RecordBatch>) {
        let Some(blocks) = &self.blocks else {
            return;
        };
        let mut blocks = blocks.write();
        blocks.extend(added.into_iter().filter(|block| block.num_rows() > 0));
        self.bounds.apply(&mut blocks);
    }

    /// Removes all rows. Null has none to remove, and says so.
    pub fn truncate(&self) -> Result<()> {
        match &self.blocks {
            Some(blocks) => blocks.write().clear(),
            None => {
                let message = "Truncate is not supported by storage Null";
                return Err(Error::new(Code::NOT_IMPLEMENTED, message));
            }
        }
        Ok(())
    }

    /// Rows and the bytes that they take.
    pub fn size(&self) -> (u64, u64) {
        let blocks = self.blocks();
        let rows: usize = blocks.iter().map(RecordBatch::num_rows).sum();
        let bytes: usize = blocks.iter().map(batch_bytes).sum();
        (rows as u64, bytes as u64)
    }

    fn blocks(&self) -> Vec<RecordBatch> {
        let blocks = self.blocks.as_ref();
        blocks.map_or(Vec::new(), |blocks| blocks.read().iter().cloned().collect())
    }
}

impl std::fmt::Debug for InMemoryTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}({})", self.definition.engine(), self.definition.create.table.name)
    }
}

#[async_trait]
impl TableProvider for InMemoryTable {
    fn schema(&self) -> SchemaRef {
        self.definition.stored.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let mut blocks = self.blocks();
        if let Some(policy) = &self.policy {
            let shown = blocks.iter().map(|block| policy.filter(block));
            blocks = shown.collect::<Result<_>>()?;
        }
        let rows = MemTable::try_new(self.definition.stored.clone(), vec![blocks])?;
        rows.scan(state, projection, filters, limit).await
    }
}

/// How much a Memory table holds; 0 is no limit.
#[derive(Clone, Copy, Debug, Default)]
struct Bounds {
    rows: (u64, u64),
    bytes: (u64, u64),
}

impl Bounds {
    /// The table's settings.
    fn new(create: &CreateTable) -> Result<Self> {
        let mut bounds = Self::default();
        let engine = create.engine.as_ref().map_or(MEMORY, |engine| &engine.name);
        for (name, value) in &create.settings {
            let text = value.text();
            let place = match name.as_str() {
                "min_rows_to_keep" => &mut bounds.rows.0,
                "max_rows_to_keep" => &mut bounds.rows.1,
                "min_bytes_to_keep" => &mut bounds.bytes.0,
                "max_bytes_to_keep" => &mut bounds.bytes.1,
                "compress" if engine == MEMORY => continue, // says how, not what
                _ => {
                    let message = format!("Unknown setting '{name}': for storage {engine}");
                    return Err(Error::new(Code::UNKNOWN_SETTING, message));
                }
            };
            *place = text.parse().map_err(|_| {
                let message = format!("Setting {name} takes a number, not '{text}'");
                Error::new(Code::CANNOT_PARSE_NUMBER, message)
            })?;
        }
        for (what, (min, max)) in [("rows", bounds.rows), ("bytes", bounds.bytes)] {
            if min > max {
                let message = format!(
                    "Setting `min_{what}_to_keep` cannot be higher than the `max_{what}_to_keep`. \
                     `min_{what}_to_keep`: {min}, `max_{what}_to_keep`: {max}"
                );
                return Err(Error::new(Code::SETTING_CONSTRAINT_VIOLATION, message));
            }
        }
        Ok(bounds)
    }

    /// Lets the oldest blocks go while there is too much, and enough is left without them.
    fn apply(&self, blocks: &mut VecDeque<RecordBatch>) {
        if self.rows.1 == 0 && self.bytes.1 == 0 {
            return;
        }
        let size = |block: &RecordBatch| (block.num_rows() as u64, batch_bytes(block) as u64);
        let sizes = blocks.iter().map(size);
        let (mut rows, mut bytes) = sizes.fold((0, 0), |sum, size| (sum.0 + size.0, sum.1 + size.1));
        let is_above = |(_, max): (u64, u64), now: u64| max > 0 && now > max;
        while is_above(self.rows, rows) || is_above(self.bytes, bytes) {
            let Some(oldest) = blocks.front().map(size) else {
                return;
            };
            if rows - oldest.0 < self.rows.0 || bytes - oldest.1 < self.bytes.0 {
                return;
            }
            (rows, bytes) = (rows - oldest.0, bytes - oldest.1);
            blocks.pop_front();
        }
    }
}
