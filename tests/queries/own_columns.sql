-- MODIFY COLUMN looks at all values before it changes anything.

DROP TABLE IF EXISTS t;
CREATE TABLE t (k UInt32, s String, n Nullable(UInt8)) ENGINE = MergeTree ORDER BY k;
INSERT INTO t VALUES (1, '7', NULL), (2, 'x', 2);
ALTER TABLE t MODIFY COLUMN s UInt8; -- { serverError CANNOT_PARSE_TEXT }
SELECT s, toTypeName(s) FROM t ORDER BY k;
ALTER TABLE t MODIFY COLUMN n UInt8 DEFAULT k + 1; -- { serverError CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN }
SELECT n FROM t ORDER BY k;
-- Rows that were deleted do not count.
DELETE FROM t WHERE s = 'x';
ALTER TABLE t MODIFY COLUMN s UInt8;
SELECT s, toTypeName(s) FROM t ORDER BY k;
DROP TABLE t;

-- With a DEFAULT over other columns no row may be NULL.
CREATE TABLE t (k UInt32, n Nullable(UInt8)) ENGINE = MergeTree ORDER BY k;
INSERT INTO t VALUES (1, 5), (2, NULL);
ALTER TABLE t DELETE WHERE k = 2;
ALTER TABLE t MODIFY COLUMN n UInt8 DEFAULT k + 1;
INSERT INTO t (k) VALUES (3);
SELECT *, toTypeName(n) FROM t ORDER BY k;
DROP TABLE t;

-- An index over an ALIAS column is another index once that stands for something else.
CREATE TABLE t (k UInt32, a UInt32, b UInt32 ALIAS c * 2, c UInt32 ALIAS a + 1, INDEX i b TYPE minmax GRANULARITY 1) ENGINE = MergeTree ORDER BY k SETTINGS index_granularity = 2;
INSERT INTO t SELECT number, number FROM numbers(10);
SELECT k FROM t WHERE b = 10;
ALTER TABLE t MODIFY COLUMN c ALIAS a + 1000;
SELECT k FROM t WHERE b = 2008;
ALTER TABLE t MATERIALIZE INDEX i SETTINGS mutations_sync = 2;
SELECT k FROM t WHERE b = 2008;
DROP TABLE t;

-- So is one over a column that parts lack, once its default is another one.
CREATE TABLE t (k UInt32) ENGINE = MergeTree ORDER BY k SETTINGS index_granularity = 2;
INSERT INTO t SELECT number FROM numbers(10);
ALTER TABLE t ADD COLUMN c String DEFAULT toString(k * 2), ADD INDEX j c TYPE minmax GRANULARITY 1;
ALTER TABLE t MATERIALIZE INDEX j SETTINGS mutations_sync = 2;
ALTER TABLE t MODIFY COLUMN c DEFAULT toString(k * 3);
SELECT k FROM t WHERE c = '27';
DROP TABLE t;

-- ClickHouse takes window functions here, and fails each INSERT.
CREATE TABLE windows (k UInt32, v UInt64 DEFAULT count() OVER ()) ENGINE = MergeTree ORDER BY k; -- { serverError NOT_IMPLEMENTED }
CREATE TABLE windows (k UInt32, CONSTRAINT c CHECK count() OVER () > 0) ENGINE = MergeTree ORDER BY k; -- { serverError NOT_IMPLEMENTED }

-- What ClickHouse would write for a column that is not stored is refused.
CREATE TABLE t (k UInt32, a UInt32 ALIAS k + 1, e UInt32 EPHEMERAL 5) ENGINE = MergeTree ORDER BY k;
ALTER TABLE t MATERIALIZE COLUMN a; -- { serverError NOT_IMPLEMENTED }
ALTER TABLE t MATERIALIZE COLUMN e; -- { serverError NOT_IMPLEMENTED }
ALTER TABLE t MATERIALIZE COLUMN nowhere; -- { serverError NO_SUCH_COLUMN_IN_TABLE }
DROP TABLE t;
