//! The engine through its public API: statements in, rows out.

mod support;

mod catalog;
mod concurrency;
mod ddl;
mod delete;
mod durability;
mod errors;
mod insert;
mod merges;
mod prune;
mod search;
mod select;
mod system;
mod update;
