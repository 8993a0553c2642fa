//! Tables that a plan reads row by row although it computes distances to vectors that have an index.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan, TableScan};
use gristmill_sql::functions::distance::as_distance;

use super::form::Form;
use super::shape::Shape;
use super::{Note, Reason};
use crate::progress::Progress;
use crate::table::MergeTreeTable;

/// Those of an optimized plan, each with the reason why no search answers the query.
pub fn unused(plan: &LogicalPlan) -> Vec<(&TableScan, Form)> {
    let mut found = Vec::new();
    collect(plan, &mut Vec::new(), &mut found);
    found
}

/// Keeps them for SHOW WARNINGS, but for queries that do not ask for the nearest rows.
pub fn note_unused(plan: &LogicalPlan, progress: &Progress) {
    for (scan, form) in unused(plan).into_iter().filter(|(_, form)| *form != Form::NoOrder) {
        if let Some(table) = MergeTreeTable::of(&scan.source) {
            let (table, reason) = (table.definition.clone(), Reason::Form(form));
            progress.note(Note { table, reason });
        }
    }
}

fn collect<'a>(plan: &'a LogicalPlan, above: &mut Vec<&'a LogicalPlan>, found: &mut Vec<(&'a TableScan, Form)>) {
    if let LogicalPlan::TableScan(scan) = plan {
        if above.iter().any(|plan| compares(plan, scan)) {
            let mut forms = above.iter().rev().filter_map(|plan| Shape::of(plan)?.err());
            let form = forms.find(|form| *form != Form::NoOrder);
            found.push((scan, form.unwrap_or(Form::NoOrder)));
        }
        return;
    }
    above.push(plan);
    plan.inputs().into_iter().for_each(|input| collect(input, above, found));
    above.pop();
}

/// Whether a plan computes distances to a column that a vector index of the table reads.
fn compares(plan: &LogicalPlan, scan: &TableScan) -> bool {
    let Some(table) = MergeTreeTable::of(&scan.source) else {
        return false;
    };
    let indexes: Vec<_> = table.definition.vector_indexes().collect();
    let is_indexed = |name: &String| {
        let mut expressions = indexes.iter().flat_map(|(index, _)| &index.expressions);
        expressions.any(|expression| expression.sources.contains(name) || expression.column.as_ref() == Some(name))
    };
    let is_compared = |expr: &Expr| {
        as_distance(expr).is_some() && expr.column_refs().into_iter().any(|column| is_indexed(&column.name))
    };
    let mut found = false;
    let walked = plan.apply_expressions(|expr| {
        found |= expr.exists(|expr| Ok(is_compared(expr)))?;
        Ok(TreeNodeRecursion::Continue)
    });
    !indexes.is_empty() && walked.is_ok() && found
}
