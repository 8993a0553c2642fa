//! The callback through which the store evaluates a table's key and index expressions.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Field, FieldRef};
use gristmill_storage::{BoxError, Conversion, KeyEvaluator, MissingColumn};

use crate::table::older_parts::OlderParts;
use crate::table::{TableDefinition, TableExpression, TableIndex};

/// A definition's expressions, as the store wants them.
pub struct Keys {
    definition: Arc<TableDefinition>,
    sorting_columns: Vec<String>,
    index_columns: Vec<Vec<String>>,
    partition_fields: Vec<FieldRef>,
    expiry: String,
    older_parts: OlderParts,
}

impl Keys {
    /// The keys of a table.
    pub fn new(definition: Arc<TableDefinition>) -> Self {
        let sources = |index: &TableIndex| index.sources().into_iter().map(str::to_owned).collect();
        Self {
            expiry: definition.expiry_text(),
            sorting_columns: definition.sorting_key_sources(),
            index_columns: definition.indexes.iter().map(sources).collect(),
            partition_fields: definition.partition_fields(),
            older_parts: OlderParts::new(&definition.columns),
            definition,
        }
    }
}

fn evaluate(key: &[TableExpression], batch: &RecordBatch) -> Result<Vec<ArrayRef>, BoxError> {
    key.iter()
        .map(|expression| expression.evaluate(batch).map_err(BoxError::from))
        .collect()
}

impl KeyEvaluator for Keys {
    fn sorting_key(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>, BoxError> {
        evaluate(&self.definition.sorting_key, batch)
    }

    fn sorting_columns(&self) -> &[String] {
        &self.sorting_columns
    }

    fn primary_key_len(&self) -> usize {
        self.definition.primary_key_len
    }

    fn partition_key(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>, BoxError> {
        evaluate(&self.definition.partition_key, batch)
    }

    fn partition_fields(&self) -> &[FieldRef] {
        &self.partition_fields
    }

    fn partition_columns(&self) -> &[String] {
        &self.definition.partition_columns
    }

    fn index_input(&self, index: usize, batch: &RecordBatch) -> Result<Vec<ArrayRef>, BoxError> {
        evaluate(&self.definition.indexes[index].expressions, batch)
    }

    fn index_columns(&self, index: usize) -> &[String] {
        &self.index_columns[index]
    }

    fn expiry(&self) -> &str {
        &self.expiry
    }

    fn missing_column(&self, column: &str, held: &dyn Fn(&str) -> bool) -> Result<MissingColumn, BoxError> {
        Ok(self.older_parts.missing_column(column, held)?)
    }

    fn conversion(&self, column: &str, stored: &Field) -> Result<Conversion, BoxError> {
        Ok(self.older_parts.conversion(column, stored)?)
    }
}
