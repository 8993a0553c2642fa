//! ALTER TABLE … INDEX: the definition. What becomes of the index in each part is a mutation.

use gristmill_sql::Code;
use gristmill_sql::analyzer::substitute_parameters;
use gristmill_sql::parser::{IndexDefinition, Position};

use super::draft::Draft;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::table::name_taken;

/// Adds an index to the definition; parts are left as they are.
pub fn add(
    draft: &mut Draft<'_>,
    mut index: IndexDefinition,
    position: &Position,
    if_not_exists: bool,
    environment: &Environment,
) -> Result<()> {
    for expression in index.expressions_mut() {
        substitute_parameters(expression, &environment.context())?;
    }
    let indexes = &mut draft.create.indexes;
    if indexes.iter().any(|other| other.name == index.name) {
        return match if_not_exists {
            true => Ok(()),
            false => Err(name_taken(&index.name)),
        };
    }
    let at = match position {
        Position::Last => indexes.len(),
        Position::First => 0,
        Position::After(other) => {
            let found = indexes.iter().position(|index| index.name == *other);
            1 + found.ok_or_else(|| wrong_name(other, "to insert after"))?
        }
    };
    indexes.insert(at, index);
    Ok(())
}

fn wrong_name(index: &str, purpose: &str) -> Error {
    let message = format!("Wrong index name. Cannot find index `{index}` {purpose}.");
    Error::new(Code::BAD_ARGUMENTS, message)
}

/// Drops an index from the definition; it goes from all parts, too, as nobody would ask for it again.
pub fn drop_one(draft: &mut Draft<'_>, name: &str, if_exists: bool) -> Result<()> {
    let before = draft.create.indexes.len();
    draft.create.indexes.retain(|other| other.name != name);
    if draft.create.indexes.len() == before {
        return match if_exists {
            true => Ok(()),
            false => Err(wrong_name(name, "to drop")),
        };
    }
    draft.dropped_indexes.push(name.to_owned());
    Ok(())
}
