//! The command line of `gristmill`: which command runs, its options, and how it ends.
//!
//! Options are in [`options`], [`client`] and [`benchmark`], settings given as options in [`settings`]; the work itself is
//! in the folders of these names.

pub mod benchmark;
pub mod client;
mod options;
mod settings;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};
use gristmill_engine::server_settings;
use gristmill_sql::{Code, Error, Result};

pub use options::{LocalOptions, ProgressMode, ServerOptions};

use crate::{local, serve};

/// What follows from a command line besides its own options.
#[derive(Debug, Default)]
pub struct Given {
    /// Settings as `--name=value`, in the order given.
    pub settings: Vec<(String, String)>,
    /// The same for settings of the server.
    pub server_settings: Vec<(String, String)>,
    /// Query parameters as `--param_name=value`.
    pub parameters: std::collections::BTreeMap<String, String>,
}

const USAGE: &str = "\
Usage: gristmill <command> [options]

Commands:
  local      run queries over a folder, without a server
  server     serve a folder over HTTP and the native protocol
  client     run queries on a server, at a prompt or from texts
  benchmark  measure how fast servers answer queries

`gristmill <command> --help` lists the options of a command.
";

const COMMANDS: &str = "Usage: gristmill local|server|client|benchmark [options]; `gristmill --help` tells more";

/// Runs the command line given and returns the process's exit status.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut arguments = arguments.into_iter();
    let program = arguments.next().unwrap_or_default();
    let command = match named_command(&program) {
        Some(command) => command.into(),
        None => arguments.next().unwrap_or_default(),
    };
    let rest: Vec<OsString> = arguments.collect();
    let outcome = match command.to_str() {
        Some("local") => parse::<LocalOptions>(rest).and_then(|(options, given)| local::run(options, given)),
        Some("server") => parse::<ServerOptions>(rest).and_then(|(options, given)| serve::run(options, given)),
        Some(command @ ("client" | "benchmark")) => {
            let run = if command == "client" {
                crate::client::run
            } else {
                crate::benchmark::run
            };
            match run(rest) {
                Ok(status) => return status,
                Err(error) => Err(error),
            }
        }
        Some("--version" | "-V" | "version") => say(&format!("gristmill {}\n", env!("CARGO_PKG_VERSION"))),
        Some("--help" | "-h" | "help") => say(USAGE),
        Some("") => Err(Error::new(Code::BAD_ARGUMENTS, format!("No command given: {COMMANDS}"))),
        _ => Err(Error::new(
            Code::BAD_ARGUMENTS,
            format!("There is no command '{}': {COMMANDS}", command.to_string_lossy()),
        )),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// The command that the program's own name says, as links to it are called: `clickhouse-client`.
fn named_command(program: &OsString) -> Option<&'static str> {
    let name = std::path::Path::new(program).file_name()?.to_str()?;
    let (family, command) = name.rsplit_once('-')?;
    let known = ["local", "server", "client"]
        .into_iter()
        .find(|known| *known == command)?;
    matches!(family, "clickhouse" | "gristmill").then_some(known)
}

fn say(text: &str) -> Result<()> {
    print!("{text}");
    Ok(())
}

/// ClickHouse's exit status: the lower byte of the code, and never success.
pub fn exit_status(code: Code) -> u8 {
    match code.number() as u8 {
        0 => 1,
        low => low,
    }
}

fn fail(error: &Error) -> ExitCode {
    let text = [error.text_bytes(), b"\n".to_vec()].concat();
    let _ = std::io::stderr().write_all(&text); // who closed it does not want to know
    ExitCode::from(exit_status(error.code))
}

/// Parses the options of a command, settings and query parameters among them.
pub fn parse<O: CommandFactory + FromArgMatches>(arguments: Vec<OsString>) -> Result<(O, Given)> {
    let mut command = O::command();
    command.build();
    let split = settings::split(arguments, &command, &EngineSettings)?;
    let name = OsString::from(command.get_name());
    let words = std::iter::once(name).chain(split.remaining);
    let options = command
        .clone()
        .try_get_matches_from(words)
        .and_then(|matches| O::from_arg_matches(&matches));
    match options {
        Ok(options) => {
            let of_server = |(name, _): &(String, String)| server_settings::find(name).is_some();
            let (server_settings, settings) = split.settings.into_iter().partition(of_server);
            let parameters = split.parameters;
            let given = Given {
                settings,
                server_settings,
                parameters,
            };
            Ok((options, given))
        }
        Err(error) if !error.use_stderr() => error.exit(), // --help and --version: clap prints them and ends with success
        Err(error) => Err(Error::new(Code::BAD_ARGUMENTS, complaint(&error.to_string()))),
    }
}

/// What clap complains about, without the frame that it is printed in.
fn complaint(text: &str) -> String {
    let text = text.trim().strip_prefix("error: ").unwrap_or(text);
    let end = text.find("\n\n").unwrap_or(text.len());
    let lines: Vec<&str> = text[..end].lines().map(str::trim).collect();
    lines.join(" ")
}

struct EngineSettings;

impl settings::SettingNames for EngineSettings {
    fn is_switch(&self, name: &str) -> Option<bool> {
        let of_server = server_settings::find(name).map(|setting| setting.value_type);
        let of_session = || {
            gristmill_engine::settings::find(name)
                .ok()
                .map(|setting| setting.value_type)
        };
        of_server.or_else(of_session).map(|value_type| value_type == "Bool")
    }

    fn near(&self, name: &str) -> Vec<&'static str> {
        gristmill_engine::settings::near(name)
    }
}
