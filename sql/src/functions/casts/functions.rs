//! `CAST`, `toT`, `toTOrNull` and the like.

use crate::functions::Function;

/// See [`super::super::FOLDERS`].
pub const FUNCTIONS: &[Function] = &[];
