//! system.disks and system.storage_policies: the one disk that the database is on.

use super::{Content, SystemTable};
use crate::cells::Cell;

/// The name of the disk, of its policy and of the policy's volume.
pub const DEFAULT: &str = "default";

pub const DISKS: SystemTable = SystemTable {
    name: "disks",
    columns: &[
        ("name", "String", "Always default."),
        ("path", "String", "Where the database lies."),
        ("free_space", "UInt64", "Bytes that may still be written."),
        ("total_space", "UInt64", "Bytes of the disk."),
        ("unreserved_space", "UInt64", "The same as free_space."),
        ("keep_free_space", "UInt64", "Always 0."),
        ("type", "String", "Always Local."),
        ("object_storage_type", "String", "Always None."),
        ("metadata_type", "String", "Always None."),
        ("is_encrypted", "UInt8", "Always 0."),
        ("is_read_only", "UInt8", "Always 0."),
        ("is_write_once", "UInt8", "Always 0."),
        ("is_remote", "UInt8", "Always 0."),
        ("is_broken", "UInt8", "Always 0."),
        ("cache_path", "String", "Always empty."),
    ],
    content: Content::Rows(|environment, cells| {
        let path = environment.engine.path();
        let (free, total) = environment.engine.catalog().disk_space(path);
        let local = ["Local", "None", "None"].map(Cell::from);
        let place: [Cell; 6] = [
            DEFAULT.into(),
            format!("{}/", path.display()).into(),
            free.into(),
            total.into(),
            free.into(),
            0_u64.into(),
        ];
        let flags = [const { Cell::Number(0) }; 5];
        cells.push(place.into_iter().chain(local).chain(flags).chain(["".into()]));
        Ok(())
    }),
};

pub const STORAGE_POLICIES: SystemTable = SystemTable {
    name: "storage_policies",
    columns: &[
        ("policy_name", "String", "Always default."),
        ("volume_name", "String", "Always default."),
        ("volume_priority", "UInt64", "Always 1."),
        ("disks", "Array(String)", "Its disk."),
        (
            "volume_type",
            "Enum8('JBOD' = 0, 'SINGLE_DISK' = 1, 'UNKNOWN' = 2)",
            "Always JBOD.",
        ),
        ("max_data_part_size", "UInt64", "Always 0."),
        ("move_factor", "Float32", "Always 0."),
        ("prefer_not_to_merge", "UInt8", "Always 0."),
        ("perform_ttl_move_on_insert", "UInt8", "Always 1."),
        (
            "load_balancing",
            "Enum8('ROUND_ROBIN' = 0, 'LEAST_USED' = 1)",
            "Always ROUND_ROBIN.",
        ),
    ],
    content: Content::Rows(|_, cells| {
        cells.push([
            DEFAULT.into(),
            DEFAULT.into(),
            1_u64.into(),
            vec![DEFAULT.to_string()].into(),
            "JBOD".into(),
            0_u64.into(),
            0.0.into(),
            0_u64.into(),
            1_u64.into(),
            "ROUND_ROBIN".into(),
        ]);
        Ok(())
    }),
};
