//! system.vector_index_builds: how far MATERIALIZE INDEX is, part by part.

use super::{Content, SystemTable};
use crate::cells::{Cell, Cells};
use crate::environment::Environment;
use crate::error::Result;
use crate::index_builds::Build;

pub const TABLE: SystemTable = SystemTable {
    name: "vector_index_builds",
    columns: &[
        ("database", "String", "Database."),
        ("table", "String", "Table."),
        ("index", "String", "Index."),
        ("part", "String", "Part that gets the index."),
        ("state", "String", "running, done or failed."),
        ("rows_done", "UInt64", "Rows added so far."),
        ("rows_total", "UInt64", "Rows of the part."),
        ("elapsed", "Float64", "Seconds since it began, or that it took."),
        ("rows_per_second", "Float64", "Rows added per second."),
        (
            "seconds_left",
            "Nullable(Float64)",
            "How long it will take at this rate; NULL before the first row.",
        ),
        ("error", "String", "Why it failed."),
    ],
    content: Content::Rows(fill),
};

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    for build in environment.engine.index_builds().list() {
        push(&build, cells);
    }
    Ok(())
}

fn push(build: &Build, cells: &mut Cells) {
    let (state, error) = build.state();
    let (done, elapsed) = (build.rows_done(), build.elapsed().as_secs_f64());
    let rate = done as f64 / elapsed.max(f64::MIN_POSITIVE);
    let left = match state {
        "running" if done == 0 => Cell::Null,
        "running" => (build.rows_total.saturating_sub(done) as f64 / rate).into(),
        _ => 0.0.into(),
    };
    cells.push([
        build.subject.database.clone().into(),
        build.subject.table.clone().into(),
        build.subject.index.clone().into(),
        build.part.clone().into(),
        state.into(),
        done.into(),
        build.rows_total.into(),
        elapsed.into(),
        rate.into(),
        left,
        error.into(),
    ]);
}
