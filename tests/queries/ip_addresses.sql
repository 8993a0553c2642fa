-- IPv4 and IPv6: conversions, comparisons, functions, columns.

SELECT toIPv4('1.2.3.4'), toTypeName(toIPv4('1.2.3.4')), toIPv6('::1'), toTypeName(toIPv6('::1')), toIPv6('1.2.3.4'), toIPv6('2001:DB8::1'), toIPv6('::ffff:1.2.3.4'), toIPv6('::');
SELECT toIPv6('2001:db8:0:0:1:0:0:1'), toIPv6('2001:db8:0:1:1:1:1:1'), toIPv6('1:0:0:0:0:0:0:0'), toIPv6('::1.2.3.4'), toIPv6('::1:2'), toIPv6('1::'), toIPv6('0:0:0:0:0:ffff:0:1'), toIPv6('::ffff:0:0'), toIPv6('1:2:3:4:5:6:1.2.3.4');
SELECT toIPv6OrNull('1:2:3:4:5:6:7'), toIPv6OrNull('1:2:3:4:5:6:7:8:9'), toIPv6OrNull('1::2::3'), toIPv6OrNull('12345::'), toIPv6OrNull(':1'), toIPv6OrNull('1:'), toIPv6OrNull('::1%eth0'), toIPv6OrNull('1:2:3:4:5:6:7::'), toIPv6OrNull('::2:3:4:5:6:7:8'), toIPv6OrNull('1:2:3:4::5:6:7:8'), toIPv6OrNull('::1.2.3'), toIPv6OrNull('::g'), toIPv6OrNull(':'), toIPv6OrNull('1.2.3.4:1'), toIPv6OrNull('::1.2.3.4:1'), toIPv6OrNull('::ffff:1.2.3.256');
SELECT toIPv4OrNull(''), toIPv4OrZero(''), toIPv4('01.002.3.4'), toIPv4OrNull('1.2.3.256'), toIPv4OrNull('1.2.3.4 '), toIPv4OrNull(' 1.2.3.4'), toIPv4OrNull('1.2.3.4.5'), toIPv4OrNull('0001.2.3.4'), toIPv4OrNull('00001.2.3.4');
SELECT toIPv4OrNull('x'), toIPv4OrZero('x'), toIPv4OrDefault('x'), toIPv4OrDefault('x', toIPv4('1.1.1.1')), toIPv6OrNull('x'), toIPv6OrZero('x'), toIPv6OrDefault('x'), toIPv6OrDefault('x', toIPv6('::2')), toIPv4OrDefault(1);
SELECT toIPv4('1.2.3'); -- { serverError CANNOT_PARSE_IPV4 }
SELECT toIPv4('1.2.3.4x'); -- { serverError CANNOT_PARSE_TEXT }
SELECT toIPv6('x'); -- { serverError CANNOT_PARSE_IPV6 }
SELECT toIPv6('::1x'); -- { serverError CANNOT_PARSE_TEXT }
SELECT toIPv4OrNull(5); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT toIPv4OrDefault('x', '1.1.1.1'); -- { serverError BAD_ARGUMENTS }
SELECT toIPv4(NULL), toIPv4(toNullable('x')), CAST('1.2.3.4' AS INET4), CAST('::1' AS inet6), CAST('1.2.3.4' AS Nullable(IPv4)), CAST(NULL AS Nullable(IPv6)), ['1.2.3.4']::Array(IPv4), ('::1', 1)::Tuple(IPv6, UInt8);
SELECT CAST('::1' AS ipv6); -- { serverError UNKNOWN_TYPE }
SELECT 'x'::IPv4, toIPv6('x'), toIPv6OrNull('x'), IPv4StringToNum('x') SETTINGS cast_ipv4_ipv6_default_on_conversion_error = 1;

-- Numbers and bytes.
SELECT toUInt64(toIPv4('1.2.3.4')), toUInt32(toIPv4('1.2.3.4')), toString(toIPv4('1.2.3.4')), toBool(toIPv4('0.0.0.4')), toIPv4(toUInt16(5)), true::IPv4, 16909060::UInt64::IPv4, CAST(16909060 AS IPv4);
SELECT toUInt8(toIPv4('1.2.3.4')); -- { serverError NOT_IMPLEMENTED }
SELECT toInt64(toIPv4('1.2.3.4')); -- { serverError NOT_IMPLEMENTED }
SELECT toFloat64(toIPv4('1.2.3.4')); -- { serverError NOT_IMPLEMENTED }
SELECT toDecimal32(toIPv4('0.0.0.4'), 1); -- { serverError ILLEGAL_COLUMN }
SELECT toIPv4(toInt64(5)); -- { serverError NOT_IMPLEMENTED }
SELECT 4294967296::IPv4; -- { serverError CANNOT_PARSE_IPV4 }
SELECT toIPv6(1); -- { serverError NOT_IMPLEMENTED }
SELECT toUInt32(toIPv6('::1')); -- { serverError NOT_IMPLEMENTED }
SELECT accurateCast(5, 'IPv4'); -- { serverError CANNOT_CONVERT_TYPE }
SELECT accurateCastOrNull(toUInt32(5), 'IPv4'), accurateCastOrNull('x', 'IPv4');
SELECT toIPv6(toIPv4('1.2.3.4')), toIPv4(toIPv6('::ffff:1.2.3.4')), toIPv6(toFixedString('1234567890123456', 16));
SELECT toIPv4(toIPv6('::1')); -- { serverError CANNOT_CONVERT_TYPE }
SELECT toIPv4('1.2.3.4') + 1, toTypeName(toIPv4('1.2.3.4') + 1), toTypeName(toIPv4('1.2.3.4') - toIPv4('1.2.3.4')), toIPv4('1.2.3.4') % 16, intDiv(toIPv4('1.2.3.4'), 256), bitAnd(toIPv4('1.2.3.4'), 255);
SELECT -toIPv4('1.2.3.4'); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT hex(toIPv4('1.2.3.4')), hex(toIPv6('::1')), hex(toIPv4('0.0.0.4')), bin(toIPv4('1.2.3.4')), empty(toIPv6('::')), notEmpty(toIPv6('::1'));
SELECT cityHash64(toIPv4('1.2.3.4')), cityHash64(toIPv6('::1')), sipHash64(toIPv4('1.2.3.4')), sipHash64(toIPv6('::1'));

-- Comparisons.
SELECT toIPv4('1.2.3.4') = '1.2.3.4', toIPv4('1.2.3.4') = 16909060, toIPv4('1.2.3.4') < '1.2.3.5', toIPv6('::1') = '::1', toIPv6('::ffff:1.2.3.4') = toIPv4('1.2.3.4'), toIPv4('1.2.3.4') < toIPv6('::1'), toIPv6('1.2.3.4') = '1.2.3.4', toIPv6('::1') = toFixedString('a', 16);
SELECT toIPv4('1.2.3.4') = 'x'; -- { serverError CANNOT_PARSE_IPV4 }
SELECT toIPv6('::1') = 'x'; -- { serverError CANNOT_PARSE_IPV6 }
SELECT toIPv6('::1') = 1; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT toIPv4('1.2.3.4') = 1.5; -- { serverError NOT_IMPLEMENTED }
SELECT toIPv4('1.2.3.4') = -1; -- { serverError NOT_IMPLEMENTED }
SELECT toIPv4('1.2.3.4') = materialize('1.2.3.4'); -- { serverError NO_COMMON_TYPE }
SELECT toIPv4('1.2.3.4') = toDate(1); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT toIPv4('1.2.3.4') = toDateTime(1); -- { serverError NO_COMMON_TYPE }
SELECT toIPv4('1.2.3.4') IN ('1.2.3.4', '1.1.1.1'), toIPv4('1.2.3.4') IN (16909060), toIPv6('::1') IN ('::1'), toIPv6('::1') IN (toIPv6('::1')), toIPv6('::1') IN ('1.2.3.4', '::1'), toIPv4('1.2.3.4') IN (SELECT toIPv4('1.2.3.4'));
SELECT toIPv4('1.2.3.4') IN ('x'); -- { serverError CANNOT_PARSE_IPV4 }
SELECT toIPv6('::1') IN (toIPv4('1.2.3.4')); -- { serverError TYPE_MISMATCH }
SELECT toIPv4('1.2.3.4') IN (toIPv6('::1')); -- { serverError TYPE_MISMATCH }
SELECT greatest(toIPv4('1.2.3.4'), toIPv4('1.2.3.5')), toTypeName(greatest(toIPv4('1.2.3.4'), toIPv4('1.2.3.5'))), toTypeName([toIPv4('1.2.3.4'), 1]), if(1, toIPv4('1.2.3.4'), toIPv4('1.1.1.1')), coalesce(NULL, toIPv4('1.1.1.1'));
SELECT if(toIPv4('1.2.3.4'), 1, 2); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT 1 WHERE toIPv4('1.2.3.4'); -- { serverError ILLEGAL_TYPE_OF_COLUMN_FOR_FILTER }
SELECT sum(toIPv4('1.2.3.4')); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT min(x), max(x), count(x), uniq(x), uniqExact(x), any(x), groupArray(x), argMin(x, x) FROM (SELECT toIPv4(number) AS x FROM numbers(3));
SELECT min(x), max(x), count(x), uniq(x), any(x), groupUniqArray(x), argMin(x, x) FROM (SELECT toIPv6(toIPv4(number)) AS x FROM numbers(1));

-- Functions.
SELECT IPv4NumToString(16909060), IPv4NumToString(toIPv4('1.2.3.4')), IPv4NumToString(toUInt8(5)), IPv4NumToString(toUInt16(500)), IPv4NumToStringClassC(16909060), inet_ntoa(1);
SELECT IPv4NumToString(toUInt64(16909060)); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT IPv4NumToString('x'); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT IPv4StringToNum('1.2.3.4'), toTypeName(IPv4StringToNum('1.2.3.4')), INET_ATON('1.2.3.4'), IPv4StringToNumOrDefault('x'), IPv4StringToNumOrNull('x'), IPv4StringToNumOrNull('01.2.3.4');
SELECT IPv4StringToNum('x'); -- { serverError CANNOT_PARSE_IPV4 }
SELECT IPv4StringToNum(1); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT IPv4StringToNum('1.2.3.4 '); -- { serverError CANNOT_PARSE_IPV4 }
SELECT IPv6NumToString(toIPv6('::1')), IPv6NumToString(toFixedString(unhex('2A0206B8000000000000000000000011'), 16)), INET6_NTOA(toFixedString(unhex('2A0206B8000000000000000000000011'), 16));
SELECT IPv6NumToString('x'); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT hex(IPv6StringToNum('2a02:6b8::11')), toTypeName(IPv6StringToNum('::1')), hex(INET6_ATON('1.2.3.4')), hex(IPv6StringToNumOrDefault('x')), IPv6StringToNumOrNull('x');
SELECT IPv6StringToNum('x'); -- { serverError CANNOT_PARSE_IPV6 }
SELECT isIPv4String('1.2.3.4'), isIPv4String('x'), isIPv4String('1.2.3.4.5'), isIPv4String('01.2.3.4'), isIPv6String('::1'), isIPv6String('x'), isIPv6String('1.2.3.4'), isIPv6String('::ffff:1.2.3.4'), isIPv4String('');
SELECT isIPv4String(1); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT hex(IPv4ToIPv6(16909060)), toTypeName(IPv4ToIPv6(16909060)), IPv4ToIPv6(toIPv4('1.2.3.4'));
SELECT IPv4ToIPv6(toUInt8(5)); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT cutIPv6(toFixedString(unhex('2A0206B8000000000000000000000011'), 16), 2, 0), cutIPv6(IPv6StringToNum('::ffff:1.2.3.4'), 2, 1), cutIPv6(toIPv6('::1'), 2, 1), cutIPv6(toIPv6('2001:db8:1:2:3:4:5:6'), 16, 1), cutIPv6(toIPv6('2001:db8:1:2:3:4:5:6'), 3, 1);
SELECT cutIPv6(toIPv6('::'), 17, 1); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT cutIPv6(toIPv6('::'), -1, 1); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT cutIPv6('::1', 3, 1); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT cutIPv6(toIPv6('::'), materialize(3), 1); -- { serverError ILLEGAL_COLUMN }
SELECT isIPAddressInRange('127.0.0.1', '127.0.0.0/8'), isIPAddressInRange('127.0.0.1', 'ffff::/16'), isIPAddressInRange('::ffff:192.168.0.1', '::ffff:192.168.0.4/128'), isIPAddressInRange(toIPv4('1.2.3.4'), '1.2.0.0/16'), isIPAddressInRange(toIPv6('::1'), '::/0'), isIPAddressInRange('1.2.3.4', '1.2.0.0/016'), isIPAddressInRange('1.2.3.4', '1.2.0.0/0'), isIPAddressInRange(toIPv6('::ffff:1.2.3.4'), '1.2.0.0/16');
SELECT isIPAddressInRange(toNullable('127.0.0.1'), '127.0.0.0/8'), toTypeName(isIPAddressInRange(toNullable('127.0.0.1'), '127.0.0.0/8'));
SELECT isIPAddressInRange('x', '127.0.0.0/8'); -- { serverError CANNOT_PARSE_TEXT }
SELECT isIPAddressInRange('127.0.0.1', '127.0.0.0'); -- { serverError CANNOT_PARSE_TEXT }
SELECT isIPAddressInRange('127.0.0.1', '127.0.0.0/33'); -- { serverError CANNOT_PARSE_TEXT }
SELECT isIPAddressInRange('127.0.0.1', '/8'); -- { serverError CANNOT_PARSE_TEXT }
SELECT isIPAddressInRange(NULL, '127.0.0.0/8'); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT isIPAddressInRange(1, '1.2.0.0/16'); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT IPv4CIDRToRange(toIPv4('192.168.5.2'), 16), toTypeName(IPv4CIDRToRange(toIPv4('192.168.5.2'), 16)), IPv6CIDRToRange(toIPv6('2001:0db8:0000:85a3:0000:0000:ac1f:8001'), 32), toTypeName(IPv6CIDRToRange(toIPv6('::'), 32));
SELECT IPv4CIDRToRange(toIPv4('192.168.5.2'), 33), IPv4CIDRToRange(toIPv4('192.168.5.2'), 0), IPv6CIDRToRange(toIPv6('::1'), 200), IPv4CIDRToRange(1, 16);
SELECT IPv4CIDRToRange('192.168.5.2', 16); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT IPv4CIDRToRange(toIPv4('1.1.1.1'), toUInt16(8)); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }

-- Tables.
CREATE TABLE ip (x IPv4, y IPv6, n Nullable(IPv6), a Array(IPv4), d IPv4 DEFAULT '9.9.9.9', INDEX i y TYPE bloom_filter GRANULARITY 1, INDEX j x TYPE minmax GRANULARITY 1) ENGINE = MergeTree ORDER BY (y, x) SETTINGS index_granularity = 2;
INSERT INTO ip (x, y, n, a) VALUES ('1.2.3.4', '::2', NULL, ['1.1.1.1']), ('200.0.0.1', '2001:db8::1', '::5', []), ('1.2.3.4', '1.2.3.4', '::', ['0.0.0.0', '255.255.255.255']);
INSERT INTO ip (x, y) SELECT toIPv4(number + 4294967290), toIPv6(toIPv4(number)) FROM numbers(5);
SELECT * FROM ip ORDER BY y, x;
SELECT x, y FROM ip ORDER BY x DESC, y LIMIT 3;
SELECT x, count() FROM ip GROUP BY x ORDER BY x;
SELECT count() FROM ip WHERE y = '::2';
SELECT count() FROM ip WHERE y < '::ffff:0.0.0.3' AND y > '::1';
SELECT count() FROM ip WHERE y IN ('::2', '1.2.3.4');
SELECT count() FROM ip WHERE x >= '200.0.0.1' AND x < toIPv4(4294967293);
SELECT count() FROM ip WHERE has(a, toIPv4('0.0.0.0'));
SELECT min(y), max(y), min(n), max(x), uniq(x) FROM ip;
ALTER TABLE ip UPDATE n = '::7' WHERE x = '1.2.3.4';
SELECT n FROM ip ORDER BY y, x;
DROP TABLE ip;
CREATE TABLE ip (x IPv4, y IPv6) ENGINE = MergeTree PARTITION BY (x, y) ORDER BY tuple();
INSERT INTO ip VALUES ('1.2.3.4', '::1'), ('1.2.3.5', '::1');
SELECT partition, partition_id FROM system.parts WHERE active AND table = 'ip' AND database = currentDatabase() ORDER BY partition;
ALTER TABLE ip DROP PARTITION ('1.2.3.4', '::1');
SELECT * FROM ip;
DROP TABLE ip;
CREATE TABLE ip (x UInt32, y String, z IPv4, v IPv6) ENGINE = MergeTree ORDER BY ();
INSERT INTO ip VALUES (5, '1.1.1.1', '1.2.3.4', '::1');
ALTER TABLE ip MODIFY COLUMN x IPv4, MODIFY COLUMN y IPv4, MODIFY COLUMN z IPv6, MODIFY COLUMN v String;
SELECT * FROM ip;
DROP TABLE ip;
CREATE TABLE ip (x IPv4) ENGINE = MergeTree ORDER BY x;
ALTER TABLE ip MODIFY COLUMN x UInt32; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
DROP TABLE ip;
CREATE TABLE ip (x LowCardinality(IPv4)) ENGINE = MergeTree ORDER BY (); -- { serverError SUSPICIOUS_TYPE_FOR_LOW_CARDINALITY }

-- Formats.
SELECT toIPv4('1.2.3.4') AS x, toIPv6('::1') AS y, [x] AS z FORMAT CSV;
SELECT toIPv4('1.2.3.4') AS x, toIPv6('::1') AS y, [x] AS z, (x, y) AS t FORMAT JSONEachRow;
SELECT toIPv4('1.2.3.4') AS x, toIPv6('::1') AS y, [x] AS z, (x, y) AS t FORMAT Values;
SELECT name, alias_to, case_insensitive FROM system.data_type_families WHERE name IN ('IPv4', 'IPv6', 'INET4', 'INET6') ORDER BY name;
