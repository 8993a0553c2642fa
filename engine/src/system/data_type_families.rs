//! system.data_type_families

use gristmill_sql::types::TYPES;

use super::{Content, SystemTable};

pub const TABLE: SystemTable = SystemTable {
    name: "data_type_families",
    columns: &[
        ("name", "String", "Name or alias of the type."),
        ("case_insensitive", "UInt8", "Whether it may be written in any case."),
        ("alias_to", "String", "The type this is another name of."),
    ],
    content: Content::Rows(|_, cells| {
        for family in TYPES {
            cells.push([family.name.into(), family.case_insensitive.into(), "".into()]);
            for alias in family.aliases {
                cells.push([(*alias).into(), true.into(), family.name.into()]);
            }
        }
        Ok(())
    }),
};
