-- Date32: conversions, comparisons, functions, columns.

SELECT toDate32('2024-02-29'), toTypeName(toDate32('2024-02-29')), toDate32('1900-01-01'), toDate32('1899-12-31'), toDate32('2299-12-31'), toDate32('2300-01-01'), toDate32('1970-01-01')::Int32, toDate32('0001-01-01'), toDate32('9999-12-31');
SELECT toDate32('2024-02-30'), toDate32('2024-13-01'), toDate32('2024-01-01 10:00:00'), toDate32('20240101'), toDate32('2024/1/2');
SELECT toDate32('x'); -- { serverError CANNOT_PARSE_DATE }
SELECT toDate32(0), toDate32(-1), toDate32(100000), toDate32(65536), toDate32(120530), toDate32(4294967295), toDate32(10000000000), toDate32(2932896), toDate32(2932897), toDate32(1e15), toDate32(-719529), toDate32(1.5), toDate32(-1.5);
SELECT toDate32(toDecimal32(5, 1)); -- { serverError ILLEGAL_COLUMN }
SELECT toDate32(toDate('2024-01-01')), toDate32(toDateTime('2024-01-01 10:00:00')), toDate32(toDateTime64('1925-01-01 10:00:00', 3)), toDate(toDate32('2024-01-01')), toDate(toDate32('1925-01-01')), toDateTime(toDate32('1925-01-01')), toDateTime64(toDate32('1925-01-01'), 3), toDateTime(toDate32('2200-01-01')), toDate(toDate32('2200-01-01'));
SELECT toDate32OrNull('x'), toDate32OrZero('x'), toDate32OrDefault('x'), toDate32OrDefault('x', toDate32('2020-01-01')), toDate32OrNull(''), toDate32OrNull('2024-01-01 10:00:00'), toDate32OrNull('2024-01-01x');
SELECT toInt32(toDate32('1925-01-01')), toUInt16(toDate32('2024-01-01')), toInt64(toDate32('1925-01-01')), toFloat64(toDate32('1925-01-01')), toString(toDate32('1925-01-01')), toUInt8(toDate32('1925-01-01')), toBool(toDate32(1));
SELECT toDecimal32(toDate32('1925-01-01'), 1); -- { serverError ILLEGAL_COLUMN }
SELECT CAST('2024-01-01' AS date32), CAST('1925-01-01' AS Nullable(Date32)), accurateCastOrNull('x', 'Date32'), accurateCast(5, 'Date32'), ['1925-01-01']::Array(Date32);
SELECT toDate32('2024-01-01') = '2024-01-01', toDate32('2024-01-01') = toDate('2024-01-01'), toDate32('2024-01-01') < toDateTime('2024-01-01 10:00:00'), toDate32('2024-01-01') < toDateTime64('2024-01-01 10:00:00', 3), toDate32('2024-01-01') IN ('2024-01-01'), toDate32('1925-01-01') < toDate('1970-01-01'), toDate('2024-01-01') IN (toDate32('2024-01-01')), toDate32('2024-01-01') IN (SELECT toDate('2024-01-01'));
SELECT toDate32('2024-01-01') = 1; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT toDate32('2024-01-01') = '2024-01-01 00:00:00'; -- { serverError TYPE_MISMATCH }
SELECT toTypeName([toDate32('2024-01-01'), toDate('2024-01-01')]), toTypeName([toDate32('2024-01-01'), toDateTime('2024-01-01 00:00:00')]), toTypeName([toDate32('2024-01-01'), toDateTime64('2024-01-01 00:00:00', 3)]);
SELECT toTypeName(toDate32('2024-01-01') + 1), toDate32('2024-01-01') + 1, toDate32('2024-01-01') - 1, toDate32('9999-12-31') + 1, toDate32('0000-01-01') - 1, toDate32('9999-12-31') + INTERVAL 1 MONTH, toDate32('0000-01-01') - INTERVAL 1 YEAR, toDate32('2024-01-01') + 10000000;
SELECT toDate32('2024-01-01') - toDate32('2023-01-01'); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT toDate32('2024-01-01') - toDate('2023-01-01'); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT toDate32('2024-01-01') + INTERVAL 1 MONTH, toDate32('2024-01-01') + INTERVAL 1 HOUR, toTypeName(toDate32('2024-01-01') + INTERVAL 1 HOUR), toDate32('2024-01-01') - toIntervalDay(1);
SELECT toDate32('2024-01-01') + INTERVAL 1 MILLISECOND; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT dateAdd(DAY, 3, toDate32('1925-03-04')), addYears(toDate32('1925-03-04'), 5), addHours(toDate32('1925-03-04'), 5), subtractMonths(toDate32('1925-03-04'), 5), addMonths(toDate32('2299-12-04'), 5), addYears(toDate32('1900-03-04'), -5), addWeeks(toDate32('9999-12-31'), 1);
SELECT toYear(d), toMonth(d), toDayOfMonth(d), toDayOfWeek(d), toDayOfYear(d), toQuarter(d), toISOWeek(d), toISOYear(d), toWeek(d), toYearWeek(d), toYYYYMM(d), toYYYYMMDD(d), toYYYYMMDDhhmmss(d) FROM (SELECT materialize(toDate32('1925-03-04')) AS d);
SELECT toHour(toDate32('1925-03-04')); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT monthName(toDate32('1925-03-04')); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT toStartOfMonth(d), toTypeName(toStartOfMonth(d)), toStartOfYear(d), toStartOfQuarter(d), toMonday(d), toStartOfWeek(d), toLastDayOfMonth(d), toStartOfDay(d) FROM (SELECT arrayJoin([toDate32('2025-03-04'), toDate32('1925-03-04')]) AS d);
SELECT toStartOfHour(toDate32('2025-03-04')); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT toStartOfInterval(d, INTERVAL 1 MONTH), toTypeName(toStartOfInterval(d, INTERVAL 1 MONTH)), toStartOfInterval(d, INTERVAL 2 DAY), toStartOfInterval(d, INTERVAL 1 WEEK), toStartOfInterval(d, INTERVAL 1 YEAR) FROM (SELECT toDate32('2025-03-04') AS d);
SELECT toStartOfInterval(toDate32('2025-03-04'), INTERVAL 1 HOUR); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT date_trunc('month', d), toTypeName(date_trunc('month', d)), date_trunc('day', d), toTypeName(date_trunc('day', d)), dateTrunc('year', d), toTypeName(dateTrunc('week', d)) FROM (SELECT toDate32('1925-03-04') AS d);
SELECT toTypeName(date_trunc('month', toDateTime64('2025-03-04 00:00:00', 3))), date_trunc('month', toDateTime64('1925-03-04 00:00:00', 3)), toTypeName(date_trunc('day', toDateTime64('2025-03-04 00:00:00', 3)));
SELECT date_trunc('hour', toDate32('1925-03-04')); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT dateDiff('day', toDate32('1925-03-04'), toDate('2024-01-01')), dateDiff('month', toDate32('1925-03-04'), toDate32('2024-01-01')), dateDiff('hour', toDate32('1925-03-04'), toDateTime('2024-01-01 10:00:00')), age('year', toDate32('1925-03-04'), toDate32('2024-01-01'));
SELECT formatDateTime(toDate32('1925-03-04'), '%Y-%m-%d %H:%i:%S %a %j'), dateName('month', toDate32('1925-03-04')), toUnixTimestamp(toDate32('2025-03-04'));
SELECT makeDate32(2024, 2, 29), makeDate32(1925, 3, 4), makeDate32(2024, 60), toTypeName(makeDate32(2024, 1, 1)), makeDate32(1899, 1, 1), makeDate32(2300, 1, 1), makeDate32(2024, 2, 30), makeDate32(2024, 13, 1), makeDate32(10000, 1, 1), makeDate32(0, 1, 1), makeDate32(-1, 1, 1);
SELECT YYYYMMDDToDate32(19250304), YYYYMMDDToDate32(18000101), YYYYMMDDToDate32(20241301), fromDaysSinceYearZero32(703000), toTypeName(fromDaysSinceYearZero32(703000)), toDaysSinceYearZero(toDate32('1925-03-04'));
SELECT fromDaysSinceYearZero32(-5); -- { serverError ARGUMENT_OUT_OF_BOUND }
SELECT toRelativeDayNum(toDate32('1925-03-04')), toRelativeMonthNum(toDate32('1925-03-04')), toRelativeYearNum(toDate32('1925-03-04')), toRelativeWeekNum(toDate32('1925-03-04')), toRelativeHourNum(toDate32('1925-03-04'));
SELECT toTimeZone(toDate32('1925-03-04'), 'UTC'); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT avg(d), any(d), uniq(d), count(d), groupArray(d), toTypeName(avg(d)), min(d), max(d) FROM (SELECT toDate32('1925-03-04') + number AS d FROM numbers(3));
SELECT sum(toDate32(1)); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT quantile(toDate32(1)); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT hex(toDate32(1)); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT cityHash64(toDate32('2024-01-01')), sipHash64(toDate32('2024-01-01')), sipHash64(toDate32('1925-01-01')), cityHash64(toDate32('1925-01-01'));
SELECT greatest(toDate32('2024-01-01'), toDate('2025-01-01')), toTypeName(greatest(toDate32('2024-01-01'), toDate('2025-01-01'))), toTypeName(if(1, toDate32('2024-01-01'), toDate('2024-01-01')));
SELECT count() OVER (ORDER BY d RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (SELECT toDate32('1925-03-04') + number AS d FROM numbers(3));
SELECT defaultValueOfTypeName('Date32');

-- Tables.
CREATE TABLE t (d Date32, n Nullable(Date32), a Array(Date32), k UInt8 DEFAULT 7) ENGINE = MergeTree PARTITION BY toYear(d) ORDER BY d SETTINGS index_granularity = 2;
INSERT INTO t (n) VALUES ('1925-01-01');
INSERT INTO t (d, n, a) VALUES ('1925-01-02', NULL, ['1800-01-01', '2400-01-01']), ('2025-01-01', '2025-01-01', []), (5, 6, [7]);
INSERT INTO t (d) SELECT toDate32('1999-12-30') + number FROM numbers(5);
ALTER TABLE t ADD COLUMN e Date32;
SELECT * FROM t ORDER BY d, n;
SELECT d FROM t WHERE d < '1930-01-01' ORDER BY d;
SELECT count() FROM t WHERE d >= toDate('1999-12-31') AND d < toDate32('2000-01-03');
SELECT count() FROM t WHERE toYYYYMM(d) = 200001;
SELECT count() FROM t WHERE d IN ('1925-01-02', '2025-01-01');
SELECT d FROM t ORDER BY d DESC LIMIT 2;
SELECT DISTINCT toYear(d) AS y FROM t ORDER BY y;
SELECT min(d), max(d), min(n) FROM t;
SELECT d FROM t WHERE d = 5; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
DROP TABLE t;
CREATE TABLE t (d Date32) ENGINE = MergeTree PARTITION BY d ORDER BY d;
INSERT INTO t VALUES ('1925-01-02'), ('2025-01-01');
SELECT partition, partition_id FROM system.parts WHERE active AND table = 't' AND database = currentDatabase() ORDER BY partition;
ALTER TABLE t DROP PARTITION '1925-01-02';
SELECT * FROM t;
ALTER TABLE t MODIFY COLUMN d Int32; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
DROP TABLE t;
CREATE TABLE t (a Date, b String, c DateTime, e Int32, f Date32) ENGINE = MergeTree ORDER BY ();
INSERT INTO t VALUES ('2024-01-01', '1925-01-01', '2024-01-01 10:00:00', 5, '2025-01-01');
ALTER TABLE t MODIFY COLUMN a Date32, MODIFY COLUMN b Date32, MODIFY COLUMN c Date32, MODIFY COLUMN e Date32, MODIFY COLUMN f Date;
SELECT * FROM t;
DROP TABLE t;
CREATE TABLE t (k UInt8, d Date32) ENGINE = ReplacingMergeTree(d) ORDER BY k;
INSERT INTO t VALUES (1, '2000-01-01'), (1, '1925-01-01');
SELECT * FROM t FINAL;
ALTER TABLE t MODIFY COLUMN d DateTime64(3); -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
DROP TABLE t;
CREATE TABLE t (d Date32, INDEX i d TYPE bloom_filter) ENGINE = MergeTree ORDER BY (); -- { serverError ILLEGAL_COLUMN }
CREATE TABLE t (d Date32, x UInt8) ENGINE = MergeTree ORDER BY x TTL d + INTERVAL 1 DAY;
INSERT INTO t VALUES ('1925-01-01', 1), ('2200-01-01', 2);
OPTIMIZE TABLE t FINAL;
SELECT * FROM t;
DROP TABLE t;
CREATE TABLE t (l LowCardinality(Date32)) ENGINE = MergeTree ORDER BY (); -- { serverError SUSPICIOUS_TYPE_FOR_LOW_CARDINALITY }
