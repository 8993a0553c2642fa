//! Names for completion, asked of the server while one types already.

use arrow::array::AsArray;
use gristmill_sql::Result;

use super::editor::Words;
use super::interrupt::Interrupt;
use super::session::{Display, Session};
use crate::native::block::Block;

/// Servers that have it know best.
const COMPLETIONS: &str = "SELECT DISTINCT word FROM system.completions";

/// What older servers are asked.
const TABLES: &str = "\
SELECT DISTINCT name AS word FROM (\
SELECT name FROM system.functions UNION ALL SELECT name FROM system.table_engines \
UNION ALL SELECT name FROM system.formats UNION ALL SELECT name FROM system.data_type_families \
UNION ALL SELECT name FROM system.settings UNION ALL SELECT name FROM system.databases \
UNION ALL SELECT name FROM system.tables UNION ALL SELECT name FROM system.columns)";

/// Words that are no names.
const KEYWORDS: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "PREWHERE",
    "GROUP",
    "ORDER",
    "BY",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "WITH",
    "INSERT",
    "INTO",
    "VALUES",
    "FORMAT",
    "SETTINGS",
    "CREATE",
    "TABLE",
    "DATABASE",
    "VIEW",
    "ENGINE",
    "PRIMARY",
    "PARTITION",
    "INDEX",
    "ALTER",
    "DROP",
    "RENAME",
    "TRUNCATE",
    "OPTIMIZE",
    "FINAL",
    "SHOW",
    "DESCRIBE",
    "EXPLAIN",
    "EXISTS",
    "USE",
    "SET",
    "SYSTEM",
    "KILL",
    "JOIN",
    "LEFT",
    "RIGHT",
    "INNER",
    "OUTER",
    "ANY",
    "ASOF",
    "USING",
    "UNION",
    "DISTINCT",
    "BETWEEN",
    "LIKE",
    "ILIKE",
    "NULL",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "INTERVAL",
    "OUTFILE",
    "INFILE",
    "COMPRESSION",
    "DELETE",
    "UPDATE",
    "GRANT",
    "REVOKE",
    "USER",
    "ROLE",
];

/// Fills `words` over a connection of its own. What goes wrong leaves the words without names of the server.
pub fn load(session: &Session, limit: u64, words: Words) {
    put(&words, KEYWORDS.iter().map(|word| (*word).to_string()).collect());
    let target = session.target().clone();
    std::thread::spawn(move || {
        let display = Display {
            format: "Null".into(),
            progress: None,
            is_interactive: false,
            log_file: None,
        };
        let mut session = Session::new(target, Interrupt::default(), display);
        let mut found = Vec::new();
        for query in [COMPLETIONS, TABLES] {
            let query = format!("{query} LIMIT {limit}");
            let fetched = session.fetch(query.as_bytes(), |block| take(&block, &mut found));
            if fetched.is_ok() && !found.is_empty() {
                break;
            }
        }
        found.extend(KEYWORDS.iter().map(|word| (*word).to_string()));
        put(&words, found);
    });
}

fn take(block: &Block, found: &mut Vec<String>) -> Result<()> {
    if let Some(names) = block.columns.first().and_then(|column| column.as_binary_opt::<i32>()) {
        found.extend(
            names
                .iter()
                .flatten()
                .filter_map(|name| String::from_utf8(name.to_vec()).ok()),
        );
    }
    Ok(())
}

fn put(words: &Words, mut names: Vec<String>) {
    names.sort_by_key(|name| name.to_lowercase());
    names.dedup();
    if let Ok(mut words) = words.lock() {
        *words = names;
    }
}
