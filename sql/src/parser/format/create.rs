//! SHOW CREATE TABLE and VIEW. A table's metadata on disk is this text, so reading it back must give the same table.

use sqlparser::ast::{Expr, Value};

use super::expression::format_expression;
use super::literal::{backquote, quote_name, quote_string};
use super::query::format_query;
use crate::parser::definition::*;
use crate::parser::statement::*;

/// The granularity of a vector index that says none: one sub-index for a whole part.
const VECTOR_INDEX_GRANULARITY: u64 = 100_000_000;

/// The text of SHOW CREATE TABLE, as ClickHouse prints it.
pub fn format_create(create: &CreateTable) -> String {
    let mut out = head(create);
    let mut elements: Vec<String> = create.columns.iter().map(column).collect();
    elements.extend(create.indexes.iter().map(index));
    elements.extend(create.constraints.iter().map(constraint));
    if !elements.is_empty() {
        let elements: Vec<String> = elements.iter().map(|element| format!("    {element}")).collect();
        out.push_str(&format!("\n(\n{}\n)", elements.join(",\n")));
    }
    if let Some(table) = &create.as_table {
        out.push_str(if create.clone { " CLONE AS " } else { " AS " });
        out.push_str(&table_name(table));
    }
    if let Some(function) = &create.as_function {
        out.push_str(&format!(" AS {}", format_expression(function)));
    }
    for clause in clauses(create) {
        out.push('\n');
        out.push_str(&clause);
    }
    if let Some(query) = &create.as_select {
        let empty = if create.empty { "EMPTY " } else { "" };
        out.push_str(&format!("\n{empty}AS {}", format_query(query)));
    }
    out
}

fn head(create: &CreateTable) -> String {
    let verb = match () {
        () if create.attach => "ATTACH",
        () if create.or_replace => "CREATE OR REPLACE",
        () => "CREATE",
    };
    let temporary = if create.temporary { " TEMPORARY" } else { "" };
    let guard = if create.if_not_exists { " IF NOT EXISTS" } else { "" };
    let kind = if create.view { "VIEW" } else { "TABLE" };
    format!("{verb}{temporary} {kind}{guard} {}", table_name(&create.table))
}

fn table_name(table: &TableName) -> String {
    match &table.database {
        Some(database) => format!("{}.{}", quote_name(database), quote_name(&table.name)),
        None => quote_name(&table.name),
    }
}

fn clauses(create: &CreateTable) -> Vec<String> {
    let mut clauses = Vec::new();
    let mut add = |word: &str, text: Option<String>| clauses.extend(text.map(|text| format!("{word}{text}")));
    add("", create.sql_security.as_ref().map(sql_security));
    let engine_shown = create.engine.as_ref().filter(|_| !create.view);
    add("ENGINE = ", engine_shown.map(engine));
    add("PARTITION BY ", create.partition_by.as_ref().map(format_expression));
    add("PRIMARY KEY ", create.primary_key.as_deref().map(key));
    add("ORDER BY ", create.order_by.as_deref().map(key));
    add("SAMPLE BY ", create.sample_by.as_ref().map(format_expression));
    let ttl: Vec<String> = create.ttl.iter().map(ttl_element).collect();
    add("TTL ", (!ttl.is_empty()).then(|| ttl.join(", ")));
    add(
        "SETTINGS ",
        (!create.settings.is_empty()).then(|| settings(&create.settings)),
    );
    add("COMMENT ", create.comment.as_deref().map(quote_string));
    clauses
}

fn sql_security(security: &SqlSecurity) -> String {
    match security {
        SqlSecurity::Invoker => "SQL SECURITY INVOKER".into(),
        SqlSecurity::None => "SQL SECURITY NONE".into(),
        SqlSecurity::Definer(None) => "SQL SECURITY DEFINER".into(),
        SqlSecurity::Definer(Some(user)) => format!("DEFINER = {} SQL SECURITY DEFINER", quote_name(user)),
    }
}

fn engine(engine: &Engine) -> String {
    let name = quote_name(&engine.name); // `Null` is a word of the language
    let arguments = match engine.arguments.as_deref() {
        None | Some([]) => return name,
        Some(arguments) => arguments.iter().map(format_expression).collect::<Vec<_>>(),
    };
    format!("{name}({})", arguments.join(", "))
}

/// One expression without parentheses, more as a tuple.
fn key(expressions: &[Expr]) -> String {
    match expressions {
        [] => "tuple()".to_owned(),
        [one] => format_expression(one),
        many => format!(
            "({})",
            many.iter().map(format_expression).collect::<Vec<_>>().join(", ")
        ),
    }
}

fn ttl_element(element: &TtlElement) -> String {
    let mut out = format_expression(&element.expression);
    if let TtlAction::Other(text) = &element.action {
        out.push(' ');
        out.push_str(text);
    }
    if let Some(condition) = &element.condition {
        out.push_str(&format!(" WHERE {}", format_expression(condition)));
    }
    out
}

fn settings(settings: &[(String, SettingValue)]) -> String {
    let one = |(name, value): &(String, SettingValue)| {
        let value = match value {
            SettingValue::Number(text) => text.clone(),
            SettingValue::Text(text) => quote_string(text),
            SettingValue::Bool(value) => value.to_string(),
            SettingValue::Default => "DEFAULT".to_owned(),
        };
        format!("{name} = {value}")
    };
    settings.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn column(column: &ColumnDefinition) -> String {
    let mut out = backquote(&column.name);
    let mut add = |word: &str, text: Option<String>| {
        if let Some(text) = text {
            out.push_str(&format!(" {word}{text}"));
        }
    };
    add("", column.data_type.clone());
    add(
        "",
        column
            .null
            .map(|null| if null { "NULL" } else { "NOT NULL" }.to_owned()),
    );
    add("", column.default.as_ref().map(default));
    add("COMMENT ", column.comment.as_deref().map(quote_string));
    add("CODEC", column.codec.as_deref().map(call_list));
    add("STATISTICS", column.statistics.as_deref().map(call_list));
    add("TTL ", column.ttl.as_ref().map(format_expression));
    add(
        "SETTINGS ",
        (!column.settings.is_empty()).then(|| format!("({})", settings(&column.settings))),
    );
    out
}

fn default(default: &ColumnDefault) -> String {
    match default {
        ColumnDefault::Default(expr) => format!("DEFAULT {}", format_expression(expr)),
        ColumnDefault::Materialized(expr) => format!("MATERIALIZED {}", format_expression(expr)),
        ColumnDefault::Alias(expr) => format!("ALIAS {}", format_expression(expr)),
        ColumnDefault::Ephemeral(Some(expr)) => format!("EPHEMERAL {}", format_expression(expr)),
        ColumnDefault::Ephemeral(None) => "EPHEMERAL".to_owned(),
    }
}

fn call_list(expressions: &[Expr]) -> String {
    format!(
        "({})",
        expressions.iter().map(format_expression).collect::<Vec<_>>().join(", ")
    )
}

fn index(index: &IndexDefinition) -> String {
    let default = if index.index_type == "vector_similarity" {
        VECTOR_INDEX_GRANULARITY
    } else {
        1
    };
    let granularity = index.granularity.unwrap_or(default);
    let name = quote_name(&index.name);
    let expression = format_expression(&index.expression);
    format!(
        "INDEX {name} {expression} TYPE {} GRANULARITY {granularity}",
        index_type(index)
    )
}

/// The type with its arguments as written: bare words stay bare.
pub(super) fn index_type(index: &IndexDefinition) -> String {
    match index.arguments.as_deref() {
        None | Some([]) => index.index_type.clone(),
        Some(arguments) => {
            let arguments: Vec<String> = arguments.iter().map(argument).collect();
            format!("{}({})", index.index_type, arguments.join(", "))
        }
    }
}

fn argument(argument: &Expr) -> String {
    match argument {
        Expr::Value(value) if matches!(value.value, Value::SingleQuotedString(_)) => format_expression(argument),
        other => format_expression(other),
    }
}

fn constraint(constraint: &ConstraintDefinition) -> String {
    let kind = if constraint.assume { "ASSUME" } else { "CHECK" };
    format!(
        "CONSTRAINT {} {kind} {}",
        quote_name(&constraint.name),
        format_expression(&constraint.expression)
    )
}
