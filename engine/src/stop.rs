//! What ends a running statement early: its client, or its time limit.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gristmill_sql::Code;
use tokio::sync::Notify;

use crate::error::{Error, Result};
use crate::settings::Settings;

/// How long a sleeping statement may overlook that it has to end.
const SLEEP_STEP: Duration = Duration::from_millis(10);

/// Stops one statement from another thread. Clones stop the same statement.
#[derive(Clone, Debug, Default)]
pub struct Canceller(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_cancelled: AtomicBool,
    cancelled: Notify,
    /// It writes, and goes on without its client.
    outlives_client: AtomicBool,
}

impl Canceller {
    /// Stops the statement: it ends with QUERY_WAS_CANCELLED where it next waits for rows.
    pub fn cancel(&self) {
        self.0.is_cancelled.store(true, Ordering::Release);
        self.0.cancelled.notify_waiters();
    }

    /// Its client has gone: stops the statement if it only reads.
    pub fn abandon(&self) {
        if !self.0.outlives_client.load(Ordering::Acquire) {
            self.cancel();
        }
    }

    /// From here on nobody need wait for the statement.
    pub(crate) fn outlive_client(&self) {
        self.0.outlives_client.store(true, Ordering::Release);
    }

    /// Whether it was told to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled.load(Ordering::Acquire)
    }

    async fn cancelled(&self) {
        let notified = self.0.cancelled.notified(); // before the flag is read, so that no call is missed
        if !self.is_cancelled() {
            notified.await;
        }
    }
}

/// When a statement has to end.
#[derive(Clone, Debug, Default)]
pub struct StopSign {
    /// Its client's word.
    pub canceller: Canceller,
    /// `max_execution_time` after its beginning, if there is a limit.
    pub deadline: Option<Instant>,
}

impl From<Canceller> for StopSign {
    /// The sign of a statement without a time limit.
    fn from(canceller: Canceller) -> Self {
        let deadline = None;
        Self { canceller, deadline }
    }
}

impl StopSign {
    /// The sign of a statement that began at `started`, with its settings' `max_execution_time`.
    pub fn new(canceller: Canceller, settings: &Settings, started: Instant) -> Self {
        let limit = Duration::try_from_secs_f64(settings.float("max_execution_time")).ok();
        let deadline = limit
            .filter(|limit| !limit.is_zero())
            .and_then(|limit| started.checked_add(limit));
        Self { canceller, deadline }
    }

    /// Whether the statement has to end.
    pub fn is_up(&self) -> bool {
        self.check().is_err()
    }

    /// The error that a statement ends with, if it has to end.
    pub fn check(&self) -> Result<()> {
        if self.canceller.is_cancelled() {
            return Err(cancelled());
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(late()),
            _ => Ok(()),
        }
    }

    /// Sleeps for so long, or until the statement has to end. Blocks the calling thread.
    pub fn sleep(&self, length: Duration) -> Result<()> {
        let begun = Instant::now();
        while let Some(left) = length.checked_sub(begun.elapsed()).filter(|left| !left.is_zero()) {
            self.check()?;
            std::thread::sleep(left.min(SLEEP_STEP));
        }
        Ok(())
    }

    /// `work`, or the error of what came first.
    pub async fn or<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let until_late = async {
            match self.deadline {
                Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.canceller.cancelled() => Err(cancelled()),
            () = until_late => Err(late()),
            done = work => Ok(done),
        }
    }
}

fn cancelled() -> Error {
    Error::new(Code::QUERY_WAS_CANCELLED, "Query was cancelled")
}

fn late() -> Error {
    let message = "Timeout exceeded: the query ran longer than max_execution_time";
    Error::new(Code::TIMEOUT_EXCEEDED, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(sign: &StopSign, millis: u64) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(sign.or(async { tokio::time::sleep(Duration::from_millis(millis)).await }))
    }

    #[test]
    fn undisturbed_work_ends() {
        assert!(run(&StopSign::default(), 1).is_ok());
    }

    #[test]
    fn a_client_may_cancel_before_and_meanwhile() {
        let sign = StopSign::default();
        let canceller = sign.canceller.clone();
        let thread = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            canceller.cancel();
        });
        assert_eq!(run(&sign, 60_000).unwrap_err().code(), Code::QUERY_WAS_CANCELLED);
        thread.join().unwrap();
        assert_eq!(run(&sign, 60_000).unwrap_err().code(), Code::QUERY_WAS_CANCELLED);
    }

    #[test]
    fn a_sleep_ends_in_time_or_with_the_statement() {
        let begun = Instant::now();
        StopSign::default().sleep(Duration::from_millis(30)).unwrap();
        assert!(begun.elapsed() >= Duration::from_millis(30));
        let sign = StopSign::default();
        let canceller = sign.canceller.clone();
        let thread = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            canceller.cancel();
        });
        let error = sign.sleep(Duration::from_secs(600)).unwrap_err();
        assert_eq!(error.code(), Code::QUERY_WAS_CANCELLED);
        thread.join().unwrap();
    }

    #[test]
    fn a_deadline_ends_work() {
        let sign = StopSign {
            deadline: Some(Instant::now()),
            ..StopSign::default()
        };
        assert_eq!(run(&sign, 60_000).unwrap_err().code(), Code::TIMEOUT_EXCEEDED);
    }
}
