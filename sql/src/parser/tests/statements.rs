//! Statements that are no queries, tails, errors and what stands beside a statement.

use super::*;

fn check(text: &str, expected: Statement) {
    assert_eq!(parsed(text).statement, expected, "{text}");
}

fn table(name: &str) -> TableName {
    match name.split_once('.') {
        Some((database, name)) => TableName {
            database: Some(database.into()),
            name: name.into(),
        },
        None => TableName {
            database: None,
            name: name.into(),
        },
    }
}

#[test]
fn short_statements() {
    check("", Statement::Empty);
    check(" -- nothing\n /* at all */ ;", Statement::Empty);
    check("use db", Statement::Use("db".into()));
    check("EXISTS TABLE a.b", Statement::Exists(ObjectKind::Table, table("a.b")));
    check(
        "exists temporary",
        Statement::Exists(ObjectKind::Table, table("temporary")),
    );
    check(
        "exists temporary table x",
        Statement::Exists(ObjectKind::Temporary, table("x")),
    );
    check("exists database x", Statement::Exists(ObjectKind::Database, table("x")));
    check(
        "exchange tables a and b.c",
        Statement::Exchange(table("a"), table("b.c")),
    );
    check(
        "attach table t",
        Statement::Attach(ObjectKind::Table, table("t"), false),
    );
    let drop = |kind, names: &[&str], if_exists| {
        let names = names.iter().map(|name| table(name)).collect();
        Statement::Drop(Drop {
            kind,
            names,
            if_exists,
            if_empty: false,
        })
    };
    check("drop table if exists a.b sync", drop(ObjectKind::Table, &["a.b"], true));
    check("DROP TABLE a, b NO DELAY", drop(ObjectKind::Table, &["a", "b"], false));
    check("drop database x", drop(ObjectKind::Database, &["x"], false));
    check("drop temporary table t", drop(ObjectKind::Temporary, &["t"], false));
    check("drop table temporary", drop(ObjectKind::Table, &["temporary"], false));
    check("drop view v", drop(ObjectKind::View, &["v"], false));
    let truncate = Truncate {
        kind: ObjectKind::Table,
        name: table("t"),
        if_exists: true,
    };
    check("truncate table if exists t", Statement::Truncate(truncate));
    let pairs = vec![(table("a"), table("b")), (table("c.d"), table("e.f"))];
    let rename = Rename {
        kind: ObjectKind::Table,
        pairs,
        if_exists: false,
    };
    check("rename table a to b, c.d to e.f", Statement::Rename(rename));
    check(
        "create materialized view v as select 1",
        Statement::Unsupported("CREATE MATERIALIZED VIEW".into()),
    );
    check(
        "CREATE FUNCTION f AS (x) -> x + 1",
        Statement::Unsupported("CREATE FUNCTION".into()),
    );
}

#[test]
fn settings() {
    let set = |text: &str| match parsed(text).statement {
        Statement::Set(settings) => settings
            .into_iter()
            .map(|(name, it)| (name, it.text()))
            .collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let pairs = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(a, b)| ((*a).into(), (*b).into()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        set("SET a = 1, b = 'x', c = true, d = -1.5, e = bare, f"),
        pairs(&[
            ("a", "1"),
            ("b", "x"),
            ("c", "1"),
            ("d", "-1.5"),
            ("e", "bare"),
            ("f", "1")
        ]),
    );
    assert!(matches!(parsed("SET a = DEFAULT").statement, Statement::Set(it) if it[0].1 == SettingValue::Default));
}

#[test]
fn show_and_describe() {
    let show = |text: &str| match parsed(text).statement {
        Statement::Show(show) => show,
        other => panic!("{text}: {other:?}"),
    };
    let like = |text: &str| Pattern {
        like: Some(text.into()),
        ..Pattern::default()
    };
    assert_eq!(show("show databases like 'a%'"), Show::Databases(like("a%")));
    assert_eq!(
        show("SHOW CREATE TABLE a.b"),
        Show::Create(ObjectKind::Table, table("a.b"))
    );
    assert_eq!(show("show create t"), Show::Create(ObjectKind::Table, table("t")));
    assert_eq!(
        show("show create database d"),
        Show::Create(ObjectKind::Database, table("d"))
    );
    assert_eq!(show("show indexes from t from d"), Show::Indexes(table("d.t")));
    assert_eq!(show("show index in d.t"), Show::Indexes(table("d.t")));
    assert_eq!(
        show("show settings like 'x'"),
        Show::Settings {
            changed: false,
            pattern: like("x")
        }
    );
    let tables = Show::Tables {
        database: Some("d".into()),
        full: true,
        temporary: false,
        pattern: Pattern::default(),
    };
    assert_eq!(show("show full tables from d"), tables);
    assert!(matches!(show("show columns from t like 'x'"), Show::Columns { pattern, .. } if pattern == like("x")));
    let describe = |text: &str| match parsed(text).statement {
        Statement::Describe(describe) => describe,
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(describe("describe table a.b"), Describe::Table(table("a.b")));
    assert_eq!(describe("desc t"), Describe::Table(table("t")));
    assert!(matches!(describe("describe (select 1)"), Describe::Query(_)));
    assert!(matches!(describe("describe table numbers(10)"), Describe::Function(_)));
}

#[test]
fn explain() {
    let explain = |text: &str| match parsed(text).statement {
        Statement::Explain(explain) => *explain,
        other => panic!("{text}: {other:?}"),
    };
    let found = explain("EXPLAIN indexes = 1, header=1 SELECT 1");
    assert_eq!((found.kind, found.settings.len()), (ExplainKind::Plan, 2));
    assert!(matches!(found.statement, Statement::Query(_)));
    assert_eq!(explain("explain ast select 1").kind, ExplainKind::Ast);
    assert_eq!(explain("explain query tree select 1").kind, ExplainKind::QueryTree);
    assert_eq!(explain("explain plan json=1 select 1").settings.len(), 1);
    assert_eq!(explain("explain analyze select 1").kind, ExplainKind::Analyze);
}

#[test]
fn tails_come_in_any_order() {
    let check = |text: &str, settings: usize, format: Option<&str>, outfile: Option<&str>| {
        let parsed = parsed(text);
        assert_eq!(parsed.settings.len(), settings, "{text}");
        assert_eq!(
            (parsed.format.as_deref(), parsed.outfile.map(|it| it.path).as_deref()),
            (format, outfile),
            "{text}"
        );
    };
    check("SELECT 1 FORMAT JSON", 0, Some("JSON"), None);
    check("SELECT 1 SETTINGS a=1, b=2 FORMAT JSON", 2, Some("JSON"), None);
    check("SELECT 1 FORMAT JSON SETTINGS a=1", 1, Some("JSON"), None);
    check(
        "SELECT 1 FROM t WHERE x LIMIT 1 INTO OUTFILE 'x' FORMAT CSV",
        0,
        Some("CSV"),
        Some("x"),
    );
    check("SELECT 1 UNION ALL SELECT 2 FORMAT Null", 0, Some("Null"), None);
    check(
        "SELECT 1 SETTINGS a=1 UNION ALL SELECT 2 SETTINGS b=1, c=2",
        2,
        None,
        None,
    );
    check("(SELECT 1 UNION ALL SELECT 2) SETTINGS a=1", 1, None, None);
    check("SELECT 1 EXCEPT (SELECT 2 SETTINGS a=1)", 1, None, None);
    check("(SELECT 2 SETTINGS a=1) EXCEPT SELECT 1", 0, None, None);
    check("DESCRIBE (SELECT 1 SETTINGS a=1)", 1, None, None);
    check("INSERT INTO t SELECT 1 UNION ALL SELECT 2 SETTINGS a=1", 1, None, None);
    check("INSERT INTO t FROM INFILE 'x' SETTINGS a=1 FORMAT CSV", 1, None, None);
    check("SELECT * FROM (SELECT 1 SETTINGS a=1)", 0, None, None);
    check("show tables format TSV", 0, Some("TSV"), None);
    check("alter table t delete where 1 settings mutations_sync=2", 1, None, None);
    check("optimize table t final settings a=1", 1, None, None);
    check("explain select 1 format TSVRaw", 0, Some("TSVRaw"), None);
}

#[test]
fn outfiles_may_be_compressed_and_printed() {
    let outfile = |text: &str| parsed(&format!("SELECT 1 INTO OUTFILE 'x' {text}")).outfile.unwrap();
    let plain = outfile("FORMAT CSV");
    assert_eq!((plain.and_stdout, plain.compression, plain.level), (false, None, None));
    let given = outfile("TRUNCATE AND STDOUT COMPRESSION 'gzip' LEVEL 4 FORMAT CSV");
    assert_eq!(
        (given.and_stdout, given.compression.as_deref(), given.level),
        (true, Some("gzip"), Some(4))
    );
    assert_eq!(outfile("COMPRESSION 'zstd'").compression.as_deref(), Some("zstd"));
}

#[test]
fn outfiles_say_what_happens_to_a_file_that_exists() {
    let existing = |text: &str| {
        parsed(&format!("SELECT 1 INTO OUTFILE 'x' {text}"))
            .outfile
            .unwrap()
            .existing
    };
    assert_eq!(existing(""), ExistingFile::Refuse);
    assert_eq!(existing("append format CSV"), ExistingFile::Append);
    assert_eq!(existing("TRUNCATE COMPRESSION 'none'"), ExistingFile::Truncate);
    for (text, code) in [
        ("APPEND TRUNCATE", Code::BAD_ARGUMENTS),
        ("COMPRESSION gzip", Code::SYNTAX_ERROR),
        ("LEVEL 4", Code::SYNTAX_ERROR),
    ] {
        let text = format!("SELECT 1 INTO OUTFILE 'x' {text}");
        assert_eq!(
            parse(text.as_bytes(), &BTreeMap::new()).unwrap_err().code,
            code,
            "{text}"
        );
    }
}

#[test]
fn alter_table() {
    let commands = |text: &str| match parsed(&format!("ALTER TABLE db.t {text}")).statement {
        Statement::Alter(alter) => alter.commands,
        other => panic!("{text}: {other:?}"),
    };
    let one = |text: &str| commands(text).remove(0);
    assert!(matches!(
        one("ADD INDEX idx v TYPE vector_similarity('hnsw', 'L2Distance', 2) GRANULARITY 2"),
        AlterCommand::AddIndex { index, .. } if index.granularity == Some(2) && index.arguments.as_ref().is_some_and(|it| it.len() == 3)
    ));
    assert!(matches!(
        one("add index if not exists i (a) type minmax first"),
        AlterCommand::AddIndex {
            if_not_exists: true,
            position: Position::First,
            ..
        }
    ));
    assert!(matches!(
        one("MATERIALIZE INDEX i IN PARTITION 'x'"),
        AlterCommand::MaterializeIndex {
            partition: Some(PartitionName::Value(_)),
            ..
        }
    ));
    assert!(matches!(
        one("clear index if exists i in partition id 'all'"),
        AlterCommand::ClearIndex {
            partition: Some(PartitionName::Id(_)),
            if_exists: true,
            ..
        }
    ));
    assert!(matches!(one("drop index i"), AlterCommand::DropIndex { .. }));
    assert!(matches!(one("delete where a = 1"), AlterCommand::Delete { .. }));
    assert!(matches!(one("update a = 1, b = b + 1 where c in (1)"),
        AlterCommand::Update { assignments, .. } if assignments.len() == 2));
    assert!(matches!(one("modify setting a = 1"), AlterCommand::ModifySetting(_)));
    assert!(matches!(one("reset setting a, b"), AlterCommand::ResetSetting(it) if it.len() == 2));
    assert!(matches!(
        one("drop partition (1, 2)"),
        AlterCommand::DropPartition { detached: false, .. }
    ));
    assert!(matches!(
        one("drop detached part 'all_1_1_0'"),
        AlterCommand::DropPartition {
            partition: PartitionName::Part(_),
            detached: true
        }
    ));
    assert!(matches!(
        one("attach partition 1 from x.y"),
        AlterCommand::AttachPartition { from: Some(_), .. }
    ));
    assert!(matches!(
        one("move partition 1 to table x"),
        AlterCommand::MovePartition {
            to: MoveTarget::Table(_),
            ..
        }
    ));
    assert!(matches!(
        one("freeze with name 'x'"),
        AlterCommand::FreezePartition {
            partition: None,
            name: Some(_)
        }
    ));
    assert!(matches!(
        one("modify column a Int32 default 1 after b"),
        AlterCommand::ModifyColumn {
            position: Position::After(_),
            ..
        }
    ));
    assert!(matches!(
        one("modify column a remove default"),
        AlterCommand::RemoveColumnProperty { .. }
    ));
    assert!(matches!(
        one("modify column a comment 'x'"),
        AlterCommand::ModifyColumn { .. }
    ));
    assert!(matches!(
        one("alter column a type String"),
        AlterCommand::ModifyColumn { .. }
    ));
    assert!(matches!(one("rename column a to b"), AlterCommand::RenameColumn { .. }));
    assert!(matches!(
        one("modify ttl d + interval 1 day"),
        AlterCommand::ModifyTtl(_)
    ));
    assert!(matches!(
        one("add projection p (select a, b), drop column c"),
        AlterCommand::Unsupported(_)
    ));
    assert_eq!(
        commands("add column a Int8, drop column if exists b, comment column c 'x'").len(),
        3
    );
}

#[test]
fn other_commands() {
    let system = |text: &str| match parsed(text).statement {
        Statement::System(system) => (system.command, system.table),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        system("system drop vector similarity index cache").0,
        "DROP VECTOR SIMILARITY INDEX CACHE"
    );
    assert_eq!(
        system("SYSTEM STOP MERGES a.b"),
        ("STOP MERGES".into(), Some(table("a.b")))
    );
    let recall = parsed("SYSTEM CHECK VECTOR INDEX RECALL a.b `my index` SAMPLE 5 LIMIT 3 SETTINGS max_threads = 1");
    let expected = CheckRecall {
        table: table("a.b"),
        index: "my index".into(),
        limit: Some(3),
        sample: Some(5),
    };
    assert_eq!(recall.statement, Statement::CheckRecall(expected));
    assert_eq!(system("system flush logs"), ("FLUSH LOGS".into(), None));
    assert!(matches!(parsed("kill mutation where mutation_id = 'x' sync").statement, Statement::Kill(it) if it.sync));
    assert!(
        matches!(parsed("optimize table t partition 1 final deduplicate by a, b cleanup").statement,
        Statement::Optimize(it)
            if it.deduplicate && it.deduplicate_by.len() == 2 && it.cleanup && it.partition.is_some())
    );
    assert!(matches!(
        parsed("delete from t where a").statement,
        Statement::Delete(_)
    ));
    assert!(matches!(
        parsed("update t set a = 1 where b").statement,
        Statement::Update(_)
    ));
    assert!(matches!(
        parsed("check table t partition 1").statement,
        Statement::Check(_, Some(_))
    ));
    assert!(matches!(
        parsed("create index i on t (v) type minmax").statement,
        Statement::CreateIndex(_)
    ));
    assert!(matches!(parsed("drop index if exists i on t").statement, Statement::DropIndex(it) if it.if_exists));
    assert!(matches!(parsed("detach table t permanently").statement, Statement::Detach(it) if it.permanently));
}

#[test]
fn consumed_bytes_and_templates() {
    let (parsed, consumed) = parse(b"select 1; select 2", &BTreeMap::new()).unwrap();
    assert_eq!((consumed, parsed.template.as_str()), (9, "select 1"));
    let text = "select L2Distance(v, [0.1, -2, 3, 4e-1, 5, 6, 7, 8, 9]) from t; ";
    let (parsed, consumed) = parse(text.as_bytes(), &BTreeMap::new()).unwrap();
    assert_eq!(consumed, text.len() - 1);
    assert_eq!(parsed.template, "select L2Distance(v, __lifted(0)) from t");
    let values = LiftedValues::F64(vec![0.1, -2., 3., 0.4, 5., 6., 7., 8., 9.]);
    assert_eq!(
        parsed.lifted,
        [Lifted {
            values,
            type_name: "Array(Float64)"
        }]
    );
}

#[test]
fn vectors_are_lifted_only_where_no_text_is_kept() {
    const VECTOR: &str = "[0.5, 1, 2, 3, 4, 5, 6, 7, -8]";
    let check = |text: &str, lifted: usize| {
        let text = text.replace("{v}", VECTOR);
        assert_eq!(lift(text.as_bytes()).unwrap().1.len(), lifted, "{text}");
    };
    check("SELECT {v}", 1);
    check("/* a */ ( (select {v}))", 1);
    check("-- create\nWITH {v} AS v SELECT v", 1);
    check("FROM t SELECT {v}", 1);
    check("INSERT INTO t SELECT {v}", 1);
    check("EXPLAIN indexes = 1 SELECT {v}", 1);
    check("explain /* as */ syntax SELECT {v}", 0);
    check("DESCRIBE TABLE values('v Array(Float64)', ({v}))", 0);
    check("CREATE TABLE t (v Array(Float64) DEFAULT {v}) ORDER BY tuple()", 0);
    check("ALTER TABLE t ADD CONSTRAINT c CHECK v != {v}", 0);
    let (parsed, _) = parse(
        format!("CREATE TABLE t (v Array(Float64) DEFAULT {VECTOR}) ENGINE = MergeTree ORDER BY tuple()").as_bytes(),
        &BTreeMap::new(),
    )
    .unwrap();
    let Statement::CreateTable(create) = parsed.statement else {
        panic!("it is a CREATE TABLE");
    };
    let text = format_create(&create);
    assert!(text.contains("DEFAULT [0.5, 1, 2, 3, 4, 5, 6, 7, -8]"), "{text}");
}

#[test]
fn lifted_literals_have_clickhouses_types() {
    let check = |first: &str, expected: &str| {
        let (_, lifted) = lift(format!("[{first}, 1, 1, 1, 1, 1, 1, 1, 1]").as_bytes()).unwrap();
        assert_eq!(lifted.first().map(|it| it.type_name), Some(expected), "{first}");
    };
    check("1", "Array(UInt8)");
    check("-1", "Array(Int16)");
    check("300", "Array(UInt16)");
    check("-1, 70000", "Array(Int64)");
    check("5000000000", "Array(UInt64)");
    check("1.", "Array(Float64)");
    let untouched = |text: &str| assert_eq!(lift(text.as_bytes()).unwrap().1, [], "{text}");
    untouched("[1, 2, 3, 4, 5, 6, 7, 8]");
    untouched("'[1, 2, 3, 4, 5, 6, 7, 8, 9]'");
    untouched("-- [1, 2, 3, 4, 5, 6, 7, 8, 9]");
    untouched("[1, 2, 3, 4, 5, 6, 7, 8, a]");
    untouched("[1, 2, 3, 4, 5, 6, 7, 8, 9, ]");
    untouched("[-1, 2, 3, 4, 5, 6, 7, 8, 18446744073709551615]");
    untouched("[1 2, 3, 4, 5, 6, 7, 8, 9, 10]");
}

#[test]
fn lifted_numbers_are_read_exactly() {
    let texts = [
        "0.1",
        "-0.1",
        "-0.",
        ".5",
        "5.",
        "0.123456789012345",
        "0.1234567890123456789",
        "123456789012345.6",
        "1e22",
        "1.7976931348623157e308",
        "5e-324",
        "-2.2250738585072011e-308",
        "9007199254740993.0",
        "000000000000000000.1",
    ];
    let (_, lifted) = lift(format!("[{}]", texts.join(",")).as_bytes()).unwrap();
    let expected: Vec<f64> = texts.iter().map(|text| text.parse().unwrap()).collect();
    let LiftedValues::F64(values) = &lifted[0].values else {
        panic!()
    };
    let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(values), bits(&expected));
}

#[test]
fn strings_carry_any_bytes() {
    let (parsed, _) = parse(b"select 'a\xff\xf4\x8f\xbf\xbe\\xfe\xc3\xa9'", &BTreeMap::new()).unwrap();
    let Statement::Query(query) = parsed.statement else {
        panic!()
    };
    let sqlparser::ast::SetExpr::Select(select) = *query.body else {
        panic!()
    };
    let sqlparser::ast::SelectItem::UnnamedExpr(Expr::Value(value)) = &select.projection[0] else {
        panic!()
    };
    let sqlparser::ast::Value::SingleQuotedString(text) = &value.value else {
        panic!()
    };
    assert_eq!(string_bytes(text), b"a\xff\xf4\x8f\xbf\xbe\xfe\xc3\xa9");
}

#[test]
fn identifiers_can_be_parameters() {
    let parameters = BTreeMap::from([("t".to_owned(), "my table".to_owned())]);
    let (parsed, _) = parse(b"select {c:String} from {t:Identifier}", &parameters).unwrap();
    let Statement::Query(query) = parsed.statement else {
        panic!()
    };
    assert_eq!(format_query(&query), "SELECT {c:String} FROM `my table`");
    assert_eq!(
        failure("select * from {t:Identifier}").code,
        Code::UNKNOWN_QUERY_PARAMETER
    );
}

#[test]
fn errors_say_what_clickhouse_says() {
    let check = |text: &str, expected: &str| {
        let error = failure(text);
        assert_eq!(error.code, Code::SYNTAX_ERROR, "{text}");
        assert!(error.message.starts_with(expected), "{text}\n{error}");
    };
    check(
        "select 1 frm x y z",
        "Syntax error: failed at position 14 (x): x y z. Expected",
    );
    check(
        "select 1 format Foo bar",
        "Syntax error: failed at position 21 (bar): bar. Expected",
    );
    check(
        "select * from t where a =",
        "Syntax error: failed at position 26 (end of query): . Expected",
    );
    check(
        "select (1,2",
        "Syntax error: failed at position 12 (end of query): (1,2. Unmatched parentheses: '(' at position 8",
    );
    check(
        "select 'abc",
        "Single quoted string is not closed: Syntax error: failed at position 8",
    );
    check(
        "select /* a",
        "Multiline comment is not closed: Syntax error: failed at position 8",
    );
    check(
        "SELEC 1",
        "Syntax error: failed at position 1 (SELEC): SELEC 1. Expected one of: SELECT",
    );
    check("select __lifted(0)", "Syntax error: failed at position 8 (__lifted)");
    check("select 1 + ", "Syntax error: failed at position 12 (end of query)");
    check("select ]", "Syntax error: failed at position 8 (])");
    check(
        "create table t (a Int8 b Int8) engine=Memory",
        "Syntax error: failed at position 24 (b)",
    );
    check(
        "select \u{fffd}",
        "Unrecognized token: Syntax error: failed at position 8",
    );
    check(
        "select 1 frm 'a b' c",
        "Syntax error: failed at position 14 ('a b'): 'a b' c. ",
    );
    check("select 1 frm <> 2", "Syntax error: failed at position 14 (<>): <> 2. ");
    check(
        "select 1 + ; select 2",
        "Syntax error: failed at position 12 (end of query): ;. ",
    );
}

/// Positions are bytes of what was sent, and what is shown of it is what was sent.
#[test]
fn errors_show_the_statement_as_it_came() {
    let check = |text: &[u8], expected: &[u8]| {
        let error = parse(text, &BTreeMap::new()).unwrap_err();
        let message = string_bytes(&error.message);
        let shown = String::from_utf8_lossy(&message);
        assert!(message.starts_with(expected), "{shown}");
    };
    check(
        b"SELECT '\xff\xfe' a b FROM x",
        b"Syntax error: failed at position 15 (b): b FROM x. ",
    );
    check(
        b"SELECT 1 2 '\xff\xf4\x8f\xbf\xbf'",
        b"Syntax error: failed at position 10 (2): 2 '\xff\xf4\x8f\xbf\xbf'. ",
    );
    check(
        b"SELECT '\xff\n' FROM t a b",
        b"Syntax error: failed at position 22 (b) (line 2, col 12): b. ",
    );
    check(
        b"SELECT 1 \xff\xfe",
        b"Unrecognized token: Syntax error: failed at position 10 (\xff): \xff\xfe.",
    );
    check(
        b"SELECT '\xff",
        b"Single quoted string is not closed: Syntax error: failed at position 8 ('\xff): '\xff.",
    );
    check(
        b"SELECT ('\xff' ",
        b"Syntax error: failed at position 13 (end of query): ('\xff' . Unmatched parentheses: '(' at position 8 ",
    );
    let vector = "[1, 2, 3, 4, 5, 6, 7, 8, 9]";
    check(
        format!("SELECT '\u{e9}', {vector} 1 2 FROM {vector}").as_bytes(),
        format!("Syntax error: failed at position 42 (1): 1 2 FROM {vector}. ").as_bytes(),
    );
    check(
        format!("SELECT 1 FROM {vector}").as_bytes(),
        format!("Syntax error: failed at position 15 ([): {vector}. ").as_bytes(),
    );
}
