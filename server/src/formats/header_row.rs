//! The rows of names and types before the data, and which column each field of the data belongs to.

use gristmill_sql::types::{Cursor, DataType};
use gristmill_sql::{Code, Error, Result};

use super::FormatSettings;
use super::column_set::ColumnSet;

/// For each field of a row the column it goes to; `None` is passed over.
pub type Fields = Vec<Option<usize>>;

/// The rows before the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderRows {
    /// None.
    None,
    /// The columns' names.
    Names,
    /// The columns' names, then their types.
    NamesAndTypes,
}

/// The fields of data without names: the columns in order.
pub fn in_order(columns: &ColumnSet) -> Fields {
    (0..columns.header().len()).map(Some).collect()
}

/// The fields of data with these names.
pub fn by_name(names: &[Vec<u8>], columns: &ColumnSet, settings: &FormatSettings) -> Result<Fields> {
    if !settings.with_names_use_header {
        return Ok(in_order(columns));
    }
    let mut fields: Fields = Vec::with_capacity(names.len());
    for name in names {
        let shown = String::from_utf8_lossy(name);
        let column = columns.find(name);
        if column.is_some() && fields.contains(&column) {
            let message = format!("Duplicate field found while parsing format header: {shown}: (while reading header)");
            return Err(Error::new(Code::INCORRECT_DATA, message));
        }
        if column.is_none() && !settings.skip_unknown_fields {
            let message = format!(
                "Unknown field found in format header: '{shown}' at position {}",
                fields.len()
            );
            return Err(Error::new(Code::INCORRECT_DATA, message));
        }
        fields.push(column);
    }
    Ok(fields)
}

/// Checks the types of data that names them.
pub fn check_types(types: &[Vec<u8>], fields: &Fields, columns: &ColumnSet, settings: &FormatSettings) -> Result<()> {
    if !settings.with_types_use_header {
        return Ok(());
    }
    if types.len() != fields.len() {
        let message = "The number of data types differs from the number of column names in input data";
        return Err(Error::new(Code::INCORRECT_DATA, message));
    }
    for (given, column) in types.iter().zip(fields) {
        let Some(expected) = column.map(|column| &columns.header()[column]) else {
            continue;
        };
        let given = String::from_utf8_lossy(given);
        if DataType::parse(&given).ok().as_ref() != Some(&expected.data_type) {
            let message = format!(
                "Type of '{}' must be {}, not {given}: (while reading header)",
                expected.name, expected.data_type
            );
            return Err(Error::new(Code::INCORRECT_DATA, message));
        }
    }
    Ok(())
}

/// The fields that a first row of data without a header chooses, if it is one all the same: it has the columns' names,
/// and perhaps their types follow. `line` reads a row as text.
pub fn detect(
    cursor: &mut Cursor<'_>,
    columns: &ColumnSet,
    settings: &FormatSettings,
    line: impl Fn(&mut Cursor<'_>) -> Result<Vec<Vec<u8>>>,
) -> Result<Option<Fields>> {
    let mut ahead = cursor.clone();
    let names = line(&mut ahead).unwrap_or_default();
    if names.is_empty() || names.iter().any(|name| columns.find(name).is_none()) {
        return Ok(None);
    }
    let fields = by_name(&names, columns, settings)?;
    *cursor = ahead.clone();
    let types = line(&mut ahead).unwrap_or_default();
    let strict = FormatSettings {
        with_types_use_header: true,
        ..settings.clone()
    };
    if check_types(&types, &fields, columns, &strict).is_ok() {
        *cursor = ahead;
    }
    Ok(Some(fields))
}
