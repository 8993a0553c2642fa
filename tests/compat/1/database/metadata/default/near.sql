CREATE TABLE default.near UUID '8f4915fa-6ff3-4067-8719-52245b0a40a0'
(
    `id` UInt32,
    `vec` Array(Float32),
    `wide` Array(Float64),
    `halves` Array(BFloat16),
    `ragged` Array(Float32),
    INDEX by_vec vec TYPE vector_similarity('hnsw', 'L2Distance', 8) GRANULARITY 2,
    INDEX by_wide wide TYPE vector_similarity('hnsw', 'cosineDistance', 8, 'f64', 8, 32) GRANULARITY 100000000,
    INDEX by_halves halves TYPE vector_similarity('hnsw', 'dotProduct', 8, 'f32', 8, 32) GRANULARITY 100000000,
    INDEX small wide TYPE vector_similarity('hnsw', 'L2Distance', 8, 'i8', 8, 32) GRANULARITY 100000000,
    INDEX bits wide TYPE vector_similarity('hnsw', 'cosineDistance', 8, 'b1', 8, 32) GRANULARITY 100000000,
    INDEX other vec TYPE vector_similarity('hnsw', 'cosineDistance', 8, 'f16', 8, 32) GRANULARITY 100000000
)
ENGINE = MergeTree
ORDER BY id
SETTINGS index_granularity = 64, max_bytes_to_merge_at_max_space_in_pool = 1
