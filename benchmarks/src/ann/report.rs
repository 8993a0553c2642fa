//! Timing and the printed table. Engines take turns within each effort, so that noise hits all of them.

use std::time::{Duration, Instant};

use super::data::{DataSet, Failure};
use super::engines::Searcher;

/// Rounds each engine gets at each effort; the best round counts, as noise only ever slows.
const ROUNDS: usize = 5;

/// One engine's figures at one effort.
pub struct Figure {
    /// Queries a second on one thread, best round.
    pub rate: f64,
    /// Recall against the exact answer.
    pub recall: f64,
}

/// Runs every query of the set through each engine, in turns; one [`Figure`] an engine.
pub fn measure(engines: &mut [&mut dyn Searcher], data: &DataSet, effort: usize) -> Result<Vec<Figure>, Failure> {
    let mut figures: Vec<Figure> = engines.iter().map(|_| Figure { rate: 0.0, recall: 0.0 }).collect();
    for _ in 0..ROUNDS {
        for (engine, figure) in engines.iter_mut().zip(&mut figures) {
            let start = Instant::now();
            let answers = (0..data.queries.rows())
                .map(|query| engine.search(query, effort))
                .collect::<Result<Vec<_>, _>>()?;
            figure.rate = figure.rate.max(answers.len() as f64 / start.elapsed().as_secs_f64());
            figure.recall = data.recall(&answers);
        }
    }
    Ok(figures)
}

/// Prints one line an engine: recall, rate, and the rate as a multiple of the first engine's.
pub fn print_search(engines: &[&mut dyn Searcher], effort: usize, figures: &[Figure]) {
    for (engine, figure) in engines.iter().zip(figures) {
        let ratio = figure.rate / figures[0].rate;
        println!(
            "| {effort} | {} | {:.4} | {:.0} | {ratio:.2} |",
            engine.name(),
            figure.recall,
            figure.rate
        );
    }
}

/// `rows` divided by the time taken.
pub fn rate(rows: usize, took: Duration) -> f64 {
    rows as f64 / took.as_secs_f64()
}
