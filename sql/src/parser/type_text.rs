//! A data type's text: taken from the tokens, written with normal spaces, not interpreted.

use super::cursor::{Cursor, Parse};
use super::format::quote_string;
use super::lexer::Token;

/// Second words of SQL types: `DOUBLE PRECISION`, `INT UNSIGNED`.
const SECOND_WORDS: &[&str] = &["PRECISION", "UNSIGNED", "SIGNED", "VARYING", "LARGE", "OBJECT"];

/// Takes a type, such as `Array(Tuple(a UInt8, b DateTime64(3, 'UTC')))`.
pub(super) fn parse(c: &mut Cursor) -> Parse<String> {
    c.nested(|c| {
        let mut text = match c.peek() {
            Token::Word { text, quoted: false } => text.clone(),
            _ => return c.expected("data type"),
        };
        c.advance();
        while let Token::Word {
            text: word,
            quoted: false,
        } = c.peek()
            && SECOND_WORDS.iter().any(|second| word.eq_ignore_ascii_case(second))
        {
            text.push(' ');
            text.push_str(word);
            c.advance();
        }
        if c.accept_symbol("(") {
            let mut arguments = Vec::new();
            while !c.at_symbol(")") {
                arguments.push(argument(c)?);
                if !c.accept_symbol(",") {
                    break;
                }
            }
            c.expect_symbol(")")?;
            text.push_str(&format!("({})", arguments.join(", ")));
        }
        Ok(text)
    })
}

/// One argument: a type, `name type`, a number, `'text'`, `'text' = number`, `name = value`, a call.
fn argument(c: &mut Cursor) -> Parse<String> {
    match c.peek() {
        Token::Number(_) | Token::Symbol("-") => signed_number(c),
        Token::Text(text) => {
            let mut out = quote_string(text);
            c.advance();
            if c.accept_symbol("=") {
                out.push_str(" = ");
                out.push_str(&signed_number(c)?);
            }
            Ok(out)
        }
        Token::Word { .. } if matches!(c.peek_at(1), Token::Word { text, .. } if !is_second_word(text)) => {
            let name = c.identifier()?;
            Ok(format!("{} {}", super::format::quote_name(&name.value), parse(c)?))
        }
        Token::Word { .. } if c.symbol_at(1, "=") => {
            let name = c.name()?;
            c.advance();
            Ok(format!("{name} = {}", argument(c)?))
        }
        _ => parse(c),
    }
}

fn is_second_word(word: &str) -> bool {
    SECOND_WORDS.iter().any(|second| word.eq_ignore_ascii_case(second))
}

fn signed_number(c: &mut Cursor) -> Parse<String> {
    let sign = if c.accept_symbol("-") { "-" } else { "" };
    match c.peek() {
        Token::Number(text) => {
            c.advance();
            Ok(format!("{sign}{text}"))
        }
        _ => c.expected("number"),
    }
}
