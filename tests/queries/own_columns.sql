-- MODIFY COLUMN looks at all values before it changes anything.

DROP TABLE IF EXISTS t;
CREATE TABLE t (k UInt32, s String, n Nullable(UInt8)) ENGINE = MergeTree ORDER BY k;
INSERT INTO t VALUES (1, '7', NULL), (2, 'x', 2);
ALTER TABLE t MODIFY COLUMN s UInt8; -- { serverError CANNOT_PARSE_TEXT }
SELECT s, toTypeName(s) FROM t ORDER BY k;
ALTER TABLE t MODIFY COLUMN n UInt8 DEFAULT k + 1; -- { serverError UNKNOWN_IDENTIFIER }
SELECT n FROM t ORDER BY k;
-- Rows that were deleted do not count.
DELETE FROM t WHERE s = 'x';
ALTER TABLE t MODIFY COLUMN s UInt8;
SELECT s, toTypeName(s) FROM t ORDER BY k;
DROP TABLE t;
