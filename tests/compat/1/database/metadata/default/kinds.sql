CREATE TABLE default.kinds UUID '52605012-807c-4eed-a1dc-199b62a73489'
(
    `id` UInt64,
    `small` Int8 DEFAULT -1,
    `name` String COMMENT 'what it is called',
    `fixed` FixedString(3),
    `low` LowCardinality(String),
    `maybe` Nullable(Float64),
    `day` Date,
    `at` DateTime('UTC'),
    `fine` DateTime64(3, 'UTC'),
    `price` Decimal(18, 4),
    `key` UUID,
    `state` Enum8('new' = 1, 'old' = 2),
    `tags` Array(String),
    `pair` Tuple(UInt8, String),
    `half` BFloat16,
    `doubled` UInt64 MATERIALIZED id * 2,
    `shown` String ALIAS concat(name, '!'),
    CONSTRAINT positive CHECK price >= 0
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day)
PRIMARY KEY id
ORDER BY (id, name)
SETTINGS index_granularity = 4, max_bytes_to_merge_at_max_space_in_pool = 1
COMMENT 'all kinds of columns'
