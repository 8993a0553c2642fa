//! [`Packet`]: what a server sends, read off the wire. Nothing that it says is believed before its bytes are there.

use std::io::BufRead;

use gristmill_sql::types::write_var_uint;
use gristmill_sql::{Code, Error, Result};

use crate::native::block::{self, Block};
use crate::native::frames::FrameReader;
use crate::native::packets::server;
use crate::native::revision;
use crate::native::wire::Wire;

/// Bytes of an error's text, and of its stack trace.
const TEXT_BYTES_MAX: usize = 16 << 20;

/// Bytes of a name.
const NAME_BYTES_MAX: usize = 4096;

/// Bytes of a table's description.
const COLUMNS_BYTES_MAX: usize = 64 << 20;

/// Errors inside of each other.
const NESTED_ERRORS_MAX: usize = 64;

/// A packet.
#[derive(Debug)]
pub enum Packet {
    /// Rows of the result, or the columns that an INSERT wants.
    Data(Block),
    /// The row of WITH TOTALS.
    Totals(Block),
    /// The smallest and largest values.
    Extremes(Block),
    /// The query failed.
    Exception(Exception),
    /// What was read and written since the last one.
    Progress(Progress),
    /// The figures of the result.
    ProfileInfo(ProfileInfo),
    /// Lines of the server's log.
    Log(Block),
    /// Counters.
    ProfileEvents(Block),
    /// The time zone of the session.
    TimeZone(String),
    /// The columns of a table, with their defaults.
    TableColumns,
    /// The answer to Ping.
    Pong,
    /// The query has ended.
    EndOfStream,
}

/// An error as it was sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exception {
    /// ClickHouse's number.
    pub code: i32,
    /// The text, of errors inside as well.
    pub message: String,
    /// The stack trace, if there is one.
    pub stack_trace: String,
}

/// What was done since it was told last.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Rows read.
    pub rows: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Rows there are to read, of which was not yet told.
    pub total_rows: u64,
    /// Rows written.
    pub written_rows: u64,
    /// Bytes written.
    pub written_bytes: u64,
    /// Time in nanoseconds.
    pub elapsed_ns: u64,
}

impl Progress {
    /// Adds what was told now.
    pub fn add(&mut self, more: &Progress) {
        let sum = |a: &mut u64, b: u64| *a = a.saturating_add(b);
        sum(&mut self.rows, more.rows);
        sum(&mut self.bytes, more.bytes);
        sum(&mut self.total_rows, more.total_rows);
        sum(&mut self.written_rows, more.written_rows);
        sum(&mut self.written_bytes, more.written_bytes);
        sum(&mut self.elapsed_ns, more.elapsed_ns);
    }
}

/// The figures of a result.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ProfileInfo {
    /// Rows of the result.
    pub rows: u64,
    /// Rows there would be without LIMIT, if there is one.
    pub rows_before_limit: Option<u64>,
}

impl Packet {
    /// Reads a packet of a connection that speaks `revision` and whose query is compressed or not.
    pub fn read(source: &mut dyn BufRead, revision: u64, is_compressed: bool) -> Result<Packet> {
        let mut wire = Wire::new(source);
        let number = wire.var_uint()?;
        match number {
            server::DATA => block(source, revision, is_compressed).map(Packet::Data),
            server::TOTALS => block(source, revision, is_compressed).map(Packet::Totals),
            server::EXTREMES => block(source, revision, is_compressed).map(Packet::Extremes),
            server::LOG => block(source, revision, false).map(Packet::Log),
            server::PROFILE_EVENTS => block(source, revision, false).map(Packet::ProfileEvents),
            server::EXCEPTION => exception(&mut wire).map(Packet::Exception),
            server::PROGRESS => progress(&mut wire, revision).map(Packet::Progress),
            server::PROFILE_INFO => profile_info(&mut wire, revision).map(Packet::ProfileInfo),
            server::TIME_ZONE_UPDATE => wire.text(NAME_BYTES_MAX).map(Packet::TimeZone),
            server::TABLE_COLUMNS => {
                wire.string(NAME_BYTES_MAX)?;
                wire.string(COLUMNS_BYTES_MAX)?;
                Ok(Packet::TableColumns)
            }
            server::PONG => Ok(Packet::Pong),
            server::END_OF_STREAM => Ok(Packet::EndOfStream),
            unknown => Err(Error::new(
                Code::UNKNOWN_PACKET_FROM_SERVER,
                format!("Unknown packet {unknown} from server"),
            )),
        }
    }

    /// What the packet is, for errors.
    pub fn name(&self) -> &'static str {
        match self {
            Packet::Data(_) => "Data",
            Packet::Totals(_) => "Totals",
            Packet::Extremes(_) => "Extremes",
            Packet::Exception(_) => "Exception",
            Packet::Progress(_) => "Progress",
            Packet::ProfileInfo(_) => "ProfileInfo",
            Packet::Log(_) => "Log",
            Packet::ProfileEvents(_) => "ProfileEvents",
            Packet::TimeZone(_) => "TimezoneUpdate",
            Packet::TableColumns => "TableColumns",
            Packet::Pong => "Pong",
            Packet::EndOfStream => "EndOfStream",
        }
    }
}

fn block(source: &mut dyn BufRead, revision: u64, is_compressed: bool) -> Result<Block> {
    Wire::new(source).string(NAME_BYTES_MAX)?; // of the table
    match is_compressed {
        true => block::read(&mut Wire::new(&mut FrameReader::new(source)), revision),
        false => block::read(&mut Wire::new(source), revision),
    }
}

/// Reads an error; the packet's number was read.
pub fn exception(wire: &mut Wire<'_>) -> Result<Exception> {
    let mut whole = Exception::default();
    for depth in 0..NESTED_ERRORS_MAX {
        let code = i32::from_le_bytes(wire.array()?);
        wire.string(NAME_BYTES_MAX)?; // always DB::Exception
        let message = wire.text(TEXT_BYTES_MAX)?;
        let stack_trace = wire.text(TEXT_BYTES_MAX)?;
        if depth == 0 {
            whole = Exception {
                code,
                message,
                stack_trace,
            };
        } else if whole.message.len() < TEXT_BYTES_MAX {
            whole.message.push_str(&format!(": {message}"));
        }
        if wire.byte()? == 0 {
            return Ok(whole);
        }
    }
    let message = format!("More than {NESTED_ERRORS_MAX} errors inside of each other from server");
    Err(Error::new(Code::TOO_LARGE_ARRAY_SIZE, message))
}

fn progress(wire: &mut Wire<'_>, revision: u64) -> Result<Progress> {
    let mut progress = Progress {
        rows: wire.var_uint()?,
        bytes: wire.var_uint()?,
        total_rows: wire.var_uint()?,
        ..Progress::default()
    };
    if revision >= revision::TOTAL_BYTES_PROGRESS {
        wire.var_uint()?;
    }
    if revision >= revision::WRITTEN_PROGRESS {
        progress.written_rows = wire.var_uint()?;
        progress.written_bytes = wire.var_uint()?;
    }
    if revision >= revision::ELAPSED_PROGRESS {
        progress.elapsed_ns = wire.var_uint()?;
    }
    Ok(progress)
}

fn profile_info(wire: &mut Wire<'_>, revision: u64) -> Result<ProfileInfo> {
    let rows = wire.var_uint()?;
    let (_blocks, _bytes) = (wire.var_uint()?, wire.var_uint()?);
    let has_limit = wire.byte()? != 0;
    let before_limit = wire.var_uint()?;
    let _is_calculated = wire.byte()?;
    if revision >= revision::ROWS_BEFORE_AGGREGATION {
        wire.byte()?;
        wire.var_uint()?;
    }
    Ok(ProfileInfo {
        rows,
        rows_before_limit: has_limit.then_some(before_limit),
    })
}

/// A packet that is only its number.
pub fn bare(number: u64) -> Vec<u8> {
    let mut out = Vec::new();
    write_var_uint(number, &mut out);
    out
}
