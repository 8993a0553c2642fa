-- Data types: names, limits, text forms, defaults.

SELECT toTypeName(1), toTypeName(-1), toTypeName(256), toTypeName(65536), toTypeName(4294967296), toTypeName(1.5), toTypeName('a'), toTypeName(NULL), toTypeName(true);
SELECT toTypeName([1, 2]), toTypeName([1, -1]), toTypeName([1, 1000]), toTypeName([1, 2.5]), toTypeName([]), toTypeName([NULL, 1]), toTypeName(['a']);
SELECT toTypeName((1, 'a')), toTypeName(tuple(1)), toTypeName([(1, 'a')]), toTypeName(tuple());
SELECT 255::UInt8, 65535::UInt16, 4294967295::UInt32, 18446744073709551615::UInt64;
SELECT -128::Int8, -32768::Int16, -2147483648::Int32, -9223372036854775808::Int64;
SELECT toUInt8(256), toInt8(200), toUInt8(-1), toInt32(4294967295);
SELECT 0.1::Float32, 0.1::Float64, 1e100, inf, -inf, nan, 1e-10, 123456789.123456789, 1.0, 100000000000000000000.0;
SELECT toBFloat16(1.5), toBFloat16(3.14159), toTypeName(toBFloat16(1));
SELECT true, false, true::UInt8, toTypeName(true), 1::Bool, 'true'::Bool, toTypeName(1 = 1);
SELECT 'a\tb\nc\\d\'e', 'π', '', '\0' = '', length('π'), length('\0');
SELECT toFixedString('ab', 4), toTypeName(toFixedString('ab', 4)), length(toFixedString('ab', 4)), 'abc'::FixedString(3);
SELECT toDate('2024-02-29'), toDate(0), toDate(65535), '1970-01-01'::Date, toTypeName(toDate('2024-01-01'));
SELECT toDateTime('2024-02-29 12:34:56', 'UTC'), toDateTime(0, 'UTC'), toDateTime(4294967295, 'UTC'), toTypeName(toDateTime('2024-01-01 00:00:00', 'UTC'));
SELECT toDateTime('2024-02-29 12:34:56', 'Asia/Tokyo'), toUnixTimestamp(toDateTime('2024-02-29 12:34:56', 'Asia/Tokyo'));
SELECT toDateTime64('2024-02-29 12:34:56.789', 3, 'UTC'), toTypeName(toDateTime64('2024-02-29 12:34:56.789', 3, 'UTC')), toDateTime64('2024-02-29 12:34:56.789123', 6, 'UTC'), toDateTime64(1.5, 1, 'UTC');
SELECT toDecimal32(1.5, 2), toDecimal64('123.456', 3), toDecimal128(-1, 10), '1.005'::Decimal(10, 2), toTypeName(toDecimal32(1, 2)), 1.5::Decimal(5, 1);
SELECT toDecimal32(1.1, 1) + toDecimal32(2.22, 2), toDecimal32(1.5, 1) * 2, toDecimal32(10, 2) / 3;
SELECT toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0'), toTypeName(toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0')), toUUID('00000000-0000-0000-0000-000000000000') < toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0');
SELECT 'a'::Enum8('a' = 1, 'b' = 2), CAST('b', 'Enum16(\'a\' = 1, \'b\' = 1000)'), CAST(1, 'Enum8(\'a\' = 1)'), toTypeName('a'::Enum8('a', 'b')), 'b'::Enum8('a', 'b')::Int8;
SELECT toNullable(1), toTypeName(toNullable(1)), NULL::Nullable(String), 1::Nullable(UInt8) + NULL, assumeNotNull(toNullable(3)), isNull(NULL), toTypeName(1 + NULL);
SELECT 'a'::LowCardinality(String), toTypeName('a'::LowCardinality(String)), toTypeName(toLowCardinality('a')), NULL::LowCardinality(Nullable(String));
SELECT [1, 2, 3], [[1], [2, 3]], [], ['a\'b', 'c'], [NULL, 1], [(1, 'a')], [toDate('2024-01-01')], [1.5, 2];
SELECT (1, 'a', [1]), tuple(1), (1, (2, 3)), (NULL, 1), tuple('x', toDate('2024-01-01'));
SELECT CAST((1, 'a'), 'Tuple(x UInt8, y String)') AS t, t.x, t.y, t.1;
SELECT toIntervalDay(3), toTypeName(INTERVAL 3 DAY), INTERVAL 1 HOUR;
SELECT toTypeName(toDate('2024-01-01') + 1), toTypeName(toDateTime(0) + 1), toTypeName(1 / 2), toTypeName(intDiv(5, 2)), toTypeName(1 + 1), toTypeName(1 - 2), toTypeName(toInt32(1) * toInt64(2)), toTypeName(toUInt8(1) + toFloat32(1));

CREATE TABLE d (u UInt8, i Int64, f Float32, b Bool, s String, fs FixedString(2), d Date, dt DateTime('UTC'), dt6 DateTime64(6, 'UTC'), dc Decimal(9, 3), id UUID, e Enum8('x' = 3, 'y' = 1), n Nullable(Int8), l LowCardinality(String), a Array(Float32), t Tuple(UInt8, String)) ENGINE = MergeTree ORDER BY u;
INSERT INTO d (u) VALUES (1);
SELECT * FROM d FORMAT Vertical;
INSERT INTO d VALUES (2, -5, 1.5, true, 'x\ty', 'ab', '2024-01-02', '2024-01-02 03:04:05', '2024-01-02 03:04:05.123456', 1.2345, '61f0c404-5cb3-11e7-907b-a6006ad3dba0', 'y', NULL, 'low', [1, 2.5], (7, 'q'));
SELECT * FROM d WHERE u = 2 FORMAT Vertical;
SELECT * FROM d ORDER BY u FORMAT TSV;
DESCRIBE TABLE d;
SELECT toTypeName(u), toTypeName(dt), toTypeName(dt6), toTypeName(dc), toTypeName(e), toTypeName(l), toTypeName(a), toTypeName(t) FROM d LIMIT 1;
SELECT u FROM d WHERE e = 'x';
SELECT u FROM d WHERE d = '2024-01-02' AND dt = '2024-01-02 03:04:05' AND dc > 1.2;
DROP TABLE d;
SELECT 'x'::Enum8('a' = 1); -- { serverError UNKNOWN_ELEMENT_OF_ENUM }
SELECT 'abc'::FixedString(2); -- { serverError TOO_LARGE_STRING_SIZE }
SELECT 'abc'::UInt8; -- { serverError CANNOT_PARSE_TEXT }
SELECT 'x'::NoSuchType; -- { serverError UNKNOWN_TYPE }
SELECT CAST(NULL AS UInt8); -- { serverError CANNOT_CONVERT_TYPE }
SELECT toUUID('nonsense'); -- { serverError CANNOT_PARSE_UUID }
SELECT toDate('nonsense'); -- { serverError CANNOT_PARSE_DATE }
