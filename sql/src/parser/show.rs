//! The statements that show something: SHOW, DESCRIBE, EXISTS, EXPLAIN.

use super::command::{maybe_temporary_kind, object_name, statement};
use super::cursor::{Cursor, Parse};
use super::expression::expression;
use super::lexer::Token;
use super::statement::*;
use super::{query, settings};

pub(super) fn show(c: &mut Cursor) -> Parse<Statement> {
    c.expect("SHOW")?;
    let show = match () {
        () if c.accept("DATABASES") || c.accept("SCHEMAS") => Show::Databases(pattern(c)?),
        () if c.accept("CREATE") => return show_create(c),
        () if at_definition(c) => return show_create(c),
        () if c.accept("CHANGED SETTINGS") => Show::Settings {
            changed: true,
            pattern: pattern(c)?,
        },
        () if !c.at("SETTINGS PROFILES") && c.accept("SETTINGS") => Show::Settings {
            changed: false,
            pattern: pattern(c)?,
        },
        () if c.accept("SETTING") => Show::Setting(c.name()?),
        () if c.accept("FUNCTIONS") => Show::Functions(pattern(c)?),
        () if c.accept("ENGINES") => Show::Engines,
        () if c.accept("PROCESSLIST") => Show::ProcessList,
        () if c.accept("WARNINGS") => Show::Warnings,
        () if c.accept("CLUSTERS") => Show::Clusters(pattern(c)?),
        () if c.accept("CLUSTER") => Show::Cluster(name_or_string(c)?),
        () if c.accept("DICTIONARIES") => Show::Dictionaries {
            database: database_from(c)?,
            pattern: filtered(c)?,
        },
        () if c.accept("MERGES") => Show::Merges(pattern(c)?),
        () if c.accept("FILESYSTEM CACHES") => Show::FilesystemCaches,
        () if c.accept("USERS") => Show::Access(ShownAccess::Users),
        () if c.accept("ROLES") => Show::Access(ShownAccess::Roles),
        () if c.accept("CURRENT ROLES") => Show::Access(ShownAccess::CurrentRoles),
        () if c.accept("ENABLED ROLES") => Show::Access(ShownAccess::EnabledRoles),
        () if at_indexes(c) => {
            c.accept("EXTENDED");
            c.advance();
            Show::Indexes(table_from(c)?)
        }
        () => return show_tables_or_columns(c),
    };
    Ok(Statement::Show(show))
}

/// `TABLE name`, `VIEW name`, `DATABASE name`: SHOW CREATE without CREATE.
fn at_definition(c: &Cursor) -> bool {
    ["TABLE", "VIEW", "DATABASE"].iter().any(|word| c.at(word)) && !c.word_at(1, "FROM") && !c.word_at(1, "IN")
}

fn name_or_string(c: &mut Cursor) -> Parse<String> {
    match c.peek() {
        Token::Text(_) => c.string(),
        _ => c.name(),
    }
}

/// `FROM database`, or nothing.
fn database_from(c: &mut Cursor) -> Parse<Option<String>> {
    match c.accept("FROM") || c.accept("IN") {
        true => Ok(Some(c.name()?)),
        false => Ok(None),
    }
}

fn at_indexes(c: &Cursor) -> bool {
    let ahead = usize::from(c.at("EXTENDED"));
    ["INDEX", "INDEXES", "INDICES", "KEYS"]
        .iter()
        .any(|word| c.word_at(ahead, word))
}

fn show_create(c: &mut Cursor) -> Parse<Statement> {
    let kind = maybe_temporary_kind(c)?;
    Ok(Statement::Show(Show::Create(kind, object_name(c, kind)?)))
}

fn show_tables_or_columns(c: &mut Cursor) -> Parse<Statement> {
    c.accept("EXTENDED");
    let full = c.accept("FULL");
    let temporary = c.accept("TEMPORARY");
    if !temporary && (c.accept("COLUMNS") || c.accept("FIELDS")) {
        return Ok(Statement::Show(Show::Columns {
            table: table_from(c)?,
            full,
            pattern: filtered(c)?,
        }));
    }
    if c.accept("TABLES") {
        return Ok(Statement::Show(Show::Tables {
            database: database_from(c)?,
            full,
            temporary,
            pattern: filtered(c)?,
        }));
    }
    c.expected("TABLES, DATABASES, CREATE, COLUMNS, INDEXES, SETTINGS, FUNCTIONS, ENGINES, PROCESSLIST, WARNINGS")
}

/// `FROM table [FROM database]`.
fn table_from(c: &mut Cursor) -> Parse<TableName> {
    if !c.accept("FROM") {
        c.expect("IN")?;
    }
    let mut table = c.table_name()?;
    if table.database.is_none() && (c.accept("FROM") || c.accept("IN")) {
        table.database = Some(c.name()?);
    }
    Ok(table)
}

/// `[[NOT] LIKE | ILIKE 'text'] [LIMIT n]`.
fn pattern(c: &mut Cursor) -> Parse<Pattern> {
    let mut pattern = likeness(c)?;
    pattern.limit = limit(c)?;
    Ok(pattern)
}

/// The same, or WHERE in the place of LIKE.
fn filtered(c: &mut Cursor) -> Parse<Pattern> {
    let mut pattern = likeness(c)?;
    if pattern.like.is_none() && c.accept("WHERE") {
        pattern.filter = Some(Box::new(expression(c)?));
    }
    pattern.limit = limit(c)?;
    Ok(pattern)
}

fn limit(c: &mut Cursor) -> Parse<Option<u64>> {
    match c.accept("LIMIT") {
        true => Ok(Some(c.whole_number()?)),
        false => Ok(None),
    }
}

fn likeness(c: &mut Cursor) -> Parse<Pattern> {
    let negated = c.accept("NOT");
    let case_insensitive = c.accept("ILIKE");
    let mut pattern = Pattern {
        negated,
        case_insensitive,
        ..Pattern::default()
    };
    if pattern.case_insensitive || c.accept("LIKE") {
        pattern.like = Some(c.string()?);
    } else if pattern.negated {
        return c.expected("LIKE, ILIKE");
    }
    Ok(pattern)
}

pub(super) fn describe(c: &mut Cursor) -> Parse<Statement> {
    c.advance();
    if matches!(c.peek_at(1), Token::Word { .. } | Token::Symbol("(")) {
        c.accept("TABLE");
    }
    if query::begins_query(c, 0) {
        let inner = c.in_parentheses(query::query)?;
        return Ok(Statement::Describe(Describe::Query(Box::new(inner))));
    }
    if query::begins_query_here(c) {
        return Ok(Statement::Describe(Describe::Query(Box::new(query::query(c)?))));
    }
    let mark = c.mark();
    let table = c.table_name()?;
    if c.at_symbol("(") {
        c.rewind(mark);
        return Ok(Statement::Describe(Describe::Function(expression(c)?)));
    }
    Ok(Statement::Describe(Describe::Table(table)))
}

pub(super) fn exists(c: &mut Cursor) -> Parse<Statement> {
    c.expect("EXISTS")?;
    let kind = maybe_temporary_kind(c)?;
    Ok(Statement::Exists(kind, object_name(c, kind)?))
}

/// `EXPLAIN [kind] [setting = value, …] statement`.
pub(super) fn explain(c: &mut Cursor) -> Parse<Statement> {
    c.nested(|c| {
        c.expect("EXPLAIN")?;
        let kind = match () {
            () if c.accept("PLAN") => ExplainKind::Plan,
            () if c.accept("AST") => ExplainKind::Ast,
            () if c.accept("SYNTAX") => ExplainKind::Syntax,
            () if c.accept("QUERY TREE") => ExplainKind::QueryTree,
            () if c.accept("PIPELINE") => ExplainKind::Pipeline,
            () if c.accept("ESTIMATE") => ExplainKind::Estimate,
            () if c.accept("ANALYZE") => ExplainKind::Analyze,
            () if c.accept("TABLE OVERRIDE") || c.accept("CURRENT TRANSACTION") => ExplainKind::Other,
            () => ExplainKind::Plan,
        };
        let mut options = Vec::new();
        if matches!(c.peek(), Token::Word { .. }) && c.symbol_at(1, "=") {
            options = settings::list(c)?;
        }
        if kind == ExplainKind::Other {
            while !c.at_end() {
                c.advance();
            }
        }
        let statement = statement(c)?;
        if statement == Statement::Empty && kind != ExplainKind::Other {
            return c.expected("SELECT, INSERT, CREATE");
        }
        Ok(Statement::Explain(Box::new(Explain {
            kind,
            settings: options,
            statement,
        })))
    })
}
