//! Dates plus and minus numbers, intervals and other dates.

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use datafusion::logical_expr::Operator;

use super::binary::{illegal_types, native};
use crate::error::Result;
use crate::functions::dates::{add_interval, check_unit};
use crate::functions::function::{Argument, Bound, illegal, row_of};
use crate::functions::{Context, call};
use crate::types::{DataType, IntervalUnit};

/// The sum, if one side is a date or an interval.
pub fn plus(arguments: &[Argument], context: &Context) -> Result<Option<Bound>> {
    let (left, right) = (&arguments[0].data_type, &arguments[1].data_type);
    Ok(Some(match (left, right) {
        (DataType::Interval(a), DataType::Interval(b)) if a == b => native(left.clone(), Operator::Plus),
        (date, DataType::Interval(unit)) if is_temporal(date) => {
            check_unit(date, *unit, "add")?;
            add_interval(date.clone(), *unit, 1, context)
        }
        (DataType::Interval(_), date) if is_temporal(date) => swapped(),
        (date, number) if is_temporal(date) && is_number(number) => add_number(date, 1, context),
        (number, date) if is_temporal(date) && is_number(number) => swapped(),
        _ if is_date_or_interval(left) || is_date_or_interval(right) => return Err(illegal_types(arguments, "plus")),
        _ => return Ok(None),
    }))
}

/// The difference, if one side is a date or an interval.
pub fn minus(arguments: &[Argument], context: &Context) -> Result<Option<Bound>> {
    let (left, right) = (&arguments[0].data_type, &arguments[1].data_type);
    Ok(Some(match (left, right) {
        (DataType::Interval(a), DataType::Interval(b)) if a == b => native(left.clone(), Operator::Minus),
        (date, DataType::Interval(unit)) if is_temporal(date) => {
            check_unit(date, *unit, "subtract")?;
            add_interval(date.clone(), *unit, -1, context)
        }
        (DataType::Time, DataType::Time) => native(DataType::Int32, Operator::Minus),
        (DataType::Time | DataType::Time64(_), DataType::Time | DataType::Time64(_)) => ticks_between(left, right),
        (DataType::Date, DataType::Date) => native(DataType::Int32, Operator::Minus),
        (DataType::DateTime(_), DataType::DateTime(_)) => native(DataType::Int32, Operator::Minus),
        (DataType::DateTime64(..) | DataType::DateTime(_), DataType::DateTime64(..) | DataType::DateTime(_)) => {
            ticks_between(left, right)
        }
        (date, number) if is_temporal(date) && is_number(number) => add_number(date, -1, context),
        (number, date) if is_number(number) && is_date_or_interval(date) => {
            return Err(illegal(
                "Wrong order of arguments for function minus: argument of type Interval cannot be first",
            ));
        }
        _ if is_date_or_interval(left) || is_date_or_interval(right) => return Err(illegal_types(arguments, "minus")),
        _ => return Ok(None),
    }))
}

fn is_number(data_type: &DataType) -> bool {
    data_type.is_integer() || *data_type == DataType::Bool || matches!(data_type, DataType::Float32 | DataType::Float64)
}

fn is_date_or_interval(data_type: &DataType) -> bool {
    is_temporal(data_type) || matches!(data_type, DataType::Interval(_))
}

fn is_temporal(data_type: &DataType) -> bool {
    data_type.is_date_or_date_time() || data_type.is_time()
}

fn swapped() -> Bound {
    Bound::compose(|mut arguments, context| {
        arguments.swap(0, 1);
        call("plus", arguments, context)
    })
}

/// A number is days for a Date, else seconds.
fn add_number(date: &DataType, sign: i64, context: &Context) -> Bound {
    let unit = match date.is_date() {
        true => IntervalUnit::Day,
        false => IntervalUnit::Second,
    };
    add_interval(date.clone(), unit, sign, context)
}

/// DateTime64 values differ by a Decimal of the finer scale.
fn ticks_between(left: &DataType, right: &DataType) -> Bound {
    let scale = |each: &DataType| match each {
        DataType::DateTime64(scale, _) | DataType::Time64(scale) => *scale,
        _ => 0,
    };
    let kept = scale(left).max(scale(right));
    let result = DataType::Decimal(18, kept);
    let arrow = result.arrow();
    let read = match left.is_time() {
        true => DataType::Time64(kept),
        false => DataType::DateTime64(kept, None),
    };
    let types = vec![read; 2];
    Bound::compact(result, types, move |arrays, rows| {
        let ticks = |index: usize, row: usize| {
            arrays[index]
                .as_primitive::<Int64Type>()
                .value(row_of(&arrays[index], row))
        };
        let differences = (0..rows).map(|row| i128::from(ticks(0, row)) - i128::from(ticks(1, row)));
        let array = arrow::array::Decimal128Array::from_iter_values(differences).with_data_type(arrow.clone());
        Ok(std::sync::Arc::new(array))
    })
}
