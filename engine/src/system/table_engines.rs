//! system.table_engines

use super::{Content, SystemTable};
use crate::cells::Cell;
use crate::table::{MEMORY, MERGE_TREE, NULL, REPLACING_MERGE_TREE, VIEW};

pub const TABLE: SystemTable = SystemTable {
    name: "table_engines",
    columns: &[
        ("name", "String", "Engine name."),
        ("supports_settings", "UInt8", "Whether SETTINGS may follow."),
        ("supports_skipping_indices", "UInt8", "Whether tables may have indexes."),
        ("supports_projections", "UInt8", "Always 0."),
        ("supports_sort_order", "UInt8", "Whether ORDER BY may follow."),
        ("supports_ttl", "UInt8", "Whether TTL may follow."),
        ("supports_replication", "UInt8", "Always 0."),
        ("supports_deduplication", "UInt8", "Always 0."),
        ("supports_parallel_insert", "UInt8", "Always 1."),
    ],
    content: Content::Rows(|_, cells| {
        let [yes, no] = [1_u64, 0_u64];
        let mut push = |engine: &str, supports: [u64; 5]| {
            let [settings, indexes, order, ttl, parallel] = supports.map(Cell::from);
            cells.push([
                engine.into(),
                settings,
                indexes,
                no.into(),
                order,
                ttl,
                no.into(),
                no.into(),
                parallel,
            ]);
        };
        push(MERGE_TREE, [yes; 5]);
        push(REPLACING_MERGE_TREE, [yes; 5]);
        push(MEMORY, [yes, no, no, no, yes]);
        push(NULL, [no, no, no, no, yes]);
        push(VIEW, [no; 5]);
        Ok(())
    }),
};
