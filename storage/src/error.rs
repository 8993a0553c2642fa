//! What can go wrong in the store, by what the caller can do about it.

use std::io;
use std::path::Path;

use parquet::errors::ParquetError;

/// The error of a callback that the engine gave us; passed on untouched.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request itself is wrong; the caller must change it.
    #[error("{0}")]
    Invalid(String),
    /// ClickHouse's INCORRECT_DATA (117): a row holds what its column must not.
    #[error("{0}")]
    Incorrect(String),
    /// Bytes on disk are not what was written. Names the part so that an operator can detach it.
    #[error("part {part} is corrupt: {detail}")]
    Corrupt {
        /// Name of the part (or table-level file).
        part: String,
        /// File and reason.
        detail: String,
    },
    /// Written by another release; nothing was touched.
    #[error("{what} has format version {found}, this release reads version {supported}")]
    UnknownVersion {
        /// The file in question.
        what: String,
        /// The version found in it.
        found: u32,
        /// The version that this release reads.
        supported: u32,
    },
    /// The table was dropped while it was written to.
    #[error("Table is dropped")]
    Dropped,
    /// The caller stopped a job before it was done; nothing was changed.
    #[error("the job was stopped")]
    Stopped,
    /// A part that a commit wanted to replace is gone, or another job works on it.
    #[error("part {0} is no longer active or is busy")]
    PartGone(String),
    /// There is no such folder in `detached/`.
    #[error("Detached part \"{0}\" not found")]
    NotDetached(String),
    /// A folder to be made is there already.
    #[error("Directory {0} already exists and is not empty")]
    Exists(String),
    /// The table was altered since the caller took hold of it: it has to do so again.
    #[error("the table's columns were changed meanwhile")]
    Altered,
    /// ClickHouse's TOO_MANY_PARTS (252).
    #[error("{0}")]
    TooManyParts(String),
    /// Another process has the database open.
    #[error("{0}")]
    Locked(String),
    /// No space left on the device or quota. Nothing half-written stays.
    #[error("not enough space: {0}")]
    Full(io::Error),
    /// The system refused; the same call may work later.
    #[error("{context}: {source}")]
    Io {
        /// What was being done to which file.
        context: String,
        /// The system's reason.
        source: io::Error,
    },
    /// An index could not be built or its definition does not fit the rows.
    #[error("{index}: {source}")]
    Index {
        /// Name of the index.
        index: String,
        /// The index crate's reason.
        source: gristmill_index::Error,
    },
    /// The [`KeyEvaluator`](crate::KeyEvaluator) failed; the engine's own error.
    #[error(transparent)]
    Evaluate(BoxError),
    /// Arrow or Parquet refused data that we handed them.
    #[error("arrow: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    /// Parquet refused data that we handed it, or its own file.
    #[error("parquet: {0}")]
    Parquet(ParquetError),
}

impl From<ParquetError> for Error {
    /// A full disk shows up inside Parquet's error when its writer hits it.
    fn from(error: ParquetError) -> Error {
        let kind = match &error {
            ParquetError::External(inner) => inner.downcast_ref::<io::Error>().map(io::Error::kind),
            _ => None,
        };
        match kind {
            Some(kind) if is_full(kind) => Error::Full(kind.into()),
            _ => Error::Parquet(error),
        }
    }
}

fn is_full(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

impl Error {
    pub(crate) fn corrupt(part: impl ToString, detail: impl Into<String>) -> Error {
        Error::Corrupt {
            part: part.to_string(),
            detail: detail.into(),
        }
    }

    /// An I/O failure while doing `action` to `path`; a full disk is told apart.
    pub(crate) fn io(action: &str, path: &Path, source: io::Error) -> Error {
        match source.kind() {
            kind if is_full(kind) => Error::Full(source),
            _ => Error::Io {
                context: format!("cannot {action} {}", path.display()),
                source,
            },
        }
    }
}
