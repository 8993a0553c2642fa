-- Forms of vector queries beyond ORDER BY distance LIMIT n.

CREATE TABLE t (id UInt32, a UInt8, s String, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id;
INSERT INTO t SELECT number, number % 3, toString(number % 4), [number, 0] FROM numbers(20);
INSERT INTO t SELECT number, number % 3, toString(number % 4), [number, 0] FROM numbers(20, 20);

-- sort keys that rise or fall with the distance
SELECT id, 1 - L2Distance(v, [10.25, 0.]) AS similarity FROM t ORDER BY similarity DESC LIMIT 3;
SELECT id FROM t ORDER BY -L2Distance(v, [10.25, 0.]) DESC LIMIT 3;
SELECT id FROM t ORDER BY L2Distance(v, [10.25, 0.]) * 2 + 1 LIMIT 3;
SELECT id, 1 / (1 + L2Distance(v, [10.25, 0.])) AS score FROM t ORDER BY score DESC LIMIT 3;
SELECT id FROM t ORDER BY exp(-L2Distance(v, [10.25, 0.])) DESC LIMIT 3;
SELECT id FROM t ORDER BY sqrt(L2Distance(v, [10.25, 0.])) LIMIT 3;
SELECT id FROM t ORDER BY pow(L2Distance(v, [10.25, 0.]), 2) LIMIT 3;
SELECT id FROM t ORDER BY toFloat32(L2Distance(v, [10.25, 0.])) LIMIT 3;
SELECT id, CAST(L2Distance(v, [10.25, 0.]), 'Nullable(Float32)') AS d FROM t ORDER BY d LIMIT 3;
SELECT id, L2SquaredDistance(v, [10.25, 0.]) AS d FROM t ORDER BY d LIMIT 3;
SELECT id, L2SquaredDistance(v, [10.25, 0.]) AS d FROM t ORDER BY d LIMIT 3 SETTINGS vector_search_with_rescoring = 1;
SELECT id FROM t ORDER BY tuple(L2Distance(v, [10.25, 0.])) LIMIT 3;
SELECT id FROM t ORDER BY (L2Distance(v, [10., 0.]), id) LIMIT 4;
SELECT id FROM t ORDER BY (L2Distance(v, [10., 0.]), -id) LIMIT 4;
SELECT id FROM t ORDER BY 1 - L2Distance(v, [-1., 0.]) LIMIT 3;
SELECT id FROM t ORDER BY abs(L2Distance(v, [10.25, 0.]) - 5.25) LIMIT 3;
SELECT id, round(L2Distance(v, [10.25, 0.])) AS d FROM t ORDER BY d, id LIMIT 4;

-- more sort keys, and ties
SELECT id FROM t ORDER BY L2Distance(v, [10., 0.]), id LIMIT 4;
SELECT id FROM t ORDER BY L2Distance(v, [10., 0.]), id DESC LIMIT 4;
SELECT id FROM t ORDER BY L2Distance(v, [10., 0.]) ASC, a DESC, id LIMIT 3 OFFSET 2;
SELECT id FROM t ORDER BY floor(L2Distance(v, [10., 0.]) / 10), a, id LIMIT 5;
SELECT id FROM t ORDER BY a, L2Distance(v, [10., 0.]), id LIMIT 4;
SELECT * FROM (SELECT id FROM t ORDER BY L2Distance(v, [10., 0.]) LIMIT 2 WITH TIES) ORDER BY id;
SELECT * FROM (SELECT id FROM t WHERE a != 1 ORDER BY L2Distance(v, [10., 0.]) LIMIT 2 WITH TIES) ORDER BY id;
SELECT * FROM (SELECT id FROM t ORDER BY floor(L2Distance(v, [10., 0.]) / 4) LIMIT 1 WITH TIES) ORDER BY id;
SELECT count() FROM (SELECT id FROM t ORDER BY L2Distance(v, [10., 0.]) LIMIT 1, 1 WITH TIES);
SELECT id FROM t ORDER BY L2Distance(v, [10., 0.]), id LIMIT 2 WITH TIES;

-- LIMIT BY
SELECT id FROM t ORDER BY L2Distance(v, [10.25, 0.]) LIMIT 1 BY a LIMIT 3;
SELECT id FROM t ORDER BY L2Distance(v, [10.25, 0.]) LIMIT 1 BY a LIMIT 2 OFFSET 1;
SELECT id FROM t ORDER BY L2Distance(v, [10.25, 0.]) LIMIT 2 BY a, s LIMIT 30;
SELECT id FROM t ORDER BY L2Distance(v, [10.25, 0.]) LIMIT 1 OFFSET 2 BY s LIMIT 3;
SELECT id FROM t WHERE id > 20 ORDER BY L2Distance(v, [10.25, 0.]) LIMIT 1 BY id % 5 LIMIT 4;
SELECT id, 1 - L2Distance(v, [10.25, 0.]) AS similarity FROM t ORDER BY similarity DESC LIMIT 1 BY s LIMIT 3;
SELECT id FROM t ORDER BY L2Distance(v, [10., 0.]), id LIMIT 1 BY a LIMIT 3;
SELECT count() FROM (SELECT id FROM t ORDER BY L2Distance(v, [10.25, 0.]) LIMIT 2 BY a LIMIT 100);
SELECT count() FROM (SELECT id FROM t ORDER BY L2Distance(v, [10.25, 0.]) LIMIT 2 BY a);

-- DISTINCT
SELECT DISTINCT id, L2Distance(v, [10.25, 0.]) AS d FROM t ORDER BY d LIMIT 3;
SELECT DISTINCT floor(L2Distance(v, [10.25, 0.])) AS d FROM t ORDER BY d LIMIT 3 OFFSET 1;
SELECT DISTINCT a, floor(L2Distance(v, [10.25, 0.])) AS d FROM t ORDER BY d, a LIMIT 4;
SELECT DISTINCT ON (a) id FROM t ORDER BY L2Distance(v, [10.25, 0.]) LIMIT 2;
SELECT DISTINCT v FROM t ORDER BY L2Distance(v, [10.25, 0.]) LIMIT 2;
SELECT count() FROM (SELECT DISTINCT a FROM t ORDER BY L2Distance(v, [-1., 0.]) LIMIT 2);

-- what no index answers is right, too
SELECT x.id, y.id FROM t AS x JOIN t AS y ON x.id = y.id + 1 ORDER BY L2Distance(x.v, [10.25, 0.]) LIMIT 2;
SELECT n.id, y.a FROM (SELECT id FROM t ORDER BY L2Distance(v, [10.25, 0.]) LIMIT 2) AS n JOIN t AS y ON n.id = y.id ORDER BY n.id;
SELECT id, arrayJoin([1, 2]) AS x FROM t ORDER BY L2Distance(v, [10.25, 0.]), x LIMIT 3;
SELECT id, x FROM t ARRAY JOIN [1, 2] AS x ORDER BY L2Distance(v, [10.25, 0.]), x LIMIT 3;
SELECT id, arrayJoin(range(a)) AS x FROM t ORDER BY L2Distance(v, [10.25, 0.]), x LIMIT 3;
SELECT a, min(L2Distance(v, [10.25, 0.])) AS d FROM t GROUP BY a ORDER BY d LIMIT 2;
SELECT id, count() OVER () FROM t ORDER BY L2Distance(v, [10.25, 0.]) LIMIT 2;
SELECT id, row_number() OVER (ORDER BY id DESC) FROM t ORDER BY L2Distance(v, [10.25, 0.]) LIMIT 2;
SELECT id FROM t QUALIFY row_number() OVER (PARTITION BY a ORDER BY id) = 2 ORDER BY L2Distance(v, [10.25, 0.]) LIMIT 2;
SELECT id FROM t QUALIFY rank() OVER (ORDER BY L2Distance(v, [10.25, 0.])) <= 2 ORDER BY id;
SELECT id, rand() * 0 FROM t ORDER BY L2Distance(v, [10.25, 0.]) LIMIT 2;
SELECT id FROM (SELECT * FROM t ORDER BY id LIMIT 5) ORDER BY L2Distance(v, [10.25, 0.]) LIMIT 2;

-- the column by which ClickHouse hands distances on
SELECT id, _distance FROM t ORDER BY L2Distance(v, [10.25, 0.]) LIMIT 2; -- { serverError ILLEGAL_COLUMN }
SELECT id FROM t WHERE _distance < 1 ORDER BY L2Distance(v, [10.25, 0.]) LIMIT 2; -- { serverError ILLEGAL_COLUMN }
SELECT id, _distance FROM t ORDER BY L2Distance(v, [10.25, 0.]) LIMIT 2 SETTINGS use_skip_indexes = 0; -- { serverError ILLEGAL_COLUMN }
SELECT id, _distance FROM t ORDER BY L2Distance(v, [10.25, 0.]) DESC LIMIT 2;
SELECT id FROM t ORDER BY L2Distance(v, [10.25, 0.]), _distance LIMIT 2;
SELECT id, _distance FROM t ORDER BY id LIMIT 2;
SELECT t._distance, toTypeName(_distance) FROM t LIMIT 1;
SELECT count() FROM t WHERE _distance = 0;
SELECT _distance FROM (SELECT * FROM t); -- { serverError UNKNOWN_IDENTIFIER }
DROP TABLE t;

CREATE TABLE p (id UInt32, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'dotProduct', 2, 'f32', 16, 64)) ENGINE = MergeTree ORDER BY id;
INSERT INTO p SELECT number, [number % 7, number] FROM numbers(20);
SELECT id, -dotProduct(v, [1., 2.]) AS d FROM p ORDER BY d LIMIT 3 SETTINGS vector_search_with_rescoring = 1;
SELECT id FROM p ORDER BY negate(dotProduct(v, [1., 2.])) LIMIT 3;
SELECT id FROM p ORDER BY 1 - dotProduct(v, [1., 2.]), id LIMIT 3;
SELECT id FROM p ORDER BY exp(dotProduct(v, [1., 2.]) / 10) DESC LIMIT 3;
SELECT id FROM p ORDER BY dotProduct(v, [1., 0.]) DESC, id LIMIT 4;
DROP TABLE p;

CREATE TABLE c (id UInt32, doc UInt32, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'cosineDistance', 2, 'f32', 16, 64)) ENGINE = MergeTree ORDER BY id;
INSERT INTO c SELECT number, intDiv(number, 4), [cos(number / 10), sin(number / 10)] FROM numbers(30);
SELECT id, round(1 - cosineDistance(v, [1., 0.1]), 4) AS similarity FROM c ORDER BY similarity DESC LIMIT 3;
SELECT id, 1 - cosineDistance(v, [1., 0.12]) > 0.9 FROM c ORDER BY 1 - cosineDistance(v, [1., 0.12]) DESC LIMIT 3;
SELECT doc FROM c ORDER BY cosineDistance(v, [1., 0.12]) LIMIT 1 BY doc LIMIT 3;
SELECT id FROM c ORDER BY sqrt(cosineDistance(v, [1., 0.12])) LIMIT 3;
SELECT id FROM c WHERE doc > 3 ORDER BY 1 - cosineDistance(v, [1., 0.12]) DESC LIMIT 3 SETTINGS vector_search_filter_strategy = 'postfilter';
INSERT INTO c VALUES (100, 1, [0, 0]);
SELECT id FROM c ORDER BY cosineDistance(v, [1., 0.12]) NULLS FIRST LIMIT 2 SETTINGS use_skip_indexes = 0;
SELECT id FROM c ORDER BY 1 - cosineDistance(v, [1., 0.12]) DESC NULLS FIRST LIMIT 2;
SELECT id FROM c ORDER BY 1 - cosineDistance(v, [1., 0.12]) DESC LIMIT 2;
DROP TABLE c;

-- FINAL and deleted rows
CREATE TABLE r (id UInt32, a UInt8, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = ReplacingMergeTree ORDER BY id;
INSERT INTO r SELECT number, number % 3, [number, 0] FROM numbers(20);
INSERT INTO r SELECT number, number % 3, [number + 100, 0] FROM numbers(5);
SELECT id FROM r FINAL ORDER BY L2Distance(v, [0., 0.]), id LIMIT 3;
SELECT id FROM r FINAL ORDER BY 1 - L2Distance(v, [0., 0.]) DESC LIMIT 3;
SELECT id FROM r FINAL ORDER BY L2Distance(v, [0., 0.]) LIMIT 1 BY a LIMIT 3;
SELECT id FROM r FINAL ORDER BY L2Distance(v, [101., 0.]), id LIMIT 4;
DELETE FROM r WHERE id IN (5, 6);
SELECT id FROM r ORDER BY L2Distance(v, [5., 0.]), id LIMIT 3;
SELECT id FROM r FINAL ORDER BY L2Distance(v, [5., 0.]) LIMIT 1 BY a LIMIT 3;
SELECT count() FROM (SELECT id FROM r ORDER BY L2Distance(v, [5.5, 0.]) LIMIT 1 WITH TIES);
DROP TABLE r;
