-- whole partitions and parts: DROP, DETACH, ATTACH, REPLACE, MOVE, FREEZE; CHECK of some; EXCHANGE

CREATE TABLE t (p UInt8, x UInt64) ENGINE = MergeTree PARTITION BY p ORDER BY x;
CREATE TABLE u (p UInt8, x UInt64) ENGINE = MergeTree PARTITION BY p ORDER BY x;
SYSTEM STOP MERGES t;
SYSTEM STOP MERGES u;
INSERT INTO t VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO t VALUES (1, 10);

-- detach and attach: new block numbers
ALTER TABLE t DETACH PARTITION 1;
SELECT p, x FROM t ORDER BY x;
SELECT partition_id, name, reason, min_block_number, max_block_number, level, bytes_on_disk > 0, disk FROM system.detached_parts WHERE table = 't' ORDER BY name;
ALTER TABLE t ATTACH PARTITION 1;
SELECT p, x FROM t ORDER BY x;
SELECT count() FROM system.detached_parts WHERE table = 't';
SELECT partition, min_block_number > 4 FROM system.parts WHERE table = 't' AND active AND database = currentDatabase() ORDER BY name;
ALTER TABLE t DETACH PART '2_2_2_0';
ALTER TABLE t DETACH PART '2_2_2_0'; -- { serverError NO_SUCH_DATA_PART }
SELECT p, x FROM t ORDER BY x;
ALTER TABLE t ATTACH PART '2_2_2_0';
ALTER TABLE t ATTACH PART '2_2_2_0'; -- { serverError BAD_DATA_PART_NAME }
SELECT p, x FROM t ORDER BY x;
ALTER TABLE t DROP PART '9_9_9_0'; -- { serverError NO_SUCH_DATA_PART }
ALTER TABLE t DROP PART 'x'; -- { serverError BAD_DATA_PART_NAME }

-- what is not there
ALTER TABLE t ATTACH PARTITION 77;
ALTER TABLE t DETACH PARTITION 77;
ALTER TABLE t DROP PARTITION 77;
ALTER TABLE t DROP PARTITION (1, 2); -- { serverError INVALID_PARTITION_VALUE }
ALTER TABLE t DROP PARTITION ID ''; -- { serverError INVALID_PARTITION_VALUE }
ALTER TABLE t DROP PARTITION ID 'x_y'; -- { serverError INVALID_PARTITION_VALUE }
ALTER TABLE missing DROP PARTITION 1; -- { serverError UNKNOWN_TABLE }

-- detached parts go only where that is allowed
ALTER TABLE t DETACH PARTITION 3;
ALTER TABLE t DROP DETACHED PARTITION 3; -- { serverError SUPPORT_IS_DISABLED }
ALTER TABLE t DROP DETACHED PARTITION 3 SETTINGS allow_drop_detached = 1;
ALTER TABLE t DROP DETACHED PART 'foo' SETTINGS allow_drop_detached = 1; -- { serverError BAD_DATA_PART_NAME }
SELECT count() FROM system.detached_parts WHERE table = 't';

-- from and to another table
ALTER TABLE u ATTACH PARTITION 1 FROM t;
ALTER TABLE u ATTACH PARTITION 2 FROM t;
SELECT p, x FROM u ORDER BY x;
INSERT INTO u VALUES (1, 100);
ALTER TABLE u REPLACE PARTITION 1 FROM t;
SELECT p, x FROM u ORDER BY x;
ALTER TABLE u REPLACE PARTITION 55 FROM t; -- { serverError BAD_ARGUMENTS }
ALTER TABLE u REPLACE PARTITION 2 FROM t;
ALTER TABLE t REPLACE PARTITION 1 FROM t;
SELECT p, x FROM t ORDER BY x;
ALTER TABLE t ATTACH PARTITION 1 FROM t;
SELECT p, x FROM t ORDER BY x;
ALTER TABLE t MOVE PARTITION 1 TO TABLE u;
SELECT p, x FROM t ORDER BY x;
SELECT p, x FROM u ORDER BY x;
ALTER TABLE t MOVE PARTITION 99 TO TABLE u;
ALTER TABLE t MOVE PARTITION ALL TO TABLE u; -- { serverError SUPPORT_IS_DISABLED }
ALTER TABLE t REPLACE PARTITION ALL FROM u; -- { serverError SUPPORT_IS_DISABLED }
ALTER TABLE t ATTACH PARTITION ALL FROM u;
SELECT count() FROM t;

-- tables that do not fit
CREATE TABLE other_type (p UInt8, x UInt32) ENGINE = MergeTree PARTITION BY p ORDER BY x;
CREATE TABLE other_partition (p UInt8, x UInt64) ENGINE = MergeTree PARTITION BY x ORDER BY x;
CREATE TABLE other_order (p UInt8, x UInt64) ENGINE = MergeTree PARTITION BY p ORDER BY p;
CREATE TABLE other_primary (p UInt8, x UInt64) ENGINE = MergeTree PARTITION BY p PRIMARY KEY x ORDER BY (x, p);
CREATE TABLE same_order (p UInt8, x UInt64) ENGINE = MergeTree PARTITION BY p ORDER BY (x, p);
CREATE TABLE other_place (x UInt64, p UInt8) ENGINE = MergeTree PARTITION BY p ORDER BY x;
ALTER TABLE other_type ATTACH PARTITION 1 FROM u; -- { serverError INCOMPATIBLE_COLUMNS }
ALTER TABLE other_partition ATTACH PARTITION 1 FROM u; -- { serverError BAD_ARGUMENTS }
ALTER TABLE other_order ATTACH PARTITION 1 FROM u; -- { serverError BAD_ARGUMENTS }
ALTER TABLE same_order ATTACH PARTITION 1 FROM other_primary; -- { serverError BAD_ARGUMENTS }
ALTER TABLE u MOVE PARTITION 1 TO TABLE other_type; -- { serverError INCOMPATIBLE_COLUMNS }
ALTER TABLE other_place ATTACH PARTITION 1 FROM u;
SELECT * FROM other_place ORDER BY x;
OPTIMIZE TABLE other_place FINAL;
SELECT * FROM other_place ORDER BY x;

-- several commands, and what they did
ALTER TABLE u DROP PARTITION 1, DROP PARTITION 2;
SELECT count() FROM u;
CREATE TABLE fresh (p UInt8, x UInt64) ENGINE = MergeTree PARTITION BY p ORDER BY x;
INSERT INTO fresh VALUES (7, 7), (8, 8);
ALTER TABLE fresh DETACH PARTITION ALL;
ALTER TABLE fresh ATTACH PARTITION 8 SETTINGS alter_partition_verbose_result = 1;
ALTER TABLE fresh ATTACH PARTITION ALL SETTINGS alter_partition_verbose_result = 1;
ALTER TABLE fresh DROP PARTITION 7 SETTINGS alter_partition_verbose_result = 1;

-- backups
ALTER TABLE t FREEZE;
ALTER TABLE t FREEZE PARTITION 1 WITH NAME 'some/where';
ALTER TABLE t FREEZE WITH NAME 'some/where'; -- { serverError DIRECTORY_ALREADY_EXISTS }
ALTER TABLE t UNFREEZE WITH NAME 'some/where';
ALTER TABLE t FREEZE WITH NAME 'some/where';
ALTER TABLE t UNFREEZE PARTITION 1 WITH NAME 'some/where';
ALTER TABLE t UNFREEZE WITH NAME 'nothing';

-- CHECK of a partition or a part
INSERT INTO u VALUES (8, 8), (9, 9);
CHECK TABLE u PARTITION 8 SETTINGS check_query_single_value_result = 1;
CHECK TABLE u PARTITION 77;
CHECK TABLE u PART 'x'; -- { serverError BAD_DATA_PART_NAME }
CHECK TABLE u PART '8_111_111_0'; -- { serverError NO_SUCH_DATA_PART }

-- two tables change their names at once
EXCHANGE TABLES t AND u;
SELECT p, x FROM t ORDER BY x;
SELECT count() FROM u;
EXCHANGE TABLES t AND t;
EXCHANGE TABLES t AND missing; -- { serverError UNKNOWN_TABLE }
EXCHANGE TABLES missing AND t; -- { serverError UNKNOWN_TABLE }
SELECT p, x FROM t ORDER BY x;

-- searches read what a name means now
CREATE TABLE near (id UInt32, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id;
CREATE TABLE far (id UInt32, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id;
INSERT INTO near SELECT number, [number, 0] FROM numbers(10);
INSERT INTO far SELECT 100 + number, [number, 0] FROM numbers(10);
SELECT id FROM near ORDER BY L2Distance(v, [0.2, 0.]) LIMIT 2;
EXCHANGE TABLES near AND far;
SELECT id FROM near ORDER BY L2Distance(v, [0.2, 0.]) LIMIT 2;
ALTER TABLE near DETACH PARTITION tuple();
SELECT id FROM near ORDER BY L2Distance(v, [0.2, 0.]) LIMIT 2;
ALTER TABLE near ATTACH PARTITION tuple();
SELECT id FROM near ORDER BY L2Distance(v, [0.2, 0.]) LIMIT 2;
ALTER TABLE near ATTACH PARTITION tuple() FROM far;
SELECT id FROM near ORDER BY L2Distance(v, [0.2, 0.]), id LIMIT 3 SETTINGS max_limit_for_vector_search_queries = 100;
