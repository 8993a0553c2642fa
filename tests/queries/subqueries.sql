-- Queries in queries: scalar, IN, EXISTS, FROM, unions, common table expressions.

CREATE TABLE t (id UInt32, grp String, val Int64) ENGINE = MergeTree ORDER BY id;
INSERT INTO t SELECT number, ['a', 'b', 'c'][number % 3 + 1], number * number - 10 FROM numbers(12);
SELECT id FROM t WHERE val = (SELECT max(val) FROM t);
SELECT grp, s FROM (SELECT grp, sum(val) AS s FROM t GROUP BY grp) WHERE s > 0 ORDER BY grp;
SELECT grp, (SELECT count() FROM t) AS total, count() FROM t GROUP BY grp ORDER BY grp;
SELECT id FROM t WHERE grp IN (SELECT grp FROM t WHERE val > 80) ORDER BY id;
SELECT id FROM t WHERE (grp, id) IN (SELECT grp, max(id) FROM t GROUP BY grp) ORDER BY id;
SELECT id FROM t WHERE id NOT IN (SELECT id FROM t WHERE val > 0) ORDER BY id;
SELECT id FROM t WHERE id IN (SELECT 1 WHERE 0);
SELECT EXISTS (SELECT 1 FROM t WHERE val > 1000), EXISTS (SELECT 1 FROM t);
SELECT a.grp, a.m, b.n FROM (SELECT grp, max(val) AS m FROM t GROUP BY grp) AS a JOIN (SELECT grp, min(val) AS n FROM t GROUP BY grp) AS b ON a.grp = b.grp ORDER BY a.grp;
WITH x AS (SELECT grp, val FROM t WHERE val > 0), y AS (SELECT grp, sum(val) AS s FROM x GROUP BY grp) SELECT * FROM y ORDER BY grp;
WITH x AS (SELECT 1 AS a) SELECT x1.a, x2.a FROM x AS x1, x AS x2;
WITH (SELECT groupArray(id) FROM t WHERE grp = 'a') AS ids SELECT ids, length(ids);
WITH toUInt32(3) AS n SELECT id FROM t WHERE id < n ORDER BY id;
SELECT sum(c) FROM (SELECT grp, count() AS c FROM t GROUP BY grp UNION ALL SELECT 'x', 100);
SELECT * FROM (SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, 'y' UNION ALL SELECT 3, 'z') WHERE a != 2 ORDER BY a;
SELECT * FROM (SELECT id FROM t ORDER BY id LIMIT 3) AS f ORDER BY id DESC;
SELECT count() FROM (SELECT DISTINCT grp FROM t);
SELECT max(c) FROM (SELECT count() AS c FROM t GROUP BY grp HAVING c > 1);
SELECT id, val FROM t WHERE val > (SELECT avg(val) FROM t) ORDER BY id;
SELECT (SELECT (1, 'a')) AS p, p.1, p.2;
SELECT [(SELECT 1), (SELECT 2)];
SELECT number IN (SELECT id FROM t WHERE grp = 'b') AS inside, number FROM numbers(4) ORDER BY number;
SELECT * FROM (SELECT * FROM (SELECT * FROM (SELECT id AS deep FROM t WHERE id = 5)));
SELECT id FROM t WHERE id = (SELECT id FROM t); -- { serverError INCORRECT_RESULT_OF_SCALAR_SUBQUERY }
SELECT id FROM t WHERE id IN (SELECT id, grp FROM t); -- { serverError NUMBER_OF_COLUMNS_DOESNT_MATCH }
SELECT * FROM (SELECT 1 AS a) WHERE b = 1; -- { serverError UNKNOWN_IDENTIFIER }
DROP TABLE t;
