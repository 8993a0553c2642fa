//! Several sessions at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use gristmill_engine::Outcome;

use super::support::{Database, text, write_values};

#[test]
fn readers_see_whole_inserts_only() {
    const INSERTS: usize = 20;
    let mut db = Database::new();
    db.run("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let engine = &db.engine;
        let writers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut session = engine.session();
                    for _ in 0..INSERTS {
                        text(&mut session, "INSERT INTO t SELECT number FROM numbers(100)").unwrap();
                    }
                })
            })
            .collect();
        let reader = scope.spawn(|| {
            let mut session = engine.session();
            while !done.load(Ordering::Relaxed) {
                let count = text(&mut session, "SELECT count() FROM t WHERE a < 1000").unwrap();
                assert_eq!(count.parse::<u64>().unwrap() % 100, 0);
            }
        });
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
    db.check("SELECT count() FROM t", "4000");
}

/// A query reads the table that was there or the one that took its name, never the emptiness between them.
#[test]
fn readers_see_replaced_tables_whole() {
    const REPLACEMENTS: usize = 80;
    let mut db = Database::new();
    let create = "CREATE OR REPLACE TABLE t (k UInt32, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2))
                  ENGINE = MergeTree ORDER BY k AS SELECT number AS k, [number, 1] AS v FROM numbers(100)";
    db.run(create);
    db.run("CREATE TABLE keep (k UInt32) ENGINE = MergeTree ORDER BY k");
    db.run("INSERT INTO keep SELECT number FROM numbers(100)");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let (engine, done) = (&db.engine, &done);
        let readers: Vec<_> = [
            ("SELECT count() FROM t WHERE NOT ignore(k)", "100"),
            ("SELECT count() FROM t AS a INNER JOIN t AS b ON a.k = b.k", "100"),
            ("SELECT count() FROM keep WHERE k NOT IN (SELECT k FROM t)", "0"),
            ("SELECT k FROM t ORDER BY L2Distance(v, [7., 1.]) LIMIT 1", "7"),
        ]
        .map(|(query, expected)| {
            scope.spawn(move || {
                let mut session = engine.session();
                while !done.load(Ordering::Relaxed) {
                    assert_eq!(text(&mut session, query).unwrap(), expected, "{query}");
                }
            })
        })
        .into();
        let mut session = engine.session();
        for _ in 0..REPLACEMENTS {
            text(&mut session, create).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
}

#[test]
fn sessions_keep_their_settings_and_database() {
    let mut db = Database::new();
    db.run("CREATE DATABASE d;\nUSE d;\nSET max_threads = 1");
    let mut other = db.engine.session();
    assert_eq!(text(&mut other, "SELECT currentDatabase()").unwrap(), "default");
    assert_eq!(other.setting("max_threads").as_deref(), Some("auto"));
    db.check("SELECT currentDatabase()", "d");
}

#[test]
fn two_creates_of_one_name() {
    let db = Database::new();
    let results: Vec<_> = thread::scope(|scope| {
        let create = || {
            let mut session = db.engine.session();
            text(&mut session, "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a").is_ok()
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(create)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(results.iter().filter(|created| **created).count(), 1);
}

#[test]
fn progress_counts() {
    let mut db = Database::new();
    db.run("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a;\nINSERT INTO t SELECT number FROM numbers(10000)");
    let progress = db.session.progress();
    assert_eq!((progress.written_rows(), progress.read_rows()), (10000, 10000));
    db.check("SELECT sum(a) FROM t", "49995000");
    assert_eq!(
        (progress.read_rows(), progress.total_rows(), progress.written_rows()),
        (10000, 10000, 0)
    );
}

#[test]
fn an_insert_into_a_table_that_is_dropped_meanwhile_says_so() {
    let mut db = Database::new();
    db.run("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a");
    let mut other = db.engine.session();
    let Ok(Outcome::Insert(mut insert)) = other.execute(b"INSERT INTO t VALUES", &Default::default()) else {
        panic!("it waits for its data")
    };
    write_values(&mut insert, "(1)").unwrap();
    db.run("DROP TABLE t");
    let error = insert.finish().unwrap_err().to_string();
    assert!(error.contains("Code: 218") && !error.contains('/'), "{error}");
}

#[test]
fn parts_go_between_tables_that_are_altered() {
    const TIMES: usize = 20;
    let mut db = Database::new();
    for table in ["l", "r"] {
        db.run(&format!(
            "CREATE TABLE {table} (a UInt64) ENGINE = MergeTree ORDER BY a"
        ));
    }
    db.run("INSERT INTO l VALUES (1)");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let (engine, done) = (&db.engine, &done);
        for table in ["l", "r"] {
            scope.spawn(move || {
                let mut session = engine.session();
                while !done.load(Ordering::Relaxed) {
                    let alter = format!("ALTER TABLE {table} MODIFY COMMENT 'once more'");
                    text(&mut session, &alter).unwrap();
                }
            });
        }
        let mut session = engine.session();
        let mut results = Vec::new();
        for _ in 0..TIMES {
            results.push(text(&mut session, "ALTER TABLE r REPLACE PARTITION tuple() FROM l"));
            results.push(text(&mut session, "ALTER TABLE r DROP PARTITION tuple()"));
            results.push(text(&mut session, "ALTER TABLE l MOVE PARTITION tuple() TO TABLE r"));
            results.push(text(&mut session, "ALTER TABLE l ATTACH PARTITION tuple() FROM r"));
        }
        done.store(true, Ordering::Relaxed);
        assert!(results.iter().all(Result::is_ok), "{results:?}");
    });
    db.check("SELECT (SELECT count() FROM l), (SELECT count() FROM r)", "1\t1");
}
