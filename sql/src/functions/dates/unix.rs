//! Unix timestamps.

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;

use super::values::numbers;
use crate::error::Result;
use crate::functions::casts::{rescale_ticks, time_zone};
use crate::functions::function::{Argument, Bound, Function, illegal};
use crate::functions::{Context, TypedExpr, call, casts};
use crate::types::DataType;

pub const TO_UNIX_TIMESTAMP: Function = Function::new("toUnixTimestamp", (1, 2), "Seconds since 1970 UTC", |_, _| {
    Ok(Bound::compose(to_unix))
});

fn to_unix(arguments: Vec<TypedExpr>, context: &Context) -> Result<TypedExpr> {
    let moments = match arguments[0].data_type.bare() {
        DataType::DateTime(_) | DataType::Time | DataType::Time64(_) => arguments
            .into_iter()
            .next()
            .expect("the number of arguments is checked"),
        _ => call("toDateTime", arguments, context)?,
    };
    let data_type = if moments.data_type.is_nullable() {
        DataType::UInt32.to_nullable()
    } else {
        DataType::UInt32
    };
    casts::cast(moments, &data_type, context)
}

pub const FROM_UNIX_TIMESTAMP: Function = Function::new(
    "fromUnixTimestamp",
    (1, 3),
    "The moment so many seconds after 1970 UTC",
    |_, _| Ok(Bound::compose(from_unix)),
)
.aliases_any_case(&["FROM_UNIXTIME"])
.any_case();

fn from_unix(mut arguments: Vec<TypedExpr>, context: &Context) -> Result<TypedExpr> {
    let zone = if arguments.len() == 3 { arguments.pop() } else { None };
    let pattern = if arguments.len() == 2 { arguments.pop() } else { None };
    if !arguments[0].data_type.bare().is_integer() {
        return Err(illegal(format!(
            "Illegal type {} of first argument of function fromUnixTimestamp when arguments size is 1. Should be integer",
            arguments[0].data_type
        )));
    }
    let moments = call("toDateTime", arguments, context)?;
    match pattern {
        None => Ok(moments),
        Some(pattern) => call(
            "formatDateTime",
            [moments, pattern].into_iter().chain(zone).collect(),
            context,
        ),
    }
}

/// Timestamps with a fraction, both ways.
macro_rules! fraction {
    ($to:ident, $to_name:literal, $from:ident, $from_name:literal, $scale:literal) => {
        pub const $to: Function = Function::new($to_name, (1, 1), "Units since 1970 UTC", |arguments, _| {
            to_fraction(arguments, $to_name, $scale)
        });
        pub const $from: Function = Function::new(
            $from_name,
            (1, 2),
            "The moment so many units after 1970 UTC",
            |_, _| {
                Ok(Bound::compose(|arguments, context| {
                    from_fraction(arguments, $from_name, $scale, context)
                }))
            },
        );
    };
}
fraction!(
    TO_UNIX_TIMESTAMP64_SECOND,
    "toUnixTimestamp64Second",
    FROM_UNIX_TIMESTAMP64_SECOND,
    "fromUnixTimestamp64Second",
    0
);
fraction!(
    TO_UNIX_TIMESTAMP64_MILLI,
    "toUnixTimestamp64Milli",
    FROM_UNIX_TIMESTAMP64_MILLI,
    "fromUnixTimestamp64Milli",
    3
);
fraction!(
    TO_UNIX_TIMESTAMP64_MICRO,
    "toUnixTimestamp64Micro",
    FROM_UNIX_TIMESTAMP64_MICRO,
    "fromUnixTimestamp64Micro",
    6
);
fraction!(
    TO_UNIX_TIMESTAMP64_NANO,
    "toUnixTimestamp64Nano",
    FROM_UNIX_TIMESTAMP64_NANO,
    "fromUnixTimestamp64Nano",
    9
);

fn to_fraction(arguments: &[Argument], name: &str, wanted: u8) -> Result<Bound> {
    let DataType::DateTime64(scale, _) = arguments[0].data_type else {
        return Err(illegal(format!(
            "The first argument for function {name} must be DateTime64"
        )));
    };
    Ok(Bound::kernel(
        DataType::Int64,
        vec![arguments[0].data_type.clone()],
        move |arrays, _| {
            let ticks = arrays[0].as_primitive::<Int64Type>();
            Ok(numbers(
                ticks.values().iter().map(|ticks| rescale_ticks(*ticks, scale, wanted)),
            ))
        },
    ))
}

fn from_fraction(arguments: Vec<TypedExpr>, name: &str, scale: u8, context: &Context) -> Result<TypedExpr> {
    let zone = arguments.get(1).map(time_zone).transpose()?;
    let ticks = arguments
        .into_iter()
        .next()
        .expect("the number of arguments is checked");
    if !ticks.data_type.bare().is_integer() {
        return Err(illegal(format!(
            "The first argument for function {name} must be integer, got {}",
            ticks.data_type
        )));
    }
    let nullable = ticks.data_type.is_nullable();
    let own = |plain: DataType| if nullable { plain.to_nullable() } else { plain };
    let ticks = casts::cast(ticks, &own(DataType::Int64), context)?;
    Ok(TypedExpr {
        data_type: own(DataType::DateTime64(scale, zone)),
        ..ticks
    })
}
