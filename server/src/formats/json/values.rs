//! Rows out of JSON objects and arrays.

use gristmill_sql::types::{Cursor, TextStyle, read_json_string, skip_value};
use gristmill_sql::{Code, Error, Result};

use super::cells::Values;
use crate::formats::column_set::ColumnSet;
use crate::formats::header_row::Fields;

/// Reads an object's fields into the columns of their names. `format` is for messages.
pub fn read_object(
    cursor: &mut Cursor<'_>,
    columns: &mut ColumnSet,
    values: Values,
    skip_unknown_fields: bool,
) -> Result<()> {
    cursor.expect(b'{')?;
    cursor.skip_whitespace();
    let mut first = true;
    let mut key = Vec::new();
    while !cursor.eat(b'}') {
        if cursor.at_end() {
            let message = "Unexpected end of stream while parsing JSONEachRow format";
            return Err(Error::new(Code::CANNOT_READ_ALL_DATA, message));
        }
        if !first {
            cursor.expect(b',')?;
            cursor.skip_whitespace();
        }
        first = false;
        key.clear();
        read_json_string(cursor, &mut key)?;
        cursor.skip_whitespace();
        cursor.expect(b':')?;
        cursor.skip_whitespace();
        read_field(&key, cursor, columns, values, skip_unknown_fields)?;
        cursor.skip_whitespace();
    }
    Ok(())
}

fn read_field(
    key: &[u8],
    cursor: &mut Cursor<'_>,
    columns: &mut ColumnSet,
    values: Values,
    skip_unknown_fields: bool,
) -> Result<()> {
    let shown = || String::from_utf8_lossy(key).into_owned();
    match columns.find(key) {
        // Of a name that comes twice the first value counts.
        Some(column) if !columns.is_given(column) => read_value(column, cursor, columns, values).map_err(|error| {
            let message = format!("{}: (while reading the value of key {})", error.message, shown());
            Error::new(error.code, message)
        }),
        None if !skip_unknown_fields => {
            let message = format!("Unknown field found while parsing JSONEachRow format: {}", shown());
            Err(Error::new(Code::INCORRECT_DATA, message))
        }
        _ => skip_value(cursor).map(|_| ()),
    }
}

/// Reads one value into a column.
pub fn read_value(column: usize, cursor: &mut Cursor<'_>, columns: &mut ColumnSet, values: Values) -> Result<()> {
    match values {
        Values::Typed => columns.read(column, cursor, TextStyle::Json),
        Values::Strings => {
            let mut text = Vec::new();
            read_json_string(cursor, &mut text)?;
            columns.read_whole(column, &text)
        }
    }
}

/// Reads `[value, value]` into the columns of its fields. If `variable`, fields may miss at the end, and more may
/// follow.
pub fn read_array(
    cursor: &mut Cursor<'_>,
    columns: &mut ColumnSet,
    fields: &Fields,
    values: Values,
    variable: bool,
) -> Result<()> {
    cursor.expect(b'[')?;
    for (index, column) in fields.iter().enumerate() {
        cursor.skip_whitespace();
        if variable && cursor.peek() == Some(b']') {
            break;
        }
        if index > 0 {
            cursor.expect(b',')?;
            cursor.skip_whitespace();
        }
        match column {
            Some(column) => read_value(*column, cursor, columns, values)?,
            None => {
                skip_value(cursor)?;
            }
        }
    }
    cursor.skip_whitespace();
    while variable && cursor.eat(b',') {
        cursor.skip_whitespace();
        skip_value(cursor)?;
        cursor.skip_whitespace();
    }
    cursor.expect(b']')
}

/// Reads the strings of an array.
pub fn read_strings(cursor: &mut Cursor<'_>) -> Result<Vec<Vec<u8>>> {
    let mut strings = Vec::new();
    cursor.skip_whitespace();
    cursor.expect(b'[')?;
    cursor.skip_whitespace();
    while !cursor.eat(b']') {
        if !strings.is_empty() {
            cursor.expect(b',')?;
            cursor.skip_whitespace();
        }
        let mut text = Vec::new();
        read_json_string(cursor, &mut text)?;
        strings.push(text);
        cursor.skip_whitespace();
    }
    Ok(strings)
}
