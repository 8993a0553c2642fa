-- Makes the database whose folder is kept as `database/`: something of everything that is written to disk.

CREATE DATABASE `other one` COMMENT 'with a comment';
CREATE TABLE kinds
(
    id UInt64,
    small Int8 DEFAULT -1,
    name String COMMENT 'what it is called',
    fixed FixedString(3),
    low LowCardinality(String),
    maybe Nullable(Float64),
    day Date,
    at DateTime('UTC'),
    fine DateTime64(3, 'UTC'),
    price Decimal(18, 4),
    key UUID,
    state Enum8('new' = 1, 'old' = 2),
    tags Array(String),
    pair Tuple(UInt8, String),
    half BFloat16,
    doubled UInt64 MATERIALIZED id * 2,
    shown String ALIAS concat(name, '!'),
    CONSTRAINT positive CHECK price >= 0
)
ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (id, name) PRIMARY KEY id SETTINGS index_granularity = 4, max_bytes_to_merge_at_max_space_in_pool = 1
COMMENT 'all kinds of columns';
INSERT INTO kinds (id, name, fixed, low, maybe, day, at, fine, price, key, state, tags, pair, half)
SELECT number, concat('name ', toString(number)), 'abc', toString(number % 3), if(number % 4 = 0, NULL, number / 8),
    toDate('2026-01-20') + number, toDateTime('2026-01-20 00:00:00', 'UTC') + number * 1000, toDateTime64('2026-01-20 00:00:00.125', 3, 'UTC') + number,
    toDecimal64(number, 4) / 8, toUUID('00000000-0000-0000-0000-00000000000a'), if(number % 2 = 0, 'new', 'old'),
    [toString(number), 'x'], (number % 200, 'y'), number / 4
FROM numbers(25);
INSERT INTO kinds (id, name, fixed, low, day, at, fine, price, key, state) VALUES (100, '\0\xff', 'xyz', '', '2026-02-03', 5, 5, 5, '00000000-0000-0000-0000-00000000000b', 'new');
DELETE FROM kinds WHERE id IN (3, 4, 17);

-- vectors: of one length, of several, every quantization, several sub-indexes
CREATE TABLE near
(
    id UInt32,
    vec Array(Float32),
    wide Array(Float64),
    halves Array(BFloat16),
    ragged Array(Float32),
    INDEX by_vec vec TYPE vector_similarity('hnsw', 'L2Distance', 8) GRANULARITY 2,
    INDEX by_wide wide TYPE vector_similarity('hnsw', 'cosineDistance', 8, 'f64', 8, 32),
    INDEX by_halves halves TYPE vector_similarity('hnsw', 'dotProduct', 8, 'f32', 8, 32),
    INDEX small wide TYPE vector_similarity('hnsw', 'L2Distance', 8, 'i8', 8, 32),
    INDEX bits wide TYPE vector_similarity('hnsw', 'cosineDistance', 8, 'b1', 8, 32),
    INDEX other vec TYPE vector_similarity('hnsw', 'cosineDistance', 8, 'f16', 8, 32)
)
ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 64, max_bytes_to_merge_at_max_space_in_pool = 1;
INSERT INTO near SELECT number, arrayMap(i -> (number * (i + 3) * 7919) % 101, range(8)),
    arrayMap(i -> (number * (i + 5) * 104729) % 97 - 40, range(8)), arrayMap(i -> (number * (i + 2)) % 64, range(8)), range(number % 3)
FROM numbers(300);
INSERT INTO near SELECT 1000 + number, arrayMap(i -> (number * (i + 3) * 7919) % 103, range(8)),
    arrayMap(i -> (number * (i + 5) * 104729) % 89 - 40, range(8)), arrayMap(i -> (number * (i + 2)) % 64, range(8)), []
FROM numbers(40) SETTINGS materialize_skip_indexes_on_insert = 0;
DELETE FROM near WHERE id % 10 = 7;
ALTER TABLE near MATERIALIZE INDEX by_vec;

-- parts that were set aside, and names that files cannot have
CREATE TABLE `other one`.`t/1` (`a b` UInt8, p String) ENGINE = MergeTree PARTITION BY p ORDER BY `a b`;
INSERT INTO `other one`.`t/1` VALUES (1, 'x'), (2, 'y'), (3, 'z');
ALTER TABLE `other one`.`t/1` DETACH PARTITION 'y';
ALTER TABLE `other one`.`t/1` DROP PARTITION 'z';
ALTER TABLE kinds UPDATE small = 7 WHERE id = 100 SETTINGS mutations_sync = 2;

-- columns that came, went and changed their names and types after rows were written
CREATE TABLE changed (id UInt64, a UInt8, b String, c Int32) ENGINE = MergeTree ORDER BY id SETTINGS max_bytes_to_merge_at_max_space_in_pool = 1;
INSERT INTO changed SELECT number, number, concat('old b ', toString(number)), -number FROM numbers(5);
ALTER TABLE changed RENAME COLUMN a TO z;
ALTER TABLE changed DROP COLUMN b;
ALTER TABLE changed ADD COLUMN b String DEFAULT concat('new b ', toString(z)), ADD COLUMN a Nullable(UInt8) AFTER id;
INSERT INTO changed (id, a, z, c) VALUES (100, 1, 2, 3);

-- every kind of skip index
CREATE TABLE skips
(
    id UInt64, n Int32, s String,
    INDEX i_minmax n TYPE minmax GRANULARITY 2,
    INDEX i_set n TYPE set(100) GRANULARITY 1,
    INDEX i_bloom s TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX i_ngram s TYPE ngrambf_v1(3, 256, 2, 7) GRANULARITY 1,
    INDEX i_token s TYPE tokenbf_v1(256, 2, 7) GRANULARITY 3
)
ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 8;
INSERT INTO skips SELECT number, number * 3 % 101, concat('word', toString(number % 37), ' and ', toString(number)) FROM numbers(200);

-- keys whose rows are replaced
CREATE TABLE replaced (k UInt32, v UInt32, gone UInt8, vec Array(Float32), INDEX i vec TYPE vector_similarity('hnsw', 'L2Distance', 2))
ENGINE = ReplacingMergeTree(v, gone) ORDER BY k SETTINGS index_granularity = 4, max_bytes_to_merge_at_max_space_in_pool = 1;
INSERT INTO replaced SELECT number, 1, 0, [number, 0] FROM numbers(20);
INSERT INTO replaced SELECT number, 2, number % 5 = 0, [number + 100, 0] FROM numbers(10);

-- a mutation that nobody has done yet
CREATE TABLE pending (id UInt64, b UInt8) ENGINE = MergeTree ORDER BY id;
SYSTEM STOP MERGES pending;
INSERT INTO pending SELECT number, 0 FROM numbers(5);
ALTER TABLE pending UPDATE b = 9 WHERE id > 2 SETTINGS mutations_sync = 0;
INSERT INTO pending VALUES (10, 0);

-- tables without parts
CREATE TABLE remembered (id UInt8) ENGINE = Memory;
CREATE TABLE nothing (id UInt8) ENGINE = Null;
CREATE VIEW shown AS SELECT id, name FROM kinds WHERE id < 3;
