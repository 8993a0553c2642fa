//! A number for the form of a query, whatever its literals are: `normalized_query_hash` of the query log.

use super::lexer::{Token, tokens};

/// FNV-1a, 64 bits: the same in every build, unlike the standard library's.
struct Hash(u64);

impl Hash {
    fn add(&mut self, text: &[u8]) {
        for byte in text.iter().chain([&0]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

/// Equal for queries that differ in literals, in the length of lists of literals, in space and comments. Not the number
/// that ClickHouse gives.
pub fn normalized_hash(text: &str) -> u64 {
    let mut hash = Hash(0xcbf2_9ce4_8422_2325);
    let Ok(tokens) = tokens(text) else {
        hash.add(text.as_bytes());
        return hash.0;
    };
    let is_literal = |token: &Token| matches!(token, Token::Number(_) | Token::Text(_));
    let mut at = 0;
    while let Some(spanned) = tokens.get(at) {
        at += 1;
        if !is_literal(&spanned.token) {
            hash.add(&text.as_bytes()[spanned.start..spanned.end]);
            continue;
        }
        let first = at;
        while let [comma, next, ..] = &tokens[at..]
            && comma.token == Token::Symbol(",")
            && is_literal(&next.token)
        {
            at += 2;
        }
        hash.add(if at == first { b"?" } else { b"?.." });
    }
    hash.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_do_not_count() {
        let same = |left: &str, right: &str| assert_eq!(normalized_hash(left), normalized_hash(right), "{left}");
        let differs = |left: &str, right: &str| assert_ne!(normalized_hash(left), normalized_hash(right), "{left}");
        same("SELECT 1, 'a' FROM t -- why", "SELECT  2.5,'b','c' FROM t");
        same("SELECT [1, 2, 3]", "SELECT [4, 5]");
        differs("SELECT 1", "SELECT 1, 2");
        differs("SELECT a", "SELECT b");
        differs("SELECT 'open", "SELECT 'other");
    }
}
