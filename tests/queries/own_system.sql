-- What is refused because it would do nothing here, and what nobody may change.
SET max_rows_to_group_by = 10; -- { serverError NOT_IMPLEMENTED }
SET partial_result_on_first_cancel = 1; -- { serverError NOT_IMPLEMENTED }
SET timeout_overflow_mode = 'break'; -- { serverError NOT_IMPLEMENTED }
SELECT 1 SETTINGS join_default_strictness = 'ANY'; -- { serverError NOT_IMPLEMENTED }
SET extremes = 0, timeout_overflow_mode = 'throw', cast_keep_nullable = 0;
SET parallel_replica_offset = 3;
SELECT name, value, changed, description FROM system.settings WHERE name IN ('parallel_replica_offset', 'cast_keep_nullable', 'max_threads') ORDER BY name;
SELECT name, value, description != '' FROM system.server_settings WHERE name IN ('max_connections', 'mark_cache_size') ORDER BY name;
DROP TABLE information_schema.tables; -- { serverError ACCESS_DENIED }
DROP DATABASE INFORMATION_SCHEMA; -- { serverError ACCESS_DENIED }
CREATE VIEW information_schema.mine AS SELECT 1; -- { serverError ACCESS_DENIED }
RENAME TABLE information_schema.tables TO default.tables; -- { serverError ACCESS_DENIED }
CREATE VIEW mine AS SELECT 1;
RENAME TABLE mine TO information_schema.mine; -- { serverError ACCESS_DENIED }
EXCHANGE TABLES mine AND information_schema.tables; -- { serverError ACCESS_DENIED }
DROP VIEW mine;
SHOW GRANTS;
SHOW GRANTS FOR default;
SHOW USERS;
SHOW ROLES;
SHOW QUOTAS;
SELECT name, auth_type, host_ip FROM system.users;
SELECT name FROM system.contributors;
SELECT value FROM system.build_options WHERE name = 'VERSION_DESCRIBE';
SELECT library_name, license_type FROM system.licenses;
