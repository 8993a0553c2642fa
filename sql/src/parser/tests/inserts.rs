//! INSERT: where its parts lie, above all its data.

use super::*;

fn inserted(text: &[u8]) -> (Insert, usize) {
    match parse(text, &BTreeMap::new()) {
        Ok((
            Parsed {
                statement: Statement::Insert(insert),
                ..
            },
            consumed,
        )) => (*insert, consumed),
        other => panic!("{}\n{other:?}", String::from_utf8_lossy(text)),
    }
}

/// The data is exactly this.
fn check(text: &str, format: &str, data: &str) {
    let (insert, consumed) = inserted(text.as_bytes());
    assert_eq!(consumed, text.len());
    let InsertSource::Data { format: found, range } = insert.source else {
        panic!("{text}")
    };
    assert_eq!((found.as_str(), &text[range]), (format, data), "{text}");
}

#[test]
fn data_is_found_by_offset() {
    check("INSERT INTO t VALUES (1), (2)", "Values", " (1), (2)");
    // More data may follow what looks like the end.
    check("INSERT INTO t VALUES (1);  ", "Values", " (1);  ");
    check("INSERT INTO t VALUES ('a; ", "Values", " ('a; ");
    check(
        "insert into db.t (a, b) values (';', [1,2,3,4,5,6,7,8,9,10])",
        "Values",
        " (';', [1,2,3,4,5,6,7,8,9,10])",
    );
    check("INSERT INTO t FORMAT CSV\n1,2\n3,4\n", "CSV", "1,2\n3,4\n");
    check("INSERT INTO t FORMAT CSV\r\n1,2", "CSV", "1,2");
    check("INSERT INTO t FORMAT JSONEachRow {\"a\":1}", "JSONEachRow", "{\"a\":1}");
    check("INSERT INTO t FORMAT TSV", "TSV", "");
    check("INSERT INTO t FORMAT TSV;", "TSV", "");
    check("INSERT INTO `values` (`format`) VALUES (1)", "Values", " (1)");
    check("INSERT INTO values VALUES (1)", "Values", " (1)");
    check(
        "insert into table t settings async_insert=1 values (1)",
        "Values",
        " (1)",
    );
    check("insert into function file('x.csv', 'CSV') values (1)", "Values", " (1)");
    check("insert t format Values (1)", "Values", "(1)");
    check(
        "/* values */ insert into t -- format\n values ('it''s')",
        "Values",
        " ('it''s')",
    );
}

#[test]
fn data_may_be_any_bytes() {
    let mut text = b"INSERT INTO t FORMAT RowBinary\n".to_vec();
    text.extend([0xff, 0x00, b'\'', b';', b'[', 0xfe]);
    let (insert, _) = inserted(&text);
    let InsertSource::Data { range, .. } = insert.source else {
        panic!()
    };
    assert_eq!(&text[range], &text[text.len() - 6..]);
}

#[test]
fn other_sources() {
    let source = |text: &str| inserted(text.as_bytes()).0.source;
    assert!(matches!(
        source("INSERT INTO t SELECT * FROM format(CSV, '1')"),
        InsertSource::Select(_)
    ));
    assert!(matches!(
        source("INSERT INTO t (a) WITH 1 AS x SELECT x"),
        InsertSource::Select(_)
    ));
    assert!(matches!(source("INSERT INTO t (SELECT 1)"), InsertSource::Select(_)));
    assert!(matches!(source("INSERT INTO t"), InsertSource::Connection));
    let file = InsertSource::File {
        path: "x.csv".into(),
        compression: None,
        format: Some("CSV".into()),
    };
    assert_eq!(source("INSERT INTO t FROM INFILE 'x.csv' FORMAT CSV"), file);
    let settings = parsed("insert into t settings a=1, b='x' select 1 settings c=2").settings;
    assert_eq!(
        settings.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["a", "b", "c"]
    );
}

#[test]
fn columns() {
    let columns = |text: &str| inserted(text.as_bytes()).0.columns;
    assert_eq!(columns("INSERT INTO t VALUES (1)"), InsertColumns::All);
    assert_eq!(columns("INSERT INTO t (*) VALUES (1)"), InsertColumns::All);
    assert_eq!(
        columns("INSERT INTO t (a, `b c`, d.e) VALUES (1)"),
        named(&["a", "b c", "d.e"])
    );
    let except = InsertColumns::Except(vec!["a".into(), "b".into()]);
    assert_eq!(columns("INSERT INTO t (* EXCEPT (a, b)) VALUES (1)"), except);
    assert_eq!(columns("INSERT INTO t () VALUES ()"), named(&[]));
}

fn named(names: &[&str]) -> InsertColumns {
    InsertColumns::Named(names.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn scripts_are_cut_where_statements_end() {
    let script = "select ';' -- ;\n; insert into t values (';');insert into t format CSV\n1,2\n\nselect 1";
    let mut rest = script.as_bytes();
    let mut statements = Vec::new();
    while !rest.is_empty() {
        let (end, next) = split_first(rest);
        statements.push(String::from_utf8_lossy(&rest[..end]).trim().to_owned());
        rest = &rest[next..];
    }
    assert_eq!(
        statements,
        [
            "select ';' -- ;",
            "insert into t values (';')",
            "insert into t format CSV\n1,2",
            "select 1"
        ]
    );
}
