//! The command itself: what the command line asks for, run at the prompt or from texts.

use std::ffi::OsString;
use std::io::{IsTerminal, Read, Write};
use std::process::ExitCode;

use gristmill_sql::{Code, Error, Result};

use super::connection_string::ConnectionString;
use super::external::{self, Described};
use super::failure::Failure;
use super::interrupt::Interrupt;
use super::session::{Display, Session, Summary, is_broken_pipe};
use super::target::{Asking, Target};
use crate::cli::client::ClientOptions;
use crate::cli::{self, Given};
use crate::shell::destination::Destination;
use crate::shell::script::{Script, Statement};

/// Runs `gristmill client` with these arguments.
pub fn run(arguments: Vec<OsString>) -> Result<ExitCode> {
    let (tables, arguments) = external::take(arguments)?;
    let (options, given) = cli::parse::<ClientOptions>(arguments)?;
    if let Some((name, _)) = given.server_settings.first() {
        let message = format!("--{name} is about a server: gristmill client is none");
        return Err(Error::new(Code::BAD_ARGUMENTS, message));
    }
    let mut client = Client::new(options, given)?;
    client.read_tables(&tables)?;
    let is_interactive = client.is_interactive();
    let failure = match is_interactive {
        true => super::prompt::run(&mut client.session, &client.options),
        false => client.run_all(&tables),
    };
    Ok(match failure {
        // Whoever reads our output (`head`, a pager) has enough.
        Some(failure) if is_broken_pipe(&failure) => ExitCode::SUCCESS,
        Some(failure) => ExitCode::from(failure.exit_status()),
        None => ExitCode::SUCCESS,
    })
}

struct Client {
    session: Session,
    options: ClientOptions,
}

impl Client {
    fn new(options: ClientOptions, given: Given) -> Result<Client> {
        let connection_string = options.connection_string.as_deref();
        if let Some(word) = connection_string.filter(|word| !ConnectionString::is_meant(word)) {
            let message = format!("Positional option '{word}' is not supported: queries are given by --query");
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        }
        let target = Target::resolve(Asking {
            hosts: options.host.iter().cloned().collect(),
            connection_string,
            options: &options.connection_options,
            settings: &given.settings,
            config: (options.config_file.as_deref(), options.connection.as_deref()),
        })?;
        let is_terminal = std::io::stdout().is_terminal();
        let format = match &options.format {
            Some(name) => name.clone(),
            None if options.vertical => "Vertical".to_string(),
            None if is_terminal => "PrettyCompact".to_string(),
            None => "TabSeparated".to_string(),
        };
        crate::statement::output_format(&format)?;
        let display = Display {
            format,
            progress: options.progress,
            is_interactive: false,
            log_file: options.server_logs_file.clone(),
        };
        let settings = target.settings.iter().chain(&given.settings).cloned().collect();
        let mut session = Session::new(target, Interrupt::listen()?, display);
        session.settings = settings;
        session.parameters = given.parameters;
        session.query_id = options.query_id.clone().unwrap_or_default();
        Ok(Client { session, options })
    }

    fn is_interactive(&self) -> bool {
        self.options.query.is_empty() && self.options.queries_file.is_empty() && std::io::stdin().is_terminal()
    }

    fn read_tables(&mut self, tables: &[Described]) -> Result<()> {
        let settings = self.session.format_settings(&[]);
        for table in tables {
            let table = table.read(&settings)?;
            self.session.tables.push(table);
        }
        Ok(())
    }

    /// Runs all statements; the failure of the last one that ran, if it failed.
    fn run_all(&mut self, tables: &[Described]) -> Option<Failure> {
        let queries = std::mem::take(&mut self.options.query);
        let files = std::mem::take(&mut self.options.queries_file);
        if queries.is_empty() && files.is_empty() {
            return match read_all(std::io::stdin(), "standard input") {
                Ok(text) => self.run_script(&text, false),
                Err(error) => self.complain(Failure::Here(error), None),
            };
        }
        let has_input = !std::io::stdin().is_terminal() && !tables.iter().any(Described::is_on_stdin);
        let mut last = None;
        for query in &queries {
            last = self.run_script(query.as_bytes(), has_input);
            if last.is_some() && !self.options.ignore_error {
                return last;
            }
        }
        for file in &files {
            let text = std::fs::File::open(file)
                .map_err(|error| {
                    let message = format!("Cannot open {}: {error}", file.display());
                    Error::new(Code::CANNOT_OPEN_FILE, message)
                })
                .and_then(|open| read_all(open, &file.display().to_string()));
            last = match text {
                Ok(text) => self.run_script(&text, has_input),
                Err(error) => self.complain(Failure::Here(error), None),
            };
            if last.is_some() && !self.options.ignore_error {
                return last;
            }
        }
        last
    }

    fn run_script(&mut self, text: &[u8], has_input: bool) -> Option<Failure> {
        let mut script = Script::new(text);
        let mut last = None;
        loop {
            let parameters = self.session.parameters.clone();
            let outcome = match script.next(&parameters) {
                Ok(None) => return last,
                Ok(Some(statement)) => self.run_statement(&statement, has_input),
                Err(error) => self.complain(Failure::Here(error), None),
            };
            last = outcome;
            if last.is_some() && !self.options.ignore_error {
                return last;
            }
        }
    }

    fn run_statement(&mut self, statement: &Statement<'_>, has_input: bool) -> Option<Failure> {
        if self.options.echo
            && let Err(error) = Destination::stdout().line(&[statement.shown(), b"\n"].concat())
        {
            return self.complain(Failure::Here(error), None);
        }
        let input: Option<Box<dyn Read + Send>> = match has_input && statement.wants_input() {
            true => Some(Box::new(std::io::stdin())),
            false => None,
        };
        match self.session.run(statement, input) {
            Ok(summary) => {
                self.report(&summary);
                None
            }
            Err(failure) => self.complain(failure, Some(statement)),
        }
    }

    fn report(&self, summary: &Summary) {
        if self.options.verbose {
            eprintln!("{}", super::prompt::summary_line(summary));
        }
        if self.options.time {
            eprintln!("{:.3}", summary.elapsed.as_secs_f64());
        }
        if summary.was_cancelled {
            eprintln!("Query was cancelled.");
        }
    }

    /// Tells a failure, unless nobody reads the output any more.
    fn complain(&self, failure: Failure, statement: Option<&Statement<'_>>) -> Option<Failure> {
        if is_broken_pipe(&failure) {
            return Some(failure);
        }
        let mut text = Vec::new();
        if let (Failure::Here(_), Some(_)) = (&failure, statement) {
            text.extend_from_slice(b"Error on processing query: ");
        }
        text.extend(failure.text(self.options.stacktrace));
        text.push(b'\n');
        if let (Failure::Here(_) | Failure::Server(_), Some(statement)) = (&failure, statement) {
            text.extend([b"(query: ", statement.shown(), b")\n"].concat());
        }
        let _ = std::io::stderr().write_all(&text); // who closed it does not want to know
        Some(failure)
    }
}

fn read_all(mut from: impl Read, name: &str) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    from.read_to_end(&mut text)
        .map_err(|error| Error::new(Code::CANNOT_READ_ALL_DATA, format!("Cannot read {name}: {error}")))?;
    Ok(text)
}
