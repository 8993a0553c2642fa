//! Which statement it is, what may stand behind any statement, and the statements that are short.
//!
//! Start at [`statement_with_tail`]. Longer ones have files of their own: `create_table`, `alter`, `insert`, `show`.

use sqlparser::ast::{Expr, Query, SelectItem, SetExpr, Setting};

use super::cursor::{Cursor, Parse};
use super::expression::aliased;
use super::lexer::Token;
use super::projection::select_item;
use super::statement::*;
use super::{access, alter, create_table, insert, query, settings, show};
use crate::error::{Code, Error};

/// What may follow a statement, in any order.
#[derive(Default)]
pub(super) struct Tail {
    pub settings: Vec<(String, SettingValue)>,
    pub format: Option<String>,
    pub outfile: Option<Outfile>,
}

/// A statement and its tail.
pub(super) type WithTail = (Statement, Tail);

/// Statements that ClickHouse has and we have not: refused by name, not as a syntax error.
const UNSUPPORTED: &[&str] = &[
    "CREATE FUNCTION",
    "CREATE OR REPLACE FUNCTION",
    "CREATE DICTIONARY",
    "CREATE OR REPLACE DICTIONARY",
    "CREATE MATERIALIZED VIEW",
    "CREATE LIVE VIEW",
    "CREATE WINDOW VIEW",
    "CREATE NAMED COLLECTION",
    "CREATE WORKLOAD",
    "CREATE RESOURCE",
    "CREATE MASKING POLICY",
    "DROP FUNCTION",
    "DROP NAMED COLLECTION",
    "DROP WORKLOAD",
    "DROP RESOURCE",
    "ALTER DATABASE",
    "ALTER NAMED COLLECTION",
    "SET TRANSACTION",
    "BEGIN TRANSACTION",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "BACKUP",
    "RESTORE",
    "WATCH",
    "EXECUTE AS",
    "MOVE USER",
    "MOVE ROLE",
    "PARALLEL WITH",
    "COPY",
];

/// Words that begin a query.
const QUERY_WORDS: &[&str] = &["SELECT", "WITH", "FROM"];

pub(super) fn statement_with_tail(c: &mut Cursor) -> Parse<WithTail> {
    let mut statement = statement(c)?;
    let mut tail = tail(c)?;
    tail.settings.splice(0..0, own_settings(&mut statement));
    Ok((statement, tail))
}

/// SETTINGS of a query, of a union those of its last SELECT, are the statement's, also where the query is inside an
/// INSERT, a CREATE TABLE, an EXPLAIN or a DESCRIBE. Those of other SELECTs and of subqueries stay where they are.
fn own_settings(statement: &mut Statement) -> Vec<(String, SettingValue)> {
    let mut own = Vec::new();
    let query = match statement {
        Statement::Query(query) => Some(query),
        Statement::Insert(insert) => {
            own.append(&mut insert.settings);
            match &mut insert.source {
                InsertSource::Select(query) => Some(query),
                _ => None,
            }
        }
        // A view's are its own: they hold whenever it is read.
        Statement::CreateTable(create) if !create.view => create.as_select.as_mut(),
        Statement::Explain(explain) => return own_settings(&mut explain.statement),
        Statement::Describe(Describe::Query(query)) => Some(query),
        _ => None,
    };
    if let Some(query) = query {
        let settings = last_settings(query);
        own.extend(settings.into_iter().map(settings::from_ast));
    }
    own
}

/// Takes the SETTINGS that end a query: its own, or those of the last SELECT of a union.
fn last_settings(query: &mut Query) -> Vec<Setting> {
    if let Some(settings) = query.settings.take() {
        return settings;
    }
    let mut body = &mut *query.body;
    loop {
        match body {
            SetExpr::SetOperation { right, .. } => body = right,
            SetExpr::Query(last) => match last.settings.take() {
                Some(settings) => return settings,
                None => body = &mut last.body,
            },
            _ => return Vec::new(),
        }
    }
}

fn tail(c: &mut Cursor) -> Parse<Tail> {
    let mut tail = Tail::default();
    loop {
        if c.accept("FORMAT") {
            tail.format = Some(c.name()?);
        } else if c.accept("SETTINGS") {
            tail.settings.append(&mut settings::list(c)?);
        } else if c.accept("INTO OUTFILE") {
            tail.outfile = Some(outfile(c)?);
        } else {
            return Ok(tail);
        }
    }
}

/// `'path' [APPEND | TRUNCATE] [AND STDOUT] [COMPRESSION 'method' [LEVEL n]]`.
fn outfile(c: &mut Cursor) -> Parse<Outfile> {
    let path = c.string()?;
    let (append, truncate) = (c.accept("APPEND"), c.accept("TRUNCATE"));
    if append && (truncate || c.at("TRUNCATE")) {
        let message = "Cannot use INTO OUTFILE with APPEND and TRUNCATE simultaneously.";
        return Err(Error::new(Code::BAD_ARGUMENTS, message).into());
    }
    let and_stdout = c.accept("AND STDOUT");
    let mut compression = None;
    let mut level = None;
    if c.accept("COMPRESSION") {
        compression = Some(c.string()?);
        if c.accept("LEVEL") {
            level = Some(c.whole_number()?);
        }
    }
    let existing = match () {
        () if append => ExistingFile::Append,
        () if truncate => ExistingFile::Truncate,
        () => ExistingFile::Refuse,
    };
    Ok(Outfile {
        path,
        existing,
        and_stdout,
        compression,
        level,
    })
}

/// One statement without its tail.
pub(super) fn statement(c: &mut Cursor) -> Parse<Statement> {
    if c.at_end() {
        return Ok(Statement::Empty);
    }
    if access::begins(c) {
        return access::access(c);
    }
    if let Some(what) = UNSUPPORTED.iter().find(|words| c.at(words)) {
        while !c.at_end() {
            c.advance();
        }
        return Ok(Statement::Unsupported((*what).to_owned()));
    }
    if c.at_symbol("(") || QUERY_WORDS.iter().any(|word| c.at(word)) {
        return Ok(Statement::Query(Box::new(query::query(c)?)));
    }
    let Token::Word { text, quoted: false } = c.peek() else {
        return c.expected("statement");
    };
    let rule: fn(&mut Cursor) -> Parse<Statement> = match text.to_ascii_uppercase().as_str() {
        "INSERT" => insert::insert,
        "CREATE" | "REPLACE" => create_table::create,
        "ATTACH" => attach,
        "DETACH" => detach,
        "DROP" => drop,
        "TRUNCATE" => truncate,
        "RENAME" => rename,
        "EXCHANGE" => exchange,
        "UNDROP" => undrop,
        "USE" => use_database,
        "SET" => set,
        "SHOW" => show::show,
        "DESCRIBE" | "DESC" => show::describe,
        "EXISTS" => show::exists,
        "EXPLAIN" => show::explain,
        "OPTIMIZE" => optimize,
        "CHECK" => check,
        "ALTER" => alter::alter,
        "DELETE" => delete,
        "UPDATE" => update,
        "SYSTEM" => system,
        "KILL" => kill,
        _ => return c.expected(EXPECTED_STATEMENTS),
    };
    rule(c)
}

const EXPECTED_STATEMENTS: &str = "SELECT, INSERT, CREATE, ALTER, DROP, TRUNCATE, RENAME, EXCHANGE, ATTACH, DETACH, \
    USE, SET, SHOW, DESCRIBE, EXISTS, EXPLAIN, OPTIMIZE, CHECK, DELETE, UPDATE, SYSTEM, KILL, GRANT, REVOKE";

/// `ON CLUSTER name`: accepted with a name, and refused, for there is one server.
pub(super) fn on_cluster(c: &mut Cursor) -> Parse<()> {
    if c.accept("ON CLUSTER") {
        return Err(crate::Error::not_implemented("ON CLUSTER").into());
    }
    Ok(())
}

/// As [`object_kind`], with TEMPORARY before it.
pub(super) fn maybe_temporary_kind(c: &mut Cursor) -> Parse<ObjectKind> {
    if !matches!(c.peek_at(1), Token::Word { .. }) || !c.accept("TEMPORARY") {
        return Ok(object_kind(c));
    }
    match object_kind(c) {
        ObjectKind::Database => c.expected("TABLE, VIEW, DICTIONARY"),
        _ => Ok(ObjectKind::Temporary),
    }
}

/// TABLE, DATABASE, VIEW or DICTIONARY; a table where nothing is said.
pub(super) fn object_kind(c: &mut Cursor) -> ObjectKind {
    match () {
        () if c.accept("DATABASE") => ObjectKind::Database,
        () if c.accept("VIEW") => ObjectKind::View,
        () if c.accept("DICTIONARY") => ObjectKind::Dictionary,
        () => {
            // a table may be called `table`: then a name cannot follow
            if matches!(c.peek_at(1), Token::Word { .. }) {
                c.accept("TABLE");
            }
            ObjectKind::Table
        }
    }
}

/// A table's name, or a database's (which has no dot).
pub(super) fn object_name(c: &mut Cursor, kind: ObjectKind) -> Parse<TableName> {
    match kind {
        ObjectKind::Database => Ok(TableName {
            database: None,
            name: c.name()?,
        }),
        _ => c.table_name(),
    }
}

fn use_database(c: &mut Cursor) -> Parse<Statement> {
    c.expect("USE")?;
    if matches!(c.peek_at(1), Token::Word { .. }) {
        c.accept("DATABASE");
    }
    Ok(Statement::Use(c.name()?))
}

fn set(c: &mut Cursor) -> Parse<Statement> {
    c.expect("SET")?;
    Ok(Statement::Set(settings::list(c)?))
}

fn drop(c: &mut Cursor) -> Parse<Statement> {
    c.expect("DROP")?;
    if c.accept("INDEX") {
        let if_exists = c.accept("IF EXISTS");
        let index = c.name()?;
        c.expect("ON")?;
        return Ok(Statement::DropIndex(DropIndex {
            table: c.table_name()?,
            index,
            if_exists,
        }));
    }
    let kind = maybe_temporary_kind(c)?;
    let if_exists = c.accept("IF EXISTS");
    let if_empty = c.accept("IF EMPTY");
    let names = c.comma_separated(|c| object_name(c, kind))?;
    on_cluster(c)?;
    c.accept("PERMANENTLY");
    // Every drop is done when the statement returns.
    if !c.accept("SYNC") {
        c.accept("NO DELAY");
    }
    Ok(Statement::Drop(Drop {
        kind,
        names,
        if_exists,
        if_empty,
    }))
}

fn truncate(c: &mut Cursor) -> Parse<Statement> {
    c.expect("TRUNCATE")?;
    if c.at("ALL TABLES FROM") || c.at("TABLES FROM") {
        return Err(crate::Error::not_implemented("TRUNCATE ALL TABLES").into());
    }
    let kind = maybe_temporary_kind(c)?;
    let if_exists = c.accept("IF EXISTS");
    let name = object_name(c, kind)?;
    on_cluster(c)?;
    c.accept("SYNC");
    Ok(Statement::Truncate(Truncate { kind, name, if_exists }))
}

fn rename(c: &mut Cursor) -> Parse<Statement> {
    c.expect("RENAME")?;
    let kind = object_kind(c);
    let if_exists = c.accept("IF EXISTS");
    let pairs = c.comma_separated(|c| {
        let from = object_name(c, kind)?;
        c.expect("TO")?;
        Ok((from, object_name(c, kind)?))
    })?;
    on_cluster(c)?;
    Ok(Statement::Rename(Rename { kind, pairs, if_exists }))
}

fn exchange(c: &mut Cursor) -> Parse<Statement> {
    c.expect("EXCHANGE")?;
    if !c.accept("TABLES") {
        c.expect("DICTIONARIES")?;
    }
    let first = c.table_name()?;
    c.expect("AND")?;
    let second = c.table_name()?;
    on_cluster(c)?;
    Ok(Statement::Exchange(first, second))
}

fn undrop(c: &mut Cursor) -> Parse<Statement> {
    c.expect("UNDROP TABLE")?;
    Ok(Statement::Undrop(c.table_name()?))
}

fn attach(c: &mut Cursor) -> Parse<Statement> {
    let mark = c.mark();
    c.expect("ATTACH")?;
    let kind = object_kind(c);
    let if_not_exists = c.accept("IF NOT EXISTS");
    let name = object_name(c, kind)?;
    on_cluster(c)?;
    if c.at_end() || kind != ObjectKind::Table {
        return Ok(Statement::Attach(kind, name, if_not_exists));
    }
    c.rewind(mark);
    create_table::create(c)
}

fn detach(c: &mut Cursor) -> Parse<Statement> {
    c.expect("DETACH")?;
    let kind = object_kind(c);
    let if_exists = c.accept("IF EXISTS");
    let name = object_name(c, kind)?;
    on_cluster(c)?;
    let permanently = c.accept("PERMANENTLY");
    let sync = c.accept("SYNC") || c.accept("NO DELAY");
    Ok(Statement::Detach(Detach {
        kind,
        name,
        if_exists,
        permanently,
        sync,
    }))
}

fn optimize(c: &mut Cursor) -> Parse<Statement> {
    c.expect("OPTIMIZE")?;
    c.expect("TABLE")?;
    let table = c.table_name()?;
    on_cluster(c)?;
    let partition = if c.at("PARTITION") {
        Some(alter::partition(c)?)
    } else {
        None
    };
    let is_final = c.accept("FINAL") || c.accept("FORCE");
    let deduplicate = c.accept("DEDUPLICATE");
    let deduplicate_by = match deduplicate && c.accept("BY") {
        true => c.comma_separated(deduplicated_column)?,
        false => Vec::new(),
    };
    let cleanup = c.accept("CLEANUP");
    Ok(Statement::Optimize(Box::new(Optimize {
        table,
        partition,
        is_final,
        deduplicate,
        deduplicate_by,
        cleanup,
    })))
}

/// A column, `*` or `COLUMNS('…')`: no expression, and no alias, which CLEANUP behind it would be taken for.
fn deduplicated_column(c: &mut Cursor) -> Parse<SelectItem> {
    match c.at_symbol("*") || c.at("COLUMNS") {
        true => select_item(c),
        false => Ok(SelectItem::UnnamedExpr(Expr::Identifier(c.identifier()?))),
    }
}

fn check(c: &mut Cursor) -> Parse<Statement> {
    c.expect("CHECK")?;
    c.expect("TABLE")?;
    let table = c.table_name()?;
    let partition = if c.at("PARTITION") || c.at("PART") {
        Some(alter::partition(c)?)
    } else {
        None
    };
    Ok(Statement::Check(table, partition))
}

fn delete(c: &mut Cursor) -> Parse<Statement> {
    c.expect("DELETE FROM")?;
    let table = c.table_name()?;
    on_cluster(c)?;
    let partition = in_partition(c)?;
    c.expect("WHERE")?;
    Ok(Statement::Delete(Box::new(Delete {
        table,
        partition,
        condition: aliased(c)?,
    })))
}

fn update(c: &mut Cursor) -> Parse<Statement> {
    c.expect("UPDATE")?;
    let table = c.table_name()?;
    on_cluster(c)?;
    c.expect("SET")?;
    let assignments = c.comma_separated(alter::assignment)?;
    let partition = in_partition(c)?;
    c.expect("WHERE")?;
    Ok(Statement::Update(Box::new(Update {
        table,
        assignments,
        partition,
        condition: aliased(c)?,
    })))
}

fn in_partition(c: &mut Cursor) -> Parse<Option<PartitionName>> {
    if c.accept("IN") {
        Ok(Some(alter::partition(c)?))
    } else {
        Ok(None)
    }
}

/// Words of `SYSTEM` commands behind which a table or another name may stand.
const SYSTEM_TABLE_COMMANDS: &[&str] = &[
    "STOP MERGES",
    "START MERGES",
    "STOP TTL MERGES",
    "START TTL MERGES",
    "STOP MOVES",
    "START MOVES",
    "STOP FETCHES",
    "START FETCHES",
    "STOP VECTOR INDEX BUILDS",
    "START VECTOR INDEX BUILDS",
    "CLEAR VECTOR SIMILARITY INDEX CACHE",
    "DROP VECTOR SIMILARITY INDEX CACHE",
    "PRELOAD VECTOR SIMILARITY INDEX CACHE",
    "SYNC REPLICA",
    "FLUSH DISTRIBUTED",
    "RESTART REPLICA",
    "RELOAD DICTIONARY",
    "PREWARM MARK CACHE",
    "PREWARM PRIMARY INDEX CACHE",
    "LOAD PRIMARY KEY",
    "UNLOAD PRIMARY KEY",
    "FLUSH ASYNC INSERT QUEUE",
    "WAIT LOADING PARTS",
    "SYNC FILE CACHE",
    "STOP REPLICATED SENDS",
    "START REPLICATED SENDS",
    "STOP REPLICATION QUEUES",
    "START REPLICATION QUEUES",
];

fn system(c: &mut Cursor) -> Parse<Statement> {
    c.expect("SYSTEM")?;
    if c.accept("CHECK VECTOR INDEX RECALL") {
        return check_recall(c);
    }
    if let Some(command) = SYSTEM_TABLE_COMMANDS.iter().find(|words| c.at(words)) {
        c.expect(command)?;
        if command.ends_with("VECTOR SIMILARITY INDEX CACHE") {
            c.accept("FOR");
        }
        let table = if c.at_end() { None } else { Some(c.table_name()?) };
        return Ok(Statement::System(System {
            command: (*command).to_owned(),
            table,
            argument: None,
        }));
    }
    if c.accept("FLUSH LOGS") {
        return flush_logs(c);
    }
    let mut words = Vec::new();
    let mut argument = None;
    loop {
        match c.peek() {
            Token::Word { text, quoted: false } => words.push(text.to_ascii_uppercase()),
            Token::Text(text) | Token::Number(text) if argument.is_none() => argument = Some(text.clone()),
            _ if words.is_empty() => return c.expected("a SYSTEM command"),
            _ => break,
        }
        c.advance();
    }
    Ok(Statement::System(System {
        command: words.join(" "),
        table: None,
        argument,
    }))
}

/// `[db.]table index [LIMIT k] [SAMPLE n]`, the last two in any order.
fn check_recall(c: &mut Cursor) -> Parse<Statement> {
    let mut check = CheckRecall {
        table: c.table_name()?,
        index: c.name()?,
        limit: None,
        sample: None,
    };
    loop {
        if check.limit.is_none() && c.accept("LIMIT") {
            check.limit = Some(c.whole_number()?);
        } else if check.sample.is_none() && c.accept("SAMPLE") {
            check.sample = Some(c.whole_number()?);
        } else {
            return Ok(Statement::CheckRecall(check));
        }
    }
}

/// `FLUSH LOGS [log, …]`: the names come as the argument, with commas between them.
fn flush_logs(c: &mut Cursor) -> Parse<Statement> {
    let mut names = Vec::new();
    while !c.at_end() {
        names.push(c.table_name()?.name);
        if !c.accept_symbol(",") {
            break;
        }
    }
    Ok(Statement::System(System {
        command: "FLUSH LOGS".into(),
        table: None,
        argument: (!names.is_empty()).then(|| names.join(",")),
    }))
}

fn kill(c: &mut Cursor) -> Parse<Statement> {
    c.expect("KILL")?;
    let mutation = c.accept("MUTATION");
    if !mutation {
        c.expect("QUERY")?;
    }
    on_cluster(c)?;
    c.expect("WHERE")?;
    let condition = aliased(c)?;
    let test = c.accept("TEST");
    let sync = c.accept("SYNC");
    if !sync {
        c.accept("ASYNC");
    }
    Ok(Statement::Kill(Box::new(Kill {
        mutation,
        condition,
        sync,
        test,
    })))
}
