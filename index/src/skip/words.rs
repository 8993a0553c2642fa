//! The words of texts, and the words that every text matching a pattern must have.

use super::definition::Split;

impl Split {
    /// All words of a text.
    pub(super) fn words(self, text: &[u8]) -> Vec<&[u8]> {
        match self {
            Split::Ngrams(length) => ngrams(text, length),
            Split::Tokens => tokens(text).map(|(_, token)| token).collect(),
        }
    }

    /// The words of every text that contains this part. `starts` and `ends` say that the part begins or ends the text:
    /// a token at an end that is open may be only part of a token.
    pub(super) fn words_around(self, part: &[u8], starts: bool, ends: bool) -> Vec<&[u8]> {
        match self {
            Split::Ngrams(length) => ngrams(whole_characters(part, starts, ends), length),
            Split::Tokens => {
                let whole =
                    |(at, token): &(usize, &[u8])| (starts || *at > 0) && (ends || at + token.len() < part.len());
                tokens(part).filter(whole).map(|(_, token)| token).collect()
            }
        }
    }
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

fn tokens(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    text.chunk_by(|left, right| is_token_byte(*left) == is_token_byte(*right))
        .scan(0, |at, piece| {
            let start = *at;
            *at += piece.len();
            Some((start, piece))
        })
        .filter(|(_, piece)| is_token_byte(piece[0]))
}

/// Runs of `length` characters. A byte that begins no UTF-8 sequence is a character of its own.
fn ngrams(text: &[u8], length: usize) -> Vec<&[u8]> {
    let mut starts: Vec<usize> = Vec::with_capacity(text.len() + 1);
    let mut at = 0;
    while at < text.len() {
        starts.push(at);
        at += sequence_length(&text[at..]);
    }
    starts.push(text.len());
    if starts.len() <= length {
        return Vec::new();
    }
    starts
        .windows(length + 1)
        .map(|window| &text[window[0]..window[length]])
        .collect()
}

/// What is left of a part of a text without the bytes at an open end that may belong to a character around it.
fn whole_characters(part: &[u8], starts: bool, ends: bool) -> &[u8] {
    let first = match starts {
        true => 0,
        false => part.iter().position(|byte| !continues(byte)).unwrap_or(part.len()),
    };
    let part = &part[first..];
    if ends {
        return part;
    }
    let tail = part.iter().rev().take_while(|byte| continues(byte)).count();
    match part.len().checked_sub(tail + 1) {
        Some(lead) if expected_length(part[lead]) > tail + 1 => &part[..lead],
        _ => part,
    }
}

fn continues(byte: &u8) -> bool {
    (0x80..=0xBF).contains(byte)
}

/// Bytes of a sequence of UTF-8 that begins with this byte.
fn expected_length(lead: u8) -> usize {
    match lead {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => 1,
    }
}

/// Bytes of the character that a text begins with: 1 unless they are a whole sequence of UTF-8, so that the characters
/// of a part of a text are those of the text.
fn sequence_length(text: &[u8]) -> usize {
    let length = expected_length(text[0]);
    match text.get(1..length) {
        Some(rest) if rest.iter().all(continues) => length,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(split: Split, text: &str, expected: &str) {
        let words = split.words(text.as_bytes());
        let words: Vec<&str> = words.iter().map(|word| str::from_utf8(word).unwrap()).collect();
        assert_eq!(words.join("|"), expected, "{text}");
    }

    #[test]
    fn words_of_texts() {
        check(Split::Tokens, "  Hello, wörld-42_x", "Hello|wörld|42|x");
        check(Split::Tokens, "", "");
        check(Split::Tokens, "one", "one");
        check(Split::Ngrams(3), "abcde", "abc|bcd|cde");
        check(Split::Ngrams(3), "ab", "");
        check(Split::Ngrams(2), "aßc", "aß|ßc");
    }

    #[track_caller]
    fn check_around(part: &str, starts: bool, ends: bool, expected: &str) {
        let words = Split::Tokens.words_around(part.as_bytes(), starts, ends);
        let words: Vec<&str> = words.iter().map(|word| str::from_utf8(word).unwrap()).collect();
        assert_eq!(words.join("|"), expected, "{part}");
    }

    #[test]
    fn tokens_at_open_ends_may_go_on() {
        check_around("one two three", false, false, "two");
        check_around("one two three", true, false, "one|two");
        check_around("one two three", false, true, "two|three");
        check_around(" one ", false, false, "one");
        check_around("one", false, false, "");
        check_around("one", true, true, "one");
    }
}
