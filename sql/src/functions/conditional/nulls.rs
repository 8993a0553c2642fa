//! Functions about NULL.

use arrow::array::{Array, ArrayRef};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Case, Expr, lit};

use crate::error::{Code, Error, Result};
use crate::functions::function::{ANY, Argument, Bound, Function};
use crate::functions::typed_expr::boolean;
use crate::functions::udf::repeat;
use crate::functions::{Context, TypedExpr, call, casts, supertype};
use crate::types::DataType;

pub const IS_NULL: Function = Function::new("isNull", (1, 1), "Whether the value is NULL", |arguments, _| {
    Ok(is_null(arguments, true))
})
.any_case()
.own_nulls();
pub const IS_NOT_NULL: Function =
    Function::new("isNotNull", (1, 1), "Whether the value is not NULL", |arguments, _| {
        Ok(is_null(arguments, false))
    })
    .any_case()
    .own_nulls();
pub const IS_NULLABLE: Function =
    Function::new("isNullable", (1, 1), "Whether the type is Nullable", |arguments, _| {
        let nullable = u8::from(arguments[0].data_type.is_nullable());
        Ok(Bound::constant(
            DataType::UInt8,
            arguments,
            ScalarValue::UInt8(Some(nullable)),
        ))
    })
    .own_nulls();
pub const IS_ZERO_OR_NULL: Function =
    Function::new("isZeroOrNull", (1, 1), "Whether the value is zero or NULL", |_, _| {
        Ok(Bound::compose(|arguments, context| {
            let zero = TypedExpr::constant(ScalarValue::UInt8(Some(0)), DataType::UInt8);
            let equal = call("equals", vec![arguments[0].clone(), zero], context)?;
            let one = TypedExpr::constant(ScalarValue::UInt8(Some(1)), DataType::UInt8);
            call("ifNull", vec![equal, one], context)
        }))
    })
    .own_nulls();
pub const IF_NULL: Function = Function::new(
    "ifNull",
    (2, 2),
    "The first argument, or the second if that is NULL",
    |_, _| Ok(Bound::compose(coalesce)),
)
.any_case()
.own_nulls();
pub const COALESCE: Function = Function::new("coalesce", (0, ANY), "The first argument that is not NULL", |_, _| {
    Ok(Bound::compose(coalesce))
})
.any_case()
.own_nulls();
pub const NULL_IF: Function = Function::new(
    "nullIf",
    (2, 2),
    "NULL if both arguments are equal, else the first",
    |_, _| Ok(Bound::compose(null_if)),
)
.any_case()
.own_nulls();
pub const ASSUME_NOT_NULL: Function = Function::new(
    "assumeNotNull",
    (1, 1),
    "The value as its plain type; the default for NULL",
    |arguments, _| assume_not_null(arguments),
)
.own_nulls();
pub const TO_NULLABLE: Function = Function::new("toNullable", (1, 1), "The value as a Nullable type", |_, _| {
    Ok(Bound::compose(|mut arguments, context| {
        let argument = arguments.remove(0);
        let nullable = argument.data_type.to_nullable();
        casts::cast(argument, &nullable, context)
    }))
})
.own_nulls();

fn is_null(arguments: &[Argument], wanted: bool) -> Bound {
    let data_type = arguments[0].data_type.clone();
    let nullable = data_type.is_nullable();
    Bound::predicate(vec![data_type], move |mut expressions| {
        let expr = Box::new(expressions.remove(0));
        Ok(match (nullable, wanted) {
            (false, wanted) => lit(!wanted),
            (true, true) => Expr::IsNull(expr),
            (true, false) => Expr::IsNotNull(expr),
        })
    })
}

/// Arguments after the first that cannot be NULL do not matter.
fn coalesce(arguments: Vec<TypedExpr>, context: &Context) -> Result<TypedExpr> {
    let nothing = DataType::Nothing.to_nullable();
    let mut used: Vec<TypedExpr> = Vec::new();
    for argument in arguments {
        if argument.data_type == nothing {
            continue;
        }
        let last = !argument.data_type.is_nullable();
        used.push(argument);
        if last {
            break;
        }
    }
    let Some(last) = used.last() else {
        return Ok(TypedExpr::constant(ScalarValue::Null, nothing));
    };
    if used.len() == 1 {
        return Ok(last.clone());
    }
    let nullable = last.data_type.is_nullable();
    let plain: Vec<DataType> = used
        .iter()
        .map(|each| each.data_type.strip_low_cardinality().strip_nullable())
        .collect();
    let common = supertype(&plain)?;
    let result = if nullable { common.to_nullable() } else { common.clone() };
    if let Some(value) = used
        .iter()
        .find(|each| each.constant.as_ref().is_none_or(|value| !value.is_null()))
        && value.constant.is_some()
    {
        return casts::cast(value.clone(), &result, context);
    }
    let last = used.pop().expect("there are at least two");
    let mut expr = casts::cast(last, &result, context)?.expr;
    for each in used.into_iter().rev() {
        let value = casts::cast(each, &common.to_nullable(), context)?.expr;
        let present = Expr::IsNotNull(Box::new(value.clone()));
        expr = Expr::Case(Case::new(
            None,
            vec![(Box::new(present), Box::new(value))],
            Some(Box::new(expr)),
        ));
    }
    Ok(TypedExpr::new(expr, result))
}

fn null_if(arguments: Vec<TypedExpr>, context: &Context) -> Result<TypedExpr> {
    let value = arguments[0].clone();
    let result = value.data_type.to_nullable();
    let equal = call("equals", arguments, context)?;
    if equal.data_type.bare() == &DataType::Nothing {
        return casts::cast(value, &result, context);
    }
    let null = TypedExpr::constant(
        ScalarValue::try_from(&result.arrow()).map_err(crate::functions::internal)?,
        result.clone(),
    );
    let value = casts::cast(value, &result, context)?;
    match &equal.constant {
        Some(ScalarValue::UInt8(Some(1))) => Ok(null),
        Some(_) => Ok(value),
        None => {
            let condition = Box::new(boolean(equal.expr, &DataType::UInt8));
            let case = Case::new(None, vec![(condition, Box::new(null.expr))], Some(Box::new(value.expr)));
            Ok(TypedExpr::new(Expr::Case(case), result))
        }
    }
}

fn assume_not_null(arguments: &[Argument]) -> Result<Bound> {
    let from = arguments[0].data_type.clone();
    let plain = from.strip_nullable();
    if plain == DataType::Nothing {
        return Err(Error::new(
            Code::ILLEGAL_COLUMN,
            "Cannot create non-empty column with type Nothing",
        ));
    }
    let default = plain.default_scalar();
    Ok(Bound::kernel(plain, vec![from], move |arrays, rows| {
        fill(&arrays[0], &default, rows)
    }))
}

/// The array with NULL replaced.
fn fill(array: &ArrayRef, default: &ScalarValue, rows: usize) -> Result<ArrayRef> {
    if array.null_count() == 0 {
        return Ok(array.clone());
    }
    let valid = arrow::compute::is_not_null(array).map_err(crate::functions::internal)?;
    let default = repeat(&default.to_array().map_err(crate::functions::internal)?, rows)?;
    arrow::compute::kernels::zip::zip(&valid, array, &default).map_err(crate::functions::internal)
}
