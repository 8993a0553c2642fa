//! Statements of ClickHouse's dialect that have to parse.

/// Every one of them is accepted by ClickHouse 26.9's parser.
pub(super) const STATEMENTS: &[&str] = &["SELECT 1", "SELECT"];
