//! What a client sends: its greeting, queries with all that belongs to them, and data.

use std::collections::BTreeMap;

use arrow::array::ArrayRef;
use gristmill_engine::{CLICKHOUSE_VERSION, HeaderColumn};
use gristmill_sql::parser::{quote_string, string_bytes};
use gristmill_sql::types::write_var_uint;
use gristmill_sql::{Code, Error, Result};

use crate::native::frames::{self, Method};
use crate::native::packets::client;
use crate::native::wire::write_string;
use crate::native::{block, revision};

/// What we call ourselves.
const CLIENT_NAME: &str = "gristmill client";

/// Our version of parallel replicas, which do not concern a client.
const REPLICAS_VERSION: u64 = 8;

/// How far a query is to be run.
const STAGE_COMPLETE: u64 = 2;

/// A value of a query parameter, as flags of a setting.
const FLAG_CUSTOM: u64 = 2;

/// Who logs in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
    /// The database that names without one refer to; empty for the user's own.
    pub database: String,
    /// The key that quotas count by.
    pub quota_key: String,
}

/// A query and what it is run with.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// Its identifier; empty for one that the server chooses.
    pub id: &'a str,
    /// The text.
    pub text: &'a [u8],
    /// Settings by name.
    pub settings: &'a BTreeMap<String, String>,
    /// Values of `{name:Type}`.
    pub parameters: &'a BTreeMap<String, String>,
    /// How blocks are compressed, both ways.
    pub method: Option<Method>,
}

/// The numbers of the version that we follow.
pub fn version() -> [u64; 3] {
    let mut numbers = CLICKHOUSE_VERSION.split('.').map(|part| part.parse().unwrap_or(0));
    [(); 3].map(|()| numbers.next().unwrap_or(0))
}

/// Our greeting.
pub fn hello(login: &Login) -> Vec<u8> {
    let mut out = Vec::new();
    let [major, minor, _] = version();
    write_var_uint(client::HELLO, &mut out);
    write_string(CLIENT_NAME.as_bytes(), &mut out);
    for number in [major, minor, revision::OURS] {
        write_var_uint(number, &mut out);
    }
    for text in [&login.database, &login.user, &login.password] {
        write_string(text.as_bytes(), &mut out);
    }
    out
}

/// What follows the server's greeting.
pub fn addendum(login: &Login, revision: u64) -> Vec<u8> {
    let mut out = Vec::new();
    if revision >= revision::ADDENDUM {
        write_string(login.quota_key.as_bytes(), &mut out);
    }
    if revision >= revision::CHUNKS {
        write_string(b"notchunked", &mut out);
        write_string(b"notchunked", &mut out);
    }
    if revision >= revision::REPLICAS_VERSION {
        write_var_uint(REPLICAS_VERSION, &mut out);
    }
    out
}

/// A query. Tables of the client follow it, and then the block that ends them.
pub fn query(query: &Query<'_>, revision: u64) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    write_var_uint(client::QUERY, &mut out);
    write_string(query.id.as_bytes(), &mut out);
    if revision >= revision::CLIENT_INFO {
        client_info(revision, &mut out);
    }
    settings(query.settings, revision, &mut out)?;
    if revision >= revision::ROLES {
        write_string(b"", &mut out);
    }
    if revision >= revision::QUERY_HASH {
        write_string(b"", &mut out);
    }
    write_var_uint(STAGE_COMPLETE, &mut out);
    out.push(u8::from(query.method.is_some()));
    write_string(query.text, &mut out);
    if revision >= revision::PARAMETERS {
        for (name, value) in query.parameters {
            write_string(name.as_bytes(), &mut out);
            write_var_uint(FLAG_CUSTOM, &mut out);
            write_string(&string_bytes(&quote_string(value)), &mut out);
        }
        write_string(b"", &mut out);
    } else if !query.parameters.is_empty() {
        return Err(too_old("query parameters"));
    }
    Ok(out)
}

fn too_old(what: &str) -> Error {
    Error::new(Code::NOT_IMPLEMENTED, format!("The server is too old for {what}"))
}

fn client_info(revision: u64, out: &mut Vec<u8>) {
    const INITIAL_QUERY: u8 = 1;
    const TCP: u8 = 1;
    let [major, minor, patch] = version();
    out.push(INITIAL_QUERY);
    write_string(b"", out); // the first user and query are those of this one
    write_string(b"", out);
    write_string(b"0.0.0.0:0", out);
    if revision >= revision::INITIAL_START {
        out.extend_from_slice(&0u64.to_le_bytes());
    }
    out.push(TCP);
    write_string(std::env::var("USER").unwrap_or_default().as_bytes(), out);
    write_string(std::env::var("HOSTNAME").unwrap_or_default().as_bytes(), out);
    write_string(CLIENT_NAME.as_bytes(), out);
    for number in [major, minor, revision::OURS] {
        write_var_uint(number, out);
    }
    if revision >= revision::QUOTA_KEY_IN_INFO {
        write_string(b"", out);
    }
    if revision >= revision::DISTRIBUTED_DEPTH {
        write_var_uint(0, out);
    }
    if revision >= revision::VERSION_PATCH {
        write_var_uint(patch, out);
    }
    if revision >= revision::TRACE {
        out.push(0);
    }
    if revision >= revision::PARALLEL_REPLICAS {
        out.extend_from_slice(&[0; 3]);
    }
    if revision >= revision::SCRIPT_PLACE {
        out.extend_from_slice(&[0; 2]);
    }
    if revision >= revision::TOKEN {
        out.push(0);
    }
}

fn settings(settings: &BTreeMap<String, String>, revision: u64, out: &mut Vec<u8>) -> Result<()> {
    if revision < revision::SETTINGS_AS_STRINGS && !settings.is_empty() {
        return Err(too_old("settings of a client"));
    }
    for (name, value) in settings {
        write_string(name.as_bytes(), out);
        write_var_uint(0, out);
        write_string(value.as_bytes(), out);
    }
    write_string(b"", out);
    Ok(())
}

/// A block of the table with this name; without one it is data for an INSERT.
pub fn data(
    name: &str,
    header: &[HeaderColumn],
    columns: &[ArrayRef],
    rows: usize,
    revision: u64,
    method: Option<Method>,
) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    write_var_uint(client::DATA, &mut out);
    write_string(name.as_bytes(), &mut out);
    let mut bytes = Vec::new();
    block::write(header, columns, rows, revision, &mut bytes)?;
    match method {
        Some(method) => frames::compress(&bytes, method, &mut out)?,
        None => out.extend_from_slice(&bytes),
    }
    Ok(out)
}
