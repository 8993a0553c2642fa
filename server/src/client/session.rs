//! [`Session`]: statements run one after the other over a connection, which is made anew when it is lost.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Read, Write};
use std::time::{Duration, Instant};

use gristmill_sql::Result;
use gristmill_sql::parser::{self, Parsed, SettingValue};

use super::bar::Bar;
use super::connection::{Asked, Connection};
use super::external::ExternalTable;
use super::failure::Failure;
use super::interrupt::Interrupt;
use super::log_lines;
use super::packet::{Packet, Progress};
use super::printer::{Figures, Printer};
use super::request::Query;
use super::target::Target;
use crate::cli::ProgressMode;
use crate::formats::{FormatSettings, sink_failed};
use crate::native::block::Block;
use crate::native::frames::Method;
use crate::shell::destination::Destination;
use crate::shell::script::Statement;
use crate::statement::output_format;

/// How query parameters are called in SET.
const PARAMETER_PREFIX: &str = "param_";

/// How statements are shown.
#[derive(Clone, Debug)]
pub struct Display {
    /// Format of results without one of their own.
    pub format: String,
    /// Where progress is shown.
    pub progress: Option<ProgressMode>,
    /// Whether it is shown on a terminal without being asked for.
    pub is_interactive: bool,
    /// File for lines of the server's log.
    pub log_file: Option<std::path::PathBuf>,
}

/// A client's session.
pub struct Session {
    target: Target,
    connection: Option<Connection>,
    interrupt: Interrupt,
    display: Display,
    /// Settings that go with every query.
    pub settings: BTreeMap<String, String>,
    /// Values of `{name:Type}`.
    pub parameters: BTreeMap<String, String>,
    /// Tables that go with every query.
    pub tables: Vec<ExternalTable>,
    /// The name of the next query; empty for one that the server chooses.
    pub query_id: String,
    /// The time zone of the server or of its session.
    time_zone: String,
}

/// What a statement did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Summary {
    /// Rows that were printed, if it has a result.
    pub rows: Option<u64>,
    /// What was read and written.
    pub progress: Progress,
    /// How long it took.
    pub elapsed: Duration,
    /// It was asked to stop.
    pub was_cancelled: bool,
}

/// A statement while its answer comes.
pub(super) struct Running {
    began: Instant,
    progress: Progress,
    bar: Bar,
    rows_before_limit: Option<u64>,
}

impl Session {
    /// A session that connects with its first statement.
    pub fn new(target: Target, interrupt: Interrupt, display: Display) -> Session {
        Session {
            target,
            connection: None,
            interrupt,
            display,
            settings: BTreeMap::new(),
            parameters: BTreeMap::new(),
            tables: Vec::new(),
            query_id: String::new(),
            time_zone: String::new(),
        }
    }

    /// The connection, made if there is none.
    pub fn connection(&mut self) -> Asked<&mut Connection> {
        if self.connection.is_none() {
            let connection = self.target.connect(&self.interrupt)?;
            self.time_zone.clone_from(&connection.server().time_zone);
            self.connection = Some(connection);
        }
        Ok(self.connection.as_mut().expect("it was just made"))
    }

    /// Makes sure that the server answers, if need be over a new connection. Whether that one was needed.
    pub fn revive(&mut self) -> Asked<bool> {
        let is_alive = self.connection.as_mut().is_some_and(Connection::is_alive);
        if !is_alive {
            self.connection = None;
            self.connection()?;
        }
        Ok(!is_alive)
    }

    /// Whom the session talks to.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// How results look.
    pub fn display_mut(&mut self) -> &mut Display {
        &mut self.display
    }

    /// Runs a statement to its end. Data of an INSERT that has none in its text is `input`.
    pub fn run(&mut self, statement: &Statement<'_>, input: Option<Box<dyn Read + Send>>) -> Asked<Summary> {
        self.interrupt.reset();
        let result = match super::insert::Insert::of(statement, input)? {
            Some(insert) => self.insert(insert),
            None => self.select(statement),
        };
        match result {
            Ok(mut summary) => {
                summary.was_cancelled = self.connection.as_ref().is_some_and(Connection::has_cancelled);
                self.learn(statement.parsed());
                Ok(summary)
            }
            Err(failure) => {
                if matches!(failure, Failure::Lost(_)) {
                    self.connection = None;
                }
                Err(failure)
            }
        }
    }

    /// Asks a query and gives its blocks to `take`, without showing anything.
    pub fn fetch(&mut self, text: &[u8], take: impl FnMut(Block) -> Result<()>) -> Asked<Progress> {
        self.interrupt.reset();
        let fetched = self.ask(text).and_then(|()| self.fetch_blocks(take));
        match &fetched {
            Err(Failure::Lost(_)) => self.connection = None,
            Err(Failure::Here(_)) => self.abandon(),
            _ => {}
        }
        fetched
    }

    fn fetch_blocks(&mut self, mut take: impl FnMut(Block) -> Result<()>) -> Asked<Progress> {
        let mut progress = Progress::default();
        loop {
            match self.connection()?.receive()? {
                Packet::Data(block) => take(block)?,
                Packet::Progress(more) => progress.add(&more),
                Packet::EndOfStream => return Ok(progress),
                _ => {}
            }
        }
    }

    pub(super) fn ask(&mut self, text: &[u8]) -> Asked<()> {
        let method = self.method()?;
        let (settings, parameters, id) = (
            self.settings.clone(),
            self.parameters.clone(),
            std::mem::take(&mut self.query_id),
        );
        let query = Query {
            id: &id,
            text,
            settings: &settings,
            parameters: &parameters,
            method,
        };
        let tables = std::mem::take(&mut self.tables);
        let connection = self.connection()?;
        connection.ask(&query)?;
        let sent = tables.iter().try_for_each(|table| table.send(connection));
        self.tables = tables;
        sent?;
        self.connection()?.end_data()
    }

    fn method(&self) -> Result<Option<Method>> {
        if !self.target.is_compressed {
            return Ok(None);
        }
        let named = self.settings.get("network_compression_method");
        named.map_or(Ok(Method::Lz4), |name| Method::named(name)).map(Some)
    }

    fn select(&mut self, statement: &Statement<'_>) -> Asked<Summary> {
        let parsed = statement.parsed();
        let name = parsed.format.as_deref().unwrap_or(&self.display.format);
        let format = output_format(name)?;
        let destination = match &parsed.outfile {
            Some(outfile) => Destination::file(outfile)?,
            None => Destination::stdout(),
        };
        let mut running = self.begin();
        self.ask(statement.text())?;
        let mut printer = Printer::new(format, self.format_settings(&parsed.settings), destination);
        match self.print(&mut printer, &mut running) {
            Err(failure @ Failure::Here(_)) => {
                running.bar.clear();
                self.abandon();
                Err(failure)
            }
            other => {
                running.bar.clear();
                other?;
                let rows = printer.finish(&running.figures())?;
                Ok(running.summary(rows))
            }
        }
    }

    pub(super) fn begin(&self) -> Running {
        Running {
            began: Instant::now(),
            progress: Progress::default(),
            bar: Bar::new(self.display.progress, self.display.is_interactive),
            rows_before_limit: None,
        }
    }

    fn print(&mut self, printer: &mut Printer, running: &mut Running) -> Asked<()> {
        loop {
            match self.connection()?.receive()? {
                Packet::Data(block) => {
                    if block.rows > 0 {
                        running.bar.clear();
                    }
                    printer.block(block)?;
                }
                Packet::Totals(block) => printer.totals(block)?,
                Packet::Extremes(block) => printer.extremes(block)?,
                Packet::EndOfStream => return Ok(()),
                other => self.note(other, running)?,
            }
        }
    }

    /// Takes a packet that has nothing to do with rows.
    pub(super) fn note(&mut self, packet: Packet, running: &mut Running) -> Asked<()> {
        match packet {
            Packet::Progress(more) => {
                running.progress.add(&more);
                running.bar.update(&running.progress);
            }
            Packet::ProfileInfo(info) => running.rows_before_limit = info.rows_before_limit,
            Packet::TimeZone(zone) => self.time_zone = zone,
            Packet::Log(block) => {
                running.bar.clear();
                self.show_log(&block)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn show_log(&self, block: &Block) -> Result<()> {
        let text = log_lines::text(block);
        let written = match &self.display.log_file {
            Some(path) if path.as_os_str() != "-" => std::fs::OpenOptions::new()
                .append(true)
                .create(true)
                .open(path)
                .and_then(|mut file| file.write_all(text.as_bytes())),
            Some(_) => std::io::stdout().write_all(text.as_bytes()),
            None => std::io::stderr().write_all(text.as_bytes()),
        };
        written.map_err(|error| sink_failed(&error))
    }

    /// Stops the running query because of an error on this side; the connection is given up if that does not work.
    pub(super) fn abandon(&mut self) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        let mut is_good = connection.cancel().is_ok();
        while is_good {
            match connection.receive() {
                Ok(Packet::EndOfStream) | Err(Failure::Server(_)) => return,
                Ok(_) => {}
                Err(_) => is_good = false,
            }
        }
        self.connection = None;
    }

    /// The settings of formats: of the statement over those of the session.
    pub(super) fn format_settings(&self, own: &[(String, SettingValue)]) -> FormatSettings {
        let own: BTreeMap<&str, String> = own.iter().map(|(name, value)| (name.as_str(), value.text())).collect();
        FormatSettings::new(&|name| {
            let given = own.get(name).or_else(|| self.settings.get(name)).cloned();
            let given = given.filter(|value| !(name == "session_timezone" && value.is_empty()));
            match (name, given) {
                ("session_timezone", None) => Some(self.time_zone.clone()),
                ("output_format_pretty_color", None) => Some(u8::from(std::io::stdout().is_terminal()).to_string()),
                (_, given) => given,
            }
        })
    }

    /// SET and USE hold for what formats do here, and after the connection was lost.
    fn learn(&mut self, parsed: &Parsed) {
        match &parsed.statement {
            parser::Statement::Use(database) => self.target.login.database.clone_from(database),
            parser::Statement::Set(changes) => {
                for (name, value) in changes {
                    match (name.strip_prefix(PARAMETER_PREFIX), value) {
                        (Some(parameter), value) => drop(self.parameters.insert(parameter.into(), value.text())),
                        (None, SettingValue::Default) => drop(self.settings.remove(name)),
                        (None, value) => drop(self.settings.insert(name.clone(), value.text())),
                    }
                }
            }
            _ => {}
        }
    }
}

impl Running {
    fn figures(&self) -> Figures {
        Figures {
            elapsed: self.began.elapsed(),
            read: (self.progress.rows, self.progress.bytes),
            rows_before_limit: self.rows_before_limit,
        }
    }

    /// Takes the progress away.
    pub(super) fn clear(&mut self) {
        self.bar.clear();
    }

    pub(super) fn summary(&self, rows: Option<u64>) -> Summary {
        Summary {
            rows,
            progress: self.progress,
            elapsed: self.began.elapsed(),
            was_cancelled: false,
        }
    }
}

/// An error that the output has, for those who decide whether it matters.
pub fn is_broken_pipe(failure: &Failure) -> bool {
    matches!(failure, Failure::Here(error) if crate::shell::destination::is_broken_pipe(error))
}
