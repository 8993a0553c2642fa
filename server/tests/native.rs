//! The native protocol from outside: a small client that speaks it at any revision, and one that breaks it.

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;

use support::{PATIENCE, Server};

/// Revisions of clients that there are.
const OLD: u64 = 54412;
const DRIVER: u64 = 54468;
const NEW: u64 = 54492;
/// That of the server.
const SERVER: u64 = 54479;

fn server(arguments: &[&str]) -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("db"), arguments);
    (server, folder)
}

fn number(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

fn string(text: &[u8]) -> Vec<u8> {
    [number(text.len() as u64), text.to_vec()].concat()
}

/// A column of a block: name, type and bytes.
type Column<'a> = (&'a str, &'a str, &'a [u8]);

/// What the server said.
#[derive(Debug, PartialEq)]
enum Said {
    /// Names, types and rows of a block as text.
    Data(Vec<String>),
    Exception(i32, String),
    Pong,
    End,
    /// Progress and other packets of this number.
    Other(u64),
}

struct Client {
    stream: TcpStream,
    revision: u64,
    is_chunked: bool,
    /// What is left of the chunk that is being read.
    chunk_left: usize,
}

impl Client {
    fn greet(server: &Server, revision: u64, is_chunked: bool) -> Client {
        let stream = TcpStream::connect(server.native()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut client = Client {
            stream,
            revision: revision.min(SERVER),
            is_chunked: false,
            chunk_left: 0,
        };
        let names = [string(b""), string(b"default"), string(b"any")].concat();
        client.send(&[&[0], &*string(b"test"), &[20, 10], &number(revision), &names].concat());
        client.hello();
        if client.revision >= 54458 {
            let mode = if is_chunked { &b"chunked"[..] } else { b"notchunked" };
            let modes = if client.revision >= 54470 {
                [string(mode), string(mode)].concat()
            } else {
                Vec::new()
            };
            let version = if client.revision >= 54471 { vec![8] } else { Vec::new() };
            client.send(&[string(b""), modes, version].concat());
        }
        client.is_chunked = is_chunked;
        client
    }

    fn hello(&mut self) {
        assert_eq!((self.number(), self.string()), (0, b"ClickHouse".to_vec()));
        let (_, _, revision) = (self.number(), self.number(), self.number());
        assert_eq!(revision, SERVER);
        if self.revision >= 54471 {
            self.number();
        }
        assert_eq!(self.string(), b"UTC");
        self.string();
        self.number();
        if self.revision >= 54470 {
            assert_eq!(self.string(), b"notchunked_optional");
            assert_eq!(self.string(), b"notchunked_optional");
        }
        if self.revision >= 54461 {
            assert_eq!(self.number(), 0);
        }
        if self.revision >= 54462 {
            self.bytes(8);
        }
        if self.revision >= 54474 {
            assert_eq!(self.string(), b"");
        }
        for since in [54477, 54479] {
            if self.revision >= since {
                self.number();
            }
        }
    }

    /// Sends a packet, in two chunks if in chunks.
    fn send(&mut self, packet: &[u8]) {
        if !self.is_chunked {
            self.stream.write_all(packet).unwrap();
            return;
        }
        let (first, second) = packet.split_at(packet.len() / 2);
        let mut out = Vec::new();
        for chunk in [first, second].into_iter().filter(|chunk| !chunk.is_empty()) {
            out.extend_from_slice(&(chunk.len() as u32).to_le_bytes());
            out.extend_from_slice(chunk);
        }
        out.extend_from_slice(&[0; 4]);
        self.stream.write_all(&out).unwrap();
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        let mut filled = 0;
        while filled < count {
            while self.is_chunked && self.chunk_left == 0 {
                let mut length = [0; 4];
                self.stream.read_exact(&mut length).unwrap();
                self.chunk_left = u32::from_le_bytes(length) as usize;
            }
            let wanted = if self.is_chunked {
                self.chunk_left.min(count - filled)
            } else {
                count - filled
            };
            self.stream.read_exact(&mut bytes[filled..filled + wanted]).unwrap();
            filled += wanted;
            self.chunk_left = self.chunk_left.saturating_sub(wanted);
        }
        bytes
    }

    fn number(&mut self) -> u64 {
        let mut value = 0;
        for index in 0..10 {
            let byte = self.bytes(1)[0];
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                break;
            }
        }
        value
    }

    fn string(&mut self) -> Vec<u8> {
        let length = self.number() as usize;
        self.bytes(length)
    }

    /// A query without its data.
    fn query_packet(&self, text: &str, settings: &[u8], parameters: &[u8]) -> Vec<u8> {
        let modern = self.revision >= 54429;
        let roles = if self.revision >= 54472 {
            string(b"")
        } else {
            Vec::new()
        };
        let hash = if self.revision >= 54441 {
            string(b"")
        } else {
            Vec::new()
        };
        let no_info = vec![0];
        let parameters = if self.revision >= 54459 {
            [parameters, &[0]].concat()
        } else {
            Vec::new()
        };
        assert!(modern || parameters.is_empty());
        let head = [vec![1], string(b""), no_info, settings.to_vec(), vec![0], roles, hash].concat();
        [head, vec![2, 0], string(text.as_bytes()), parameters].concat()
    }

    fn block(&self, columns: &[Column<'_>], rows: u64) -> Vec<u8> {
        let mut out = [&[2, 0][..], b"\x01\0\x02\xff\xff\xff\xff\0"].concat();
        out.extend(number(columns.len() as u64));
        out.extend(number(rows));
        for (name, data_type, bytes) in columns {
            out.extend([string(name.as_bytes()), string(data_type.as_bytes())].concat());
            if self.revision >= 54454 {
                out.push(0);
            }
            out.extend_from_slice(bytes);
        }
        out
    }

    fn start(&mut self, text: &str, settings: &[u8], parameters: &[u8]) {
        let query = self.query_packet(text, settings, parameters);
        self.send(&query);
        let end = self.block(&[], 0);
        self.send(&end);
    }

    /// Runs a query and returns its rows as text, or its error.
    fn ask(&mut self, text: &str) -> Result<Vec<String>, (i32, String)> {
        self.start(text, b"", b"");
        self.answer()
    }

    fn answer(&mut self) -> Result<Vec<String>, (i32, String)> {
        let mut rows = Vec::new();
        loop {
            match self.said() {
                Said::Data(more) => rows.extend(more.into_iter().skip(1)),
                Said::Exception(code, message) => return Err((code, message)),
                Said::End => return Ok(rows),
                Said::Pong => panic!("nobody asked"),
                Said::Other(_) => {}
            }
        }
    }

    fn said(&mut self) -> Said {
        match self.number() {
            1 => Said::Data(self.read_block()),
            2 => {
                let code = i32::from_le_bytes(self.bytes(4).try_into().unwrap());
                assert_eq!(self.string(), b"DB::Exception");
                let message = String::from_utf8(self.string()).unwrap();
                self.string();
                assert_eq!(self.bytes(1), [0]);
                Said::Exception(code, message)
            }
            3 => {
                let numbers = 3 + 2 + usize::from(self.revision >= 54460) + usize::from(self.revision >= 54463);
                for _ in 0..if self.revision >= 54420 { numbers } else { 3 } {
                    self.number();
                }
                Said::Other(3)
            }
            4 => Said::Pong,
            5 => Said::End,
            6 => {
                for _ in 0..3 {
                    self.number();
                }
                self.bytes(1);
                self.number();
                self.bytes(1);
                if self.revision >= 54469 {
                    self.bytes(1);
                    self.number();
                }
                Said::Other(6)
            }
            packet @ (10 | 14) => {
                self.read_block();
                Said::Other(packet)
            }
            11 => {
                self.string();
                self.string();
                Said::Other(11)
            }
            17 => {
                self.string();
                Said::Other(17)
            }
            other => panic!("unknown packet {other}"),
        }
    }

    /// The first line is the header.
    fn read_block(&mut self) -> Vec<String> {
        assert_eq!(self.string(), b"");
        assert_eq!(self.bytes(8), b"\x01\0\x02\xff\xff\xff\xff\0");
        let (columns, rows) = (self.number(), self.number());
        let mut lines = vec![Vec::new(); rows as usize + 1];
        for _ in 0..columns {
            let (name, data_type) = (self.string(), String::from_utf8(self.string()).unwrap());
            lines[0].push(format!("{} {data_type}", String::from_utf8(name).unwrap()));
            if self.revision >= 54454 {
                assert_eq!(self.bytes(1), [0]);
            }
            for line in &mut lines[1..] {
                let width = match data_type.split('(').next().unwrap() {
                    "String" => {
                        line.push(String::from_utf8(self.string()).unwrap());
                        continue;
                    }
                    "UInt8" | "Int8" | "Enum8" => 1,
                    "UInt16" => 2,
                    "UInt32" | "DateTime" => 4,
                    "UInt64" | "Int64" => 8,
                    other => panic!("type {other}"),
                };
                let mut value = [0; 8];
                value[..width].copy_from_slice(&self.bytes(width));
                line.push(u64::from_le_bytes(value).to_string());
            }
        }
        lines.into_iter().map(|line| line.join("\t")).collect()
    }

    fn ping(&mut self) {
        self.send(&[4]);
        assert_eq!(self.said(), Said::Pong);
    }
}

#[test]
fn every_revision_is_understood() {
    let (server, _folder) = server(&[]);
    for revision in [
        OLD, 54441, 54453, 54456, 54460, DRIVER, 54470, 54472, 54477, SERVER, NEW,
    ] {
        for is_chunked in [false, true] {
            if is_chunked && revision < 54470 {
                continue;
            }
            let mut client = Client::greet(&server, revision, is_chunked);
            client.ping();
            let rows = client.ask("SELECT number, toString(number) FROM numbers(3)").unwrap();
            assert_eq!(rows, ["0\t0", "1\t1", "2\t2"], "{revision}");
            client.ping();
            let (code, message) = client.ask("SELECT * FROM nowhere").unwrap_err();
            assert_eq!(code, 60);
            assert_eq!(message, "DB::Exception: Table default.nowhere does not exist");
            assert_eq!(
                client.ask("SELECT sum(number) FROM numbers(1000000)").unwrap(),
                ["499999500000"]
            );
            client.ask("DROP TABLE IF EXISTS t").unwrap();
            client
                .ask("CREATE TABLE t (x UInt8, s String DEFAULT 'd') ENGINE = MergeTree ORDER BY x")
                .unwrap();
            client.ask("INSERT INTO t (x) VALUES (7)").unwrap();
            insert(&mut client);
            assert_eq!(
                client.ask("SELECT x, s FROM t ORDER BY x").unwrap(),
                ["1\td", "2\td", "7\td"]
            );
        }
    }
}

/// Two rows in two blocks, after what the server wants is read; a client of 54456 awaits counters after each block.
fn insert(client: &mut Client) {
    client.start("INSERT INTO t (x) FORMAT Native", b"", b"");
    loop {
        match client.said() {
            Said::Data(lines) => {
                assert_eq!(lines, ["x UInt8"]);
                break;
            }
            other => assert_eq!(other, Said::Other(11)),
        }
    }
    for value in [1, 2] {
        let block = client.block(&[("x", "UInt8", &[value])], 1);
        client.send(&block);
        if client.revision >= 54456 {
            assert_eq!(client.said(), Said::Other(14));
        }
    }
    let end = client.block(&[], 0);
    client.send(&end);
    // asynch reads one packet after the data, whatever it is.
    if client.revision >= 54456 {
        assert_eq!(client.said(), Said::Other(14));
    }
    assert_eq!(client.said(), Said::End);
}

#[test]
fn settings_and_parameters_go_with_a_query() {
    let (server, _folder) = server(&[]);
    let read = "SELECT value FROM system.settings WHERE name = 'max_threads'";
    let mut old = Client::greet(&server, OLD, false);
    old.start(read, &[string(b"max_threads"), vec![3]].concat(), b"");
    assert_eq!(old.answer().unwrap(), ["3"]);
    let mut new = Client::greet(&server, NEW, false);
    let setting = |name: &[u8], flags: u8, value: &[u8]| [string(name), vec![flags], string(value)].concat();
    let unknown = setting(b"of_the_future", 0, b"1");
    new.start(read, &[unknown, setting(b"max_threads", 0, b"5")].concat(), b"");
    assert_eq!(new.answer().unwrap(), ["5"]);
    assert_ne!(new.ask(read).unwrap(), ["5"]);
    new.start("SELECT 1", &setting(b"of_the_future", 1, b"1"), b"");
    assert_eq!(new.answer().unwrap_err().0, 115);
    let parameters = [setting(b"x", 2, b"'3'"), setting(b"s", 2, b"'it\\'s'")].concat();
    new.start("SELECT {x:UInt8}, {s:String}", b"", &parameters);
    assert_eq!(new.answer().unwrap(), ["3\tit's"]);
    new.ask("SET max_threads = 2").unwrap();
    assert_eq!(new.ask(read).unwrap(), ["2"]);
    new.start("SELECT 1", &setting(b"send_logs_level", 0, b"debug"), b"");
    assert_eq!(new.said(), Said::Other(10));
    new.answer().unwrap();
    new.start("SELECT 1", &setting(b"session_timezone", 0, b"Asia/Tokyo"), b"");
    assert_eq!(new.said(), Said::Other(17));
    new.answer().unwrap();
}

#[test]
fn an_error_in_the_middle_of_an_insert_keeps_the_connection_in_step() {
    let (server, _folder) = server(&[]);
    let mut client = Client::greet(&server, DRIVER, false);
    client
        .ask("CREATE TABLE t (x UInt8) ENGINE = MergeTree ORDER BY x")
        .unwrap();
    client.start("INSERT INTO t VALUES", b"", b"");
    while client.said() == Said::Other(11) {}
    let bad = client.block(&[("x", "String", b"\x02no")], 1);
    let good = client.block(&[("x", "UInt8", b"\x01")], 1);
    let end = client.block(&[], 0);
    for block in [&bad, &good, &good, &end] {
        client.send(block);
    }
    assert_eq!(client.answer().unwrap_err().0, 6);
    client.ping();
    assert_eq!(client.ask("SELECT count() FROM t").unwrap(), ["0"]);
}

#[test]
fn external_tables_live_as_long_as_their_query() {
    let (server, _folder) = server(&[]);
    let mut client = Client::greet(&server, DRIVER, false);
    let query = client.query_packet("SELECT sum(x) FROM given", b"", b"");
    client.send(&query);
    for values in [&b"\x01\x02"[..], b"\x03\x04"] {
        let mut block = client.block(&[("x", "UInt8", values)], 2);
        block.splice(1..2, string(b"given"));
        client.send(&block);
    }
    let end = client.block(&[], 0);
    client.send(&end);
    assert_eq!(client.answer().unwrap(), ["10"]);
    assert_eq!(client.ask("SELECT sum(x) FROM given").unwrap_err().0, 60);
}

/// Runs until it is stopped.
const ENDLESS: &str = "SELECT sum(number % 7) FROM numbers(1000000000000)";

#[test]
fn a_running_query_is_cancelled() {
    let (server, _folder) = server(&[]);
    let mut client = Client::greet(&server, NEW, false);
    client.start(ENDLESS, b"", b"");
    std::thread::sleep(std::time::Duration::from_millis(200));
    client.send(&[3]);
    assert_eq!(client.answer(), Ok(vec![]));
    assert_eq!(client.ask("SELECT 1").unwrap(), ["1"]);
    // One whose client has gone ends, too.
    let mut gone = Client::greet(&server, NEW, false);
    gone.start(ENDLESS, b"", b"");
    std::thread::sleep(std::time::Duration::from_millis(200));
    drop(gone);
    let running = "SELECT count() FROM system.processes WHERE query LIKE 'SELECT sum(number %'";
    let began = std::time::Instant::now();
    while client.ask(running).unwrap() != ["0"] {
        assert!(began.elapsed() < PATIENCE);
    }
}

#[test]
fn broken_packets_end_their_connection_alone() {
    let (server, _folder) = server(&[]);
    let mut other = Client::greet(&server, NEW, false);
    let raw = |bytes: &[u8]| {
        let mut stream = TcpStream::connect(server.native()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    };
    let http = String::from_utf8(raw(b"GET / HTTP/1.1\r\n\r\n")).unwrap();
    assert!(http.starts_with("HTTP/1.0 400 ") && http.contains("for HTTP"), "{http}");
    let hello = |user: &[u8]| {
        let names = [string(b""), string(user), string(b"")].concat();
        [&[0][..], &string(b"test"), &[20, 10], &number(DRIVER), &names].concat()
    };
    assert_eq!(raw(&hello(b"nobody"))[..5], [2, 4, 2, 0, 0]); // 516
    assert_eq!(raw(&[&[0][..], &number(1 << 40)].concat())[..5], [2, 131, 0, 0, 0]);
    assert_eq!(raw(&[9])[0], 2);
    let client = Client::greet(&server, DRIVER, false);
    let query = client.query_packet("INSERT INTO FUNCTION null('x UInt8') VALUES", b"", b"");
    let whole = [
        hello(b"default"),
        string(b""),
        query,
        client.block(&[("x", "UInt8", b"\x01")], 1),
    ]
    .concat();
    for at in 0..whole.len() {
        raw(&whole[..at]);
        let mut changed = whole.clone();
        changed[at] = 0xff;
        raw(&changed);
    }
    let huge = [&[2, 0][..], b"\0", &number(1), &number(1 << 60)].concat();
    raw(&[
        hello(b"default"),
        string(b""),
        client.query_packet("SELECT 1", b"", b""),
        huge,
    ]
    .concat());
    assert_eq!(other.ask("SELECT 1").unwrap(), ["1"]);
}

#[test]
fn a_port_that_was_asked_for_must_be_free() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let output = support::gristmill()
        .args(["server", "--http-port", "0", "--path"])
        .arg(folder.path().join("db"))
        .args(["--tcp-port", &taken.local_addr().unwrap().port().to_string()])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(210));
    let said = support::text(&output.stderr);
    assert!(said.contains("NETWORK_ERROR"), "{said}");
}
