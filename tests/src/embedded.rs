//! Statements as `gristmill local` runs them, with the text that they print.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use gristmill_engine::Session;
use gristmill_server::statement::{Run, Step};

use crate::sql_file::Answer;

/// Bytes that a format writes, read when it is done.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Runs one statement; what it prints, as TabSeparated, or its error.
pub fn ask(session: &mut Session, text: &[u8]) -> Answer {
    let run = Run {
        parameters: &BTreeMap::new(),
        default_format: "TabSeparated",
        revision: 0,
        text,
    };
    let sink = Sink::default();
    let done = match run.execute(session) {
        Ok(Step::Done) => Ok(()),
        Ok(Step::Rows(rows)) => rows.write(Box::new(sink.clone())).map(drop),
        Ok(Step::Insert(insert)) => insert.read(Box::new(std::io::empty())).map(drop),
        Err(error) => Err(error),
    };
    let printed = std::mem::take(&mut *sink.0.lock().unwrap());
    done.map(|()| printed).map_err(|error| error.to_string())
}
