//! [`Keys`]: what is typed, taken apart from the bytes of a terminal.

use std::collections::VecDeque;
use std::io::{self, Read};

use crate::client::terminal;

/// Bytes read at once: as many as standard input would keep back otherwise.
const READ_BYTES: usize = 16 << 10;

/// Bytes of one paste.
const PASTE_BYTES_MAX: usize = 64 << 20;

/// How long the rest of a key may take, in milliseconds.
const KEY_MILLISECONDS: i32 = 50;

/// What terminals send around what is pasted, where they are asked to.
const PASTE_END: &[u8] = b"\x1b[201~";

/// A key, or several at once.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// A character.
    Char(char),
    /// Text that was pasted.
    Paste(String),
    /// A letter with Ctrl.
    Ctrl(char),
    /// A letter with Alt.
    Alt(char),
    Enter,
    Tab,
    Backspace,
    Delete,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    /// Left by a word.
    WordLeft,
    /// Right by a word.
    WordRight,
    /// A key without a meaning.
    Unknown,
}

/// Reads keys.
#[derive(Default)]
pub struct Keys {
    pending: VecDeque<u8>,
}

impl Keys {
    /// The next key; `None` where standard input has ended.
    pub fn next(&mut self) -> io::Result<Option<Key>> {
        let Some(first) = self.byte()? else {
            return Ok(None);
        };
        Ok(Some(match first {
            b'\r' | b'\n' => Key::Enter,
            b'\t' => Key::Tab,
            0x08 | 0x7f => Key::Backspace,
            0x1b => self.escape()?,
            0..=0x1f => Key::Ctrl(char::from(first + b'a' - 1)),
            _ => Key::Char(self.character(first)?),
        }))
    }

    /// Whether more was typed than was read.
    pub fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// A byte, after waiting for it.
    fn byte(&mut self) -> io::Result<Option<u8>> {
        while self.pending.is_empty() {
            let mut buffer = vec![0; READ_BYTES];
            match io::stdin().lock().read(&mut buffer) {
                Ok(0) => return Ok(None),
                Ok(count) => self.pending.extend(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.pending.pop_front())
    }

    /// A byte of the key that has begun.
    fn rest(&mut self) -> io::Result<Option<u8>> {
        match self.pending.is_empty() && !terminal::has_input(KEY_MILLISECONDS) {
            true => Ok(None),
            false => self.byte(),
        }
    }

    fn character(&mut self, first: u8) -> io::Result<char> {
        let length = match first {
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf7 => 4,
            _ => 1,
        };
        let mut bytes = vec![first];
        while bytes.len() < length {
            match self.rest()? {
                Some(byte) => bytes.push(byte),
                None => break,
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn escape(&mut self) -> io::Result<Key> {
        let Some(second) = self.rest()? else {
            return Ok(Key::Unknown);
        };
        match second {
            b'[' | b'O' => {}
            0x7f | 0x08 => return Ok(Key::Ctrl('w')),
            letter if letter.is_ascii_graphic() => return Ok(Key::Alt(char::from(letter))),
            _ => return Ok(Key::Unknown),
        }
        let mut code = Vec::new();
        while let Some(byte) = self.rest()? {
            code.push(byte);
            if (0x40..=0x7e).contains(&byte) || code.len() > 16 {
                break;
            }
        }
        match code.as_slice() {
            b"200~" => self.paste(),
            code => Ok(named(code)),
        }
    }

    fn paste(&mut self) -> io::Result<Key> {
        let mut text = Vec::new();
        while let Some(byte) = self.byte()? {
            text.push(byte);
            if text.ends_with(PASTE_END) {
                text.truncate(text.len() - PASTE_END.len());
                break;
            }
            if text.len() >= PASTE_BYTES_MAX {
                break;
            }
        }
        let text = String::from_utf8_lossy(&text).replace("\r\n", "\n").replace('\r', "\n");
        Ok(Key::Paste(text))
    }
}

/// The key of a code behind `ESC [`.
fn named(code: &[u8]) -> Key {
    match code {
        b"A" => Key::Up,
        b"B" => Key::Down,
        b"C" => Key::Right,
        b"D" => Key::Left,
        b"H" | b"1~" | b"7~" => Key::Home,
        b"F" | b"4~" | b"8~" => Key::End,
        b"3~" => Key::Delete,
        b"1;5D" | b"1;3D" | b"5D" => Key::WordLeft,
        b"1;5C" | b"1;3C" | b"5C" => Key::WordRight,
        _ => Key::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_keys() {
        let bytes = "aü\x1b[A\x1b[1;5D\x1b[200~b\r\nc\x1b[201~\x01\r\x1bb\x7f".as_bytes();
        let mut keys = Keys {
            pending: bytes.iter().copied().collect(),
        };
        let expected = [
            Key::Char('a'),
            Key::Char('ü'),
            Key::Up,
            Key::WordLeft,
            Key::Paste("b\nc".into()),
            Key::Ctrl('a'),
            Key::Enter,
            Key::Alt('b'),
            Key::Backspace,
        ];
        for key in expected {
            assert_eq!(keys.next().unwrap(), Some(key));
        }
    }
}
