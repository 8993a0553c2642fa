//! Forms of vector queries beyond `ORDER BY distance LIMIT n`: which of them an index answers, and what EXPLAIN says of
//! the others. That answers are right is tested by `tests/search_forms_property.rs` and `queries/vector_forms.sql`.

use std::collections::BTreeMap;

use super::support::Database;

/// Rows 0 … 11, vector [n, 0], `a` is n % 3, `s` n % 4; and a table to join.
fn tables(distance: &str) -> Database {
    let mut db = Database::new();
    db.run(&format!(
        "CREATE TABLE t (id UInt32, a UInt8, s String, vec Array(Float32), INDEX idx vec TYPE vector_similarity('hnsw', '{distance}', 2)) ENGINE = MergeTree ORDER BY id;
         INSERT INTO t SELECT number, number % 3, toString(number % 4), [number, 0] FROM numbers(12);
         CREATE TABLE u (id UInt32, vec Array(Float32)) ENGINE = MergeTree ORDER BY id;
         INSERT INTO u SELECT number, [1, number] FROM numbers(4)"
    ));
    db
}

/// Checks that the index is used, or the reason why it is not.
#[track_caller]
fn check(db: &mut Database, query: &str, reason: Option<&str>) {
    let plan = db.rows(&format!("EXPLAIN indexes = 1 {query}"));
    let unused = plan
        .lines()
        .find_map(|line| line.trim().strip_prefix("Vector index not used: "));
    assert_eq!(unused, reason, "{query}\n{plan}");
    assert_eq!(plan.contains("Name: idx"), reason.is_none(), "{query}\n{plan}");
    assert!(!db.rows(query).is_empty(), "{query}");
}

#[test]
fn keys_that_rise_or_fall_with_the_distance_use_the_index() {
    let mut db = tables("L2Distance");
    for (key, falls) in [
        ("L2Distance(vec, [2.2, 0.])", false),
        ("L2SquaredDistance(vec, [2.2, 0.])", false),
        ("1 - L2Distance(vec, [2.2, 0.])", true),
        ("-L2Distance(vec, [2.2, 0.])", true),
        ("L2Distance(vec, [2.2, 0.]) + 1", false),
        ("L2Distance(vec, [2.2, 0.]) * 2 + 1", false),
        ("L2Distance(vec, [2.2, 0.]) / 2", false),
        ("L2Distance(vec, [2.2, 0.]) / -2", true),
        ("2 / L2Distance(vec, [2.2, 0.])", true),
        ("1 / (1 + L2Distance(vec, [2.2, 0.]))", true),
        ("exp(-pow(L2Distance(vec, [2.2, 0.]), 2) / 8)", true),
        ("sqrt(L2Distance(vec, [2.2, 0.]))", false),
        ("log1p(L2Distance(vec, [2.2, 0.]))", false),
        ("pow(0.5, L2Distance(vec, [2.2, 0.]))", true),
        ("pow(L2Distance(vec, [2.2, 0.]), -2)", true),
        ("L2Distance(vec, [2.2, 0.]) * L2Distance(vec, [2.2, 0.])", false),
        ("round(L2Distance(vec, [2.2, 0.]), 2)", false),
        ("abs(L2Distance(vec, [2.2, 0.]))", false),
        ("toFloat32(L2Distance(vec, [2.2, 0.]))", false),
        ("CAST(L2Distance(vec, [2.2, 0.]) AS Float32)", false),
        ("CAST(L2Distance(vec, [2.2, 0.]) AS Nullable(Float64))", false),
        ("tuple(L2Distance(vec, [2.2, 0.]))", false),
        ("(L2Distance(vec, [2.2, 0.]), id)", false),
        ("L2Distance(vec, [2.2, 0.])::Float32 AS k", false),
    ] {
        let query = |order: &str| format!("SELECT id FROM t ORDER BY {key} {order} LIMIT 2");
        let (nearest, farthest) = if falls { ("DESC", "ASC") } else { ("ASC", "DESC") };
        check(&mut db, &query(nearest), None);
        db.check(&query(nearest), "2\n3");
        check(&mut db, &query(farthest), Some("the farthest rows are asked for"));
        db.check(&query(farthest), "11\n10");
    }
}

/// A cosine distance may come out below 0 by rounding, a product may be anything.
#[test]
fn what_is_known_of_a_key_depends_on_the_distance() {
    let unknown = Some("it is not known that the sort key rises or falls with the distance");
    let mut db = tables("cosineDistance");
    let mut cosine = |key: &str, reason| {
        let key = key.replace('D', "cosineDistance(vec, [1., 2.])");
        check(&mut db, &format!("SELECT id FROM t ORDER BY {key} LIMIT 3"), reason);
    };
    cosine("D - 1", None);
    cosine("-1 / (1 + D)", None);
    cosine("(2 - (1 - D)) * 3", None);
    cosine("exp(D)", None);
    cosine("sqrt(D)", unknown);
    cosine("D * D", unknown);
    let mut db = tables("dotProduct");
    let mut dot = |key: &str, reason| {
        let key = key.replace('D', "dotProduct(vec, [1., 2.])");
        check(&mut db, &format!("SELECT id FROM t ORDER BY {key} LIMIT 3"), reason);
    };
    dot("-D", None);
    dot("negate(D)", None);
    dot("1 - D", None);
    dot("exp(-D)", None);
    dot("D", Some("the farthest rows are asked for"));
    dot("1 / D", unknown);
    dot("abs(D)", unknown);
    dot("pow(D, 2)", unknown);
}

#[test]
fn values_are_what_the_expression_gives_for_the_distance() {
    let mut db = tables("L2Distance");
    let nearest = "ORDER BY L2Distance(vec, [2., 0.]) LIMIT 3";
    db.check(
        &format!("SELECT id, 1 - L2Distance(vec, [2., 0.]) AS s, L2Distance(vec, [2., 0.]) * s FROM t {nearest}"),
        "2\t1\t0\n1\t0\t0\n3\t0\t0",
    );
    db.check(
        "SELECT id, L2SquaredDistance(vec, [2., 3.]) AS d, sqrt(d) FROM t ORDER BY d, id LIMIT 2",
        "2\t9\t3\n1\t10\t3.1622776601683795",
    );
    db.check(
        "SELECT id, 1 / (1 + L2Distance(vec, [2., 0.])) AS score FROM t WHERE a = 2 ORDER BY score DESC LIMIT 2",
        "2\t1\n5\t0.25",
    );
}

/// The text is the template then, and a plan that is known is brief.
#[test]
fn plans_are_kept_for_parameters_and_expressions() {
    let mut db = tables("L2Distance");
    let is_kept = |db: &mut Database, query: &str| {
        let prepared = db.session.prepare(query.as_bytes(), &BTreeMap::new());
        prepared.is_brief(&db.session)
    };
    let query = "SELECT id, 1 - L2Distance(vec, {q:Array(Float32)}) AS s FROM t ORDER BY s DESC LIMIT {n:UInt8}";
    db.run("SET param_q = '[3.25,0]', param_n = 2");
    assert!(!is_kept(&mut db, query));
    db.check(
        &format!("{query} SETTINGS vector_search_with_rescoring = 0"),
        "3\t0.75\n4\t0.25",
    );
    db.check(query, "3\t0.75\n4\t0.25");
    db.run("SET param_q = '[7.25,0]'");
    assert!(is_kept(&mut db, query));
    db.run("SYSTEM DROP VECTOR SIMILARITY INDEX CACHE");
    assert!(!is_kept(&mut db, query), "the index has to be opened first");
    let few = query.replace("ORDER BY", "WHERE id < 20 ORDER BY");
    db.check(&few, "7\t0.75\n8\t0.25");
    assert!(is_kept(&mut db, &few), "so few rows are compared without it");
    let after = format!("{few} SETTINGS vector_search_filter_strategy = 'postfilter'");
    db.rows(&after);
    assert!(is_kept(&mut db, &after));
    db.run("SYSTEM DROP VECTOR SIMILARITY INDEX CACHE");
    assert!(!is_kept(&mut db, &after), "the graph is walked first");
    db.check(query, "7\t0.75\n8\t0.25");
    assert!(is_kept(&mut db, query));
    db.check(query, "7\t0.75\n8\t0.25");
    db.run("SET param_n = 1");
    assert!(!is_kept(&mut db, query), "another LIMIT is another plan");
    db.check(query, "7\t0.75");
    db.run("SET param_q = '[1,0,0]'");
    db.check_error(query, "Code: 80");
    db.run("SET param_q = '[1,x]'");
    db.check_error(query, "Code: 457");
    // What is computed from the vector before the search runs is no part of a plan.
    let folded =
        "SELECT id, length({q:Array(Float32)}) AS l FROM t ORDER BY L2Distance(vec, {q:Array(Float32)}) LIMIT 1";
    db.run("SET param_q = '[3,0]'");
    db.check(folded, "3\t2");
    assert!(!is_kept(&mut db, folded));
    let bytes = "SELECT id FROM t ORDER BY L2Distance(vec, {q:Array(BFloat16)}) LIMIT 1";
    db.check(bytes, "3");
    db.run("SET param_q = '[5,0]'");
    assert!(is_kept(&mut db, bytes));
    db.check(bytes, "5");
    let widened = "SELECT id FROM t ORDER BY L2Distance(vec, {q:Array(Float32)}::Array(Float64)) LIMIT 1";
    db.check(widened, "5");
    db.run("SET param_q = '[6,0]'");
    db.check(widened, "6");
}

/// The twenty nearest rows are all of one group; a hundred rows each have the same vector.
#[test]
fn more_rows_are_fetched_until_there_are_enough() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE g (id UInt32, a UInt32, vec Array(Float32), INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id;
         INSERT INTO g SELECT number, if(number < 20, 0, number % 10), [number, 0] FROM numbers(3000);
         CREATE TABLE e (id UInt32, vec Array(Float32), INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id;
         INSERT INTO e SELECT number, [intDiv(number, 100), 0] FROM numbers(3000)",
    );
    let by = "SELECT id FROM g ORDER BY L2Distance(vec, [0., 0.]) LIMIT 1 BY a LIMIT 3";
    check(&mut db, by, None);
    db.check(by, "0\n21\n22");
    db.check(&format!("{by} OFFSET 2"), "22\n23\n24");
    let tied = "SELECT count() FROM (SELECT id FROM e ORDER BY L2Distance(vec, [7., 0.]) LIMIT 3 WITH TIES)";
    check(&mut db, tied, None);
    db.check(tied, "100");
    let last = "SELECT id FROM e ORDER BY L2Distance(vec, [7., 0.]), id DESC LIMIT 2";
    check(&mut db, last, None);
    db.check(last, "799\n798");
    let few = |rows: u32| {
        format!("LIMIT needs more than the {rows} nearest rows, which is max_limit_for_vector_search_queries")
    };
    let tied = format!("{tied} SETTINGS max_limit_for_vector_search_queries = 50");
    check(&mut db, &tied, Some(&few(50)));
    db.check(&tied, "100");
    // So many that an ordinary plan sorts them.
    let many = "SELECT max(id), count() FROM (SELECT id FROM e ORDER BY L2Distance(vec, [7., 0.]), id LIMIT 100000)";
    db.check(many, "2999\t3000");
    let groups = "SELECT count() FROM (SELECT a FROM g ORDER BY L2Distance(vec, [0., 0.]) LIMIT 1 BY a LIMIT 30)";
    check(&mut db, groups, Some(&few(1000)));
    db.check(groups, "10");
    let distinct = "SELECT DISTINCT round(L2Distance(vec, [0., 0.]) / 100) AS d FROM g ORDER BY d LIMIT 2 OFFSET";
    check(&mut db, &format!("{distinct} 7"), None);
    db.check(&format!("{distinct} 7"), "7\n8");
    check(&mut db, &format!("{distinct} 12"), Some(&few(1000)));
    db.check(&format!("{distinct} 12"), "12\n13");
}

#[test]
fn with_final_indexes_may_be_forbidden() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE r (id UInt32, v UInt32, vec Array(Float32), INDEX m v TYPE minmax GRANULARITY 1, \
         INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = ReplacingMergeTree(v) ORDER BY id;
         INSERT INTO r SELECT number, number, [number, 0] FROM numbers(2000)",
    );
    let query = "SELECT id FROM r FINAL ORDER BY L2Distance(vec, [7.1, 0.]) LIMIT 2";
    let off = "SETTINGS use_skip_indexes_if_final = 0";
    check(&mut db, query, None);
    check(
        &mut db,
        &format!("{query} {off}"),
        Some("use_skip_indexes_if_final is 0"),
    );
    db.check(&format!("{query} {off}"), "7\n8");
    check(&mut db, &format!("{} {off}", query.replace(" FINAL", "")), None);
    let pruned = db.rows("EXPLAIN indexes = 1 SELECT count() FROM r FINAL WHERE v = 3");
    assert!(pruned.contains("Name: m"), "{pruned}");
    let pruned = db.rows(&format!(
        "EXPLAIN indexes = 1 SELECT count() FROM r FINAL WHERE v = 3 {off}"
    ));
    assert!(!pruned.contains("Name: m"), "{pruned}");
}

#[test]
fn an_index_of_bits_tells_no_ties() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE b (id UInt32, vec Array(Float32), INDEX idx vec TYPE vector_similarity('hnsw', 'cosineDistance', 8, 'b1', 16, 64)) ENGINE = MergeTree ORDER BY id;
         INSERT INTO b SELECT number, arrayMap(i -> number % 7 + i - 4, range(8)) FROM numbers(700)",
    );
    let reason = "index idx keeps too little of a row to tell which rows tie, for WITH TIES or another sort key";
    let query = "SELECT id FROM b ORDER BY cosineDistance(vec, [1., 2., 3., 4., 5., 6., 7., 8.])";
    check(&mut db, &format!("{query}, id LIMIT 2"), Some(reason));
    db.check(&format!("{query}, id LIMIT 2"), "5\n12");
    check(&mut db, &format!("{query} LIMIT 2 BY id % 2 LIMIT 3"), None);
}

#[test]
fn forms_that_keep_the_nearest_rows_use_the_index() {
    let mut db = tables("L2Distance");
    for query in [
        "SELECT id FROM t ORDER BY L2Distance(vec, materialize([2.2, 0.])) LIMIT 2",
        "SELECT id FROM t ORDER BY L2Distance(vec, [2.2, 0.]), id LIMIT 2",
        "SELECT id FROM t ORDER BY L2Distance(vec, [2.2, 0.]), a DESC, s LIMIT 2 OFFSET 1",
        "SELECT id FROM t ORDER BY L2Distance(vec, [2.2, 0.]) LIMIT 2 WITH TIES",
        "SELECT id FROM t ORDER BY L2Distance(vec, [2.2, 0.]) LIMIT 1, 2 WITH TIES",
        "SELECT id FROM t ORDER BY L2Distance(vec, [2.2, 0.]) LIMIT 1 BY a LIMIT 2",
        "SELECT DISTINCT ON (a) id FROM t ORDER BY L2Distance(vec, [2.2, 0.]) LIMIT 2",
        "SELECT DISTINCT id, L2Distance(vec, [2.2, 0.]) AS d FROM t ORDER BY d LIMIT 2",
        "SELECT DISTINCT id, 1 - L2Distance(vec, [2.2, 0.]) AS d FROM t ORDER BY d DESC, id LIMIT 2",
        "SELECT DISTINCT vec FROM t ORDER BY L2Distance(vec, [2.2, 0.]) LIMIT 2",
        "SELECT id, L2Distance(vec, [2.2, 0.]) AS d FROM t GROUP BY id, d ORDER BY d LIMIT 2",
        "SELECT id, d FROM (SELECT id, 1 - L2Distance(vec, [2.2, 0.]) AS d FROM t) ORDER BY d DESC LIMIT 2",
        "SELECT n.id FROM (SELECT id FROM t ORDER BY L2Distance(vec, [2.2, 0.]) LIMIT 2) AS n JOIN u ON u.id = n.id",
    ] {
        check(&mut db, query, None);
    }
}

#[test]
fn explain_says_which_form_no_index_answers() {
    let mut db = tables("L2Distance");
    for (query, reason) in [
        (
            "SELECT id FROM t ORDER BY L2Distance(vec, [2.2, 0.])",
            "there is no LIMIT",
        ),
        (
            "SELECT id FROM t ORDER BY L2Distance(vec, [2.2, 0.]) OFFSET 1",
            "there is no LIMIT",
        ),
        (
            "SELECT id FROM t ORDER BY L2Distance(vec, [2.2, 0.]) LIMIT 1 BY a",
            "there is no LIMIT",
        ),
        (
            "SELECT id FROM t WHERE L2Distance(vec, [2.2, 0.]) < 2",
            "the query does not sort by a distance",
        ),
        (
            "SELECT id FROM t WHERE L2Distance(vec, [2.2, 0.]) < 2 ORDER BY id LIMIT 1",
            "the query does not sort by a distance",
        ),
        (
            "SELECT id FROM t ORDER BY L2Distance(vec, [2.2, 0.]) DESC LIMIT 2",
            "the farthest rows are asked for",
        ),
        (
            "SELECT id FROM t ORDER BY a, L2Distance(vec, [2.2, 0.]) LIMIT 2",
            "another sort key comes before the distance",
        ),
        (
            "SELECT id FROM t ORDER BY L2Distance(vec, [2.2, 0.]) + id LIMIT 2",
            "it is not known that the sort key rises or falls with the distance",
        ),
        (
            "SELECT id FROM t ORDER BY sin(L2Distance(vec, [2.2, 0.])) LIMIT 2",
            "it is not known that the sort key rises or falls with the distance",
        ),
        (
            "SELECT id FROM t ORDER BY L2Distance(vec, vec) LIMIT 2",
            "the reference vector is not a constant",
        ),
        (
            "SELECT t.id FROM t JOIN u ON t.id = u.id ORDER BY L2Distance(t.vec, [2.2, 0.]) LIMIT 2",
            "the table is joined before its rows are sorted",
        ),
        (
            "SELECT id, arrayJoin([1, 2]) FROM t ORDER BY L2Distance(vec, [2.2, 0.]) LIMIT 2",
            "arrays become rows before the rows are sorted",
        ),
        (
            "SELECT id, x FROM t ARRAY JOIN [1, 2] AS x ORDER BY L2Distance(vec, [2.2, 0.]) LIMIT 2",
            "arrays become rows before the rows are sorted",
        ),
        (
            "SELECT a, min(L2Distance(vec, [2.2, 0.])) AS d FROM t GROUP BY a ORDER BY d LIMIT 2",
            "rows are grouped before they are sorted",
        ),
        (
            "SELECT DISTINCT a FROM t ORDER BY L2Distance(vec, [2.2, 0.]) LIMIT 2",
            "DISTINCT keeps any of the rows that it finds equal, whatever their distance",
        ),
        (
            "SELECT DISTINCT a, L2Distance(vec, [2.2, 0.]) AS d FROM t ORDER BY d LIMIT 1 BY a LIMIT 2",
            "LIMIT BY counts rows of DISTINCT",
        ),
        (
            "SELECT id, row_number() OVER (ORDER BY id) FROM t ORDER BY L2Distance(vec, [2.2, 0.]) LIMIT 2",
            "a window function sees all rows",
        ),
        (
            "SELECT id FROM t QUALIFY row_number() OVER (PARTITION BY a ORDER BY id) = 1 ORDER BY L2Distance(vec, [2.2, 0.]) LIMIT 2",
            "a window function sees all rows",
        ),
        (
            "SELECT id, rand() FROM t ORDER BY L2Distance(vec, [2.2, 0.]) LIMIT 2",
            "a function gives another value each time",
        ),
        (
            "SELECT id FROM t WHERE rand() >= 0 ORDER BY L2Distance(vec, [2.2, 0.]) LIMIT 2",
            "a function gives another value each time",
        ),
        (
            "SELECT id FROM t ORDER BY L2Distance(vec, [2.2, 0.]), rand() LIMIT 2",
            "a function gives another value each time",
        ),
        (
            "SELECT id FROM (SELECT * FROM t ORDER BY id LIMIT 5) ORDER BY L2Distance(vec, [2.2, 0.]) LIMIT 2",
            "a query inside has a LIMIT of its own",
        ),
        (
            "SELECT id FROM (SELECT id, vec FROM t UNION ALL SELECT id, vec FROM u) ORDER BY L2Distance(vec, [2.2, 0.]) LIMIT 2",
            "rows of several queries are sorted together",
        ),
    ] {
        check(&mut db, query, Some(reason));
    }
    db.run("SELECT id FROM t ORDER BY a, L2Distance(vec, [2.2, 0.]) LIMIT 2");
    let warnings = db.rows("SHOW WARNINGS");
    let warning = "Vector index of default.t not used: another sort key comes before the distance";
    assert!(warnings.contains(warning), "{warnings}");
    // No word of an index where no vectors are compared, and none without indexes = 1.
    for query in [
        "EXPLAIN indexes = 1 SELECT id FROM t ORDER BY id LIMIT 2",
        "EXPLAIN SELECT id FROM t ORDER BY L2Distance(vec, [2.2, 0.])",
    ] {
        let plan = db.rows(query);
        assert!(!plan.contains("Vector index"), "{plan}");
    }
}
