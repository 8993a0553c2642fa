//! system.events: what happened since the database was opened.

use super::{Content, SystemTable};
use crate::cells::Cells;
use crate::environment::Environment;
use crate::error::Result;
use crate::events::EVENTS;

pub const TABLE: SystemTable = SystemTable {
    name: "events",
    columns: &[
        ("event", "String", "Event name."),
        ("value", "UInt64", "Number of events occurred."),
        ("description", "String", "Event description."),
        ("name", "String", "Event name again."),
    ],
    content: Content::Rows(fill),
};

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    let (counts, zeros) = (
        environment.engine.events(),
        environment.settings.flag("system_events_show_zero_values"),
    );
    for (event, name, description) in EVENTS {
        let value = counts.get(*event);
        if zeros || value > 0 {
            cells.push([(*name).into(), value.into(), (*description).into(), (*name).into()]);
        }
    }
    Ok(())
}
