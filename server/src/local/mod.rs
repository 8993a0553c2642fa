//! `gristmill local`: statements over a folder, results to standard output, errors to standard error.
//!
//! Start at [`run()`]. [`crate::shell`] cuts a text into statements, [`progress`] shows how far one has come.

mod progress;
mod run;

pub use run::run;
