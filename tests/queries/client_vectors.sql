-- What langchain-clickhouse, langchain-community and llama-index send.
CREATE DATABASE vectors;
USE vectors;
SET allow_experimental_json_type = 1;
SET allow_experimental_object_type = 1;
SET allow_experimental_vector_similarity_index = 1;
CREATE TABLE docs (id String, text String, metadata String, embedding Array(Float32)) ENGINE = MergeTree ORDER BY id;
INSERT INTO docs (id, text, metadata, embedding) VALUES ('1', 'one', '{}', [3.0, 1.0, 0.0]);
INSERT INTO docs (id, text, metadata, embedding) VALUES ('2', 'two', '{}', [0.0, 1.0, 0.0]);
SELECT id, text, metadata, round(1 - cosineDistance(embedding, [3.0, 1.0, 0.0]), 4) AS similarity FROM docs ORDER BY similarity DESC LIMIT 2;
DELETE FROM docs WHERE id IN ('1');
SELECT count() FROM docs;
CREATE TABLE IF NOT EXISTS community (id Nullable(String), document Nullable(String), embedding Array(Float32), uuid UUID DEFAULT generateUUIDv4(),
    CONSTRAINT cons_vec_len CHECK length(embedding) = 2, INDEX vec_idx embedding TYPE vector_similarity('hnsw', 'L2Distance', 2) GRANULARITY 1000)
    ENGINE = MergeTree ORDER BY uuid SETTINGS index_granularity = 8192;
INSERT INTO community (id, document, embedding) VALUES ('a', 'first', '[1.0,2.0]'), ('b', 'second', '[4.0,6.0]');
SELECT document, dist FROM vectors.community ORDER BY L2Distance(embedding, [1.0, 2.0]) AS dist ASC LIMIT 2;
SELECT document, dist FROM vectors.community PREWHERE id != 'a' ORDER BY L2Distance(embedding, [1.0, 2.0]) AS dist ASC LIMIT 2;
INSERT INTO community (id, document, embedding) VALUES ('c', 'third', [1.0]); -- { serverError VIOLATED_CONSTRAINT }
CREATE TABLE llama (id String, doc_id String, text String, vector Array(Float32), node_info Tuple(start Nullable(UInt64), end Nullable(UInt64)),
    metadata String, INDEX vector_index vector TYPE vector_similarity('hnsw', 'cosineDistance', 2, 'bf16', 32, 128)) ENGINE = MergeTree ORDER BY id;
INSERT INTO llama VALUES ('1', 'd', 'text', [1, 0], (1, NULL), '{}');
SELECT id, node_info.start, node_info.end, round(cosineDistance(vector, [1.0, 0.0]), 3) AS score FROM llama ORDER BY score ASC LIMIT 1;
