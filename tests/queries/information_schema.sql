-- The information schema, in both cases.
CREATE DATABASE standard;
CREATE TABLE standard.t (a UInt32 COMMENT 'key', b Nullable(String) DEFAULT 'x', c Decimal(9, 3), d FixedString(3) MATERIALIZED 'abc', e DateTime64(3))
    ENGINE = MergeTree ORDER BY a COMMENT 'table';
INSERT INTO standard.t (a, b) VALUES (1, 'y'), (2, NULL);
CREATE VIEW standard.v AS SELECT a FROM standard.t;
SELECT table_catalog, table_schema, table_name, table_type, table_rows, table_collation, table_comment, engine, TABLE_NAME, ENGINE, version, CREATE_TIME
    FROM information_schema.tables WHERE table_schema = 'standard' ORDER BY table_name;
SELECT TABLE_SCHEMA, TABLE_TYPE FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'system' AND TABLE_NAME = 'one';
SELECT table_name, column_name, ordinal_position, column_default, is_nullable, data_type, character_maximum_length, numeric_precision,
    numeric_precision_radix, numeric_scale, datetime_precision, extra, column_comment, column_type, column_key, generation_expression, SRS_ID
    FROM information_schema.columns WHERE table_schema = 'standard' ORDER BY table_name, ordinal_position;
SELECT catalog_name, SCHEMA_NAME, schema_owner, sql_path FROM information_schema.schemata WHERE schema_name = 'standard';
SELECT table_name, check_option, is_updatable, is_insertable_into, TABLE_SCHEMA FROM information_schema.views WHERE table_schema = 'standard';
SELECT constraint_name, table_name, column_name, ordinal_position, CONSTRAINT_CATALOG FROM information_schema.key_column_usage WHERE table_schema = 'standard';
SELECT * FROM information_schema.referential_constraints;
SELECT * FROM INFORMATION_SCHEMA.statistics;
SELECT * FROM information_schema.character_sets ORDER BY character_set_name;
SELECT engine, support FROM information_schema.engines WHERE engine = 'MergeTree';
DESCRIBE information_schema.tables;
DESCRIBE INFORMATION_SCHEMA.COLUMNS;
DESCRIBE information_schema.SCHEMATA;
DESCRIBE information_schema.views;
DESCRIBE information_schema.key_column_usage;
DESCRIBE information_schema.referential_constraints;
DESCRIBE information_schema.statistics;
SHOW TABLES FROM information_schema LIKE 't%';
SHOW DATABASES ILIKE 'information%';
EXISTS TABLE information_schema.TABLES;
SELECT * FROM information_schema.nothing; -- { serverError UNKNOWN_TABLE }
CREATE DATABASE information_schema; -- { serverError DATABASE_ALREADY_EXISTS }
