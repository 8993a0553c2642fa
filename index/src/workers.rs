//! Work cut into pieces, shared by a bounded number of threads, and stopped between two pieces.

use crate::{Error, Result};
use parking_lot::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The threads that one search may keep busy at a time, and the question whether it should go on.
///
/// The threads are those of the current rayon pool, so that all searches together run no more than it has. Work on a
/// piece may hand out pieces of its own: threads that have run out of pieces join wherever some are left.
pub struct Workers<'a> {
    /// Threads that may join beside the caller's.
    idle: AtomicUsize,
    stopped: &'a (dyn Fn() -> bool + Sync),
}

impl<'a> Workers<'a> {
    /// At most `threads` at a time, the caller's among them. `stopped` is asked before each piece.
    pub fn new(threads: usize, stopped: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self {
            idle: AtomicUsize::new(threads.saturating_sub(1)),
            stopped,
        }
    }

    /// All threads of the pool, until everything is done.
    pub fn unbounded() -> Workers<'static> {
        Workers::new(rayon::current_num_threads(), &|| false)
    }

    /// The results of `work` on the pieces `0..count`, in their order. Fails with [`Error::Stopped`], and only with it.
    pub fn map<T: Send>(&self, count: usize, work: impl Fn(usize) -> T + Sync) -> Result<Vec<T>> {
        // Many parts are one piece each: no list is kept for that.
        if count == 1 && !(self.stopped)() {
            return Ok(vec![work(0)]);
        }
        let pieces = Pieces {
            count,
            next: AtomicUsize::new(0),
            done: Mutex::new(Vec::with_capacity(count)),
            work,
        };
        match count {
            0 | 1 => self.drain(&pieces, || {}),
            _ => rayon::in_place_scope(|scope| self.share(&pieces, scope)),
        }
        let mut done = pieces.done.into_inner();
        if done.len() < count {
            return Err(Error::Stopped);
        }
        done.sort_unstable_by_key(|(piece, _)| *piece);
        Ok(done.into_iter().map(|(_, result)| result).collect())
    }

    /// Works on pieces until none is left, and calls idle threads to help.
    fn share<'s, T, W>(&'s self, pieces: &'s Pieces<T, W>, scope: &rayon::Scope<'s>)
    where
        T: Send,
        W: Fn(usize) -> T + Sync,
    {
        self.drain(pieces, || {
            if pieces.left() > 0 && self.take_idle() {
                scope.spawn(move |scope| {
                    self.share(pieces, scope);
                    self.idle.fetch_add(1, Ordering::Relaxed);
                });
            }
        });
    }

    fn drain<T, W: Fn(usize) -> T>(&self, pieces: &Pieces<T, W>, before_each: impl Fn()) {
        while !(self.stopped)() {
            let piece = pieces.next.fetch_add(1, Ordering::Relaxed);
            if piece >= pieces.count {
                return;
            }
            before_each();
            let result = (pieces.work)(piece);
            pieces.done.lock().push((piece, result));
        }
    }

    fn take_idle(&self) -> bool {
        let fewer = |idle: usize| idle.checked_sub(1);
        self.idle
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer)
            .is_ok()
    }
}

struct Pieces<T, W> {
    count: usize,
    next: AtomicUsize,
    done: Mutex<Vec<(usize, T)>>,
    work: W,
}

impl<T, W> Pieces<T, W> {
    fn left(&self) -> usize {
        self.count.saturating_sub(self.next.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;
    use std::time::Duration;

    /// The most threads that were busy at once while `threads` worked on pieces that hand out pieces themselves.
    fn busy_at_most(threads: usize) -> usize {
        let (busy, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let workers = Workers::new(threads, &|| false);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(8).build().unwrap();
        let sums = pool.install(|| {
            workers.map(5, |outer| {
                let inner = workers.map(6, |inner| {
                    most.fetch_max(busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(2));
                    busy.fetch_sub(1, Ordering::SeqCst);
                    outer * 10 + inner
                });
                inner.unwrap()
            })
        });
        let wanted: Vec<Vec<usize>> = (0..5)
            .map(|outer| (0..6).map(|inner| outer * 10 + inner).collect())
            .collect();
        assert_eq!(sums.unwrap(), wanted);
        most.into_inner()
    }

    #[test]
    fn no_more_threads_than_allowed_are_busy() {
        assert_eq!(busy_at_most(1), 1);
        assert!((2..=3).contains(&busy_at_most(3)));
    }

    #[test]
    fn nothing_to_do_is_done() {
        assert_eq!(Workers::unbounded().map(0, |piece| piece), Ok(Vec::new()));
    }

    #[test]
    fn it_stops_between_two_pieces() {
        let stop = AtomicBool::new(false);
        let stopped = || stop.load(Ordering::Relaxed);
        let workers = Workers::new(1, &stopped);
        let begun = AtomicUsize::new(0);
        let answer = workers.map(100, |piece| {
            begun.fetch_add(1, Ordering::Relaxed);
            stop.store(piece == 3, Ordering::Relaxed);
        });
        assert_eq!(answer, Err(Error::Stopped));
        assert_eq!(begun.into_inner(), 4);
    }
}
