//! External tables: data that a client sends with its query, in the query a temporary table.

use std::collections::BTreeMap;

use gristmill_engine::{Outcome, Session};
use gristmill_sql::types::back_quote_if_needed;
use gristmill_sql::{Code, Error, Result};

use super::block::Block;
use super::convert::to_header;
use crate::formats::FormatSettings;

/// Tables that one query may bring.
const TABLES_MAX: usize = 1000;

/// The tables of one query.
#[derive(Default)]
pub struct ExternalTables {
    names: Vec<String>,
}

impl ExternalTables {
    /// Adds a block to the table of this name, which may be a new one.
    pub fn add(&mut self, name: String, block: Block, session: &mut Session) -> Result<()> {
        let quoted = back_quote_if_needed(&name).into_owned();
        if !self.names.contains(&name) {
            if self.names.len() == TABLES_MAX {
                let message = format!("A query brings more than {TABLES_MAX} tables");
                return Err(Error::new(Code::TOO_LARGE_ARRAY_SIZE, message));
            }
            let columns: Vec<String> = block
                .header
                .iter()
                .map(|column| format!("{} {}", back_quote_if_needed(&column.name), column.data_type))
                .collect();
            let create = format!("CREATE TEMPORARY TABLE {quoted} ({})", columns.join(", "));
            session.execute(create.as_bytes(), &BTreeMap::new())?;
            self.names.push(name);
        }
        if block.rows == 0 {
            return Ok(());
        }
        let insert = format!("INSERT INTO {quoted} FORMAT Native");
        let Outcome::Insert(mut insert) = session.execute(insert.as_bytes(), &BTreeMap::new())? else {
            unreachable!("an INSERT without data waits for some")
        };
        insert.write(to_header(&block, &insert.header, &FormatSettings::default())?)?;
        insert.finish()?;
        Ok(())
    }

    /// Takes the tables away after the query.
    pub fn drop_from(self, session: &mut Session) {
        for name in self.names {
            let drop = format!("DROP TEMPORARY TABLE IF EXISTS {}", back_quote_if_needed(&name));
            if let Err(error) = session.execute(drop.as_bytes(), &BTreeMap::new()) {
                tracing::warn!("Cannot drop the external table {name}: {error}");
            }
        }
    }
}
