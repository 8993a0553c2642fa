//! SQL test files: statements with expected errors in, one text out.
//!
//! The form is that of ClickHouse's own tests: what the statements print, as TabSeparated, is the reference; a
//! statement that has to fail says so behind its semicolon: `-- { serverError NAME }`.

use std::path::{Path, PathBuf};

use gristmill_sql::parser::split_first;

/// One statement of a file.
pub struct Statement {
    /// Its text, without the semicolon.
    pub text: Vec<u8>,
    /// The line it begins in, from 1.
    pub line: usize,
    /// The name of the error that it has to give.
    pub error: Option<String>,
}

/// The files of a folder, by name.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder of queries is there");
    let paths = entries.map(|entry| entry.expect("a folder can be read").path());
    let mut files: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|it| it == "sql"))
        .collect();
    files.sort();
    files
}

/// Cuts a file into its statements.
pub fn statements(script: &[u8]) -> Vec<Statement> {
    let mut out = Vec::new();
    let mut start = 0;
    while start < script.len() {
        let rest = &script[start..];
        let (end, mut next) = split_first(rest);
        let error = hint(&rest[next..]);
        if let Some((_, length)) = &error {
            next += length;
        }
        let begin = code_begin(&rest[..end]);
        if begin < end {
            let line = 1 + script[..start + begin].iter().filter(|byte| **byte == b'\n').count();
            let text = rest[begin..end].to_vec();
            out.push(Statement {
                text,
                line,
                error: error.map(|(name, _)| name),
            });
        }
        start += next;
    }
    out
}

/// Where the statement begins behind spaces and line comments.
fn code_begin(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        at += text[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if !text[at..].starts_with(b"--") {
            return at;
        }
        at += text[at..].iter().take_while(|byte| **byte != b'\n').count();
    }
}

/// A hint on the rest of the line, and its length.
fn hint(rest: &[u8]) -> Option<(String, usize)> {
    let line = rest.split(|byte| *byte == b'\n').next()?;
    let text = std::str::from_utf8(line).ok()?;
    let comment = text.trim_start().strip_prefix("--")?;
    let inside = comment.split_once('{')?.1.split_once('}')?.0.trim();
    let name = inside
        .strip_prefix("serverError")
        .or_else(|| inside.strip_prefix("clientError"))?;
    Some((name.trim().to_owned(), line.len()))
}

/// What a statement answered: what it printed, or its error.
pub type Answer = Result<Vec<u8>, String>;

/// Runs a file against whatever answers statements and compares with its reference: a list of what is wrong.
pub fn check(path: &Path, mut ask: impl FnMut(&[u8]) -> Answer) -> Vec<String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let script = std::fs::read(path).expect("a query file can be read");
    let reference = std::fs::read(path.with_extension("reference")).expect("every query file has a reference");
    let (mut wrong, mut printed, mut origin) = (Vec::new(), Vec::new(), Vec::new());
    for statement in statements(&script) {
        let place = format!("{name}:{}", statement.line);
        match (ask(&statement.text), &statement.error) {
            (Ok(output), None) => {
                let lines = output.iter().filter(|byte| **byte == b'\n').count();
                origin.extend(std::iter::repeat_n(place, lines));
                printed.extend(output);
            }
            (Err(error), Some(expected)) if error.contains(&format!("({expected})")) => {}
            (Err(error), Some(expected)) => wrong.push(format!("{place}: expected {expected}, got {error}")),
            (Err(error), None) => wrong.push(format!("{place}: {error}")),
            (Ok(_), Some(expected)) => wrong.push(format!("{place}: succeeded, expected {expected}")),
        }
    }
    wrong.extend(difference(&printed, &reference, &origin));
    wrong
}

/// The first line that is not as expected. One is enough: behind it everything may be shifted.
fn difference(printed: &[u8], reference: &[u8], origin: &[String]) -> Option<String> {
    if printed == reference {
        return None;
    }
    let lines = |bytes: &[u8]| {
        bytes
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect::<Vec<_>>()
    };
    let (printed, reference) = (lines(printed), lines(reference));
    let at = printed
        .iter()
        .zip(&reference)
        .take_while(|(left, right)| left == right)
        .count();
    let show = |lines: &[Vec<u8>]| match lines.get(at) {
        Some(line) => String::from_utf8_lossy(line).into_owned(),
        None => "(the end)".to_owned(),
    };
    let place = origin.get(at).or(origin.last()).map_or("the output", String::as_str);
    let (line, got, expected) = (at + 1, show(&printed), show(&reference));
    Some(format!(
        "{place}: line {line} of the reference\n  expected {expected}\n  printed  {got}"
    ))
}
