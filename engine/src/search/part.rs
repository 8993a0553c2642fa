//! The nearest rows of one part.
//!
//! Which way is taken depends on how many rows of the part match (`way.rs`): all of them by the graph, many by the graph
//! with a mask, few by comparing each. A graph that comes back with fewer rows than there are is followed by an exact
//! comparison, so that no matching row is ever missing.

use std::time::{Duration, Instant};

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float32Type, Float64Type, UInt16Type};
use gristmill_index::exact::{self, ExactQuery};
use gristmill_index::{RowSet, Scan, Source, VectorIndexDefinition, Vectors, Workers};
use gristmill_sql::Code;
use gristmill_sql::functions::distance::array_name;
use gristmill_storage::{Part, RowRanges};

use super::mask::rows_of;
use super::options::Options;
use super::{IndexUse, Search, Surroundings};
use crate::error::{Error, Result};
use crate::events::Event;
use crate::table::prune::PartRows;

/// Rows compared at a time where a column's vectors differ in length.
const BATCH_ROWS: usize = 8192;

/// A row of the answer.
#[derive(Clone, Copy, Debug)]
pub struct Near {
    /// Place of the part in the snapshot.
    pub part: usize,
    /// Row of the part.
    pub row: u32,
    /// Ascending.
    pub key: f64,
    /// The key is that of the SQL function, not of the vector as an index keeps it.
    pub exact: bool,
}

impl Near {
    /// Nearest first, then in the order of parts and rows.
    pub fn order(&self, other: &Self) -> std::cmp::Ordering {
        self.key
            .total_cmp(&other.key)
            .then((self.part, self.row).cmp(&(other.part, other.row)))
    }
}

/// How a part was searched, for EXPLAIN.
#[derive(Clone, Debug, Default)]
pub struct PartReport {
    /// Candidates that a graph was to keep.
    pub effort: usize,
    /// The index that was searched, if one was.
    pub index: Option<String>,
    /// Where the index was, if it was asked for.
    pub source: Option<Source>,
    /// Opening it, or waiting for another query that did.
    pub load: Duration,
    /// Rows compared exactly.
    pub compared: u64,
    /// Nodes of the graph whose links were followed.
    pub visited: u64,
    /// Distances computed in the graph.
    pub computed: u64,
    /// Rows compared by the vectors that the index keeps, without its graph.
    pub scanned: u64,
    /// Rows whose codes were looked at.
    pub coded: u64,
    /// Rows that match the filter, if there is one.
    pub matching: Option<u64>,
    /// Rows that an index left out have at least this key by their own numbers; none if it left out none, or nobody asks.
    pub left_out: Option<f64>,
    /// The index does not say how far it rounds, as an earlier release wrote it.
    pub rounding_unknown: bool,
    /// How often the part was searched.
    pub rounds: u32,
    /// How long that took, the filter and the opening of the index included.
    pub took: Duration,
}

/// Rows of a part that may be in the answer.
#[derive(Clone, Copy)]
pub struct Matching<'a> {
    pub part: &'a PartRows,
    /// None if all rows are.
    pub mask: Option<&'a RowSet>,
    pub count: u64,
}

/// What searching the parts needs.
pub struct PartSearch<'a> {
    pub search: &'a Search,
    pub numbers: &'a [f64],
    pub options: &'a Options,
    pub indexes: &'a IndexUse<'a>,
    pub around: &'a Surroundings<'a>,
    pub workers: Workers<'a>,
    /// Rows of all parts that are searched; 0 if that does not matter.
    pub all_rows: u64,
    /// For each of the indexes, what all parts that it has compared row by row know of each other.
    pub scans: Vec<Scan>,
}

impl<'a> PartSearch<'a> {
    /// A search of parts, each of which may be searched once by each of the indexes.
    pub fn new(
        search: &'a Search,
        numbers: &'a [f64],
        options: &'a Options,
        indexes: &'a IndexUse<'a>,
        around: &'a Surroundings<'a>,
        workers: Workers<'a>,
    ) -> Self {
        let mut new = Self {
            search,
            numbers,
            options,
            indexes,
            around,
            workers,
            all_rows: 0,
            scans: Vec::new(),
        };
        if let IndexUse::Indexes(indexes) = indexes {
            let definitions = indexes.iter().filter_map(|index| index.vector());
            let scan = |definition: &VectorIndexDefinition| {
                Scan::new(definition, new.narrow(), new.fetched(Some(definition.quantization)))
            };
            new.scans = definitions.map(scan).collect();
        }
        new
    }

    /// The same, knowing which parts there are.
    pub fn over(mut self, parts: &[PartRows]) -> Self {
        self.all_rows = parts.iter().map(|part| part.part.rows()).sum();
        self
    }

    /// The results of `work` on the pieces `0..count`, in their order; the statement's threads share them.
    pub fn map<T: Send>(&self, count: usize, work: impl Fn(usize) -> Result<T> + Sync) -> Result<Vec<T>> {
        self.unless_stopped(self.workers.map(count, work))?
            .into_iter()
            .collect()
    }

    /// What stopped the workers, if they were stopped.
    pub fn unless_stopped<T>(&self, answer: gristmill_index::Result<T>) -> Result<T> {
        answer.map_err(|error| self.around.stop.check().err().unwrap_or_else(|| error.into()))
    }

    /// The nearest rows of a part, in no order, and how they were found. `effort` is how many candidates a graph keeps.
    pub fn run(&self, place: usize, part: &PartRows, effort: usize) -> Result<(Vec<Near>, PartReport)> {
        let begun = Instant::now();
        let (near, mut report) = self.find(place, part, effort)?;
        (report.rounds, report.took) = (1, begun.elapsed());
        Ok((near, report))
    }

    fn find(&self, place: usize, part: &PartRows, effort: usize) -> Result<(Vec<Near>, PartReport)> {
        let mut report = PartReport {
            effort,
            ..PartReport::default()
        };
        let matches = match &self.search.filter {
            Some(filter) => Some(filter.mask(part, self.around)?),
            None => None,
        };
        let mask = matches.as_deref().or(part.visible());
        let count = mask.map_or(part.part.rows(), |mask| u64::from(mask.count()));
        report.matching = matches.is_some().then_some(count);
        if count == 0 {
            return Ok((Vec::new(), report));
        }
        let mask = mask.filter(|_| count < part.part.rows());
        let rows = Matching { part, mask, count };
        let found = match self.index_of(&part.part)? {
            Some((index, scan)) => self.by_index(index, scan, rows, &mut report)?,
            None => None,
        };
        let found = match found {
            Some(found) => found,
            None => self.exactly(&part.part, mask, &mut report)?,
        };
        let near = |(row, key, exact)| Near {
            part: place,
            row,
            key,
            exact,
        };
        Ok((found.into_iter().map(near).collect(), report))
    }

    /// Compares every matching row.
    fn exactly(&self, part: &Part, mask: Option<&RowSet>, report: &mut PartReport) -> Result<Vec<(u32, f64, bool)>> {
        report.compared = mask.map_or(part.rows(), |mask| u64::from(mask.count()));
        self.around.events().add(Event::VectorSearchExactRows, report.compared);
        if let Some(expression) = &self.search.expression {
            return self.computed_exactly(part, mask, expression);
        }
        let query = self.exact_query();
        let Some(vectors) = part.vectors(&self.search.column)? else {
            return self.one_by_one(part, mask, &query);
        };
        check_sizes(self.search, vectors.dimensions(), self.numbers.len())?;
        self.around
            .progress
            .add_read(report.compared, report.compared * vectors.row_bytes() as u64);
        let (element, dimensions) = (vectors.element(), vectors.dimensions());
        let blocks: Vec<(u32, Vectors<'_>)> = vectors
            .blocks(0..part.rows())
            .map(|(first, bytes)| (first as u32, Vectors::from_bytes(element, dimensions, bytes)))
            .collect();
        let hits = self.unless_stopped(exact::nearest(&query, &blocks, mask, &self.workers))?;
        Ok(hits.into_iter().map(|hit| (hit.row, hit.key, true)).collect())
    }

    pub fn exact_query(&self) -> ExactQuery<'_> {
        ExactQuery {
            metric: self.search.metric,
            vector: self.numbers,
            k: self.search.rows,
            wide: self.search.wide,
        }
    }

    /// Compares the rows of a column whose vectors may differ in length: refused at the first that does not fit.
    fn one_by_one(&self, part: &Part, mask: Option<&RowSet>, query: &ExactQuery<'_>) -> Result<Vec<(u32, f64, bool)>> {
        let rows = match mask {
            Some(mask) => RowRanges::from_rows(mask.iter().map(u64::from)),
            None => RowRanges::all(part.rows()),
        };
        let numbered: Vec<u32> = mask.map_or_else(|| (0..rows_of(part)).collect(), |mask| mask.iter().collect());
        let mut numbered = numbered.into_iter();
        let mut found = Vec::new();
        for batch in part.read(&[&self.search.column], &rows, BATCH_ROWS)? {
            let batch = batch?;
            self.around.stop.check()?;
            self.around
                .progress
                .add_read(batch.num_rows() as u64, batch.get_array_memory_size() as u64);
            let lists = batch.column(0).as_list::<i32>();
            for vector in lists.iter().flatten() {
                let row = numbered.next().expect("as many rows are read as were asked for");
                check_sizes(self.search, vector.len(), self.numbers.len())?;
                if !self.numbers.is_empty() {
                    found.push((row, exact::key(query, &one(&vector)?, 0), true));
                }
            }
            if found.len() > self.search.rows {
                found.sort_unstable_by(|left, right| left.1.total_cmp(&right.1).then(left.0.cmp(&right.0)));
                found.truncate(self.search.rows);
            }
        }
        Ok(found)
    }

    /// The key of one row by the SQL function.
    pub fn rescore(&self, part: &Part, rows: &mut [&mut Near]) -> Result<()> {
        if let Some(expression) = &self.search.expression {
            return self.computed_rescore(part, rows, expression);
        }
        let query = self.exact_query();
        let Some(vectors) = part.vectors(&self.search.column)? else {
            let message = format!("part {} has an index over vectors of different lengths", part.name());
            return Err(Error::new(Code::CORRUPTED_DATA, message));
        };
        for near in rows {
            let bytes = vectors.row(u64::from(near.row));
            let row = Vectors::from_bytes(vectors.element(), vectors.dimensions(), bytes);
            near.key = exact::key(&query, &row, 0);
            near.exact = true;
        }
        Ok(())
    }
}

/// One list's numbers.
fn one(vector: &dyn Array) -> Result<Vectors<'_>> {
    match vector.data_type() {
        DataType::Float32 => Ok(Vectors::from_f32(
            vector.len(),
            vector.as_primitive::<Float32Type>().values(),
        )),
        DataType::Float64 => Ok(Vectors::from_f64(
            vector.len(),
            vector.as_primitive::<Float64Type>().values(),
        )),
        DataType::UInt16 => Ok(Vectors::from_bf16(
            vector.len(),
            vector.as_primitive::<UInt16Type>().values(),
        )),
        other => Err(Error::new(
            Code::ILLEGAL_COLUMN,
            format!("{other} is no type of a vector's numbers"),
        )),
    }
}

/// Refuses a vector of another length than the reference's.
pub fn check_sizes(search: &Search, row: usize, reference: usize) -> Result<()> {
    if row == reference {
        return Ok(());
    }
    let message = format!(
        "Array arguments for function {} must have equal sizes",
        array_name(search.metric.name())
    );
    Err(Error::new(Code::SIZES_OF_ARRAYS_DONT_MATCH, message))
}
