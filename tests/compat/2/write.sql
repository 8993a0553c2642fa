-- Index files of version 2: from 64 dimensions on they hold a code of one bit a dimension of each row.

CREATE TABLE coded (id UInt32, vec Array(BFloat16), INDEX by_vec vec TYPE vector_similarity('hnsw', 'L2Distance', 64, 'bf16', 4, 8))
ENGINE = MergeTree ORDER BY id SETTINGS max_bytes_to_merge_at_max_space_in_pool = 1;
INSERT INTO coded SELECT number, arrayMap(i -> (number * (i + 3) * 7919) % 1009 % 101 - 50, range(64)) FROM numbers(700);
