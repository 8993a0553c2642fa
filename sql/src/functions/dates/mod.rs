//! Functions of dates and times.

pub(super) mod calendar;

use super::Function;

/// See [`super::FOLDERS`].
pub(super) const FUNCTIONS: &[Function] = &[];
