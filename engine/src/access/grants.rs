//! What was granted and what was taken back, on databases, tables and columns.
//!
//! A tree in order: what a place has is said by the nearest place above it, or its own, that says something. GRANT and
//! REVOKE on a place reach all below it.

use std::collections::BTreeMap;

use gristmill_sql::Code;
use gristmill_sql::parser::access::{Grant, GrantElement, GrantPlace, Level, NamePart, Privileges};

use crate::error::{Error, Result};

/// A place: nothing for everywhere, a database, a table, a column. The last part may be the beginning of names.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(Vec<NamePart>);

impl Path {
    /// Everywhere.
    pub fn everywhere() -> Self {
        Self::default()
    }

    /// A database.
    pub fn database(name: &str) -> Self {
        Self(vec![NamePart::Exact(name.into())])
    }

    /// A table.
    pub fn table(database: &str, name: &str) -> Self {
        Self::database(database).with(NamePart::Exact(name.into()))
    }

    /// A column of this table.
    pub fn column(&self, name: &str) -> Self {
        self.clone().with(NamePart::Exact(name.into()))
    }

    fn with(mut self, part: NamePart) -> Self {
        self.0.push(part);
        self
    }

    /// Whether what is said of this place is said of the other.
    fn covers(&self, other: &Self) -> bool {
        let matches = |(own, other): (&NamePart, &NamePart)| match (own, other) {
            (NamePart::Prefix(begin), NamePart::Exact(name) | NamePart::Prefix(name)) => {
                name.starts_with(begin.as_str())
            }
            (own, other) => own == other,
        };
        self.0.len() <= other.0.len() && self.0.iter().zip(&other.0).all(matches)
    }

    /// How many names deep it is; the beginning of a name is above names.
    fn depth(&self) -> usize {
        match self.0.last() {
            Some(NamePart::Prefix(_)) => self.0.len() - 1,
            _ => self.0.len(),
        }
    }

    /// What can be granted here.
    fn grantable(&self) -> Privileges {
        let depth = self.depth();
        Privileges::at(|level| match level {
            Level::Group => false,
            Level::Name | Level::Global => depth == 0 && self.0.is_empty() && level == Level::Global,
            Level::Database => depth <= 1 && !(depth == 1 && self.0.len() == 2),
            Level::Table => depth <= 2 && self.0.len() <= 2,
            Level::Column => true,
        })
    }

    fn place(&self) -> (GrantPlace, Option<&str>) {
        let part = |at: usize| self.0.get(at).cloned().unwrap_or(NamePart::Any);
        let column = match self.0.get(2) {
            Some(NamePart::Exact(name)) => Some(name.as_str()),
            _ => None,
        };
        let place = GrantPlace {
            database: Some(part(0)),
            name: part(1),
        };
        (place, column)
    }
}

/// Privileges by place.
#[derive(Clone, Debug, Default, PartialEq)]
struct Tree {
    places: BTreeMap<Path, Privileges>,
    /// What is granted on users, sources and the like, by their names.
    named: BTreeMap<NamePart, Privileges>,
}

impl Tree {
    fn at(&self, path: &Path) -> Privileges {
        let above = self.places.iter().take_while(|(place, _)| *place <= path);
        above
            .filter(|(place, _)| place.covers(path))
            .last()
            .map_or(Privileges::default(), |(_, privileges)| *privileges)
    }

    fn change(&mut self, path: &Path, change: impl Fn(Privileges) -> Privileges) {
        let own = self.at(path);
        self.places.entry(path.clone()).or_insert(own);
        for (place, privileges) in &mut self.places {
            if path.covers(place) {
                *privileges = change(*privileges) & place.grantable();
            }
        }
        self.tidy();
    }

    /// Places that say what the one above them says need not say it.
    fn tidy(&mut self) {
        for place in self.places.keys().cloned().collect::<Vec<_>>() {
            let own = self.places.remove(&place).unwrap_or_default();
            if own != self.at(&place) & place.grantable() {
                self.places.insert(place, own);
            }
        }
    }

    fn at_name(&self, name: &NamePart) -> Privileges {
        let covers = |part: &NamePart| match (part, name) {
            (NamePart::Any, _) => true,
            (NamePart::Prefix(begin), NamePart::Exact(name) | NamePart::Prefix(name)) => {
                name.starts_with(begin.as_str())
            }
            (part, name) => part == name,
        };
        let mut above = self.named.iter().filter(|(part, _)| covers(part));
        above
            .next_back()
            .map_or(Privileges::default(), |(_, privileges)| *privileges)
    }

    fn change_name(&mut self, name: &NamePart, change: impl Fn(Privileges) -> Privileges) {
        let covers = |part: &NamePart| match (name, part) {
            (NamePart::Any, _) => true,
            (NamePart::Prefix(begin), NamePart::Exact(name) | NamePart::Prefix(name)) => {
                name.starts_with(begin.as_str())
            }
            (name, part) => part == name,
        };
        let own = self.at_name(name);
        self.named.entry(name.clone()).or_insert(own);
        for (part, privileges) in &mut self.named {
            if covers(part) {
                *privileges = change(*privileges);
            }
        }
        for part in self.named.keys().cloned().collect::<Vec<_>>() {
            let own = self.named.remove(&part).unwrap_or_default();
            if own != self.at_name(&part) {
                self.named.insert(part, own);
            }
        }
    }

    fn unite(&mut self, other: &Self) {
        let places: Vec<Path> = self.places.keys().chain(other.places.keys()).cloned().collect();
        let united = places.into_iter().map(|place| {
            let both = self.at(&place) | other.at(&place);
            (place, both)
        });
        let united = united.collect();
        let names: Vec<NamePart> = self.named.keys().chain(other.named.keys()).cloned().collect();
        let named = names.into_iter().map(|name| {
            let both = self.at_name(&name) | other.at_name(&name);
            (name, both)
        });
        let named = named.collect();
        (self.places, self.named) = (united, named);
        self.tidy();
    }

    fn has(&self, privileges: Privileges, path: &Path) -> bool {
        let below = self.places.iter().filter(|(place, _)| path.covers(place));
        let wanted = |place: &Path| privileges & place.grantable();
        self.at(path).contains(wanted(path)) && below.into_iter().all(|(place, own)| own.contains(wanted(place)))
    }
}

/// All that one was granted, and what of it he may grant others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grants {
    granted: Tree,
    grantable: Tree,
}

/// Privileges that are granted on names.
fn of_names() -> Privileges {
    Privileges::at(|level| level == Level::Name)
}

impl Grants {
    /// All, everywhere, to be granted on.
    pub fn all() -> Self {
        let mut all = Self::default();
        all.add(Privileges::all(), &Path::everywhere(), true);
        all.add_name(Privileges::all(), &NamePart::Any, true);
        all
    }

    /// Adds privileges on a place.
    pub fn add(&mut self, privileges: Privileges, path: &Path, with_option: bool) {
        let privileges = privileges & !of_names();
        self.granted.change(path, |own| own | privileges);
        if with_option {
            self.grantable.change(path, |own| own | privileges);
        }
    }

    /// Adds privileges on a name.
    pub fn add_name(&mut self, privileges: Privileges, name: &NamePart, with_option: bool) {
        let privileges = privileges & of_names();
        self.granted.change_name(name, |own| own | privileges);
        if with_option {
            self.grantable.change_name(name, |own| own | privileges);
        }
    }

    /// An element of GRANT or REVOKE; INVALID_GRANT where nothing of it can be granted there.
    pub fn apply(&mut self, element: &GrantElement, grant: &Grant, database: &str) -> Result<()> {
        let (paths, name) = places(element, database)?;
        let remove = |own: Privileges| own & !element.privileges;
        for path in &paths {
            match (grant.is_revoke, grant.option_for) {
                (false, _) => self.add(element.privileges, path, grant.with_option),
                (true, true) => self.grantable.change(path, remove),
                (true, false) => {
                    self.granted.change(path, remove);
                    self.grantable.change(path, remove);
                }
            }
        }
        let Some(name) = name else { return Ok(()) };
        match (grant.is_revoke, grant.option_for) {
            (false, _) => self.add_name(element.privileges, &name, grant.with_option),
            (true, true) => self.grantable.change_name(&name, remove),
            (true, false) => {
                self.granted.change_name(&name, remove);
                self.grantable.change_name(&name, remove);
            }
        }
        Ok(())
    }

    /// What both together have.
    pub fn unite(&mut self, other: &Self) {
        self.granted.unite(&other.granted);
        self.grantable.unite(&other.grantable);
    }

    /// Whether all privileges are there on all of a place; with the option to grant them if that is asked.
    pub fn has(&self, privileges: Privileges, path: &Path, with_option: bool) -> bool {
        let tree = if with_option { &self.grantable } else { &self.granted };
        tree.has(privileges & !of_names(), path)
    }

    /// The same of a name.
    pub fn has_on_name(&self, privileges: Privileges, name: &NamePart, with_option: bool) -> bool {
        let tree = if with_option { &self.grantable } else { &self.granted };
        tree.at_name(name).contains(privileges & of_names())
    }

    /// Whether an element of a GRANT or CHECK GRANT is there.
    pub fn has_element(&self, element: &GrantElement, database: &str, with_option: bool) -> Result<bool> {
        let (paths, name) = places(element, database)?;
        let on_paths = paths
            .iter()
            .all(|path| self.has(element.privileges & path.grantable(), path, with_option));
        let on_name = name.is_none_or(|name| self.has_on_name(element.privileges, &name, with_option));
        Ok(on_paths && on_name)
    }

    /// Whether some of the privileges are there on a place or on something in it.
    pub fn has_any(&self, privileges: Privileges, path: &Path) -> bool {
        let below = self.granted.places.iter().filter(|(place, _)| path.covers(place));
        self.granted.at(path).meets(privileges) || below.into_iter().any(|(_, own)| own.meets(privileges))
    }

    /// Whether one may do all.
    pub fn has_all(&self) -> bool {
        self.granted.places.len() == 1 && self.granted.has(Privileges::all() & !of_names(), &Path::everywhere())
    }

    /// The statements that grant this, for whom they are written.
    pub fn statements(&self) -> Vec<Grant> {
        let mut lines = Vec::new();
        for depth_first in [false, true] {
            let mut places: Vec<&Path> = self.granted.places.keys().chain(self.grantable.places.keys()).collect();
            places.sort();
            places.dedup();
            for place in places.into_iter().filter(|place| place.0.is_empty() != depth_first) {
                self.differences(place, &mut lines);
            }
            if !depth_first {
                self.name_differences(&mut lines);
            }
        }
        lines
    }

    fn differences(&self, place: &Path, lines: &mut Vec<Grant>) {
        let difference = |tree: &Tree| {
            let own = tree.at(place);
            let mut above = tree.clone();
            above.places.remove(place);
            let above = above.at(place) & place.grantable();
            (own & !above, above & !own)
        };
        let ((more, less), (more_option, less_option)) = (difference(&self.granted), difference(&self.grantable));
        let (at, column) = place.place();
        let whole = place.0.is_empty() && more == Privileges::all() & !of_names();
        let named = self.granted.at_name(&NamePart::Any) == of_names();
        let shown = |more: Privileges| {
            if whole && named && !more.is_empty() {
                more | of_names()
            } else {
                more
            }
        };
        let lines_of = [
            (shown(more & !more_option), false, false, false),
            (shown(more_option), false, false, true),
            (less, true, false, false),
            (less_option & !less, true, true, false),
        ];
        for (privileges, is_revoke, option_for, with_option) in lines_of {
            push(lines, privileges, &at, column, (is_revoke, option_for, with_option));
        }
    }

    fn name_differences(&self, lines: &mut Vec<Grant>) {
        let everything = self.granted.at(&Path::everywhere()) == Privileges::all() & !of_names();
        let mut names: Vec<&NamePart> = self.granted.named.keys().chain(self.grantable.named.keys()).collect();
        names.sort();
        names.dedup();
        for name in names {
            let difference = |tree: &Tree| {
                let own = tree.at_name(name);
                let mut above = tree.clone();
                above.named.remove(name);
                let above = above.at_name(name);
                (own & !above, above & !own)
            };
            let ((more, less), (more_option, less_option)) = (difference(&self.granted), difference(&self.grantable));
            let place = GrantPlace {
                database: None,
                name: name.clone(),
            };
            let told = everything && *name == NamePart::Any && more == of_names();
            for (privileges, is_revoke, option_for, with_option) in [
                (more & !more_option, false, false, false),
                (more_option, false, false, true),
                (less, true, false, false),
                (less_option & !less, true, true, false),
            ] {
                if !told {
                    push(lines, privileges, &place, None, (is_revoke, option_for, with_option));
                }
            }
        }
    }
}

/// Adds privileges to the line of the same place, if the last ones have it.
fn push(
    lines: &mut Vec<Grant>,
    privileges: Privileges,
    place: &GrantPlace,
    column: Option<&str>,
    (is_revoke, option_for, with_option): (bool, bool, bool),
) {
    if privileges.is_empty() {
        return;
    }
    let same = |line: &&mut Grant| {
        (line.is_revoke, line.option_for, line.with_option) == (is_revoke, option_for, with_option)
            && line.elements.iter().all(|element| element.place == *place)
    };
    let line = match lines.iter_mut().rev().find(same) {
        Some(line) => line,
        None => {
            lines.push(Grant {
                is_revoke,
                option_for,
                with_option,
                ..Grant::default()
            });
            lines.last_mut().expect("it was just added")
        }
    };
    let known = line
        .elements
        .iter_mut()
        .find(|it| it.privileges == privileges && !it.columns.is_empty());
    match (column, known) {
        (Some(column), Some(known)) => known.columns.push(column.into()),
        (column, _) => line.elements.push(GrantElement {
            privileges,
            columns: column.map(str::to_string).into_iter().collect(),
            place: place.clone(),
        }),
    }
}

/// The places of an element, and its name if it has privileges on names.
fn places(element: &GrantElement, database: &str) -> Result<(Vec<Path>, Option<NamePart>)> {
    let GrantPlace { database: given, name } = &element.place;
    let has_names = element.privileges.meets(of_names());
    let is_everywhere = given.as_ref().is_none_or(|it| *it == NamePart::Any) && *name == NamePart::Any;
    if has_names && (given.is_none() || is_everywhere) {
        let only_names = of_names().contains(element.privileges);
        if only_names {
            return Ok((Vec::new(), Some(name.clone())));
        }
    }
    let path = match (given, name) {
        (Some(NamePart::Any), NamePart::Any) => Path::everywhere(),
        (Some(NamePart::Any), _) => return Err(invalid(element, "table")),
        (Some(prefix @ NamePart::Prefix(_)), NamePart::Any) => Path(vec![prefix.clone()]),
        (Some(NamePart::Prefix(_)), _) => return Err(invalid(element, "table")),
        (Some(exact), NamePart::Any) => Path(vec![exact.clone()]),
        (Some(exact), name) => Path(vec![exact.clone(), name.clone()]),
        (None, NamePart::Any) => Path::database(database),
        (None, name) => Path::database(database).with(name.clone()),
    };
    let paths: Vec<Path> = match element.columns.is_empty() {
        true => vec![path.clone()],
        false => element.columns.iter().map(|column| path.column(column)).collect(),
    };
    let is_nothing = element.privileges.is_empty();
    if !is_nothing && !paths.iter().all(|path| element.privileges.meets(path.grantable())) {
        let level = match paths[0].0.len() {
            0 => "global",
            1 => "database",
            2 => "table",
            _ => "column",
        };
        return Err(invalid(element, level));
    }
    let name = (has_names && path.0.is_empty()).then_some(NamePart::Any);
    Ok((paths, name))
}

fn invalid(element: &GrantElement, level: &str) -> Error {
    let names = element.privileges.names().join(", ");
    Error::new(
        Code::INVALID_GRANT,
        format!("{names} cannot be granted on the {level} level"),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use gristmill_sql::parser::access::{AccessStatement, Subject, format_statement};
    use gristmill_sql::parser::{Statement, parse};

    use super::*;

    fn grants(texts: &[&str]) -> Grants {
        let mut grants = Grants::default();
        for text in texts {
            let (parsed, _) = parse(format!("{text} u").as_bytes(), &BTreeMap::new()).unwrap();
            let Statement::Access(statement) = parsed.statement else {
                panic!("{text}")
            };
            let AccessStatement::Grant(grant) = *statement else {
                panic!("{text}")
            };
            for element in &grant.elements {
                grants.apply(element, &grant, "d").unwrap();
            }
        }
        grants
    }

    /// What SHOW GRANTS of ClickHouse prints after these.
    #[track_caller]
    fn check(texts: &[&str], shown: &[&str]) {
        let grants = grants(texts);
        let written: Vec<String> = grants
            .statements()
            .into_iter()
            .map(|mut grant| {
                grant.to.named = vec![Subject::Name("u".into())];
                format_statement(&AccessStatement::Grant(grant))
            })
            .collect();
        assert_eq!(written, shown);
        let again: Vec<String> = written
            .iter()
            .map(|text| text.replace(" TO u", " TO u, u").replace(" FROM u", " FROM u, u"))
            .collect();
        let again: Vec<String> = again
            .iter()
            .map(|text| {
                let (head, option) = text
                    .split_once(" WITH ")
                    .map_or((text.clone(), String::new()), |(head, option)| {
                        (head.to_string(), format!(" WITH {option}"))
                    });
                format!("{}{option}", head)
            })
            .collect();
        let mut same = Grants::default();
        for text in again {
            let (parsed, _) = parse(text.as_bytes(), &BTreeMap::new()).unwrap();
            let Statement::Access(statement) = parsed.statement else {
                panic!("{text}")
            };
            let AccessStatement::Grant(grant) = *statement else {
                panic!("{text}")
            };
            grant
                .elements
                .iter()
                .for_each(|element| same.apply(element, &grant, "d").unwrap());
        }
        assert_eq!(same, grants, "what is written gives the same");
    }

    #[test]
    fn they_are_shown_as_in_clickhouse() {
        check(
            &["GRANT SELECT(a,b), INSERT ON db.t TO"],
            &["GRANT INSERT, SELECT(a, b) ON db.t TO u"],
        );
        check(&["GRANT SELECT ON db.pre* TO"], &["GRANT SELECT ON db.pre* TO u"]);
        check(&["GRANT ALL ON *.* TO"], &["GRANT ALL ON *.* TO u"]);
        check(
            &["GRANT SHOW ON *.* TO", "GRANT USAGE ON *.* TO"],
            &["GRANT SHOW ON *.* TO u"],
        );
        check(
            &["GRANT SELECT(a,b,c) ON db.t TO", "REVOKE SELECT(a) ON db.t FROM"],
            &["GRANT SELECT(b, c) ON db.t TO u"],
        );
        check(
            &["GRANT SELECT ON db.t TO", "REVOKE SELECT(a) ON db.t FROM"],
            &["GRANT SELECT ON db.t TO u", "REVOKE SELECT(a) ON db.t FROM u"],
        );
        check(&["GRANT CREATE USER ON * TO"], &["GRANT CREATE USER ON * TO u"]);
        check(
            &[
                "GRANT INSERT ON db.t TO",
                "GRANT SELECT ON db.t TO",
                "GRANT SELECT ON db.u TO",
            ],
            &["GRANT SELECT, INSERT ON db.t TO u", "GRANT SELECT ON db.u TO u"],
        );
        check(
            &["GRANT TABLE ENGINE ON MergeTree TO"],
            &["GRANT TABLE ENGINE ON MergeTree TO u"],
        );
        check(
            &["GRANT KILL QUERY, SYSTEM ON *.* TO"],
            &["GRANT KILL QUERY, SYSTEM ON *.* TO u"],
        );
        check(&["GRANT SELECT ON t TO"], &["GRANT SELECT ON d.t TO u"]);
    }

    #[test]
    fn the_nearest_place_decides() {
        let some = grants(&[
            "GRANT SELECT ON *.* TO",
            "REVOKE SELECT ON db.* FROM",
            "GRANT SELECT(a) ON db.t TO",
        ]);
        let select = Privileges::named("SELECT");
        let table = Path::table("db", "t");
        assert!(some.has(select, &Path::table("x", "y"), false));
        assert!(!some.has(select, &table, false) && some.has(select, &table.column("a"), false));
        assert!(!some.has(select, &table.column("b"), false) && some.has_any(select, &table));
        assert!(!some.has(select, &Path::everywhere(), false) && !some.has(select, &Path::database("db"), false));
        assert!(some.has(select, &Path::database("x"), false) && !some.has(select, &Path::database("x"), true));
        let begin = grants(&["GRANT SELECT ON a*.* TO", "REVOKE SELECT ON ab.c* FROM"]);
        assert!(
            begin.has(select, &Path::table("ab", "d"), false) && !begin.has(select, &Path::table("ab", "cd"), false)
        );
        assert!(begin.has(select, &Path::table("a", "cd"), false) && !begin.has(select, &Path::table("b", "d"), false));
        assert!(Grants::all().has_all() && !some.has_all());
    }
}
