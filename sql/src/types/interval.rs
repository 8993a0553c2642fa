//! IntervalDay and the others: a number of calendar or clock units. No column is stored as one.

use std::fmt;

use super::{DataType, TypeEntry};

/// What an interval counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the variants are the units' names")]
pub enum IntervalUnit {
    Nanosecond,
    Microsecond,
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl fmt::Display for IntervalUnit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self:?}")
    }
}

macro_rules! entry {
    ($constant:ident, $unit:ident) => {
        #[doc = concat!("The family Interval", stringify!($unit), ".")]
        pub(super) const $constant: TypeEntry = TypeEntry {
            name: concat!("Interval", stringify!($unit)),
            aliases: &[],
            case_insensitive: false,
            parse: |arguments| arguments.none(DataType::Interval(IntervalUnit::$unit)),
        };
    };
}

entry!(NANOSECOND, Nanosecond);
entry!(MICROSECOND, Microsecond);
entry!(MILLISECOND, Millisecond);
entry!(SECOND, Second);
entry!(MINUTE, Minute);
entry!(HOUR, Hour);
entry!(DAY, Day);
entry!(WEEK, Week);
entry!(MONTH, Month);
entry!(QUARTER, Quarter);
entry!(YEAR, Year);
