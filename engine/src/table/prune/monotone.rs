//! Expressions that keep or turn the order of a column's values: bounds of the column bound them, too.

use arrow::datatypes::DataType as ArrowType;
use datafusion::common::{Column, DFSchema};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, ExprSchemable, Operator};
use gristmill_sql::functions::as_call;
use gristmill_sql::types::DataType;

/// Functions of a Date or DateTime (and constants) that never fall where it rises. Those that read hours off the clock
/// are none: it is set back once a year.
const RISING_WITH_TIME: &[&str] = &[
    "toDate",
    "toDateTime",
    "toLastDayOfMonth",
    "toMonday",
    "toStartOfDay",
    "toStartOfFifteenMinutes",
    "toStartOfFiveMinutes",
    "toStartOfHour",
    "toStartOfMinute",
    "toStartOfMonth",
    "toStartOfQuarter",
    "toStartOfTenMinutes",
    "toStartOfYear",
    "toUnixTimestamp",
    "toYYYYMM",
    "toYYYYMMDD",
    "toYear",
];

/// How an expression follows the one column in it.
pub struct Monotone<'a> {
    /// The column.
    pub column: &'a Column,
    /// It falls where the column rises.
    pub falls: bool,
    /// It does so for all values. Otherwise numbers may overflow: between two values it is monotone only if it is for
    /// these two.
    pub everywhere: bool,
}

/// Whether an expression is monotone in its only column. The column itself is.
pub fn monotone<'a>(expr: &'a Expr, schema: &DFSchema) -> Option<Monotone<'a>> {
    match expr {
        Expr::Column(column) => Some(Monotone {
            column,
            falls: false,
            everywhere: true,
        }),
        Expr::Cast(Cast { expr: inner, field }) => {
            let from = inner.get_type(schema).ok()?;
            widens(&from, field.data_type()).then(|| monotone(inner, schema))?
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let whole = expr.get_type(schema).ok()?.is_integer();
            let (inner, falls) = match (op, left.as_literal(), right.as_literal()) {
                (Operator::Plus | Operator::Minus, None, Some(_)) => (monotone(left, schema)?, false),
                (Operator::Plus, Some(_), None) => (monotone(right, schema)?, false),
                (Operator::Minus, Some(_), None) => (monotone(right, schema)?, true),
                _ => return None,
            };
            whole.then_some(Monotone {
                falls: inner.falls != falls,
                everywhere: false,
                ..inner
            })
        }
        Expr::ScalarFunction(function) => of_function(function, schema),
        _ => None,
    }
}

fn of_function<'a>(function: &'a ScalarFunction, schema: &DFSchema) -> Option<Monotone<'a>> {
    let call = as_call(function)?;
    let argument_type = call.argument_types().first()?;
    let (first, constants) = function.args.split_first()?;
    if !constants.iter().all(|argument| argument.as_literal().is_some()) {
        return None;
    }
    match (call.function(), argument_type) {
        (name, DataType::Date | DataType::Date32 | DataType::DateTime(_)) if RISING_WITH_TIME.contains(&name) => {
            monotone(first, schema)
        }
        ("intDiv", number) if number.is_integer() => {
            let divisor = constants.first()?.as_literal()?.cast_to(&ArrowType::Int64).ok()?;
            let rises = matches!(divisor, datafusion::common::ScalarValue::Int64(Some(1..)));
            rises.then(|| monotone(first, schema))?
        }
        ("negate", number) if number.is_integer() => {
            let inner = monotone(first, schema)?;
            Some(Monotone {
                falls: !inner.falls,
                everywhere: false,
                ..inner
            })
        }
        _ => None,
    }
}

/// Whether every integer of one type is one of the other.
fn widens(from: &ArrowType, to: &ArrowType) -> bool {
    let bits = |data_type: &ArrowType| data_type.primitive_width().unwrap_or(0);
    if !from.is_integer() || !to.is_integer() {
        return false;
    }
    match (from.is_signed_integer(), to.is_signed_integer()) {
        (true, false) => false,
        (false, true) => bits(from) < bits(to),
        _ => bits(from) <= bits(to),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use arrow::array::AsArray;
    use arrow::datatypes::UInt64Type;

    use super::*;
    use crate::{Engine, EngineOptions, Outcome};

    /// How often each function of `e` is less than it was for an earlier one; the sum.
    #[track_caller]
    fn check_never_falls(functions: &[&str], times: &str) {
        let each = |form: fn(&str) -> String| functions.iter().map(|name| form(name)).collect::<Vec<_>>().join(", ");
        let query = format!(
            "SELECT {} FROM (SELECT {} FROM (SELECT e, {} FROM (SELECT {times})))",
            each(|name| format!("countIf({name} < before_{name}) AS falls_{name}")),
            each(|name| format!("{name}, max({name}) OVER (ORDER BY e) AS before_{name}")),
            each(|name| format!("{name}(e) AS {name}")),
        );
        let engine = Engine::open(EngineOptions::default()).unwrap();
        let Outcome::Rows(mut rows) = engine.session().execute(query.as_bytes(), &BTreeMap::new()).unwrap() else {
            panic!("a query has rows");
        };
        let counts = rows.next().unwrap().unwrap();
        for (name, count) in functions.iter().zip(counts.columns()) {
            assert_eq!(count.as_primitive::<UInt64Type>().value(0), 0, "{name} of {times}");
        }
    }

    #[test]
    fn functions_of_time_never_fall() {
        let zones = [
            "UTC",
            "Europe/Berlin",
            "America/New_York",
            "Australia/Lord_Howe",
            "Pacific/Apia",
            "Africa/Casablanca",
        ];
        for zone in zones {
            let times = [
                format!("toDateTime(number * 1435031, '{zone}') AS e FROM numbers(2993)"),
                // Nights in which clocks are set back or forward.
                format!("toDateTime(1572130800 + number * 61, '{zone}') AS e FROM numbers(300)"),
                format!("toDateTime(1586005200 + number * 61, '{zone}') AS e FROM numbers(300)"),
                format!("toDateTime(1617411600 + number * 61, '{zone}') AS e FROM numbers(300)"),
                format!("toDateTime(number * 601, '{zone}') AS e FROM numbers(300)"),
            ];
            times
                .iter()
                .for_each(|times| check_never_falls(RISING_WITH_TIME, times));
        }
        let of_days = [
            "toDate",
            "toLastDayOfMonth",
            "toMonday",
            "toStartOfDay",
            "toStartOfMonth",
            "toStartOfQuarter",
            "toStartOfYear",
            "toUnixTimestamp",
            "toYYYYMM",
            "toYYYYMMDD",
            "toYear",
        ];
        check_never_falls(&of_days, "toDate(number * 13) AS e FROM numbers(5042)");
    }
}
