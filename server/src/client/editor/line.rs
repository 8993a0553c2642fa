//! [`Line`]: a text, which may have several lines, and a cursor in it.

/// What is being typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    text: Vec<char>,
    cursor: usize,
    /// What was cut last.
    cut: Vec<char>,
}

/// Whether names may have such a character.
fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

impl Line {
    /// The text.
    pub fn text(&self) -> String {
        self.text.iter().collect()
    }

    /// The characters.
    pub fn characters(&self) -> &[char] {
        &self.text
    }

    /// The character before which the cursor stands.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Puts another text in place of this one, the cursor at its end.
    pub fn set(&mut self, text: &str) {
        self.text = text.chars().collect();
        self.cursor = self.text.len();
    }

    /// Inserts text at the cursor.
    pub fn insert(&mut self, text: &str) {
        let characters: Vec<char> = text.chars().collect();
        let count = characters.len();
        self.text.splice(self.cursor..self.cursor, characters);
        self.cursor += count;
    }

    /// Takes away the character before the cursor.
    pub fn backspace(&mut self) {
        if self.cursor > 0 {
            self.cursor -= 1;
            self.text.remove(self.cursor);
        }
    }

    /// Takes away the character behind the cursor.
    pub fn delete(&mut self) {
        if self.cursor < self.text.len() {
            self.text.remove(self.cursor);
        }
    }

    pub fn left(&mut self) {
        self.cursor = self.cursor.saturating_sub(1);
    }

    pub fn right(&mut self) {
        self.cursor = (self.cursor + 1).min(self.text.len());
    }

    /// To the begin of the line.
    pub fn home(&mut self) {
        self.cursor = self.line_start();
    }

    /// To the end of the line.
    pub fn end(&mut self) {
        self.cursor = self.line_end();
    }

    fn line_start(&self) -> usize {
        let before = &self.text[..self.cursor];
        before.iter().rposition(|it| *it == '\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        let behind = self.text[self.cursor..].iter().position(|it| *it == '\n');
        behind.map_or(self.text.len(), |at| self.cursor + at)
    }

    /// A line up; false where there is none.
    pub fn up(&mut self) -> bool {
        let start = self.line_start();
        if start == 0 {
            return false;
        }
        let column = self.cursor - start;
        self.cursor = start - 1;
        let above = self.line_start();
        self.cursor = (above + column).min(start - 1);
        true
    }

    /// A line down; false where there is none.
    pub fn down(&mut self) -> bool {
        let end = self.line_end();
        if end == self.text.len() {
            return false;
        }
        let column = self.cursor - self.line_start();
        self.cursor = end + 1;
        self.cursor = (self.cursor + column).min(self.line_end());
        true
    }

    fn word_start(&self) -> usize {
        let mut at = self.cursor;
        while at > 0 && !is_of_word(self.text[at - 1]) {
            at -= 1;
        }
        while at > 0 && is_of_word(self.text[at - 1]) {
            at -= 1;
        }
        at
    }

    fn word_end(&self) -> usize {
        let mut at = self.cursor;
        while at < self.text.len() && !is_of_word(self.text[at]) {
            at += 1;
        }
        while at < self.text.len() && is_of_word(self.text[at]) {
            at += 1;
        }
        at
    }

    pub fn word_left(&mut self) {
        self.cursor = self.word_start();
    }

    pub fn word_right(&mut self) {
        self.cursor = self.word_end();
    }

    fn cut_range(&mut self, range: std::ops::Range<usize>) {
        self.cursor = range.start;
        self.cut = self.text.drain(range).collect();
    }

    /// Cuts the word before the cursor.
    pub fn cut_word(&mut self) {
        self.cut_range(self.word_start()..self.cursor);
    }

    /// Cuts the word behind the cursor.
    pub fn cut_word_behind(&mut self) {
        self.cut_range(self.cursor..self.word_end());
    }

    /// Cuts up to the end of the line, or its end itself.
    pub fn cut_to_end(&mut self) {
        let end = self.line_end();
        let end = if end == self.cursor {
            (end + 1).min(self.text.len())
        } else {
            end
        };
        self.cut_range(self.cursor..end);
    }

    /// Cuts from the begin of the line.
    pub fn cut_to_start(&mut self) {
        self.cut_range(self.line_start()..self.cursor);
    }

    /// Inserts what was cut.
    pub fn paste_cut(&mut self) {
        let cut: String = self.cut.iter().collect();
        self.insert(&cut);
    }

    /// Exchanges the two characters around the cursor.
    pub fn exchange(&mut self) {
        if self.cursor > 0 && self.text.len() > 1 {
            let at = self.cursor.min(self.text.len() - 1);
            self.text.swap(at - 1, at);
            self.cursor = at + 1;
        }
    }

    /// The name that ends at the cursor.
    pub fn word(&self) -> String {
        let mut start = self.cursor;
        while start > 0 && is_of_word(self.text[start - 1]) {
            start -= 1;
        }
        self.text[start..self.cursor].iter().collect()
    }

    /// Puts another name in place of the one that ends at the cursor.
    pub fn replace_word(&mut self, name: &str) {
        let count = self.word().chars().count();
        self.text.drain(self.cursor - count..self.cursor);
        self.cursor -= count;
        self.insert(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `|` is the cursor.
    fn line(shown: &str) -> Line {
        let mut line = Line::default();
        line.set(&shown.replace('|', ""));
        line.cursor = shown.chars().position(|it| it == '|').unwrap();
        line
    }

    #[track_caller]
    fn check(before: &str, change: impl FnOnce(&mut Line), after: &str) {
        let mut it = line(before);
        change(&mut it);
        let mut shown = it.text.clone();
        shown.insert(it.cursor, '|');
        assert_eq!(shown.into_iter().collect::<String>(), after);
    }

    #[test]
    fn the_cursor_moves_and_text_changes() {
        check("ab|c", |it| it.insert("xy"), "abxy|c");
        check("ab|c", Line::backspace, "a|c");
        check("|c", Line::backspace, "|c");
        check("ab|c", Line::delete, "ab|");
        check("ab\nc|d", Line::home, "ab\n|cd");
        check("a|b\ncd", Line::end, "ab|\ncd");
        check("abc\nx|y", |it| assert!(it.up()), "a|bc\nxy");
        check("ab|c\nx", |it| assert!(it.down()), "abc\nx|");
        check("a|bc", |it| assert!(!it.up() && !it.down()), "a|bc");
        check("ab cd|", Line::word_left, "ab |cd");
        check("ab |cd.", Line::word_right, "ab cd|.");
        check("ab, cd|", Line::cut_word, "ab, |");
        check("a|b\ncd", Line::cut_to_end, "a|\ncd");
        check("a|\ncd", Line::cut_to_end, "a|cd");
        check("ab\ncd|e", Line::cut_to_start, "ab\n|e");
        check("ab|", Line::exchange, "ba|");
        check("a cd|", |it| (it.cut_word(), it.home(), it.paste_cut()).2, "cd|a ");
        check("SELECT cou|", |it| it.replace_word("count"), "SELECT count|");
        assert_eq!(line("t.nam|e").word(), "nam");
    }
}
