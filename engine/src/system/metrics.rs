//! system.metrics: what is held right now.

use super::{Content, SystemTable};
use crate::cells::Cells;
use crate::environment::Environment;
use crate::error::Result;

pub const TABLE: SystemTable = SystemTable {
    name: "metrics",
    columns: &[
        ("metric", "String", "Metric name."),
        ("value", "Int64", "Metric value."),
        ("description", "String", "What it counts."),
        ("name", "String", "Metric name again."),
    ],
    content: Content::Rows(fill),
};

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    let cache = environment.engine.indexes().metrics();
    let metrics = [
        (
            "VectorSimilarityIndexCacheBytes",
            cache.bytes,
            "Bytes of opened vector indexes.",
        ),
        (
            "VectorSimilarityIndexCacheCells",
            cache.entries,
            "Opened vector indexes.",
        ),
    ];
    for (name, value, description) in metrics {
        cells.push([name.into(), value.into(), description.into(), name.into()]);
    }
    Ok(())
}
