//! The same statements over keep-alive HTTP to a server process of our own binary.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use super::data::Failure;
use super::engines::{Searcher, search_statement};

/// How often a starting server is asked whether it is there, 20 ms apart.
const START_ATTEMPTS_MAX: usize = 500;

/// A running server and one kept connection to it. The server is stopped when this is dropped.
pub struct OverHttp {
    server: Child,
    connection: Connection,
    vectors: Arc<Vec<String>>,
}

impl OverHttp {
    /// Starts `binary server` over `folder`, which no other process may have open.
    pub fn start(binary: &Path, folder: &Path, vectors: Arc<Vec<String>>) -> Result<Self, Failure> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut server = Command::new(binary)
            .args(["server", "--listen-host", "127.0.0.1", "--tcp-port", "0"])
            .args(["--http-port", &port.to_string()])
            .arg("--path")
            .arg(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{}: {error}", binary.display()))?;
        for _ in 0..START_ATTEMPTS_MAX {
            if let Ok(connection) = Connection::open(port) {
                return Ok(OverHttp {
                    server,
                    connection,
                    vectors,
                });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        server.kill()?;
        server.wait()?;
        Err("the server did not answer".into())
    }

    /// The connection, for requests of other kinds.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// The ids that a SELECT of one integer column answers.
    pub fn ids(&mut self, statement: &str) -> Result<Vec<u32>, Failure> {
        let answer = self.connection.ask("POST", "/", statement)?;
        answer.lines().map(|line| Ok(line.parse()?)).collect()
    }
}

/// A keep-alive connection that does only what it must, one write and one answer with a length: what is measured is the
/// server.
pub struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    fn open(port: u16) -> Result<Self, Failure> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
        })
    }

    /// Sends a request and takes its answer, which must be a good one.
    pub fn ask(&mut self, method: &str, path: &str, body: &str) -> Result<String, Failure> {
        let length = body.len();
        let request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}");
        self.stream.get_mut().write_all(request.as_bytes())?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let is_good = line.split(' ').nth(1) == Some("200");
        let mut length = None;
        line.clear();
        while self.stream.read_line(&mut line)? > 2 {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = Some(value.trim().parse()?);
            }
            line.clear();
        }
        let mut answer = vec![0; length.ok_or("the answer has no length")?];
        self.stream.read_exact(&mut answer)?;
        let answer = String::from_utf8(answer)?;
        if is_good { Ok(answer) } else { Err(answer.into()) }
    }
}

impl Searcher for OverHttp {
    fn name(&self) -> &'static str {
        "SQL, keep-alive HTTP"
    }

    fn search(&mut self, query: usize, effort: usize) -> Result<Vec<u32>, Failure> {
        self.ids(&search_statement("indexed", &self.vectors[query], effort))
    }
}

impl Drop for OverHttp {
    fn drop(&mut self) {
        // Nothing is left to save: the benchmark's folder goes as well.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
