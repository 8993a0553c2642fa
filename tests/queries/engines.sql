-- Memory, Null and views.

CREATE TABLE m (a UInt8, s String DEFAULT 'x', c UInt8 MATERIALIZED a + 1, l UInt8 ALIAS a + 2) ENGINE = Memory;
SHOW CREATE TABLE m FORMAT TSVRaw;
INSERT INTO m (a) VALUES (1), (2);
INSERT INTO m VALUES (3, 'y');
INSERT INTO m SELECT number, toString(number) FROM numbers(4, 2);
SELECT *, c, l FROM m ORDER BY a;
SELECT s, count() FROM m WHERE a > 1 GROUP BY s ORDER BY s;
SELECT a FROM m ORDER BY a DESC LIMIT 2;
SELECT engine, engine_full, total_rows, partition_key, sorting_key, data_paths FROM system.tables WHERE database = currentDatabase() AND name = 'm';
SELECT name, type, default_kind FROM system.columns WHERE database = currentDatabase() AND table = 'm';
SELECT count() FROM system.parts WHERE database = currentDatabase() AND table = 'm';
DESCRIBE TABLE m;
EXISTS TABLE m;
EXISTS VIEW m;
TRUNCATE TABLE m;
SELECT count() FROM m;
OPTIMIZE TABLE m; -- { serverError NOT_IMPLEMENTED }
DELETE FROM m WHERE a = 1; -- { serverError BAD_ARGUMENTS }
ALTER TABLE m DROP PARTITION 1; -- { serverError NOT_IMPLEMENTED }
CHECK TABLE m; -- { serverError NOT_IMPLEMENTED }
SELECT * FROM m FINAL; -- { serverError ILLEGAL_FINAL }
SHOW CREATE VIEW m; -- { serverError BAD_ARGUMENTS }
DROP VIEW m; -- { serverError INCORRECT_QUERY }
CREATE TABLE m (a UInt8) ENGINE = Memory; -- { serverError TABLE_ALREADY_EXISTS }
RENAME TABLE m TO m1;
INSERT INTO m1 VALUES (7, 'z');
SELECT * FROM m1;
CREATE OR REPLACE TABLE m1 (b String) ENGINE = Memory AS SELECT 'r';
SELECT * FROM m1;
DROP TABLE m1;

CREATE TABLE e (a UInt8) ENGINE = Memory(1); -- { serverError NUMBER_OF_ARGUMENTS_DOESNT_MATCH }
CREATE TABLE e (a UInt8) ENGINE = Memory ORDER BY a; -- { serverError BAD_ARGUMENTS }
CREATE TABLE e (a UInt8) ENGINE = Memory PARTITION BY a; -- { serverError BAD_ARGUMENTS }
CREATE TABLE e (a UInt8) ENGINE = Memory PRIMARY KEY a; -- { serverError BAD_ARGUMENTS }
CREATE TABLE e (a UInt8) ENGINE = Memory TTL toDate(a); -- { serverError BAD_ARGUMENTS }
CREATE TABLE e (a UInt8) ENGINE = Memory SETTINGS nope = 3; -- { serverError UNKNOWN_SETTING }
CREATE TABLE e (a UInt8) ENGINE = Memory SETTINGS min_rows_to_keep = 3; -- { serverError SETTING_CONSTRAINT_VIOLATION }
CREATE TABLE e (a UInt8, CONSTRAINT c CHECK a < 5) ENGINE = Memory;
INSERT INTO e VALUES (9); -- { serverError VIOLATED_CONSTRAINT }
INSERT INTO e VALUES (1);
SELECT * FROM e;
DROP TABLE e;

CREATE TABLE k (a UInt8) ENGINE = Memory SETTINGS max_rows_to_keep = 3, min_rows_to_keep = 1;
SHOW CREATE TABLE k FORMAT TSVRaw;
INSERT INTO k SELECT number FROM numbers(2);
INSERT INTO k SELECT number + 10 FROM numbers(2);
SELECT * FROM k ORDER BY a;
INSERT INTO k SELECT number + 20 FROM numbers(20);
SELECT count() FROM k;
DROP TABLE k;

CREATE TABLE n (a UInt8, s String DEFAULT 'q') ENGINE = Null;
SHOW CREATE TABLE n FORMAT TSVRaw;
INSERT INTO n VALUES (1, 'a');
INSERT INTO n (a) SELECT number FROM numbers(10);
SELECT * FROM n;
SELECT count() FROM n;
SELECT engine, engine_full, total_rows, total_bytes FROM system.tables WHERE database = currentDatabase() AND name = 'n';
TRUNCATE TABLE n; -- { serverError NOT_IMPLEMENTED }
OPTIMIZE TABLE n; -- { serverError NOT_IMPLEMENTED }
CREATE TABLE n2 (a UInt8) ENGINE = Null(1); -- { serverError NUMBER_OF_ARGUMENTS_DOESNT_MATCH }
CREATE TABLE n2 (a UInt8) ENGINE = Null ORDER BY a; -- { serverError BAD_ARGUMENTS }
CREATE TABLE n2 AS n;
SHOW CREATE TABLE n2 FORMAT TSVRaw;
DROP TABLE n;
DROP TABLE n2;

-- Views.
CREATE TABLE t (a UInt8, s String) ENGINE = MergeTree ORDER BY a;
INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three');
CREATE VIEW v AS SELECT a, s AS text FROM t WHERE a > 1;
SELECT * FROM v ORDER BY a;
SELECT text FROM v WHERE a = 3;
SELECT v.a, w.text FROM v INNER JOIN v AS w ON v.a = w.a ORDER BY v.a;
SELECT count(), max(text) FROM v;
SELECT a IN (SELECT a FROM v) FROM t ORDER BY a;
SELECT * FROM v FINAL ORDER BY a;
INSERT INTO t VALUES (9, 'nine');
SELECT count() FROM v;
SELECT engine, engine_full, create_table_query, as_select, total_rows FROM system.tables WHERE database = currentDatabase() AND name = 'v';
SELECT name, type, default_kind FROM system.columns WHERE database = currentDatabase() AND table = 'v';
DESCRIBE v;
EXISTS VIEW v;
EXISTS TABLE v;
EXISTS v;
EXISTS VIEW nope;
INSERT INTO v VALUES (1, 'a'); -- { serverError NOT_IMPLEMENTED }
TRUNCATE TABLE v; -- { serverError NOT_IMPLEMENTED }
OPTIMIZE TABLE v; -- { serverError NOT_IMPLEMENTED }
DELETE FROM v WHERE 1; -- { serverError BAD_ARGUMENTS }
ALTER TABLE v ADD COLUMN z UInt8; -- { serverError NOT_IMPLEMENTED }
CREATE VIEW v AS SELECT 1; -- { serverError TABLE_ALREADY_EXISTS }
CREATE VIEW IF NOT EXISTS v AS SELECT 1;
CREATE TABLE like_v AS v; -- { serverError INCORRECT_QUERY }
CREATE TABLE like_v ENGINE = Memory AS v;
SHOW CREATE TABLE like_v FORMAT TSVRaw;
DROP TABLE like_v;
CREATE VIEW over AS WITH few AS (SELECT * FROM v LIMIT 10) SELECT few.a AS a, t.s AS s FROM few JOIN t ON few.a = t.a;
SELECT create_table_query FROM system.tables WHERE database = currentDatabase() AND name = 'over';
CREATE VIEW one AS SELECT max(a) AS a FROM t;
SELECT create_table_query FROM system.tables WHERE database = currentDatabase() AND name = 'one';
DROP VIEW one;
SELECT * FROM over ORDER BY a;
CREATE OR REPLACE VIEW v AS SELECT toUInt8(7) AS a, 'seven' AS text UNION ALL SELECT 3, 'drei';
SELECT * FROM v ORDER BY a;
SELECT * FROM over;
SHOW TABLES;
RENAME TABLE v TO v1;
SELECT * FROM over; -- { serverError UNKNOWN_TABLE }
RENAME TABLE v1 TO v;
DROP VIEW nope; -- { serverError UNKNOWN_TABLE }
DROP VIEW IF EXISTS nope;
DROP VIEW over;
DROP TABLE v;
EXISTS VIEW v;
CREATE VIEW v (a UInt64) AS SELECT a FROM t;
SELECT toTypeName(a), a FROM v ORDER BY a;
DROP VIEW v;
CREATE VIEW v (x UInt64, y String) AS SELECT a, s FROM t;
SELECT x FROM v; -- { serverError UNKNOWN_IDENTIFIER }
DROP VIEW v;
CREATE VIEW v AS SELECT * FROM nope; -- { serverError UNKNOWN_TABLE }
CREATE VIEW v AS SELECT 1, 1; -- { serverError ILLEGAL_COLUMN }
CREATE VIEW v AS SELECT a FROM v; -- { serverError UNKNOWN_TABLE }
CREATE VIEW v COMMENT 'before' AS SELECT 1 AS one;
SHOW CREATE VIEW v FORMAT TSVRaw;
DROP VIEW v;
CREATE VIEW v AS SELECT 1 AS one COMMENT 'behind';
SHOW CREATE VIEW v FORMAT TSVRaw;
SELECT comment FROM system.tables WHERE database = currentDatabase() AND name = 'v';
DROP VIEW v;
CREATE VIEW v AS SELECT * FROM t;
DROP TABLE t;
DESCRIBE v;
SELECT * FROM v; -- { serverError UNKNOWN_TABLE }
CREATE TABLE t (a UInt16, s String, more UInt8) ENGINE = MergeTree ORDER BY a;
INSERT INTO t VALUES (5, 'five', 1);
SELECT *, toTypeName(a) FROM v;
DROP VIEW v;
DROP TABLE t;
