//! An opened part: immutable rows and what is known about them.

mod columns_file;
mod mapped_file;
mod opened;
mod page_cache;
mod reader;
mod scattered;
mod vector_column;

pub(crate) use opened::DELETE_PREFIX;
pub use opened::{ColumnSize, Part, PartIndex, SubIndexBytes};
pub use page_cache::PageCache;
pub use reader::PartReader;
pub(crate) use scattered::PAGE_ROWS;
pub use vector_column::VectorColumn;
