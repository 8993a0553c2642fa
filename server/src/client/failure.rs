//! [`Failure`]: what ended a statement, told as ClickHouse's client tells it.

use gristmill_sql::parser::string_bytes;
use gristmill_sql::{Code, Error};

/// An error that a server has sent.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerError {
    /// ClickHouse's number, which may be one that we do not know.
    pub code: i32,
    /// The text, of errors inside as well.
    pub message: String,
    /// The stack trace, if the server sends some.
    pub stack_trace: String,
    /// `host:port` of the server.
    pub address: String,
    /// The server's version, as far as it was told before.
    pub version: String,
}

/// What ended a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// The server's own error. The connection goes on.
    Server(ServerError),
    /// An error on this side, before or while the server was asked. The connection goes on.
    Here(Error),
    /// The connection is lost.
    Lost(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Here(error)
    }
}

impl Failure {
    /// ClickHouse's number of the error.
    pub fn code(&self) -> i32 {
        match self {
            Failure::Server(error) => error.code,
            Failure::Here(error) | Failure::Lost(error) => error.code.number(),
        }
    }

    /// The lower byte of the code, and never success.
    pub fn exit_status(&self) -> u8 {
        match self.code() as u8 {
            0 => u8::MAX,
            low => low,
        }
    }

    /// What is printed, without the line break at its end.
    pub fn text(&self, with_stack_trace: bool) -> Vec<u8> {
        match self {
            Failure::Here(error) => error.text_bytes(),
            Failure::Lost(error) => string_bytes(&error.to_string().replacen("DB::Exception", "DB::NetException", 1)),
            Failure::Server(error) => string_bytes(&error.text(with_stack_trace)),
        }
    }
}

impl ServerError {
    /// The error as one line, and its stack trace if that is wanted.
    pub fn line(&self, with_stack_trace: bool) -> String {
        let ServerError {
            code, message, address, ..
        } = self;
        let message = message.trim_end_matches('.');
        let name = Code::from_number(*code).map_or(String::new(), |code| format!(" ({})", code.name()));
        let mut text = format!("Code: {code}. DB::Exception: Received from {address}. {message}.{name}");
        if with_stack_trace && !self.stack_trace.is_empty() {
            text.push_str(&format!(", Stack trace:\n\n{}", self.stack_trace));
        }
        text
    }

    fn text(&self, with_stack_trace: bool) -> String {
        let line = self.line(with_stack_trace);
        format!("Received exception from server (version {}):\n{line}", self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_read_as_clickhouse_tells_them() {
        let mut error = ServerError {
            code: 60,
            message: "DB::Exception: Unknown table.".into(),
            stack_trace: "0. main".into(),
            address: "localhost:9000".into(),
            version: "26.9.2".into(),
        };
        let text = |error: &ServerError, trace| String::from_utf8(Failure::Server(error.clone()).text(trace)).unwrap();
        let expected = "Received exception from server (version 26.9.2):\n\
                        Code: 60. DB::Exception: Received from localhost:9000. DB::Exception: Unknown table. (UNKNOWN_TABLE)";
        assert_eq!(text(&error, false), expected);
        assert_eq!(text(&error, true), format!("{expected}, Stack trace:\n\n0. main"));
        error.code = 100_000;
        assert!(text(&error, false).ends_with("Unknown table."));
        assert_eq!(Failure::Server(error.clone()).exit_status(), (100_000 % 256) as u8);
        error.code = 512;
        assert_eq!(Failure::Server(error).exit_status(), 255);
    }
}
