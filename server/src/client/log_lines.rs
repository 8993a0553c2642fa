//! Lines of the server's log, as they are asked for with `send_logs_level`.

use arrow::array::AsArray;
use arrow::datatypes::{Int8Type, UInt32Type, UInt64Type};
use chrono::DateTime;

use crate::native::block::Block;

/// Names of priorities, from 1.
const PRIORITIES: [&str; 9] = [
    "Fatal",
    "Critical",
    "Error",
    "Warning",
    "Notice",
    "Information",
    "Debug",
    "Trace",
    "Test",
];

/// The lines as text; those of a block that has other columns than such a block has are left out.
pub fn text(block: &Block) -> String {
    let column = |name: &str| {
        let at = block.header.iter().position(|column| column.name == name)?;
        block.columns.get(at)
    };
    let string = |name: &str, row: usize| {
        let array = column(name).and_then(|array| array.as_binary_opt::<i32>());
        array.map_or(String::new(), |array| {
            String::from_utf8_lossy(array.value(row)).into_owned()
        })
    };
    let mut text = String::new();
    for row in 0..block.rows {
        let seconds = column("event_time").and_then(|array| array.as_primitive_opt::<UInt32Type>());
        let micros = column("event_time_microseconds").and_then(|array| array.as_primitive_opt::<UInt32Type>());
        let thread = column("thread_id").and_then(|array| array.as_primitive_opt::<UInt64Type>());
        let priority = column("priority").and_then(|array| array.as_primitive_opt::<Int8Type>());
        let seconds = seconds.map_or(0, |array| i64::from(array.value(row)));
        let time = DateTime::from_timestamp(seconds, 0)
            .unwrap_or_default()
            .format("%Y.%m.%d %H:%M:%S");
        let micros = micros.map_or(0, |array| array.value(row));
        let thread = thread.map_or(0, |array| array.value(row));
        let priority = priority.map_or(0, |array| array.value(row));
        let priority = usize::try_from(priority - 1)
            .ok()
            .and_then(|at| PRIORITIES.get(at))
            .unwrap_or(&"Unknown");
        text.push_str(&format!(
            "[{}] {time}.{micros:06} [ {thread} ] {{{}}} <{priority}> {}: {}\n",
            string("host_name", row),
            string("query_id", row),
            string("source", row),
            string("text", row),
        ));
    }
    text
}
