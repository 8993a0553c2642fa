//! Merging: several parts become one of the same rows, in order.
//!
//! [`choose`](choose::choose) says which, `inputs.rs` puts their rows in order, `run.rs` writes and commits. Who merges
//! when is not decided here.

mod choose;
mod inputs;
mod run;

pub(crate) use inputs::{Inputs, Memory, Sorted};

pub use choose::{Candidate, MergeLimits, choose, choose_all};
pub use run::{MergeOptions, MergeProgress, merge_space, merged_name};
