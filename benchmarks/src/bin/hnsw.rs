//! Builds and searches one data set with our sub-index and with plain usearch, in one run, so that the ratios hold
//! on a busy machine too.
//!
//! `hnsw <vectors.parquet> <queries.parquet>`: both files have a column `embedding` of Float32 lists.

use arrow::array::AsArray;
use arrow::datatypes::Float32Type;
use gristmill_index::exact::{self, ExactQuery};
use gristmill_index::{
    Metric, Quantization, RowSet, SubIndex, SubIndexBuilder, VectorIndexDefinition, VectorQuery, Vectors, Workers,
};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rayon::prelude::*;
use std::time::Instant;
use usearch::{Index, IndexOptions, MetricKind, ScalarKind};

const NEAREST: usize = 10;
const EFFORTS: [usize; 5] = [16, 32, 64, 128, 256];
/// Passes over the queries; the fastest counts.
const PASSES: usize = 5;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [vectors, queries] = arguments.as_slice() else {
        return Err("usage: hnsw <vectors.parquet> <queries.parquet>".into());
    };
    let (dimensions, vectors) = embeddings(vectors)?;
    let (_, queries) = embeddings(queries)?;
    let data = Data {
        dimensions,
        vectors: &vectors,
        queries: &queries,
    };
    println!(
        "{} x {dimensions}, {} queries, {}",
        vectors.len() / dimensions,
        queries.len() / dimensions,
        gristmill_index::kernels::instructions()
    );
    let truth = data.truth(None);
    let usearch = data.build_usearch()?;
    let index = data.build()?;
    println!(
        "{:>6} {:>22} {:>22} {:>6}",
        "ef", "usearch QPS recall", "gristmill QPS recall", "ratio"
    );
    for effort in EFFORTS {
        usearch.change_expansion_search(effort);
        let theirs = data.measure(&truth, |query| {
            Ok(usearch
                .search(query, NEAREST)?
                .keys
                .iter()
                .map(|key| *key as u32)
                .collect())
        })?;
        let ours = data.measure(&truth, |query| {
            let query = VectorQuery {
                vector: query,
                k: NEAREST,
                effort,
                bound: None,
            };
            Ok(index.search(&query, None)?.hits.iter().map(|hit| hit.row).collect())
        })?;
        println!(
            "{effort:>6} {:>13.0} {:>8.4} {:>13.0} {:>8.4} {:>6.2}",
            theirs.0,
            theirs.1,
            ours.0,
            ours.1,
            ours.0 / theirs.0
        );
    }
    for percent in [90, 70, 50, 30, 20, 10, 5] {
        data.filtered(&index, percent)?;
    }
    Ok(())
}

struct Data<'a> {
    dimensions: usize,
    vectors: &'a [f32],
    queries: &'a [f32],
}

impl Data<'_> {
    fn rows(&self) -> usize {
        self.vectors.len() / self.dimensions
    }

    fn truth(&self, allowed: Option<&RowSet>) -> Vec<Vec<u32>> {
        let blocks = [(0, Vectors::from_f32(self.dimensions, self.vectors))];
        let nearest = |query: &[f32]| {
            let query: Vec<f64> = query.iter().map(|number| f64::from(*number)).collect();
            let query = ExactQuery {
                metric: Metric::Cosine,
                vector: &query,
                k: NEAREST,
                wide: false,
            };
            exact::nearest(&query, &blocks, allowed, &Workers::unbounded())
                .expect("nobody stops it")
                .iter()
                .map(|hit| hit.row)
                .collect()
        };
        let start = Instant::now();
        let truth: Vec<_> = self.queries.chunks(self.dimensions).map(nearest).collect();
        let seconds = start.elapsed().as_secs_f64();
        let bytes = truth.len() * size_of_val(self.vectors);
        println!(
            "exact: {:.1} us a query, {:.1} GB/s",
            seconds / truth.len() as f64 * 1e6,
            bytes as f64 / seconds / 1e9
        );
        truth
    }

    fn build_usearch(&self) -> Result<Index, Failure> {
        let index = Index::new(&IndexOptions {
            dimensions: self.dimensions,
            metric: MetricKind::Cos,
            quantization: ScalarKind::BF16,
            connectivity: 32,
            expansion_add: 128,
            ..Default::default()
        })?;
        let start = Instant::now();
        index.reserve_capacity_and_threads(self.rows(), rayon::current_num_threads())?;
        let rows = self.vectors.par_chunks(self.dimensions).enumerate();
        rows.try_for_each(|(row, vector)| index.add(row as u64, vector))
            .map_err(|error| error.to_string())?;
        println!(
            "usearch: {:.0} rows/s",
            self.rows() as f64 / start.elapsed().as_secs_f64()
        );
        Ok(index)
    }

    fn build(&self) -> Result<SubIndex, Failure> {
        let definition = VectorIndexDefinition {
            metric: Metric::Cosine,
            dimensions: self.dimensions,
            quantization: Quantization::BF16,
            m: 32,
            ef_construction: 128,
        };
        let start = Instant::now();
        let mut builder = SubIndexBuilder::new(&definition, self.rows())?;
        builder.add(Vectors::from_f32(self.dimensions, self.vectors))?;
        let added = start.elapsed().as_secs_f64();
        let bytes = builder.finish()?;
        let all = start.elapsed().as_secs_f64();
        let size = bytes.len();
        let start = Instant::now();
        let index = SubIndex::open(bytes.into())?;
        let opened = start.elapsed().as_secs_f64();
        println!(
            "gristmill: {:.0} rows/s added, {:.0} with the file of {:.1} MB; opened in {:.2} ms",
            self.rows() as f64 / added,
            self.rows() as f64 / all,
            size as f64 / 1e6,
            opened * 1e3
        );
        Ok(index)
    }

    /// Queries per second and recall.
    fn measure(
        &self,
        truth: &[Vec<u32>],
        search: impl Fn(&[f32]) -> Result<Vec<u32>, Failure>,
    ) -> Result<(f64, f64), Failure> {
        let mut best = f64::INFINITY;
        let mut found = 0;
        for _ in 0..PASSES {
            let start = Instant::now();
            let answers = self
                .queries
                .chunks(self.dimensions)
                .map(&search)
                .collect::<Result<Vec<_>, _>>()?;
            best = best.min(start.elapsed().as_secs_f64());
            let right =
                |(answer, truth): (&Vec<u32>, &Vec<u32>)| answer.iter().filter(|row| truth.contains(row)).count();
            found = answers.iter().zip(truth).map(right).sum::<usize>();
        }
        let wanted: usize = truth.iter().map(Vec::len).sum();
        Ok((truth.len() as f64 / best, found as f64 / wanted as f64))
    }

    fn filtered(&self, index: &SubIndex, percent: u32) -> Result<(), Failure> {
        let rows = self.rows() as u32;
        let mut allowed = RowSet::new(rows);
        for row in 0..rows {
            // A row's number, well mixed.
            let mixed = (u64::from(row) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
            if mixed % 100 < u64::from(percent) {
                allowed.insert(row);
            }
        }
        let truth = self.truth(Some(&allowed));
        for effort in [64, 128] {
            let (rate, recall) = self.measure(&truth, |query| {
                let query = VectorQuery {
                    vector: query,
                    k: NEAREST,
                    effort,
                    bound: None,
                };
                Ok(index
                    .search(&query, Some(&allowed))?
                    .hits
                    .iter()
                    .map(|hit| hit.row)
                    .collect())
            })?;
            println!("{percent} % allowed, ef {effort}: {rate:.0} QPS, recall {recall:.4}");
        }
        Ok(())
    }
}

/// The dimension and all numbers of a file's vectors.
fn embeddings(path: &str) -> Result<(usize, Vec<f32>), Failure> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path)?)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), ["embedding"]);
    let (mut rows, mut numbers) = (0, Vec::new());
    for batch in builder.with_projection(mask).build()? {
        let batch = batch?;
        rows += batch.num_rows();
        let lists = batch.column(0).as_list::<i32>();
        numbers.extend_from_slice(lists.values().as_primitive::<Float32Type>().values());
    }
    Ok((numbers.len() / rows.max(1), numbers))
}
