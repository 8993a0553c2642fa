//! Expressions as SHOW CREATE and EXPLAIN SYNTAX show them: operators with parentheses around nested ones.

use sqlparser::ast::{Expr, Function};

use super::literal::{literal, quote_name, quote_string};
use super::{Argument, Item, View, arguments, function_name, over, query};

/// The expression as ClickHouse writes it in SHOW CREATE, such as `(a + 1) * 2`.
pub fn format_expression(expression: &Expr) -> String {
    write(expression, false)
}

/// `operand`: of an operator, so that an operator in it gets parentheses.
fn write(expression: &Expr, operand: bool) -> String {
    match View::of(expression) {
        View::Identifier(parts) => parts
            .iter()
            .map(|part| quote_name(&part.value))
            .collect::<Vec<_>>()
            .join("."),
        View::Literal(value) => literal(value, false),
        View::Array(elements) => format!("[{}]", list(elements)),
        View::Tuple([]) => "tuple()".to_owned(),
        View::Tuple([one]) => format!("tuple({})", write(one, false)),
        View::Tuple(elements) => format!("({})", list(elements)),
        View::Alias(expr, alias) => {
            let text = format!("{} AS {}", write(expr, false), quote_name(&alias.value));
            if operand { format!("({text})") } else { text }
        }
        View::Subquery(query) => format!("({})", query::format_query(query)),
        View::Lambda(names, body) => {
            let names = match names[..] {
                [one] => quote_name(one),
                _ => format!(
                    "({})",
                    names.iter().map(|name| quote_name(name)).collect::<Vec<_>>().join(", ")
                ),
            };
            let text = format!("{names} -> {}", write(body, true));
            if operand { format!("({text})") } else { text }
        }
        View::Cast(expr, data_type) => format!("CAST({}, {})", write(expr, false), quote_string(&data_type)),
        View::Call(function) => call(function, operand),
        View::Operator(name, items) => operator(name, &items, operand),
        View::Other(expr) => expr.to_string(),
    }
}

fn list(elements: &[Expr]) -> String {
    elements
        .iter()
        .map(|element| write(element, false))
        .collect::<Vec<_>>()
        .join(", ")
}

fn call(function: &Function, operand: bool) -> String {
    let name = function_name(function);
    let (distinct, args) = arguments(&function.args);
    if let [Argument::Expr(left), Argument::Expr(right)] = args[..] {
        let sugar = match name.as_str() {
            "arrayElement" => Some(format!("{}[{}]", write(left, true), write(right, false))),
            "tupleElement" => element_text(right).map(|element| format!("{}.{element}", write(left, true))),
            "in" | "notIn" | "globalIn" | "globalNotIn" => Some(in_text(&name, left, right)),
            _ => None,
        };
        if let Some(text) = sugar {
            return if operand { format!("({text})") } else { text };
        }
    }
    if matches!(name.as_str(), "and" | "or") && args.len() > 2 {
        let items: Vec<Item> = args
            .iter()
            .filter_map(|arg| match arg {
                Argument::Expr(expr) => Some(Item::Expr(expr)),
                Argument::Wildcard(_) => None,
            })
            .collect();
        return operator(if name == "and" { "and" } else { "or" }, &items, operand);
    }
    if name == super::super::PARAMETER
        && let [Argument::Expr(Expr::Value(name)), Argument::Expr(Expr::Value(kind))] = &args[..]
    {
        let text = |value: &sqlparser::ast::ValueWithSpan| value.value.clone().into_string().unwrap_or_default();
        return format!("{{{}:{}}}", text(name), text(kind));
    }
    let (_, parameters) = arguments(&function.parameters);
    let parameters = if parameters.is_empty() {
        String::new()
    } else {
        format!("({})", join(&parameters))
    };
    let window = function
        .over
        .as_ref()
        .map_or_else(String::new, |it| over(it, &|expr| write(expr, false)));
    let distinct = if distinct { "DISTINCT " } else { "" };
    format!(
        "{}{parameters}({distinct}{}){window}",
        function_text(&name),
        join(&args)
    )
}

/// A function's name is written as it is, unless it could not be read back.
fn function_text(name: &str) -> String {
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.');
    if plain { name.to_owned() } else { quote_name(name) }
}

fn element_text(element: &Expr) -> Option<String> {
    let Expr::Value(value) = element else {
        return None;
    };
    match &value.value {
        sqlparser::ast::Value::Number(text, _) if text.bytes().all(|byte| byte.is_ascii_digit()) => Some(text.clone()),
        sqlparser::ast::Value::SingleQuotedString(text) => Some(quote_name(text)),
        _ => None,
    }
}

fn in_text(name: &str, left: &Expr, right: &Expr) -> String {
    let word = match name {
        "in" => "IN",
        "notIn" => "NOT IN",
        "globalIn" => "GLOBAL IN",
        _ => "GLOBAL NOT IN",
    };
    let set = match View::of(right) {
        View::Literal(value) => format!("({})", literal(value, false)),
        View::Tuple([one]) => format!("({})", write(one, false)),
        _ => write(right, true),
    };
    format!("{} {word} {set}", write(left, true))
}

fn join(args: &[Argument]) -> String {
    let one = |argument: &Argument| match argument {
        Argument::Expr(expr) => write(expr, false),
        Argument::Wildcard(text) => text.clone(),
    };
    args.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn operator(name: &str, items: &[Item], operand: bool) -> String {
    let text = match (name, items) {
        ("negate", [one]) => match item(one, true) {
            text if text.starts_with('-') => format!("-({text})"),
            text => format!("-{text}"),
        },
        ("not", [one]) => format!("NOT {}", item(one, true)),
        ("isNull", [one]) => format!("{} IS NULL", item(one, true)),
        ("isNotNull", [one]) => format!("{} IS NOT NULL", item(one, true)),
        ("isTrue", [one]) => format!("{} IS TRUE", item(one, true)),
        ("isNotTrue", [one]) => format!("{} IS NOT TRUE", item(one, true)),
        ("isFalse", [one]) => format!("{} IS FALSE", item(one, true)),
        ("isNotFalse", [one]) => format!("{} IS NOT FALSE", item(one, true)),
        ("exists" | "multiIf" | "caseWithExpression" | "concat", _) => {
            let items: Vec<String> = items.iter().map(|it| item(it, false)).collect();
            return format!("{name}({})", items.join(", "));
        }
        _ => {
            let items: Vec<String> = items.iter().map(|it| item(it, true)).collect();
            items.join(&format!(" {} ", symbol(name)))
        }
    };
    if operand { format!("({text})") } else { text }
}

fn item(item: &Item, operand: bool) -> String {
    match item {
        Item::Expr(expr) => write(expr, operand),
        Item::List(elements) => format!("({})", list(elements)),
        Item::Subquery(query) => format!("({})", query::format_query(query)),
        Item::Operator(name, items) => operator(name, items, operand),
        Item::Null => "NULL".to_owned(),
    }
}

fn symbol(name: &str) -> &str {
    match name {
        "plus" => "+",
        "minus" => "-",
        "multiply" => "*",
        "divide" => "/",
        "modulo" => "%",
        "equals" => "=",
        "notEquals" => "!=",
        "less" => "<",
        "lessOrEquals" => "<=",
        "greater" => ">",
        "greaterOrEquals" => ">=",
        "and" => "AND",
        "or" => "OR",
        "isNotDistinctFrom" => "<=>",
        "isDistinctFrom" => "IS DISTINCT FROM",
        "like" => "LIKE",
        "notLike" => "NOT LIKE",
        "ilike" => "ILIKE",
        "notILike" => "NOT ILIKE",
        "in" => "IN",
        "notIn" => "NOT IN",
        other => other,
    }
}
