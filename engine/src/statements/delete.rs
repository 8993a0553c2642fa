//! DELETE FROM … WHERE, and the same as ALTER TABLE … DELETE. Done when the statement returns, whatever
//! `lightweight_deletes_sync` and `mutations_sync` say.

use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::split_conjunction_owned;
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
    let condition = condition.predicate()?;
    match has_subquery(&condition) {
        true => Err(Error::not_implemented(
            "A correlated subquery in the condition of DELETE or UPDATE",
        )),
        false => Ok(split_conjunction_owned(condition)),
    }
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
