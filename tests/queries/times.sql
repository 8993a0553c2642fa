-- Time and Time64: conversions, comparisons, arithmetic, columns.

SELECT toTime('12:34:56'), toTypeName(toTime('12:34:56')), CAST('12:34:56' AS Time), '12:34:56'::Time64(3), CAST('10:20:30' AS TIME), CAST('10:20:30' AS time64(3)), toTypeName(CAST('10:20:30' AS Time64)), toTypeName('10:20:30'::Time(3));
SELECT toTime64('12:34:56.789', 3), toTypeName(toTime64('12:34:56.789', 3)), toTime64('12:34:56.789', 6), toTime64('12:34:56.789', 0), toTime64('12:34:56.789', 9);
SELECT toTimeOrNull('x'), toTimeOrZero('x'), toTime64OrNull('x', 3), toTime64OrZero('x', 3), toTime(NULL);
SELECT '999:59:59'::Time, '-999:59:59'::Time, '-00:00:01'::Time, '5'::Time, '55'::Time, '-5'::Time, '1:02:03'::Time, '1:02'::Time, '001:02:03'::Time, '12:99:99'::Time, '99:99'::Time, '-12:34'::Time, '25:00:00'::Time, '999:99:99'::Time;
SELECT '0:0:0'::Time; -- { serverError CANNOT_PARSE_TEXT }
SELECT '555'::Time; -- { serverError CANNOT_PARSE_TEXT }
SELECT '1:2'::Time; -- { serverError CANNOT_PARSE_TEXT }
SELECT '01:02:3'::Time; -- { serverError CANNOT_PARSE_TEXT }
SELECT '123:45'::Time; -- { serverError CANNOT_PARSE_TEXT }
SELECT '12:34:'::Time; -- { serverError CANNOT_PARSE_TEXT }
SELECT '--12:34'::Time; -- { serverError CANNOT_PARSE_DATETIME }
SELECT ''::Time; -- { serverError CANNOT_PARSE_DATETIME }
SELECT 'x'::Time; -- { serverError CANNOT_PARSE_DATETIME }
SELECT '1000:00:00'::Time; -- { serverError CANNOT_PARSE_TEXT }
SELECT '12:34:56.789'::Time; -- { serverError CANNOT_PARSE_TEXT }
SELECT '2024-01-01 10:00:00'::Time; -- { serverError CANNOT_PARSE_TEXT }
SELECT '12:34:56.7'::Time64(3), '12:34:56.78912345678'::Time64(3), '12:34:56.'::Time64(3), '12:34.5'::Time64(3), '5.5'::Time64(3), '-1:02:03.5'::Time64(3), '999:59:59.999'::Time64(3), '-00:00:00.5'::Time64(1);
SELECT 'x'::Time64(3); -- { serverError CANNOT_PARSE_DATETIME }
SELECT ''::Time64(3); -- { serverError CANNOT_PARSE_DATETIME }
SELECT '10:20:30'::Time64(10); -- { serverError BAD_ARGUMENTS }
SELECT '10:20:30'::Time('UTC'); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT '10:20:30'::Time64(3, 'UTC'); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT toTime(5), toTime(3661), toTime(-3661), toTime(1.5), toTime(-1.5), toTime(100000000), toTime(-100000000), toTime(toUInt64(18446744073709551615)), toTime(true);
SELECT toTime64(5, 3), toTime64(3661, 3), toTime64(-3661, 3), toTime64(1.5, 3), toTime64(100000000, 3), toTime64(-100000000, 3), toTime64(toDecimal32('1.25', 2), 3);
SELECT toTime(toDecimal32('1.25', 2)); -- { serverError ILLEGAL_COLUMN }
SELECT toInt32('01:00:00'::Time), toInt64('01:00:00.5'::Time64(3)), toFloat64('01:00:00.5'::Time64(3)), toString('01:00:00.5'::Time64(3)), toUInt8('01:00:00'::Time), toDecimal64('01:00:00.5'::Time64(3), 3), toFloat64('01:00:00'::Time), toUInt32('-01:00:00'::Time), toBool('00:00:05'::Time);
SELECT toDecimal32('00:00:05'::Time, 1); -- { serverError ILLEGAL_COLUMN }
SELECT '12:34:56.789'::Time64(3)::Time; -- { serverError CANNOT_CONVERT_TYPE }
SELECT '12:34:56'::Time::Time64(3), '12:34:56.789'::Time64(3)::Time64(1), '12:34:56.789'::Time64(3)::Time64(6);
SELECT toDateTime('2024-01-01 10:20:30')::Time, toDateTime64('2024-01-01 10:20:30.5', 3)::Time64(3), toDateTime64('2024-01-01 10:20:30.5', 3)::Time, toDateTime('2024-01-01 10:20:30')::Time64(3), toDate('2024-01-01')::Time, toDate32('2024-01-01')::Time, toTime(toDateTime64('1925-01-01 10:20:30.5', 3)), toDateTime('2024-01-01 10:20:30', 'Asia/Tokyo')::Time;
SELECT '10:20:30'::Time::DateTime, '10:20:30'::Time::DateTime64(3), '10:20:30'::Time::Date, '10:20:30'::Time::Date32, '10:20:30.5'::Time64(1)::DateTime64(3);
SELECT '10:20:30'::Time = '10:20:30', '10:20:30'::Time < '10:20:31', '10:20:30'::Time IN ('10:20:30'), '10:20:30'::Time = '10:20:30'::Time64(3), '10:20:30.5'::Time64(1) > '10:20:30'::Time, '10:20:30.5'::Time64(1) = '10:20:30.5', '10:20:30.5'::Time64(1) = '10:20:30.50'::Time64(2), '10:20:30'::Time = 37230, '10:20:30'::Time64(3) = 37230, '10:20:30'::Time = toDateTime('2024-01-01 10:20:30'), '10:20:30'::Time < -1, '10:20:30.5'::Time64(1) = 37230.5, '10:20:30'::Time IN (37230), '10:20:30'::Time = '10:20';
SELECT '10:20:30'::Time < toDate('2024-01-01'); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT '10:20:30'::Time = 'x'; -- { serverError CANNOT_PARSE_DATETIME }
SELECT toTypeName(['10:20:30'::Time, '10:20:30'::Time64(3)]), ['10:20:30'::Time, toDateTime(1)], toTypeName(['10:20:30'::Time64(3), toDateTime(1)]), toTypeName(['10:20:30'::Time, toDateTime(1)]);
SELECT '10:20:30'::Time + 1, toTypeName('10:20:30'::Time + 1), '10:20:30'::Time - 1, '10:20:30'::Time + INTERVAL 1 HOUR, '10:20:30'::Time64(3) + INTERVAL 1 HOUR, '10:20:30'::Time - '10:20:00'::Time, toTypeName('10:20:30'::Time - '10:20:00'::Time), '10:20:30'::Time64(3) - '10:20:00'::Time64(3), addSeconds('10:20:30'::Time, 1), '10:20:30'::Time + INTERVAL 1000 HOUR, '10:20:30'::Time + 1.5, '10:20:30'::Time64(3) - '10:20:00'::Time;
SELECT '10:20:30'::Time64(1) + INTERVAL 500 MILLISECOND, toTypeName('10:20:30'::Time64(1) + INTERVAL 500 MILLISECOND), '10:20:30'::Time64(3) + 1, toTypeName('10:20:30'::Time64(3) + 1), toTypeName('10:20:30'::Time64(3) - '10:20:00'::Time64(3));
SELECT '10:20:30'::Time + INTERVAL 1 DAY; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT '10:20:30'::Time + INTERVAL 500 MILLISECOND; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT addMonths('10:20:30'::Time, 1); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT '10:20:30'::Time * 2; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT -('10:20:30'::Time); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT toHour('10:20:30'::Time); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT toUnixTimestamp('10:20:30'::Time), toUnixTimestamp('10:20:30.5'::Time64(1));
SELECT formatDateTime('10:20:30'::Time, '%H:%i:%s'); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT dateDiff('second', '10:20:30'::Time, '10:20:31'::Time); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT min(t), max(t), any(t), count(t), uniq(t), groupArray(t), avg(t) FROM (SELECT toTime(number) AS t FROM numbers(3));
SELECT avg(t), toTypeName(avg(t)), min(t), max(t), any(t), uniq(t) FROM (SELECT toTime64(number + 0.5, 1) AS t FROM numbers(3));
SELECT sum(toTime(1)); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT quantile(toTime(1)); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT hex(toTime(1)); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT cityHash64(toTime(1)), sipHash64(toTime(1)), cityHash64(toTime64(1, 3)), sipHash64(toTime64(1, 3));
SELECT greatest('10:20:30'::Time, '10:20:31'::Time), if(1, '10:20:30'::Time, '10:20:31'::Time), toTypeName(if(1, '10:20:30'::Time, '10:20:31'::Time64(3)));
SELECT '10:20:30'::Nullable(Time), CAST('x' AS Nullable(Time)), CAST('x' AS Nullable(UInt8)), CAST(materialize('x') AS Nullable(DateTime)), CAST(NULL AS Nullable(Time64(3))), ['10:20:30']::Array(Time);
SELECT accurateCast(5, 'Time'), accurateCastOrNull('x', 'Time'), accurateCastOrNull(100000000, 'Time'), accurateCastOrDefault('x', 'Time');
SELECT '10:20:30'::Time AS t, '10:20:30.5'::Time64(1) AS u, [t] AS a FORMAT JSONEachRow;
SELECT '10:20:30'::Time AS t, '10:20:30.5'::Time64(1) AS u, [t] AS a FORMAT CSV;
SELECT '10:20:30'::Time AS t, '10:20:30.5'::Time64(1) AS u, [t] AS a FORMAT Values;

-- Tables.
CREATE TABLE t (t Time, u Time64(3), n Nullable(Time)) ENGINE = MergeTree PARTITION BY t ORDER BY (t, u);
INSERT INTO t VALUES ('10:20:30', '1:02:03.5', NULL), ('-1:00:00', '-1:00:00', '5:00:00'), (5, 5.5, 6);
INSERT INTO t FORMAT JSONEachRow {"t":"10:20:31","u":"1:02:03.5"}

INSERT INTO t FORMAT CSV 1:02:03,1:02:03.25,\N

INSERT INTO t FORMAT TSV -1:02:03	1:02:03.25	\N

SELECT * FROM t ORDER BY t;
SELECT partition, partition_id FROM system.parts WHERE active AND table = 't' AND database = currentDatabase() ORDER BY partition;
SELECT * FROM t WHERE t < '00:00:00' ORDER BY t;
SELECT t FROM t WHERE u = '1:02:03.5' ORDER BY t;
SELECT t FROM t WHERE t > 5 AND t < '10:20:31' ORDER BY t;
ALTER TABLE t DROP PARTITION '10:20:30';
SELECT count(), min(u), max(n) FROM t;
ALTER TABLE t MODIFY COLUMN t Int32; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
DROP TABLE t;
CREATE TABLE t (t Time64(3)) ENGINE = MergeTree PARTITION BY t ORDER BY t;
INSERT INTO t VALUES ('10:20:30');
SELECT partition, partition_id FROM system.parts WHERE active AND table = 't' AND database = currentDatabase();
DROP TABLE t;
CREATE TABLE t (a String, b Int32, c DateTime, d Time, e Time64(3)) ENGINE = MergeTree ORDER BY ();
INSERT INTO t VALUES ('10:00:00', 5, '2024-01-01 10:00:00', '1:00:00', '1:00:00.5');
ALTER TABLE t MODIFY COLUMN a Time, MODIFY COLUMN b Time, MODIFY COLUMN c Time, MODIFY COLUMN d Time64(3), MODIFY COLUMN e String;
SELECT * FROM t;
DROP TABLE t;
CREATE TABLE t (k UInt8, t Time) ENGINE = ReplacingMergeTree(t) ORDER BY k;
DROP TABLE t;
CREATE TABLE t (t Time, INDEX i t TYPE bloom_filter) ENGINE = MergeTree ORDER BY (); -- { serverError ILLEGAL_COLUMN }
SET enable_time_time64_type = 0;
CREATE TABLE t (t Time) ENGINE = Memory; -- { serverError ILLEGAL_COLUMN }
CREATE TABLE t (t Array(Time64(3))) ENGINE = Memory; -- { serverError ILLEGAL_COLUMN }
SELECT toTime64('10:20:30', 3);
