//! The fixed options of `gristmill client`, under the names ClickHouse's program gives them.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser};

use super::options::{AFTER_HELP, ProgressMode};

/// How a server is reached and who logs in: options that programs which ask servers share.
#[derive(Clone, Debug, Default, Args)]
pub struct ConnectionOptions {
    /// Port of the native protocol, 9000 by default, 9440 with --secure
    #[arg(long, value_name = "PORT", action = ArgAction::Append)]
    pub port: Vec<u16>,

    /// User, `default` by default
    #[arg(long, short, value_name = "NAME")]
    pub user: Option<String>,

    /// Password; asked for on the terminal if no value is given
    #[arg(long, value_name = "PASSWORD", num_args = 0..=1, default_missing_value = "\n")]
    pub password: Option<String>,

    /// Ask for the password on the terminal
    #[arg(long)]
    pub ask_password: bool,

    /// Connect under TLS
    #[arg(long, short)]
    pub secure: bool,

    /// Do not connect under TLS, whatever the configuration says
    #[arg(long, conflicts_with = "secure")]
    pub no_secure: bool,

    /// Under TLS, take any certificate of the server
    #[arg(long)]
    pub accept_invalid_certificate: bool,

    /// Database that names without one refer to
    #[arg(long, short, value_name = "NAME")]
    pub database: Option<String>,

    /// Compress what is sent and received; by default unless the server is on this machine
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "1", value_parser = boolean)]
    pub compression: Option<bool>,

    /// Key that quotas count by
    #[arg(long, value_name = "KEY")]
    pub quota_key: Option<String>,
}

/// `gristmill client`: statements for a server.
#[derive(Debug, Parser)]
#[command(
    name = "gristmill client",
    version,
    about = "Asks a server over ClickHouse's native protocol"
)]
#[command(after_help = AFTER_HELP, disable_help_flag = true, args_override_self = true)]
pub struct ClientOptions {
    /// `clickhouse://[user[:password]@]host[:port][/database][?setting=value&…]`
    #[arg(value_name = "CONNECTION")]
    pub connection_string: Option<String>,

    /// Server, `localhost` by default
    #[arg(long, short = 'h', value_name = "HOST")]
    pub host: Option<String>,

    /// How the server is reached and who logs in.
    #[command(flatten)]
    pub connection_options: ConnectionOptions,

    /// Statements to run, separated by semicolons; may be given several times
    #[arg(long, short, value_name = "SQL", action = ArgAction::Append, allow_hyphen_values = true)]
    pub query: Vec<String>,

    /// File with statements to run; may be given several times
    #[arg(long, value_name = "FILE", action = ArgAction::Append, conflicts_with = "query")]
    pub queries_file: Vec<PathBuf>,

    /// Accepted for compatibility: several statements are always allowed
    #[arg(long, short = 'n')]
    pub multiquery: bool,

    /// At the prompt, a statement ends with a semicolon, not with its line
    #[arg(long, short)]
    pub multiline: bool,

    /// Format of results: PrettyCompact on a terminal, TabSeparated elsewhere
    #[arg(long, short, value_name = "NAME", alias = "output-format")]
    pub format: Option<String>,

    /// Print results as Vertical
    #[arg(long, short = 'E', conflicts_with = "format")]
    pub vertical: bool,

    /// Print the time each statement took on standard error
    #[arg(long, short)]
    pub time: bool,

    /// Show progress on standard error
    #[arg(long, value_name = "WHERE", num_args = 0..=1, default_missing_value = "err", value_parser = progress)]
    pub progress: Option<ProgressMode>,

    /// Go on with the next statement after an error
    #[arg(long)]
    pub ignore_error: bool,

    /// Print every statement before its result
    #[arg(long)]
    pub echo: bool,

    /// Print a summary of each statement on standard error
    #[arg(long)]
    pub verbose: bool,

    /// Print stack traces of the server with its errors
    #[arg(long)]
    pub stacktrace: bool,

    /// Configuration file; config.xml, config.yaml, config.yml or config.toml of ~/.clickhouse-client by default
    #[arg(long, short = 'C', value_name = "FILE", alias = "config")]
    pub config_file: Option<PathBuf>,

    /// Name of a connection in the configuration file
    #[arg(long, value_name = "NAME")]
    pub connection: Option<String>,

    /// Identifier of the statement
    #[arg(long, value_name = "ID")]
    pub query_id: Option<String>,

    /// File that keeps what was typed, ~/.clickhouse-client-history by default
    #[arg(long, value_name = "FILE")]
    pub history_file: Option<PathBuf>,

    /// At the prompt, do not complete names
    #[arg(long, short = 'A')]
    pub disable_suggestion: bool,

    /// Names that are completed at most
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub suggestion_limit: u64,

    /// What stands before `:)` at the prompt
    #[arg(long, value_name = "TEXT")]
    pub prompt: Option<String>,

    /// File for lines of the server's log (--send_logs_level=debug) instead of standard error
    #[arg(long, value_name = "FILE")]
    pub server_logs_file: Option<PathBuf>,

    /// Do not show warnings of the server at the prompt (none are shown)
    #[arg(long)]
    pub no_warnings: bool,

    /// Print help
    #[arg(long, action = ArgAction::Help)]
    pub help: Option<bool>,
}

/// `1`, `true`, `yes`, and their opposites.
pub fn boolean(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err(format!("'{text}' is neither true nor false")),
    }
}

/// `tty`, `err` and `off`, and a switch.
fn progress(text: &str) -> Result<ProgressMode, String> {
    match text.to_ascii_lowercase().as_str() {
        "tty" => Ok(ProgressMode::Tty),
        "err" => Ok(ProgressMode::Err),
        other => match boolean(other) {
            Ok(true) => Ok(ProgressMode::Tty),
            Ok(false) => Ok(ProgressMode::Off),
            Err(_) => Err(format!("'{text}' is none of tty, err and off")),
        },
    }
}
