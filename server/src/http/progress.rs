//! `X-ClickHouse-Progress`: headers that tell how far the query was, every so often, before the answer began.
//!
//! ClickHouse sends each as it happens. Here the head goes out in one, so they arrive together.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use gristmill_engine::Progress;

use crate::statement::{Counts, Summary};

/// Clients take some hundred headers of all kinds: when there are more, every second is left out from then on.
const LINES_MAX: usize = 32;
/// No more often than this, whatever the setting says.
const INTERVAL_MIN: Duration = Duration::from_millis(1);

/// The counters of a query, once it has some.
pub type Counters = Arc<OnceLock<Arc<Progress>>>;

/// Writes headers down until the answer is there.
pub struct ProgressLines {
    counters: Counters,
    interval: Duration,
    began: Instant,
    lines: Vec<String>,
}

impl ProgressLines {
    /// A line each `interval`.
    pub fn new(counters: Counters, interval: Duration) -> Self {
        ProgressLines {
            counters,
            interval: interval.max(INTERVAL_MIN),
            began: Instant::now(),
            lines: Vec::new(),
        }
    }

    /// Waits for `answer`; gives it and the lines.
    pub async fn until<T>(mut self, answer: impl Future<Output = T>) -> (T, Vec<String>) {
        let mut answer = std::pin::pin!(answer);
        loop {
            tokio::select! {
                biased;
                answer = &mut answer => return (answer, self.lines),
                () = tokio::time::sleep(self.interval) => self.add(),
            }
        }
    }

    fn add(&mut self) {
        let Some(progress) = self.counters.get() else { return };
        if self.lines.len() == LINES_MAX {
            let mut index = 0;
            self.lines.retain(|_| {
                index += 1;
                index % 2 == 0
            });
            self.interval *= 2;
        }
        let summary = Summary {
            progress,
            result: Counts::default(),
            elapsed: self.began.elapsed(),
        };
        self.lines.push(summary.json());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gristmill_engine::{Engine, EngineOptions};

    #[tokio::test]
    async fn there_are_never_too_many_lines() {
        let counters = Counters::default();
        let engine = Engine::open(EngineOptions::default()).unwrap();
        counters.set(engine.session().progress()).unwrap();
        let mut lines = ProgressLines::new(counters, Duration::from_millis(10));
        (0..LINES_MAX + 1).for_each(|_| lines.add());
        assert_eq!(lines.lines.len(), LINES_MAX / 2 + 1);
        assert_eq!(lines.interval, Duration::from_millis(20));
        let wait = tokio::time::sleep(Duration::from_millis(50));
        let ((), lines) = lines.until(wait).await;
        assert!(lines.len() > LINES_MAX / 2 + 1 && lines[0].contains("read_rows"));
    }
}
