//! Packets that we send, as bytes behind each other.

use gristmill_engine::{Progress, Statistics};
use gristmill_sql::Error;
use gristmill_sql::types::write_var_uint;

use super::revision;
use super::wire::write_string;

/// What a client sends, by its first number.
pub mod client {
    #![allow(missing_docs, reason = "these are ClickHouse's own names")]
    pub const HELLO: u64 = 0;
    pub const QUERY: u64 = 1;
    pub const DATA: u64 = 2;
    pub const CANCEL: u64 = 3;
    pub const PING: u64 = 4;
    pub const TABLES_STATUS: u64 = 5;
    pub const KEEP_ALIVE: u64 = 6;
    pub const SCALAR: u64 = 7;
}

/// What a server sends.
pub mod server {
    #![allow(missing_docs, reason = "these are ClickHouse's own names")]
    pub const HELLO: u64 = 0;
    pub const DATA: u64 = 1;
    pub const EXCEPTION: u64 = 2;
    pub const PROGRESS: u64 = 3;
    pub const PONG: u64 = 4;
    pub const END_OF_STREAM: u64 = 5;
    pub const PROFILE_INFO: u64 = 6;
    pub const TOTALS: u64 = 7;
    pub const EXTREMES: u64 = 8;
    pub const TABLES_STATUS: u64 = 9;
    pub const LOG: u64 = 10;
    pub const TABLE_COLUMNS: u64 = 11;
    pub const PROFILE_EVENTS: u64 = 14;
    pub const TIME_ZONE_UPDATE: u64 = 17;
}

/// Appends an error.
pub fn exception(error: &Error, out: &mut Vec<u8>) {
    write_var_uint(server::EXCEPTION, out);
    out.extend_from_slice(&error.code.number().to_le_bytes());
    write_string(b"DB::Exception", out);
    let message = format!("DB::Exception: {}", error.message);
    write_string(&gristmill_sql::parser::string_bytes(&message), out);
    write_string(b"", out); // no stack trace
    out.push(0); // and no error inside
}

/// What a query has read and written, as it was told last.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Told {
    rows: u64,
    bytes: u64,
    total_rows: u64,
    written_rows: u64,
    written_bytes: u64,
    elapsed_ns: u64,
}

impl Told {
    /// What there is to tell now.
    pub fn of(progress: &Progress, elapsed: std::time::Duration) -> Told {
        Told {
            rows: progress.read_rows(),
            bytes: progress.read_bytes(),
            total_rows: progress.total_rows(),
            written_rows: progress.written_rows(),
            written_bytes: progress.written_bytes(),
            elapsed_ns: elapsed.as_nanos() as u64,
        }
    }
}

/// Appends what has changed from `last` to `now`.
pub fn progress(last: &Told, now: &Told, revision: u64, out: &mut Vec<u8>) {
    write_var_uint(server::PROGRESS, out);
    write_var_uint(now.rows.saturating_sub(last.rows), out);
    write_var_uint(now.bytes.saturating_sub(last.bytes), out);
    write_var_uint(now.total_rows.saturating_sub(last.total_rows), out);
    if revision >= revision::TOTAL_BYTES_PROGRESS {
        write_var_uint(0, out);
    }
    if revision >= revision::WRITTEN_PROGRESS {
        write_var_uint(now.written_rows.saturating_sub(last.written_rows), out);
        write_var_uint(now.written_bytes.saturating_sub(last.written_bytes), out);
    }
    if revision >= revision::ELAPSED_PROGRESS {
        write_var_uint(now.elapsed_ns.saturating_sub(last.elapsed_ns), out);
    }
}

/// A result that was sent whole.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sent {
    /// Rows of it.
    pub rows: u64,
    /// Blocks that had rows.
    pub blocks: u64,
    /// Bytes in memory.
    pub bytes: u64,
}

/// Appends the figures of a result.
pub fn profile_info(sent: &Sent, statistics: &Statistics, revision: u64, out: &mut Vec<u8>) {
    let before_limit = statistics.rows_before_limit_at_least;
    write_var_uint(server::PROFILE_INFO, out);
    for figure in [sent.rows, sent.blocks, sent.bytes] {
        write_var_uint(figure, out);
    }
    out.push(u8::from(before_limit.is_some()));
    write_var_uint(before_limit.unwrap_or(0), out);
    out.push(1); // rows_before_limit is right
    if revision >= revision::ROWS_BEFORE_AGGREGATION {
        out.push(0);
        write_var_uint(0, out);
    }
}
