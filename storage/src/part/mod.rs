//! An opened part: immutable rows and what is known about them. [`StoredPart`] is what lies on disk, [`Part`] the same as
//! the table sees it now.

mod columns_file;
mod mapped_file;
mod opened;
mod page_cache;
mod reader;
mod scattered;
mod shaped;
mod stored_indexes;
mod stored_rows;
mod vector_column;

pub(crate) use opened::DELETE_PREFIX;
pub use opened::{ColumnSize, StoredPart};
pub use page_cache::PageCache;
pub(crate) use scattered::PAGE_ROWS;
pub use shaped::{Part, PartReader};
pub use stored_indexes::{PartIndex, SubIndexBytes};
pub use vector_column::VectorColumn;
