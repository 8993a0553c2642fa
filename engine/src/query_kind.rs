//! How statements are counted as a whole: begun, failed, and how long they took.

use std::time::Duration;

use crate::events::{Event, Events};

/// What ClickHouse tells apart when it counts statements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueryKind {
    /// A query.
    Select,
    /// An INSERT, also one of a query's rows.
    Insert,
    /// Anything else, also what could not be parsed.
    #[default]
    Other,
}

impl QueryKind {
    /// The kind of a statement, by ClickHouse's `query_kind`.
    pub fn named(kind: &str) -> Self {
        match kind {
            "Select" => Self::Select,
            "Insert" => Self::Insert,
            _ => Self::Other,
        }
    }

    /// It is understood and begins.
    pub fn begun(self, events: &Events) {
        events.add(Event::Query, 1);
        match self {
            Self::Select => events.add(Event::SelectQuery, 1),
            Self::Insert => events.add(Event::InsertQuery, 1),
            Self::Other => {}
        }
    }

    /// It ended with an error.
    pub fn failed(self, events: &Events) {
        events.add(Event::FailedQuery, 1);
        match self {
            Self::Select => events.add(Event::FailedSelectQuery, 1),
            Self::Insert => events.add(Event::FailedInsertQuery, 1),
            Self::Other => {}
        }
    }

    /// It is done.
    pub fn done(self, events: &Events, took: Duration) {
        let micros = took.as_micros() as u64;
        events.add(Event::QueryTimeMicroseconds, micros);
        let of_kind = match self {
            Self::Select => Event::SelectQueryTimeMicroseconds,
            Self::Insert => Event::InsertQueryTimeMicroseconds,
            Self::Other => Event::OtherQueryTimeMicroseconds,
        };
        events.add(of_kind, micros);
    }
}
