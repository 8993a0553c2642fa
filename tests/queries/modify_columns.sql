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
