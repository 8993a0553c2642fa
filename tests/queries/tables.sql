-- Tables and databases: creating, showing, describing, dropping.

CREATE TABLE t (id UInt64, name String DEFAULT 'x' COMMENT 'the name', ts DateTime('UTC') CODEC(ZSTD(1)), v Array(Float32)) ENGINE = MergeTree PARTITION BY toYYYYMM(ts) PRIMARY KEY id ORDER BY (id, ts) SETTINGS index_granularity = 1024;
SHOW CREATE TABLE t FORMAT TSVRaw;
DESCRIBE TABLE t;
DESC t FORMAT TSVWithNames;
EXISTS TABLE t;
EXISTS no_such;
EXISTS DATABASE system;
SHOW TABLES;
CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a; -- { serverError TABLE_ALREADY_EXISTS }
CREATE TABLE IF NOT EXISTS t (a UInt8) ENGINE = MergeTree ORDER BY a;
SELECT name, engine, partition_key, sorting_key, primary_key FROM system.tables WHERE database = currentDatabase();
SELECT name, type, default_kind, default_expression, comment, is_in_partition_key, is_in_sorting_key, is_in_primary_key FROM system.columns WHERE database = currentDatabase() AND table = 't' ORDER BY position;
INSERT INTO t (id, ts) VALUES (1, '2024-01-01 00:00:00'), (2, '2024-02-01 00:00:00');
SELECT id, name, ts, v FROM t ORDER BY id;
SELECT partition, rows FROM system.parts WHERE database = currentDatabase() AND table = 't' AND active ORDER BY partition;
RENAME TABLE t TO u;
SELECT count() FROM u;
SELECT * FROM t; -- { serverError UNKNOWN_TABLE }
DROP TABLE u;
DROP TABLE u; -- { serverError UNKNOWN_TABLE }
DROP TABLE IF EXISTS u;

CREATE TABLE e (a UInt8) ENGINE = NoSuchEngine; -- { serverError UNKNOWN_STORAGE }
CREATE TABLE e (a NoSuchType) ENGINE = MergeTree ORDER BY a; -- { serverError UNKNOWN_TYPE }
CREATE TABLE e (a UInt8) ENGINE = MergeTree ORDER BY b; -- { serverError UNKNOWN_IDENTIFIER }
CREATE TABLE e (a UInt8, a String) ENGINE = MergeTree ORDER BY a; -- { serverError ILLEGAL_COLUMN }
CREATE TABLE e (a UInt8) ENGINE = MergeTree ORDER BY a SETTINGS no_such_setting = 1; -- { serverError UNKNOWN_SETTING }
CREATE TABLE e (a UInt8, b UInt8) ENGINE = MergeTree PRIMARY KEY b ORDER BY (a, b); -- { serverError BAD_ARGUMENTS }

CREATE TABLE s ENGINE = MergeTree ORDER BY n AS SELECT number AS n, toString(number) AS s FROM numbers(3);
SELECT * FROM s ORDER BY n;
SHOW CREATE TABLE s FORMAT TSVRaw;
CREATE TABLE s2 AS s;
SHOW CREATE TABLE s2 FORMAT TSVRaw;
SELECT count() FROM s2;
DROP TABLE s;
DROP TABLE s2;

CREATE TABLE c (a Int32, CONSTRAINT positive CHECK a > 0) ENGINE = MergeTree ORDER BY a;
INSERT INTO c VALUES (1);
INSERT INTO c VALUES (-1); -- { serverError VIOLATED_CONSTRAINT }
SELECT * FROM c;
SHOW CREATE TABLE c FORMAT TSVRaw;
DROP TABLE c;

CREATE TABLE k (a Int32, b String) ENGINE = MergeTree ORDER BY (a % 10, b, -a);
INSERT INTO k SELECT number, toString(number % 3) FROM numbers(20);
SELECT count(), sum(a) FROM k WHERE a % 10 = 3;
SELECT a, b FROM k WHERE a BETWEEN 5 AND 8 ORDER BY a;
DROP TABLE k;

USE no_such_database; -- { serverError UNKNOWN_DATABASE }
SET no_such_setting = 1; -- { serverError UNKNOWN_SETTING }
SELECT name FROM system.databases WHERE name IN ('system', 'default') ORDER BY name;
SELECT * FROM system.one;
SELECT * FROM numbers(3);
SELECT * FROM numbers(2, 3);
SELECT number FROM system.numbers LIMIT 3;
SELECT * FROM values('a UInt8, b String', (1, 'x'), (2, 'y'));
SELECT name FROM system.functions WHERE name IN ('L2Distance', 'plus') ORDER BY name;
SELECT value FROM system.settings WHERE name = 'hnsw_candidate_list_size_for_search';

-- A temporary table is never the permanent one of its name
CREATE TABLE permanent (id UInt64) ENGINE = MergeTree ORDER BY id;
INSERT INTO permanent VALUES (1);
DROP TEMPORARY TABLE permanent; -- { serverError UNKNOWN_TABLE }
DROP TEMPORARY TABLE IF EXISTS permanent;
DROP TEMPORARY VIEW IF EXISTS permanent;
DROP TEMPORARY DATABASE IF EXISTS permanent; -- { serverError SYNTAX_ERROR }
TRUNCATE TEMPORARY TABLE permanent; -- { serverError UNKNOWN_TABLE }
TRUNCATE TEMPORARY TABLE IF EXISTS permanent;
SHOW CREATE TEMPORARY TABLE permanent; -- { serverError UNKNOWN_TABLE }
EXISTS TEMPORARY TABLE permanent;
EXISTS TABLE permanent;
SELECT * FROM permanent;
DROP TABLE permanent SYNC;
EXISTS permanent;
