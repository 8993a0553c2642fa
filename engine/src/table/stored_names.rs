//! What parts call a table's columns. FORMAT.md, section 9.

use std::collections::BTreeMap;

/// Stands between a column's name and the number that makes its stored name one that was never given before.
const MARK: char = '~';
/// No table has so many columns in its life; larger numbers in names are just names.
const NUMBER_MAX: u64 = 1 << 53;

/// The stored names of a table's columns: a column keeps its own for as long as it lives, whatever it is called, and no
/// other column gets it, ever.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredNames {
    /// What the next column's name is numbered with; 0 while every column is stored under its own name, as all have been
    /// that the table ever had.
    next: u64,
    /// By column, where the stored name is another one.
    names: BTreeMap<String, String>,
}

impl StoredNames {
    /// What parts call a column.
    pub fn of<'a>(&'a self, column: &'a str) -> &'a str {
        self.names.get(column).map_or(column, String::as_str)
    }

    /// Whether all columns are stored under their own names, and always were.
    pub fn are_plain(&self) -> bool {
        self.next == 0
    }

    /// Gives a new column its stored name.
    pub fn add(&mut self, column: &str) {
        if self.next > 0 {
            let name = format!("{column}{MARK}{}", self.next);
            self.next += 1;
            self.names.insert(column.to_owned(), name);
        }
    }

    /// A column goes. `columns` are those of the table, this one among them.
    pub fn drop<'a>(&mut self, column: &str, columns: impl Iterator<Item = &'a str>) {
        self.number_from_here(columns);
        self.names.remove(column);
    }

    /// A column gets another name. `columns` are those of the table, under the names that they had.
    pub fn rename<'a>(&mut self, from: &str, to: &str, columns: impl Iterator<Item = &'a str>) {
        self.number_from_here(columns);
        let stored = self.names.remove(from).unwrap_or_else(|| from.to_owned());
        if stored != to {
            self.names.insert(to.to_owned(), stored);
        }
    }

    /// From now on a column's name says nothing about what parts may hold under it: new columns get numbers, and none
    /// that is in use.
    fn number_from_here<'a>(&mut self, columns: impl Iterator<Item = &'a str>) {
        let number = |column: &'a str| self.of(column).rsplit_once(MARK)?.1.parse::<u64>().ok();
        let used = columns.filter_map(number).filter(|number| *number < NUMBER_MAX);
        self.next = self.next.max(1).max(used.max().map_or(0, |number| number + 1));
    }

    /// As the metadata file holds them: the next number, then `column=stored name`, each escaped by `escape`.
    pub fn to_text(&self, escape: impl Fn(&str) -> String) -> String {
        let mut text = self.next.to_string();
        for (column, stored) in &self.names {
            text.push_str(&format!(" {}={}", escape(column), escape(stored)));
        }
        text
    }

    /// Reads [`to_text`](StoredNames::to_text)'s text; None if it is none.
    pub fn from_text(text: &str, unescape: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let mut words = text.split(' ');
        let next = words.next()?.parse().ok()?;
        let name = |word: &str| {
            let (column, stored) = word.split_once('=')?;
            Some((unescape(column)?, unescape(stored)?))
        };
        let names = words.map(name).collect::<Option<_>>()?;
        Some(Self { next, names })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Runs `+a -a a>b` and checks that no stored name is ever given twice; returns the stored names at the end.
    fn check(columns: &[&str], commands: &str) -> Vec<String> {
        let mut columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
        let mut names = StoredNames::default();
        let mut given: BTreeSet<String> = columns.iter().cloned().collect();
        for command in commands.split_whitespace() {
            let before = columns.clone();
            let before = before.iter().map(String::as_str);
            if let Some(column) = command.strip_prefix('+') {
                names.add(column);
                columns.push(column.to_owned());
                assert!(given.insert(names.of(column).to_owned()), "{command} of {commands}");
            } else if let Some(column) = command.strip_prefix('-') {
                names.drop(column, before);
                columns.retain(|other| other != column);
            } else {
                let (from, to) = command.split_once('>').unwrap();
                let stored = names.of(from).to_owned();
                names.rename(from, to, before);
                columns
                    .iter_mut()
                    .filter(|column| *column == from)
                    .for_each(|column| *column = to.into());
                assert_eq!(names.of(to), stored);
            }
        }
        let text = names.to_text(str::to_owned);
        assert_eq!(
            StoredNames::from_text(&text, |name| Some(name.to_owned())).as_ref(),
            Some(&names)
        );
        columns.iter().map(|column| names.of(column).to_owned()).collect()
    }

    #[test]
    fn a_stored_name_is_given_once() {
        assert_eq!(check(&["a", "b"], "+c"), ["a", "b", "c"]);
        assert_eq!(check(&["a", "b"], "-b +b -b +b"), ["a", "b~2"]);
        assert_eq!(check(&["a", "b"], "a>c +a b>d d>b"), ["a", "b", "a~1"]);
        assert_eq!(check(&["a", "b"], "a>c b>a c>b"), ["a", "b"]);
        assert_eq!(
            check(&["a", "a~1", "a~7"], "-a +a a>x +a"),
            ["a~1", "a~7", "a~8", "a~9"]
        );
        assert_eq!(check(&["a~1", "b"], "-a~1 -b +a +b"), ["a~2", "b~3"]);
        check(
            &["a", "b~99999999999999999999", "c~18446744073709551615"],
            "-a +a -a +b +c",
        );
    }
}
