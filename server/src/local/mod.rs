//! `gristmill local`: statements over a folder, results to standard output, errors to standard error.
//!
//! Start at [`run()`]. [`script`] cuts a text into statements, [`progress`] shows how far one has come.

mod destination;
mod progress;
mod run;
mod script;

pub use run::run;
