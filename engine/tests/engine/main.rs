//! The engine through its public API: statements in, rows out.

/// The store's tests have it, too.
#[expect(dead_code, reason = "not all of it is used here")]
#[path = "../../../storage/tests/store/fault.rs"]
mod fault;
mod soak;
mod support;

mod access;
mod async_inserts;
mod catalog;
mod columns;
mod concurrency;
mod crash;
mod ddl;
mod delete;
mod durability;
mod engines;
mod errors;
mod events;
mod explain;
mod gate;
mod index_builds;
mod index_quality;
mod insert;
mod key_conditions;
mod merges;
mod mutations;
mod prune;
mod queries;
mod row_policies;
mod search;
mod search_forms;
mod select;
mod several_indexes;
mod skip_indexes;
mod system;
mod ttl;
mod update;
mod vector_cache;
mod vector_errors;
mod vector_expressions;
mod vector_traps;
mod virtual_columns;
