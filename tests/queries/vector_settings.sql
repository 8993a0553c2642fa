-- Settings of vector searches: what they change, and which values are refused.

CREATE TABLE t (id UInt32, a UInt8, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 4;
INSERT INTO t SELECT number, number % 3, [number, 0] FROM numbers(40);

SELECT name, value, default FROM system.settings WHERE name IN ('hnsw_candidate_list_size_for_search', 'max_limit_for_vector_search_queries', 'vector_search_filter_strategy', 'vector_search_index_fetch_multiplier', 'vector_search_with_rescoring', 'query_plan_try_use_vector_search', 'materialize_skip_indexes_on_insert', 'exclude_materialize_skip_indexes_on_insert', 'use_skip_indexes', 'use_skip_indexes_if_final') ORDER BY name;

SELECT id FROM t ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3 SETTINGS hnsw_candidate_list_size_for_search = 1000;
SELECT id FROM t ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3 SETTINGS max_limit_for_vector_search_queries = 2;
SELECT id FROM t ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3 SETTINGS max_limit_for_vector_search_queries = 0;
SELECT id FROM t ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3 SETTINGS query_plan_try_use_vector_search = 0;
SELECT id FROM t ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3 SETTINGS use_skip_indexes = 0;
SELECT id FROM t ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3 SETTINGS compatibility = '24.8';
SELECT id FROM t ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3 SETTINGS compatibility = '25.7';
SELECT id FROM t ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3 SETTINGS ignore_data_skipping_indices = 'i';
SELECT id, L2Distance(v, [7.5, 0.]) AS d FROM t ORDER BY d LIMIT 2 SETTINGS vector_search_with_rescoring = 1;
SELECT id FROM t WHERE a = 1 ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3 SETTINGS vector_search_filter_strategy = 'prefilter';
SELECT id FROM t WHERE a = 1 ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3 SETTINGS vector_search_filter_strategy = 'postfilter', vector_search_index_fetch_multiplier = 10;
SELECT id FROM t WHERE a = 1 ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3 SETTINGS vector_search_filter_strategy = 'postfilter';
SELECT id FROM t WHERE a = 1 ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3 SETTINGS vector_search_filter_strategy = 'postfilter', vector_search_postfilter_multiplier = 1000;

SELECT id FROM t ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3 SETTINGS force_data_skipping_indices = 'i';
SELECT id FROM t ORDER BY L2Distance(v, [7.2, 0.]) DESC LIMIT 3 SETTINGS force_data_skipping_indices = 'i'; -- { serverError INDEX_NOT_USED }
SELECT id FROM t ORDER BY cosineDistance(v, [7.2, 0.]) LIMIT 3 SETTINGS force_data_skipping_indices = 'i'; -- { serverError INDEX_NOT_USED }
SELECT id FROM t ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3000 SETTINGS force_data_skipping_indices = 'i'; -- { serverError INDEX_NOT_USED }
SELECT id FROM t ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3 SETTINGS force_data_skipping_indices = 'nope'; -- { serverError INDEX_NOT_USED }
SELECT id FROM t ORDER BY id LIMIT 3 SETTINGS force_data_skipping_indices = 'i'; -- { serverError INDEX_NOT_USED }
SELECT id FROM t ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3 SETTINGS force_data_skipping_indices = ''; -- { serverError CANNOT_PARSE_TEXT }

SELECT id FROM t ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3 SETTINGS hnsw_candidate_list_size_for_search = 0; -- { serverError INVALID_SETTING_VALUE }
SELECT id FROM t ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3 SETTINGS vector_search_index_fetch_multiplier = 0.99; -- { serverError INVALID_SETTING_VALUE }
SELECT id FROM t ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3 SETTINGS vector_search_index_fetch_multiplier = 1000.5; -- { serverError INVALID_SETTING_VALUE }
SELECT id FROM t ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3 SETTINGS vector_search_index_fetch_multiplier = -1; -- { serverError INVALID_SETTING_VALUE }
SELECT id FROM t ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3 SETTINGS vector_search_index_fetch_multiplier = 'nan'; -- { serverError CANNOT_PARSE_NUMBER }
SELECT id FROM t ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3 SETTINGS vector_search_index_fetch_multiplier = 'inf'; -- { serverError CANNOT_PARSE_NUMBER }
SELECT id FROM t ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3 SETTINGS vector_search_filter_strategy = ''; -- { serverError BAD_ARGUMENTS }
SET vector_search_index_fetch_multiplier = 0;
SELECT 1;
SELECT count() FROM t;
SELECT id FROM t WHERE id = 3; -- { serverError INVALID_SETTING_VALUE }
SET vector_search_index_fetch_multiplier = 1;
DROP TABLE t;

-- Every quantization, with distances computed again
CREATE TABLE q (id UInt32, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2, 'f64', 8, 16)) ENGINE = MergeTree ORDER BY id;
INSERT INTO q SELECT number, [number % 7, intDiv(number, 7)] FROM numbers(49);
SELECT id, L2Distance(v, [3., 2.5]) AS d FROM q ORDER BY d, id LIMIT 2;
SELECT id, L2Distance(v, [3.25, 2.]) AS d FROM q ORDER BY d LIMIT 2 SETTINGS vector_search_with_rescoring = 1;
ALTER TABLE q DROP INDEX i, ADD INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2, 'f32', 8, 16);
OPTIMIZE TABLE q FINAL;
SELECT id, L2Distance(v, [3.25, 2.]) AS d FROM q ORDER BY d LIMIT 2;
ALTER TABLE q DROP INDEX i, ADD INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2, 'f16', 8, 16);
ALTER TABLE q MATERIALIZE INDEX i;
SELECT id, L2Distance(v, [3.25, 2.]) AS d FROM q ORDER BY d LIMIT 2;
ALTER TABLE q DROP INDEX i, ADD INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2, 'bf16', 8, 16);
ALTER TABLE q MATERIALIZE INDEX i;
SELECT id, L2Distance(v, [3.25, 2.]) AS d FROM q ORDER BY d LIMIT 2;
DROP TABLE q;
