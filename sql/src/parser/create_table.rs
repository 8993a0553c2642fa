//! CREATE DATABASE, TABLE and INDEX. The clauses behind a table's columns may come in any order.

use sqlparser::ast::{Expr, Ident};

use super::command::on_cluster;
use super::cursor::{Cursor, Parse};
use super::definition::*;
use super::expression::expression;
use super::format::{format_expression, quote_name, quote_string};
use super::lexer::Token;
use super::statement::*;
use super::{query, settings, type_text};
use crate::error::Error;

/// CREATE, REPLACE or ATTACH.
pub(super) fn create(c: &mut Cursor) -> Parse<Statement> {
    let attach = c.accept("ATTACH");
    let mut or_replace = c.accept("REPLACE");
    if !attach && !or_replace {
        c.expect("CREATE")?;
        or_replace = c.accept("OR REPLACE");
    }
    if c.accept("DATABASE") {
        return create_database(c);
    }
    if c.accept("INDEX") {
        return create_index(c, false);
    }
    if c.accept("UNIQUE INDEX") {
        return Err(Error::not_implemented("CREATE UNIQUE INDEX").into());
    }
    let temporary = c.accept("TEMPORARY");
    let view = c.accept("VIEW");
    if !view && !c.accept("TABLE") {
        return c.expected("TABLE, DATABASE, INDEX, VIEW, FUNCTION, DICTIONARY, USER");
    }
    let if_not_exists = c.accept("IF NOT EXISTS");
    let table = c.table_name()?;
    let mut create = CreateTable {
        table,
        temporary,
        if_not_exists,
        or_replace,
        attach,
        view,
        ..CreateTable::default()
    };
    if c.accept("UUID") {
        create.uuid = Some(c.string()?);
    }
    on_cluster(c)?;
    if c.at_symbol("(") && !query::begins_query(c, 0) {
        elements(c, &mut create)?;
    }
    match view {
        true => view_clauses(c, &mut create)?,
        false => clauses(c, &mut create)?,
    }
    Ok(Statement::CreateTable(Box::new(create)))
}

fn create_database(c: &mut Cursor) -> Parse<Statement> {
    let if_not_exists = c.accept("IF NOT EXISTS");
    let name = c.name()?;
    on_cluster(c)?;
    let engine = if c.accept("ENGINE") { Some(engine(c)?) } else { None };
    let comment = if c.accept("COMMENT") { Some(c.string()?) } else { None };
    Ok(Statement::CreateDatabase(CreateDatabase {
        name,
        if_not_exists,
        engine,
        comment,
    }))
}

fn create_index(c: &mut Cursor, if_not_exists: bool) -> Parse<Statement> {
    let if_not_exists = c.accept("IF NOT EXISTS") || if_not_exists;
    let name = c.name()?;
    c.expect("ON")?;
    let table = c.table_name()?;
    let index = index_body(c, name)?;
    Ok(Statement::CreateIndex(Box::new(CreateIndex {
        table,
        index,
        if_not_exists,
    })))
}

/// The columns, indexes and constraints in parentheses.
fn elements(c: &mut Cursor, create: &mut CreateTable) -> Parse<()> {
    c.in_parentheses(|c| {
        while !c.at_symbol(")") {
            element(c, create)?;
            if !c.accept_symbol(",") {
                break;
            }
        }
        Ok(())
    })
}

fn element(c: &mut Cursor, create: &mut CreateTable) -> Parse<()> {
    // INDEX and CONSTRAINT may be columns too: `index UInt8`. The element has a name behind the word and then more.
    let names_follow = matches!(c.peek_at(1), Token::Word { .. })
        && matches!(
            c.peek_at(2),
            Token::Word { .. } | Token::Symbol("(" | "-") | Token::Text(_) | Token::Number(_)
        );
    match () {
        () if c.at("INDEX") && names_follow && !c.symbol_at(1, "(") && is_index(c) => {
            c.advance();
            create.indexes.push(index(c)?);
        }
        () if c.at("CONSTRAINT") && names_follow => {
            c.advance();
            create.constraints.push(constraint(c)?);
        }
        () if c.at("PROJECTION") && names_follow => return Err(Error::not_implemented("PROJECTION").into()),
        () if c.at("PRIMARY KEY") => {
            c.expect("PRIMARY KEY")?;
            create.primary_key = Some(key_expressions(c)?);
        }
        () if c.at("FOREIGN KEY") => return Err(Error::not_implemented("FOREIGN KEY").into()),
        () => {
            let column = column(c)?;
            if column.primary_key {
                let key = Expr::Identifier(Ident::new(column.name.clone()));
                create.primary_key.get_or_insert_default().push(key);
            }
            create.columns.push(column);
        }
    }
    Ok(())
}

/// Whether `INDEX name …` is an index and no column called `index`: TYPE comes before the element ends.
fn is_index(c: &Cursor) -> bool {
    let mut depth = 0usize;
    for ahead in 2.. {
        match c.peek_at(ahead) {
            Token::Symbol("(" | "[") => depth += 1,
            Token::Symbol(")" | "]") if depth == 0 => return false,
            Token::Symbol(")" | "]") => depth -= 1,
            Token::Symbol(",") if depth == 0 => return false,
            Token::End => return false,
            Token::Word { .. } if depth == 0 && c.word_at(ahead, "TYPE") => return true,
            _ => {}
        }
    }
    false
}

/// `name [type] [NULL] [DEFAULT …] [COMMENT …] [CODEC …] [TTL …]`.
pub(super) fn column(c: &mut Cursor) -> Parse<ColumnDefinition> {
    let parts = c.compound_name()?;
    let name = parts.into_iter().map(|part| part.value).collect::<Vec<_>>().join(".");
    let mut column = ColumnDefinition {
        name,
        ..ColumnDefinition::default()
    };
    if !begins_column_property(c) {
        column.data_type = Some(type_text::parse(c)?);
    }
    column_properties(c, &mut column)?;
    if column.data_type.is_none() && column.default.is_none() {
        return c.expected("data type, DEFAULT, MATERIALIZED, ALIAS, EPHEMERAL");
    }
    Ok(column)
}

/// As [`column()`], where the type may follow the word TYPE, or be left out where a property is named.
pub(super) fn modified_column(c: &mut Cursor) -> Parse<ColumnDefinition> {
    let parts = c.compound_name()?;
    let name = parts.into_iter().map(|part| part.value).collect::<Vec<_>>().join(".");
    let mut column = ColumnDefinition {
        name,
        ..ColumnDefinition::default()
    };
    let typed = c.accept("TYPE");
    if typed || !COLUMN_PROPERTIES.iter().any(|words| c.at(words)) {
        column.data_type = Some(type_text::parse(c)?);
    }
    column_properties(c, &mut column)?;
    Ok(column)
}

const COLUMN_PROPERTIES: &[&str] = &[
    "NULL",
    "NOT NULL",
    "DEFAULT",
    "MATERIALIZED",
    "ALIAS",
    "EPHEMERAL",
    "COMMENT",
    "CODEC",
    "STATISTICS",
    "TTL",
    "PRIMARY KEY",
    "SETTINGS",
    "AUTO_INCREMENT",
    "COLLATE",
];

fn begins_column_property(c: &Cursor) -> bool {
    COLUMN_PROPERTIES.iter().any(|words| c.at(words)) || c.at_symbol(",") || c.at_symbol(")") || c.at_end()
}

fn column_properties(c: &mut Cursor, column: &mut ColumnDefinition) -> Parse<()> {
    loop {
        match () {
            () if c.accept("NOT NULL") => column.null = Some(false),
            () if c.accept("NULL") => column.null = Some(true),
            () if c.accept("DEFAULT") => column.default = Some(ColumnDefault::Default(expression(c)?)),
            () if c.accept("MATERIALIZED") => column.default = Some(ColumnDefault::Materialized(expression(c)?)),
            () if c.accept("ALIAS") => column.default = Some(ColumnDefault::Alias(expression(c)?)),
            () if c.accept("EPHEMERAL") => {
                // Without a type only an expression says of which one it is.
                let is_bare = begins_column_property(c) && (column.data_type.is_some() || c.at("COMMENT"));
                let value = match is_bare {
                    true => None,
                    false => Some(expression(c)?),
                };
                column.default = Some(ColumnDefault::Ephemeral(value));
            }
            () if c.accept("COMMENT") => column.comment = Some(c.string()?),
            () if c.accept("CODEC") => column.codec = Some(c.in_parentheses(|c| c.comma_separated(expression))?),
            () if c.accept("STATISTICS") => {
                column.statistics = Some(c.in_parentheses(|c| c.comma_separated(expression))?);
            }
            () if c.accept("TTL") => column.ttl = Some(expression(c)?),
            () if c.accept("PRIMARY KEY") => column.primary_key = true,
            () if c.at("SETTINGS") && c.symbol_at(1, "(") => {
                c.advance();
                column.settings = c.in_parentheses(settings::list)?;
            }
            () if c.at("COLLATE") || c.at("AUTO_INCREMENT") => {
                return Err(Error::not_implemented("COLLATE or AUTO_INCREMENT of a column").into());
            }
            () => return Ok(()),
        }
    }
}

/// `name expr TYPE type(…) [GRANULARITY n]`; the word INDEX is taken.
pub(super) fn index(c: &mut Cursor) -> Parse<IndexDefinition> {
    let name = c.name()?;
    index_body(c, name)
}

fn index_body(c: &mut Cursor, name: String) -> Parse<IndexDefinition> {
    let expression = expression(c)?;
    c.expect("TYPE")?;
    let index_type = c.name()?;
    let arguments = if c.at_symbol("(") {
        Some(c.in_parentheses(|c| {
            if c.at_symbol(")") {
                Ok(Vec::new())
            } else {
                c.comma_separated(super::expression::expression)
            }
        })?)
    } else {
        None
    };
    let granularity = if c.accept("GRANULARITY") {
        Some(c.whole_number()?)
    } else {
        None
    };
    Ok(IndexDefinition {
        name,
        expression,
        index_type,
        arguments,
        granularity,
    })
}

/// `name CHECK | ASSUME expr`; the word CONSTRAINT is taken.
pub(super) fn constraint(c: &mut Cursor) -> Parse<ConstraintDefinition> {
    let name = c.name()?;
    let assume = c.accept("ASSUME");
    if !assume {
        c.expect("CHECK")?;
    }
    Ok(ConstraintDefinition {
        name,
        assume,
        expression: expression(c)?,
    })
}

/// A key: one expression, or the elements of a tuple. `tuple()` and `()` are no elements.
pub(super) fn key_expressions(c: &mut Cursor) -> Parse<Vec<Expr>> {
    let key = expression(c)?;
    if c.accept("DESC") {
        return Err(Error::not_implemented("DESC in a table's key").into());
    }
    c.accept("ASC");
    Ok(match key {
        Expr::Tuple(elements) => elements,
        Expr::Function(function) if function.to_string() == "tuple()" => Vec::new(),
        other => vec![other],
    })
}

fn engine(c: &mut Cursor) -> Parse<Engine> {
    c.accept_symbol("=");
    let name = c.name()?;
    let arguments = if c.at_symbol("(") {
        Some(c.in_parentheses(|c| {
            if c.at_symbol(")") {
                Ok(Vec::new())
            } else {
                c.comma_separated(expression)
            }
        })?)
    } else {
        None
    };
    Ok(Engine { name, arguments })
}

/// Everything behind the columns of a view; its comment may stand on either side of the query.
fn view_clauses(c: &mut Cursor, create: &mut CreateTable) -> Parse<()> {
    create.sql_security = sql_security(c)?;
    if c.accept("COMMENT") {
        create.comment = Some(c.string()?);
    }
    c.expect("AS")?;
    create.as_select = Some(Box::new(query::query(c)?));
    if c.accept("COMMENT") {
        create.comment = Some(c.string()?);
    }
    Ok(())
}

/// `[DEFINER = user] [SQL SECURITY DEFINER | INVOKER | NONE]`, in any order.
fn sql_security(c: &mut Cursor) -> Parse<Option<SqlSecurity>> {
    let (mut definer, mut kind) = (None, None);
    loop {
        match () {
            () if c.accept("DEFINER") => {
                c.accept_symbol("=");
                definer = Some(match super::access::definer(c)? {
                    Some(name) => SqlSecurity::Definer(Some(name)),
                    None => SqlSecurity::Definer(None),
                });
            }
            () if c.accept("SQL SECURITY DEFINER") => kind = Some(SqlSecurity::Definer(None)),
            () if c.accept("SQL SECURITY INVOKER") => kind = Some(SqlSecurity::Invoker),
            () if c.accept("SQL SECURITY NONE") => kind = Some(SqlSecurity::None),
            () if c.at("SQL SECURITY") => return c.expected("DEFINER, INVOKER, NONE"),
            () => break,
        }
    }
    match (definer, kind) {
        (Some(_), Some(SqlSecurity::Invoker | SqlSecurity::None)) => {
            let message = "DEFINER can be specified with SQL SECURITY DEFINER only";
            Err(Error::new(crate::Code::SYNTAX_ERROR, message).into())
        }
        (Some(definer), _) => Ok(Some(definer)),
        (None, kind) => Ok(kind),
    }
}

/// Everything behind the columns.
fn clauses(c: &mut Cursor, create: &mut CreateTable) -> Parse<()> {
    loop {
        match () {
            () if c.accept("ENGINE") => create.engine = Some(engine(c)?),
            () if c.accept("ORDER BY") => create.order_by = Some(key_expressions(c)?),
            () if c.accept("PARTITION BY") => create.partition_by = Some(expression(c)?),
            () if c.accept("PRIMARY KEY") => create.primary_key = Some(key_expressions(c)?),
            () if c.accept("SAMPLE BY") => create.sample_by = Some(expression(c)?),
            () if create.ttl.is_empty() && c.accept("TTL") => create.ttl = ttl_elements(c)?,
            () if c.accept("SETTINGS") => create.settings.append(&mut settings::list(c)?),
            () if c.accept("COMMENT") => create.comment = Some(c.string()?),
            () if c.accept("EMPTY AS") => {
                create.empty = true;
                source(c, create)?;
            }
            () if c.accept("CLONE AS") => {
                create.clone = true;
                source(c, create)?;
            }
            () if c.accept("AS") => source(c, create)?,
            () if query::begins_query_here(c) || query::begins_query(c, 0) => {
                create.as_select = Some(Box::new(query::query(c)?));
            }
            () => return Ok(()),
        }
    }
}

/// `AS SELECT …`, `AS table`, `AS function(…)`.
fn source(c: &mut Cursor, create: &mut CreateTable) -> Parse<()> {
    if query::begins_query_here(c) || query::begins_query(c, 0) {
        create.as_select = Some(Box::new(query::query(c)?));
        return Ok(());
    }
    let mark = c.mark();
    let table = c.table_name()?;
    if c.at_symbol("(") {
        c.rewind(mark);
        create.as_function = Some(expression(c)?);
    } else if !create.columns.is_empty() {
        return c.expected("a SELECT query");
    } else {
        create.as_table = Some(table);
    }
    Ok(())
}

/// `expr [DELETE [WHERE …] | TO DISK 'x' | RECOMPRESS … | GROUP BY …], …`.
pub(super) fn ttl_elements(c: &mut Cursor) -> Parse<Vec<TtlElement>> {
    let mut elements = Vec::new();
    loop {
        elements.push(ttl_element(c)?);
        if command_follows(c) || !c.accept_symbol(",") {
            return Ok(elements);
        }
    }
}

fn ttl_element(c: &mut Cursor) -> Parse<TtlElement> {
    Ok(TtlElement {
        expression: expression(c)?,
        action: ttl_action(c)?,
        condition: if c.accept("WHERE") { Some(expression(c)?) } else { None },
    })
}

/// Whether the comma that is next ends MODIFY TTL, and another command about a TTL stands behind it.
fn command_follows(c: &Cursor) -> bool {
    let verbs = ["MATERIALIZE", "MODIFY", "REMOVE"];
    c.at_symbol(",") && c.word_at(2, "TTL") && verbs.iter().any(|verb| c.word_at(1, verb))
}

fn ttl_action(c: &mut Cursor) -> Parse<TtlAction> {
    for words in ["TO DISK", "TO VOLUME"] {
        if c.accept(words) {
            let guard = if c.accept("IF EXISTS") { "IF EXISTS " } else { "" };
            return Ok(TtlAction::Other(format!(
                "{words} {guard}{}",
                quote_string(&c.string()?)
            )));
        }
    }
    if c.accept("RECOMPRESS") {
        return Ok(TtlAction::Other(format!(
            "RECOMPRESS {}",
            format_expression(&expression(c)?)
        )));
    }
    if c.accept("GROUP BY") {
        let keys = c.comma_separated(expression)?;
        let mut text = format!(
            "GROUP BY {}",
            keys.iter().map(format_expression).collect::<Vec<_>>().join(", ")
        );
        if c.accept("SET") {
            let assignments = c.comma_separated(super::insert::assignment)?;
            let one = |(name, expr): &(String, Expr)| format!("{} = {}", quote_name(name), format_expression(expr));
            text.push_str(&format!(
                " SET {}",
                assignments.iter().map(one).collect::<Vec<_>>().join(", ")
            ));
        }
        return Ok(TtlAction::Other(text));
    }
    c.accept("DELETE");
    Ok(TtlAction::Delete)
}
