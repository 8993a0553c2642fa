//! Expressions and their operands: literals, names, brackets, CASE.
//!
//! Start at [`aliased`] (an expression that may have `AS name`) and [`expression`]. Operators are in `operator`, calls in
//! `call`.

use sqlparser::ast::{
    Array, CaseWhen, CastKind, DataType, Expr, Ident, LambdaFunction, LambdaFunctionParameter, LambdaSyntax,
    ObjectName, OneOrManyWithParens, Query, UnaryOperator, Value, helpers::attached_token::AttachedToken,
};

use super::call::{call, function_call, interval};
use super::cursor::{Cursor, Parse};
use super::lexer::Token;
use super::operator::Infix;
use super::{PARAMETER, query, type_text};

/// Words that begin a clause or stand between operands: never the name of a column unless quoted.
const NOT_OPERANDS: &[&str] = &[
    "FROM",
    "SELECT",
    "WHERE",
    "PREWHERE",
    "HAVING",
    "QUALIFY",
    "UNION",
    "INTERSECT",
    "ON",
    "USING",
    "JOIN",
    "AND",
    "OR",
    "THEN",
    "WHEN",
    "ELSE",
    "BETWEEN",
    "LIKE",
    "ILIKE",
    "REGEXP",
    "AS",
    "IN",
    "IS",
    "DIV",
    "MOD",
    "INTO",
];

/// Of these, the ones that are also functions: `and(a, b)`.
const OPERATOR_FUNCTIONS: &[&str] = &["AND", "OR", "IN", "LIKE", "ILIKE"];

/// What a unary minus binds: everything but access and casts.
const UNARY_MINUS: u8 = 13;

/// An expression and its alias, if it has one.
pub(super) fn aliased(c: &mut Cursor) -> Parse<Expr> {
    let expr = expression(c)?;
    if c.accept("AS") {
        return Ok(Expr::Named {
            expr: Box::new(expr),
            name: c.identifier()?,
        });
    }
    Ok(expr)
}

/// An expression without alias.
pub(super) fn expression(c: &mut Cursor) -> Parse<Expr> {
    subexpression(c, 0)
}

/// An expression of operators that bind tighter than `precedence`.
pub(super) fn subexpression(c: &mut Cursor, precedence: u8) -> Parse<Expr> {
    c.nested(|c| {
        let outer = c.begin_tree();
        let mut left = operand(c)?;
        c.add_node()?;
        while let Some(operator) = Infix::at(c).filter(|operator| operator.precedence() > precedence) {
            left = operator.apply(c, left)?;
            c.add_node()?;
        }
        c.end_tree(outer);
        Ok(left)
    })
}

/// An operand with everything in front of it and behind it that binds tighter than any binary operator.
fn operand(c: &mut Cursor) -> Parse<Expr> {
    let start = c.position();
    let mark = c.mark();
    let expr = match c.peek() {
        Token::Symbol("-") if matches!(c.peek_at(1), Token::Number(_)) => {
            c.advance();
            negative(primary(c)?)
        }
        Token::Symbol("-") if c.word_at(1, "inf") || c.word_at(1, "nan") => {
            c.advance();
            negative(primary(c)?)
        }
        Token::Symbol("-") => {
            c.advance();
            let expr = Box::new(subexpression(c, UNARY_MINUS)?);
            return Ok(Expr::UnaryOp {
                op: UnaryOperator::Minus,
                expr,
            });
        }
        Token::Symbol("+") => {
            c.advance();
            return subexpression(c, UNARY_MINUS);
        }
        Token::Word { quoted: false, .. } if c.at("NOT") => {
            c.advance();
            return Ok(Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr: Box::new(subexpression(c, 5)?),
            });
        }
        _ => primary(c)?,
    };
    let expr = if c.at_symbol("::") && is_literal(c, mark, &expr) {
        let text = c.text_since(start).to_owned(); // ClickHouse casts the literal's text, not its value
        cast(c, string(text))?
    } else {
        expr
    };
    postfix(c, expr)
}

fn negative(expr: Expr) -> Expr {
    match expr {
        Expr::Value(value) => match value.value {
            Value::Number(text, _) => number(format!("-{text}")),
            other => Expr::value(other),
        },
        other => other,
    }
}

/// Whether the tokens since `mark` are a number, or an array or tuple of literals.
fn is_literal(c: &Cursor, mark: usize, expr: &Expr) -> bool {
    let kind = match expr {
        Expr::Value(value) => return matches!(value.value, Value::Number(..)),
        Expr::Array(_) => "[",
        Expr::Tuple(_) => "(",
        _ => return false,
    };
    let mut here = Cursor::new("", c.tokens());
    here.rewind(mark);
    let mut literal = here.at_symbol(kind);
    while here.mark() < c.mark() && literal {
        literal = match here.advance() {
            Token::Number(_) | Token::Text(_) => true,
            Token::Symbol(symbol) => matches!(*symbol, "[" | "]" | "(" | ")" | "," | "-"),
            Token::Word { text, quoted: false } => matches!(text.as_str(), "NULL" | "true" | "false" | "inf" | "nan"),
            _ => false,
        };
    }
    literal
}

/// `[i]`, `.1`, `.name` and `::Type`, as many as there are.
fn postfix(c: &mut Cursor, mut expr: Expr) -> Parse<Expr> {
    loop {
        if c.accept_symbol("[") {
            let index = expression(c)?;
            c.expect_symbol("]")?;
            expr = call("arrayElement", vec![expr, index]);
        } else if c.at_symbol("::") {
            expr = cast(c, expr)?;
        } else if c.at_symbol(".") {
            let element = match c.peek_at(1) {
                Token::Number(index) => number(index.clone()),
                Token::Word { text, .. } => string(text.clone()),
                _ => return Ok(expr), // `t.*` is for whoever wants a list
            };
            c.advance();
            c.advance();
            expr = call("tupleElement", vec![expr, element]);
        } else {
            return Ok(expr);
        }
        c.add_node()?;
    }
}

fn cast(c: &mut Cursor, expr: Expr) -> Parse<Expr> {
    c.expect_symbol("::")?;
    let data_type = custom_type(type_text::parse(c)?);
    Ok(Expr::Cast {
        kind: CastKind::DoubleColon,
        expr: Box::new(expr),
        data_type,
        format: None,
    })
}

/// A ClickHouse type in sqlparser's AST: its text, as one identifier.
pub(super) fn custom_type(text: String) -> DataType {
    DataType::Custom(ObjectName::from(vec![Ident::new(text)]), Vec::new())
}

fn primary(c: &mut Cursor) -> Parse<Expr> {
    match c.peek() {
        Token::Number(text) => {
            c.advance();
            Ok(number(text.clone()))
        }
        Token::Text(text) => {
            c.advance();
            Ok(string(text.clone()))
        }
        Token::Symbol("(") => parentheses(c),
        Token::Symbol("[") => array(c),
        Token::Symbol("{") => parameter(c),
        Token::Symbol("@@") => {
            c.advance();
            Ok(call("globalVariable", vec![string(c.name()?)]))
        }
        Token::Word { quoted: true, .. } => name(c),
        Token::Word { text, .. } => word(c, text),
        _ => c.expected("expression"),
    }
}

/// What an unquoted word begins.
fn word(c: &mut Cursor, text: &str) -> Parse<Expr> {
    let is = |keyword: &str| text.eq_ignore_ascii_case(keyword);
    let followed_by_text = matches!(c.peek_at(1), Token::Text(_));
    let access = c.symbol_at(1, ".") || c.symbol_at(1, "(") || c.symbol_at(1, "->");
    if !access {
        let value = match () {
            () if is("NULL") => Some(Value::Null),
            () if is("TRUE") => Some(Value::Boolean(true)),
            () if is("FALSE") => Some(Value::Boolean(false)),
            () if is("INF") || is("INFINITY") => Some(Value::Number("inf".to_owned(), false)),
            () if is("NAN") => Some(Value::Number("nan".to_owned(), false)),
            () => None,
        };
        if let Some(value) = value {
            c.advance();
            return Ok(Expr::value(value));
        }
    }
    match () {
        () if is("CASE") && !access => case(c),
        () if is("DATE") && followed_by_text => typed_literal(c, "toDate"),
        () if is("TIMESTAMP") && followed_by_text => typed_literal(c, "toDateTime"),
        () if is("INTERVAL") && interval_follows(c) => interval(c),
        () if is("EXISTS") && c.symbol_at(1, "(") && query::begins_query(c, 1) => {
            c.advance();
            let subquery = Box::new(c.in_parentheses(query::query)?);
            Ok(Expr::Exists {
                subquery,
                negated: false,
            })
        }
        () if c.symbol_at(1, "(") && OPERATOR_FUNCTIONS.iter().any(|keyword| is(keyword)) => name(c),
        () if NOT_OPERANDS.iter().any(|keyword| is(keyword)) && !c.symbol_at(1, ".") => c.expected("expression"),
        () => name(c),
    }
}

fn typed_literal(c: &mut Cursor, function: &str) -> Parse<Expr> {
    c.advance();
    Ok(call(function, vec![string(c.string()?)]))
}

/// Whether the word INTERVAL is followed by an amount and not by what follows a column of that name.
fn interval_follows(c: &Cursor) -> bool {
    match c.peek_at(1) {
        Token::Number(_) | Token::Text(_) | Token::Symbol("(") => true,
        Token::Symbol("-") => matches!(c.peek_at(2), Token::Number(_)),
        Token::Word { text, quoted } => {
            *quoted
                || !(query::is_reserved_for_alias(text) || NOT_OPERANDS.iter().any(|it| text.eq_ignore_ascii_case(it)))
        }
        _ => false,
    }
}

/// A column's name, a lambda of one parameter, or a call.
fn name(c: &mut Cursor) -> Parse<Expr> {
    let mut parts = vec![c.identifier()?];
    if c.accept_symbol("->") {
        return lambda(c, OneOrManyWithParens::One(lambda_parameter(parts.remove(0))));
    }
    while c.at_symbol(".") && matches!(c.peek_at(1), Token::Word { .. }) {
        c.advance();
        parts.push(c.identifier()?);
    }
    if c.at_symbol("(") {
        return function_call(c, parts);
    }
    Ok(match parts.len() {
        1 => Expr::Identifier(parts.remove(0)),
        _ => Expr::CompoundIdentifier(parts),
    })
}

fn lambda_parameter(name: Ident) -> LambdaFunctionParameter {
    LambdaFunctionParameter { name, data_type: None }
}

/// The body behind `->`.
fn lambda(c: &mut Cursor, params: OneOrManyWithParens<LambdaFunctionParameter>) -> Parse<Expr> {
    let body = Box::new(expression(c)?);
    Ok(Expr::Lambda(LambdaFunction {
        params,
        body,
        syntax: LambdaSyntax::Arrow,
    }))
}

/// `(…)`: an expression, a tuple, a subquery or the parameters of a lambda.
fn parentheses(c: &mut Cursor) -> Parse<Expr> {
    if let Some(subquery) = subquery(c)? {
        return Ok(Expr::Subquery(subquery));
    }
    let (mut elements, trailing_comma) = list_in_parentheses(c)?;
    if c.at_symbol("->") && elements.iter().all(|element| matches!(element, Expr::Identifier(_))) {
        c.advance();
        let names = elements.into_iter().filter_map(|element| match element {
            Expr::Identifier(name) => Some(lambda_parameter(name)),
            _ => None,
        });
        return lambda(c, OneOrManyWithParens::Many(names.collect()));
    }
    if elements.len() == 1 && !trailing_comma {
        return Ok(elements.remove(0));
    }
    Ok(Expr::Tuple(elements))
}

/// The query in these parentheses, unless they hold an expression, which may begin with a subquery too.
pub(super) fn subquery(c: &mut Cursor) -> Parse<Option<Box<Query>>> {
    if !query::begins_query(c, 0) {
        return Ok(None);
    }
    let mark = c.mark();
    c.advance();
    match query::query(c) {
        Ok(subquery) if c.accept_symbol(")") => return Ok(Some(Box::new(subquery))),
        Err(failure) if !c.symbol_at_mark(mark + 1, "(") => return Err(failure),
        Ok(_) if !c.symbol_at_mark(mark + 1, "(") => return c.expected("Comma, ClosingRoundBracket"),
        _ => c.rewind(mark),
    }
    Ok(None)
}

/// The elements in parentheses, and whether a comma stood behind the last.
pub(super) fn list_in_parentheses(c: &mut Cursor) -> Parse<(Vec<Expr>, bool)> {
    c.expect_symbol("(")?;
    let mut elements = Vec::new();
    let mut trailing_comma = false;
    while !c.at_symbol(")") {
        elements.push(aliased(c)?);
        trailing_comma = c.accept_symbol(",");
        if !trailing_comma {
            break;
        }
    }
    c.expect_symbol(")")?;
    Ok((elements, trailing_comma))
}

fn array(c: &mut Cursor) -> Parse<Expr> {
    c.expect_symbol("[")?;
    let mut elem = Vec::new();
    while !c.at_symbol("]") {
        elem.push(aliased(c)?);
        if !c.accept_symbol(",") {
            break;
        }
    }
    c.expect_symbol("]")?;
    Ok(Expr::Array(Array { elem, named: false }))
}

/// `{name:Type}`.
fn parameter(c: &mut Cursor) -> Parse<Expr> {
    c.expect_symbol("{")?;
    let name = c.name()?;
    c.expect_symbol(":")?;
    let data_type = type_text::parse(c)?;
    c.expect_symbol("}")?;
    Ok(call(PARAMETER, vec![string(name), string(data_type)]))
}

fn case(c: &mut Cursor) -> Parse<Expr> {
    c.expect("CASE")?;
    let operand = if c.at("WHEN") {
        None
    } else {
        Some(Box::new(aliased(c)?))
    };
    let mut conditions = Vec::new();
    while c.accept("WHEN") {
        let condition = aliased(c)?;
        c.expect("THEN")?;
        conditions.push(CaseWhen {
            condition,
            result: aliased(c)?,
        });
    }
    if conditions.is_empty() {
        return c.expected("WHEN");
    }
    let else_result = if c.accept("ELSE") {
        Some(Box::new(aliased(c)?))
    } else {
        None
    };
    c.expect("END")?;
    let (case_token, end_token) = (AttachedToken::empty(), AttachedToken::empty());
    Ok(Expr::Case {
        case_token,
        end_token,
        operand,
        conditions,
        else_result,
    })
}

/// A number literal of this text.
pub(super) fn number(text: String) -> Expr {
    Expr::value(Value::Number(text, false))
}

/// A string literal of this value.
pub(super) fn string(text: String) -> Expr {
    Expr::value(Value::SingleQuotedString(text))
}
