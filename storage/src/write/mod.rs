//! Writing a part: sorted batches in, a folder of checksummed files out.

mod columns;
mod gather;
mod index;
mod part_writer;
mod skip_index;
mod temporary_folder;
mod vector_index;
mod vectors;

pub(crate) use columns::ColumnsWriter;
pub(crate) use gather::Order;
pub(crate) use index::IndexWriter;
pub use part_writer::NewPart;
pub(crate) use part_writer::{
    PART_ROWS_MAX, PartLayout, PartWriter, Target, VectorLengths, free_columns_file, vectors_file,
};
pub(crate) use temporary_folder::TemporaryFolder;
pub(crate) use vectors::VectorsWriter;
