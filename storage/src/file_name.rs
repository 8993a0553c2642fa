//! Names as file names, escaped as ClickHouse escapes them.

/// Letters, digits and `_` stay; every other byte becomes `%XX`.
pub fn escape(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => escaped.push(char::from(byte)),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_safe() {
        assert_eq!(escape("vec_1"), "vec_1");
        assert_eq!(escape("../a b"), "%2E%2E%2Fa%20b");
        assert_eq!(escape("ж"), "%D0%B6");
    }
}
