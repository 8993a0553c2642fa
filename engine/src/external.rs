//! External tables: data that a client sends with a statement, in the statement a temporary table.
//!
//! They are no statements of the client: no list and no log shows how they are made, and `readonly` does not forbid it.

use std::collections::BTreeMap;
use std::time::Instant;

use gristmill_sql::parser::parse;
use gristmill_sql::types::back_quote_if_needed;

use crate::error::Result;
use crate::formats::HeaderColumn;
use crate::outcome::{Insert, Outcome, guarded};
use crate::session::{Session, dispatch};
use crate::table_functions::structure;

/// Columns as a client declares them: `id UInt32, name String`.
pub fn columns_of_structure(text: &str) -> Result<Vec<HeaderColumn>> {
    structure::parse(text)
}

/// Columns of which a client gives the types alone, `UInt32, String`: they are called `_1`, `_2`.
pub fn columns_of_types(text: &str) -> Result<Vec<HeaderColumn>> {
    structure::parse_types(text)
}

impl Session {
    /// Makes a table of these columns, which the next statements see as a temporary one. Its rows go into what this gives.
    pub fn external_table(&mut self, name: &str, columns: &[HeaderColumn]) -> Result<Insert> {
        let quoted = back_quote_if_needed(name);
        let columns: Vec<String> = columns
            .iter()
            .map(|column| format!("{} {}", back_quote_if_needed(&column.name), column.data_type))
            .collect();
        self.run_own(&format!("CREATE TEMPORARY TABLE {quoted} ({})", columns.join(", ")))?;
        match self.run_own(&format!("INSERT INTO {quoted} FORMAT Native"))? {
            Outcome::Insert(insert) => Ok(insert),
            _ => unreachable!("an INSERT without data waits for some"),
        }
    }

    /// Takes a table away that [`Session::external_table`] has made.
    pub fn drop_external_table(&mut self, name: &str) -> Result<()> {
        let drop = format!("DROP TEMPORARY TABLE IF EXISTS {}", back_quote_if_needed(name));
        self.run_own(&drop)?;
        Ok(())
    }

    fn run_own(&self, text: &str) -> Result<Outcome> {
        guarded(|| {
            let (parsed, _) = parse(text.as_bytes(), &BTreeMap::new())?;
            let environment = self.environment(&[])?;
            let mut outcome = dispatch(parsed.statement, &environment, Instant::now())?;
            if let Outcome::Insert(insert) = &mut outcome {
                insert.settings = environment.settings;
            }
            Ok(outcome)
        })
    }
}
