//! What is measured: raw usearch, and Gristmill embedded, behind one trait. HTTP is in [`super::http`].

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, AsArray, Float32Array, ListArray, RecordBatch, UInt32Array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Schema, UInt32Type};
use gristmill_engine::{Engine, EngineOptions, Outcome, Session};
use rayon::prelude::*;
use usearch::{Index, IndexOptions, MetricKind, ScalarKind};

use super::data::{DataSet, Failure, Vectors};
use super::{CONNECTIVITY, EF_CONSTRUCTION, K};

/// One engine that answers nearest-neighbour queries over the loaded data set.
pub trait Searcher {
    /// Shown in the report.
    fn name(&self) -> &'static str;
    /// Ids of the [`K`] rows nearest to query number `query`, examining `effort` candidates.
    fn search(&mut self, query: usize, effort: usize) -> Result<Vec<u32>, Failure>;
}

/// The library itself: bf16, cosine, the same parameters, no SQL and no ids to fetch.
pub struct Usearch<'a> {
    index: Index,
    data: &'a DataSet,
    effort: usize,
}

impl<'a> Usearch<'a> {
    /// Builds the graph with `threads` threads and says how long the adding took.
    pub fn build(data: &'a DataSet, threads: usize) -> Result<(Self, Duration), Failure> {
        let index = Index::new(&IndexOptions {
            dimensions: data.base.dimensions,
            metric: MetricKind::Cos,
            quantization: ScalarKind::BF16,
            connectivity: CONNECTIVITY,
            expansion_add: EF_CONSTRUCTION,
            ..IndexOptions::default()
        })?;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let start = Instant::now();
        index.reserve_capacity_and_threads(data.base.rows(), threads)?;
        pool.install(|| {
            (0..data.base.rows())
                .into_par_iter()
                .try_for_each(|row| index.add(row as u64, data.base.row(row)))
        })?;
        Ok((Usearch { index, data, effort: 0 }, start.elapsed()))
    }
}

impl Searcher for Usearch<'_> {
    fn name(&self) -> &'static str {
        "usearch (library)"
    }

    fn search(&mut self, query: usize, effort: usize) -> Result<Vec<u32>, Failure> {
        if self.effort != effort {
            self.index.change_expansion_search(effort);
            self.effort = effort;
        }
        let found = self.index.search(self.data.queries.row(query), K)?;
        Ok(found.keys.iter().map(|key| self.data.ids[*key as usize]).collect())
    }
}

/// Gristmill in this process: statements in, Arrow out.
pub struct Embedded {
    session: Session,
    vectors: Arc<Vec<String>>,
}

impl Embedded {
    /// A session on a new engine over `folder`; `vectors` are the queries as SQL literals.
    pub fn open(folder: &Path, vectors: Arc<Vec<String>>) -> Result<(Arc<Engine>, Self), Failure> {
        let engine = Engine::open(EngineOptions {
            path: Some(folder.to_owned()),
            ..EngineOptions::default()
        })?;
        let session = engine.session();
        Ok((engine, Embedded { session, vectors }))
    }

    /// Runs a statement that answers nothing or whose answer is not looked at.
    pub fn run(&mut self, statement: &str) -> Result<(), Failure> {
        if let Outcome::Rows(mut rows) = self.session.execute(statement.as_bytes(), &BTreeMap::new())? {
            while rows.next()?.is_some() {}
        }
        Ok(())
    }

    /// Creates table `name`, with an index or without, inserts the base rows as one block, says how long it took.
    pub fn load(&mut self, name: &str, data: &DataSet, indexed: bool) -> Result<Duration, Failure> {
        self.load_parts(name, data, indexed, 1)
    }

    /// The same with the rows in so many parts.
    pub fn load_parts(&mut self, name: &str, data: &DataSet, indexed: bool, parts: usize) -> Result<Duration, Failure> {
        self.run(&create_table(name, data, indexed))?;
        self.run(&format!("SYSTEM STOP MERGES {name}"))?;
        let batch = base_batch(data)?;
        let start = Instant::now();
        let step = batch.num_rows().div_ceil(parts);
        for first in (0..batch.num_rows()).step_by(step) {
            let insert = format!("INSERT INTO {name} FORMAT Native");
            let Outcome::Insert(mut insert) = self.session.execute(insert.as_bytes(), &BTreeMap::new())? else {
                return Err("INSERT did not ask for rows".into());
            };
            insert.write(batch.slice(first, step.min(batch.num_rows() - first)))?;
            insert.finish()?;
        }
        Ok(start.elapsed())
    }

    /// Reads a statement as far as its plan in the cache, which must be there.
    pub fn read(&mut self, statement: &str) -> Result<(), Failure> {
        let prepared = self.session.prepare(statement.as_bytes(), &BTreeMap::new());
        match prepared.is_brief(&self.session) {
            true => Ok(()),
            false => Err("the plan of a search is not in the cache".into()),
        }
    }

    /// The ids that a SELECT of one UInt32 column answers.
    pub fn ids(&mut self, statement: &str) -> Result<Vec<u32>, Failure> {
        let Outcome::Rows(mut rows) = self.session.execute(statement.as_bytes(), &BTreeMap::new())? else {
            return Err("SELECT answered no rows".into());
        };
        let mut ids = Vec::with_capacity(K);
        while let Some(batch) = rows.next()? {
            ids.extend_from_slice(batch.column(0).as_primitive::<UInt32Type>().values());
        }
        Ok(ids)
    }
}

impl Searcher for Embedded {
    fn name(&self) -> &'static str {
        "SQL, embedded"
    }

    fn search(&mut self, query: usize, effort: usize) -> Result<Vec<u32>, Failure> {
        let statement = search_statement("indexed", &self.vectors[query], effort);
        self.ids(&statement)
    }
}

/// Vectors as SQL writes them.
pub fn literals(vectors: &Vectors) -> Vec<String> {
    (0..vectors.rows())
        .map(|row| {
            let numbers: Vec<String> = vectors.row(row).iter().map(f32::to_string).collect();
            format!("[{}]", numbers.join(","))
        })
        .collect()
}

/// The statement that every Gristmill client of this benchmark sends.
pub fn search_statement(table: &str, vector: &str, effort: usize) -> String {
    format!(
        "SELECT id FROM {table} ORDER BY cosineDistance(embedding, {vector}) LIMIT {K} \
         SETTINGS hnsw_candidate_list_size_for_search = {effort}"
    )
}

/// The same question answered exactly. On one thread, as chdb's beside it.
pub fn exact_statement(table: &str, vector: &str) -> String {
    format!("SELECT id FROM {table} ORDER BY cosineDistance(embedding, {vector}) LIMIT {K} SETTINGS max_threads = 1")
}

fn create_table(name: &str, data: &DataSet, indexed: bool) -> String {
    let index = format!(
        ", INDEX ix embedding TYPE vector_similarity('hnsw', 'cosineDistance', {}, 'bf16', {CONNECTIVITY}, {EF_CONSTRUCTION})",
        data.base.dimensions
    );
    let index = if indexed { index.as_str() } else { "" };
    let labels: String = data
        .labels
        .iter()
        .map(|(label, _)| format!(", {label} UInt32"))
        .collect();
    format!("CREATE TABLE {name} (id UInt32, embedding Array(Float32){labels}{index}) ENGINE = MergeTree ORDER BY id")
}

fn base_batch(data: &DataSet) -> Result<RecordBatch, Failure> {
    let item = Arc::new(Field::new("item", DataType::Float32, false));
    let values: ArrayRef = Arc::new(Float32Array::from(data.base.values.clone()));
    let lengths = std::iter::repeat_n(data.base.dimensions, data.base.rows());
    let vectors = ListArray::try_new(item.clone(), OffsetBuffer::from_lengths(lengths), values, None)?;
    let mut fields = vec![
        Field::new("id", DataType::UInt32, false),
        Field::new("embedding", DataType::List(item), false),
    ];
    let ids: ArrayRef = Arc::new(UInt32Array::from(data.ids.clone()));
    let mut columns = vec![ids, Arc::new(vectors)];
    for (label, values) in &data.labels {
        fields.push(Field::new(label, DataType::UInt32, false));
        columns.push(Arc::new(UInt32Array::from(values.clone())));
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}
