//! ALTER TABLE … UPDATE. Done when the statement returns, whatever `mutations_sync` says.

use std::collections::BTreeSet;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::cast;
use gristmill_sql::Code;
use gristmill_sql::analyzer::ColumnKind;
use gristmill_sql::parser::{PartitionName, format_expression, parse_expression};
use gristmill_storage::{BoxError, PartSet, UpdateJob};
use sqlparser::ast;

use super::delete::{condition_of, matching};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::table::{MergeTreeTable, TableDefinition, TableExpression, partition_id};

/// Gives columns new values in the rows for which a condition is true. MATERIALIZED columns follow.
pub fn update(
    table: &MergeTreeTable,
    assignments: &[(String, ast::Expr)],
    partition: Option<&PartitionName>,
    condition: &ast::Expr,
    environment: &Environment,
) -> Result<()> {
    let definition = &table.definition;
    let partition = match partition {
        Some(partition) => Some(partition_id(definition, partition, environment)?),
        None => None,
    };
    let filters = condition_of(definition, condition, environment)?;
    let steps = Steps::new(definition, assignments, condition, environment)?;
    let find = |parts: &PartSet| {
        let found = matching(table, parts, partition.as_deref(), &filters, environment);
        let parts = found.map(|found| {
            found
                .into_iter()
                .filter(|found| found.rows.count() > 0)
                .map(|found| found.part)
        });
        parts.map(Iterator::collect).map_err(BoxError::from)
    };
    let job = UpdateJob {
        columns: &steps.changed,
        change: &|batch| steps.apply(batch).map_err(BoxError::from),
        threads: environment.engine.executor().query_threads(&environment.settings),
        stopped: &|| environment.stop.is_up(),
    };
    let log = environment.engine.part_log();
    let updated = table.store.update(find, &job, &|part, instead, took| {
        log.add_replaced(table.name(), part, instead, took);
    });
    updated.map_err(|error| environment.stop.check().err().unwrap_or_else(|| error.into()))
}

/// The new values, in an order in which each finds what it depends on.
struct Steps {
    /// All with the old values as input.
    assigned: Vec<(usize, TableExpression)>,
    /// MATERIALIZED columns, with the new values as input.
    materialized: Vec<(usize, TableExpression)>,
    changed: Vec<String>,
}

impl Steps {
    fn new(
        definition: &TableDefinition,
        assignments: &[(String, ast::Expr)],
        condition: &ast::Expr,
        environment: &Environment,
    ) -> Result<Self> {
        let mut assigned = Vec::new();
        let mut changed: BTreeSet<String> = BTreeSet::new();
        for (name, value) in assignments {
            if !changed.insert(name.clone()) {
                let message = format!("Multiple assignments in the single statement to column `{name}`");
                return Err(Error::new(Code::MULTIPLE_ASSIGNMENTS_TO_COLUMN, message));
            }
            assigned.push(assign(definition, name, value, condition, environment)?);
        }
        let mut materialized = Vec::new();
        loop {
            let follows = definition
                .columns
                .iter()
                .filter(|column| column.kind == ColumnKind::Materialized);
            let mut follows = follows.filter(|column| !changed.contains(&column.name));
            let next = follows.find_map(|column| {
                let expression = expression_of(definition, &column.name, environment).ok()?;
                let depends = expression.1.sources.iter().any(|source| changed.contains(source));
                depends.then(|| (column.name.clone(), expression))
            });
            let Some((name, expression)) = next else { break };
            materialized.push(expression);
            changed.insert(name);
        }
        let keys = [&definition.sorting_key_sources(), &definition.partition_columns];
        match changed.iter().find(|name| keys.iter().any(|key| key.contains(name))) {
            Some(key) => Err(cannot("key", key)),
            None => Ok(Self {
                assigned,
                materialized,
                changed: changed.into_iter().collect(),
            }),
        }
    }

    fn apply(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let schema = batch.schema();
        let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
        for (position, expression) in &self.assigned {
            columns[*position] = cast(&expression.evaluate(batch)?, schema.field(*position).data_type())?;
        }
        for (position, expression) in &self.materialized {
            let input = RecordBatch::try_new(schema.clone(), columns.clone())?;
            columns[*position] = cast(&expression.evaluate(&input)?, schema.field(*position).data_type())?;
        }
        Ok(RecordBatch::try_new(schema, columns)?)
    }
}

/// `if(condition, value, column)` in the column's type.
fn assign(
    definition: &TableDefinition,
    name: &str,
    value: &ast::Expr,
    condition: &ast::Expr,
    environment: &Environment,
) -> Result<(usize, TableExpression)> {
    let column = definition
        .column(name)
        .filter(|column| column.kind != ColumnKind::Alias);
    let Some(column) = column.filter(|column| column.kind != ColumnKind::Ephemeral) else {
        let message = format!("There is no column `{name}` in table.");
        return Err(Error::new(Code::NO_SUCH_COLUMN_IN_TABLE, message));
    };
    if column.kind == ColumnKind::Materialized {
        return Err(cannot("materialized", name));
    }
    let (value, condition) = (format_expression(value), format_expression(condition));
    let data_type = gristmill_sql::parser::quote_string(&column.data_type.to_string());
    let name = gristmill_sql::types::back_quote_if_needed(name);
    let text = format!("if(({condition}), _CAST(({value}), {data_type}), {name})");
    let position = definition.stored.index_of(&column.name)?;
    let (columns, stored) = (&definition.columns, &definition.stored);
    let expression = TableExpression::cast(
        &parse_expression(&text)?,
        &column.data_type,
        columns,
        stored,
        environment,
    )?;
    Ok((position, expression))
}

/// A MATERIALIZED column's position and value.
fn expression_of(
    definition: &TableDefinition,
    name: &str,
    environment: &Environment,
) -> Result<(usize, TableExpression)> {
    let column = definition.column(name).expect("the caller took it from the table");
    let text = column.expression.as_deref().expect("such columns have an expression");
    let (columns, stored) = (&definition.columns, &definition.stored);
    let expression = TableExpression::cast(
        &parse_expression(text)?,
        &column.data_type,
        columns,
        stored,
        environment,
    )?;
    Ok((stored.index_of(name)?, expression))
}

fn cannot(kind: &str, column: &str) -> Error {
    Error::new(
        Code::CANNOT_UPDATE_COLUMN,
        format!("Cannot UPDATE {kind} column `{column}`."),
    )
}
