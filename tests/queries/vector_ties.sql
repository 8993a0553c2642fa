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
