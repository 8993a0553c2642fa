//! Where the grammar stands in the token stream, and the limits that keep hostile input from the stack.
//!
//! Keywords are matched here by their text: ClickHouse reserves almost none, so what is a keyword depends on where it
//! stands.

use sqlparser::ast::Ident;

use super::lexer::{Spanned, Token};
use super::statement::TableName;
use super::syntax::Failure;
use crate::error::{Code, Error};

/// How deep brackets, subqueries and prefix operators may nest. ClickHouse stops between 130 and 500, by construct.
const NESTING_MAX: usize = 300;
/// How high an expression's tree may be; long chains such as `1 + 1 + …` count too. ClickHouse stops at 499 calls.
const HEIGHT_MAX: usize = 450;

pub(super) type Parse<T> = Result<T, Failure>;

/// The tokens of one statement and the place in them.
pub(super) struct Cursor<'a> {
    text: &'a str,
    tokens: &'a [Spanned],
    index: usize,
    nesting: usize,
    /// The height of the highest tree finished since the enclosing subtree began.
    height: usize,
}

impl<'a> Cursor<'a> {
    /// Stands before the first token; `tokens` end with [`Token::End`].
    pub(super) fn new(text: &'a str, tokens: &'a [Spanned]) -> Cursor<'a> {
        Cursor {
            text,
            tokens,
            index: 0,
            nesting: 0,
            height: 0,
        }
    }

    /// The token `ahead` of the next one.
    pub(super) fn peek_at(&self, ahead: usize) -> &'a Token {
        &self.spanned(self.index + ahead).token
    }

    /// The next token.
    pub(super) fn peek(&self) -> &'a Token {
        self.peek_at(0)
    }

    fn spanned(&self, index: usize) -> &'a Spanned {
        &self.tokens[index.min(self.tokens.len() - 1)]
    }

    /// Takes the next token.
    pub(super) fn advance(&mut self) -> &'a Token {
        let token = self.peek();
        self.index = (self.index + 1).min(self.tokens.len() - 1);
        token
    }

    /// Where the next token begins.
    pub(super) fn position(&self) -> usize {
        self.spanned(self.index).start
    }

    /// The text from `start` to the end of the last token taken.
    pub(super) fn text_since(&self, start: usize) -> &'a str {
        let end = self.index.checked_sub(1).map_or(start, |last| self.spanned(last).end);
        self.text.get(start..end).unwrap_or_default()
    }

    /// The next token's number among the tokens, for [`Cursor::rewind`].
    pub(super) fn mark(&self) -> usize {
        self.index
    }

    /// Goes back to a mark.
    pub(super) fn rewind(&mut self, mark: usize) {
        self.index = mark;
    }

    /// The failure that something else should stand here.
    pub(super) fn expected<T>(&self, what: &str) -> Parse<T> {
        Err(Failure::expected(self.position(), what))
    }

    /// Whether an unquoted word stands `ahead`, whatever its case.
    pub(super) fn word_at(&self, ahead: usize, word: &str) -> bool {
        matches!(self.peek_at(ahead), Token::Word { text, quoted: false } if text.eq_ignore_ascii_case(word))
    }

    /// Whether these words stand next, such as `GROUP BY`.
    pub(super) fn at(&self, words: &str) -> bool {
        words
            .split(' ')
            .enumerate()
            .all(|(ahead, word)| self.word_at(ahead, word))
    }

    /// Takes these words if they stand next.
    pub(super) fn accept(&mut self, words: &str) -> bool {
        let found = self.at(words);
        if found {
            self.index += words.split(' ').count();
        }
        found
    }

    /// Takes these words, or fails.
    pub(super) fn expect(&mut self, words: &str) -> Parse<()> {
        if self.accept(words) {
            Ok(())
        } else {
            self.expected(words)
        }
    }

    /// Whether this punctuation stands next.
    pub(super) fn at_symbol(&self, symbol: &str) -> bool {
        matches!(self.peek(), Token::Symbol(next) if *next == symbol)
    }

    /// Whether this punctuation stands `ahead`.
    pub(super) fn symbol_at(&self, ahead: usize, symbol: &str) -> bool {
        matches!(self.peek_at(ahead), Token::Symbol(next) if *next == symbol)
    }

    /// Whether this punctuation is the token of this number.
    pub(super) fn symbol_at_mark(&self, mark: usize, symbol: &str) -> bool {
        matches!(self.spanned(mark).token, Token::Symbol(next) if next == symbol)
    }

    /// All tokens of the statement.
    pub(super) fn tokens(&self) -> &'a [Spanned] {
        self.tokens
    }

    /// Takes this punctuation if it stands next.
    pub(super) fn accept_symbol(&mut self, symbol: &str) -> bool {
        let found = self.at_symbol(symbol);
        if found {
            self.advance();
        }
        found
    }

    /// Takes this punctuation, or fails.
    pub(super) fn expect_symbol(&mut self, symbol: &str) -> Parse<()> {
        if self.accept_symbol(symbol) {
            Ok(())
        } else {
            self.expected(symbol_name(symbol))
        }
    }

    /// Whether the statement ends here.
    pub(super) fn at_end(&self) -> bool {
        *self.peek() == Token::End
    }

    /// Takes a name: any word, or a quoted one.
    pub(super) fn identifier(&mut self) -> Parse<Ident> {
        match self.peek() {
            Token::Word { text, quoted } if !text.is_empty() => {
                self.advance();
                let quote_style = quoted.then_some('`');
                Ok(Ident {
                    value: text.clone(),
                    quote_style,
                    ..Ident::new("")
                })
            }
            _ => self.expected("identifier"),
        }
    }

    /// Takes a name as text.
    pub(super) fn name(&mut self) -> Parse<String> {
        Ok(self.identifier()?.value)
    }

    /// Takes `a.b.c`.
    pub(super) fn compound_name(&mut self) -> Parse<Vec<Ident>> {
        let mut parts = vec![self.identifier()?];
        while self.accept_symbol(".") {
            parts.push(self.identifier()?);
        }
        Ok(parts)
    }

    /// Takes `table` or `database.table`.
    pub(super) fn table_name(&mut self) -> Parse<TableName> {
        let first = self.name()?;
        if self.accept_symbol(".") {
            return Ok(TableName {
                database: Some(first),
                name: self.name()?,
            });
        }
        Ok(TableName {
            database: None,
            name: first,
        })
    }

    /// Takes a string literal.
    pub(super) fn string(&mut self) -> Parse<String> {
        match self.peek() {
            Token::Text(text) => {
                self.advance();
                Ok(text.clone())
            }
            _ => self.expected("string literal"),
        }
    }

    /// Takes a whole number.
    pub(super) fn whole_number(&mut self) -> Parse<u64> {
        match self.peek() {
            Token::Number(text) => match text.parse() {
                Ok(value) => {
                    self.advance();
                    Ok(value)
                }
                Err(_) => self.expected("unsigned integer"),
            },
            _ => self.expected("unsigned integer"),
        }
    }

    /// One or more, separated by commas.
    pub(super) fn comma_separated<T>(&mut self, one: impl Fn(&mut Self) -> Parse<T>) -> Parse<Vec<T>> {
        let mut all = vec![one(self)?];
        while self.accept_symbol(",") {
            all.push(one(self)?);
        }
        Ok(all)
    }

    /// What `inner` parses in parentheses.
    pub(super) fn in_parentheses<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        self.expect_symbol("(")?;
        let value = inner(self)?;
        self.expect_symbol(")")?;
        Ok(value)
    }

    /// Runs a rule one level deeper, unless it is too deep already.
    pub(super) fn nested<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.nesting >= NESTING_MAX {
            let message = format!("Maximum parse depth ({NESTING_MAX}) exceeded");
            return Err(Error::new(Code::TOO_DEEP_RECURSION, message).into());
        }
        self.nesting += 1;
        let result = rule(self);
        self.nesting -= 1;
        result
    }

    /// Begins a tree: gives what [`Cursor::end_tree`] wants back.
    pub(super) fn begin_tree(&mut self) -> usize {
        std::mem::take(&mut self.height)
    }

    /// A node was put on top of the trees finished since the last call of this or of [`Cursor::begin_tree`].
    pub(super) fn add_node(&mut self) -> Parse<()> {
        self.height += 1;
        if self.height > HEIGHT_MAX {
            return Err(Error::new(Code::TOO_DEEP_AST, format!("AST is too deep. Maximum: {HEIGHT_MAX}")).into());
        }
        Ok(())
    }

    /// Ends a tree.
    pub(super) fn end_tree(&mut self, outer: usize) {
        self.height = self.height.max(outer);
    }

    /// The height of the highest tree so far.
    pub(super) fn height(&self) -> usize {
        self.height
    }
}

fn symbol_name(symbol: &str) -> &str {
    match symbol {
        "(" => "OpeningRoundBracket",
        ")" => "Comma, ClosingRoundBracket",
        "[" => "OpeningSquareBracket",
        "]" => "Comma, ClosingSquareBracket",
        "}" => "ClosingCurlyBrace",
        other => other,
    }
}
