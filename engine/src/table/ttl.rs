//! `TTL expression [DELETE] [WHERE condition]` of a table: when rows expire.
//!
//! Rows stay visible until a merge leaves them out, as in ClickHouse. A rule that gives time 0 never ends a row.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType as ArrowType, Float64Type, Int64Type};
use gristmill_sql::Code;
use gristmill_sql::parser::{CreateTable, TtlAction, TtlElement, parse_expression};
use gristmill_sql::types::DataType;
use gristmill_storage::{Part, RowTest};
use sqlparser::ast;

use crate::error::{Error, Result};
use crate::table::expression::TableExpression;
use crate::table::kept::{first_unstable, reads_tables};
use crate::table::wide_dates::widened;

const SECONDS_PER_DAY: i64 = 86_400;
/// Rows that are looked at together.
pub(super) const BATCH_ROWS: usize = 65_536;

/// One element of a table's TTL.
#[derive(Clone, Debug)]
pub struct Ttl {
    /// As it was written.
    time: TableExpression,
    /// What is computed: times beyond the columns' types do not wrap around.
    wide_time: TableExpression,
    condition: Option<TableExpression>,
}

/// When the rows of a part expire, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// The first of them; None if no row ever does.
    pub first: Option<i64>,
    /// All of them; None if some row never does.
    pub last: Option<i64>,
}

impl Ttl {
    /// All elements of a CREATE statement, checked.
    pub fn all(create: &CreateTable, expression: impl Fn(&ast::Expr) -> Result<TableExpression>) -> Result<Vec<Self>> {
        let without_condition = create.ttl.iter().filter(|element| element.condition.is_none());
        let rules = create.ttl.iter().map(|element| Self::new(element, create, &expression));
        let rules = rules.collect::<Result<Vec<_>>>()?;
        if without_condition.count() > 1 {
            let message = "More than one DELETE TTL expression without WHERE expression is not allowed";
            return Err(bad(message));
        }
        Ok(rules)
    }

    /// One element, checked.
    pub fn new(
        element: &TtlElement,
        create: &CreateTable,
        expression: impl Fn(&ast::Expr) -> Result<TableExpression>,
    ) -> Result<Self> {
        if let TtlAction::Other(text) = &element.action {
            return Err(other_action(text));
        }
        let both = || std::iter::once(&element.expression).chain(&element.condition);
        if reads_tables(&element.expression, create) {
            return Err(Error::new(
                Code::BAD_ARGUMENTS,
                "Key expressions cannot contain subqueries.",
            ));
        }
        if both().any(|expression| reads_tables(expression, create)) {
            return Err(Error::not_implemented("A subquery or a table in a TTL expression"));
        }
        let time = expression(&element.expression)?;
        let text = &time.text;
        if time.sources.is_empty() {
            let message = format!("TTL expression {text} does not depend on any of the columns of the table");
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        }
        if let Some(function) = both().find_map(first_unstable) {
            let message =
                format!("TTL expression cannot contain non-deterministic functions, but contains function {function}");
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        }
        if !time.data_type.is_date_or_date_time() {
            return Err(bad(&format!(
                "TTL expression result column should have Date, Date32, DateTime or DateTime64 type, but has {}",
                time.data_type
            )));
        }
        let condition = element.condition.as_ref().map(&expression).transpose()?;
        let wide = expression(&widened(&element.expression, |part| {
            Some(expression(part).ok()?.data_type)
        }));
        let wide = wide.ok().filter(|wide| wide.data_type.is_date_or_date_time());
        let wide_time = wide.unwrap_or_else(|| time.clone());
        match condition.as_ref().map(|condition| condition.data_type.bare()) {
            Some(other) if !is_condition(other) => Err(bad(&format!(
                "TTL WHERE expression must be a number, but has type {other}"
            ))),
            _ => Ok(Self {
                time,
                wide_time,
                condition,
            }),
        }
    }

    /// As SHOW CREATE prints it.
    pub fn text(&self) -> String {
        match &self.condition {
            Some(condition) => format!("{} WHERE {}", self.time.text, condition.text),
            None => self.time.text.clone(),
        }
    }

    /// Columns that the rule reads.
    pub fn sources(&self) -> impl Iterator<Item = &String> {
        let condition = self.condition.iter().flat_map(|condition| &condition.sources);
        self.time.sources.iter().chain(condition)
    }

    /// Per row when this rule ends it.
    fn times(&self, batch: &RecordBatch) -> Result<Vec<Option<i64>>> {
        let seconds = seconds(&self.wide_time.evaluate(batch)?, &self.wide_time.data_type)?;
        let holds = match &self.condition {
            Some(condition) => Some(truth(&condition.evaluate(batch)?)?),
            None => None,
        };
        let time = |(row, seconds): (usize, i64)| {
            let holds = holds.as_ref().is_none_or(|holds| holds.value(row));
            (holds && seconds != 0).then_some(seconds)
        };
        Ok(seconds.into_iter().enumerate().map(time).collect())
    }
}

/// Per row the first time at which a rule ends it.
pub(super) fn times(rules: &[Ttl], batch: &RecordBatch) -> Result<Vec<Option<i64>>> {
    let mut first = vec![None; batch.num_rows()];
    for rule in rules {
        for (first, time) in first.iter_mut().zip(rule.times(batch)?) {
            *first = [*first, time].into_iter().flatten().min();
        }
    }
    Ok(first)
}

fn columns(rules: &[Ttl]) -> Vec<String> {
    let mut columns: Vec<String> = rules.iter().flat_map(Ttl::sources).cloned().collect();
    columns.sort();
    columns.dedup();
    columns
}

/// Which rows have expired at a time, for the store; None without rules.
pub fn expired_at(rules: &[Ttl], now: i64) -> Option<RowTest> {
    let rules = rules.to_vec();
    (!rules.is_empty()).then(|| RowTest {
        columns: columns(&rules),
        test: Arc::new(move |batch| {
            let times = times(&rules, batch)?;
            Ok(BooleanArray::from_iter(
                times.into_iter().map(|time| Some(time.is_some_and(|time| time <= now))),
            ))
        }),
    })
}

/// When a part's rows expire. Reads the columns that the rules are about.
pub fn expiry(rules: &[Ttl], part: &Part) -> Result<Expiry> {
    let columns = columns(rules);
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut expiry = Expiry {
        first: None,
        last: Some(i64::MIN),
    };
    for batch in part.read(&columns, &part.alive(), BATCH_ROWS)? {
        for time in times(rules, &batch?)? {
            expiry.first = [expiry.first, time].into_iter().flatten().min();
            expiry.last = expiry.last.zip(time).map(|(last, time)| last.max(time));
        }
    }
    Ok(expiry)
}

/// The condition that rows which have expired at a time by one of these rules fulfil.
pub fn expired_condition(rules: &[Ttl], now: i64) -> Result<ast::Expr> {
    let rule = |rule: &Ttl| {
        let time = format!("toDateTime64({}, 0)", rule.wide_time.text);
        let condition = rule.condition.as_ref();
        let condition = condition.map_or(String::new(), |it| format!(" AND ({})", it.text));
        format!("({time} <= toDateTime64({now}, 0) AND {time} != toDateTime64(0, 0){condition})")
    };
    let rules: Vec<String> = rules.iter().map(rule).collect();
    Ok(parse_expression(&rules.join(" OR "))?)
}

/// Whether values of the type are true or false: those that are not 0 are true.
fn is_condition(data_type: &DataType) -> bool {
    let is_other = matches!(data_type, DataType::Bool | DataType::Nothing) || data_type.is_date_or_date_time();
    is_other || data_type.is_integer() || matches!(data_type, DataType::Float32 | DataType::Float64)
}

/// An action that is not there, or one with a disk or volume that is not: there is only `default`.
fn other_action(text: &str) -> Error {
    for (words, what) in [("TO DISK '", "disk"), ("TO VOLUME '", "volume")] {
        match text.strip_prefix(words).and_then(|rest| rest.strip_suffix('\'')) {
            Some(name) if name != "default" => {
                return bad(&format!("No such {what} `{name}` for given storage policy."));
            }
            _ => {}
        }
    }
    let words: Vec<&str> = text.split(' ').take(2).collect();
    Error::not_implemented(format!("TTL … {}", words.join(" ")))
}

fn bad(message: &str) -> Error {
    Error::new(Code::BAD_TTL_EXPRESSION, message)
}

/// Dates begin at midnight of the server's zone, which is UTC.
fn seconds(values: &ArrayRef, data_type: &DataType) -> Result<Vec<i64>> {
    let values = cast(values, &ArrowType::Int64)?;
    let values = values.as_primitive::<Int64Type>().values().iter();
    Ok(match data_type {
        DataType::Date | DataType::Date32 => values.map(|day| day * SECONDS_PER_DAY).collect(),
        DataType::DateTime64(scale, _) => {
            let ticks = 10_i64.pow(u32::from(*scale));
            values.map(|value| value.div_euclid(ticks)).collect()
        }
        _ => values.copied().collect(),
    })
}

fn truth(values: &ArrayRef) -> Result<BooleanArray> {
    let values = cast(values, &ArrowType::Float64)?;
    let values = values.as_primitive::<Float64Type>();
    Ok(BooleanArray::from_iter(
        values.iter().map(|value| Some(value.is_some_and(|value| value != 0.0))),
    ))
}
