//! Requests: what a client sends between queries, parsed from the bytes that have arrived so far.

use std::collections::BTreeMap;

use gristmill_engine::settings;
use gristmill_sql::types::{Cursor, TextStyle, read_string};
use gristmill_sql::{Code, Error, Result};

use super::hello::text;
use super::packets::client;
use super::revision;

/// Bytes of a query's text: the parser's own limit is far lower but does not count vectors.
const QUERY_BYTES_MAX: usize = 64 << 20;

/// Bytes of any other string.
const STRING_BYTES_MAX: usize = 16 << 20;

/// Settings or parameters of a query, tables of a question for their status.
const LIST_LENGTH_MAX: usize = 10_000;

/// All that a request may take before it is understood.
pub const REQUEST_BYTES_MAX: usize = QUERY_BYTES_MAX + 2 * STRING_BYTES_MAX;

/// A request.
#[derive(Debug)]
pub enum Request {
    /// A statement.
    Query(Box<Query>),
    /// Whether we are there.
    Ping,
    /// Ends a query, which has ended by itself.
    Cancel,
    /// Whether these tables, with their databases, are up to date.
    TablesStatus(Vec<(String, String)>),
}

/// A statement and what it is run with.
#[derive(Debug, Default)]
pub struct Query {
    /// The client's name for it; empty if it has none.
    pub id: String,
    /// Settings in the client's order.
    pub settings: Vec<(String, String)>,
    /// Blocks are compressed, both ways.
    pub is_compressed: bool,
    /// The text.
    pub text: Vec<u8>,
    /// Values of `{name:Type}`.
    pub parameters: BTreeMap<String, String>,
}

/// How far a query is to be run.
const STAGE_FETCH_COLUMNS: u64 = 0;
const STAGE_COMPLETE: u64 = 2;

/// What a setting's flags say.
const FLAG_IMPORTANT: u64 = 1;

impl Request {
    /// Parses a request and says how many bytes it has; `None` if there are not enough yet.
    pub fn parse(bytes: &[u8], revision: u64) -> Result<Option<(Request, usize)>> {
        let mut cursor = Cursor::new(bytes);
        match Request::read(&mut cursor, revision) {
            Ok(request) => Ok(Some((request, cursor.pos()))),
            Err(error) if error.code == Code::CANNOT_READ_ALL_DATA => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read(cursor: &mut Cursor<'_>, revision: u64) -> Result<Request> {
        match cursor.var_uint()? {
            client::QUERY => Ok(Request::Query(Box::new(Query::read(cursor, revision)?))),
            client::PING | client::KEEP_ALIVE => Ok(Request::Ping),
            client::CANCEL => Ok(Request::Cancel),
            client::TABLES_STATUS => {
                let mut tables = Vec::new();
                for _ in 0..checked_length(cursor.var_uint()?)? {
                    tables.push((text(cursor, STRING_BYTES_MAX)?, text(cursor, STRING_BYTES_MAX)?));
                }
                Ok(Request::TablesStatus(tables))
            }
            known @ (client::HELLO | client::DATA | client::SCALAR) => Err(Error::new(
                Code::UNEXPECTED_PACKET_FROM_CLIENT,
                format!("Unexpected packet {known} received from client"),
            )),
            unknown => Err(Error::new(
                Code::UNKNOWN_PACKET_FROM_CLIENT,
                format!("Unknown packet {unknown} from client"),
            )),
        }
    }
}

fn checked_length(length: u64) -> Result<usize> {
    match usize::try_from(length) {
        Ok(length) if length <= LIST_LENGTH_MAX => Ok(length),
        _ => Err(Error::new(
            Code::TOO_LARGE_ARRAY_SIZE,
            format!("A request lists {length} things, maximum {LIST_LENGTH_MAX}"),
        )),
    }
}

impl Query {
    fn read(cursor: &mut Cursor<'_>, revision: u64) -> Result<Query> {
        let id = text(cursor, STRING_BYTES_MAX)?;
        if revision >= revision::CLIENT_INFO {
            skip_client_info(cursor, revision)?;
        }
        let settings = read_settings(cursor, revision)?;
        if revision >= revision::ROLES {
            text(cursor, STRING_BYTES_MAX)?;
        }
        if revision >= revision::QUERY_HASH {
            text(cursor, STRING_BYTES_MAX)?;
        }
        let stage = cursor.var_uint()?;
        let is_compressed = cursor.var_uint()? != 0;
        let length = cursor.var_uint()?;
        if length > QUERY_BYTES_MAX as u64 {
            let message = format!("Max query size exceeded: a query may have {QUERY_BYTES_MAX} bytes");
            return Err(Error::new(Code::SYNTAX_ERROR, message));
        }
        let text = cursor.take(length as usize)?;
        let parameters = match revision >= revision::PARAMETERS {
            true => read_parameters(cursor)?,
            false => BTreeMap::new(),
        };
        // Columns alone are asked of tables, where that makes no difference.
        if stage != STAGE_COMPLETE && stage != STAGE_FETCH_COLUMNS {
            let message = format!("Running a query up to stage {stage} for another server is not supported");
            return Err(Error::new(Code::NOT_IMPLEMENTED, message));
        }
        Ok(Query {
            id,
            settings,
            is_compressed,
            text: text.to_vec(),
            parameters,
        })
    }
}

fn skip_strings(cursor: &mut Cursor<'_>, count: usize) -> Result<()> {
    (0..count).try_for_each(|_| text(cursor, STRING_BYTES_MAX).map(drop))
}

fn skip_numbers(cursor: &mut Cursor<'_>, count: usize) -> Result<()> {
    (0..count).try_for_each(|_| cursor.var_uint().map(drop))
}

/// Who asks, first and last; the greeting and the socket have told what we keep of it.
fn skip_client_info(cursor: &mut Cursor<'_>, revision: u64) -> Result<()> {
    const NO_QUERY: u8 = 0;
    const TCP: u8 = 1;
    const HTTP: u8 = 2;
    if cursor.take_array()? == [NO_QUERY] {
        return Ok(());
    }
    skip_strings(cursor, 3)?; // initial user, query, address
    if revision >= revision::INITIAL_START {
        cursor.take(8)?;
    }
    let [interface] = cursor.take_array()?;
    if interface == TCP {
        skip_strings(cursor, 3)?; // user of the system, host, program
        skip_numbers(cursor, 3)?; // its version and revision
    } else if interface == HTTP {
        cursor.take(1)?; // method
        skip_strings(cursor, 1)?; // user agent
        skip_strings(cursor, usize::from(revision >= revision::FORWARDED_FOR))?;
        skip_strings(cursor, usize::from(revision >= revision::REFERER))?;
    }
    skip_strings(cursor, usize::from(revision >= revision::QUOTA_KEY_IN_INFO))?;
    skip_numbers(cursor, usize::from(revision >= revision::DISTRIBUTED_DEPTH))?;
    if interface == TCP && revision >= revision::VERSION_PATCH {
        skip_numbers(cursor, 1)?;
    }
    if revision >= revision::TRACE && cursor.take_array()? != [0] {
        cursor.take(16 + 8)?; // trace and span
        skip_strings(cursor, 1)?;
        cursor.take(1)?;
    }
    skip_numbers(cursor, if revision >= revision::PARALLEL_REPLICAS { 3 } else { 0 })?;
    skip_numbers(cursor, if revision >= revision::SCRIPT_PLACE { 2 } else { 0 })?;
    if revision >= revision::TOKEN && cursor.take_array()? != [0] {
        skip_strings(cursor, 1)?;
    }
    Ok(())
}

fn read_settings(cursor: &mut Cursor<'_>, revision: u64) -> Result<Vec<(String, String)>> {
    let mut settings = Vec::new();
    loop {
        let name = text(cursor, STRING_BYTES_MAX)?;
        if name.is_empty() {
            return Ok(settings);
        }
        checked_length(settings.len() as u64 + 1)?;
        if revision < revision::SETTINGS_AS_STRINGS {
            let value = read_typed(&name, cursor)?;
            settings.push((name, value));
            continue;
        }
        let flags = cursor.var_uint()?;
        let value = text(cursor, STRING_BYTES_MAX)?;
        // What only newer servers know may be left out, unless it is important.
        if flags & FLAG_IMPORTANT != 0 || settings::find(&name).is_ok() {
            settings.push((name, value));
        } else {
            tracing::debug!("Setting {name} of a query is unknown and left out");
        }
    }
}

/// A setting of an old client: how its value looks only its type says.
fn read_typed(name: &str, cursor: &mut Cursor<'_>) -> Result<String> {
    let value_type = settings::find(name).map_err(Error::from)?.value_type;
    let is_number = [
        "UInt64",
        "Bool",
        "Seconds",
        "Milliseconds",
        "MaxThreads",
        "NonZeroUInt64",
    ]
    .contains(&value_type);
    match value_type {
        _ if is_number => Ok(cursor.var_uint()?.to_string()),
        "Int64" | "Int32" => {
            let folded = cursor.var_uint()?;
            Ok(((folded >> 1) as i64 ^ -((folded & 1) as i64)).to_string())
        }
        _ => text(cursor, STRING_BYTES_MAX),
    }
}

/// Values are strings of SQL, whose text is that of the parameter.
fn read_parameters(cursor: &mut Cursor<'_>) -> Result<BTreeMap<String, String>> {
    let mut parameters = BTreeMap::new();
    loop {
        let name = text(cursor, STRING_BYTES_MAX)?;
        if name.is_empty() {
            return Ok(parameters);
        }
        checked_length(parameters.len() as u64 + 1)?;
        let _flags = cursor.var_uint()?;
        let quoted = text(cursor, STRING_BYTES_MAX)?;
        let mut value = Vec::new();
        read_string(&mut Cursor::new(quoted.as_bytes()), TextStyle::Quoted, b',', &mut value).map_err(|error| {
            // Not one that says that more bytes are needed.
            let message = format!("{} (in the value of parameter {name})", error.message);
            Error::new(Code::CANNOT_PARSE_QUOTED_STRING, message)
        })?;
        parameters.insert(name, String::from_utf8_lossy(&value).into_owned());
    }
}
