//! Answers a search on one snapshot of its table.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, Float32Array, Float64Array, RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use gristmill_index::Workers;
use gristmill_storage::{PartSet, RowRanges};

use super::fetch::fetch;
use super::part::{Near, PartReport, PartSearch};
use super::{IndexUse, Options, Reason, Search};
use crate::engine::Engine;
use crate::environment::Environment;
use crate::error::Result;
use crate::events::Events;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::stop::StopSign;
use crate::table::prune::{PartRows, Pruning, Selected, prune};

/// What a running search needs beside its question.
pub struct Surroundings<'a> {
    /// Settings of the query.
    pub settings: &'a Settings,
    /// The database: its opened indexes, its threads.
    pub engine: &'a Engine,
    /// The statement's counters.
    pub progress: &'a Progress,
    /// What ends the statement early.
    pub stop: &'a StopSign,
}

impl<'a> Surroundings<'a> {
    /// Where the statement counts what happens.
    pub fn events(&self) -> &Events {
        self.progress.events()
    }

    /// The same with other settings.
    pub fn with(&self, settings: &'a Settings) -> Self {
        Self { settings, ..*self }
    }

    /// Those of a statement that is not answered from the plan cache.
    pub fn of(environment: &'a Environment) -> Self {
        Self {
            settings: &environment.settings,
            engine: &environment.engine,
            progress: &environment.progress,
            stop: &environment.stop,
        }
    }
}

/// The nearest rows, and how they were found.
pub struct Answer {
    /// Rows that indexes left out have at least this ascending key by their own numbers.
    pub left_out: Option<f64>,
    /// The search's columns and the distance, nearest first.
    pub batch: RecordBatch,
    /// What pruning left.
    pub pruning: Pruning,
    /// Per part that pruning left.
    pub parts: Vec<PartReport>,
    /// Why not every part was searched by an index.
    pub not_used: Option<Reason>,
    /// How long pruning, the search of all parts and the read of the other columns took.
    pub took: [Duration; 3],
    /// Granules of the answer's rows and of what was compared exactly, per part.
    pub near: Vec<(usize, u32)>,
}

/// Runs a search in some parts of its table for a vector, which need not be the search's own. `schema` is that of the
/// answer.
pub fn run(
    search: &Search,
    snapshot: &Arc<PartSet>,
    numbers: &[f64],
    schema: &SchemaRef,
    around: &Surroundings<'_>,
) -> Result<Answer> {
    around.stop.check()?;
    let options = Options::new(around.settings)?.of(search);
    let indexes = IndexUse::decide(search, &options)?;
    let begun = Instant::now();
    let pruning = left_by_pruning(search, snapshot, around)?;
    if search.table.reading.forces() && !snapshot.parts().is_empty() {
        let table = &search.table;
        table.reading.check(&table.definition, &pruning, &indexes.names())?;
    }
    let pruned = begun.elapsed();
    let stopped = || around.stop.is_up();
    let part_search = |indexes| {
        let workers = Workers::new(around.engine.executor().query_threads(around.settings), &stopped);
        PartSearch::new(search, numbers, &options, indexes, around, workers).over(&pruning.parts)
    };
    let by_indexes = part_search(&indexes);
    let (mut near, mut parts) = search_parts(&by_indexes, &pruning.parts)?;
    near = rescored(&by_indexes, &pruning.parts, near)?;
    // An index knows a distance where SQL knows none: of a vector of zeros. Such rows took the places of others.
    if search.rescored && near.iter().any(|near| near.key.is_nan()) {
        let none = IndexUse::None(Reason::Refill {
            rows_max: options.rows_max,
        });
        (near, parts) = search_parts(&part_search(&none), &pruning.parts)?;
    }
    near.sort_unstable_by(Near::order);
    near.truncate(search.rows);
    let not_used = indexes.not_used(&pruning.parts, &parts, options.effort);
    let searched = begun.elapsed();
    let mut columns = fetch(
        &schema.fields()[..search.columns.len()],
        &pruning.parts,
        &near,
        around.progress,
    )?;
    columns.push(distances(search, &near));
    let options = RecordBatchOptions::new().with_row_count(Some(near.len()));
    let batch = RecordBatch::try_new_with_options(schema.clone(), columns, &options)?;
    let left_out = parts.iter().filter_map(|report| report.left_out).min_by(f64::total_cmp);
    let near: Vec<(usize, u32)> = near.iter().map(|near| (near.part, near.row)).collect();
    selected(snapshot, &pruning, &parts, &near).count(around.events());
    Ok(Answer {
        batch,
        pruning,
        parts,
        not_used,
        left_out,
        took: [pruned, searched - pruned, begun.elapsed() - searched],
        near,
    })
}

/// What pruning leaves; without its steps if the filter knows all parts already.
fn left_by_pruning(search: &Search, snapshot: &PartSet, around: &Surroundings<'_>) -> Result<Pruning> {
    let table = search.table.for_statement(around.stop);
    let Some(filter) = search
        .filter
        .as_ref()
        .filter(|_| table.final_read.is_none() && table.policy.is_none())
    else {
        return prune(&table, snapshot, &search.filters);
    };
    // What must be used is told from the steps.
    if let Some(parts) = filter.known_parts(snapshot).filter(|_| !search.table.reading.forces()) {
        let steps = Vec::new();
        return Ok(Pruning { parts, steps });
    }
    let pruning = prune(&table, snapshot, &search.filters)?;
    filter.learn_pruned(snapshot, &pruning.parts);
    Ok(pruning)
}

/// Candidates that the graph of a small share of all rows keeps at least.
const EFFORT_MIN: usize = 16;
/// How the number of candidates falls with the share.
const EFFORT_EXPONENT: f64 = 0.6;

/// Searches every part with an effort for its share of the rows, then those parts again that turn out to hold a larger
/// share of the nearest rows: together the parts cost little more than one part with all rows.
fn search_parts(search: &PartSearch<'_>, parts: &[PartRows]) -> Result<(Vec<Near>, Vec<PartReport>)> {
    let effort = search.options.effort;
    if let [part] = parts {
        let (near, report) = search.run(0, part, effort)?;
        return Ok((near, vec![report]));
    }
    let first = |place: usize| effort_for(effort, parts[place].part.rows() as f64 / search.all_rows as f64);
    let mut found = search.map(parts.len(), |place| search.run(place, &parts[place], first(place)))?;
    let mut near: Vec<Near> = found.iter().flat_map(|(near, _)| near.iter().copied()).collect();
    near.sort_unstable_by(Near::order);
    near.truncate(search.search.rows);
    let again = (0..parts.len()).filter_map(|place| {
        let held = near.iter().filter(|near| near.part == place).count();
        let wanted = effort_for(effort, held as f64 / near.len() as f64);
        let was_walked = found[place].1.visited > 0;
        (was_walked && wanted > first(place)).then_some((place, wanted))
    });
    let again: Vec<(usize, usize)> = again.collect();
    let better = search.map(again.len(), |at| {
        let (place, effort) = again[at];
        search.run(place, &parts[place], effort)
    })?;
    for ((place, _), mut better) in again.iter().zip(better) {
        let first = &found[*place].1;
        better.1.rounds += first.rounds;
        better.1.took += first.took;
        if first.load > better.1.load {
            (better.1.source, better.1.load) = (first.source, first.load);
        }
        found[*place] = better;
    }
    let (near, reports): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    Ok((near.into_iter().flatten().collect(), reports))
}

/// The more of the answer lies in a part, the more candidates its graph keeps: so many that fifty parts of 800 rows find
/// what one of 40,000 finds.
fn effort_for(effort: usize, share: f64) -> usize {
    (effort as f64 * share.powf(EFFORT_EXPONENT))
        .ceil()
        .max(EFFORT_MIN.min(effort) as f64) as usize
}

/// The same rows with the keys that order them. Keys of an index and exact ones do not mix: one exact key makes all of
/// them exact.
fn rescored(search: &PartSearch<'_>, parts: &[PartRows], mut near: Vec<Near>) -> Result<Vec<Near>> {
    let mixed = near.iter().any(|near| near.exact);
    let rescore = search.search.is_rescored(search.options) || mixed;
    if rescore && near.iter().any(|near| !near.exact) {
        for (place, part) in parts.iter().enumerate() {
            let mut rows: Vec<&mut Near> = near
                .iter_mut()
                .filter(|near| near.part == place && !near.exact)
                .collect();
            if !rows.is_empty() {
                search.rescore(&part.part, &mut rows)?;
            }
        }
    }
    Ok(near)
}

/// What was read for the answer: the granules of its rows, and those of which every row was compared.
fn selected(snapshot: &PartSet, pruning: &Pruning, parts: &[PartReport], near: &[(usize, u32)]) -> Selected {
    let mut selected = Selected::none_of(snapshot);
    let mut near = near.to_vec();
    near.sort_unstable();
    let mut near = near.as_slice();
    for (place, (part, report)) in pruning.parts.iter().zip(parts).enumerate() {
        let (here, later) = near.split_at(near.partition_point(|(of, _)| *of == place));
        near = later;
        match report.compared {
            0 if here.is_empty() => {}
            0 => selected.add(part, &RowRanges::from_rows(here.iter().map(|(_, row)| u64::from(*row)))),
            _ => selected.add(part, &part.rows),
        }
    }
    selected
}

fn distances(search: &Search, near: &[Near]) -> ArrayRef {
    let values = near.iter().map(|near| search.metric.to_sql(near.key));
    match search.wide {
        true => Arc::new(Float64Array::from_iter_values(values)),
        false => Arc::new(Float32Array::from_iter_values(values.map(|value| value as f32))),
    }
}
