//! Conditions as ClickHouse's EXPLAIN shows them: ranges and sets of a key's expressions.
//!
//! Conjuncts stand in its order, the last one first, because it prints its reversed Polish notation from the end.

use arrow::array::Array;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use gristmill_sql::functions::as_call;
use gristmill_sql::parser::{float_literal, quote_string};
use gristmill_sql::types::{DataType, back_quote_if_needed};

use super::condition::number;
use super::simpler::whole;
use crate::table::TableExpression;

/// Conjuncts over the expressions, which are columns by number.
pub fn condition(conjuncts: &[Expr], expressions: &[TableExpression]) -> String {
    Names { expressions }.all(conjuncts.iter().collect(), Operator::And)
}

/// An expression as ClickHouse names it: `plus(a, 1)`.
pub fn name(expression: &TableExpression) -> String {
    let names = Names { expressions: &[] };
    match &expression.expr {
        Expr::Column(_) | Expr::Cast(_) | Expr::BinaryExpr(_) | Expr::ScalarFunction(_) => {
            names.value(&expression.expr)
        }
        _ => expression.text.clone(),
    }
}

struct Names<'a> {
    expressions: &'a [TableExpression],
}

impl Names<'_> {
    /// What AND or OR joins.
    fn all(&self, parts: Vec<&Expr>, operator: Operator) -> String {
        let mut flat = Vec::new();
        for part in parts.into_iter().filter(|part| !is_always(part)) {
            flatten(part, operator, &mut flat);
        }
        let mut texts = Vec::new();
        let mut rest = &flat[..];
        while let [first, ..] = rest {
            let (text, taken) = self.first(first, rest, operator);
            texts.push(text);
            rest = &rest[taken..];
        }
        let word = if operator == Operator::And { "and" } else { "or" };
        let joined = texts
            .into_iter()
            .reduce(|before, next| format!("{word}({next}, {before})"));
        joined.unwrap_or_else(|| "true".into())
    }

    /// The text of the first part, and of how many parts it is: comparisons that a set, or a prefix, was made of.
    fn first(&self, first: &Expr, rest: &[&Expr], operator: Operator) -> (String, usize) {
        let in_set = if operator == Operator::Or {
            Operator::Eq
        } else {
            Operator::NotEq
        };
        if let Some((value, ..)) = compared(first, in_set) {
            let same = |part: &&&Expr| compared(part, in_set).is_some_and(|(other, ..)| other == value);
            let elements = rest.iter().take_while(same).count();
            if elements > 1 {
                return (self.set(value, elements, in_set == Operator::NotEq), elements);
            }
        }
        if let [low, high, ..] = rest
            && operator == Operator::And
            && let Some(text) = self.prefix(low, high)
        {
            return (text, 2);
        }
        (self.one(first), 1)
    }

    fn one(&self, part: &Expr) -> String {
        match part {
            Expr::BinaryExpr(BinaryExpr { op, .. }) if matches!(op, Operator::And | Operator::Or) => {
                self.all(vec![part], *op)
            }
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
                let range = match (left.as_literal(), right.as_literal()) {
                    (None, Some(constant)) => self.range(left, *op, constant),
                    (Some(constant), None) => op.swap().and_then(|op| self.range(right, op, constant)),
                    _ => None,
                };
                range.unwrap_or_else(|| "unknown".into())
            }
            Expr::InList(InList { expr, list, negated }) => self.set(expr, list.len(), *negated),
            Expr::IsNull(value) => format!("({} isNull)", self.value(value)),
            Expr::IsNotNull(value) => format!("({} isNotNull)", self.value(value)),
            Expr::Not(inner) => format!("not({})", self.one(inner)),
            Expr::Column(_) => format!("({} not in [0, 0])", self.value(part)),
            _ => "unknown".into(),
        }
    }

    fn set(&self, value: &Expr, elements: usize, negated: bool) -> String {
        let word = if negated { "notIn" } else { "in" };
        format!("({} {word} {elements}-element set)", self.value(value))
    }

    fn range(&self, value: &Expr, operator: Operator, constant: &ScalarValue) -> Option<String> {
        let data_type = self.data_type(value);
        let text = |constant: &ScalarValue| literal(constant, data_type);
        // Between whole numbers there is nothing, so that ends of ranges can always belong to them.
        let next = |step: i128| is_whole(data_type).then(|| whole(constant)?.checked_add(step))?;
        let range = match operator {
            Operator::Eq | Operator::IsNotDistinctFrom => format!("in [{0}, {0}]", text(constant)),
            Operator::NotEq | Operator::IsDistinctFrom => format!("not in [{0}, {0}]", text(constant)),
            Operator::Lt => match next(-1) {
                Some(last) => format!("in (-Inf, {last}]"),
                None => format!("in (-Inf, {})", text(constant)),
            },
            Operator::LtEq => format!("in (-Inf, {}]", text(constant)),
            Operator::Gt => match next(1) {
                Some(first) => format!("in [{first}, +Inf)"),
                None => format!("in ({}, +Inf)", text(constant)),
            },
            Operator::GtEq => format!("in [{}, +Inf)", text(constant)),
            _ => return None,
        };
        Some(format!("({} {range})", self.value(value)))
    }

    /// `LIKE 'ab%'`, of which the optimizer makes two comparisons.
    fn prefix(&self, low: &Expr, high: &Expr) -> Option<String> {
        let (value, from) = compared(low, Operator::GtEq)?;
        let (other, to) = compared(high, Operator::Lt)?;
        let (ScalarValue::Binary(Some(prefix)), ScalarValue::Binary(Some(end))) = (from, to) else {
            return None;
        };
        let (last, start) = prefix.split_last()?;
        let next: Vec<u8> = start.iter().copied().chain(last.checked_add(1)).collect();
        (value == other && next == *end).then(|| {
            let (from, to) = (literal(from, None), literal(to, None));
            format!("({} in [{from}, {to}))", self.value(value))
        })
    }

    /// The type of one of the expressions themselves.
    fn data_type(&self, value: &Expr) -> Option<&DataType> {
        match value {
            Expr::Column(column) => Some(&self.expressions.get(number(column)?)?.data_type),
            _ => None,
        }
    }

    /// An expression of the key, or a function of one.
    fn value(&self, value: &Expr) -> String {
        match value {
            // Of the table, inside one of the expressions.
            Expr::Column(column) if column.relation.is_none() => back_quote_if_needed(&column.name).into_owned(),
            Expr::Column(column) => {
                let expression = number(column).and_then(|number| self.expressions.get(number));
                expression.map_or_else(|| column.name.clone(), name)
            }
            Expr::Literal(constant, _) => literal(constant, None),
            Expr::Cast(cast) => self.value(&cast.expr),
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
                let name = match op {
                    Operator::Plus => "plus",
                    Operator::Minus => "minus",
                    Operator::Multiply => "multiply",
                    _ => return value.to_string(),
                };
                format!("{name}({}, {})", self.value(left), self.value(right))
            }
            Expr::ScalarFunction(function) => {
                let name = as_call(function).map_or(function.name(), |call| call.function());
                let arguments: Vec<String> = function.args.iter().map(|argument| self.value(argument)).collect();
                format!("{name}({})", arguments.join(", "))
            }
            other => other.to_string(),
        }
    }
}

fn flatten<'a>(part: &'a Expr, operator: Operator, flat: &mut Vec<&'a Expr>) {
    match part {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if *op == operator => {
            flatten(left, operator, flat);
            flatten(right, operator, flat);
        }
        part if operator == Operator::And && is_always(part) => {}
        part => flat.push(part),
    }
}

/// What comparisons of floats bring with them: infinity does not leave anything out but NaN.
fn is_always(part: &Expr) -> bool {
    let infinity = |operator, negative: bool| {
        compared(part, operator).is_some_and(|(_, constant)| match constant {
            ScalarValue::Float32(Some(value)) => value.is_infinite() && value.is_sign_negative() == negative,
            ScalarValue::Float64(Some(value)) => value.is_infinite() && value.is_sign_negative() == negative,
            _ => false,
        })
    };
    infinity(Operator::GtEq, true) || infinity(Operator::LtEq, false)
}

/// The sides of a comparison with a constant.
fn compared(part: &Expr, operator: Operator) -> Option<(&Expr, &ScalarValue)> {
    match part {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if *op == operator => Some((left, right.as_literal()?)),
        _ => None,
    }
}

/// Whether a type's values are whole numbers for ClickHouse, too. Functions of times and numbers give such, as well.
fn is_whole(data_type: Option<&DataType>) -> bool {
    data_type.is_none_or(|data_type| match data_type {
        DataType::Nullable(inner) | DataType::LowCardinality(inner) => is_whole(Some(inner)),
        DataType::Date | DataType::Date32 | DataType::Time | DataType::DateTime(_) => true,
        other => other.is_integer(),
    })
}

fn literal(constant: &ScalarValue, data_type: Option<&DataType>) -> String {
    if let Some(DataType::Nullable(inner) | DataType::LowCardinality(inner)) = data_type {
        return literal(constant, Some(inner));
    }
    match (constant, data_type) {
        (ScalarValue::Int64(Some(ticks)), Some(DataType::DateTime64(scale, _))) => {
            format!("'{}'", decimal(i128::from(*ticks), *scale))
        }
        (ScalarValue::Decimal128(Some(number), _, scale), _) => format!("'{}'", decimal(*number, scale.unsigned_abs())),
        (ScalarValue::FixedSizeBinary(16, Some(bytes)), Some(DataType::Uuid)) => uuid(bytes),
        (ScalarValue::Binary(Some(bytes)) | ScalarValue::FixedSizeBinary(_, Some(bytes)), _) => {
            quote_string(&String::from_utf8_lossy(bytes))
        }
        (ScalarValue::Float32(Some(value)), _) => float_literal(f64::from(*value)),
        (ScalarValue::Float64(Some(value)), _) => float_literal(*value),
        (ScalarValue::Boolean(Some(value)), _) => u8::from(*value).to_string(),
        (ScalarValue::List(list), _) => {
            let items = list.value(0);
            let items = (0..items.len()).filter_map(|row| ScalarValue::try_from_array(&items, row).ok());
            let items: Vec<String> = items.map(|item| literal(&item, None)).collect();
            format!("[{}]", items.join(", "))
        }
        (other, _) => whole(other).map_or_else(|| other.to_string(), |number| number.to_string()),
    }
}

fn decimal(number: i128, scale: u8) -> String {
    let (sign, digits) = (if number < 0 { "-" } else { "" }, number.unsigned_abs());
    match 10u128.checked_pow(u32::from(scale)) {
        Some(power) if scale > 0 => {
            format!(
                "{sign}{}.{:0width$}",
                digits / power,
                digits % power,
                width = usize::from(scale)
            )
        }
        _ => format!("{sign}{digits}"),
    }
}

fn uuid(bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "'{}-{}-{}-{}-{}'",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}
