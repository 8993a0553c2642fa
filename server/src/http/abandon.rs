//! What happens to a query whose client has gone: it is cancelled, instead of computing for nobody.

use std::sync::{Arc, OnceLock};

use gristmill_engine::Canceller;

/// The thread's half: tells what to cancel, once that is known.
#[derive(Clone, Default)]
pub struct Running(Arc<OnceLock<Canceller>>);

impl Running {
    /// The query runs now.
    pub fn begin(&self, canceller: Canceller) {
        let _ = self.0.set(canceller); // set once: there is one query to a request
    }

    /// The connection's half.
    pub fn guard(&self) -> Abandon {
        Abandon(Some(self.0.clone()))
    }
}

/// Cancels the query when dropped before its answer was complete.
pub struct Abandon(Option<Arc<OnceLock<Canceller>>>);

impl Abandon {
    /// The answer is complete: there is nothing to cancel any more.
    pub fn disarm(&mut self) {
        self.0 = None;
    }
}

impl Drop for Abandon {
    fn drop(&mut self) {
        if let Some(canceller) = self.0.take().as_deref().and_then(OnceLock::get) {
            canceller.cancel();
        }
    }
}
