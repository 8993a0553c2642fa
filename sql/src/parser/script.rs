//! Where a statement ends in a script, and where an INSERT's data begins: found in the bytes, without tokenizing.
//!
//! Start at [`split_first`] for scripts and at [`insert_data`] for one statement.

use super::lexer::{skip_blank, skip_heredoc, skip_quoted, word_end};

/// An INSERT that carries data, or waits for it.
pub(super) struct InsertData {
    /// The end of the part to parse: behind VALUES, or behind the format's name.
    pub head_end: usize,
    /// Where data begins.
    pub data_start: usize,
    /// Whether the data are VALUES, which end at a `;`.
    pub is_values: bool,
}

/// Finds where the first statement of a script ends (without its `;`) and where the next begins.
///
/// As in ClickHouse's client, the data of an INSERT ends at a `;` outside quotes for VALUES, and at an empty line or the
/// end of the script for other formats.
pub fn split_first(script: &[u8]) -> (usize, usize) {
    match insert_data(script) {
        Some(data) if !data.is_values => {
            let end = empty_line(script, data.data_start);
            (end, end)
        }
        found => {
            let start = found.map_or(0, |data| data.data_start);
            let end = semicolon(script, start);
            (end, (end + 1).min(script.len()))
        }
    }
}

/// Where the first empty line after `start` begins, or the end.
fn empty_line(script: &[u8], start: usize) -> usize {
    let mut line_starts = (start..script.len()).filter(|at| script[*at] == b'\n').map(|at| at + 1);
    let is_empty = |at: &usize| script[*at..].starts_with(b"\n") || script[*at..].starts_with(b"\r\n");
    line_starts.find(is_empty).unwrap_or(script.len())
}

/// The data of a query that is one INSERT with data: everything up to the end. More of it may follow behind the query,
/// so that its last bytes mean nothing here: whether a `;` ends the data is the format's to say.
pub(super) fn data_range(query: &[u8]) -> std::ops::Range<usize> {
    insert_data(query).map_or(query.len(), |data| data.data_start)..query.len()
}

/// The first `;` outside strings and comments, or the end.
fn semicolon(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b';' => return at,
            b'\'' | b'"' | b'`' => at = skip_quoted(bytes, at).unwrap_or(bytes.len()),
            b'-' | b'#' | b'/' => at = skip_blank(bytes, at).unwrap_or(bytes.len()).max(at + 1),
            b'$' => at = skip_heredoc(bytes, at).map_or(at + 1, |(_, end)| end),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => at = word_end(bytes, at),
            _ => at += 1,
        }
    }
    bytes.len()
}

/// If the first statement is an INSERT with VALUES or FORMAT: where its data lies.
pub(super) fn insert_data(bytes: &[u8]) -> Option<InsertData> {
    let mut words = Words { bytes, at: 0 };
    words.accept("INSERT").then_some(())?;
    words.accept("INTO");
    words.accept("TABLE");
    words.accept("FUNCTION");
    words.skip_name()?;
    loop {
        let at = words.blank()?;
        match *bytes.get(at)? {
            b'\'' | b'"' | b'`' => words.at = skip_quoted(bytes, at)?,
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                let end = word_end(bytes, at);
                words.at = end;
                let word = &bytes[at..end];
                let is = |keyword: &str| word.eq_ignore_ascii_case(keyword.as_bytes());
                if is("VALUES") {
                    return Some(InsertData {
                        head_end: end,
                        data_start: end,
                        is_values: true,
                    });
                }
                if is("FORMAT") {
                    return format_data(bytes, &mut words);
                }
                if is("SELECT") || is("WITH") || is("INFILE") {
                    return None;
                }
            }
            b'(' => words.skip_parentheses()?,
            b';' => return None,
            _ => words.at = at + 1,
        }
    }
}

/// What follows FORMAT: the name, then data from the next line or behind the spaces.
fn format_data(bytes: &[u8], words: &mut Words) -> Option<InsertData> {
    let at = words.blank()?;
    let head_end = word_end(bytes, at);
    if head_end == at {
        return None;
    }
    let spaces = bytes[head_end..]
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t' | 0x0c))
        .count();
    let mut data_start = head_end + spaces;
    if bytes[data_start..].starts_with(b"\r\n") {
        data_start += 2;
    } else if matches!(bytes.get(data_start), Some(b'\n' | b';')) {
        data_start += 1;
    }
    let is_values = bytes[at..head_end].eq_ignore_ascii_case(b"Values");
    Some(InsertData {
        head_end,
        data_start,
        is_values,
    })
}

struct Words<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Words<'_> {
    fn blank(&mut self) -> Option<usize> {
        self.at = skip_blank(self.bytes, self.at).ok()?;
        Some(self.at)
    }

    fn accept(&mut self, word: &str) -> bool {
        let Some(at) = self.blank() else {
            return false;
        };
        let end = word_end(self.bytes, at);
        let found = self.bytes[at..end].eq_ignore_ascii_case(word.as_bytes());
        if found {
            self.at = end;
        }
        found
    }

    /// `a.b`, quoted or not.
    fn skip_name(&mut self) -> Option<()> {
        loop {
            let at = self.blank()?;
            self.at = match self.bytes.get(at)? {
                b'"' | b'`' => skip_quoted(self.bytes, at)?,
                _ => word_end(self.bytes, at),
            };
            let at = self.blank()?;
            if self.bytes.get(at) != Some(&b'.') {
                return Some(());
            }
            self.at += 1;
        }
    }

    /// A list of columns or arguments: data cannot begin in it, unless it is a query.
    fn skip_parentheses(&mut self) -> Option<()> {
        let mut depth = 0usize;
        loop {
            let at = self.blank()?;
            match *self.bytes.get(at)? {
                b'\'' | b'"' | b'`' => self.at = skip_quoted(self.bytes, at)?,
                b'(' => (depth, self.at) = (depth + 1, at + 1),
                b')' => {
                    (depth, self.at) = (depth.checked_sub(1)?, at + 1);
                    if depth == 0 {
                        return Some(());
                    }
                }
                b';' => return None,
                b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                    let end = word_end(self.bytes, at);
                    if self.bytes[at..end].eq_ignore_ascii_case(b"SELECT") {
                        return None;
                    }
                    self.at = end;
                }
                _ => self.at = at + 1,
            }
        }
    }
}
