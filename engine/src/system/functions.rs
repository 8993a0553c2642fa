//! system.functions

use gristmill_sql::functions::list;

use super::{Content, SystemTable};

pub const TABLE: SystemTable = SystemTable {
    name: "functions",
    columns: &[
        ("name", "String", "Name or alias."),
        ("is_aggregate", "UInt8", "Whether it aggregates."),
        (
            "case_insensitive",
            "UInt8",
            "Whether its name may be written in any case.",
        ),
        ("alias_to", "String", "The function this is another name of."),
        ("create_query", "String", "Always empty."),
        (
            "origin",
            "Enum8('System' = 0, 'SQLUserDefined' = 1, 'ExecutableUserDefined' = 2, 'WasmUserDefined' = 3)",
            "Always System.",
        ),
        ("description", "String", "What it does."),
        ("syntax", "String", "Always empty."),
        ("arguments", "String", "Always empty."),
        ("parameters", "String", "Always empty."),
        ("returned_value", "String", "Always empty."),
        ("examples", "String", "Always empty."),
        ("introduced_in", "String", "Always empty."),
        ("categories", "String", "Always empty."),
    ],
    content: Content::Rows(|_, cells| {
        for function in list() {
            cells.push([
                function.name.to_string().into(),
                function.is_aggregate.into(),
                function.case_insensitive.into(),
                function.alias_to.to_string().into(),
                "".into(),
                "System".into(),
                function.description.to_string().into(),
                "".into(),
                "".into(),
                "".into(),
                "".into(),
                "".into(),
                "".into(),
                "".into(),
            ]);
        }
        Ok(())
    }),
};
