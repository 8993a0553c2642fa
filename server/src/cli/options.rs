//! The fixed options of `gristmill local` and `gristmill server`, under the names ClickHouse's programs give them.

use std::path::PathBuf;

use clap::{ArgAction, Parser, ValueEnum};

/// Where the progress of a query is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProgressMode {
    /// On standard error where that is a terminal.
    Tty,
    /// On standard error, as lines where that is no terminal.
    Err,
    /// Nowhere.
    Off,
}

/// `gristmill local`: queries over a folder, without a server.
#[derive(Debug, Parser)]
#[command(
    name = "gristmill local",
    version,
    about = "Runs queries over a database folder, without a server"
)]
#[command(after_help = AFTER_HELP)]
pub struct LocalOptions {
    /// Folder of the database; without it a temporary one, removed at the end
    #[arg(long, value_name = "DIR")]
    pub path: Option<PathBuf>,

    /// Statements to run, separated by semicolons; may be given several times
    #[arg(long, short, value_name = "SQL", action = ArgAction::Append, allow_hyphen_values = true)]
    pub query: Vec<String>,

    /// File with statements to run; may be given several times
    #[arg(long, short = 'f', value_name = "FILE", alias = "queries_file", action = ArgAction::Append, conflicts_with = "query")]
    pub queries_file: Vec<PathBuf>,

    /// Accepted for compatibility: several statements are always allowed
    #[arg(long, short = 'n')]
    pub multiquery: bool,

    /// Database that names without one refer to
    #[arg(long, short, value_name = "NAME")]
    pub database: Option<String>,

    /// Format of results: PrettyCompact on a terminal, TabSeparated elsewhere
    #[arg(long, value_name = "NAME", alias = "output-format")]
    pub format: Option<String>,

    /// Print results as Vertical
    #[arg(long, short = 'E', conflicts_with = "format")]
    pub vertical: bool,

    /// Print every statement before its result
    #[arg(long)]
    pub echo: bool,

    /// Show progress on standard error: as a bar on a terminal, as lines elsewhere
    #[arg(long, value_name = "WHERE", num_args = 0..=1, default_missing_value = "err")]
    pub progress: Option<ProgressMode>,

    /// Print the time each statement took on standard error
    #[arg(long, short)]
    pub time: bool,

    /// Print a summary of each statement on standard error
    #[arg(long)]
    pub verbose: bool,
}

/// `gristmill server`: a folder served over HTTP.
#[derive(Debug, Parser)]
#[command(name = "gristmill server", version, about = "Serves a database folder over HTTP")]
#[command(after_help = AFTER_HELP, args_override_self = true)]
pub struct ServerOptions {
    /// Folder of the database; created where it is missing
    #[arg(long, value_name = "DIR")]
    pub path: Option<PathBuf>,

    /// Configuration file in TOML, YAML or XML; options on the command line win
    #[arg(long, short = 'C', value_name = "FILE")]
    pub config_file: Option<PathBuf>,

    /// Port for HTTP, 8123 by default; 0 takes a free one, the log says which
    #[arg(long, value_name = "PORT")]
    pub http_port: Option<u16>,

    /// Port for the native protocol, 9000 by default if it is free; 0 takes a free one, the log says which
    #[arg(long, value_name = "PORT")]
    pub tcp_port: Option<u16>,

    /// Port for HTTPS, off by default; 0 takes a free one, the log says which
    #[arg(long, value_name = "PORT")]
    pub https_port: Option<u16>,

    /// Port for the native protocol under TLS, off by default; 0 takes a free one, the log says which
    #[arg(long, value_name = "PORT")]
    pub tcp_port_secure: Option<u16>,

    /// Address to listen on, 127.0.0.1 by default
    #[arg(long, value_name = "ADDRESS")]
    pub listen_host: Option<String>,

    /// Folder that the table function `file` may read; DIR/user_files by default
    #[arg(long, value_name = "DIR")]
    pub user_files_path: Option<PathBuf>,
}

/// What every help ends with.
pub const AFTER_HELP: &str = "\
Every setting is an option too (--max_threads=2), and so is every query parameter (--param_id=7 for {id:UInt32}).";
