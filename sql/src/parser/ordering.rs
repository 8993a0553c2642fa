//! ORDER BY and the clauses that take a part of what is ordered: LIMIT BY, LIMIT, OFFSET, FETCH.

use sqlparser::ast::{
    Expr, Ident, Interpolate, InterpolateExpr, LimitClause, ObjectName, Offset, OffsetRows, OrderBy, OrderByExpr,
    OrderByKind, OrderByOptions, OrderBySort, WithFill,
};

use super::call::call;
use super::cursor::{Cursor, Parse};
use super::expression::{aliased, expression, number};
use super::query::clause;
use super::{LIMIT_BY, WITH_TIES};
use crate::error::Error;

/// `ORDER BY …`, if it stands next.
pub(super) fn order_by(c: &mut Cursor) -> Parse<Option<OrderBy>> {
    if !c.accept("ORDER BY") {
        return Ok(None);
    }
    let kind = if c.at("ALL") && !c.symbol_at(1, ",") && !c.symbol_at(1, ".") {
        c.advance();
        OrderByKind::All(order_options(c)?)
    } else {
        OrderByKind::Expressions(c.comma_separated(order_by_element)?)
    };
    let interpolate = if c.accept("INTERPOLATE") {
        Some(interpolate(c)?)
    } else {
        None
    };
    Ok(Some(OrderBy { kind, interpolate }))
}

/// `expr [ASC | DESC] [NULLS FIRST | LAST] [COLLATE 'x'] [WITH FILL …]`.
pub(super) fn order_by_element(c: &mut Cursor) -> Parse<OrderByExpr> {
    let mut expr = aliased(c)?;
    let options = order_options(c)?;
    if c.accept("COLLATE") {
        let collation = ObjectName::from(vec![Ident::new(c.string()?)]);
        expr = Expr::Collate {
            expr: Box::new(expr),
            collation,
        };
    }
    let with_fill = if c.accept("WITH FILL") {
        Some(with_fill(c)?)
    } else {
        None
    };
    Ok(OrderByExpr {
        expr,
        options,
        with_fill,
    })
}

fn order_options(c: &mut Cursor) -> Parse<OrderByOptions> {
    let sort = match () {
        () if c.accept("ASC") || c.accept("ASCENDING") => Some(OrderBySort::Asc),
        () if c.accept("DESC") || c.accept("DESCENDING") => Some(OrderBySort::Desc),
        () => None,
    };
    let nulls_first = match () {
        () if c.accept("NULLS FIRST") => Some(true),
        () if c.accept("NULLS LAST") => Some(false),
        () => None,
    };
    Ok(OrderByOptions { sort, nulls_first })
}

fn with_fill(c: &mut Cursor) -> Parse<WithFill> {
    let from = clause(c, "FROM")?;
    let to = clause(c, "TO")?;
    let step = clause(c, "STEP")?;
    if c.at("STALENESS") {
        return Err(Error::not_implemented("WITH FILL … STALENESS").into());
    }
    Ok(WithFill { from, to, step })
}

fn interpolate(c: &mut Cursor) -> Parse<Interpolate> {
    if !c.accept_symbol("(") {
        return Ok(Interpolate { exprs: None });
    }
    let exprs = if c.at_symbol(")") {
        Vec::new()
    } else {
        c.comma_separated(|c| {
            let column = c.identifier()?;
            let expr = if c.accept("AS") { Some(expression(c)?) } else { None };
            Ok(InterpolateExpr { column, expr })
        })?
    };
    c.expect_symbol(")")?;
    Ok(Interpolate { exprs: Some(exprs) })
}

/// `LIMIT … BY …`, `LIMIT …`, `OFFSET …`, `FETCH …`.
pub(super) fn limits(c: &mut Cursor, top: Option<Expr>, distinct_on: Option<Expr>) -> Parse<Option<LimitClause>> {
    let (mut limit, mut offset, mut markers) = (top, None, Vec::from_iter(distinct_on));
    let mut with_ties = limit.is_some() && c.accept("WITH TIES");
    while limit.is_none() && c.accept("LIMIT") {
        let mut first = expression(c)?;
        let mut second = None;
        if c.accept_symbol(",") {
            second = Some(std::mem::replace(&mut first, expression(c)?));
        } else if c.accept("OFFSET") {
            second = Some(expression(c)?);
        }
        if markers.is_empty() && c.accept("BY") {
            let mut args = vec![first, second.unwrap_or_else(|| number("0".to_owned()))];
            if c.accept("ALL") {
                return Err(Error::not_implemented("LIMIT BY ALL").into());
            }
            args.extend(c.comma_separated(aliased)?);
            markers.push(call(LIMIT_BY, args));
            continue;
        }
        with_ties = c.accept("WITH TIES");
        (limit, offset) = (Some(first), second);
    }
    if offset.is_none() && c.accept("OFFSET") {
        offset = Some(expression(c)?);
        if !c.accept("ROWS") {
            c.accept("ROW");
        }
    }
    if limit.is_none() && c.accept("FETCH") {
        let _ = c.accept("FIRST") || c.accept("NEXT");
        limit = Some(expression(c)?);
        let _ = c.accept("ROWS") || c.accept("ROW");
        with_ties = c.accept("WITH TIES");
        if !with_ties {
            c.expect("ONLY")?;
        }
    }
    if with_ties {
        markers.push(call(WITH_TIES, Vec::new()));
    }
    if limit.is_none() && offset.is_none() && markers.is_empty() {
        return Ok(None);
    }
    let offset = offset.map(|value| Offset {
        value,
        rows: OffsetRows::None,
    });
    Ok(Some(LimitClause::LimitOffset {
        limit,
        offset,
        limit_by: markers,
    }))
}
