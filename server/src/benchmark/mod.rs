//! `gristmill benchmark`: how fast servers answer.
//!
//! Start at [`run()`], which gives queries to threads with a [`crate::client::session`] each. [`statistics`] gathers what
//! they saw, [`report`] shows it, [`comparison`] says whether two servers differ.

mod comparison;
mod report;
mod run;
mod statistics;

pub use run::run;
