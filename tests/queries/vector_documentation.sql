-- The worked example of ClickHouse's documentation: 12 points in the plane, the three nearest to (0, 2).

CREATE TABLE tab (id Int32, vec Array(Float32)) ENGINE = MergeTree ORDER BY id;
INSERT INTO tab VALUES (0, [1.0, 0.0]), (1, [1.1, 0.0]), (2, [1.2, 0.0]), (3, [1.3, 0.0]), (4, [1.4, 0.0]), (5, [1.5, 0.0]), (6, [0.0, 2.0]), (7, [0.0, 2.1]), (8, [0.0, 2.2]), (9, [0.0, 2.3]), (10, [0.0, 2.4]), (11, [0.0, 2.5]);

-- exact
WITH [0., 2.] AS reference_vec SELECT id, vec FROM tab ORDER BY L2Distance(vec, reference_vec) ASC LIMIT 3;

-- with an index
DROP TABLE tab;
CREATE TABLE tab (id Int32, vec Array(Float32), INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id;
INSERT INTO tab VALUES (0, [1.0, 0.0]), (1, [1.1, 0.0]), (2, [1.2, 0.0]), (3, [1.3, 0.0]), (4, [1.4, 0.0]), (5, [1.5, 0.0]), (6, [0.0, 2.0]), (7, [0.0, 2.1]), (8, [0.0, 2.2]), (9, [0.0, 2.3]), (10, [0.0, 2.4]), (11, [0.0, 2.5]);
WITH [0., 2.] AS reference_vec SELECT id, vec FROM tab ORDER BY L2Distance(vec, reference_vec) ASC LIMIT 3;
WITH [0., 2.] AS reference_vec SELECT id, round(L2Distance(vec, reference_vec), 2) AS d FROM tab ORDER BY d LIMIT 3 OFFSET 1;
SELECT id FROM tab WHERE id > 7 ORDER BY L2Distance(vec, [0., 2.]) LIMIT 3 SETTINGS vector_search_filter_strategy = 'prefilter';
SELECT id, vec FROM tab ORDER BY L2Distance(vec, [0., 2.]) LIMIT 3 SETTINGS vector_search_with_rescoring = 1;
SHOW CREATE TABLE tab FORMAT TSVRaw;
SELECT name, type, type_full, expr, granularity FROM system.data_skipping_indices WHERE database = currentDatabase() AND table = 'tab';
DROP TABLE tab;
