//! The greeting: who the client is, which revision both speak, and whether packets come in chunks.

use gristmill_engine::CLICKHOUSE_VERSION;
use gristmill_sql::types::{Cursor, write_var_uint};
use gristmill_sql::{Code, Error, Result};

use super::packets::{client, server};
use super::revision;
use super::wire::write_string;

/// Bytes of a name in a greeting; clients have the same limit for ours.
const NAME_BYTES_MAX: usize = 4096;

/// Versions of things that we do not have, as 26.9 names them where clients look at them.
const REPLICAS_VERSION: u64 = 8;
const PLAN_VERSION: u64 = 0;
const CLUSTER_VERSION: u64 = 1;

/// A client's greeting.
pub struct Hello {
    /// The program's name.
    pub client_name: String,
    /// The smaller of its revision and ours.
    pub revision: u64,
    /// The database that names without one refer to.
    pub database: String,
    /// The user.
    pub user: String,
    /// His password.
    pub password: String,
}

impl Hello {
    /// Parses a greeting.
    pub fn parse(cursor: &mut Cursor<'_>) -> Result<Hello> {
        if cursor.var_uint()? != client::HELLO {
            let message = "Unexpected packet from client: a connection begins with Hello";
            return Err(Error::new(Code::UNEXPECTED_PACKET_FROM_CLIENT, message));
        }
        let client_name = text(cursor, NAME_BYTES_MAX)?;
        let _major = cursor.var_uint()?;
        let _minor = cursor.var_uint()?;
        let revision = cursor.var_uint()?.min(revision::OURS);
        let database = text(cursor, NAME_BYTES_MAX)?;
        let user = text(cursor, NAME_BYTES_MAX)?;
        let password = text(cursor, NAME_BYTES_MAX)?;
        Ok(Hello {
            client_name,
            revision,
            database,
            user,
            password,
        })
    }

    /// Whether an addendum follows.
    pub fn has_addendum(&self) -> bool {
        self.revision >= revision::ADDENDUM
    }
}

/// A string of at most `max` bytes.
pub fn text(cursor: &mut Cursor<'_>, max: usize) -> Result<String> {
    let length = cursor.var_uint()?;
    if length > max as u64 {
        let message = format!("Too large string size: {length}, maximum: {max}");
        return Err(Error::new(Code::TOO_LARGE_STRING_SIZE, message));
    }
    Ok(String::from_utf8_lossy(cursor.take(length as usize)?).into_owned())
}

/// Appends our greeting.
pub fn write(revision: u64, time_zone: &str, out: &mut Vec<u8>) {
    let mut version = CLICKHOUSE_VERSION.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || version.next().unwrap_or(0);
    write_var_uint(server::HELLO, out);
    write_string(b"ClickHouse", out);
    write_var_uint(next(), out);
    write_var_uint(next(), out);
    write_var_uint(revision::OURS, out);
    if revision >= revision::REPLICAS_VERSION {
        write_var_uint(REPLICAS_VERSION, out);
    }
    if revision >= revision::TIME_ZONE {
        write_string(time_zone.as_bytes(), out);
    }
    if revision >= revision::DISPLAY_NAME {
        write_string(b"gristmill", out);
    }
    if revision >= revision::VERSION_PATCH {
        write_var_uint(next(), out);
    }
    if revision >= revision::CHUNKS {
        // Of either direction the client may choose.
        write_string(b"notchunked_optional", out);
        write_string(b"notchunked_optional", out);
    }
    if revision >= revision::PASSWORD_RULES {
        write_var_uint(0, out);
    }
    if revision >= revision::NONCE {
        out.extend_from_slice(&uuid::Uuid::new_v4().as_bytes()[..8]);
    }
    if revision >= revision::SERVER_SETTINGS {
        write_string(b"", out);
    }
    if revision >= revision::PLAN_VERSION {
        write_var_uint(PLAN_VERSION, out);
    }
    if revision >= revision::CLUSTER_VERSION {
        write_var_uint(CLUSTER_VERSION, out);
    }
}

/// What a client says after our greeting.
#[derive(Debug, Default, PartialEq)]
pub struct Addendum {
    /// It sends in chunks.
    pub sends_chunks: bool,
    /// It receives chunks.
    pub receives_chunks: bool,
}

impl Addendum {
    /// Parses what there is at this revision.
    pub fn parse(cursor: &mut Cursor<'_>, revision: u64) -> Result<Addendum> {
        let mut addendum = Addendum::default();
        let _quota_key = text(cursor, NAME_BYTES_MAX)?;
        if revision >= revision::CHUNKS {
            addendum.sends_chunks = is_chunked(&text(cursor, NAME_BYTES_MAX)?)?;
            addendum.receives_chunks = is_chunked(&text(cursor, NAME_BYTES_MAX)?)?;
        }
        if revision >= revision::REPLICAS_VERSION {
            cursor.var_uint()?;
        }
        Ok(addendum)
    }
}

fn is_chunked(mode: &str) -> Result<bool> {
    match mode {
        "chunked" | "chunked_optional" => Ok(true),
        "notchunked" | "notchunked_optional" => Ok(false),
        _ => Err(Error::new(
            Code::NETWORK_ERROR,
            format!("Unknown mode of packets: {mode}"),
        )),
    }
}
