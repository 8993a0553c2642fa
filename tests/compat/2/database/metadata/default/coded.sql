CREATE TABLE default.coded UUID '6f309a45-36e2-4de1-8294-0e6ee6b4ffec'
(
    `id` UInt32,
    `vec` Array(BFloat16),
    INDEX by_vec vec TYPE vector_similarity('hnsw', 'L2Distance', 64, 'bf16', 4, 8) GRANULARITY 100000000
)
ENGINE = MergeTree
ORDER BY id
SETTINGS max_bytes_to_merge_at_max_space_in_pool = 1, index_granularity = 8192
