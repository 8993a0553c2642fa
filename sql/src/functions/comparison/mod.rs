//! `= != < <= > >=`, `IN` lists, `<=>`.
//!
//! Start at [`bind`]: it brings both sides to one type, so that the comparison itself is native and part pruning
//! understands it; pairs without a common type (UInt64 with Int64, floats among columns, arrays) have a kernel in
//! `kernels.rs`; tuples are compared by their elements (`tuples.rs`).

mod in_list;
mod kernels;
mod tuples;

use arrow::array::Array;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, Operator, binary_expr, lit};

pub use in_list::{check_addresses, in_list};

use super::function::{Argument, Bound, Function, illegal};
use super::{Context, casts, supertype};
use crate::error::{Code, Error, Result};
use crate::types::DataType;

/// See [`super::FOLDERS`].
pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "equals",
        (2, 2),
        "Whether two values are equal",
        |arguments, context| bind(arguments, Operator::Eq, context),
    ),
    Function::new(
        "notEquals",
        (2, 2),
        "Whether two values differ",
        |arguments, context| bind(arguments, Operator::NotEq, context),
    ),
    Function::new(
        "less",
        (2, 2),
        "Whether the first value is less",
        |arguments, context| bind(arguments, Operator::Lt, context),
    ),
    Function::new(
        "lessOrEquals",
        (2, 2),
        "Whether the first value is less or equal",
        |arguments, context| bind(arguments, Operator::LtEq, context),
    ),
    Function::new(
        "greater",
        (2, 2),
        "Whether the first value is greater",
        |arguments, context| bind(arguments, Operator::Gt, context),
    ),
    Function::new(
        "greaterOrEquals",
        (2, 2),
        "Whether the first value is greater or equal",
        |arguments, context| bind(arguments, Operator::GtEq, context),
    ),
    Function::new(
        "isNotDistinctFrom",
        (2, 2),
        "Equality for which NULL equals NULL",
        |arguments, context| distinct(arguments, Operator::IsNotDistinctFrom, context),
    )
    .own_nulls(),
    Function::new(
        "isDistinctFrom",
        (2, 2),
        "Inequality for which NULL equals NULL",
        |arguments, context| distinct(arguments, Operator::IsDistinctFrom, context),
    )
    .own_nulls(),
];

/// ClickHouse's name of the operator.
fn function_name(operator: Operator) -> &'static str {
    match operator {
        Operator::Eq => "equals",
        Operator::NotEq => "notEquals",
        Operator::Lt => "less",
        Operator::LtEq => "lessOrEquals",
        Operator::Gt => "greater",
        _ => "greaterOrEquals",
    }
}

fn bind(arguments: &[Argument], operator: Operator, context: &Context) -> Result<Bound> {
    let (left, right) = (&arguments[0], &arguments[1]);
    let (a, b) = (&left.data_type, &right.data_type);
    if let (DataType::Tuple(_), DataType::Tuple(_)) = (a, b) {
        return Ok(tuples::bind(operator));
    }
    if let Some(common) = text_with_other(left, right, context)? {
        if let DataType::Tuple(_) = common {
            return Ok(tuples::bind(operator));
        }
        return bind_text_constant(arguments, common, operator);
    }
    if let Some(seconds) = as_seconds(arguments) {
        let bound = bind(&seconds, operator, context)?;
        return Ok(bound);
    }
    if let Some(bound) = addresses(arguments, operator, context)? {
        return Ok(bound);
    }
    if let Some(names) = as_names(arguments) {
        return bind(&names, operator, context);
    }
    if let Some(numbers) = as_numbers(arguments) {
        return bind(&numbers, operator, context);
    }
    if a.is_float() || b.is_float() {
        return bind_floats(arguments, operator);
    }
    if is_integer(a) && is_integer(b) {
        return Ok(bind_integers(arguments, operator));
    }
    let common = match (a, b) {
        _ if a == b => a.clone(),
        (DataType::FixedString(_), DataType::String) | (DataType::String, DataType::FixedString(_)) => {
            return Ok(bind_fixed(arguments, operator));
        }
        (DataType::FixedString(left), DataType::FixedString(right)) => DataType::FixedString(*left.max(right)),
        _ if a.is_date_or_date_time() && b.is_date_or_date_time() => supertype(&[a.clone(), b.clone()])?,
        _ if (a.is_time() || b.is_time()) && !a.is_date() && !b.is_date() && is_temporal(a) && is_temporal(b) => {
            supertype(&[a.clone(), b.clone()])?
        }
        _ if (a.is_decimal() || b.is_decimal()) && is_exact(a) && is_exact(b) => decimal_type(a, b)?,
        _ if a.is_enum() && b.is_enum() => DataType::String,
        (DataType::Map(..), DataType::Map(..)) if comparable(a, b) => supertype(&[a.clone(), b.clone()])?,
        (DataType::Array(_), DataType::Array(_)) => supertype(&[a.clone(), b.clone()])?,
        _ => return Err(illegal_types(a, b, operator)),
    };
    if matches!(common, DataType::Array(_) | DataType::Map(..)) {
        return Ok(kernels::nested(common, operator));
    }
    Ok(native(common, operator))
}

/// Whether two maps have a type in common.
fn comparable(left: &DataType, right: &DataType) -> bool {
    supertype(&[left.clone(), right.clone()]).is_ok()
}

/// Dates and times of all kinds.
fn is_temporal(data_type: &DataType) -> bool {
    data_type.is_date_or_date_time() || data_type.is_time()
}

/// A DateTime, DateTime64, Time or Time64 beside an integer or float is its number of seconds.
fn as_seconds(arguments: &[Argument]) -> Option<[Argument; 2]> {
    let is_number = |each: &Argument| is_integer(&each.data_type) || each.data_type.is_float();
    let is_moment = |each: &Argument| is_temporal(&each.data_type) && !each.data_type.is_date();
    let (left, right) = (&arguments[0], &arguments[1]);
    let mixed = is_moment(left) && is_number(right) || is_number(left) && is_moment(right);
    let number = |each: &Argument| match each.data_type {
        DataType::DateTime(_) => Argument {
            data_type: DataType::UInt32,
            constant: each.constant.clone(),
        },
        DataType::Time => Argument {
            data_type: DataType::Int32,
            constant: each.constant.clone(),
        },
        // The value of the constant is in ticks, not seconds, so it does not go along.
        DataType::DateTime64(scale, _) | DataType::Time64(scale) => Argument {
            data_type: DataType::Decimal(18, scale),
            constant: None,
        },
        _ => each.clone(),
    };
    mixed.then(|| [number(left), number(right)])
}

/// An enumeration beside an integer or float is its number.
fn as_numbers(arguments: &[Argument]) -> Option<[Argument; 2]> {
    let is_number = |each: &Argument| is_integer(&each.data_type) || each.data_type.is_float();
    let (left, right) = (&arguments[0], &arguments[1]);
    let mixed = left.data_type.is_enum() && is_number(right) || is_number(left) && right.data_type.is_enum();
    let number = |each: &Argument| {
        let data_type = match each.data_type {
            DataType::Enum8(_) => DataType::Int8,
            DataType::Enum16(_) => DataType::Int16,
            _ => return each.clone(),
        };
        Argument {
            data_type,
            constant: each.constant.clone(),
        }
    };
    mixed.then(|| [number(left), number(right)])
}

/// An address beside one of the other kind, a number that it may be, or its bytes.
fn addresses(arguments: &[Argument], operator: Operator, context: &Context) -> Result<Option<Bound>> {
    let (a, b) = (&arguments[0].data_type, &arguments[1].data_type);
    let other = match (a.is_ip_address(), b.is_ip_address()) {
        (false, false) => return Ok(None),
        (true, true) if a == b => return Ok(Some(native(a.clone(), operator))),
        (true, true) => return Ok(Some(native(DataType::Ipv6, operator))),
        (true, false) => b,
        (false, true) => a,
    };
    let is_ipv4 = *a == DataType::Ipv4 || *b == DataType::Ipv4;
    if other.is_string_or_fixed_string() && (is_ipv4 || *other != casts::IPV6_STRING) {
        let reason = "some of them are String/FixedString/Enum and some of them are not";
        return Err(supertype::none(&[a.clone(), b.clone()], reason));
    }
    match other {
        number if is_ipv4 && (number.is_unsigned_integer() || *number == DataType::Bool) => {
            let number = |each: &Argument| match each.data_type {
                DataType::Ipv4 => Argument {
                    data_type: DataType::UInt32,
                    constant: each.constant.clone(),
                },
                _ => each.clone(),
            };
            let numbers: Vec<Argument> = arguments.iter().map(number).collect();
            bind(&numbers, operator, context).map(Some)
        }
        number if is_ipv4 && number.is_number() => Err(Error::new(
            Code::NOT_IMPLEMENTED,
            format!("Conversion from IPv4 to {number} is not supported"),
        )),
        other if *other == casts::IPV6_STRING => Ok(Some(native(DataType::Ipv6, operator))),
        time if is_ipv4 && matches!(time, DataType::DateTime(_)) => {
            let reason = "some of them are Date/Date32/DateTime/DateTime64/Time/Time64 and some of them are not";
            Err(supertype::none(&[a.clone(), b.clone()], reason))
        }
        _ => Err(illegal_types(a, b, operator)),
    }
}

/// An enumeration beside a string that is no constant is its name.
fn as_names(arguments: &[Argument]) -> Option<[Argument; 2]> {
    let (left, right) = (&arguments[0], &arguments[1]);
    let (a, b) = (&left.data_type, &right.data_type);
    let mixed = a.is_enum() && b.is_string_or_fixed_string() || b.is_enum() && a.is_string_or_fixed_string();
    let name = |each: &Argument| match each.data_type.is_enum() {
        true => Argument {
            data_type: DataType::String,
            constant: None,
        },
        false => each.clone(),
    };
    mixed.then(|| [name(left), name(right)])
}

fn illegal_types(left: &DataType, right: &DataType, operator: Operator) -> Error {
    let text_and_number =
        |a: &DataType, b: &DataType| a.is_string_or_fixed_string() && (b.is_number() || b.is_big_integer());
    if text_and_number(left, right) || text_and_number(right, left) {
        let message = format!(
            "There is no supertype for types {left}, {right} because some of them are String/FixedString/Enum and some of them are not"
        );
        return Error::new(Code::NO_COMMON_TYPE, message);
    }
    illegal(format!(
        "Illegal types of arguments (`{left}`, `{right}`) of function `{}`",
        function_name(operator)
    ))
}

fn is_integer(data_type: &DataType) -> bool {
    data_type.is_integer() || data_type.is_big_integer() || *data_type == DataType::Bool
}

fn is_exact(data_type: &DataType) -> bool {
    is_integer(data_type) || data_type.is_decimal()
}

/// Digits of the widest decimal.
const DECIMAL_DIGITS_MAX: u8 = 76;

/// Wide enough for both sides; comparing never overflows.
fn decimal_type(left: &DataType, right: &DataType) -> Result<DataType> {
    for (one, other) in [(left, right), (right, left)] {
        if let (DataType::Decimal(_, scale), true) = (one, other.is_big_integer()) {
            return Ok(DataType::Decimal(DECIMAL_DIGITS_MAX, *scale));
        }
    }
    let as_decimal = |each: &DataType| {
        if *each == DataType::Bool {
            DataType::UInt8
        } else {
            each.clone()
        }
    };
    supertype(&[as_decimal(left), as_decimal(right)])
}

/// Both sides cast to one type, then compared natively.
fn native(common: DataType, operator: Operator) -> Bound {
    Bound::predicate(vec![common; 2], move |expressions| {
        let [left, right] = pair(expressions);
        Ok(binary_expr(left, operator, right))
    })
}

fn pair(expressions: Vec<Expr>) -> [Expr; 2] {
    expressions.try_into().expect("the number of arguments is checked")
}

/// The type to which a constant string is read when the other side is no string.
fn text_with_other(left: &Argument, right: &Argument, _: &Context) -> Result<Option<DataType>> {
    let is_text = |each: &Argument| each.data_type == DataType::String;
    let other = match (is_text(left), is_text(right)) {
        (true, false) if left.constant.is_some() => &right.data_type,
        (false, true) if right.constant.is_some() => &left.data_type,
        _ => return Ok(None),
    };
    Ok(match other {
        DataType::FixedString(_) => None,
        other => Some(other.clone()),
    })
}

/// A constant string is read as a value of the other side's type.
fn bind_text_constant(arguments: &[Argument], common: DataType, operator: Operator) -> Result<Bound> {
    let text = arguments
        .iter()
        .find(|each| each.data_type == DataType::String)
        .and_then(|each| each.constant.as_ref());
    if let (DataType::Enum8(_) | DataType::Enum16(_), Some(ScalarValue::Binary(Some(name)))) = (&common, text) {
        // An unknown name equals no value; order is that of the numbers, so it needs a known name.
        if casts::enum_value(&common, name).is_none() && matches!(operator, Operator::Eq | Operator::NotEq) {
            let types = arguments.iter().map(|each| each.data_type.clone()).collect();
            let value = operator == Operator::NotEq;
            return Ok(Bound::predicate(types, move |_| Ok(lit(value))));
        }
    }
    if common.is_date()
        && let Some(ScalarValue::Binary(Some(text))) = text
    {
        check_date(text, &common)?;
    }
    if (common.is_number() || common.is_big_integer())
        && let Some(ScalarValue::Binary(Some(text))) = text
    {
        casts::check_text(text, &common).map_err(|_| {
            let text = String::from_utf8_lossy(text);
            Error::new(
                Code::TYPE_MISMATCH,
                format!("Cannot convert string '{text}' to type {common}"),
            )
        })?;
    }
    let read: Vec<Argument> = arguments
        .iter()
        .map(|each| Argument {
            data_type: common.clone(),
            constant: each.constant.clone().filter(|_| each.data_type != DataType::String),
        })
        .collect();
    let bound = match common.is_float() {
        true => bind_floats(&read, operator)?,
        false if matches!(common, DataType::Array(_)) => kernels::nested(common.clone(), operator),
        false => native(common.clone(), operator),
    };
    Ok(Bound {
        arguments: vec![common; 2],
        ..bound
    })
}

/// Refuses text of a Date that goes on after it, such as a time.
pub fn check_date(text: &[u8], data_type: &DataType) -> Result<()> {
    match text.len() <= DATE_BYTES_MAX {
        true => Ok(()),
        false => Err(Error::new(
            Code::TYPE_MISMATCH,
            format!(
                "Cannot convert string '{}' to type {data_type}",
                String::from_utf8_lossy(text)
            ),
        )),
    }
}

/// Bytes of `2024-01-31`.
const DATE_BYTES_MAX: usize = 10;

/// Integers of any two types. A constant is taken to the column's type where it fits, so that the column needs no cast.
fn bind_integers(arguments: &[Argument], operator: Operator) -> Bound {
    let (a, b) = (&arguments[0].data_type, &arguments[1].data_type);
    if let Some(column) = big_constant(arguments) {
        return native(column, operator);
    }
    let column = match (&arguments[0].constant, &arguments[1].constant) {
        (None, Some(value)) if fits(value, a) => Some(a),
        (Some(value), None) if fits(value, b) => Some(b),
        _ => None,
    };
    if let Some(column) = column.or((a == b).then_some(a)) {
        return native(column.clone(), operator);
    }
    let plain = |each: &DataType| {
        if *each == DataType::Bool {
            DataType::UInt8
        } else {
            each.clone()
        }
    };
    match supertype(&[plain(a), plain(b)]) {
        Ok(common) => native(common, operator),
        Err(_) if a.is_big_integer() || b.is_big_integer() => kernels::big_integers(plain(a), plain(b), operator),
        Err(_) => kernels::integers(plain(a), plain(b), operator),
    }
}

/// The type of a column of at most 64 bits beside a big constant that is one of its values.
fn big_constant(arguments: &[Argument]) -> Option<DataType> {
    let (column, constant) = match (&arguments[0].constant, &arguments[1].constant) {
        (None, Some(_)) => (&arguments[0], &arguments[1]),
        (Some(_), None) => (&arguments[1], &arguments[0]),
        _ => return None,
    };
    if !constant.data_type.is_big_integer() || !column.data_type.is_integer() {
        return None;
    }
    let array = constant.constant.as_ref()?.to_array().ok()?;
    let value = casts::big_integers::load(&array, &constant.data_type).ok()?;
    let fits = array.is_valid(0) && casts::big_integers::fits(value[0], &constant.data_type, &column.data_type);
    fits.then(|| column.data_type.clone())
}

/// Whether an integer constant is a value of the type.
pub(super) fn fits(value: &ScalarValue, data_type: &DataType) -> bool {
    let Some(number) = casts::integer_value(value) else {
        return false;
    };
    if data_type.is_big_integer() {
        return number >= 0 || data_type.has_sign();
    }
    let bits = supertype::bits(data_type);
    match data_type {
        DataType::Bool => (0..=1).contains(&number),
        each if each.is_unsigned_integer() => (0..1i128 << bits).contains(&number),
        _ => (-(1i128 << (bits - 1))..1i128 << (bits - 1)).contains(&number),
    }
}

/// A FixedString and a String: zeros at the end do not count.
fn bind_fixed(arguments: &[Argument], operator: Operator) -> Bound {
    for (this, other) in [(0, 1), (1, 0)] {
        let (DataType::FixedString(size), Some(ScalarValue::Binary(Some(text)))) =
            (&arguments[this].data_type, &arguments[other].constant)
        else {
            continue;
        };
        if text.len() <= *size {
            return native(DataType::FixedString(*size), operator);
        }
    }
    kernels::padded(operator)
}

/// Floats as IEEE 754 orders them: NaN is neither equal, less nor greater, and -0 equals 0. Arrow's own order
/// differs in both, so a constant side becomes a native range that leaves NaN out, and two columns need a kernel.
fn bind_floats(arguments: &[Argument], operator: Operator) -> Result<Bound> {
    let (a, b) = (&arguments[0].data_type, &arguments[1].data_type);
    let is_number = |each: &DataType| is_exact(each) || each.is_float();
    if !is_number(a) || !is_number(b) {
        return Err(illegal_types(a, b, operator));
    }
    if a.is_big_integer() || b.is_big_integer() {
        return Ok(kernels::floats(operator));
    }
    let is_wide = |each: &DataType| is_integer(each) && supertype::bits(each) == 64;
    if is_wide(a) || is_wide(b) {
        return Ok(kernels::mixed(arguments, operator));
    }
    let common = if a == b && *a == DataType::Float32 {
        DataType::Float32
    } else {
        DataType::Float64
    };
    let (column, constant) = match (&arguments[0].constant, &arguments[1].constant) {
        (None, Some(_)) => (0, 1),
        (Some(_), None) => (1, 0),
        _ => return Ok(kernels::floats(operator)),
    };
    let value = arguments[constant].constant.as_ref().and_then(casts::float_value);
    let Some(value) = value.filter(|value| value.is_finite()) else {
        return Ok(kernels::floats(operator));
    };
    // The column keeps its type if the constant is one of its values; pruning then sees the bare column.
    let common = match arguments[column].data_type {
        DataType::Float32 if f64::from(value as f32) == value => DataType::Float32,
        _ => common,
    };
    let operator = if column == 0 {
        operator
    } else {
        operator.swap().unwrap_or(operator)
    };
    let narrow = common == DataType::Float32;
    Ok(Bound::predicate(vec![common; 2], move |mut expressions| {
        Ok(range(expressions.swap_remove(column), operator, value, narrow))
    }))
}

/// `column operator value` under IEEE 754, in terms of Arrow's total order.
fn range(column: Expr, operator: Operator, value: f64, narrow: bool) -> Expr {
    let number = |value: f64| match narrow {
        true => lit(value as f32),
        false => lit(value),
    };
    let (low, high) = if value == 0.0 { (-0.0, 0.0) } else { (value, value) };
    let infinity = f64::INFINITY;
    match operator {
        Operator::Eq if value == 0.0 => column.clone().gt_eq(number(low)).and(column.lt_eq(number(high))),
        Operator::Eq => column.eq(number(value)),
        Operator::NotEq if value == 0.0 => column.clone().lt(number(low)).or(column.gt(number(high))),
        Operator::NotEq => column.not_eq(number(value)),
        Operator::Lt => column.clone().lt(number(low)).and(column.gt_eq(number(-infinity))),
        Operator::LtEq => column.clone().lt_eq(number(high)).and(column.gt_eq(number(-infinity))),
        Operator::Gt => column.clone().gt(number(high)).and(column.lt_eq(number(infinity))),
        _ => column.clone().gt_eq(number(low)).and(column.lt_eq(number(infinity))),
    }
}

fn distinct(arguments: &[Argument], operator: Operator, context: &Context) -> Result<Bound> {
    let plain: Vec<Argument> = arguments
        .iter()
        .map(|each| Argument {
            data_type: each.data_type.strip_nullable(),
            constant: each.constant.clone(),
        })
        .collect();
    let types: Vec<DataType> = plain.iter().map(|each| each.data_type.clone()).collect();
    let _ = context;
    let common = supertype(&types)?.to_nullable();
    Ok(native(common, operator))
}
