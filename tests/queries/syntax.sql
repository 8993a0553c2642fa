-- What is particular in ClickHouse's syntax, and what its parser refuses.

SELECT 1 + 2 * 3 - 4 / 2, (1 + 2) * 3, -2 * -3, 2 - -1, - 1, 7 DIV 2 MOD 2, 10 % 4 * 2;
SELECT NOT 1 = 2, NOT (1 AND 0), 1 = 1 = 1, 1 OR 0 AND 0, 1 BETWEEN 0 AND 2 AND 1, 1 IS NULL = 0, NULL IS NULL;
SELECT 1 ? 'a' : 'b', (1, 'x').1, (1, 'x').2, [10, 20, 30][2], [[1, 2], [3]][1][2], ((1, 2), 3).1.2;
SELECT 0x1F, 0b101, 1e3, 1.5e-3, 1_000_000, .5, 5., inf, -inf, nan, 0xff + 1;
SELECT 'it''s', 'a\'b', 'tab\tend', '\x41\x42', $$raw 'text' \n$$, $tag$a $$ b$tag$, x'4142', b'01000001', "a" FROM (SELECT 1 AS a);
SELECT `a b`, "c d" FROM (SELECT 1 AS `a b`, 2 AS "c d");
SELECT 1::UInt8, '5'::Int32 + 1, [1, 2]::Array(Float32), '2024-01-01'::Date, 1.50::Decimal(5, 2), CAST('7' AS UInt16), CAST(8, 'String') || '!', (1, 'a')::Tuple(UInt8, String), NULL::Nullable(Int8);
SELECT DATE '2024-01-01' + INTERVAL 1 DAY, TIMESTAMP '2024-01-01 00:00:00' - INTERVAL 1 HOUR > '2023-01-01', DATE '2024-01-31' + INTERVAL '1 month';
SELECT EXTRACT(YEAR FROM DATE '2024-03-05'), EXTRACT(MONTH FROM DATE '2024-03-05'), EXTRACT(DAY FROM DATE '2024-03-05'), SUBSTRING('hello' FROM 2 FOR 3), TRIM(LEADING 'x' FROM 'xxa'), TRIM(BOTH ' ' FROM '  a  '), POSITION('l' IN 'hello'), date_add(DAY, 3, DATE '2024-01-01'), date_sub(MONTH, 1, DATE '2024-01-31'), dateDiff('day', DATE '2024-01-01', DATE '2024-02-01'), DATE_DIFF(month, DATE '2024-01-01', DATE '2024-03-01');
SELECT arrayMap(x -> x * 2, [1, 2]), arrayFilter((x, y) -> x < y, [1, 5], [2, 4]), arrayMap(x -> (y -> x + y)(1), [1]); -- { clientError SYNTAX_ERROR }
SELECT arrayMap(x -> arrayMap(y -> x + y, [10, 20]), [1, 2]), arraySum(x -> x * x, [1, 2, 3]);
SELECT (1 AS a) + a, a * 10 AS b, b + a;
SELECT count(*), count(), COUNT(1), sum(number) FILTER (WHERE number > 2), countIf(number > 2), count(DISTINCT number % 2) FROM numbers(5);
SELECT number, number AS n, n + 1 m FROM numbers(2) ORDER BY n DESC;
SELECT * FROM (SELECT 1 AS x, 2 AS y) AS t1, (SELECT 3 AS z) AS t2;
SELECT a, b, FROM (SELECT 1 AS a, 2 AS b);
SELECT TOP 2 number FROM numbers(5);
SELECT DISTINCT ON (number % 2) number FROM numbers(5) ORDER BY number;
SELECT number FROM numbers(5) ORDER BY number DESC FETCH FIRST 2 ROWS ONLY;
SELECT number FROM numbers(10) LIMIT 2 OFFSET 3;
SELECT number FROM numbers(3) WHERE number = 1 OR number = 2 AND number = 3;
SELECT 1 -- a comment
  , 2 /* another /* nested */ one */, 3 # and a third
;
SELECT 1 AS from_, 2 AS `from`, 3 AS date, date + 1, 4 AS interval, interval + 1;
SELECT 1 IN (1), 1 IN 1, (1, 2) IN ((1, 2), (3, 4)), 2 NOT IN (1, 3), 1 IN (SELECT 1 UNION ALL SELECT 2), 'a' IN ('a', 'b'), 1 IN [1, 2], (1, 2) IN (1, 2);
SELECT 1 IN (1), 1 IN 1, (1, 2) IN ((1, 2), (3, 4)), 2 NOT IN (1, 3), 1 IN (SELECT 1 UNION ALL SELECT 2), 'a' IN ('a', 'b'), 1 IN [1, 2];
SELECT 'abc' LIKE 'a%', 'abc' NOT LIKE '_b', 'ABC' ILIKE 'a%c', 'abc' REGEXP '^a.c$', 1 <=> NULL, NULL <=> NULL, 1 IS DISTINCT FROM 2, 1 IS NOT DISTINCT FROM 1;
SELECT CASE WHEN 1 THEN 'a' END, CASE 3 WHEN 1 THEN 'x' ELSE 'y' END, CASE WHEN 0 THEN 1 WHEN 1 THEN 2 ELSE 3 END;
WITH 1 AS one, [one, 2] AS arr, (SELECT 5) AS five, t AS (SELECT one AS c) SELECT arr, five, c FROM t;
SELECT 1 + 1, 'a' || 'b', -1, NOT 0, 1 = 2, [1, 2.0], (1, 'a'), count(*) FORMAT TSVWithNames;
SELECT number + 1, toString(number) || 'x', number IN (1, 2), number BETWEEN 1 AND 2, number::UInt8, -number, if(number = 0, 1, 2), arrayMap(x -> x + number, [1]) FROM numbers(1) FORMAT TSVWithNames;
SELECT t.number, number AS n, t.number + 1 FROM numbers(1) AS t FORMAT TSVWithNames;
SELECT 1 UNION ALL SELECT 2 FORMAT Null;
SELECT and(1, 1), or(0, 1), not(0), plus(1, 2), in(1, (1, 2)), like('abc', 'a%'), if(1, 2, 3), tuple(1, 2), array(1, 2), CAST(1, 'String');
SELECT 1 SETTINGS max_threads = 1, max_block_size = 100;

SELECT; -- { clientError SYNTAX_ERROR }
SELEC 1; -- { clientError SYNTAX_ERROR }
SELECT 1 1; -- { clientError SYNTAX_ERROR }
SELECT (1; -- { clientError SYNTAX_ERROR }
SELECT 1); -- { clientError SYNTAX_ERROR }
SELECT [1, 2; -- { clientError SYNTAX_ERROR }
SELECT 1 FROM; -- { clientError SYNTAX_ERROR }
SELECT 1 WHERE; -- { clientError SYNTAX_ERROR }
SELECT * FROM numbers(1) GROUP; -- { clientError SYNTAX_ERROR }
SELECT * FROM numbers(1) ORDER BY; -- { clientError SYNTAX_ERROR }
SELECT * FROM numbers(1) LIMIT; -- { clientError SYNTAX_ERROR }
SELECT CASE 1; -- { clientError SYNTAX_ERROR }
SELECT CAST(1 AS); -- { clientError SYNTAX_ERROR }
SELECT 1 AS; -- { clientError SYNTAX_ERROR }
SELECT * FROM a JOIN b; -- { clientError SYNTAX_ERROR }
INSERT INTO; -- { clientError SYNTAX_ERROR }
CREATE TABLE t (a UInt8 b UInt8) ENGINE = Memory; -- { clientError SYNTAX_ERROR }
ALTER TABLE t; -- { clientError SYNTAX_ERROR }
SET a; -- { serverError UNKNOWN_SETTING }

-- stars are columns in arguments, too
SELECT tuple(*), tuple(a, *), array(*), concat(*) FROM (SELECT 'x' AS a, 'y' AS b);
SELECT tuple(t.*), tuple(COLUMNS('^a')), greatest(*) FROM (SELECT 1 AS a, 2 AS b) AS t;
SELECT count(*), uniq(*) FROM (SELECT number AS a, 1 AS b FROM numbers(5));
SELECT tuple(x.*, y.*) FROM (SELECT 1 AS a) AS x, (SELECT 2 AS b) AS y;
