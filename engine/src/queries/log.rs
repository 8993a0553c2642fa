//! What statements did, for `system.query_log`: the last ones, in memory.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;

use super::{Details, Process};
use crate::error::Error;
use crate::settings::Settings;

/// Memory that the log may take; the oldest statements are forgotten.
const LOG_BYTES_MAX: usize = 16 << 20;

/// What a row of the log tells, with ClickHouse's names; later ones pass a higher `log_queries_min_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LoggedKind {
    /// It is understood and begins.
    QueryStart,
    /// It is done.
    QueryFinish,
    /// It failed before it began.
    ExceptionBeforeStart,
    /// It failed later.
    ExceptionWhileProcessing,
}

impl LoggedKind {
    /// ClickHouse's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::QueryStart => "QueryStart",
            Self::QueryFinish => "QueryFinish",
            Self::ExceptionBeforeStart => "ExceptionBeforeStart",
            Self::ExceptionWhileProcessing => "ExceptionWhileProcessing",
        }
    }
}

/// Which statements the settings want to be logged. Read once per set of settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogPolicy {
    is_on: bool,
    kind_min: LoggedKind,
    duration_min: Duration,
    /// Share of statements that are logged.
    probability: f64,
    /// Bytes of the text that are shown.
    pub text_bytes_max: usize,
}

impl LogPolicy {
    /// What the settings say.
    pub fn new(settings: &Settings) -> Self {
        Self {
            is_on: settings.flag("log_queries"),
            kind_min: match settings.text("log_queries_min_type") {
                "QUERY_FINISH" => LoggedKind::QueryFinish,
                "EXCEPTION_BEFORE_START" => LoggedKind::ExceptionBeforeStart,
                "EXCEPTION_WHILE_PROCESSING" => LoggedKind::ExceptionWhileProcessing,
                _ => LoggedKind::QueryStart,
            },
            duration_min: Duration::from_millis(settings.integer("log_queries_min_query_duration_ms")),
            probability: settings.float("log_queries_probability"),
            text_bytes_max: settings.integer("log_queries_cut_to_length") as usize,
        }
    }

    /// Whether a statement with this number between 0 and 1 is one that is logged.
    pub fn takes(&self, share: f64) -> bool {
        share < self.probability
    }

    /// Whether a beginning has a row. With a least duration there is none: it is not known then.
    pub fn shows_start(&self) -> bool {
        self.is_on && self.kind_min == LoggedKind::QueryStart && self.duration_min.is_zero()
    }

    fn shows_end(&self, kind: LoggedKind, took: Duration) -> bool {
        self.is_on && kind >= self.kind_min && took >= self.duration_min
    }
}

/// How a statement ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// When.
    pub time: SystemTime,
    /// How long it took.
    pub took: Duration,
    /// Why it failed, if it did.
    pub error: Option<Error>,
    /// Rows read and their bytes.
    pub read: (u64, u64),
    /// Rows written and their bytes.
    pub written: (u64, u64),
    /// Rows of the result and their bytes.
    pub result: (u64, u64),
    /// What happened.
    pub events: Vec<(&'static str, u64)>,
}

/// A statement that has ended.
#[derive(Clone, Debug)]
pub struct LoggedQuery {
    /// What it was.
    pub process: Arc<Process>,
    /// How it ended.
    pub ended: Ended,
}

impl LoggedQuery {
    /// What its last row tells.
    pub fn kind(&self, details: &Details) -> LoggedKind {
        match (&self.ended.error, details.has_begun) {
            (None, _) => LoggedKind::QueryFinish,
            (Some(_), false) => LoggedKind::ExceptionBeforeStart,
            (Some(_), true) => LoggedKind::ExceptionWhileProcessing,
        }
    }

    /// Whether settings want the last row.
    pub fn shows_end(&self, details: &Details) -> bool {
        let policy = details.settings.log_policy();
        policy.shows_end(self.kind(details), self.ended.took)
    }

    fn bytes(&self) -> usize {
        size_of::<Self>() + self.process.bytes() + size_of_val(self.ended.events.as_slice())
    }
}

/// The last statements of all sessions.
#[derive(Debug, Default)]
pub struct QueryLog {
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    queries: VecDeque<LoggedQuery>,
    bytes: usize,
}

impl QueryLog {
    /// Adds a statement of which this is known, if its settings want it.
    pub fn add(&self, query: LoggedQuery, details: &Details) {
        let policy = details.settings.log_policy();
        if !policy.takes(query.process.share()) || !policy.shows_start() && !query.shows_end(details) {
            return;
        }
        let mut forgotten = Vec::new(); // freed when the lock is gone
        let mut entries = self.entries.lock();
        entries.bytes += query.bytes();
        entries.queries.push_back(query);
        while entries.bytes > LOG_BYTES_MAX
            && let Some(oldest) = entries.queries.pop_front()
        {
            entries.bytes -= oldest.bytes();
            forgotten.push(oldest);
        }
        drop(entries);
    }

    /// What is known, in the order in which they ended.
    pub fn list(&self) -> Vec<LoggedQuery> {
        self.entries.lock().queries.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::process::QueryId;
    use super::super::{Beginning, Origin};
    use super::*;
    use crate::progress::Progress;
    use crate::stop::Canceller;

    fn query(number: u128, text: &[u8]) -> LoggedQuery {
        let progress = Arc::new(Progress::new(Arc::default()));
        let beginning = Beginning {
            text,
            user: "default",
            origin: Origin::default(),
            database: "default",
            settings: &Arc::default(),
            progress: &progress,
            canceller: Canceller::default(),
        };
        LoggedQuery {
            process: Arc::new(Process::new(QueryId::Made(number), 0.0, beginning)),
            ended: Ended {
                time: SystemTime::now(),
                took: Duration::ZERO,
                error: None,
                read: (0, 0),
                written: (0, 0),
                result: (0, 0),
                events: Vec::new(),
            },
        }
    }

    #[test]
    fn old_queries_are_forgotten() {
        const TEXT_BYTES: usize = 100_000;
        let log = QueryLog::default();
        let all = LOG_BYTES_MAX / TEXT_BYTES * 2;
        let text = vec![b'a'; TEXT_BYTES];
        for number in 0..all {
            let query = query(number as u128, &text);
            let details = query.process.details();
            log.add(query, &details);
        }
        let kept = log.list();
        assert!(
            kept.len() * TEXT_BYTES < LOG_BYTES_MAX && kept.len() > all / 3,
            "{}",
            kept.len()
        );
        let newest = query(all as u128 - 1, b"").process.query_id();
        assert_eq!(kept.last().unwrap().process.query_id(), newest);
        assert!(kept.iter().map(LoggedQuery::bytes).sum::<usize>() <= LOG_BYTES_MAX);
    }
}
