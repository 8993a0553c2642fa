//! From a logical plan to the steps that EXPLAIN shows.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema};
use datafusion::logical_expr::{Distinct, Expr, FetchType, JoinType, LogicalPlan, SkipType, TableScan};
use gristmill_sql::analyzer::{HeaderColumn, Planned};
use gristmill_sql::types::DataType;

use super::tree::Node;
use super::{Fact, IndexStep, Options, Step, json, text};
use crate::environment::Environment;
use crate::error::Result;
use crate::search::explain::search_of;
use crate::search::{self, Form, Reason};
use crate::table::MergeTreeTable;
use crate::table::prune::prune;

/// The steps so far, and what is shown of them.
pub struct Tree<'a> {
    /// The steps with their depths, each before those below it.
    pub steps: Vec<(usize, Step)>,
    /// What is shown.
    pub options: Options,
    /// Whether what happened is shown.
    pub analyze: bool,
    /// Rows that searches have found.
    pub found: usize,
    /// Names that only the plan has, and what stands for them.
    pub inner: Vec<(String, String)>,
    /// Tables whose vector indexes are not used, and why.
    unused: Vec<(&'a TableScan, Form)>,
    /// Where the query runs.
    pub environment: &'a Environment,
}

impl<'a> Tree<'a> {
    /// No steps yet.
    pub fn new(plan: &'a LogicalPlan, options: Options, analyze: bool, environment: &'a Environment) -> Self {
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

    /// Makes the steps of the plan.
    pub fn build(&mut self, plan: &LogicalPlan, planned: &Planned) -> Result<()> {
        self.node(plan, 0)?;
        if let Some((_, top)) = self.steps.first_mut() {
            let column = |column: &HeaderColumn| (column.name.clone(), column.data_type.to_string());
            top.header = planned.header.iter().map(column).collect();
        }
        Ok(())
    }

    /// What EXPLAIN prints.
    pub fn lines(&self, plan: &LogicalPlan, planned: &Planned) -> Vec<String> {
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
    pub fn read(
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
pub fn limit_of(plan: &LogicalPlan, rows: usize) -> Fact {
    match plan {
        LogicalPlan::Limit(limit) => match (limit.get_fetch_type(), limit.get_skip_type()) {
            (Ok(FetchType::Literal(fetch)), Ok(SkipType::Literal(skip))) => Fact::Limit(fetch.unwrap_or(rows), skip),
            _ => Fact::Limit(rows, 0),
        },
        LogicalPlan::Projection(projection) => limit_of(&projection.input, rows),
        _ => Fact::Limit(rows, 0),
    }
}

/// Names and types of a schema.
pub fn header_of(schema: &Schema) -> Result<Vec<(String, String)>> {
    let column = |field: &Arc<Field>| Ok((field.name().clone(), DataType::from_field(field)?.to_string()));
    schema.fields().iter().map(column).collect()
}
