//! Databases and tables, in memory and on disk.
//!
//! Start at [`Catalog`]. On disk a database is `metadata/<database>.sql`, a table
//! `metadata/<database>/<table>.sql` (its CREATE statement) and `store/<uuid>/` (its parts);
//! `data/<database>/<table>` is a link to that, for people. The metadata file decides: a table exists
//! from the moment its file has its name until the moment it has lost it. Data has a name of its own so
//! that readers of a dropped table can go on while another one of its name is there already. `system` is
//! not on disk.

mod detached;
mod escape;
mod metadata;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::datasource::empty::EmptyTable;
use datafusion::datasource::provider_as_source;
use gristmill_sql::Code;
use gristmill_sql::analyzer::{Column, Table};
use gristmill_sql::types::maybe_you_meant;
use gristmill_storage::PartSet;
use gristmill_storage::directory::Directory;
use parking_lot::{Mutex, MutexGuard, RwLock};
use uuid::Uuid;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::search::PlanCache;
use crate::system::{self, information_schema};
use crate::table::{
    InMemoryTable, MEMORY, MergeTreeTable, NULL, Relation, TableDefinition, VIEW, View, of_merge_tree, of_table,
};
use crate::view;
use detached::Detached;
use metadata::{Metadata, TableMetadata};

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
    /// A session's temporary tables: neither on disk nor in lists.
    is_temporary: bool,
    relations: BTreeMap<String, Relation>,
    detached: BTreeMap<String, Detached>,
}

/// All databases of an engine.
pub struct Catalog {
    metadata: Metadata,
    databases: RwLock<BTreeMap<String, Database>>,
    /// Held while a statement changes files and then `databases`: one at a time.
    changing: Mutex<()>,
    failures: RwLock<Vec<LoadFailure>>,
    plans: Arc<PlanCache>,
}

impl Catalog {
    /// An empty catalog over a database folder; [`Catalog::load`] fills it. Plans over tables that go are taken out of
    /// `plans`.
    pub fn new(root: PathBuf, directory: Arc<dyn Directory>, plans: Arc<PlanCache>) -> Self {
        Self {
            metadata: Metadata::new(root, directory),
            databases: RwLock::default(),
            changing: Mutex::default(),
            failures: RwLock::default(),
            plans,
        }
    }

    /// Reads all metadata and opens all tables. A table that cannot be opened is reported in the log
    /// and by [`Catalog::failures`], and is missing.
    pub fn load(&self, environment: &Environment) -> Result<()> {
        let _turn = self.changing.lock();
        self.metadata.sweep()?;
        let mut databases = BTreeMap::new();
        for (name, comment) in self.metadata.databases()? {
            let mut database = Database {
                comment,
                ..Database::default()
            };
            let detached = self.metadata.detached(&name)?;
            for table in self.metadata.tables(&name)? {
                if detached.contains(&table) {
                    let known = self.metadata.read_table(&name, &table);
                    let detached = Detached {
                        uuid: known.map_or(Uuid::nil(), |known| known.uuid),
                        is_permanent: true,
                        relation: None,
                    };
                    database.detached.insert(table, detached);
                    continue;
                }
                match self.load_table(&name, &table, environment) {
                    Ok(open) => {
                        database.relations.insert(table, open);
                    }
                    Err(error) => self.report(&name, table, error),
                }
            }
            databases.insert(name, database);
        }
        *self.databases.write() = databases;
        self.add_information_schema(environment)?;
        if !self.has_database(DEFAULT) {
            self.metadata.create_database(DEFAULT, "")?;
            self.databases.write().insert(DEFAULT.into(), Database::default());
        }
        Ok(())
    }

    /// Views that are not on disk. A database of that name that an earlier version has made is kept.
    fn add_information_schema(&self, environment: &Environment) -> Result<()> {
        for name in information_schema::DATABASES {
            let mut database = Database::default();
            for definition in information_schema::definitions(name, environment)? {
                let table = definition.create.table.name.clone();
                let relation = self.open(Uuid::nil(), definition, |_| Ok(()))?;
                database.relations.insert(table, relation);
            }
            self.databases.write().entry(name.into()).or_insert(database);
        }
        Ok(())
    }

    fn load_table(&self, database: &str, table: &str, environment: &Environment) -> Result<Relation> {
        let TableMetadata {
            create,
            stored_names,
            uuid,
        } = self.metadata.read_table(database, table)?;
        let definition = TableDefinition::with_stored_names(create, stored_names, environment)?;
        let open = self.open(uuid, definition, |uuid| self.metadata.check_data(uuid))?;
        let broken_parts = open.merge_tree().map_or(&[][..], |table| table.store.broken_parts());
        for broken in broken_parts {
            tracing::error!(
                "{database}.{table}: part {} is broken and set aside in detached/: {}",
                broken.name,
                broken.reason
            );
        }
        Ok(open)
    }

    /// Opens a table or view; `prepare` is told of data before it is opened.
    fn open(
        &self,
        uuid: Uuid,
        definition: TableDefinition,
        prepare: impl FnOnce(Uuid) -> Result<()>,
    ) -> Result<Relation> {
        match definition.engine() {
            VIEW => Ok(Relation::View(View {
                definition: Arc::new(definition),
                uuid,
            })),
            MEMORY | NULL => Ok(Relation::InMemory(InMemoryTable::new(uuid, definition)?)),
            _ => {
                prepare(uuid)?;
                let directory = self.metadata.directory().clone();
                let table = MergeTreeTable::open(directory, &self.metadata.data_dir(uuid), uuid, definition)?;
                Ok(Relation::MergeTree(table))
            }
        }
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

    /// ACCESS_DENIED for the views that nobody makes or changes.
    fn check_changeable(&self, database: &str) -> Result<()> {
        match information_schema::DATABASES.contains(&database) {
            true => {
                let message = format!("Database {database} is read-only");
                Err(Error::new(Code::ACCESS_DENIED, message))
            }
            false => Ok(()),
        }
    }

    /// Databases with their comments, in order.
    pub fn databases(&self) -> Vec<(String, String)> {
        let databases = self.databases.read();
        let mut list: Vec<_> = databases
            .iter()
            .filter(|(_, database)| !database.is_temporary)
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
        let relations = database.relations.iter();
        relations
            .filter_map(|(name, it)| Some((name.clone(), it.merge_tree()?.clone())))
            .collect()
    }

    /// What a database holds, by name. Empty for `system`.
    pub fn relations(&self, database: &str) -> Vec<(String, Relation)> {
        let databases = self.databases.read();
        let relations = databases.get(database).into_iter().flat_map(|it| &it.relations);
        relations.map(|(name, it)| (name.clone(), it.clone())).collect()
    }

    /// What all databases hold: database, name, table or view.
    pub fn all_relations(&self) -> Vec<(String, String, Relation)> {
        let databases = self.databases.read();
        let of = |(database, content): (&String, &Database)| -> Vec<_> {
            let relations = content.relations.iter();
            relations
                .map(|(name, it)| (database.clone(), name.clone(), it.clone()))
                .collect()
        };
        databases
            .iter()
            .filter(|(_, it)| !it.is_temporary)
            .flat_map(of)
            .collect()
    }

    /// All MergeTree tables: database, name, table.
    pub fn all_tables(&self) -> Vec<(String, String, MergeTreeTable)> {
        let databases = self.databases.read();
        let of = |(database, content): (&String, &Database)| -> Vec<_> {
            let relations = content.relations.iter();
            relations
                .filter_map(|(name, it)| Some((database.clone(), name.clone(), it.merge_tree()?.clone())))
                .collect()
        };
        databases
            .iter()
            .filter(|(_, it)| !it.is_temporary)
            .flat_map(of)
            .collect()
    }

    /// A MergeTree table, if it is there.
    pub fn find(&self, database: &str, name: &str) -> Option<MergeTreeTable> {
        self.find_relation(database, name)?.merge_tree().cloned()
    }

    /// A table or view, if it is there.
    pub fn find_relation(&self, database: &str, name: &str) -> Option<Relation> {
        self.databases.read().get(database)?.relations.get(name).cloned()
    }

    /// A table or view, with the errors of [`Catalog::table`].
    pub fn relation(&self, database: &str, name: &str) -> Result<Relation> {
        if let Some(relation) = self.find_relation(database, name) {
            return Ok(relation);
        }
        self.check_database(database)?;
        if database == SYSTEM && system::find(name).is_some() {
            let message = format!("Table system.{name} is read-only");
            return Err(Error::new(Code::TABLE_IS_READ_ONLY, message));
        }
        Err(self.unknown_table(database, name))
    }

    /// A MergeTree table. UNKNOWN_DATABASE or UNKNOWN_TABLE if it is not there, NOT_IMPLEMENTED if it is of another
    /// kind; a table that could not be loaded says why.
    pub fn table(&self, database: &str, name: &str) -> Result<MergeTreeTable> {
        match self.relation(database, name)? {
            Relation::MergeTree(table) => Ok(table),
            other => Err(Error::not_implemented(format!(
                "This statement for storage {}",
                other.engine()
            ))),
        }
    }

    /// Fails if there is a table of that name that could not be loaded, or any such table in the database.
    fn check_loaded(&self, database: &str, name: Option<&str>) -> Result<()> {
        let failures = self.failures.read();
        let is_meant = |it: &&LoadFailure| it.database == database && name.is_none_or(|name| it.table == name);
        let Some(LoadFailure { table, error, .. }) = failures.iter().find(is_meant) else {
            return Ok(());
        };
        let message = format!("Table {database}.{table} could not be loaded: {}", error.message());
        Err(Error::new(error.code(), message))
    }

    fn unknown_table(&self, database: &str, name: &str) -> Error {
        if let Err(error) = self.check_loaded(database, Some(name)) {
            return error;
        }
        let relations = self.relations(database);
        let known: Vec<&str> = relations.iter().map(|(name, _)| name.as_str()).collect();
        let hint = maybe_you_meant(name, &known);
        Error::new(
            Code::UNKNOWN_TABLE,
            format!("Table {database}.{name} does not exist{hint}"),
        )
    }

    /// Whether a query can read a table of that name. A table that could not be loaded is there and cannot be read:
    /// an error, so that nobody makes another one of its name or takes it for dropped.
    pub fn exists(&self, database: &str, name: &str) -> Result<bool> {
        self.check_loaded(database, Some(name))?;
        Ok((database == SYSTEM && system::find(name).is_some()) || self.find_relation(database, name).is_some())
    }

    /// Opens a new table or view that nobody sees yet: [`Changing::publish`] shows it, dropping it forgets it.
    pub fn prepare(&self, definition: TableDefinition) -> Result<Unpublished<'_>> {
        self.metadata.check_name(&definition.create.table.name)?;
        let relation = self.open(Uuid::new_v4(), definition, |uuid| self.metadata.mark(uuid))?;
        Ok(Unpublished {
            catalog: self,
            relation: Some(relation),
        })
    }

    /// Where a table's definition is.
    pub fn metadata_file(&self, database: &str, table: &str) -> PathBuf {
        self.metadata.table_file(database, table)
    }

    /// Free and all bytes of the disk of a folder; 0 where it cannot be asked.
    pub fn disk_space(&self, path: &Path) -> (u64, u64) {
        let directory = self.metadata.directory();
        let asked = |bytes: std::io::Result<u64>| bytes.unwrap_or_default();
        (asked(directory.free_bytes(path)), asked(directory.total_bytes(path)))
    }

    /// The table as the analyzer wants it.
    pub fn source(&self, database: &str, name: &str, environment: &Environment) -> Result<Table> {
        let mut view = None;
        let mut virtual_columns = of_table(database, name);
        let (columns, provider): (Vec<Column>, Arc<dyn TableProvider>) = match self.find_relation(database, name) {
            Some(Relation::MergeTree(table)) => {
                virtual_columns = of_merge_tree(&table.definition, database, name);
                let columns = table.definition.columns.clone();
                let policy = environment.row_policy(
                    (database, name),
                    table.uuid,
                    &table.definition,
                    &table.definition.scanned,
                )?;
                (
                    columns,
                    Arc::new(table.read_with(&environment.settings).with_policy(policy)),
                )
            }
            Some(Relation::InMemory(table)) => {
                let columns = table.definition.columns.clone();
                let policy = environment.row_policy(
                    (database, name),
                    table.uuid,
                    &table.definition,
                    &table.definition.stored,
                )?;
                (columns, Arc::new(table.with_policy(policy)))
            }
            Some(Relation::View(it)) => {
                environment.refuse_row_policy((database, name))?;
                view = Some(view::plan(&it, environment)?);
                let nothing = EmptyTable::new(it.definition.stored.clone());
                (it.definition.columns.clone(), Arc::new(nothing))
            }
            None => match (database, system::find(name)) {
                (SYSTEM, Some(table)) => {
                    environment.refuse_row_policy((database, name))?;
                    (table.columns(), table.provider(environment))
                }
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
            view,
            virtual_columns,
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

/// A table or view that is open but in no catalog. Dropping it removes its data.
pub struct Unpublished<'a> {
    catalog: &'a Catalog,
    relation: Option<Relation>,
}

impl Unpublished<'_> {
    /// The table, to be filled.
    pub fn relation(&self) -> &Relation {
        self.relation.as_ref().expect("it is there until it is published")
    }

    /// The table, to be published.
    pub fn into_relation(mut self) -> Relation {
        self.relation.take().expect("it is there until it is published")
    }
}

impl Drop for Unpublished<'_> {
    fn drop(&mut self) {
        let Some(relation) = self.relation.take() else {
            return;
        };
        if let Err(error) = self.catalog.change().discard(relation) {
            // The next start removes it.
            tracing::warn!("data of a table that was not created is left behind: {error}");
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
        self.catalog.metadata.check_name(name)?;
        self.catalog.metadata.create_database(name, comment)?;
        let database = Database {
            comment: comment.into(),
            ..Database::default()
        };
        self.catalog.databases.write().insert(name.into(), database);
        Ok(())
    }

    /// Adds a database that is neither on disk nor in lists, unless it is there.
    pub fn create_temporary_database(&self, name: &str) {
        let mut databases = self.catalog.databases.write();
        databases.entry(name.into()).or_insert_with(|| Database {
            is_temporary: true,
            ..Database::default()
        });
    }

    /// The catalog's files, where they say something about a database.
    fn metadata_of(&self, database: &str) -> Option<&Metadata> {
        let databases = self.catalog.databases.read();
        let is_temporary = databases.get(database).is_some_and(|it| it.is_temporary);
        (!is_temporary).then_some(&self.catalog.metadata)
    }

    /// Removes an existing database with all its tables.
    pub fn drop_database(&self, name: &str) -> Result<()> {
        self.catalog.check_loaded(name, None)?;
        self.catalog.check_detached(name)?;
        for (table, _) in self.catalog.relations(name) {
            self.drop_relation(name, &table)?;
        }
        self.drop_detached(name)?;
        if let Some(metadata) = self.metadata_of(name) {
            metadata.drop_database(name)?;
        }
        self.catalog.databases.write().remove(name);
        Ok(())
    }

    /// Makes a table or view visible that [`Catalog::prepare`] opened, in place of one of that name if there is one.
    pub fn publish(&self, relation: Relation) -> Result<()> {
        let metadata = &self.catalog.metadata;
        let create = relation.create();
        let database = create.table.database.clone().expect("a definition names its database");
        let name = create.table.name.clone();
        self.catalog.check_database(&database)?;
        self.catalog.check_changeable(&database)?;
        self.catalog.check_loaded(&database, Some(&name))?;
        self.catalog.check_not_detached(&database, &name)?;
        let replaced = self.catalog.find_relation(&database, &name);
        if let Some(replaced) = replaced.as_ref().and_then(Relation::merge_tree) {
            metadata.mark(replaced.uuid)?;
        }
        let lasting = self.metadata_of(&database);
        let made = lasting.map(|metadata| metadata.write_table(relation.definition(), relation.uuid()));
        let made = made.transpose()?;
        let marked = relation.merge_tree().map(|table| table.uuid);
        self.insert(&database, &name, relation);
        if let Some(made) = made {
            made.durable()?;
        }
        // The mark of a temporary table stays: a start finds its data superfluous.
        if let (Some(metadata), Some(uuid)) = (lasting, marked) {
            metadata.unmark(uuid)?;
        }
        match replaced {
            Some(replaced) => self.discard(replaced),
            None => Ok(()),
        }
    }

    /// Removes an existing table or view. Queries that read it go on reading what they hold.
    pub fn drop_relation(&self, database: &str, name: &str) -> Result<()> {
        let relation = self.catalog.relation(database, name)?;
        self.catalog.check_changeable(database)?;
        if let Some(table) = relation.merge_tree() {
            self.catalog.metadata.mark(table.uuid)?;
        }
        let made = self
            .metadata_of(database)
            .map(|metadata| metadata.remove_table(database, name));
        let made = made.transpose()?;
        if let Some(content) = self.catalog.databases.write().get_mut(database) {
            content.relations.remove(name);
        }
        if let Some(made) = made {
            made.durable()?;
        }
        self.discard(relation)
    }

    /// Removes the data of a table that no longer is one, at the latest when its last reader ends.
    fn discard(&self, relation: Relation) -> Result<()> {
        let Relation::MergeTree(table) = relation else {
            return Ok(());
        };
        let uuid = table.uuid;
        self.catalog.plans.forget(uuid);
        table.store.drop_all()?;
        drop(table);
        self.catalog.metadata.unmark_if_gone(uuid)
    }

    /// Gives an existing table or view a name that is free, in the same or another database.
    pub fn rename_table(&self, from: (&str, &str), to: (&str, &str)) -> Result<()> {
        let catalog = self.catalog;
        catalog.check_database(to.0)?;
        [from.0, to.0]
            .into_iter()
            .try_for_each(|database| catalog.check_changeable(database))?;
        catalog.metadata.check_name(to.1)?;
        catalog.check_loaded(to.0, Some(to.1))?;
        catalog.check_not_detached(to.0, to.1)?;
        let relation = catalog.relation(from.0, from.1)?.renamed(to.0, to.1);
        let made = catalog.metadata.rename_table(from, to, relation.uuid())?;
        if let Some(content) = catalog.databases.write().get_mut(from.0) {
            content.relations.remove(from.1);
        }
        self.insert(to.0, to.1, relation);
        made.durable()
    }

    /// Gives two existing tables each other's name.
    pub fn exchange_tables(&self, first: (&str, &str), second: (&str, &str)) -> Result<()> {
        let catalog = self.catalog;
        [first.0, second.0]
            .into_iter()
            .try_for_each(|database| catalog.check_changeable(database))?;
        let was_first = catalog.relation(first.0, first.1)?;
        let was_second = catalog.relation(second.0, second.1)?;
        let uuids = (was_second.uuid(), was_first.uuid());
        let made = catalog.metadata.exchange_tables(first, second, uuids)?;
        let now_first = was_second.renamed(first.0, first.1);
        let now_second = was_first.renamed(second.0, second.1);
        let mut databases = catalog.databases.write();
        for (place, table) in [(first, now_first), (second, now_second)] {
            let database = databases.get_mut(place.0);
            let database = database.expect("its table was found under the same turn");
            database.relations.insert(place.1.into(), table);
        }
        drop(databases);
        made.durable()
    }

    /// Puts a changed definition in a table's place, unless `check` finds a part that does not fit it, or says that it is
    /// not the time for it: then false is returned. No part is committed in between.
    pub fn alter_table(
        &self,
        database: &str,
        name: &str,
        table: MergeTreeTable,
        check: impl FnOnce(&PartSet) -> Result<bool>,
    ) -> Result<bool> {
        let mut made = None;
        let adopted = table.store.adopt(|parts| -> Result<(), Option<Error>> {
            if !check(parts)? {
                return Err(None);
            }
            if let Some(metadata) = self.metadata_of(database) {
                made = Some(metadata.write_table(&table.definition, table.uuid)?);
            }
            Ok(())
        });
        match adopted {
            Ok(()) => {}
            Err(None) => return Ok(false),
            Err(Some(error)) => return Err(error),
        }
        self.insert(database, name, table.into());
        made.map_or(Ok(()), |made| made.durable())?;
        Ok(true)
    }

    fn insert(&self, database: &str, name: &str, relation: Relation) {
        let mut databases = self.catalog.databases.write();
        let content = databases.get_mut(database).expect("it was checked under the same turn");
        content.relations.insert(name.into(), relation);
    }
}
