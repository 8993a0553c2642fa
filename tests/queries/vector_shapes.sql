-- Shapes of vector queries: the answer is the same whether the index serves them or not.

CREATE TABLE t (id UInt32, a UInt8, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id;
INSERT INTO t SELECT number, number % 3, [number, 0] FROM numbers(20);
INSERT INTO t SELECT number, number % 3, [number, 0] FROM numbers(20, 20);

SELECT id FROM t ORDER BY L2Distance(v, [10., 0.]) LIMIT 1;
SELECT id FROM t ORDER BY L2Distance([10.2, 0.], v) LIMIT 3;
SELECT id FROM t ORDER BY L2Distance(v, [10.2, 0.]) ASC LIMIT 3;
SELECT id, L2Distance(v, [10.25, 0.]) AS d FROM t ORDER BY d LIMIT 3;
SELECT id FROM t ORDER BY distanceL2(v, [10.2, 0.]) LIMIT 3;
SELECT id, L2Distance(v, [10.25, 0]) FROM t ORDER BY 2 LIMIT 2;
SELECT id FROM t ORDER BY L2Distance(v, [10.2, 0.]) LIMIT 2 OFFSET 2;
SELECT id FROM t ORDER BY L2Distance(v, [10.2, 0.]) LIMIT 2, 2;
SELECT id FROM t ORDER BY L2Distance(v, [-5., 0.]) DESC LIMIT 3;
SELECT id FROM t ORDER BY L2SquaredDistance(v, [10.2, 0.]) LIMIT 3;
SELECT id FROM t ORDER BY cosineDistance(v, [1., 0.]), id LIMIT 3;
SELECT id FROM t ORDER BY L2Distance(v, [10.2, 0.]) + 1 LIMIT 3;
SELECT id FROM t ORDER BY L2Distance(v, [10.2, 0.]), id LIMIT 3;
SELECT id FROM t AS x ORDER BY L2Distance(x.v, [10.2, 0.]) LIMIT 3;
SELECT * FROM t ORDER BY L2Distance(v, [10.2, 0.]) LIMIT 2;
SELECT v FROM t ORDER BY L2Distance(v, [10.2, 0.]) LIMIT 2;

-- filters never leave an answer short
SELECT id FROM t WHERE a = 1 ORDER BY L2Distance(v, [10.2, 0.]) LIMIT 3 SETTINGS vector_search_filter_strategy = 'prefilter';
SELECT id FROM t WHERE id >= 30 ORDER BY L2Distance(v, [0., 0.]) LIMIT 3 SETTINGS vector_search_filter_strategy = 'prefilter';
SELECT id FROM t PREWHERE a = 2 WHERE id < 30 ORDER BY L2Distance(v, [10.2, 0.]) LIMIT 3 SETTINGS vector_search_filter_strategy = 'prefilter';
SELECT id FROM t WHERE L2Distance(v, [10.2, 0.]) < 2 ORDER BY L2Distance(v, [10.2, 0.]) LIMIT 10;
SELECT id FROM t WHERE 0 ORDER BY L2Distance(v, [10.2, 0.]) LIMIT 3;

-- inside other queries
SELECT id FROM (SELECT id FROM t ORDER BY L2Distance(v, [10.2, 0.]) LIMIT 3) ORDER BY id;
SELECT count(), max(id) FROM (SELECT id FROM t ORDER BY L2Distance(v, [10.2, 0.]) LIMIT 5);
WITH [10.2, 0.] AS ref SELECT id FROM t ORDER BY L2Distance(v, ref) LIMIT 2;
WITH (SELECT v FROM t WHERE id = 7) AS ref SELECT id FROM t ORDER BY L2Distance(v, ref) LIMIT 1;
SELECT id FROM t ORDER BY L2Distance(v, (SELECT v FROM t WHERE id = 9)) LIMIT 1;
SELECT * FROM (SELECT id FROM t ORDER BY L2Distance(v, [10.2, 0.]) LIMIT 1 UNION ALL SELECT id FROM t ORDER BY L2Distance(v, [3., 0.]) LIMIT 1) ORDER BY id;
SELECT id FROM t ORDER BY L2Distance(v, [10.2, 0.]) LIMIT 0;
SELECT count() FROM (SELECT id FROM t ORDER BY L2Distance(v, [10.2, 0.]) LIMIT 1000);
SELECT count() FROM (SELECT id FROM t ORDER BY L2Distance(v, [10.2, 0.]) LIMIT 100000);

-- reference vectors
SELECT id FROM t ORDER BY L2Distance(v, [10, 0]) LIMIT 1;
SELECT id FROM t ORDER BY L2Distance(v, [10.4, 0.]::Array(Float32)) LIMIT 1;
SELECT id FROM t ORDER BY L2Distance(v, CAST([10.4, 0.], 'Array(Float64)')) LIMIT 1;
SELECT id FROM t ORDER BY L2Distance(v, '[10.4, 0]'::Array(Float32)) LIMIT 1;
SELECT id FROM t ORDER BY L2Distance(v, arrayMap(x -> x * 2, [5.2, 0.])) LIMIT 1;
SELECT id FROM t ORDER BY L2Distance(v, arrayConcat([10.4], [0.])) LIMIT 1;
SELECT id FROM t ORDER BY L2Distance(v, [1., 2., 3.]) LIMIT 1; -- { serverError INCORRECT_QUERY }
SELECT id FROM t ORDER BY L2Distance(v, [nan, 0.]) LIMIT 1; -- { serverError INCORRECT_QUERY }
SELECT id FROM t ORDER BY L2Distance(v, (1., 2.)) LIMIT 1; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT id FROM t ORDER BY L2Distance(v, [10., 0.]) LIMIT 1 SETTINGS hnsw_candidate_list_size_for_search = 0; -- { serverError INVALID_SETTING_VALUE }
SELECT id FROM t ORDER BY L2Distance(v, [10., 0.]) LIMIT 1 SETTINGS vector_search_index_fetch_multiplier = 0; -- { serverError INVALID_SETTING_VALUE }
SELECT id FROM t ORDER BY L2Distance(v, [10., 0.]) LIMIT 1 SETTINGS vector_search_filter_strategy = 'foo'; -- { serverError BAD_ARGUMENTS }
SELECT id FROM t ORDER BY L2Distance(v, [10., 0.]) LIMIT 1 SETTINGS use_skip_indexes = 0;
SELECT id FROM t ORDER BY L2Distance(v, [1., 2., 3.]) LIMIT 1 SETTINGS use_skip_indexes = 0; -- { serverError SIZES_OF_ARRAYS_DONT_MATCH }
DROP TABLE t;

-- the other distances
CREATE TABLE c (id UInt32, v Array(Float64), INDEX i v TYPE vector_similarity('hnsw', 'cosineDistance', 2, 'f32', 16, 64)) ENGINE = MergeTree ORDER BY id;
INSERT INTO c SELECT number, [cos(number / 10), sin(number / 10)] FROM numbers(30);
SELECT id FROM c ORDER BY cosineDistance(v, [1., 0.]) LIMIT 3;
SELECT id FROM c ORDER BY cosineDistance(v, [0., 3.]) LIMIT 3;
DROP TABLE c;
CREATE TABLE p (id UInt32, v Array(Float32)) ENGINE = MergeTree PARTITION BY id % 2 ORDER BY id;
INSERT INTO p SELECT number, [number, 1] FROM numbers(10);
SELECT id, dotProduct(v, [1., 2.]) AS d FROM p ORDER BY d DESC LIMIT 3;
SELECT id, L1Distance(v, [1., 2.]), LinfDistance(v, [4., 0.]), L2SquaredDistance(v, [1., 1.]) FROM p ORDER BY id LIMIT 4;
SELECT id FROM p WHERE id % 2 = 1 ORDER BY L2Distance(v, [4., 1.]), id LIMIT 3;
DROP TABLE p;

-- A wrong multiplier is refused by whatever reads a table with an index
CREATE TABLE multiplied (id UInt8, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id;
INSERT INTO multiplied VALUES (1, [1, 2]);
SELECT id FROM multiplied SETTINGS vector_search_index_fetch_multiplier = 0; -- { serverError INVALID_SETTING_VALUE }
SELECT id FROM multiplied ORDER BY id LIMIT 1 SETTINGS vector_search_index_fetch_multiplier = 1001; -- { serverError INVALID_SETTING_VALUE }
SELECT id FROM multiplied ORDER BY L2Distance(v, [1., 2.]) SETTINGS vector_search_index_fetch_multiplier = 0; -- { serverError INVALID_SETTING_VALUE }
SELECT id FROM multiplied ORDER BY L2Distance(v, [1., 2.]) LIMIT 1 SETTINGS vector_search_index_fetch_multiplier = 0, use_skip_indexes = 0;
SELECT count() FROM multiplied SETTINGS vector_search_index_fetch_multiplier = 0;
SELECT 1 SETTINGS vector_search_index_fetch_multiplier = 0;
DROP TABLE multiplied;
