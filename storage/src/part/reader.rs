//! Streaming batches out of a part.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::Result;

/// Batches of the asked columns and rows, in row order.
pub struct PartReader {}

impl PartReader {
    /// Schema of the batches.
    pub fn schema(&self) -> &SchemaRef {
        todo!()
    }
}

impl Iterator for PartReader {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Result<RecordBatch>> {
        todo!()
    }
}
