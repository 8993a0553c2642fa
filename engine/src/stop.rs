//! What ends a running statement early: its client, or its time limit.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use gristmill_sql::Code;
use tokio::sync::Notify;

use crate::error::{Error, Result};

/// Stops a session's running statement from another thread. Clones stop the same session.
#[derive(Clone, Debug, Default)]
pub struct Canceller(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_cancelled: AtomicBool,
    cancelled: Notify,
}

impl Canceller {
    /// Stops what runs: it ends with QUERY_WAS_CANCELLED where it next waits for rows.
    pub fn cancel(&self) {
        self.0.is_cancelled.store(true, Ordering::Release);
        self.0.cancelled.notify_waiters();
    }

    /// The next statement has not been cancelled.
    pub(crate) fn reset(&self) {
        self.0.is_cancelled.store(false, Ordering::Release);
    }

    async fn cancelled(&self) {
        let notified = self.0.cancelled.notified(); // before the flag is read, so that no call is missed
        if !self.0.is_cancelled.load(Ordering::Acquire) {
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

impl StopSign {
    /// `work`, or the error of what came first.
    pub async fn or<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let late = async {
            match self.deadline {
                Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.canceller.cancelled() => Err(Error::new(Code::QUERY_WAS_CANCELLED, "Query was cancelled")),
            () = late => Err(Error::new(Code::TIMEOUT_EXCEEDED, "Timeout exceeded: the query ran longer than max_execution_time")),
            done = work => Ok(done),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

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
        sign.canceller.reset();
        assert!(run(&sign, 1).is_ok());
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
