//! Rows that were made for a table as it was, in the columns that it has now.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use gristmill_storage::Error as StorageError;

use crate::error::{Error, Result};
use crate::table::{OlderParts, TableDefinition};

/// The rows with each column under its present name and in its present type, as if they had been in a part when the table
/// was altered.
pub fn converted(rows: &RecordBatch, before: &TableDefinition, now: &TableDefinition) -> Result<RecordBatch> {
    let mut columns = Columns {
        rows,
        before,
        now,
        older: OlderParts::new(&now.columns),
        ready: HashMap::new(),
    };
    let names = now.stored.fields().iter().map(|field| field.name());
    let arrays = names.map(|name| columns.get(name)).collect::<Result<Vec<_>>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    Ok(RecordBatch::try_new_with_options(now.stored.clone(), arrays, &options)?)
}

struct Columns<'a> {
    rows: &'a RecordBatch,
    before: &'a TableDefinition,
    now: &'a TableDefinition,
    older: OlderParts,
    ready: HashMap<String, ArrayRef>,
}

impl Columns<'_> {
    fn get(&mut self, name: &str) -> Result<ArrayRef> {
        if let Some(array) = self.ready.get(name) {
            return Ok(Arc::clone(array));
        }
        let stored = self.now.stored_names.of(name);
        let fields = self.before.stored.fields().iter();
        let mut held = fields.zip(self.rows.columns());
        let array = match held.find(|(field, _)| self.before.stored_names.of(field.name()) == stored) {
            Some((field, values)) if self.now.stored.field_with_name(name).is_ok_and(|it| it == &**field) => {
                values.clone()
            }
            Some((field, values)) => {
                let convert = self.older.conversion(name, field)?;
                convert(values).map_err(|error| Error::of_storage(&StorageError::Evaluate(error)))?
            }
            None => self.missing(name)?,
        };
        self.ready.insert(name.to_owned(), array.clone());
        Ok(array)
    }

    /// A column that was added since.
    fn missing(&mut self, name: &str) -> Result<ArrayRef> {
        let (now, before) = (&self.now.stored_names, &self.before.stored_names);
        let held = |name: &str| {
            let mut fields = self.before.stored.fields().iter();
            fields.any(|field| before.of(field.name()) == now.of(name))
        };
        let column = self.older.missing_column(name, &held)?;
        for source in &column.sources {
            self.get(source)?;
        }
        let lookup = |source: &str| self.ready.get(source).cloned();
        let values = (column.values)(self.rows.num_rows(), &lookup);
        values.map_err(|error| Error::of_storage(&StorageError::Evaluate(error)))
    }
}
