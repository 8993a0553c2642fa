//! Writing a part: sorted batches in, a folder of checksummed files out.

mod columns;
mod gather;
mod part_writer;
mod temporary_folder;
mod vector_index;
mod vectors;

pub(crate) use gather::Order;
pub use part_writer::NewPart;
pub(crate) use part_writer::{PART_ROWS_MAX, PartLayout, PartWriter, Target, VectorLengths, index_file};
pub(crate) use temporary_folder::TemporaryFolder;
pub(crate) use vector_index::VectorIndexWriter;
