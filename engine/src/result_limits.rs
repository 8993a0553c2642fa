//! How large a result may be: `max_result_rows`, `max_result_bytes` and `result_overflow_mode`.

use gristmill_sql::Code;

use crate::error::{Error, Result};
use crate::settings::Settings;
use crate::table::readable_size;

/// Whether a result of so many rows and bytes may go on. One that is too large fails, or ends with the block that made it so.
pub fn may_go_on(settings: &Settings, rows: u64, bytes: u64) -> Result<bool> {
    let is_over = |limit: u64, value: u64| limit > 0 && value > limit;
    let (rows_max, bytes_max) = (
        settings.integer("max_result_rows"),
        settings.integer("max_result_bytes"),
    );
    let what = if is_over(rows_max, rows) {
        let (limit, value) = (readable_quantity(rows_max), readable_quantity(rows));
        format!("max rows: {limit}, current rows: {value}")
    } else if is_over(bytes_max, bytes) {
        let (limit, value) = (readable_size(bytes_max), readable_size(bytes));
        format!("max bytes: {limit}, current bytes: {value}")
    } else {
        return Ok(true);
    };
    if settings.text("result_overflow_mode") == "break" {
        return Ok(false);
    }
    let message = format!("Limit for result exceeded, {what}");
    Err(Error::new(Code::TOO_MANY_ROWS_OR_BYTES, message))
}

fn readable_quantity(value: u64) -> String {
    const UNITS: [&str; 5] = ["", " thousand", " million", " billion", " trillion"];
    let mut value = value as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.2}{}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_for_people() {
        let shown = [7, 1_000, 1_234_567].map(readable_quantity);
        assert_eq!(shown, ["7.00", "1.00 thousand", "1.23 million"]);
    }
}
