//! Functions of arrays.

pub(super) mod higher_order;

use super::Function;

/// See [`super::FOLDERS`].
pub(super) const FUNCTIONS: &[Function] = &[];
