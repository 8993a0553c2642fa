-- TTL of columns: merges write the column's default in the place of expired values.
CREATE TABLE t (d DateTime, k UInt32, c String TTL d + INTERVAL 1 DAY, v UInt8 DEFAULT 7 TTL d + INTERVAL 1 DAY, w String DEFAULT toString(k) TTL d + INTERVAL 1 DAY, a Array(Float32) TTL d + INTERVAL 1 DAY, n Nullable(String) TTL toDate(d), m String MATERIALIZED upper(c) TTL d + INTERVAL 1 DAY) ENGINE = MergeTree ORDER BY k;
SHOW CREATE t;
DESCRIBE t;
SYSTEM STOP MERGES t;
INSERT INTO t VALUES ('2020-01-01 00:00:00', 1, 'a', 1, 'x', [1, 2], 'n'), ('2100-01-01 00:00:00', 2, 'b', 2, 'y', [3, 4], 'm'), (toDateTime(0), 3, 'c', 3, 'z', [5, 6], 'l');
SELECT *, m FROM t ORDER BY k;
SYSTEM START MERGES t;
OPTIMIZE TABLE t FINAL;
SELECT *, m FROM t ORDER BY k;
INSERT INTO t VALUES ('2020-01-01 00:00:00', 4, 'a', 1, 'x', [1, 2], NULL);
OPTIMIZE TABLE t FINAL;
SELECT *, m FROM t ORDER BY k;

-- What may have one.
CREATE TABLE wrong (d DateTime, k UInt32 TTL d + INTERVAL 1 DAY) ENGINE = MergeTree ORDER BY k; -- { serverError ILLEGAL_COLUMN }
CREATE TABLE wrong (d DateTime, k UInt32, p UInt8 TTL d + INTERVAL 1 DAY) ENGINE = MergeTree ORDER BY k PARTITION BY p; -- { serverError ILLEGAL_COLUMN }
CREATE TABLE wrong (d DateTime, k UInt32, c String TTL k) ENGINE = MergeTree ORDER BY k; -- { serverError BAD_TTL_EXPRESSION }
CREATE TABLE wrong (d DateTime, k UInt32, c String TTL now()) ENGINE = MergeTree ORDER BY k; -- { serverError BAD_ARGUMENTS }
CREATE TABLE wrong (d DateTime, k UInt32, c String TTL nowhere + 1) ENGINE = MergeTree ORDER BY k; -- { serverError UNKNOWN_IDENTIFIER }
CREATE TABLE wrong (d DateTime, k UInt32, c String TTL d + rand()) ENGINE = MergeTree ORDER BY k; -- { serverError BAD_ARGUMENTS }
CREATE TABLE wrong (d DateTime, k UInt32, c String TTL d + INTERVAL 1 DAY DELETE) ENGINE = MergeTree ORDER BY k; -- { serverError SYNTAX_ERROR }
CREATE TABLE wrong (d DateTime, k UInt32, c String TTL d + INTERVAL 1 DAY) ENGINE = Memory; -- { serverError BAD_ARGUMENTS }
CREATE TABLE aliases (d DateTime, k UInt32, c String ALIAS toString(k) TTL d + INTERVAL 1 DAY) ENGINE = MergeTree ORDER BY k;
INSERT INTO aliases VALUES ('2020-01-01 00:00:00', 1);
OPTIMIZE TABLE aliases FINAL;
SELECT *, c FROM aliases;

-- ALTER.
ALTER TABLE t MODIFY COLUMN c REMOVE TTL;
ALTER TABLE t MODIFY COLUMN c REMOVE TTL; -- { serverError BAD_ARGUMENTS }
INSERT INTO t VALUES ('2020-01-01 00:00:00', 5, 'kept', 1, 'x', [1, 2], NULL);
OPTIMIZE TABLE t FINAL;
SELECT c, v FROM t WHERE k = 5;
ALTER TABLE t MODIFY COLUMN c TTL d + INTERVAL 2 DAY;
SELECT c, v FROM t WHERE k = 5;
ALTER TABLE t MODIFY COLUMN c String;
ALTER TABLE t MODIFY COLUMN k TTL d + INTERVAL 2 DAY; -- { serverError ILLEGAL_COLUMN }
ALTER TABLE t MODIFY COLUMN c TTL nowhere + INTERVAL 2 DAY; -- { serverError UNKNOWN_IDENTIFIER }
ALTER TABLE t DROP COLUMN d; -- { serverError UNKNOWN_IDENTIFIER }
ALTER TABLE t RENAME COLUMN d TO dd;
ALTER TABLE t ADD COLUMN l UInt8 DEFAULT 5 TTL dd + INTERVAL 5 DAY;
SHOW CREATE t;

-- MODIFY COLUMN … TTL materializes it unless a setting says otherwise; MATERIALIZE TTL does.
CREATE TABLE m (d DateTime, k UInt32, c String, n Nullable(String), a Array(UInt8), v UInt8, e String DEFAULT concat(toString(v), 'x') TTL d + INTERVAL 1 DAY) ENGINE = MergeTree ORDER BY k;
SYSTEM STOP TTL MERGES m;
INSERT INTO m VALUES ('2020-01-01 00:00:00', 1, 'a', 'n', [1], 1, 'e'), ('2100-01-01 00:00:00', 2, 'b', 'm', [2], 2, 'f');
ALTER TABLE m MODIFY COLUMN n TTL d + INTERVAL 1 DAY, MODIFY COLUMN a TTL d + INTERVAL 1 DAY SETTINGS materialize_ttl_after_modify = 0;
SELECT * FROM m ORDER BY k;
ALTER TABLE m MATERIALIZE TTL;
SELECT * FROM m ORDER BY k;
ALTER TABLE m MODIFY COLUMN c String TTL d + INTERVAL 1 DAY, MODIFY COLUMN v TTL d + INTERVAL 1 DAY;
SELECT * FROM m ORDER BY k;
ALTER TABLE m UPDATE c = 'new' WHERE 1;
OPTIMIZE TABLE m FINAL;
SELECT k, c FROM m ORDER BY k;

-- Indexes know what is written, and the version of a key what was.
CREATE TABLE r (k UInt8, v UInt8 TTL d + INTERVAL 1 DAY, d DateTime, i UInt8 DEFAULT 3 TTL d + INTERVAL 1 DAY, INDEX x i TYPE minmax) ENGINE = ReplacingMergeTree(v) ORDER BY k SETTINGS ttl_only_drop_parts = 1;
SYSTEM STOP MERGES r;
INSERT INTO r VALUES (1, 5, '2020-01-01 00:00:00', 7), (2, 6, '2100-01-01 00:00:00', 9);
INSERT INTO r VALUES (1, 4, '2020-01-01 00:00:00', 8);
SYSTEM START MERGES r;
OPTIMIZE TABLE r FINAL;
SELECT * FROM r ORDER BY k;
SELECT k FROM r WHERE i = 3;
SELECT k FROM r WHERE i = 7;
ALTER TABLE r MATERIALIZE TTL;
SELECT * FROM r ORDER BY k;
