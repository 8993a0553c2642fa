//! system.data_skipping_index_types

use super::{Content, SystemTable};
use crate::table::INDEX_TYPES;

pub const TABLE: SystemTable = SystemTable {
    name: "data_skipping_index_types",
    columns: &[
        ("name", "String", "The type's name."),
        ("description", "String", "What it keeps, and for which conditions."),
        ("syntax", "String", "How it is written in a definition."),
        ("examples", "String", "Always empty."),
        ("introduced_in", "String", "Always empty."),
        ("related", "Array(String)", "Types for similar conditions."),
    ],
    content: Content::Rows(|_, cells| {
        for known in INDEX_TYPES {
            let related: Vec<String> = known.related.iter().map(|name| (*name).to_owned()).collect();
            cells.push([
                known.name.into(),
                known.description.into(),
                known.syntax.into(),
                "".into(),
                "".into(),
                related.into(),
            ]);
        }
        Ok(())
    }),
};
