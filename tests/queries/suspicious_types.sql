-- Types that columns have only where a setting says so
CREATE TABLE t (k UInt32, s FixedString(257)) ENGINE = MergeTree ORDER BY k; -- { serverError ILLEGAL_COLUMN }
CREATE TABLE t (k UInt32, s Array(Nullable(FixedString(257)))) ENGINE = MergeTree ORDER BY k; -- { serverError ILLEGAL_COLUMN }
CREATE TABLE t (k UInt32, s Tuple(FixedString(257))) ENGINE = Memory; -- { serverError ILLEGAL_COLUMN }
CREATE TABLE t (k UInt32, s LowCardinality(FixedString(257))) ENGINE = MergeTree ORDER BY k; -- { serverError ILLEGAL_COLUMN }
CREATE TABLE t ENGINE = MergeTree ORDER BY tuple() AS SELECT toFixedString('a', 300) AS s; -- { serverError ILLEGAL_COLUMN }
CREATE TABLE t (k UInt32, s LowCardinality(UInt8)) ENGINE = MergeTree ORDER BY k; -- { serverError SUSPICIOUS_TYPE_FOR_LOW_CARDINALITY }
CREATE TABLE t (k UInt32, s LowCardinality(Nullable(UInt8))) ENGINE = MergeTree ORDER BY k; -- { serverError SUSPICIOUS_TYPE_FOR_LOW_CARDINALITY }
CREATE TABLE t (k UInt32, s Array(LowCardinality(Date))) ENGINE = MergeTree ORDER BY k; -- { serverError SUSPICIOUS_TYPE_FOR_LOW_CARDINALITY }
CREATE TABLE t (k UInt32, s Tuple(LowCardinality(Bool))) ENGINE = Memory; -- { serverError SUSPICIOUS_TYPE_FOR_LOW_CARDINALITY }
CREATE TABLE t ENGINE = MergeTree ORDER BY tuple() AS SELECT toLowCardinality(5) AS s; -- { serverError SUSPICIOUS_TYPE_FOR_LOW_CARDINALITY }
CREATE TABLE t (k UInt32, a LowCardinality(Nullable(String)), b LowCardinality(FixedString(9)), c LowCardinality(UUID), d FixedString(256)) ENGINE = MergeTree ORDER BY k;
ALTER TABLE t ADD COLUMN x FixedString(300); -- { serverError ILLEGAL_COLUMN }
ALTER TABLE t MODIFY COLUMN d FixedString(300); -- { serverError ILLEGAL_COLUMN }
ALTER TABLE t ADD COLUMN x LowCardinality(UInt8); -- { serverError SUSPICIOUS_TYPE_FOR_LOW_CARDINALITY }
ALTER TABLE t MODIFY COLUMN k LowCardinality(UInt32); -- { serverError SUSPICIOUS_TYPE_FOR_LOW_CARDINALITY }
SET allow_suspicious_fixed_string_types = 1, allow_suspicious_low_cardinality_types = 1;
CREATE TABLE u (k UInt32, s FixedString(300), l LowCardinality(UInt8)) ENGINE = MergeTree ORDER BY k;
SET allow_suspicious_fixed_string_types = 0, allow_suspicious_low_cardinality_types = 0;
ALTER TABLE u ADD COLUMN z UInt8;
CREATE TABLE v AS u; -- { serverError ILLEGAL_COLUMN }
INSERT INTO u VALUES (1, 'a', 2, 3);
SELECT k, l, z, length(s) FROM u;
DROP TABLE u;
