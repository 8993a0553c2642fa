-- Everything that may stand for the reference vector, with an index and without one.

CREATE TABLE t (id UInt32, v Array(Float32), w Array(Float64), b Array(BFloat16), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2), INDEX j w TYPE vector_similarity('hnsw', 'cosineDistance', 2), INDEX k b TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id;
INSERT INTO t SELECT number, [number, 1], [cos(number / 20), sin(number / 20)], [number, 1] FROM numbers(20);

SELECT id FROM t ORDER BY L2Distance(v, [7.2, 1.]) LIMIT 2;
SELECT id FROM t ORDER BY L2Distance([7.2, 1.], v) LIMIT 2;
SELECT id FROM t ORDER BY L2Distance(v, [7, 1]) LIMIT 1;
SELECT id FROM t ORDER BY L2Distance(v, [-7, 1]) LIMIT 2;
SELECT id FROM t ORDER BY L2Distance(v, array(7.2, 1)) LIMIT 2;
WITH [7.2, 1.] AS r SELECT id FROM t ORDER BY L2Distance(v, r) LIMIT 2;
WITH [3.6, 0.5] AS half, arrayMap(x -> x * 2, half) AS r SELECT id FROM t ORDER BY L2Distance(v, r) LIMIT 2;
SELECT id FROM t ORDER BY L2Distance(v, CAST([7.2, 1.], 'Array(Float32)')) LIMIT 2;
SELECT id FROM t ORDER BY L2Distance(v, [7.2, 1.]::Array(Float64)) LIMIT 2;
SELECT id FROM t ORDER BY L2Distance(v, '[7.2, 1]'::Array(Float32)) LIMIT 2;
SELECT id FROM t ORDER BY L2Distance(v, [7.2, 1.]::Array(BFloat16)) LIMIT 2;
SELECT id FROM t ORDER BY L2Distance(v, arrayConcat([7.2], [1.])) LIMIT 2;
SELECT id FROM t ORDER BY L2Distance(v, arrayMap(x -> x + 0.2, range(7, 8)) || [1.]) LIMIT 2;
SELECT id FROM t ORDER BY L2Distance(v, reinterpret(unhex('6666E6400000803F'), 'Array(Float32)')) LIMIT 2;
SELECT id FROM t ORDER BY L2Distance(v, reinterpret(x'6666E6400000803F', 'Array(Float32)')) LIMIT 2;
SELECT id FROM t ORDER BY L2Distance(v, (SELECT v FROM t WHERE id = 12)) LIMIT 1;
WITH (SELECT v FROM t WHERE id = 12) AS r SELECT id FROM t ORDER BY L2Distance(v, r) LIMIT 1;
WITH r AS (SELECT v FROM t WHERE id = 12) SELECT id FROM t ORDER BY L2Distance(v, (SELECT v FROM r)) LIMIT 1;
SET param_vector = '[7.2, 1]';
SELECT id FROM t ORDER BY L2Distance(v, {vector:Array(Float32)}) LIMIT 2;
SELECT id FROM t ORDER BY L2Distance(v, {vector:Array(Float64)}) LIMIT 2;
SELECT id FROM t ORDER BY L2Distance(v, materialize([7.2, 1.])) LIMIT 2;
SELECT id FROM t ORDER BY L2Distance(v, b), id LIMIT 2;
SELECT id FROM t ORDER BY cosineDistance(w, [cos(0.62), sin(0.62)]) LIMIT 2;
SELECT id FROM t ORDER BY cosineDistance(w, [toFloat32(8.), 0]) LIMIT 2;
SELECT id FROM t ORDER BY distanceCosine(w, [8, 0]) LIMIT 2;
SELECT id FROM t ORDER BY distanceL2(b, [7.2, 1.]) LIMIT 2;
SELECT id FROM t ORDER BY L2Distance(b, [7.2, 1.]::Array(BFloat16)) LIMIT 2;

-- The type of the distance
SELECT toTypeName(L2Distance(v, [7.2, 1.])), toTypeName(L2Distance(v, [7, 1])), toTypeName(L2Distance(v, [7.2, 1.]::Array(Float32))), toTypeName(L2Distance(b, b)), toTypeName(L2Distance(w, v)) FROM t LIMIT 1;
SELECT id, L2Distance(v, [7.5, 1.]) AS d FROM t ORDER BY d LIMIT 2;
SELECT id, L2Distance(v, [7, 5]) AS d FROM t ORDER BY d LIMIT 1;
SELECT id, round(cosineDistance(w, [1., 0.]), 3) AS d FROM t ORDER BY cosineDistance(w, [1., 0.]) LIMIT 3;

-- What is refused
SELECT id FROM t ORDER BY L2Distance(v, [1.]) LIMIT 1; -- { serverError INCORRECT_QUERY }
SELECT id FROM t ORDER BY L2Distance(v, [1., 2., 3.]) LIMIT 1; -- { serverError INCORRECT_QUERY }
SELECT id FROM t ORDER BY L2Distance(v, [1., 2., 3.]) DESC LIMIT 1; -- { serverError SIZES_OF_ARRAYS_DONT_MATCH }
SELECT id FROM t ORDER BY cosineDistance(v, [1., 2., 3.]) LIMIT 1; -- { serverError SIZES_OF_ARRAYS_DONT_MATCH }
SELECT id FROM t ORDER BY L2Distance(v, [nan, 1.]) LIMIT 1; -- { serverError INCORRECT_QUERY }
SELECT id FROM t ORDER BY L2Distance(v, [1., -inf]) LIMIT 1; -- { serverError INCORRECT_QUERY }
SELECT id FROM t ORDER BY L2Distance(v, []) LIMIT 1; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT id FROM t ORDER BY L2Distance(v, (7.2, 1.)) LIMIT 1; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT id FROM t ORDER BY L2Distance(v, 'x') LIMIT 1; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT id FROM t ORDER BY L2Distance(v, [NULL, 1.]) LIMIT 1; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT id FROM t ORDER BY L2Distance(v, [toDecimal32(7, 1), toDecimal32(1, 1)]) LIMIT 1; -- { serverError NO_COMMON_TYPE }
SELECT id FROM t ORDER BY L2Distance(v, ['7', '1']) LIMIT 1; -- { serverError NO_COMMON_TYPE }
SELECT id FROM t ORDER BY L2Distance(v) LIMIT 1; -- { serverError NUMBER_OF_ARGUMENTS_DOESNT_MATCH }
DROP TABLE t;
