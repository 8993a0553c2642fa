-- Vectors that an index rounds to the same numbers, and rows that tie or do not by their own
CREATE TABLE y (id UInt32, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id;
INSERT INTO y SELECT number, [if(number % 2 = 0, 1000 + 5 * (intDiv(number, 2) % 7), 1000 - 5 * (intDiv(number, 2) % 7)), 1] FROM numbers(3000);
SELECT count() FROM (SELECT id FROM y ORDER BY L2Distance(v, [1000., 1.]) LIMIT 3 WITH TIES);
SELECT count() FROM (SELECT id FROM y ORDER BY L2Distance(v, [1003., 1.]) LIMIT 3 WITH TIES);
SELECT id FROM y ORDER BY L2Distance(v, [1003., 1.]), id DESC LIMIT 3;
SELECT id FROM y ORDER BY L2Distance(v, [1003., 1.]), id LIMIT 3;
SELECT id FROM y WHERE id % 3 = 0 ORDER BY L2Distance(v, [1003., 1.]), id LIMIT 3;
SELECT id % 5 AS g, id FROM y ORDER BY L2Distance(v, [1003., 1.]), id LIMIT 1 BY g LIMIT 4;
SELECT count() FROM (SELECT id FROM y ORDER BY round(L2Distance(v, [1003., 1.]) / 10) LIMIT 3 WITH TIES);
DROP TABLE y;

CREATE TABLE y (id UInt32, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'dotProduct', 2)) ENGINE = MergeTree ORDER BY id;
INSERT INTO y SELECT number, [1000 + number % 7, 1] FROM numbers(300);
SELECT count() FROM (SELECT id FROM y ORDER BY dotProduct(v, [1., 1.]) DESC LIMIT 3 WITH TIES);
SELECT id FROM y ORDER BY dotProduct(v, [1., 1.]) DESC, id DESC LIMIT 4;
DROP TABLE y;

CREATE TABLE y (id UInt32, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'cosineDistance', 2, 'i8', 16, 64)) ENGINE = MergeTree ORDER BY id;
INSERT INTO y SELECT number, [1000, 1 + number % 7] FROM numbers(300);
SELECT count() FROM (SELECT id FROM y ORDER BY round(cosineDistance(v, [1000., 1.]), 6) LIMIT 3 WITH TIES);
SELECT id FROM y ORDER BY round(cosineDistance(v, [1000., 7.]), 6) + 1, id DESC LIMIT 4;
DROP TABLE y;

CREATE TABLE y (id UInt32, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'cosineDistance', 8, 'b1', 16, 64)) ENGINE = MergeTree ORDER BY id;
INSERT INTO y SELECT number, arrayMap(i -> toFloat32(if(i = number % 8, 1 + number % 3, -1)), range(8)) FROM numbers(300);
SELECT count() FROM (SELECT id FROM y ORDER BY floor(cosineDistance(v, [1., 1., 1., 1., 1., 1., 1., 1.])) LIMIT 1 WITH TIES);
SELECT id FROM y ORDER BY round(cosineDistance(v, [1., -1., -1., -1., -1., -1., -1., -1.]), 4), id DESC LIMIT 4;
DROP TABLE y;

-- Rows in the direction of the reference vector, whose distances round to a little less than 0
CREATE TABLE y (id UInt32, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'cosineDistance', 3)) ENGINE = MergeTree ORDER BY id;
INSERT INTO y SELECT number, [1000 + number % 3, 1000 + number % 2, 1001] FROM numbers(300);
SELECT id FROM y ORDER BY cosineDistance(v, [1002, 1001, 1001]) + 1, id DESC LIMIT 3;
SELECT count() FROM (SELECT id FROM y ORDER BY cosineDistance(v, [1002, 1001, 1001]) LIMIT 3 WITH TIES);
DROP TABLE y;

-- Rows too short for the index's numbers
CREATE TABLE y (id UInt32, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'cosineDistance', 2, 'f16', 16, 64)) ENGINE = MergeTree ORDER BY id;
INSERT INTO y SELECT number, if(number = 0, [1, 0.0625], if(number > 1990, [exp2(-30), exp2(-34)], [cos(1.45 + number / 100000), sin(1.45 + number / 100000)])) FROM numbers(2000);
SELECT id FROM y ORDER BY cosineDistance(v, [1., 0.]) LIMIT 1 WITH TIES SETTINGS max_threads = 1;
SELECT id FROM y ORDER BY cosineDistance(v, [1., 0.]), id DESC LIMIT 1;
DROP TABLE y;

-- Squares that f32 does not hold
CREATE TABLE y (id UInt32, v Array(Float64), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2, 'f64', 16, 64)) ENGINE = MergeTree ORDER BY id;
INSERT INTO y SELECT number, [1e25 * (3000 - number), 1e25] FROM numbers(3000);
SELECT id FROM y ORDER BY L2Distance(v, [1., 0.]), id LIMIT 3;
DROP TABLE y;

-- Rows near each other and far from the reference vector: their codes are alike
CREATE TABLE y (id UInt32, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 64, 'f32', 16, 64)) ENGINE = MergeTree ORDER BY id;
INSERT INTO y SELECT number, arrayMap(i -> toFloat32(((sipHash64(i, 14) % 2000001) / 1000000. - 1) + number / 3000 * ((sipHash64(i, 15) % 2000001) / 1000000. - 1)), range(64)) FROM numbers(3000);
SELECT countIf(id BETWEEN 180 AND 202) FROM (SELECT id FROM y ORDER BY L2Distance(v, arrayMap(i -> toFloat32(-((sipHash64(i, 14) % 2000001) / 1000000. - 1) - 0.1 * ((sipHash64(i, 15) % 2000001) / 1000000. - 1)), range(64))) LIMIT 10);
SELECT id FROM y ORDER BY L2Distance(v, arrayMap(i -> toFloat32(-((sipHash64(i, 14) % 2000001) / 1000000. - 1) - 0.1 * ((sipHash64(i, 15) % 2000001) / 1000000. - 1)), range(64))), id LIMIT 3;
DROP TABLE y;
