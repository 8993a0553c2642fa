//! An expression over a table's stored columns (a key, a default, an index input, a constraint),
//! typed once and evaluated on batches.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::DFSchema;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_expr::{PhysicalExpr, create_physical_expr};
use gristmill_sql::Code;
use gristmill_sql::analyzer::{self, Column, MutationPlace};
use gristmill_sql::functions::{self, TypedExpr};
use gristmill_sql::parser::format_expression;
use gristmill_sql::types::{DataType, back_quote_if_needed};
use sqlparser::ast;

use crate::environment::Environment;
use crate::error::{Error, Result};

/// A typed expression that is ready to be evaluated.
#[derive(Clone, Debug)]
pub struct TableExpression {
    /// As SHOW CREATE prints it.
    pub text: String,
    /// Type of its value.
    pub data_type: DataType,
    /// The stored column it is, if it is nothing but a column.
    pub column: Option<String>,
    /// Columns it reads, each once.
    pub sources: Vec<String>,
    /// What is evaluated, over columns without qualifiers.
    pub expr: Expr,
    physical: Arc<dyn PhysicalExpr>,
    /// The columns `physical` was made for: those in `sources`, in that order.
    input: SchemaRef,
}

impl TableExpression {
    /// Types an expression over a table's columns. `available` are those that a batch will have.
    pub fn new(ast: &ast::Expr, columns: &[Column], available: &SchemaRef, environment: &Environment) -> Result<Self> {
        let typed = environment.plan_expression(ast, columns)?;
        Self::from_typed(format_expression(ast), typed, available)
    }

    /// The same, with the value cast to a type.
    pub fn cast(
        ast: &ast::Expr,
        target: &DataType,
        columns: &[Column],
        available: &SchemaRef,
        environment: &Environment,
    ) -> Result<Self> {
        Self::cast_in(ast, target, columns, available, &environment.context())
    }

    /// The same for an assignment of a mutation.
    pub fn assigned(
        ast: &ast::Expr,
        target: &DataType,
        columns: &[Column],
        available: &SchemaRef,
        environment: &Environment,
    ) -> Result<Self> {
        let typed = environment.plan_mutation(ast, columns, MutationPlace::Assignment)?;
        let typed = functions::cast(typed, target, environment.functions())?;
        Self::from_typed(format_expression(ast), typed, available)
    }

    /// The same in another context than a statement's.
    pub fn cast_in(
        ast: &ast::Expr,
        target: &DataType,
        columns: &[Column],
        available: &SchemaRef,
        context: &analyzer::Context<'_>,
    ) -> Result<Self> {
        let typed = analyzer::plan_expression(ast, columns, context)?;
        let typed = functions::cast(typed, target, context.functions)?;
        Self::from_typed(format_expression(ast), typed, available)
    }

    /// A column by itself.
    pub fn of_column(column: &Column, available: &SchemaRef) -> Result<Self> {
        let typed = TypedExpr {
            expr: Expr::Column(datafusion::common::Column::new_unqualified(&column.name)),
            data_type: column.data_type.clone(),
            constant: None,
        };
        Self::from_typed(back_quote_if_needed(&column.name).into_owned(), typed, available)
    }

    /// The same with something else in its place: an expression of the same type over the same columns, or fewer.
    pub fn replaced(&self, replace: impl FnOnce(Expr) -> Result<Expr>) -> Result<Self> {
        let typed = TypedExpr::new(replace(self.expr.clone())?, self.data_type.clone());
        Self::from_typed(self.text.clone(), typed, &self.input)
    }

    fn from_typed(text: String, typed: TypedExpr, available: &SchemaRef) -> Result<Self> {
        let mut sources: Vec<String> = typed
            .expr
            .column_refs()
            .iter()
            .map(|column| column.name.clone())
            .collect();
        sources.sort();
        sources.dedup();
        let fields = sources.iter().map(|name| available.field_with_name(name).cloned());
        let fields = fields.collect::<Result<Vec<_>, _>>().map_err(Error::from)?;
        let input = Arc::new(Schema::new(fields));
        let df_schema = DFSchema::try_from(input.clone())?;
        let physical = create_physical_expr(
            &typed.expr,
            &df_schema,
            &ExecutionProps::new(),
            &PhysicalPlanningContext::default(),
        )?;
        let column = match &typed.expr {
            Expr::Column(column) => Some(column.name.clone()),
            _ => None,
        };
        Ok(Self {
            text,
            data_type: typed.data_type,
            column,
            sources,
            expr: typed.expr,
            physical,
            input,
        })
    }

    /// As the optimizer leaves it in a query.
    pub fn simplified(&self) -> Result<Expr> {
        if self.column.is_some() {
            return Ok(self.expr.clone());
        }
        let schema = Arc::new(DFSchema::try_from(self.input.clone())?);
        let context = SimplifyContext::builder().with_schema(schema).build();
        Ok(ExprSimplifier::new(context).simplify(self.expr.clone())?)
    }

    /// Whether an expression of a query, over columns without qualifiers, is this one.
    pub fn is(&self, expr: &Expr) -> bool {
        self.expr == *expr || self.simplified().is_ok_and(|simplified| simplified == *expr)
    }

    /// The columns it reads.
    pub fn input(&self) -> &SchemaRef {
        &self.input
    }

    /// One value per row of a batch that has at least the source columns.
    pub fn evaluate(&self, batch: &RecordBatch) -> Result<ArrayRef> {
        self.evaluate_with(batch.num_rows(), |name| batch.column_by_name(name).cloned())
    }

    /// One value per row, the source columns being looked up by name.
    pub fn evaluate_with(&self, rows: usize, column: impl Fn(&str) -> Option<ArrayRef>) -> Result<ArrayRef> {
        if let Some(array) = self.column.as_deref().and_then(&column) {
            return Ok(array);
        }
        let sources = self.sources.iter().map(|name| {
            column(name).ok_or_else(|| {
                Error::new(
                    Code::NOT_FOUND_COLUMN_IN_BLOCK,
                    format!("Not found column {name} in block"),
                )
            })
        });
        let sources = sources.collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let input = RecordBatch::try_new_with_options(self.input.clone(), sources, &options)?;
        Ok(self.physical.evaluate(&input)?.into_array(rows)?)
    }
}
