//! Floats of filters whose bits matter: keys, indexes and Bloom filters know one zero and one NaN where `IN` tells
//! them apart, so what is asked of them is about both zeros, and about NaN nothing.

use arrow::array::Array;
use arrow::datatypes::DataType as ArrowType;
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::TreeNode;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, lit};
use gristmill_sql::analyzer::set_values;

/// Longer sets leave nothing out.
const LIST_LENGTH_MAX: usize = 1000;

/// What follows from a filter whichever zero and NaN stand in the place of others; `true` if nothing does.
pub fn without_float_bits(filter: Expr) -> Expr {
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if matches!(op, Operator::And | Operator::Or) => {
            let (left, right) = (without_float_bits(*left), without_float_bits(*right));
            match op {
                Operator::And if left == lit(true) => right,
                Operator::And if right == lit(true) => left,
                Operator::And => left.and(right),
                _ if left == lit(true) || right == lit(true) => lit(true),
                _ => left.or(right),
            }
        }
        Expr::InList(list) if list.list.iter().any(has_special_bits) => in_list(list),
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::Eq,
            right,
        }) if has_special_bits(&left) != has_special_bits(&right) => {
            let (value, constant) = match has_special_bits(&right) {
                true => (left, *right),
                false => (right, *left),
            };
            match zeros(&constant) {
                Some([low, high]) => value.clone().gt_eq(low).and(value.lt_eq(high)),
                None => lit(true),
            }
        }
        other => match as_list(&other) {
            Some(list) if list.list.iter().any(has_special_bits) => in_list(list),
            _ if depends_on_bits(&other) => lit(true),
            _ => other,
        },
    }
}

/// A set with a zero as the list that it was made of: sets alone tell zeros apart in rows.
fn as_list(filter: &Expr) -> Option<InList> {
    let (call, negated) = match filter {
        Expr::ScalarFunction(call) => (call, false),
        Expr::Not(inner) => match &**inner {
            Expr::ScalarFunction(call) => (call, true),
            _ => return None,
        },
        _ => return None,
    };
    let values = set_values(call).ok().flatten()?;
    if !is_float(values.data_type()) || values.len() > LIST_LENGTH_MAX {
        return None;
    }
    let [value] = call.args.as_slice() else {
        return None;
    };
    let item = |row| ScalarValue::try_from_array(&values, row).map(|item| Expr::Literal(item, None));
    let list = (0..values.len()).map(item).collect::<Result<Vec<_>, _>>().ok()?;
    Some(InList::new(Box::new(value.clone()), list, negated))
}

/// Of the values that are not in the list nothing is known that has several forms.
fn in_list(list: InList) -> Expr {
    let InList { expr, list, negated } = list;
    let mut values = Vec::with_capacity(list.len() + 1);
    for item in list {
        match zeros(&item) {
            Some(both) if !negated => values.extend(both),
            None if has_special_bits(&item) && !negated => return lit(true),
            _ if has_special_bits(&item) => {}
            _ => values.push(item),
        }
    }
    match values.is_empty() {
        true => lit(true),
        false => Expr::InList(InList::new(expr, values, negated)),
    }
}

/// Whether a comparison inside tells zeros or NaN apart.
fn depends_on_bits(filter: &Expr) -> bool {
    let is_range = |op: &Operator| matches!(op, Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq);
    let depends = filter.exists(|part| {
        Ok(match part {
            Expr::InList(list) => list.list.iter().any(has_special_bits),
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
                let compares = op.supports_propagation() && !is_range(op);
                compares && (has_special_bits(left) || has_special_bits(right))
            }
            // A set that was too long to become a list.
            Expr::ScalarFunction(call) => {
                matches!(set_values(call), Ok(Some(values)) if is_float(values.data_type()))
            }
            _ => false,
        })
    });
    depends.unwrap_or(true)
}

fn is_float(data_type: &ArrowType) -> bool {
    matches!(data_type, ArrowType::Float32 | ArrowType::Float64)
}

/// Whether it is a constant zero or NaN.
fn has_special_bits(constant: &Expr) -> bool {
    match constant.as_literal() {
        Some(ScalarValue::Float32(Some(value))) => *value == 0.0 || value.is_nan(),
        Some(ScalarValue::Float64(Some(value))) => *value == 0.0 || value.is_nan(),
        _ => false,
    }
}

/// Both zeros, the lesser first, for one of them.
fn zeros(constant: &Expr) -> Option<[Expr; 2]> {
    match constant.as_literal()? {
        ScalarValue::Float32(Some(value)) if *value == 0.0 => Some([lit(-0.0_f32), lit(0.0_f32)]),
        ScalarValue::Float64(Some(value)) if *value == 0.0 => Some([lit(-0.0_f64), lit(0.0_f64)]),
        _ => None,
    }
}
