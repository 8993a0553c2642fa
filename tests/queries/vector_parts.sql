-- Searches over what parts go through: merges, mutations, partitions, replaced rows. Answers are exact here: few rows, far apart.

CREATE TABLE t (id UInt32, a UInt8, vec Array(Float32), INDEX i vec TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree PARTITION BY a % 2 ORDER BY id SETTINGS index_granularity = 4;
INSERT INTO t SELECT number, number % 3, [number, 0] FROM numbers(20);
INSERT INTO t SELECT number, number % 3, [number, 0] FROM numbers(20, 20);
SELECT id FROM t ORDER BY L2Distance(vec, [20.2, 0.]) LIMIT 4;
SELECT id FROM t WHERE a % 2 = 0 ORDER BY L2Distance(vec, [20.2, 0.]) LIMIT 4 SETTINGS vector_search_filter_strategy = 'prefilter';
SELECT id FROM t ORDER BY L2Distance(vec, [20.2, 0.]) LIMIT 3 OFFSET 2;
OPTIMIZE TABLE t FINAL;
SELECT id FROM t ORDER BY L2Distance(vec, [20.2, 0.]) LIMIT 4;
ALTER TABLE t DELETE WHERE id IN (20, 21);
SELECT id FROM t ORDER BY L2Distance(vec, [20.2, 0.]) LIMIT 4;
ALTER TABLE t UPDATE vec = [20, 0.5] WHERE id = 39;
SELECT id FROM t ORDER BY L2Distance(vec, [20.2, 0.]) LIMIT 4;
ALTER TABLE t UPDATE vec = [1, 2, 3] WHERE id = 1; -- { serverError UNFINISHED }
KILL MUTATION WHERE database = currentDatabase() AND table = 't' FORMAT Null;
ALTER TABLE t DETACH PARTITION 1;
SELECT id FROM t ORDER BY L2Distance(vec, [20.2, 0.]) LIMIT 4;
ALTER TABLE t ATTACH PARTITION 1;
SELECT id FROM t ORDER BY L2Distance(vec, [20.2, 0.]) LIMIT 4;
ALTER TABLE t DROP PARTITION 0;
SELECT id FROM t ORDER BY L2Distance(vec, [20.2, 0.]) LIMIT 4;
RENAME TABLE t TO renamed;
SELECT id FROM renamed ORDER BY L2Distance(vec, [20.2, 0.]) LIMIT 4;
TRUNCATE TABLE renamed;
SELECT id FROM renamed ORDER BY L2Distance(vec, [20.2, 0.]) LIMIT 4;
SELECT id FROM renamed ORDER BY L2Distance(vec, [1., 2., 3.]) LIMIT 4;
DROP TABLE renamed;

-- Indexes that are built later, or not at all
CREATE TABLE t (id UInt32, vec Array(Float32)) ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 4;
INSERT INTO t SELECT number, [number, 0] FROM numbers(10);
ALTER TABLE t ADD INDEX i vec TYPE vector_similarity('hnsw', 'L2Distance', 2);
SELECT id FROM t ORDER BY L2Distance(vec, [7.2, 0.]) LIMIT 2;
INSERT INTO t SELECT number, [number, 0] FROM numbers(10, 10);
SELECT id FROM t ORDER BY L2Distance(vec, [9.7, 0.]) LIMIT 2;
ALTER TABLE t MATERIALIZE INDEX i SETTINGS mutations_sync = 2;
SELECT id FROM t ORDER BY L2Distance(vec, [9.7, 0.]) LIMIT 2;
INSERT INTO t SETTINGS materialize_skip_indexes_on_insert = 0 SELECT number, [number, 0] FROM numbers(20, 10);
INSERT INTO t SETTINGS exclude_materialize_skip_indexes_on_insert = 'i, other' SELECT number, [number, 0] FROM numbers(30, 10);
SELECT id FROM t ORDER BY L2Distance(vec, [29.7, 0.]) LIMIT 3;
ALTER TABLE t CLEAR INDEX i;
SELECT id FROM t ORDER BY L2Distance(vec, [9.7, 0.]) LIMIT 2;
OPTIMIZE TABLE t FINAL;
SELECT id FROM t ORDER BY L2Distance(vec, [9.7, 0.]) LIMIT 2;
ALTER TABLE t DROP INDEX i;
SELECT id FROM t ORDER BY L2Distance(vec, [9.7, 0.]) LIMIT 2;
DROP TABLE t;

-- What came in unchecked is told when the index is built
CREATE TABLE t (id UInt32, vec Array(Float32), INDEX i vec TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id;
INSERT INTO t SETTINGS materialize_skip_indexes_on_insert = 0 VALUES (1, [1, 2, 3]);
ALTER TABLE t MATERIALIZE INDEX i SETTINGS mutations_sync = 2; -- { serverError UNFINISHED }
SELECT command, is_done FROM system.mutations WHERE database = currentDatabase() AND table = 't';
KILL MUTATION WHERE database = currentDatabase() AND table = 't' FORMAT Null;
OPTIMIZE TABLE t FINAL; -- { serverError INCORRECT_DATA }
ALTER TABLE t DELETE WHERE length(vec) != 2;
INSERT INTO t VALUES (2, [1, 2]);
OPTIMIZE TABLE t FINAL;
SELECT id FROM t ORDER BY L2Distance(vec, [1., 2.]) LIMIT 2;
DROP TABLE t;

-- Merges without the index
CREATE TABLE t (id UInt32, vec Array(Float32), INDEX i vec TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id SETTINGS materialize_skip_indexes_on_merge = 0;
INSERT INTO t SELECT number, [number, 0] FROM numbers(10);
INSERT INTO t SELECT number, [number, 0] FROM numbers(10, 10);
OPTIMIZE TABLE t FINAL;
SELECT id FROM t ORDER BY L2Distance(vec, [9.7, 0.]) LIMIT 2;
SELECT sum(secondary_indices_compressed_bytes) FROM system.parts WHERE database = currentDatabase() AND table = 't' AND active;
DROP TABLE t;

-- Replaced rows
CREATE TABLE r (id UInt32, version UInt8, vec Array(Float32), INDEX i vec TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = ReplacingMergeTree(version) ORDER BY id;
INSERT INTO r SELECT number, 1, [number, 0] FROM numbers(10);
INSERT INTO r SELECT number, 2, [number + 100, 0] FROM numbers(2);
SELECT id, version FROM r FINAL ORDER BY L2Distance(vec, [0., 0.]) LIMIT 3 SETTINGS use_skip_indexes_if_final = 0;
OPTIMIZE TABLE r FINAL;
SELECT id, version FROM r FINAL ORDER BY L2Distance(vec, [0., 0.]) LIMIT 3;
SELECT id, version FROM r FINAL ORDER BY L2Distance(vec, [101.2, 0.]) LIMIT 3;
DROP TABLE r;

-- Several sub-indexes
CREATE TABLE g (id UInt32, vec Array(Float32), INDEX i vec TYPE vector_similarity('hnsw', 'L2Distance', 2) GRANULARITY 1, INDEX j vec TYPE vector_similarity('hnsw', 'cosineDistance', 2) GRANULARITY 3) ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 2;
INSERT INTO g SELECT number, [number, 1] FROM numbers(23);
SELECT id FROM g ORDER BY L2Distance(vec, [20.2, 1.]) LIMIT 4;
SELECT id FROM g ORDER BY cosineDistance(vec, [0., 1.]) LIMIT 4;
INSERT INTO g SELECT number, [number, 1] FROM numbers(23, 2);
OPTIMIZE TABLE g FINAL;
SELECT id FROM g ORDER BY L2Distance(vec, [20.2, 1.]) LIMIT 8;
SELECT id FROM g ORDER BY cosineDistance(vec, [0., 1.]) LIMIT 4;
DROP TABLE g;
