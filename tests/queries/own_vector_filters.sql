-- What we do differently on purpose: a filter never leaves an answer short. ClickHouse's default strategy fetches the
-- three nearest of each part and filters these; it answers the first query with one row.

CREATE TABLE tab (id Int32, vec Array(Float32), INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id;
INSERT INTO tab SELECT number, if(number < 6, [1 + number / 10, 0], [0, 2 + (number - 6) / 10]) FROM numbers(12);
SELECT id FROM tab WHERE id > 7 ORDER BY L2Distance(vec, [0., 2.]) LIMIT 3;
SELECT id FROM tab WHERE id % 5 = 0 ORDER BY L2Distance(vec, [0., 2.]) LIMIT 2;
SELECT id FROM tab WHERE vec[2] = 0 ORDER BY L2Distance(vec, [0., 2.]) LIMIT 2;
SELECT id FROM tab WHERE id < 3 ORDER BY L2Distance(vec, [0., 2.]) LIMIT 10;
DROP TABLE tab;
