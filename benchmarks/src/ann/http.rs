//! The same statements over keep-alive HTTP to a server process of our own binary.

use std::net::TcpListener;
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
    agent: ureq::Agent,
    url: String,
    vectors: Arc<Vec<String>>,
}

impl OverHttp {
    /// Starts `binary server` over `folder`, which no other process may have open.
    pub fn start(binary: &Path, folder: &Path, vectors: Arc<Vec<String>>) -> Result<Self, Failure> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let server = Command::new(binary)
            .args(["server", "--listen-host", "127.0.0.1", "--tcp-port", "0"])
            .args(["--http-port", &port.to_string()])
            .arg("--path")
            .arg(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{}: {error}", binary.display()))?;
        let agent = ureq::Agent::new_with_defaults();
        let this = OverHttp {
            server,
            agent,
            url: format!("http://127.0.0.1:{port}/"),
            vectors,
        };
        for _ in 0..START_ATTEMPTS_MAX {
            if this.post("SELECT 1").is_ok() {
                return Ok(this);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err("the server did not answer".into())
    }

    /// Where the server listens.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://").trim_end_matches('/')
    }

    /// The ids that a SELECT of one integer column answers.
    pub fn ids(&self, statement: &str) -> Result<Vec<u32>, Failure> {
        self.post(statement)?.lines().map(|line| Ok(line.parse()?)).collect()
    }

    fn post(&self, statement: &str) -> Result<String, Failure> {
        Ok(self
            .agent
            .post(&self.url)
            .send(statement)?
            .body_mut()
            .read_to_string()?)
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
