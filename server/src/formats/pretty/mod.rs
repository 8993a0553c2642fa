//! The formats for people: tables with or without frames. Wide tables of few rows turn into Vertical by themselves.
//!
//! `output.rs` gathers the rows that are shown, `table.rs` lays them out with the marks of `glyphs.rs`; `cell.rs` knows how
//! wide a text is on a terminal and which of it is highlighted.

pub mod cell;
mod glyphs;
pub mod output;
mod table;
