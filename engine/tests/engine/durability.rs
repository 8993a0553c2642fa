//! What is acknowledged is there after the engine is gone without goodbye; what is broken is named.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::support::{Database, open, text};

const CREATE: &str = "CREATE TABLE t (id UInt64, v Array(Float32), INDEX idx v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id";

#[test]
fn a_reopened_database_has_everything() {
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    db.run(CREATE);
    db.run("INSERT INTO t SELECT number, [number, 1] FROM numbers(1000);\nCREATE DATABASE d COMMENT 'c'");
    let create = db.rows("SHOW CREATE TABLE t");
    drop(db);
    let mut db = Database::open(dir.path());
    db.check("SELECT count(), sum(id), sum(v[1]) FROM t", "1000\t499500\t499500");
    db.check("SHOW CREATE TABLE t", &create);
    db.check("SELECT comment FROM system.databases WHERE name = 'd'", "c");
}

#[test]
fn long_array_literals_stay_in_definitions() {
    let nine = "[0, 0, 0, 0, 0, 0, 0, 0, 7]";
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    db.run(&format!(
        "CREATE TABLE t (id UInt64, v Array(Float32) DEFAULT {nine}, a Array(UInt8) ALIAS {nine},
            m Array(Float32) MATERIALIZED [0.5, 1, 1, 1, 1, 1, 1, 1, 1], CONSTRAINT c CHECK v != [9, 9, 9, 9, 9, 9, 9, 9, 9])
            ENGINE = MergeTree ORDER BY id;
         INSERT INTO t (id) VALUES (1);
         INSERT INTO t (id, v) SELECT 2, [1, 2, 3, 4, 5, 6, 7, 8, 9];
         CREATE TABLE u ENGINE = MergeTree ORDER BY tuple() AS SELECT {nine} AS v"
    ));
    db.check_error(
        "INSERT INTO t (id, v) SELECT 2, [9, 9, 9, 9, 9, 9, 9, 9, 9]",
        "Code: 469",
    );
    db.check(
        "DESCRIBE (SELECT [1, 2, 3, 4, 5, 6, 7, 8, 900] AS v)",
        "v\tArray(UInt16)\t\t\t\t\t",
    );
    db.check(
        "DESCRIBE values('v Array(Float32)', ([1, 2, 3, 4, 5, 6, 7, 8, 9]))",
        "v\tArray(Float32)\t\t\t\t\t",
    );
    let syntax = db.rows("EXPLAIN SYNTAX SELECT [1, 2, 3, 4, 5, 6, 7, 8, 9]");
    assert!(syntax.contains("[1, 2, 3, 4, 5, 6, 7, 8, 9]"), "{syntax}");
    let (create, rows) = (
        db.rows("SHOW CREATE TABLE t"),
        "SELECT id, v[9], a[9], m[1] FROM t ORDER BY id",
    );
    assert!(create.contains(&format!("DEFAULT {nine}")), "{create}");
    db.check(rows, "1\t7\t7\t0.5\n2\t9\t7\t0.5");
    drop(db);
    let mut db = Database::open(dir.path());
    db.check("SHOW CREATE TABLE t", &create);
    db.check(rows, "1\t7\t7\t0.5\n2\t9\t7\t0.5");
    db.check("SELECT v FROM u", "[0,0,0,0,0,0,0,0,7]");
    db.run("INSERT INTO t (id) VALUES (3)");
    db.check("SELECT v[9] FROM t WHERE id = 3", "7");
}

#[test]
fn values_of_parameters_are_stored() {
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    let parameters = [
        ("s", "a\\tb'c"),
        ("n", "5"),
        ("i", "-5"),
        ("f", "0.5"),
        ("a", "['x','y']"),
        ("d", "2020-01-02"),
        ("t", "2020-01-02 03:04:05"),
        ("m", "2020-01-02 03:04:05.678"),
        ("u", "12345678-1234-1234-1234-123456789012"),
        ("null", "\\N"),
    ];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let create = "CREATE TABLE t (id UInt64, s String DEFAULT {s:String}, n UInt8 DEFAULT {n:UInt8} + 1,
        i Int8 DEFAULT {i:Int8}, f Float32 DEFAULT {f:Float32}, a Array(String) DEFAULT {a:Array(String)},
        d Date DEFAULT {d:Date}, t DateTime DEFAULT {t:DateTime}, m DateTime64(3) DEFAULT {m:DateTime64(3)},
        u UUID DEFAULT {u:UUID}, x Nullable(String) DEFAULT {null:Nullable(String)},
        CONSTRAINT c CHECK id < {n:UInt8}) ENGINE = MergeTree ORDER BY id % {n:UInt8}";
    db.run("SET session_timezone = 'Asia/Tokyo'");
    let outcome = db.session.execute(create.as_bytes(), &parameters.into());
    outcome.unwrap_or_else(|error| panic!("{error}"));
    let shown = db.rows("SHOW CREATE TABLE t");
    for text in [
        "DEFAULT \\'a\\\\tb\\\\\\'c\\'",
        "DEFAULT _CAST(5, \\'UInt8\\') + 1",
        "DEFAULT _CAST([\\'x\\', \\'y\\'], \\'Array(String)\\')",
        "DEFAULT _CAST(18263, \\'Date\\')",
        "DEFAULT _CAST(1577901845, \\'DateTime\\')",
        "DEFAULT _CAST(NULL, \\'Nullable(String)\\')",
        "CHECK id < _CAST(5, \\'UInt8\\')",
        "ORDER BY id % _CAST(5, \\'UInt8\\')",
    ] {
        assert!(shown.contains(text), "{text}\n{shown}");
    }
    // Shown in UTC, nine hours behind the zone in which the parameters were read.
    let rows = "SELECT s, n, i, f, a, d, t, m, u, x FROM t";
    db.run("INSERT INTO t (id) VALUES (1)");
    let inserted = db.rows(rows);
    assert_eq!(
        inserted,
        "a\\tb\\'c\t6\t-5\t0.5\t['x','y']\t2020-01-02\t2020-01-01 18:04:05\t2020-01-01 18:04:05.678\t\
         12345678-1234-1234-1234-123456789012\t\\N"
    );
    drop(db);
    let mut db = Database::open(dir.path());
    db.check("SHOW CREATE TABLE t", &shown);
    db.check_error("INSERT INTO t (id) VALUES (5)", "Code: 469");
    db.run("TRUNCATE TABLE t;\nINSERT INTO t (id) VALUES (1)");
    db.check(rows, &inserted);
}

#[test]
fn strings_that_are_no_text_are_the_same_after_a_restart() {
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    db.run(r"CREATE TABLE t (id UInt64, s String DEFAULT '\xff\0\x41\xF4\x8F\xBF\xBE', `\xfe` UInt8) ENGINE = MergeTree ORDER BY id COMMENT '\xfd'");
    let shown = db.rows("SHOW CREATE TABLE t");
    assert!(shown.contains(r"DEFAULT \'\\xFF\\0A\\xF4\\x8F\\xBF\\xBE\'"), "{shown}");
    drop(db);
    let mut db = Database::open(dir.path());
    db.check("SHOW CREATE TABLE t", &shown);
    db.run("INSERT INTO t (id) SELECT 1");
    db.check("SELECT hex(s) FROM t", "FF0041F48FBFBE");
}

#[test]
fn a_second_process_is_refused() {
    let dir = TempDir::new().unwrap();
    let _first = Database::open(dir.path());
    let error = open(dir.path()).err().expect("the folder is locked").to_string();
    assert!(error.contains("Code: 76"), "{error}");
}

#[test]
fn a_folder_of_something_else_is_refused() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("thesis.tex"), "…").unwrap();
    let error = open(dir.path()).err().expect("it is no database").to_string();
    assert!(error.contains("DB::Exception"), "{error}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing was added");
}

#[test]
fn a_broken_part_is_set_aside_and_the_rest_is_read() {
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    db.run(CREATE);
    db.run("INSERT INTO t SELECT number, [number, 1] FROM numbers(10);\nINSERT INTO t SELECT number + 10, [number, 1] FROM numbers(10)");
    drop(db);
    let part = dir.path().join("data/default/t/all_1_1_0");
    fs::write(part.join("manifest"), "garbage").unwrap();
    let mut db = Database::open(dir.path());
    db.check("CHECK TABLE t", "all_2_2_0\t1\t");
    db.check("SELECT count(), min(id) FROM t", "10\t10");
    db.check(
        "SELECT name FROM system.detached_parts WHERE table = 't'",
        "broken_all_1_1_0",
    );
    assert!(
        find(&dir.path().join("data/default/t/detached"), "broken_all_1_1_0").is_some(),
        "never deleted"
    );
}

#[test]
fn broken_metadata_hides_one_table() {
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    db.run(CREATE);
    db.run("CREATE TABLE u (a UInt8) ENGINE = MergeTree ORDER BY a;\nINSERT INTO u VALUES (1)");
    drop(db);
    fs::write(dir.path().join("metadata/default/t.sql"), "CREATE TABL").unwrap();
    let mut db = Database::open(dir.path());
    db.check("SELECT a FROM u", "1");
    db.check_error("SELECT * FROM t", "could not be loaded");
    assert_eq!(db.engine.load_failures().len(), 1);
}

#[test]
fn a_table_that_could_not_be_loaded_keeps_its_name_and_data() {
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    db.run(CREATE);
    db.run("INSERT INTO t VALUES (1, [1, 2]);\nCREATE TABLE u (a UInt8) ENGINE = MergeTree ORDER BY a");
    drop(db);
    let metadata = dir.path().join("metadata/default/t.sql");
    let text = fs::read_to_string(&metadata).unwrap();
    fs::write(&metadata, "CREATE TABL").unwrap();
    let mut db = Database::open(dir.path());
    for statement in [
        CREATE,
        &CREATE.replace("TABLE", "TABLE IF NOT EXISTS"),
        &CREATE.replace("CREATE", "CREATE OR REPLACE"),
        "RENAME TABLE u TO t",
        "DROP TABLE t",
        "DROP TABLE IF EXISTS t",
        "TRUNCATE TABLE IF EXISTS t",
        "EXISTS t",
        "DROP DATABASE default",
    ] {
        db.check_error(statement, "Table default.t could not be loaded");
    }
    db.check("EXISTS u", "1");
    drop(db);
    fs::write(&metadata, text).unwrap();
    Database::open(dir.path()).check("SELECT id FROM t", "1");
}

#[test]
fn a_table_without_its_data_folder_is_no_empty_table() {
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    db.run(CREATE);
    drop(db);
    let data = dir.path().join("store").join(uuid(dir.path(), "t"));
    let moved = dir.path().join("store/moved");
    fs::rename(&data, &moved).unwrap();
    let mut db = Database::open(dir.path());
    db.check_error("SELECT count() FROM t", "its data folder");
    assert!(!data.exists(), "none is made");
    drop(db);
    fs::rename(&moved, &data).unwrap();
    Database::open(dir.path()).check("SELECT count() FROM t", "0");
}

#[test]
fn a_dropped_table_leaves_the_disk_although_its_searches_were_planned() {
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    let create = "CREATE TABLE t (id UInt64, v Array(Float32), INDEX idx v TYPE vector_similarity('hnsw', 'L2Distance', 9)) ENGINE = MergeTree ORDER BY id";
    for way in [
        "DROP TABLE t",
        "CREATE OR REPLACE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a",
    ] {
        db.run("DROP TABLE IF EXISTS t");
        db.run(create);
        db.run("INSERT INTO t SELECT number, arrayWithConstant(9, number) FROM numbers(10)");
        db.check(
            "SELECT id FROM t ORDER BY L2Distance(v, [2,2,2,2,2,2,2,2,2]) LIMIT 1",
            "2",
        );
        db.check(
            "SELECT id FROM t ORDER BY L2Distance(v, [3,3,3,3,3,3,3,3,3]) LIMIT 1",
            "3",
        );
        let data = dir.path().join("store").join(uuid(dir.path(), "t"));
        assert!(data.exists());
        db.run(way);
        // A merging thread may just be looking at the table.
        let patience = Instant::now() + Duration::from_secs(30);
        while data.exists() {
            assert!(Instant::now() < patience, "{way}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Name of a table's data folder.
fn uuid(root: &Path, table: &str) -> String {
    let link = fs::read_link(root.join("data/default").join(table)).unwrap();
    link.file_name().unwrap().to_str().unwrap().to_string()
}

#[test]
fn an_interrupted_drop_is_finished() {
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    db.run(CREATE);
    drop(db);
    let metadata = dir.path().join("metadata/default");
    let uuid = uuid(dir.path(), "t");
    fs::write(dir.path().join("dropped").join(&uuid), "").unwrap();
    fs::remove_file(metadata.join("t.sql")).unwrap();
    fs::write(metadata.join("half.tmp"), "CREATE").unwrap();
    let mut db = Database::open(dir.path());
    db.check("EXISTS t", "0");
    assert!(!dir.path().join("store").join(&uuid).exists());
    assert_eq!(fs::read_dir(&metadata).unwrap().count(), 0);
    db.run(CREATE);
}

#[test]
fn a_marker_never_takes_the_data_of_a_table() {
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    db.run(CREATE);
    db.run("INSERT INTO t VALUES (1, [1, 2])");
    drop(db);
    let uuid = uuid(dir.path(), "t");
    let metadata = dir.path().join("metadata/default/t.sql");
    let text = fs::read_to_string(&metadata).unwrap();
    for broken in [false, true] {
        fs::write(dir.path().join("dropped").join(&uuid), "").unwrap();
        fs::write(
            &metadata,
            if broken {
                format!("{text} garbage")
            } else {
                text.clone()
            },
        )
        .unwrap();
        drop(Database::open(dir.path()));
    }
    fs::write(&metadata, text).unwrap();
    Database::open(dir.path()).check("SELECT id FROM t", "1");
}

#[test]
fn a_name_is_free_while_the_dropped_table_is_still_read() {
    use gristmill_engine::Outcome;
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    db.run("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a;\nINSERT INTO t SELECT number FROM numbers(50000)");
    let outcome = db.session.execute(b"SELECT a FROM t", &Default::default()).unwrap();
    let Outcome::Rows(mut rows) = outcome else {
        panic!("a SELECT has rows")
    };
    let mut other = db.engine.session();
    text(&mut other, "DROP TABLE t").unwrap();
    text(&mut other, "CREATE TABLE t (b String) ENGINE = MergeTree ORDER BY b").unwrap();
    text(&mut other, "INSERT INTO t VALUES ('new')").unwrap();
    let mut count = 0;
    while let Some(batch) = rows.next().unwrap() {
        count += batch.num_rows();
    }
    assert_eq!(count, 50000);
    drop((rows, other, db));
    let mut db = Database::open(dir.path());
    db.check("SELECT b FROM t", "new");
    assert_eq!(fs::read_dir(dir.path().join("store")).unwrap().count(), 1);
}

#[test]
fn readers_keep_a_dropped_table() {
    use gristmill_engine::Outcome;
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a;\nINSERT INTO t SELECT number FROM numbers(100000)",
    );
    let outcome = db.session.execute(b"SELECT a FROM t", &Default::default()).unwrap();
    let Outcome::Rows(mut rows) = outcome else {
        panic!("a SELECT has rows")
    };
    let mut count = rows.next().unwrap().unwrap().num_rows();
    let mut other = db.engine.session();
    text(&mut other, "DROP TABLE t").unwrap();
    while let Some(batch) = rows.next().unwrap() {
        count += batch.num_rows();
    }
    assert_eq!(count, 100000);
}

fn find(dir: &Path, name: &str) -> Option<PathBuf> {
    let path = dir.join(name);
    path.exists().then_some(path)
}
