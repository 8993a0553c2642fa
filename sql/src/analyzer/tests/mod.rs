//! Queries against an in-memory catalog.
//!
//! The cases are data: in `cases/*.txt` each query is followed by the names, types and rows that ClickHouse 26.9 gave
//! for it over the tables of `tables.txt` (TabSeparatedWithNamesAndTypes), or by its error's code.

mod cases;
mod fake;
mod limits;
mod shape;
