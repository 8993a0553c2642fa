//! Sparse columns: where the values stand that are no defaults, then these values alone.

use arrow::array::{ArrayRef, UInt32Array};
use gristmill_sql::types::{DataType, default_column};
use gristmill_sql::{Code, Error, Result};

use super::super::wire::Wire;
use super::read::{Budget, read_values, tuple};

/// Marks the number of defaults behind the last value.
const END: u64 = 1 << 62;

/// Memory that a default takes at most, but for FixedString.
const DEFAULT_BYTES_MAX: usize = 32;

/// How the parts of a column are laid out: a kind for each that can have its own.
#[derive(Debug)]
pub struct Kinds {
    is_sparse: bool,
    /// Of a tuple.
    elements: Vec<Kinds>,
}

impl Kinds {
    /// Reads the kinds of a column.
    pub fn read(data_type: &DataType, wire: &mut Wire<'_>) -> Result<Kinds> {
        let is_sparse = match wire.byte()? {
            0 => false,
            1 => true,
            other => {
                let message = format!("Serialization kind {other} of a column of type {data_type}");
                return Err(Error::new(Code::NOT_IMPLEMENTED, format!("{message} is not supported")));
            }
        };
        let elements = match data_type {
            DataType::Tuple(elements) => {
                let kinds = elements.iter().map(|element| Kinds::read(&element.data_type, wire));
                kinds.collect::<Result<_>>()?
            }
            _ => Vec::new(),
        };
        Ok(Kinds { is_sparse, elements })
    }
}

/// Reads values that are laid out so.
pub(super) fn read(
    data_type: &DataType,
    rows: usize,
    kinds: Option<&Kinds>,
    wire: &mut Wire<'_>,
    budget: &mut Budget,
) -> Result<ArrayRef> {
    match (kinds, data_type) {
        (Some(Kinds { is_sparse: true, .. }), _) => read_sparse(data_type, rows, wire, budget),
        (Some(kinds), DataType::Tuple(elements)) if !elements.is_empty() => {
            let columns = elements
                .iter()
                .zip(&kinds.elements)
                .map(|(element, kinds)| read(&element.data_type, rows, Some(kinds), wire, budget))
                .collect::<Result<_>>()?;
            tuple(data_type, columns, rows)
        }
        _ => read_values(data_type, rows, wire, budget),
    }
}

fn read_sparse(data_type: &DataType, rows: usize, wire: &mut Wire<'_>, budget: &mut Budget) -> Result<ArrayRef> {
    let width = match data_type.bare() {
        DataType::FixedString(size) => *size,
        _ => DEFAULT_BYTES_MAX,
    };
    budget.take(width.saturating_mul(rows))?;
    // Value 0 is the default, the others are those that were sent.
    let mut places = vec![0u32; rows];
    let mut values = 0u32;
    let mut row = 0;
    loop {
        let group = wire.var_uint()?;
        row += (group & !END).min(rows as u64 + 1) as usize;
        if group & END != 0 {
            break;
        }
        let Some(place) = places.get_mut(row) else {
            return Err(beyond(rows));
        };
        values += 1;
        *place = values;
        row += 1;
    }
    if row != rows {
        return Err(beyond(rows));
    }
    let sent = read_values(data_type, values as usize, wire, budget)?;
    let all = arrow::compute::concat(&[&default_column(data_type, 1), &sent])?;
    Ok(arrow::compute::take(&all, &UInt32Array::from(places), None)?)
}

fn beyond(rows: usize) -> Error {
    let message = format!("The places of a sparse column are not those of {rows} rows");
    Error::new(Code::INCORRECT_DATA, message)
}
