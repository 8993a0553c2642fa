//! [`Interrupt`]: whether Ctrl-C was pressed, for whoever waits for a server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gristmill_sql::{Code, Error, Result};
use tokio::signal::unix::{SignalKind, signal};

/// How often it was pressed since the last query began. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicUsize>);

impl Interrupt {
    /// Counts the signal from here on, instead of ending the process.
    pub fn listen() -> Result<Interrupt> {
        let interrupt = Interrupt::default();
        let failed = |error: std::io::Error| {
            Error::new(
                Code::CANNOT_SCHEDULE_TASK,
                format!("Cannot listen for signals: {error}"),
            )
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let mut pressed = {
            let _entered = runtime.enter();
            signal(SignalKind::interrupt()).map_err(failed)?
        };
        let counter = interrupt.clone();
        std::thread::spawn(move || {
            while runtime.block_on(pressed.recv()).is_some() {
                counter.0.fetch_add(1, Ordering::AcqRel);
            }
        });
        Ok(interrupt)
    }

    /// Forgets what was pressed.
    pub fn reset(&self) {
        self.0.store(0, Ordering::Release);
    }

    /// How often it was pressed.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }
}
