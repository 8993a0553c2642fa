//! `CONSTRAINT … CHECK`: conditions that rows of an INSERT fulfil.

use arrow::datatypes::SchemaRef;
use gristmill_sql::Code;
use gristmill_sql::analyzer::Column;
use gristmill_sql::parser::{ConstraintDefinition, CreateTable};

use crate::environment::Environment;
use crate::error::Result;
use crate::table::expression::TableExpression;

/// What a constraint is refused for when it is made: names that are no columns, and what is not built.
const LASTING_FAULTS: [Code; 3] = [
    Code::UNKNOWN_IDENTIFIER,
    Code::NOT_IMPLEMENTED,
    Code::ILLEGAL_AGGREGATION,
];

/// A `CONSTRAINT … CHECK`.
#[derive(Clone, Debug)]
pub struct Constraint {
    /// Name.
    pub name: String,
    /// The condition.
    pub expression: TableExpression,
}

/// Checks the conditions of a new table. Each INSERT plans them anew, and tells what else is wrong with them. `held` are
/// the columns that parts hold.
pub fn check_constraints(
    create: &CreateTable,
    held: &[Column],
    stored: &SchemaRef,
    environment: &Environment,
) -> Result<()> {
    for constraint in &create.constraints {
        match TableExpression::new(&constraint.expression, held, stored, environment) {
            Err(error) if LASTING_FAULTS.contains(&error.code()) => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The conditions as this session's INSERT checks them: `now()` is the time of the INSERT.
pub fn constraints(
    create: &CreateTable,
    columns: &[Column],
    stored: &SchemaRef,
    environment: &Environment,
) -> Result<Vec<Constraint>> {
    // What ASSUME says is believed.
    let checked = create.constraints.iter().filter(|constraint| !constraint.assume);
    let constraint = |definition: &ConstraintDefinition| {
        Ok(Constraint {
            name: definition.name.clone(),
            expression: TableExpression::new(&definition.expression, columns, stored, environment)?,
        })
    };
    checked.map(constraint).collect()
}
