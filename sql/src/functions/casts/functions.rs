//! `CAST`, `toT`, `toTOrNull` and the like.

use super::named::{
    accurate_or_default, named, to, to_date_time, to_date_time64, to_decimal, to_fixed_string, to_or, to_or_default,
    to_string, to_time64,
};
use super::{Failure, cast};
use crate::functions::function::{Bound, Function};
use crate::types::{DataType, IntervalUnit};

/// `toT`, `toTOrNull`, `toTOrZero`, `toTOrDefault` of one type.
macro_rules! conversions {
    ($name:literal, $or_null:literal, $or_zero:literal, $or_default:literal, $data_type:expr, $description:literal) => {
        [
            Function::new($name, (1, 1), $description, |_, _| {
                Ok(Bound::compose(|arguments, context| {
                    to(arguments, $data_type, $name, context)
                }))
            })
            .own_nulls(),
            Function::new(
                $or_null,
                (1, 1),
                concat!($description, "; NULL if that fails"),
                |_, _| {
                    Ok(Bound::compose(|arguments, context| {
                        to_or(arguments, $data_type, $or_null, Failure::Null, context)
                    }))
                },
            )
            .own_nulls(),
            Function::new(
                $or_zero,
                (1, 1),
                concat!($description, "; the default if that fails"),
                |_, _| {
                    Ok(Bound::compose(|arguments, context| {
                        to_or(arguments, $data_type, $or_zero, Failure::Default, context)
                    }))
                },
            )
            .own_nulls(),
            Function::new(
                $or_default,
                (1, 2),
                concat!($description, "; the second argument if that fails"),
                |_, _| {
                    Ok(Bound::compose(|arguments, context| {
                        to_or_default(arguments, $data_type, context)
                    }))
                },
            )
            .own_nulls(),
        ]
    };
}

/// `toDecimalN`, `toDecimalNOrNull`, `toDecimalNOrZero`.
macro_rules! decimals {
    ($name:literal, $or_null:literal, $or_zero:literal, $precision:literal) => {
        [
            Function::new(
                $name,
                (2, 2),
                "Converts to Decimal of the scale in the second argument",
                |_, _| {
                    Ok(Bound::compose(|arguments, context| {
                        to_decimal(arguments, $precision, $name, None, context)
                    }))
                },
            )
            .own_nulls(),
            Function::new($or_null, (2, 2), "Reads a Decimal; NULL if that fails", |_, _| {
                Ok(Bound::compose(|arguments, context| {
                    to_decimal(arguments, $precision, $or_null, Some(Failure::Null), context)
                }))
            })
            .own_nulls(),
            Function::new($or_zero, (2, 2), "Reads a Decimal; 0 if that fails", |_, _| {
                Ok(Bound::compose(|arguments, context| {
                    to_decimal(arguments, $precision, $or_zero, Some(Failure::Default), context)
                }))
            })
            .own_nulls(),
        ]
    };
}

macro_rules! interval {
    ($name:literal, $unit:expr) => {
        [Function::new($name, (1, 1), "A number of calendar units", |_, _| {
            Ok(Bound::compose(|arguments, context| {
                to(arguments, DataType::Interval($unit), $name, context)
            }))
        })
        .own_nulls()]
    };
}

const GROUPS: &[&[Function]] = &[
    &conversions!(
        "toUInt8",
        "toUInt8OrNull",
        "toUInt8OrZero",
        "toUInt8OrDefault",
        DataType::UInt8,
        "Converts to UInt8"
    ),
    &conversions!(
        "toUInt16",
        "toUInt16OrNull",
        "toUInt16OrZero",
        "toUInt16OrDefault",
        DataType::UInt16,
        "Converts to UInt16"
    ),
    &conversions!(
        "toUInt32",
        "toUInt32OrNull",
        "toUInt32OrZero",
        "toUInt32OrDefault",
        DataType::UInt32,
        "Converts to UInt32"
    ),
    &conversions!(
        "toUInt64",
        "toUInt64OrNull",
        "toUInt64OrZero",
        "toUInt64OrDefault",
        DataType::UInt64,
        "Converts to UInt64"
    ),
    &conversions!(
        "toInt8",
        "toInt8OrNull",
        "toInt8OrZero",
        "toInt8OrDefault",
        DataType::Int8,
        "Converts to Int8"
    ),
    &conversions!(
        "toInt16",
        "toInt16OrNull",
        "toInt16OrZero",
        "toInt16OrDefault",
        DataType::Int16,
        "Converts to Int16"
    ),
    &conversions!(
        "toInt32",
        "toInt32OrNull",
        "toInt32OrZero",
        "toInt32OrDefault",
        DataType::Int32,
        "Converts to Int32"
    ),
    &conversions!(
        "toInt64",
        "toInt64OrNull",
        "toInt64OrZero",
        "toInt64OrDefault",
        DataType::Int64,
        "Converts to Int64"
    ),
    &conversions!(
        "toInt128",
        "toInt128OrNull",
        "toInt128OrZero",
        "toInt128OrDefault",
        DataType::Int128,
        "Converts to Int128"
    ),
    &conversions!(
        "toInt256",
        "toInt256OrNull",
        "toInt256OrZero",
        "toInt256OrDefault",
        DataType::Int256,
        "Converts to Int256"
    ),
    &conversions!(
        "toUInt128",
        "toUInt128OrNull",
        "toUInt128OrZero",
        "toUInt128OrDefault",
        DataType::UInt128,
        "Converts to UInt128"
    ),
    &conversions!(
        "toUInt256",
        "toUInt256OrNull",
        "toUInt256OrZero",
        "toUInt256OrDefault",
        DataType::UInt256,
        "Converts to UInt256"
    ),
    &conversions!(
        "toFloat32",
        "toFloat32OrNull",
        "toFloat32OrZero",
        "toFloat32OrDefault",
        DataType::Float32,
        "Converts to Float32"
    ),
    &conversions!(
        "toFloat64",
        "toFloat64OrNull",
        "toFloat64OrZero",
        "toFloat64OrDefault",
        DataType::Float64,
        "Converts to Float64"
    ),
    &conversions!(
        "toBFloat16",
        "toBFloat16OrNull",
        "toBFloat16OrZero",
        "toBFloat16OrDefault",
        DataType::BFloat16,
        "Converts to BFloat16"
    ),
    &conversions!(
        "toDate",
        "toDateOrNull",
        "toDateOrZero",
        "toDateOrDefault",
        DataType::Date,
        "Converts to Date"
    ),
    &conversions!(
        "toDate32",
        "toDate32OrNull",
        "toDate32OrZero",
        "toDate32OrDefault",
        DataType::Date32,
        "Converts to Date32"
    ),
    &conversions!(
        "toUUID",
        "toUUIDOrNull",
        "toUUIDOrZero",
        "toUUIDOrDefault",
        DataType::Uuid,
        "Converts to UUID"
    ),
    &conversions!(
        "toIPv4",
        "toIPv4OrNull",
        "toIPv4OrZero",
        "toIPv4OrDefault",
        DataType::Ipv4,
        "Converts to IPv4"
    ),
    &conversions!(
        "toIPv6",
        "toIPv6OrNull",
        "toIPv6OrZero",
        "toIPv6OrDefault",
        DataType::Ipv6,
        "Converts to IPv6"
    ),
    &decimals!("toDecimal32", "toDecimal32OrNull", "toDecimal32OrZero", 9),
    &decimals!("toDecimal64", "toDecimal64OrNull", "toDecimal64OrZero", 18),
    &decimals!("toDecimal128", "toDecimal128OrNull", "toDecimal128OrZero", 38),
    &decimals!("toDecimal256", "toDecimal256OrNull", "toDecimal256OrZero", 76),
    &interval!("toIntervalNanosecond", IntervalUnit::Nanosecond),
    &interval!("toIntervalMicrosecond", IntervalUnit::Microsecond),
    &interval!("toIntervalMillisecond", IntervalUnit::Millisecond),
    &interval!("toIntervalSecond", IntervalUnit::Second),
    &interval!("toIntervalMinute", IntervalUnit::Minute),
    &interval!("toIntervalHour", IntervalUnit::Hour),
    &interval!("toIntervalDay", IntervalUnit::Day),
    &interval!("toIntervalWeek", IntervalUnit::Week),
    &interval!("toIntervalMonth", IntervalUnit::Month),
    &interval!("toIntervalQuarter", IntervalUnit::Quarter),
    &interval!("toIntervalYear", IntervalUnit::Year),
    SINGLE,
];

const SINGLE: &[Function] = &[
    Function::new(
        "CAST",
        (2, 2),
        "Converts to the type that the second argument names",
        |_, _| {
            Ok(Bound::compose(|arguments, context| {
                named(arguments, "CAST", Failure::Error, false, context)
            }))
        },
    )
    .aliases(&["_CAST"])
    .any_case()
    .own_nulls(),
    Function::new(
        "accurateCast",
        (2, 2),
        "Converts; an error where the value would change",
        |_, _| {
            Ok(Bound::compose(|arguments, context| {
                named(arguments, "accurateCast", Failure::Error, true, context)
            }))
        },
    )
    .own_nulls(),
    Function::new(
        "accurateCastOrNull",
        (2, 2),
        "Converts; NULL where the value would change",
        |_, _| {
            Ok(Bound::compose(|arguments, context| {
                named(arguments, "accurateCastOrNull", Failure::Null, true, context)
            }))
        },
    )
    .own_nulls(),
    Function::new(
        "accurateCastOrDefault",
        (2, 3),
        "Converts; a default where the value would change",
        |_, _| Ok(Bound::compose(accurate_or_default)),
    )
    .own_nulls(),
    Function::new("toString", (1, 2), "The value as text", |_, _| {
        Ok(Bound::compose(to_string))
    })
    .own_nulls(),
    Function::new("toFixedString", (2, 2), "A string filled up with zero bytes", |_, _| {
        Ok(Bound::compose(to_fixed_string))
    })
    .own_nulls(),
    Function::new("toBool", (1, 1), "Converts to Bool", |_, _| {
        Ok(Bound::compose(|arguments, context| {
            to(arguments, DataType::Bool, "toBool", context)
        }))
    })
    .own_nulls(),
    Function::new("toDateTime", (1, 2), "Converts to DateTime", |_, _| {
        Ok(Bound::compose(|arguments, context| {
            to_date_time(arguments, "toDateTime", Failure::Error, context)
        }))
    })
    .aliases(&["toDateTime32"])
    .own_nulls(),
    Function::new(
        "toDateTimeOrNull",
        (1, 2),
        "Reads a DateTime; NULL if that fails",
        |_, _| {
            Ok(Bound::compose(|arguments, context| {
                to_date_time(arguments, "toDateTimeOrNull", Failure::Null, context)
            }))
        },
    )
    .own_nulls(),
    Function::new(
        "toDateTimeOrZero",
        (1, 2),
        "Reads a DateTime; 1970-01-01 if that fails",
        |_, _| {
            Ok(Bound::compose(|arguments, context| {
                to_date_time(arguments, "toDateTimeOrZero", Failure::Default, context)
            }))
        },
    )
    .own_nulls(),
    Function::new(
        "toDateTime64",
        (1, 3),
        "Converts to DateTime64 of the precision in the second argument",
        |_, _| {
            Ok(Bound::compose(|arguments, context| {
                to_date_time64(arguments, "toDateTime64", Failure::Error, context)
            }))
        },
    )
    .own_nulls(),
    Function::new(
        "toDateTime64OrNull",
        (1, 3),
        "Reads a DateTime64; NULL if that fails",
        |_, _| {
            Ok(Bound::compose(|arguments, context| {
                to_date_time64(arguments, "toDateTime64OrNull", Failure::Null, context)
            }))
        },
    )
    .own_nulls(),
    Function::new(
        "toDateTime64OrZero",
        (1, 3),
        "Reads a DateTime64; 1970-01-01 if that fails",
        |_, _| {
            Ok(Bound::compose(|arguments, context| {
                to_date_time64(arguments, "toDateTime64OrZero", Failure::Default, context)
            }))
        },
    )
    .own_nulls(),
    Function::new("toTime", (1, 1), "Converts to Time", |_, _| {
        Ok(Bound::compose(|arguments, context| {
            to(arguments, DataType::Time, "toTime", context)
        }))
    })
    .own_nulls(),
    Function::new("toTimeOrNull", (1, 1), "Reads a Time; NULL if that fails", |_, _| {
        Ok(Bound::compose(|arguments, context| {
            to_or(arguments, DataType::Time, "toTimeOrNull", Failure::Null, context)
        }))
    })
    .own_nulls(),
    Function::new(
        "toTimeOrZero",
        (1, 1),
        "Reads a Time; 00:00:00 if that fails",
        |_, _| {
            Ok(Bound::compose(|arguments, context| {
                to_or(arguments, DataType::Time, "toTimeOrZero", Failure::Default, context)
            }))
        },
    )
    .own_nulls(),
    Function::new(
        "toTime64",
        (2, 2),
        "Converts to Time64 of the precision in the second argument",
        |_, _| {
            Ok(Bound::compose(|arguments, context| {
                to_time64(arguments, "toTime64", Failure::Error, context)
            }))
        },
    )
    .own_nulls(),
    Function::new(
        "toTime64OrNull",
        (2, 2),
        "Reads a Time64; NULL if that fails",
        |_, _| {
            Ok(Bound::compose(|arguments, context| {
                to_time64(arguments, "toTime64OrNull", Failure::Null, context)
            }))
        },
    )
    .own_nulls(),
    Function::new(
        "toTime64OrZero",
        (2, 2),
        "Reads a Time64; 00:00:00 if that fails",
        |_, _| {
            Ok(Bound::compose(|arguments, context| {
                to_time64(arguments, "toTime64OrZero", Failure::Default, context)
            }))
        },
    )
    .own_nulls(),
    Function::new(
        "toLowCardinality",
        (1, 1),
        "The value as a LowCardinality type",
        |_, _| {
            Ok(Bound::compose(|mut arguments, context| {
                let argument = arguments.remove(0);
                match argument.data_type.can_be_inside_low_cardinality() {
                    true => {
                        let data_type = DataType::LowCardinality(Box::new(argument.data_type.clone()));
                        cast(argument, &data_type, context)
                    }
                    false => Ok(argument),
                }
            }))
        },
    )
    .own_nulls(),
];

/// All conversion functions, in one slice.
pub const FUNCTIONS: &[Function] = &{
    let mut all = [const { SINGLE[0] }; count(GROUPS)];
    let (mut group, mut next) = (0, 0);
    while group < GROUPS.len() {
        let mut index = 0;
        while index < GROUPS[group].len() {
            all[next] = GROUPS[group][index];
            next += 1;
            index += 1;
        }
        group += 1;
    }
    all
};

const fn count(groups: &[&[Function]]) -> usize {
    let (mut group, mut sum) = (0, 0);
    while group < groups.len() {
        sum += groups[group].len();
        group += 1;
    }
    sum
}
