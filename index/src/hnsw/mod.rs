//! HNSW graphs: built by usearch (`graph.rs`, driven by `build.rs`), kept in our own file (`file.rs`), searched in
//! place by our own walk (`walk.rs`), or row by row (`scan.rs`).

mod build;
mod file;
mod graph;
mod reach;
mod rounding;
mod rows;
mod scan;
mod size;
mod sub_index;
mod walk;

pub use build::SubIndexBuilder;
pub use scan::Scan;
pub use sub_index::{Counters, Found, Hit, SubIndex, VectorQuery};

#[cfg(test)]
mod tests;
