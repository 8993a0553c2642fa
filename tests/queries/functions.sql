-- Scalar functions, family by family.

-- arithmetic
SELECT 1 + 2, 5 - 7, 3 * 4, 7 / 2, 7 % 3, -7 % 3, intDiv(7, 2), intDiv(-7, 2), -(5), abs(-3), modulo(10, 3);
SELECT round(2.5), round(3.5), round(-2.5), round(1.2345, 2), floor(1.7), floor(-1.2), ceil(1.2), trunc(-1.7), round(1234, -2);
SELECT sqrt(16), pow(2, 10), exp(0), log(1), log2(8), log10(1000), sin(0), cos(0), pi() > 3.14, sign(-5), cbrt(27);
SELECT least(3, 1, 2), greatest(3, 1, 2), gcd(12, 18), lcm(4, 6), bitAnd(12, 10), bitOr(12, 10), bitXor(12, 10), bitNot(toUInt8(1)), bitShiftLeft(1, 4), bitShiftRight(16, 2);
SELECT 1 / 0, -1 / 0, 0 / 0, intDivOrZero(1, 0), isNaN(nan), isFinite(inf), isInfinite(-inf), plus(1, 2), minus(1, 2), multiply(2, 3), divide(1, 2), negate(1);
SELECT intDiv(1, 0); -- { serverError ILLEGAL_DIVISION }
-- comparison and logic
SELECT 1 = 1, 1 != 1, 1 < 2, 2 <= 2, 3 > 4, 4 >= 4, 'a' < 'b', 'a' = 'a', [1, 2] < [1, 3], (1, 2) = (1, 2), 1 = 1.0;
SELECT 1 AND 0, 1 OR 0, NOT 1, xor(1, 0), 1 AND NULL, 0 AND NULL, 1 OR NULL, NULL = NULL, NULL IS NULL, 1 IS NOT NULL, and(1, 1, 0), or(0, 0, 1);
SELECT 1 IN (1, 2), 3 NOT IN (1, 2), 'a' IN ('a', 'b'), (1, 'a') IN ((1, 'a'), (2, 'b')), 1 IN (SELECT 1), 5 BETWEEN 1 AND 10, 5 NOT BETWEEN 1 AND 4, NULL IN (1);
-- conditional
SELECT if(1, 'a', 'b'), if(0, 1, 2.5), multiIf(0, 1, 1, 2, 3), CASE WHEN 1 = 2 THEN 'x' ELSE 'y' END, CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END, 1 ? 2 : 3;
SELECT ifNull(NULL, 1), ifNull(2, 1), coalesce(NULL, NULL, 3), nullIf(1, 1), nullIf(1, 2), if(NULL, 1, 2), isNull(1), isNotNull(1);
-- strings
SELECT length('abc'), lower('ABC'), upper('abc'), concat('a', 'b', 'c'), 'a' || 'b', reverse('abc'), repeat('ab', 3), empty(''), notEmpty('a'), lengthUTF8('πx');
SELECT substring('hello', 2, 3), substring('hello', -3), substr('hello', 2), left('hello', 2), right('hello', 2), position('hello', 'l'), position('hello', 'z'), locate('l', 'hello'), positionCaseInsensitive('HELLO', 'l');
SELECT trim('  a '), trimLeft('  a'), trimRight('a  '), trim(BOTH 'x' FROM 'xxaxx'), replaceAll('aXbX', 'X', '-'), replaceOne('aXbX', 'X', '-'), replaceRegexpAll('a1b2', '[0-9]', '#'), replaceRegexpOne('a1b2', '[0-9]', '#');
SELECT 'hello' LIKE 'h%', 'hello' LIKE '_ello', 'hello' NOT LIKE 'x%', 'HELLO' ILIKE 'hel%', match('abc123', '[0-9]+'), extract('abc123', '[0-9]+'), startsWith('hello', 'he'), endsWith('hello', 'lo');
SELECT splitByChar(',', 'a,b,c'), splitByString('--', 'a--b'), arrayStringConcat(['a', 'b'], '-'), toString(123), toString(1.5), toString(toDate('2024-01-01')), hex('abc'), unhex('616263'), hex(255), base64Encode('abc'), base64Decode('YWJj');
SELECT leftPad('7', 3, '0'), rightPad('7', 3, '0'), char(65, 66), ascii('A'), format('{} {}', 'a', 'b'), countSubstrings('aXbXc', 'X'), hasToken('a b c', 'b'), extractAll('a1b22', '[0-9]+');
-- casts
SELECT toInt32('42'), toUInt8('7'), toFloat64('1.5'), toInt32OrZero('x'), toInt32OrNull('x'), toFloat64OrNull('1.5'), CAST('5' AS Int16), '5'::Int16, CAST(1.9 AS Int8), toInt8(1.9), toString([1, 2]), accurateCastOrNull(300, 'UInt8');
SELECT toDate('2024-01-15'), toDate(19737), toDateTime('2024-01-15 01:02:03', 'UTC'), toDateOrNull('x'), toDateOrZero('x'), toUInt64(toDateTime('1970-01-02 00:00:00', 'UTC')), parseDateTimeBestEffort('2024-01-15T01:02:03Z', 'UTC');
SELECT toInt32('4x2'); -- { serverError CANNOT_PARSE_TEXT }
-- dates
SELECT toYear(toDate('2024-03-15')), toMonth(toDate('2024-03-15')), toDayOfMonth(toDate('2024-03-15')), toDayOfWeek(toDate('2024-03-15')), toDayOfYear(toDate('2024-03-15')), toQuarter(toDate('2024-03-15')), toYYYYMM(toDate('2024-03-15')), toYYYYMMDD(toDate('2024-03-15'));
SELECT toHour(toDateTime('2024-03-15 13:14:15', 'UTC')), toMinute(toDateTime('2024-03-15 13:14:15', 'UTC')), toSecond(toDateTime('2024-03-15 13:14:15', 'UTC')), toUnixTimestamp(toDateTime('2024-03-15 13:14:15', 'UTC'));
SELECT toStartOfMonth(toDate('2024-03-15')), toStartOfYear(toDate('2024-03-15')), toMonday(toDate('2024-03-15')), toStartOfQuarter(toDate('2024-03-15')), toStartOfHour(toDateTime('2024-03-15 13:14:15', 'UTC')), toStartOfDay(toDateTime('2024-03-15 13:14:15', 'UTC')), toStartOfMinute(toDateTime('2024-03-15 13:14:15', 'UTC'));
SELECT toDate('2024-01-31') + 1, toDate('2024-01-31') + INTERVAL 1 MONTH, toDate('2024-02-29') - INTERVAL 1 YEAR, toDateTime('2024-01-01 00:00:00', 'UTC') + INTERVAL 90 MINUTE, addDays(toDate('2024-01-01'), 5), subtractDays(toDate('2024-01-01'), 1), addMonths(toDate('2024-01-31'), 1), addHours(toDateTime('2024-01-01 00:00:00', 'UTC'), 25);
SELECT dateDiff('day', toDate('2024-01-01'), toDate('2024-03-01')), dateDiff('month', toDate('2024-01-31'), toDate('2024-03-01')), toDate('2024-03-01') - toDate('2024-01-01'), formatDateTime(toDateTime('2024-03-15 13:14:15', 'UTC'), '%Y-%m-%d %H:%i:%S'), dateTrunc('month', toDate('2024-03-15'));
-- arrays
SELECT length([1, 2, 3]), [1, 2, 3][2], [1, 2, 3][-1], [1, 2, 3][10], arrayConcat([1], [2, 3]), has([1, 2], 2), indexOf([1, 2, 3], 2), arrayReverse([1, 2, 3]), arraySort([3, 1, 2]), arrayReverseSort([3, 1, 2]), arrayDistinct([1, 1, 2]), range(5), range(2, 5);
SELECT arraySum([1, 2, 3]), arrayAvg([1, 2, 3]), arrayMin([3, 1]), arrayMax([3, 1]), arrayCount(x -> x > 1, [1, 2, 3]), arrayMap(x -> x * 2, [1, 2, 3]), arrayFilter(x -> x > 1, [1, 2, 3]), arrayExists(x -> x = 2, [1, 2]), arrayAll(x -> x > 0, [1, 2]), arrayMap((x, y) -> x + y, [1, 2], [10, 20]);
SELECT arraySlice([1, 2, 3, 4], 2, 2), arrayPushBack([1], 2), arrayPushFront([1], 0), arrayPopBack([1, 2]), arrayPopFront([1, 2]), arrayFirst(x -> x > 1, [1, 2, 3]), arrayEnumerate([5, 6]), arrayUniq([1, 1, 2]), empty([]), notEmpty([1]), hasAny([1, 2], [2, 3]), hasAll([1, 2, 3], [1, 2]), arrayResize([1, 2], 4), arrayCumSum([1, 2, 3]), arrayFlatten([[1], [2, 3]]), arrayZip([1, 2], ['a', 'b']), arrayWithConstant(3, 7);
SELECT arrayJoin([1, 2, 3]) AS x, x * 10;
-- tuples and others
SELECT tupleElement((1, 'a'), 2), (1, 'a').1, tuple(1, 2), identity(5), materialize(5), toTypeName(materialize(1)), ignore(1, 2), version() != '', currentDatabase() != '';
-- distances
SELECT L2Distance([1., 2.], [4., 6.]), L2SquaredDistance([1, 2], [4, 6]), L1Distance([1, 2], [4, 6]), LinfDistance([1, 2], [4, 6]), cosineDistance([1., 0.], [0., 1.]), dotProduct([1, 2], [3, 4]), cosineDistance([1, 0], [0, 0]), scalarProduct([1, 2], [3, 4]);
SELECT toTypeName(L2Distance([1., 2.], [4., 6.])), toTypeName(L2Distance([1, 2], [4, 6])), toTypeName(L2Distance([1, 2]::Array(Float32), [4, 6])), toTypeName(dotProduct([1, 2], [3, 4])), toTypeName(cosineDistance([1, 2]::Array(Float32), [4., 6.]));
SELECT L2Distance([1, 2], [1, 2, 3]); -- { serverError SIZES_OF_ARRAYS_DONT_MATCH }
-- aliases and cases of names
SELECT LOWER('A'), Upper('a'), LENGTH('abc'), lcase('A'), ucase('a'), CEILING(1.2), POWER(2, 3), SUBSTR('abc', 2), IF(1, 2, 3), COALESCE(NULL, 1);
SELECT noSuchFunction(1); -- { serverError UNKNOWN_FUNCTION }
SELECT plus(1); -- { serverError NUMBER_OF_ARGUMENTS_DOESNT_MATCH }
SELECT 'a' + 1; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT lower(1); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }

-- Patterns and replacements of each row's own
SELECT match(s, p), s LIKE concat('%', l, '_'),
    replaceRegexpAll(s, p, r), replaceRegexpOne(s, p, r), replaceAll(s, l, r), replaceOne(s, l, r)
FROM values('s String, p String, r String, l String', ('abcabc', 'b(c)', '<\\1>', 'b'), ('abcabc', 'b(c)', '<\\0>', 'b'),
    ('abcabc', 'a', '', 'c'), ('xyz', 'a', '', ''), ('abcabc', 'b(c)', '<\\1>', 'ca'), ('', 'a*', 'z', 'a'))
ORDER BY ALL;
SELECT replaceRegexpAll(s, p, '\\1') FROM values('s String, p String', ('a', '(a)'), ('a', 'a')); -- { serverError BAD_ARGUMENTS }

-- Empty matches
SELECT
    replaceRegexpAll('abc','x*','-'), replaceRegexpOne('abc','x*','-'),
    replaceRegexpOne('','x*','-'), replaceRegexpAll('abc','b*','-'), replaceRegexpAll('abc','$','-'), replaceRegexpAll('abc','^','-'), replaceRegexpAll('','^','-'), replaceRegexpOne('abc', '$', '-'), replaceRegexpOne('xabc', 'b*', '-');
SELECT replaceRegexpAll(materialize('abc'),'x*','-'), replaceRegexpAll(materialize('ab'),'$','-'), replaceRegexpAll(materialize('bbabb'),'b*','-'), replaceRegexpAll(materialize('яb'),'x*','-'), replaceRegexpAll(materialize('a b c'),'\\b','|');
SELECT countMatches('abc', 'x*'), countMatches('abcb', 'b*'), extractAll('abcb', 'b*'), splitByRegexp('x*', 'abc'), splitByRegexp('b*', 'abc'), extract('abc', 'x*');
SELECT replaceRegexpAll('abc','','-'), replaceRegexpOne('abc','','-'), replaceRegexpAll('','','-'), replaceRegexpOne(materialize('abc'),materialize(''),'-');
SELECT
    extractAll('bbab','b*'), extractAll('abab','a(x?)b'), extractAll('abab','(x?)'), splitByRegexp('b*','bbab'),
    splitByRegexp('b*','abab'), countMatches('bbab','b*'), extract('bbab','b*'), splitByRegexp('$','ab'), extractAll('ab','\\b');
SELECT extractAllGroupsVertical('bbab', '(b*)'), extractGroups('ab', '(x*)'), splitByRegexp('[,;]', 'a,b;c'), splitByRegexp(',', ',a,');
