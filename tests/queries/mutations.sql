-- Mutations are entries of the table: what they are about, how they are shown, how they fail and end.
DROP TABLE IF EXISTS t;
CREATE TABLE t (a UInt64, b UInt64, s String) ENGINE = MergeTree PARTITION BY a % 2 ORDER BY a;
INSERT INTO t SELECT number, number, 'x' FROM numbers(10);
ALTER TABLE t UPDATE b = b + 1 WHERE a > 3;
ALTER TABLE t DELETE WHERE a = 4, UPDATE b = 7, s = 'it''s' WHERE a = 1;
ALTER TABLE t DELETE IN PARTITION 1 WHERE a IN (4, 9);
ALTER TABLE t UPDATE b = 100 IN PARTITION ID '0' WHERE a < 3;
DELETE FROM t WHERE a = 5;
INSERT INTO t VALUES (4, 44, 'new'), (5, 55, 'new');
SELECT * FROM t ORDER BY a;
SELECT mutation_id, command, is_done, parts_to_do, parts_to_do_names, parts_in_progress_names, is_killed, latest_failed_part, latest_fail_reason, `block_numbers.partition_id`, `block_numbers.number`, create_time > 0, finish_time >= create_time FROM system.mutations WHERE database = currentDatabase() AND table = 't';
-- Subqueries, functions and constants.
ALTER TABLE t UPDATE b = (SELECT max(a) FROM t WHERE a < 9) WHERE a = (SELECT min(a) FROM t);
ALTER TABLE t DELETE WHERE a IN (SELECT number + 6 FROM numbers(2));
ALTER TABLE t UPDATE s = concat(s, '-', toString(b)), b = b * 2 WHERE s LIKE 'n%';
DELETE FROM t WHERE s = 'x' AND b NOT IN (8, 3);
SELECT * FROM t ORDER BY a;
-- Errors that are known beforehand order nothing.
ALTER TABLE t UPDATE nope = 1 WHERE 1; -- { serverError NO_SUCH_COLUMN_IN_TABLE }
ALTER TABLE t UPDATE a = 1 WHERE 1; -- { serverError CANNOT_UPDATE_COLUMN }
ALTER TABLE t UPDATE b = 1, b = 2 WHERE 1; -- { serverError MULTIPLE_ASSIGNMENTS_TO_COLUMN }
ALTER TABLE t DELETE WHERE nope; -- { serverError UNKNOWN_IDENTIFIER }
ALTER TABLE t UPDATE b = unknown_function(a) WHERE 1; -- { serverError UNKNOWN_FUNCTION }
DELETE FROM t WHERE nope = 1; -- { serverError UNKNOWN_IDENTIFIER }
SELECT count() FROM system.mutations WHERE database = currentDatabase() AND table = 't';
-- One that fails on a part stays until it is killed, and those behind it wait.
DROP TABLE t;
CREATE TABLE t (a UInt64, b UInt64, s String) ENGINE = MergeTree ORDER BY a;
INSERT INTO t SELECT number, number, 'x' FROM numbers(4);
ALTER TABLE t UPDATE b = toUInt64(s) WHERE a > 1; -- { serverError UNFINISHED }
DELETE FROM t WHERE throwIf(a = 2); -- { serverError UNFINISHED }
ALTER TABLE t UPDATE b = 5 WHERE a = 1; -- { serverError UNFINISHED }
SELECT mutation_id, command, is_done, parts_to_do_names FROM system.mutations WHERE database = currentDatabase() AND table = 't';
SELECT latest_failed_part, latest_fail_time > 0, latest_fail_reason LIKE 'Code: 6. DB::Exception: %', latest_fail_error_code_name FROM system.mutations WHERE database = currentDatabase() AND table = 't' AND mutation_id = 'mutation_2.txt';
SELECT * FROM t ORDER BY a;
ALTER TABLE t DELETE WHERE 1 SETTINGS mutations_sync = 0, number_of_mutations_to_throw = 3; -- { serverError TOO_MANY_MUTATIONS }
KILL MUTATION WHERE database = currentDatabase() AND mutation_id = 'mutation_2.txt' TEST;
KILL MUTATION WHERE database = currentDatabase() AND mutation_id = 'mutation_2.txt';
KILL MUTATION WHERE database = currentDatabase() AND mutation_id = 'mutation_2.txt';
KILL MUTATION WHERE database = currentDatabase() AND mutation_id = 'mutation_3.txt' SYNC;
KILL MUTATION WHERE nope = 1; -- { serverError UNKNOWN_IDENTIFIER }
ALTER TABLE t UPDATE b = b + 1 WHERE a = 0;
SELECT * FROM t ORDER BY a;
SELECT mutation_id, is_done FROM system.mutations WHERE database = currentDatabase() AND table = 't';
-- Nothing is left of those of a table without parts.
ALTER TABLE t UPDATE b = toUInt64(s) WHERE a > 1; -- { serverError UNFINISHED }
TRUNCATE TABLE t;
ALTER TABLE t DELETE WHERE 1;
SELECT mutation_id, is_done FROM system.mutations WHERE database = currentDatabase() AND table = 't';
-- Finished ones are forgotten.
DROP TABLE t;
CREATE TABLE t (a UInt64, b UInt64) ENGINE = MergeTree ORDER BY a;
INSERT INTO t VALUES (1, 1);
ALTER TABLE t APPLY DELETED MASK;
DELETE FROM t WHERE a = 2;
SELECT name, value FROM system.settings WHERE name IN ('mutations_sync', 'lightweight_deletes_sync', 'alter_sync', 'wait_for_async_insert') ORDER BY name;
DROP TABLE t;
SELECT count() FROM system.mutations WHERE database = currentDatabase() AND table = 't';
-- NULL is not outside of an empty set, nor of one that holds only NULL.
CREATE TABLE t (k UInt32, n Nullable(Int32)) ENGINE = MergeTree ORDER BY k;
INSERT INTO t VALUES (1, NULL), (2, 5), (3, 0);
ALTER TABLE t DELETE WHERE k = 2 AND n NOT IN (SELECT n FROM t WHERE k = 1);
SELECT * FROM t ORDER BY k;
ALTER TABLE t DELETE WHERE n NOT IN (SELECT n FROM t WHERE k = 99);
SELECT * FROM t ORDER BY k;
DROP TABLE t;
