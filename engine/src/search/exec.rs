//! The search as an executable plan node.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::SortOptions;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::stats::Precision;
use datafusion::common::{DataFusionError, Result, Statistics};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalSortExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties, execute_stream,
};
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};
use futures::TryStreamExt;
use gristmill_storage::PartSet;

use super::node::DISTANCE;
use super::refill::run_filled;
use super::run::Surroundings;
use super::{Search, SelectWithSearch};
use crate::error::Error;
use crate::execution::QueryState;
use crate::leaf::leaf_methods;

/// Runs a search when its only batch is pulled.
#[derive(Debug)]
pub struct SearchExec {
    search: Arc<Search>,
    parts: Arc<PartSet>,
    /// What gives the rows where the search cannot give enough of them: [`super::refill::Refill::plain`].
    plain: Option<Arc<dyn ExecutionPlan>>,
    properties: Arc<PlanProperties>,
}

impl SearchExec {
    /// A search in these parts. `schema` is the search's columns and the distance.
    fn new(search: Arc<Search>, parts: Arc<PartSet>, plain: Option<Arc<dyn ExecutionPlan>>, schema: SchemaRef) -> Self {
        let distance = Arc::new(Column::new(DISTANCE, schema.fields().len() - 1));
        let options = SortOptions {
            descending: !search.metric.nearest_is_smallest(),
            nulls_first: false,
        };
        let nearest_first = PhysicalSortExpr::new(distance, options);
        let equivalence = match &plain {
            None => EquivalenceProperties::new_with_orderings(schema, [[nearest_first]]),
            Some(_) => EquivalenceProperties::new(schema),
        };
        let properties = PlanProperties::new(
            equivalence,
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Self {
            search,
            parts,
            plain,
            properties: Arc::new(properties),
        }
    }
}

impl DisplayAs for SearchExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(
            f,
            "SelectWithSearch: {:?}, rows={}",
            self.search.table, self.search.rows
        )
    }
}

impl ExecutionPlan for SearchExec {
    leaf_methods!("SelectWithSearch");

    fn execute(&self, _: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (search, parts, schema) = (self.search.clone(), self.parts.clone(), self.schema());
        let plain = self.plain.clone();
        let rows = async move {
            let stream: SendableRecordBatchStream = match (answer(&search, &parts, &schema, &context)?, plain) {
                (Some(batch), _) => {
                    let batch = futures::stream::once(async { Ok(batch) });
                    Box::pin(RecordBatchStreamAdapter::new(schema, batch))
                }
                (None, Some(plain)) => execute_stream(plain, context)?,
                (None, None) => unreachable!("only a search with a plain plan gives up"),
            };
            Ok::<_, DataFusionError>(stream)
        };
        let rows = futures::stream::once(rows).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows)))
    }

    fn partition_statistics(&self, _: Option<usize>) -> Result<Arc<Statistics>> {
        let mut statistics = Statistics::new_unknown(&self.schema());
        statistics.num_rows = Precision::Inexact(self.search.rows);
        Ok(Arc::new(statistics))
    }
}

fn answer(
    search: &Search,
    parts: &Arc<PartSet>,
    schema: &SchemaRef,
    context: &TaskContext,
) -> Result<Option<RecordBatch>, Error> {
    let query = QueryState::of(context).expect("plans with searches run inside a session");
    let around = Surroundings {
        settings: &query.settings,
        engine: &query.engine,
        progress: &query.progress,
        stop: &query.stop,
    };
    let answer = run_filled(search, parts, &search.reference.numbers, schema, &around)?;
    Ok(answer.ok().map(|answer| answer.batch))
}

/// Makes [`SearchExec`]s of [`SelectWithSearch`] nodes.
#[derive(Debug)]
pub struct SearchPlanner;

#[async_trait]
impl ExtensionPlanner for SearchPlanner {
    async fn plan_extension(
        &self,
        planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _: &[&LogicalPlan],
        _: &[Arc<dyn ExecutionPlan>],
        session: &dyn Session,
        _: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some(node) = node.as_any().downcast_ref::<SelectWithSearch>() else {
            return Ok(None);
        };
        let plain = match &node.search.refill {
            Some(refill) => Some(planner.create_physical_plan(&refill.plain, session).await?),
            None => None,
        };
        Ok(Some(Arc::new(SearchExec::new(
            node.search.clone(),
            node.search.table.parts_to_read()?,
            plain,
            node.schema_of_answer(),
        ))))
    }
}
