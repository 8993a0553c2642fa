-- A detached table has its name and its rows, and no statement finds it until ATTACH.
CREATE DATABASE home;
USE home;
CREATE TABLE t (a UInt32, s String) ENGINE = MergeTree ORDER BY a;
INSERT INTO t VALUES (1, 'x'), (2, 'y');
CREATE TABLE u (a UInt32) ENGINE = MergeTree ORDER BY a;
DETACH TABLE t;
SELECT * FROM t; -- { serverError UNKNOWN_TABLE }
INSERT INTO t VALUES (3, 'z'); -- { serverError UNKNOWN_TABLE }
EXISTS TABLE t;
SHOW TABLES;
SELECT table, is_permanently, toTypeName(uuid), toTypeName(is_permanently) FROM system.detached_tables WHERE database = currentDatabase();
DETACH TABLE t; -- { serverError UNKNOWN_TABLE }
DETACH TABLE IF EXISTS t;
DROP TABLE t; -- { serverError UNKNOWN_TABLE }
DROP TABLE IF EXISTS t;
TRUNCATE TABLE t; -- { serverError UNKNOWN_TABLE }
ALTER TABLE t ADD COLUMN b UInt8; -- { serverError UNKNOWN_TABLE }
OPTIMIZE TABLE t; -- { serverError UNKNOWN_TABLE }
CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a; -- { serverError TABLE_ALREADY_EXISTS }
CREATE TABLE IF NOT EXISTS t (a UInt8) ENGINE = MergeTree ORDER BY a;
CREATE OR REPLACE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a; -- { serverError TABLE_ALREADY_EXISTS }
CREATE VIEW t AS SELECT 1; -- { serverError TABLE_ALREADY_EXISTS }
RENAME TABLE u TO t; -- { serverError TABLE_ALREADY_EXISTS }
EXCHANGE TABLES u AND t; -- { serverError UNKNOWN_TABLE }
SHOW TABLES;
ATTACH TABLE t;
SELECT * FROM t ORDER BY a;
INSERT INTO t VALUES (3, 'z');
SELECT count() FROM t;
SELECT count() FROM system.detached_tables WHERE database = currentDatabase();
ATTACH TABLE t; -- { serverError TABLE_ALREADY_EXISTS }
ATTACH TABLE IF NOT EXISTS t;
ATTACH TABLE nosuch; -- { serverError CANNOT_GET_CREATE_TABLE_QUERY }
ATTACH TABLE IF NOT EXISTS nosuch; -- { serverError CANNOT_GET_CREATE_TABLE_QUERY }
DETACH TABLE nosuch; -- { serverError UNKNOWN_TABLE }
DETACH TABLE nosuch.t; -- { serverError UNKNOWN_DATABASE }
ATTACH TABLE nosuch.t; -- { serverError UNKNOWN_DATABASE }
-- PERMANENTLY, SYNC and NO DELAY.
DETACH TABLE t PERMANENTLY;
SELECT table, is_permanently FROM system.detached_tables WHERE database = currentDatabase();
DETACH TABLE t PERMANENTLY; -- { serverError UNKNOWN_TABLE }
CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a; -- { serverError TABLE_ALREADY_EXISTS }
ATTACH TABLE t;
SELECT count() FROM t;
DETACH TABLE t SYNC;
ATTACH TABLE t;
DETACH TABLE t PERMANENTLY SYNC;
ATTACH TABLE t;
DETACH TABLE t NO DELAY;
ATTACH TABLE t;
SELECT count() FROM t;
-- Views, tables in memory and temporary ones.
CREATE VIEW v AS SELECT a FROM t WHERE a > 1;
DETACH VIEW v;
SELECT * FROM v; -- { serverError UNKNOWN_TABLE }
ATTACH TABLE v;
SELECT * FROM v ORDER BY a;
DETACH TABLE v;
ATTACH TABLE v;
DETACH VIEW t; -- { serverError INCORRECT_QUERY }
DETACH TABLE t;
SELECT * FROM v; -- { serverError UNKNOWN_TABLE }
ATTACH TABLE t;
SELECT * FROM v ORDER BY a;
CREATE TABLE m (a UInt8) ENGINE = Memory;
INSERT INTO m VALUES (5);
DETACH TABLE m;
ATTACH TABLE m;
SELECT count() FROM m;
CREATE TEMPORARY TABLE tt (a UInt8);
DETACH TABLE tt; -- { serverError SYNTAX_ERROR }
DETACH TEMPORARY TABLE tt; -- { serverError SYNTAX_ERROR }
ATTACH TABLE tt; -- { serverError CANNOT_GET_CREATE_TABLE_QUERY }
-- Mutations and indexes go on where they were.
CREATE TABLE s (id UInt32, vec Array(Float32), INDEX i vec TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id;
INSERT INTO s SELECT number, [number, 0] FROM numbers(100);
SELECT id FROM s ORDER BY L2Distance(vec, [7.2, 0.]) LIMIT 2;
DETACH TABLE s;
SELECT id FROM s ORDER BY L2Distance(vec, [7.2, 0.]) LIMIT 2; -- { serverError UNKNOWN_TABLE }
ATTACH TABLE s;
SELECT id FROM s ORDER BY L2Distance(vec, [7.2, 0.]) LIMIT 2;
DELETE FROM s WHERE id = 7;
SELECT count() FROM s;
-- DROP DATABASE takes them along.
CREATE DATABASE d;
CREATE TABLE d.t (a UInt8) ENGINE = MergeTree ORDER BY a;
CREATE TABLE d.u (a UInt8) ENGINE = MergeTree ORDER BY a;
DETACH TABLE d.t;
DETACH TABLE d.u PERMANENTLY;
DROP DATABASE d;
CREATE DATABASE d;
ATTACH TABLE d.t; -- { serverError CANNOT_GET_CREATE_TABLE_QUERY }
CREATE TABLE d.t (b String) ENGINE = MergeTree ORDER BY b;
SELECT * FROM d.t;
DROP DATABASE d;
USE default;
DROP DATABASE home;
