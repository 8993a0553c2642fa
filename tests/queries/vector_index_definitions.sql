-- Vector indexes as definitions: how they are written, shown, added, dropped and renamed.

CREATE TABLE t (id UInt32, vec Array(Float32), w Array(Float64)) ENGINE = MergeTree ORDER BY id;
ALTER TABLE t ADD INDEX i1 vec TYPE vector_similarity('hnsw', 'L2Distance', 2);
ALTER TABLE t ADD INDEX IF NOT EXISTS i1 vec TYPE vector_similarity('hnsw', 'cosineDistance', 3);
ALTER TABLE t ADD INDEX i1 vec TYPE vector_similarity('hnsw', 'cosineDistance', 3); -- { serverError ILLEGAL_COLUMN }
CREATE INDEX i2 ON t (vec) TYPE vector_similarity('hnsw', 'cosineDistance', 2, 'f32', 16, 64);
CREATE INDEX IF NOT EXISTS i2 ON t (vec) TYPE vector_similarity('hnsw', 'dotProduct', 2);
CREATE INDEX i2 ON t (vec) TYPE vector_similarity('hnsw', 'dotProduct', 2); -- { serverError ILLEGAL_COLUMN }
ALTER TABLE t ADD INDEX i3 w TYPE vector_similarity(hnsw, dotProduct, 4, f16, 0, 0) GRANULARITY 3;
ALTER TABLE t ADD INDEX i4 vec TYPE vector_similarity('hnsw', 'L2Distance', 2, 'i8', 2, 1) FIRST;
ALTER TABLE t ADD INDEX i5 vec TYPE vector_similarity('hnsw', 'cosineDistance', 8, 'b1', 4, 4) AFTER i1;
ALTER TABLE t ADD INDEX i6 vec TYPE vector_similarity('hnsw', 'L2Distance', 2, 'f64', 100000, 100000);
SELECT name, type, type_full, expr, creation, granularity FROM system.data_skipping_indices WHERE database = currentDatabase() AND table = 't';
SHOW CREATE TABLE t FORMAT TSVRaw;
ALTER TABLE t DROP INDEX nope; -- { serverError BAD_ARGUMENTS }
ALTER TABLE t DROP INDEX IF EXISTS nope;
DROP INDEX nope ON t; -- { serverError BAD_ARGUMENTS }
DROP INDEX IF EXISTS nope ON t;
ALTER TABLE t MATERIALIZE INDEX nope;
ALTER TABLE t CLEAR INDEX nope;
ALTER TABLE t DROP INDEX i4;
DROP INDEX i5 ON t;
ALTER TABLE t DROP INDEX i6, DROP INDEX i3;
ALTER TABLE t RENAME COLUMN vec TO v;
SELECT name, expr FROM system.data_skipping_indices WHERE database = currentDatabase() AND table = 't';
ALTER TABLE t DROP COLUMN v; -- { serverError UNKNOWN_IDENTIFIER }
ALTER TABLE t DROP COLUMN w;
ALTER TABLE t DROP INDEX i1, DROP INDEX i2;
ALTER TABLE t DROP COLUMN v;
DROP TABLE t;

-- Expressions, ALIAS and MATERIALIZED columns
CREATE TABLE e (id UInt32, vec Array(Float32), m Array(Float32) MATERIALIZED arrayMap(x -> x * 2, vec), a Array(Float64) ALIAS arrayMap(x -> x / 2, vec),
    INDEX i1 arraySlice(vec, 1, 2) TYPE vector_similarity('hnsw', 'L2Distance', 2),
    INDEX i2 m TYPE vector_similarity('hnsw', 'L2Distance', 3),
    INDEX i3 a TYPE vector_similarity('hnsw', 'L2Distance', 3),
    INDEX i4 CAST(vec, 'Array(BFloat16)') TYPE vector_similarity('hnsw', 'L2Distance', 3),
    INDEX i5 arrayMap(x -> x / 2, vec) TYPE vector_similarity('hnsw', 'cosineDistance', 3)) ENGINE = MergeTree ORDER BY id;
SELECT name, expr FROM system.data_skipping_indices WHERE database = currentDatabase() AND table = 'e' AND name != 'i3';
INSERT INTO e VALUES (1, [1, 2]); -- { serverError INCORRECT_DATA }
INSERT INTO e (id, vec) SELECT number, [number, 2, 3] FROM numbers(20);
SELECT id FROM e ORDER BY L2Distance(arraySlice(vec, 1, 2), [7.2, 2.]) LIMIT 3;
SELECT id FROM e ORDER BY L2Distance(m, [14.2, 4., 6.]) LIMIT 3;
SELECT id FROM e ORDER BY L2Distance(a, [3.6, 1., 1.5]) LIMIT 3;
SELECT id FROM e ORDER BY L2Distance(CAST(vec, 'Array(BFloat16)'), [7.2, 2., 3.]) LIMIT 3;
SELECT id FROM e ORDER BY L2Distance(vec, [7.2, 2., 3.]) LIMIT 3;
SELECT id FROM e ORDER BY L2Distance(arraySlice(vec, 2, 2), [7.2, 2.]), id LIMIT 3;
SELECT id, a FROM e WHERE id > 10 ORDER BY L2Distance(a, [3.6, 1., 1.5]) LIMIT 2 SETTINGS vector_search_filter_strategy = 'prefilter';
ALTER TABLE e ADD INDEX j arrayMap(x -> x > 1, vec) TYPE vector_similarity('hnsw', 'L2Distance', 3); -- { serverError ILLEGAL_COLUMN }
ALTER TABLE e ADD INDEX j vec[1] TYPE vector_similarity('hnsw', 'L2Distance', 3); -- { serverError ILLEGAL_COLUMN }
DROP TABLE e;

-- Tables that can have none
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = Memory; -- { serverError BAD_ARGUMENTS }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY tuple() SETTINGS index_granularity_bytes = 0; -- { serverError INVALID_SETTING_VALUE }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2), INDEX i v TYPE minmax) ENGINE = MergeTree ORDER BY tuple(); -- { serverError ILLEGAL_INDEX }
CREATE TABLE t (v Array(Float32), INDEX i (v, v) TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError BAD_ARGUMENTS }
CREATE TABLE t (v Array(UInt8), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError ILLEGAL_COLUMN }

-- Settings that once allowed them
SET allow_experimental_vector_similarity_index = 1, enable_vector_similarity_index = 0;
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY tuple();
DROP TABLE t;
SELECT name, syntax FROM system.data_skipping_index_types WHERE name NOT IN ('hypothesis', 'text', 'sparse_grams') ORDER BY name;
