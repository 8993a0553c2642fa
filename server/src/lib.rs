//! How people and programs reach the engine: the command line, HTTP, and the formats rows travel in.
//!
//! Start at [`cli::run`]. `local`, `serve`, `client` and `benchmark` are the commands; `http` and `native` are the protocols; [`statement`]
//! is what the first two share: one statement run to its end, rows to a format, data from a format.
//!
//! Nothing here plans, stores or searches: that is the engine's, reached through its public API alone.

pub mod benchmark;
pub mod cli;
pub mod client;
pub mod config;
mod connection_threads;
pub mod formats;
pub mod http;
pub mod local;
pub mod log;
pub mod native;
mod port;
pub mod serve;
pub mod shell;
mod socket;
pub mod statement;
pub mod tls;
