//! Strings that may hold any bytes, inside text that is UTF-8.
//!
//! ClickHouse's strings are bytes and so are its queries, while the AST holds `String`. A byte that is not part of
//! valid UTF-8 travels as the private character U+10FF00 + byte, and so does every byte of a real character of that
//! range: the mapping loses nothing. Start at [`carry`] and its inverse [`string_bytes`].

/// The last 256 code points of the last private plane.
pub(super) const FIRST: u32 = 0x10FF00;

/// Text that carries these bytes.
pub fn carry(bytes: &[u8]) -> String {
    if !bytes.contains(&0xf4)
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return text.to_owned();
    }
    let mut out = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if u32::from(character) >= FIRST {
                carry_bytes(character.encode_utf8(&mut [0; 4]).as_bytes(), &mut out);
            } else {
                out.push(character);
            }
        }
        carry_bytes(chunk.invalid(), &mut out);
    }
    out
}

fn carry_bytes(bytes: &[u8], out: &mut String) {
    out.extend(
        bytes
            .iter()
            .map(|byte| char::from_u32(FIRST + u32::from(*byte)).expect("the last plane's code points are characters")),
    );
}

/// The bytes of a string literal of the AST.
pub fn string_bytes(text: &str) -> Vec<u8> {
    if !text.as_bytes().contains(&0xf4) {
        return text.as_bytes().to_vec();
    }
    let mut out = Vec::with_capacity(text.len());
    for character in text.chars() {
        match u32::from(character).checked_sub(FIRST) {
            Some(byte) => out.push(byte as u8),
            None => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn carries_any_bytes(bytes: Vec<u8>) {
            prop_assert_eq!(string_bytes(&carry(&bytes)), bytes);
        }
    }

    #[test]
    fn carries_the_private_characters_themselves() {
        let text = "a\u{10FFFE}\u{10FF41}b";
        assert_eq!(string_bytes(&carry(text.as_bytes())), text.as_bytes());
    }
}
