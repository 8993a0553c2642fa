-- ALTER TABLE … DELETE takes any number: rows where it is neither 0 nor NULL go.
CREATE TABLE t (k UInt32, i Int32, n Nullable(Int32), f Float64, nf Nullable(Float64), u UInt16, s String, d Date, dec Decimal(9, 2), arr Array(UInt8)) ENGINE = MergeTree ORDER BY k;
INSERT INTO t SELECT number, [0, 1, -1, 256, 2][number + 1], [0, NULL, 5, 256, 1][number + 1], [0, 0.5, -1, nan, -0.][number + 1], [0, NULL, 0.5, 1, nan][number + 1], [0, 256, 1, 65535, 0][number + 1], 'x', number, number / 2, [number] FROM numbers(5);
CREATE TABLE o AS t;
INSERT INTO o SELECT * FROM t;
ALTER TABLE t DELETE WHERE i;
SELECT groupArray(k) FROM (SELECT k FROM t ORDER BY k);
TRUNCATE TABLE t;
INSERT INTO t SELECT * FROM o;
ALTER TABLE t DELETE WHERE n;
SELECT groupArray(k) FROM (SELECT k FROM t ORDER BY k);
TRUNCATE TABLE t;
INSERT INTO t SELECT * FROM o;
ALTER TABLE t DELETE WHERE f;
SELECT groupArray(k) FROM (SELECT k FROM t ORDER BY k);
TRUNCATE TABLE t;
INSERT INTO t SELECT * FROM o;
ALTER TABLE t DELETE WHERE nf;
SELECT groupArray(k) FROM (SELECT k FROM t ORDER BY k);
TRUNCATE TABLE t;
INSERT INTO t SELECT * FROM o;
ALTER TABLE t DELETE WHERE u;
SELECT groupArray(k) FROM (SELECT k FROM t ORDER BY k);
TRUNCATE TABLE t;
INSERT INTO t SELECT * FROM o;
ALTER TABLE t DELETE WHERE f * 0.5;
SELECT groupArray(k) FROM (SELECT k FROM t ORDER BY k);
ALTER TABLE t DELETE WHERE 0.1;
SELECT count() FROM t;
INSERT INTO t SELECT * FROM o;
ALTER TABLE t DELETE WHERE s; -- { serverError BAD_ARGUMENTS }
ALTER TABLE t DELETE WHERE d; -- { serverError BAD_ARGUMENTS }
ALTER TABLE t DELETE WHERE arr; -- { serverError BAD_ARGUMENTS }
ALTER TABLE t DELETE WHERE dec; -- { serverError ILLEGAL_TYPE_OF_COLUMN_FOR_FILTER }
DELETE FROM t WHERE i; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
DELETE FROM t WHERE n; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
DELETE FROM t WHERE s; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
ALTER TABLE t UPDATE s = 'u' WHERE f; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
ALTER TABLE t UPDATE s = 'u' WHERE dec; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT count() FROM t;
DROP TABLE o;
DROP TABLE t;
-- What is not computed from the row alone is refused.
CREATE TABLE t (a UInt64, b Int32, n UInt8, d Date, e Enum8('x' = 1), s String, arr Array(UInt8)) ENGINE = MergeTree ORDER BY tuple();
INSERT INTO t (a) SELECT number FROM numbers(5);
ALTER TABLE t DELETE WHERE a = arrayJoin([0, 3]); -- { serverError UNEXPECTED_EXPRESSION }
DELETE FROM t WHERE a = arrayJoin([0, 3]); -- { serverError UNEXPECTED_EXPRESSION }
ALTER TABLE t UPDATE b = 1 WHERE arrayJoin(arr); -- { serverError UNEXPECTED_EXPRESSION }
ALTER TABLE t UPDATE b = arrayJoin([1, 2]) WHERE 1; -- { serverError UNEXPECTED_EXPRESSION }
ALTER TABLE t DELETE WHERE count() > 1; -- { serverError ILLEGAL_AGGREGATION }
ALTER TABLE t DELETE WHERE max(a) = a; -- { serverError ILLEGAL_AGGREGATION }
ALTER TABLE t DELETE WHERE row_number() OVER () = 1; -- { serverError ILLEGAL_AGGREGATION }
DELETE FROM t WHERE count() > 1; -- { serverError UNKNOWN_IDENTIFIER }
DELETE FROM t WHERE sum(a) OVER () > 1; -- { serverError UNKNOWN_IDENTIFIER }
ALTER TABLE t UPDATE b = 1 WHERE max(a) = a; -- { serverError UNKNOWN_IDENTIFIER }
ALTER TABLE t UPDATE b = sum(a) WHERE 1; -- { serverError UNKNOWN_IDENTIFIER }
ALTER TABLE t UPDATE b = row_number() OVER (ORDER BY a) WHERE 1; -- { serverError UNKNOWN_IDENTIFIER }
-- A constant that cannot be converted is an error even if no row is meant.
ALTER TABLE t UPDATE b = 'x' WHERE a = 99; -- { serverError CANNOT_PARSE_TEXT }
ALTER TABLE t UPDATE b = '1.5' WHERE a = 99; -- { serverError CANNOT_PARSE_TEXT }
ALTER TABLE t UPDATE b = 'x' WHERE 1; -- { serverError CANNOT_PARSE_TEXT }
ALTER TABLE t UPDATE b = (SELECT 'x') WHERE 1; -- { serverError CANNOT_PARSE_TEXT }
ALTER TABLE t UPDATE n = toUInt8('x') WHERE a = 99; -- { serverError CANNOT_PARSE_TEXT }
ALTER TABLE t UPDATE arr = ['x'] WHERE a = 99; -- { serverError CANNOT_PARSE_TEXT }
ALTER TABLE t UPDATE d = 'x' WHERE 1; -- { serverError CANNOT_PARSE_DATE }
ALTER TABLE t UPDATE e = 'y' WHERE 1; -- { serverError UNKNOWN_ELEMENT_OF_ENUM }
ALTER TABLE t UPDATE n = NULL WHERE a = 99; -- { serverError CANNOT_CONVERT_TYPE }
ALTER TABLE t UPDATE arr = 1 WHERE 1; -- { serverError TYPE_MISMATCH }
ALTER TABLE t UPDATE b = '12', n = 300, d = '2020-01-01', e = 'x', s = 1, arr = '[1]' WHERE a = 1;
SELECT * FROM t ORDER BY a;
SELECT command FROM system.mutations WHERE database = currentDatabase() AND table = 't';
-- DELETE FROM does not see temporary tables.
CREATE TEMPORARY TABLE tt (a UInt64) ENGINE = MergeTree ORDER BY a;
INSERT INTO tt VALUES (1), (2), (3);
DELETE FROM tt WHERE a = 1; -- { serverError UNKNOWN_TABLE }
ALTER TABLE tt DELETE WHERE a = 1;
SELECT * FROM tt ORDER BY a;
DROP TABLE t;
-- Commands of one ALTER run one after the other; what comes before one that fails stays.
CREATE TABLE t (k UInt32, f UInt32, s String) ENGINE = MergeTree ORDER BY k;
INSERT INTO t VALUES (1, 10, 'a'), (2, 20, 'b');
ALTER TABLE t UPDATE f = throwIf(1) WHERE 1, ADD COLUMN g UInt32 DEFAULT 3; -- { serverError UNFINISHED }
SELECT * FROM t ORDER BY k;
KILL MUTATION WHERE database = currentDatabase() AND table = 't' AND NOT is_done FORMAT Null;
ALTER TABLE t ADD COLUMN g UInt32 DEFAULT 3, UPDATE f = throwIf(1) WHERE 1; -- { serverError UNFINISHED }
SELECT * FROM t ORDER BY k;
KILL MUTATION WHERE database = currentDatabase() AND table = 't' AND NOT is_done FORMAT Null;
ALTER TABLE t ADD COLUMN h UInt32, DELETE WHERE nope = 1; -- { serverError UNKNOWN_IDENTIFIER }
ALTER TABLE t UPDATE x = 4 WHERE k = 1, ADD COLUMN x UInt32; -- { serverError NO_SUCH_COLUMN_IN_TABLE }
ALTER TABLE t ADD COLUMN x UInt32, UPDATE x = 4 WHERE k = 1, ADD COLUMN y UInt32, DELETE WHERE k = 2;
SELECT * FROM t ORDER BY k;
ALTER TABLE t DELETE WHERE k = 1, ADD COLUMN k UInt8; -- { serverError DUPLICATE_COLUMN }
SELECT count() FROM t;
ALTER TABLE t UPDATE f = 4 WHERE k = 1, RENAME COLUMN f TO ff;
ALTER TABLE t UPDATE s = '4' WHERE k = 1, DROP COLUMN s;
INSERT INTO t VALUES (5, 5, 5, 5, 5, 5);
ALTER TABLE t DELETE WHERE throwIf(k = 5), DROP COLUMN h; -- { serverError UNFINISHED }
SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 't';
DROP TABLE t;
