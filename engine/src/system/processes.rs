//! system.processes: the statements that run now.

use super::{Content, SystemTable};
use crate::cells::{Cell, Cells};
use crate::environment::Environment;
use crate::error::Result;
use crate::queries::{Client, Process};
use crate::settings::Settings;

pub const TABLE: SystemTable = SystemTable {
    name: "processes",
    columns: &[
        ("is_initial_query", "UInt8", "1: queries come from clients alone."),
        ("user", "String", "Whose it is."),
        ("query_id", "String", "The statement's name."),
        ("address", "String", "Address that it came from, as IPv6."),
        ("port", "UInt16", "The client's port."),
        ("initial_user", "String", "The same user."),
        ("initial_query_id", "String", "The same name."),
        ("initial_address", "String", "The same address."),
        ("initial_port", "UInt16", "The same port."),
        ("interface", INTERFACE, "The way it came."),
        ("client_name", "String", "The client's program."),
        ("http_method", HTTP_METHOD, "Method of the request."),
        ("http_user_agent", "String", "User-Agent of the request."),
        ("http_referer", "String", "Referer of the request."),
        ("forwarded_for", "String", "X-Forwarded-For of the request."),
        ("elapsed", "Float64", "Seconds since it began."),
        ("is_cancelled", "UInt8", "Whether it has been told to end."),
        ("read_rows", "UInt64", "Rows read so far."),
        ("read_bytes", "UInt64", "Bytes read so far, uncompressed."),
        (
            "total_rows_approx",
            "UInt64",
            "Rows that will be read at most, as far as known.",
        ),
        ("written_rows", "UInt64", "Rows written so far."),
        ("written_bytes", "UInt64", "Bytes written so far, uncompressed."),
        ("query", "String", "Its text, without the data of an INSERT."),
        (
            "normalized_query_hash",
            "UInt64",
            "The same for queries that differ in literals only.",
        ),
        ("query_kind", "String", "What it does."),
        (
            "ProfileEvents",
            "Map(LowCardinality(String), UInt64)",
            "What has happened so far.",
        ),
        (
            "Settings",
            "Map(LowCardinality(String), LowCardinality(String))",
            "Settings that are not the defaults.",
        ),
        ("current_database", "String", "Database of names without one."),
    ],
    content: Content::Rows(fill),
};

/// ClickHouse's ways; here there are two.
pub const INTERFACE: &str = "Enum8('Unknown' = 0, 'TCP' = 1, 'HTTP' = 2, 'gRPC' = 3, 'MySQL' = 4, 'PostgreSQL' = 5, \
                             'Local' = 6, 'TCP_Interserver' = 7, 'Prometheus' = 8, 'Background' = 9, 'ArrowFlight' = 10)";
/// ClickHouse's methods.
pub const HTTP_METHOD: &str =
    "Enum8('UNKNOWN' = 0, 'GET' = 1, 'POST' = 2, 'OPTIONS' = 3, 'PUT' = 4, 'DELETE' = 5, 'HEAD' = 6)";

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    let rights = &environment.rights;
    let shows_all = rights.is_unlimited || rights.check_table("SELECT", "system", "processes").is_ok();
    for process in environment.engine.processes().list() {
        if !shows_all && process.user != rights.user {
            continue;
        }
        cells.push(row(&process));
    }
    Ok(())
}

fn row(process: &Process) -> impl Iterator<Item = Cell> + use<> {
    let (details, progress) = (process.details(), &process.progress);
    let text = process.text();
    let state = [
        process.elapsed().as_secs_f64().into(),
        process.canceller.is_cancelled().into(),
        progress.read_rows().into(),
        progress.read_bytes().into(),
        progress.total_rows().into(),
        progress.written_rows().into(),
        progress.written_bytes().into(),
        text.as_str().into(),
        process.normalized_hash().into(),
        details.kind.into(),
        counts(progress.events().own().list()),
        changed(&details.settings),
        process.database.as_str().into(),
    ];
    client(process).into_iter().chain(state)
}

/// Who sends a statement: from `is_initial_query` to `forwarded_for`.
pub fn client(process: &Process) -> [Cell; 15] {
    let (id, (address, port)) = (process.query_id(), address(&process.client));
    let client = &process.client;
    [
        1_usize.into(),
        process.user.as_str().into(),
        id.as_str().into(),
        address.as_str().into(),
        port.into(),
        process.user.as_str().into(),
        id.into(),
        address.into(),
        port.into(),
        client.interface.name().into(),
        client.name.as_str().into(),
        client.http_method.name().into(),
        client.http_user_agent.as_str().into(),
        client.http_referer.as_str().into(),
        client.forwarded_for.as_str().into(),
    ]
}

/// A client's address as ClickHouse has it, and its port.
fn address(client: &Client) -> (String, u64) {
    match client.address {
        None => ("::ffff:127.0.0.1".into(), 0),
        Some(address) => {
            let ip = match address.ip() {
                std::net::IpAddr::V4(ip) => ip.to_ipv6_mapped(),
                std::net::IpAddr::V6(ip) => ip,
            };
            (ip.to_string(), address.port().into())
        }
    }
}

/// Counters as a map.
pub fn counts(counts: Vec<(&'static str, u64)>) -> Cell {
    let pair = |(name, count): (&str, u64)| (name.to_owned(), count.into());
    Cell::Map(counts.into_iter().map(pair).collect())
}

/// Settings that were given, as a map.
pub fn changed(settings: &Settings) -> Cell {
    let pair = |(name, value): (String, String)| (name, value.into());
    Cell::Map(settings.changed().into_iter().map(pair).collect())
}
