//! `TTL expression` of a column: when its values expire.
//!
//! Values stay visible until a merge writes the column's default in their place, as in ClickHouse.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::cast;
use arrow::compute::kernels::cmp::distinct;
use arrow::compute::kernels::zip::zip;
use arrow::row::{RowConverter, SortField};
use gristmill_sql::Code;
use gristmill_sql::analyzer::{Column, ColumnKind};
use gristmill_sql::parser::{ColumnDefinition, CreateTable, TtlAction, TtlElement, parse_expression};
use gristmill_sql::types::{DataType, absent_column};
use gristmill_storage::{ChangedValues, Part};
use sqlparser::ast;

use crate::error::{Error, Result};
use crate::table::expression::TableExpression;
use crate::table::is_stored;
use crate::table::kept::is_stable;
use crate::table::ttl::{BATCH_ROWS, Ttl, expired_condition, times};

/// When the values of one column expire, and what takes their place.
#[derive(Clone, Debug)]
pub struct ColumnTtl {
    /// The column.
    pub column: String,
    data_type: DataType,
    rule: Ttl,
    /// What DEFAULT or MATERIALIZED says; else it is the type's default.
    default: Option<TableExpression>,
    /// Whether the default is the same each time, so that one can tell the values that it has taken the place of.
    is_stable: bool,
}

impl ColumnTtl {
    /// Those of all stored columns of a CREATE statement, checked. `is_key` tells columns that rows are sorted or parted
    /// by; `expression` types one over the table's columns, `default` one of a column of some type.
    pub fn all(
        create: &CreateTable,
        columns: &[Column],
        is_key: impl Fn(&str) -> bool,
        expression: impl Fn(&ast::Expr) -> Result<TableExpression>,
        default: impl Fn(&ast::Expr, &DataType) -> Result<TableExpression>,
    ) -> Result<Vec<Self>> {
        let mut rules = Vec::new();
        for (definition, column) in create.columns.iter().zip(columns) {
            let Some(time) = &definition.ttl else {
                continue;
            };
            if is_key(&column.name) {
                let message = format!("Trying to set TTL for key column {}", column.name);
                return Err(Error::new(Code::ILLEGAL_COLUMN, message));
            }
            let rule = Ttl::new(&element(time), create, &expression)?;
            // The others have nothing that could expire.
            if is_stored(column) {
                rules.push(Self::new(definition, column, columns, rule, &default)?);
            }
        }
        Ok(rules)
    }

    fn new(
        definition: &ColumnDefinition,
        column: &Column,
        columns: &[Column],
        rule: Ttl,
        typed: impl Fn(&ast::Expr, &DataType) -> Result<TableExpression>,
    ) -> Result<Self> {
        let default = column.expression.as_deref().map(parse_expression).transpose()?;
        let is_stable = default.as_ref().is_none_or(is_stable);
        let ephemeral = columns.iter().filter(|other| other.kind == ColumnKind::Ephemeral);
        let names = default.as_ref().map(crate::table::names_in).unwrap_or_default();
        if ephemeral.into_iter().any(|other| names.contains(&other.name)) {
            let what = format!(
                "TTL of column {}, whose DEFAULT reads an EPHEMERAL one,",
                definition.name
            );
            return Err(Error::not_implemented(what));
        }
        Ok(Self {
            column: column.name.clone(),
            data_type: column.data_type.clone(),
            rule,
            default: default.as_ref().map(|it| typed(it, &column.data_type)).transpose()?,
            is_stable,
        })
    }

    /// As it is told from others: by its column, its time and its default.
    pub fn text(&self) -> String {
        let default = self.default.as_ref().map_or("", |default| &default.text);
        format!("{} {} {default}", self.column, self.rule.text())
    }

    /// The condition that rows whose values have expired at a time fulfil.
    pub fn expired_condition(&self, now: i64) -> Result<ast::Expr> {
        expired_condition(std::slice::from_ref(&self.rule), now)
    }

    /// Columns that say when values expire.
    pub fn time_sources(&self) -> impl Iterator<Item = &String> {
        self.rule.sources()
    }

    /// Columns that are read to know the new values.
    fn sources(&self) -> impl Iterator<Item = &String> {
        let default = self.default.iter().flat_map(|default| &default.sources);
        self.rule.sources().chain(default).chain([&self.column])
    }

    /// The default of each row.
    fn defaults(&self, batch: &RecordBatch, like: &ArrayRef) -> Result<ArrayRef> {
        let values = match &self.default {
            Some(default) => default.evaluate(batch)?,
            None => absent_column(&self.data_type, batch.num_rows()),
        };
        Ok(cast(&values, like.data_type())?)
    }

    /// The column's values in rows that have it, and which of them have expired at a time.
    fn expired(&self, batch: &RecordBatch, now: i64) -> Result<BooleanArray> {
        let times = times(std::slice::from_ref(&self.rule), batch)?;
        let is_over = |time: Option<i64>| time.is_some_and(|time| time <= now);
        Ok(times.into_iter().map(|time| Some(is_over(time))).collect())
    }

    /// The first time at which a value of the part goes that is not its default yet.
    fn first(&self, part: &Part) -> Result<Option<i64>> {
        let columns: Vec<&str> = self.sources().map(String::as_str).collect();
        let mut first = None;
        for batch in part.read(&columns, &part.alive(), BATCH_ROWS)? {
            let batch = batch?;
            let values = batch.column_by_name(&self.column).expect("it was asked for");
            let differs = differs(values, &self.defaults(&batch, values)?)?;
            let times = times(std::slice::from_ref(&self.rule), &batch)?;
            let waiting = times.into_iter().zip(differs.iter());
            let waiting = waiting.filter_map(|(time, differs)| time.filter(|_| differs == Some(true)));
            first = first.into_iter().chain(waiting).min();
        }
        Ok(first)
    }
}

/// Where two columns of one type are not the same.
fn differs(values: &ArrayRef, others: &ArrayRef) -> Result<BooleanArray> {
    if !values.data_type().is_nested() {
        return Ok(distinct(values, others)?);
    }
    let converter = RowConverter::new(vec![SortField::new(values.data_type().clone())])?;
    let (values, others) = (
        converter.convert_columns(std::slice::from_ref(values))?,
        converter.convert_columns(std::slice::from_ref(others))?,
    );
    let pairs = values.iter().zip(others.iter());
    Ok(pairs.map(|(value, other)| Some(value != other)).collect())
}

/// The TTL of a column as an element of a table's.
fn element(time: &ast::Expr) -> TtlElement {
    TtlElement {
        expression: time.clone(),
        action: TtlAction::Delete,
        condition: None,
    }
}

/// Puts defaults in the place of the values that have expired at a time, for the store; None without rules.
pub fn without_expired(rules: &[ColumnTtl], now: i64) -> Option<ChangedValues> {
    let rules = rules.to_vec();
    (!rules.is_empty()).then(|| ChangedValues {
        columns: rules.iter().map(|rule| rule.column.clone()).collect(),
        change: Arc::new(move |batch| {
            let schema = batch.schema();
            let mut columns = batch.columns().to_vec();
            for rule in &rules {
                let expired = rule.expired(batch, now)?;
                if expired.true_count() == 0 {
                    continue;
                }
                let place = schema.index_of(&rule.column)?;
                // Made of what is written for the columns before.
                let current = RecordBatch::try_new(schema.clone(), columns.clone())?;
                let defaults = rule.defaults(&current, &columns[place])?;
                columns[place] = zip(&expired, &defaults, &columns[place])?;
            }
            Ok(RecordBatch::try_new(schema, columns)?)
        }),
    })
}

/// When the first value of a part goes that no merge has put a default in the place of; None if none ever does. Values
/// with a default that is another one each time are not waited for: they go with the next merge.
pub fn first_expiry(rules: &[ColumnTtl], part: &Part) -> Result<Option<i64>> {
    let mut first = None;
    for rule in rules.iter().filter(|rule| rule.is_stable) {
        first = first.into_iter().chain(rule.first(part)?).min();
    }
    Ok(first)
}
