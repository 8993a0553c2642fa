-- Columns of keys may get types that leave their values on disk as they are.
CREATE TABLE t (d DateTime, e Date, u UInt32, i Int16, z DateTime64(3), s String) ENGINE = MergeTree ORDER BY (d, u, i, z, s) PARTITION BY e;
INSERT INTO t SELECT toDateTime('2020-01-01', 'UTC') + number, '2020-01-01', number, number, number, number FROM numbers(10);
ALTER TABLE t MODIFY COLUMN d DateTime('Asia/Tokyo'), MODIFY COLUMN e UInt16, MODIFY COLUMN u DateTime('UTC'), MODIFY COLUMN z DateTime64(3, 'Asia/Tokyo'), MODIFY COLUMN s LowCardinality(String);
INSERT INTO t SELECT toDateTime('2020-01-01', 'UTC') + number, 18262, number, number, number, number FROM numbers(10);
SELECT d, e, u, z FROM t WHERE d < '2020-01-01 09:00:02' ORDER BY ALL;
SELECT d, e, u FROM t WHERE e = 18262 AND u > 7 ORDER BY ALL;
ALTER TABLE t MODIFY COLUMN d UInt32, MODIFY COLUMN e Date;
SELECT count() FROM t WHERE d < 1577836802;
OPTIMIZE TABLE t FINAL;
SELECT partition, partition_id, rows FROM system.parts WHERE active AND table = 't' ORDER BY 2;
ALTER TABLE t DROP PARTITION '2020-01-01';
SELECT * FROM t WHERE e = '2020-01-01' AND d = 1577836801;
ALTER TABLE t MODIFY COLUMN u UInt32, MODIFY COLUMN s String;
SELECT * FROM t WHERE u > 8 AND s >= '9';
ALTER TABLE t MODIFY COLUMN u UInt64; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE t MODIFY COLUMN u Int32; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE t MODIFY COLUMN i UInt16; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE t MODIFY COLUMN z Int64; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE t MODIFY COLUMN z DateTime64(6); -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE t MODIFY COLUMN s Nullable(String); -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE t MODIFY COLUMN s String NULL; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE t MODIFY COLUMN e DateTime; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
SHOW CREATE t;

-- Inside of an expression a value has to mean the same.
CREATE TABLE inside (d DateTime, e Enum8('a' = 1), s String) ENGINE = MergeTree ORDER BY (toHour(d), lower(s)) PARTITION BY toString(e);
INSERT INTO inside VALUES ('2020-01-01 01:00:00', 'a', 'x');
ALTER TABLE inside MODIFY COLUMN d DateTime('UTC'), MODIFY COLUMN e Enum8('a' = 1, 'b' = 2);
INSERT INTO inside VALUES ('2020-01-01 02:00:00', 'b', 'y');
ALTER TABLE inside MODIFY COLUMN s LowCardinality(String); -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE inside MODIFY COLUMN e Enum16('a' = 1, 'b' = 2); -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE inside DROP PARTITION 'a';
SELECT * FROM inside WHERE toHour(d) = 2;

-- A version may become wider.
CREATE TABLE versions (k UInt32, v UInt32, d UInt8) ENGINE = ReplacingMergeTree(v, d) ORDER BY k;
INSERT INTO versions VALUES (1, 4000000000, 0), (2, 1, 0);
INSERT INTO versions VALUES (1, 5, 0), (2, 7, 0);
ALTER TABLE versions MODIFY COLUMN v UInt16; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE versions MODIFY COLUMN v Int64; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE versions MODIFY COLUMN v DateTime; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE versions MODIFY COLUMN v Float64; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE versions MODIFY COLUMN v String; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE versions MODIFY COLUMN v Nullable(UInt32); -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE versions MODIFY COLUMN v UInt32 ALIAS 1; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE versions MODIFY COLUMN v UInt32 EPHEMERAL; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE versions MODIFY COLUMN d ALIAS 1; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE versions MODIFY COLUMN d UInt16; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE versions MODIFY COLUMN d DEFAULT 1; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE versions MODIFY COLUMN d COMMENT 'gone'; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE versions COMMENT COLUMN d 'gone';
ALTER TABLE versions MODIFY COLUMN d UInt8 DEFAULT 0;
ALTER TABLE versions MODIFY COLUMN d REMOVE DEFAULT; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE versions MODIFY COLUMN d Bool;
ALTER TABLE versions MODIFY COLUMN v UInt64 DEFAULT 1;
ALTER TABLE versions MODIFY COLUMN v REMOVE DEFAULT;
INSERT INTO versions VALUES (1, 5000000000, 0), (2, 3, 0), (3, 1, 0);
INSERT INTO versions VALUES (3, 2, 1);
SELECT * FROM versions FINAL ORDER BY k;
CREATE TABLE times (k UInt32, v DateTime) ENGINE = ReplacingMergeTree(v) ORDER BY k;
ALTER TABLE times MODIFY COLUMN v UInt32; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE times MODIFY COLUMN v DateTime64(3); -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
ALTER TABLE times MODIFY COLUMN v DateTime('UTC');
CREATE TABLE finer (k UInt32, v DateTime64(3)) ENGINE = ReplacingMergeTree(v) ORDER BY k;
ALTER TABLE finer MODIFY COLUMN v DateTime64(6);
ALTER TABLE finer MODIFY COLUMN v DateTime; -- { serverError ALTER_OF_COLUMN_IS_FORBIDDEN }
