//! numbers(n), numbers(offset, n), numbers(offset, n, step), numbers_mt and system.numbers.

use std::fmt;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions, UInt64Array};
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{Result as DataFusionResult, ScalarValue, Statistics};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use gristmill_sql::Code;
use gristmill_sql::analyzer::TableFunctionArgument;
use gristmill_sql::types::DataType;

use super::Called;
use crate::cells::schema_of;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::execution::QueryState;
use crate::formats::HeaderColumn;
use crate::leaf::leaf_methods;

/// Fewer numbers than this are not worth a stream of their own.
const STREAM_ROWS_MIN: u64 = 65_536;

/// numbers: one stream, so the numbers come in order.
pub fn call(arguments: &[TableFunctionArgument], _: &Environment) -> Result<Called> {
    Numbers::from_arguments("numbers", arguments, false)
}

/// numbers_mt: several streams.
pub fn call_parallel(arguments: &[TableFunctionArgument], _: &Environment) -> Result<Called> {
    Numbers::from_arguments("numbers_mt", arguments, true)
}

/// Consecutive numbers.
#[derive(Clone, Debug)]
pub struct Numbers {
    start: u64,
    /// `None`: without end.
    count: Option<u64>,
    step: u64,
    parallel: bool,
    schema: SchemaRef,
}

impl Numbers {
    /// 0, 1, 2, … without end: `system.numbers`.
    pub fn endless() -> Self {
        Self {
            start: 0,
            count: None,
            step: 1,
            parallel: false,
            schema: schema_of(&header()),
        }
    }

    fn from_arguments(function: &str, arguments: &[TableFunctionArgument], parallel: bool) -> Result<Called> {
        let values = arguments.iter().map(integer);
        let values = values.collect::<Result<Vec<_>>>()?;
        let (start, count, step) = match values.as_slice() {
            [] => (0, None, 1),
            [count] => (0, Some(*count), 1),
            [start, count] => (*start, Some(*count), 1),
            [_, _, 0] => {
                let message = format!("Table function {function} requires step to be a positive number");
                return Err(Error::new(Code::BAD_ARGUMENTS, message));
            }
            // With a step, the second argument is where the numbers end, counted from the start.
            [start, length, step] => (*start, Some(length.div_ceil(*step)), *step),
            _ => {
                let message = format!("Table function '{function}' cannot have more than three params");
                return Err(Error::new(Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH, message));
            }
        };
        let numbers = Self {
            start,
            count,
            step,
            parallel,
            schema: schema_of(&header()),
        };
        Ok((header(), Arc::new(numbers)))
    }
}

fn header() -> Vec<HeaderColumn> {
    vec![HeaderColumn {
        name: "number".into(),
        data_type: DataType::UInt64,
    }]
}

fn integer(argument: &TableFunctionArgument) -> Result<u64> {
    let (value, data_type) = match argument {
        TableFunctionArgument::Value(value, data_type) => (value, data_type),
        TableFunctionArgument::Name(name) => {
            let message = format!("Illegal expression {name}, must be a constant number");
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        }
    };
    if !data_type.is_integer() && !data_type.is_float() {
        let message = format!("Illegal type {data_type} expression, must be numeric type");
        return Err(Error::new(Code::ILLEGAL_TYPE_OF_ARGUMENT, message));
    }
    let cannot = || {
        let message = format!("The value {value} is not representable as UInt64");
        Error::new(Code::INVALID_SETTING_VALUE, message)
    };
    // `1e6` is how people write a million.
    if let ScalarValue::Float64(Some(float)) = value {
        let whole = *float >= 0.0 && *float < u64::MAX as f64 && float.fract() == 0.0;
        return if whole { Ok(*float as u64) } else { Err(cannot()) };
    }
    match value.cast_to(&arrow::datatypes::DataType::UInt64) {
        Ok(ScalarValue::UInt64(Some(value))) => Ok(value),
        _ => Err(cannot()),
    }
}

#[async_trait]
impl TableProvider for Numbers {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let mut numbers = self.clone();
        if let Some(limit) = limit {
            let limit = limit as u64;
            numbers.count = Some(numbers.count.map_or(limit, |count| count.min(limit)));
        }
        let schema = match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => self.schema.clone(),
        };
        let target = state.config().target_partitions() as u64;
        let streams = match (numbers.count, numbers.parallel) {
            (Some(count), true) => (count / STREAM_ROWS_MIN).clamp(1, target),
            _ => 1,
        };
        let batch_rows = state.config().batch_size() as u64;
        Ok(Arc::new(NumbersScan::new(numbers, schema, streams, batch_rows)))
    }
}

#[derive(Debug)]
struct NumbersScan {
    numbers: Numbers,
    streams: u64,
    batch_rows: u64,
    properties: Arc<PlanProperties>,
}

impl NumbersScan {
    fn new(numbers: Numbers, schema: SchemaRef, streams: u64, batch_rows: u64) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(streams as usize),
            EmissionType::Incremental,
            // Also without a count: DataFusion refuses to aggregate what it takes for endless, even under a LIMIT.
            Boundedness::Bounded,
        );
        Self {
            numbers,
            streams,
            batch_rows,
            properties: Arc::new(properties),
        }
    }

    /// Positions (not numbers) that a stream counts through.
    fn positions(&self, stream: u64) -> std::ops::Range<u64> {
        match self.numbers.count {
            None => 0..u64::MAX,
            Some(count) => {
                let share = count.div_ceil(self.streams);
                stream.saturating_mul(share).min(count)..(stream + 1).saturating_mul(share).min(count)
            }
        }
    }
}

impl DisplayAs for NumbersScan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(
            f,
            "Numbers: start={}, count={:?}",
            self.numbers.start, self.numbers.count
        )
    }
}

impl ExecutionPlan for NumbersScan {
    leaf_methods!("Numbers");

    fn execute(&self, stream: usize, context: Arc<TaskContext>) -> DataFusionResult<SendableRecordBatchStream> {
        let schema = self.schema();
        let positions = self.positions(stream as u64);
        let (first, step, batch_rows) = (self.numbers.start, self.numbers.step, self.batch_rows);
        let query = QueryState::of(&context);
        if let (Some(query), Some(_)) = (&query, self.numbers.count) {
            query.progress.add_total(positions.end - positions.start);
        }
        let output = schema.clone();
        let batches = (0_u64..).map_while(move |batch| {
            let start = positions.start.checked_add(batch.checked_mul(batch_rows)?)?;
            let end = positions.end.min(start.saturating_add(batch_rows));
            let rows = end.checked_sub(start).filter(|rows| *rows > 0)?;
            if let Some(query) = &query {
                if let Err(error) = query.stop.check() {
                    return Some(Err(error.into()));
                }
                query.progress.add_read(rows, rows * size_of::<u64>() as u64);
            }
            let number = |position: u64| first.wrapping_add(position.wrapping_mul(step));
            let columns = output
                .fields()
                .iter()
                .map(|_| Arc::new(UInt64Array::from_iter_values((start..end).map(number))) as _);
            let options = RecordBatchOptions::new().with_row_count(Some(rows as usize));
            let batch = RecordBatch::try_new_with_options(output.clone(), columns.collect(), &options);
            Some(batch.map_err(Into::into))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            schema,
            futures::stream::iter(batches),
        )))
    }

    fn partition_statistics(&self, stream: Option<usize>) -> DataFusionResult<Arc<Statistics>> {
        let mut statistics = Statistics::new_unknown(&self.schema());
        statistics.num_rows = match (self.numbers.count, stream) {
            (None, _) => Precision::Absent,
            (Some(count), None) => Precision::Exact(count as usize),
            (Some(_), Some(stream)) => {
                let positions = self.positions(stream as u64);
                Precision::Exact((positions.end - positions.start) as usize)
            }
        };
        Ok(Arc::new(statistics))
    }
}
