//! [`History`]: what was typed before, in this session and in earlier ones.
//!
//! The file has a line `### 2026-11-22 12:00:00.000` before each entry, as ClickHouse's client writes it.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// Entries that are kept in memory.
const ENTRIES_MAX: usize = 10_000;

/// Bytes of the file that are read, from its end.
const FILE_BYTES_MAX: usize = 16 << 20;

/// Begins the line before an entry.
const HEAD: &str = "### ";

/// Entries, the oldest first.
#[derive(Default)]
pub struct History {
    entries: Vec<String>,
    file: Option<PathBuf>,
}

impl History {
    /// The entries of a file, to which new ones are added. One that cannot be read has none.
    pub fn open(file: Option<PathBuf>) -> History {
        let bytes = file
            .as_ref()
            .and_then(|file| std::fs::read(file).ok())
            .unwrap_or_default();
        let bytes = &bytes[bytes.len().saturating_sub(FILE_BYTES_MAX)..];
        let text = String::from_utf8_lossy(bytes);
        let mut entries: Vec<String> = Vec::new();
        let mut current: Option<String> = None;
        for line in text.lines() {
            if line.starts_with(HEAD) {
                entries.extend(current.take());
                current = Some(String::new());
            } else if let Some(entry) = &mut current {
                if !entry.is_empty() {
                    entry.push('\n');
                }
                entry.push_str(line);
            }
        }
        entries.extend(current);
        entries.retain(|entry| !entry.is_empty());
        entries.drain(..entries.len().saturating_sub(ENTRIES_MAX));
        History { entries, file }
    }

    /// Adds an entry, unless it is the last one again.
    pub fn add(&mut self, text: &str) {
        if text.trim().is_empty() || self.entries.last().is_some_and(|last| last == text) {
            return;
        }
        if self.entries.len() == ENTRIES_MAX {
            self.entries.remove(0);
        }
        self.entries.push(text.to_string());
        let Some(path) = &self.file else { return };
        let time = chrono::Local::now().format("%Y-%m-%d %H:%M:%S%.3f");
        let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
        // Who has no place for it goes without.
        let _ = opened.and_then(|mut file| file.write_all(format!("{HEAD}{time}\n{text}\n").as_bytes()));
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// An entry by its number from the oldest.
    pub fn entry(&self, at: usize) -> Option<&str> {
        self.entries.get(at).map(String::as_str)
    }

    /// The last entry before number `before` that has this text in it.
    pub fn find(&self, text: &str, before: usize) -> Option<usize> {
        let before = before.min(self.entries.len());
        self.entries[..before].iter().rposition(|entry| entry.contains(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_outlive_the_session() {
        let folder = tempfile::tempdir().unwrap();
        let file = Some(folder.path().join("history"));
        let mut history = History::open(file.clone());
        for entry in ["SELECT 1", "SELECT\n2", "SELECT\n2", " "] {
            history.add(entry);
        }
        let history = History::open(file);
        assert_eq!((history.len(), history.entry(1)), (2, Some("SELECT\n2")));
        assert_eq!(history.find("SELECT", 1), Some(0));
        assert_eq!(history.find("2", 9), Some(1));
        assert_eq!(history.find("3", 9), None);
    }
}
