//! Dates and times from and to each other and numbers.

use super::convert::{Convert, Options};
use crate::error::Result;
use crate::types::DataType;

/// The conversion, if one of the types is a date or time.
pub fn converter(_from: &DataType, _to: &DataType, _options: &Options) -> Result<Option<Convert>> {
    Ok(None)
}
