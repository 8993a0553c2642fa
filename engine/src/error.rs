//! The engine's error: a ClickHouse code and a message, whatever layer it came from.

use std::fmt;

use datafusion::error::DataFusionError;
use gristmill_sql::Code;

/// Result of everything the engine offers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, in ClickHouse's terms. `Display` prints the text that ClickHouse's clients show:
/// `Code: 60. DB::Exception: … (UNKNOWN_TABLE)`.
#[derive(Clone, Debug)]
pub struct Error(gristmill_sql::Error);

impl Error {
    /// An error with ClickHouse's code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(gristmill_sql::Error::new(code, message))
    }

    /// ClickHouse's code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The text without code and name.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What is known here and asked for by name, but not built.
    pub fn not_implemented(what: impl fmt::Display) -> Self {
        Self::new(Code::NOT_IMPLEMENTED, format!("{what} is not implemented"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {}

impl From<gristmill_sql::Error> for Error {
    fn from(error: gristmill_sql::Error) -> Self {
        Self(error)
    }
}

impl From<Error> for gristmill_sql::Error {
    fn from(error: Error) -> Self {
        error.0
    }
}

impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Self {
        Self(gristmill_sql::Error::from_datafusion(error))
    }
}

impl From<Error> for DataFusionError {
    fn from(error: Error) -> Self {
        error.0.into()
    }
}

impl From<arrow::error::ArrowError> for Error {
    fn from(error: arrow::error::ArrowError) -> Self {
        DataFusionError::from(error).into()
    }
}
