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

    /// What `Display` shows, with the bytes that text of a query carries.
    pub fn text_bytes(&self) -> Vec<u8> {
        self.0.text_bytes()
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

impl From<gristmill_storage::Error> for Error {
    fn from(error: gristmill_storage::Error) -> Self {
        Self::of_storage(&error)
    }
}

impl Error {
    /// The store's error in ClickHouse's terms.
    pub fn of_storage(error: &gristmill_storage::Error) -> Self {
        use gristmill_storage::Error as Storage;
        let code = match error {
            Storage::Invalid(_) => Code::BAD_ARGUMENTS,
            Storage::Incorrect(_) => Code::INCORRECT_DATA,
            Storage::Corrupt { .. } => Code::CORRUPTED_DATA,
            Storage::UnknownVersion { .. } => Code::UNKNOWN_FORMAT_VERSION,
            Storage::Dropped => Code::TABLE_IS_DROPPED,
            Storage::Stopped | Storage::Altered => Code::ABORTED,
            Storage::PartGone(_) => Code::NO_SUCH_DATA_PART,
            Storage::NotDetached(_) => Code::BAD_DATA_PART_NAME,
            Storage::Exists(_) => Code::DIRECTORY_ALREADY_EXISTS,
            Storage::TooManyParts(_) => Code::TOO_MANY_PARTS,
            Storage::Locked(_) => Code::CANNOT_OPEN_FILE,
            Storage::Full(_) => Code::NOT_ENOUGH_SPACE,
            Storage::Io { .. } => Code::CANNOT_READ_FROM_FILE_DESCRIPTOR,
            Storage::Index { source, .. } => return Self::from(source.clone()),
            Storage::Evaluate(source) => match source.downcast_ref::<Self>() {
                Some(own) => return own.clone(),
                None => Code::LOGICAL_ERROR,
            },
            Storage::Arrow(_) | Storage::Parquet(_) => Code::LOGICAL_ERROR,
        };
        Self::new(code, error.to_string())
    }
}

impl From<gristmill_index::Error> for Error {
    fn from(error: gristmill_index::Error) -> Self {
        use gristmill_index::Error as Index;
        let code = match &error {
            Index::Query(_) => Code::INCORRECT_QUERY,
            Index::Data(_) => Code::INCORRECT_DATA,
            Index::Corrupt(_) => Code::CORRUPTED_DATA,
            Index::UnknownVersion { .. } => Code::UNKNOWN_FORMAT_VERSION,
            Index::Build(_) => Code::CANNOT_ALLOCATE_MEMORY,
            Index::Stopped => Code::QUERY_WAS_CANCELLED,
        };
        Self::new(code, error.to_string())
    }
}

impl From<arrow::error::ArrowError> for Error {
    fn from(error: arrow::error::ArrowError) -> Self {
        DataFusionError::from(error).into()
    }
}
