-- Aggregate functions, with and without rows, with -If, over groups.

SELECT count(), count(number), sum(number), avg(number), min(number), max(number), any(number), uniq(number), uniqExact(number) FROM numbers(10);
SELECT count(), sum(number), avg(number), min(number), max(number), any(number), uniq(number), uniqExact(number), groupArray(number), quantile(0.5)(number) FROM numbers(0);
SELECT toTypeName(count()), toTypeName(sum(number)), toTypeName(avg(number)), toTypeName(min(number)), toTypeName(uniq(number)), toTypeName(groupArray(number)), toTypeName(quantile(0.5)(number)) FROM numbers(1);
SELECT countIf(number > 5), sumIf(number, number % 2), avgIf(number, number < 4), minIf(number, number > 2), maxIf(number, number < 5), uniqIf(number, number > 7), groupArrayIf(number, number > 7), anyIf(number, number = 4) FROM numbers(10);
SELECT quantile(0.5)(number), quantile(0.9)(number), median(number), quantileExact(0.5)(number), quantiles(0.1, 0.5, 0.9)(number) FROM numbers(101);
SELECT groupArray(number), groupArray(3)(number), groupUniqArray(number % 1), arraySort(groupUniqArray(number % 3)) FROM numbers(6);
SELECT count(x), sum(x), avg(x), min(x), max(x), uniq(x), groupArray(x) FROM (SELECT arrayJoin([1, NULL, 3]) AS x);
SELECT sum(x), avg(x), min(x), max(x), count(x), count() FROM (SELECT NULL::Nullable(Int32) AS x);
SELECT count(DISTINCT number % 3), sum(DISTINCT number % 3), uniqExact((number % 4, number % 2)) FROM numbers(20);
SELECT argMin(number, -number), argMax(number, number), anyLast(number), stddevPop(number), varPop(number), stddevSamp(number), varSamp(number) FROM numbers(8);
SELECT number % 3 AS k, count(), sum(number), groupArray(number) FROM numbers(10) GROUP BY k ORDER BY k;
SELECT number % 2 AS a, number % 3 AS b, count() AS c FROM numbers(12) GROUP BY a, b ORDER BY a, b;
SELECT number % 3 AS k, count() AS c FROM numbers(10) GROUP BY k HAVING c > 3 ORDER BY k;
SELECT k, sum(v) AS s FROM (SELECT number % 3 AS k, number AS v FROM numbers(10)) GROUP BY k HAVING s > 12 ORDER BY s DESC;
SELECT sum(number) + 1, max(number) - min(number), count() * 2 FROM numbers(5);
SELECT number % 2 AS k, number % 2 + 10 AS l, count() FROM numbers(4) GROUP BY k ORDER BY l;
SELECT DISTINCT number % 3 AS k FROM numbers(10) ORDER BY k;
SELECT count() FROM (SELECT 1 WHERE 0);
SELECT max('b'), min('a'), any('x'), sum(toDecimal32(1.5, 1)), sum(toFloat32(1.5)), sum(-1), max(toDate('2024-01-01'));
SELECT number, count() FROM numbers(3); -- { serverError NOT_AN_AGGREGATE }
SELECT sum(count()) FROM numbers(3); -- { serverError ILLEGAL_AGGREGATION }
SELECT sum('a'); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT count() FROM numbers(3) WHERE count() > 1; -- { serverError ILLEGAL_AGGREGATION }
SELECT noSuchIf(1, 1); -- { serverError UNKNOWN_FUNCTION }
