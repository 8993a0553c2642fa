CREATE TABLE default.skips UUID 'd5a697a1-aa2d-42bb-80a3-873287a65be8'
(
    `id` UInt64,
    `n` Int32,
    `s` String,
    INDEX i_minmax n TYPE minmax GRANULARITY 2,
    INDEX i_set n TYPE set(100) GRANULARITY 1,
    INDEX i_bloom s TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX i_ngram s TYPE ngrambf_v1(3, 256, 2, 7) GRANULARITY 1,
    INDEX i_token s TYPE tokenbf_v1(256, 2, 7) GRANULARITY 3
)
ENGINE = MergeTree
ORDER BY id
SETTINGS index_granularity = 8
