//! Text to tokens, as ClickHouse's lexer cuts them.
//!
//! It is ours and not sqlparser's because a query may hold bytes that are not UTF-8 (they arrive here as private
//! characters, see `text_bytes`), because ClickHouse's numbers, escapes, heredocs and tuple indexes (`t.1.2`) are its
//! own, and because every token has to know where in the text it stands.
//!
//! Start at [`tokens`]. The functions that skip strings and comments work on bytes; `lift` and `script` use them too.

use super::syntax::Failure;
use super::text_bytes::{carry, string_bytes};

/// One token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A word, or a name in double quotes or backticks.
    Word { text: String, quoted: bool },
    /// A number without underscores: `12`, `1.5e3`, `0x1F`, `0b11`.
    Number(String),
    /// A string literal, decoded.
    Text(String),
    /// Punctuation.
    Symbol(&'static str),
    /// The end of the statement: `;` or the end of the text.
    End,
}

/// A token and the bytes of the text that it covers.
#[derive(Clone, Debug)]
pub(super) struct Spanned {
    pub token: Token,
    pub start: usize,
    pub end: usize,
}

/// Longest first, so that the first that fits is the right one.
const SYMBOLS: &[&str] = &[
    "<=>", "->", "::", "||", "<=", ">=", "!=", "<>", "==", "@@", "(", ")", "[", "]", "{", "}", ",", ".", "+", "-", "*",
    "/", "%", "=", "<", ">", "?", ":", "^", "|", "&", "@", "$", "!", "~",
];

/// The tokens of the first statement in `text`, always closed by an [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Spanned>, Failure> {
    let bytes = text.as_bytes();
    let mut out: Vec<Spanned> = Vec::with_capacity(text.len() / 4 + 2);
    let mut at = 0;
    loop {
        at = skip_blank(bytes, at).map_err(|open| Failure::unclosed("Multiline comment", open))?;
        if at >= bytes.len() || bytes[at] == b';' {
            out.push(Spanned {
                token: Token::End,
                start: at,
                end: at,
            });
            return Ok(out);
        }
        let (token, end) = token(text, at, out.last().map(|last| &last.token))?;
        out.push(Spanned { token, start: at, end });
        at = end;
    }
}

/// Where the token ends that the text begins with; 0 for the empty text.
pub(super) fn token_end(text: &str) -> Result<usize, Failure> {
    let begin = skip_blank(text.as_bytes(), 0).map_err(|open| Failure::unclosed("Multiline comment", open))?;
    match begin < text.len() {
        true => token(text, begin, None).map(|(_, end)| end),
        false => Ok(text.len()),
    }
}

fn token(text: &str, at: usize, previous: Option<&Token>) -> Result<(Token, usize), Failure> {
    let bytes = text.as_bytes();
    let next = bytes.get(at + 1).copied().unwrap_or(0);
    match bytes[at] {
        b'\'' => {
            let end = skip_quoted(bytes, at).ok_or_else(|| Failure::unclosed("Single quoted string", at))?;
            Ok((Token::Text(unescape(&text[at + 1..end - 1], b'\'')), end))
        }
        quote @ (b'"' | b'`') => {
            let what = if quote == b'"' {
                "Double quoted string"
            } else {
                "Back quoted string"
            };
            let end = skip_quoted(bytes, at).ok_or_else(|| Failure::unclosed(what, at))?;
            Ok((
                Token::Word {
                    text: unescape(&text[at + 1..end - 1], quote),
                    quoted: true,
                },
                end,
            ))
        }
        b'x' | b'X' | b'b' | b'B' if next == b'\'' => binary_string(text, at),
        b'$' => match skip_heredoc(bytes, at) {
            Some((inside, end)) => Ok((Token::Text(text[inside].to_owned()), end)),
            None => Err(Failure::expected(at, "identifier or heredoc")),
        },
        b'0'..=b'9' => Ok(number(text, at, matches!(previous, Some(Token::Symbol("."))))),
        b'.' if next.is_ascii_digit() && !ends_operand(previous) => Ok(number(text, at, false)),
        b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
            let end = word_end(bytes, at);
            Ok((
                Token::Word {
                    text: text[at..end].to_owned(),
                    quoted: false,
                },
                end,
            ))
        }
        _ => match SYMBOLS.iter().find(|symbol| bytes[at..].starts_with(symbol.as_bytes())) {
            Some(symbol) => Ok((Token::Symbol(symbol), at + symbol.len())),
            None => Err(Failure::unrecognized(at)),
        },
    }
}

/// Whether a `.` after this token is an access and not the start of a number.
fn ends_operand(previous: Option<&Token>) -> bool {
    matches!(
        previous,
        Some(Token::Word { .. } | Token::Number(_) | Token::Symbol(")" | "]"))
    )
}

/// `x'4142'` and `b'01000001'`.
fn binary_string(text: &str, at: usize) -> Result<(Token, usize), Failure> {
    let bytes = text.as_bytes();
    let end = skip_quoted(bytes, at + 1).ok_or_else(|| Failure::unclosed("Single quoted string", at))?;
    let digits = &bytes[at + 2..end - 1];
    let (radix, width) = if bytes[at].eq_ignore_ascii_case(&b'x') {
        (16, 2)
    } else {
        (2, 8)
    };
    let mut out = Vec::new();
    let first = digits.len() % width; // a short first group is padded on the left
    for group in std::iter::once(&digits[..first])
        .chain(digits[first..].chunks(width))
        .filter(|it| !it.is_empty())
    {
        let value = std::str::from_utf8(group)
            .ok()
            .and_then(|digits| u8::from_str_radix(digits, radix).ok());
        out.push(value.ok_or_else(|| Failure::expected(at, "binary or hexadecimal digits"))?);
    }
    Ok((Token::Text(carry(&out)), end))
}

/// A number, or a word that begins with a digit. Behind a `.` only digits belong to it: `t.1.2`.
fn number(text: &str, at: usize, index: bool) -> (Token, usize) {
    let bytes = text.as_bytes();
    let digits = |mut at: usize, hex: bool| {
        let is = |byte: &u8| {
            if hex {
                byte.is_ascii_hexdigit()
            } else {
                byte.is_ascii_digit()
            }
        };
        while bytes
            .get(at)
            .is_some_and(|byte| is(byte) || (*byte == b'_' && bytes.get(at + 1).is_some_and(is)))
        {
            at += 1;
        }
        at
    };
    let prefix = bytes.get(at + 1).map(u8::to_ascii_lowercase);
    let radix = if bytes[at] == b'0' && !index { prefix } else { None };
    let hex = radix == Some(b'x') && bytes.get(at + 2).is_some_and(u8::is_ascii_hexdigit);
    let binary = radix == Some(b'b') && bytes.get(at + 2).is_some_and(|byte| matches!(byte, b'0' | b'1'));
    let mut end = digits(if hex || binary { at + 2 } else { at }, hex);
    if !index && !binary {
        if bytes.get(end) == Some(&b'.') {
            end = digits(end + 1, hex);
        }
        let mark = if hex { b'p' } else { b'e' };
        if bytes.get(end).is_some_and(|byte| byte.eq_ignore_ascii_case(&mark)) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            if bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
                end = digits(end + 1 + sign, false);
            }
        }
    }
    let whole = word_end(bytes, at);
    if whole > end {
        return (
            Token::Word {
                text: text[at..whole].to_owned(),
                quoted: false,
            },
            whole,
        );
    }
    (Token::Number(text[at..end].replace('_', "")), end)
}

/// The end of the word that begins at `at`.
pub(super) fn word_end(bytes: &[u8], at: usize) -> usize {
    let length = bytes[at..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$'));
    at + length.count()
}

/// Skips spaces and comments. `Err` is where a comment begins that never ends.
pub(super) fn skip_blank(bytes: &[u8], mut at: usize) -> Result<usize, usize> {
    loop {
        let next = bytes.get(at + 1).copied().unwrap_or(0);
        match bytes.get(at) {
            Some(b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c) => at += 1,
            Some(0xc2) if next == 0xa0 => at += 2, // a no-break space, pasted from a document
            Some(b'-') if next == b'-' => at = line_end(bytes, at),
            Some(b'#') if matches!(next, b' ' | b'!') => at = line_end(bytes, at),
            Some(b'/') if next == b'*' => at = skip_comment(bytes, at).ok_or(at)?,
            _ => return Ok(at),
        }
    }
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(bytes.len(), |length| at + length)
}

/// Skips a comment, which may hold others.
fn skip_comment(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut open = 0usize;
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => (open, at) = (open + 1, at + 2),
            b"*/" => (open, at) = (open - 1, at + 2),
            _ => at += 1,
        }
        if open == 0 {
            return Some(at);
        }
    }
    None
}

/// Where the string or quoted name that begins at `at` ends, behind its closing quote.
pub(super) fn skip_quoted(bytes: &[u8], at: usize) -> Option<usize> {
    let quote = bytes[at];
    let mut at = at + 1;
    loop {
        match bytes.get(at)? {
            b'\\' => at += 2,
            byte if *byte == quote && bytes.get(at + 1) == Some(&quote) => at += 2,
            byte if *byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// `$tag$…$tag$` at `at`: the inside, and the end.
pub(super) fn skip_heredoc(bytes: &[u8], at: usize) -> Option<(std::ops::Range<usize>, usize)> {
    let name = bytes[at + 1..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count();
    let tag = bytes.get(at..at + name + 2).filter(|tag| tag.ends_with(b"$"))?;
    let start = at + tag.len();
    let length = bytes[start..].windows(tag.len()).position(|window| window == tag)?;
    Some((start..start + length, start + length + tag.len()))
}

/// Decodes the inside of a string or quoted name.
fn unescape(text: &str, quote: u8) -> String {
    if !text.bytes().any(|byte| byte == b'\\' || byte == quote) {
        return text.to_owned();
    }
    let bytes = string_bytes(text);
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'\\' && at + 1 < bytes.len() {
            at += 1 + unescape_one(&bytes[at + 1..], &mut out);
        } else {
            out.push(bytes[at]);
            at += if bytes[at] == quote && bytes.get(at + 1) == Some(&quote) {
                2
            } else {
                1
            };
        }
    }
    carry(&out)
}

/// Decodes what follows a backslash; gives how many bytes of it were used.
fn unescape_one(bytes: &[u8], out: &mut Vec<u8>) -> usize {
    let simple = match bytes[0] {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'0' => 0,
        b'a' => 7,
        b'b' => 8,
        b'v' => 11,
        b'f' => 12,
        b'e' => 27,
        b'x' => {
            let digits = bytes.get(1..3).and_then(|digits| std::str::from_utf8(digits).ok());
            match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                Some(byte) => {
                    out.push(byte);
                    return 3;
                }
                None => b'x',
            }
        }
        b'N' => return 1, // \N inside a string is nothing
        byte @ (b'\\' | b'\'' | b'"' | b'`' | b'/' | b'=') => byte,
        other => {
            out.extend([b'\\', other]); // unknown: the backslash stays
            return 1;
        }
    };
    out.push(simple);
    1
}
