//! Merging parts: in the background and for OPTIMIZE.
//!
//! Start at [`Merger`], which both use. Which parts are merged is decided by `storage`; here is when, by which threads,
//! and what the system tables tell of it.

mod background;
mod expiring;
mod merger;
mod part_events;
mod permission;
mod running;
#[cfg(test)]
pub(crate) mod tests;

pub use background::Background;
pub use expiring::now;
pub use merger::{Merger, Task};
pub use running::RunningMerge;
