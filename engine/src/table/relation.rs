//! [`Relation`]: what a database holds under a name, whatever its engine.

use std::sync::Arc;

use gristmill_sql::parser::CreateTable;
use uuid::Uuid;

use crate::table::{InMemoryTable, MergeTreeTable, TableDefinition};

/// The engine that views are shown with.
pub const VIEW: &str = "View";

/// A table or a view.
#[derive(Clone)]
pub enum Relation {
    /// A table of parts, of whatever member of the family.
    MergeTree(MergeTreeTable),
    /// A table of engine Memory or Null.
    InMemory(InMemoryTable),
    /// A query with a name.
    View(View),
}

/// A query with a name. It is planned when it is read, with the settings of who reads it.
#[derive(Clone)]
pub struct View {
    /// The statement, and the columns as they were when it was made.
    pub definition: Arc<TableDefinition>,
    /// Tells it from others of its name.
    pub uuid: Uuid,
}

impl Relation {
    /// Its definition.
    pub fn definition(&self) -> &Arc<TableDefinition> {
        match self {
            Self::MergeTree(table) => &table.definition,
            Self::InMemory(table) => &table.definition,
            Self::View(view) => &view.definition,
        }
    }

    /// Tells it from others of its name, and names its data if it has some.
    pub fn uuid(&self) -> Uuid {
        match self {
            Self::MergeTree(table) => table.uuid,
            Self::InMemory(table) => table.uuid,
            Self::View(view) => view.uuid,
        }
    }

    /// The statement that makes it.
    pub fn create(&self) -> &CreateTable {
        &self.definition().create
    }

    /// Its engine's name.
    pub fn engine(&self) -> &str {
        self.definition().engine()
    }

    /// The table of parts, if it is one.
    pub fn merge_tree(&self) -> Option<&MergeTreeTable> {
        match self {
            Self::MergeTree(table) => Some(table),
            Self::InMemory(_) | Self::View(_) => None,
        }
    }

    /// The same under another name.
    pub fn renamed(&self, database: &str, name: &str) -> Self {
        match self {
            Self::MergeTree(table) => Self::MergeTree(table.renamed(database, name)),
            Self::InMemory(table) => Self::InMemory(table.renamed(database, name)),
            Self::View(view) => Self::View(View {
                definition: Arc::new(view.definition.renamed(database, name)),
                uuid: view.uuid,
            }),
        }
    }

    /// Whether it has rows of its own, or may get some.
    pub fn keeps_rows(&self) -> bool {
        match self {
            Self::MergeTree(_) => true,
            Self::InMemory(table) => table.keeps_rows(),
            Self::View(_) => false,
        }
    }

    /// Whether there are no rows in it; a view has none of its own.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::MergeTree(table) => table.snapshot().rows() == 0,
            Self::InMemory(table) => table.size().0 == 0,
            Self::View(_) => true,
        }
    }
}

impl From<MergeTreeTable> for Relation {
    fn from(table: MergeTreeTable) -> Self {
        Self::MergeTree(table)
    }
}
