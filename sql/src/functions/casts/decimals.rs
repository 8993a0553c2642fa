//! Decimals from and to other numbers.

use super::convert::{Convert, Options};
use crate::error::Result;
use crate::types::DataType;

/// The conversion, if one of the types is Decimal.
pub fn converter(_from: &DataType, _to: &DataType, _options: &Options) -> Result<Option<Convert>> {
    Ok(None)
}
