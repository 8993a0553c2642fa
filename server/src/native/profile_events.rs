//! Counters of a query as a block of rows.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use arrow::array::{ArrayRef, BinaryArray, Int8Array, Int64Array, UInt32Array, UInt64Array};
use gristmill_engine::{HeaderColumn, Progress};
use gristmill_sql::types::DataType;

/// The counters as they were told last.
#[derive(Default)]
pub struct Told(HashMap<&'static str, u64>);

/// Names and types of the columns.
const COLUMNS: [(&str, &str); 6] = [
    ("host_name", "String"),
    ("current_time", "DateTime"),
    ("thread_id", "UInt64"),
    ("type", "Enum8('increment' = 1, 'gauge' = 2)"),
    ("name", "String"),
    ("value", "Int64"),
];

/// The type of a counter.
const INCREMENT: i8 = 1;

impl Told {
    /// The counters that have changed: columns and the number of rows.
    pub fn changes(&mut self, progress: &Progress) -> (Vec<HeaderColumn>, Vec<ArrayRef>, usize) {
        let mut names = Vec::new();
        let mut values = Vec::new();
        for (name, count) in progress.events().own().list() {
            let last = self.0.insert(name, count).unwrap_or(0);
            if count > last {
                names.push(name.as_bytes());
                values.push((count - last) as i64);
            }
        }
        let rows = names.len();
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |now| now.as_secs() as u32);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(BinaryArray::from(vec![&b"localhost"[..]; rows])),
            Arc::new(UInt32Array::from(vec![now; rows])),
            Arc::new(UInt64Array::from(vec![0; rows])),
            Arc::new(Int8Array::from(vec![INCREMENT; rows])),
            Arc::new(BinaryArray::from(names)),
            Arc::new(Int64Array::from(values)),
        ];
        (header(&COLUMNS), columns, rows)
    }
}

/// The header of a block of our own.
pub fn header(columns: &[(&str, &str)]) -> Vec<HeaderColumn> {
    let column = |(name, data_type): &(&str, &str)| HeaderColumn {
        name: (*name).to_string(),
        data_type: DataType::parse(data_type).expect("the types of our own blocks are known"),
    };
    columns.iter().map(column).collect()
}
