-- What the Java client, DBeaver, Metabase, the Go client and Grafana ask.
SELECT currentUser() AS user, timezone() != '' AS timezone, version() LIKE '2_._%' AS version LIMIT 1;
SELECT displayName() = hostName(), revision(), toTypeName(revision()), toTypeName(displayName());
SELECT arrayJoin(['VIEW', 'TABLE', 'SYSTEM TABLE']) AS TABLE_TYPE ORDER BY TABLE_TYPE;
CREATE DATABASE jdbc;
CREATE TABLE jdbc.t (id UInt64, name String COMMENT 'called', price Decimal(10, 2), at DateTime64(3), note Nullable(FixedString(4)),
    level Int16 DEFAULT 3) ENGINE = MergeTree ORDER BY (id, name) COMMENT 'goods';
CREATE VIEW jdbc.v AS SELECT id FROM jdbc.t;
SELECT t.database AS TABLE_SCHEM, t.name AS TABLE_NAME, multiIf(t.engine LIKE '%View', 'VIEW', 'TABLE') AS TABLE_TYPE, t.comment AS REMARKS
    FROM system.tables t JOIN system.databases d ON t.database = d.name WHERE t.database LIKE 'jdbc' ORDER BY t.name;
SELECT database, table, name, type, position, default_expression, comment, character_octet_length, numeric_precision,
    numeric_precision_radix, numeric_scale, datetime_precision, position(type, 'Nullable(') >= 1 ? 1 : 0 AS nullable,
    CAST(NULL AS Nullable(String)) AS scope FROM system.columns WHERE database LIKE 'jdbc' AND table LIKE '%' ORDER BY table, position;
SELECT c.1 AS column, c.2::Int16 AS seq FROM system.tables
    ARRAY JOIN arrayZip(splitByChar(',', primary_key), arrayEnumerate(splitByChar(',', primary_key))) AS c
    WHERE database = 'jdbc' AND primary_key != '' ORDER BY seq;
SELECT name AS TABLE_SCHEM FROM system.databases WHERE name IN ('jdbc', 'system', 'information_schema', 'INFORMATION_SCHEMA') ORDER BY name;
SELECT name FROM system.data_type_families WHERE name IN ('UInt8', 'String', 'DateTime64') AND alias_to = '' ORDER BY name;
SELECT name, origin FROM system.functions WHERE name = 'toDate' ORDER BY name;
SHOW CREATE TABLE jdbc.t;
SHOW TABLES FROM "jdbc";
DESC TABLE "jdbc"."t";
SELECT name, type, table FROM system.columns WHERE database = 'jdbc' AND table = 't';
SELECT count() > 500 FROM (SELECT name, is_aggregate, case_insensitive, alias_to, origin, description, syntax, arguments,
    returned_value, examples, categories FROM system.functions LIMIT 10000);
SHOW COLUMNS FROM t FROM jdbc;
SHOW FULL COLUMNS FROM jdbc.t LIKE 'n%';
SHOW COLUMNS FROM jdbc.t WHERE key != '' LIMIT 1;
SHOW COLUMNS FROM jdbc.nothing;
SHOW INDEXES FROM jdbc.t;
SHOW INDEXES FROM jdbc.v;
SHOW FULL TABLES FROM jdbc;
SHOW TABLES FROM jdbc WHERE engine = 'View';
SHOW TABLES FROM jdbc NOT LIKE 't';
SHOW TABLE jdbc.t;
SHOW DATABASE system;
SHOW DICTIONARIES FROM jdbc;
SHOW CLUSTERS;
SHOW CLUSTER 'default';
SHOW MERGES LIKE 'nothing';
SHOW FILESYSTEM CACHES;
SHOW CURRENT ROLES;
SHOW ENABLED ROLES;
SHOW GRANTS FOR nobody; -- { serverError UNKNOWN_ROLE }
EXISTS DICTIONARY jdbc.d;
EXISTS VIEW jdbc.v;
SELECT count() FROM system.dictionaries;
SELECT count() FROM system.view_refreshes;
SELECT count() FROM system.clusters WHERE cluster = 'nothing';
SELECT count() > 600, countIf(keyword = 'SELECT') FROM system.keywords;
SELECT count() FROM system.time_zones WHERE time_zone = 'Europe/Berlin';
SELECT name, type, is_remote FROM system.disks;
SELECT policy_name, volume_name, disks FROM system.storage_policies;
SELECT DISTINCT context FROM system.completions WHERE word IN ('SELECT', 'plus', 'numbers', 'max_threads', 'index_granularity', 'MergeTree',
    'String', 'jdbc', 'default') AND context IN ('keyword', 'function', 'table function', 'setting', 'merge tree setting',
    'table engine', 'data type', 'database', 'policy') ORDER BY context;
SELECT getSetting('max_block_size') > 0, toTypeName(getSetting('use_skip_indexes')), toTypeName(getSetting('log_queries_probability')),
    toTypeName(getSetting('distributed_ddl_task_timeout')), toTypeName(getSetting('max_execution_time')), getSetting('join_use_nulls');
SELECT getSettingOrDefault('nosuch_setting', 3), toTypeName(getSettingOrDefault('nosuch_setting', 'a'));
SELECT getSetting('nosuch_setting'); -- { serverError UNKNOWN_SETTING }
SELECT getServerPort('no_port'); -- { serverError CLUSTER_DOESNT_EXIST }
SELECT initialQueryID() = queryID(), initial_query_id() = query_id(), toTypeName(connectionId()), toTypeName(serverUUID());
SELECT currentProfiles(), currentRoles(), enabledRoles(), defaultRoles(), initialQueryStartTime() <= now(), authenticatedUser();
SELECT FQDN() = hostName(), fullHostName() = fqdn(), shardNum(), shardCount(), globalVariable('max_allowed_packet'), globalVariable('nothing');
SELECT getMacro('nothing'); -- { serverError NO_ELEMENTS_IN_CONFIG }
