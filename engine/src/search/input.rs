//! A table below projections, aliases and filters, and expressions in terms of its columns.

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, DFSchemaRef};
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Expr, LogicalPlan, TableScan};

/// What a Sort reads, in terms of one table's columns.
pub struct Input<'a> {
    /// The table.
    pub scan: &'a TableScan,
    schema: &'a DFSchemaRef,
    /// Per column of the schema what it is over the table's unqualified columns.
    pub outputs: Vec<Expr>,
    /// Conditions over the same; None if there is one that cannot be said so.
    pub filters: Option<Vec<Expr>>,
}

impl<'a> Input<'a> {
    /// None for plans that do something else to rows.
    pub fn of(plan: &'a LogicalPlan) -> Option<Self> {
        match plan {
            LogicalPlan::TableScan(scan) if scan.fetch.is_none() => {
                let fields = scan.projected_schema.fields().iter();
                let outputs = fields
                    .map(|field| Expr::Column(Column::new_unqualified(field.name())))
                    .collect();
                let mut input = Self {
                    scan,
                    schema: &scan.projected_schema,
                    outputs,
                    filters: Some(Vec::new()),
                };
                for filter in &scan.filters {
                    input.filter(unqualified(filter));
                }
                Some(input)
            }
            LogicalPlan::Projection(projection) => {
                let input = Self::of(&projection.input)?;
                let outputs: Option<Vec<Expr>> = projection.expr.iter().map(|expr| input.resolve(expr)).collect();
                Some(Self {
                    outputs: outputs?,
                    schema: &projection.schema,
                    ..input
                })
            }
            LogicalPlan::Filter(filter) => {
                let mut input = Self::of(&filter.input)?;
                input.filter(input.resolve(&filter.predicate));
                Some(input)
            }
            LogicalPlan::SubqueryAlias(alias) => Some(Self {
                schema: &alias.schema,
                ..Self::of(&alias.input)?
            }),
            _ => None,
        }
    }

    fn filter(&mut self, condition: Option<Expr>) {
        let (Some(condition), Some(filters)) = (condition, &mut self.filters) else {
            self.filters = None;
            return;
        };
        for part in split_conjunction(&condition) {
            // The scan was told of the same conditions.
            if !filters.contains(part) {
                filters.push(part.clone());
            }
        }
    }

    /// The expression over the table's columns. None where that would change it: for what is different each time it
    /// is computed, and for subqueries.
    pub fn resolve(&self, expr: &Expr) -> Option<Expr> {
        if expr.is_volatile() || has_subquery(expr) {
            return None;
        }
        over(expr, self.schema, &self.outputs)
    }
}

/// An expression over columns of `schema` in terms of what each of them is.
pub fn over(expr: &Expr, schema: &DFSchema, outputs: &[Expr]) -> Option<Expr> {
    let resolved = expr.clone().transform(|expr| {
        Ok(match expr {
            Expr::Column(column) => {
                let output = outputs[schema.index_of_column(&column)?].clone();
                Transformed::new(output, true, TreeNodeRecursion::Jump)
            }
            Expr::Alias(alias) => Transformed::yes(*alias.expr),
            other => Transformed::no(other),
        })
    });
    resolved.ok().map(|resolved| resolved.data.unalias_nested().data)
}

fn unqualified(expr: &Expr) -> Option<Expr> {
    if expr.is_volatile() || has_subquery(expr) {
        return None;
    }
    let plain = expr.clone().transform(|expr| {
        Ok(match expr {
            Expr::Column(column) => Transformed::yes(Expr::Column(Column::new_unqualified(column.name))),
            other => Transformed::no(other),
        })
    });
    plain.ok().map(|plain| plain.data.unalias_nested().data)
}

/// Whether a query is part of the expression.
pub fn has_subquery(expr: &Expr) -> bool {
    let is_subquery = |expr: &Expr| {
        matches!(
            expr,
            Expr::ScalarSubquery(_)
                | Expr::Exists(_)
                | Expr::InSubquery(_)
                | Expr::SetComparison(_)
                | Expr::OuterReferenceColumn(..)
        )
    };
    expr.exists(|expr| Ok(is_subquery(expr))).unwrap_or(true)
}
