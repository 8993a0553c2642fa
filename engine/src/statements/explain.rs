//! EXPLAIN: the plan as an indented list in ClickHouse's classic words (those of 25.8, which are later called
//! `explain_query_plan_default = 'legacy'`), as a tree or as JSON; one row per line.
//!
//! A plan becomes steps in `plan.rs` (a search in `search.rs`), which `step.rs`, `tree.rs` and `json.rs` print; `text.rs`
//! has their expressions. What there is to say of a search is in the engine's `search/explain.rs`.

mod json;
mod options;
mod plan;
mod search;
mod step;
mod text;
mod tree;

use std::time::Instant;

use datafusion::logical_expr::LogicalPlan;
use gristmill_sql::analyzer::Planned;
use gristmill_sql::parser::{Explain, ExplainKind, Statement, format_query};
use sqlparser::ast::Query;

use super::ready;
use crate::cells::Cells;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::search::explain::{Explained, readable, search_of};
use crate::session::run_query;
use crate::table::MergeTreeTable;
use crate::table::prune::prune;
use options::Options;
use plan::Tree;
pub use step::IndexStep;
use step::{Fact, Step};

/// `EXPLAIN [kind] [settings] query`.
pub fn explain(explain: Explain, environment: &Environment, started: Instant) -> Result<Outcome> {
    let Statement::Query(query) = &explain.statement else {
        return Err(Error::not_implemented("EXPLAIN of anything but SELECT"));
    };
    let lines = match explain.kind {
        ExplainKind::Syntax => format_query(query).lines().map(str::to_string).collect(),
        ExplainKind::Estimate => {
            let planned = environment.plan_query(query)?;
            return estimate(&optimized(&planned, environment)?, environment, started);
        }
        ExplainKind::Plan => show(
            query,
            Options::new(&explain.settings, &environment.settings)?,
            environment,
        )?,
        ExplainKind::Analyze => {
            let options = Options::new(&explain.settings, &environment.settings)?;
            if options.json {
                return Err(Error::not_implemented("EXPLAIN ANALYZE json = 1"));
            }
            analyze(query, options, environment)?
        }
        other => return Err(Error::not_implemented(format!("EXPLAIN {other:?}"))),
    };
    let mut cells = Cells::new([("explain", "String")])?;
    lines.into_iter().for_each(|line| cells.push([line.into()]));
    ready(cells, environment, started)
}

fn optimized(planned: &Planned, environment: &Environment) -> Result<LogicalPlan> {
    let executor = environment.engine.executor();
    executor.optimize(&planned.plan, &environment.state())
}

fn show(query: &Query, options: Options, environment: &Environment) -> Result<Vec<String>> {
    let planned = environment.plan_query(query)?;
    let plan = optimized(&planned, environment)?;
    let mut tree = Tree::new(&plan, options, false, environment);
    tree.build(&plan, &planned)?;
    Ok(tree.lines(&plan, &planned))
}

/// Runs a query and shows its plan with what happened. A plan that is one search is run once, by telling of it.
fn analyze(query: &Query, mut options: Options, environment: &Environment) -> Result<Vec<String>> {
    options.indexes = true;
    let begun = Instant::now();
    let planned = environment.plan_query(query)?;
    let plan = optimized(&planned, environment)?;
    let planning = begun.elapsed();
    let begun = Instant::now();
    let mut tree = Tree::new(&plan, options, true, environment);
    let mut rows = None;
    if search_of(&plan).is_none() {
        let mut running = run_query(planned.clone(), environment, begun)?;
        let mut count = 0;
        while let Some(batch) = running.next()? {
            count += batch.num_rows();
        }
        rows = Some((count, begun.elapsed()));
    }
    tree.build(&plan, &planned)?;
    let (count, execution) = rows.unwrap_or_else(|| (tree.found, begun.elapsed()));
    let progress = &environment.progress;
    let (total, planning, execution) = (planning + execution, readable(planning), readable(execution));
    let mut lines = vec![
        "Query summary:".to_string(),
        format!(
            "  Time:        {} (planning {planning} · execution {execution})",
            readable(total)
        ),
        format!(
            "  Read:        {} rows, {} bytes",
            progress.read_rows(),
            progress.read_bytes()
        ),
        format!("  Result:      {count} rows"),
        String::new(),
    ];
    lines.extend(tree.lines(&plan, &planned));
    Ok(lines)
}

/// One row per table: parts, rows and granules that would be read.
fn estimate(plan: &LogicalPlan, environment: &Environment, started: Instant) -> Result<Outcome> {
    let columns = [
        ("database", "String"),
        ("table", "String"),
        ("parts", "UInt64"),
        ("rows", "UInt64"),
        ("marks", "UInt64"),
    ];
    let mut cells = Cells::new(columns)?;
    let mut scans = Vec::new();
    collect_scans(plan, environment, &mut scans)?;
    for (table, (parts, marks, rows)) in scans {
        let name = &table.definition.create.table;
        cells.push([
            name.database.clone().into(),
            name.name.as_str().into(),
            parts.into(),
            rows.into(),
            marks.into(),
        ]);
    }
    ready(cells, environment, started)
}

/// Tables with the parts, granules and rows that are read of them.
type Scans = Vec<(MergeTreeTable, (u64, u64, u64))>;

fn collect_scans(plan: &LogicalPlan, environment: &Environment, scans: &mut Scans) -> Result<()> {
    if let Some((node, _)) = search_of(plan) {
        let read = Explained::new(node, environment)?.read();
        scans.push((node.search.table.clone(), read));
        return Ok(());
    }
    if let LogicalPlan::TableScan(scan) = plan
        && let Some(table) = MergeTreeTable::of(&scan.source)
    {
        let pruning = prune(&table, &table.snapshot(), &scan.filters)?;
        let granules = pruning.parts.iter().map(|part| part.granules()).sum();
        let read = (pruning.parts.len() as u64, granules, pruning.rows());
        scans.push((table, read));
    }
    plan.inputs()
        .into_iter()
        .try_for_each(|input| collect_scans(input, environment, scans))
}
