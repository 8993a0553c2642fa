//! What happens to a query whose client has gone: one that only reads is cancelled, instead of computing for nobody.

use gristmill_engine::Canceller;

/// Says that the client has gone when dropped before its answer was complete.
pub struct Abandon(Option<Canceller>);

impl Abandon {
    /// Watches the statement that ends by this.
    pub fn of(query: Canceller) -> Abandon {
        Abandon(Some(query))
    }

    /// The answer is complete: there is nothing to cancel any more.
    pub fn disarm(&mut self) {
        self.0 = None;
    }
}

impl Drop for Abandon {
    fn drop(&mut self) {
        if let Some(query) = self.0.take() {
            query.abandon();
        }
    }
}
