//! Lines of the log of one query, as blocks for the client that asks for them with `send_logs_level`.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use arrow::array::{ArrayRef, BinaryArray, Int8Array, UInt32Array, UInt64Array};
use gristmill_engine::HeaderColumn;

use super::profile_events::header;

/// How important a line is, by ClickHouse's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Something failed.
    Error = 3,
    /// What was done.
    Information = 6,
    /// What is being done.
    Debug = 7,
}

/// The least important lines that a level of `send_logs_level` lets through; `None` for none at all.
pub fn least(level: &str) -> Option<Priority> {
    match level {
        "error" | "warning" => Some(Priority::Error),
        "information" => Some(Priority::Information),
        "debug" | "trace" | "test" => Some(Priority::Debug),
        _ => None,
    }
}

/// Names and types of the columns.
const COLUMNS: [(&str, &str); 8] = [
    ("event_time", "DateTime"),
    ("event_time_microseconds", "UInt32"),
    ("host_name", "String"),
    ("query_id", "String"),
    ("thread_id", "UInt64"),
    ("priority", "Int8"),
    ("source", "String"),
    ("text", "String"),
];

/// One line of now.
pub fn line(query_id: &str, priority: Priority, text: &[u8]) -> (Vec<HeaderColumn>, Vec<ArrayRef>) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt32Array::from(vec![now.as_secs() as u32])),
        Arc::new(UInt32Array::from(vec![now.subsec_micros()])),
        Arc::new(BinaryArray::from(vec![&b"localhost"[..]])),
        Arc::new(BinaryArray::from(vec![query_id.as_bytes()])),
        Arc::new(UInt64Array::from(vec![0])),
        Arc::new(Int8Array::from(vec![priority as i8])),
        Arc::new(BinaryArray::from(vec![&b"executeQuery"[..]])),
        Arc::new(BinaryArray::from(vec![text])),
    ];
    (header(&COLUMNS), columns)
}
