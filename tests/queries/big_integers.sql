-- Int128, UInt128, Int256, UInt256: conversions, comparisons, arithmetic, aggregates, columns.

SELECT toInt128('170141183460469231731687303715884105727'), toInt128('-170141183460469231731687303715884105728'), toUInt128('340282366920938463463374607431768211455'), toInt256('-57896044618658097711785492504343953926634992332820282019728792003956564819968'), toUInt256('115792089237316195423570985008687907853269984665640564039457584007913129639935');
SELECT toTypeName(toInt128(1)), toTypeName(toUInt256(1)), toInt128('170141183460469231731687303715884105728'), toInt128('+5'), toInt128('007'), toInt128(0), toInt256('10000000000000000000'), toInt256('-10000000000000000000000000000000000000001');
SELECT toInt128('x'); -- { serverError CANNOT_PARSE_TEXT }
SELECT toUInt128('-1'); -- { serverError CANNOT_PARSE_NUMBER }
SELECT toInt128(''); -- { serverError ATTEMPT_TO_READ_AFTER_EOF }
SELECT toInt128('12x'); -- { serverError CANNOT_PARSE_TEXT }
SELECT toInt128(' 1'); -- { serverError CANNOT_PARSE_TEXT }
SELECT toInt128('1.5'); -- { serverError CANNOT_PARSE_TEXT }
SELECT toInt128OrNull('x'), toInt128OrZero('x'), toInt128OrDefault('x'), toInt128OrDefault('x', toInt128(5)), toUInt256OrNull(''), toInt128OrNull('170141183460469231731687303715884105728'), toInt128OrNull('12');
SELECT toInt128(-1), toUInt128(-1), toUInt256(-1), toInt256(toUInt128(-1)), toUInt8(toInt128(300)), toInt64(toInt128('9223372036854775808')), toInt128(toUInt256(-1)), toInt128(18446744073709551615);
SELECT toInt128(1.9), toInt128(-1.9), toInt128(1e15), toFloat64(toInt256('1000000000000000000000000000000')), toFloat32(toInt128(5)), toUInt128(-1.5), toFloat64(toUInt256(-1)), toFloat64(toInt256(-7));
SELECT toInt128(nan); -- { serverError CANNOT_CONVERT_TYPE }
SELECT toInt128(inf); -- { serverError CANNOT_CONVERT_TYPE }
SELECT toInt128(toDecimal64(5.7, 2)), toDecimal128(toInt128(5), 2), toDecimal256(toInt256(5), 2), toDecimal32(toInt128(5), 2), toInt256(toDecimal256(-5.7, 2));
SELECT toDecimal128(toInt128('170141183460469231731687303715884105727'), 2); -- { serverError DECIMAL_OVERFLOW }
SELECT toBool(toInt128(5)), true::Int128, toInt128(toDate(5)), toInt128(toDateTime(5)), toInt128(toDateTime64(5, 3)), toInt128('a'::Enum8('a' = 3)), toDate(toInt128(5)), toDateTime(toInt128(5)), toDateTime64(toInt128(5), 3), toUInt128(toIPv6('::ff')), toIPv6(toUInt128(255)), toUInt128(toIPv4('1.2.3.4')), toTime(toInt128(5));
SELECT toInt128(toUUID('00000000-0000-0000-0000-000000000001')); -- { serverError NOT_IMPLEMENTED }
SELECT toTypeName(toInt128(1) + 1), toTypeName(toUInt128(1) + 1), toTypeName(toUInt128(1) - 1), toTypeName(toUInt128(1) + toInt8(1)), toTypeName(toInt128(1) * toInt256(1)), toTypeName(toUInt128(1) + toUInt256(1)), toTypeName(toInt128(1) / 2), toTypeName(toUInt64(1) + toInt128(1)), toTypeName(toUInt128(1) * toInt64(1)), toTypeName(toUInt256(1) * toInt256(2)), toTypeName(toUInt8(1) - toUInt256(1));
SELECT toInt128(1) + 1.5; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT toInt128('170141183460469231731687303715884105727') + 1, toUInt128(0) - 1, toUInt256(-1) + 1, toInt256(2) * toInt256(3), toInt128(7) / 2, toUInt128(-1) * 2, toInt128(5) - toInt128(7), toUInt128(5) - toUInt128(7);
SELECT intDiv(toInt128(7), 2), toTypeName(intDiv(toInt128(7), 2)), intDiv(7, toInt128(2)), toTypeName(intDiv(7, toInt128(2))), intDiv(toInt128(-7), 2), intDiv(toUInt256(7), toInt8(-2)), toTypeName(intDiv(toUInt256(7), toInt8(2))), intDiv(toUInt256(-1), 3), intDiv(toUInt256(-1), toUInt256(-2)), intDivOrZero(toInt128(7), 0);
SELECT intDiv(toInt128(7), 0); -- { serverError ILLEGAL_DIVISION }
SELECT intDiv(toInt128('-170141183460469231731687303715884105728'), -1); -- { serverError ILLEGAL_DIVISION }
SELECT toInt128(7) % 3, toTypeName(toInt128(7) % 3), toInt128(-7) % 3, toTypeName(toUInt128(7) % toInt128(3)), toTypeName(7 % toInt128(3)), 7 % toInt128(3), toTypeName(toInt128(7) % toUInt256(3)), toTypeName(toInt128(7) % toUInt32(3)), toUInt128(-1) % 10, toUInt256(-1) % 10, toInt128(7) % 2.5, positiveModulo(toInt128(-7), 3), toTypeName(positiveModulo(toInt128(-7), 3)), moduloOrZero(toInt128(7), 0);
SELECT toInt128(7) % 0; -- { serverError ILLEGAL_DIVISION }
SELECT -toInt128(5), toTypeName(-toInt128(5)), -toUInt128(5), toTypeName(-toUInt128(5)), abs(toInt128(-5)), toTypeName(abs(toInt128(-5))), sign(toInt256(-5)), negate(toUInt256(1)), toTypeName(-toUInt256(1)), gcd(toInt128(12), 18), lcm(toInt128(12), 18);
SELECT bitAnd(toInt128(5), 3), toTypeName(bitAnd(toInt128(5), 3)), bitOr(toUInt256(5), 3), bitXor(toInt128(5), 3), bitNot(toInt128(5)), bitShiftLeft(toUInt128(1), 100), bitShiftRight(toUInt256(-1), 200), bitCount(toUInt128(-1)), toTypeName(bitCount(toUInt128(-1))), bitShiftLeft(toUInt128(1), 128), bitCount(toInt128(-1)), bitCount(toUInt256(-1)), bitShiftRight(toInt128(-8), 1);
SELECT bitShiftLeft(1, toInt128(3)); -- { serverError NOT_IMPLEMENTED }
SELECT toInt128(5) = 5, toInt128(5) = '5', toInt128(5) < 5.5, toInt128(5) = toInt256(5), toInt128(-1) < toUInt256(1), toUInt128(5) > -1, toInt128(5) IN (5, 6), toInt128(5) IN ('5'), toInt128(5) = toDecimal32(5, 2), toUInt128(-1) = toInt128(-1), toInt256(-1) < toUInt256(1), materialize(toInt256(-1)) < materialize(toUInt256(-1)), toInt128(5) = toDateTime(5), toInt128(5) IN (SELECT 5), 5 IN (toInt128(5)), toUInt8(5) IN (SELECT toInt128(5)), toInt128(300) IN (SELECT toUInt8(44)), toInt128(5) <=> 5, -300 < toInt128(-299);
SELECT toInt128(5) = 'x'; -- { serverError TYPE_MISMATCH }
SELECT toInt128(5) = toDate(5); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT toTypeName([toInt128(1), 1]), toTypeName([toUInt128(1), -1]), toTypeName([toInt128(1), toUInt128(1)]), toTypeName([toInt256(1), toInt128(1)]), [toInt128(1), -1, 300], toTypeName(if(1, toInt128(1), 2));
SELECT sum(x), toTypeName(sum(x)), avg(x), toTypeName(avg(x)), min(x), max(x), count(x), uniq(x), any(x), groupArray(x), toTypeName(sumWithOverflow(x)) FROM (SELECT toInt128(number) AS x FROM numbers(3));
SELECT sum(x), toTypeName(sum(x)), avg(x), min(x), max(x) FROM (SELECT toUInt256(-1) - number AS x FROM numbers(2));
SELECT toTypeName(sum(x)), sum(x), min(x), sum(toNullable(x)) FROM (SELECT toUInt128(number) AS x FROM numbers(0));
SELECT sum(if(number = 1, NULL, toInt128(number))) FROM numbers(4);
SELECT varPop(x), stddevPop(x) FROM (SELECT toInt128(number) AS x FROM numbers(3));
SELECT groupUniqArray(x), argMin(x, x), topK(1)(x) FROM (SELECT toInt128(number) AS x FROM numbers(1));
SELECT hex(toInt128(255)), bin(toUInt128(5)), hex(toInt256(-1)), hex(toUInt128(0));
SELECT cityHash64(toInt128(1)), sipHash64(toInt128(1)), cityHash64(toUInt256(1)), xxh3(toInt128(1)), sipHash64(toInt256(-1));
SELECT intHash64(toInt128(1)); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT toString(toInt128(-5)), concat('a', toString(toUInt256(7))), toInt128(5)::String, sqrt(toInt128(16)), exp(toInt128(0)), greatest(toInt128(1), 2), toTypeName(greatest(toInt128(1), 2)), least(toInt256(1), toInt128(2)), reinterpretAsInt128(unhex('01')), reinterpretAsUInt256('a');
SELECT if(toInt128(1), 2, 3); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT NOT toInt128(1); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT toInt128(1) AND 1; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT 340282366920938463463374607431768211455::UInt128, 115792089237316195423570985008687907853269984665640564039457584007913129639935::UInt256, -170141183460469231731687303715884105728::Int128, toTypeName(18446744073709551616);
SELECT accurateCast(5, 'Int128'), accurateCastOrNull(-1, 'UInt128'), accurateCastOrNull(toInt256('170141183460469231731687303715884105728'), 'Int128'), accurateCastOrNull(toInt128(300), 'UInt8'), accurateCastOrNull('x', 'Int128'), accurateCastOrNull(1.5, 'Int128'), accurateCastOrNull(toUInt256(-1), 'Int256');
SELECT CAST(NULL AS Nullable(Int128)), CAST('x' AS Nullable(Int128)), ['1', '2']::Array(Int128), (1, 2)::Tuple(Int128, UInt256); -- { serverError CANNOT_READ_ARRAY_FROM_TEXT }
SELECT arrayMax([toInt128(1), toInt128(2)]), arraySort([toInt128(2), toInt128(-1)]), has([toInt128(2)], 2), indexOf([toInt128(2)], 2);
SELECT toInt128('1') AS x, toUInt256(2) AS y, [x] AS a FORMAT JSONEachRow;
SELECT toInt128('-1') AS x, toUInt256(2) AS y, [x] AS a FORMAT JSONEachRow SETTINGS output_format_json_quote_64bit_integers = 1;
SELECT toInt128('1') AS x, toUInt256(2) AS y, [x] AS a FORMAT CSV;
SELECT toInt128('1') AS x, toUInt256(2) AS y, [x] AS a FORMAT Values;

-- Tables.
CREATE TABLE t (x Int128, y UInt256, n Nullable(UInt128), a Array(Int256), d Int128 DEFAULT -7, INDEX i x TYPE bloom_filter GRANULARITY 1, INDEX j y TYPE minmax GRANULARITY 1, INDEX k y TYPE set(5) GRANULARITY 1) ENGINE = MergeTree ORDER BY (x, y) SETTINGS index_granularity = 2;
INSERT INTO t (x, y, n, a) VALUES (-5, 7, NULL, [1, -1]), (170141183460469231731687303715884105727, 115792089237316195423570985008687907853269984665640564039457584007913129639935, 340282366920938463463374607431768211455, []);
INSERT INTO t (x, y) SELECT toInt128(number) * 100000000000000000000 - 200000000000000000000, number FROM numbers(5); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
INSERT INTO t (x, y) FORMAT JSONEachRow {"x":"-12345678901234567890123","y":5} {"x":8,"y":"6"}

INSERT INTO t (x, y) FORMAT CSV 9,"10"

SELECT * FROM t ORDER BY x, y;
SELECT x FROM t WHERE x < -5 ORDER BY x DESC;
SELECT y FROM t WHERE x = -5;
SELECT count() FROM t WHERE x IN (-5, 8, 9);
SELECT x FROM t WHERE y = 7;
SELECT count() FROM t WHERE y > 6 AND y < 1000;
SELECT count() FROM t WHERE x > 1e20;
SELECT sum(x), min(x), max(x), max(y), sum(n) FROM t;
SELECT intDiv(x, toInt128('100000000000000000000')) AS k, count() FROM t GROUP BY k ORDER BY k;
ALTER TABLE t UPDATE d = x + 1 WHERE x < 0;
SELECT d FROM t ORDER BY x, y;
DROP TABLE t;
CREATE TABLE t (x Int128) ENGINE = MergeTree PARTITION BY x ORDER BY x;
INSERT INTO t VALUES (-5), (170141183460469231731687303715884105727);
SELECT partition, partition_id FROM system.parts WHERE active AND table = 't' AND database = currentDatabase() ORDER BY partition;
ALTER TABLE t DROP PARTITION -5;
SELECT * FROM t;
ALTER TABLE t MODIFY COLUMN x Int64; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
DROP TABLE t;
CREATE TABLE t (y UInt256) ENGINE = MergeTree PARTITION BY y ORDER BY y;
INSERT INTO t VALUES (7);
SELECT partition, partition_id FROM system.parts WHERE active AND table = 't' AND database = currentDatabase();
DROP TABLE t;
CREATE TABLE t (a Int64, b String, c Int128, d Int128, e Decimal(20, 2)) ENGINE = MergeTree ORDER BY ();
INSERT INTO t VALUES (-5, '6', 7, 8, 9.5);
ALTER TABLE t MODIFY COLUMN a Int128, MODIFY COLUMN b UInt256, MODIFY COLUMN c Int8, MODIFY COLUMN d String, MODIFY COLUMN e Int128;
SELECT * FROM t;
DROP TABLE t;
CREATE TABLE t (k Int8, v Int128) ENGINE = ReplacingMergeTree(v) ORDER BY k;
INSERT INTO t VALUES (1, 5);
INSERT INTO t VALUES (1, -6);
SELECT * FROM t FINAL;
OPTIMIZE TABLE t FINAL;
SELECT * FROM t;
DROP TABLE t;
CREATE TABLE t (l LowCardinality(Int128)) ENGINE = MergeTree ORDER BY (); -- { serverError SUSPICIOUS_TYPE_FOR_LOW_CARDINALITY }
