-- TTL of tables. Nothing is merged in the background meanwhile.

CREATE TABLE t (d DateTime, k UInt32, v String) ENGINE = MergeTree ORDER BY k TTL d + INTERVAL 1 DAY;
SYSTEM STOP TTL MERGES t;
SHOW CREATE TABLE t FORMAT TSVRaw;
INSERT INTO t VALUES ('2000-01-01 00:00:00', 1, 'old'), ('2100-01-01 00:00:00', 2, 'new');
SELECT k FROM t ORDER BY k;
OPTIMIZE TABLE t FINAL;
SELECT k FROM t ORDER BY k;
SYSTEM START TTL MERGES t;
OPTIMIZE TABLE t FINAL;
SELECT k FROM t ORDER BY k;
ALTER TABLE t REMOVE TTL;
SHOW CREATE TABLE t FORMAT TSVRaw;
ALTER TABLE t REMOVE TTL; -- { serverError BAD_ARGUMENTS }
ALTER TABLE t MATERIALIZE TTL; -- { serverError INCORRECT_QUERY }
INSERT INTO t VALUES ('2000-01-01 00:00:00', 3, 'stays'), ('2000-01-01 00:00:00', 9, 'goes');
ALTER TABLE t MODIFY TTL d + INTERVAL 2 DAY DELETE WHERE k > 5 SETTINGS mutations_sync = 2;
SHOW CREATE TABLE t FORMAT TSVRaw;
SELECT k FROM t ORDER BY k;
ALTER TABLE t MODIFY TTL d + toIntervalDay(1) SETTINGS materialize_ttl_after_modify = 0;
SYSTEM STOP TTL MERGES t;
SELECT k FROM t ORDER BY k;
ALTER TABLE t MATERIALIZE TTL SETTINGS mutations_sync = 2;
SELECT k FROM t ORDER BY k;
ALTER TABLE t MODIFY TTL d + toIntervalDay(1), toDate(d) + 5 DELETE WHERE v = 'x' SETTINGS mutations_sync = 2;
SHOW CREATE TABLE t FORMAT TSVRaw;
ALTER TABLE t DROP COLUMN d; -- { serverError UNKNOWN_IDENTIFIER }
ALTER TABLE t RENAME COLUMN v TO w;
SHOW CREATE TABLE t FORMAT TSVRaw;
DROP TABLE t;

-- Several rules, dates, and time 0, which is never.
CREATE TABLE s (k UInt32, a Date, b DateTime64(3), c UInt8) ENGINE = MergeTree ORDER BY k PARTITION BY k % 2 TTL a, b + toIntervalHour(1) WHERE c = 1 AND k > 2;
INSERT INTO s VALUES (1, '2100-01-01', '2000-01-01 00:00:00', 0), (2, '2100-01-01', '2000-01-01 00:00:00', 1), (3, '2100-01-01', '2000-01-01 00:00:00', 1), (4, '2000-01-01', '2100-01-01 00:00:00', 0), (5, '1970-01-01', '2100-01-01 00:00:00', 1), (6, '2100-01-01', '2100-01-01 00:00:00', 1);
OPTIMIZE TABLE s FINAL;
SELECT k FROM s ORDER BY k;
CREATE TABLE like_s AS s;
SHOW CREATE TABLE like_s FORMAT TSVRaw;
DROP TABLE like_s;
TRUNCATE TABLE s;
INSERT INTO s VALUES (1, '2000-01-01', '2000-01-01 00:00:00', 0);
OPTIMIZE TABLE s FINAL;
SELECT count() FROM s;
DROP TABLE s;

CREATE TABLE e (d UInt32, k UInt32) ENGINE = MergeTree ORDER BY k TTL d; -- { serverError BAD_TTL_EXPRESSION }
CREATE TABLE e (d String, k UInt32) ENGINE = MergeTree ORDER BY k TTL d; -- { serverError BAD_TTL_EXPRESSION }
CREATE TABLE e (d Nullable(Date), k UInt32) ENGINE = MergeTree ORDER BY k TTL d; -- { serverError BAD_TTL_EXPRESSION }
CREATE TABLE e (d Date, k UInt32) ENGINE = MergeTree ORDER BY k TTL x + 1; -- { serverError UNKNOWN_IDENTIFIER }
CREATE TABLE e (d Date, k UInt32) ENGINE = MergeTree ORDER BY k TTL toDate('2000-01-01'); -- { serverError BAD_ARGUMENTS }
CREATE TABLE e (d Date, k UInt32) ENGINE = MergeTree ORDER BY k TTL now(); -- { serverError BAD_ARGUMENTS }
CREATE TABLE e (d Date, k UInt32) ENGINE = MergeTree ORDER BY k TTL d, d + 1; -- { serverError BAD_TTL_EXPRESSION }
CREATE TABLE e (d Date, k UInt32) ENGINE = MergeTree ORDER BY k TTL d + toIntervalDay(rand()); -- { serverError BAD_ARGUMENTS }

-- Times beyond the columns' types neither wrap around nor end rows before their time.
CREATE TABLE wide (d Date, t DateTime, k UInt32) ENGINE = MergeTree ORDER BY k TTL d + INTERVAL 100 YEAR;
INSERT INTO wide VALUES ('2100-01-01', 0, 1), ('2020-01-01', 0, 2), (0, 0, 3), ('2149-06-06', 0, 4);
OPTIMIZE TABLE wide FINAL;
SELECT k FROM wide ORDER BY k;
ALTER TABLE wide MODIFY TTL d + 1000000 SETTINGS mutations_sync = 2;
SELECT k FROM wide ORDER BY k;
ALTER TABLE wide MODIFY TTL addMonths(d, 1) + toIntervalYear(k) SETTINGS mutations_sync = 2;
SELECT k FROM wide ORDER BY k;
ALTER TABLE wide MODIFY TTL d - INTERVAL 150 YEAR SETTINGS mutations_sync = 2;
SELECT k FROM wide ORDER BY k;
TRUNCATE TABLE wide;
ALTER TABLE wide MODIFY TTL t + INTERVAL 100 YEAR;
INSERT INTO wide VALUES (0, '2020-01-01 00:00:00', 1), (0, '2106-02-07 06:28:15', 2), (0, 0, 3);
OPTIMIZE TABLE wide FINAL;
SELECT k FROM wide ORDER BY k;
ALTER TABLE wide MODIFY TTL t + INTERVAL 1 DAY SETTINGS mutations_sync = 2;
SELECT k FROM wide ORDER BY k;
ALTER TABLE wide MODIFY TTL t - INTERVAL 100 YEAR WHERE k != 3 SETTINGS mutations_sync = 2;
SELECT k FROM wide ORDER BY k;
DROP TABLE wide;

-- Only columns that parts hold, and only what one row gives.
CREATE TABLE e (d Date, a Date ALIAS d, k UInt32) ENGINE = MergeTree ORDER BY k TTL a + INTERVAL 1 DAY; -- { serverError UNKNOWN_IDENTIFIER }
CREATE TABLE e (d Date, a Date ALIAS d, k UInt32) ENGINE = MergeTree ORDER BY k TTL d WHERE a > '2000-01-01'; -- { serverError UNKNOWN_IDENTIFIER }
CREATE TABLE e (d Date, k UInt32) ENGINE = MergeTree ORDER BY k TTL max(d); -- { serverError ILLEGAL_AGGREGATION }
CREATE TABLE e (d Date, k UInt32) ENGINE = MergeTree ORDER BY k TTL d WHERE sum(k) > 1; -- { serverError ILLEGAL_AGGREGATION }
CREATE TABLE e (d Date, k UInt32) ENGINE = MergeTree ORDER BY k TTL arrayJoin([d]); -- { serverError BAD_TTL_EXPRESSION }
CREATE TABLE e (d Date, k UInt32) ENGINE = MergeTree ORDER BY k TTL d WHERE arrayJoin([k]) > 1; -- { serverError BAD_TTL_EXPRESSION }
CREATE TABLE e (d Date, k UInt32) ENGINE = MergeTree ORDER BY k TTL d + count() OVER (); -- { serverError UNKNOWN_IDENTIFIER }
CREATE TABLE e (d Date, k UInt32, v UInt32 TTL max(d)) ENGINE = MergeTree ORDER BY k; -- { serverError ILLEGAL_AGGREGATION }
CREATE TABLE e (d Date, k UInt32, v UInt32) ENGINE = MergeTree ORDER BY k TTL d WHERE v > 0;
ALTER TABLE e MODIFY TTL arrayJoin([d]); -- { serverError BAD_TTL_EXPRESSION }
ALTER TABLE e MODIFY TTL max(d); -- { serverError ILLEGAL_AGGREGATION }
ALTER TABLE e MODIFY COLUMN v ALIAS k; -- { serverError UNKNOWN_IDENTIFIER }
ALTER TABLE e MODIFY COLUMN d Date ALIAS today(); -- { serverError UNKNOWN_IDENTIFIER }
DROP TABLE e;
