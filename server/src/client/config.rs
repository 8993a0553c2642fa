//! [`Stored`]: what the client's configuration file says, `~/.clickhouse-client/config.*` by default.

use std::path::{Path, PathBuf};

use gristmill_engine::settings;
use gristmill_sql::{Code, Error, Result};

use super::target::in_home;
use crate::cli::client::boolean;
use crate::config::tree::Node;

/// Where a configuration is looked for: here and in the user's home.
const PLACES: [&str; 2] = ["clickhouse-client", ".clickhouse-client/config"];

/// The endings of its name.
const ENDINGS: [&str; 4] = ["xml", "yaml", "yml", "toml"];

/// What concerns servers or prompts in ways that are not here, and does no harm where it is left out.
const IGNORED: [&str; 3] = ["display_name_prompt", "prompt_by_server_display_name", "config_version"];

/// What the file says.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    /// Server.
    pub host: Option<String>,
    /// Port.
    pub port: Option<u16>,
    /// User.
    pub user: Option<String>,
    /// Password.
    pub password: Option<String>,
    /// Database.
    pub database: Option<String>,
    /// Connect under TLS.
    pub secure: Option<bool>,
    /// Take any certificate.
    pub accept_invalid_certificate: bool,
    /// File with the certificates of authorities, in PEM: `openSSL.client.caConfig`.
    pub authorities: Option<PathBuf>,
    /// What stands before `:)` at the prompt.
    pub prompt: Option<String>,
    /// File that keeps what was typed.
    pub history_file: Option<PathBuf>,
    /// Settings, in a section of their own or beside all else.
    pub settings: Vec<(String, String)>,
    /// Connections that have names.
    connections: Vec<Node>,
}

impl Stored {
    /// Reads the file given, or the first that there is.
    pub fn load(file: Option<&Path>) -> Result<Stored> {
        if let Some(file) = file {
            return Stored::read(file);
        }
        let places = [Some(PathBuf::from(PLACES[0])), in_home(PLACES[1])];
        let names = |place: PathBuf| ENDINGS.map(|ending| place.with_extension(ending));
        match places.into_iter().flatten().flat_map(names).find(|path| path.is_file()) {
            Some(file) => Stored::read(&file),
            None => Ok(Stored::default()),
        }
    }

    fn read(file: &Path) -> Result<Stored> {
        let shown = file.display();
        let text = std::fs::read_to_string(file)
            .map_err(|error| Error::new(Code::CANNOT_OPEN_FILE, format!("Cannot read {shown}: {error}")))?;
        let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let named = |why: String| Error::new(Code::BAD_ARGUMENTS, format!("Configuration {shown}: {why}"));
        let mut tree = Node::parse(&text, ending).map_err(|why| named(why.trim().replace('\n', " ")))?;
        tree.resolve(&|name| std::env::var(name).ok())?;
        let mut stored = Stored::default();
        for node in tree.present() {
            stored.take(node).map_err(|error| named(error.message))?;
        }
        Ok(stored)
    }

    fn take(&mut self, node: &Node) -> Result<()> {
        if self.take_own(node)? {
            return Ok(());
        }
        match node.name.as_str() {
            "settings" => {
                for setting in node.present() {
                    self.settings.push((setting.name.clone(), setting.text.clone()));
                }
            }
            // In XML a list of connections, in TOML the connections themselves.
            "connections_credentials" if node.child("connection").is_some() => {
                self.connections.extend(node.all("connection").cloned());
            }
            "connections_credentials" => self.connections.push(node.clone()),
            "openSSL" => {
                let client = node.child("client");
                self.authorities = client.and_then(|it| it.text_of("caConfig")).map(PathBuf::from);
                let handler = client.and_then(|it| it.child("invalidCertificateHandler")?.text_of("name"));
                self.accept_invalid_certificate |= handler == Some("AcceptCertificateHandler");
            }
            name if IGNORED.contains(&name) => {}
            name if settings::find(name).is_ok() => self.settings.push((name.into(), node.text.clone())),
            name => return Err(Error::new(Code::BAD_ARGUMENTS, format!("'{name}' is unknown"))),
        }
        Ok(())
    }

    /// Takes what a connection has as well; false if it is something else.
    fn take_own(&mut self, node: &Node) -> Result<bool> {
        let text = node.text.clone();
        let flag = || {
            let wrong = |why| Error::new(Code::BAD_ARGUMENTS, format!("{}: {why}", node.name));
            boolean(&text).map_err(wrong)
        };
        match node.name.replace('-', "_").as_str() {
            "host" | "hostname" => self.host = Some(text),
            "port" => {
                let wrong = |_| Error::new(Code::BAD_ARGUMENTS, format!("port: '{text}' is none"));
                self.port = Some(text.parse().map_err(wrong)?);
            }
            "user" => self.user = Some(text),
            "password" => self.password = Some(text),
            "database" => self.database = Some(text),
            "secure" => self.secure = Some(flag()?),
            "accept_invalid_certificate" => self.accept_invalid_certificate = flag()?,
            "prompt" => self.prompt = Some(text),
            "history_file" => self.history_file = Some(PathBuf::from(text)),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Takes what the connection of this name says. A host may be such a name as well. Whether there is one.
    pub fn choose(&mut self, name: Option<&str>, host: Option<&str>) -> Result<bool> {
        let Some(wanted) = name.or(host) else {
            return Ok(false);
        };
        let found = self
            .connections
            .iter()
            .find(|it| it.text_of("name") == Some(wanted))
            .cloned();
        let Some(found) = found else {
            return match name {
                Some(name) => {
                    let message = format!("No such connection '{name}'");
                    Err(Error::new(Code::NO_ELEMENTS_IN_CONFIG, message))
                }
                None => Ok(false),
            };
        };
        self.host = Some(wanted.to_string());
        for node in found.present().filter(|node| node.name != "name") {
            self.take(node)?;
        }
        Ok(true)
    }
}
