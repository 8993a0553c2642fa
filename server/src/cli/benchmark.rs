//! The fixed options of `gristmill benchmark`, under the names ClickHouse's program gives them.

use std::path::PathBuf;

use clap::{ArgAction, Parser};

use super::client::ConnectionOptions;
use super::options::AFTER_HELP;

/// `gristmill benchmark`: the same queries again and again.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "gristmill benchmark",
    version,
    about = "Measures how fast servers answer queries: those given, or one a line of standard input"
)]
#[command(after_help = AFTER_HELP, disable_help_flag = true, args_override_self = true)]
pub struct BenchmarkOptions {
    /// Query to measure; may be given several times
    #[arg(long, short, value_name = "SQL", action = ArgAction::Append, allow_hyphen_values = true)]
    pub query: Vec<String>,

    /// File with a query on each line
    #[arg(long, value_name = "FILE", action = ArgAction::Append, conflicts_with = "query")]
    pub queries_file: Vec<PathBuf>,

    /// Queries that run at the same time
    #[arg(long, short, value_name = "N", default_value_t = 1)]
    pub concurrency: usize,

    /// Seconds between reports; 0: none but the last
    #[arg(long, short, value_name = "SECONDS", default_value_t = 1.0)]
    pub delay: f64,

    /// Queries to run in all; 0: until it is stopped
    #[arg(long, short, value_name = "N", default_value_t = 0)]
    pub iterations: u64,

    /// Seconds after which no query is started any more; 0: no limit
    #[arg(long, short, value_name = "SECONDS", default_value_t = 0.0)]
    pub timelimit: f64,

    /// Run the queries in random order
    #[arg(long, short)]
    pub randomize: bool,

    /// Report all queries so far, not those since the last report
    #[arg(long)]
    pub cumulative: bool,

    /// File for the last report in JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Server; several are asked in turn and compared
    #[arg(long, short = 'h', value_name = "HOST", action = ArgAction::Append)]
    pub host: Vec<String>,

    /// Port of each server, 9000 by default, 9440 with --secure
    #[arg(long, value_name = "PORT", action = ArgAction::Append)]
    pub port: Vec<u16>,

    /// User, `default` by default
    #[arg(long, short, value_name = "NAME")]
    pub user: Option<String>,

    /// Password
    #[arg(long, value_name = "PASSWORD")]
    pub password: Option<String>,

    /// Database that names without one refer to
    #[arg(long, value_name = "NAME")]
    pub database: Option<String>,

    /// Connect under TLS
    #[arg(long, short)]
    pub secure: bool,

    /// Under TLS, take any certificate of the server
    #[arg(long)]
    pub accept_invalid_certificate: bool,

    /// Confidence of the comparison: 0 for 80 %, 1: 90 %, 2: 95 %, 3: 98 %, 4: 99 %, 5: 99.5 %
    #[arg(long, value_name = "LEVEL", default_value_t = 5, value_parser = clap::value_parser!(u8).range(0..=5))]
    pub confidence: u8,

    /// Go on after errors
    #[arg(long, alias = "ignore-error")]
    pub continue_on_errors: bool,

    /// Connect anew for every query
    #[arg(long)]
    pub reconnect: bool,

    /// Print stack traces of the server with its errors
    #[arg(long)]
    pub stacktrace: bool,

    /// Print help
    #[arg(long, action = ArgAction::Help)]
    pub help: Option<bool>,
}

impl BenchmarkOptions {
    /// The options that a connection has.
    pub fn connection(&self) -> ConnectionOptions {
        ConnectionOptions {
            user: self.user.clone(),
            password: self.password.clone(),
            database: self.database.clone(),
            secure: self.secure,
            accept_invalid_certificate: self.accept_invalid_certificate,
            ..ConnectionOptions::default()
        }
    }
}
