-- What clickhouse-connect, clickhouse-sqlalchemy and Superset ask when they begin, and about tables.
SELECT length(splitByChar('.', version())) >= 3, timezone() != '';
SELECT count() > 1850 FROM (SELECT name, value, readonly FROM system.settings LIMIT 10000);
SELECT toTypeName(name), toTypeName(value), toTypeName(readonly) FROM system.settings LIMIT 1;
SELECT name, readonly FROM system.settings WHERE name IN ('date_time_input_format', 'cast_string_to_dynamic_use_inference',
    'cancel_http_readonly_queries_on_client_close', 'send_progress_in_http_headers', 'http_headers_progress_interval_ms',
    'wait_end_of_query', 'enable_http_compression', 'max_block_size') ORDER BY name;
SELECT 1 AS check;
SET date_time_input_format = 'best_effort', cast_string_to_dynamic_use_inference = 1, cancel_http_readonly_queries_on_client_close = 1,
    send_progress_in_http_headers = 1, http_headers_progress_interval_ms = 120000;
CREATE DATABASE connect;
USE connect;
CREATE TABLE `t` (`a` UInt32 COMMENT 'first', `b` Nullable(String) DEFAULT 'x', `c` Array(Float32))
    ENGINE = MergeTree ORDER BY a SETTINGS index_granularity = 8192;
CREATE VIEW v AS SELECT a FROM t;
DESCRIBE TABLE `t`;
SELECT * FROM (SELECT * FROM `t`) LIMIT 0;
SELECT currentDatabase();
SHOW DATABASES LIKE 'connect';
SHOW TABLES FROM `connect`;
SELECT engine, engine_full, comment FROM system.tables WHERE database = 'connect' AND name = 't';
SELECT name FROM system.tables WHERE database = 'connect' AND engine IN ('View', 'WindowView') ORDER BY name;
select currentDatabase();
SELECT name FROM system.tables WHERE engine NOT LIKE '%View' AND name NOT LIKE '.inner%' AND database = 'connect';
SELECT name FROM system.tables WHERE engine LIKE '%View' AND database = 'connect';
DESCRIBE TABLE "t";
EXISTS TABLE connect.t;
EXISTS TABLE connect.nothing;
SELECT name FROM system.tables WHERE database = CURRENT_DATABASE() OR is_temporary ORDER BY name;
SELECT "t0"."b", "t0"."a" FROM "t" AS "t0" WHERE "t0"."a" > CAST(1 AS UInt8);
SELECT name, is_aggregate, case_insensitive FROM system.functions WHERE name IN ('sum', 'plus') ORDER BY name;
SHOW SETTINGS LIKE 'max_block_size';
SET nosuch_setting = 1; -- { serverError UNKNOWN_SETTING }
