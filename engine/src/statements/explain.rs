//! EXPLAIN: the plan as an indented tree in ClickHouse's classic words, one row per line.
//!
//! The words are those of ClickHouse 25.8 (`explain_query_plan_default = 'legacy'` later). What a search adds is in
//! `search/explain.rs`.

use std::time::Instant;

use datafusion::logical_expr::{Distinct, JoinType, LogicalPlan, TableScan};
use gristmill_sql::Code;
use gristmill_sql::parser::{Explain, ExplainKind, SettingValue, Statement, format_query};

use super::ready;
use crate::cells::Cells;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::search::explain::{explain_search, search_of};
use crate::search::{self, Form, Reason, SelectWithSearch};
use crate::table::MergeTreeTable;
use crate::table::prune::{PruneKind, PruneStep, Pruning, prune};

/// `EXPLAIN [kind] [settings] query`.
pub fn explain(explain: Explain, environment: &Environment, started: Instant) -> Result<Outcome> {
    let Statement::Query(query) = &explain.statement else {
        return Err(Error::not_implemented("EXPLAIN of anything but SELECT"));
    };
    let lines = match explain.kind {
        ExplainKind::Syntax => format_query(query).lines().map(str::to_string).collect(),
        ExplainKind::Estimate => return estimate(&optimized(query, environment)?, environment, started),
        ExplainKind::Plan | ExplainKind::Analyze => {
            let analyze = explain.kind == ExplainKind::Analyze;
            let indexes = options(&explain.settings)? || analyze;
            let plan = optimized(query, environment)?;
            let mut tree = Tree {
                lines: Vec::new(),
                unused: search::unused(&plan),
                indexes,
                analyze,
                environment,
            };
            tree.node(&plan, 0)?;
            tree.lines
        }
        other => return Err(Error::not_implemented(format!("EXPLAIN {other:?}"))),
    };
    let mut cells = Cells::new([("explain", "String")])?;
    lines.into_iter().for_each(|line| cells.push([line.into()]));
    ready(cells, environment, started)
}

fn optimized(query: &sqlparser::ast::Query, environment: &Environment) -> Result<LogicalPlan> {
    let planned = environment.plan_query(query)?;
    environment
        .engine
        .executor()
        .optimize(&planned.plan, &environment.state())
}

/// Whether indexes are shown. Other settings are refused, unless they ask for what is shown anyway.
fn options(settings: &[(String, SettingValue)]) -> Result<bool> {
    let mut indexes = false;
    for (name, value) in settings {
        let on = value.text() != "0";
        match name.as_str() {
            "indexes" => indexes = on,
            "description" | "optimize" => {}
            "header" | "actions" | "json" | "projections" | "sorting" | "distributed" | "keep_logical_steps"
            | "compact" | "pretty" | "input_headers" | "column_structure"
                if !on => {}
            "compact" | "pretty" => {}
            "header" | "actions" | "json" | "projections" | "sorting" | "distributed" | "keep_logical_steps"
            | "input_headers" | "column_structure" => {
                return Err(Error::not_implemented(format!("EXPLAIN {name} = {}", value.text())));
            }
            _ => {
                let message = format!("Unknown setting \"{name}\" for EXPLAIN PLAN query");
                return Err(Error::new(Code::INVALID_SETTING_VALUE, message));
            }
        }
    }
    Ok(indexes)
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
    collect_scans(plan, &mut scans)?;
    for (table, pruning) in scans {
        let name = &table.definition.create.table;
        let marks: u64 = pruning.parts.iter().map(|part| part.granules()).sum();
        cells.push([
            name.database.clone().into(),
            name.name.as_str().into(),
            pruning.parts.len().into(),
            pruning.rows().into(),
            marks.into(),
        ]);
    }
    ready(cells, environment, started)
}

fn collect_scans(plan: &LogicalPlan, scans: &mut Vec<(MergeTreeTable, Pruning)>) -> Result<()> {
    if let Some((node, _)) = search_of(plan) {
        let search = &node.search;
        scans.push((
            search.table.clone(),
            prune(&search.table, &search.table.snapshot(), &search.filters)?,
        ));
        return Ok(());
    }
    if let LogicalPlan::TableScan(scan) = plan
        && let Some(table) = MergeTreeTable::of(&scan.source)
    {
        let pruning = prune(&table, &table.snapshot(), &scan.filters)?;
        scans.push((table, pruning));
    }
    plan.inputs()
        .into_iter()
        .try_for_each(|input| collect_scans(input, scans))
}

/// The lines so far and what they show.
pub struct Tree<'a> {
    lines: Vec<String>,
    indexes: bool,
    /// Tables whose vector indexes are not used, and why.
    unused: Vec<(&'a TableScan, Form)>,
    /// Whether counters of the run are shown.
    pub analyze: bool,
    /// Where the query runs.
    pub environment: &'a Environment,
}

impl Tree<'_> {
    /// A line, indented by two blanks per level.
    pub fn line(&mut self, depth: usize, text: impl AsRef<str>) {
        self.lines.push(format!("{}{}", "  ".repeat(depth), text.as_ref()));
    }

    fn node(&mut self, plan: &LogicalPlan, depth: usize) -> Result<()> {
        if let Some((node, is_sorted)) = search_of(plan) {
            return self.search(node, is_sorted, depth);
        }
        let top = depth == 0;
        let text = match plan {
            LogicalPlan::SubqueryAlias(alias) => return self.node(&alias.input, depth),
            LogicalPlan::Projection(_) if top => "Expression ((Project names + Projection))".into(),
            LogicalPlan::Projection(_) => "Expression".into(),
            LogicalPlan::Filter(_) => "Filter (WHERE)".into(),
            LogicalPlan::Aggregate(_) => "Aggregating".into(),
            LogicalPlan::Sort(_) => "Sorting (Sorting for ORDER BY)".into(),
            LogicalPlan::Limit(_) => "Limit (preliminary LIMIT (without OFFSET))".into(),
            LogicalPlan::Distinct(Distinct::All(_) | Distinct::On(_)) => "Distinct (DISTINCT)".into(),
            LogicalPlan::Window(_) => "Window".into(),
            LogicalPlan::Union(_) => "Union".into(),
            LogicalPlan::Unnest(_) => "ArrayJoin (ARRAY JOIN)".into(),
            LogicalPlan::Join(join) if join.join_type == JoinType::Inner => "Join (JOIN FillRightFirst)".into(),
            LogicalPlan::Join(join) => format!("Join ({} JOIN)", join.join_type.to_string().to_uppercase()),
            LogicalPlan::Values(_) => "ReadFromPreparedSource".into(),
            LogicalPlan::EmptyRelation(_) => "ReadFromStorage (SystemOne)".into(),
            LogicalPlan::TableScan(scan) => match MergeTreeTable::of(&scan.source) {
                Some(table) => {
                    let pruning = prune(&table, &table.snapshot(), &scan.filters)?;
                    if self.indexes && !table.snapshot().parts().is_empty() {
                        table.reading.check(&table.definition, &pruning, &[])?;
                    }
                    self.read(&table, &pruning, depth);
                    let unused = self.unused.iter().find(|(other, _)| std::ptr::eq(*other, scan));
                    if let Some((_, form)) = unused.filter(|_| self.indexes) {
                        self.line(depth, format!("Vector index not used: {}", Reason::Form(*form)));
                    }
                    return Ok(());
                }
                None => format!("ReadFromStorage ({})", scan.table_name),
            },
            other => other.display().to_string(),
        };
        self.line(depth, text);
        plan.inputs()
            .into_iter()
            .try_for_each(|input| self.node(input, depth + 1))
    }

    /// The lines of a search, in the places that they have in ClickHouse.
    fn search(&mut self, node: &SelectWithSearch, is_sorted: bool, depth: usize) -> Result<()> {
        let mut depth = depth;
        if is_sorted {
            let title = match depth {
                0 => "Expression (Project names)",
                _ => "Expression",
            };
            self.line(depth, title);
            self.line(depth + 1, "Limit (preliminary LIMIT (without OFFSET))");
            self.line(depth + 2, "Sorting (Sorting for ORDER BY)");
            depth += 3;
        }
        if node.search.filters.is_empty() {
            self.line(
                depth,
                "Expression ((Before ORDER BY + (Projection + Change column names to column identifiers)))",
            );
        } else {
            self.line(depth, "Expression ((Before ORDER BY + Projection))");
            depth += 1;
            self.line(depth, "Filter ((WHERE + Change column names to column identifiers))");
        }
        depth += 1;
        match self.indexes {
            true => explain_search(self, node, depth),
            false => {
                self.line(depth, read_from(&node.search.table));
                Ok(())
            }
        }
    }

    /// A table that is read, and what its indexes leave out.
    pub fn read(&mut self, table: &MergeTreeTable, pruning: &Pruning, depth: usize) {
        self.line(depth, read_from(table));
        if !self.indexes {
            return;
        }
        self.line(depth, "Indexes:");
        for step in &pruning.steps {
            self.step(step, depth + 1);
        }
    }

    fn step(&mut self, step: &PruneStep, depth: usize) {
        let title = match &step.kind {
            PruneKind::MinMax => "Min-Max",
            PruneKind::Partition => "Partition",
            PruneKind::PrimaryKey => "PrimaryKey",
            PruneKind::Skip { .. } | PruneKind::Skips(_) => "Skip",
        };
        self.line(depth, title);
        let index = match &step.kind {
            PruneKind::Skip { name, description } => Some((&**name, &**description)),
            PruneKind::Skips(_) => Some((
                "<Combined skip indexes>",
                "Final set of granules after AND/OR processing",
            )),
            _ => None,
        };
        if let Some((name, description)) = index {
            self.line(depth + 1, format!("Name: {name}"));
            self.line(depth + 1, format!("Description: {description}"));
        }
        if !step.keys.is_empty() {
            self.line(depth + 1, "Keys:");
            step.keys.iter().for_each(|key| self.line(depth + 2, key));
        }
        if let Some(condition) = &step.condition {
            self.line(depth + 1, format!("Condition: {condition}"));
        }
        let (before, after) = (step.before, step.after);
        self.line(depth + 1, format!("Parts: {}/{}", after.0, before.0));
        self.line(depth + 1, format!("Granules: {}/{}", after.1, before.1));
    }
}

fn read_from(table: &MergeTreeTable) -> String {
    let name = &table.definition.create.table;
    format!(
        "ReadFromMergeTree ({}.{})",
        name.database.as_deref().unwrap_or_default(),
        name.name
    )
}
