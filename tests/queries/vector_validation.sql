-- What CREATE TABLE says about a wrong vector index, in the order in which it is checked.

-- number of arguments
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_QUERY }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity()) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_QUERY }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance')) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_QUERY }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2, 'bf16')) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_QUERY }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2, 'bf16', 1, 2, 3)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_QUERY }
-- types of arguments
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity(3, 'L2Distance', 2)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_QUERY }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 3, 2)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_QUERY }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', '2')) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_QUERY }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', -1)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_QUERY }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2.5)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_QUERY }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2, 4, 1, 1)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_QUERY }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2, 'bf16', 'a', 1)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_QUERY }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2, 'bf16', 1, 'a')) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_QUERY }
-- values of arguments
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('ivf', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_DATA }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('HNSW', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_DATA }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'l2distance', 2)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_DATA }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'distanceL2', 2)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_DATA }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 0)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_DATA }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2, 'f8', 1, 1)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_DATA }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2, 'b1', 2, 1)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_DATA }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'dotProduct', 8, 'b1', 2, 1)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_DATA }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'cosineDistance', 9, 'b1', 2, 1)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_DATA }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2, 'bf16', 1, 128)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_DATA }
-- columns
CREATE TABLE t (v Array(Float32), w Array(Float32), INDEX i (v, w) TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_NUMBER_OF_COLUMNS }
CREATE TABLE t (v Float32, INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError ILLEGAL_COLUMN }
CREATE TABLE t (v Array(Int8), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError ILLEGAL_COLUMN }
CREATE TABLE t (v Array(Nullable(Float32)), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError ILLEGAL_COLUMN }
CREATE TABLE t (v Array(Array(Float32)), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError ILLEGAL_COLUMN }
CREATE TABLE t (v Tuple(Float32, Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError ILLEGAL_COLUMN }
CREATE TABLE t (v String, INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError ILLEGAL_COLUMN }
CREATE TABLE t (v Array(Float32), INDEX i w TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError UNKNOWN_IDENTIFIER }
-- the rest
CREATE TABLE t (v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2) GRANULARITY 0) ENGINE = MergeTree ORDER BY tuple(); -- { serverError BAD_ARGUMENTS }
CREATE TABLE t (v Array(Float32), INDEX i v TYPE no_such_type(1)) ENGINE = MergeTree ORDER BY tuple(); -- { serverError INCORRECT_QUERY }

-- what is right
CREATE TABLE bare (v Array(Float32), INDEX i v TYPE vector_similarity(hnsw, L2Distance, 2)) ENGINE = MergeTree ORDER BY tuple();
SHOW CREATE TABLE bare FORMAT TSVRaw;
CREATE TABLE full (v Array(Float64), w Array(BFloat16), INDEX i v TYPE vector_similarity('hnsw', 'cosineDistance', 8, 'b1', 0, 0) GRANULARITY 2, INDEX j w TYPE vector_similarity('hnsw', 'dotProduct', 3, 'i8', 100, 200)) ENGINE = MergeTree ORDER BY tuple();
SHOW CREATE TABLE full FORMAT TSVRaw;
SELECT table, name, type, type_full, expr, granularity FROM system.data_skipping_indices WHERE database = currentDatabase() ORDER BY table, name;
DROP TABLE bare;
DROP TABLE full;
