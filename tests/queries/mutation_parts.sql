-- Conditions and values of mutations may know the part of a row.
CREATE TABLE t (k UInt32, i Int32, s String) ENGINE = MergeTree PARTITION BY k % 2 ORDER BY k;
INSERT INTO t SELECT number, number, 'x' FROM numbers(6);
ALTER TABLE t UPDATE s = 'u' WHERE _partition_id = '0' AND k < 3;
SELECT * FROM t ORDER BY k;
ALTER TABLE t UPDATE s = concat(s, _partition_id) WHERE k < 5;
SELECT * FROM t ORDER BY k;
ALTER TABLE t UPDATE s = splitByChar('_', _part)[1], i = -1 WHERE _part LIKE '1%' AND i > 2;
SELECT * FROM t ORDER BY k;
ALTER TABLE t UPDATE i = 100 WHERE _part IN (SELECT name FROM system.parts WHERE table = 't' AND active AND partition_id = '1' AND name NOT LIKE '%x%');
SELECT * FROM t ORDER BY k;
ALTER TABLE t DELETE WHERE _part LIKE '1%' AND k = 1;
DELETE FROM t WHERE _partition_id = '0' AND k = 4;
DELETE FROM t WHERE _partition_id NOT IN ('0', '1');
SELECT k FROM t ORDER BY k;
ALTER TABLE t UPDATE i = 7 WHERE _part_data_version > 0 AND k = 2;
ALTER TABLE t DELETE WHERE k = 0, UPDATE s = concat(_partition_id, '!') WHERE _partition_id = '0';
SELECT * FROM t ORDER BY k;
ALTER TABLE t UPDATE _part = 'x' WHERE 1; -- { serverError NOT_IMPLEMENTED }
ALTER TABLE t DELETE WHERE _nothing = 1; -- { serverError UNKNOWN_IDENTIFIER }
DELETE FROM t WHERE _partition_id = '1';
SELECT * FROM t ORDER BY k;
-- Mutations that wait for a part are done on it at once, in order.
SYSTEM STOP MERGES t;
ALTER TABLE t UPDATE i = i + 1 WHERE 1 SETTINGS mutations_sync = 0;
INSERT INTO t VALUES (10, 10, 'new');
ALTER TABLE t UPDATE i = i * 2 WHERE k > 0 SETTINGS mutations_sync = 0;
ALTER TABLE t DELETE WHERE i = 20 SETTINGS mutations_sync = 0;
ALTER TABLE t UPDATE s = concat(s, toString(i)) WHERE k < 100 SETTINGS mutations_sync = 0;
INSERT INTO t VALUES (12, 12, 'newer');
SYSTEM START MERGES t;
ALTER TABLE t UPDATE i = i + 1000 WHERE k = 12;
SELECT * FROM t ORDER BY k;
SELECT count(), countIf(is_done) FROM system.mutations WHERE database = currentDatabase() AND table = 't';
DROP TABLE t;
-- One that fails ends the run; those before it are done.
CREATE TABLE t (k UInt32, i Int32) ENGINE = MergeTree ORDER BY k;
INSERT INTO t VALUES (1, 1), (2, 2);
SYSTEM STOP MERGES t;
ALTER TABLE t UPDATE i = i + 1 WHERE 1 SETTINGS mutations_sync = 0;
ALTER TABLE t UPDATE i = throwIf(k = 2) WHERE 1 SETTINGS mutations_sync = 0;
ALTER TABLE t UPDATE i = i * 10 WHERE 1 SETTINGS mutations_sync = 0;
SYSTEM START MERGES t;
ALTER TABLE t UPDATE i = i + 5 WHERE 1; -- { serverError UNFINISHED }
KILL MUTATION WHERE database = currentDatabase() AND table = 't' AND mutation_id = 'mutation_3.txt' FORMAT Null;
ALTER TABLE t DELETE WHERE 0;
SELECT * FROM t ORDER BY k;
DROP TABLE t;
