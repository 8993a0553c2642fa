//! Filtered vector search by SQL, from all rows to one in a hundred thousand, embedded and over HTTP; what rescoring
//! costs; and the same rows in fifty parts.
//!
//! `cargo run --release --bin filters -- BASE.parquet QUERIES.parquet [EF]`: files as for `ann`, whose BASE has columns
//! `rnd` and `corr` of values 0 … 999. The server binary is `$GRISTMILL`, or the one beside this one.
//!
//! Each filter is answered in four ways that take turns, query by query in rounds: as it comes (`auto`), by comparing all
//! matching rows (`prefilter`), the same search without the filter, and as it comes over HTTP.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use gristmill_benchmarks::ann::K;
use gristmill_benchmarks::ann::data::{DataSet, Failure};
use gristmill_benchmarks::ann::engines::{Embedded, literals};
use gristmill_benchmarks::ann::http::OverHttp;
use gristmill_benchmarks::ann::truth::Truth;

/// Candidates of a walk, unless somebody says otherwise.
const EFFORT: usize = 256;
/// Rounds over all queries; the best counts.
const ROUNDS: usize = 3;
/// One is independent of the vectors, the other follows their clusters.
const LABELS: [&str; 2] = ["rnd", "corr"];
/// Filters on a column keep values below these, of 1,000.
const BELOW: [u32; 12] = [999, 900, 700, 500, 300, 200, 100, 50, 20, 10, 5, 1];
/// Filters on the id keep so many rows.
const FEW: [u32; 3] = [20, 4, 1];
const PARTS: usize = 50;

struct Filter {
    condition: String,
    matches: Vec<bool>,
}

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(base), Some(queries)) = (arguments.next(), arguments.next()) else {
        return Err("usage: filters BASE.parquet QUERIES.parquet [EF]".into());
    };
    let effort = arguments.next().map_or(Ok(EFFORT), |text| text.parse())?;
    let data = DataSet::read(Path::new(&base), Path::new(&queries))?;
    let folder = std::env::temp_dir().join(format!("gristmill-filters-{}", std::process::id()));
    let outcome = run(&data, &folder, effort);
    std::fs::remove_dir_all(&folder)?;
    outcome
}

fn run(data: &DataSet, folder: &Path, effort: usize) -> Result<(), Failure> {
    let vectors = Arc::new(literals(&data.queries));
    let (engine, mut embedded) = Embedded::open(&folder.join("embedded"), vectors.clone())?;
    embedded.load("one", data, true)?;
    embedded.load_parts("many", data, true, PARTS)?;
    let copy = folder.join("server");
    let mut http = {
        let (loader_engine, mut loader) = Embedded::open(&copy, vectors.clone())?;
        loader.load("one", data, true)?;
        drop(loader);
        loader_engine.shutdown();
        drop(loader_engine);
        OverHttp::start(&binary()?, &copy, vectors.clone())?
    };
    let truth = Truth::of(data);
    println!(
        "{} rows of {} numbers, ef {effort}\n",
        data.base.rows(),
        data.base.dimensions
    );
    println!(
        "| filter | matching | auto, µs | exact, µs | of the better of exact and unfiltered | HTTP, µs more | recall@10 | short answers |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for filter in filters(data) {
        print_filter(&filter, &truth, &vectors, &mut embedded, &mut http, effort)?;
    }
    println!("\n| | µs | of no rescoring |\n|---|---|---|");
    let plain = |table: &str, more: &str| {
        statements(
            &vectors,
            table,
            "",
            &format!("hnsw_candidate_list_size_for_search = {effort}{more}"),
        )
    };
    let without = plain("one", "");
    let with = plain("one", ", vector_search_with_rescoring = 1");
    let many = plain("many", "");
    let took = in_turns(&mut [&without, &with, &many], &mut |statement| embedded.ids(statement))?;
    println!("| no rescoring | {:.0} | |", took[0]);
    println!("| rescoring | {:.0} | {:.2} |", took[1], took[1] / took[0]);
    println!(
        "| no rescoring, {PARTS} parts | {:.0} | {:.2} |",
        took[2],
        took[2] / took[0]
    );
    let many: Vec<Vec<u32>> = many
        .iter()
        .map(|statement| embedded.ids(statement))
        .collect::<Result<_, _>>()?;
    println!("\nrecall@10 of {PARTS} parts: {:.4}", data.recall(&many));
    drop(embedded);
    engine.shutdown();
    Ok(())
}

fn filters(data: &DataSet) -> Vec<Filter> {
    let mut filters = Vec::new();
    let asked = |(label, _): &&(String, Vec<u32>)| LABELS.contains(&label.as_str());
    for (label, values) in data.labels.iter().filter(asked) {
        for below in BELOW {
            filters.push(Filter {
                condition: format!("WHERE {label} < {below}"),
                matches: values.iter().map(|value| *value < below).collect(),
            });
        }
    }
    for few in FEW {
        // All over the table: the primary key does not help.
        let step = data.ids.len() as u32 / few;
        filters.push(Filter {
            condition: format!("WHERE id % {step} = {}", step / 2),
            matches: data.ids.iter().map(|id| id % step == step / 2).collect(),
        });
    }
    filters
}

fn print_filter(
    filter: &Filter,
    truth: &Truth,
    vectors: &[String],
    embedded: &mut Embedded,
    http: &mut OverHttp,
    effort: usize,
) -> Result<(), Failure> {
    let settings = format!("hnsw_candidate_list_size_for_search = {effort}");
    let auto = statements(vectors, "one", &filter.condition, &settings);
    let exact = statements(
        vectors,
        "one",
        &filter.condition,
        &format!("{settings}, vector_search_filter_strategy = 'prefilter'"),
    );
    let unfiltered = statements(vectors, "one", "", &settings);
    let took = in_turns(&mut [&auto, &exact, &unfiltered], &mut |statement| {
        embedded.ids(statement)
    })?;
    let over_http = in_turns(&mut [&auto], &mut |statement| http.ids(statement))?;
    let answers: Vec<Vec<u32>> = auto
        .iter()
        .map(|statement| embedded.ids(statement))
        .collect::<Result<_, _>>()?;
    let (recall, short) = truth.judge(&filter.matches, &answers, K);
    println!(
        "| {} | {} | {:.0} | {:.0} | {:.2} | {:.0} | {recall:.4} | {short} |",
        filter.condition,
        filter.matches.iter().filter(|it| **it).count(),
        took[0],
        took[1],
        took[0] / took[1].min(took[2]),
        over_http[0] - took[0]
    );
    Ok(())
}

fn statements(vectors: &[String], table: &str, condition: &str, settings: &str) -> Vec<String> {
    let statement = |vector: &String| {
        format!(
            "SELECT id FROM {table} {condition} ORDER BY cosineDistance(embedding, {vector}) LIMIT {K} SETTINGS {settings}"
        )
    };
    vectors.iter().map(statement).collect()
}

/// Microseconds of a statement of each list, in its best round.
fn in_turns(
    lists: &mut [&Vec<String>],
    answer: &mut dyn FnMut(&str) -> Result<Vec<u32>, Failure>,
) -> Result<Vec<f64>, Failure> {
    let mut best = vec![f64::INFINITY; lists.len()];
    for _ in 0..ROUNDS {
        for (list, best) in lists.iter().zip(&mut best) {
            let start = Instant::now();
            for statement in list.iter() {
                answer(statement)?;
            }
            *best = best.min(start.elapsed().as_secs_f64() * 1e6 / list.len() as f64);
        }
    }
    Ok(best)
}

fn binary() -> Result<PathBuf, Failure> {
    match std::env::var_os("GRISTMILL") {
        Some(path) => Ok(path.into()),
        None => Ok(std::env::current_exe()?.with_file_name("gristmill")),
    }
}
