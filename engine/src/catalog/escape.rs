//! Names of databases and tables as file names, escaped as ClickHouse escapes them.

pub use gristmill_storage::escape;

/// The name that `escape` made this of; `None` if it made none of it.
pub fn unescape(escaped: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut rest = escaped.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    let name = String::from_utf8(bytes).ok()?;
    (escape(&name) == escaped).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_round_trips() {
        for name in ["t", "a.b", "../x", "ü€", "a b%20", "_", "with`quote"] {
            let escaped = escape(name);
            assert!(!escaped.contains(['/', '.']), "{escaped}");
            assert_eq!(unescape(&escaped).as_deref(), Some(name));
        }
    }

    #[test]
    fn other_files_are_no_names() {
        for file in ["a.b", "%2", "%zz", "%61"] {
            assert_eq!(unescape(file), None, "{file}");
        }
    }
}
