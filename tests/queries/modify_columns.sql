-- An enum becomes another one by its numbers; no name may get another number.
CREATE TABLE kinds (k UInt32, x Enum8('a' = 1, 'b' = 2), n Nullable(Enum8('a' = 1, 'b' = 2)), l Array(Enum16('a' = 1, 'b' = 2))) ENGINE = MergeTree ORDER BY k;
ALTER TABLE kinds MODIFY COLUMN x Enum8('b' = 1, 'a' = 2); -- { serverError CANNOT_CONVERT_TYPE }
INSERT INTO kinds VALUES (1, 'a', 'a', ['a', 'b']), (2, 'b', NULL, []);
ALTER TABLE kinds MODIFY COLUMN x Enum8('b' = 1, 'a' = 2); -- { serverError CANNOT_CONVERT_TYPE }
ALTER TABLE kinds MODIFY COLUMN x Enum16('a' = 2, 'b' = 1); -- { serverError CANNOT_CONVERT_TYPE }
ALTER TABLE kinds MODIFY COLUMN x Enum8('a' = 5, 'b' = 6); -- { serverError CANNOT_CONVERT_TYPE }
ALTER TABLE kinds MODIFY COLUMN n Nullable(Enum8('b' = 1, 'a' = 2)); -- { serverError CANNOT_CONVERT_TYPE }
ALTER TABLE kinds MODIFY COLUMN l Array(Enum8('b' = 1, 'a' = 2)); -- { serverError CANNOT_CONVERT_TYPE }
ALTER TABLE kinds MODIFY COLUMN x Enum8('z' = 1, 'b' = 2, 'a' = 3);
ALTER TABLE kinds MODIFY COLUMN n Nullable(Enum16('a' = 0, 'c' = 2)); -- { serverError CANNOT_CONVERT_TYPE }
ALTER TABLE kinds MODIFY COLUMN n Nullable(Enum16('z' = 1, 'b' = 300, 'c' = 2));
ALTER TABLE kinds MODIFY COLUMN n Nullable(Enum16('z' = 1, 'c' = 2));
ALTER TABLE kinds MODIFY COLUMN l Array(Enum8('y' = 1, 'z' = 2, 'a' = 1)); -- { serverError SYNTAX_ERROR }
ALTER TABLE kinds MODIFY COLUMN l Array(Enum8('y' = 1, 'z' = 2));
SELECT * FROM kinds ORDER BY k;
ALTER TABLE kinds MODIFY COLUMN x Nullable(Enum16('y' = 1, 'b' = 2));
SELECT * FROM kinds ORDER BY k;
CREATE TABLE kept (x Enum8('q' = 1, 'r' = 2)) ENGINE = Memory;
INSERT INTO kept SELECT x FROM kinds;
INSERT INTO kept SELECT CAST('a', 'Enum16(\'a\' = 1, \'q\' = 2)'); -- { serverError CANNOT_CONVERT_TYPE }
SELECT * FROM kept ORDER BY x;
SELECT CAST(x, 'Enum8(\'r\' = 1, \'q\' = 2)') FROM kept; -- { serverError CANNOT_CONVERT_TYPE }
SELECT CAST((x, 'a'), 'Tuple(Enum16(\'p\' = 1, \'r\' = 2), String)'), x::Nullable(Enum8('s' = 1, 't' = 2)) FROM kept ORDER BY x;

-- From Nullable, with a DEFAULT over other columns: where no part has the column.
CREATE TABLE empty (k UInt32, value UInt32, l Nullable(String)) ENGINE = MergeTree ORDER BY k;
ALTER TABLE empty MODIFY COLUMN l String; -- { serverError BAD_ARGUMENTS }
ALTER TABLE empty MODIFY COLUMN l String DEFAULT toString(value);
INSERT INTO empty (k, value) VALUES (1, 2);
SELECT * FROM empty;
CREATE TABLE younger (k UInt32, x UInt32) ENGINE = MergeTree ORDER BY k;
INSERT INTO younger VALUES (1, 2), (3, 4);
ALTER TABLE younger ADD COLUMN c Nullable(UInt32) DEFAULT x + 1, ADD COLUMN d Nullable(UInt32);
ALTER TABLE younger MODIFY COLUMN c UInt32, MODIFY COLUMN d UInt64 DEFAULT nowhere; -- { serverError UNKNOWN_IDENTIFIER }
ALTER TABLE younger MODIFY COLUMN c UInt32, MODIFY COLUMN d UInt64 DEFAULT c * 2;
SELECT * FROM younger ORDER BY k;
INSERT INTO younger (k, x) VALUES (5, 6);
OPTIMIZE TABLE younger FINAL;
SELECT * FROM younger ORDER BY k;

-- Tuples go by the names of their elements, if one is the same; new elements have defaults.
CREATE TABLE tuples (k UInt32, t Tuple(p UInt8, q String), a Array(Tuple(x UInt8, y String))) ENGINE = MergeTree ORDER BY k;
INSERT INTO tuples VALUES (1, (2, 'x'), [(1, 'u'), (2, 'v')]);
ALTER TABLE tuples MODIFY COLUMN t Tuple(p UInt16, q String, r UInt8);
SELECT * FROM tuples;
ALTER TABLE tuples MODIFY COLUMN t Tuple(p UInt16, r String, q String, z Nullable(UInt8)), MODIFY COLUMN a Array(Tuple(y LowCardinality(String), z Float32));
SELECT * FROM tuples;
ALTER TABLE tuples MODIFY COLUMN t Tuple(p UInt16, q String);
ALTER TABLE tuples MODIFY COLUMN t Tuple(q String, z UInt8);
SELECT * FROM tuples;
ALTER TABLE tuples MODIFY COLUMN t Tuple(UInt16, String, UInt8); -- { serverError TYPE_MISMATCH }
ALTER TABLE tuples MODIFY COLUMN t Tuple(String, UInt8);
ALTER TABLE tuples MODIFY COLUMN t Tuple(a String, b UInt8);
INSERT INTO tuples VALUES (2, ('y', 7), []);
OPTIMIZE TABLE tuples FINAL;
SELECT t.a, t.b, a FROM tuples ORDER BY k;
SELECT CAST(CAST((1, 'x'), 'Tuple(a UInt8, b String)'), 'Tuple(c UInt8)'); -- { serverError TYPE_MISMATCH }
SELECT CAST((1, 'x'), 'Tuple(UInt8, String, UInt8)'); -- { serverError TYPE_MISMATCH }
SELECT CAST(CAST((1, 'x'), 'Tuple(a UInt8, b String)'), 'Tuple(x UInt8, a String)'), CAST(CAST((1, 'x'), 'Tuple(a UInt8, b String)'), 'Tuple(x UInt8, y String)');
SELECT CAST(CAST((1, (2, 3)), 'Tuple(a UInt8, b Tuple(c UInt8, d UInt8))'), 'Tuple(a UInt8, b Tuple(d UInt8, e UInt8))');

-- Properties and names.
CREATE TABLE small (k UInt32, y UInt32, yy UInt32, p UInt32 COMMENT 'p') ENGINE = MergeTree ORDER BY k;
ALTER TABLE small MODIFY COLUMN y REMOVE COMMENT; -- { serverError BAD_ARGUMENTS }
ALTER TABLE small MODIFY COLUMN p REMOVE COMMENT;
ALTER TABLE small MODIFY COLUMN p REMOVE SETTINGS;
ALTER TABLE small MODIFY COLUMN nowhere REMOVE SETTINGS; -- { serverError NOT_FOUND_COLUMN_IN_BLOCK }
ALTER TABLE small RENAME COLUMN yy TO y, RENAME COLUMN y TO yy; -- { serverError NOT_IMPLEMENTED }
ALTER TABLE small RENAME COLUMN y TO z, RENAME COLUMN y TO w; -- { serverError BAD_ARGUMENTS }
ALTER TABLE small RENAME COLUMN y TO z, RENAME COLUMN yy TO y;
ALTER TABLE small MODIFY COLUMN p EPHEMERAL; -- { clientError SYNTAX_ERROR }
ALTER TABLE small ADD COLUMN w EPHEMERAL; -- { clientError SYNTAX_ERROR }
CREATE TABLE bare (k UInt32, a EPHEMERAL) ENGINE = MergeTree ORDER BY k; -- { clientError SYNTAX_ERROR }
ALTER TABLE small MODIFY COLUMN p UInt32 EPHEMERAL, ADD COLUMN q Array(LowCardinality(String)) EPHEMERAL, ADD COLUMN r UInt8 EPHEMERAL 7;
ALTER TABLE small MODIFY COLUMN z DEFAULT p + r + length(q);
INSERT INTO small (k) VALUES (1);
INSERT INTO small (k, p, q) VALUES (2, 10, ['a', 'b']);
SELECT * FROM small ORDER BY k;
SHOW CREATE small;
SELECT name, default_kind, default_expression FROM system.columns WHERE table = 'small';

-- A column of which an unfinished mutation speaks cannot be cleared.
CREATE TABLE stuck (k UInt32, a UInt32, b UInt32, c UInt32) ENGINE = MergeTree ORDER BY k;
INSERT INTO stuck VALUES (1, 2, 3, 4);
ALTER TABLE stuck UPDATE a = throwIf(a = 2) + b WHERE k = 1 SETTINGS mutations_sync = 0;
ALTER TABLE stuck CLEAR COLUMN a; -- { serverError BAD_ARGUMENTS }
ALTER TABLE stuck CLEAR COLUMN IF EXISTS b IN PARTITION ID 'all'; -- { serverError BAD_ARGUMENTS }
ALTER TABLE stuck CLEAR COLUMN IF EXISTS d;
ALTER TABLE stuck DROP COLUMN b; -- { serverError BAD_ARGUMENTS }
KILL MUTATION WHERE table = 'stuck' FORMAT Null;
ALTER TABLE stuck CLEAR COLUMN b;
SELECT * FROM stuck;
