//! What CREATE defines: databases, tables, columns, indexes, constraints.

use sqlparser::ast::{Expr, Query};

use super::statement::{SettingValue, TableName};

/// `CREATE DATABASE`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateDatabase {
    /// The name.
    pub name: String,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `ENGINE = name(args)`.
    pub engine: Option<Engine>,
    /// `COMMENT '…'`.
    pub comment: Option<String>,
}

/// `ENGINE = name(arguments)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Engine {
    /// The name.
    pub name: String,
    /// The arguments; `None` if there were no parentheses.
    pub arguments: Option<Vec<Expr>>,
}

/// Whose rights a view's query has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SqlSecurity {
    /// `SQL SECURITY INVOKER`: those of who reads it.
    Invoker,
    /// `DEFINER = user SQL SECURITY DEFINER`: those of a user; none said: of who makes it.
    Definer(Option<String>),
    /// `SQL SECURITY NONE`: nothing is asked.
    None,
}

/// `CREATE TABLE` and `CREATE VIEW`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateTable {
    /// The table.
    pub table: TableName,
    /// `TEMPORARY`.
    pub temporary: bool,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `CREATE OR REPLACE TABLE`, `REPLACE TABLE`.
    pub or_replace: bool,
    /// `CREATE VIEW`: `as_select` is what it shows, the columns are as they were when it was made.
    pub view: bool,
    /// `SQL SECURITY`, `DEFINER` of a view.
    pub sql_security: Option<SqlSecurity>,
    /// `ATTACH TABLE … (definition)`.
    pub attach: bool,
    /// `UUID '…'`.
    pub uuid: Option<String>,
    /// The columns in their order.
    pub columns: Vec<ColumnDefinition>,
    /// `INDEX …` elements.
    pub indexes: Vec<IndexDefinition>,
    /// `CONSTRAINT …` elements.
    pub constraints: Vec<ConstraintDefinition>,
    /// `ENGINE = …`.
    pub engine: Option<Engine>,
    /// `ORDER BY`: the elements of the tuple, or the one expression. `Some(vec![])` is `tuple()`.
    pub order_by: Option<Vec<Expr>>,
    /// `PARTITION BY`.
    pub partition_by: Option<Expr>,
    /// `PRIMARY KEY`, as `order_by`; also from a `PRIMARY KEY` element or column.
    pub primary_key: Option<Vec<Expr>>,
    /// `SAMPLE BY`.
    pub sample_by: Option<Expr>,
    /// `TTL …` of the table.
    pub ttl: Vec<TtlElement>,
    /// `SETTINGS …` of the table.
    pub settings: Vec<(String, SettingValue)>,
    /// `COMMENT '…'` of the table.
    pub comment: Option<String>,
    /// `AS other` or `CLONE AS other`.
    pub as_table: Option<TableName>,
    /// `CLONE AS`: the data too.
    pub clone: bool,
    /// `AS SELECT …`.
    pub as_select: Option<Box<Query>>,
    /// `AS function(…)`.
    pub as_function: Option<Expr>,
    /// `EMPTY AS SELECT …`: only the structure.
    pub empty: bool,
}

impl CreateTable {
    /// The expressions of columns, keys, indexes, constraints and TTL: what a table keeps.
    pub fn expressions_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        let columns = self.columns.iter_mut().flat_map(ColumnDefinition::expressions_mut);
        let keys = [&mut self.order_by, &mut self.primary_key]
            .into_iter()
            .flatten()
            .flatten();
        let clauses = [&mut self.partition_by, &mut self.sample_by].into_iter().flatten();
        let indexes = self.indexes.iter_mut().flat_map(IndexDefinition::expressions_mut);
        let constraints = self.constraints.iter_mut().map(|constraint| &mut constraint.expression);
        let ttl = self.ttl.iter_mut();
        let ttl = ttl.flat_map(|element| std::iter::once(&mut element.expression).chain(&mut element.condition));
        columns
            .chain(keys)
            .chain(clauses)
            .chain(indexes)
            .chain(constraints)
            .chain(ttl)
    }
}

/// How a column gets a value that is not given.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnDefault {
    /// `DEFAULT expr`.
    Default(Expr),
    /// `MATERIALIZED expr`.
    Materialized(Expr),
    /// `ALIAS expr`.
    Alias(Expr),
    /// `EPHEMERAL [expr]`.
    Ephemeral(Option<Expr>),
}

/// A column of `CREATE TABLE` or `ALTER TABLE`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColumnDefinition {
    /// The name.
    pub name: String,
    /// The type's text as written (spaces normalised); `None` if it follows from the default expression.
    pub data_type: Option<String>,
    /// `NULL` (true) or `NOT NULL` (false) behind the type.
    pub null: Option<bool>,
    /// DEFAULT, MATERIALIZED, ALIAS, EPHEMERAL.
    pub default: Option<ColumnDefault>,
    /// `CODEC(…)`: each codec is an identifier or a function call.
    pub codec: Option<Vec<Expr>>,
    /// `STATISTICS(…)`.
    pub statistics: Option<Vec<Expr>>,
    /// `TTL expr`.
    pub ttl: Option<Expr>,
    /// `COMMENT '…'`.
    pub comment: Option<String>,
    /// `PRIMARY KEY` behind the column.
    pub primary_key: bool,
    /// `SETTINGS (…)` behind the column.
    pub settings: Vec<(String, SettingValue)>,
}

impl ColumnDefinition {
    /// The expressions of DEFAULT and its like, CODEC and TTL.
    pub fn expressions_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        let default = match &mut self.default {
            Some(
                ColumnDefault::Default(expression)
                | ColumnDefault::Materialized(expression)
                | ColumnDefault::Alias(expression)
                | ColumnDefault::Ephemeral(Some(expression)),
            ) => Some(expression),
            Some(ColumnDefault::Ephemeral(None)) | None => None,
        };
        default
            .into_iter()
            .chain(self.codec.iter_mut().flatten())
            .chain(&mut self.ttl)
    }
}

/// `INDEX name expr TYPE type(arguments) GRANULARITY n`.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexDefinition {
    /// The name.
    pub name: String,
    /// The indexed expression.
    pub expression: Expr,
    /// The type's name, such as `vector_similarity`.
    pub index_type: String,
    /// The type's arguments: literals and bare words (identifiers); `None` if there were no parentheses.
    pub arguments: Option<Vec<Expr>>,
    /// `GRANULARITY n`; `None` if it was left out: the type decides.
    pub granularity: Option<u64>,
}

impl IndexDefinition {
    /// The indexed expression and the type's arguments.
    pub fn expressions_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        let arguments = self.arguments.iter_mut().flatten();
        std::iter::once(&mut self.expression).chain(arguments)
    }
}

/// `CONSTRAINT name CHECK | ASSUME expr`.
#[derive(Clone, Debug, PartialEq)]
pub struct ConstraintDefinition {
    /// The name.
    pub name: String,
    /// `ASSUME` in place of `CHECK`.
    pub assume: bool,
    /// The condition.
    pub expression: Expr,
}

/// One element of a table's `TTL`.
#[derive(Clone, Debug, PartialEq)]
pub struct TtlElement {
    /// When.
    pub expression: Expr,
    /// What happens then.
    pub action: TtlAction,
    /// `WHERE …` of a delete.
    pub condition: Option<Expr>,
}

/// What a TTL does.
#[derive(Clone, Debug, PartialEq)]
pub enum TtlAction {
    /// `DELETE`, or nothing said.
    Delete,
    /// `TO DISK | VOLUME 'x'`, `RECOMPRESS CODEC(…)`, `GROUP BY …`: kept as text.
    Other(String),
}

/// `CREATE INDEX name ON table …`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateIndex {
    /// The table.
    pub table: TableName,
    /// The index.
    pub index: IndexDefinition,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
}
