//! What a CREATE TABLE statement means: columns, keys, indexes and constraints, checked and typed.
//!
//! Start at [`TableDefinition::new`]. It takes new tables and those read back from metadata alike, so
//! what is on disk was valid once and is checked again.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use gristmill_index::VectorIndexDefinition;
use gristmill_sql::analyzer::{Column, ColumnKind};
use gristmill_sql::parser::{
    ColumnDefault, ColumnDefinition, CreateTable, Engine, SettingValue, format_create, format_expression,
};
use gristmill_sql::types::DataType;
use gristmill_sql::{Code, functions};
use gristmill_storage::ColumnCoding;
use gristmill_storage::{Replacement, TableSchema};
use sqlparser::ast;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::settings;
use crate::table::codec::coding;
use crate::table::column_names::{default_of, names_in};
use crate::table::column_ttl::ColumnTtl;
use crate::table::expression::TableExpression;
use crate::table::in_memory::{MEMORY, NULL};
use crate::table::index::TableIndex;
use crate::table::kept::{refuse_queries, refuse_unstable};
use crate::table::merge_settings::MergeSettings;
use crate::table::merge_tree::MERGE_TREE;
use crate::table::part_limits::PartLimits;
use crate::table::relation::VIEW;
use crate::table::replacing::replacement;
use crate::table::stored_names::StoredNames;
use crate::table::ttl::Ttl;

/// What messages call the partition key.
const PARTITION: &str = "Partition";

/// What a constraint is refused for when it is made: names that are no columns, and what is not built.
const LASTING_FAULTS: [Code; 2] = [Code::UNKNOWN_IDENTIFIER, Code::NOT_IMPLEMENTED];

/// A `CONSTRAINT … CHECK`.
#[derive(Clone, Debug)]
pub struct Constraint {
    /// Name.
    pub name: String,
    /// The condition.
    pub expression: TableExpression,
}

/// A table as its CREATE statement declares it.
#[derive(Clone, Debug)]
pub struct TableDefinition {
    /// The statement with everything filled in: what SHOW CREATE prints and metadata holds.
    pub create: CreateTable,
    /// All columns in order.
    pub columns: Vec<Column>,
    /// The columns that parts hold: neither ALIAS nor EPHEMERAL.
    pub stored: SchemaRef,
    /// What parts call them.
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
        let key_part = |ast: &ast::Expr| TableExpression::new(ast, &held, &stored, &lasting);
        let expressions = |list: &[ast::Expr]| list.iter().map(key_part).collect::<Result<Vec<_>>>();

        let order_by = create
            .order_by
            .clone()
            .or(create.primary_key.clone())
            .unwrap_or_default();
        let primary_key = create.primary_key.clone().unwrap_or(order_by.clone());
        create.order_by = Some(order_by.clone());
        let sorting_key = key("Sorting", expressions(&order_by)?)?;
        let primary_key_len = primary_key_prefix(&primary_key, &order_by)?;
        let partition_by: Vec<ast::Expr> = create.partition_by.iter().flat_map(elements).collect();
        let partition_key = key(PARTITION, expressions(&partition_by)?)?;
        let partition_columns = columns_of(&partition_key);

        for constraint in &create.constraints {
            // Each INSERT plans them anew, and tells what else is wrong with them.
            match TableExpression::new(&constraint.expression, &held, &stored, environment) {
                Err(error) if LASTING_FAULTS.contains(&error.code()) => return Err(error),
                _ => {}
            }
        }
        let ttl = Ttl::all(&create, expression)?;
        let column_ttl = ColumnTtl::all(
            &create,
            &columns,
            |name| {
                sources(&sorting_key)
                    .chain(&partition_columns)
                    .any(|source| source == name)
            },
            expression,
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
            create,
            columns,
            stored,
            stored_names,
            codings,
            sorting_key,
            primary_key_len,
            partition_key,
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
        constraints(&create, &columns, &stored, environment)?;
        Ok(Self {
            ttl: Vec::new(),
            column_ttl: Vec::new(),
            replacement: None,
            part_limits: PartLimits::new(&create),
            merges: MergeSettings::new(&create),
            index_granularity: settings::merge_tree_integer("index_granularity", &[]),
            create,
            columns,
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

fn key_text(key: &[TableExpression]) -> String {
    key.iter()
        .map(|expression| expression.text.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

fn sources(key: &[TableExpression]) -> impl Iterator<Item = &String> {
    key.iter().flat_map(|expression| &expression.sources)
}

fn columns_of(key: &[TableExpression]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in key.iter().flat_map(|expression| &expression.sources) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
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
    let vector_indexes = create
        .indexes
        .iter()
        .find(|index| index.index_type == "vector_similarity");
    for (name, value) in &create.settings {
        let text = settings::check_merge_tree(name, &value.text())?;
        if let ("index_granularity_bytes", "0", Some(index)) = (name.as_str(), text.as_str(), vector_indexes) {
            let message = format!(
                "Vector similarity index can only be used with MergeTree setting \
                 'index_granularity_bytes' != 0.: When validating secondary index `{}`",
                index.name
            );
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

fn columns(create: &mut CreateTable, environment: &Environment) -> Result<Vec<Column>> {
    if create.columns.is_empty() {
        let message = "Incorrect CREATE query: required list of column descriptions or AS section or SELECT";
        return Err(Error::new(Code::INCORRECT_QUERY, message));
    }
    let mut seen = HashSet::new();
    for column in &create.columns {
        if !seen.insert(column.name.clone()) {
            let message = format!(
                "Cannot add column {}: column with this name already exists",
                column.name
            );
            return Err(Error::new(Code::ILLEGAL_COLUMN, message));
        }
    }
    refuse_cycles(create)?;
    // Types that are written come first: expressions of columns without one may use any of them.
    let mut columns = Vec::with_capacity(create.columns.len());
    for definition in &create.columns {
        columns.push(Column {
            name: definition.name.clone(),
            data_type: declared_type(definition)?.unwrap_or(DataType::Nothing),
            kind: kind(definition),
            expression: default_of(definition).map(format_expression),
            comment: definition.comment.clone().unwrap_or_default(),
            codec: codec_text(definition),
        });
    }
    for index in 0..columns.len() {
        let definition = &mut create.columns[index];
        if let Some(expression) = default_of(definition) {
            let data_type = check_default(expression, definition, &columns, environment)?;
            columns[index].data_type = data_type;
        }
        definition.data_type = Some(columns[index].data_type.to_string());
        definition.null = None;
    }
    if columns.iter().all(|column| !is_stored(column)) {
        let message = "Cannot CREATE table without physical columns";
        return Err(Error::new(Code::EMPTY_LIST_OF_COLUMNS_PASSED, message));
    }
    Ok(columns)
}

/// Refuses columns whose expressions depend on each other.
fn refuse_cycles(create: &CreateTable) -> Result<()> {
    let sources = |column: &ColumnDefinition| default_of(column).map(names_in).unwrap_or_default();
    let columns = create.columns.iter();
    let mut waiting: Vec<(&str, BTreeSet<String>)> = columns.map(|it| (it.name.as_str(), sources(it))).collect();
    loop {
        let names: HashSet<&str> = waiting.iter().map(|(name, _)| *name).collect();
        let (stuck, ready): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|(_, sources)| sources.iter().any(|source| names.contains(source.as_str())));
        if stuck.is_empty() {
            return Ok(());
        }
        if ready.is_empty() {
            let names: Vec<&str> = stuck.iter().map(|(name, _)| *name).collect();
            let message = format!(
                "Cyclic alias detected in column DEFAULT expressions: {}: default expression and column type are \
                 incompatible",
                names.join(", ")
            );
            return Err(Error::new(Code::CYCLIC_ALIASES, message));
        }
        waiting = stuck;
    }
}

fn declared_type(definition: &ColumnDefinition) -> Result<Option<DataType>> {
    let Some(text) = &definition.data_type else {
        return match definition.default {
            None => Err(Error::new(
                Code::UNKNOWN_TYPE,
                format!("Column {} has neither a type nor a default expression", definition.name),
            )),
            // A bare EPHEMERAL has no expression to take a type from.
            Some(ColumnDefault::Ephemeral(None)) => Ok(Some(DataType::String)),
            Some(_) => Ok(None),
        };
    };
    let data_type = DataType::parse(text)?;
    if definition.null.is_some() && data_type.is_nullable() {
        let message = "Can't use [NOT] NULL modifier with Nullable type";
        return Err(Error::new(Code::ILLEGAL_SYNTAX_FOR_DATA_TYPE, message));
    }
    Ok(Some(match definition.null {
        Some(true) => data_type.to_nullable(),
        _ => data_type,
    }))
}

/// Plans a DEFAULT, MATERIALIZED or ALIAS expression with the cast to the column's type, which is
/// what an INSERT or a read does later. Returns the column's type.
fn check_default(
    expression: &ast::Expr,
    definition: &ColumnDefinition,
    columns: &[Column],
    environment: &Environment,
) -> Result<DataType> {
    let wrap = |error: gristmill_sql::Error| {
        let message = format!("{}: default expression and column type are incompatible", error.message);
        Error::new(error.code, message)
    };
    let typed = environment
        .plan_expression(expression, &readable(columns))
        .map_err(wrap)?;
    match declared_type(definition)? {
        Some(declared) => {
            functions::cast(typed, &declared, environment.functions()).map_err(wrap)?;
            Ok(declared)
        }
        None => Ok(typed.data_type),
    }
}

/// The columns as a default expression sees them: EPHEMERAL ones have values there.
pub fn readable(columns: &[Column]) -> Vec<Column> {
    let ordinary = |column: &Column| match column.kind {
        ColumnKind::Ephemeral => Column::ordinary(&column.name, column.data_type.clone()),
        _ => column.clone(),
    };
    columns.iter().map(ordinary).collect()
}

fn kind(definition: &ColumnDefinition) -> ColumnKind {
    match &definition.default {
        None => ColumnKind::Ordinary,
        Some(ColumnDefault::Default(_)) => ColumnKind::Default,
        Some(ColumnDefault::Materialized(_)) => ColumnKind::Materialized,
        Some(ColumnDefault::Alias(_)) => ColumnKind::Alias,
        Some(ColumnDefault::Ephemeral(_)) => ColumnKind::Ephemeral,
    }
}

/// Checks codecs, once types are known; the columns with their codecs written out, and how those that are stored are
/// written.
fn codings(create: &mut CreateTable, mut columns: Vec<Column>) -> Result<(Vec<Column>, Vec<ColumnCoding>)> {
    let mut codings = Vec::new();
    for (definition, column) in create.columns.iter_mut().zip(&mut columns) {
        let coding = coding(definition, &column.data_type)?;
        column.codec = codec_text(definition);
        if is_stored(column) {
            codings.push(coding);
        }
    }
    Ok((columns, codings))
}

fn codec_text(definition: &ColumnDefinition) -> String {
    let codecs = definition
        .codec
        .iter()
        .flatten()
        .map(format_expression)
        .collect::<Vec<_>>();
    codecs.join(", ")
}

/// Whether parts hold the column.
pub fn is_stored(column: &Column) -> bool {
    !matches!(column.kind, ColumnKind::Alias | ColumnKind::Ephemeral)
}

/// The Arrow schema of the columns that parts hold.
pub fn stored_schema(columns: &[Column]) -> SchemaRef {
    let stored = columns.iter().filter(|column| is_stored(column));
    Arc::new(Schema::new(
        stored
            .map(|column| column.data_type.field(&column.name))
            .collect::<Vec<_>>(),
    ))
}

/// `PARTITION BY (a, b)` and `PARTITION BY tuple()` list their elements; anything else is one.
pub(super) fn elements(expression: &ast::Expr) -> Vec<ast::Expr> {
    match expression {
        ast::Expr::Tuple(elements) => elements.clone(),
        ast::Expr::Nested(inner) => elements(inner),
        ast::Expr::Function(call) if call.name.to_string().eq_ignore_ascii_case("tuple") => {
            let ast::FunctionArguments::List(list) = &call.args else {
                return Vec::new();
            };
            let argument = |argument: &ast::FunctionArg| match argument {
                ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expression)) => Some(expression.clone()),
                _ => None,
            };
            list.args.iter().filter_map(argument).collect()
        }
        other => vec![other.clone()],
    }
}

fn key(what: &str, expressions: Vec<TableExpression>) -> Result<Vec<TableExpression>> {
    for expression in &expressions {
        check_key(what, expression)?;
    }
    Ok(expressions)
}

fn check_key(what: &str, expression: &TableExpression) -> Result<()> {
    let (code, message) = match &expression.data_type {
        data_type if data_type.is_nullable() => (
            Code::ILLEGAL_COLUMN,
            format!("{what} key contains nullable columns, but merge tree setting `allow_nullable_key` is disabled"),
        ),
        _ if expression.sources.is_empty() => (Code::ILLEGAL_COLUMN, format!("{what} key cannot contain constants")),
        data_type @ (DataType::Array(_) | DataType::Tuple(_)) => {
            return Err(Error::not_implemented(format!("{what} key of type {data_type}")));
        }
        // Not by equality of values, not by ranges: no partition id could be told from it.
        data_type if what == PARTITION && data_type.is_float() => {
            let message = format!("Floating point partition key is not supported: {}", expression.text);
            (Code::BAD_ARGUMENTS, message)
        }
        _ => return Ok(()),
    };
    Err(Error::new(code, message))
}

fn primary_key_prefix(primary_key: &[ast::Expr], order_by: &[ast::Expr]) -> Result<usize> {
    if primary_key.len() > order_by.len() {
        let message = format!(
            "Primary key must be a prefix of the sorting key, but its length: {} is greater than the \
             sorting key length: {}",
            primary_key.len(),
            order_by.len()
        );
        return Err(Error::new(Code::BAD_ARGUMENTS, message));
    }
    for (position, (primary, sorting)) in primary_key.iter().zip(order_by).enumerate() {
        let (primary, sorting) = (format_expression(primary), format_expression(sorting));
        if primary != sorting {
            let message = format!(
                "Primary key must be a prefix of the sorting key, but the column in the position \
                 {position} is {sorting}, not {primary}"
            );
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        }
    }
    Ok(primary_key.len())
}

/// The conditions as this session's INSERT checks them: `now()` is the time of the INSERT.
pub fn constraints(
    create: &CreateTable,
    columns: &[Column],
    stored: &SchemaRef,
    environment: &Environment,
) -> Result<Vec<Constraint>> {
    // What ASSUME says is believed.
    let checked = create.constraints.iter().filter(|constraint| !constraint.assume);
    let constraint = |definition: &gristmill_sql::parser::ConstraintDefinition| {
        Ok(Constraint {
            name: definition.name.clone(),
            expression: TableExpression::new(&definition.expression, columns, stored, environment)?,
        })
    };
    checked.map(constraint).collect()
}
