//! Vectors that parts do not hold: those of an expression that an index is over, computed for the rows that are compared.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use gristmill_index::exact;
use gristmill_index::{RowSet, Vectors};
use gristmill_storage::{Part, RowRanges};

use super::mask::rows_of;
use super::part::{Near, PartSearch, check_sizes};
use crate::error::Result;
use crate::table::{MergeTreeTable, TableExpression};

/// Rows whose vectors are computed at a time.
const BATCH_ROWS: usize = 8192;
/// Rows that are a piece of work for one thread.
const PIECE_ROWS: usize = 32_768;

/// The expression of a table's vector index that an expression over its unqualified columns is.
pub fn indexed_expression(
    expr: &datafusion::logical_expr::Expr,
    table: &MergeTreeTable,
) -> Option<Arc<TableExpression>> {
    let indexes = table.definition.vector_indexes();
    let mut expressions = indexes.flat_map(|(index, _)| &index.expressions);
    let found = expressions.find(|expression| expression.column.is_none() && expression.is(expr));
    found.cloned().map(Arc::new)
}

impl PartSearch<'_> {
    /// Compares the values that an expression has in every matching row: their rows, keys, and that these are exact.
    pub fn computed_exactly(
        &self,
        part: &Part,
        mask: Option<&RowSet>,
        expression: &TableExpression,
    ) -> Result<Vec<(u32, f64, bool)>> {
        let rows: Vec<u32> = mask.map_or_else(|| (0..rows_of(part)).collect(), |mask| mask.iter().collect());
        let pieces: Vec<&[u32]> = rows.chunks(PIECE_ROWS).collect();
        let found = self.map(pieces.len(), |piece| {
            self.computed_piece(part, pieces[piece], expression)
        })?;
        let mut found = found.concat();
        self.keep_nearest(&mut found);
        Ok(found)
    }

    fn computed_piece(&self, part: &Part, rows: &[u32], expression: &TableExpression) -> Result<Vec<(u32, f64, bool)>> {
        let sources: Vec<&str> = expression.sources.iter().map(String::as_str).collect();
        let ranges = RowRanges::from_rows(rows.iter().copied().map(u64::from));
        let query = self.exact_query();
        let (mut found, mut done) = (Vec::new(), 0);
        for batch in part.read(&sources, &ranges, BATCH_ROWS)? {
            let batch = batch?;
            self.around.stop.check()?;
            let bytes = batch.get_array_memory_size() as u64;
            self.around.progress.add_read(batch.num_rows() as u64, bytes);
            let values = expression.evaluate(&batch)?;
            if let Some(vectors) = self.vectors(&values)? {
                let hits = self.unless_stopped(exact::nearest(&query, &[(0, vectors)], None, &self.workers))?;
                found.extend(hits.iter().map(|hit| (rows[done + hit.row as usize], hit.key, true)));
                self.keep_nearest(&mut found);
            }
            done += batch.num_rows();
        }
        Ok(found)
    }

    fn keep_nearest(&self, found: &mut Vec<(u32, f64, bool)>) {
        found.sort_unstable_by(|left, right| left.1.total_cmp(&right.1).then(left.0.cmp(&right.0)));
        found.truncate(self.search.rows);
    }

    /// The keys of rows by the SQL function, over an expression.
    pub fn computed_rescore(&self, part: &Part, rows: &mut [&mut Near], expression: &TableExpression) -> Result<()> {
        rows.sort_unstable_by_key(|near| near.row);
        let sources: Vec<&str> = expression.sources.iter().map(String::as_str).collect();
        let numbers: Vec<u32> = rows.iter().map(|near| near.row).collect();
        let batch = part.read_rows(&sources, &numbers)?;
        let bytes = batch.get_array_memory_size() as u64;
        self.around.progress.add_read(batch.num_rows() as u64, bytes);
        let values = expression.evaluate(&batch)?;
        let Some(vectors) = self.vectors(&values)? else {
            return Ok(());
        };
        let query = self.exact_query();
        for (place, near) in rows.iter_mut().enumerate() {
            near.key = exact::key(&query, &vectors, place);
            near.exact = true;
        }
        Ok(())
    }

    /// Computed values as vectors of the reference's length; None if that is 0.
    fn vectors<'a>(&self, values: &'a ArrayRef) -> Result<Option<Vectors<'a>>> {
        for length in values.as_list::<i32>().offsets().lengths() {
            check_sizes(self.search, length, self.numbers.len())?;
        }
        match self.numbers.is_empty() || values.is_empty() {
            true => Ok(None),
            false => Ok(Some(Vectors::from_array(values, self.numbers.len())?)),
        }
    }
}
