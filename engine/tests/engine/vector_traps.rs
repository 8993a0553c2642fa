//! What went wrong in ClickHouse and others with searches by an index, each as a test of its own.
//!
//! `row_policies.rs` has more of those under row policies.

use std::path::{Path, PathBuf};

use gristmill_engine::Event;

use super::support::Database;

/// 60 rows in three parts, `vec` = [id, 0], `other` = [-id, 0]; granules of four rows.
fn table() -> Database {
    let mut db = Database::quiet();
    create(&mut db, "");
    db
}

fn create(db: &mut Database, more: &str) {
    db.run(&format!(
        "CREATE TABLE t (id UInt32, a UInt8, s String, tags Array(UInt8), vec Array(Float32), other Array(Float32), \
         INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 2){more}) ENGINE = MergeTree ORDER BY id \
         SETTINGS index_granularity = 4"
    ));
    for part in 0..3 {
        insert(db, part * 20);
    }
}

fn insert(db: &mut Database, from: u32) {
    db.run(&format!(
        "INSERT INTO t SELECT number, number % 5, toString(number % 10), range(number % 3), [number, 0], [-toInt32(number), 0] FROM numbers({from}, 20)"
    ));
}

const NEAR: &str = "ORDER BY L2Distance(vec, [30.2, 0.])";

fn near(select: &str, filter: &str, limit: &str) -> String {
    format!("SELECT {select} FROM t {filter} {NEAR} {limit}")
}

/// The same rows as without an index.
#[track_caller]
fn as_exact(db: &mut Database, query: &str) -> String {
    let exact = db.rows(&format!(
        "SELECT * FROM ({query}) SETTINGS use_skip_indexes = 0, query_plan_try_use_vector_search = 0"
    ));
    db.check(query, &exact);
    exact
}

fn own(db: &Database, event: Event) -> u64 {
    db.session.progress().events().own().get(event)
}

/// 1. Deleted rows stay in the graph: answers became short, missed near rows, or were empty.
#[test]
fn deleted_rows_do_not_shorten_answers() {
    for multiplier in ["1", "3"] {
        let mut db = table();
        db.run(&format!("SET vector_search_index_fetch_multiplier = {multiplier}"));
        for (delete, expected) in [
            ("id IN (29, 30, 31)", "32\n28\n33"),
            ("id BETWEEN 24 AND 36", "37\n23\n38"),
            ("id BETWEEN 20 AND 39", "40\n41\n19"),
            ("id > 1", "1\n0"),
            ("1", ""),
        ] {
            db.run(&format!("DELETE FROM t WHERE {delete}"));
            db.check(&near("id", "", "LIMIT 3"), expected);
        }
    }
}

/// 2. A search that leaves granules out must not teach others that these do not match.
#[test]
fn a_search_teaches_other_queries_nothing_wrong() {
    let mut db = table();
    let count = "SELECT count(), sum(id) FROM t WHERE a = 1";
    let filtered = near("id", "WHERE a = 1", "LIMIT 2");
    for _ in 0..3 {
        db.check(&filtered, "31\n26");
        db.check(count, "12\t342");
        db.check(
            &near("id", "WHERE a = 1", "LIMIT 20")
                .replace("id FROM", "count() FROM (SELECT id FROM")
                .replace("LIMIT 20", "LIMIT 20)"),
            "12",
        );
    }
    insert(&mut db, 31);
    db.check(count, "16\t496");
    db.check(&filtered, "31\n31");
    db.run("DELETE FROM t WHERE id = 31");
    db.check(&filtered, "26\n36");
    db.check("SELECT count() FROM t WHERE a = 1", "14");
}

/// 3. A bounded search does not know whether more rows are as near as the last one.
#[test]
fn with_ties_gives_all_ties() {
    let mut db = table();
    insert(&mut db, 20);
    db.check(&near("id", "", "LIMIT 1 WITH TIES"), "30\n30");
    db.check(&near("id", "", "LIMIT 3 WITH TIES"), "30\n30\n31\n31");
    db.check(&near("id", "WHERE id != 30", "LIMIT 1 WITH TIES"), "31\n31");
}

/// 4. Expressions that make other rows of one, above or below the sort.
#[test]
fn array_join_is_not_bounded_by_the_search() {
    let mut db = table();
    for query in [
        near("id, arrayJoin(tags) AS tag", "", "LIMIT 4"),
        near("id, arrayJoin([1, 2]) AS x", "", "LIMIT 3"),
        near("id", "WHERE arrayJoin(tags) = 1", "LIMIT 3"),
        near("id, tag", "ARRAY JOIN tags AS tag", "LIMIT 3"),
        near("id, tag", "LEFT ARRAY JOIN tags AS tag", "LIMIT 3"),
    ] {
        // Rows that are made of one are equally near.
        let sorted = |rows: String| {
            let mut rows: Vec<String> = rows.lines().map(str::to_owned).collect();
            rows.sort_unstable();
            rows
        };
        let rows = sorted(db.rows(&query));
        assert_eq!(
            rows.len(),
            if query.contains("LIMIT 4") { 4 } else { 3 },
            "{query}\n{rows:?}"
        );
        let exact = db.rows(&format!("{query} SETTINGS use_skip_indexes = 0"));
        assert_eq!(rows, sorted(exact), "{query}");
    }
}

/// 5. Policies are filters too, and what a search shows must not go around them.
#[test]
fn row_policies_are_part_of_the_search() {
    let mut db = table();
    let query = near("id", "", "LIMIT 5");
    let nearest = db.rows(&query);
    db.run("CREATE ROW POLICY p ON t USING id IN (7, 33, 58) TO ALL");
    db.check(&format!("SELECT count() FROM ({query}) WHERE id IN (7, 33, 58)"), "3");
    db.check(&format!("SELECT count() FROM ({query})"), "3");
    db.run("ALTER ROW POLICY p ON t USING id >= 40");
    assert_eq!(
        db.rows(&format!("SELECT min(id) >= 40, count() FROM ({query})")),
        "1\t5"
    );
    db.run("DROP ROW POLICY p ON t");
    assert_eq!(db.rows(&query), nearest);
}

/// 6. What needs more rows than the search was asked for, or the same rows each time.
#[test]
fn distinct_windows_offsets_and_volatile_functions() {
    let mut db = table();
    let same = [
        near("id", "", "LIMIT 3 OFFSET 5"),
        near("id", "", "LIMIT 5, 3"),
        near("id", "", "LIMIT 3 OFFSET 58"),
        near("id", "", "LIMIT 3 OFFSET 100"),
        near("id, a", "", "LIMIT 2 BY a LIMIT 7"),
        near("id, a", "", "LIMIT 1 BY a"),
        near("id, count() OVER (PARTITION BY a) AS c", "", "LIMIT 3"),
        near("id, row_number() OVER (ORDER BY id) AS n", "", "LIMIT 3"),
        near("id, sum(id) OVER (ORDER BY id) AS n", "WHERE a = 1", "LIMIT 3"),
        "SELECT a, min(L2Distance(vec, [30.2, 0.])) AS d FROM t GROUP BY a ORDER BY d LIMIT 3".to_owned(),
        format!("SELECT DISTINCT s FROM (SELECT s, vec FROM t) {NEAR} LIMIT 7").replace(NEAR, "ORDER BY s"),
    ];
    for query in same {
        as_exact(&mut db, &query);
    }
    let volatile = near("id", "WHERE rand() % 2 < 2 AND a < 3", "LIMIT 20");
    let rows = db.rows(&volatile);
    assert_eq!(rows.lines().count(), 20, "{rows}");
    let shown = db.rows(&near("id, rand() >= 0", "", "LIMIT 3"));
    assert_eq!(shown, "30\t1\n31\t1\n29\t1");
    let halved = near("id", "WHERE rand() % 2 = 0", "LIMIT 30");
    assert!(db.rows(&halved).lines().count() > 5);
}

/// 7. ClickHouse's `_distance` is a column that people cannot ask for where rows are searched, and 0 elsewhere.
#[test]
fn the_indexs_distance_is_no_column() {
    let mut db = table();
    let refused = "Code: 44. DB::Exception: The `_distance` column is an internal virtual column of vector search and \
                   cannot be referenced directly in queries.";
    db.check_error(&near("_distance", "", "LIMIT 3"), refused);
    db.check_error(&near("id, _distance + 1 AS d", "", "LIMIT 3"), refused);
    db.check_error(&near("id", "WHERE _distance < 1", "LIMIT 3"), refused);
    db.check_error(
        &near("id, _distance", "", "LIMIT 3 SETTINGS use_skip_indexes = 0"),
        refused,
    );
    db.check("SELECT _distance, toTypeName(t._distance) FROM t LIMIT 1", "0\tFloat32");
    db.check("SELECT count() FROM t WHERE _distance = 0", "60");
    db.check_error("SELECT _distance FROM (SELECT * FROM t)", "Code: 47");
    db.check_error("SELECT _distance FROM numbers(3)", "Code: 47");
    db.check_error("SELECT __distance_of_search FROM t", "Code: 47");
}

/// 8. PREWHERE filters rows, not only granules.
#[test]
fn prewhere_filters_rows() {
    let mut db = table();
    for (filter, expected) in [
        ("PREWHERE a = 1", "31\n26\n36"),
        ("PREWHERE a = 1 WHERE id > 31", "36\n41\n46"),
        ("PREWHERE id % 20 = 0", "40\n20\n0"),
        ("PREWHERE s = '9' WHERE a = 4", "29\n39\n19"),
        ("PREWHERE 0", ""),
    ] {
        db.check(&near("id", filter, "LIMIT 3"), expected);
        db.check(
            &near("id, vec[1]", filter, "LIMIT 3"),
            &expected
                .lines()
                .map(|id| format!("{id}\t{id}"))
                .collect::<Vec<_>>()
                .join("\n"),
        );
    }
}

/// 9. Parts with and without the index, and of vectors that are not of one length.
#[test]
fn mixed_parts_give_one_answer() {
    let mut db = table();
    db.run("SET materialize_skip_indexes_on_insert = 0");
    insert(&mut db, 25);
    db.check(&near("id", "", "LIMIT 5"), "30\n30\n31\n31\n29");
    db.check(&near("id", "WHERE a = 1", "LIMIT 3"), "31\n31\n26");
    db.run("INSERT INTO t (id, vec) VALUES (1000, [1, 2, 3])");
    db.check_error(&near("id", "", "LIMIT 5"), "Code: 190");
    db.check(&near("id", "WHERE id < 1000", "LIMIT 5"), "30\n30\n31\n31\n29");
    db.run("ALTER TABLE t DELETE WHERE id = 1000");
    db.run("ALTER TABLE t MATERIALIZE INDEX idx");
    db.check(&near("id", "", "LIMIT 5"), "30\n30\n31\n31\n29");
}

/// 10. Vectors that no index takes fail the INSERT; where they came in without one, nothing gets stuck.
#[test]
fn empty_vectors_do_not_block_a_table() {
    let mut db = table();
    for wrong in [
        "INSERT INTO t (id) VALUES (1)",
        "INSERT INTO t (id, vec) VALUES (1, [])",
    ] {
        db.check_error(wrong, "Code: 117. DB::Exception: Array values in column with vector similarity index have 0 elements, expects 2 elements.");
    }
    db.check("SELECT count() FROM t", "60");
    db.run("INSERT INTO t (id) SETTINGS materialize_skip_indexes_on_insert = 0 VALUES (100), (101)");
    db.check_error("OPTIMIZE TABLE t FINAL", "Code: 117");
    db.check_error("ALTER TABLE t MATERIALIZE INDEX idx", "Code: 341");
    db.run("KILL MUTATION WHERE table = 't'");
    insert(&mut db, 60);
    db.check("SELECT count() FROM t", "82");
    db.check(&near("id", "WHERE id < 100", "LIMIT 2"), "30\n31");
    db.run("ALTER TABLE t DELETE WHERE empty(vec);\nOPTIMIZE TABLE t FINAL");
    db.check(&near("id", "", "LIMIT 2"), "30\n31");
}

/// 11. One INSERT builds indexes of all kinds, and fails as a whole.
#[test]
fn several_indexes_in_one_insert() {
    let mut db = Database::quiet();
    create(
        &mut db,
        ", INDEX j other TYPE vector_similarity('hnsw', 'cosineDistance', 2, 'i8', 8, 16) GRANULARITY 2, \
         INDEX m (id, a) TYPE minmax, INDEX b s TYPE bloom_filter, INDEX n s TYPE set(100) GRANULARITY 3",
    );
    db.check("SELECT name, count() FROM system.data_skipping_indices WHERE table = 't' AND data_compressed_bytes > 0 GROUP BY name ORDER BY name", "b\t1\nidx\t1\nj\t1\nm\t1\nn\t1");
    db.check(&near("id", "WHERE s = '7'", "LIMIT 3"), "27\n37\n17");
    db.check_error(
        "INSERT INTO t (id, vec, other) VALUES (1, [1, 2], [1, 2, 3])",
        "have 3 elements, expects 2 elements",
    );
    db.check("SELECT count() FROM t", "60");
}

/// 12. An index of a format that this release does not know is refused as such, and can be built again.
#[test]
fn an_index_of_another_version_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut db = Database::open_quiet(dir.path());
    create(&mut db, "");
    db.run("OPTIMIZE TABLE t FINAL");
    drop(db);
    let files = index_files(dir.path());
    assert!(!files.is_empty());
    for file in &files {
        let mut bytes = std::fs::read(file).unwrap();
        let trailer = bytes.len() - 64;
        for at in [4, trailer + 4] {
            bytes[at] = 9;
        }
        // The part's files are links to these bytes.
        std::fs::remove_file(file).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
    let mut db = Database::open_quiet(dir.path());
    let error = db.error(&near("id", "", "LIMIT 2"));
    assert!(error.contains("version 9") && error.contains("idx"), "{error}");
    db.check(&near("id", "", "LIMIT 2 SETTINGS use_skip_indexes = 0"), "30\n31");
    db.check("SELECT count() FROM t WHERE a = 1", "12");
    db.run("ALTER TABLE t CLEAR INDEX idx;\nALTER TABLE t MATERIALIZE INDEX idx");
    db.check(&near("id", "", "LIMIT 2"), "30\n31");
}

fn index_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(index_files(&path));
        } else if path.extension().is_some_and(|it| it == "vidx") {
            found.push(path);
        }
    }
    found
}

/// 13. Settings that switch the index off are named by EXPLAIN, and change no row.
#[test]
fn settings_that_switch_the_index_off_are_told() {
    let mut db = table();
    for setting in [
        "compatibility = '24.8'",
        "use_skip_indexes = 0",
        "query_plan_try_use_vector_search = 0",
        "ignore_data_skipping_indices = 'idx'",
        "max_limit_for_vector_search_queries = 1",
    ] {
        let query = format!("{} SETTINGS {setting}", near("id", "", "LIMIT 3"));
        db.check(&query, "30\n31\n29");
        assert_eq!(own(&db, Event::USearchSearchCount), 0, "{setting}");
        let plan = db.rows(&format!("EXPLAIN indexes = 1 {query}"));
        assert!(plan.contains("Vector index not used: "), "{setting}\n{plan}");
    }
}

/// 14. A search reads the rows of its answer, and without an index no more than the vectors and what filters need.
#[test]
fn a_search_reads_no_more_than_it_needs() {
    let mut db = table();
    db.check(&near("id, s", "", "LIMIT 3"), "30\t0\n31\t1\n29\t9");
    assert!(own(&db, Event::SelectedRows) <= 9, "{}", own(&db, Event::SelectedRows));
    assert_eq!(own(&db, Event::VectorSearchExactRows), 0);
    db.check(&near("id", "WHERE id IN (3, 7)", "LIMIT 3"), "7\n3");
    assert!(own(&db, Event::VectorSearchExactRows) <= 2);
}

/// 15. A condition on the distance is a filter like others.
#[test]
fn conditions_on_the_distance_hold() {
    let mut db = table();
    for (filter, limit, expected) in [
        ("WHERE L2Distance(vec, [30.2, 0.]) < 1", "LIMIT 10", "30\n31"),
        ("WHERE L2Distance(vec, [30.2, 0.]) > 1.5", "LIMIT 3", "32\n28\n33"),
        (
            "WHERE L2Distance(vec, [30.2, 0.]) BETWEEN 1 AND 2 AND a = 4",
            "LIMIT 3",
            "29",
        ),
        ("WHERE L2Distance(vec, [10., 0.]) < 1.5", "LIMIT 3", "11\n10\n9"),
        ("WHERE cosineDistance(vec, [1., 0.]) > 1", "LIMIT 3", ""),
    ] {
        db.check(&near("id", filter, limit), expected);
    }
    let alias = "SELECT id, L2Distance(vec, [30.2, 0.]) AS d FROM t WHERE d < 1 ORDER BY d LIMIT 10";
    db.check(
        &alias
            .replace("SELECT id, ", "SELECT id FROM (SELECT id, ")
            .replace("LIMIT 10", "LIMIT 10)"),
        "30\n31",
    );
}

/// 16. The cosine of a vector of any length, in every way that a row is compared.
#[test]
fn the_length_of_the_reference_does_not_matter_to_cosine() {
    for quantization in ["f64", "f32", "f16", "bf16", "i8"] {
        let mut db = Database::quiet();
        db.run(&format!(
            "CREATE TABLE t (id UInt32, a UInt8, vec Array(Float32), INDEX idx vec TYPE vector_similarity('hnsw', 'cosineDistance', 9, '{quantization}', 8, 64)) ENGINE = MergeTree ORDER BY id;
             INSERT INTO t SELECT number, number % 2, arrayMap(x -> (number + 1) * (cityHash64(number, x) % 1000 - 500), range(9)) FROM numbers(200);
             INSERT INTO t SETTINGS materialize_skip_indexes_on_insert = 0 SELECT number, number % 2, arrayMap(x -> cityHash64(number, x) % 1000 - 500, range(9)) FROM numbers(200, 20)"
        ));
        let reference = |length: f64| {
            format!(
                "[{}]",
                (1..10)
                    .map(|at| (f64::from(at * 37 % 11 - 5) * length).to_string())
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        };
        for filter in ["", "WHERE a = 1", "WHERE id < 7", "WHERE id > 205"] {
            for settings in [
                "vector_search_with_rescoring = 1",
                "use_skip_indexes = 0",
                "vector_search_with_rescoring = 0",
            ] {
                let query = |length| {
                    let order = format!("cosineDistance(vec, {})", reference(length));
                    format!("SELECT id, round({order}, 4) FROM t {filter} ORDER BY {order} LIMIT 5 SETTINGS {settings}")
                };
                let expected = db.rows(&query(1.0));
                for length in [0.001, 3.0, 1000.0] {
                    // The second time from the plan that was kept.
                    db.check(&query(length), &expected);
                    db.check(&query(length), &expected);
                }
            }
        }
    }
}

/// 17. Column, index and distance belong together.
#[test]
fn the_index_of_one_column_is_not_used_for_another() {
    let mut db = table();
    let query = "SELECT id FROM t ORDER BY L2Distance(other, [-30.2, 0.]) LIMIT 3";
    db.check(query, "30\n31\n29");
    assert_eq!(own(&db, Event::USearchSearchCount), 0);
    db.check(&near("id", "", "LIMIT 3"), "30\n31\n29");
    assert!(own(&db, Event::USearchSearchCount) >= 3);
    db.check(
        "SELECT id FROM t ORDER BY cosineDistance(vec, [1., 0.]), id LIMIT 1",
        "1",
    );
    assert_eq!(own(&db, Event::USearchSearchCount), 0);
    let both = "SELECT id FROM t ORDER BY L2Distance(vec, [30.2, 0.]) + L2Distance(other, [-10., 0.]) LIMIT 1";
    as_exact(&mut db, both);
}

/// 18. Skip indexes of other types, together with the search.
#[test]
fn other_skip_indexes_work_with_a_search() {
    let mut db = Database::quiet();
    create(
        &mut db,
        ", INDEX m a TYPE set(10), INDEX n s TYPE bloom_filter, INDEX v vec[1] TYPE minmax GRANULARITY 2",
    );
    for settings in [
        "use_skip_indexes_on_data_read = 0",
        "use_skip_indexes_on_data_read = 1",
        "ignore_data_skipping_indices = 'm, v'",
    ] {
        for (filter, expected) in [
            ("WHERE s = '3'", "33\n23\n43"),
            ("WHERE a = 2 AND vec[1] > 40", "42\n47\n52"),
            ("WHERE vec[1] <= 3", "3\n2\n1"),
            ("WHERE a = 7", ""),
            ("WHERE s = '3' OR vec[1] > 58.5", "33\n23\n43"),
        ] {
            db.check(
                &format!("{} SETTINGS {settings}", near("id", filter, "LIMIT 3")),
                expected,
            );
        }
    }
}

/// 19. DISTINCT takes rows away that the search had counted.
#[test]
fn distinct_answers_are_not_short() {
    let mut db = table();
    for (query, count) in [
        (
            "SELECT DISTINCT a, L2Distance(vec, [30.2, 0.]) > 3 AS far FROM t ORDER BY far, a LIMIT 6".to_owned(),
            6,
        ),
        (format!("SELECT DISTINCT a FROM (SELECT a FROM t {NEAR} LIMIT 5)"), 5),
        (format!("SELECT DISTINCT vec FROM t {NEAR} LIMIT 4"), 4),
        (format!("SELECT DISTINCT a, vec FROM t {NEAR} LIMIT 4"), 4),
        (
            "SELECT s FROM t GROUP BY s ORDER BY min(L2Distance(vec, [30.2, 0.])) LIMIT 10".to_owned(),
            10,
        ),
    ] {
        let rows = db.rows(&query);
        assert_eq!(rows.lines().count(), count, "{query}\n{rows}");
    }
    insert(&mut db, 20);
    db.check(
        &format!("SELECT DISTINCT vec FROM t {NEAR} LIMIT 3"),
        "[30,0]\n[31,0]\n[29,0]",
    );
}

/// 20. Rows come in the order of their distance, not in that of the files they were read from.
#[test]
fn rows_keep_their_rank() {
    let mut db = table();
    let expected: Vec<String> = (1..12)
        .map(|at: i64| (30 + if at % 2 == 0 { at / 2 } else { -(at / 2) }).to_string())
        .collect();
    for (select, settings) in [
        ("id", "max_threads = 1"),
        ("id", "max_threads = 8"),
        ("id", "vector_search_with_rescoring = 1"),
        ("id", "max_block_size = 2"),
    ] {
        db.check(
            &format!("{} SETTINGS {settings}", near(select, "", "LIMIT 11")),
            &expected.join("\n"),
        );
    }
    let wide = db.rows(&near("id, s, tags, vec, other", "", "LIMIT 11"));
    let ids: Vec<&str> = wide.lines().map(|line| line.split('\t').next().unwrap()).collect();
    assert_eq!(ids, expected);
    db.check(
        &format!("SELECT groupArray(id) FROM (SELECT id FROM t {NEAR} LIMIT 4)"),
        "[30,31,29,32]",
    );
}

/// A plan that is kept answers other vectors only if the vector decides nothing but the order.
#[test]
fn conditions_on_the_distance_are_of_their_own_vector() {
    let mut db = Database::new();
    db.run("CREATE TABLE m (id UInt32, v Array(Float32)) ENGINE = MergeTree ORDER BY id");
    db.run("INSERT INTO m SELECT number, [number, 0, 0, 0, 0, 0, 0, 0, 0] FROM numbers(100)");
    let ask = |form: &str, at: &str| form.replace("{q}", &format!("[{at}, 0., 0., 0., 0., 0., 0., 0., 0.]"));
    for form in [
        "SELECT id FROM (SELECT id, L2Distance(v, {q}) AS d FROM m WHERE d < 2 ORDER BY d LIMIT 9)",
        "SELECT id, L2Distance(v, {q}) AS d FROM m WHERE d < 2 ORDER BY d LIMIT 9",
        "SELECT id, 1 - L2Distance(v, {q}) AS s FROM m WHERE s > -1 ORDER BY s DESC LIMIT 9",
        "WITH {q} AS q SELECT id FROM m WHERE L2Distance(v, q) < 2 ORDER BY L2Distance(v, q) LIMIT 9",
        "SELECT id FROM (SELECT id, L2Distance(v, {q}) AS d FROM m) WHERE d < 2 ORDER BY d LIMIT 9",
    ] {
        for at in ["20.2", "55.3", "80.4"] {
            let ids: Vec<String> = (db.rows(&ask(form, at)).lines())
                .map(|line| line.split('\t').next().unwrap_or_default().to_owned())
                .collect();
            let first: u32 = at[..2].parse().unwrap();
            let expected: Vec<String> = [first, first + 1, first - 1, first + 2]
                .map(|id| id.to_string())
                .to_vec();
            assert_eq!(ids, expected, "{}", ask(form, at));
        }
    }
}

/// An index has a distance to a vector of zeros, SQL has none; such rows come last.
#[test]
fn vectors_of_zeros_come_last() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE z (id UInt32, v Array(Float32), INDEX i v TYPE \
         vector_similarity('hnsw', 'cosineDistance', 2, 'f32', 16, 64)) ENGINE = MergeTree ORDER BY id",
    );
    db.run("INSERT INTO z SELECT number, if(number < 20, [0, 0], [-1, number - 20]) FROM numbers(80)");
    db.check(
        "SELECT id FROM (SELECT id, 1 - cosineDistance(v, [1., 0.]) AS s FROM z ORDER BY s DESC LIMIT 5)",
        "79\n78\n77\n76\n75",
    );
    db.check(
        "SELECT id FROM z ORDER BY cosineDistance(v, [1., 0.]), id LIMIT 3",
        "79\n78\n77",
    );
}

#[test]
fn nan_is_one_of_the_distinct_values() {
    let mut db = Database::new();
    db.run("CREATE TABLE n (id UInt32, x Float32) ENGINE = MergeTree ORDER BY id");
    db.run("INSERT INTO n VALUES (1, nan), (2, 5), (3, 4), (4, nan)");
    db.check("SELECT DISTINCT x FROM n ORDER BY x LIMIT 2", "4\n5");
    db.check("SELECT x FROM n GROUP BY x ORDER BY x LIMIT 3", "4\n5\nnan");
}
