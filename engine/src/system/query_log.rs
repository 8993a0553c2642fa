//! system.query_log: what statements did.

use std::time::{SystemTime, UNIX_EPOCH};

use gristmill_sql::parser::{Statement, format_query, parse, string_bytes};

use super::processes::{HTTP_METHOD, INTERFACE, changed, client, counts};
use super::{Content, SystemTable};
use crate::cells::{Cell, Cells};
use crate::engine::CLICKHOUSE_VERSION;
use crate::environment::Environment;
use crate::error::Result;
use crate::queries::{Details, Ended, LoggedKind, Process};

const SECONDS_OF_DAY: u64 = 86_400;

pub const TABLE: SystemTable = SystemTable {
    name: "query_log",
    columns: &[
        ("hostname", "LowCardinality(String)", "This machine, by one name."),
        (
            "type",
            "Enum8('QueryStart' = 1, 'QueryFinish' = 2, 'ExceptionBeforeStart' = 3, 'ExceptionWhileProcessing' = 4)",
            "What the row tells.",
        ),
        ("event_date", "Date", "Day of it, in UTC."),
        ("event_time", "DateTime", "When it was."),
        ("event_time_microseconds", "DateTime64(6)", "The same, exactly."),
        ("query_start_time", "DateTime", "When the statement began."),
        ("query_start_time_microseconds", "DateTime64(6)", "The same, exactly."),
        ("query_duration_ms", "UInt64", "How long it took, milliseconds."),
        ("read_rows", "UInt64", "Rows read."),
        ("read_bytes", "UInt64", "Bytes read, uncompressed."),
        ("written_rows", "UInt64", "Rows written."),
        ("written_bytes", "UInt64", "Bytes written, uncompressed."),
        (
            "result_rows",
            "UInt64",
            "Rows of the result; those written by an INSERT.",
        ),
        ("result_bytes", "UInt64", "Bytes of the result in memory."),
        ("memory_usage", "UInt64", "0: it is not measured."),
        (
            "current_database",
            "LowCardinality(String)",
            "Database of names without one.",
        ),
        ("query", "String", "Its text, without the data of an INSERT."),
        (
            "formatted_query",
            "String",
            "Its text laid out, with log_formatted_queries.",
        ),
        (
            "normalized_query_hash",
            "UInt64",
            "The same for queries that differ in literals only.",
        ),
        ("query_kind", "LowCardinality(String)", "What it does."),
        (
            "databases",
            "Array(LowCardinality(String))",
            "Databases read or written.",
        ),
        ("tables", "Array(LowCardinality(String))", "Tables read or written."),
        ("columns", "Array(LowCardinality(String))", "Columns read."),
        ("exception_code", "Int32", "Code of the error; 0 if there was none."),
        ("exception", "String", "Text of the error."),
        ("stack_trace", "String", "Empty."),
        ("is_initial_query", "UInt8", "1: queries come from clients alone."),
        ("user", "LowCardinality(String)", "The one user."),
        ("query_id", "String", "The statement's name."),
        ("address", "String", "Address that it came from, as IPv6."),
        ("port", "UInt16", "The client's port."),
        ("initial_user", "LowCardinality(String)", "The same user."),
        ("initial_query_id", "String", "The same name."),
        ("initial_address", "String", "The same address."),
        ("initial_port", "UInt16", "The same port."),
        ("interface", INTERFACE, "The way it came."),
        ("client_name", "LowCardinality(String)", "The client's program."),
        ("http_method", HTTP_METHOD, "Method of the request."),
        (
            "http_user_agent",
            "LowCardinality(String)",
            "User-Agent of the request.",
        ),
        ("http_referer", "String", "Referer of the request."),
        ("forwarded_for", "String", "X-Forwarded-For of the request."),
        ("log_comment", "String", "The setting log_comment."),
        ("version", "LowCardinality(String)", "version()."),
        ("ProfileEvents", "Map(LowCardinality(String), UInt64)", "What happened."),
        (
            "Settings",
            "Map(LowCardinality(String), LowCardinality(String))",
            "Settings that are not the defaults.",
        ),
        (
            "used_aggregate_functions",
            "Array(LowCardinality(String))",
            "Aggregate functions called.",
        ),
        (
            "used_functions",
            "Array(LowCardinality(String))",
            "Functions called; without those that were computed before, or are operators here.",
        ),
    ],
    content: Content::Rows(fill),
};

/// A row to be.
struct Logged<'a> {
    kind: LoggedKind,
    time: SystemTime,
    process: &'a Process,
    details: &'a Details,
    ended: Option<&'a Ended>,
    host: &'a str,
}

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    let processes = environment.engine.processes();
    let ended = processes.log().list();
    let running = processes.list();
    let all = ended
        .iter()
        .map(|query| (&query.process, Some(query)))
        .chain(running.iter().map(|process| (process, None)));
    let all: Vec<_> = all
        .map(|(process, query)| (process, process.details(), query))
        .collect();
    let mut rows = Vec::with_capacity(all.len() * 2);
    for (process, details, query) in &all {
        // The statement that asks is not in the log yet.
        if environment
            .process
            .as_ref()
            .is_some_and(|own| std::sync::Arc::ptr_eq(own, process))
        {
            continue;
        }
        let row = |kind, time, ended| Logged {
            kind,
            time,
            process,
            details,
            ended,
            host: &environment.functions().host_name,
        };
        let policy = details.settings.log_policy();
        if details.has_begun && policy.shows_start() && policy.takes(process.share()) {
            rows.push(row(LoggedKind::QueryStart, process.begun, None));
        }
        if let Some(query) = query
            && query.shows_end(details)
        {
            rows.push(row(query.kind(details), query.ended.time, Some(&query.ended)));
        }
    }
    rows.sort_by_key(|row| row.time);
    rows.iter().for_each(|row| cells.push(row.cells()));
    Ok(())
}

impl Logged<'_> {
    fn cells(&self) -> impl Iterator<Item = Cell> + use<> {
        let time = micros(self.time);
        let begun = micros(self.process.begun);
        let times = [
            self.host.into(),
            self.kind.name().into(),
            (time / 1_000_000 / SECONDS_OF_DAY).into(),
            (time / 1_000_000).into(),
            time.into(),
            (begun / 1_000_000).into(),
            begun.into(),
        ];
        times
            .into_iter()
            .chain(self.numbers())
            .chain(self.text())
            .chain(self.error())
            .chain(client(self.process))
            .chain(self.rest())
    }

    fn numbers(&self) -> [Cell; 8] {
        let Some(ended) = self.ended else {
            return [0_u64; 8].map(Cell::from);
        };
        let ((read, read_bytes), (written, written_bytes)) = (ended.read, ended.written);
        let (rows, bytes) = match self.details.kind {
            "Insert" => ended.written,
            _ => ended.result,
        };
        let took = ended.took.as_millis() as u64;
        [took, read, read_bytes, written, written_bytes, rows, bytes, 0].map(Cell::from)
    }

    fn text(&self) -> [Cell; 8] {
        let (details, accessed) = (self.details, &self.details.accessed);
        let text = self.process.text_within(details.settings.log_policy().text_bytes_max);
        let formatted = match details.settings.flag("log_formatted_queries") {
            true => formatted(self.process.text()),
            false => String::new(),
        };
        [
            self.process.database.as_str().into(),
            text.into(),
            formatted.into(),
            self.process.normalized_hash().into(),
            details.kind.into(),
            names(&accessed.databases),
            names(&accessed.tables),
            names(&accessed.columns),
        ]
    }

    fn error(&self) -> [Cell; 3] {
        let error = self.ended.and_then(|ended| ended.error.as_ref());
        let code = error.map_or(0, |error| error.code().number() as u64);
        let text = error.map(|error| error.to_string()).unwrap_or_default();
        [code.into(), text.into(), "".into()]
    }

    fn rest(&self) -> [Cell; 6] {
        let (settings, accessed) = (&self.details.settings, &self.details.accessed);
        let counted = self.ended.map(|ended| ended.events.clone()).unwrap_or_default();
        [
            settings.text("log_comment").into(),
            CLICKHOUSE_VERSION.into(),
            counts(counted),
            changed(settings),
            names(&accessed.aggregate_functions),
            names(&accessed.functions),
        ]
    }
}

fn micros(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_micros() as u64)
}

fn names(names: &std::collections::BTreeSet<String>) -> Cell {
    Cell::Texts(names.iter().cloned().collect())
}

/// The statement laid out over lines; as it is if it is no query.
fn formatted(text: String) -> String {
    match parse(&string_bytes(&text), &Default::default()).map(|(parsed, _)| parsed.statement) {
        Ok(Statement::Query(query)) => format_query(&query),
        _ => text,
    }
}
