-- Calls that look alike are evaluated once only if they are the same.

SELECT d+INTERVAL 1 WEEK, d+INTERVAL 1 MONTH FROM (SELECT materialize(toDate('2024-01-01')) AS d);
SELECT d+1, d+INTERVAL 1 MONTH, d-1, d - INTERVAL 1 YEAR, d+INTERVAL 1 YEAR FROM (SELECT materialize(toDate('2024-01-01')) AS d);
SELECT d+toIntervalDay(1), d+toIntervalMonth(1), d-toIntervalDay(1), d-toIntervalMonth(1), addDays(d,1), addMonths(d,1) FROM (SELECT materialize(toDateTime('2024-01-01 00:00:00')) AS d);
SELECT min(d+INTERVAL 1 WEEK), min(d+INTERVAL 1 MONTH), max(d + INTERVAL 2 DAY), max(d+INTERVAL 2 HOUR) FROM (SELECT toDate('2024-01-01')+number AS d FROM numbers(3));
SELECT dateDiff('day',d,d+INTERVAL 1 WEEK), dateDiff('day',d,d+INTERVAL 1 MONTH), dateDiff('hour',d,d+INTERVAL 1 MONTH) FROM (SELECT materialize(toDate('2024-01-01')) AS d);
SELECT d+INTERVAL 1 WEEK AS w, d+INTERVAL 1 MONTH AS m, count() FROM (SELECT toDate('2024-01-01')+number%2 AS d FROM numbers(5)) GROUP BY w, m ORDER BY w;
SELECT count() FROM (SELECT toDate('2024-01-01')+number AS d FROM numbers(50)) GROUP BY d+INTERVAL 1 WEEK = toDate('2024-01-08'), d+INTERVAL 1 MONTH = toDate('2024-02-01') ORDER BY count();
SELECT arrayMap(x -> x + INTERVAL 1 WEEK, [d]), arrayMap(x -> x + INTERVAL 1 MONTH, [d]) FROM (SELECT materialize(toDate('2024-01-01')) AS d);
SELECT toHour(toDateTime(n,'UTC')), toHour(toDateTime(n,'Asia/Tokyo')) FROM (SELECT materialize(1700000000) AS n);
SELECT toHour(toDateTime(n,'UTC')) a, toHour(toDateTime(n,'Asia/Tokyo')) b, count() FROM (SELECT materialize(1700000000) AS n) GROUP BY a,b;
SELECT toString(d), toString(toUInt16(d)) FROM (SELECT materialize(toDate('2024-01-01')) AS d);
SELECT toString(d) a, toString(toUInt16(d)) b, count() FROM (SELECT materialize(toDate('2024-01-01')) AS d) GROUP BY a,b;
SELECT toStartOfInterval(d, INTERVAL 1 WEEK), toStartOfInterval(d, INTERVAL 1 MONTH), toStartOfInterval(d, INTERVAL 1 YEAR) FROM (SELECT materialize(toDate('2024-05-16')) AS d);
SELECT toStartOfInterval(d, INTERVAL 1 WEEK) a, toStartOfInterval(d, INTERVAL 1 MONTH) b, count() FROM (SELECT materialize(toDate('2024-05-16')) AS d) GROUP BY a, b;
SELECT toInt8OrZero(s), toInt8OrNull(s), toInt8OrDefault(s), toString(toDateTime64('2024-01-01 00:00:00.123456',3)), toString(toDateTime64('2024-01-01 00:00:00.123456',6)) FROM (SELECT materialize('x') AS s);
SELECT round(x,1), round(x,2), roundBankers(x,1), toDecimal32(x,1), toDecimal32(x,3) FROM (SELECT materialize(1.2345) AS x);
SELECT quantileArray(0.1)(a), quantileArray(0.9)(a), quantilesArray(0.1,0.9)(a) FROM (SELECT range(101) AS a);
SELECT toUnixTimestamp(s,'UTC'), toUnixTimestamp(s,'Asia/Tokyo'), toDateTime(s,'UTC'), toDateTime(s,'Asia/Tokyo') FROM (SELECT materialize('2024-01-01 00:00:00') AS s);
SELECT formatDateTime(d,'%Y'), formatDateTime(d,'%m'), dateTrunc('month',d), dateTrunc('year',d), date_add(MONTH,1,d), date_add(DAY,1,d) FROM (SELECT materialize(toDate('2024-05-16')) AS d);
SELECT d + INTERVAL 1 SECOND, d + INTERVAL 1 MINUTE, d - INTERVAL 1 SECOND FROM (SELECT materialize(toDateTime('2024-01-01 00:00:00')) AS d) ORDER BY d + INTERVAL 1 HOUR;
SELECT groupArray(1)(x), groupArray(2)(x), groupArray(x), quantile(0.1)(x), quantile(0.9)(x) FROM (SELECT number AS x FROM numbers(3));
