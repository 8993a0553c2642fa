-- ReplacingMergeTree, FINAL and OPTIMIZE … DEDUPLICATE.

CREATE TABLE r (k UInt32, v UInt32, d UInt8, s String) ENGINE = ReplacingMergeTree(v, d) ORDER BY k;
SYSTEM STOP MERGES r;
SELECT engine, engine_full FROM system.tables WHERE database = currentDatabase() AND name = 'r';
SHOW CREATE TABLE r FORMAT TSVRaw;
INSERT INTO r VALUES (1, 1, 0, 'a'), (1, 3, 0, 'b'), (1, 2, 0, 'c'), (2, 1, 0, 'x'), (2, 1, 0, 'y'), (3, 1, 1, 'gone');
SELECT name, rows, level FROM system.parts WHERE database = currentDatabase() AND table = 'r' AND active;
SELECT * FROM r ORDER BY ALL;
SELECT * FROM r FINAL ORDER BY ALL;
SELECT * FROM r ORDER BY ALL SETTINGS final = 1;
INSERT INTO r VALUES (2, 2, 1, 'del'), (4, 7, 0, 'four');
INSERT INTO r VALUES (4, 6, 0, 'late'), (5, 1, 0, 'five');
SELECT * FROM r FINAL ORDER BY ALL;
SELECT count(), sum(k), max(s) FROM r FINAL;
SELECT count() FROM r FINAL WHERE v < 3;
SELECT k, s FROM r FINAL WHERE s = 'late';
SELECT k, s FROM r FINAL WHERE k = 4;
SELECT s FROM r AS one FINAL INNER JOIN (SELECT k FROM r FINAL WHERE v > 2) AS two USING (k) ORDER BY s;
SELECT k FROM r WHERE k IN (SELECT k FROM r FINAL) ORDER BY k, v;
SYSTEM START MERGES r;
OPTIMIZE TABLE r FINAL;
SELECT * FROM r ORDER BY ALL;
OPTIMIZE TABLE r FINAL CLEANUP; -- { serverError SUPPORT_IS_DISABLED }
OPTIMIZE TABLE r CLEANUP;
INSERT INTO r VALUES (9, 9, 2, 'bad'); -- { serverError INCORRECT_DATA }
ALTER TABLE r UPDATE v = 1 WHERE 1; -- { serverError CANNOT_UPDATE_COLUMN }
DROP TABLE r;

CREATE TABLE c (k UInt32, v UInt32, d UInt8) ENGINE = ReplacingMergeTree(v, d) ORDER BY k SETTINGS allow_experimental_replacing_merge_with_cleanup = 1;
INSERT INTO c VALUES (1, 1, 0), (2, 1, 1);
INSERT INTO c VALUES (1, 2, 1), (3, 1, 0);
OPTIMIZE TABLE c FINAL CLEANUP;
SELECT * FROM c ORDER BY ALL;
DELETE FROM c WHERE k = 3;
INSERT INTO c VALUES (5, 1, 1);
OPTIMIZE TABLE c FINAL CLEANUP;
SELECT count() FROM c;
SELECT count() FROM c FINAL;
DROP TABLE c;

CREATE TABLE w (k UInt32, s String) ENGINE = ReplacingMergeTree ORDER BY k;
INSERT INTO w VALUES (1, 'a'), (2, 'b'), (1, 'c');
INSERT INTO w VALUES (2, 'd');
SELECT * FROM w FINAL ORDER BY ALL;
OPTIMIZE TABLE w FINAL;
SELECT * FROM w ORDER BY ALL;
DROP TABLE w;

CREATE TABLE e (a UInt8, b UInt8) ENGINE = ReplacingMergeTree() ORDER BY tuple();
INSERT INTO e VALUES (1, 1), (2, 2);
SELECT * FROM e;
INSERT INTO e VALUES (3, 3);
SELECT * FROM e FINAL;
DROP TABLE e;

CREATE TABLE f (k UInt32, v Float32) ENGINE = ReplacingMergeTree(v) ORDER BY k;
INSERT INTO f VALUES (1, nan), (1, 1), (2, 1), (2, nan);
SELECT * FROM f ORDER BY k;
INSERT INTO f VALUES (1, 5), (2, 5);
SELECT * FROM f FINAL ORDER BY k;
DROP TABLE f;

-- Across partitions, and not.
CREATE TABLE p (p UInt8, k UInt32, v UInt32) ENGINE = ReplacingMergeTree(v) ORDER BY k PARTITION BY p;
INSERT INTO p VALUES (2, 1, 1);
INSERT INTO p VALUES (1, 1, 1);
SELECT * FROM p FINAL;
SELECT * FROM p FINAL WHERE p = 1;
SELECT * FROM p FINAL WHERE p = 2;
SELECT * FROM p FINAL ORDER BY ALL SETTINGS do_not_merge_across_partitions_select_final = 1;
INSERT INTO p VALUES (1, 1, 5), (2, 2, 7), (1, 2, 8);
SELECT * FROM p FINAL WHERE p = 2;
SELECT * FROM p FINAL WHERE v < 8;
OPTIMIZE TABLE p FINAL;
SELECT * FROM p ORDER BY ALL;
SELECT count() FROM p FINAL;
SELECT count() FROM p SETTINGS final = 1;
DROP TABLE p;

-- Blocks as they come.
CREATE TABLE z (k UInt32, v UInt32) ENGINE = ReplacingMergeTree(v) ORDER BY k;
SET optimize_on_insert = 0;
INSERT INTO z VALUES (1, 2), (1, 1), (2, 2), (2, 2);
SELECT * FROM z;
SELECT name FROM system.parts WHERE database = currentDatabase() AND table = 'z' AND active;
SELECT * FROM z FINAL;
OPTIMIZE TABLE z FINAL;
SELECT * FROM z;
DROP TABLE z;
CREATE TABLE z (k UInt32, v UInt32, d UInt8) ENGINE = ReplacingMergeTree(v, d) ORDER BY k;
INSERT INTO z VALUES (1, 2, 1), (2, 2, 5);
SELECT * FROM z FINAL; -- { serverError INCORRECT_DATA }
DROP TABLE z;
SET optimize_on_insert = 1;

-- Arguments.
CREATE TABLE e (k UInt32, v String) ENGINE = ReplacingMergeTree(v) ORDER BY k; -- { serverError BAD_TYPE_OF_FIELD }
CREATE TABLE e (k UInt32, v Nullable(UInt8)) ENGINE = ReplacingMergeTree(v) ORDER BY k; -- { serverError BAD_TYPE_OF_FIELD }
CREATE TABLE e (k UInt32, v Enum8('a' = 1)) ENGINE = ReplacingMergeTree(v) ORDER BY k; -- { serverError BAD_TYPE_OF_FIELD }
CREATE TABLE e (k UInt32, v UUID) ENGINE = ReplacingMergeTree(v) ORDER BY k; -- { serverError BAD_TYPE_OF_FIELD }
CREATE TABLE e (k UInt32, v Decimal(9, 2)) ENGINE = ReplacingMergeTree(v) ORDER BY k; -- { serverError BAD_TYPE_OF_FIELD }
CREATE TABLE e (k UInt32, v UInt8) ENGINE = ReplacingMergeTree(w) ORDER BY k; -- { serverError NO_SUCH_COLUMN_IN_TABLE }
CREATE TABLE e (k UInt32, v UInt8 ALIAS k) ENGINE = ReplacingMergeTree(v) ORDER BY k; -- { serverError NO_SUCH_COLUMN_IN_TABLE }
CREATE TABLE e (k UInt32, v UInt8, d UInt16) ENGINE = ReplacingMergeTree(v, d) ORDER BY k; -- { serverError BAD_TYPE_OF_FIELD }
CREATE TABLE e (k UInt32, v UInt8, d UInt8) ENGINE = ReplacingMergeTree(v, e) ORDER BY k; -- { serverError NO_SUCH_COLUMN_IN_TABLE }
CREATE TABLE e (k UInt32, v UInt8, d UInt8) ENGINE = ReplacingMergeTree(v, d, k) ORDER BY k; -- { serverError NUMBER_OF_ARGUMENTS_DOESNT_MATCH }
CREATE TABLE e (k UInt32, v UInt8) ENGINE = ReplacingMergeTree('v') ORDER BY k; -- { serverError BAD_ARGUMENTS }
CREATE TABLE e (k UInt32, v UInt8) ENGINE = ReplacingMergeTree(v + 1) ORDER BY k; -- { serverError BAD_ARGUMENTS }
CREATE TABLE e (k UInt32, v UInt8) ENGINE = ReplacingMergeTree(v, v) ORDER BY k; -- { serverError BAD_ARGUMENTS }
CREATE TABLE e (k UInt32, v Int8) ENGINE = ReplacingMergeTree(v); -- { serverError NUMBER_OF_ARGUMENTS_DOESNT_MATCH }
CREATE TABLE e1 (k UInt32, v DateTime64(3)) ENGINE = ReplacingMergeTree(v) ORDER BY k;
CREATE TABLE e2 (k UInt32, v Bool, d Bool) ENGINE = ReplacingMergeTree(v, d) ORDER BY k;
CREATE TABLE e3 (k UInt32, v UInt8 MATERIALIZED k) ENGINE = ReplacingMergeTree(`v`) ORDER BY k;
DROP TABLE e1;
DROP TABLE e2;
DROP TABLE e3;

-- FINAL of what has none.
CREATE TABLE m (k UInt32) ENGINE = MergeTree ORDER BY k;
INSERT INTO m VALUES (1), (1);
SELECT * FROM m FINAL; -- { serverError ILLEGAL_FINAL }
SELECT * FROM m SETTINGS final = 1;
SELECT * FROM system.one FINAL; -- { serverError ILLEGAL_FINAL }
WITH x AS (SELECT 1) SELECT * FROM x FINAL; -- { serverError UNSUPPORTED_METHOD }
OPTIMIZE TABLE m FINAL CLEANUP; -- { serverError CANNOT_ASSIGN_OPTIMIZE }
DROP TABLE m;

-- OPTIMIZE … DEDUPLICATE.
CREATE TABLE d (k UInt32, v UInt32, s String MATERIALIZED 'x', a UInt8 ALIAS 1, f Float64) ENGINE = MergeTree ORDER BY k PARTITION BY v % 2;
INSERT INTO d VALUES (1, 1, 1), (1, 1, 1), (1, 3, 1), (2, 2, 0), (2, 2, -0.);
INSERT INTO d VALUES (1, 1, 1), (2, 2, 0);
OPTIMIZE TABLE d DEDUPLICATE BY f; -- { serverError THERE_IS_NO_COLUMN }
OPTIMIZE TABLE d DEDUPLICATE BY k; -- { serverError THERE_IS_NO_COLUMN }
OPTIMIZE TABLE d DEDUPLICATE BY k, v, nope; -- { serverError NO_SUCH_COLUMN_IN_TABLE }
OPTIMIZE TABLE d DEDUPLICATE BY k, v, a; -- { serverError NO_SUCH_COLUMN_IN_TABLE }
OPTIMIZE TABLE d DEDUPLICATE BY k, v, k; -- { serverError COLUMN_QUERIED_MORE_THAN_ONCE }
OPTIMIZE TABLE d DEDUPLICATE BY k + 1, v; -- { clientError SYNTAX_ERROR }
OPTIMIZE TABLE d DEDUPLICATE BY * EXCEPT(k); -- { serverError THERE_IS_NO_COLUMN }
OPTIMIZE TABLE d FINAL DEDUPLICATE;
SELECT k, v, toString(f) AS text FROM d ORDER BY ALL;
OPTIMIZE TABLE d FINAL DEDUPLICATE BY *;
SELECT count() FROM d;
OPTIMIZE TABLE d FINAL DEDUPLICATE BY * EXCEPT(f);
SELECT k, v FROM d ORDER BY ALL;
INSERT INTO d VALUES (1, 1, 5);
OPTIMIZE TABLE d FINAL DEDUPLICATE BY COLUMNS('k|v');
SELECT * FROM d ORDER BY ALL;
DROP TABLE d;
CREATE TABLE d (a UInt8) ENGINE = MergeTree ORDER BY tuple();
INSERT INTO d VALUES (1), (1), (2), (1);
OPTIMIZE TABLE d FINAL DEDUPLICATE;
SELECT * FROM d;
DROP TABLE d;
