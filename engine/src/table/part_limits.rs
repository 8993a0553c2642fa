//! How many parts a table may have before INSERT is refused: every part costs open files, mappings and memory, and each
//! query looks at all of them.

use std::collections::HashMap;

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
}

impl PartLimits {
    /// Those of a CREATE statement, whose SETTINGS have been checked.
    pub fn new(create: &CreateTable) -> Self {
        let value = |name| settings::merge_tree_integer(name, &create.settings);
        Self {
            in_partition: value("parts_to_throw_insert"),
            large_part_bytes: value("max_avg_part_size_for_too_many_parts"),
            in_total: value("max_parts_in_total"),
        }
    }

    /// The limits for a statement: its own `parts_to_throw_insert` goes before the table's.
    pub fn with(self, settings: &Settings) -> Self {
        match settings.integer("parts_to_throw_insert") {
            0 => self,
            in_partition => Self { in_partition, ..self },
        }
    }

    /// TOO_MANY_PARTS if the table may get no more parts.
    pub fn check(&self, table: &MergeTreeTable, parts: &PartSet) -> Result<()> {
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
        if count < self.in_partition || large {
            return Ok(());
        }
        let message = format!(
            "Too many parts ({count} with average size of {}) in {named}. Merges are processing significantly slower \
             than inserts",
            readable_size(average)
        );
        Err(Error::new(Code::TOO_MANY_PARTS, message))
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

fn readable_size(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.2} {}", UNITS[unit])
}
