//! What EXPLAIN says of a search. As in ClickHouse, `indexes = 1` runs it: how many granules an index leaves is known
//! only then.

use std::collections::BTreeSet;

use datafusion::logical_expr::LogicalPlan;
use gristmill_index::Source;

use super::SelectWithSearch;
use super::options::{FilterStrategy, IndexUse, Options};
use super::part::PartReport;
use super::refill::{not_enough, run_filled};
use super::run::{Answer, Surroundings, run};
use crate::error::Result;
use crate::statements::explain::Tree;
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

/// The lines from ReadFromMergeTree on.
pub fn explain_search(tree: &mut Tree<'_>, node: &SelectWithSearch, depth: usize) -> Result<()> {
    let environment = tree.environment;
    let search = &node.search;
    let around = Surroundings::of(environment);
    let parts = search.table.parts_to_read()?;
    let (numbers, schema) = (&search.reference.numbers, node.schema_of_answer());
    let options = Options::new(&environment.settings)?;
    let (answer, used) = match run_filled(search, &parts, numbers, &schema, &around)? {
        Some(answer) => (answer, IndexUse::decide(search, &options)?),
        None => {
            let reason = not_enough(search, &options)?;
            let mut answer = run(search, &parts, numbers, &schema, &around)?;
            answer.not_used = Some(reason.clone());
            (answer, IndexUse::None(reason))
        }
    };
    tree.read(&search.table, &answer.pruning, depth);
    if let IndexUse::Indexes(indexes) = &used {
        searched(tree, indexes, &answer, depth + 1);
    }
    tree.line(depth, "SelectWithSearch");
    let numbers = search.reference.numbers.len();
    tree.line(
        depth + 1,
        format!(
            "Distance: {}({}, [{numbers} numbers])",
            search.metric.name(),
            search.column
        ),
    );
    tree.line(depth + 1, format!("Rows: {}", search.rows));
    if !search.filters.is_empty() {
        let strategy = match options.strategy {
            FilterStrategy::Auto => "auto",
            FilterStrategy::Prefilter => "prefilter",
            FilterStrategy::Postfilter => "postfilter",
        };
        tree.line(depth + 1, format!("Filter strategy: {strategy}"));
    }
    if let Some(reason) = &answer.not_used {
        tree.line(depth + 1, format!("Vector index not used: {reason}"));
    }
    if tree.analyze {
        answer
            .pruning
            .parts
            .iter()
            .zip(&answer.parts)
            .for_each(|(part, report)| describe(tree, depth + 1, part, report));
        if let Some(shortage) = environment.engine.indexes().shortage() {
            tree.line(depth + 1, format!("Vector index cache too small: {shortage}"));
        }
    }
    Ok(())
}

/// The indexes that were searched, each with what it left of what those before it had left.
fn searched(tree: &mut Tree<'_>, indexes: &[&TableIndex], answer: &Answer, depth: usize) {
    let place = |report: &PartReport| {
        indexes
            .iter()
            .position(|index| report.index.as_ref() == Some(&index.name))
    };
    let used: BTreeSet<usize> = answer.parts.iter().filter_map(place).collect();
    let (mut all_parts, mut all_granules) = all(&answer.pruning.parts);
    for at in used {
        let index = indexes[at];
        let (parts, granules) = left(answer, |report| place(report).is_none_or(|place| place <= at));
        tree.line(depth, "Skip");
        tree.line(depth + 1, format!("Name: {}", index.name));
        let description = format!("Description: vector_similarity GRANULARITY {}", index.granularity);
        tree.line(depth + 1, description);
        tree.line(depth + 1, format!("Parts: {parts}/{all_parts}"));
        tree.line(depth + 1, format!("Granules: {granules}/{all_granules}"));
        (all_parts, all_granules) = (parts, granules);
    }
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

fn describe(tree: &mut Tree<'_>, depth: usize, part: &PartRows, report: &PartReport) {
    let PartReport {
        effort,
        index,
        compared,
        visited,
        computed,
        matching,
        source,
        load,
    } = report;
    let mut words = vec![format!("{} rows", part.part.rows())];
    if let Some(matching) = matching {
        words.push(format!("{matching} match"));
    }
    if let Some(index) = index {
        words.push(format!(
            "index {index}: {effort} candidates, {visited} nodes visited, {computed} distances"
        ));
    }
    match source {
        Some(Source::Cache) => words.push("index from the cache".into()),
        Some(Source::MappedFile) => words.push("index in its mapped file".into()),
        Some(Source::Disk) => words.push(format!("index from disk in {:.3} ms", load.as_secs_f64() * 1000.0)),
        None => {}
    }
    if *compared > 0 {
        words.push(format!("{compared} compared exactly"));
    }
    tree.line(depth, format!("Part {}: {}", part.part.name(), words.join(", ")));
}
