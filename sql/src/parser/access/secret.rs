//! The text of a statement without its passwords, for logs, process lists and errors.

use std::borrow::Cow;

use crate::parser::lexer;

/// What stands where a password stood.
const HIDDEN: &str = "'[HIDDEN]'";

/// The statement with all strings behind IDENTIFIED hidden; most have none. What cannot be cut into tokens is hidden
/// from there on.
pub fn hide_secrets(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = find(text) else {
        return Cow::Borrowed(text);
    };
    let mut out = text[..first].to_vec();
    let mut rest = &text[first..];
    while let Some(quote) = rest
        .iter()
        .position(|byte| matches!(byte, b'\'' | b'$' | b'"' | b'`' | b'-' | b'/' | b'#'))
    {
        out.extend_from_slice(&rest[..quote]);
        let here = &rest[quote..];
        if here[0] != b'\'' && here[0] != b'$' {
            // What may hold a quote that begins no string is hidden, too, unless it is one byte.
            let is_plain = matches!(here[0], b'-' | b'/' | b'#')
                && here.get(1).is_none_or(|next| *next != here[0] && *next != b'*');
            if !is_plain && here[0] != b'"' && here[0] != b'`' {
                out.extend_from_slice(b"[HIDDEN]");
                return Cow::Owned(out);
            }
            let end = match here[0] {
                b'"' | b'`' => lexer::skip_quoted(here, 0).unwrap_or(here.len()),
                _ => 1,
            };
            out.extend_from_slice(&here[..end]);
            rest = &here[end..];
            continue;
        }
        let end = match here[0] {
            b'\'' => lexer::skip_quoted(here, 0),
            _ => lexer::skip_heredoc(here, 0).map(|(_, end)| end),
        };
        out.extend_from_slice(HIDDEN.as_bytes());
        rest = match end {
            Some(end) => &here[end..],
            None => &[],
        };
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

/// Where the word IDENTIFIED begins.
fn find(text: &[u8]) -> Option<usize> {
    const WORD: &[u8] = b"identified";
    // Nearly no statement has the word, and those with vectors are long.
    let mut from = 0;
    while let Some(at) = memchr::memchr2(b'd', b'D', &text[from..]) {
        let at = from + at;
        let begin = at.checked_sub(1);
        let word = begin.and_then(|begin| text.get(begin..begin + WORD.len()));
        if word.is_some_and(|word| word.eq_ignore_ascii_case(WORD)) {
            return begin;
        }
        from = at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, shown: &str) {
        assert_eq!(String::from_utf8_lossy(&hide_secrets(text.as_bytes())), shown);
    }

    #[test]
    fn passwords_do_not_show() {
        check("SELECT 'identity'", "SELECT 'identity'");
        check(
            "CREATE USER u IDENTIFIED WITH plaintext_password BY 'pa\\'ss' HOST ANY",
            "CREATE USER u IDENTIFIED WITH plaintext_password BY '[HIDDEN]' HOST ANY",
        );
        check(
            "create user u identified by 'x', bcrypt_hash by 'y'",
            "create user u identified by '[HIDDEN]', bcrypt_hash by '[HIDDEN]'",
        );
        check(
            "CREATE USER u IDENTIFIED BY $a$secret$a$",
            "CREATE USER u IDENTIFIED BY '[HIDDEN]'",
        );
        check(
            "CREATE USER u IDENTIFIED BY 'not closed",
            "CREATE USER u IDENTIFIED BY '[HIDDEN]'",
        );
        check(
            "CREATE USER u IDENTIFIED BY /* ' */ 'secret'",
            "CREATE USER u IDENTIFIED BY [HIDDEN]",
        );
        check(
            "CREATE USER u IDENTIFIED BY 'a' \"x'y\" 'b'",
            "CREATE USER u IDENTIFIED BY '[HIDDEN]' \"x'y\" '[HIDDEN]'",
        );
    }
}
