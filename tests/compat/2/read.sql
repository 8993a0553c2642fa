-- What any release must find in the database that `write.sql` made.

SELECT count(), sum(id), sum(arraySum(vec)) FROM coded;
CHECK TABLE coded SETTINGS check_query_single_value_result = 1;
SELECT index, sum(rows_indexed), sum(rows_not_indexed) FROM system.vector_indexes WHERE table = 'coded' GROUP BY index;
SELECT id, round(L2Distance(vec, arrayMap(i -> i % 7 - 3., range(64))), 2) AS d FROM coded ORDER BY d LIMIT 1;
SELECT id FROM coded ORDER BY L2Distance(vec, arrayMap(i -> ((i + 3) * 7919 * 12) % 1009 % 101 - 50.5, range(64))) LIMIT 1;
SELECT round(L2Distance(vec, arrayMap(i -> i % 7 - 3., range(64))), 2) AS d FROM coded ORDER BY L2Distance(vec, arrayMap(i -> i % 7 - 3., range(64))) LIMIT 5 SETTINGS vector_search_with_rescoring = 1;
SELECT id FROM coded WHERE id > 350 ORDER BY L2Distance(vec, arrayMap(i -> i % 7 - 3., range(64))), id LIMIT 5;
