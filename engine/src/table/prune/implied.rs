//! What comparisons of a column with constants say about functions of the column.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use datafusion::common::{DFSchema, ScalarValue, TableReference};
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, binary_expr};

use super::indexed::Indexed;
use super::monotone::monotone;
use crate::table::TableExpression;

/// What follows from a comparison for those of the expressions that are functions of nothing but its column. The column
/// is the table's, or stands for an expression that is this column.
pub fn implied<'a>(leaf: &Expr, expressions: &'a [TableExpression]) -> impl Iterator<Item = Expr> + use<'a> {
    let comparison = Comparison::of(leaf, expressions);
    let functions = expressions.iter().enumerate().filter(|(_, it)| it.column.is_none());
    comparison.into_iter().flat_map(move |comparison| {
        let about = move |(number, function)| comparison.about(number, function);
        functions.clone().filter_map(about)
    })
}

/// A column beside constants.
struct Comparison {
    column: String,
    operator: Operator,
    /// Several stand for `IN`.
    constants: Vec<ScalarValue>,
}

impl Comparison {
    fn of(leaf: &Expr, expressions: &[TableExpression]) -> Option<Self> {
        let (value, operator, constants) = match leaf {
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (left.as_literal(), right.as_literal()) {
                (None, Some(constant)) => (&**left, *op, vec![constant.clone()]),
                (Some(constant), None) => (&**right, op.swap()?, vec![constant.clone()]),
                _ => return None,
            },
            Expr::InList(InList {
                expr,
                list,
                negated: false,
            }) => {
                let constants = list.iter().map(|item| item.as_literal().cloned());
                (&**expr, Operator::Eq, constants.collect::<Option<_>>()?)
            }
            _ => return None,
        };
        let Expr::Column(column) = value else { return None };
        let stands_for = column.relation.as_ref().map(TableReference::table) == Some(Indexed::TABLE);
        let column = match stands_for {
            true => expressions[column.name.parse::<usize>().ok()?].column.clone()?,
            false => column.name.clone(),
        };
        Some(Self {
            column,
            operator,
            constants,
        })
    }

    /// What it says about a function of the column.
    fn about(&self, number: usize, function: &TableExpression) -> Option<Expr> {
        if function.sources != [self.column.as_str()] || function.expr.is_volatile() {
            return None;
        }
        let operator = match self.operator {
            Operator::Eq | Operator::IsNotDistinctFrom => Operator::Eq,
            other => not_strict(other, direction(function)?)?,
        };
        let constants = ScalarValue::iter_to_array(self.constants.iter().cloned()).ok()?;
        if constants.null_count() > 0 || constants.data_type() != function.input().field(0).data_type() {
            return None;
        }
        let values: ArrayRef = function
            .evaluate_with(constants.len(), |_| Some(Arc::clone(&constants)))
            .ok()?;
        if values.null_count() > 0 {
            return None;
        }
        let value = |row| ScalarValue::try_from_array(&values, row).map(|value| Expr::Literal(value, None));
        let mut values = (0..values.len()).map(value).collect::<Result<Vec<_>, _>>().ok()?;
        let expression = Indexed::column(number);
        Some(match values.len() {
            1 => binary_expr(expression, operator, values.pop()?),
            _ => Expr::InList(InList::new(Box::new(expression), values, false)),
        })
    }
}

/// Whether a function rises or falls with its column; None if it does neither for all values.
fn direction(function: &TableExpression) -> Option<bool> {
    let schema = DFSchema::try_from(function.input().clone()).ok()?;
    monotone(&function.expr, &schema).and_then(|found| found.everywhere.then_some(found.falls))
}

/// How the function's values compare: they may be equal where the column's are not.
fn not_strict(operator: Operator, falls: bool) -> Option<Operator> {
    let operator = match falls {
        true => operator.swap()?,
        false => operator,
    };
    match operator {
        Operator::Lt | Operator::LtEq => Some(Operator::LtEq),
        Operator::Gt | Operator::GtEq => Some(Operator::GtEq),
        _ => None,
    }
}
