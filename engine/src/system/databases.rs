//! system.databases

use uuid::Uuid;

use super::{Content, SystemTable, is_system};
use crate::cells::{Cell, Cells};
use crate::environment::Environment;
use crate::error::Result;

pub const TABLE: SystemTable = SystemTable {
    name: "databases",
    columns: &[
        ("name", "String", "Database name."),
        ("engine", "String", "Database engine."),
        ("data_path", "String", "Where its tables' parts are."),
        ("metadata_path", "String", "Where its tables' definitions are."),
        ("uuid", "UUID", "Always zero."),
        ("engine_full", "String", "Engine with parameters."),
        ("comment", "String", "Comment."),
        ("is_external", "UInt8", "Always 0."),
    ],
    content: Content::Rows(fill),
};

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    let root = environment.engine.path();
    for (name, comment) in environment.shown_databases() {
        let engine = if is_system(&name) { "Memory" } else { "Atomic" };
        let below = |folder: &str| match name.as_str() {
            name if is_system(name) => String::new(),
            name => format!("{}/", root.join(folder).join(name).display()),
        };
        cells.push([
            name.clone().into(),
            engine.into(),
            below("data").into(),
            below("metadata").into(),
            Cell::Uuid(Uuid::nil()),
            engine.into(),
            comment.into(),
            false.into(),
        ]);
    }
    Ok(())
}
