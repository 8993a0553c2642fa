//! The columns of text files that do not say their types: taken from the first rows.

use std::io::Read;

use gristmill_engine::HeaderColumn;
use gristmill_sql::types::{Cursor, DataType, TextStyle, TupleElement, read_json_string, read_string};
use gristmill_sql::{Code, Error, Result};

use super::FormatSettings;

/// Bytes from which types are taken; ClickHouse's `input_format_max_bytes_to_read_for_schema_inference`.
const SAMPLE_BYTES_MAX: u64 = 32 << 20;

/// Values nest no deeper; types do not either.
const DEPTH_MAX: usize = 50;

/// Rows of the sample: a column's name and its guesses, row by row.
struct Sample {
    columns: Vec<(String, Guess)>,
    rows: usize,
}

/// The columns of a file of this format.
pub fn infer(format: &str, source: &mut dyn Read, settings: &FormatSettings) -> Result<Vec<HeaderColumn>> {
    let mut bytes = Vec::new();
    let read = source.take(SAMPLE_BYTES_MAX).read_to_end(&mut bytes);
    read.map_err(|error| Error::new(Code::CANNOT_READ_ALL_DATA, format!("Cannot read the data: {error}")))?;
    let cut = bytes.len() as u64 == SAMPLE_BYTES_MAX;
    let mut cursor = Cursor::new(&bytes);
    cursor.eat_text(b"\xef\xbb\xbf");
    match format {
        "JSONEachRow" => json_each_row(&mut cursor, cut, settings),
        "CSV" => delimited(&mut cursor, cut, TextStyle::Csv, None, settings),
        "CSVWithNames" => delimited(&mut cursor, cut, TextStyle::Csv, Some(false), settings),
        "CSVWithNamesAndTypes" => delimited(&mut cursor, cut, TextStyle::Csv, Some(true), settings),
        "TabSeparated" => delimited(&mut cursor, cut, TextStyle::Escaped, None, settings),
        "TabSeparatedWithNames" => delimited(&mut cursor, cut, TextStyle::Escaped, Some(false), settings),
        "TabSeparatedWithNamesAndTypes" => delimited(&mut cursor, cut, TextStyle::Escaped, Some(true), settings),
        other => Err(Error::new(
            Code::CANNOT_EXTRACT_TABLE_STRUCTURE,
            format!(
                "The table structure cannot be extracted from a {other} format file. You can specify the structure manually"
            ),
        )),
    }
}

impl Sample {
    fn new() -> Sample {
        Sample {
            columns: Vec::new(),
            rows: 0,
        }
    }

    fn add(&mut self, name: &str, guess: Guess) {
        match self.columns.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = std::mem::replace(known, Guess::Unknown).and(guess),
            None => self.columns.push((name.to_string(), guess)),
        }
    }

    fn header(self, settings: &FormatSettings) -> Result<Vec<HeaderColumn>> {
        if self.columns.is_empty() {
            let message =
                "The table structure cannot be extracted from an empty file. You can specify the structure manually";
            return Err(Error::new(Code::CANNOT_EXTRACT_TABLE_STRUCTURE, message));
        }
        let column = |(name, guess): (String, Guess)| {
            let data_type = guess.data_type(settings.inference_nullable);
            HeaderColumn { name, data_type }
        };
        Ok(self.columns.into_iter().map(column).collect())
    }
}

/// What a value may be; the least of the kinds that fit all values seen.
#[derive(Clone, Debug, PartialEq)]
enum Guess {
    /// NULL, an empty field or an empty array's element.
    Unknown,
    Bool,
    Int,
    /// Above the range of Int64.
    UInt,
    Float,
    Date,
    DateTime,
    DateTime64,
    Text,
    Array(Box<Guess>),
    Tuple(Vec<(Option<String>, Guess)>),
}

impl Guess {
    /// The kind that fits both.
    fn and(self, other: Guess) -> Guess {
        use Guess::*;
        match (self, other) {
            (same, other) if same == other => same,
            (Unknown, known) | (known, Unknown) => known,
            (Int, UInt) | (UInt, Int) => UInt,
            (Int | UInt | Float, Int | UInt | Float) => Float,
            (Date | DateTime, Date | DateTime) => DateTime,
            (Date | DateTime | DateTime64, Date | DateTime | DateTime64) => DateTime64,
            (Array(left), Array(right)) => Array(Box::new(left.and(*right))),
            (Tuple(left), Tuple(right)) => merge_tuples(left, right),
            _ => Text,
        }
    }

    fn data_type(self, nullable: bool) -> DataType {
        let data_type = match self {
            Guess::Unknown | Guess::Text => DataType::String,
            Guess::Bool => DataType::Bool,
            Guess::Int => DataType::Int64,
            Guess::UInt => DataType::UInt64,
            Guess::Float => DataType::Float64,
            Guess::Date => DataType::Date,
            Guess::DateTime => DataType::DateTime(None),
            Guess::DateTime64 => DataType::DateTime64(9, None),
            Guess::Array(item) => return DataType::Array(Box::new(item.data_type(nullable))),
            Guess::Tuple(elements) => {
                let element = |(name, guess): (Option<String>, Guess)| TupleElement {
                    name,
                    data_type: guess.data_type(nullable),
                };
                DataType::Tuple(elements.into_iter().map(element).collect())
            }
        };
        if nullable { data_type.to_nullable() } else { data_type }
    }

    /// What a bare word, number, date or array in text is.
    fn of_text(text: &str, quoted: bool) -> Guess {
        let number = || {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let integer = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            if integer && text.parse::<i64>().is_ok() {
                return Some(Guess::Int);
            }
            if integer && text.parse::<u64>().is_ok() {
                return Some(Guess::UInt);
            }
            let numeric = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') || is_named_float(digits);
            (numeric && text.parse::<f64>().is_ok()).then_some(Guess::Float)
        };
        if text.is_empty() && !quoted {
            return Guess::Unknown;
        }
        if !quoted {
            if let Some(guess) = number() {
                return guess;
            }
            if matches!(text, "true" | "false" | "True" | "False" | "TRUE" | "FALSE") {
                return Guess::Bool;
            }
        }
        if let Some(guess) = array_or_tuple(text) {
            return guess;
        }
        of_date(text).unwrap_or(Guess::Text)
    }
}

fn is_named_float(text: &str) -> bool {
    ["inf", "nan", "infinity"]
        .iter()
        .any(|name| name.eq_ignore_ascii_case(text))
}

/// Objects of different rows may have different fields.
fn merge_tuples(left: Vec<(Option<String>, Guess)>, right: Vec<(Option<String>, Guess)>) -> Guess {
    let named = left.iter().chain(&right).all(|(name, _)| name.is_some());
    if !named {
        if left.len() != right.len() {
            return Guess::Text;
        }
        let both = left
            .into_iter()
            .zip(right)
            .map(|((name, left), (_, right))| (name, left.and(right)));
        return Guess::Tuple(both.collect());
    }
    let mut merged = left;
    for (name, guess) in right {
        match merged.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = std::mem::replace(known, Guess::Unknown).and(guess),
            None => merged.push((name, guess)),
        }
    }
    Guess::Tuple(merged)
}

/// `2024-01-31`, with a time, with a fraction.
fn of_date(text: &str) -> Option<Guess> {
    let bytes = text.as_bytes();
    let shape = |pattern: &[u8], text: &[u8]| {
        pattern.len() == text.len()
            && pattern
                .iter()
                .zip(text)
                .all(|(p, t)| if *p == b'0' { t.is_ascii_digit() } else { p == t })
    };
    if shape(b"0000-00-00", bytes) {
        return Some(Guess::Date);
    }
    let (clock, rest) = (bytes.get(..19)?, &bytes[19..]);
    if !shape(b"0000-00-00 00:00:00", clock) && !shape(b"0000-00-00T00:00:00", clock) {
        return None;
    }
    let (fraction, zone) = match rest.strip_prefix(b".") {
        Some(rest) => {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            (digits > 0, &rest[digits..])
        }
        None => (false, rest),
    };
    let known_zone = zone.is_empty() || zone == b"Z" || shape(b"+00:00", zone) || shape(b"-00:00", zone);
    known_zone.then_some(if fraction { Guess::DateTime64 } else { Guess::DateTime })
}

/// `[1, 2]` and `(1, 'a')` in text formats.
fn array_or_tuple(text: &str) -> Option<Guess> {
    text.starts_with(['[', '(']).then_some(())?;
    let mut cursor = Cursor::new(text.as_bytes());
    let guess = quoted_value(&mut cursor, 0)?;
    cursor
        .at_end()
        .then_some(guess)
        .filter(|guess| matches!(guess, Guess::Array(_) | Guess::Tuple(_)))
}

fn quoted_value(cursor: &mut Cursor<'_>, depth: usize) -> Option<Guess> {
    (depth < DEPTH_MAX).then_some(())?;
    cursor.skip_whitespace();
    match cursor.peek()? {
        b'[' => {
            let items = quoted_items(cursor, b']', depth)?;
            Some(Guess::Array(Box::new(
                items.into_iter().fold(Guess::Unknown, Guess::and),
            )))
        }
        b'(' => Some(Guess::Tuple(
            quoted_items(cursor, b')', depth)?
                .into_iter()
                .map(|guess| (None, guess))
                .collect(),
        )),
        b'\'' => {
            let mut text = Vec::new();
            read_string(cursor, TextStyle::Quoted, b',', &mut text).ok()?;
            Some(Guess::of_text(&String::from_utf8_lossy(&text), true))
        }
        _ => {
            let word = cursor.take_until(|byte| matches!(byte, b',' | b']' | b')' | b' '));
            let word = std::str::from_utf8(word).ok()?;
            if word.eq_ignore_ascii_case("NULL") {
                return Some(Guess::Unknown);
            }
            let guess = Guess::of_text(word, false);
            matches!(guess, Guess::Int | Guess::UInt | Guess::Float | Guess::Bool).then_some(guess)
        }
    }
}

fn quoted_items(cursor: &mut Cursor<'_>, close: u8, depth: usize) -> Option<Vec<Guess>> {
    cursor.advance(1);
    let mut items = Vec::new();
    loop {
        cursor.skip_whitespace();
        if cursor.eat(close) {
            return Some(items);
        }
        if !items.is_empty() {
            cursor.eat(b',').then_some(())?;
        }
        items.push(quoted_value(cursor, depth + 1)?);
    }
}

/// CSV and TabSeparated. `types`: `None` without a header line, else whether a line of types follows the names.
fn delimited(
    cursor: &mut Cursor<'_>,
    cut: bool,
    style: TextStyle,
    types: Option<bool>,
    settings: &FormatSettings,
) -> Result<Vec<HeaderColumn>> {
    let delimiter = if style == TextStyle::Csv {
        settings.text.csv_delimiter
    } else {
        b'\t'
    };
    let null = if style == TextStyle::Csv {
        &settings.text.csv_null
    } else {
        &settings.text.tsv_null
    };
    let line = |cursor: &mut Cursor<'_>| line(cursor, style, delimiter, null);
    let mut names = None;
    if types.is_some() {
        names = line(cursor)?.map(texts);
    }
    if types == Some(true)
        && let (Some(names), Some(types)) = (&names, line(cursor)?.map(texts))
    {
        return typed(names, &types);
    }
    let mut rows = Vec::new();
    while rows.len() < settings.inference_rows_max {
        let read = line(cursor);
        // The sample may end inside a row.
        if cut && cursor.at_end() {
            break;
        }
        match read? {
            Some(row) => rows.push(row),
            None => break,
        }
    }
    let detect = if style == TextStyle::Csv {
        settings.csv_detect_header
    } else {
        settings.tsv_detect_header
    };
    if names.is_none() && detect {
        names = take_names(&mut rows);
        let first: Option<Vec<String>> = rows.first().cloned().map(texts);
        if let (Some(names), Some(types)) = (&names, first)
            && let Ok(header) = typed(names, &types)
        {
            return Ok(header);
        }
    }
    let mut sample = Sample::new();
    for name in names.iter().flatten() {
        sample.add(name, Guess::Unknown);
    }
    for row in rows {
        sample.rows += 1;
        for (index, field) in row.into_iter().enumerate() {
            let name = names.as_ref().and_then(|names| names.get(index).cloned());
            sample.add(&name.unwrap_or_else(|| format!("c{}", index + 1)), field.guess());
        }
    }
    sample.header(settings)
}

/// A field of a line.
#[derive(Clone)]
struct TextField {
    text: String,
    quoted: bool,
    null: bool,
}

impl TextField {
    fn guess(&self) -> Guess {
        if self.null {
            Guess::Unknown
        } else {
            Guess::of_text(&self.text, self.quoted)
        }
    }
}

fn texts(row: Vec<TextField>) -> Vec<String> {
    row.into_iter().map(|field| field.text).collect()
}

fn line(cursor: &mut Cursor<'_>, style: TextStyle, delimiter: u8, null: &str) -> Result<Option<Vec<TextField>>> {
    if cursor.at_end() {
        return Ok(None);
    }
    let mut fields = Vec::new();
    loop {
        if style == TextStyle::Csv {
            cursor.take_until(|byte| byte == delimiter || !matches!(byte, b' ' | b'\t'));
        }
        let rest = cursor.rest();
        let quoted = style == TextStyle::Csv && rest.first() == Some(&b'"');
        let mut text = Vec::new();
        read_string(cursor, style, delimiter, &mut text)?;
        let raw = &rest[..rest.len() - cursor.rest().len()];
        let text = String::from_utf8_lossy(&text).into_owned();
        // Arrays stand in quotes in CSV; that says nothing about what they are.
        let quoted = quoted && !text.starts_with(['[', '(']);
        fields.push(TextField {
            null: raw == null.as_bytes(),
            text,
            quoted,
        });
        if !cursor.eat(delimiter) {
            break;
        }
    }
    cursor.eat(b'\r');
    if !cursor.at_end() {
        cursor.expect(b'\n')?;
    }
    Ok(Some(fields))
}

/// A first row of texts over rows that are not all texts is a header.
fn take_names(rows: &mut Vec<Vec<TextField>>) -> Option<Vec<String>> {
    let is_text = |field: &TextField| field.guess() == Guess::Text;
    let (first, second) = (rows.first()?, rows.get(1)?);
    let is_type = |field: &TextField| DataType::parse(&field.text).is_ok();
    let names = first.iter().all(is_text) && (!second.iter().all(is_text) || second.iter().all(is_type));
    names.then(|| texts(rows.remove(0)))
}

fn typed(names: &[String], types: &[String]) -> Result<Vec<HeaderColumn>> {
    if names.len() != types.len() {
        let message = "The number of column names differs from the number of types";
        return Err(Error::new(Code::INCORRECT_DATA, message));
    }
    let column = |(name, data_type): (&String, &String)| {
        Ok(HeaderColumn {
            name: name.clone(),
            data_type: DataType::parse(data_type)?,
        })
    };
    names.iter().zip(types).map(column).collect()
}

fn json_each_row(cursor: &mut Cursor<'_>, cut: bool, settings: &FormatSettings) -> Result<Vec<HeaderColumn>> {
    let mut sample = Sample::new();
    cursor.skip_whitespace();
    cursor.eat(b'[');
    while sample.rows < settings.inference_rows_max {
        cursor.take_until(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b',' | b';'));
        if cursor.at_end() || cursor.peek() == Some(b']') {
            break;
        }
        let object = json_object(cursor, 0);
        if cut && cursor.at_end() {
            break;
        }
        for (name, guess) in object? {
            sample.add(&name, guess);
        }
        sample.rows += 1;
    }
    sample.header(settings)
}

fn json_object(cursor: &mut Cursor<'_>, depth: usize) -> Result<Vec<(String, Guess)>> {
    let mut fields = Vec::new();
    cursor.expect(b'{')?;
    cursor.skip_whitespace();
    while !cursor.eat(b'}') {
        if !fields.is_empty() {
            cursor.expect(b',')?;
            cursor.skip_whitespace();
        }
        let mut name = Vec::new();
        read_json_string(cursor, &mut name)?;
        cursor.skip_whitespace();
        cursor.expect(b':')?;
        cursor.skip_whitespace();
        fields.push((
            String::from_utf8_lossy(&name).into_owned(),
            json_value(cursor, depth + 1)?,
        ));
        cursor.skip_whitespace();
    }
    Ok(fields)
}

fn json_value(cursor: &mut Cursor<'_>, depth: usize) -> Result<Guess> {
    if depth > DEPTH_MAX {
        let message = format!("JSON is nested deeper than {DEPTH_MAX}");
        return Err(Error::new(Code::TOO_DEEP_RECURSION, message));
    }
    match cursor.peek() {
        Some(b'"') => {
            let mut text = Vec::new();
            read_json_string(cursor, &mut text)?;
            let text = String::from_utf8_lossy(&text);
            Ok(of_date(&text).unwrap_or(Guess::Text))
        }
        Some(b'{') => {
            let fields = json_object(cursor, depth)?;
            Ok(Guess::Tuple(
                fields.into_iter().map(|(name, guess)| (Some(name), guess)).collect(),
            ))
        }
        Some(b'[') => {
            cursor.advance(1);
            cursor.skip_whitespace();
            let mut items = Guess::Unknown;
            let mut first = true;
            while !cursor.eat(b']') {
                if !first {
                    cursor.expect(b',')?;
                    cursor.skip_whitespace();
                }
                first = false;
                items = items.and(json_value(cursor, depth + 1)?);
                cursor.skip_whitespace();
            }
            Ok(Guess::Array(Box::new(items)))
        }
        _ => {
            let text = gristmill_sql::types::skip_value(cursor)?;
            let text = String::from_utf8_lossy(text);
            Ok(if text == "null" {
                Guess::Unknown
            } else {
                Guess::of_text(&text, false)
            })
        }
    }
}
