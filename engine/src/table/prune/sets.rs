//! Sets of constants in filters, so that bounds and Bloom filters understand them.

use std::collections::HashSet;

use arrow::array::{Array, ArrayRef, BooleanArray, make_comparator};
use arrow::compute::{SortOptions, sort};
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, Operator};
use gristmill_sql::analyzer::set_values;

use crate::error::Result;

/// Longer sets are left as they are, and leave nothing out.
const LIST_LENGTH_MAX: usize = 100_000;

/// The same filter with a list in the place of each set that `x IN (SELECT …)` has become.
pub fn without_sets(filter: Expr) -> Result<Expr> {
    let transformed = filter.transform_down(|part| match as_list(&part) {
        Ok(Some(list)) => Ok(Transformed::yes(list)),
        Ok(None) => Ok(Transformed::no(part)),
        Err(error) => Err(error.into()),
    });
    Ok(transformed?.data)
}

/// The call itself, or the form that it has as a number: `CAST(… AS UInt8) != 0`.
fn as_list(part: &Expr) -> Result<Option<Expr>> {
    let call = match part {
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::NotEq,
            right,
        }) => match (&**left, right.as_literal()) {
            (Expr::Cast(Cast { expr, .. }), Some(ScalarValue::UInt8(Some(0)))) => expr,
            _ => return Ok(None),
        },
        part => part,
    };
    let Expr::ScalarFunction(call) = call else {
        return Ok(None);
    };
    let (Some(values), [value]) = (set_values(call)?, call.args.as_slice()) else {
        return Ok(None);
    };
    if values.len() > LIST_LENGTH_MAX {
        return Ok(None);
    }
    let list = (0..values.len()).map(|row| ScalarValue::try_from_array(&values, row));
    let list = list.map(|value| value.map(|value| Expr::Literal(value, None)));
    let list = InList::new(Box::new(value.clone()), list.collect::<Result<_, _>>()?, false);
    Ok(Some(Expr::InList(list)))
}

/// False for each pair of bounds that none of the values lies between; unknown for the others. For lists that are too
/// long to be taken as so many comparisons.
pub fn none_between(min: &ArrayRef, max: &ArrayRef, values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
    let values = ScalarValue::iter_to_array(values.iter().filter(|value| !value.is_null()).cloned()).ok()?;
    if values.data_type() != min.data_type() {
        return None;
    }
    let values = sort(&values, None).ok()?;
    let compare = |bounds: &ArrayRef| make_comparator(&values, bounds, SortOptions::default()).ok();
    let (to_min, to_max) = (compare(min)?, compare(max)?);
    let between = |at: usize| {
        if min.is_null(at) || max.is_null(at) {
            return None;
        }
        let first = partition_point(values.len(), |value| to_min(value, at).is_lt());
        match first < values.len() && to_max(first, at).is_le() {
            true => None,
            false => Some(false),
        }
    };
    Some((0..min.len()).map(between).collect())
}

/// The first place from which on a condition no longer holds.
fn partition_point(len: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low + (high - low) / 2;
        match holds(middle) {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    low
}
