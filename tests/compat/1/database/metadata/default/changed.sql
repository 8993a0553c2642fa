gristmill columns 1: 3 a=a%7E2 b=b%7E1 z=a
CREATE TABLE default.changed UUID 'a9e15277-56fd-4d7f-907e-e2ec1290e938'
(
    `id` UInt64,
    `a` Nullable(UInt8),
    `z` UInt8,
    `c` Int32,
    `b` String DEFAULT concat('new b ', toString(z))
)
ENGINE = MergeTree
ORDER BY id
SETTINGS max_bytes_to_merge_at_max_space_in_pool = 1, index_granularity = 8192
