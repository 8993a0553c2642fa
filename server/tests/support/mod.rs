//! What the tests of the program share: running it, and a small HTTP client that can misbehave.

#![allow(dead_code, reason = "each test file uses its part of it")]

pub mod native;
pub mod terminal;
pub mod tls;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// A test that hangs fails after this long.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The program under test.
pub fn gristmill() -> Command {
    Command::new(env!("CARGO_BIN_EXE_gristmill"))
}

/// Runs `gristmill local` with `input` on standard input.
#[track_caller]
pub fn local_with_input(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = gristmill();
    command
        .arg("local")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(input); // the program may end without reading it
    child.wait_with_output().unwrap()
}

/// Runs `gristmill local` without input; it must succeed. Returns what it printed.
#[track_caller]
pub fn local(arguments: &[&str]) -> String {
    let output = local_with_input(arguments, b"");
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// Runs `gristmill local`, which must fail. Returns its exit status and what it said.
#[track_caller]
pub fn local_error(arguments: &[&str]) -> (i32, String) {
    let output = local_with_input(arguments, b"");
    assert!(
        !output.status.success(),
        "{arguments:?} succeeded: {}",
        text(&output.stdout)
    );
    (output.status.code().expect("it ends by itself"), text(&output.stderr))
}

/// Bytes as text for messages.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A connection, whatever is below.
pub trait Duplex: Read + Write + Send {}
impl<T: Read + Write + Send> Duplex for T {}

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    /// What the log calls each port, and where it is.
    ports: Vec<(&'static str, SocketAddr)>,
}

/// What comes before addresses in the log.
const PORTS: [&str; 4] = ["http://", "https://", "(tcp): ", "(tcp_secure): "];

impl Server {
    /// Starts a server on `folder` and waits until it is ready.
    #[track_caller]
    pub fn start(folder: &Path, arguments: &[&str]) -> Server {
        let mut command = gristmill();
        command
            .args(["server", "--http-port", "0", "--tcp-port", "0", "--path"])
            .arg(folder)
            .args(arguments);
        Server::of(command)
    }

    /// Starts a server and waits until it is ready.
    #[track_caller]
    pub fn of(mut command: Command) -> Server {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .env("RUST_LOG", "info")
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut ports = Vec::new();
        let mut said = String::new();
        while !said.contains("Ready for connections.") {
            let mut line = String::new();
            assert!(log.read_line(&mut line).unwrap() > 0, "the server ended: {said}");
            for name in PORTS {
                if let Some(at) = line.find(name) {
                    let address = line[at + name.len()..].trim().trim_end_matches(['"', '}']);
                    ports.push((name, address.parse().unwrap()));
                }
            }
            said += &line;
        }
        // The log must be read on, or the server would wait for room in the pipe.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Server { child, ports }
    }

    /// Where the port is that the log calls so.
    #[track_caller]
    fn port(&self, name: &str) -> SocketAddr {
        let found = self.ports.iter().find(|(known, _)| *known == name);
        found.expect("the log names the address").1
    }

    /// Where it speaks the native protocol.
    pub fn native(&self) -> SocketAddr {
        self.port("(tcp): ")
    }

    /// Where it speaks it under TLS.
    pub fn secure_native(&self) -> SocketAddr {
        self.port("(tcp_secure): ")
    }

    /// What the log calls the ports that are open.
    pub fn open_ports(&self) -> Vec<&'static str> {
        self.ports.iter().map(|(name, _)| *name).collect()
    }

    /// Where it speaks HTTP.
    pub fn http(&self) -> SocketAddr {
        self.port("http://")
    }

    /// Where it speaks HTTPS.
    pub fn https(&self) -> SocketAddr {
        self.port("https://")
    }

    /// A connection to it.
    pub fn connect(&self) -> Connection {
        let stream = TcpStream::connect(self.port("http://")).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Connection::through(stream.try_clone().unwrap(), Box::new(stream))
    }

    /// Asks a query by POST; it must succeed.
    #[track_caller]
    pub fn ask(&self, query: &str) -> String {
        let answer = self.connect().post("/", query.as_bytes());
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        answer.text()
    }

    /// Sends bytes as they are and reads the answer.
    pub fn raw(&self, bytes: &[u8]) -> Answer {
        let mut connection = self.connect();
        connection.send(bytes);
        connection.answer()
    }

    /// Kills it as a crash would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop and waits until it has.
    pub fn terminate(mut self) -> ExitStatus {
        self.signal("TERM");
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "the server does not stop");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([format!("-{name}"), self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A kept-alive connection.
pub struct Connection {
    stream: BufReader<Box<dyn Duplex>>,
    socket: TcpStream,
}

/// An answer, its body decoded.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Whether the body ended as announced.
    pub is_whole: bool,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        text(&self.body)
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// ClickHouse's code in the header.
    pub fn code(&self) -> Option<i32> {
        self.header("x-clickhouse-exception-code")?.parse().ok()
    }
}

impl Connection {
    /// A connection of which `stream` is the content and `socket` what it goes through.
    pub fn through(socket: TcpStream, stream: Box<dyn Duplex>) -> Connection {
        Connection {
            stream: BufReader::new(stream),
            socket,
        }
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.get_mut().write_all(bytes); // a server may answer and close before it has read all
    }

    /// Ends the sending half.
    pub fn finish_sending(&mut self) {
        self.socket.shutdown(std::net::Shutdown::Write).unwrap();
    }

    /// Sends a request with a body.
    pub fn post(&mut self, path: &str, body: &[u8]) -> Answer {
        self.request("POST", path, "", body)
    }

    /// Sends a request; `headers` are whole lines.
    pub fn request(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        self.send_request(method, path, headers, body);
        self.answer_to(method)
    }

    /// Sends a request without waiting for its answer.
    pub fn send_request(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) {
        let length = if body.is_empty() && method != "POST" {
            String::new()
        } else {
            format!("Content-Length: {}\r\n", body.len())
        };
        let head = format!("{method} {path} HTTP/1.1\r\nHost: test\r\n{headers}{length}\r\n");
        self.send(&[head.as_bytes(), body].concat());
    }

    /// Reads an answer.
    pub fn answer(&mut self) -> Answer {
        self.answer_to("POST")
    }

    fn answer_to(&mut self, method: &str) -> Answer {
        self.try_answer(method).expect("the server answers")
    }

    /// Reads an answer; `None` if the server has gone.
    pub fn try_answer(&mut self, method: &str) -> Option<Answer> {
        let status = self.line().split(' ').nth(1)?.parse().ok()?;
        let mut headers = Vec::new();
        loop {
            let line = self.line();
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_string()));
        }
        let mut answer = Answer {
            status,
            headers,
            body: Vec::new(),
            is_whole: true,
        };
        if method == "HEAD" || status == 204 {
            return Some(answer);
        }
        if answer.header("transfer-encoding") == Some("chunked") {
            answer.is_whole = self.chunks(&mut answer.body);
        } else {
            let length = answer
                .header("content-length")
                .map_or(0, |length| length.parse().unwrap());
            answer.body.resize(length, 0);
            self.stream.read_exact(&mut answer.body).ok()?;
        }
        Some(answer)
    }

    fn line(&mut self) -> String {
        let mut line = Vec::new();
        let _ = self.stream.read_until(b'\n', &mut line);
        text(&line).trim_end().to_string()
    }

    /// Whether the last chunk came.
    fn chunks(&mut self, body: &mut Vec<u8>) -> bool {
        loop {
            let Ok(length) = usize::from_str_radix(&self.line(), 16) else {
                return false;
            };
            let begin = body.len();
            body.resize(begin + length, 0);
            if self.stream.read_exact(&mut body[begin..]).is_err() {
                return false;
            }
            self.line();
            if length == 0 {
                return true;
            }
        }
    }
}

/// Percent-encodes for a URL.
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => (byte as char).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
