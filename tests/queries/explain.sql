-- EXPLAIN where it is the same text here and in ClickHouse: the tree of searches, classic titles, ESTIMATE.

CREATE TABLE t (id UInt32, a Int32, vec Array(Float32), INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 2), INDEX cosine vec TYPE vector_similarity('hnsw', 'cosineDistance', 2)) ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 3;
INSERT INTO t SELECT number, number % 5, [number, number + 1] FROM numbers(12);
SET explain_query_plan_default = 'pretty', query_plan_optimize_lazy_materialization = 0;

EXPLAIN SELECT id FROM t ORDER BY L2Distance(vec, [0., 2.]) LIMIT 3;
EXPLAIN SELECT id, L2Distance(vec, [0., 2.]) AS d FROM t ORDER BY d LIMIT 3 OFFSET 2;
EXPLAIN SELECT id FROM t ORDER BY cosineDistance([0., 2.], vec) LIMIT 3;
EXPLAIN SELECT id, a FROM t WHERE a = 1 ORDER BY L2Distance(vec, [0., 2.]) LIMIT 3 SETTINGS vector_search_filter_strategy = 'postfilter';
EXPLAIN description = 0 SELECT id FROM t ORDER BY L2Distance(vec, [0., 2.]) LIMIT 3;
EXPLAIN SELECT id FROM t;
EXPLAIN SELECT id + 1 FROM t;
EXPLAIN pretty = 0 SELECT id FROM t;

SET explain_query_plan_default = 'legacy';
EXPLAIN description = 0 SELECT id FROM t ORDER BY L2Distance(vec, [0., 2.]) LIMIT 3;
EXPLAIN ESTIMATE SELECT id FROM t ORDER BY L2Distance(vec, [0., 2.]) LIMIT 3;
EXPLAIN ESTIMATE SELECT id FROM t WHERE id > 5 ORDER BY L2Distance(vec, [0., 2.]) LIMIT 3;
EXPLAIN ESTIMATE SELECT id FROM t WHERE id > 5;
EXPLAIN nosuch = 1 SELECT 1; -- { serverError UNKNOWN_SETTING }
EXPLAIN header = 2 SELECT 1; -- { serverError INVALID_SETTING_VALUE }
SET explain_query_plan_default = 'foo'; -- { serverError BAD_ARGUMENTS }

-- Statements that run.
KILL QUERY WHERE query_id = 'nosuch';
KILL QUERY WHERE query_id = 'nosuch' SYNC;
KILL QUERY WHERE query_id = 'nosuch' TEST;
KILL QUERY WHERE nosuch = 1; -- { serverError UNKNOWN_IDENTIFIER }
SELECT query_kind, user, is_initial_query, is_cancelled, current_database, query FROM system.processes;
SELECT toTypeName(ProfileEvents), toTypeName(Settings), ProfileEvents['NoSuchEvent'], mapContains(ProfileEvents, 'Query'), Settings['max_threads'] FROM system.processes SETTINGS max_threads = 3;
SELECT message FROM system.warnings;
