CREATE TABLE default.replaced UUID 'ab7875d5-86a9-483f-a0a6-18bc6ba0728c'
(
    `k` UInt32,
    `v` UInt32,
    `gone` UInt8,
    `vec` Array(Float32),
    INDEX i vec TYPE vector_similarity('hnsw', 'L2Distance', 2) GRANULARITY 100000000
)
ENGINE = ReplacingMergeTree(v, gone)
ORDER BY k
SETTINGS index_granularity = 4, max_bytes_to_merge_at_max_space_in_pool = 1
