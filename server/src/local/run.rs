//! The command itself: where statements come from, and each one run to its end.

use std::io::{IsTerminal, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use gristmill_engine::server_settings::ServerSettings;
use gristmill_engine::{Client, Engine, EngineOptions, FileAccess, Origin, Session};
use gristmill_sql::{Code, Error, Result};

use super::progress::Display;
use crate::cli::{Given, LocalOptions};
use crate::log::{self, LogConfig};
use crate::shell::destination::{Destination, is_broken_pipe};
use crate::shell::script::{Script, Statement};
use crate::statement::{Run, Step};

/// Runs all statements that the command line gives; the first error ends it.
pub fn run(options: LocalOptions, given: Given) -> Result<()> {
    log::start(&LogConfig::of_level("warning"))?; // parts set aside, tables that cannot be loaded
    let engine = open(options.path.as_deref(), &given)?;
    let mut local = Local::new(&engine, options, given)?;
    let result = local.run_all();
    drop(local);
    engine.shutdown();
    match result {
        // Whoever reads our output (`head`, a pager) has enough.
        Err(error) if is_broken_pipe(&error) => Ok(()),
        result => result,
    }
}

fn open(path: Option<&Path>, given: &Given) -> Result<Arc<Engine>> {
    let mut server_settings = ServerSettings::default();
    for (name, value) in &given.server_settings {
        if ["max_connections", "max_concurrent_queries"].contains(&name.as_str()) {
            let message = format!("--{name} is about a server: gristmill local has no connections");
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        }
        server_settings.set(name, value)?;
    }
    let is_given = |name: &str| given.server_settings.iter().any(|(given, _)| given == name);
    let threads = |name: &str| is_given(name).then(|| server_settings.integer(name) as usize);
    let defaults = EngineOptions::default();
    let options = EngineOptions {
        path: path.map(Path::to_path_buf),
        merge_threads: threads("background_pool_size").unwrap_or(defaults.merge_threads),
        index_build_threads: threads("max_build_vector_similarity_index_thread_pool_size"),
        server_settings,
        formats: crate::statement::file_formats(),
        files: FileAccess::Any,
        ..defaults
    };
    Ok(Engine::open(options)?)
}

struct Local {
    session: Session,
    options: LocalOptions,
    given: Given,
    default_format: String,
    display: Display,
}

impl Local {
    fn new(engine: &Arc<Engine>, options: LocalOptions, given: Given) -> Result<Local> {
        let mut session = engine.session();
        let name = "gristmill".to_string();
        session.identify_next(Origin {
            client: Arc::new(Client {
                name,
                ..Client::default()
            }),
            ..Origin::default()
        });
        if std::io::stdout().is_terminal() {
            session.set("output_format_pretty_color", "1")?; // what `auto` means; the command line may say otherwise
        }
        for (name, value) in &given.settings {
            let named = |error: gristmill_engine::Error| {
                let error = Error::from(error);
                Error::new(error.code, format!("{} (in option '--{name}')", error.message))
            };
            session.set(name, value).map_err(named)?;
        }
        if let Some(database) = &options.database {
            session.use_database(database)?;
        }
        let default_format = match &options.format {
            Some(name) => name.clone(),
            None if options.vertical => "Vertical".to_string(),
            None if std::io::stdout().is_terminal() => "PrettyCompact".to_string(),
            None => "TabSeparated".to_string(),
        };
        crate::statement::output_format(&default_format)?;
        let display = Display::new(options.progress);
        Ok(Local {
            session,
            options,
            given,
            default_format,
            display,
        })
    }

    fn run_all(&mut self) -> Result<()> {
        let queries = std::mem::take(&mut self.options.query);
        let files = std::mem::take(&mut self.options.queries_file);
        if queries.is_empty() && files.is_empty() {
            if std::io::stdin().is_terminal() {
                eprintln!("Statements are read from standard input until its end (Ctrl-D) and then run.");
            }
            return self.run_script(&read_all(std::io::stdin(), "standard input")?, false);
        }
        for query in &queries {
            self.run_script(query.as_bytes(), true)?;
        }
        for file in &files {
            let open = std::fs::File::open(file).map_err(|error| {
                Error::new(
                    Code::CANNOT_OPEN_FILE,
                    format!("Cannot open {}: {error}", file.display()),
                )
            })?;
            self.run_script(&read_all(open, &file.display().to_string())?, true)?;
        }
        Ok(())
    }

    /// Runs the statements of a text; the data of an INSERT may follow on standard input.
    fn run_script(&mut self, text: &[u8], has_input: bool) -> Result<()> {
        let mut script = Script::new(text);
        while let Some(statement) = script.next(&self.given.parameters)? {
            self.run_statement(&statement, has_input)?;
        }
        Ok(())
    }

    fn run_statement(&mut self, statement: &Statement<'_>, has_input: bool) -> Result<()> {
        if self.options.echo {
            Destination::stdout().line(&[statement.shown(), b"\n"].concat())?;
        }
        let began = Instant::now();
        let shown = self.display.watch(self.session.progress());
        let result = self.execute(statement, has_input);
        shown.end(result.is_ok());
        let rows = result?;
        self.summarize(began, rows);
        Ok(())
    }

    /// Runs one statement to its end and returns the rows it printed, if it has a result set.
    fn execute(&mut self, statement: &Statement<'_>, has_input: bool) -> Result<Option<u64>> {
        let run = Run {
            parameters: &self.given.parameters,
            default_format: &self.default_format,
            revision: 0,
            text: statement.text(),
        };
        match run.execute(&mut self.session)? {
            Step::Done => Ok(None),
            Step::Insert(insert) => {
                let more: Box<dyn Read + Send> = match has_input && statement.wants_input() {
                    true => Box::new(std::io::stdin()),
                    false => Box::new(std::io::empty()),
                };
                insert.read(more)?;
                Ok(None)
            }
            Step::Rows(rows) => {
                let destination = match rows.outfile() {
                    Some(outfile) => Destination::file(outfile)?,
                    None => Destination::stdout(),
                };
                let counts = rows.write(Box::new(destination.clone()))?;
                destination.finish()?;
                Ok(Some(counts.rows))
            }
        }
    }

    fn summarize(&self, began: Instant, rows: Option<u64>) {
        let elapsed = began.elapsed().as_secs_f64();
        if self.options.verbose {
            match rows {
                Some(1) => eprintln!("1 row in set. Elapsed: {elapsed:.3} sec."),
                Some(rows) => eprintln!("{rows} rows in set. Elapsed: {elapsed:.3} sec."),
                None => eprintln!("Ok. Elapsed: {elapsed:.3} sec."),
            }
        }
        if self.options.time {
            eprintln!("{elapsed:.3}");
        }
    }
}

fn read_all(mut from: impl Read, name: &str) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    from.read_to_end(&mut text)
        .map_err(|error| Error::new(Code::CANNOT_READ_ALL_DATA, format!("Cannot read {name}: {error}")))?;
    Ok(text)
}
