-- Queries around a search: joins, unions, views, windows, groups. The answer is that of comparing all rows; no two distances are equal.

CREATE TABLE t (id UInt32, a UInt8, s String, tags Array(UInt8), v Array(Float32), w Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2), INDEX j w TYPE vector_similarity('hnsw', 'dotProduct', 2)) ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 4;
INSERT INTO t SELECT number, number % 3, char(97 + number % 5), range(number % 3), [number, 0], [number, 1] FROM numbers(20);
INSERT INTO t SELECT number, number % 3, char(97 + number % 5), range(number % 3), [number, 0], [number, 1] FROM numbers(20, 20);
CREATE TABLE names (id UInt32, name String) ENGINE = MergeTree ORDER BY id;
INSERT INTO names SELECT number * 2, concat('n', toString(number * 2)) FROM numbers(20);
CREATE VIEW near AS SELECT id, a, L2Distance(v, [20.2, 0.]) AS d FROM t;
CREATE VIEW nearest AS SELECT id, a FROM t ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 5;

-- directions, wrappings, keys
SELECT id FROM t ORDER BY L2Distance(v, [-1.5, 0.]) DESC LIMIT 3;
SELECT id FROM t ORDER BY dotProduct(w, [1., 0.5]) ASC LIMIT 3;
SELECT id, dotProduct(w, [1., 0.5]) AS d FROM t ORDER BY d DESC LIMIT 3 SETTINGS vector_search_with_rescoring = 1;
SELECT id, w FROM t ORDER BY scalarProduct(w, [1., 0.5]) DESC LIMIT 2;
SELECT id FROM t ORDER BY L2Distance(v, [20.2, 0.]) + 1 LIMIT 3;
SELECT id FROM t ORDER BY -L2Distance(v, [20.2, 0.]) DESC LIMIT 3;
SELECT id FROM t ORDER BY 1 - L2Distance(v, [20.2, 0.]) DESC LIMIT 3;
SELECT id FROM t ORDER BY sqrt(L2Distance(v, [20.2, 0.])) LIMIT 3;
SELECT id FROM t ORDER BY round(L2Distance(v, [20.2, 0.]) / 10), id LIMIT 3;
SELECT id FROM t ORDER BY L2Distance(v, [20.2, 0.]) NULLS FIRST LIMIT 3;
SELECT id FROM t ORDER BY L2Distance(v, [20.2, 0.]), id DESC LIMIT 3;
SELECT id FROM t ORDER BY a, L2Distance(v, [20.2, 0.]) LIMIT 3;
SELECT id, L2Distance(v, [20.2, 0.]) FROM (SELECT id, v FROM t WHERE id IN (3, 4)) ORDER BY 2 LIMIT 1 FORMAT Null;
SELECT id FROM t ORDER BY least(L2Distance(v, [20.2, 0.]), 1000) LIMIT 3;
SELECT id FROM t ORDER BY L2Distance(v, [20.2, 0.]) + L2Distance(w, [30.4, 1.]), id LIMIT 1;

-- limits
SELECT id FROM t ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 3 OFFSET 37;
SELECT id FROM t ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 3 OFFSET 39;
SELECT id FROM t ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 3 OFFSET 40;
SELECT count() FROM (SELECT id FROM t ORDER BY L2Distance(v, [20.2, 0.]));
SELECT id FROM t ORDER BY L2Distance(v, [20.2, 0.]) OFFSET 38;
SELECT id FROM t ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 2 WITH TIES;
SELECT id FROM t ORDER BY L2Distance(v, [20.5, 0.]) LIMIT 1 WITH TIES FORMAT Null;
SELECT count() FROM (SELECT id FROM t ORDER BY L2Distance(v, [20.5, 0.]) LIMIT 1 WITH TIES);
SELECT id, a FROM t ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 1 BY a;
SELECT id, a FROM t ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 2 BY a LIMIT 4;
SELECT DISTINCT id FROM t ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 3;

-- filters
SELECT id FROM t WHERE L2Distance(v, [20.2, 0.]) < 2 ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 10;
SELECT id FROM t WHERE L2Distance(v, [20.2, 0.]) > 2 AND a = 1 ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 3;
SELECT id FROM t WHERE v[1] > 25 ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 3 SETTINGS vector_search_filter_strategy = 'prefilter';
SELECT id FROM t PREWHERE s = 'c' ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 3 SETTINGS vector_search_filter_strategy = 'prefilter';
SELECT id FROM t WHERE has(tags, 1) ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 3 SETTINGS vector_search_filter_strategy = 'prefilter';
SELECT id FROM t WHERE id IN (SELECT id FROM names) ORDER BY L2Distance(v, [20.7, 0.]) LIMIT 3 SETTINGS vector_search_filter_strategy = 'prefilter';
SELECT id FROM t WHERE 1 ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 3;
SELECT id FROM t WHERE 0 ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 3;
SELECT id FROM t WHERE NULL ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 3;

-- rows that become several
SELECT id, tag FROM t ARRAY JOIN tags AS tag ORDER BY L2Distance(v, [20.2, 0.]), tag LIMIT 4;
SELECT id, arrayJoin([1, 2]) AS x FROM t ORDER BY L2Distance(v, [20.2, 0.]), x LIMIT 4;

-- subqueries, views, unions, joins
SELECT id FROM (SELECT * FROM t) ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 3;
SELECT id FROM near ORDER BY d LIMIT 3;
SELECT id FROM near WHERE a = 1 ORDER BY d LIMIT 3 SETTINGS vector_search_filter_strategy = 'prefilter';
SELECT id FROM nearest ORDER BY id;
SELECT count(), sum(id) FROM nearest;
WITH c AS (SELECT id, v FROM t WHERE a != 0) SELECT id FROM c ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 3 SETTINGS vector_search_filter_strategy = 'prefilter';
SELECT * FROM (SELECT id FROM t ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 2 UNION ALL SELECT id FROM t ORDER BY L2Distance(v, [3.2, 0.]) LIMIT 2) ORDER BY id;
SELECT n.name FROM (SELECT id FROM t ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 3) AS x JOIN names AS n ON x.id = n.id ORDER BY n.name;
SELECT t.id, n.name FROM t JOIN names AS n ON t.id = n.id ORDER BY L2Distance(t.v, [20.7, 0.]) LIMIT 3;
SELECT t.id, n.name FROM t LEFT JOIN names AS n ON t.id = n.id ORDER BY L2Distance(t.v, [20.7, 0.]) LIMIT 3;
SELECT x.id FROM t AS x ORDER BY L2Distance(x.v, [20.2, 0.]) LIMIT 2;
SELECT default.t.id FROM default.t ORDER BY L2Distance(default.t.v, [20.2, 0.]) LIMIT 2;
SELECT id FROM t WHERE id = (SELECT id FROM t ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 1);
SELECT id FROM t WHERE id IN (SELECT id FROM t ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 3) ORDER BY id;
SELECT (SELECT groupArray(id) FROM (SELECT id FROM t ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 3));

-- windows, groups
SELECT id, row_number() OVER (ORDER BY L2Distance(v, [20.2, 0.])) AS n FROM t ORDER BY n LIMIT 3;
SELECT id, count() OVER () AS n FROM t ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 2;
SELECT a, min(L2Distance(v, [20.2, 0.])) < 2 AS m, argMin(id, L2Distance(v, [20.2, 0.])) FROM t GROUP BY a ORDER BY a LIMIT 3;
SELECT a, count() FROM (SELECT a FROM t ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 7) GROUP BY a ORDER BY a;
SELECT max(id) FROM t GROUP BY a ORDER BY min(L2Distance(v, [20.2, 0.])) LIMIT 2;

-- what else may stand beside the distance
SELECT id, v, w, L2Distance(v, [20.2, 0.]) < 1, L2Distance(v, w) FROM t ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 2;
SELECT length(v), upper(s), id * 2 FROM t ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 2;
SELECT * EXCEPT (tags, s) FROM t ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 1;
SELECT 1 FROM t ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 2;
INSERT INTO names SELECT id + 1000, 'copied' FROM t ORDER BY L2Distance(v, [20.2, 0.]) LIMIT 2;
SELECT id FROM names WHERE name = 'copied' ORDER BY id;
DROP VIEW near;
DROP VIEW nearest;
DROP TABLE names;
DROP TABLE t;
