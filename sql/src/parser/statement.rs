//! What a statement is after parsing: one enum, one struct per statement that has parts.
//!
//! Queries and expressions inside are sqlparser's AST (`crate::parser` says which nodes occur); everything
//! that changes or shows the database has its own type here, in ClickHouse's words.

use std::ops::Range;

use sqlparser::ast::{Expr, Query, SelectItem};

use super::access::AccessStatement;
use super::definition::*;

/// A table, view or dictionary name with or without its database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TableName {
    /// The database, if the name was qualified.
    pub database: Option<String>,
    /// The table.
    pub name: String,
}

/// One parsed statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// `SELECT …`, with unions and common table expressions.
    Query(Box<Query>),
    /// `INSERT INTO …`.
    Insert(Box<Insert>),
    /// `CREATE DATABASE`.
    CreateDatabase(CreateDatabase),
    /// `CREATE TABLE`, also `REPLACE TABLE` and `ATTACH TABLE` with a definition.
    CreateTable(Box<CreateTable>),
    /// `CREATE INDEX … ON …`, the same as `ALTER TABLE … ADD INDEX`.
    CreateIndex(Box<CreateIndex>),
    /// `DROP TABLE | DATABASE | VIEW | DICTIONARY …`.
    Drop(Drop),
    /// `DROP INDEX name ON table`.
    DropIndex(DropIndex),
    /// `TRUNCATE TABLE | DATABASE …`.
    Truncate(Truncate),
    /// `RENAME TABLE a TO b, …`, `RENAME DATABASE a TO b`.
    Rename(Rename),
    /// `EXCHANGE TABLES a AND b`.
    Exchange(TableName, TableName),
    /// `UNDROP TABLE t`.
    Undrop(TableName),
    /// `USE database`.
    Use(String),
    /// `SET name = value, …`.
    Set(Vec<(String, SettingValue)>),
    /// `SHOW …`.
    Show(Show),
    /// `DESCRIBE TABLE …`.
    Describe(Describe),
    /// `EXISTS [TEMPORARY] [TABLE | DATABASE | VIEW | DICTIONARY] name`.
    Exists(ObjectKind, TableName),
    /// `EXPLAIN …`.
    Explain(Box<Explain>),
    /// `OPTIMIZE TABLE …`.
    Optimize(Box<Optimize>),
    /// `CHECK TABLE name [PARTITION …]`.
    Check(TableName, Option<PartitionName>),
    /// `ALTER TABLE …`.
    Alter(Box<Alter>),
    /// `DELETE FROM name [IN PARTITION …] WHERE …`: the lightweight delete.
    Delete(Box<Delete>),
    /// `UPDATE name SET … WHERE …`: the lightweight update.
    Update(Box<Update>),
    /// `SYSTEM …`: the words after `SYSTEM`, in upper case, and the rest.
    System(System),
    /// `SYSTEM CHECK VECTOR INDEX RECALL …`.
    CheckRecall(CheckRecall),
    /// `KILL QUERY | MUTATION WHERE …`.
    Kill(Box<Kill>),
    /// `DETACH TABLE | DATABASE …`.
    Detach(Detach),
    /// `ATTACH TABLE | DATABASE name` without a definition.
    Attach(ObjectKind, TableName, IfNotExists),
    /// A statement about users, roles and what they may do.
    Access(Box<AccessStatement>),
    /// A ClickHouse statement that is recognised but not there: refused with NOT_IMPLEMENTED by this name.
    Unsupported(String),
    /// No statement: only spaces and comments.
    Empty,
}

/// What a name stands for in `DROP`, `EXISTS`, `ATTACH` and others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// A table; also what is meant where nothing is said.
    Table,
    /// A table, view or dictionary of the session alone: `TEMPORARY`.
    Temporary,
    /// A database.
    Database,
    /// A view.
    View,
    /// A dictionary.
    Dictionary,
}

/// Whether `IF NOT EXISTS` was said.
pub type IfNotExists = bool;

/// A setting's value as written.
#[derive(Clone, Debug, PartialEq)]
pub enum SettingValue {
    /// A number, `inf` or `nan`, as text.
    Number(String),
    /// A string, or a bare word that is neither a number nor a Bool.
    Text(String),
    /// `true` or `false`.
    Bool(bool),
    /// `SET name = DEFAULT`.
    Default,
}

impl SettingValue {
    /// The value as the text that a setting is parsed from.
    pub fn text(&self) -> String {
        match self {
            SettingValue::Number(text) | SettingValue::Text(text) => text.clone(),
            SettingValue::Bool(value) => if *value { "1" } else { "0" }.to_owned(),
            SettingValue::Default => String::new(),
        }
    }
}

/// `INTO OUTFILE 'path' …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outfile {
    /// The path.
    pub path: String,
    /// What happens to a file that is there already.
    pub existing: ExistingFile,
    /// `AND STDOUT`: the result goes to standard output as well.
    pub and_stdout: bool,
    /// `COMPRESSION 'method'`; by the path's ending if it was not said.
    pub compression: Option<String>,
    /// `LEVEL n` of the compression.
    pub level: Option<u64>,
}

/// What INTO OUTFILE does with a file that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExistingFile {
    /// An error; nothing said.
    Refuse,
    /// `APPEND`.
    Append,
    /// `TRUNCATE`.
    Truncate,
}

/// Where an `INSERT` writes.
#[derive(Clone, Debug, PartialEq)]
pub enum InsertTarget {
    /// A table.
    Table(TableName),
    /// `INTO FUNCTION name(…)`.
    Function(Box<Expr>),
}

/// Which columns an `INSERT` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InsertColumns {
    /// No list, or `(*)`: all columns that can be inserted.
    All,
    /// `(a, b, …)`.
    Named(Vec<String>),
    /// `(* EXCEPT (a, b))`.
    Except(Vec<String>),
}

/// Where the rows of an `INSERT` come from.
#[derive(Clone, Debug, PartialEq)]
pub enum InsertSource {
    /// `VALUES …`, or `FORMAT name …`: the bytes of this range of the query are data, and more may follow from the
    /// connection. The range is empty if the query ends with the format's name.
    Data {
        /// The format; `Values` for `VALUES`.
        format: String,
        /// Where in the query's bytes the data lies.
        range: Range<usize>,
    },
    /// `SELECT …`.
    Select(Box<Query>),
    /// `FROM INFILE 'path' [COMPRESSION 'x'] [FORMAT name]`.
    File {
        /// The path or glob.
        path: String,
        /// The compression method, if it was said.
        compression: Option<String>,
        /// The format, if it was said; else by the file's extension.
        format: Option<String>,
    },
    /// Neither data nor format: all rows come from the connection in its own form.
    Connection,
}

/// `INSERT INTO …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Insert {
    /// The target.
    pub target: InsertTarget,
    /// The named columns.
    pub columns: InsertColumns,
    /// The source.
    pub source: InsertSource,
    /// `SETTINGS …` before the data; moved to [`super::Parsed::settings`].
    pub(super) settings: Vec<(String, SettingValue)>,
}

/// `DROP …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Drop {
    /// What is dropped.
    pub kind: ObjectKind,
    /// The names; of a database, `name` alone is set.
    pub names: Vec<TableName>,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `IF EMPTY`.
    pub if_empty: bool,
}

/// `DROP INDEX name ON table`.
#[derive(Clone, Debug, PartialEq)]
pub struct DropIndex {
    /// The table.
    pub table: TableName,
    /// The index.
    pub index: String,
    /// `IF EXISTS`.
    pub if_exists: bool,
}

/// `TRUNCATE …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Truncate {
    /// A table, or a database (`name` alone is set).
    pub kind: ObjectKind,
    /// What is emptied.
    pub name: TableName,
    /// `IF EXISTS`.
    pub if_exists: bool,
}

/// `RENAME …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Rename {
    /// Tables (also views and dictionaries) or a database.
    pub kind: ObjectKind,
    /// From and to.
    pub pairs: Vec<(TableName, TableName)>,
    /// `IF EXISTS`.
    pub if_exists: bool,
}

/// The pattern of a `SHOW` statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    /// `LIKE 'text'`.
    pub like: Option<String>,
    /// `NOT LIKE`.
    pub negated: bool,
    /// `ILIKE`.
    pub case_insensitive: bool,
    /// `WHERE condition`, over the columns that are shown.
    pub filter: Option<Box<Expr>>,
    /// `LIMIT n`.
    pub limit: Option<u64>,
}

/// What of users and roles SHOW lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownAccess {
    /// `USERS`.
    Users,
    /// `ROLES`.
    Roles,
    /// `CURRENT ROLES`.
    CurrentRoles,
    /// `ENABLED ROLES`.
    EnabledRoles,
}

/// `SHOW …`.
#[derive(Clone, Debug, PartialEq)]
pub enum Show {
    /// `SHOW DATABASES`.
    Databases(Pattern),
    /// `SHOW [FULL] [TEMPORARY] TABLES [FROM db]`.
    Tables {
        /// Another database than the current one.
        database: Option<String>,
        /// `FULL`: with the table's type.
        full: bool,
        /// `TEMPORARY`.
        temporary: bool,
        /// Which.
        pattern: Pattern,
    },
    /// `SHOW [EXTENDED] [FULL] COLUMNS FROM t [FROM db]`.
    Columns {
        /// The table.
        table: TableName,
        /// `FULL`.
        full: bool,
        /// Which.
        pattern: Pattern,
    },
    /// `SHOW INDEX | INDEXES | KEYS FROM t [FROM db]`.
    Indexes(TableName),
    /// `SHOW CREATE [TABLE | DATABASE | VIEW] name`.
    Create(ObjectKind, TableName),
    /// `SHOW [CHANGED] SETTINGS [LIKE …]`.
    Settings {
        /// `CHANGED`.
        changed: bool,
        /// Which.
        pattern: Pattern,
    },
    /// `SHOW SETTING name`.
    Setting(String),
    /// `SHOW FUNCTIONS`.
    Functions(Pattern),
    /// `SHOW ENGINES`.
    Engines,
    /// `SHOW PROCESSLIST`.
    ProcessList,
    /// `SHOW WARNINGS`.
    Warnings,
    /// `SHOW CLUSTERS`.
    Clusters(Pattern),
    /// `SHOW CLUSTER name`.
    Cluster(String),
    /// `SHOW DICTIONARIES [FROM db]`.
    Dictionaries {
        /// Another database than the current one.
        database: Option<String>,
        /// Which.
        pattern: Pattern,
    },
    /// `SHOW MERGES`.
    Merges(Pattern),
    /// `SHOW FILESYSTEM CACHES`.
    FilesystemCaches,
    /// `SHOW USERS`, `SHOW [CURRENT | ENABLED] ROLES`.
    Access(ShownAccess),
}

/// `DESCRIBE …`.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant)] // one per statement: a box would only be in the way
pub enum Describe {
    /// A table.
    Table(TableName),
    /// A table function.
    Function(Expr),
    /// A query in parentheses.
    Query(Box<Query>),
}

/// What `EXPLAIN` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExplainKind {
    /// `EXPLAIN PLAN`, the default.
    Plan,
    /// `EXPLAIN AST`.
    Ast,
    /// `EXPLAIN SYNTAX`.
    Syntax,
    /// `EXPLAIN QUERY TREE`.
    QueryTree,
    /// `EXPLAIN PIPELINE`.
    Pipeline,
    /// `EXPLAIN ESTIMATE`.
    Estimate,
    /// `EXPLAIN ANALYZE`: runs the query and shows counters. ClickHouse has none; this is ours.
    Analyze,
    /// `EXPLAIN TABLE OVERRIDE`, `CURRENT TRANSACTION`.
    Other,
}

/// `EXPLAIN …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Explain {
    /// What is shown.
    pub kind: ExplainKind,
    /// `indexes = 1, header = 1, …`.
    pub settings: Vec<(String, SettingValue)>,
    /// The explained statement.
    pub statement: Statement,
}

/// Which partition a command means.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant)] // one per statement: a box would only be in the way
pub enum PartitionName {
    /// `PARTITION expr`: a constant, or a tuple of constants.
    Value(Expr),
    /// `PARTITION ID 'id'`.
    Id(String),
    /// `PARTITION ALL`.
    All,
    /// `PART 'name'`.
    Part(String),
}

/// `OPTIMIZE TABLE …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimize {
    /// The table.
    pub table: TableName,
    /// `PARTITION …`.
    pub partition: Option<PartitionName>,
    /// `FINAL`, or `FORCE`.
    pub is_final: bool,
    /// `DEDUPLICATE`, with or without `BY …`.
    pub deduplicate: bool,
    /// What follows `BY`: columns, `*` and `COLUMNS('…')`; empty without it.
    pub deduplicate_by: Vec<SelectItem>,
    /// `CLEANUP`.
    pub cleanup: bool,
}

/// `ALTER TABLE name command, …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Alter {
    /// The table.
    pub table: TableName,
    /// The commands in their order.
    pub commands: Vec<AlterCommand>,
}

/// Where a new column goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// At the end.
    Last,
    /// `FIRST`.
    First,
    /// `AFTER name`.
    After(String),
}

/// One command of `ALTER TABLE`.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // the variants and fields are ClickHouse's words
pub enum AlterCommand {
    AddColumn {
        column: ColumnDefinition,
        position: Position,
        if_not_exists: bool,
    },
    DropColumn {
        name: String,
        if_exists: bool,
    },
    ClearColumn {
        name: String,
        partition: Option<PartitionName>,
        if_exists: bool,
    },
    RenameColumn {
        from: String,
        to: String,
        if_exists: bool,
    },
    ModifyColumn {
        column: ColumnDefinition,
        position: Position,
        if_exists: bool,
    },
    /// `MODIFY COLUMN name REMOVE DEFAULT | COMMENT | CODEC | TTL | …`: `property` in upper case.
    RemoveColumnProperty {
        name: String,
        property: String,
        if_exists: bool,
    },
    CommentColumn {
        name: String,
        comment: String,
        if_exists: bool,
    },
    MaterializeColumn {
        name: String,
        partition: Option<PartitionName>,
    },
    AddIndex {
        index: IndexDefinition,
        position: Position,
        if_not_exists: bool,
    },
    DropIndex {
        name: String,
        if_exists: bool,
    },
    ClearIndex {
        name: String,
        partition: Option<PartitionName>,
        if_exists: bool,
    },
    MaterializeIndex {
        name: String,
        partition: Option<PartitionName>,
        if_exists: bool,
    },
    AddConstraint {
        constraint: ConstraintDefinition,
        if_not_exists: bool,
    },
    DropConstraint {
        name: String,
        if_exists: bool,
    },
    ModifyOrderBy(Vec<Expr>),
    ModifySampleBy(Expr),
    RemoveSampleBy,
    ModifyTtl(Vec<TtlElement>),
    RemoveTtl,
    MaterializeTtl {
        partition: Option<PartitionName>,
    },
    ModifySetting(Vec<(String, SettingValue)>),
    ResetSetting(Vec<String>),
    ModifyComment(String),
    ModifyQuery(Box<Query>),
    Delete {
        partition: Option<PartitionName>,
        condition: Expr,
    },
    Update {
        assignments: Vec<(String, Expr)>,
        partition: Option<PartitionName>,
        condition: Expr,
    },
    ApplyDeletedMask {
        partition: Option<PartitionName>,
    },
    /// `DROP PARTITION | PART`; `detached` for `DROP DETACHED PARTITION | PART`.
    DropPartition {
        partition: PartitionName,
        detached: bool,
    },
    DetachPartition(PartitionName),
    AttachPartition {
        partition: PartitionName,
        from: Option<TableName>,
    },
    ReplacePartition {
        partition: PartitionName,
        from: TableName,
    },
    MovePartition {
        partition: PartitionName,
        to: MoveTarget,
    },
    FreezePartition {
        partition: Option<PartitionName>,
        name: Option<String>,
    },
    UnfreezePartition {
        partition: Option<PartitionName>,
        name: String,
    },
    /// Recognised, but not there: refused with NOT_IMPLEMENTED by this name.
    Unsupported(String),
}

/// Where `MOVE PARTITION` moves to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MoveTarget {
    /// `TO TABLE name`.
    Table(TableName),
    /// `TO DISK 'name'`.
    Disk(String),
    /// `TO VOLUME 'name'`.
    Volume(String),
}

/// `DELETE FROM …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Delete {
    /// The table.
    pub table: TableName,
    /// `IN PARTITION …`.
    pub partition: Option<PartitionName>,
    /// `WHERE …`.
    pub condition: Expr,
}

/// `UPDATE …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// The table.
    pub table: TableName,
    /// `SET column = expr, …`.
    pub assignments: Vec<(String, Expr)>,
    /// `IN PARTITION …`.
    pub partition: Option<PartitionName>,
    /// `WHERE …`.
    pub condition: Expr,
}

/// `SYSTEM …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    /// The command's words in upper case, such as `DROP VECTOR SIMILARITY INDEX CACHE`.
    pub command: String,
    /// The table it names, if it names one.
    pub table: Option<TableName>,
    /// A string or number argument, if it has one.
    pub argument: Option<String>,
}

/// `SYSTEM CHECK VECTOR INDEX RECALL …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRecall {
    /// The table.
    pub table: TableName,
    /// The index.
    pub index: String,
    /// `LIMIT k`: nearest rows that are compared.
    pub limit: Option<u64>,
    /// `SAMPLE n`: rows that are looked for.
    pub sample: Option<u64>,
}

/// `KILL …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Kill {
    /// `MUTATION` in place of `QUERY`.
    pub mutation: bool,
    /// `WHERE …`.
    pub condition: Expr,
    /// `SYNC`.
    pub sync: bool,
    /// `TEST`.
    pub test: bool,
}

/// `DETACH …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Detach {
    /// A table or a database.
    pub kind: ObjectKind,
    /// The name.
    pub name: TableName,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `PERMANENTLY`.
    pub permanently: bool,
    /// `SYNC`.
    pub sync: bool,
}
