//! `name = value, …` of SET, SETTINGS and EXPLAIN.

use sqlparser::ast::{Expr, Ident, Setting, Value};

use super::cursor::{Cursor, Parse};
use super::lexer::Token;
use super::statement::SettingValue;

/// A list of settings.
pub(super) fn list(c: &mut Cursor) -> Parse<Vec<(String, SettingValue)>> {
    c.comma_separated(one)
}

fn one(c: &mut Cursor) -> Parse<(String, SettingValue)> {
    let mut name = c.name()?;
    while c.accept_symbol(".") {
        name = format!("{name}.{}", c.name()?);
    }
    if !c.accept_symbol("=") {
        // ClickHouse's shorthand: a setting without a value is switched on
        return Ok((name, SettingValue::Bool(true)));
    }
    Ok((name, value(c)?))
}

/// A literal, or a bare word.
pub(super) fn value(c: &mut Cursor) -> Parse<SettingValue> {
    let sign = match c.peek() {
        Token::Symbol("-") => "-",
        Token::Symbol("+") => "+",
        _ => "",
    };
    if !sign.is_empty() {
        c.advance();
    }
    let sign = if sign == "+" { "" } else { sign };
    match c.peek() {
        Token::Number(text) => {
            c.advance();
            Ok(SettingValue::Number(format!("{sign}{text}")))
        }
        Token::Word { text, quoted: false } if text.eq_ignore_ascii_case("inf") || text.eq_ignore_ascii_case("nan") => {
            c.advance();
            Ok(SettingValue::Number(format!("{sign}{}", text.to_ascii_lowercase())))
        }
        _ if !sign.is_empty() => c.expected("number"),
        Token::Text(text) => {
            c.advance();
            Ok(SettingValue::Text(text.clone()))
        }
        Token::Word { text, quoted } => {
            c.advance();
            Ok(match text.to_ascii_lowercase().as_str() {
                "true" if !quoted => SettingValue::Bool(true),
                "false" if !quoted => SettingValue::Bool(false),
                "default" if !quoted => SettingValue::Default,
                _ => SettingValue::Text(text.clone()),
            })
        }
        _ => c.expected("literal"),
    }
}

/// A setting as sqlparser's node, for the SETTINGS of a subquery.
pub(super) fn to_ast((name, value): (String, SettingValue)) -> Setting {
    let value = match value {
        SettingValue::Number(text) => Value::Number(text, false),
        SettingValue::Text(text) => Value::SingleQuotedString(text),
        SettingValue::Bool(value) => Value::Boolean(value),
        SettingValue::Default => Value::Null,
    };
    Setting {
        key: Ident::new(name),
        value: Expr::value(value),
    }
}

/// Name and value of a setting in the AST.
pub fn from_ast(setting: Setting) -> (String, SettingValue) {
    let value = match setting.value {
        Expr::Value(value) => match value.value {
            Value::Number(text, _) => SettingValue::Number(text),
            Value::SingleQuotedString(text) => SettingValue::Text(text),
            Value::Boolean(value) => SettingValue::Bool(value),
            _ => SettingValue::Default,
        },
        _ => SettingValue::Default,
    };
    (setting.key.value, value)
}
