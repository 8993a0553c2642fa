//! The ClickHouse dialect of SQL: from a statement's bytes to a typed DataFusion plan.
//!
//! [`parser`] turns bytes into statements, [`types`] knows ClickHouse's data types, [`functions`] its functions, and
//! [`analyzer`] resolves names and types. No I/O happens here: tables are asked for through one trait.

pub mod analyzer;
pub mod constant;

pub mod error;
pub mod functions;
pub mod parser;
pub mod types;

pub use error::{Code, Error, Result};
