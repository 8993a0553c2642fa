-- What is refused, and with which code.

SELECT toInt32OrDefault('x', 7); -- { serverError BAD_ARGUMENTS }
SELECT toInt32OrDefault('x', toInt32(7)), toInt32OrDefault('5', toInt32(7)), toInt32OrDefault('x'), toUInt8OrDefault('x', 7);
SELECT toStringOrDefault('x', 'y'); -- { serverError UNKNOWN_FUNCTION }
SELECT toDateOrDefault('x', toDate('2024-01-01')), toFloat64OrDefault('x', 1.5);
SELECT toFloat64OrDefault('x', 1); -- { serverError BAD_ARGUMENTS }
SELECT toInt64OrDefault('x', 7); -- { serverError BAD_ARGUMENTS }
SELECT toInt32OrDefault('x', toNullable(toInt32(7))); -- { serverError BAD_ARGUMENTS }
SELECT toInt32OrDefault('x', materialize(toInt32(7)));
SELECT toInt64(-9223372036854775808) % -1; -- { serverError ILLEGAL_DIVISION }
SELECT toInt32(-2147483648) % -1, toInt8(-128) % toInt8(-1); -- { serverError ILLEGAL_DIVISION }
SELECT moduloOrZero(toInt64(-9223372036854775808), -1), positiveModulo(toInt64(-9223372036854775808), -1); -- { serverError ILLEGAL_DIVISION }
SELECT toInt64(-9223372036854775807) % -1;
SELECT replaceRegexpAll('a','(','b'); -- { serverError BAD_ARGUMENTS }
SELECT replaceRegexpOne('a','(','b'); -- { serverError BAD_ARGUMENTS }
SELECT match('a','('); -- { serverError CANNOT_COMPILE_REGEXP }
SELECT extract('a','('); -- { serverError CANNOT_COMPILE_REGEXP }
SELECT extractAll('a','('); -- { serverError CANNOT_COMPILE_REGEXP }
SELECT toDate('2024-01-05') = '2024-01-05 00:00:00'; -- { serverError TYPE_MISMATCH }
SELECT d = '2024-01-05 00:00:00' FROM (SELECT materialize(toDate('2024-01-05')) d); -- { serverError TYPE_MISMATCH }
SELECT toDate('2024-01-05') = '2024-01-05', toDate('2024-01-05') < '2024-02-05', d = '2024-1-5' FROM (SELECT materialize(toDate('2024-01-05')) d);
SELECT toDateTime('2024-01-05 00:00:00') = '2024-01-05', toDateTime('2024-01-05 00:00:00') = '2024-01-05 00:00:00.5';
SELECT toDate('2024-01-05') = 'abc'; -- { serverError CANNOT_PARSE_DATE }
SELECT toDate('2024-01-05') = ''; -- { serverError CANNOT_PARSE_DATE }
SELECT d IN ('2024-01-05 00:00:00') FROM (SELECT materialize(toDate('2024-01-05')) d); -- { serverError TYPE_MISMATCH }
SELECT d BETWEEN '2024-01-05 00:00:00' AND '2024-02-01' FROM (SELECT materialize(toDate('2024-01-05')) d); -- { serverError TYPE_MISMATCH }
SELECT (1,2).3; -- { serverError ARGUMENT_OUT_OF_BOUND }
SELECT (1,2).0; -- { serverError ARGUMENT_OUT_OF_BOUND }
SELECT tupleElement((1,2),3); -- { serverError ARGUMENT_OUT_OF_BOUND }
SELECT tupleElement((1,2),0); -- { serverError ARGUMENT_OUT_OF_BOUND }
SELECT tupleElement((1,2),'x'); -- { serverError BAD_ARGUMENTS }
SELECT toDecimal32(1,2)/toDecimal32(3,4); -- { serverError ARGUMENT_OUT_OF_BOUND }
SELECT lag(x,1,NULL) OVER (ORDER BY x) FROM (SELECT number AS x FROM numbers(3)); -- { serverError BAD_ARGUMENTS }
SELECT lag(x,1,0) OVER (ORDER BY x) FROM (SELECT number AS x FROM numbers(3));
SELECT lag(x,1,NULL) OVER (ORDER BY x) FROM (SELECT toNullable(number) AS x FROM numbers(3));
SELECT s = 1 FROM (SELECT materialize('a') AS s); -- { serverError NO_COMMON_TYPE }
SELECT 1 FROM (SELECT '1' AS s) a JOIN (SELECT toUInt32(1) AS u) b ON a.s = b.u; -- { serverError NO_COMMON_TYPE }
SELECT a.id FROM (SELECT 1 AS id, 2 AS b) a JOIN (SELECT 1 AS id) b ON a.id=b.id JOIN (SELECT 1 AS id, 2 AS b) AS c ON c.id=b.id;
SELECT a, b FROM (SELECT 1 AS a, [] AS b) LEFT ARRAY JOIN b; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
CREATE TABLE t (a UInt8, b UInt8 ALIAS a + 1, m UInt8 MATERIALIZED a) ENGINE = MergeTree ORDER BY a;
INSERT INTO t (a, b) VALUES (1, 2); -- { serverError NO_SUCH_COLUMN_IN_TABLE }
INSERT INTO t (a, m) VALUES (1, 2); -- { serverError ILLEGAL_COLUMN }
INSERT INTO t (* EXCEPT (b)) VALUES (3);
SELECT a FROM t;
CREATE TABLE nullable_key (a Nullable(UInt8)) ENGINE = MergeTree ORDER BY a; -- { serverError ILLEGAL_COLUMN }
