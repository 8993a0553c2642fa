//! What the fuzzers try: any bytes as the data of each input format, as what a client of the native protocol sends, and
//! as a statement.
//!
//! `fuzz/` drives these with libFuzzer, `tests/fuzz.rs` with a few seconds of random damage to the same corpus. A target
//! fails by a panic, by memory beyond what it may take, or by not coming to an end.

use std::io::{Cursor, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Once, OnceLock};
use std::time::Duration;

use gristmill_engine::{Engine, EngineOptions, HeaderColumn};
use gristmill_server::config::Config;
use gristmill_server::formats::{FORMATS, Format, FormatSettings};
use gristmill_server::http::query::Service;
use gristmill_server::native::listen::Listener;
use gristmill_sql::types::DataType;

/// The columns that data is read as: one of each family of types.
pub const COLUMNS: &[(&str, &str)] = &[
    ("n", "UInt32"),
    ("i", "Nullable(Int64)"),
    ("f", "Float64"),
    ("s", "String"),
    ("l", "LowCardinality(Nullable(String))"),
    ("x", "FixedString(3)"),
    ("d", "Date"),
    ("t", "DateTime64(3, 'UTC')"),
    ("c", "Decimal(18, 4)"),
    ("u", "UUID"),
    ("e", "Enum8('a' = 1, 'b' = 2)"),
    ("b", "Bool"),
    ("v", "Array(Float32)"),
    ("a", "Array(Array(Nullable(String)))"),
    ("p", "Tuple(k UInt8, w Array(String))"),
];

/// How long a connection may take to answer and close.
const PATIENCE: Duration = Duration::from_secs(20);

/// Columns of the header that data is read with.
pub fn header() -> Vec<HeaderColumn> {
    let column = |(name, data_type): &(&str, &str)| HeaderColumn {
        name: (*name).into(),
        data_type: DataType::parse(data_type).expect("the types are known"),
    };
    COLUMNS.iter().map(column).collect()
}

/// The formats that read, in an order that corpora rely on: by name.
pub fn inputs() -> Vec<&'static Format> {
    let mut inputs: Vec<&Format> = FORMATS.iter().filter(|format| format.input.is_some()).collect();
    inputs.sort_by_key(|format| format.name);
    inputs
}

/// Panics of all threads that are failures: a server catches those of its queries, so they would not be seen.
static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Counts panics from here on. Those of Arrow's and Parquet's readers do not count: they become errors, see
/// `formats::arrow_columns`.
pub fn watch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let file = panic.location().map_or("", |location| location.file());
            if !["/arrow-", "/parquet-"].iter().any(|library| file.contains(library)) {
                PANICS.fetch_add(1, Ordering::Relaxed);
                print(panic);
            }
        }));
    });
}

/// Fails if anything panicked meanwhile.
fn without_panic(target: impl FnOnce()) {
    let before = PANICS.load(Ordering::Relaxed);
    target();
    assert_eq!(PANICS.load(Ordering::Relaxed), before, "some thread panicked");
}

/// The first line names a format, the rest is its data.
pub fn formats(bytes: &[u8]) {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
        return;
    };
    let (name, data) = (&bytes[..end], &bytes[end + 1..]);
    if let Some(format) = inputs().iter().find(|format| format.name.as_bytes() == name) {
        without_panic(|| read_data(format, data));
    }
}

/// Reads data to its end or first error.
fn read_data(format: &Format, data: &[u8]) {
    let input = format.input.expect("the format reads");
    let header = header();
    let Ok(batches) = input(
        &header,
        &FormatSettings::default(),
        Box::new(Cursor::new(data.to_vec())),
    ) else {
        return;
    };
    for batch in batches {
        let Ok(batch) = batch else { return };
        assert!(batch.num_columns() >= header.len(), "{} left columns out", format.name);
    }
}

/// Bytes of a client of the native protocol, from its Hello on; nothing follows them.
pub fn native(bytes: &[u8]) {
    without_panic(|| {
        exchange(server(), bytes).expect("the server answers or closes");
    });
}

/// Fails unless the server that [`native`] asks still serves.
pub fn still_serves() {
    let mut hello = b"\x00\x05other\x01\x01\x8c\xa9\x03\x07default\x07default\x00".to_vec();
    hello.push(PING);
    let answer = exchange(server(), &hello).expect("the server answers");
    assert_eq!(answer.last(), Some(&PONG), "the server answers a ping");
}

fn server() -> SocketAddr {
    static SERVER: OnceLock<SocketAddr> = OnceLock::new();
    *SERVER.get_or_init(|| serve().expect("a free port can be served"))
}

const PING: u8 = 4;
const PONG: u8 = 4;

/// Sends all of it, reads while answers come, says that nothing follows, and reads until the server closes.
fn exchange(address: SocketAddr, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_read_timeout(Some(PAUSE))?;
    let mut answer = Vec::new();
    ignore_end(stream.write_all(bytes))?;
    ignore_end(read(&mut stream, &mut answer))?;
    ignore_end(stream.shutdown(Shutdown::Write))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    match read(&mut stream, &mut answer) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Err(ErrorKind::TimedOut.into()),
        end => ignore_end(end).map(|()| answer),
    }
}

fn read(stream: &mut TcpStream, answer: &mut Vec<u8>) -> std::io::Result<()> {
    let rest = ANSWER_BYTES_MAX.saturating_sub(answer.len() as u64);
    stream.take(rest).read_to_end(answer).map(drop)
}

/// That the server has closed, or says nothing more for now, is no failure.
fn ignore_end(result: std::io::Result<()>) -> std::io::Result<()> {
    use ErrorKind::{BrokenPipe, ConnectionReset, NotConnected, WouldBlock};
    match result {
        Err(error) if matches!(error.kind(), BrokenPipe | ConnectionReset | NotConnected | WouldBlock) => Ok(()),
        result => result,
    }
}

/// With so long a silence the server has answered all that it understood.
const PAUSE: Duration = Duration::from_millis(15);

/// Of a longer answer the rest is not read.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

/// A server of the native protocol that lives as long as the process.
fn serve() -> std::io::Result<SocketAddr> {
    let folder = tempfile::tempdir()?.keep();
    let config = Config {
        path: folder.clone(),
        ..Config::default()
    };
    let options = EngineOptions {
        path: Some(folder),
        ..EngineOptions::default()
    };
    let engine = Engine::open(options).map_err(std::io::Error::other)?;
    let runtime = Box::leak(Box::new(tokio::runtime::Runtime::new()?));
    let service = Service::new(&config, engine, runtime.handle().clone()).map_err(std::io::Error::other)?;
    let listener = runtime.block_on(Listener::bind(&config, ("127.0.0.1", 0), None, Arc::new(service)));
    let listener = listener.map_err(std::io::Error::other)?;
    let address = listener.address().map_err(std::io::Error::other)?;
    runtime.spawn(listener.serve(std::future::pending()));
    Ok(address)
}

/// A statement, parsed and no more.
pub fn statement(bytes: &[u8]) {
    let _ = gristmill_sql::parser::parse(bytes, &Default::default());
}
