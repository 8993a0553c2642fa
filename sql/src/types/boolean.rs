//! Bool.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray};

use super::primitive::wrong_array;
use super::{ColumnReader, ColumnWriter, Cursor, DataType, TextOptions, TextStyle, TypeEntry};
use crate::error::{Code, Error, Result};

/// The family Bool.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "Bool",
    aliases: &["bool", "boolean"],
    case_insensitive: true,
    parse: |arguments| arguments.none(DataType::Bool),
};

/// Words for true and false, in any letter case, besides the two of the settings.
const WORDS: &[(&[u8], bool)] = &[
    (b"enabled", true),
    (b"disabled", false),
    (b"enable", true),
    (b"disable", false),
    (b"false", false),
    (b"true", true),
    (b"yes", true),
    (b"off", false),
    (b"no", false),
    (b"on", true),
    (b"t", true),
    (b"f", false),
    (b"y", true),
    (b"n", false),
    (b"1", true),
    (b"0", false),
];

/// [`WORDS`] as messages list them.
const WORDS_SHOWN: &str = "True/False/T/F/Y/N/Yes/No/On/Off/Enable/Disable/Enabled/Disabled/1/0";

/// Collects values of Bool.
pub(super) struct BoolReader {
    values: Vec<bool>,
    options: TextOptions,
}

impl BoolReader {
    pub(super) fn new(options: &TextOptions) -> BoolReader {
        BoolReader {
            values: Vec::new(),
            options: options.clone(),
        }
    }

    fn read(&self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<bool> {
        match style {
            TextStyle::Json => read_json(cursor),
            TextStyle::Quoted => read_quoted(cursor),
            _ => self.read_word(cursor, style),
        }
    }

    fn read_word(&self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<bool> {
        let start = cursor.clone();
        let delimiter = self.options.csv_delimiter;
        let word = cursor.take_until(|byte| match style {
            TextStyle::Csv => byte == delimiter || byte == b'\n' || byte == b'\r',
            TextStyle::Plain => false,
            _ => byte == b'\t' || byte == b'\n',
        });
        let word = if style == TextStyle::Csv {
            word.trim_ascii_end()
        } else {
            word
        };
        if word == self.options.bool_true.as_bytes() {
            return Ok(true);
        }
        if word == self.options.bool_false.as_bytes() {
            return Ok(false);
        }
        let found = WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
        found.map(|(_, value)| *value).ok_or_else(|| {
            let got = start.context().unwrap_or_default();
            let message = format!(
                "Cannot parse boolean value here: '{got}', should be '{}' or '{}' controlled by setting \
                 bool_true_representation and bool_false_representation or one of \
                 {WORDS_SHOWN}",
                self.options.bool_true, self.options.bool_false
            );
            Error::new(Code::CANNOT_PARSE_BOOL, message)
        })
    }
}

fn read_json(cursor: &mut Cursor<'_>) -> Result<bool> {
    let (word, value): (&[u8], bool) = match cursor.peek() {
        Some(b'1') => (b"1", true),
        Some(b'0') => (b"0", false),
        Some(b't') => (b"true", true),
        Some(b'f') => (b"false", false),
        Some(other) => {
            let message = format!(
                "Invalid boolean value, should be true/false, 1/0, but it starts with the '{}' character",
                char::from(other)
            );
            return Err(Error::new(Code::CANNOT_PARSE_BOOL, message));
        }
        None => return Err(Error::new(Code::ATTEMPT_TO_READ_AFTER_EOF, "Attempt to read after eof")),
    };
    cursor.expect_text(word)?;
    Ok(value)
}

fn read_quoted(cursor: &mut Cursor<'_>) -> Result<bool> {
    let found = [(&b"true"[..], true), (b"false", false), (b"1", true), (b"0", false)]
        .into_iter()
        .find(|(word, _)| cursor.eat_word(word));
    found.map(|(_, value)| value).ok_or_else(|| {
        let got = cursor.context().unwrap_or_default();
        let message = format!(
            "Cannot parse boolean value here: '{got}', should be true/false, 1/0 or on of {WORDS_SHOWN} in quotes"
        );
        Error::new(Code::CANNOT_PARSE_BOOL, message)
    })
}

impl ColumnReader for BoolReader {
    fn read_text(&mut self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<()> {
        let value = self.read(cursor, style)?;
        self.values.push(value);
        Ok(())
    }

    fn read_binary(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        let [byte] = cursor.take_array()?;
        self.values.push(byte != 0);
        Ok(())
    }

    fn push_default(&mut self) {
        self.values.push(false);
    }

    fn len(&self) -> usize {
        self.values.len()
    }

    fn truncate(&mut self, len: usize) {
        self.values.truncate(len);
    }

    fn bytes(&self) -> usize {
        self.values.len()
    }

    fn finish(&mut self) -> ArrayRef {
        Arc::new(BooleanArray::from(std::mem::take(&mut self.values)))
    }
}

/// Writes values of Bool.
pub(super) struct BoolWriter {
    array: BooleanArray,
    options: TextOptions,
}

impl BoolWriter {
    pub(super) fn new(array: &ArrayRef, options: &TextOptions) -> Result<BoolWriter> {
        let values = array
            .as_boolean_opt()
            .ok_or_else(|| wrong_array(array, &DataType::Bool.arrow()))?;
        Ok(BoolWriter {
            array: values.clone(),
            options: options.clone(),
        })
    }
}

impl ColumnWriter for BoolWriter {
    fn write_text(&self, row: usize, style: TextStyle, out: &mut Vec<u8>) {
        let value = self.array.value(row);
        let text = match style {
            TextStyle::Json | TextStyle::Quoted => {
                if value {
                    "true"
                } else {
                    "false"
                }
            }
            _ if value => &self.options.bool_true,
            _ => &self.options.bool_false,
        };
        out.extend_from_slice(text.as_bytes());
    }

    fn write_binary(&self, row: usize, out: &mut Vec<u8>) {
        out.push(u8::from(self.array.value(row)));
    }
}
