-- Clauses of SELECT.

CREATE TABLE a (id UInt32, x String, n Nullable(Int32)) ENGINE = MergeTree ORDER BY id;
CREATE TABLE b (id UInt32, y String) ENGINE = MergeTree ORDER BY id;
INSERT INTO a VALUES (1, 'one', 10), (2, 'two', NULL), (3, 'three', 30), (4, 'four', 40);
INSERT INTO b VALUES (1, 'uno'), (3, 'tres'), (3, 'III'), (5, 'cinco');

SELECT * FROM a ORDER BY id;
SELECT id AS i, i + 1 AS j, j * 2 FROM a WHERE j > 3 ORDER BY j DESC;
SELECT a.id, a.x, t.* FROM a AS t, a WHERE t.id = a.id AND a.id < 3 ORDER BY 1;
SELECT * EXCEPT (x) FROM a ORDER BY id LIMIT 2;
SELECT * REPLACE (id * 10 AS id) FROM a ORDER BY id LIMIT 2;
SELECT COLUMNS('^[ix]') FROM a ORDER BY id LIMIT 1;
SELECT id FROM a WHERE n IS NULL;
SELECT id, n FROM a ORDER BY n, id;
SELECT id, n FROM a ORDER BY n DESC NULLS FIRST, id;
SELECT id, n FROM a ORDER BY n ASC NULLS FIRST LIMIT 2;
SELECT x FROM a ORDER BY length(x), x;
SELECT id FROM a ORDER BY id LIMIT 2 OFFSET 1;
SELECT id FROM a ORDER BY id LIMIT 1, 2;
SELECT id FROM a ORDER BY id DESC OFFSET 3;
SELECT number % 3 AS k, number FROM numbers(9) ORDER BY k, number LIMIT 1 BY k;
SELECT number % 3 AS k, number FROM numbers(9) ORDER BY k, number LIMIT 1, 1 BY k LIMIT 2;
SELECT intDiv(number, 2) AS k FROM numbers(6) ORDER BY k LIMIT 3 WITH TIES;
SELECT DISTINCT number % 2 AS k FROM numbers(5) ORDER BY k;

SELECT a.id, b.y FROM a INNER JOIN b ON a.id = b.id ORDER BY a.id, b.y;
SELECT a.id, b.y FROM a LEFT JOIN b ON a.id = b.id ORDER BY a.id, b.y;
SELECT a.id, b.id, b.y FROM a RIGHT JOIN b ON a.id = b.id ORDER BY b.id, b.y;
SELECT a.id, b.id FROM a FULL JOIN b ON a.id = b.id ORDER BY a.id, b.id;
SELECT id, x, y FROM a JOIN b USING (id) ORDER BY id, y;
SELECT id, x, y FROM a LEFT JOIN b USING id ORDER BY id, y;
SELECT a.id FROM a LEFT SEMI JOIN b ON a.id = b.id ORDER BY a.id;
SELECT a.id FROM a LEFT ANTI JOIN b ON a.id = b.id ORDER BY a.id;
SELECT count() FROM a CROSS JOIN b;
SELECT a.id, b.y FROM a LEFT JOIN b ON a.id = b.id ORDER BY a.id, b.y SETTINGS join_use_nulls = 1;
SELECT l.id, r.id FROM a AS l JOIN a AS r ON l.id = r.id + 1 ORDER BY l.id;
SELECT id FROM a WHERE id IN (SELECT id FROM b) ORDER BY id;
SELECT id FROM a WHERE id NOT IN (SELECT id FROM b) ORDER BY id;

SELECT 1 AS x UNION ALL SELECT 2 ORDER BY x; -- { serverError UNKNOWN_IDENTIFIER }
SELECT x FROM (SELECT 1 AS x UNION ALL SELECT 2 UNION ALL SELECT 300) ORDER BY x;
SELECT toTypeName(x) FROM (SELECT 1 AS x UNION ALL SELECT 300) LIMIT 1;
SELECT x FROM (SELECT 1 AS x UNION DISTINCT SELECT 1) ORDER BY x;
SELECT 1 UNION SELECT 2; -- { serverError EXPECTED_ALL_OR_DISTINCT }
SELECT 1, 2 UNION ALL SELECT 3; -- { serverError UNION_ALL_RESULT_STRUCTURES_MISMATCH }
SELECT number FROM numbers(5) EXCEPT SELECT number FROM numbers(3) ORDER BY number;
SELECT x FROM (SELECT number AS x FROM numbers(5) INTERSECT SELECT number + 3 FROM numbers(5)) ORDER BY x;

WITH 5 AS five, five + 1 AS six SELECT five, six;
WITH t AS (SELECT id, x FROM a WHERE id > 2) SELECT * FROM t ORDER BY id;
WITH (SELECT max(id) FROM a) AS m SELECT m, id FROM a WHERE id = m;
WITH x AS (SELECT 1 AS n), y AS (SELECT n + 1 AS m FROM x) SELECT * FROM x, y;
SELECT (SELECT count() FROM a) AS c, (SELECT x FROM a WHERE id = 2);
SELECT (SELECT id FROM a WHERE id > 100);
SELECT (SELECT id FROM a); -- { serverError INCORRECT_RESULT_OF_SCALAR_SUBQUERY }
SELECT EXISTS(SELECT 1 FROM a WHERE id = 3), EXISTS(SELECT 1 FROM a WHERE id = 30);

SELECT arrayJoin([1, 2]) AS x, 'k' ORDER BY x;
SELECT id, e FROM (SELECT 1 AS id, [10, 20] AS arr) ARRAY JOIN arr AS e ORDER BY e;
SELECT id, e, i FROM (SELECT 1 AS id, ['a', 'b'] AS arr) ARRAY JOIN arr AS e, arrayEnumerate(arr) AS i ORDER BY i;
SELECT id, e FROM (SELECT 1 AS id, [] :: Array(UInt8) AS arr) LEFT ARRAY JOIN arr AS e;

SELECT row_number() OVER (ORDER BY id) AS r, id FROM a ORDER BY r;
SELECT id, sum(id) OVER (ORDER BY id), sum(id) OVER (), max(id) OVER (PARTITION BY id % 2) FROM a ORDER BY id;
SELECT id, rank() OVER (ORDER BY id % 2) FROM a ORDER BY id;
SELECT id FROM a WHERE 1 AND id = 1 OR id = 2 AND 1 ORDER BY id;
SELECT 1 + 1 AS `my name`, `my name` + 1;
SELECT id FROM a PREWHERE id > 1 WHERE id < 4 ORDER BY id;
SELECT 'x' AS id, id; -- an alias hides nothing here
SELECT toString(id) AS id FROM a ORDER BY id LIMIT 1;
FROM a SELECT count();
SELECT count() FROM a WHERE x LIKE 't%';
SELECT 1 FORMAT TSVWithNames;
SELECT 1 + 1, 'a', [1, 2.5], NULL, count(*) FROM a FORMAT TSVWithNamesAndTypes;
SELECT max_block_size_is_no_column FROM a; -- { serverError UNKNOWN_IDENTIFIER }
SELECT * FROM no_such_table; -- { serverError UNKNOWN_TABLE }
SELECT * FROM no_such_db.t; -- { serverError UNKNOWN_DATABASE }
SELECT 1 SETTINGS no_such_setting = 1; -- { serverError UNKNOWN_SETTING }
SELECT 1 FORMAT NoSuchFormat; -- { serverError UNKNOWN_FORMAT }
SELECT noSuchTableFunction FROM noSuchTableFunction(1); -- { serverError UNKNOWN_FUNCTION }
SELECT count(id) FROM a JOIN b ON a.id = b.id;
SELECT {x:UInt8}; -- { serverError UNKNOWN_QUERY_PARAMETER }
SELECT a FROM; -- { clientError SYNTAX_ERROR }
DROP TABLE a;
DROP TABLE b;

-- SETTINGS that end a union hold for all of it
SELECT 1 AS x UNION SELECT 1 SETTINGS union_default_mode = 'ALL';
SELECT 1 AS x UNION (SELECT 1 SETTINGS union_default_mode = 'DISTINCT');
SELECT 1 AS x UNION SELECT 1 SETTINGS union_default_mode = ''; -- { serverError EXPECTED_ALL_OR_DISTINCT }
(SELECT b.x FROM (SELECT 1 AS x) AS a LEFT JOIN (SELECT 2 AS x) AS b ON a.x = b.x UNION ALL SELECT NULL) SETTINGS join_use_nulls = 1;
DESCRIBE (SELECT b.x AS x FROM (SELECT 1 AS x) AS a LEFT JOIN (SELECT 2 AS x) AS b ON a.x = b.x SETTINGS join_use_nulls = 1);
SELECT getSetting('max_threads') UNION ALL SELECT getSetting('max_threads') SETTINGS max_threads = 3;
SELECT 1 UNION ALL SELECT 2 SETTINGS nope = 3; -- { serverError UNKNOWN_SETTING }
INSERT INTO nowhere PARTITION BY id SELECT 1; -- { serverError SYNTAX_ERROR }
CREATE DATABASE arguments ENGINE = Atomic(1); -- { serverError BAD_ARGUMENTS }
CREATE DATABASE arguments ENGINE = Ordinary; -- { serverError UNKNOWN_DATABASE_ENGINE }
SYSTEM FLUSH LOGS 'x'; -- { serverError SYNTAX_ERROR }

-- Joined subqueries and table functions have aliases
SELECT * FROM (SELECT 1 AS x), (SELECT 2 AS y); -- { serverError ALIAS_REQUIRED }
SELECT * FROM (SELECT 1 AS x) AS a, (SELECT 2 AS y); -- { serverError ALIAS_REQUIRED }
SELECT * FROM system.one CROSS JOIN (SELECT 1 AS x); -- { serverError ALIAS_REQUIRED }
SELECT * FROM numbers(1) JOIN numbers(2) AS b ON 1; -- { serverError ALIAS_REQUIRED }
SELECT * FROM (SELECT 1 AS x), (SELECT 2 AS y) SETTINGS joined_subquery_requires_alias = 0;
SELECT * FROM (SELECT 1 AS x) ARRAY JOIN [1] AS z;
WITH q AS (SELECT 1 AS x) SELECT * FROM q, system.one;
