//! Merging: several parts become one of the same rows, in order, without those that the table replaces.
//!
//! [`choose`](choose::choose) says which, `inputs.rs` puts their rows in order, `run.rs` writes and
//! commits; `left_out.rs` says which rows go. Who merges
//! when is not decided here.

mod choose;
mod inputs;
mod left_out;
mod run;

pub(crate) use inputs::{Inputs, Memory, Sorted};

pub use choose::{Candidate, MergeLimits, choose, choose_all};
pub use left_out::{ChangedValues, LeftOut, RowTest};
pub use run::{MergeOptions, MergeProgress, merge_space, merged_name};
