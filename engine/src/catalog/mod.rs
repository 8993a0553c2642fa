//! Databases and tables, in memory and on disk.
//!
//! Start at [`Catalog`]. On disk a database is `metadata/<database>.sql`, a table
//! `metadata/<database>/<table>.sql` (its CREATE statement) and `data/<database>/<table>/` (its
//! parts). The metadata file decides: a table exists from the moment its file has its name until the
//! moment it has lost it. `system` is not on disk.

mod escape;
mod metadata;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::datasource::provider_as_source;
use gristmill_sql::Code;
use gristmill_sql::analyzer::{Column, Table};
use gristmill_sql::types::maybe_you_meant;
use parking_lot::{Mutex, MutexGuard, RwLock};

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::system;
use crate::table::{MergeTreeTable, TableDefinition};
use metadata::Metadata;

/// The database that always exists.
pub const DEFAULT: &str = "default";
/// The database of system tables.
pub const SYSTEM: &str = "system";

/// Something at start-up that could not be loaded. The rest of the database is there.
#[derive(Clone, Debug)]
pub struct LoadFailure {
    /// Database.
    pub database: String,
    /// Table.
    pub table: String,
    /// Why.
    pub error: Error,
}

#[derive(Default)]
struct Database {
    comment: String,
    tables: BTreeMap<String, MergeTreeTable>,
}

/// All databases of an engine.
pub struct Catalog {
    metadata: Metadata,
    databases: RwLock<BTreeMap<String, Database>>,
    /// Held while a statement changes files and then `databases`: one at a time.
    changing: Mutex<()>,
    failures: RwLock<Vec<LoadFailure>>,
}

impl Catalog {
    /// An empty catalog over a database folder; [`Catalog::load`] fills it.
    pub fn new(root: PathBuf) -> Self {
        Self {
            metadata: Metadata::new(root),
            databases: RwLock::default(),
            changing: Mutex::default(),
            failures: RwLock::default(),
        }
    }

    /// Reads all metadata and opens all tables. A table that cannot be opened is reported in the log
    /// and by [`Catalog::failures`], and is missing.
    pub fn load(&self, environment: &Environment) -> Result<()> {
        let _turn = self.changing.lock();
        self.metadata.finish_interrupted()?;
        let mut databases = BTreeMap::new();
        for (name, comment) in self.metadata.databases()? {
            let mut database = Database {
                comment,
                tables: BTreeMap::new(),
            };
            for table in self.metadata.tables(&name)? {
                match self.load_table(&name, &table, environment) {
                    Ok(open) => {
                        database.tables.insert(table, open);
                    }
                    Err(error) => self.report(&name, table, error),
                }
            }
            databases.insert(name, database);
        }
        *self.databases.write() = databases;
        if !self.has_database(DEFAULT) {
            self.metadata.create_database(DEFAULT, "")?;
            self.databases.write().insert(DEFAULT.into(), Database::default());
        }
        Ok(())
    }

    fn load_table(&self, database: &str, table: &str, environment: &Environment) -> Result<MergeTreeTable> {
        let mut create = self.metadata.read_table(database, table)?;
        create.table.database = Some(database.into());
        create.table.name = table.into();
        let definition = TableDefinition::new(create, environment)?;
        let open = MergeTreeTable::open(&self.metadata.data_dir(database, table), definition)?;
        for broken in open.store.broken_parts() {
            tracing::error!(
                "{database}.{table}: part {} is broken and set aside in detached/: {}",
                broken.name,
                broken.reason
            );
        }
        Ok(open)
    }

    fn report(&self, database: &str, table: String, error: Error) {
        tracing::error!("{database}.{table} cannot be loaded and is left out: {error}");
        self.failures.write().push(LoadFailure {
            database: database.into(),
            table,
            error,
        });
    }

    /// Tables that could not be loaded.
    pub fn failures(&self) -> Vec<LoadFailure> {
        self.failures.read().clone()
    }

    /// Whether there is such a database.
    pub fn has_database(&self, name: &str) -> bool {
        name == SYSTEM || self.databases.read().contains_key(name)
    }

    /// UNKNOWN_DATABASE unless there is such a database.
    pub fn check_database(&self, name: &str) -> Result<()> {
        if self.has_database(name) {
            return Ok(());
        }
        let databases = self.databases.read();
        let known: Vec<&str> = databases.keys().map(String::as_str).collect();
        let hint = maybe_you_meant(name, &known);
        Err(Error::new(
            Code::UNKNOWN_DATABASE,
            format!("Database {name} does not exist{hint}"),
        ))
    }

    /// Databases with their comments, in order.
    pub fn databases(&self) -> Vec<(String, String)> {
        let databases = self.databases.read();
        let mut list: Vec<_> = databases
            .iter()
            .map(|(name, database)| (name.clone(), database.comment.clone()))
            .collect();
        list.push((SYSTEM.into(), String::new()));
        list.sort();
        list
    }

    /// A database's MergeTree tables, by name. Empty for `system`.
    pub fn tables(&self, database: &str) -> Vec<(String, MergeTreeTable)> {
        let databases = self.databases.read();
        let Some(database) = databases.get(database) else {
            return Vec::new();
        };
        database
            .tables
            .iter()
            .map(|(name, table)| (name.clone(), table.clone()))
            .collect()
    }

    /// All MergeTree tables: database, name, table.
    pub fn all_tables(&self) -> Vec<(String, String, MergeTreeTable)> {
        let databases = self.databases.read();
        let of = |(database, content): (&String, &Database)| -> Vec<_> {
            let tables = content.tables.iter();
            tables
                .map(|(name, table)| (database.clone(), name.clone(), table.clone()))
                .collect()
        };
        databases.iter().flat_map(of).collect()
    }

    /// A MergeTree table, if it is there.
    pub fn find(&self, database: &str, name: &str) -> Option<MergeTreeTable> {
        self.databases.read().get(database)?.tables.get(name).cloned()
    }

    /// A MergeTree table. UNKNOWN_DATABASE or UNKNOWN_TABLE if it is not there; a table that could not
    /// be loaded says why.
    pub fn table(&self, database: &str, name: &str) -> Result<MergeTreeTable> {
        if let Some(table) = self.find(database, name) {
            return Ok(table);
        }
        self.check_database(database)?;
        if database == SYSTEM && system::find(name).is_some() {
            let message = format!("Table system.{name} is read-only");
            return Err(Error::new(Code::TABLE_IS_READ_ONLY, message));
        }
        Err(self.unknown_table(database, name))
    }

    fn unknown_table(&self, database: &str, name: &str) -> Error {
        let failures = self.failures.read();
        let failed = failures.iter().find(|it| it.database == database && it.table == name);
        if let Some(failure) = failed {
            let message = format!(
                "Table {database}.{name} could not be loaded: {}",
                failure.error.message()
            );
            return Error::new(failure.error.code(), message);
        }
        let tables = self.tables(database);
        let known: Vec<&str> = tables.iter().map(|(name, _)| name.as_str()).collect();
        let hint = maybe_you_meant(name, &known);
        Error::new(
            Code::UNKNOWN_TABLE,
            format!("Table {database}.{name} does not exist{hint}"),
        )
    }

    /// Whether a query can read a table of that name.
    pub fn exists(&self, database: &str, name: &str) -> bool {
        (database == SYSTEM && system::find(name).is_some()) || self.find(database, name).is_some()
    }

    /// Where a table's parts are.
    pub fn data_dir(&self, database: &str, table: &str) -> PathBuf {
        self.metadata.data_dir(database, table)
    }

    /// Where a table's definition is.
    pub fn metadata_file(&self, database: &str, table: &str) -> PathBuf {
        self.metadata.table_file(database, table)
    }

    /// The table as the analyzer wants it.
    pub fn source(&self, database: &str, name: &str, environment: &Environment) -> Result<Table> {
        let (columns, provider): (Vec<Column>, Arc<dyn TableProvider>) = match self.find(database, name) {
            Some(table) => (table.definition.columns.clone(), Arc::new(table)),
            None => match (database, system::find(name)) {
                (SYSTEM, Some(table)) => (table.columns(), table.provider(environment)),
                _ => {
                    self.check_database(database)?;
                    return Err(self.unknown_table(database, name));
                }
            },
        };
        let source = provider_as_source(provider);
        Ok(Table {
            database: database.into(),
            name: name.into(),
            columns,
            source,
        })
    }

    /// Begins a change of the catalog: no other begins before this is dropped or done.
    pub fn change(&self) -> Changing<'_> {
        Changing {
            catalog: self,
            _turn: self.changing.lock(),
        }
    }
}

/// The right to change the catalog. Every change is durable before it is visible.
pub struct Changing<'a> {
    catalog: &'a Catalog,
    _turn: MutexGuard<'a, ()>,
}

impl Changing<'_> {
    /// Adds a database.
    pub fn create_database(&self, name: &str, comment: &str) -> Result<()> {
        self.catalog.metadata.create_database(name, comment)?;
        let database = Database {
            comment: comment.into(),
            tables: BTreeMap::new(),
        };
        self.catalog.databases.write().insert(name.into(), database);
        Ok(())
    }

    /// Removes an existing database with all its tables.
    pub fn drop_database(&self, name: &str) -> Result<()> {
        for (table, _) in self.catalog.tables(name) {
            self.drop_table(name, &table)?;
        }
        self.catalog.metadata.drop_database(name)?;
        self.catalog.databases.write().remove(name);
        Ok(())
    }

    /// Adds a table that does not exist yet, and opens it.
    pub fn create_table(&self, definition: TableDefinition) -> Result<MergeTreeTable> {
        let catalog = self.catalog;
        let create = definition.create.clone();
        let database = create.table.database.clone().expect("a definition names its database");
        let name = create.table.name.clone();
        catalog.check_database(&database)?;
        catalog.metadata.check_free(&database, &name)?;
        let dir = catalog.metadata.data_dir(&database, &name);
        let table = MergeTreeTable::open(&dir, definition)?;
        catalog.metadata.write_table(&create)?;
        self.insert(&database, &name, table.clone());
        Ok(table)
    }

    /// Removes an existing table. Queries that read it go on reading what they hold.
    pub fn drop_table(&self, database: &str, name: &str) -> Result<()> {
        let catalog = self.catalog;
        catalog.metadata.begin_drop(database, name)?;
        let table = match catalog.databases.write().get_mut(database) {
            Some(content) => content.tables.remove(name),
            None => None,
        };
        if let Some(table) = table {
            table.store.drop_all()?;
        }
        catalog.metadata.finish_drop(database, name)
    }

    /// Gives a table another name, in the same or another database.
    pub fn rename_table(&self, from: (&str, &str), to: (&str, &str), environment: &Environment) -> Result<()> {
        let catalog = self.catalog;
        catalog.check_database(to.0)?;
        catalog.metadata.check_free(to.0, to.1)?;
        catalog.metadata.rename_table(from, to)?;
        let mut databases = catalog.databases.write();
        if let Some(content) = databases.get_mut(from.0) {
            content.tables.remove(from.1);
        }
        drop(databases);
        let table = catalog.load_table(to.0, to.1, environment)?;
        catalog.metadata.write_table(&table.definition.create)?;
        self.insert(to.0, to.1, table);
        Ok(())
    }

    /// Puts a changed definition in a table's place.
    pub fn alter_table(&self, database: &str, name: &str, table: MergeTreeTable) -> Result<()> {
        self.catalog.metadata.write_table(&table.definition.create)?;
        self.insert(database, name, table);
        Ok(())
    }

    fn insert(&self, database: &str, name: &str, table: MergeTreeTable) {
        let mut databases = self.catalog.databases.write();
        let content = databases.get_mut(database).expect("it was checked under the same turn");
        content.tables.insert(name.into(), table);
    }
}
