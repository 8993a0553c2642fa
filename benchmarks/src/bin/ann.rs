//! Vector search by SQL, embedded and over HTTP, beside raw usearch in the same run.
//!
//! `cargo run --release --bin ann -- BASE.parquet QUERIES.parquet [EF …]`: BASE has columns id and embedding,
//! QUERIES has embedding and nearest (the exact ids). The server binary is `$GRISTMILL`, or the one beside this one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use gristmill_benchmarks::ann::breakdown::{self, Engines};
use gristmill_benchmarks::ann::data::{DataSet, Failure};
use gristmill_benchmarks::ann::engines::{Embedded, Searcher, Usearch, exact_statement, literals};
use gristmill_benchmarks::ann::http::OverHttp;
use gristmill_benchmarks::ann::report;

const EFFORTS: [usize; 5] = [16, 32, 64, 128, 256];
/// Exact searches timed; each reads the whole vector column.
const EXACT_QUERIES: usize = 100;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(base), Some(queries)) = (arguments.next(), arguments.next()) else {
        return Err("usage: ann BASE.parquet QUERIES.parquet [EF ...]".into());
    };
    let efforts = arguments.map(|text| text.parse()).collect::<Result<Vec<usize>, _>>()?;
    let efforts = if efforts.is_empty() { EFFORTS.to_vec() } else { efforts };
    let data = DataSet::read(Path::new(&base), Path::new(&queries))?;
    let literals = Arc::new(literals(&data.queries));
    let folder = std::env::temp_dir().join(format!("gristmill-ann-{}", std::process::id()));
    let outcome = run(&data, &literals, &folder, &efforts);
    std::fs::remove_dir_all(&folder)?;
    outcome
}

fn run(data: &DataSet, literals: &Arc<Vec<String>>, folder: &Path, efforts: &[usize]) -> Result<(), Failure> {
    let threads = std::thread::available_parallelism()?.get();
    let (mut usearch, usearch_took) = Usearch::build(data, threads)?;
    let (engine, mut embedded) = Embedded::open(&folder.join("embedded"), literals.clone())?;
    let load = embedded.load("indexed", data, true)?;
    let plain = embedded.load("plain", data, false)?;
    println!(
        "{} rows of {} numbers, {threads} threads\n",
        data.base.rows(),
        data.base.dimensions
    );
    println!("| build | rows/s | of usearch |\n|---|---|---|");
    let reference = report::rate(data.base.rows(), usearch_took);
    println!("| usearch (library), adding | {reference:.0} | 1 |");
    for (what, took) in [("INSERT with the index", load), ("INSERT without an index", plain)] {
        let rate = report::rate(data.base.rows(), took);
        println!("| {what} | {rate:.0} | {:.2} |", rate / reference);
    }
    exact(&mut embedded, data, literals)?;
    let copy = folder.join("server");
    let mut http = {
        let (loader_engine, mut loader) = Embedded::open(&copy, literals.clone())?;
        loader.load("indexed", data, true)?;
        drop(loader);
        loader_engine.shutdown();
        drop(loader_engine);
        OverHttp::start(&binary()?, &copy, literals.clone())?
    };
    println!("\n| ef | engine | recall@10 | queries/s, one client | of usearch |\n|---|---|---|---|---|");
    for &effort in efforts {
        let mut engines: [&mut dyn Searcher; 3] = [&mut usearch, &mut embedded, &mut http];
        let figures = report::measure(&mut engines, data, effort)?;
        report::print_search(&engines, effort, &figures);
    }
    if let Some(&effort) = efforts.first() {
        let engines = Engines {
            usearch: &mut usearch,
            embedded: &mut embedded,
            http: &mut http,
        };
        breakdown::print(engines, data, literals, effort)?;
    }
    drop(embedded);
    engine.shutdown();
    Ok(())
}

/// Exact search over the table without an index: bytes of vectors read a second, and a check of the answers.
fn exact(embedded: &mut Embedded, data: &DataSet, literals: &[String]) -> Result<(), Failure> {
    let queries = EXACT_QUERIES.min(literals.len());
    let start = Instant::now();
    let answers = literals[..queries]
        .iter()
        .map(|vector| embedded.ids(&exact_statement("plain", vector)))
        .collect::<Result<Vec<_>, _>>()?;
    let took = start.elapsed();
    let bytes = (queries * data.base.values.len() * size_of::<f32>()) as f64;
    println!(
        "\nexact search, one thread: {:.0} queries/s, {:.1} GB/s of vectors, recall {:.4}",
        report::rate(queries, took),
        bytes / took.as_secs_f64() / 1e9,
        data.recall(&answers)
    );
    Ok(())
}

fn binary() -> Result<PathBuf, Failure> {
    match std::env::var_os("GRISTMILL") {
        Some(path) => Ok(path.into()),
        None => Ok(std::env::current_exe()?.with_file_name("gristmill")),
    }
}
