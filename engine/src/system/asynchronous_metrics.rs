//! system.asynchronous_metrics: figures that take a look at all tables, or at the system. Here they are computed when they
//! are read.

use std::collections::HashMap;

use super::{Content, SystemTable};
use crate::cells::Cells;
use crate::engine::Engine;
use crate::environment::Environment;
use crate::error::Result;

/// What the kernel counts memory in, bytes: the size of a page on all systems that are supported.
#[cfg(target_os = "linux")]
const PAGE_BYTES: f64 = 4096.0;

pub const TABLE: SystemTable = SystemTable {
    name: "asynchronous_metrics",
    columns: &[
        ("metric", "String", "Metric name."),
        ("value", "Float64", "Metric value."),
        ("description", "String", "Metric description."),
    ],
    content: Content::Rows(fill),
};

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    for (name, value, description) in all(&environment.engine) {
        cells.push([name.into(), value.into(), description.into()]);
    }
    Ok(())
}

/// All of them: names, values and meanings.
pub fn all(engine: &Engine) -> Vec<(&'static str, f64, &'static str)> {
    let uptime = engine.uptime().as_secs_f64();
    let mut metrics = vec![("Uptime", uptime, "The server uptime in seconds.")];
    metrics.extend(tables(engine).map(|(name, value, description)| (name, value as f64, description)));
    #[cfg(target_os = "linux")]
    metrics.extend(memory());
    metrics
}

fn tables(engine: &Engine) -> [(&'static str, u64, &'static str); 6] {
    let (catalog, tables) = (engine.catalog(), engine.catalog().all_tables());
    let (mut parts, mut rows, mut bytes) = (0, 0, 0);
    let mut fullest = 0;
    for (.., table) in &tables {
        let mut partitions: HashMap<String, u64> = HashMap::new();
        for part in table.snapshot().parts() {
            parts += 1;
            rows += part.rows();
            bytes += part.bytes_on_disk();
            let partition = partitions.entry(part.name().partition_id.clone()).or_default();
            *partition += 1;
            fullest = fullest.max(*partition);
        }
    }
    [
        (
            "NumberOfDatabases",
            catalog.databases().len() as u64,
            "Total number of databases on the server.",
        ),
        (
            "NumberOfTables",
            tables.len() as u64,
            "Total number of tables of the MergeTree family.",
        ),
        (
            "TotalPartsOfMergeTreeTables",
            parts,
            "Total amount of data parts in all tables of MergeTree family.",
        ),
        (
            "TotalRowsOfMergeTreeTables",
            rows,
            "Total amount of rows (records) stored in all tables of MergeTree family.",
        ),
        (
            "TotalBytesOfMergeTreeTables",
            bytes,
            "Total amount of bytes (compressed, including data and indices) stored in all tables of MergeTree family.",
        ),
        (
            "MaxPartCountForPartition",
            fullest,
            "Maximum number of parts per partition across all partitions of all tables of MergeTree family.",
        ),
    ]
}

/// The process's, as the kernel tells it.
#[cfg(target_os = "linux")]
fn memory() -> Vec<(&'static str, f64, &'static str)> {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let mut pages = text.split_whitespace().map(|pages| pages.parse::<f64>().ok());
    let mut next = || Some(pages.next()?? * PAGE_BYTES);
    let (Some(virtual_bytes), Some(resident), Some(shared)) = (next(), next(), next()) else {
        return Vec::new();
    };
    vec![
        (
            "MemoryVirtual",
            virtual_bytes,
            "The size of the virtual address space allocated by the server process, in bytes.",
        ),
        (
            "MemoryResident",
            resident,
            "The amount of physical memory used by the server process, in bytes.",
        ),
        (
            "MemoryShared",
            shared,
            "The amount of memory used by the server process, that is also shared by another processes, in bytes: mapped \
             files, those of vector indexes among them.",
        ),
    ]
}
