//! What EXPLAIN says of a search. As in ClickHouse, `indexes = 1` runs it: how many granules an index leaves is known
//! only then.

use std::collections::BTreeSet;
use std::time::Duration;

use datafusion::logical_expr::LogicalPlan;
use gristmill_index::Source;

use super::options::{FilterStrategy, IndexUse, Options};
use super::part::PartReport;
use super::refill::run_filled;
use super::run::{Answer, Surroundings, run};
use super::{Search, SelectWithSearch};
use crate::environment::Environment;
use crate::error::Result;
use crate::statements::explain::IndexStep;
use crate::table::TableIndex;
use crate::table::prune::PartRows;

/// The search that is all of a plan but projections and limits, and perhaps Sort: whether there is one.
pub fn search_of(plan: &LogicalPlan) -> Option<(&SelectWithSearch, bool)> {
    match plan {
        LogicalPlan::Projection(projection) => search_of(&projection.input),
        LogicalPlan::Limit(limit) => search_of(&limit.input),
        LogicalPlan::Sort(sort) => search_of(&sort.input).map(|(search, _)| (search, true)),
        LogicalPlan::Extension(extension) => {
            let search = extension.node.as_any().downcast_ref::<SelectWithSearch>();
            search.map(|search| (search, false))
        }
        _ => None,
    }
}

/// What EXPLAIN may say of a search.
pub struct Explained {
    /// What it answered.
    pub answer: Answer,
    options: Options,
    /// Indexes that were searched, each with what it left.
    pub indexes: Vec<IndexStep>,
    /// Distances come from an index.
    pub by_index: bool,
    /// What the cache of indexes lacks.
    shortage: Option<String>,
}

impl Explained {
    /// Runs a search.
    pub fn new(node: &SelectWithSearch, environment: &Environment) -> Result<Self> {
        let search = &node.search;
        let around = Surroundings::of(environment);
        let parts = search.table.parts_to_read()?;
        let (numbers, schema) = (&search.reference.numbers, node.schema_of_answer());
        let options = Options::new(&environment.settings)?;
        let (answer, used) = match run_filled(search, &parts, numbers, &schema, &around)? {
            Ok(answer) => (answer, IndexUse::decide(search, &options)?),
            Err(reason) => {
                let mut answer = run(search, &parts, numbers, &schema, &around)?;
                answer.not_used = Some(reason.clone());
                (answer, IndexUse::None(reason))
            }
        };
        let indexes = match &used {
            IndexUse::Indexes(indexes) => searched(indexes, &answer),
            IndexUse::None(_) => Vec::new(),
        };
        let exact = answer.parts.iter().any(|report| report.compared > 0);
        let by_index = !indexes.is_empty() && !exact && !search.is_rescored(&options);
        Ok(Self {
            answer,
            options,
            indexes,
            by_index,
            shortage: environment
                .engine
                .indexes()
                .shortage()
                .map(|shortage| shortage.to_string()),
        })
    }

    /// Parts, granules and rows that are read.
    pub fn read(&self) -> (u64, u64, u64) {
        let ((parts, granules), rows) = (left(&self.answer, |_| true), rows_left(&self.answer));
        (parts as u64, granules, rows)
    }

    /// The lines that ClickHouse has not.
    pub fn lines(&self, search: &Search, analyze: bool) -> Vec<(usize, String)> {
        let numbers = search.reference.numbers.len();
        let (metric, column) = (search.metric.name(), &search.column);
        let mut lines = vec![
            (0, "SelectWithSearch".to_string()),
            (1, format!("Distance: {metric}({column}, [{numbers} numbers])")),
            (1, format!("Rows: {}", search.rows)),
        ];
        if !search.filters.is_empty() {
            let strategy = match self.options.strategy {
                FilterStrategy::Auto => "auto",
                FilterStrategy::Prefilter => "prefilter",
                FilterStrategy::Postfilter => "postfilter",
            };
            lines.push((1, format!("Filter strategy: {strategy}")));
        }
        if let Some(reason) = &self.answer.not_used {
            lines.push((1, format!("Vector index not used: {reason}")));
        }
        if analyze {
            let [prune, search, read] = self.answer.took.map(readable);
            lines.push((
                1,
                format!("Time: pruning {prune} · search {search} · read of columns {read}"),
            ));
            let parts = self.answer.pruning.parts.iter().zip(&self.answer.parts);
            parts.for_each(|(part, report)| self.describe(part, report, &mut lines));
            let shortage = self.shortage.iter();
            lines.extend(shortage.map(|it| (1, format!("Vector index cache too small: {it}"))));
        }
        lines
    }

    fn describe(&self, part: &PartRows, report: &PartReport, lines: &mut Vec<(usize, String)>) {
        let rows = part.part.rows();
        let mut line = |depth: usize, text: String| lines.push((depth, text));
        line(1, format!("Part {}: {rows} rows", part.part.name()));
        line(2, format!("Strategy: {}", self.strategy(report)));
        let allowed = report.matching.or(part.visible().map(|rows| u64::from(rows.count())));
        line(2, format!("Rows allowed: {} of {rows}", allowed.unwrap_or(rows)));
        if let Some(index) = &report.index {
            let source = match report.source {
                Some(Source::Disk) => format!("from disk, opened in {}", readable(report.load)),
                Some(Source::MappedFile) => "in its mapped file".into(),
                Some(Source::Cache) | None => "from cache".into(),
            };
            line(2, format!("Index: {index}, {source}"));
            let PartReport {
                effort,
                visited,
                computed,
                scanned,
                coded,
                ..
            } = report;
            if *visited > 0 || *scanned == 0 {
                let walk = format!("Walk: {effort} candidates, {visited} nodes visited, {computed} distances computed");
                line(2, walk);
            }
            if *coded > 0 {
                line(2, format!("Codes of the index compared: {coded}"));
            }
            if *scanned > 0 {
                line(2, format!("Vectors of the index compared: {scanned}"));
            }
        }
        if report.compared > 0 {
            line(2, format!("Rows compared exactly: {}", report.compared));
        }
        line(2, format!("Rounds: {}", report.rounds));
        line(2, format!("Time: {}", readable(report.took)));
    }

    /// The way that was taken in a part.
    fn strategy(&self, report: &PartReport) -> &'static str {
        let after = self.options.strategy == FilterStrategy::Postfilter;
        match (&report.index, report.compared, report.matching) {
            (None, 0, _) => "none: no row matches",
            (None, ..) => "exact",
            (Some(_), 0, _) if report.coded > 0 => "vectors of the index that their codes do not rule out",
            (Some(_), 0, _) if report.scanned > 0 => "vectors of the index, one by one",
            (Some(_), 0, None) => "graph",
            (Some(_), 0, Some(_)) if after => "post-filter",
            (Some(_), 0, Some(_)) => "in-graph filter",
            (Some(_), ..) => "graph, which came back short, then exact",
        }
    }
}

/// ClickHouse's text of a duration.
pub fn readable(took: Duration) -> String {
    let nanos = took.as_nanos() as f64;
    match nanos {
        ..1e3 => format!("{nanos:.2} ns"),
        ..1e6 => format!("{:.2} us", nanos / 1e3),
        ..1e9 => format!("{:.2} ms", nanos / 1e6),
        _ => format!("{:.2} s", nanos / 1e9),
    }
}

/// The indexes that were searched, each with what it left of what those before it had left.
fn searched(indexes: &[&TableIndex], answer: &Answer) -> Vec<IndexStep> {
    let place = |report: &PartReport| {
        indexes
            .iter()
            .position(|index| report.index.as_ref() == Some(&index.name))
    };
    let used: BTreeSet<usize> = answer.parts.iter().filter_map(place).collect();
    let (all_parts, all_granules) = all(&answer.pruning.parts);
    let mut before = (all_parts as u64, all_granules);
    let step = |at: usize| {
        let index = indexes[at];
        let (parts, granules) = left(answer, |report| place(report).is_none_or(|place| place <= at));
        let after = (parts as u64, granules);
        let description = format!("vector_similarity GRANULARITY {}", index.granularity);
        IndexStep {
            kind: "Skip",
            named: Some((index.name.clone(), description)),
            before: std::mem::replace(&mut before, after),
            after,
            ..IndexStep::default()
        }
    };
    used.into_iter().map(step).collect()
}

fn all(parts: &[PartRows]) -> (usize, u64) {
    (parts.len(), parts.iter().map(PartRows::granules).sum())
}

/// Parts and granules that hold rows of the answer or were compared row by row; all of a part that is not done yet.
fn left(answer: &Answer, done: impl Fn(&PartReport) -> bool) -> (usize, u64) {
    let (mut parts, mut granules) = (0, 0);
    for (place, (part, report)) in answer.pruning.parts.iter().zip(&answer.parts).enumerate() {
        let held = match report.compared {
            0 if done(report) => {
                let rows = answer.near.iter().filter(|(part, _)| *part == place);
                let granularity = part.part.index_granularity();
                rows.map(|(_, row)| u64::from(*row) / granularity)
                    .collect::<BTreeSet<u64>>()
                    .len() as u64
            }
            _ => part.granules(),
        };
        parts += usize::from(held > 0);
        granules += held;
    }
    (parts, granules)
}

/// Rows of the granules that hold rows of the answer or were compared.
fn rows_left(answer: &Answer) -> u64 {
    let parts = answer.pruning.parts.iter().zip(&answer.parts).enumerate();
    let rows = parts.map(|(place, (part, report))| match report.compared {
        0 => {
            let granularity = part.part.index_granularity();
            let near = answer.near.iter().filter(|(part, _)| *part == place);
            let granules: BTreeSet<u64> = near.map(|(_, row)| u64::from(*row) / granularity).collect();
            let rows = |granule: u64| (part.part.rows() - granule * granularity).min(granularity);
            granules.into_iter().map(rows).sum()
        }
        _ => part.rows.count(),
    });
    rows.sum()
}
