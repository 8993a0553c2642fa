//! Input that nobody writes: no panic, no overflow, and an answer in reasonable time.

use proptest::prelude::*;

use super::corpus::STATEMENTS;
use super::*;

fn survives(text: &[u8]) {
    let parameters = BTreeMap::new();
    let _ = split_first(text);
    if let Ok((parsed, consumed)) = parse(text, &parameters) {
        assert!(consumed <= text.len());
        on_deep_stack(parsed.height, || match &parsed.statement {
            Statement::Query(query) => drop(format_query(query)),
            Statement::CreateTable(create) => drop(format_create(create)),
            _ => {}
        });
    }
}

#[test]
fn deep_nesting_is_an_error() {
    let check = |open: &str, inside: &str, close: &str| {
        let text = format!("select {}{inside}{}", open.repeat(8_000), close.repeat(8_000));
        let code = failure(&text).code;
        assert!(
            matches!(code, Code::TOO_DEEP_RECURSION | Code::TOO_DEEP_AST),
            "{open}: {code:?}"
        );
    };
    check("(", "1", ")");
    check("[", "1", "]");
    check("f(", "1", ")");
    check("-(", "1", ")");
    check("not ", "1", "");
    check("- ", "a", "");
    check("+ ", "a", "");
    check("x -> ", "1", "");
    check("1 + ", "1", "");
    check("a ? b : ", "1", "");
    check("case when 1 then ", "1", " end");
    check("interval ", "1", " day");
    check("(select ", "1", ")");
    check("* from (select ", "1", ")");
    check("cast(", "1", " as Int8)");
    check("a", "", "[1]");
    let types = format!("select a::{}Int8{}", "Array(".repeat(8_000), ")".repeat(8_000));
    assert_eq!(failure(&types).code, Code::TOO_DEEP_RECURSION);
    let unions = format!("select 1{}", " union distinct select 1".repeat(8_000));
    assert_eq!(failure(&unions).code, Code::TOO_DEEP_AST);
    survives("explain ".repeat(20_000).as_bytes());
    survives(format!("select * from {}t{}", "(".repeat(20_000), ")".repeat(20_000)).as_bytes());
}

#[test]
fn long_and_flat_is_fine() {
    parsed(&format!("select 1 where {}", vec!["a = 1"; 5_000].join(" or ")));
    parsed(&format!("select {}", vec!["1"; 50_000].join(", ")));
    parsed(&format!("select 1{}", " union all select 1".repeat(5_000)));
    parsed(&format!("select {}", vec!["a"; 5_000].join(" || ")));
    parsed(&format!("select a in ({})", vec!["1"; 50_000].join(", ")));
    let within = |text: String| parse_within(text.as_bytes(), &BTreeMap::new(), 262_144).map_err(|error| error.code);
    let long = format!("select '{}'", "x".repeat(300_000));
    assert_eq!(within(long.clone()), Err(Code::SYNTAX_ERROR));
    parsed(&long);
    assert!(within(format!("select [{}]", vec!["0.1"; 200_000].join(", "))).is_ok());
}

#[test]
fn every_cut_of_every_statement_survives() {
    for statement in STATEMENTS {
        for end in (0..statement.len()).filter(|end| statement.is_char_boundary(*end)) {
            survives(&statement.as_bytes()[..end]);
        }
    }
}

/// Pieces of SQL to make soup of.
const PIECES: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ".",
    "*",
    "+",
    "-",
    "::",
    "->",
    "?",
    ":",
    "a",
    "t",
    "1",
    "0x",
    "1.5",
    "'x'",
    "'",
    "\"",
    "`",
    "$$",
    "/*",
    "*/",
    "--",
    "\n",
    ";",
    "AS",
    "IN",
    "NOT",
    "BETWEEN",
    "AND",
    "OR",
    "CASE",
    "WHEN",
    "THEN",
    "END",
    "CAST",
    "INTERVAL",
    "DAY",
    "JOIN",
    "ON",
    "USING",
    "LEFT",
    "ARRAY JOIN",
    "GROUP BY",
    "ORDER BY",
    "LIMIT",
    "BY",
    "WITH",
    "UNION ALL",
    "INSERT INTO",
    "VALUES",
    "FORMAT",
    "CREATE TABLE",
    "ALTER TABLE",
    "INDEX",
    "TYPE",
    "EXPLAIN",
    "SET",
    "SETTINGS",
    "=",
    "SYSTEM",
    "EXISTS",
    "OVER",
    "DISTINCT",
    "COLUMNS",
    "EXCEPT",
    "REPLACE",
    "{x:UInt8}",
    "[1,2,3,4,5,6,7,8,9,10]",
    "\u{10FFFF}",
    "é",
    "__lifted(0)",
    "Array(",
    "Tuple(",
    "NULL",
    "IS",
    "LIKE",
    "DESCRIBE",
    "SHOW",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_bytes_survive(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        survives(&bytes);
    }

    #[test]
    fn token_soup_survives(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)) {
        survives(pieces.join(" ").as_bytes());
        survives(pieces.concat().as_bytes());
    }

    #[test]
    fn mutated_statements_survive(
        statement in proptest::sample::select(STATEMENTS),
        edits in proptest::collection::vec((any::<usize>(), proptest::sample::select(PIECES), any::<bool>()), 1..4),
    ) {
        let mut bytes = statement.as_bytes().to_vec();
        for (at, piece, replace) in edits {
            let at = at % (bytes.len() + 1);
            let end = if replace { (at + piece.len()).min(bytes.len()) } else { at };
            bytes.splice(at..end, piece.bytes());
        }
        survives(&bytes);
    }
}
