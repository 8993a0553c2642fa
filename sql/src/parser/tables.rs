//! FROM: tables, table functions, subqueries and the joins between them.

use sqlparser::ast::{
    Expr, Ident, Join, JoinConstraint, JoinOperator, ObjectName, TableAlias, TableAliasColumnDef, TableFactor,
    TableSample, TableSampleKind, TableSampleModifier, TableSampleQuantity, TableWithJoins,
};

use super::call::{call, function_call};
use super::cursor::{Cursor, Parse};
use super::expression::{aliased, expression, string};
use super::{LIFTED, projection, query};
use crate::error::Error;

/// A table and everything joined to it.
pub(super) fn tables(c: &mut Cursor) -> Parse<TableWithJoins> {
    Ok(TableWithJoins {
        relation: table(c)?,
        joins: joins(c)?,
    })
}

/// The joins behind a table; a comma is a cross join.
pub(super) fn joins(c: &mut Cursor) -> Parse<Vec<Join>> {
    let mut joins = Vec::new();
    loop {
        if let Some(operator) = array_join(c) {
            let elements = c.comma_separated(array_join_element)?;
            let relation = TableFactor::TableFunction {
                expr: Expr::Tuple(elements),
                alias: None,
            };
            joins.push(Join {
                relation,
                global: false,
                join_operator: operator,
            });
        } else if c.accept_symbol(",") {
            let join_operator = JoinOperator::CrossJoin(JoinConstraint::None);
            joins.push(Join {
                relation: table(c)?,
                global: false,
                join_operator,
            });
        } else if let Some((kind, global)) = join_kind(c)? {
            let relation = table(c)?;
            let constraint = constraint(c, &kind)?;
            joins.push(Join {
                relation,
                global,
                join_operator: kind.operator(constraint),
            });
        } else {
            return Ok(joins);
        }
    }
}

/// `ARRAY JOIN`'s `expr [AS] name`.
fn array_join_element(c: &mut Cursor) -> Parse<Expr> {
    let expr = expression(c)?;
    match projection::alias(c)? {
        Some(name) => Ok(Expr::Named {
            expr: Box::new(expr),
            name,
        }),
        None => Ok(expr),
    }
}

fn array_join(c: &mut Cursor) -> Option<JoinOperator> {
    match () {
        () if c.accept("LEFT ARRAY JOIN") => Some(JoinOperator::LeftArrayJoin),
        () if c.accept("ARRAY JOIN") || c.accept("INNER ARRAY JOIN") => Some(JoinOperator::ArrayJoin),
        () => None,
    }
}

/// The words in front of JOIN.
#[derive(Default)]
struct JoinKind {
    /// INNER, LEFT, RIGHT, FULL, CROSS; empty is INNER.
    side: &'static str,
    /// ANY, ASOF, SEMI, ANTI; empty is ALL.
    strictness: &'static str,
}

/// `[GLOBAL] [strictness] [side] [OUTER] [strictness] JOIN`, or nothing.
fn join_kind(c: &mut Cursor) -> Parse<Option<(JoinKind, bool)>> {
    let mark = c.mark();
    let global = c.accept("GLOBAL");
    if !global {
        c.accept("LOCAL");
    }
    let mut kind = JoinKind::default();
    loop {
        match () {
            () if c.accept("JOIN") => break,
            () if c.accept("PASTE JOIN") => return Err(Error::not_implemented("PASTE JOIN").into()),
            () if c.accept("NATURAL") => return Err(Error::not_implemented("NATURAL JOIN").into()),
            () if c.accept("OUTER") || c.accept("ALL") => {}
            () => match (
                word_of(c, &["INNER", "LEFT", "RIGHT", "FULL", "CROSS"]),
                word_of(c, &STRICTNESSES),
            ) {
                (Some(side), _) if kind.side.is_empty() => {
                    kind.side = side;
                    c.advance();
                }
                (_, Some(strictness)) if kind.strictness.is_empty() => {
                    kind.strictness = strictness;
                    c.advance();
                }
                _ if c.mark() == mark => return Ok(None),
                _ => return c.expected("JOIN"),
            },
        }
    }
    Ok(Some((kind, global)))
}

const STRICTNESSES: [&str; 4] = ["ANY", "ASOF", "SEMI", "ANTI"];

fn word_of(c: &Cursor, words: &[&'static str]) -> Option<&'static str> {
    words.iter().copied().find(|word| c.at(word))
}

impl JoinKind {
    fn operator(&self, constraint: JoinConstraint) -> JoinOperator {
        match (self.strictness, self.side) {
            ("SEMI", "RIGHT") => JoinOperator::RightSemi(constraint),
            ("SEMI", _) => JoinOperator::LeftSemi(constraint),
            ("ANTI", "RIGHT") => JoinOperator::RightAnti(constraint),
            ("ANTI", _) => JoinOperator::LeftAnti(constraint),
            ("", "LEFT") => JoinOperator::LeftOuter(constraint),
            ("", "RIGHT") => JoinOperator::RightOuter(constraint),
            ("", "FULL") => JoinOperator::FullOuter(constraint),
            ("", "CROSS") => JoinOperator::CrossJoin(constraint),
            ("", _) => JoinOperator::Inner(constraint),
            (strictness, side) => {
                let side = if side.is_empty() { "INNER" } else { side };
                let match_condition = string(format!("{strictness} {side}"));
                JoinOperator::AsOf {
                    match_condition,
                    constraint,
                }
            }
        }
    }
}

fn constraint(c: &mut Cursor, kind: &JoinKind) -> Parse<JoinConstraint> {
    if c.accept("ON") {
        return Ok(JoinConstraint::On(aliased(c)?));
    }
    if c.accept("USING") {
        let parenthesised = c.accept_symbol("(");
        let columns = c.comma_separated(|c| Ok(ObjectName::from(c.compound_name()?)))?;
        if parenthesised {
            c.expect_symbol(")")?;
        }
        return Ok(JoinConstraint::Using(columns));
    }
    if kind.side == "CROSS" {
        Ok(JoinConstraint::None)
    } else {
        c.expected("ON, USING")
    }
}

/// One table, table function or subquery with its alias, FINAL and SAMPLE.
fn table(c: &mut Cursor) -> Parse<TableFactor> {
    if query::begins_query(c, 0) {
        let subquery = Box::new(c.in_parentheses(query::query)?);
        let alias = table_alias(c)?;
        return Ok(TableFactor::Derived {
            lateral: false,
            subquery,
            alias,
            sample: None,
        });
    }
    if c.at_symbol("(") {
        return c.nested(|c| {
            let table_with_joins = Box::new(c.in_parentheses(tables)?);
            Ok(TableFactor::NestedJoin {
                table_with_joins,
                alias: table_alias(c)?,
            })
        });
    }
    const EXPECTED: &str = "table, table function, subquery or list of joined tables";
    if c.at(LIFTED) {
        return c.expected(EXPECTED); // it was an array in the query
    }
    let parts = c.compound_name().or_else(|_| c.expected(EXPECTED))?;
    if c.at_symbol("(") {
        let expr = function_call(c, parts)?;
        let alias = table_alias(c)?;
        if c.at("FINAL") || c.at("SAMPLE") {
            return Err(Error::not_implemented("FINAL or SAMPLE of a table function").into());
        }
        return Ok(TableFactor::TableFunction { expr, alias });
    }
    let alias = table_alias(c)?;
    let with_hints = if c.accept("FINAL") {
        vec![Expr::Identifier(Ident::new("FINAL"))]
    } else {
        Vec::new()
    };
    let sample = if c.accept("SAMPLE") { Some(sample(c)?) } else { None };
    let alias = if alias.is_none() && (!with_hints.is_empty() || sample.is_some()) {
        table_alias(c)?
    } else {
        alias
    };
    Ok(TableFactor::Table {
        name: ObjectName::from(parts),
        alias,
        args: None,
        with_hints,
        version: None,
        with_ordinality: false,
        partitions: Vec::new(),
        json_path: None,
        sample,
        index_hints: Vec::new(),
    })
}

/// `SAMPLE ratio [OFFSET ratio]`.
fn sample(c: &mut Cursor) -> Parse<TableSampleKind> {
    let value = expression(c)?;
    let offset = if c.accept("OFFSET") { Some(expression(c)?) } else { None };
    Ok(TableSampleKind::AfterTableAlias(Box::new(TableSample {
        modifier: TableSampleModifier::Sample,
        name: None,
        quantity: Some(TableSampleQuantity {
            parenthesized: false,
            value,
            unit: None,
        }),
        seed: None,
        bucket: None,
        offset,
    })))
}

fn table_alias(c: &mut Cursor) -> Parse<Option<TableAlias>> {
    let explicit = c.at("AS");
    let Some(name) = projection::alias(c)? else {
        return Ok(None);
    };
    let columns = if c.at_symbol("(") {
        column_aliases(c)?
    } else {
        Vec::new()
    };
    Ok(Some(TableAlias {
        explicit,
        name,
        columns,
        at: None,
    }))
}

/// `(a, b, …)` behind a table's alias or a common table expression's name.
pub(super) fn column_aliases(c: &mut Cursor) -> Parse<Vec<TableAliasColumnDef>> {
    c.in_parentheses(|c| {
        c.comma_separated(|c| {
            Ok(TableAliasColumnDef {
                name: c.identifier()?,
                data_type: None,
            })
        })
    })
}

/// What ARRAY JOIN without FROM is applied to: `system.one`.
pub(super) fn one_row() -> TableFactor {
    TableFactor::TableFunction {
        expr: call("numbers", vec![super::expression::number("1".to_owned())]),
        alias: None,
    }
}
