//! From an AST expression to a typed expression over the plan below.
//!
//! Operators become calls of the functions that ClickHouse names for them; what a call is, is in `call.rs`,
//! what a name is, in `identifier.rs`, subqueries in `subquery.rs`.

use sqlparser::ast::{self, BinaryOperator, UnaryOperator};

use super::Analyzer;
use super::literal::{literal, null, string_scalar};
use super::scope::Scope;
use crate::error::{Code, Error, Result};
use crate::functions::{self, TypedExpr};
use crate::parser;
use crate::types::DataType;

impl Analyzer<'_> {
    /// [`Analyzer::expression`] without counting what it adds.
    pub(super) fn typed(&self, expression: &ast::Expr, scope: &Scope) -> Result<TypedExpr> {
        let _deeper = self.deeper()?;
        match expression {
            ast::Expr::Identifier(ident) => self.identifier(&[&ident.value], scope),
            ast::Expr::CompoundIdentifier(idents) => {
                let parts: Vec<&str> = idents.iter().map(|ident| ident.value.as_str()).collect();
                self.identifier(&parts, scope)
            }
            ast::Expr::Value(value) => literal(&value.value),
            ast::Expr::Nested(inner) => self.expression(inner, scope),
            ast::Expr::Named { expr, name } => self.named(expr, &name.value, scope),
            ast::Expr::BinaryOp { op, .. } => self.binary(op, expression, scope),
            ast::Expr::UnaryOp { op, expr } => self.unary(op, expr, scope),
            ast::Expr::Function(function) => self.function(function, scope),
            ast::Expr::Cast {
                expr, data_type, kind, ..
            } => self.cast(expr, data_type, kind, scope),
            ast::Expr::Tuple(items) => self.call_over("tuple", items, scope),
            ast::Expr::Array(array) => self.call_over("array", &array.elem, scope),
            ast::Expr::Subquery(query) => self.scalar_subquery(query, scope),
            ast::Expr::Exists { subquery, negated } => self.exists(subquery, *negated, scope),
            ast::Expr::InSubquery {
                expr,
                subquery,
                negated,
            } => self.in_subquery(expr, subquery, *negated, scope),
            ast::Expr::InList { expr, list, negated } => self.in_list(expr, list, *negated, scope),
            ast::Expr::Interval(interval) => self.interval(interval, scope),
            other => self.predicate_form(other, scope),
        }
    }

    /// Forms with a keyword between their operands, and CASE.
    #[inline(never)]
    fn predicate_form(&self, expression: &ast::Expr, scope: &Scope) -> Result<TypedExpr> {
        let over = |name: &str, items: &[&ast::Expr]| self.call_over_refs(name, items, scope);
        match expression {
            ast::Expr::IsNull(inner) => over("isNull", &[inner]),
            ast::Expr::IsNotNull(inner) => over("isNotNull", &[inner]),
            ast::Expr::IsNotDistinctFrom(left, right) => over("isNotDistinctFrom", &[left, right]),
            ast::Expr::IsDistinctFrom(left, right) => {
                let same = over("isNotDistinctFrom", &[left, right])?;
                self.call("not", vec![same])
            }
            ast::Expr::Between {
                expr,
                negated,
                low,
                high,
            } => {
                let value = self.expression(expr, scope)?;
                let (low, high) = (self.expression(low, scope)?, self.expression(high, scope)?);
                let (above, below, both) = match negated {
                    false => ("greaterOrEquals", "lessOrEquals", "and"),
                    true => ("less", "greater", "or"),
                };
                let above = self.call(above, vec![value.clone(), low])?;
                let below = self.call(below, vec![value, high])?;
                self.call(both, vec![above, below])
            }
            ast::Expr::Like {
                negated,
                any: false,
                expr,
                pattern,
                escape_char: None,
            } => over(if *negated { "notLike" } else { "like" }, &[expr, pattern]),
            ast::Expr::ILike {
                negated,
                any: false,
                expr,
                pattern,
                escape_char: None,
            } => over(if *negated { "notILike" } else { "ilike" }, &[expr, pattern]),
            ast::Expr::Case {
                operand,
                conditions,
                else_result,
                ..
            } => self.case(operand.as_deref(), conditions, else_result.as_deref(), scope),
            ast::Expr::Lambda(_) => Err(Error::new(
                Code::BAD_ARGUMENTS,
                format!(
                    "Lambda {} is not allowed in expression context",
                    parser::format_expression(expression)
                ),
            )),
            ast::Expr::Wildcard(_) | ast::Expr::QualifiedWildcard(..) => Err(Error::new(
                Code::BAD_ARGUMENTS,
                "Matcher * is not allowed in expression context",
            )),
            other => Err(Error::not_implemented(format!("Expression {other}"))),
        }
    }

    /// `expr AS name` inside an expression: the alias is already declared, so it is resolved as one.
    fn named(&self, expression: &ast::Expr, name: &str, scope: &Scope) -> Result<TypedExpr> {
        let declared = scope.aliases.get(name).is_some_and(|known| *known == expression);
        let resolving = scope.resolving.borrow().iter().any(|alias| alias == name);
        if declared && !resolving {
            return self.alias(name, expression, scope);
        }
        self.expression(expression, scope)
    }

    #[inline(never)]
    fn binary(&self, op: &BinaryOperator, expression: &ast::Expr, scope: &Scope) -> Result<TypedExpr> {
        let name = match op {
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
            other => return Err(Error::not_implemented(format!("Operator {other}"))),
        };
        let mut operands = Vec::new();
        // `a AND b AND c` is one call in ClickHouse, and here it keeps long chains from nesting.
        match op {
            BinaryOperator::And | BinaryOperator::Or | BinaryOperator::StringConcat => {
                flatten(op, expression, &mut operands);
            }
            _ => {
                if let ast::Expr::BinaryOp { left, right, .. } = expression {
                    operands.extend([&**left, &**right]);
                }
            }
        }
        self.call_over_refs(name, &operands, scope)
    }

    #[inline(never)]
    fn unary(&self, op: &UnaryOperator, operand: &ast::Expr, scope: &Scope) -> Result<TypedExpr> {
        match op {
            UnaryOperator::Minus => self.call_over_refs("negate", &[operand], scope),
            UnaryOperator::Plus => self.expression(operand, scope),
            UnaryOperator::Not => self.call_over_refs("not", &[operand], scope),
            other => Err(Error::not_implemented(format!("Operator {other}"))),
        }
    }

    #[inline(never)]
    fn cast(
        &self,
        operand: &ast::Expr,
        data_type: &ast::DataType,
        kind: &ast::CastKind,
        scope: &Scope,
    ) -> Result<TypedExpr> {
        let target = DataType::parse(&parser::type_text(data_type))?;
        // ClickHouse reads a literal before `::` as text of the target type: `1.1::Decimal(9, 1)` is exact.
        if *kind == ast::CastKind::DoubleColon
            && (target.bare().is_decimal() || target.bare().is_time() || target.bare().is_big_integer())
            && let ast::Expr::Value(value) = operand
            && let ast::Value::Number(text, _) = &value.value
        {
            let text = TypedExpr::constant(string_scalar(text), DataType::String);
            return functions::explicit_cast(text, &target, self.context.functions);
        }
        let operand = self.expression(operand, scope)?;
        match operand.data_type.bare().is_string_or_fixed_string() {
            true => functions::explicit_cast(operand, &target, self.context.functions),
            false => self.cast_to(operand, &target),
        }
    }

    #[inline(never)]
    fn case(
        &self,
        operand: Option<&ast::Expr>,
        conditions: &[ast::CaseWhen],
        otherwise: Option<&ast::Expr>,
        scope: &Scope,
    ) -> Result<TypedExpr> {
        let operand = operand.map(|operand| self.expression(operand, scope)).transpose()?;
        let mut arguments = Vec::with_capacity(conditions.len() * 2 + 1);
        for when in conditions {
            let condition = self.expression(&when.condition, scope)?;
            arguments.push(match &operand {
                Some(operand) => self.case_matches(operand, condition)?,
                None => condition,
            });
            arguments.push(self.expression(&when.result, scope)?);
        }
        arguments.push(match otherwise {
            Some(otherwise) => self.expression(otherwise, scope)?,
            None => null(),
        });
        self.call("multiIf", arguments)
    }

    /// Whether a WHEN is the operand's value: here NULL is NULL.
    fn case_matches(&self, operand: &TypedExpr, when: TypedExpr) -> Result<TypedExpr> {
        let both_null = match operand.data_type.is_nullable() && when.data_type.is_nullable() {
            true => {
                let sides = [operand, &when].map(|side| self.call("isNull", vec![side.clone()]));
                Some(self.call("and", sides.into_iter().collect::<Result<_>>()?)?)
            }
            false => None,
        };
        let equal = self.call("equals", vec![operand.clone(), when])?;
        match both_null {
            Some(both_null) => self.call("or", vec![both_null, equal]),
            None => Ok(equal),
        }
    }

    #[inline(never)]
    fn interval(&self, interval: &ast::Interval, scope: &Scope) -> Result<TypedExpr> {
        let unit = interval
            .leading_field
            .as_ref()
            .ok_or_else(|| Error::new(Code::SYNTAX_ERROR, "INTERVAL without a unit"))?
            .to_string()
            .to_ascii_lowercase();
        let unit = unit.strip_suffix('s').unwrap_or(&unit);
        let mut name = String::from("toInterval");
        name.extend(unit.chars().take(1).map(|letter| letter.to_ascii_uppercase()));
        name.extend(unit.chars().skip(1));
        self.call_over_refs(&name, &[&interval.value], scope)
    }

    fn call_over(&self, name: &str, items: &[ast::Expr], scope: &Scope) -> Result<TypedExpr> {
        let arguments = items
            .iter()
            .map(|item| self.expression(item, scope))
            .collect::<Result<_>>()?;
        self.call(name, arguments)
    }

    fn call_over_refs(&self, name: &str, items: &[&ast::Expr], scope: &Scope) -> Result<TypedExpr> {
        let arguments = items
            .iter()
            .map(|item| self.expression(item, scope))
            .collect::<Result<_>>()?;
        self.call(name, arguments)
    }
}

/// The operands of a chain of one associative operator, left to right.
fn flatten<'e>(op: &BinaryOperator, expression: &'e ast::Expr, operands: &mut Vec<&'e ast::Expr>) {
    let mut pending = vec![expression];
    while let Some(next) = pending.pop() {
        match next {
            ast::Expr::BinaryOp { left, op: inner, right } if inner == op => pending.extend([&**right, &**left]),
            operand => operands.push(operand),
        }
    }
}
