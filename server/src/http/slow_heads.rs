//! A connection whose requests begin in time: the head of one may not trickle in for ever.
//!
//! hyper's limit on a head runs while a kept connection is idle as well, so it must be long. This one runs from a head's
//! first byte to its last.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// Counts where requests begin and end: it is odd while one is served.
#[derive(Clone, Default)]
pub struct Served(Arc<AtomicU64>);

/// A request that is served, until this is dropped.
pub struct Serving(Arc<AtomicU64>);

impl Served {
    /// The head of a request was read.
    pub fn enter(&self) -> Serving {
        self.0.fetch_add(1, Ordering::Relaxed);
        Serving(self.0.clone())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// `inner`, which fails where the head of a request takes too long.
pub struct SlowHeads<T> {
    inner: T,
    head_max: Duration,
    served: Served,
    /// What `served` was when something was read last.
    seen: u64,
    /// When the first byte of a head came.
    began: Option<Instant>,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl<T> SlowHeads<T> {
    /// A head may take `head_max`; `served` tells when one is complete.
    pub fn new(inner: T, head_max: Duration, served: Served) -> Self {
        SlowHeads {
            inner,
            head_max,
            served,
            seen: 0,
            began: None,
            waiting: None,
        }
    }

    /// Whether bytes that arrive now are those of a head.
    fn reads_head(&mut self) -> bool {
        let served = self.served.0.load(Ordering::Relaxed);
        if served != self.seen {
            self.seen = served;
            self.began = None;
            self.waiting = None;
        }
        served.is_multiple_of(2)
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for SlowHeads<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let there = buffer.filled().len();
        let result = Pin::new(&mut self.inner).poll_read(context, buffer);
        if !self.reads_head() {
            return result;
        }
        if buffer.filled().len() > there {
            self.began.get_or_insert_with(Instant::now);
        }
        let (Poll::Pending, Some(began)) = (&result, self.began) else {
            return result;
        };
        let deadline = began + self.head_max;
        let waiting = self
            .waiting
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        match waiting.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the head of a request takes too long",
            ))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for SlowHeads<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
