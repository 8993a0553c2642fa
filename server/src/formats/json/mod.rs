//! The formats of JSON: whole results as one document, rows as objects or arrays, columns as arrays.
//!
//! Rows are made JSON in `cells.rs` and read from it in `values.rs`, whatever stands around them; `document_frame.rs` has
//! what documents say besides rows.

pub mod as_string;
pub mod cells;
pub mod columns;
mod columns_input;
pub mod compact_each_row;
pub mod document;
mod document_frame;
pub mod each_row;
pub mod object_each_row;
pub mod progress;
mod values;
