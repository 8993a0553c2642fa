//! What stands between operands or behind them, and how tightly it binds, as in ClickHouse's `ExpressionListParsers`.
//!
//! Start at [`Infix`].

use sqlparser::ast::{BinaryOperator, Expr, Query};

use super::call::call;
use super::cursor::{Cursor, Parse};
use super::expression::{list_in_parentheses, subexpression, subquery};
use super::lexer::Token;

const COMPARISON: u8 = 9;

/// What can stand between two operands, or behind one.
pub(super) enum Infix {
    Binary(BinaryOperator, u8),
    Function(&'static str, u8),
    /// AND, OR and `||`, which take any number of operands.
    Chain(&'static str, BinaryOperator, u8),
    Is,
    In {
        global: bool,
    },
    Not,
    Between,
    Like,
    Ternary,
}

impl Infix {
    /// How tightly it binds: ClickHouse's numbers.
    pub(super) fn precedence(&self) -> u8 {
        match self {
            Infix::Binary(_, precedence) | Infix::Function(_, precedence) => *precedence,
            Infix::Chain(_, _, precedence) => *precedence,
            Infix::Is => 8,
            Infix::In { .. } | Infix::Not | Infix::Like => COMPARISON,
            Infix::Between => 7,
            Infix::Ternary => 2,
        }
    }

    /// The operator that stands next.
    pub(super) fn at(c: &Cursor) -> Option<Infix> {
        match c.peek() {
            Token::Symbol(symbol) => Infix::of_symbol(symbol),
            Token::Word { text, quoted: false } => Infix::of_word(c, text),
            _ => None,
        }
    }

    fn of_symbol(symbol: &str) -> Option<Infix> {
        let binary = |operator, precedence| Some(Infix::Binary(operator, precedence));
        match symbol {
            "+" => binary(BinaryOperator::Plus, 11),
            "-" => binary(BinaryOperator::Minus, 11),
            "*" => binary(BinaryOperator::Multiply, 12),
            "/" => binary(BinaryOperator::Divide, 12),
            "%" => binary(BinaryOperator::Modulo, 12),
            "=" | "==" => binary(BinaryOperator::Eq, COMPARISON),
            "!=" | "<>" => binary(BinaryOperator::NotEq, COMPARISON),
            "<" => binary(BinaryOperator::Lt, COMPARISON),
            "<=" => binary(BinaryOperator::LtEq, COMPARISON),
            ">" => binary(BinaryOperator::Gt, COMPARISON),
            ">=" => binary(BinaryOperator::GtEq, COMPARISON),
            "<=>" => binary(BinaryOperator::Spaceship, COMPARISON),
            "||" => Some(Infix::Chain("concat", BinaryOperator::StringConcat, 10)),
            "?" => Some(Infix::Ternary),
            _ => None,
        }
    }

    fn of_word(c: &Cursor, text: &str) -> Option<Infix> {
        let is = |keyword: &str| text.eq_ignore_ascii_case(keyword);
        let negatable = |ahead| {
            ["IN", "LIKE", "ILIKE", "BETWEEN"]
                .iter()
                .any(|word| c.word_at(ahead, word))
        };
        match text.len() {
            2 if is("OR") => Some(Infix::Chain("or", BinaryOperator::Or, 3)),
            // UPDATE x = 1 IN PARTITION …
            2 if is("IN") && c.word_at(1, "PARTITION") => None,
            2 if is("IN") => Some(Infix::In { global: false }),
            2 if is("IS") => Some(Infix::Is),
            3 if is("AND") => Some(Infix::Chain("and", BinaryOperator::And, 4)),
            3 if is("DIV") => Some(Infix::Function("intDiv", 12)),
            3 if is("MOD") => Some(Infix::Binary(BinaryOperator::Modulo, 12)),
            3 if is("NOT") && c.word_at(1, "BETWEEN") => Some(Infix::Between),
            3 if is("NOT") && negatable(1) => Some(Infix::Not),
            4 if is("LIKE") => Some(Infix::Like),
            5 if is("ILIKE") => Some(Infix::Like),
            6 if is("REGEXP") => Some(Infix::Function("match", COMPARISON)),
            6 if is("GLOBAL") && (c.word_at(1, "IN") || c.at("GLOBAL NOT IN")) => Some(Infix::In { global: true }),
            7 if is("BETWEEN") => Some(Infix::Between),
            _ => None,
        }
    }

    /// Takes the operator and what stands on its right.
    pub(super) fn apply(self, c: &mut Cursor, left: Expr) -> Parse<Expr> {
        let precedence = self.precedence();
        match self {
            Infix::Binary(op, _) => {
                c.advance();
                let right = Box::new(subexpression(c, precedence)?);
                Ok(Expr::BinaryOp {
                    left: Box::new(left),
                    op,
                    right,
                })
            }
            Infix::Function(name, _) => {
                c.advance();
                Ok(call(name, vec![left, subexpression(c, precedence)?]))
            }
            Infix::Chain(name, operator, _) => chain(c, left, name, operator, precedence),
            Infix::Is => is_test(c, left),
            Infix::In { global } => {
                c.advance();
                if global {
                    let negated = c.accept("NOT");
                    c.expect("IN")?;
                    return in_set(c, left, negated, true);
                }
                in_set(c, left, false, false)
            }
            Infix::Not => {
                c.advance();
                if c.accept("IN") {
                    return in_set(c, left, true, false);
                }
                like(c, left, true)
            }
            Infix::Like => like(c, left, false),
            Infix::Between => {
                let negated = c.accept("NOT");
                c.expect("BETWEEN")?;
                let low = Box::new(subexpression(c, precedence)?);
                c.expect("AND")?;
                let high = Box::new(subexpression(c, precedence)?);
                Ok(Expr::Between {
                    expr: Box::new(left),
                    negated,
                    low,
                    high,
                })
            }
            Infix::Ternary => {
                c.advance();
                let then = subexpression(c, 0)?;
                c.expect_symbol(":")?;
                Ok(call("if", vec![left, then, subexpression(c, precedence - 1)?]))
            }
        }
    }
}

/// `a AND b` as an operator, `a AND b AND c` as one call: a condition of thousands of terms stays a flat tree.
fn chain(c: &mut Cursor, left: Expr, name: &str, op: BinaryOperator, precedence: u8) -> Parse<Expr> {
    let mut terms = vec![left];
    while let Some(Infix::Chain(next, ..)) = Infix::at(c)
        && next == name
    {
        c.advance();
        terms.push(subexpression(c, precedence)?);
    }
    if terms.len() > 2 {
        return Ok(call(name, terms));
    }
    let right = Box::new(terms.remove(1));
    Ok(Expr::BinaryOp {
        left: Box::new(terms.remove(0)),
        op,
        right,
    })
}

/// `IS [NOT] NULL`, `IS [NOT] DISTINCT FROM x`, `IS [NOT] TRUE | FALSE | UNKNOWN`.
fn is_test(c: &mut Cursor, left: Expr) -> Parse<Expr> {
    c.expect("IS")?;
    let negated = c.accept("NOT");
    let left = Box::new(left);
    if c.accept("NULL") || c.accept("UNKNOWN") {
        return Ok(if negated {
            Expr::IsNotNull(left)
        } else {
            Expr::IsNull(left)
        });
    }
    if c.accept("TRUE") {
        return Ok(if negated {
            Expr::IsNotTrue(left)
        } else {
            Expr::IsTrue(left)
        });
    }
    if c.accept("FALSE") {
        return Ok(if negated {
            Expr::IsNotFalse(left)
        } else {
            Expr::IsFalse(left)
        });
    }
    if c.accept("DISTINCT FROM") {
        let right = Box::new(subexpression(c, COMPARISON)?);
        return Ok(match negated {
            true => Expr::IsNotDistinctFrom(left, right),
            false => Expr::IsDistinctFrom(left, right),
        });
    }
    c.expected("NULL, TRUE, FALSE, UNKNOWN, DISTINCT FROM")
}

fn like(c: &mut Cursor, left: Expr, negated: bool) -> Parse<Expr> {
    let case_insensitive = c.accept("ILIKE");
    if !case_insensitive {
        c.expect("LIKE")?;
    }
    let (expr, pattern) = (Box::new(left), Box::new(subexpression(c, COMPARISON)?));
    let (any, escape_char) = (false, None);
    Ok(match case_insensitive {
        true => Expr::ILike {
            negated,
            any,
            expr,
            pattern,
            escape_char,
        },
        false => Expr::Like {
            negated,
            any,
            expr,
            pattern,
            escape_char,
        },
    })
}

/// What stands on the right of IN.
fn in_set(c: &mut Cursor, left: Expr, negated: bool, global: bool) -> Parse<Expr> {
    let name = match (global, negated) {
        (false, false) => "in",
        (false, true) => "notIn",
        (true, false) => "globalIn",
        (true, true) => "globalNotIn",
    };
    if !c.at_symbol("(") {
        let right = subexpression(c, COMPARISON)?;
        return Ok(call(name, vec![left, right]));
    }
    let expr = Box::new(left);
    Ok(match set_in_parentheses(c)? {
        Set::Subquery(subquery) if global => call(name, vec![*expr, Expr::Subquery(subquery)]),
        Set::Subquery(subquery) => Expr::InSubquery {
            expr,
            subquery,
            negated,
        },
        Set::List(list) if global => call(name, vec![*expr, Expr::Tuple(list)]),
        Set::List(list) => Expr::InList { expr, list, negated },
    })
}

/// `(SELECT …)`, or the elements of `(a, b, …)`.
enum Set {
    Subquery(Box<Query>),
    List(Vec<Expr>),
}

fn set_in_parentheses(c: &mut Cursor) -> Parse<Set> {
    if let Some(subquery) = subquery(c)? {
        return Ok(Set::Subquery(subquery));
    }
    Ok(Set::List(list_in_parentheses(c)?.0))
}
