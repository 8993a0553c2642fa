//! System tables of what is not there: dictionaries, replicas, roles and the like. Clients ask for them, and find nothing.
//!
//! `empty.tsv` has their columns: table, column, type.

use std::sync::LazyLock;

use super::{Content, SystemTable};

/// Name, type and comment of a column.
type Column = (&'static str, &'static str, &'static str);

static EMPTY: LazyLock<Vec<SystemTable>> = LazyLock::new(|| {
    let lines = include_str!("empty.tsv").lines();
    let fields = lines.map(|line| {
        let mut fields = line.split('\t');
        let mut field = || fields.next().expect("empty.tsv has three fields a line");
        (field(), field(), field())
    });
    let mut tables: Vec<(&'static str, Vec<Column>)> = Vec::new();
    for (table, column, data_type) in fields {
        match tables.last_mut() {
            Some((last, columns)) if *last == table => columns.push((column, data_type, "")),
            _ => tables.push((table, vec![(column, data_type, "")])),
        }
    }
    let table = |(name, columns): (&'static str, Vec<Column>)| SystemTable {
        name,
        columns: columns.leak(),
        content: Content::Rows(|_, _| Ok(())),
    };
    tables.into_iter().map(table).collect()
});

/// All of them, by name.
pub fn tables() -> &'static [SystemTable] {
    &EMPTY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_have_known_types() {
        assert!(tables().is_sorted_by_key(|table| table.name));
        for table in tables() {
            assert!(!table.columns().is_empty(), "{}", table.name);
        }
    }
}
