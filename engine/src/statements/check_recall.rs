//! SYSTEM CHECK VECTOR INDEX RECALL: an index against exact search. Not ClickHouse's.

use std::time::Instant;

use gristmill_sql::Code;
use gristmill_sql::parser::CheckRecall;

use super::ready;
use crate::cells::Cells;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::search::{EffortRecall, RecallCheck, Surroundings};

/// Nearest rows that are compared if nothing is said.
const LIMIT_DEFAULT: u64 = 10;
/// Rows that are looked for if nothing is said.
const SAMPLE_DEFAULT: u64 = 100;
/// More nearest rows are not compared.
const LIMIT_MAX: u64 = 10_000;
/// More rows are not looked for: their vectors are in memory.
const SAMPLE_MAX: u64 = 100_000;

const COLUMNS: [(&str, &str); 10] = [
    ("ef", "UInt64"),
    ("recall", "Float64"),
    ("graph_recall", "Float64"),
    ("visited_nodes", "Float64"),
    ("computed_distances", "Float64"),
    ("microseconds", "Float64"),
    ("k", "UInt64"),
    ("queries", "UInt64"),
    ("parts", "UInt64"),
    ("parts_without_index", "UInt64"),
];

/// One row per effort: recall, and what a query costs on average.
pub fn check_recall(check: &CheckRecall, environment: &Environment, started: Instant) -> Result<Outcome> {
    let limit = within("LIMIT", check.limit.unwrap_or(LIMIT_DEFAULT), LIMIT_MAX)?;
    let sample = within("SAMPLE", check.sample.unwrap_or(SAMPLE_DEFAULT), SAMPLE_MAX)?;
    let (database, name) = environment.resolve(&check.table);
    let table = environment.engine.catalog().table(database, name)?;
    let mut indexes = table.definition.indexes.iter();
    let index = indexes.find(|index| index.name == check.index).ok_or_else(|| {
        let message = format!("Wrong index name. Cannot find index `{}` to check.", check.index);
        Error::new(Code::BAD_ARGUMENTS, message)
    })?;
    let vector = index.vector().ok_or_else(|| {
        let message = format!(
            "Index `{}` is of type {}, not vector_similarity",
            index.name, index.type_name
        );
        Error::new(Code::BAD_ARGUMENTS, message)
    })?;
    let recall = RecallCheck {
        table: &table,
        index,
        vector,
        limit: limit as usize,
        sample,
    };
    let recall = recall.run(&Surroundings::of(environment))?;
    let mut cells = Cells::new(COLUMNS)?;
    for effort in &recall.efforts {
        let mean = |sum: f64| sum / recall.queries as f64;
        let EffortRecall {
            effort,
            wanted,
            found,
            found_by_graph,
            visited,
            computed,
            seconds,
        } = effort;
        cells.push([
            (*effort).into(),
            (*found as f64 / *wanted as f64).into(),
            (*found_by_graph as f64 / *wanted as f64).into(),
            mean(*visited as f64).into(),
            mean(*computed as f64).into(),
            mean(seconds * 1e6).into(),
            limit.into(),
            recall.queries.into(),
            recall.parts.into(),
            recall.parts_without.into(),
        ]);
    }
    ready(cells, environment, started)
}

fn within(what: &str, number: u64, most: u64) -> Result<u64> {
    match (1..=most).contains(&number) {
        true => Ok(number),
        false => {
            let message = format!("{what} of SYSTEM CHECK VECTOR INDEX RECALL must be from 1 to {most}, not {number}");
            Err(Error::new(Code::BAD_ARGUMENTS, message))
        }
    }
}
