CREATE TABLE default.pending UUID '037dd6a2-e108-4d0b-8758-ae8324d4f0be'
(
    `id` UInt64,
    `b` UInt8
)
ENGINE = MergeTree
ORDER BY id
SETTINGS index_granularity = 8192
