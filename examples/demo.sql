-- The main job in one session: `make demo` runs it over a fresh folder, from the root of the project.

-- 1. A table of Debian packages. The vector index is built while the rows arrive.
CREATE TABLE packages
(
    id UInt32,
    package String,
    version String,
    section LowCardinality(String),
    priority LowCardinality(String),
    installed_size UInt32 COMMENT 'KiB',
    depends UInt16,
    homepage String,
    description String,
    embedding Array(Float32),
    INDEX by_meaning embedding TYPE vector_similarity('hnsw', 'cosineDistance', 384)
)
ENGINE = MergeTree
ORDER BY id;

INSERT INTO packages SELECT * FROM file('examples/debian_packages.parquet');

SELECT count(), uniq(section) AS sections, round(avg(installed_size)) AS average_kib FROM packages;

-- 2. The packages nearest in meaning to a given one.
WITH (SELECT embedding FROM packages WHERE package = 'redis-server') AS target
SELECT package, section, round(cosineDistance(embedding, target), 4) AS distance, description
FROM packages
ORDER BY cosineDistance(embedding, target)
LIMIT 8;

-- 3. The same, but small Python packages only: still exactly as many rows as asked for.
WITH (SELECT embedding FROM packages WHERE package = 'redis-server') AS target
SELECT package, installed_size, round(cosineDistance(embedding, target), 4) AS distance, description
FROM packages
WHERE section = 'python' AND installed_size < 500
ORDER BY cosineDistance(embedding, target)
LIMIT 8;

-- 4. An aggregate over the hundred nearest: which sections of the archive are about this?
WITH (SELECT embedding FROM packages WHERE package = 'redis-server') AS target
SELECT section, count() AS packages, round(avg(installed_size)) AS average_kib, round(min(distance), 4) AS nearest
FROM
(
    SELECT section, installed_size, cosineDistance(embedding, target) AS distance
    FROM packages
    ORDER BY distance
    LIMIT 100
)
GROUP BY section
ORDER BY packages DESC, nearest
LIMIT 8;

-- 5. How the search is done, and which granules hold what it found.
EXPLAIN indexes = 1
WITH (SELECT embedding FROM packages WHERE package = 'redis-server') AS target
SELECT package
FROM packages
ORDER BY cosineDistance(embedding, target)
LIMIT 8
FORMAT TSVRaw;

-- 6. How good the index is: its hundred nearest beside the exact ones.
CREATE TABLE answers (method String, package String) ENGINE = MergeTree ORDER BY (method, package);

INSERT INTO answers
WITH (SELECT embedding FROM packages WHERE package = 'gimp') AS target
SELECT 'exact', package FROM packages ORDER BY cosineDistance(embedding, target) LIMIT 100
SETTINGS use_skip_indexes = 0;

INSERT INTO answers
WITH (SELECT embedding FROM packages WHERE package = 'gimp') AS target
SELECT 'index', package FROM packages ORDER BY cosineDistance(embedding, target) LIMIT 100;

INSERT INTO answers
WITH (SELECT embedding FROM packages WHERE package = 'gimp') AS target
SELECT 'index, least effort', package FROM packages ORDER BY cosineDistance(embedding, target) LIMIT 100
SETTINGS hnsw_candidate_list_size_for_search = 1;

SELECT method, count() AS answers,
       countIf(package IN (SELECT package FROM answers WHERE method = 'exact')) AS correct, correct / answers AS recall
FROM answers
GROUP BY method
ORDER BY method;
