//! The list of a SELECT: expressions, aliases, wildcards and what changes them.

use sqlparser::ast::{
    ExceptSelectItem, Expr, Ident, ObjectName, ReplaceSelectElement, ReplaceSelectItem, SelectItem,
    SelectItemQualifiedWildcardKind, WildcardAdditionalOptions,
};

use super::cursor::{Cursor, Parse};
use super::expression::expression;
use super::lexer::Token;
use super::query::{begins_query, is_reserved_for_alias};
use crate::error::Error;

/// What stands between SELECT and FROM.
pub(super) fn projection(c: &mut Cursor) -> Parse<Vec<SelectItem>> {
    let mut items = vec![select_item(c)?];
    while c.accept_symbol(",") {
        if c.at_end() || c.at_symbol(")") || c.at("FROM") {
            break; // a trailing comma
        }
        items.push(select_item(c)?);
    }
    Ok(items)
}

pub(super) fn select_item(c: &mut Cursor) -> Parse<SelectItem> {
    if c.accept_symbol("*") {
        return Ok(SelectItem::Wildcard(wildcard_options(c)?));
    }
    let expr = expression(c)?;
    if c.at_symbol(".") && c.symbol_at(1, "*") {
        c.advance();
        c.advance();
        let kind = match expr {
            Expr::Identifier(name) => SelectItemQualifiedWildcardKind::ObjectName(ObjectName::from(vec![name])),
            Expr::CompoundIdentifier(parts) => SelectItemQualifiedWildcardKind::ObjectName(ObjectName::from(parts)),
            other => SelectItemQualifiedWildcardKind::Expr(other),
        };
        return Ok(SelectItem::QualifiedWildcard(kind, wildcard_options(c)?));
    }
    if is_columns_matcher(&expr) {
        let kind = SelectItemQualifiedWildcardKind::Expr(expr);
        return Ok(SelectItem::QualifiedWildcard(kind, wildcard_options(c)?));
    }
    match alias(c)? {
        Some(alias) => Ok(SelectItem::ExprWithAlias { expr, alias }),
        None => Ok(SelectItem::UnnamedExpr(expr)),
    }
}

fn is_columns_matcher(expr: &Expr) -> bool {
    matches!(expr, Expr::Function(function) if function.name.0.last().is_some_and(|last| {
        last.as_ident().is_some_and(|name| name.value.eq_ignore_ascii_case("COLUMNS"))
    }))
}

/// `AS name`, or a bare word that no clause begins with.
pub(super) fn alias(c: &mut Cursor) -> Parse<Option<Ident>> {
    if c.accept("AS") {
        return Ok(Some(c.identifier()?));
    }
    match c.peek() {
        Token::Word { text, quoted } if *quoted || !is_reserved_for_alias(text) => Ok(Some(c.identifier()?)),
        _ => Ok(None),
    }
}

/// `EXCEPT (a, b)`, `EXCEPT a`, `REPLACE (expr AS a, …)` behind a wildcard.
fn wildcard_options(c: &mut Cursor) -> Parse<WildcardAdditionalOptions> {
    let mut options = WildcardAdditionalOptions::default();
    if c.at("EXCEPT")
        && !(c.word_at(1, "SELECT") || c.word_at(1, "ALL") || c.word_at(1, "DISTINCT"))
        && !begins_query(c, 1)
    {
        c.advance();
        c.accept("STRICT");
        let mut names = if c.accept_symbol("(") {
            let names = c.comma_separated(Cursor::identifier)?;
            c.expect_symbol(")")?;
            names
        } else {
            vec![c.identifier()?]
        };
        let first_element = names.remove(0);
        options.opt_except = Some(ExceptSelectItem {
            first_element,
            additional_elements: names,
        });
    }
    if c.accept("REPLACE") {
        c.accept("STRICT");
        let items = if c.accept_symbol("(") {
            let items = c.comma_separated(replacement)?;
            c.expect_symbol(")")?;
            items
        } else {
            vec![replacement(c)?]
        };
        options.opt_replace = Some(ReplaceSelectItem { items });
    }
    if c.at("APPLY") {
        return Err(Error::not_implemented("APPLY behind a column matcher").into());
    }
    Ok(options)
}

fn replacement(c: &mut Cursor) -> Parse<Box<ReplaceSelectElement>> {
    let expr = expression(c)?;
    c.expect("AS")?;
    Ok(Box::new(ReplaceSelectElement {
        expr,
        column_name: c.identifier()?,
        as_keyword: true,
    }))
}
