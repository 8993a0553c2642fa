//! The way back to text, in ClickHouse's own form.
//!
//! - `literal`: names and literals, quoted where they have to be;
//! - `name`: what a result column without alias is called, [`column_name`];
//! - `expression`: expressions as SHOW CREATE shows them, [`format_expression`];
//! - `create`: SHOW CREATE TABLE, [`format_create`].
//!
//! Both forms see the tree as ClickHouse does, through [`View`]: literals, names, subqueries, and calls for the rest.

mod create;
mod expression;
mod literal;
mod name;
mod query;

pub use create::format_create;
pub use expression::format_expression;
pub use literal::{float_literal, quote_name, quote_string};
pub use name::{Namer, column_name};
pub use query::format_query;

use sqlparser::ast::{
    BinaryOperator, CaseWhen, DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    Ident, ObjectNamePart, OneOrManyWithParens, Query, UnaryOperator, Value, WindowType,
};

/// An expression as ClickHouse's own AST has it.
enum View<'a> {
    Identifier(&'a [Ident]),
    Literal(&'a Value),
    Array(&'a [Expr]),
    Tuple(&'a [Expr]),
    Alias(&'a Expr, &'a Ident),
    Subquery(&'a Query),
    Lambda(Vec<&'a str>, &'a Expr),
    Cast(&'a Expr, String),
    /// A call that the user wrote, or any other.
    Call(&'a Function),
    /// An operator: ClickHouse's function of it, and its operands.
    Operator(&'static str, Vec<Item<'a>>),
    /// What this dialect does not have.
    Other(&'a Expr),
}

/// An operand of an operator.
enum Item<'a> {
    Expr(&'a Expr),
    /// The right side of IN.
    List(&'a [Expr]),
    Subquery(&'a Query),
    Operator(&'static str, Vec<Item<'a>>),
    Null,
}

impl<'a> From<&'a Expr> for Item<'a> {
    fn from(expr: &'a Expr) -> Item<'a> {
        Item::Expr(expr)
    }
}

impl<'a> View<'a> {
    fn of(expr: &'a Expr) -> View<'a> {
        match expr {
            Expr::Identifier(name) => View::Identifier(std::slice::from_ref(name)),
            Expr::CompoundIdentifier(parts) => View::Identifier(parts),
            Expr::Value(value) => View::Literal(&value.value),
            Expr::Array(array) => View::Array(&array.elem),
            Expr::Tuple(elements) => View::Tuple(elements),
            Expr::Nested(inner) => View::of(inner),
            Expr::Named { expr, name } => View::Alias(expr, name),
            Expr::Subquery(query) => View::Subquery(query),
            Expr::Cast { expr, data_type, .. } => View::Cast(expr, super::type_text(data_type)),
            Expr::Function(function) => View::Call(function),
            Expr::Lambda(lambda) => {
                let names = match &lambda.params {
                    OneOrManyWithParens::One(one) => vec![one.name.value.as_str()],
                    OneOrManyWithParens::Many(many) => many.iter().map(|one| one.name.value.as_str()).collect(),
                };
                View::Lambda(names, &lambda.body)
            }
            other => View::operator(other),
        }
    }

    fn operator(expr: &'a Expr) -> View<'a> {
        let one = |name, expr: &'a Expr| View::Operator(name, vec![expr.into()]);
        let two = |name, left: &'a Expr, right: &'a Expr| View::Operator(name, vec![left.into(), right.into()]);
        match expr {
            Expr::BinaryOp { left, op, right } => match binary_function(op) {
                Some(name) => two(name, left, right),
                None => View::Other(expr),
            },
            Expr::UnaryOp {
                op: UnaryOperator::Minus,
                expr,
            } => one("negate", expr),
            Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } => one("not", expr),
            Expr::IsNull(expr) => one("isNull", expr),
            Expr::IsNotNull(expr) => one("isNotNull", expr),
            Expr::IsTrue(expr) => one("isTrue", expr),
            Expr::IsNotTrue(expr) => one("isNotTrue", expr),
            Expr::IsFalse(expr) => one("isFalse", expr),
            Expr::IsNotFalse(expr) => one("isNotFalse", expr),
            Expr::IsDistinctFrom(left, right) => two("isDistinctFrom", left, right),
            Expr::IsNotDistinctFrom(left, right) => two("isNotDistinctFrom", left, right),
            Expr::Like {
                negated, expr, pattern, ..
            } => two(if *negated { "notLike" } else { "like" }, expr, pattern),
            Expr::ILike {
                negated, expr, pattern, ..
            } => two(if *negated { "notILike" } else { "ilike" }, expr, pattern),
            Expr::InList { expr, list, negated } => {
                View::Operator(in_function(*negated), vec![expr.as_ref().into(), Item::List(list)])
            }
            Expr::InSubquery {
                expr,
                subquery,
                negated,
            } => View::Operator(
                in_function(*negated),
                vec![expr.as_ref().into(), Item::Subquery(subquery)],
            ),
            Expr::Between {
                expr,
                negated,
                low,
                high,
            } => View::between(expr, *negated, low, high),
            Expr::Exists { subquery, .. } => View::Operator("exists", vec![Item::Subquery(subquery)]),
            Expr::Case {
                operand,
                conditions,
                else_result,
                ..
            } => View::case(operand.as_deref(), conditions, else_result.as_deref()),
            other => View::Other(other),
        }
    }

    fn between(expr: &'a Expr, negated: bool, low: &'a Expr, high: &'a Expr) -> View<'a> {
        let (outer, first, second) = match negated {
            false => ("and", "greaterOrEquals", "lessOrEquals"),
            true => ("or", "less", "greater"),
        };
        let half = |name, bound: &'a Expr| Item::Operator(name, vec![expr.into(), bound.into()]);
        View::Operator(outer, vec![half(first, low), half(second, high)])
    }

    fn case(operand: Option<&'a Expr>, conditions: &'a [CaseWhen], else_result: Option<&'a Expr>) -> View<'a> {
        let name = match operand {
            Some(_) => "caseWithExpression",
            None => "multiIf",
        };
        let mut items: Vec<Item> = operand.into_iter().map(Item::Expr).collect();
        for branch in conditions {
            items.extend([Item::Expr(&branch.condition), Item::Expr(&branch.result)]);
        }
        items.push(else_result.map_or(Item::Null, Item::Expr));
        View::Operator(name, items)
    }
}

fn in_function(negated: bool) -> &'static str {
    if negated { "notIn" } else { "in" }
}

/// ClickHouse's function of an operator.
fn binary_function(operator: &BinaryOperator) -> Option<&'static str> {
    Some(match operator {
        BinaryOperator::Plus => "plus",
        BinaryOperator::Minus => "minus",
        BinaryOperator::Multiply => "multiply",
        BinaryOperator::Divide => "divide",
        BinaryOperator::Modulo => "modulo",
        BinaryOperator::Eq => "equals",
        BinaryOperator::NotEq => "notEquals",
        BinaryOperator::Lt => "less",
        BinaryOperator::LtEq => "lessOrEquals",
        BinaryOperator::Gt => "greater",
        BinaryOperator::GtEq => "greaterOrEquals",
        BinaryOperator::Spaceship => "isNotDistinctFrom",
        BinaryOperator::And => "and",
        BinaryOperator::Or => "or",
        BinaryOperator::StringConcat => "concat",
        _ => return None,
    })
}

/// The name of a called function.
fn function_name(function: &Function) -> String {
    let part = |part: &ObjectNamePart| {
        part.as_ident()
            .map_or_else(|| part.to_string(), |name| name.value.clone())
    };
    function.name.0.iter().map(part).collect::<Vec<_>>().join(".")
}

/// An argument of a call.
enum Argument<'a> {
    Expr(&'a Expr),
    Wildcard(String),
}

fn arguments(arguments: &FunctionArguments) -> (bool, Vec<Argument<'_>>) {
    let list = match arguments {
        FunctionArguments::List(list) => list,
        FunctionArguments::None | FunctionArguments::Subquery(_) => return (false, Vec::new()),
    };
    let distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
    (distinct, list.args.iter().map(argument).collect())
}

fn argument(argument: &FunctionArg) -> Argument<'_> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Argument::Expr(expr),
        FunctionArg::Unnamed(FunctionArgExpr::QualifiedWildcard(name)) => Argument::Wildcard(format!("{name}.*")),
        _ => Argument::Wildcard("*".to_owned()),
    }
}

/// ` OVER w` or ` OVER (…)`, with this way to write expressions.
fn over(over: &WindowType, write: &dyn Fn(&Expr) -> String) -> String {
    let specification = match over {
        WindowType::NamedWindow(name) => return format!(" OVER {}", quote_name(&name.value)),
        WindowType::WindowSpec(specification) => specification,
    };
    format!(" OVER ({})", query::window(specification, write))
}
