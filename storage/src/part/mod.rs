//! An opened part: immutable rows and what is known about them.

mod columns_file;
mod mapped_file;
mod opened;
mod reader;
mod vector_column;

pub(crate) use opened::DELETE_PREFIX;
pub use opened::{ColumnSize, Part};
pub use reader::PartReader;
pub use vector_column::VectorColumn;
