-- What ClickHouse refuses about columns and keys, by its codes.
CREATE TABLE numbered (d Date, n UInt32, s String) ENGINE = MergeTree PARTITION BY n ORDER BY s;
ALTER TABLE numbered DROP PARTITION 'abc'; -- { serverError TYPE_MISMATCH }
ALTER TABLE numbered DROP PARTITION '12';
ALTER TABLE numbered DROP PARTITION 12;
ALTER TABLE numbered DROP PARTITION -5; -- { serverError ARGUMENT_OUT_OF_BOUND }
ALTER TABLE numbered DROP PARTITION 1.5; -- { serverError ARGUMENT_OUT_OF_BOUND }
CREATE TABLE dated (d Date, n UInt32, s String) ENGINE = MergeTree PARTITION BY (d, n) ORDER BY s;
ALTER TABLE dated DROP PARTITION ('abc', 1); -- { serverError CANNOT_PARSE_DATE }
ALTER TABLE dated DROP PARTITION ('2020-01-01', 'x'); -- { serverError TYPE_MISMATCH }
ALTER TABLE dated DROP PARTITION ('2020-01-01', '1');
ALTER TABLE dated MODIFY COLUMN n String; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE dated MODIFY COLUMN s FixedString(3); -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE dated MODIFY COLUMN s String ALIAS 'x'; -- { serverError UNKNOWN_IDENTIFIER }
ALTER TABLE dated MODIFY COLUMN d Date EPHEMERAL; -- { serverError UNKNOWN_IDENTIFIER }
SYSTEM STOP MERGES default.nowhere;
SYSTEM START MERGES default.nowhere;
SYSTEM STOP TTL MERGES default.nowhere;
SYSTEM STOP MERGES nowhere.nowhere; -- { serverError UNKNOWN_DATABASE }

-- A constraint is asked by INSERT: its type may have become impossible meanwhile.
CREATE TABLE checked (k UInt8, c UInt8, v UInt8, CONSTRAINT z CHECK c < 100) ENGINE = MergeTree ORDER BY k;
INSERT INTO checked VALUES (1, 2, 3);
ALTER TABLE checked MODIFY COLUMN c String;
INSERT INTO checked VALUES (1, '2', 3); -- { serverError NO_COMMON_TYPE }
SELECT * FROM checked;
ALTER TABLE checked DROP COLUMN c; -- { serverError UNKNOWN_IDENTIFIER }
ALTER TABLE checked ADD CONSTRAINT y CHECK nowhere < 3; -- { serverError UNKNOWN_IDENTIFIER }
ALTER TABLE checked MODIFY COLUMN c UInt16;
INSERT INTO checked VALUES (1, 2, 3);
INSERT INTO checked VALUES (1, 100, 3); -- { serverError VIOLATED_CONSTRAINT }

-- EPHEMERAL columns have names and no values.
CREATE TABLE short (a UInt8, b UInt8 EPHEMERAL, c UInt8 DEFAULT b + 1, e String EPHEMERAL 'x', f Array(UInt8) EPHEMERAL, m UInt8 MATERIALIZED a + 1, l UInt8 ALIAS a + 2) ENGINE = MergeTree ORDER BY a;
INSERT INTO short (a) VALUES (1);
INSERT INTO short (a, b) VALUES (2, 7);
DESCRIBE short;
SELECT name, default_kind, default_expression FROM system.columns WHERE table = 'short';
SELECT b FROM short; -- { serverError NO_SUCH_COLUMN_IN_TABLE }
SELECT t.b FROM short AS t; -- { serverError NO_SUCH_COLUMN_IN_TABLE }
SELECT a FROM short WHERE b = 1; -- { serverError NO_SUCH_COLUMN_IN_TABLE }
SELECT b FROM (SELECT * FROM short); -- { serverError UNKNOWN_IDENTIFIER }
CREATE TABLE sorted (a UInt8, b UInt8 EPHEMERAL) ENGINE = MergeTree ORDER BY b; -- { serverError UNKNOWN_IDENTIFIER }

-- What belongs to *.
SELECT * FROM short ORDER BY a SETTINGS asterisk_include_materialized_columns = 1;
SELECT * FROM short ORDER BY a SETTINGS asterisk_include_alias_columns = 1;
SELECT t.* FROM short AS t ORDER BY a SETTINGS asterisk_include_alias_columns = 1, asterisk_include_materialized_columns = 1;
SELECT * EXCEPT m FROM short ORDER BY a SETTINGS asterisk_include_alias_columns = 1, asterisk_include_materialized_columns = 1;
SELECT * FROM (SELECT * FROM short) ORDER BY a SETTINGS asterisk_include_alias_columns = 1;
SELECT * FROM short ORDER BY a;
SELECT COLUMNS('m|l') FROM short ORDER BY a;
SELECT t.COLUMNS('a|l') FROM short AS t ORDER BY a;
CREATE VIEW seen AS SELECT * FROM short;
SELECT * FROM seen ORDER BY a SETTINGS asterisk_include_alias_columns = 1;

-- Columns of one's own and those of another table do not go together.
CREATE TABLE other (z UInt8) AS short; -- { serverError SYNTAX_ERROR }
CREATE TABLE other (z UInt8) ENGINE = MergeTree ORDER BY z AS short; -- { serverError SYNTAX_ERROR }
CREATE TABLE other (z UInt8) CLONE AS short; -- { serverError SYNTAX_ERROR }
CREATE TABLE other (z UInt8) ENGINE = Memory AS SELECT 1 AS z;
CREATE TABLE another ENGINE = Memory AS short;
SELECT * FROM other;
CREATE TABLE policy (x UInt8) ENGINE = MergeTree ORDER BY x SETTINGS storage_policy = 'nowhere'; -- { serverError UNKNOWN_POLICY }
CREATE TABLE policy (x UInt8) ENGINE = MergeTree ORDER BY x SETTINGS storage_policy = 'default';
ALTER TABLE policy MODIFY SETTING storage_policy = 'nowhere'; -- { serverError UNKNOWN_POLICY }
SHOW CREATE policy;

-- An enumeration beside a string that is no constant is its name; beside a constant it is the number.
CREATE TABLE kinds (x Enum8('z' = 1, 'c' = 3), n Nullable(Enum16('z' = 1, 'c' = 3))) ENGINE = MergeTree ORDER BY x;
INSERT INTO kinds VALUES ('z', 'c'), ('c', NULL);
SELECT x = materialize('c'), materialize('c') = x, x != materialize('nowhere'), n = materialize('c') FROM kinds ORDER BY x;
SELECT x < materialize('m'), x < 'c', x BETWEEN materialize('a') AND materialize('d') FROM kinds ORDER BY x;
SELECT x = toString(x), x = materialize(toFixedString('c', 3)), x < materialize(toFixedString('m', 3)) FROM kinds ORDER BY x;
SELECT x = toNullable(materialize('c')), x = CAST(materialize('c') AS LowCardinality(String)) FROM kinds ORDER BY x;

-- A DEFAULT of a statement uses the names that its renames leave.
ALTER TABLE policy ADD COLUMN f UInt8, ADD COLUMN g UInt8 DEFAULT f + 1, RENAME COLUMN f TO h; -- { serverError UNKNOWN_IDENTIFIER }
ALTER TABLE policy ADD COLUMN f UInt8, RENAME COLUMN f TO h;
ALTER TABLE policy ADD COLUMN y UInt8 DEFAULT h, RENAME COLUMN h TO hh; -- { serverError UNKNOWN_IDENTIFIER }
ALTER TABLE policy RENAME COLUMN h TO hh, ADD COLUMN y UInt8 DEFAULT hh;
ALTER TABLE policy MODIFY COLUMN y UInt16, RENAME COLUMN hh TO h; -- { serverError UNKNOWN_IDENTIFIER }
ALTER TABLE policy ADD COLUMN w UInt8 DEFAULT x, RENAME COLUMN hh TO h;
SHOW CREATE policy;

-- An enumeration beside a number is its number, which has a sign.
CREATE TABLE signs (k UInt32, e Enum8('a' = 1, 'b' = 2, 'zz' = -3), l Enum16('x' = 1000, 'y' = -5)) ENGINE = MergeTree ORDER BY k;
INSERT INTO signs VALUES (1, 'a', 'x'), (2, 'b', 'y'), (3, 'zz', 'x');
SELECT groupArrayIf(k, e > 1), groupArrayIf(k, e < 1), groupArrayIf(k, e = 253), groupArrayIf(k, l > 5), groupArrayIf(k, l < 0) FROM signs;
SELECT groupArrayIf(k, e > 0.5), groupArrayIf(k, e = toUInt64(1)), groupArrayIf(k, e < k), groupArrayIf(k, e BETWEEN -5 AND 1), groupArrayIf(k, e = true) FROM signs;
SELECT k FROM signs WHERE e > 1;
