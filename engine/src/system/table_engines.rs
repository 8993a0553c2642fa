//! system.table_engines

use super::{Content, SystemTable};
use crate::table::{MERGE_TREE, REPLACING_MERGE_TREE};

pub const TABLE: SystemTable = SystemTable {
    name: "table_engines",
    columns: &[
        ("name", "String", "Engine name."),
        ("supports_settings", "UInt8", "Whether SETTINGS may follow."),
        ("supports_skipping_indices", "UInt8", "Whether tables may have indexes."),
        ("supports_projections", "UInt8", "Always 0."),
        ("supports_sort_order", "UInt8", "Whether ORDER BY may follow."),
        ("supports_ttl", "UInt8", "Always 0."),
        ("supports_replication", "UInt8", "Always 0."),
        ("supports_deduplication", "UInt8", "Always 0."),
        ("supports_parallel_insert", "UInt8", "Always 1."),
    ],
    content: Content::Rows(|_, cells| {
        let [yes, no] = [1_u64, 0_u64];
        for engine in [MERGE_TREE, REPLACING_MERGE_TREE] {
            cells.push([
                engine.into(),
                yes.into(),
                yes.into(),
                no.into(),
                yes.into(),
                no.into(),
                no.into(),
                no.into(),
                yes.into(),
            ]);
        }
        Ok(())
    }),
};
