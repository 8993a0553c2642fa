//! SELECT: its clauses, unions and common table expressions. The list of a SELECT is in `projection`, FROM in `tables`,
//! ORDER BY and LIMIT in `ordering`.
//!
//! Start at [`query`]. ORDER BY, LIMIT and SETTINGS belong to one SELECT and not to the union around it, as in
//! ClickHouse: inside a union such a SELECT is a `SetExpr::Query`.

use sqlparser::ast::helpers::attached_token::AttachedToken;
use sqlparser::ast::{
    Cte, Distinct, Expr, GroupByExpr, GroupByWithModifier, Ident, NamedWindowDefinition, NamedWindowExpr, Query,
    Select, SelectFlavor, SelectItem, SetExpr, SetOperator, SetQuantifier, Setting, TableAlias, TableWithJoins, With,
};

use super::call::{call, window_definition};
use super::cursor::{Cursor, Parse};
use super::expression::{aliased, expression, number};
use super::lexer::Token;
use super::ordering::{limits, order_by};
use super::projection::projection;
use super::{LIMIT_BY, SCALAR, settings, tables};

/// Words that end what may have an alias, so that they are no alias unless `AS` stands before them.
const NOT_ALIASES: &[&str] = &[
    "ALL",
    "ANTI",
    "ANY",
    "ARRAY",
    "ASOF",
    "BETWEEN",
    "CROSS",
    "FETCH",
    "FINAL",
    "FORMAT",
    "FROM",
    "FULL",
    "GLOBAL",
    "GROUP",
    "HAVING",
    "ILIKE",
    "INNER",
    "INTERSECT",
    "INTO",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "LIMIT",
    "NATURAL",
    "NOT",
    "OFFSET",
    "ON",
    "ONLY",
    "ORDER",
    "PASTE",
    "PREWHERE",
    "QUALIFY",
    "RIGHT",
    "SAMPLE",
    "SEMI",
    "SETTINGS",
    "UNION",
    "EXCEPT",
    "USING",
    "WHERE",
    "WINDOW",
    "WITH",
    "PARALLEL",
    "INTERPOLATE",
    "AS",
    "AND",
    "OR",
    "IN",
    "DIV",
    "MOD",
    "REPLACE",
    "APPLY",
    "END",
    "THEN",
    "ELSE",
    "WHEN",
    "ASC",
    "DESC",
    "NULLS",
    "REGEXP",
    "SELECT",
    "VALUES",
    "SET",
];

/// Whether a word cannot be an alias without `AS`.
pub(super) fn is_reserved_for_alias(word: &str) -> bool {
    NOT_ALIASES.iter().any(|reserved| word.eq_ignore_ascii_case(reserved))
}

/// Whether a query begins behind the parentheses that begin `ahead`.
pub(super) fn begins_query(c: &Cursor, mut ahead: usize) -> bool {
    let first = ahead;
    while c.symbol_at(ahead, "(") {
        ahead += 1;
    }
    ahead > first && begins_query_at(c, ahead)
}

/// Whether a query begins here, without parentheses.
pub(super) fn begins_query_here(c: &Cursor) -> bool {
    begins_query_at(c, 0)
}

fn begins_query_at(c: &Cursor, ahead: usize) -> bool {
    let ends = |symbol| c.symbol_at(ahead + 1, symbol);
    let is_name = || ends(")") || ends(",") || ends(".") || ends("(") && !c.word_at(ahead, "SELECT");
    let begins = ["SELECT", "WITH", "FROM"].iter().any(|word| c.word_at(ahead, word));
    begins && (c.word_at(ahead, "WITH") || !is_name())
}

/// A whole query: `[WITH …] SELECT … [UNION …]`.
pub(super) fn query(c: &mut Cursor) -> Parse<Query> {
    c.nested(|c| {
        let with = with_clause(c)?;
        let mut query = unions(c)?;
        if with.is_some() {
            if query.with.is_some() {
                query = wrap(SetExpr::Query(Box::new(query)));
            }
            query.with = with;
        }
        Ok(query)
    })
}

/// A query of nothing but this body.
fn wrap(body: SetExpr) -> Query {
    Query {
        with: None,
        body: Box::new(body),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: Vec::new(),
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: Vec::new(),
    }
}

/// The body as an operand of a union: without a wrapper if it has none of the clauses that need one.
fn unwrap(query: Query) -> SetExpr {
    let plain =
        query.with.is_none() && query.order_by.is_none() && query.limit_clause.is_none() && query.settings.is_none();
    if plain {
        *query.body
    } else {
        SetExpr::Query(Box::new(query))
    }
}

/// SELECTs with UNION and EXCEPT between them; INTERSECT binds tighter.
fn unions(c: &mut Cursor) -> Parse<Query> {
    let mut first = intersections(c)?;
    loop {
        let (op, quantifier) = match () {
            () if c.accept("UNION") => (SetOperator::Union, quantifier(c)),
            () if c.accept("EXCEPT") => (SetOperator::Except, quantifier(c)),
            () => return Ok(first),
        };
        let mut operands = vec![unwrap(first), unwrap(intersections(c)?)];
        // a run of UNION ALL becomes a balanced tree: hundreds of branches must not make it deep
        while op == SetOperator::Union && quantifier == SetQuantifier::All && c.accept("UNION ALL") {
            operands.push(unwrap(intersections(c)?));
        }
        c.add_node()?;
        first = wrap(balanced(operands, op, quantifier));
    }
}

fn balanced(mut operands: Vec<SetExpr>, op: SetOperator, set_quantifier: SetQuantifier) -> SetExpr {
    if operands.len() == 1 {
        return operands.remove(0);
    }
    let right = operands.split_off(operands.len().div_ceil(2));
    let left = Box::new(balanced(operands, op, set_quantifier));
    SetExpr::SetOperation {
        op,
        set_quantifier,
        left,
        right: Box::new(balanced(right, op, set_quantifier)),
    }
}

fn intersections(c: &mut Cursor) -> Parse<Query> {
    let mut first = select_or_parentheses(c)?;
    while c.accept("INTERSECT") {
        let set_quantifier = quantifier(c);
        let (left, right) = (Box::new(unwrap(first)), Box::new(unwrap(select_or_parentheses(c)?)));
        c.add_node()?;
        first = wrap(SetExpr::SetOperation {
            op: SetOperator::Intersect,
            set_quantifier,
            left,
            right,
        });
    }
    Ok(first)
}

fn quantifier(c: &mut Cursor) -> SetQuantifier {
    match () {
        () if c.accept("ALL") => SetQuantifier::All,
        () if c.accept("DISTINCT") => SetQuantifier::Distinct,
        () => SetQuantifier::None,
    }
}

fn select_or_parentheses(c: &mut Cursor) -> Parse<Query> {
    if c.at_symbol("(") {
        let inner = c.in_parentheses(query)?;
        let operator = c.at("UNION") || c.at("EXCEPT") || c.at("INTERSECT");
        return Ok(if operator {
            wrap(SetExpr::Query(Box::new(inner)))
        } else {
            inner
        });
    }
    c.nested(|c| {
        let with = with_clause(c)?;
        Ok(Query { with, ..select(c)? })
    })
}

/// `WITH a AS (SELECT …), expr AS b`.
fn with_clause(c: &mut Cursor) -> Parse<Option<With>> {
    if !c.accept("WITH") {
        return Ok(None);
    }
    let recursive = c.accept("RECURSIVE");
    let mut cte_tables = vec![cte(c)?];
    while c.accept_symbol(",") && !c.at("SELECT") {
        cte_tables.push(cte(c)?);
    }
    Ok(Some(With {
        with_token: AttachedToken::empty(),
        recursive,
        cte_tables,
    }))
}

fn cte(c: &mut Cursor) -> Parse<Cte> {
    let named = matches!(c.peek(), Token::Word { .. }) && c.word_at(1, "AS") && c.symbol_at(2, "(");
    let columns_follow = matches!(c.peek(), Token::Word { .. }) && c.symbol_at(1, "(");
    if named || columns_follow && is_cte_with_columns(c) {
        let name = c.identifier()?;
        let columns = if c.at_symbol("(") {
            tables::column_aliases(c)?
        } else {
            Vec::new()
        };
        c.expect("AS")?;
        let _ = c.accept("MATERIALIZED");
        let subquery = c.in_parentheses(query)?;
        return Ok(new_cte(name, columns, subquery));
    }
    let expr = expression(c)?;
    c.expect("AS")?;
    let name = c.identifier()?;
    let select = Select {
        projection: vec![SelectItem::ExprWithAlias {
            expr,
            alias: Ident::new(SCALAR),
        }],
        ..empty_select()
    };
    Ok(new_cte(name, Vec::new(), wrap(SetExpr::Select(Box::new(select)))))
}

/// `name (a, b) AS (`, and not a call: `f(a, b) AS name`.
fn is_cte_with_columns(c: &Cursor) -> bool {
    let mut ahead = 2;
    while matches!(c.peek_at(ahead), Token::Word { .. } | Token::Symbol(",")) {
        ahead += 1;
    }
    c.symbol_at(ahead, ")") && c.word_at(ahead + 1, "AS") && c.symbol_at(ahead + 2, "(")
}

fn new_cte(name: Ident, columns: Vec<sqlparser::ast::TableAliasColumnDef>, query: Query) -> Cte {
    Cte {
        alias: TableAlias {
            explicit: true,
            name,
            columns,
            at: None,
        },
        query: Box::new(query),
        from: None,
        materialized: None,
        closing_paren_token: AttachedToken::empty(),
    }
}

fn empty_select() -> Select {
    Select {
        select_token: AttachedToken::empty(),
        optimizer_hints: Vec::new(),
        distinct: None,
        select_modifiers: None,
        top: None,
        top_before_distinct: false,
        projection: Vec::new(),
        exclude: None,
        into: None,
        from: Vec::new(),
        lateral_views: Vec::new(),
        prewhere: None,
        selection: None,
        connect_by: Vec::new(),
        group_by: GroupByExpr::Expressions(Vec::new(), Vec::new()),
        cluster_by: Vec::new(),
        distribute_by: Vec::new(),
        sort_by: Vec::new(),
        having: None,
        named_window: Vec::new(),
        qualify: None,
        window_before_qualify: false,
        value_table_mode: None,
        flavor: SelectFlavor::Standard,
    }
}

/// One SELECT with everything that belongs to it, in ClickHouse's order of clauses.
fn select(c: &mut Cursor) -> Parse<Query> {
    let mut select = empty_select();
    if c.accept("FROM") {
        select.from = vec![tables::tables(c)?];
    }
    c.expect("SELECT")?;
    let distinct_on = distinct(c, &mut select)?;
    let top = if c.at("TOP") { top(c)? } else { None };
    select.projection = projection(c)?;
    if select.from.is_empty() && c.accept("FROM") {
        select.from = vec![tables::tables(c)?];
    }
    if select.from.is_empty() && (c.at("ARRAY JOIN") || c.at("LEFT ARRAY JOIN")) {
        let one = tables::one_row();
        select.from = vec![TableWithJoins {
            relation: one,
            joins: tables::joins(c)?,
        }];
    }
    select.prewhere = clause(c, "PREWHERE")?;
    select.selection = clause(c, "WHERE")?;
    select.group_by = group_by(c)?;
    select.having = clause(c, "HAVING")?;
    if c.accept("WINDOW") {
        select.named_window = c.comma_separated(named_window)?;
    }
    select.qualify = clause(c, "QUALIFY")?;
    let order_by = order_by(c)?;
    let limit_clause = limits(c, top, distinct_on)?;
    let settings = settings_clause(c)?;
    Ok(Query {
        order_by,
        limit_clause,
        settings,
        ..wrap(SetExpr::Select(Box::new(select)))
    })
}

pub(super) fn clause(c: &mut Cursor, word: &str) -> Parse<Option<Expr>> {
    if c.accept(word) {
        Ok(Some(aliased(c)?))
    } else {
        Ok(None)
    }
}

/// DISTINCT. `DISTINCT ON (a)` is `LIMIT 1 BY a`, as in ClickHouse: it gives the marker.
fn distinct(c: &mut Cursor, select: &mut Select) -> Parse<Option<Expr>> {
    if !c.accept("DISTINCT") {
        c.accept("ALL");
        return Ok(None);
    }
    if !c.accept("ON") {
        select.distinct = Some(Distinct::Distinct);
        return Ok(None);
    }
    let mut args = vec![number("1".to_owned()), number("0".to_owned())];
    args.extend(c.in_parentheses(|c| c.comma_separated(aliased))?);
    Ok(Some(call(LIMIT_BY, args)))
}

/// `TOP 3` or `TOP (3)`, unless it is a column of that name.
fn top(c: &mut Cursor) -> Parse<Option<Expr>> {
    let amount = c.symbol_at(1, "(") && matches!(c.peek_at(2), Token::Number(_)) && c.symbol_at(3, ")");
    if !amount && !matches!(c.peek_at(1), Token::Number(_)) {
        return Ok(None);
    }
    c.expect("TOP")?;
    let parenthesised = c.accept_symbol("(");
    let count = number(c.whole_number()?.to_string());
    if parenthesised {
        c.expect_symbol(")")?;
    }
    Ok(Some(count))
}

fn group_by(c: &mut Cursor) -> Parse<GroupByExpr> {
    let mut modifiers = Vec::new();
    let mut keys = Vec::new();
    let mut all = false;
    if c.accept("GROUP BY") {
        if c.at("ALL") && !c.symbol_at(1, ",") {
            c.advance();
            all = true;
        } else if c.accept("GROUPING SETS") {
            let sets = c.in_parentheses(|c| c.comma_separated(grouping_set))?;
            modifiers.push(GroupByWithModifier::GroupingSets(Expr::GroupingSets(sets)));
        } else if (c.at("ROLLUP") || c.at("CUBE")) && c.symbol_at(1, "(") {
            modifiers.push(if c.at("CUBE") {
                GroupByWithModifier::Cube
            } else {
                GroupByWithModifier::Rollup
            });
            c.advance();
            keys = c.in_parentheses(|c| c.comma_separated(aliased))?;
        } else {
            keys = c.comma_separated(aliased)?;
        }
    }
    loop {
        match () {
            () if c.accept("WITH ROLLUP") => modifiers.push(GroupByWithModifier::Rollup),
            () if c.accept("WITH CUBE") => modifiers.push(GroupByWithModifier::Cube),
            () if c.accept("WITH TOTALS") => modifiers.push(GroupByWithModifier::Totals),
            () if all => return Ok(GroupByExpr::All(modifiers)),
            () => return Ok(GroupByExpr::Expressions(keys, modifiers)),
        }
    }
}

fn grouping_set(c: &mut Cursor) -> Parse<Vec<Expr>> {
    if !c.accept_symbol("(") {
        return Ok(vec![expression(c)?]);
    }
    let keys = if c.at_symbol(")") {
        Vec::new()
    } else {
        c.comma_separated(aliased)?
    };
    c.expect_symbol(")")?;
    Ok(keys)
}

fn named_window(c: &mut Cursor) -> Parse<NamedWindowDefinition> {
    let name = c.identifier()?;
    c.expect("AS")?;
    Ok(NamedWindowDefinition(
        name,
        NamedWindowExpr::WindowSpec(window_definition(c)?),
    ))
}

/// `SETTINGS a = 1, …` as sqlparser's nodes.
fn settings_clause(c: &mut Cursor) -> Parse<Option<Vec<Setting>>> {
    if !c.accept("SETTINGS") {
        return Ok(None);
    }
    let settings = settings::list(c)?;
    Ok(Some(settings.into_iter().map(settings::to_ast).collect()))
}
