-- Columns that no table declares: what tells of a row's part, and of its place there.
CREATE TABLE t (a UInt32, p UInt8, s String) ENGINE = MergeTree PARTITION BY p ORDER BY a SETTINGS index_granularity = 2;
INSERT INTO t SELECT number, number % 2, 'x' FROM numbers(12);
INSERT INTO t SELECT number + 100, 1, 'y' FROM numbers(3);
SELECT a, _part, _part_index, _part_starting_offset, _part_offset, _part_granule_offset FROM t ORDER BY _part_index, a;
SELECT a, _partition_id, _partition_value, _partition_value.1, _part_data_version FROM t ORDER BY a;
SELECT a, _table, _database = currentDatabase(), _part_uuid, _sample_factor, _disk_name, _row_exists FROM t ORDER BY a LIMIT 2;
SELECT toTypeName(_part), toTypeName(_part_index), toTypeName(_part_starting_offset), toTypeName(_part_offset), toTypeName(_part_granule_offset), toTypeName(_partition_id), toTypeName(_partition_value), toTypeName(_part_data_version) FROM t LIMIT 1;
SELECT toTypeName(_table), toTypeName(_database), toTypeName(_part_uuid), toTypeName(_sample_factor), toTypeName(_disk_name), toTypeName(_row_exists) FROM t LIMIT 1;
-- In conditions.
SELECT a, _part_index, _part_starting_offset FROM t WHERE p = 1 AND a > 50 ORDER BY a;
SELECT a FROM t WHERE _part = '1_3_3_0' ORDER BY a;
SELECT a FROM t WHERE _part IN ('1_3_3_0', '0_1_1_0') AND a < 101 ORDER BY a;
SELECT a FROM t WHERE _part LIKE '0%' ORDER BY a;
SELECT count() FROM t WHERE _part = 'nosuch';
SELECT count() FROM t WHERE _partition_id = '1';
SELECT count() FROM t WHERE _partition_value = tuple(1);
SELECT count() FROM t WHERE _partition_value.1 != 1;
SELECT a FROM t WHERE _part_offset = 1 ORDER BY a;
SELECT a FROM t WHERE _part_offset > 2 AND _part_offset < 5 ORDER BY a;
SELECT a FROM t WHERE _part_offset = 1 OR _part = '1_3_3_0' ORDER BY a;
SELECT a FROM t WHERE (_part_offset = 1 AND _part = '1_3_3_0') OR (_part = '0_1_1_0' AND a = 2) ORDER BY a;
SELECT a FROM t WHERE _part_index = 1 ORDER BY a;
SELECT a FROM t WHERE _part_starting_offset + _part_offset IN (3, 13) ORDER BY a;
SELECT a FROM t WHERE _table = 't' AND _part_data_version = 3 ORDER BY a;
SELECT count() FROM t WHERE _table = 'u';
SELECT a, _part FROM t PREWHERE _part_offset > 3 ORDER BY a;
SELECT a FROM t WHERE (_part, _part_offset) IN (SELECT _part, max(_part_offset) FROM t GROUP BY _part) ORDER BY a;
-- In other places.
SELECT _part, count(), min(_part_offset), max(_part_offset) FROM t GROUP BY _part ORDER BY _part;
SELECT max(_part_offset), count(_part), uniqExact(_part) FROM t;
SELECT DISTINCT _partition_id FROM t ORDER BY _partition_id;
SELECT _part_offset FROM t ORDER BY _part_offset DESC LIMIT 3;
SELECT concat(_part, '/', toString(_part_offset)) AS place FROM t ORDER BY place LIMIT 3;
SELECT t._part, x._part_offset FROM t JOIN t AS x ON t.a = x.a + 1 ORDER BY t.a LIMIT 3;
SELECT _table, count() FROM t GROUP BY _table;
SELECT _part, row_number() OVER (PARTITION BY _part ORDER BY a) FROM t ORDER BY a LIMIT 3;
-- Not in *, not in subqueries that do not give them, not in definitions, not written.
SELECT * FROM t ORDER BY a LIMIT 1;
SELECT *, _part FROM t ORDER BY a LIMIT 1;
SELECT COLUMNS('part|a') FROM t ORDER BY a LIMIT 1;
SELECT COLUMNS('_part') FROM t; -- { serverError EMPTY_LIST_OF_COLUMNS_QUERIED }
SELECT _part FROM (SELECT * FROM t); -- { serverError UNKNOWN_IDENTIFIER }
SELECT DISTINCT _part FROM (SELECT *, _part FROM t) ORDER BY _part;
SELECT _Part FROM t; -- { serverError UNKNOWN_IDENTIFIER }
SELECT _nosuch FROM t; -- { serverError UNKNOWN_IDENTIFIER }
INSERT INTO t (a, _part) VALUES (1, 'x'); -- { serverError NO_SUCH_COLUMN_IN_TABLE }
CREATE TABLE n (a UInt8, b String DEFAULT _part) ENGINE = MergeTree ORDER BY a; -- { serverError UNKNOWN_IDENTIFIER }
SELECT name FROM system.columns WHERE table = 't' AND database = currentDatabase();
-- A column of the table wins.
CREATE TABLE own (_part String, _part_offset UInt8, _table String, a UInt8) ENGINE = MergeTree ORDER BY a;
INSERT INTO own VALUES ('mine', 7, 'own', 1);
SELECT _part, _part_offset, _table, _part_index, a FROM own;
SELECT * FROM own WHERE _part = 'mine' AND _part_offset = 7;
SELECT count() FROM own WHERE _part = 'all_1_1_0';
ALTER TABLE own ADD COLUMN _part_index String DEFAULT 'new';
SELECT _part_index, toTypeName(_part_index) FROM own;
ALTER TABLE own DROP COLUMN _part;
SELECT _part LIKE 'all_1_1_0%', a FROM own;
DROP TABLE own;
-- Deleted rows keep their numbers; mutations and merges make other parts.
DELETE FROM t WHERE a = 2;
SELECT a, _part, _part_offset FROM t WHERE p = 0 AND _part_offset < 4 ORDER BY a;
ALTER TABLE t UPDATE s = substring(_part, 1, 7) WHERE _partition_id = '1' SETTINGS mutations_sync = 2;
SELECT a, s FROM t WHERE p = 1 ORDER BY a;
OPTIMIZE TABLE t FINAL;
SELECT _part_index, count(), max(_part_offset) FROM t GROUP BY _part_index ORDER BY _part_index;
ALTER TABLE t RENAME COLUMN s TO r;
SELECT a, r, _part_offset FROM t WHERE _part_offset = 2 ORDER BY a;
RENAME TABLE t TO u;
SELECT DISTINCT _table FROM u;
SELECT count() FROM u WHERE _table = 't';
DROP TABLE u;
-- Without a partition key; an empty table; keys of several columns.
CREATE TABLE n (a UInt8) ENGINE = MergeTree ORDER BY a;
SELECT _part, _part_offset FROM n;
SELECT count() FROM n WHERE _part_offset = 1;
INSERT INTO n VALUES (3), (1), (2);
SELECT _partition_id, _part, _part_offset, a FROM n ORDER BY a;
SELECT _partition_value FROM n; -- { serverError UNKNOWN_IDENTIFIER }
DROP TABLE n;
CREATE TABLE p (a UInt8, d Date) ENGINE = MergeTree PARTITION BY (toYYYYMM(d), a % 2) ORDER BY a;
INSERT INTO p VALUES (1, '2024-01-02'), (2, '2024-02-02');
SELECT _partition_value, toTypeName(_partition_value), _partition_id, _partition_value.1 FROM p ORDER BY a;
SELECT a FROM p WHERE _partition_value.1 = 202401;
DROP TABLE p;
-- FINAL: parts are chosen after rows were replaced.
CREATE TABLE r (a UInt8, v UInt8) ENGINE = ReplacingMergeTree(v) ORDER BY a;
SYSTEM STOP MERGES r;
INSERT INTO r VALUES (1, 1), (2, 1);
INSERT INTO r VALUES (1, 2);
SELECT a, v, _part_offset, _part_index FROM r FINAL ORDER BY a;
SELECT a FROM r FINAL WHERE _part_offset = 1 ORDER BY a;
SELECT a, v FROM r FINAL WHERE _part_index = 0 ORDER BY a;
DROP TABLE r;
-- Other tables.
CREATE TABLE m (a UInt8) ENGINE = Memory;
INSERT INTO m VALUES (1);
SELECT a, _table, _database = currentDatabase() FROM m;
SELECT _part FROM m; -- { serverError UNKNOWN_IDENTIFIER }
CREATE VIEW v AS SELECT a FROM m;
SELECT a, _table FROM v;
SELECT _table, _database FROM system.one;
DROP TABLE v;
DROP TABLE m;
-- Vector searches.
CREATE TABLE s (id UInt32, g UInt8, vec Array(Float32), INDEX i vec TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 4;
INSERT INTO s SELECT number, number % 3, [number, 0] FROM numbers(40);
INSERT INTO s SELECT number + 100, number % 3, [number + 0.25, 0] FROM numbers(40);
SELECT id, _part, _part_offset, _part_index, _part_starting_offset FROM s ORDER BY L2Distance(vec, [7.1, 0.]) LIMIT 5;
SELECT id, _partition_id, _table FROM s WHERE _part = 'all_2_2_0' ORDER BY L2Distance(vec, [7.1, 0.]) LIMIT 3 SETTINGS vector_search_filter_strategy = 'prefilter';
SELECT id FROM s WHERE _part_offset > 9 ORDER BY L2Distance(vec, [7.1, 0.]) LIMIT 3 SETTINGS vector_search_filter_strategy = 'prefilter';
SELECT id FROM s WHERE _part_index = 1 AND g = 1 ORDER BY L2Distance(vec, [7.1, 0.]) LIMIT 3 SETTINGS vector_search_filter_strategy = 'prefilter';
SELECT _part, min(_part_offset) FROM (SELECT _part, _part_offset FROM s ORDER BY L2Distance(vec, [7.1, 0.]) LIMIT 6) GROUP BY _part ORDER BY _part;
DROP TABLE s;
-- Deletions know rows, too.
CREATE TABLE n (a UInt32, p UInt8, s String) ENGINE = MergeTree PARTITION BY p ORDER BY a SETTINGS index_granularity = 2;
INSERT INTO n SELECT number, number % 2, 'x' FROM numbers(20);
DELETE FROM n WHERE _part_offset = 2 AND _partition_value.1 = 1;
SELECT arraySort(groupArray(a)) FROM n;
ALTER TABLE n DELETE WHERE _part_offset IN (0, 3) SETTINGS mutations_sync = 2;
SELECT arraySort(groupArray(a)) FROM n;
ALTER TABLE n DELETE WHERE _part_granule_offset > 2 AND _partition_id = '0' SETTINGS mutations_sync = 2;
SELECT arraySort(groupArray(a)) FROM n;
ALTER TABLE n UPDATE s = _partition_id WHERE _part LIKE '1%' SETTINGS mutations_sync = 2;
SELECT s, arraySort(groupArray(a)) FROM n GROUP BY s ORDER BY s;
DROP TABLE n;
-- They are columns beside aggregate functions, also those that are the same in all rows; nobody writes them.
CREATE TABLE n (a UInt8, b UInt8) ENGINE = MergeTree ORDER BY a;
INSERT INTO n VALUES (1, 2), (2, 2);
SELECT _table, count() FROM n; -- { serverError NOT_AN_AGGREGATE }
SELECT a, count() FROM n GROUP BY a ORDER BY _table; -- { serverError NOT_AN_AGGREGATE }
SELECT _part, count() FROM n; -- { serverError NOT_AN_AGGREGATE }
SELECT concat(_table, '!'), count() FROM n; -- { serverError NOT_AN_AGGREGATE }
SELECT count() FROM n HAVING _sample_factor > 0; -- { serverError NOT_AN_AGGREGATE }
SELECT _distance, count() FROM n; -- { serverError NOT_AN_AGGREGATE }
SELECT a, _distance + 1, count() FROM n GROUP BY a; -- { serverError NOT_AN_AGGREGATE }
SELECT count() FROM n ORDER BY _distance; -- { serverError NOT_AN_AGGREGATE }
SELECT _distance, count(), any(_distance) FROM n GROUP BY _distance;
SELECT concat(_table, '!'), count() FROM n GROUP BY _table;
SELECT concat(_table, '!'), _disk_name, count() FROM n GROUP BY ALL;
SELECT any(_table), max(_sample_factor), sum(_row_exists) FROM n;
SELECT _table, sum(b) OVER () FROM n LIMIT 1;
SELECT _table AS x, count() FROM n GROUP BY x HAVING x = 'n' ORDER BY x;
SELECT count() FROM n WHERE _table = 'n' GROUP BY _database;
SELECT DISTINCT _table FROM n ORDER BY _table;
ALTER TABLE n UPDATE _part_offset = 1 WHERE 1; -- { serverError NOT_IMPLEMENTED }
ALTER TABLE n UPDATE _table = 'x' WHERE 1; -- { serverError NOT_IMPLEMENTED }
ALTER TABLE n UPDATE _partition_value = 1 WHERE 1; -- { serverError NO_SUCH_COLUMN_IN_TABLE }
DROP TABLE n;
