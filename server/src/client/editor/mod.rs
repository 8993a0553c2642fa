//! [`Editor`]: a statement typed at the prompt, of one line or several, with history and completion.
//!
//! [`keys`] takes apart what the terminal sends, [`mod@line`] is the text and its cursor, [`screen`] draws it, [`history`]
//! keeps it. No crate does this here: those there are bring other features of crates below DataFusion.

mod history;
mod keys;
mod line;
mod screen;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use self::history::History;
use self::keys::{Key, Keys};
use self::line::Line;
use self::screen::{Drawing, Screen};
use super::terminal::{self, Mode};

/// Columns where the terminal does not tell its own.
const WIDTH: usize = 80;

/// Names that are listed at most.
const LISTED_MAX: usize = 100;

/// Names that completion knows, sorted by lower case. They may come while one types.
pub type Words = Arc<Mutex<Vec<String>>>;

/// What was typed.
#[derive(Debug, PartialEq)]
pub enum Typed {
    /// A text to run.
    Text(String),
    /// Ctrl-C: nothing.
    Nothing,
    /// Ctrl-D: the end.
    End,
}

/// A prompt.
pub struct Editor {
    keys: Keys,
    history: History,
    words: Words,
}

/// What stands before the lines, and when they are a whole.
pub struct Prompt<'a> {
    /// Before the first line.
    pub first: &'a str,
    /// Before each other line.
    pub next: &'a str,
    /// Whether Enter ends the text.
    pub is_whole: &'a dyn Fn(&str) -> bool,
}

/// One text while it is typed.
struct Typing<'a> {
    prompt: &'a Prompt<'a>,
    line: Line,
    screen: Screen,
    /// The entry of the history that is shown; its length for the new text.
    entry: usize,
    /// The new text, while an older one is shown.
    draft: String,
    search: Option<Search>,
    last_was_tab: bool,
}

/// Ctrl-R: what is looked for, and the entry that has it.
#[derive(Clone, Default)]
struct Search {
    text: String,
    found: Option<usize>,
}

impl Editor {
    /// A prompt whose history is in a file.
    pub fn new(history: Option<PathBuf>, words: Words) -> Editor {
        Editor {
            keys: Keys::default(),
            history: History::open(history),
            words,
        }
    }

    /// Reads one text and keeps it.
    pub fn read(&mut self, prompt: &Prompt<'_>) -> io::Result<Typed> {
        let _mode = Mode::raw()?;
        let mut typing = Typing {
            prompt,
            line: Line::default(),
            screen: Screen::default(),
            entry: self.history.len(),
            draft: String::new(),
            search: None,
            last_was_tab: false,
        };
        print("\x1b[?2004h")?; // pastes come marked
        let typed = self.read_keys(&mut typing);
        print("\x1b[?2004l\r\n")?;
        if let Ok(Typed::Text(text)) = &typed {
            self.history.add(text);
        }
        typed
    }

    fn read_keys(&mut self, typing: &mut Typing<'_>) -> io::Result<Typed> {
        loop {
            if !self.keys.has_pending() {
                typing.draw(&self.history)?;
            }
            let Some(key) = self.keys.next()? else {
                return Ok(Typed::End);
            };
            if typing.search.is_some() && typing.search_key(&key, &self.history) {
                continue;
            }
            let was_tab = std::mem::replace(&mut typing.last_was_tab, key == Key::Tab);
            match key {
                Key::Enter => {
                    let text = typing.line.text();
                    if text.trim().is_empty() || (typing.prompt.is_whole)(&text) {
                        typing.leave(&self.history)?;
                        return Ok(Typed::Text(text));
                    }
                    typing.line.insert("\n");
                }
                Key::Alt('\r' | '\n') => typing.line.insert("\n"),
                Key::Ctrl('c') => {
                    typing.leave(&self.history)?;
                    return Ok(Typed::Nothing);
                }
                Key::Ctrl('d') if typing.line.characters().is_empty() => return Ok(Typed::End),
                Key::Ctrl('l') => print("\x1b[H\x1b[2J").map(|()| typing.screen.leave())?,
                Key::Ctrl('r') => typing.search = Some(Search::default()),
                Key::Tab => self.complete(typing, was_tab)?,
                Key::Up | Key::Ctrl('p') => {
                    if !typing.line.up() {
                        typing.older(&self.history);
                    }
                }
                Key::Down | Key::Ctrl('n') => {
                    if !typing.line.down() {
                        typing.newer(&self.history);
                    }
                }
                other => edit(&mut typing.line, other),
            }
        }
    }

    /// Extends the name at the cursor as far as all names that begin so agree; the second time it lists them.
    fn complete(&self, typing: &mut Typing<'_>, is_second: bool) -> io::Result<()> {
        let begun = typing.line.word();
        if begun.is_empty() {
            return Ok(());
        }
        let words = self
            .words
            .lock()
            .map(|words| starting(&words, &begun))
            .unwrap_or_default();
        let common = common_start(&words);
        if words.len() == 1 || common.chars().count() > begun.chars().count() {
            typing.line.replace_word(&common);
        } else if is_second && words.len() > 1 {
            typing.leave(&self.history)?;
            print(&format!("\r\n{}\r\n", listed(&words)))?;
        }
        Ok(())
    }
}

/// Keys that change the line or move in it.
fn edit(line: &mut Line, key: Key) {
    match key {
        Key::Char(character) => line.insert(character.encode_utf8(&mut [0; 4])),
        Key::Paste(text) => line.insert(&text),
        Key::Backspace | Key::Ctrl('h') => line.backspace(),
        Key::Delete | Key::Ctrl('d') => line.delete(),
        Key::Left | Key::Ctrl('b') => line.left(),
        Key::Right | Key::Ctrl('f') => line.right(),
        Key::Home | Key::Ctrl('a') => line.home(),
        Key::End | Key::Ctrl('e') => line.end(),
        Key::WordLeft | Key::Alt('b') => line.word_left(),
        Key::WordRight | Key::Alt('f') => line.word_right(),
        Key::Ctrl('w') => line.cut_word(),
        Key::Alt('d') => line.cut_word_behind(),
        Key::Ctrl('k') => line.cut_to_end(),
        Key::Ctrl('u') => line.cut_to_start(),
        Key::Ctrl('y') => line.paste_cut(),
        Key::Ctrl('t') => line.exchange(),
        _ => {}
    }
}

impl Typing<'_> {
    fn draw(&mut self, history: &History) -> io::Result<()> {
        let searched = self.search.as_ref().map(|search| {
            let found = search.found.and_then(|at| history.entry(at)).unwrap_or_default();
            (
                format!("(reverse-i-search)`{}': ", search.text),
                found.chars().collect::<Vec<_>>(),
            )
        });
        let (prompt, text, cursor) = match &searched {
            Some((prompt, found)) => (prompt.as_str(), found.as_slice(), found.len()),
            None => (self.prompt.first, self.line.characters(), self.line.cursor()),
        };
        let drawn = self.screen.draw(&Drawing {
            prompt,
            continuation: self.prompt.next,
            text,
            cursor,
            width: terminal::width().unwrap_or(WIDTH),
        });
        print(&drawn)
    }

    /// Draws the text a last time, the cursor behind it.
    fn leave(&mut self, history: &History) -> io::Result<()> {
        let cursor = self.line.cursor();
        let mut whole = Line::default();
        whole.set(&self.line.text());
        std::mem::swap(&mut self.line, &mut whole);
        self.search = None;
        self.draw(history)?;
        self.screen.leave();
        if cursor != self.line.cursor() {
            self.line = whole;
        }
        Ok(())
    }

    fn older(&mut self, history: &History) {
        if self.entry == 0 {
            return;
        }
        if self.entry == history.len() {
            self.draft = self.line.text();
        }
        self.entry -= 1;
        self.line.set(history.entry(self.entry).unwrap_or_default());
    }

    fn newer(&mut self, history: &History) {
        if self.entry >= history.len() {
            return;
        }
        self.entry += 1;
        let text = history.entry(self.entry).unwrap_or(&self.draft).to_string();
        self.line.set(&text);
    }

    /// A key while something is looked for; false if it ends that and means what it means otherwise.
    fn search_key(&mut self, key: &Key, history: &History) -> bool {
        let Some(mut search) = self.search.take() else {
            return false;
        };
        match key {
            Key::Ctrl('r') => {
                search.found = history
                    .find(&search.text, search.found.unwrap_or(history.len()))
                    .or(search.found)
            }
            Key::Char(character) => {
                search.text.push(*character);
                search.found = history.find(&search.text, search.found.map_or(history.len(), |at| at + 1));
            }
            Key::Backspace => {
                search.text.pop();
                search.found = history.find(&search.text, history.len());
            }
            Key::Ctrl('c' | 'g') => return true,
            _ => {
                if let Some((at, text)) = search.found.and_then(|at| Some((at, history.entry(at)?))) {
                    self.line.set(text);
                    self.entry = at;
                }
                return false;
            }
        }
        self.search = Some(search);
        true
    }
}

/// The names that begin so, in any case; those in the same case if there are some.
fn starting(words: &[String], begun: &str) -> Vec<String> {
    let lower = begun.to_lowercase();
    let found: Vec<&String> = words
        .iter()
        .filter(|word| word.to_lowercase().starts_with(&lower))
        .collect();
    let exact: Vec<String> = found
        .iter()
        .filter(|word| word.starts_with(begun))
        .map(|word| (*word).clone())
        .collect();
    match exact.is_empty() {
        true => found.into_iter().cloned().collect(),
        false => exact,
    }
}

/// The longest begin that all names have.
fn common_start(words: &[String]) -> String {
    let mut words = words.iter();
    let Some(first) = words.next() else {
        return String::new();
    };
    let mut common: Vec<char> = first.chars().collect();
    for word in words {
        let same = common.iter().zip(word.chars()).take_while(|(a, b)| **a == *b).count();
        common.truncate(same);
    }
    common.into_iter().collect()
}

/// Names in columns.
fn listed(words: &[String]) -> String {
    let shown = &words[..words.len().min(LISTED_MAX)];
    let widest = shown.iter().map(|word| word.chars().count()).max().unwrap_or(0) + 2;
    let columns = (terminal::width().unwrap_or(WIDTH) / widest).max(1);
    let row = |row: &[String]| row.iter().map(|word| format!("{word:<widest$}")).collect::<String>();
    let rows: Vec<String> = shown.chunks(columns).map(row).collect();
    let mut text = rows.join("\r\n");
    if words.len() > shown.len() {
        text.push_str(&format!("\r\n… and {} more", words.len() - shown.len()));
    }
    text
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_completed_as_far_as_they_agree() {
        let words: Vec<String> = ["SELECT", "count", "countIf", "Counter", "system"]
            .map(String::from)
            .to_vec();
        assert_eq!(common_start(&starting(&words, "cou")), "count");
        assert_eq!(starting(&words, "sel"), ["SELECT"]);
        assert_eq!(starting(&words, "s"), ["system"]);
        assert_eq!(starting(&words, "Cou"), ["Counter"]);
        assert_eq!(common_start(&[]), "");
    }
}
