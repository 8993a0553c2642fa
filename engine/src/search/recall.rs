//! How well an index finds what exact search finds: rows of the table are looked for by both.
//!
//! Rows are taken at equal distances from each other over all parts, so that two checks of the same parts ask the same
//! questions: all parts are searched, also those that the index is not in, with the session's settings. What is measured
//! is what a query does, which may take codes or compare all rows; and, beside it, the graph alone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use gristmill_index::{VectorIndexDefinition, Vectors, Workers};
use gristmill_storage::PartSet;

use super::node::DISTANCE;
use super::part::{Near, PartSearch};
use super::run::{Answer, Surroundings, run};
use super::{IndexUse, Options, Reference, Search};
use crate::error::Result;
use crate::settings::Settings;
use crate::table::prune::{PartRows, prune};
use crate::table::{MergeTreeTable, Reading, TableIndex};

/// Efforts that are measured beside the session's.
const EFFORTS: [u64; 6] = [16, 32, 64, 128, 256, 512];

/// What is checked.
pub struct RecallCheck<'a> {
    /// Where.
    pub table: &'a MergeTreeTable,
    /// The index.
    pub index: &'a TableIndex,
    /// Its parameters.
    pub vector: &'a VectorIndexDefinition,
    /// Nearest rows that each query asks for.
    pub limit: usize,
    /// How many queries.
    pub sample: u64,
}

/// What was found out.
pub struct Recall {
    /// Queries that were asked: rows with a vector that the index takes.
    pub queries: usize,
    /// Parts with rows.
    pub parts: usize,
    /// Those of them without the index, which are compared exactly.
    pub parts_without: usize,
    /// Per effort, ascending.
    pub efforts: Vec<EffortRecall>,
}

/// Sums over all queries with one effort.
pub struct EffortRecall {
    /// `hnsw_candidate_list_size_for_search`
    pub effort: u64,
    /// Rows of the exact answers.
    pub wanted: u64,
    /// Those of them that a query found, or others as near.
    pub found: u64,
    /// The same of queries that are answered by graphs alone.
    pub found_by_graph: u64,
    /// Nodes whose links a query followed.
    pub visited: u64,
    /// Vectors that it compared, in graphs or one by one.
    pub computed: u64,
    /// Time that it took.
    pub seconds: f64,
}

/// How a question is answered.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// Every row is compared by its own numbers.
    Exact,
    /// As a query of the session is, with this effort.
    Session(u64),
    /// By graphs, with this effort.
    Graph(u64),
}

/// A row of the table, and its vector.
struct Sampled {
    place: usize,
    row: u32,
    numbers: Vec<f64>,
}

impl RecallCheck<'_> {
    /// Asks every question exactly, then by the index with each effort.
    pub fn run(&self, around: &Surroundings<'_>) -> Result<Recall> {
        let parts = self.table.parts_to_read()?;
        let with_rows = prune(self.table, &parts, &[])?.parts;
        let without = with_rows.iter().filter(|part| !self.index.is_in(&part.part));
        let own = around.settings.integer("hnsw_candidate_list_size_for_search");
        let mut efforts: Vec<u64> = EFFORTS.into_iter().chain([own]).collect();
        efforts.sort_unstable();
        efforts.dedup();
        let mut recall = Recall {
            queries: 0,
            parts: with_rows.len(),
            parts_without: without.count(),
            efforts: efforts.into_iter().map(EffortRecall::new).collect(),
        };
        for sampled in self.sampled(&with_rows)? {
            around.stop.check()?;
            self.ask(&sampled, &parts, &with_rows, around, &mut recall.efforts)?;
            recall.queries += 1;
        }
        Ok(recall)
    }

    /// Searches one vector in all ways.
    fn ask(
        &self,
        sampled: &Sampled,
        parts: &Arc<PartSet>,
        with_rows: &[PartRows],
        around: &Surroundings<'_>,
        efforts: &mut [EffortRecall],
    ) -> Result<()> {
        let settings = self.settings(around.settings, Way::Exact)?;
        let search = self.search(&settings);
        let mut exact = self.answer(&search, sampled, parts, &around.with(&settings))?;
        let wanted = self.others(&mut exact, sampled);
        let find = |way| -> Result<(Answer, Duration, u64)> {
            let settings = self.settings(around.settings, way)?;
            let (search, around) = (self.search(&settings), around.with(&settings));
            let started = Instant::now();
            let mut answer = self.answer(&search, sampled, parts, &around)?;
            let took = started.elapsed();
            let found = self.others(&mut answer, sampled);
            let found = found_of(&search, &sampled.numbers, &wanted, &found, with_rows, &around)?;
            Ok((answer, took, found))
        };
        for effort in efforts {
            let (answer, took, found) = find(Way::Session(effort.effort))?;
            effort.seconds += took.as_secs_f64();
            for report in &answer.parts {
                effort.visited += report.visited;
                effort.computed += report.computed + report.scanned + report.compared;
            }
            effort.wanted += wanted.len() as u64;
            effort.found += found;
            effort.found_by_graph += find(Way::Graph(effort.effort))?.2;
        }
        Ok(())
    }

    fn answer(
        &self,
        search: &Search,
        sampled: &Sampled,
        parts: &Arc<PartSet>,
        around: &Surroundings<'_>,
    ) -> Result<Answer> {
        run(search, parts, &sampled.numbers, &schema_of_answer(), around)
    }

    /// The rows of an answer but for the one whose vector was looked for.
    fn others(&self, answer: &mut Answer, sampled: &Sampled) -> Vec<(usize, u32)> {
        let mut rows = std::mem::take(&mut answer.near);
        rows.retain(|near| *near != (sampled.place, sampled.row));
        rows.truncate(self.limit);
        rows
    }

    /// The session's settings, so that this index answers in a way, or none at all.
    fn settings(&self, session: &Settings, way: Way) -> Result<Settings> {
        let mut settings = session.clone();
        for forced in [
            "force_data_skipping_indices",
            "force_primary_key",
            "force_index_by_date",
            "compatibility",
        ] {
            settings.reset(forced)?;
        }
        let rows_max = session
            .integer("max_limit_for_vector_search_queries")
            .max(self.limit as u64 + 1);
        settings.set("max_limit_for_vector_search_queries", &rows_max.to_string())?;
        settings.set("query_plan_try_use_vector_search", "1")?;
        settings.set("use_skip_indexes", if way == Way::Exact { "0" } else { "1" })?;
        if let Way::Session(effort) | Way::Graph(effort) = way {
            settings.set("hnsw_candidate_list_size_for_search", &effort.to_string())?;
        }
        if let Way::Graph(_) = way {
            // Whatever would cost less, the graph is asked.
            settings.set("vector_search_filter_strategy", "postfilter")?;
        }
        Ok(settings)
    }

    fn search(&self, settings: &Settings) -> Search {
        let others = self
            .table
            .definition
            .vector_indexes()
            .map(|(index, _)| index.name.clone());
        let others = others.filter(|name| *name != self.index.name).collect();
        let mut table = self.table.clone();
        table.reading = Arc::new(Reading::new(settings).ignoring(others));
        let expression = self.index.column().is_none().then(|| self.index.expressions[0].clone());
        Search {
            table,
            column: self.index.column().unwrap_or(&self.index.text).to_owned(),
            expression: expression.map(Arc::new),
            metric: self.vector.metric,
            reference: Reference {
                numbers: Arc::default(),
                element: DataType::Float64,
                slot: None,
            },
            wide: true,
            rows: self.limit + 1, // the row itself does not count
            rescored: false,
            refill: None,
            filters: Vec::new(),
            filter: None,
            columns: Vec::new(),
        }
    }

    /// The rows that are looked for: some of all that are there, in their order.
    fn sampled(&self, parts: &[PartRows]) -> Result<Vec<Sampled>> {
        let total: u64 = parts.iter().map(|part| part.rows.count()).sum();
        let count = self.sample.min(total);
        let mut places = (0..count).map(|at| (u128::from(at) * u128::from(total) / u128::from(count)) as u64);
        let (mut next, mut before, mut sampled) = (places.next(), 0, Vec::new());
        for (place, part) in parts.iter().enumerate() {
            let mut rows = Vec::new();
            for range in part.rows.iter() {
                let length = range.end - range.start;
                while let Some(at) = next.filter(|at| at - before < length) {
                    rows.push((range.start + at - before) as u32);
                    next = places.next();
                }
                before += length;
            }
            if !rows.is_empty() {
                self.vectors(place, part, &rows, &mut sampled)?;
            }
        }
        Ok(sampled)
    }

    /// Adds the rows whose vectors the index can be asked for: a part without it may hold others.
    fn vectors(&self, place: usize, part: &PartRows, rows: &[u32], sampled: &mut Vec<Sampled>) -> Result<()> {
        let expression = &self.index.expressions[0];
        let sources: Vec<&str> = expression.sources.iter().map(String::as_str).collect();
        let values = expression.evaluate(&part.part.read_rows(&sources, rows)?)?;
        for (at, row) in rows.iter().enumerate() {
            let vector: ArrayRef = values.slice(at, 1);
            if vector.as_list::<i32>().value_length(0) as usize != self.vector.dimensions {
                continue;
            }
            let mut numbers = vec![0.0; self.vector.dimensions];
            Vectors::from_array(&vector, numbers.len())?.row_f64(0, &mut numbers);
            if numbers.iter().all(|number| number.is_finite()) {
                sampled.push(Sampled {
                    place,
                    row: *row,
                    numbers,
                });
            }
        }
        Ok(())
    }
}

impl EffortRecall {
    fn new(effort: u64) -> Self {
        Self {
            effort,
            wanted: 0,
            found: 0,
            found_by_graph: 0,
            visited: 0,
            computed: 0,
            seconds: 0.0,
        }
    }
}

fn schema_of_answer() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new(DISTANCE, DataType::Float64, false)]))
}

/// How many of the wanted rows were found. A row that is as near as the last wanted one counts too: which of equal ones
/// is in an answer is chance.
fn found_of(
    search: &Search,
    numbers: &[f64],
    wanted: &[(usize, u32)],
    found: &[(usize, u32)],
    parts: &[PartRows],
    around: &Surroundings<'_>,
) -> Result<u64> {
    let (met, others): (Vec<_>, Vec<_>) = found.iter().partition(|row| wanted.contains(row));
    let Some(last) = wanted.last().filter(|_| !others.is_empty()) else {
        return Ok(met.len() as u64);
    };
    let options = Options::new(around.settings)?;
    let stopped = || around.stop.is_up();
    let indexes = IndexUse::decide(search, &options)?;
    let workers = Workers::new(1, &stopped);
    let part_search = PartSearch::new(search, numbers, &options, &indexes, around, workers);
    let key = |(part, row): (usize, u32)| -> Result<f64> {
        let mut near = Near {
            part,
            row,
            key: 0.0,
            exact: false,
        };
        part_search.rescore(&parts[part].part, &mut [&mut near])?;
        Ok(near.key)
    };
    let farthest = key(*last)?;
    let mut as_near = 0;
    for other in others {
        as_near += u64::from(key(other)?.total_cmp(&farthest).is_le());
    }
    Ok((met.len() as u64 + as_near).min(wanted.len() as u64))
}
