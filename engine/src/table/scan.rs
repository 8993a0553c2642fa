//! Reading a table: one stream per share of the rows that pruning left, each part read in order.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::stats::Precision;
use datafusion::common::{Result, Statistics};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};

use crate::error::Error;
use crate::execution::QueryState;
use crate::insert::batch_bytes;
use crate::leaf::leaf_methods;
use crate::table::prune::{Pruning, Selected};
use crate::table::{MergeTreeTable, PartRows, RowsReader};

/// Fewer rows than this are not worth a stream of their own.
const STREAM_ROWS_MIN: u64 = 65_536;

/// The scan of a MergeTree table on one snapshot.
#[derive(Debug)]
pub struct MergeTreeScan {
    table: MergeTreeTable,
    pruning: Pruning,
    selected: Selected,
    /// Rows of parts that each stream reads.
    streams: Vec<Vec<PartRows>>,
    limit: Option<u64>,
    batch_rows: usize,
    properties: Arc<PlanProperties>,
}

impl MergeTreeScan {
    /// Shares what pruning left among at most `streams` streams. `schema` is the projection.
    pub fn new(
        table: &MergeTreeTable,
        schema: SchemaRef,
        pruning: Pruning,
        limit: Option<usize>,
        streams: usize,
        batch_rows: usize,
    ) -> Self {
        let limit = limit.map(|limit| limit as u64);
        let streams = share(&pruning, limit, streams as u64);
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(streams.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        let properties = Arc::new(properties);
        Self {
            table: table.clone(),
            pruning,
            selected: Selected::default(),
            streams,
            limit,
            batch_rows,
            properties,
        }
    }

    /// What is counted of it when it runs.
    pub fn selecting(self, selected: Selected) -> Self {
        Self { selected, ..self }
    }

    fn rows(&self) -> u64 {
        let rows = self.pruning.rows();
        self.limit.map_or(rows, |limit| limit.min(rows))
    }
}

/// Cuts the rows into shares of nearly equal size, in part order; always at least one.
fn share(pruning: &Pruning, limit: Option<u64>, streams_max: u64) -> Vec<Vec<PartRows>> {
    let rows = pruning.rows();
    let wanted = limit.map_or(rows, |limit| limit.min(rows));
    let streams = (wanted / STREAM_ROWS_MIN).clamp(1, streams_max.max(1));
    let share_rows = rows.div_ceil(streams).max(1);
    let mut shares = vec![Vec::new()];
    let mut room = share_rows;
    for part in &pruning.parts {
        // Cut at granules, so that no page is decoded twice.
        let granularity = part.part.index_granularity();
        for rows in part
            .rows
            .split(granularity * (share_rows / 8).div_ceil(granularity).max(1))
        {
            if room == 0 && (shares.len() as u64) < streams {
                shares.push(Vec::new());
                room = share_rows;
            }
            room = room.saturating_sub(rows.count());
            let share = shares.last_mut().expect("there is always a share");
            share.push(part.with_rows(rows));
        }
    }
    shares
}

impl DisplayAs for MergeTreeScan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "MergeTreeScan: {:?}, rows={}", self.table, self.rows())
    }
}

impl ExecutionPlan for MergeTreeScan {
    leaf_methods!("MergeTreeScan");

    fn execute(&self, share: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let schema = self.schema();
        let pieces = self.streams[share].clone().into_iter();
        let query = QueryState::of(&context);
        if let (Some(query), 0) = (&query, share) {
            query.progress.add_total(self.rows());
            self.selected.count(query.progress.events());
        }
        let reader = ShareReader {
            pieces,
            current: None,
            schema: schema.clone(),
            left: self.limit.unwrap_or(u64::MAX),
            batch_rows: self.batch_rows,
            query,
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            schema,
            futures::stream::iter(reader),
        )))
    }

    fn partition_statistics(&self, partition: Option<usize>) -> Result<Arc<Statistics>> {
        let rows = match partition {
            // Exact, so that `count()` without a filter reads nothing.
            None => Precision::Exact(self.rows() as usize),
            Some(share) => {
                let rows: u64 = self.streams[share].iter().map(|piece| piece.rows.count()).sum();
                match self.limit {
                    None => Precision::Exact(rows as usize),
                    Some(_) => Precision::Inexact(rows as usize),
                }
            }
        };
        let mut statistics = Statistics::new_unknown(&self.schema());
        statistics.num_rows = rows;
        Ok(Arc::new(statistics))
    }
}

/// Batches of one share.
struct ShareReader {
    pieces: std::vec::IntoIter<PartRows>,
    current: Option<RowsReader>,
    schema: SchemaRef,
    left: u64,
    batch_rows: usize,
    query: Option<Arc<QueryState>>,
}

impl ShareReader {
    fn read(&mut self) -> Result<Option<RecordBatch>, Error> {
        if let Some(query) = &self.query {
            query.stop.check()?;
        }
        while self.left > 0 {
            if let Some(reader) = &mut self.current
                && let Some(batch) = reader.next()
            {
                return Ok(Some(self.finish(batch?)?));
            }
            let Some(piece) = self.pieces.next() else {
                return Ok(None);
            };
            self.current = Some(piece.read(&self.schema, self.batch_rows)?);
        }
        Ok(None)
    }

    fn finish(&mut self, batch: RecordBatch) -> Result<RecordBatch, Error> {
        let rows = self.left.min(batch.num_rows() as u64);
        let batch = batch.slice(0, rows as usize);
        self.left -= rows;
        if let Some(query) = &self.query {
            query.progress.add_read(rows, batch_bytes(&batch) as u64);
        }
        // The part's own schema may carry other metadata than the table's.
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(rows as usize));
        let (_, columns, _) = batch.into_parts();
        Ok(RecordBatch::try_new_with_options(
            self.schema.clone(),
            columns,
            &options,
        )?)
    }
}

impl Iterator for ShareReader {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().map_err(Into::into).transpose()
    }
}
