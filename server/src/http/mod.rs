//! ClickHouse's HTTP interface; COMPAT.md says what is left out.
//!
//! Start at [`listen::Listener`]. A request passes [`request`] (what is asked), [`body`] (its data, as it arrives),
//! [`query`] and [`job`] (run, mostly on a blocking thread) and [`reply`] (held back, then streamed).

mod abandon;
mod body;
pub mod coding;
mod form;
mod head;
mod job;
pub mod listen;
mod logged_in;
pub mod login;
mod multipart;
mod parameters;
mod progress;
pub mod query;
mod reply;
mod reply_settings;
mod request;
mod router;
mod sessions;
mod slow_heads;
mod status;
mod text;
pub mod timed;
