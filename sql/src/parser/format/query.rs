//! Queries on one line, as `formatQuerySingleLine` writes them.

use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, GroupByWithModifier, InterpolateExpr, Join, JoinConstraint, JoinOperator, LimitClause,
    NamedWindowExpr, ObjectName, OrderBy, OrderByExpr, OrderByKind, OrderByOptions, OrderBySort, Query, Select,
    SelectItem, SelectItemQualifiedWildcardKind, SetExpr, SetOperator, SetQuantifier, TableAlias, TableFactor,
    TableSampleKind, WildcardAdditionalOptions, WindowFrame, WindowFrameBound, WindowSpec,
};

use super::expression::format_expression;
use super::literal::{quote_name, quote_string};
use super::{Argument, arguments, function_name};
use crate::parser::{LIMIT_BY, SCALAR, WITH_TIES};

/// The query on one line.
pub fn format_query(query: &Query) -> String {
    let mut parts = Vec::new();
    if let Some(with) = &query.with {
        let tables: Vec<String> = with.cte_tables.iter().map(cte).collect();
        let recursive = if with.recursive { "RECURSIVE " } else { "" };
        parts.push(format!("WITH {recursive}{}", tables.join(", ")));
    }
    parts.push(set_expression(&query.body));
    parts.extend(query.order_by.as_ref().map(order_by));
    if let Some(limit) = &query.limit_clause {
        parts.extend(limits(limit));
    }
    if let Some(settings) = &query.settings {
        let all: Vec<String> = settings
            .iter()
            .map(|it| format!("{} = {}", it.key.value, format_expression(&it.value)))
            .collect();
        parts.push(format!("SETTINGS {}", all.join(", ")));
    }
    parts.join(" ")
}

fn cte(cte: &sqlparser::ast::Cte) -> String {
    let name = quote_name(&cte.alias.name.value);
    if let SetExpr::Select(select) = cte.query.body.as_ref()
        && let [SelectItem::ExprWithAlias { expr, alias }] = &select.projection[..]
        && alias.value == SCALAR
    {
        return format!("{} AS {name}", format_expression(expr));
    }
    format!("{name} AS ({})", format_query(&cte.query))
}

fn set_expression(body: &SetExpr) -> String {
    match body {
        SetExpr::Select(it) => select(it),
        SetExpr::Query(query) => format!("({})", format_query(query)),
        SetExpr::SetOperation {
            left,
            op,
            set_quantifier,
            right,
        } => {
            let word = match op {
                SetOperator::Union => "UNION",
                SetOperator::Intersect => "INTERSECT",
                SetOperator::Except | SetOperator::Minus => "EXCEPT",
            };
            let quantifier = match set_quantifier {
                SetQuantifier::All => " ALL",
                SetQuantifier::Distinct => " DISTINCT",
                _ => "",
            };
            format!("{} {word}{quantifier} {}", set_expression(left), set_expression(right))
        }
        other => other.to_string(),
    }
}

fn select(select: &Select) -> String {
    let mut parts = vec!["SELECT".to_owned()];
    if select.distinct == Some(Distinct::Distinct) {
        parts.push("DISTINCT".to_owned());
    }
    parts.push(select.projection.iter().map(select_item).collect::<Vec<_>>().join(", "));
    for tables in &select.from {
        parts.push(format!("FROM {}", table(&tables.relation)));
        parts.extend(tables.joins.iter().map(join));
    }
    let mut clause = |word: &str, expr: &Option<Expr>| {
        parts.extend(expr.as_ref().map(|expr| format!("{word} {}", format_expression(expr))));
    };
    clause("PREWHERE", &select.prewhere);
    clause("WHERE", &select.selection);
    parts.extend(group_by(&select.group_by));
    parts.extend(
        select
            .having
            .as_ref()
            .map(|expr| format!("HAVING {}", format_expression(expr))),
    );
    if !select.named_window.is_empty() {
        let windows: Vec<String> = select
            .named_window
            .iter()
            .map(|window_definition| match &window_definition.1 {
                NamedWindowExpr::NamedWindow(other) => format!("{} AS {}", window_definition.0.value, other.value),
                NamedWindowExpr::WindowSpec(it) => {
                    format!("{} AS ({})", window_definition.0.value, window(it, &format_expression))
                }
            })
            .collect();
        parts.push(format!("WINDOW {}", windows.join(", ")));
    }
    parts.extend(
        select
            .qualify
            .as_ref()
            .map(|expr| format!("QUALIFY {}", format_expression(expr))),
    );
    parts.join(" ")
}

fn list(expressions: &[Expr]) -> String {
    expressions.iter().map(format_expression).collect::<Vec<_>>().join(", ")
}

fn select_item(item: &SelectItem) -> String {
    match item {
        SelectItem::UnnamedExpr(expr) => format_expression(expr),
        SelectItem::ExprWithAlias { expr, alias } => {
            format!("{} AS {}", format_expression(expr), quote_name(&alias.value))
        }
        SelectItem::Wildcard(options) => format!("*{}", wildcard_options(options)),
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options) => {
            format!("{}.*{}", object_name(name), wildcard_options(options))
        }
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(expr), options) => {
            format!("{}{}", format_expression(expr), wildcard_options(options))
        }
        other => other.to_string(),
    }
}

fn wildcard_options(options: &WildcardAdditionalOptions) -> String {
    let mut out = String::new();
    if let Some(except) = &options.opt_except {
        let mut names = vec![quote_name(&except.first_element.value)];
        names.extend(except.additional_elements.iter().map(|name| quote_name(&name.value)));
        match &names[..] {
            [one] => out.push_str(&format!(" EXCEPT {one}")),
            many => out.push_str(&format!(" EXCEPT ({})", many.join(", "))),
        }
    }
    if let Some(replace) = &options.opt_replace {
        let items = replace.items.iter();
        let items = items.map(|it| {
            format!(
                "{} AS {}",
                format_expression(&it.expr),
                quote_name(&it.column_name.value)
            )
        });
        out.push_str(&format!(" REPLACE ({})", items.collect::<Vec<_>>().join(", ")));
    }
    out
}

fn object_name(name: &ObjectName) -> String {
    let parts = name.0.iter().map(|part| {
        part.as_ident()
            .map_or_else(|| part.to_string(), |it| quote_name(&it.value))
    });
    parts.collect::<Vec<_>>().join(".")
}

fn table(factor: &TableFactor) -> String {
    match factor {
        TableFactor::Table {
            name,
            alias,
            with_hints,
            sample,
            ..
        } => {
            let mut out = format!("{}{}", object_name(name), table_alias(alias));
            if !with_hints.is_empty() {
                out.push_str(" FINAL");
            }
            if let Some(TableSampleKind::AfterTableAlias(sample) | TableSampleKind::BeforeTableAlias(sample)) = sample
                && let Some(quantity) = &sample.quantity
            {
                out.push_str(&format!(" SAMPLE {}", format_expression(&quantity.value)));
                out.extend(
                    sample
                        .offset
                        .as_ref()
                        .map(|offset| format!(" OFFSET {}", format_expression(offset))),
                );
            }
            out
        }
        TableFactor::Derived { subquery, alias, .. } => format!("({}){}", format_query(subquery), table_alias(alias)),
        TableFactor::TableFunction { expr, alias } => format!("{}{}", format_expression(expr), table_alias(alias)),
        TableFactor::NestedJoin {
            table_with_joins,
            alias,
        } => {
            let joins: String = table_with_joins
                .joins
                .iter()
                .map(|it| format!(" {}", join(it)))
                .collect();
            format!("({}{joins}){}", table(&table_with_joins.relation), table_alias(alias))
        }
        other => other.to_string(),
    }
}

fn table_alias(alias: &Option<TableAlias>) -> String {
    alias
        .as_ref()
        .map_or_else(String::new, |alias| format!(" AS {}", quote_name(&alias.name.value)))
}

fn join(join: &Join) -> String {
    let (words, constraint) = match &join.join_operator {
        JoinOperator::ArrayJoin => return format!("ARRAY JOIN {}", array_join(&join.relation)),
        JoinOperator::LeftArrayJoin => return format!("LEFT ARRAY JOIN {}", array_join(&join.relation)),
        JoinOperator::Inner(it) | JoinOperator::Join(it) => ("INNER".to_owned(), it),
        JoinOperator::LeftOuter(it) | JoinOperator::Left(it) => ("LEFT".to_owned(), it),
        JoinOperator::RightOuter(it) | JoinOperator::Right(it) => ("RIGHT".to_owned(), it),
        JoinOperator::FullOuter(it) => ("FULL".to_owned(), it),
        JoinOperator::CrossJoin(it) => ("CROSS".to_owned(), it),
        JoinOperator::LeftSemi(it) => ("LEFT SEMI".to_owned(), it),
        JoinOperator::RightSemi(it) => ("RIGHT SEMI".to_owned(), it),
        JoinOperator::LeftAnti(it) => ("LEFT ANTI".to_owned(), it),
        JoinOperator::RightAnti(it) => ("RIGHT ANTI".to_owned(), it),
        JoinOperator::AsOf {
            match_condition,
            constraint,
        } => (
            format_expression(match_condition).trim_matches('\'').to_owned(),
            constraint,
        ),
        _ => return join.to_string(),
    };
    let global = if join.global { "GLOBAL " } else { "" };
    let condition = match constraint {
        JoinConstraint::On(expr) => format!(" ON {}", format_expression(expr)),
        JoinConstraint::Using(names) => {
            format!(
                " USING ({})",
                names.iter().map(object_name).collect::<Vec<_>>().join(", ")
            )
        }
        JoinConstraint::Natural | JoinConstraint::None => String::new(),
    };
    format!("{global}{words} JOIN {}{condition}", table(&join.relation))
}

fn array_join(relation: &TableFactor) -> String {
    match relation {
        TableFactor::TableFunction {
            expr: Expr::Tuple(elements),
            ..
        } => list(elements),
        other => table(other),
    }
}

fn group_by(group_by: &GroupByExpr) -> Option<String> {
    let (keys, modifiers) = match group_by {
        GroupByExpr::All(modifiers) => ("ALL".to_owned(), modifiers),
        GroupByExpr::Expressions(keys, modifiers) => (list(keys), modifiers),
    };
    let mut out = String::new();
    if !keys.is_empty() {
        out = format!("GROUP BY {keys}");
    }
    for modifier in modifiers {
        let text = match modifier {
            GroupByWithModifier::Rollup => "WITH ROLLUP".to_owned(),
            GroupByWithModifier::Cube => "WITH CUBE".to_owned(),
            GroupByWithModifier::Totals => "WITH TOTALS".to_owned(),
            GroupByWithModifier::GroupingSets(sets) => format!("GROUP BY {sets}"),
        };
        out = format!("{out} {text}");
    }
    let out = out.trim_start().to_owned();
    (!out.is_empty()).then_some(out)
}

fn order_by(order_by: &OrderBy) -> String {
    let mut out = match &order_by.kind {
        OrderByKind::All(options) => format!("ORDER BY ALL{}", order_options(options)),
        OrderByKind::Expressions(elements) => {
            let elements: Vec<String> = elements
                .iter()
                .map(|it| order_element(it, &format_expression))
                .collect();
            format!("ORDER BY {}", elements.join(", "))
        }
    };
    if let Some(interpolate) = &order_by.interpolate {
        out.push_str(" INTERPOLATE");
        if let Some(columns) = &interpolate.exprs {
            let one = |it: &InterpolateExpr| match &it.expr {
                Some(expr) => format!("{} AS {}", quote_name(&it.column.value), format_expression(expr)),
                None => quote_name(&it.column.value),
            };
            out.push_str(&format!(
                " ({})",
                columns.iter().map(one).collect::<Vec<_>>().join(", ")
            ));
        }
    }
    out
}

fn order_element(element: &OrderByExpr, write: &dyn Fn(&Expr) -> String) -> String {
    let (expr, collation) = match &element.expr {
        Expr::Collate { expr, collation } => {
            let name = collation.0.first().and_then(|part| part.as_ident());
            (
                expr.as_ref(),
                name.map(|name| format!(" COLLATE {}", quote_string(&name.value))),
            )
        }
        expr => (expr, None),
    };
    let mut out = write(expr);
    out.push_str(&order_options(&element.options));
    out.extend(collation);
    if let Some(fill) = &element.with_fill {
        out.push_str(" WITH FILL");
        for (word, expr) in [(" FROM ", &fill.from), (" TO ", &fill.to), (" STEP ", &fill.step)] {
            out.extend(expr.as_ref().map(|expr| format!("{word}{}", write(expr))));
        }
    }
    out
}

fn order_options(options: &OrderByOptions) -> String {
    let direction = match options.sort {
        Some(OrderBySort::Desc) => " DESC",
        _ => " ASC",
    };
    let nulls = match options.nulls_first {
        Some(true) => " NULLS FIRST",
        Some(false) => " NULLS LAST",
        None => "",
    };
    format!("{direction}{nulls}")
}

fn limits(limit: &LimitClause) -> Vec<String> {
    let mut parts = Vec::new();
    let (limit, offset, markers) = match limit {
        LimitClause::LimitOffset {
            limit,
            offset,
            limit_by,
        } => (limit.as_ref(), offset.as_ref(), &limit_by[..]),
        LimitClause::OffsetCommaLimit { offset, limit } => {
            return vec![format!(
                "LIMIT {}, {}",
                format_expression(offset),
                format_expression(limit)
            )];
        }
    };
    let mut ties = "";
    for marker in markers {
        let Expr::Function(function) = marker else { continue };
        match function_name(function).as_str() {
            LIMIT_BY => parts.push(limit_by(&arguments(&function.args).1)),
            WITH_TIES => ties = " WITH TIES",
            _ => {}
        }
    }
    match (limit, offset.map(|offset| format_expression(&offset.value))) {
        (Some(limit), Some(offset)) => parts.push(format!("LIMIT {offset}, {}{ties}", format_expression(limit))),
        (Some(limit), None) => parts.push(format!("LIMIT {}{ties}", format_expression(limit))),
        (None, Some(offset)) => parts.push(format!("OFFSET {offset}")),
        (None, None) => {}
    }
    parts
}

fn limit_by(arguments: &[Argument]) -> String {
    let texts: Vec<String> = arguments
        .iter()
        .map(|argument| match argument {
            Argument::Expr(expr) => format_expression(expr),
            Argument::Wildcard(text) => text.clone(),
        })
        .collect();
    match &texts[..] {
        [count, offset, keys @ ..] if offset == "0" => format!("LIMIT {count} BY {}", keys.join(", ")),
        [count, offset, keys @ ..] => format!("LIMIT {offset}, {count} BY {}", keys.join(", ")),
        _ => String::new(),
    }
}

/// The inside of a window's parentheses, with this way to write expressions.
pub(super) fn window(specification: &WindowSpec, write: &dyn Fn(&Expr) -> String) -> String {
    let mut parts: Vec<String> = specification
        .window_name
        .iter()
        .map(|name| quote_name(&name.value))
        .collect();
    if !specification.partition_by.is_empty() {
        let keys: Vec<String> = specification.partition_by.iter().map(write).collect();
        parts.push(format!("PARTITION BY {}", keys.join(", ")));
    }
    if !specification.order_by.is_empty() {
        let keys: Vec<String> = specification
            .order_by
            .iter()
            .map(|element| order_element(element, write))
            .collect();
        parts.push(format!("ORDER BY {}", keys.join(", ")));
    }
    parts.extend(
        specification
            .window_frame
            .as_ref()
            .map(|frame| window_frame(frame, write)),
    );
    parts.join(" ")
}

fn window_frame(frame: &WindowFrame, write: &dyn Fn(&Expr) -> String) -> String {
    let bound = |bound: &WindowFrameBound| match bound {
        WindowFrameBound::CurrentRow => "CURRENT ROW".to_owned(),
        WindowFrameBound::Preceding(None) => "UNBOUNDED PRECEDING".to_owned(),
        WindowFrameBound::Preceding(Some(amount)) => format!("{} PRECEDING", write(amount)),
        WindowFrameBound::Following(None) => "UNBOUNDED FOLLOWING".to_owned(),
        WindowFrameBound::Following(Some(amount)) => format!("{} FOLLOWING", write(amount)),
    };
    // a frame of one bound reaches to the current row
    let end = frame.end_bound.as_ref().unwrap_or(&WindowFrameBound::CurrentRow);
    format!(
        "{} BETWEEN {} AND {}",
        frame.units,
        bound(&frame.start_bound),
        bound(end)
    )
}
