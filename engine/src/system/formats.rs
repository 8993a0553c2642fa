//! system.formats: those of the host.

use super::{Content, SystemTable};

pub const TABLE: SystemTable = SystemTable {
    name: "formats",
    columns: &[
        ("name", "String", "Format name."),
        ("is_input", "UInt8", "Whether it can be read."),
        ("is_output", "UInt8", "Whether it can be written."),
    ],
    content: Content::Rows(|environment, cells| {
        for format in environment.engine.formats().list() {
            cells.push([format.name.into(), format.is_input.into(), format.is_output.into()]);
        }
        Ok(())
    }),
};
