//! System tables. Adding one is a file with a `TABLE` and a line in [`TABLES`].

mod about;
mod asynchronous_inserts;
mod asynchronous_metrics;
mod columns;
mod completions;
mod data_skipping_index_types;
mod data_skipping_indices;
mod data_type_families;
mod databases;
mod detached_parts;
mod detached_tables;
mod disks;
mod empty;
mod events;
mod formats;
mod functions;
pub mod information_schema;
mod merge_tree_settings;
mod merges;
mod metrics;
mod mutations;
mod numbers;
mod one;
mod part_log;
mod parts;
mod processes;
mod prometheus;
mod query_log;
mod server_settings;
mod settings;
mod table_engines;
mod table_functions;
mod tables;
mod users;
mod vector_index_builds;
mod vector_indexes;
mod warnings;

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result as DataFusionResult;
use datafusion::datasource::MemTable;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use gristmill_sql::analyzer::Column;
use gristmill_sql::parser::quote_string;
use gristmill_sql::types::{DataType, back_quote_if_needed};
use parking_lot::Mutex;

use crate::catalog::SYSTEM;
use crate::cells::Cells;
use crate::environment::Environment;
use crate::error::Result;
use crate::table_functions::Numbers;

/// Every system table that may have rows, by name.
const TABLES: &[&SystemTable] = &[
    &asynchronous_inserts::TABLE,
    &asynchronous_metrics::TABLE,
    &about::BUILD_OPTIONS,
    &columns::TABLE,
    &completions::TABLE,
    &about::CONTRIBUTORS,
    &data_skipping_index_types::TABLE,
    &data_skipping_indices::TABLE,
    &data_type_families::TABLE,
    &databases::TABLE,
    &detached_parts::TABLE,
    &detached_tables::TABLE,
    &disks::DISKS,
    &events::TABLE,
    &formats::TABLE,
    &functions::TABLE,
    &about::KEYWORDS,
    &about::LICENSES,
    &merge_tree_settings::TABLE,
    &merges::TABLE,
    &metrics::TABLE,
    &mutations::TABLE,
    &numbers::TABLE,
    &numbers::PARALLEL,
    &one::TABLE,
    &part_log::TABLE,
    &parts::TABLE,
    &processes::TABLE,
    &query_log::TABLE,
    &server_settings::TABLE,
    &settings::TABLE,
    &disks::STORAGE_POLICIES,
    &table_engines::TABLE,
    &table_functions::TABLE,
    &tables::TABLE,
    &about::TIME_ZONES,
    &users::CURRENT_ROLES,
    &users::DIRECTORIES,
    &users::ENABLED_ROLES,
    &users::GRANTS,
    &users::PRIVILEGES_TABLE,
    &users::PROFILES,
    &users::PROFILE_ELEMENTS,
    &users::QUOTAS,
    &users::QUOTA_LIMITS,
    &users::ROLES,
    &users::ROLE_GRANTS,
    &users::ROW_POLICIES,
    &users::USERS,
    &vector_index_builds::TABLE,
    &vector_indexes::TABLE,
    &warnings::TABLE,
];

/// How a system table gets its rows.
pub enum Content {
    /// Computed when a query names the table.
    Rows(fn(&Environment, &mut Cells) -> Result<()>),
    /// All numbers.
    Numbers,
}

/// One system table.
pub struct SystemTable {
    /// Name in database `system`.
    pub name: &'static str,
    /// Name, type and meaning of each column.
    pub columns: &'static [(&'static str, &'static str, &'static str)],
    /// Its rows.
    pub content: Content,
}

/// Every system table.
pub fn all() -> impl Iterator<Item = &'static SystemTable> {
    TABLES.iter().copied().chain(empty::tables())
}

/// The system table of that name.
pub fn find(name: &str) -> Option<&'static SystemTable> {
    all().find(|table| table.name == name)
}

/// Whether a database is made of what the engine knows, and nobody writes to it.
pub fn is_system(database: &str) -> bool {
    database == SYSTEM || information_schema::DATABASES.contains(&database)
}

impl SystemTable {
    /// Columns as the analyzer wants them.
    pub fn columns(&self) -> Vec<Column> {
        let column = |(name, data_type, comment): &(&str, &str, &str)| {
            let data_type = DataType::parse(data_type).expect("system tables have known types");
            Column {
                comment: (*comment).into(),
                ..Column::ordinary(*name, data_type)
            }
        };
        self.columns.iter().map(column).collect()
    }

    /// The engine that ClickHouse names for it.
    pub fn engine(&self) -> String {
        match self.content {
            Content::Numbers => "SystemNumbers".into(),
            Content::Rows(_) => {
                let word = |word: &str| {
                    let (first, rest) = word.split_at(1);
                    format!("{}{rest}", first.to_uppercase())
                };
                format!("System{}", self.name.split('_').map(word).collect::<String>())
            }
        }
    }

    /// What SHOW CREATE prints.
    pub fn create_text(&self) -> String {
        let column = |(name, data_type, comment): &(&str, &str, &str)| match comment.is_empty() {
            true => format!("    `{name}` {data_type}"),
            false => format!("    `{name}` {data_type} COMMENT {}", quote_string(comment)),
        };
        let columns = self.columns.iter().map(column).collect::<Vec<_>>().join(",\n");
        let name = back_quote_if_needed(self.name);
        format!(
            "CREATE TABLE system.{name}\n(\n{columns}\n)\nENGINE = {}",
            self.engine()
        )
    }

    /// What a query reads.
    pub fn provider(&'static self, environment: &Environment) -> Arc<dyn TableProvider> {
        match self.content {
            Content::Numbers => Arc::new(Numbers::endless()),
            Content::Rows(fill) => Arc::new(Snapshot::new(self, fill, environment)),
        }
    }
}

/// The rows as they were when the query named the table. An error is kept until the table is read, so
/// that DESCRIBE works whatever state the database is in.
struct Snapshot {
    name: &'static str,
    schema: SchemaRef,
    rows: Mutex<Result<Arc<MemTable>>>,
}

impl Snapshot {
    fn new(
        table: &'static SystemTable,
        fill: fn(&Environment, &mut Cells) -> Result<()>,
        environment: &Environment,
    ) -> Self {
        let fields = table
            .columns()
            .into_iter()
            .map(|column| column.data_type.field(&column.name));
        let schema = Arc::new(arrow::datatypes::Schema::new(fields.collect::<Vec<_>>()));
        let rows = || -> Result<Arc<MemTable>> {
            let mut cells = Cells::new(table.columns.iter().map(|column| (column.0, column.1)))?;
            fill(environment, &mut cells)?;
            let batch = cells.finish()?;
            Ok(Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]])?))
        };
        Self {
            name: table.name,
            schema,
            rows: Mutex::new(rows()),
        }
    }
}

/// The name of the system table that a query reads through this, if it reads one.
pub fn name_of(provider: &dyn TableProvider) -> Option<&'static str> {
    provider.downcast_ref::<Snapshot>().map(|snapshot| snapshot.name)
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "system.{}", self.name)
    }
}

#[async_trait]
impl TableProvider for Snapshot {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
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
        let rows = self.rows.lock().clone()?;
        rows.scan(state, projection, filters, limit).await
    }
}
