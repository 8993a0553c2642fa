//! [`Cells`]: the rows of a result as JSON objects and arrays.

use gristmill_engine::HeaderColumn;
use gristmill_sql::types::{ColumnWriter, Indent, TextStyle, write_json_string};

use crate::formats::FormatSettings;
use crate::formats::row_output::Row;

/// What becomes of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// JSON of their type.
    Typed,
    /// Strings, whatever their type.
    Strings,
}

/// Writes rows.
pub struct Cells {
    /// Names as JSON strings.
    keys: Vec<Vec<u8>>,
    values: Values,
    escape_slashes: bool,
    /// A value as text, before it becomes a string.
    text: Vec<u8>,
}

impl Cells {
    /// For rows of these columns.
    pub fn new(header: &[HeaderColumn], values: Values, settings: &FormatSettings) -> Cells {
        let escape_slashes = settings.text.json_escape_forward_slashes;
        let key = |column: &HeaderColumn| string(&column.name, escape_slashes);
        Cells {
            keys: header.iter().map(key).collect(),
            values,
            escape_slashes,
            text: Vec::new(),
        }
    }

    /// A column's name.
    pub fn key(&self, column: usize) -> &[u8] {
        &self.keys[column]
    }

    /// One value on one line.
    pub fn value(&mut self, column: &dyn ColumnWriter, row: usize, out: &mut Vec<u8>) {
        match self.values {
            Values::Typed => column.write_text(row, TextStyle::Json, out),
            Values::Strings => {
                self.text.clear();
                column.write_text(row, TextStyle::Plain, &mut self.text);
                write_json_string(&self.text, self.escape_slashes, out);
            }
        }
    }

    /// `{"a":1,"b":2}`, without the column `left_out`.
    pub fn object(&mut self, row: &Row<'_>, left_out: Option<usize>, out: &mut Vec<u8>) {
        out.push(b'{');
        let mut first = true;
        for (index, column) in row.columns.iter().enumerate() {
            if Some(index) == left_out {
                continue;
            }
            if !first {
                out.push(b',');
            }
            first = false;
            out.extend_from_slice(&self.keys[index]);
            out.push(b':');
            self.value(column.as_ref(), row.at, out);
        }
        out.push(b'}');
    }

    /// `[1, 2]`
    pub fn array(&mut self, row: &Row<'_>, out: &mut Vec<u8>) {
        out.push(b'[');
        for (index, column) in row.columns.iter().enumerate() {
            if index > 0 {
                out.extend_from_slice(b", ");
            }
            self.value(column.as_ref(), row.at, out);
        }
        out.push(b']');
    }

    /// An object with a field on each line; values take lines of their own too if `pretty`.
    pub fn lines(&mut self, row: &Row<'_>, indent: Indent, pretty: bool, out: &mut Vec<u8>) {
        out.push(b'{');
        let inner = indent.deeper();
        for (index, column) in row.columns.iter().enumerate() {
            out.extend_from_slice(if index == 0 { b"\n" } else { b",\n" });
            inner.write(out);
            out.extend_from_slice(&self.keys[index]);
            out.extend_from_slice(b": ");
            if pretty && self.values == Values::Typed {
                column.write_json_indented(row.at, inner, out);
            } else {
                self.value(column.as_ref(), row.at, out);
            }
        }
        out.push(b'\n');
        indent.write(out);
        out.push(b'}');
    }
}

/// A text as a JSON string.
pub fn string(text: &str, escape_slashes: bool) -> Vec<u8> {
    let mut out = Vec::new();
    write_json_string(text.as_bytes(), escape_slashes, &mut out);
    out
}

/// Puts U+FFFD in the place of bytes that are not UTF-8, from `start` on.
pub fn replace_invalid_utf8(start: usize, out: &mut Vec<u8>) {
    if std::str::from_utf8(&out[start..]).is_ok() {
        return;
    }
    let valid = String::from_utf8_lossy(&out[start..]).into_owned();
    out.truncate(start);
    out.extend_from_slice(valid.as_bytes());
}
