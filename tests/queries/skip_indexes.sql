-- Queries with skip indexes find what they find without.
CREATE TABLE t
(
    id UInt64, a Int32, b Int32, f Float64, s String, lc LowCardinality(String), n Nullable(Int32), ns Nullable(String),
    arr Array(String), ai Array(Int32), d Date, fs FixedString(4), e Enum8('x' = 1, 'y' = 2, 'z' = 3), u UUID,
    INDEX i_a a TYPE minmax, INDEX i_b b TYPE set(4) GRANULARITY 2, INDEX i_ab (a + b) TYPE minmax, INDEX i_f f TYPE minmax,
    INDEX i_s s TYPE bloom_filter(0.001), INDEX i_tok s TYPE tokenbf_v1(512, 3, 0), INDEX i_ng s TYPE ngrambf_v1(3, 512, 3, 0),
    INDEX i_low lower(s) TYPE bloom_filter, INDEX i_lc lc TYPE set(0), INDEX i_n n TYPE minmax, INDEX i_nb n TYPE bloom_filter,
    INDEX i_ns ns TYPE bloom_filter, INDEX i_arr arr TYPE bloom_filter, INDEX i_ai ai TYPE bloom_filter, INDEX i_d d TYPE minmax,
    INDEX i_fs fs TYPE bloom_filter, INDEX i_e e TYPE set(10), INDEX i_u u TYPE bloom_filter, INDEX i_two (a, b) TYPE minmax
)
ENGINE = MergeTree PARTITION BY id % 2 ORDER BY id SETTINGS index_granularity = 4;
INSERT INTO t SELECT number, number * 3, number % 7, if(number % 10 = 0, nan, number / 2), concat('Word', toString(number), ' and tail', toString(number % 5)),
    concat('c', toString(intDiv(number, 20))), if(number % 3 = 0, NULL, number), if(number % 4 = 0, NULL, concat('v', toString(number))),
    [concat('e', toString(number)), 'all'], [number, number + 1000], toDate('2024-01-01') + number, toString(number), number % 3 + 1,
    toUUID(concat('00000000-0000-0000-0000-', leftPad(toString(number), 12, '0')))
FROM numbers(200);

SELECT id FROM t WHERE a = 30 ORDER BY id SETTINGS force_data_skipping_indices = 'i_a';
SELECT id FROM t WHERE a > 588 ORDER BY id SETTINGS force_data_skipping_indices = 'i_a,i_two';
SELECT id FROM t WHERE a IN (3, 300, 7) ORDER BY id SETTINGS force_data_skipping_indices = 'i_a';
SELECT count() FROM t WHERE a IN (SELECT number * 6 FROM numbers(2000)) SETTINGS force_data_skipping_indices = 'i_a';
SELECT count() FROM t WHERE s IN (SELECT concat('Word', toString(number), ' and tail0') FROM numbers(2000)) SETTINGS force_data_skipping_indices = 'i_s';
SELECT count() FROM t WHERE b = 3 SETTINGS force_data_skipping_indices = 'i_b';
SELECT count() FROM t WHERE b != 3 SETTINGS force_data_skipping_indices = 'i_b';
SELECT id FROM t WHERE a + b = 33 ORDER BY id SETTINGS force_data_skipping_indices = 'i_ab';
SELECT id FROM t WHERE f = 3.5 ORDER BY id SETTINGS force_data_skipping_indices = 'i_f';
SELECT count() FROM t WHERE f >= 0 SETTINGS force_data_skipping_indices = 'i_f';
SELECT count() FROM t WHERE isNaN(f);
SELECT id FROM t WHERE s = 'Word17 and tail2' SETTINGS force_data_skipping_indices = 'i_s,i_tok,i_ng';
SELECT id FROM t WHERE s IN ('Word17 and tail2', 'Word18 and tail3', 'nothing') ORDER BY id SETTINGS force_data_skipping_indices = 'i_s,i_tok,i_ng';
SELECT id FROM t WHERE hasToken(s, 'Word33') SETTINGS force_data_skipping_indices = 'i_tok';
SELECT id FROM t WHERE s LIKE '%Word34%' SETTINGS force_data_skipping_indices = 'i_ng';
SELECT id FROM t WHERE s LIKE 'Word35 %' SETTINGS force_data_skipping_indices = 'i_tok,i_ng';
SELECT id FROM t WHERE s LIKE '%ord36 and%' SETTINGS force_data_skipping_indices = 'i_tok,i_ng';
SELECT count() FROM t WHERE s NOT LIKE '%ord36 and%';
SELECT id FROM t WHERE startsWith(s, 'Word37 ') SETTINGS force_data_skipping_indices = 'i_tok,i_ng';
SELECT count() FROM t WHERE endsWith(s, ' tail4') SETTINGS force_data_skipping_indices = 'i_tok,i_ng';
SELECT id FROM t WHERE match(s, 'Word38 .*tail') SETTINGS force_data_skipping_indices = 'i_ng';
SELECT id FROM t WHERE multiSearchAny(s, ['Word39', 'Word40']) ORDER BY id SETTINGS force_data_skipping_indices = 'i_ng';
SELECT id FROM t WHERE lower(s) = 'word41 and tail1' SETTINGS force_data_skipping_indices = 'i_low';
SELECT count() FROM t WHERE lc = 'c3' SETTINGS force_data_skipping_indices = 'i_lc';
SELECT count() FROM t WHERE lc LIKE '%3' SETTINGS force_data_skipping_indices = 'i_lc';
SELECT id FROM t WHERE n = 100 SETTINGS force_data_skipping_indices = 'i_n,i_nb';
SELECT count() FROM t WHERE n IS NULL;
SELECT count() FROM t WHERE n IS NULL AND a < 30;
SELECT count() FROM t WHERE NOT (n > 5);
SELECT id FROM t WHERE ns = 'v5' SETTINGS force_data_skipping_indices = 'i_ns';
SELECT count() FROM t WHERE ns IS NULL;
SELECT id FROM t WHERE has(arr, 'e7') SETTINGS force_data_skipping_indices = 'i_arr';
SELECT id FROM t WHERE hasAny(arr, ['e8', 'e9']) ORDER BY id SETTINGS force_data_skipping_indices = 'i_arr';
SELECT id FROM t WHERE hasAll(arr, ['all', 'e10']) SETTINGS force_data_skipping_indices = 'i_arr';
SELECT count() FROM t WHERE NOT has(arr, 'e7');
SELECT id FROM t WHERE has(ai, 1011) SETTINGS force_data_skipping_indices = 'i_ai';
SELECT id FROM t WHERE has(['Word17 and tail2', 'x'], s);
SELECT id FROM t WHERE d = '2024-03-01' SETTINGS force_data_skipping_indices = 'i_d';
SELECT count() FROM t WHERE d BETWEEN '2024-02-01' AND '2024-02-10' SETTINGS force_data_skipping_indices = 'i_d';
SELECT id FROM t WHERE fs = '42' SETTINGS force_data_skipping_indices = 'i_fs';
SELECT count() FROM t WHERE e = 'y' SETTINGS force_data_skipping_indices = 'i_e';
SELECT id FROM t WHERE u = '00000000-0000-0000-0000-000000000042' SETTINGS force_data_skipping_indices = 'i_u';
SELECT id FROM t WHERE (a = 30 AND b = 3) OR (a = 33 AND b = 4) ORDER BY id SETTINGS force_data_skipping_indices = 'i_two';
SELECT id FROM t WHERE a = 30 OR s = 'Word17 and tail2' ORDER BY id;
SELECT id FROM t PREWHERE a = 30 WHERE b = 3;
SELECT x.id FROM t AS x JOIN t AS y ON x.id = y.id WHERE x.a = 30 AND y.b = 3;

-- Which indexes a query uses.
SELECT id FROM t WHERE a = 30 SETTINGS force_data_skipping_indices = 'i_b'; -- { serverError INDEX_NOT_USED }
SELECT id FROM t WHERE a = 30 SETTINGS force_data_skipping_indices = 'nosuch'; -- { serverError INDEX_NOT_USED }
SELECT id FROM t WHERE a = 30 SETTINGS force_data_skipping_indices = 'i_a', ignore_data_skipping_indices = 'i_a'; -- { serverError INDEX_NOT_USED }
SELECT id FROM t WHERE b != 3 SETTINGS force_data_skipping_indices = 'i_s'; -- { serverError INDEX_NOT_USED }
SELECT id FROM t WHERE a = 30 SETTINGS force_data_skipping_indices = ''; -- { serverError CANNOT_PARSE_TEXT }
SELECT id FROM t WHERE a = 30 SETTINGS force_data_skipping_indices = ', ,'; -- { serverError CANNOT_PARSE_TEXT }
SELECT id FROM t WHERE a = 30 SETTINGS ignore_data_skipping_indices = ''; -- { serverError CANNOT_PARSE_TEXT }
SELECT id FROM t WHERE a = 30 SETTINGS force_data_skipping_indices = 'i_a,,i_b';
SELECT id FROM t WHERE a = 30 SETTINGS force_data_skipping_indices = ' `i_a` , "i_two" x';
SELECT id FROM t WHERE a = 30 SETTINGS force_data_skipping_indices = 'nosuch', use_skip_indexes = 0;
SELECT id FROM t WHERE a = 30 SETTINGS ignore_data_skipping_indices = 'i_a, nosuch';
SELECT count() FROM t SETTINGS force_data_skipping_indices = 'i_a';
SELECT 1 SETTINGS force_data_skipping_indices = 'i_a';
CREATE TABLE empty (id UInt64, a Int32, INDEX ia a TYPE minmax) ENGINE = MergeTree ORDER BY id;
SELECT * FROM empty WHERE id = 5 SETTINGS force_data_skipping_indices = 'ia';

-- They live as their parts do.
ALTER TABLE t UPDATE a = 1000000 WHERE id = 10 SETTINGS mutations_sync = 2;
SELECT id, a FROM t WHERE a >= 1000000 SETTINGS force_data_skipping_indices = 'i_a';
DELETE FROM t WHERE a = 33;
SELECT count() FROM t WHERE a IN (33, 36);
ALTER TABLE t UPDATE s = 'other text' WHERE id = 20 SETTINGS mutations_sync = 2;
SELECT id FROM t WHERE s = 'other text' SETTINGS force_data_skipping_indices = 'i_s,i_tok';
SELECT count() FROM t WHERE hasToken(s, 'Word20');
ALTER TABLE t CLEAR INDEX i_s SETTINGS mutations_sync = 2;
SELECT id FROM t WHERE s = 'Word17 and tail2';
INSERT INTO t (id, a, s) SELECT number + 1000, number, 'Word17 and tail2' FROM numbers(3);
INSERT INTO t (id, a, s) SETTINGS materialize_skip_indexes_on_insert = 0 SELECT number + 2000, number, 'Word17 and tail2' FROM numbers(3);
INSERT INTO t (id, a, s) SETTINGS exclude_materialize_skip_indexes_on_insert = 'i_s, i_a' SELECT number + 3000, number, 'Word17 and tail2' FROM numbers(3);
SELECT id FROM t WHERE s = 'Word17 and tail2' ORDER BY id;
ALTER TABLE t MATERIALIZE INDEX i_s SETTINGS mutations_sync = 2;
SELECT id FROM t WHERE s = 'Word17 and tail2' ORDER BY id;
OPTIMIZE TABLE t FINAL;
SELECT id FROM t WHERE s = 'Word17 and tail2' ORDER BY id;
SELECT countIf(secondary_indices_compressed_bytes > 0) = count() FROM system.parts WHERE table = 't' AND active;
ALTER TABLE t DROP INDEX i_s;
SELECT id FROM t WHERE s = 'Word17 and tail2' ORDER BY id;
SELECT id FROM t WHERE s = 'Word17 and tail2' ORDER BY id SETTINGS force_data_skipping_indices = 'i_s'; -- { serverError INDEX_NOT_USED }

-- A part without them.
CREATE TABLE later (id UInt64, a Int32) ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 4;
INSERT INTO later SELECT number, number FROM numbers(20);
ALTER TABLE later ADD INDEX ia a TYPE minmax;
SELECT id FROM later WHERE a = 7 SETTINGS force_data_skipping_indices = 'ia';
SELECT data_compressed_bytes FROM system.data_skipping_indices WHERE table = 'later';
ALTER TABLE later MATERIALIZE INDEX ia SETTINGS mutations_sync = 2;
SELECT data_compressed_bytes > 0 FROM system.data_skipping_indices WHERE table = 'later';
SELECT id FROM later WHERE a = 7 SETTINGS force_data_skipping_indices = 'ia';

-- Keys that a query must use.
CREATE TABLE p (id UInt64, d Date, x Int32) ENGINE = MergeTree PARTITION BY toYYYYMM(d) ORDER BY (id, x);
INSERT INTO p SELECT number, toDate('2024-01-01') + number, number FROM numbers(100);
SELECT count() FROM p WHERE x = 5 SETTINGS force_index_by_date = 1; -- { serverError INDEX_NOT_USED }
SELECT count() FROM p WHERE d = '2024-01-05' SETTINGS force_primary_key = 1; -- { serverError INDEX_NOT_USED }
SELECT id FROM p SETTINGS force_primary_key = 1 FORMAT Null; -- { serverError INDEX_NOT_USED }
SELECT count() FROM p WHERE id = 5 SETTINGS force_primary_key = 1;
SELECT count() FROM p WHERE d = '2024-01-05' SETTINGS force_index_by_date = 1;
SELECT count() FROM p WHERE toYYYYMM(d) = 202401 SETTINGS force_index_by_date = 1;
SELECT count() FROM p WHERE toYYYYMM(d) IN (202402, 202403) AND x != 50 SETTINGS force_index_by_date = 1;
SELECT count() FROM p SETTINGS force_primary_key = 1, force_index_by_date = 1;
SELECT count() FROM empty WHERE a = 3 SETTINGS force_primary_key = 1;
SELECT id FROM later WHERE a = 7 SETTINGS force_index_by_date = 1;

-- Indexes that settings of the table make.
CREATE TABLE m (id UInt64, a Int32, s String, d Date, n Nullable(Float64), e Enum8('a' = 1), al Int32 ALIAS a + 1, ma Int32 MATERIALIZED a * 2,
    arr Array(Int32), lc LowCardinality(String), dec Decimal(10, 2), bo Bool, fs FixedString(3), dt DateTime, f Float32, u UUID, INDEX ia a TYPE minmax, INDEX xs s TYPE set(3))
    ENGINE = MergeTree ORDER BY id SETTINGS add_minmax_index_for_numeric_columns = 1, add_minmax_index_for_string_columns = 1, add_minmax_index_for_temporal_columns = 1, index_granularity = 4;
SELECT name, type, expr, creation, granularity FROM system.data_skipping_indices WHERE table = 'm';
INSERT INTO m (id, a, s, f) SELECT number, number, toString(number), number FROM numbers(20);
SELECT id FROM m WHERE s = '7' SETTINGS force_data_skipping_indices = 'auto_minmax_index_s';
SELECT id FROM m WHERE al = 8 SETTINGS force_data_skipping_indices = 'auto_minmax_index_al';
SELECT id FROM m WHERE f = 7 SETTINGS force_data_skipping_indices = 'auto_minmax_index_f';
ALTER TABLE m ADD INDEX auto_minmax_index_x a TYPE minmax; -- { serverError BAD_ARGUMENTS }
CREATE TABLE m2 (id UInt64, INDEX auto_minmax_index_id id TYPE minmax) ENGINE = MergeTree ORDER BY id SETTINGS add_minmax_index_for_numeric_columns = 1; -- { serverError BAD_ARGUMENTS }
CREATE TABLE m3 (id UInt64, INDEX auto_minmax_index_id id TYPE minmax) ENGINE = MergeTree ORDER BY id;
