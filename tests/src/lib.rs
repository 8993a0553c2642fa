//! What the tests of this crate share: an embedded engine in a temporary folder, and reading its answers.
//!
//! The tests themselves are in `tests/`: SQL files with expected results, searches against brute force, and
//! crashes of a real server. Tests of one crate alone live in that crate.

pub mod embedded;
pub mod fuzz;
pub mod http;
pub mod sql_file;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float32Type, Float64Type, UInt32Type};
use gristmill_engine::{Engine, EngineOptions, Error, Outcome, Session};

/// An engine over a folder that goes away with this value.
pub struct TestEngine {
    /// The engine; `session()` makes clients of it.
    pub engine: Arc<Engine>,
    folder: tempfile::TempDir,
}

impl TestEngine {
    /// An engine over an empty temporary folder.
    pub fn new() -> TestEngine {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let engine = Engine::open(EngineOptions {
            path: Some(folder.path().to_owned()),
            ..EngineOptions::default()
        })
        .expect("an empty folder opens");
        TestEngine { engine, folder }
    }

    /// Where the database lies.
    pub fn path(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// A session with default settings.
    pub fn session(&self) -> Session {
        self.engine.session()
    }
}

impl Default for TestEngine {
    fn default() -> Self {
        Self::new()
    }
}

/// Runs a statement and collects what it answers; a statement that answers nothing gives no batches.
pub fn run(session: &mut Session, statement: &str) -> Result<Vec<RecordBatch>, Error> {
    let mut batches = Vec::new();
    if let Outcome::Rows(mut rows) = session.execute(statement.as_bytes(), &BTreeMap::new())? {
        while let Some(batch) = rows.next()? {
            batches.push(batch);
        }
    }
    Ok(batches)
}

/// Inserts one block, whose columns are the table's.
pub fn insert(session: &mut Session, table: &str, batch: RecordBatch) -> Result<u64, Error> {
    let statement = format!("INSERT INTO {table} FORMAT Native");
    match session.execute(statement.as_bytes(), &BTreeMap::new())? {
        Outcome::Insert(mut insert) => {
            insert.write(batch)?;
            insert.finish()
        }
        _ => panic!("INSERT … FORMAT must ask for rows"),
    }
}

/// Column `index` of an answer as numbers.
///
/// # Panics
/// If the column is of another type than UInt32, Float32 or Float64.
pub fn numbers(batches: &[RecordBatch], index: usize) -> Vec<f64> {
    let mut out = Vec::new();
    for batch in batches {
        let column = batch.column(index);
        match column.data_type() {
            DataType::UInt32 => out.extend(
                column
                    .as_primitive::<UInt32Type>()
                    .values()
                    .iter()
                    .map(|v| f64::from(*v)),
            ),
            DataType::Float32 => out.extend(
                column
                    .as_primitive::<Float32Type>()
                    .values()
                    .iter()
                    .map(|v| f64::from(*v)),
            ),
            DataType::Float64 => out.extend(column.as_primitive::<Float64Type>().values().iter().copied()),
            other => panic!("column {index} is of type {other}"),
        }
    }
    out
}
