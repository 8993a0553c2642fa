//! What the cache remembers of entries that it had to throw out: enough to tell that it is too small.

use super::CacheKey;
use std::collections::VecDeque;

/// Entries that are remembered; the first to go are forgotten first.
const GHOSTS_MAX: usize = 1024;

/// An entry that is no longer there.
#[derive(Debug)]
pub struct Ghost {
    pub key: CacheKey,
    pub bytes: u64,
    /// As in the entry.
    pub last_used: u64,
}

/// The last ones.
#[derive(Debug, Default)]
pub struct Ghosts(VecDeque<Ghost>);

impl Ghosts {
    pub fn add(&mut self, ghost: Ghost) {
        if self.0.len() == GHOSTS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(ghost);
    }

    /// Its entry is loaded again.
    pub fn take(&mut self, key: &CacheKey) -> Option<Ghost> {
        let place = self.0.iter().position(|ghost| ghost.key == *key)?;
        self.0.remove(place)
    }

    pub fn forget_part(&mut self, part: u64) {
        self.0.retain(|ghost| ghost.key.part != part);
    }

    pub fn bytes_used_since(&self, time: u64) -> u64 {
        let since = self.0.iter().filter(|ghost| ghost.last_used >= time);
        since.map(|ghost| ghost.bytes).sum()
    }
}
