//! A database in a folder, and statements whose results are text.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use gristmill_engine::{Engine, EngineOptions, HeaderColumn, Insert, Outcome, Rows, Session};
use gristmill_sql::types::{Cursor, TextOptions, TextStyle, reader, writer};

/// A database that goes with the value.
pub struct Database {
    pub engine: Arc<Engine>,
    pub session: Session,
}

impl Database {
    /// A temporary one.
    pub fn new() -> Self {
        let engine = Engine::open(EngineOptions::default()).expect("a temporary database opens");
        let session = engine.session();
        Self { engine, session }
    }

    /// A temporary one in which nothing is merged by itself, and mutations are done by who waits for them.
    pub fn quiet() -> Self {
        let options = EngineOptions {
            merge_threads: 0,
            ..EngineOptions::default()
        };
        let engine = Engine::open(options).expect("a temporary database opens");
        let session = engine.session();
        Self { engine, session }
    }

    /// The same in a folder.
    pub fn open_quiet(path: &Path) -> Self {
        let options = EngineOptions {
            path: Some(path.into()),
            merge_threads: 0,
            ..EngineOptions::default()
        };
        let engine = Engine::open(options).expect("the database opens");
        let session = engine.session();
        Self { engine, session }
    }

    /// One in a folder.
    pub fn open(path: &Path) -> Self {
        let engine = open(path).expect("the database opens");
        let session = engine.session();
        Self { engine, session }
    }

    /// Runs statements, separated by `;` at line ends; panics at the first error.
    #[track_caller]
    pub fn run(&mut self, script: &str) {
        for statement in script.split(";\n").map(str::trim).filter(|it| !it.is_empty()) {
            if let Err(error) = text(&mut self.session, statement) {
                panic!("{statement}\n{error}");
            }
        }
    }

    /// The rows as TabSeparated text.
    #[track_caller]
    pub fn rows(&mut self, query: &str) -> String {
        text(&mut self.session, query).unwrap_or_else(|error| panic!("{query}\n{error}"))
    }

    /// The error of a statement that must fail.
    #[track_caller]
    pub fn error(&mut self, query: &str) -> String {
        match text(&mut self.session, query) {
            Ok(rows) => panic!("{query}\nsucceeded: {rows}"),
            Err(error) => error,
        }
    }

    /// Checks a query's rows; `expected` has one row per line, fields separated by tabs.
    #[track_caller]
    pub fn check(&mut self, query: &str, expected: &str) {
        assert_eq!(self.rows(query), expected, "{query}");
    }

    /// Checks that a statement fails with an error that contains a text.
    #[track_caller]
    pub fn check_error(&mut self, query: &str, expected: &str) {
        let error = self.error(query);
        assert!(error.contains(expected), "{query}\n{error}");
    }
}

pub fn open(path: &Path) -> gristmill_engine::Result<Arc<Engine>> {
    Engine::open(EngineOptions {
        path: Some(path.into()),
        ..EngineOptions::default()
    })
}

/// Runs a statement to its end. INSERT … VALUES takes literal values, tab-free.
pub fn text(session: &mut Session, query: &str) -> Result<String, String> {
    let outcome = session
        .execute(query.as_bytes(), &BTreeMap::new())
        .map_err(|it| it.to_string())?;
    match outcome {
        Outcome::Done => Ok(String::new()),
        Outcome::Rows(rows) => rows_text(rows),
        Outcome::Insert(mut insert) => {
            let data = insert.inline.clone().map_or("", |range| &query[range]);
            write_values(&mut insert, data)?;
            insert.finish().map(|_| String::new()).map_err(|it| it.to_string())
        }
    }
}

pub fn rows_text(mut rows: Rows) -> Result<String, String> {
    let header = rows.header.clone();
    let mut lines = Vec::new();
    while let Some(batch) = rows.next().map_err(|it| it.to_string())? {
        let columns = batch.columns().iter().zip(&header);
        let writers = columns.map(|(array, column): (_, &HeaderColumn)| {
            writer(&column.data_type, array, &TextOptions::default()).expect("arrays fit their types")
        });
        let writers: Vec<_> = writers.collect();
        for row in 0..batch.num_rows() {
            let fields = writers.iter().map(|writer| {
                let mut field = Vec::new();
                writer.write_text(row, TextStyle::Escaped, &mut field);
                String::from_utf8_lossy(&field).into_owned()
            });
            lines.push(fields.collect::<Vec<_>>().join("\t"));
        }
    }
    Ok(lines.join("\n"))
}

/// `(1, 'a'), (2, 'b')`: the plain part of the Values format.
pub fn write_values(insert: &mut Insert, data: &str) -> Result<(), String> {
    let options = TextOptions::default();
    let header = insert.header.clone();
    let mut columns: Vec<_> = header.iter().map(|it| reader(&it.data_type, &options)).collect();
    let mut cursor = Cursor::new(data.as_bytes());
    let fail = |error: gristmill_sql::Error| error.to_string();
    loop {
        cursor.skip_whitespace();
        if cursor.at_end() || cursor.eat(b';') {
            break;
        }
        cursor.expect(b'(').map_err(fail)?;
        for (position, column) in columns.iter_mut().enumerate() {
            cursor.skip_whitespace();
            if position > 0 {
                cursor.expect(b',').map_err(fail)?;
                cursor.skip_whitespace();
            }
            column.read_text(&mut cursor, TextStyle::Quoted).map_err(fail)?;
            cursor.skip_whitespace();
        }
        cursor.expect(b')').map_err(fail)?;
        cursor.skip_whitespace();
        cursor.eat(b',');
    }
    let fields = header.iter().map(|column| column.data_type.field(&column.name));
    let schema = arrow::datatypes::Schema::new(fields.collect::<Vec<_>>());
    let arrays = columns.iter_mut().map(|column| column.finish()).collect();
    let batch = arrow::array::RecordBatch::try_new(Arc::new(schema), arrays).expect("columns fit");
    insert.write(batch).map_err(|it| it.to_string())
}
