//! DELETE FROM … WHERE, and the conditions of all mutations.

use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::split_conjunction_owned;
use gristmill_sql::Code;
use gristmill_sql::analyzer::{Column, MutationPlace};
use gristmill_sql::parser::Delete;
use gristmill_sql::types::DataType;
use sqlparser::ast;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::mutations::{Sync, of_delete, order};
use crate::outcome::Outcome;
use crate::search::has_subquery;
use crate::table::Relation;

/// Orders the rows to be marked as deleted: nothing is rewritten, the next merge leaves them out.
pub fn delete(delete: Delete, environment: &Environment) -> Result<Outcome> {
    // Temporary tables are not meant, as in ClickHouse; ALTER TABLE … DELETE is for them.
    let (database, name) = environment.resolve_lasting(&delete.table);
    let relation = environment.engine.catalog().relation(database, name)?;
    let Relation::MergeTree(table) = relation else {
        let message = format!("DELETE query is not supported for table {database}.{name}.");
        return Err(Error::new(Code::BAD_ARGUMENTS, message));
    };
    order(&table, vec![of_delete(delete)], Sync::Deletes, environment)?;
    Ok(Outcome::Done)
}

/// A condition's conjuncts over some columns, ready to be evaluated on each part.
pub fn condition_of(
    columns: &[Column],
    condition: &ast::Expr,
    place: MutationPlace,
    environment: &Environment,
) -> Result<Vec<Expr>> {
    let condition = environment.plan_mutation(condition, columns, place)?;
    check_type(&condition.data_type, place)?;
    let condition = condition.predicate()?;
    match has_subquery(&condition) {
        true => Err(Error::not_implemented(
            "A correlated subquery in the condition of DELETE or UPDATE",
        )),
        false => Ok(split_conjunction_owned(condition)),
    }
}

/// ALTER TABLE … DELETE takes any number, as WHERE does; the others compute `if(condition, …)`.
fn check_type(data_type: &DataType, place: MutationPlace) -> Result<()> {
    let bare = data_type.bare();
    let (code, message) = match (place, bare) {
        (_, DataType::UInt8 | DataType::Bool | DataType::Nothing) => return Ok(()),
        (MutationPlace::Deletion, _) if bare.is_decimal() => (
            Code::ILLEGAL_TYPE_OF_COLUMN_FOR_FILTER,
            format!("Invalid type for filter in WHERE: {data_type}"),
        ),
        (MutationPlace::Deletion, _) if bare.is_number() => return Ok(()),
        (MutationPlace::Deletion, _) => (
            Code::BAD_ARGUMENTS,
            "The argument of function isZeroOrNull must have simple numeric type, possibly Nullable or Null".into(),
        ),
        (MutationPlace::Assignment, _) => (
            Code::ILLEGAL_TYPE_OF_ARGUMENT,
            format!("Illegal type {data_type} of first argument (condition) of function if. Must be UInt8"),
        ),
    };
    Err(Error::new(code, message))
}
