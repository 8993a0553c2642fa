-- Expressions of definitions are computed from each row alone: no aggregates, no arrayJoin, no windows.
CREATE TABLE x (k UInt32, v UInt32 DEFAULT sum(k)) ENGINE = MergeTree ORDER BY k; -- { serverError ILLEGAL_AGGREGATION }
CREATE TABLE x (k UInt32, v UInt32 MATERIALIZED sum(k)) ENGINE = MergeTree ORDER BY k; -- { serverError ILLEGAL_AGGREGATION }
CREATE TABLE x (k UInt32, v UInt32 ALIAS sum(k)) ENGINE = MergeTree ORDER BY k; -- { serverError ILLEGAL_AGGREGATION }
CREATE TABLE x (k UInt32, v UInt32 EPHEMERAL sum(1)) ENGINE = MergeTree ORDER BY k; -- { serverError ILLEGAL_AGGREGATION }
CREATE TABLE x (k UInt32, v UInt32 DEFAULT sum(k)) ENGINE = Memory; -- { serverError ILLEGAL_AGGREGATION }
CREATE TABLE x (k UInt32, v UInt32 DEFAULT arrayJoin([k, 2])) ENGINE = MergeTree ORDER BY k; -- { serverError THERE_IS_NO_DEFAULT_VALUE }
CREATE TABLE x (k UInt32, v UInt32 MATERIALIZED arrayJoin([k, 2])) ENGINE = MergeTree ORDER BY k; -- { serverError THERE_IS_NO_DEFAULT_VALUE }
CREATE TABLE x (k UInt32, v UInt32 ALIAS arrayJoin([k, 2])) ENGINE = MergeTree ORDER BY k; -- { serverError THERE_IS_NO_DEFAULT_VALUE }
CREATE TABLE x (k UInt32, INDEX i sum(k) TYPE minmax) ENGINE = MergeTree ORDER BY k; -- { serverError ILLEGAL_AGGREGATION }
CREATE TABLE x (k UInt32, INDEX i arrayJoin([k]) TYPE minmax) ENGINE = MergeTree ORDER BY k; -- { serverError INCORRECT_QUERY }
CREATE TABLE x (k UInt32, INDEX i count() OVER () TYPE minmax) ENGINE = MergeTree ORDER BY k; -- { serverError UNKNOWN_IDENTIFIER }
CREATE TABLE x (k UInt32, CONSTRAINT c CHECK sum(k) > 1) ENGINE = MergeTree ORDER BY k; -- { serverError ILLEGAL_AGGREGATION }
CREATE TABLE x (k UInt32, CONSTRAINT c ASSUME sum(k) > 1) ENGINE = MergeTree ORDER BY k; -- { serverError ILLEGAL_AGGREGATION }
CREATE TABLE x (k UInt32, CONSTRAINT c CHECK arrayJoin([k]) > 1) ENGINE = MergeTree ORDER BY k; -- { serverError INCORRECT_QUERY }
CREATE TABLE x (k UInt32) ENGINE = MergeTree ORDER BY sum(k); -- { serverError ILLEGAL_AGGREGATION }
CREATE TABLE x (k UInt32) ENGINE = MergeTree ORDER BY (k, arrayJoin([k])); -- { serverError ILLEGAL_COLUMN }
CREATE TABLE x (k UInt32) ENGINE = MergeTree ORDER BY count() OVER (); -- { serverError UNKNOWN_IDENTIFIER }
CREATE TABLE x (k UInt32) ENGINE = MergeTree ORDER BY k PARTITION BY sum(k); -- { serverError ILLEGAL_AGGREGATION }
CREATE TABLE x (k UInt32) ENGINE = MergeTree ORDER BY k PARTITION BY arrayJoin([k]); -- { serverError ILLEGAL_COLUMN }
CREATE TABLE x (k UInt32) ENGINE = MergeTree ORDER BY k PARTITION BY count() OVER (); -- { serverError UNKNOWN_IDENTIFIER }

CREATE TABLE p (k UInt32, a UInt32) ENGINE = MergeTree ORDER BY k;
INSERT INTO p VALUES (1, 1), (2, 2);
ALTER TABLE p ADD COLUMN v UInt32 DEFAULT max(k); -- { serverError ILLEGAL_AGGREGATION }
ALTER TABLE p ADD COLUMN v UInt32 DEFAULT arrayJoin([k]); -- { serverError THERE_IS_NO_DEFAULT_VALUE }
ALTER TABLE p MODIFY COLUMN a DEFAULT max(k); -- { serverError ILLEGAL_AGGREGATION }
ALTER TABLE p MODIFY COLUMN a UInt32 ALIAS arrayJoin([k]); -- { serverError THERE_IS_NO_DEFAULT_VALUE }
ALTER TABLE p ADD INDEX i sum(k) TYPE minmax; -- { serverError ILLEGAL_AGGREGATION }
ALTER TABLE p ADD INDEX i arrayJoin([k]) TYPE minmax; -- { serverError INCORRECT_QUERY }
ALTER TABLE p ADD CONSTRAINT c CHECK sum(k) > 0; -- { serverError ILLEGAL_AGGREGATION }
ALTER TABLE p ADD CONSTRAINT c CHECK arrayJoin([k]) > 0; -- { serverError INCORRECT_QUERY }
ALTER TABLE p ADD COLUMN z UInt32, MODIFY ORDER BY (k, arrayJoin([z])); -- { serverError ILLEGAL_COLUMN }
ALTER TABLE p ADD COLUMN z UInt32, MODIFY ORDER BY (k, sum(z)); -- { serverError ILLEGAL_AGGREGATION }
ALTER TABLE p DELETE WHERE sum(k) = 7; -- { serverError ILLEGAL_AGGREGATION }
ALTER TABLE p DELETE WHERE count() OVER () = 7; -- { serverError ILLEGAL_AGGREGATION }
ALTER TABLE p UPDATE a = sum(k) WHERE 1; -- { serverError UNKNOWN_IDENTIFIER }
ALTER TABLE p UPDATE a = arrayJoin([k]) WHERE 1; -- { serverError UNEXPECTED_EXPRESSION }
DELETE FROM p WHERE count() OVER () = 7; -- { serverError UNKNOWN_IDENTIFIER }
SELECT * FROM p ORDER BY k;
INSERT INTO p VALUES (3, 3);
OPTIMIZE TABLE p FINAL;
SELECT * FROM p ORDER BY k;

-- A vector index is over values that parts hold, or over what is computed from them.
CREATE TABLE w (k UInt32, v Array(Float64), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY k;
ALTER TABLE w MODIFY COLUMN v Array(Float64) ALIAS [k, k]::Array(Float64);
ALTER TABLE w MODIFY COLUMN v Array(Float64) EPHEMERAL; -- { serverError UNKNOWN_IDENTIFIER }
ALTER TABLE w MODIFY COLUMN v Array(Float64) MATERIALIZED [k, k];
ALTER TABLE w MODIFY COLUMN v Array(Float64) ALIAS [k, k]::Array(Float64);
CREATE TABLE y (k UInt32, v Array(Float64) ALIAS [k, k]::Array(Float64), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY k;
CREATE TABLE y2 (k UInt32, v Array(Float64) ALIAS [k, k]::Array(Float64)) ENGINE = MergeTree ORDER BY k;
ALTER TABLE y2 ADD INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2);
CREATE TABLE z (k UInt32, v UInt32 ALIAS k + 1, INDEX i v TYPE minmax) ENGINE = MergeTree ORDER BY k;
