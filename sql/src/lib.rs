//! The ClickHouse dialect: text to typed plan.
pub mod error;
pub mod types;
pub use error::{Code, Error, Result};
