//! How many parts a table may have before INSERT is slowed down, and before it is refused: every part costs open files,
//! mappings and memory, and each query looks at all of them.

use std::collections::HashMap;
use std::time::Duration;

use gristmill_sql::Code;
use gristmill_sql::parser::CreateTable;
use gristmill_storage::PartSet;

use crate::error::{Error, Result};
use crate::settings::{self, Settings};
use crate::table::MergeTreeTable;

/// Units of sizes in messages, each 1024 times the one before.
const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];

/// The settings of a table that bound the number of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartLimits {
    /// `parts_to_throw_insert`: parts of one partition at which INSERT is refused.
    in_partition: u64,
    /// `max_avg_part_size_for_too_many_parts`: of parts bigger than this on average there may be more; 0: no such size.
    large_part_bytes: u64,
    /// `max_parts_in_total`: parts of all partitions at which INSERT is refused.
    in_total: u64,
    delay: Delay,
}

/// How INSERT is slowed down, so that merges can keep up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Delay {
    /// `parts_to_delay_insert`: parts of one partition from which on it is; 0: never.
    in_partition: u64,
    /// `max_delay_to_insert` in milliseconds: just before it is refused.
    millis_max: u64,
    /// `min_delay_to_insert_ms`.
    millis_min: u64,
}

/// ClickHouse's `max_delay_to_insert` where it is set to 0, in seconds.
const DELAY_SECONDS_UNSET: u64 = 1;

impl PartLimits {
    /// Those of a CREATE statement, whose SETTINGS have been checked.
    pub fn new(create: &CreateTable) -> Self {
        let value = |name| settings::merge_tree_integer(name, &create.settings);
        Self {
            in_partition: value("parts_to_throw_insert"),
            large_part_bytes: value("max_avg_part_size_for_too_many_parts"),
            in_total: value("max_parts_in_total"),
            delay: Delay {
                in_partition: value("parts_to_delay_insert"),
                millis_max: match value("max_delay_to_insert") {
                    0 => DELAY_SECONDS_UNSET * 1000,
                    seconds => seconds.saturating_mul(1000),
                },
                millis_min: value("min_delay_to_insert_ms"),
            },
        }
    }

    /// The limits for a statement: its own `parts_to_throw_insert` and `parts_to_delay_insert` go before the table's.
    pub fn with(mut self, settings: &Settings) -> Self {
        for (name, limit) in [
            ("parts_to_throw_insert", &mut self.in_partition),
            ("parts_to_delay_insert", &mut self.delay.in_partition),
        ] {
            match settings.integer(name) {
                0 => {}
                value => *limit = value,
            }
        }
        self
    }

    /// How long a block has to wait before it becomes a part; TOO_MANY_PARTS if the table may get no more parts.
    pub fn check(&self, table: &MergeTreeTable, parts: &PartSet) -> Result<Duration> {
        let name = &table.definition.create.table;
        let database = name.database.as_deref().unwrap_or_default();
        let named = format!("table '{database}.{} ({})'", name.name, table.uuid);
        let total = parts.parts().len() as u64;
        if total >= self.in_total {
            let message = format!(
                "Too many parts ({total}) in all partitions in total in {named}. This indicates wrong choice of \
                 partition key. The threshold can be modified with the table's setting 'max_parts_in_total'."
            );
            return Err(Error::new(Code::TOO_MANY_PARTS, message));
        }
        let (count, bytes) = fullest_partition(parts);
        let average = bytes / count.max(1);
        let large = self.large_part_bytes > 0 && average > self.large_part_bytes;
        if large {
            return Ok(Duration::ZERO);
        }
        if count < self.in_partition {
            return Ok(self.delay.of(count, self.in_partition));
        }
        let message = format!(
            "Too many parts ({count} with average size of {}) in {named}. Merges are processing significantly slower \
             than inserts",
            readable_size(average)
        );
        Err(Error::new(Code::TOO_MANY_PARTS, message))
    }
}

impl Delay {
    /// The wait where the fullest partition has `count` parts, and `refused` are too many.
    fn of(&self, count: u64, refused: u64) -> Duration {
        if self.in_partition == 0 || count < self.in_partition {
            return Duration::ZERO;
        }
        let over = count - self.in_partition + 1;
        let allowed = refused.saturating_sub(self.in_partition).max(1);
        let millis = match over > allowed {
            true => self.millis_max,
            false => self
                .millis_min
                .max((self.millis_max as f64 * over as f64 / allowed as f64) as u64),
        };
        Duration::from_millis(millis)
    }
}

/// Parts of the partition that has most of them, and their bytes.
fn fullest_partition(parts: &PartSet) -> (u64, u64) {
    let mut partitions: HashMap<&str, (u64, u64)> = HashMap::new();
    for part in parts.parts() {
        let (count, bytes) = partitions.entry(&part.name().partition_id).or_default();
        *count += 1;
        *bytes += part.bytes_on_disk();
    }
    partitions.into_values().max().unwrap_or_default()
}

/// Bytes for people.
pub fn readable_size(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.2} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of ClickHouse's documentation, and the edges.
    #[test]
    fn the_delay_grows_up_to_the_limit() {
        let delay = Delay {
            in_partition: 150,
            millis_max: 1000,
            millis_min: 10,
        };
        let check = |delay: Delay, count: u64, millis: u64| {
            assert_eq!(delay.of(count, 300), Duration::from_millis(millis), "{count} parts");
        };
        check(delay, 149, 0);
        check(delay, 150, 10);
        check(delay, 224, 500);
        check(delay, 299, 1000);
        check(delay, 300, 1000);
        check(
            Delay {
                in_partition: 0,
                ..delay
            },
            299,
            0,
        );
        check(
            Delay {
                in_partition: 300,
                ..delay
            },
            300,
            1000,
        );
        check(
            Delay {
                in_partition: 299,
                ..delay
            },
            299,
            1000,
        );
        check(
            Delay {
                millis_max: u64::MAX,
                ..delay
            },
            300,
            u64::MAX,
        );
    }
}
