//! system.formats: those of the host.

use super::{Content, SystemTable};

/// What people cannot read on a terminal.
const BINARY: &str = "application/octet-stream";

pub const TABLE: SystemTable = SystemTable {
    name: "formats",
    columns: &[
        ("name", "String", "Format name."),
        ("is_input", "UInt8", "Whether it can be read."),
        ("is_output", "UInt8", "Whether it can be written."),
        ("is_tty_friendly", "UInt8", "Whether a terminal can show it."),
        ("content_type", "String", "Content-Type over HTTP."),
        (
            "has_schema_inference",
            "UInt8",
            "Whether a structure can be taken from the data.",
        ),
        ("related", "Array(String)", "The format that it is another name of."),
    ],
    content: Content::Rows(|environment, cells| {
        for format in environment.engine.formats().list() {
            let related: Vec<String> = format.alias_of.into_iter().map(str::to_string).collect();
            cells.push([
                format.name.into(),
                format.is_input.into(),
                format.is_output.into(),
                (format.content_type != BINARY).into(),
                format.content_type.into(),
                format.has_schema_inference.into(),
                related.into(),
            ]);
        }
        Ok(())
    }),
};
