//! Statements as others see them: those that run (`system.processes`, KILL QUERY) and those that have run
//! (`system.query_log`).
//!
//! A [`Session`](crate::Session) begins a [`Running`] for each statement; it goes with the rows or the sink that the
//! statement gives back, and ends with them. What it costs must not be felt by a search of some ten microseconds: one
//! copy of the text, two short locks, nothing put in words.

mod accessed;
mod client;
mod log;
mod process;
mod running;

pub use accessed::Accessed;
pub use client::{Client, HttpMethod, Interface};
pub use log::{Ended, LogPolicy, LoggedKind, LoggedQuery, QueryLog};
pub use process::{Details, Origin, Process, kind_of};
pub use running::{Beginning, Processes, Running};
