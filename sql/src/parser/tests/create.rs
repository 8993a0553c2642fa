//! CREATE TABLE, written back as ClickHouse's SHOW CREATE writes it.

use super::*;

fn created(text: &str) -> CreateTable {
    match parsed(text).statement {
        Statement::CreateTable(create) => *create,
        other => panic!("{text}\n{other:?}"),
    }
}

/// The text comes out as expected, and reads back to the same table.
fn check(text: &str, expected: &str) {
    let create = created(text);
    let shown = format_create(&create);
    assert_eq!(shown, expected);
    assert_eq!(format_create(&created(&shown)), expected, "does not round-trip");
}

#[test]
fn vector_index_with_bare_and_quoted_arguments() {
    check(
        "create table default.t3 (id UInt64, vec Array(Float32), \
         index idx vec type vector_similarity(hnsw, L2Distance, 2, bf16, 32, 128) granularity 5, \
         index i2 (vec) type vector_similarity('hnsw','cosineDistance',2)) engine = MergeTree() order by tuple() \
         ttl toDate(id) + interval 1 month settings index_granularity = 8192",
        "CREATE TABLE default.t3
(
    `id` UInt64,
    `vec` Array(Float32),
    INDEX idx vec TYPE vector_similarity(hnsw, L2Distance, 2, bf16, 32, 128) GRANULARITY 5,
    INDEX i2 vec TYPE vector_similarity('hnsw', 'cosineDistance', 2) GRANULARITY 100000000
)
ENGINE = MergeTree
ORDER BY tuple()
TTL toDate(id) + toIntervalMonth(1)
SETTINGS index_granularity = 8192",
    );
}

#[test]
fn every_property_of_a_column() {
    check(
        "create table if not exists db.t (a Int8 default 1 comment 'x' codec(ZSTD(1), LZ4) ttl a + 1, b default 1, \
         c materialized now(), d alias 1, e Int8 ephemeral, f ephemeral 1, g Int8 statistics(tdigest), h Int8 null, \
         `i j` Tuple(x Int8, `y z` Nullable(String)), k Enum8('a'=1,'b'=-2), index UInt8, \
         index i (a, b) type set(100), constraint c1 check a > 0, constraint c2 assume b > 0) \
         comment 'tt' settings x='a', y=2 ttl a + 1 delete where a = 1, b to disk 'x' sample by a primary key a \
         partition by (a, b) order by (a, toDate(b)) engine=ReplacingMergeTree(a)",
        "CREATE TABLE IF NOT EXISTS db.t
(
    `a` Int8 DEFAULT 1 COMMENT 'x' CODEC(ZSTD(1), LZ4) TTL a + 1,
    `b` DEFAULT 1,
    `c` MATERIALIZED now(),
    `d` ALIAS 1,
    `e` Int8 EPHEMERAL,
    `f` EPHEMERAL 1,
    `g` Int8 STATISTICS(tdigest),
    `h` Int8 NULL,
    `i j` Tuple(x Int8, `y z` Nullable(String)),
    `k` Enum8('a' = 1, 'b' = -2),
    `index` UInt8,
    INDEX i (a, b) TYPE set(100) GRANULARITY 1,
    CONSTRAINT c1 CHECK a > 0,
    CONSTRAINT c2 ASSUME b > 0
)
ENGINE = ReplacingMergeTree(a)
PARTITION BY (a, b)
PRIMARY KEY a
ORDER BY (a, toDate(b))
SAMPLE BY a
TTL a + 1 WHERE a = 1, b TO DISK 'x'
SETTINGS x = 'a', y = 2
COMMENT 'tt'",
    );
}

#[test]
fn tables_made_from_others() {
    check(
        "create or replace table t as db.t2 engine=Memory",
        "CREATE OR REPLACE TABLE t AS db.t2\nENGINE = Memory",
    );
    check("create table t as numbers(10)", "CREATE TABLE t AS numbers(10)");
    check(
        "create temporary table t engine=Memory as select 1 as a from x where b = 2",
        "CREATE TEMPORARY TABLE t\nENGINE = Memory\nAS SELECT 1 AS a FROM x WHERE b = 2",
    );
    check("create table t clone as x.y", "CREATE TABLE t CLONE AS x.y");
    let empty = created("create table t engine = MergeTree order by a empty as select 1 as a");
    assert!(empty.empty && empty.as_select.is_some());
}

#[test]
fn keys() {
    let key = |text: &str| {
        let create = created(&format!("create table t (a Int8, b Int8) engine=MergeTree {text}"));
        let text = |key: Option<Vec<Expr>>| key.map(|key| key.iter().map(format_expression).collect::<Vec<_>>());
        (text(create.primary_key), text(create.order_by))
    };
    let list = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    assert_eq!(key("order by (a, b % 3, -a)"), (None, list(&["a", "b % 3", "-a"])));
    assert_eq!(key("order by tuple()"), (None, list(&[])));
    assert_eq!(key("order by ()"), (None, list(&[])));
    assert_eq!(key("primary key a order by (a, b)"), (list(&["a"]), list(&["a", "b"])));
    let create = created("create table t (a Int8 primary key, b Int8) engine=MergeTree");
    assert_eq!(create.primary_key.map(|key| key.len()), Some(1));
    let create = created("create table t (a Int8, b Int8, primary key (b, a)) engine=MergeTree");
    assert_eq!(create.primary_key.map(|key| key.len()), Some(2));
}

#[test]
fn what_is_refused_by_name() {
    let check = |text: &str, word: &str| {
        let error = failure(text);
        assert_eq!(error.code, Code::NOT_IMPLEMENTED, "{text}: {error}");
        assert!(error.message.contains(word), "{text}: {error}");
    };
    check(
        "create table t (a Int8, projection p (select a)) engine=Memory",
        "PROJECTION",
    );
    check("create table t on cluster c (a Int8) engine=Memory", "ON CLUSTER");
    check("create table t (a Int8) engine=MergeTree order by a desc", "DESC");
    assert_eq!(
        failure("create table t (a Int8 b Int8) engine=Memory").code,
        Code::SYNTAX_ERROR
    );
    assert_eq!(failure("create table t (a) engine=Memory").code, Code::SYNTAX_ERROR);
}
