//! An opened part: immutable rows and what is known about them.

mod opened;
mod reader;
mod vector_column;

pub use opened::{ColumnSize, GranuleBounds, Part};
pub use reader::PartReader;
pub use vector_column::VectorColumn;
