//! Errors with ClickHouse's numbers and names.

use std::fmt;

/// An error's number and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Code(pub i32, pub &'static str);

#[allow(missing_docs)]
impl Code {
    pub const CANNOT_PARSE_TEXT: Code = Code(6, "CANNOT_PARSE_TEXT");
    pub const DUPLICATE_COLUMN: Code = Code(15, "DUPLICATE_COLUMN");
    pub const CANNOT_PARSE_INPUT_ASSERTION_FAILED: Code = Code(27, "CANNOT_PARSE_INPUT_ASSERTION_FAILED");
    pub const CANNOT_READ_ALL_DATA: Code = Code(33, "CANNOT_READ_ALL_DATA");
    pub const BAD_ARGUMENTS: Code = Code(36, "BAD_ARGUMENTS");
    pub const NUMBER_OF_ARGUMENTS_DOESNT_MATCH: Code = Code(42, "NUMBER_OF_ARGUMENTS_DOESNT_MATCH");
    pub const ILLEGAL_TYPE_OF_ARGUMENT: Code = Code(43, "ILLEGAL_TYPE_OF_ARGUMENT");
    pub const NOT_IMPLEMENTED: Code = Code(48, "NOT_IMPLEMENTED");
    pub const UNKNOWN_TYPE: Code = Code(50, "UNKNOWN_TYPE");
    pub const SYNTAX_ERROR: Code = Code(62, "SYNTAX_ERROR");
    pub const ARGUMENT_OUT_OF_BOUND: Code = Code(69, "ARGUMENT_OUT_OF_BOUND");
    pub const EMPTY_DATA_PASSED: Code = Code(92, "EMPTY_DATA_PASSED");
    pub const UNEXPECTED_AST_STRUCTURE: Code = Code(223, "UNEXPECTED_AST_STRUCTURE");
    pub const TOO_DEEP_RECURSION: Code = Code(306, "TOO_DEEP_RECURSION");
    pub const DATA_TYPE_CANNOT_HAVE_ARGUMENTS: Code = Code(378, "DATA_TYPE_CANNOT_HAVE_ARGUMENTS");
}

/// An error of the dialect.
#[derive(Clone, Debug)]
pub struct Error {
    /// ClickHouse's number and name.
    pub code: Code,
    /// What is wrong.
    pub message: String,
}

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Makes an error.
    pub fn new(code: Code, message: impl Into<String>) -> Error {
        Error {
            code,
            message: message.into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "Code: {}. DB::Exception: {}. ({})",
            self.code.0, self.message, self.code.1
        )
    }
}

impl std::error::Error for Error {}
