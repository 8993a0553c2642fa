//! What a CREATE TABLE statement means: columns, keys, indexes and constraints, checked and typed. Each has a file of its
//! own: `declared_columns.rs`, `key_expressions.rs`, `index.rs`, `constraint.rs`.
//!
//! Start at [`TableDefinition::new`]. It takes new tables and those read back from metadata alike, so
//! what is on disk was valid once and is checked again.

use std::sync::Arc;

use arrow::datatypes::{FieldRef, SchemaRef};
use gristmill_index::VectorIndexDefinition;
use gristmill_sql::Code;
use gristmill_sql::analyzer::Column;
use gristmill_sql::parser::{CreateTable, Engine, SettingValue, format_create, format_expression};
use gristmill_storage::{ColumnCoding, Part, Replacement, TableSchema};
use sqlparser::ast;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::settings;
use crate::table::column_ttl::ColumnTtl;
use crate::table::constraint::check_constraints;
use crate::table::declared_columns::{codings, columns, is_stored, stored_schema};
use crate::table::expression::TableExpression;
use crate::table::in_memory::{MEMORY, NULL};
use crate::table::index::TableIndex;
use crate::table::kept::{refuse_other_rows, refuse_queries, refuse_unstable};
use crate::table::key_expressions::{KeyExpressions, columns_of, key_text, sources};
use crate::table::merge_settings::MergeSettings;
use crate::table::merge_tree::MERGE_TREE;
use crate::table::part_limits::PartLimits;
use crate::table::relation::VIEW;
use crate::table::replacing::replacement;
use crate::table::stored_names::StoredNames;
use crate::table::ttl::Ttl;
use crate::table::virtual_columns::scanned;

/// A table as its CREATE statement declares it.
#[derive(Clone, Debug)]
pub struct TableDefinition {
    /// The statement with everything filled in: what SHOW CREATE prints and metadata holds.
    pub create: CreateTable,
    /// All columns in order.
    pub columns: Vec<Column>,
    /// The columns that parts hold: neither ALIAS nor EPHEMERAL.
    pub stored: SchemaRef,
    /// The columns that a scan can give: these, and those that tell of a row's part.
    pub scanned: SchemaRef,
    /// What parts call the columns that they hold.
    pub stored_names: StoredNames,
    /// How they are written.
    codings: Vec<ColumnCoding>,
    /// ORDER BY; empty for `tuple()`.
    pub sorting_key: Vec<TableExpression>,
    /// How many of the sorting key's first expressions are the primary key.
    pub primary_key_len: usize,
    /// PARTITION BY; empty if there is none.
    pub partition_key: Vec<TableExpression>,
    /// The columns that the partition key is made of.
    pub partition_columns: Vec<String>,
    /// Indexes in order.
    pub indexes: Vec<TableIndex>,
    /// Rows of a granule.
    pub index_granularity: u64,
    /// How many parts there may be.
    pub part_limits: PartLimits,
    /// Which rows of equal sorting keys stay: ReplacingMergeTree's rule.
    pub replacement: Option<Replacement>,
    /// When rows expire.
    pub ttl: Vec<Ttl>,
    /// When values of columns expire.
    pub column_ttl: Vec<ColumnTtl>,
    /// How its parts are merged.
    pub merges: MergeSettings,
    /// `enable_vector_index_preload`: vector indexes are opened when a part is written.
    pub preloads_vector_indexes: bool,
}

impl TableDefinition {
    /// Checks a statement and gives it meaning. `create.table.database` must be set.
    pub fn new(create: CreateTable, environment: &Environment) -> Result<Self> {
        Self::with_stored_names(create, StoredNames::default(), environment)
    }

    /// The same for a table whose parts call columns otherwise.
    pub fn with_stored_names(
        mut create: CreateTable,
        stored_names: StoredNames,
        environment: &Environment,
    ) -> Result<Self> {
        refuse_unsupported(&create)?;
        refuse_queries(&create)?;
        refuse_other_rows(&create)?;
        if !has_parts(&create) {
            return Self::without_parts(create, environment);
        }
        refuse_unstable(&create)?;
        let index_granularity = table_settings(&mut create)?;
        let columns = columns(&mut create, environment)?;
        let (columns, codings) = codings(&mut create, columns)?;
        let stored = stored_schema(&columns);
        // Not with the settings of this session: rows must be found again by another one.
        let lasting = environment.with_default_settings()?;
        let expression = |ast: &ast::Expr| TableExpression::new(ast, &columns, &stored, &lasting);
        // What rows are sorted, parted and checked by is made of columns that parts hold.
        let held: Vec<Column> = columns.iter().filter(|column| is_stored(column)).cloned().collect();
        let held_expression = |ast: &ast::Expr| TableExpression::new(ast, &held, &stored, &lasting);
        let keys = KeyExpressions::new(&mut create, held_expression)?;
        let partition_columns = columns_of(&keys.partition);
        check_constraints(&create, &held, &stored, environment)?;
        let ttl = Ttl::all(&create, held_expression)?;
        let column_ttl = ColumnTtl::all(
            &create,
            &columns,
            |name| {
                sources(&keys.sorting)
                    .chain(&partition_columns)
                    .any(|source| source == name)
            },
            held_expression,
            |ast, data_type| TableExpression::cast(ast, data_type, &columns, &stored, &lasting),
        )?;
        let mut indexes = TableIndex::all(&mut create, expression)?;
        refuse_expiring_vectors(&column_ttl, &indexes)?;
        indexes
            .iter_mut()
            .for_each(|index| index.know_columns_as(&create.columns, &stored_names));
        Ok(Self {
            ttl,
            column_ttl,
            replacement: replacement(&create, &columns)?,
            part_limits: PartLimits::new(&create),
            merges: MergeSettings::new(&create),
            preloads_vector_indexes: settings::merge_tree_text("enable_vector_index_preload", &create.settings) == "1",
            scanned: scanned(&stored, &columns, &keys.partition),
            create,
            columns,
            stored,
            stored_names,
            codings,
            sorting_key: keys.sorting,
            primary_key_len: keys.primary_len,
            partition_key: keys.partition,
            partition_columns,
            indexes,
            index_granularity,
        })
    }

    /// A view, or a table that is not on disk: columns and constraints, and no keys.
    fn without_parts(mut create: CreateTable, environment: &Environment) -> Result<Self> {
        let columns = columns(&mut create, environment)?;
        let (columns, codings) = codings(&mut create, columns)?;
        let stored = stored_schema(&columns);
        check_constraints(&create, &columns, &stored, environment)?;
        Ok(Self {
            ttl: Vec::new(),
            column_ttl: Vec::new(),
            replacement: None,
            part_limits: PartLimits::new(&create),
            merges: MergeSettings::new(&create),
            preloads_vector_indexes: settings::merge_tree_text("enable_vector_index_preload", &create.settings) == "1",
            index_granularity: settings::merge_tree_integer("index_granularity", &[]),
            create,
            columns,
            scanned: stored.clone(),
            stored,
            stored_names: StoredNames::default(),
            codings,
            sorting_key: Vec::new(),
            primary_key_len: 0,
            partition_key: Vec::new(),
            partition_columns: Vec::new(),
            indexes: Vec::new(),
        })
    }

    /// Whether anything expires.
    pub fn has_ttl(&self) -> bool {
        !self.ttl.is_empty() || !self.column_ttl.is_empty()
    }

    /// Columns that say when something expires.
    pub fn ttl_sources(&self) -> impl Iterator<Item = &String> {
        let values = self.column_ttl.iter().flat_map(ColumnTtl::time_sources);
        self.ttl.iter().flat_map(Ttl::sources).chain(values)
    }

    /// All rules by which rows and values expire.
    pub fn expiry_text(&self) -> String {
        let rows = self.ttl.iter().map(Ttl::text);
        let values = self.column_ttl.iter().map(ColumnTtl::text);
        rows.chain(values).collect::<Vec<_>>().join(", ")
    }

    /// The same under another name.
    pub fn renamed(&self, database: &str, name: &str) -> Self {
        let mut definition = self.clone();
        definition.create.table.database = Some(database.into());
        definition.create.table.name = name.into();
        definition
    }

    /// The columns as the store wants them.
    pub fn table_schema(&self) -> TableSchema {
        let names = self
            .stored
            .fields()
            .iter()
            .map(|field| self.stored_names.of(field.name()).to_owned());
        TableSchema::with_stored_names(self.stored.clone(), names.collect()).with_codings(self.codings.clone())
    }

    /// The statement that makes it, as SHOW CREATE prints it: a temporary table's without its database.
    pub fn create_text(&self) -> String {
        if !self.create.temporary {
            return format_create(&self.create);
        }
        let mut create = self.create.clone();
        create.table.database = None;
        format_create(&create)
    }

    /// The engine's name.
    pub fn engine(&self) -> &str {
        match &self.create.engine {
            _ if self.create.view => VIEW,
            Some(engine) => &engine.name,
            None => MERGE_TREE,
        }
    }

    /// The vector indexes among its indexes.
    pub fn vector_indexes(&self) -> impl Iterator<Item = (&TableIndex, &VectorIndexDefinition)> {
        let vector = |index| TableIndex::vector(index).map(|vector| (index, vector));
        self.indexes.iter().filter_map(vector)
    }

    /// How many of its vector indexes a part holds.
    pub fn vector_indexes_in(&self, part: &Part) -> u64 {
        self.vector_indexes().filter(|(index, _)| index.is_in(part)).count() as u64
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The primary key's expressions.
    pub fn primary_key(&self) -> &[TableExpression] {
        &self.sorting_key[..self.primary_key_len]
    }

    /// The columns that the partition key is made of, as expressions.
    pub fn partition_column_expressions(&self) -> Result<Vec<TableExpression>> {
        let columns = self.partition_columns.iter().filter_map(|name| self.column(name));
        columns
            .map(|column| TableExpression::of_column(column, &self.stored))
            .collect()
    }

    /// Columns used by the sorting key.
    pub fn sorting_key_sources(&self) -> Vec<String> {
        columns_of(&self.sorting_key)
    }

    /// Whether rows are sorted or parted by a column.
    pub fn is_in_key(&self, column: &str) -> bool {
        sources(&self.sorting_key)
            .chain(&self.partition_columns)
            .any(|source| source == column)
    }

    /// Columns used by the primary key.
    pub fn primary_key_sources(&self) -> Vec<String> {
        columns_of(self.primary_key())
    }

    /// Whether rows of one sorting key are always in one partition.
    pub fn keys_say_partition(&self) -> bool {
        let keys = &self.sorting_key;
        let is_key = |name: &String| keys.iter().any(|key| key.column.as_ref() == Some(name));
        self.partition_columns.iter().all(is_key)
    }

    /// The sorting key as system tables show it: `a, b`.
    pub fn sorting_key_text(&self) -> String {
        key_text(&self.sorting_key)
    }

    /// The primary key as system tables show it.
    pub fn primary_key_text(&self) -> String {
        key_text(&self.sorting_key[..self.primary_key_len])
    }

    /// One field per expression of the partition key, as storage wants them.
    pub fn partition_fields(&self) -> Vec<FieldRef> {
        let field = |key: &TableExpression| Arc::new(key.data_type.field(&key.text));
        self.partition_key.iter().map(field).collect()
    }

    /// The partition key as system tables show it.
    pub fn partition_key_text(&self) -> String {
        self.create
            .partition_by
            .as_ref()
            .map_or(String::new(), format_expression)
    }
}

/// Whether it is a table of parts.
pub fn has_parts(create: &CreateTable) -> bool {
    let is_in_memory = |engine: &Engine| engine.name == MEMORY || engine.name == NULL;
    !create.view && !create.engine.as_ref().is_some_and(is_in_memory)
}

/// Clauses that need what is not built, refused by name.
fn refuse_unsupported(create: &CreateTable) -> Result<()> {
    let refused = [
        (create.sample_by.is_some(), "SAMPLE BY"),
        (
            create.view && create.columns.iter().any(|column| column.ttl.is_some()),
            "TTL of a view's column",
        ),
        (
            create.columns.iter().any(|column| column.statistics.is_some()),
            "STATISTICS of a column",
        ),
        (
            create.columns.iter().any(|column| !column.settings.is_empty()),
            "SETTINGS of a column",
        ),
    ];
    match refused.iter().find(|(present, _)| *present) {
        Some((_, clause)) => Err(Error::not_implemented(clause)),
        None => Ok(()),
    }
}

/// No graph takes the empty vectors that expired ones would become.
fn refuse_expiring_vectors(rules: &[ColumnTtl], indexes: &[TableIndex]) -> Result<()> {
    let vectors = indexes.iter().filter(|index| index.vector().is_some());
    let mut sources = vectors.flat_map(|index| &index.expressions).flat_map(|it| &it.sources);
    match sources.find(|name| rules.iter().any(|rule| rule.column == **name)) {
        Some(column) => {
            let what = format!("TTL of column {column}, over which there is a vector similarity index,");
            Err(Error::not_implemented(what))
        }
        None => Ok(()),
    }
}

/// Checks SETTINGS of the table and writes the granularity into them, as ClickHouse shows it.
fn table_settings(create: &mut CreateTable) -> Result<u64> {
    let mut indexes = create.indexes.iter();
    let has_vector_index = indexes.any(|index| index.index_type == "vector_similarity");
    for (name, value) in &create.settings {
        let text = settings::check_merge_tree(name, &value.text())?;
        if has_vector_index && name == "index_granularity_bytes" && text == "0" {
            let message =
                "Vector similarity index can only be used with MergeTree setting 'index_granularity_bytes' != 0.";
            return Err(Error::new(Code::INVALID_SETTING_VALUE, message));
        }
    }
    let granularity = settings::merge_tree_integer("index_granularity", &create.settings);
    if granularity == 0 {
        let message = "index_granularity: value 0 makes no sense";
        return Err(Error::new(Code::BAD_ARGUMENTS, message));
    }
    if !create.settings.iter().any(|(name, _)| name == "index_granularity") {
        let value = SettingValue::Number(granularity.to_string());
        create.settings.push(("index_granularity".into(), value));
    }
    Ok(granularity)
}
