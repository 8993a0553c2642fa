//! Placeholder.

use super::Function;

/// See [`super::FOLDERS`].
pub(super) const FUNCTIONS: &[Function] = &[];
