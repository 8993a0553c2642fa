//! Which HTTP status an error code gets. ClickHouse's table; everything it does not name is 500.

use axum::http::StatusCode;
use gristmill_sql::Code;

/// The status of an answer that consists of an error with `code`.
pub fn status(code: Code) -> StatusCode {
    STATUSES
        .iter()
        .find(|(_, codes)| codes.contains(&code))
        .map_or(StatusCode::INTERNAL_SERVER_ERROR, |(status, _)| *status)
}

const STATUSES: &[(StatusCode, &[Code])] = &[
    (StatusCode::UNAUTHORIZED, &[Code::REQUIRED_PASSWORD]),
    (
        StatusCode::FORBIDDEN,
        &[
            Code::UNKNOWN_USER,
            Code::WRONG_PASSWORD,
            Code::AUTHENTICATION_FAILED,
            Code::ACCESS_DENIED,
            Code::SET_NON_GRANTED_ROLE,
        ],
    ),
    (
        StatusCode::BAD_REQUEST,
        &[
            Code::BAD_ARGUMENTS,
            Code::CANNOT_COMPILE_REGEXP,
            Code::CANNOT_PARSE_TEXT,
            Code::CANNOT_PARSE_ESCAPE_SEQUENCE,
            Code::CANNOT_PARSE_QUOTED_STRING,
            Code::CANNOT_PARSE_INPUT_ASSERTION_FAILED,
            Code::CANNOT_PARSE_DATE,
            Code::CANNOT_PARSE_DATETIME,
            Code::CANNOT_PARSE_NUMBER,
            Code::CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING,
            Code::CANNOT_PARSE_IPV4,
            Code::CANNOT_PARSE_IPV6,
            Code::CANNOT_PARSE_UUID,
            Code::DUPLICATE_COLUMN,
            Code::ILLEGAL_COLUMN,
            Code::THERE_IS_NO_COLUMN,
            Code::TYPE_MISMATCH,
            Code::SYNTAX_ERROR,
            Code::INCORRECT_DATA,
            Code::VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE,
            Code::UNKNOWN_ELEMENT_IN_AST,
            Code::UNKNOWN_TYPE_OF_AST_NODE,
            Code::TOO_DEEP_AST,
            Code::TOO_BIG_AST,
            Code::UNEXPECTED_AST_STRUCTURE,
        ],
    ),
    (
        StatusCode::NOT_FOUND,
        &[
            Code::UNKNOWN_TABLE,
            Code::UNKNOWN_DATABASE,
            Code::UNKNOWN_IDENTIFIER,
            Code::UNKNOWN_FUNCTION,
            Code::UNKNOWN_AGGREGATE_FUNCTION,
            Code::UNKNOWN_TYPE,
            Code::UNKNOWN_SETTING,
            Code::UNKNOWN_FORMAT,
            Code::UNKNOWN_STORAGE,
            Code::UNKNOWN_DIRECTION_OF_SORTING,
            Code::UNKNOWN_DATABASE_ENGINE,
            Code::UNKNOWN_TYPE_OF_QUERY,
            Code::UNKNOWN_ROLE,
        ],
    ),
    (StatusCode::REQUEST_TIMEOUT, &[Code::TIMEOUT_EXCEEDED]),
    (StatusCode::LENGTH_REQUIRED, &[Code::HTTP_LENGTH_REQUIRED]),
    (StatusCode::PAYLOAD_TOO_LARGE, &[Code::QUERY_IS_TOO_LARGE]),
    (StatusCode::UNSUPPORTED_MEDIA_TYPE, &[Code::UNSUPPORTED_MEDIA_TYPE]),
    (StatusCode::NOT_IMPLEMENTED, &[Code::NOT_IMPLEMENTED]),
    (
        StatusCode::SERVICE_UNAVAILABLE,
        &[Code::SOCKET_TIMEOUT, Code::CANNOT_OPEN_FILE, Code::CANNOT_SCHEDULE_TASK],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_follow_the_table() {
        for (code, expected) in [
            (Code::SYNTAX_ERROR, 400),
            (Code::UNKNOWN_SETTING, 404),
            (Code::AUTHENTICATION_FAILED, 403),
            (Code::NOT_IMPLEMENTED, 501),
            (Code::READONLY, 500),
            (Code::ILLEGAL_TYPE_OF_ARGUMENT, 500),
            (Code::DUPLICATE_COLUMN, 400),
            (Code::UNKNOWN_DATABASE_ENGINE, 404),
        ] {
            assert_eq!(status(code).as_u16(), expected, "{code:?}");
        }
    }
}
