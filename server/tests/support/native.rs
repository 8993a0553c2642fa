//! A small client of the native protocol, at any revision.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::{Duplex, PATIENCE, Server};

/// The revision of the server.
pub const SERVER: u64 = 54479;

/// A VarUInt.
pub fn number(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

/// A text and before it its length.
pub fn string(text: &[u8]) -> Vec<u8> {
    [number(text.len() as u64), text.to_vec()].concat()
}

/// A column of a block: name, type and bytes.
pub type Column<'a> = (&'a str, &'a str, &'a [u8]);

/// What the server said.
#[derive(Debug, PartialEq)]
pub enum Said {
    /// Names, types and rows of a block as text.
    Data(Vec<String>),
    /// The row of WITH TOTALS, in the same form.
    Totals(Vec<String>),
    /// The least and greatest values, in the same form.
    Extremes(Vec<String>),
    Exception(i32, String),
    Pong,
    End,
    /// Progress and other packets of this number.
    Other(u64),
}

/// A connection and what was agreed on for it.
pub struct Client {
    stream: Box<dyn Duplex>,
    pub revision: u64,
    is_chunked: bool,
    /// What is left of the chunk that is being read.
    chunk_left: usize,
}

impl Client {
    /// Connects to a server's port without TLS.
    pub fn greet(server: &Server, revision: u64, is_chunked: bool) -> Client {
        let stream = TcpStream::connect(server.native()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Client::greet_through(Box::new(stream), revision, is_chunked)
    }

    /// Exchanges greetings.
    pub fn greet_through(stream: Box<dyn Duplex>, revision: u64, is_chunked: bool) -> Client {
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
    pub fn send(&mut self, packet: &[u8]) {
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

    /// Reads so many bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
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

    /// Reads a VarUInt.
    pub fn number(&mut self) -> u64 {
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

    /// Reads a text.
    pub fn string(&mut self) -> Vec<u8> {
        let length = self.number() as usize;
        self.bytes(length)
    }

    /// A query without its data.
    pub fn query_packet(&self, text: &str, settings: &[u8], parameters: &[u8]) -> Vec<u8> {
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

    /// A packet of data.
    pub fn block(&self, columns: &[Column<'_>], rows: u64) -> Vec<u8> {
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

    /// Sends a query without data.
    pub fn start(&mut self, text: &str, settings: &[u8], parameters: &[u8]) {
        let query = self.query_packet(text, settings, parameters);
        self.send(&query);
        let end = self.block(&[], 0);
        self.send(&end);
    }

    /// Runs a query and returns its rows as text, or its error.
    pub fn ask(&mut self, text: &str) -> Result<Vec<String>, (i32, String)> {
        self.start(text, b"", b"");
        self.answer()
    }

    /// Reads an answer to its end.
    pub fn answer(&mut self) -> Result<Vec<String>, (i32, String)> {
        let mut rows = Vec::new();
        loop {
            match self.said() {
                Said::Data(more) => rows.extend(more.into_iter().skip(1)),
                Said::Exception(code, message) => return Err((code, message)),
                Said::End => return Ok(rows),
                Said::Pong => panic!("nobody asked"),
                Said::Totals(_) | Said::Extremes(_) | Said::Other(_) => {}
            }
        }
    }

    /// Reads a packet.
    pub fn said(&mut self) -> Said {
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
            7 => Said::Totals(self.read_block()),
            8 => Said::Extremes(self.read_block()),
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

    /// Asks whether it is there.
    pub fn ping(&mut self) {
        self.send(&[4]);
        assert_eq!(self.said(), Said::Pong);
    }
}
