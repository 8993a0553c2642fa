//! A server in this process, and just enough of an HTTP client to ask it.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use gristmill_engine::{Engine, EngineOptions};
use gristmill_server::config::Config;
use gristmill_server::http::listen::Listener;
use gristmill_server::http::query::Service;
use tokio::sync::oneshot;

use crate::sql_file::Answer;

/// How long the server's threads may take to end.
const SHUTDOWN_WAIT: Duration = Duration::from_secs(10);

/// A running server; it stops when dropped.
pub struct Server {
    address: SocketAddr,
    engine: Arc<Engine>,
    stop: Option<oneshot::Sender<()>>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Server {
    /// Serves the database in `folder` on a free port.
    pub fn start(folder: &Path) -> Server {
        let config = Config {
            path: folder.to_owned(),
            http_port: 0,
            ..Config::default()
        };
        let options = EngineOptions {
            path: Some(folder.to_owned()),
            ..EngineOptions::default()
        };
        let engine = Engine::open(options).expect("an empty folder opens");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("threads can be started");
        let service = Service::new(&config, engine.clone(), runtime.handle().clone());
        let service = Arc::new(service.expect("the default configuration is valid"));
        let listener = runtime
            .block_on(Listener::bind_plain(&config, service))
            .expect("a free port can be bound");
        let address = listener.address().expect("a bound port has an address");
        let (stop, stopped) = oneshot::channel();
        runtime.spawn(listener.serve(async move {
            let _ = stopped.await;
        }));
        Server {
            address,
            engine,
            stop: Some(stop),
            runtime: Some(runtime),
        }
    }

    /// Sends one statement in a session and reads the whole answer.
    pub fn ask(&self, session: &str, statement: &[u8]) -> Answer {
        let query = format!("session_id={session}&default_format=TabSeparated&wait_end_of_query=1");
        let length = statement.len();
        let head = format!(
            "POST /?{query} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        let exchange = || -> std::io::Result<(u16, Vec<u8>)> {
            let mut stream = TcpStream::connect(self.address)?;
            stream.write_all(&[head.as_bytes(), statement].concat())?;
            read_answer(&mut BufReader::new(stream))
        };
        match exchange() {
            Ok((200, body)) => Ok(body),
            Ok((_, body)) => Err(String::from_utf8_lossy(&body).into_owned()),
            Err(error) => Err(format!("no answer: {error}")),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(runtime) = self.runtime.take() {
            // waits for the last connection: the engine must not be dropped by one of its threads
            runtime.shutdown_timeout(SHUTDOWN_WAIT);
        }
        self.engine.shutdown();
    }
}

/// Status and body; the body has a length, or comes in chunks.
fn read_answer(stream: &mut impl BufRead) -> std::io::Result<(u16, Vec<u8>)> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status = line
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    let mut chunked = false;
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let header = line.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        chunked |= header == "transfer-encoding: chunked";
    }
    let mut body = Vec::new();
    if !chunked {
        stream.read_to_end(&mut body)?; // the connection is closed behind the answer
        return Ok((status, body));
    }
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let size = usize::from_str_radix(line.trim(), 16).unwrap_or(0);
        if size == 0 {
            return Ok((status, body));
        }
        let begin = body.len();
        body.resize(begin + size, 0);
        stream.read_exact(&mut body[begin..])?;
        stream.read_exact(&mut [0; 2])?;
    }
}
