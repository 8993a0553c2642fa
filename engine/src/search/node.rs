//! The search as a node of a logical plan.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::common::{DFSchema, DFSchemaRef, Result, TableReference};
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};

use super::Search;

/// Name of the distance in the node's output. Tables with a column of that name are not searched by this node.
pub const DISTANCE: &str = "__distance_of_search";

/// A leaf: the nearest rows of a table, nearest first, with their distance as last column.
#[derive(Clone)]
pub struct SelectWithSearch {
    /// What is asked.
    pub search: Arc<Search>,
    schema: DFSchemaRef,
}

impl SelectWithSearch {
    /// A search whose columns bear the qualifier that the table has in the query.
    pub fn new(search: Search, qualifier: &TableReference) -> Result<Self> {
        let scanned = &search.table.definition.scanned;
        let mut fields = Vec::with_capacity(search.columns.len() + 1);
        for column in &search.columns {
            fields.push((
                Some(qualifier.clone()),
                Arc::new(scanned.field_with_name(column)?.clone()),
            ));
        }
        let value = if search.wide {
            DataType::Float64
        } else {
            DataType::Float32
        };
        fields.push((None, Arc::new(Field::new(DISTANCE, value, false))));
        let schema = DFSchema::new_with_metadata(fields, Default::default())?;
        Ok(Self {
            search: Arc::new(search),
            schema: Arc::new(schema),
        })
    }

    /// The search's columns and the distance.
    pub fn schema_of_answer(&self) -> SchemaRef {
        self.schema.inner().clone()
    }
}

impl PartialEq for SelectWithSearch {
    fn eq(&self, other: &Self) -> bool {
        self.search == other.search && self.schema == other.schema
    }
}

impl Eq for SelectWithSearch {}

impl PartialOrd for SelectWithSearch {
    fn partial_cmp(&self, _: &Self) -> Option<Ordering> {
        None
    }
}

impl Hash for SelectWithSearch {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.search.hash(state);
    }
}

impl fmt::Debug for SelectWithSearch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_for_explain(out)
    }
}

impl UserDefinedLogicalNodeCore for SelectWithSearch {
    fn name(&self) -> &str {
        "SelectWithSearch"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        Vec::new()
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Search {
            table,
            column,
            metric,
            rows,
            ..
        } = self.search.as_ref();
        write!(
            out,
            "SelectWithSearch: {table:?}, {}({column}, …), rows={rows}",
            metric.name()
        )
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, _: Vec<LogicalPlan>) -> Result<Self> {
        Ok(self.clone())
    }
}
