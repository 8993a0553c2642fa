-- An UPDATE of what a TTL reads lets expire, in the parts that it changes, what has expired.
CREATE TABLE t (k UInt32, d DateTime, a UInt32) ENGINE = MergeTree ORDER BY k TTL d SETTINGS merge_with_ttl_timeout = 100000;
SYSTEM STOP TTL MERGES t;
INSERT INTO t SELECT number, '2100-01-01', 0 FROM numbers(5);
ALTER TABLE t UPDATE d = '2000-01-01' WHERE k < 2;
SELECT k FROM t ORDER BY k;
INSERT INTO t SELECT 10 + number, '2000-01-01', 0 FROM numbers(3);
ALTER TABLE t UPDATE d = '2101-01-01' WHERE k = 2;
SELECT k FROM t ORDER BY k;
ALTER TABLE t UPDATE a = 1 WHERE 1;
SELECT k FROM t ORDER BY k;
ALTER TABLE t UPDATE d = d WHERE 0;
SELECT k FROM t ORDER BY k;
ALTER TABLE t UPDATE d = d WHERE k = 12;
SELECT k FROM t ORDER BY k;
DROP TABLE t;

CREATE TABLE t (k UInt32, d DateTime, c UInt8) ENGINE = MergeTree ORDER BY k TTL d WHERE c SETTINGS merge_with_ttl_timeout = 100000;
SYSTEM STOP TTL MERGES t;
INSERT INTO t SELECT number, '2000-01-01', 0 FROM numbers(4);
ALTER TABLE t UPDATE c = 1 WHERE k = 1;
SELECT k FROM t ORDER BY k;
DROP TABLE t;

-- Through a MATERIALIZED column, and in a column's TTL.
CREATE TABLE t (k UInt32, d DateTime, m DateTime MATERIALIZED d) ENGINE = MergeTree ORDER BY k TTL m SETTINGS merge_with_ttl_timeout = 100000;
SYSTEM STOP TTL MERGES t;
INSERT INTO t (k, d) SELECT number, '2100-01-01' FROM numbers(4);
ALTER TABLE t UPDATE d = '2000-01-01' WHERE k = 1;
SELECT k FROM t ORDER BY k;
DROP TABLE t;
CREATE TABLE t (k UInt32, d DateTime, c UInt8 TTL d, e UInt8 DEFAULT 5 TTL d) ENGINE = MergeTree ORDER BY k SETTINGS merge_with_ttl_timeout = 100000;
SYSTEM STOP TTL MERGES t;
INSERT INTO t SELECT number, '2100-01-01', 7, 8 FROM numbers(4);
ALTER TABLE t UPDATE d = '2000-01-01' WHERE k = 1;
SELECT * FROM t ORDER BY k;
DROP TABLE t;

-- All rows of a part may go.
CREATE TABLE t (k UInt32, d DateTime, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY k TTL d SETTINGS merge_with_ttl_timeout = 100000;
INSERT INTO t SELECT number, '2100-01-01', [number, 1] FROM numbers(5);
ALTER TABLE t UPDATE d = '2000-01-01' WHERE k IN (0, 3);
SELECT k FROM t ORDER BY L2Distance(v, [0., 1.]) LIMIT 3;
ALTER TABLE t UPDATE d = '2000-01-01' WHERE 1;
SELECT count() FROM t;
DROP TABLE t;

-- Conditions are numbers; what is not 0 is true.
CREATE TABLE t (k UInt32, d Date) ENGINE = MergeTree ORDER BY k TTL d WHERE k;
INSERT INTO t SELECT number * 128, '2000-01-01' FROM numbers(4);
OPTIMIZE TABLE t FINAL;
SELECT k FROM t ORDER BY k;
DROP TABLE t;
CREATE TABLE t (k UInt32, d Date, f Float64) ENGINE = MergeTree ORDER BY k TTL d WHERE f;
INSERT INTO t VALUES (1, '2000-01-01', 0), (2, '2000-01-01', 0.5), (3, '2000-01-01', nan);
OPTIMIZE TABLE t FINAL;
SELECT k FROM t ORDER BY k;
DROP TABLE t;
CREATE TABLE t (k UInt32, d Date, n Nullable(UInt32)) ENGINE = MergeTree ORDER BY k TTL d WHERE n;
INSERT INTO t VALUES (1, '2000-01-01', 0), (2, '2000-01-01', NULL), (3, '2000-01-01', 256);
ALTER TABLE t MATERIALIZE TTL;
SELECT k FROM t ORDER BY k;
DROP TABLE t;

-- Several commands of one ALTER
CREATE TABLE t (k UInt32, d Date) ENGINE = MergeTree ORDER BY k;
INSERT INTO t VALUES (1, '2100-01-01'), (2, '2000-01-01');
ALTER TABLE t MODIFY TTL d, MODIFY TTL d + INTERVAL 1 DAY WHERE k > 5;
SHOW CREATE TABLE t FORMAT TSVRaw;
SELECT k FROM t ORDER BY k;
ALTER TABLE t MODIFY TTL d, MATERIALIZE TTL;
SELECT k FROM t ORDER BY k;
ALTER TABLE t MODIFY TTL d TO DISK 'x'; -- { serverError BAD_TTL_EXPRESSION }
ALTER TABLE t MODIFY TTL d TO VOLUME 'x'; -- { serverError BAD_TTL_EXPRESSION }
ALTER TABLE t MODIFY TTL (SELECT today()); -- { serverError BAD_ARGUMENTS }
ALTER TABLE t MODIFY TTL d, d + 1; -- { serverError BAD_TTL_EXPRESSION }
CREATE TABLE u (k UInt32, d Date) ENGINE = MergeTree ORDER BY k TTL d TTL d; -- { clientError SYNTAX_ERROR }
