//! INSERT: where it writes, which columns, where the rows come from. Data itself is not parsed here: `script` finds it.

use super::command::on_cluster;
use super::cursor::{Cursor, Parse};
use super::expression::{aliased, expression};
use super::statement::*;
use super::{query, settings};

pub(super) fn insert(c: &mut Cursor) -> Parse<Statement> {
    c.expect("INSERT")?;
    c.accept("INTO");
    let target = target(c)?;
    on_cluster(c)?;
    if matches!(target, InsertTarget::Function(_)) && c.accept("PARTITION BY") {
        expression(c)?; // INSERT INTO FUNCTION is refused as a whole
    }
    let columns = columns(c)?;
    let mut settings = settings_clause(c)?;
    let source = source(c, &mut settings)?;
    settings.append(&mut settings_clause(c)?);
    Ok(Statement::Insert(Box::new(Insert {
        target,
        columns,
        source,
        settings,
    })))
}

fn settings_clause(c: &mut Cursor) -> Parse<Vec<(String, SettingValue)>> {
    if c.accept("SETTINGS") {
        settings::list(c)
    } else {
        Ok(Vec::new())
    }
}

fn target(c: &mut Cursor) -> Parse<InsertTarget> {
    c.accept("TABLE");
    if c.accept("FUNCTION") {
        return Ok(InsertTarget::Function(Box::new(expression(c)?)));
    }
    Ok(InsertTarget::Table(c.table_name()?))
}

fn columns(c: &mut Cursor) -> Parse<InsertColumns> {
    if !c.at_symbol("(") || query::begins_query(c, 0) {
        return Ok(InsertColumns::All);
    }
    c.in_parentheses(|c| {
        if c.accept_symbol("*") {
            if !c.accept("EXCEPT") {
                return Ok(InsertColumns::All);
            }
            let parenthesised = c.accept_symbol("(");
            let names = if parenthesised {
                c.comma_separated(column_name)?
            } else {
                vec![column_name(c)?]
            };
            if parenthesised {
                c.expect_symbol(")")?;
            }
            return Ok(InsertColumns::Except(names));
        }
        let mut names = Vec::new();
        while !c.at_symbol(")") {
            names.push(column_name(c)?);
            if !c.accept_symbol(",") {
                break;
            }
        }
        Ok(InsertColumns::Named(names))
    })
}

/// A column; of a nested one, `a.b`.
fn column_name(c: &mut Cursor) -> Parse<String> {
    let parts = c.compound_name()?;
    Ok(parts.into_iter().map(|part| part.value).collect::<Vec<_>>().join("."))
}

/// Where the rows come from. SETTINGS may stand in front of the format of a file.
fn source(c: &mut Cursor, settings: &mut Vec<(String, SettingValue)>) -> Parse<InsertSource> {
    if c.accept("VALUES") {
        return Ok(InsertSource::Data {
            format: "Values".to_owned(),
            range: 0..0,
        });
    }
    if c.accept("FORMAT") {
        return Ok(InsertSource::Data {
            format: c.name()?,
            range: 0..0,
        });
    }
    if c.accept("FROM INFILE") {
        let path = c.string()?;
        let compression = if c.accept("COMPRESSION") {
            Some(c.string()?)
        } else {
            None
        };
        settings.append(&mut settings_clause(c)?);
        let format = if c.accept("FORMAT") { Some(c.name()?) } else { None };
        return Ok(InsertSource::File {
            path,
            compression,
            format,
        });
    }
    if c.at_end() {
        return Ok(InsertSource::Connection);
    }
    if c.at_symbol("(") || query::begins_query_here(c) {
        return Ok(InsertSource::Select(Box::new(query::query(c)?)));
    }
    c.expected("VALUES, FORMAT, SELECT, WITH, FROM INFILE, SETTINGS")
}

/// The whole of `a = expr, …` of an UPDATE.
pub(super) fn assignment(c: &mut Cursor) -> Parse<(String, sqlparser::ast::Expr)> {
    let name = column_name(c)?;
    c.expect_symbol("=")?;
    Ok((name, aliased(c)?))
}
