//! MODIFY ORDER BY: keys that say nothing about the rows that are there may follow those that were.

use gristmill_sql::Code;
use gristmill_sql::parser::format_expression;
use sqlparser::ast;

use super::draft::Draft;
use crate::error::{Error, Result};
use crate::table::{default_of, names_in};

/// Takes keys off the end, or adds some that only new columns make: all rows that are there have the same value in them.
pub fn modify(draft: &mut Draft<'_>, keys: Vec<ast::Expr>) -> Result<()> {
    let replaces = draft.before.replacement.is_some();
    let create = &mut draft.create;
    let old = create.order_by.clone().unwrap_or_default();
    // The primary key stays what it is: parts have been written with it.
    create.primary_key.get_or_insert_with(|| old.clone());
    let same = keys
        .iter()
        .zip(&old)
        .take_while(|(key, old)| format_expression(key) == format_expression(old));
    let primary_len = create.primary_key.iter().flatten().count();
    // Where the primary key is no prefix any more, that is what is wrong.
    for key in keys.iter().skip(same.count().max(primary_len)) {
        for name in names_in(key) {
            let column = create.columns.iter().find(|column| column.name == name);
            let message = match column {
                Some(_) if !draft.added.contains(&name) => format!(
                    "Existing column {name} is used in the expression that was added to the sorting key. You can add \
                     expressions that use only the newly added columns."
                ),
                Some(column) if default_of(column).is_some() => format!(
                    "Newly added column {name} has a default expression, so adding expressions that use it to the \
                     sorting key is forbidden."
                ),
                _ => continue,
            };
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        }
    }
    if replaces && keys.len() < old.len() {
        // Rows of parts that were merged by all keys would have to be compared again.
        return Err(Error::not_implemented(
            "MODIFY ORDER BY with fewer keys of a ReplacingMergeTree",
        ));
    }
    create.order_by = Some(keys);
    Ok(())
}
