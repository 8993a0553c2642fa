//! Dates plus and minus numbers, intervals and other dates.

use crate::error::Result;
use crate::functions::Context;
use crate::functions::function::{Argument, Bound};

pub fn plus(_arguments: &[Argument], _context: &Context) -> Result<Option<Bound>> {
    Ok(None)
}

pub fn minus(_arguments: &[Argument], _context: &Context) -> Result<Option<Bound>> {
    Ok(None)
}
