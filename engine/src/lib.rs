//! Where SQL, parts and vectors meet: sessions, catalog, scan, search, inserts, DDL, system tables.
//!
//! Start at [`Engine::open`], then [`Session::execute`]: one statement in, an [`Outcome`] out.
//! The public API is synchronous; the engine owns the threads that run queries.
//!
//! Not here: sockets, text and binary formats, the command line (`server`); the dialect (`sql`);
//! files of parts (`storage`); vector indexes (`index`).

mod access;
mod catalog;
mod cells;
mod engine;
mod environment;
mod error;
mod events;
mod execution;
pub mod external;
mod extremes;
mod formats;
mod gauge;
mod identity;
mod index_builds;
mod insert;
mod leaf;
mod merges;
mod mutations;
mod opened_indexes;
mod outcome;
mod part_log;
mod preload;
mod progress;
mod queries;
mod query_kind;
mod result_limits;
mod rules;
mod search;
pub mod server_settings;
mod session;
pub mod settings;
mod statement_text;
mod statements;
mod stop;
mod system;
mod table;
mod table_functions;
mod temporary;
mod view;

pub use access::{ConfiguredPassword, ConfiguredProfile, ConfiguredUser, ConfiguredUsers, Credentials, Login};
pub use engine::{CLICKHOUSE_VERSION, Engine, EngineOptions, FileAccess};
pub use error::{Error, Result};
pub use events::{EVENTS, Event, EventCounts, EventTotals, Events};
pub use formats::{Batches, FileRequest, FormatEntry, Formats, NoFormats, OMITTED_KEY};
pub use gauge::{Entered, Gauge};
pub use gristmill_sql::analyzer::HeaderColumn;
pub use outcome::{Insert, Outcome, Rows, Statistics};
pub use progress::Progress;
pub use queries::{Client, HttpMethod, Interface, Origin};
pub use session::{Prepared, Session};
pub use stop::Canceller;
