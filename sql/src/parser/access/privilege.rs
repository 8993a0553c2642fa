//! The privileges of ClickHouse and sets of them.
//!
//! `privileges.tsv` is `system.privileges` of 26.9: name, aliases, level, group. A set holds leaves only; a group is
//! shown where all of its leaves are in the set.

use std::ops::{BitAnd, BitAndAssign, BitOr, BitOrAssign, Not};
use std::sync::LazyLock;

/// Words of a set; room for all lines of the list.
const WORDS: usize = 4;

/// What a privilege can be granted on, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A group; its members have levels of their own.
    Group,
    /// All or nothing.
    Global,
    /// Databases.
    Database,
    /// Tables, views and dictionaries.
    Table,
    /// Columns.
    Column,
    /// Something that has a name but is in no database: a user, a table engine, a source.
    Name,
}

/// A line of the list.
#[derive(Debug)]
pub struct Privilege {
    /// The name.
    pub name: &'static str,
    /// Other names that GRANT takes.
    pub aliases: Vec<&'static str>,
    /// The level's name in `system.privileges`; empty for groups.
    pub level_name: &'static str,
    /// What it can be granted on.
    pub level: Level,
    /// The group that it is part of.
    pub parent: Option<usize>,
    /// Itself, or the leaves of a group.
    pub leaves: Privileges,
}

/// All of them in ClickHouse's order.
pub static PRIVILEGES: LazyLock<Vec<Privilege>> = LazyLock::new(|| {
    let lines: Vec<Vec<&'static str>> = include_str!("privileges.tsv")
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    let position = |name: &str| lines.iter().position(|line| line[0] == name);
    let mut all: Vec<Privilege> = lines.iter().map(|line| privilege(line, position(line[3]))).collect();
    for leaf in 0..all.len() {
        if all[leaf].level == Level::Group {
            continue;
        }
        let own = Privileges::of(leaf);
        let mut at = Some(leaf);
        while let Some(place) = at {
            all[place].leaves |= own;
            at = all[place].parent;
        }
    }
    all
});

fn privilege(line: &[&'static str], parent: Option<usize>) -> Privilege {
    let level = match line[2] {
        "" => Level::Group,
        "GLOBAL" => Level::Global,
        "DATABASE" => Level::Database,
        "TABLE" | "VIEW" | "DICTIONARY" => Level::Table,
        "COLUMN" => Level::Column,
        _ => Level::Name,
    };
    Privilege {
        name: line[0],
        aliases: line[1].split(',').filter(|alias| !alias.is_empty()).collect(),
        level_name: line[2],
        level,
        parent,
        leaves: Privileges::default(),
    }
}

/// A set of privileges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Privileges([u64; WORDS]);

impl Privileges {
    fn of(place: usize) -> Self {
        let mut words = [0; WORDS];
        words[place / 64] = 1 << (place % 64);
        Self(words)
    }

    /// A privilege or group by its name or an alias, whatever the case. Panics on a name that there is not, so it is for
    /// names that stand in the program.
    pub fn named(name: &str) -> Self {
        find(name).unwrap_or_else(|| panic!("{name} is a privilege")).leaves
    }

    /// All that there is.
    pub fn all() -> Self {
        let mut all = Self::default();
        PRIVILEGES.iter().for_each(|privilege| all |= privilege.leaves);
        all
    }

    /// Those of these levels.
    pub fn at(levels: impl Fn(Level) -> bool) -> Self {
        let mut found = Self::default();
        for (place, privilege) in PRIVILEGES.iter().enumerate() {
            if privilege.level != Level::Group && levels(privilege.level) {
                found |= Self::of(place);
            }
        }
        found
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// Whether all of the other set are in this one.
    pub fn contains(self, other: Self) -> bool {
        (other & !self).is_empty()
    }

    /// Whether the sets have something in common.
    pub fn meets(self, other: Self) -> bool {
        !(self & other).is_empty()
    }

    /// The names of the set: groups where all of a group is in it.
    pub fn names(self) -> Vec<&'static str> {
        let is_whole = |privilege: &Privilege| !privilege.leaves.is_empty() && self.contains(privilege.leaves);
        let shown = PRIVILEGES.iter().filter(|privilege| {
            is_whole(privilege) && !privilege.parent.is_some_and(|parent| is_whole(&PRIVILEGES[parent]))
        });
        shown.map(|privilege| privilege.name).collect()
    }
}

impl BitOr for Privileges {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] | other.0[word]))
    }
}

impl BitAnd for Privileges {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] & other.0[word]))
    }
}

impl Not for Privileges {
    type Output = Self;

    fn not(self) -> Self {
        Self(std::array::from_fn(|word| !self.0[word]))
    }
}

impl BitOrAssign for Privileges {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

impl BitAndAssign for Privileges {
    fn bitand_assign(&mut self, other: Self) {
        *self = *self & other;
    }
}

/// The privilege or group of a name or an alias, whatever the case.
pub fn find(name: &str) -> Option<&'static Privilege> {
    let is_called = |it: &str| it.eq_ignore_ascii_case(name);
    let own = PRIVILEGES.iter().find(|privilege| is_called(privilege.name));
    own.or_else(|| {
        PRIVILEGES
            .iter()
            .find(|it| it.aliases.iter().any(|alias| is_called(alias)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_stand_for_their_members() {
        assert!(PRIVILEGES.len() <= 64 * WORDS);
        assert_eq!(Privileges::all().names(), ["ALL"]);
        assert_eq!(Privileges::named("ALL"), Privileges::all());
        let show = Privileges::named("SHOW TABLES") | Privileges::named("show columns");
        assert_eq!(show.names(), ["SHOW TABLES", "SHOW COLUMNS"]);
        assert_eq!(Privileges::named("ALTER COLUMN").names(), ["ALTER COLUMN"]);
        assert!(Privileges::named("ALTER").contains(Privileges::named("DROP COLUMN")));
        assert!(Privileges::named("USAGE").is_empty());
    }
}
