//! Where the time of one search goes, from the walk through the graph to the HTTP client, as far as it can be told from
//! outside: every line is a measurement of its own, and the differences say what the layers cost.

use std::sync::Arc;
use std::time::Instant;

use gristmill_index::{Metric, Quantization, SubIndex, SubIndexBuilder, VectorIndexDefinition, VectorQuery, Vectors};

use super::data::{DataSet, Failure};
use super::engines::{Embedded, Searcher, Usearch, search_statement};
use super::http::OverHttp;
use super::{CONNECTIVITY, EF_CONSTRUCTION, K};

/// Rounds of all measurements in turns; the best round counts.
const ROUNDS: usize = 5;

/// What takes part in the breakdown.
pub struct Engines<'a, 'b> {
    /// The library.
    pub usearch: &'a mut Usearch<'b>,
    /// SQL in this process.
    pub embedded: &'a mut Embedded,
    /// SQL in a server.
    pub http: &'a mut OverHttp,
}

/// Microseconds of each measurement, in the order of [`measure`].
struct Times([f64; 8]);

/// Measures every layer at one effort and prints what each takes.
pub fn print(
    engines: Engines<'_, '_>,
    data: &DataSet,
    literals: &Arc<Vec<String>>,
    effort: usize,
) -> Result<(), Failure> {
    let statements: Vec<String> = literals
        .iter()
        .map(|vector| search_statement("indexed", vector, effort))
        .collect();
    measure(engines, data, &statements, effort)?.print(effort);
    Ok(())
}

fn measure(engines: Engines<'_, '_>, data: &DataSet, statements: &[String], effort: usize) -> Result<Times, Failure> {
    let Engines {
        usearch,
        embedded,
        http,
    } = engines;
    let index = build(data)?;
    let bare = http.connection();
    let constants: Vec<String> = statements
        .iter()
        .map(|statement| format!("SELECT 1 /*{}*/", "0".repeat(statement.len().saturating_sub(13))))
        .collect();
    let every = |work: &mut dyn FnMut(usize) -> Result<(), Failure>| -> Result<f64, Failure> {
        let start = Instant::now();
        (0..statements.len()).try_for_each(&mut *work)?;
        Ok(start.elapsed().as_secs_f64() * 1e6 / statements.len() as f64)
    };
    let mut best = [f64::INFINITY; 8];
    for _ in 0..ROUNDS {
        let round = [
            every(&mut |at| usearch.search(at, effort).map(drop))?,
            every(&mut |at| walk(&index, data.queries.row(at), effort))?,
            every(&mut |at| embedded.read(&statements[at]))?,
            every(&mut |at| embedded.search(at, effort).map(drop))?,
            every(&mut |_| bare.ask("GET", "/ping", "").map(drop))?,
            every(&mut |at| bare.ask("POST", "/ping", &statements[at]).map(drop))?,
            every(&mut |at| bare.ask("POST", "/", &statements[at]).map(drop))?,
            every(&mut |at| bare.ask("POST", "/", &constants[at]).map(drop))?,
        ];
        best = std::array::from_fn(|at| round[at].min(best[at]));
    }
    Ok(Times(best))
}

impl Times {
    fn print(&self, effort: usize) {
        let [usearch, walk, reading, embedded, ping, post, search, constant] = self.0;
        println!("\n| one search at ef {effort} | microseconds | of the HTTP request |\n|---|---|---|");
        for (what, micros) in [
            ("walking the graph", walk),
            ("reading the statement: its vector, its plan from the cache", reading),
            (
                "the rest of embedded SQL: fetching rows, making the answer",
                embedded - walk - reading,
            ),
            ("**embedded SQL**, together", embedded),
            ("an empty request (GET /ping)", ping),
            ("sending it the statement's bytes", post - ping),
            ("headers, session, text of the answer", search - post - embedded),
            ("**the HTTP request**, together", search),
            ("for comparison: raw usearch", usearch),
            ("for comparison: SELECT 1 as long", constant),
        ] {
            println!("| {what} | {micros:.1} | {:.2} |", micros / search);
        }
    }
}

fn build(data: &DataSet) -> Result<SubIndex, Failure> {
    let definition = VectorIndexDefinition {
        metric: Metric::Cosine,
        dimensions: data.base.dimensions,
        quantization: Quantization::BF16,
        m: CONNECTIVITY as u32,
        ef_construction: EF_CONSTRUCTION as u32,
    };
    let mut builder = SubIndexBuilder::new(&definition, data.base.rows())?;
    builder.add(Vectors::from_f32(data.base.dimensions, &data.base.values))?;
    Ok(SubIndex::open(builder.finish()?.into())?)
}

fn walk(index: &SubIndex, vector: &[f32], effort: usize) -> Result<(), Failure> {
    let query = VectorQuery {
        vector,
        k: K,
        effort,
        bound: None,
    };
    index.search(&query, None)?;
    Ok(())
}
