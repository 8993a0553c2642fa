-- Parts go between tables whose columns are the same, whatever they were called before.
CREATE TABLE a (p UInt8, k UInt64, x String, v Array(Float32), INDEX i x TYPE bloom_filter GRANULARITY 1) ENGINE = MergeTree PARTITION BY p ORDER BY k;
CREATE TABLE b (p UInt8, k UInt64, v Array(Float32), y String, z UInt8 DEFAULT 9, INDEX i y TYPE bloom_filter GRANULARITY 1) ENGINE = MergeTree PARTITION BY p ORDER BY k;
INSERT INTO a SELECT number % 2, number, toString(number), [number, 1] FROM numbers(10);
ALTER TABLE a RENAME COLUMN x TO y;
ALTER TABLE a ADD COLUMN x UInt8 DEFAULT 5;
ALTER TABLE a RENAME COLUMN x TO z;
INSERT INTO a VALUES (0, 100, 'new', [7, 8], 3);
ALTER TABLE b ATTACH PARTITION 0 FROM a;
SELECT * FROM b ORDER BY k;
SELECT k FROM b WHERE y = '4';
DELETE FROM a WHERE k = 3;
INSERT INTO b VALUES (1, 50, [1], 'b', 1);
ALTER TABLE b REPLACE PARTITION 1 FROM a;
SELECT k, y, v, z FROM b WHERE p = 1 ORDER BY k;
ALTER TABLE a MOVE PARTITION 0 TO TABLE b;
SELECT count() FROM a;
SELECT count(), uniqExact(k) FROM b;
ALTER TABLE a DROP COLUMN z;
ALTER TABLE a ADD COLUMN z UInt8 DEFAULT 8;
ALTER TABLE b DROP PARTITION 0;
ALTER TABLE b DROP PARTITION 1;
ALTER TABLE b MODIFY COLUMN z UInt8 DEFAULT 8;
ALTER TABLE b ATTACH PARTITION ALL FROM a;
SELECT k, z FROM b ORDER BY k;
ALTER TABLE a ADD COLUMN w UInt8;
ALTER TABLE b REPLACE PARTITION 1 FROM a; -- { serverError INCOMPATIBLE_COLUMNS }
CREATE TABLE c CLONE AS a;
SELECT p, k, y, v, z, w FROM c ORDER BY k;

-- A part that comes back has columns in the types of today.
CREATE TABLE d (k UInt64, s String, n UInt8, e Enum8('a' = 1), v Array(Float32)) ENGINE = MergeTree ORDER BY (e, k);
INSERT INTO d SELECT number, toString(number), number, 'a', [number, 1] FROM numbers(5);
DELETE FROM d WHERE k = 3;
ALTER TABLE d DETACH PARTITION tuple();
ALTER TABLE d MODIFY COLUMN s UInt32, MODIFY COLUMN n Nullable(String), MODIFY COLUMN e Enum8('a' = 1, 'b' = 2), MODIFY COLUMN v Array(Float64);
ALTER TABLE d ATTACH PARTITION tuple();
SELECT *, toTypeName(s), toTypeName(n), toTypeName(e), toTypeName(v) FROM d ORDER BY k;
SELECT count() FROM system.detached_parts WHERE table = 'd';
ALTER TABLE d MODIFY COLUMN s String;
OPTIMIZE TABLE d FINAL;
SELECT * FROM d ORDER BY k;
