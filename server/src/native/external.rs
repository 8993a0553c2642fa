//! External tables: data that a client sends with its query, in the query a temporary table.

use gristmill_engine::{Insert, Session};
use gristmill_sql::{Code, Error, Result};

use super::block::Block;
use super::convert::to_header;
use crate::formats::FormatSettings;

/// Tables that one query may bring.
const TABLES_MAX: usize = 1000;

/// The tables of one query.
#[derive(Default)]
pub struct ExternalTables {
    tables: Vec<(String, Insert)>,
    names: Vec<String>,
}

impl ExternalTables {
    /// Adds a block to the table of this name, which may be a new one.
    pub fn add(&mut self, name: String, block: Block, session: &mut Session) -> Result<()> {
        if !self.names.contains(&name) {
            if self.names.len() == TABLES_MAX {
                let message = format!("A query brings more than {TABLES_MAX} tables");
                return Err(Error::new(Code::TOO_LARGE_ARRAY_SIZE, message));
            }
            let insert = session.external_table(&name, &block.header)?;
            self.tables.push((name.clone(), insert));
            self.names.push(name.clone());
        }
        if block.rows == 0 {
            return Ok(());
        }
        let found = self.tables.iter_mut().find(|(known, _)| *known == name);
        let (_, insert) = found.expect("it was added before");
        let batch = to_header(&block, &insert.header, &FormatSettings::default())?;
        Ok(insert.write(batch)?)
    }

    /// All blocks are there: from here on the query sees them.
    pub fn finish(&mut self) -> Result<()> {
        for (_, insert) in self.tables.drain(..) {
            insert.finish()?;
        }
        Ok(())
    }

    /// Takes the tables away after the query.
    pub fn drop_from(self, session: &mut Session) {
        for name in self.names {
            if let Err(error) = session.drop_external_table(&name) {
                tracing::warn!("Cannot drop the external table {name}: {error}");
            }
        }
    }
}
