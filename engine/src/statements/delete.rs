//! DELETE FROM … WHERE, and the same as ALTER TABLE … DELETE. Done when the statement returns, whatever
//! `lightweight_deletes_sync` and `mutations_sync` say.

use std::collections::HashSet;

use arrow::array::Array;
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::utils::split_conjunction_owned;
use datafusion::logical_expr::{Expr, LogicalPlan};
use gristmill_sql::Code;
use gristmill_sql::parser::{Delete, PartitionName};
use gristmill_sql::types::DataType;
use gristmill_storage::{BoxError, Doomed, PartSet};
use sqlparser::ast;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::search::{Filter, Surroundings, has_subquery};
use crate::table::prune::prune;
use crate::table::{MergeTreeTable, TableDefinition, partition_id};

/// Most values of an `IN (SELECT …)`.
const SET_VALUES_MAX: usize = 1_000_000;

/// Marks the rows as deleted: nothing is rewritten, the next merge leaves them out.
pub fn delete(delete: Delete, environment: &Environment) -> Result<Outcome> {
    let (database, name) = environment.resolve(&delete.table);
    let table = environment.engine.catalog().table(database, name)?;
    mark(&table, delete.partition.as_ref(), &delete.condition, environment)?;
    Ok(Outcome::Done)
}

/// Marks the rows of a table, or of one partition, for which a condition is true. Returns how many there were.
pub fn mark(
    table: &MergeTreeTable,
    partition: Option<&PartitionName>,
    condition: &ast::Expr,
    environment: &Environment,
) -> Result<u64> {
    let definition = &table.definition;
    let partition = match partition {
        Some(partition) => Some(partition_id(definition, partition, environment)?),
        None => None,
    };
    let filters = condition_of(definition, condition, environment)?;
    let find = |parts: &PartSet| matching(table, parts, partition.as_deref(), &filters, environment);
    let find = |parts: &PartSet| find(parts).map_err(BoxError::from);
    let _held = environment.engine.merger().hold(table.uuid);
    let log = environment.engine.part_log();
    let deleted = table.store.delete(find, &|part, instead, took| {
        log.add_replaced(table.name(), part, instead, took);
    });
    Ok(deleted?)
}

/// A condition's conjuncts, ready to be evaluated on each part.
pub fn condition_of(
    definition: &TableDefinition,
    condition: &ast::Expr,
    environment: &Environment,
) -> Result<Vec<Expr>> {
    let condition = environment.plan_expression(condition, &definition.columns)?;
    if !matches!(
        condition.data_type.bare(),
        DataType::UInt8 | DataType::Bool | DataType::Nothing
    ) {
        let message = format!(
            "Illegal type {} of first argument (condition) of function if. Must be UInt8",
            condition.data_type
        );
        return Err(Error::new(Code::ILLEGAL_TYPE_OF_ARGUMENT, message));
    }
    let condition = with_sets(condition.predicate()?, environment)?;
    Ok(split_conjunction_owned(condition))
}

/// The condition with the values of each `IN (SELECT …)` in its place.
fn with_sets(condition: Expr, environment: &Environment) -> Result<Expr> {
    let filled = condition.transform_up(|expr| match expr {
        Expr::InSubquery(it) if it.subquery.outer_ref_columns.is_empty() => {
            let list = values(&it.subquery.subquery, environment)?;
            Ok(Transformed::yes(Expr::InList(InList {
                expr: it.expr,
                list,
                negated: it.negated,
            })))
        }
        other => Ok(Transformed::no(other)),
    })?;
    match has_subquery(&filled.data) {
        true => Err(Error::not_implemented(
            "A correlated subquery in the condition of DELETE or UPDATE",
        )),
        false => Ok(filled.data),
    }
}

/// The values of a query's only column, without NULL: nothing is equal to it.
fn values(query: &LogicalPlan, environment: &Environment) -> Result<Vec<Expr>> {
    let executor = environment.engine.executor();
    let batches = executor.collect(query, &environment.state(), environment.query_state())?;
    let mut values = HashSet::new();
    for batch in batches {
        let column = batch.column(0);
        for row in (0..column.len()).filter(|row| column.is_valid(*row)) {
            values.insert(ScalarValue::try_from_array(column, row)?);
        }
        if values.len() > SET_VALUES_MAX {
            let message = format!("IN (SELECT …) gives more than {SET_VALUES_MAX} values");
            return Err(Error::new(Code::SET_SIZE_LIMIT_EXCEEDED, message));
        }
    }
    Ok(values.into_iter().map(|value| Expr::Literal(value, None)).collect())
}

/// The rows of each part for which all conjuncts are true.
pub fn matching(
    table: &MergeTreeTable,
    parts: &PartSet,
    partition: Option<&str>,
    filters: &[Expr],
    environment: &Environment,
) -> Result<Vec<Doomed>> {
    environment.stop.check()?;
    let Some(filter) = Filter::new(filters, &table.definition.stored)? else {
        return Ok(Vec::new());
    };
    let around = Surroundings::of(environment);
    let pruned = prune(table, parts, filters)?.parts.into_iter();
    let meant = pruned.filter(|part| partition.is_none_or(|id| part.part.name().partition_id == id));
    let doomed = meant.map(|part| {
        let rows = filter.mask(&part, &around)?;
        Ok(Doomed {
            rows: rows.as_ref().clone(),
            part: part.part,
        })
    });
    doomed.collect()
}
