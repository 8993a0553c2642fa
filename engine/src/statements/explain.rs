//! EXPLAIN: the plan as an indented list in ClickHouse's classic words (those of 25.8, which are later called
//! `explain_query_plan_default = 'legacy'`), as a tree or as JSON; one row per line.
//!
//! A plan becomes [`Step`]s here, which `step.rs`, `tree.rs` and `json.rs` print; `text.rs` has their expressions. What a
//! search adds is in `search/explain.rs`.

mod json;
mod options;
mod step;
mod text;
mod tree;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use arrow::datatypes::{Field, Schema};
use datafusion::logical_expr::{Distinct, Expr, FetchType, JoinType, LogicalPlan, SkipType, TableScan};
use gristmill_sql::analyzer::{HeaderColumn, Planned};
use gristmill_sql::parser::{Explain, ExplainKind, Statement, format_query};
use gristmill_sql::types::DataType;
use sqlparser::ast::Query;

use super::ready;
use crate::cells::Cells;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::search::explain::{Explained, readable, search_of};
use crate::search::{self, DISTANCE, Form, Reason, Search, SelectWithSearch};
use crate::session::run_query;
use crate::table::MergeTreeTable;
use crate::table::prune::prune;
use options::Options;
pub use step::IndexStep;
use step::{Fact, Step};
use tree::Node;

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
        ExplainKind::Plan => plan(
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

fn plan(query: &Query, options: Options, environment: &Environment) -> Result<Vec<String>> {
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

/// The steps so far, and what is shown of them.
struct Tree<'a> {
    steps: Vec<(usize, Step)>,
    options: Options,
    /// Whether what happened is shown.
    analyze: bool,
    /// Rows that searches have found.
    found: usize,
    /// Names that only the plan has, and what stands for them.
    inner: Vec<(String, String)>,
    /// Tables whose vector indexes are not used, and why.
    unused: Vec<(&'a TableScan, Form)>,
    environment: &'a Environment,
}

impl<'a> Tree<'a> {
    fn new(plan: &'a LogicalPlan, options: Options, analyze: bool, environment: &'a Environment) -> Self {
        Self {
            steps: Vec::new(),
            options,
            analyze,
            found: 0,
            inner: inner_names(plan),
            unused: search::unused(plan),
            environment,
        }
    }

    fn build(&mut self, plan: &LogicalPlan, planned: &Planned) -> Result<()> {
        self.node(plan, 0)?;
        if let Some((_, top)) = self.steps.first_mut() {
            let column = |column: &HeaderColumn| (column.name.clone(), column.data_type.to_string());
            top.header = planned.header.iter().map(column).collect();
        }
        Ok(())
    }

    /// What EXPLAIN prints.
    fn lines(&self, plan: &LogicalPlan, planned: &Planned) -> Vec<String> {
        let lines = self.raw_lines(plan, planned);
        let shown = |line: String| {
            self.inner
                .iter()
                .fold(line, |line, (name, text)| line.replace(name, text))
        };
        lines.into_iter().map(shown).collect()
    }

    fn raw_lines(&self, plan: &LogicalPlan, planned: &Planned) -> Vec<String> {
        let options = &self.options;
        // As in ClickHouse, where they are told apart by what they do.
        let skip = |step: &Step| options.compact && options.actions && step.name == "Expression";
        let mut lines = Vec::new();
        if options.json {
            let roots = Node::trees(&self.steps, &|_| false);
            return roots.iter().flat_map(|root| json::document(root, options)).collect();
        }
        if options.pretty {
            lines.extend([format!("Output: {}", self.output(plan, planned)), String::new()]);
        }
        for root in Node::trees(&self.steps, &skip) {
            match options.pretty {
                true => root.draw(options, &mut lines),
                false => root.list(0, options, &mut lines),
            }
        }
        lines
    }

    /// What the query gives, as expressions where it computes them last.
    fn output(&self, plan: &LogicalPlan, planned: &Planned) -> String {
        match plan {
            LogicalPlan::Projection(projection) => text::list(&projection.expr),
            _ => {
                let names: Vec<&str> = planned.header.iter().map(|column| column.name.as_str()).collect();
                names.join(", ")
            }
        }
    }

    fn step(&mut self, depth: usize, step: Step) {
        self.steps.push((depth, step));
    }

    fn node(&mut self, plan: &LogicalPlan, depth: usize) -> Result<()> {
        if let Some((node, is_sorted)) = search_of(plan) {
            return self.search(node, plan, is_sorted, depth);
        }
        let step = match plan {
            LogicalPlan::SubqueryAlias(alias) => return self.node(&alias.input, depth),
            LogicalPlan::TableScan(scan) => match MergeTreeTable::of(&scan.source) {
                Some(table) => return self.scan(scan, &table, depth),
                None => Step::new("ReadFromStorage", &scan.table_name.to_string()),
            },
            other => step_of(other, depth == 0)?,
        };
        let header = header_of(plan.schema().as_arrow())?;
        self.step(depth, Step { header, ..step });
        plan.inputs()
            .into_iter()
            .try_for_each(|input| self.node(input, depth + 1))
    }

    fn scan(&mut self, scan: &TableScan, table: &MergeTreeTable, depth: usize) -> Result<()> {
        let pruning = prune(table, &table.snapshot(), &scan.filters)?;
        if self.options.indexes && !table.snapshot().parts().is_empty() {
            table.reading.check(&table.definition, &pruning, &[])?;
        }
        let header = header_of(scan.projected_schema.as_arrow())?;
        let granules = pruning.parts.iter().map(|part| part.granules()).sum();
        let read = (pruning.parts.len() as u64, granules);
        let indexes = pruning.steps.iter().map(IndexStep::of).collect();
        let mut step = self.read(table, header, Some(read), indexes);
        let unused = self.unused.iter().find(|(other, _)| std::ptr::eq(*other, scan));
        if let Some((_, form)) = unused.filter(|_| self.options.indexes) {
            step.own
                .push((0, format!("Vector index not used: {}", Reason::Form(*form))));
        }
        self.step(depth, step);
        Ok(())
    }

    /// A table that is read, and what its indexes leave out.
    fn read(
        &self,
        table: &MergeTreeTable,
        header: Vec<(String, String)>,
        read: Option<(u64, u64)>,
        indexes: Vec<IndexStep>,
    ) -> Step {
        let name = &table.definition.create.table;
        let names: Vec<&str> = header.iter().map(|(name, _)| name.as_str()).collect();
        let output = names.join(", ");
        let fact = |(parts, granules)| Fact::Read {
            parts,
            granules,
            output,
        };
        let database = name.database.as_deref().unwrap_or_default();
        Step {
            facts: read.map(fact).into_iter().collect(),
            header,
            indexes: self.options.indexes.then_some(indexes),
            ..Step::new("ReadFromMergeTree", &format!("{database}.{}", name.name))
        }
    }

    /// The steps of a search, in the places that they have in ClickHouse.
    fn search(&mut self, node: &SelectWithSearch, plan: &LogicalPlan, is_sorted: bool, depth: usize) -> Result<()> {
        let search = &node.search;
        let options = &self.options;
        let told = options.indexes || options.header || options.actions;
        let explained = told.then(|| Explained::new(node, self.environment)).transpose()?;
        let by_index = explained.as_ref().is_some_and(|explained| explained.by_index);
        let distance = distance_text(search, by_index);
        self.inner.push((DISTANCE.into(), distance.clone()));
        let key = (
            distance_text(search, false),
            if search.wide { "Float64" } else { "Float32" },
        );
        let mut header: Vec<(String, String)> = typed(search, &search.columns);
        header.push((key.0, key.1.into()));
        let with_header = |step: Step| Step {
            header: header.clone(),
            ..step
        };
        let top = if depth == 0 { "Project names" } else { "" };
        let mut steps = vec![
            Step {
                header: header_of(plan.schema().as_arrow())?,
                ..Step::new("Expression", top)
            },
            with_header(Step {
                facts: vec![limit_of(plan, search.rows)],
                ..Step::new("Limit", "preliminary LIMIT (without OFFSET)")
            }),
        ];
        let direction = if search.metric.nearest_is_smallest() {
            "ASC"
        } else {
            "DESC"
        };
        steps.push(with_header(Step {
            facts: vec![
                Fact::Sort(format!("{distance} {direction}")),
                Fact::SortLimit(search.rows),
            ],
            ..Step::new("Sorting", "Sorting for ORDER BY")
        }));
        if !is_sorted {
            steps.clear();
        }
        match search.filters.is_empty() {
            true => steps.push(with_header(Step::new(
                "Expression",
                "(Before ORDER BY + (Projection + Change column names to column identifiers))",
            ))),
            false => {
                steps.push(with_header(Step::new("Expression", "(Before ORDER BY + Projection)")));
                let conditions: Vec<String> = search.filters.iter().map(text::text).collect();
                steps.push(with_header(Step {
                    facts: vec![Fact::Filter(conditions.join(" AND "))],
                    ..Step::new("Filter", "(WHERE + Change column names to column identifiers)")
                }));
            }
        }
        steps.push(self.read_by_search(search, explained.as_ref()));
        self.found += explained.map_or(0, |explained| explained.answer.batch.num_rows());
        let below = steps.into_iter().enumerate();
        self.steps.extend(below.map(|(at, step)| (depth + at, step)));
        Ok(())
    }

    /// The columns that a search reads: in place of the vectors their distance where an index gives it.
    fn read_by_search(&self, search: &Search, explained: Option<&Explained>) -> Step {
        let filtered = search.filters.iter().flat_map(Expr::column_refs);
        let mut read: BTreeSet<&str> = filtered.map(|column| column.name.as_str()).collect();
        read.extend(search.columns.iter().map(String::as_str));
        let by_index = explained.is_some_and(|explained| explained.by_index);
        if !by_index {
            read.insert(&search.column);
        }
        let stored = search.table.definition.stored.fields().iter();
        let columns = stored
            .map(|field| field.name())
            .filter(|name| read.contains(name.as_str()));
        let mut header = typed(search, &columns.cloned().collect::<Vec<_>>());
        if by_index {
            header.push(("_distance".into(), "Float32".into()));
        }
        let Some(explained) = explained else {
            return self.read(&search.table, header, None, Vec::new());
        };
        let (parts, granules, _) = explained.read();
        let mut indexes: Vec<IndexStep> = explained.answer.pruning.steps.iter().map(IndexStep::of).collect();
        indexes.extend(explained.indexes.iter().cloned());
        let own = match self.options.indexes {
            true => explained.lines(search, self.analyze),
            false => Vec::new(),
        };
        Step {
            own,
            ..self.read(&search.table, header, Some((parts, granules)), indexes)
        }
    }
}

/// Names that planning has given to aggregates, and their texts.
fn inner_names(plan: &LogicalPlan) -> Vec<(String, String)> {
    let mut names = Vec::new();
    if let LogicalPlan::Aggregate(aggregate) = plan {
        for expr in &aggregate.aggr_expr {
            if let Expr::Alias(alias) = expr {
                names.push((alias.name.clone(), text::text(expr)));
            }
        }
    }
    names.extend(plan.inputs().into_iter().flat_map(inner_names));
    names.retain(|(name, _)| name.starts_with("__"));
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len())); // __aggregate10 before __aggregate1
    names
}

/// Any step that reads no table.
fn step_of(plan: &LogicalPlan, top: bool) -> Result<Step> {
    let with = |facts: Vec<Fact>, name: &str, description: &str| Step {
        facts,
        ..Step::new(name, description)
    };
    Ok(match plan {
        LogicalPlan::Projection(_) if top => Step::new("Expression", "(Project names + Projection)"),
        LogicalPlan::Projection(_) => Step::new("Expression", ""),
        LogicalPlan::Filter(filter) => {
            let description = match *filter.input {
                LogicalPlan::Aggregate(_) => "HAVING",
                _ => "WHERE",
            };
            with(vec![Fact::Filter(text::text(&filter.predicate))], "Filter", description)
        }
        LogicalPlan::Aggregate(aggregate) => {
            let mut facts = Vec::new();
            if !aggregate.group_expr.is_empty() {
                facts.push(Fact::Keys(text::list(&aggregate.group_expr)));
            }
            if !aggregate.aggr_expr.is_empty() {
                facts.push(Fact::Aggregates(text::list(&aggregate.aggr_expr)));
            }
            with(facts, "Aggregating", "")
        }
        LogicalPlan::Sort(sort) => {
            let mut facts = vec![Fact::Sort(text::sort_keys(&sort.expr))];
            facts.extend(sort.fetch.map(Fact::SortLimit));
            with(facts, "Sorting", "Sorting for ORDER BY")
        }
        LogicalPlan::Limit(_) => with(vec![limit_of(plan, 0)], "Limit", "preliminary LIMIT (without OFFSET)"),
        LogicalPlan::Distinct(Distinct::All(_) | Distinct::On(_)) => Step::new("Distinct", "DISTINCT"),
        LogicalPlan::Window(_) => Step::new("Window", ""),
        LogicalPlan::Union(_) => Step::new("Union", ""),
        LogicalPlan::Unnest(_) => Step::new("ArrayJoin", "ARRAY JOIN"),
        LogicalPlan::Join(join) if join.join_type == JoinType::Inner => Step::new("Join", "JOIN FillRightFirst"),
        LogicalPlan::Join(join) => {
            let kind = join.join_type.to_string().to_uppercase();
            Step::new("Join", &format!("{kind} JOIN"))
        }
        LogicalPlan::Values(_) => Step::new("ReadFromPreparedSource", ""),
        LogicalPlan::EmptyRelation(_) => Step::new("ReadFromStorage", "SystemOne"),
        other => Step::new(&other.display().to_string(), ""),
    })
}

/// The outermost LIMIT and OFFSET of a plan; so many rows if it has none.
fn limit_of(plan: &LogicalPlan, rows: usize) -> Fact {
    match plan {
        LogicalPlan::Limit(limit) => match (limit.get_fetch_type(), limit.get_skip_type()) {
            (Ok(FetchType::Literal(fetch)), Ok(SkipType::Literal(skip))) => Fact::Limit(fetch.unwrap_or(rows), skip),
            _ => Fact::Limit(rows, 0),
        },
        LogicalPlan::Projection(projection) => limit_of(&projection.input, rows),
        _ => Fact::Limit(rows, 0),
    }
}

/// What is sorted by: the function, or what is made of an index's distance.
fn distance_text(search: &Search, by_index: bool) -> String {
    if by_index {
        return match search.metric.name() {
            "L2Distance" => "sqrt(_distance)".into(),
            _ if search.wide => "CAST(_distance AS Float64)".into(),
            _ => "_distance".into(),
        };
    }
    let numbers = &search.reference.numbers;
    let reference = match numbers.len() {
        length if length > text::ITEMS_MAX => format!("{length} numbers"),
        _ => numbers
            .iter()
            .map(|it| text::number(*it))
            .collect::<Vec<_>>()
            .join(", "),
    };
    format!("{}({}, [{reference}])", search.metric.name(), search.column)
}

/// Stored columns with their types.
fn typed(search: &Search, columns: &[String]) -> Vec<(String, String)> {
    let definition = &search.table.definition;
    let typed = |name: &String| {
        let data_type = definition.column(name).map(|column| column.data_type.to_string());
        (name.clone(), data_type.unwrap_or_default())
    };
    columns.iter().map(typed).collect()
}

/// Names and types of a schema.
fn header_of(schema: &Schema) -> Result<Vec<(String, String)>> {
    let column = |field: &Arc<Field>| Ok((field.name().clone(), DataType::from_field(field)?.to_string()));
    schema.fields().iter().map(column).collect()
}
