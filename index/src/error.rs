//! The crate's errors, told apart by what the caller can do.

/// What can go wrong while defining, building, opening or searching an index.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The shape of the definition or of the query vector is wrong: ClickHouse's INCORRECT_QUERY (80).
    #[error("{0}")]
    Query(String),
    /// A value in the definition or in the data is wrong: ClickHouse's INCORRECT_DATA (117).
    #[error("{0}")]
    Data(String),
    /// The bytes of an index are not what was written.
    #[error("vector index is corrupt: {0}")]
    Corrupt(String),
    /// Another release wrote the index.
    #[error("vector index has format version {found}, this release reads version {supported}")]
    UnknownVersion {
        /// The version found in it.
        found: u32,
        /// The version that this release reads.
        supported: u32,
    },
    /// The graph library refused, for lack of memory most of all.
    #[error("vector index could not be built: {0}")]
    Build(String),
    /// The caller's [`Workers`](crate::Workers) said that the search is not wanted any more.
    #[error("the search was stopped")]
    Stopped,
}

/// Short for results of this crate.
pub type Result<T> = std::result::Result<T, Error>;
