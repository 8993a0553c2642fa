//! A table structure in a string: `'id UInt32, name String'`.

use gristmill_sql::Code;
use gristmill_sql::types::DataType;

use crate::error::{Error, Result};
use crate::formats::HeaderColumn;

/// Columns in order. Commas inside parentheses and quotes do not separate.
pub fn parse(text: &str) -> Result<Vec<HeaderColumn>> {
    split(text).into_iter().map(|part| column(part, text)).collect()
}

/// Types in order, for columns that are called by their number.
pub fn parse_types(text: &str) -> Result<Vec<HeaderColumn>> {
    let column = |(at, part): (usize, &str)| {
        Ok(HeaderColumn {
            name: format!("_{}", at + 1),
            data_type: DataType::parse(part.trim())?,
        })
    };
    split(text).into_iter().enumerate().map(column).collect()
}

fn column(part: &str, structure: &str) -> Result<HeaderColumn> {
    let broken = || {
        let message = format!("Cannot parse table structure '{structure}' at '{}'", part.trim());
        Error::new(Code::SYNTAX_ERROR, message)
    };
    let part = part.trim();
    let (name, rest) = match part.chars().next().ok_or_else(broken)? {
        quote @ ('`' | '"') => part[1..].split_once(quote).ok_or_else(broken)?,
        _ => part.split_once(char::is_whitespace).ok_or_else(broken)?,
    };
    if name.is_empty() || rest.trim().is_empty() {
        return Err(broken());
    }
    Ok(HeaderColumn {
        name: name.into(),
        data_type: DataType::parse(rest.trim())?,
    })
}

fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    let mut quote = None;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match (quote, character) {
            // The name of an enum's element may hold the quote.
            (Some(_), '\\') => {
                characters.next();
            }
            (Some(open), _) => quote = (open != character).then_some(open),
            (None, '\'' | '`' | '"') => quote = Some(character),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let shown = match parse(text) {
            Ok(columns) => columns
                .iter()
                .map(|column| format!("{}:{}", column.name, column.data_type))
                .collect::<Vec<_>>()
                .join(" "),
            Err(error) => error.code().name().to_string(),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn structures_are_lists_of_names_and_types() {
        check("a UInt32", "a:UInt32");
        check(" a  UInt32 , `b c` Enum8('x, y' = 1)", "a:UInt32 b c:Enum8('x, y' = 1)");
        check(
            "v Array(Tuple(UInt8, String)), s String",
            "v:Array(Tuple(UInt8, String)) s:String",
        );
        check("e Enum8('a\\'b' = 1), s String", "e:Enum8('a\\'b' = 1) s:String");
        check("a", "SYNTAX_ERROR");
        check("", "SYNTAX_ERROR");
        check("a UInt32,", "SYNTAX_ERROR");
        check("a Foo", "UNKNOWN_TYPE");
        let types = parse_types("UInt32, Array(Tuple(a String, b UInt8))").unwrap();
        assert_eq!((types.len(), types[1].name.as_str()), (2, "_2"));
        assert!(parse_types("UInt32,").is_err());
    }
}
