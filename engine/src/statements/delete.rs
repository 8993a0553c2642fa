//! DELETE FROM … WHERE, and the conditions of all mutations.

use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::split_conjunction_owned;
use gristmill_sql::Code;
use gristmill_sql::parser::Delete;
use gristmill_sql::types::DataType;
use sqlparser::ast;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::mutations::{Sync, of_delete, order};
use crate::outcome::Outcome;
use crate::search::has_subquery;
use crate::table::{Relation, TableDefinition};

/// Orders the rows to be marked as deleted: nothing is rewritten, the next merge leaves them out.
pub fn delete(delete: Delete, environment: &Environment) -> Result<Outcome> {
    let (database, name) = environment.resolve(&delete.table);
    let relation = environment.engine.catalog().relation(database, name)?;
    let Relation::MergeTree(table) = relation else {
        let message = format!("DELETE query is not supported for table {database}.{name}.");
        return Err(Error::new(Code::BAD_ARGUMENTS, message));
    };
    order(&table, vec![of_delete(delete)], Sync::Deletes, environment)?;
    Ok(Outcome::Done)
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
