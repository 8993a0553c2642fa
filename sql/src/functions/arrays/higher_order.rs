//! Functions of a lambda and arrays.
//!
//! All begin with the lambda's values ([`map`]). What a function does with them needs no lambda any more: either it is
//! the same function of one array (`arraySum(f, a)` is `arraySum(arrayMap(f, a))`), or a function of the first array
//! and the values (`arrayFilter`).

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{Field, Schema};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema};
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, ScalarUDF, Volatility};
use datafusion::physical_expr::create_physical_expr;

use super::lists::{build, check_sizes, compacted, elements, item, select};
use super::order;
use crate::error::{Code, Error, Result};
use crate::functions::call::call_function;
use crate::functions::function::{Argument, Bound, Function, illegal};
use crate::functions::lambda::{self, Body, Lambda, PARAMETER};
use crate::functions::udf::{Call, details};
use crate::functions::{Context, TypedExpr, call as call_named, internal};
use crate::types::DataType;

/// A function that takes a lambda and arrays.
pub struct HigherOrder {
    pub name: &'static str,
    pub description: &'static str,
    then: Then,
}

/// What follows the lambda's values.
enum Then {
    /// They are the result.
    Nothing,
    /// The function of the same name, without a lambda.
    Same,
    /// A function of the first array and the values.
    WithFirst(&'static Function),
}

/// All of them.
pub const FUNCTIONS: &[HigherOrder] = &[
    HigherOrder {
        name: "arrayMap",
        description: "The lambda's value for each element",
        then: Then::Nothing,
    },
    HigherOrder {
        name: "arrayFilter",
        description: "The elements for which the lambda is true",
        then: Then::WithFirst(&FILTER),
    },
    HigherOrder {
        name: "arrayFirst",
        description: "The first element for which the lambda is true",
        then: Then::WithFirst(&FIRST),
    },
    HigherOrder {
        name: "arrayFirstOrNull",
        description: "The first element for which the lambda is true, or NULL",
        then: Then::WithFirst(&FIRST_OR_NULL),
    },
    HigherOrder {
        name: "arrayLast",
        description: "The last element for which the lambda is true",
        then: Then::WithFirst(&LAST),
    },
    HigherOrder {
        name: "arrayLastOrNull",
        description: "The last element for which the lambda is true, or NULL",
        then: Then::WithFirst(&LAST_OR_NULL),
    },
    HigherOrder {
        name: "arrayFirstIndex",
        description: "The place of the first element for which the lambda is true",
        then: Then::WithFirst(&FIRST_INDEX),
    },
    HigherOrder {
        name: "arrayLastIndex",
        description: "The place of the last element for which the lambda is true",
        then: Then::WithFirst(&LAST_INDEX),
    },
    HigherOrder {
        name: "arraySort",
        description: "The array in the order of the lambda's values",
        then: Then::WithFirst(&order::SORT_BY),
    },
    HigherOrder {
        name: "arrayReverseSort",
        description: "The array in the descending order of the lambda's values",
        then: Then::WithFirst(&order::REVERSE_SORT_BY),
    },
    HigherOrder {
        name: "arrayFill",
        description: "Elements for which the lambda is false replaced by the one before",
        then: Then::WithFirst(&FILL),
    },
    HigherOrder {
        name: "arrayExists",
        description: "Whether the lambda is true for an element",
        then: Then::Same,
    },
    HigherOrder {
        name: "arrayAll",
        description: "Whether the lambda is true for all elements",
        then: Then::Same,
    },
    HigherOrder {
        name: "arrayCount",
        description: "Number of elements for which the lambda is true",
        then: Then::Same,
    },
    HigherOrder {
        name: "arraySum",
        description: "Sum of the lambda's values",
        then: Then::Same,
    },
    HigherOrder {
        name: "arrayProduct",
        description: "Product of the lambda's values",
        then: Then::Same,
    },
    HigherOrder {
        name: "arrayAvg",
        description: "Mean of the lambda's values",
        then: Then::Same,
    },
    HigherOrder {
        name: "arrayMin",
        description: "The least of the lambda's values",
        then: Then::Same,
    },
    HigherOrder {
        name: "arrayMax",
        description: "The greatest of the lambda's values",
        then: Then::Same,
    },
    HigherOrder {
        name: "arrayCumSum",
        description: "Running sums of the lambda's values",
        then: Then::Same,
    },
    HigherOrder {
        name: "arrayCumSumNonNegative",
        description: "Running sums of the lambda's values that never go below zero",
        then: Then::Same,
    },
    HigherOrder {
        name: "arrayDifference",
        description: "Differences between the lambda's neighbouring values",
        then: Then::Same,
    },
];

/// The function of this name.
pub fn find(name: &str) -> Option<&'static HigherOrder> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

/// Calls it.
pub fn call(
    function: &'static HigherOrder,
    lambda: &Lambda,
    arguments: Vec<TypedExpr>,
    context: &Context,
) -> Result<TypedExpr> {
    let first = arguments.first().cloned();
    let values = map(function.name, lambda, arguments)?;
    match function.then {
        Then::Nothing => Ok(values),
        Then::Same => call_named(function.name, vec![values], context),
        Then::WithFirst(then) => {
            let first = first.expect("map has checked that there is an array");
            call_function(then, vec![first, values], context)
        }
    }
}

/// `arrayMap`: the lambda's values for the elements of all rows at once.
fn map(name: &'static str, lambda: &Lambda, arguments: Vec<TypedExpr>) -> Result<TypedExpr> {
    let mut items = Vec::with_capacity(arguments.len());
    for (index, argument) in arguments.iter().enumerate() {
        let DataType::Array(item) = argument.data_type.bare() else {
            return Err(illegal(format!(
                "Argument {} of function {name} must be Array. Found {} instead",
                index + 2,
                argument.data_type
            )));
        };
        items.push((**item).clone());
    }
    if items.is_empty() {
        let message = format!("Function {name} needs at least one array argument");
        return Err(Error::new(Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH, message));
    }
    if lambda.parameters != items.len() {
        return Err(lambda::wrong_parameters(name, items.len(), lambda.parameters));
    }
    let body = lambda::bind(lambda, &items)?;
    let result = DataType::Array(Box::new(body.data_type.clone()));
    let expressions: Vec<Expr> = arguments
        .iter()
        .map(|argument| argument.expr.clone())
        .chain(body.captured.iter().map(|(_, expr)| expr.clone()))
        .collect();
    let mut argument_types: Vec<DataType> = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    argument_types.push(body.data_type.clone());
    let constant = body.captured.is_empty() && arguments.iter().all(|argument| argument.constant.is_some());
    let call = Call {
        name: "arrayMap",
        argument_types,
        arrow: result.arrow(),
        result: result.clone(),
        detail: detail(&body)?,
        kernel: Arc::new(move |arrays, rows| evaluate(&body, name, arrays, rows)),
        compact: false,
        propagate_nulls: false,
        volatility: Volatility::Immutable,
    };
    if constant {
        let constants = arguments.iter().filter_map(|argument| argument.constant.as_ref());
        let arrays: Vec<ArrayRef> = constants
            .map(|value| value.to_array().map_err(internal))
            .collect::<Result<_>>()?;
        let value =
            datafusion::common::ScalarValue::try_from_array(&call.evaluate(&arrays, 1)?, 0).map_err(internal)?;
        return Ok(TypedExpr::constant(value, result));
    }
    let udf = Arc::new(ScalarUDF::new_from_impl(call));
    Ok(TypedExpr::new(udf.call(expressions), result))
}

/// The body with its parameters named by their places: calls of equal lambdas are equal.
fn detail(body: &Body) -> Result<String> {
    let parameter = |name: &String| body.parameters.iter().position(|parameter| parameter == name);
    let named = body.expr.clone().transform(|expr| {
        Ok(match &expr {
            Expr::Column(column) if column.relation.is_none() => match parameter(&column.name) {
                Some(place) => Transformed::yes(Expr::Column(Column::new_unqualified(format!("{PARAMETER}{place}")))),
                None => Transformed::no(expr),
            },
            _ => Transformed::no(expr),
        })
    });
    let named = named.map_err(internal)?.data;
    Ok(format!(" {named}{}", details(&named)))
}

/// Evaluates the body once for the elements of all rows.
fn evaluate(body: &Body, name: &str, arrays: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
    let (lists, captured) = arrays.split_at(body.parameters.len());
    let lists: Vec<_> = lists.iter().map(compacted).collect();
    check_sizes(&lists, name)?;
    let lengths: Vec<usize> = lists[0].offsets().lengths().collect();
    let repeated =
        UInt32Array::from_iter_values((0..rows).flat_map(|row| std::iter::repeat_n(row as u32, lengths[row])));
    let mut columns: Vec<ArrayRef> = lists.iter().map(|list| list.values().clone()).collect();
    for value in captured {
        columns.push(take(value, &repeated, None).map_err(internal)?);
    }
    let names = body.parameters.iter().chain(body.captured.iter().map(|(name, _)| name));
    let fields: Vec<Field> = names
        .zip(&columns)
        .map(|(name, column)| Field::new(name, column.data_type().clone(), true))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let df_schema = DFSchema::try_from(schema.clone()).map_err(internal)?;
    let physical = create_physical_expr(
        &body.expr,
        &df_schema,
        &ExecutionProps::new(),
        &PhysicalPlanningContext::default(),
    )
    .map_err(internal)?;
    let options = RecordBatchOptions::new().with_row_count(Some(repeated.len()));
    let batch = RecordBatch::try_new_with_options(schema, columns, &options).map_err(internal)?;
    let values = physical
        .evaluate(&batch)
        .and_then(|value| value.into_array(repeated.len()))
        .map_err(internal)?;
    build(values, &body.data_type.item_field(), lengths)
}

static FILTER: Function = Function::new("arrayFilter", (2, 2), "", |arguments, _| {
    chosen(arguments, "arrayFilter", |mask, base, out| {
        out.extend(
            mask.iter()
                .enumerate()
                .filter(|(_, keep)| **keep)
                .map(|(index, _)| (base + index) as u32),
        );
    })
})
.own_nulls();
static FILL: Function = Function::new("arrayFill", (2, 2), "", |arguments, _| {
    chosen(arguments, "arrayFill", |mask, base, out| {
        let mut last = 0;
        for (index, keep) in mask.iter().enumerate() {
            last = if *keep { index } else { last };
            out.push((base + last) as u32);
        }
    })
})
.own_nulls();
static FIRST: Function = Function::new("arrayFirst", (2, 2), "", |arguments, _| {
    pick(arguments, "arrayFirst", false, false)
})
.own_nulls();
static FIRST_OR_NULL: Function = Function::new("arrayFirstOrNull", (2, 2), "", |arguments, _| {
    pick(arguments, "arrayFirstOrNull", false, true)
})
.own_nulls();
static LAST: Function = Function::new("arrayLast", (2, 2), "", |arguments, _| {
    pick(arguments, "arrayLast", true, false)
})
.own_nulls();
static LAST_OR_NULL: Function = Function::new("arrayLastOrNull", (2, 2), "", |arguments, _| {
    pick(arguments, "arrayLastOrNull", true, true)
})
.own_nulls();
static FIRST_INDEX: Function = Function::new("arrayFirstIndex", (2, 2), "", |arguments, _| {
    index(arguments, "arrayFirstIndex", false)
})
.own_nulls();
static LAST_INDEX: Function = Function::new("arrayLastIndex", (2, 2), "", |arguments, _| {
    index(arguments, "arrayLastIndex", true)
})
.own_nulls();

/// The type that the lambda's values are cast to: truth values.
fn mask_type(argument: &Argument, name: &str) -> Result<DataType> {
    let own = item(argument, name, 1)?;
    match own.bare() {
        DataType::UInt8 | DataType::Bool | DataType::Nothing => {}
        _ => {
            return Err(illegal(format!(
                "Expression for function {name} must return UInt8 or Nullable(UInt8), found {own}"
            )));
        }
    }
    let truth = if own.is_nullable() {
        DataType::Bool.to_nullable()
    } else {
        DataType::Bool
    };
    Ok(DataType::Array(Box::new(truth)))
}

/// The truth values of a row; NULL is false.
fn mask(array: &ArrayRef, row: usize) -> Vec<bool> {
    let list = array.as_list::<i32>();
    let values = list.values().as_boolean();
    elements(list, row)
        .map(|index| values.is_valid(index) && values.value(index))
        .collect()
}

/// From a row's truth values and the place of its first element to the places that are taken.
type Choose = fn(&[bool], usize, &mut Vec<u32>);

fn chosen(arguments: &[Argument], name: &str, choose: Choose) -> Result<Bound> {
    let field = item(&arguments[0], name, 0)?.item_field();
    let result = arguments[0].data_type.clone();
    Ok(Bound::kernel(
        result.clone(),
        vec![result, mask_type(&arguments[1], name)?],
        move |arrays, rows| {
            let list = arrays[0].as_list::<i32>();
            select(list.values(), &field, rows, |row, indices| {
                let mut places = Vec::new();
                choose(&mask(&arrays[1], row), elements(list, row).start, &mut places);
                indices.extend(places.into_iter().map(Some));
                Ok(())
            })
        },
    ))
}

/// The place of the first, or last, true value.
fn position(mask: &[bool], last: bool) -> Option<usize> {
    if last {
        mask.iter().rposition(|truth| *truth)
    } else {
        mask.iter().position(|truth| *truth)
    }
}

fn pick(arguments: &[Argument], name: &str, last: bool, or_null: bool) -> Result<Bound> {
    let own = item(&arguments[0], name, 0)?.clone();
    let result = if or_null { own.to_nullable() } else { own.clone() };
    let default = own.default_scalar();
    let types = vec![arguments[0].data_type.clone(), mask_type(&arguments[1], name)?];
    Ok(Bound::kernel(result, types, move |arrays, rows| {
        let list = arrays[0].as_list::<i32>();
        let outside = (!or_null).then_some(list.values().len() as u32);
        let found = (0..rows).map(|row| {
            let place = position(&mask(&arrays[1], row), last);
            place
                .map(|place| (elements(list, row).start + place) as u32)
                .or(outside)
        });
        let indices: UInt32Array = found.collect();
        let default = crate::functions::udf::conform(default.to_array().map_err(internal)?, list.values().data_type());
        let values = arrow::compute::concat(&[list.values().as_ref(), default.as_ref()]).map_err(internal)?;
        take(&values, &indices, None).map_err(internal)
    }))
}

fn index(arguments: &[Argument], name: &str, last: bool) -> Result<Bound> {
    let types = vec![arguments[0].data_type.clone(), mask_type(&arguments[1], name)?];
    Ok(Bound::kernel(DataType::UInt32, types, move |arrays, rows| {
        let places = (0..rows).map(|row| position(&mask(&arrays[1], row), last).map_or(0, |place| place as u32 + 1));
        Ok(Arc::new(UInt32Array::from_iter_values(places)))
    }))
}
