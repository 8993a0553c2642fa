//! The pieces of the `ann` and `filters` benchmarks: a data set, the engines it is run on, and the report.
//!
//! A data set folder holds `debian_packages_40k.parquet` and `debian_queries.parquet` or any two files of that
//! shape (see [`data`]). Each engine in [`engines`] answers the same queries; [`report`] prints ratios,
//! [`breakdown`] where the time of one search goes.

pub mod breakdown;
pub mod data;
pub mod engines;
pub mod http;
pub mod report;
pub mod truth;

/// Neighbours asked for by each query; recall is measured at this depth.
pub const K: usize = 10;

/// The graph parameters every engine is built with: ClickHouse's defaults.
pub const CONNECTIVITY: usize = 32;
/// Candidates examined per inserted vector.
pub const EF_CONSTRUCTION: usize = 128;
