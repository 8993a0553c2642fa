//! Columns of Parquet files that are lists of numbers, above all vectors, decoded a run of levels at a time.
//!
//! The parquet crate decodes a list's levels one by one, which takes several times as long as copying the numbers. Here
//! the levels of a whole list are one step where the file has them as one run, and numbers are copied in bulk. Answers
//! are those of the crate, which decodes all other columns, and lists that [`mod@column`] does not know.
//!
//! Start at [`Group`], the batches of one row group. [`mod@column`] says which columns are read here, [`reader`] reads one
//! of them: its pages ([`page`]) are made of levels and indices in runs ([`runs`]), of which [`lists`] makes lists, and
//! of numbers ([`values`]).

mod column;
mod group;
mod lists;
mod page;
mod reader;
mod runs;
#[cfg(test)]
mod tests;
mod values;

pub use group::Group;
