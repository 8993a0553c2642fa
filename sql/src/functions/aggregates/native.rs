//! Aggregate functions that DataFusion has: they have fast accumulators for many groups.

use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::functions_aggregate::average::avg_udaf;
use datafusion::functions_aggregate::bit_and_or_xor::{bit_and_udaf, bit_or_udaf, bit_xor_udaf};
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_aggregate::first_last::{first_value_udaf, last_value_udaf};
use datafusion::functions_aggregate::min_max::{max_udaf, min_udaf};
use datafusion::functions_aggregate::sum::sum_udaf;
use datafusion::logical_expr::AggregateUDF;

use super::{AggregateFunction, Binding, Plan, illegal, no_parameters, not_a_number, unary, wrong_count};
use crate::error::{Code, Error, Result};
use crate::types::DataType;

pub const FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction::new("count", "Number of rows, or of values that are not NULL", count).any_case(),
    AggregateFunction::new("sum", "Sum of numbers", |binding| sum(binding, false)).any_case(),
    AggregateFunction::new("sumWithOverflow", "Sum of numbers in their own type", |binding| {
        sum(binding, true)
    }),
    AggregateFunction::new("avg", "Arithmetic mean", avg).any_case(),
    AggregateFunction::new("min", "Least value", |binding| pick(binding, min_udaf())).any_case(),
    AggregateFunction::new("max", "Greatest value", |binding| pick(binding, max_udaf())).any_case(),
    AggregateFunction::new("any", "Some value, the first that is met", |binding| {
        encountered(binding, first_value_udaf())
    })
    .aliases(&["any_value", "first_value"])
    .any_case(),
    AggregateFunction::new("anyLast", "Some value, the last that is met", |binding| {
        encountered(binding, last_value_udaf())
    })
    .aliases(&["last_value"])
    .any_case(),
    AggregateFunction::new("uniq", "Number of different values", unique),
    AggregateFunction::new("uniqExact", "Number of different values, exactly", |binding| {
        unique(binding)
    }),
    AggregateFunction::new("uniqCombined", "Number of different values", unique),
    AggregateFunction::new("uniqCombined64", "Number of different values", |binding| {
        unique(binding)
    }),
    AggregateFunction::new("uniqHLL12", "Number of different values", unique),
    AggregateFunction::new("uniqTheta", "Number of different values", unique),
    AggregateFunction::new("groupBitAnd", "Bits that are set in all values", |binding| {
        bits(binding, bit_and_udaf())
    })
    .aliases(&["BIT_AND"]),
    AggregateFunction::new("groupBitOr", "Bits that are set in some value", |binding| {
        bits(binding, bit_or_udaf())
    })
    .aliases(&["BIT_OR"]),
    AggregateFunction::new(
        "groupBitXor",
        "Bits that are set in an odd number of values",
        |binding| bits(binding, bit_xor_udaf()),
    )
    .aliases(&["BIT_XOR"]),
];

fn count(binding: &Binding) -> Result<Plan> {
    no_parameters(binding)?;
    if binding.arguments.len() > 1 {
        return Err(wrong_count(binding, "zero or one argument"));
    }
    Ok(counting(binding.arguments.clone(), false))
}

/// DataFusion counts in Int64.
fn counting(arguments: Vec<DataType>, distinct: bool) -> Plan {
    Plan {
        raw: DataType::Int64,
        nullable: false,
        distinct,
        ..Plan::new(count_udaf(), arguments, DataType::UInt64)
    }
}

/// All of ClickHouse's estimators are exact here: more memory for many values, never a wrong number.
fn unique(binding: &Binding) -> Result<Plan> {
    match &binding.arguments[..] {
        [] => Err(Error::new(
            Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
            format!("Incorrect number of arguments for aggregate function {}", binding.name),
        )),
        [argument] => Ok(counting(vec![argument.clone()], true)),
        _ => Err(Error::new(
            Code::NOT_IMPLEMENTED,
            format!(
                "Aggregate function {} of several arguments is not supported yet; give it a tuple",
                binding.name
            ),
        )),
    }
}

/// The type that a sum of this type has.
fn sum_type(data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::Bool => Some(DataType::UInt64),
        DataType::Decimal(precision, scale) => Some(DataType::Decimal((*precision).max(38), *scale)),
        DataType::Interval(_) => Some(data_type.clone()),
        each if each.is_big_integer() => Some(each.clone()),
        each if each.is_unsigned_integer() => Some(DataType::UInt64),
        each if each.is_signed_integer() || each.is_enum() => Some(DataType::Int64),
        each if each.is_float() => Some(DataType::Float64),
        _ => None,
    }
}

fn sum(binding: &Binding, narrow: bool) -> Result<Plan> {
    let argument = unary(binding)?;
    no_parameters(binding)?;
    let wide = sum_type(argument).ok_or_else(|| illegal(binding, argument))?;
    if argument.is_big_integer() {
        return Ok(super::big_sum::sum(binding, argument));
    }
    let result = match argument {
        _ if !narrow => wide.clone(),
        DataType::Bool => DataType::UInt8,
        each => each.clone(),
    };
    let raw = if let DataType::Interval(_) = wide {
        DataType::Int64
    } else {
        wide.clone()
    };
    Ok(Plan {
        raw: raw.clone(),
        ..Plan::new(sum_udaf(), vec![raw], result)
    })
}

fn avg(binding: &Binding) -> Result<Plan> {
    let argument = unary(binding)?;
    no_parameters(binding)?;
    let is_time = argument.is_date_or_date_time() || argument.is_time();
    let is_number = argument.is_number() || *argument == DataType::Bool || argument.is_big_integer() || is_time;
    if !is_number {
        return Err(illegal(binding, argument));
    }
    let result = if is_time { argument.clone() } else { DataType::Float64 };
    let empty = if result == DataType::Float64 {
        not_a_number()
    } else {
        None
    };
    Ok(Plan {
        raw: DataType::Float64,
        empty,
        ..Plan::new(avg_udaf(), vec![DataType::Float64], result)
    })
}

/// `min` and `max`.
fn pick(binding: &Binding, udaf: Arc<AggregateUDF>) -> Result<Plan> {
    let argument = unary(binding)?;
    no_parameters(binding)?;
    match argument {
        big if big.is_big_integer() => super::arg_min_max::extreme(binding, argument),
        DataType::Array(_)
        | DataType::Map(..)
        | DataType::Tuple(_)
        | DataType::Uuid
        | DataType::Ipv6
        | DataType::FixedString(_) => super::arg_min_max::extreme(binding, argument),
        // The order of its bits is not that of its values.
        DataType::BFloat16 => Ok(Plan {
            raw: DataType::Float32,
            ..Plan::new(super::nan::apart(udaf), vec![DataType::Float32], DataType::BFloat16)
        }),
        DataType::Float32 | DataType::Float64 => Ok(Plan::new(
            super::nan::apart(udaf),
            vec![argument.clone()],
            argument.clone(),
        )),
        argument => Ok(Plan::new(udaf, vec![argument.clone()], argument.clone())),
    }
}

/// `any` and `anyLast`.
fn encountered(binding: &Binding, udaf: Arc<AggregateUDF>) -> Result<Plan> {
    let argument = unary(binding)?;
    no_parameters(binding)?;
    Ok(Plan {
        ignore_nulls: binding.nullable[0],
        ..Plan::new(udaf, vec![argument.clone()], argument.clone())
    })
}

fn bits(binding: &Binding, udaf: Arc<AggregateUDF>) -> Result<Plan> {
    let argument = unary(binding)?;
    no_parameters(binding)?;
    let result = if *argument == DataType::Bool {
        DataType::UInt8
    } else {
        argument.clone()
    };
    if !result.is_integer() {
        return Err(illegal(binding, argument));
    }
    let empty = match (binding.name, &result) {
        ("groupBitAnd", DataType::UInt8) => Some(ScalarValue::UInt8(Some(u8::MAX))),
        ("groupBitAnd", DataType::UInt16) => Some(ScalarValue::UInt16(Some(u16::MAX))),
        ("groupBitAnd", DataType::UInt32) => Some(ScalarValue::UInt32(Some(u32::MAX))),
        ("groupBitAnd", DataType::UInt64) => Some(ScalarValue::UInt64(Some(u64::MAX))),
        ("groupBitAnd", DataType::Int8) => Some(ScalarValue::Int8(Some(-1))),
        ("groupBitAnd", DataType::Int16) => Some(ScalarValue::Int16(Some(-1))),
        ("groupBitAnd", DataType::Int32) => Some(ScalarValue::Int32(Some(-1))),
        ("groupBitAnd", DataType::Int64) => Some(ScalarValue::Int64(Some(-1))),
        _ => None,
    };
    Ok(Plan {
        empty,
        ..Plan::new(udaf, vec![result.clone()], result)
    })
}
