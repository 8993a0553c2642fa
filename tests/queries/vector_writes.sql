-- Vectors are checked when they are indexed; a failing INSERT adds nothing.

CREATE TABLE t (id UInt64, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id;
INSERT INTO t VALUES (1, [1., 2., 3.]); -- { serverError INCORRECT_DATA }
INSERT INTO t VALUES (1, [1., 2.]), (2, [1.]); -- { serverError INCORRECT_DATA }
INSERT INTO t VALUES (1, []); -- { serverError INCORRECT_DATA }
INSERT INTO t (id) VALUES (1); -- { serverError INCORRECT_DATA }
INSERT INTO t VALUES (1, [nan, 1.]); -- { serverError INCORRECT_DATA }
INSERT INTO t VALUES (1, [inf, 1.]); -- { serverError INCORRECT_DATA }
SELECT count() FROM t;
INSERT INTO t VALUES (1, [0., 0.]), (2, [1., 1.]);
SELECT count() FROM t;

-- without the index being built nothing is checked
INSERT INTO t SETTINGS materialize_skip_indexes_on_insert = 0 VALUES (3, [1., 2., 3.]);
SELECT id, v FROM t ORDER BY id;

-- a constraint comes first
CREATE TABLE c (v Array(Float32), CONSTRAINT two CHECK length(v) = 2, INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY tuple();
INSERT INTO c VALUES ([1.]); -- { serverError VIOLATED_CONSTRAINT }
INSERT INTO c VALUES ([1., 2.]);
SELECT * FROM c;
DROP TABLE t;
DROP TABLE c;
