-- Skip indexes: what is refused, what is kept of a definition, and that a query finds the same rows with them.
CREATE TABLE base (id UInt64, a Int32, b Float64, s String, f FixedString(4), n Nullable(Int32), ns Nullable(String), lc LowCardinality(String), lcn LowCardinality(Nullable(String)), arr Array(String), ai Array(Int32), an Array(Nullable(Int32)), aa Array(Array(Int32)), tp Tuple(Int32, String), d Date, dt DateTime, j DateTime64(3), u UUID, e Enum8('a' = 1), dec Decimal(10, 2), bo Bool, v Array(Float32)) ENGINE = MergeTree ORDER BY id;

-- Definitions that are taken.
ALTER TABLE base ADD INDEX i0 a TYPE minmax;
ALTER TABLE base ADD INDEX i1 a TYPE minmax();
ALTER TABLE base ADD INDEX i2 a TYPE minmax(1);
ALTER TABLE base ADD INDEX i3 a TYPE minmax GRANULARITY 3;
ALTER TABLE base ADD INDEX i4 (a, b) TYPE minmax;
ALTER TABLE base ADD INDEX i5 arr TYPE minmax;
ALTER TABLE base ADD INDEX i6 tp TYPE minmax;
ALTER TABLE base ADD INDEX i7 n TYPE minmax;
ALTER TABLE base ADD INDEX i8 a + b TYPE minmax;
ALTER TABLE base ADD INDEX i9 a TYPE set(0);
ALTER TABLE base ADD INDEX i10 a TYPE set(100);
ALTER TABLE base ADD INDEX i11 (a, s) TYPE set(10);
ALTER TABLE base ADD INDEX i12 arr TYPE set(10);
ALTER TABLE base ADD INDEX i13 v TYPE set(10);
ALTER TABLE base ADD INDEX i14 a TYPE bloom_filter;
ALTER TABLE base ADD INDEX i15 a TYPE bloom_filter();
ALTER TABLE base ADD INDEX i16 a TYPE bloom_filter(0.01);
ALTER TABLE base ADD INDEX i17 b TYPE bloom_filter;
ALTER TABLE base ADD INDEX i18 s TYPE bloom_filter;
ALTER TABLE base ADD INDEX i19 f TYPE bloom_filter;
ALTER TABLE base ADD INDEX i20 n TYPE bloom_filter;
ALTER TABLE base ADD INDEX i21 ns TYPE bloom_filter;
ALTER TABLE base ADD INDEX i22 lc TYPE bloom_filter;
ALTER TABLE base ADD INDEX i23 lcn TYPE bloom_filter;
ALTER TABLE base ADD INDEX i24 arr TYPE bloom_filter;
ALTER TABLE base ADD INDEX i25 ai TYPE bloom_filter;
ALTER TABLE base ADD INDEX i26 d TYPE bloom_filter;
ALTER TABLE base ADD INDEX i27 dt TYPE bloom_filter;
ALTER TABLE base ADD INDEX i28 j TYPE bloom_filter;
ALTER TABLE base ADD INDEX i29 u TYPE bloom_filter;
ALTER TABLE base ADD INDEX i30 e TYPE bloom_filter;
ALTER TABLE base ADD INDEX i31 bo TYPE bloom_filter;
ALTER TABLE base ADD INDEX i32 (a, s) TYPE bloom_filter;
ALTER TABLE base ADD INDEX i33 lower(s) TYPE bloom_filter;
ALTER TABLE base ADD INDEX i34 s TYPE ngrambf_v1(3, 256, 2, 0);
ALTER TABLE base ADD INDEX i35 s TYPE ngrambf_v1(1, 256, 2, 0);
ALTER TABLE base ADD INDEX i36 s TYPE ngrambf_v1(9, 256, 2, 0);
ALTER TABLE base ADD INDEX i37 s TYPE ngrambf_v1(3, 256, 1000, 0);
ALTER TABLE base ADD INDEX i38 f TYPE ngrambf_v1(3, 256, 2, 0);
ALTER TABLE base ADD INDEX i39 lc TYPE ngrambf_v1(3, 256, 2, 0);
ALTER TABLE base ADD INDEX i40 arr TYPE ngrambf_v1(3, 256, 2, 0);
ALTER TABLE base ADD INDEX i41 (s, lc) TYPE ngrambf_v1(3, 256, 2, 0);
ALTER TABLE base ADD INDEX i42 s TYPE tokenbf_v1(256, 2, 0);
ALTER TABLE base ADD INDEX i43 arr TYPE tokenbf_v1(256, 2, 0);
ALTER TABLE base ADD INDEX i44 lower(s) TYPE tokenbf_v1(256, 2, 0);
ALTER TABLE base ADD INDEX i45 s TYPE MinMax;
ALTER TABLE base ADD INDEX i46 CAST(arr, 'Array(LowCardinality(String))') TYPE bloom_filter;
ALTER TABLE base ADD INDEX i47 [d] TYPE bloom_filter;
ALTER TABLE base ADD INDEX i48 toBFloat16(b) TYPE bloom_filter;
ALTER TABLE base ADD INDEX i49 [b] TYPE bloom_filter;
ALTER TABLE base ADD INDEX i50 toDecimal128(a, 2) TYPE set(10);
ALTER TABLE base ADD INDEX i51 CAST(arr, 'Array(FixedString(4))') TYPE tokenbf_v1(256,2,0);
ALTER TABLE base ADD INDEX i53 tuple(a, b) TYPE minmax;
ALTER TABLE base ADD INDEX i54 (a, (b, s)) TYPE minmax;
ALTER TABLE base ADD INDEX i55 s TYPE SET(10);
ALTER TABLE base ADD INDEX i56 s TYPE Bloom_Filter(0.1);
SELECT name, type, type_full, expr, granularity FROM system.data_skipping_indices WHERE table = 'base' ORDER BY toUInt32(substring(name, 2));

-- And those that are not.
ALTER TABLE base ADD INDEX x 1 TYPE minmax; -- { serverError INCORRECT_QUERY }
ALTER TABLE base ADD INDEX x a TYPE set; -- { serverError INCORRECT_QUERY }
ALTER TABLE base ADD INDEX x a TYPE set(); -- { serverError INCORRECT_QUERY }
ALTER TABLE base ADD INDEX x a TYPE set(-1); -- { serverError INCORRECT_QUERY }
ALTER TABLE base ADD INDEX x a TYPE set('x'); -- { serverError INCORRECT_QUERY }
ALTER TABLE base ADD INDEX x a TYPE set(1.5); -- { serverError INCORRECT_QUERY }
ALTER TABLE base ADD INDEX x a TYPE set(1, 2); -- { serverError INCORRECT_QUERY }
ALTER TABLE base ADD INDEX x a TYPE bloom_filter(0); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x a TYPE bloom_filter(1); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x a TYPE bloom_filter(2); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x a TYPE bloom_filter(-0.1); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x a TYPE bloom_filter('x'); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x a TYPE bloom_filter(0.1, 2); -- { serverError NUMBER_OF_ARGUMENTS_DOESNT_MATCH }
ALTER TABLE base ADD INDEX x an TYPE bloom_filter; -- { serverError ILLEGAL_COLUMN }
ALTER TABLE base ADD INDEX x aa TYPE bloom_filter; -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x tp TYPE bloom_filter; -- { serverError ILLEGAL_COLUMN }
ALTER TABLE base ADD INDEX x dec TYPE bloom_filter; -- { serverError ILLEGAL_COLUMN }
ALTER TABLE base ADD INDEX x s TYPE ngrambf_v1; -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x s TYPE ngrambf_v1(3, 256, 2); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x s TYPE ngrambf_v1(3, 256, 2, 0, 1); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x s TYPE ngrambf_v1(0, 256, 2, 0); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x s TYPE ngrambf_v1(3, 0, 2, 0); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x s TYPE ngrambf_v1(3, 256, 0, 0); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x s TYPE ngrambf_v1('a', 256, 2, 0); -- { serverError BAD_GET }
ALTER TABLE base ADD INDEX x s TYPE ngrambf_v1(3, 256, 2, -1); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x a TYPE ngrambf_v1(3, 256, 2, 0); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x ns TYPE ngrambf_v1(3, 256, 2, 0); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x lcn TYPE ngrambf_v1(3, 256, 2, 0); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x s TYPE tokenbf_v1; -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x s TYPE tokenbf_v1(256, 2); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x s TYPE tokenbf_v1(256, 2, 0, 0); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x s TYPE tokenbf_v1(0, 2, 0); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x s TYPE tokenbf_v1(256, 0, 0); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x s TYPE tokenbf_v1(256, 2, 'x'); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x a TYPE tokenbf_v1(256, 2, 0); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x ns TYPE tokenbf_v1(256, 2, 0); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x s TYPE hypothesis; -- { serverError ILLEGAL_INDEX }
ALTER TABLE base ADD INDEX x a < 5 TYPE hypothesis; -- { serverError ILLEGAL_INDEX }
ALTER TABLE base ADD INDEX x s TYPE nosuch; -- { serverError INCORRECT_QUERY }
ALTER TABLE base ADD INDEX x a TYPE minmax GRANULARITY 0; -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x a TYPE annoy; -- { serverError INCORRECT_QUERY }
ALTER TABLE base ADD INDEX x a TYPE usearch('x'); -- { serverError INCORRECT_QUERY }
ALTER TABLE base ADD INDEX x a TYPE inverted; -- { serverError INCORRECT_QUERY }
ALTER TABLE base ADD INDEX x CAST([dec], 'Array(Decimal(10,2))') TYPE bloom_filter; -- { serverError ILLEGAL_COLUMN }
ALTER TABLE base ADD INDEX x [tp] TYPE bloom_filter; -- { serverError ILLEGAL_COLUMN }
ALTER TABLE base ADD INDEX x toIntervalDay(a) TYPE bloom_filter; -- { serverError ILLEGAL_COLUMN }
ALTER TABLE base ADD INDEX x CAST(arr, 'Array(LowCardinality(String))') TYPE ngrambf_v1(3,256,2,0); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x CAST(arr, 'Array(Nullable(String))') TYPE tokenbf_v1(256,2,0); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x a TYPE ngrambf_v1(0, 256, 2); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x a TYPE ngrambf_v1(-1, 256, 2, 0); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x s TYPE ngrambf_v1(-1, 256, 2, 0); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x s TYPE ngrambf_v1(1.5, 256, 2, 0); -- { serverError BAD_GET }
ALTER TABLE base ADD INDEX x s TYPE ngrambf_v1(0, 0, 0, 0); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x s TYPE ngrambf_v1(3, 'a', 2, 0); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x s TYPE ngrambf_v1(3, 256, 0, 'x'); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x a TYPE bloom_filter(2); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x dec TYPE bloom_filter(2); -- { serverError ILLEGAL_COLUMN }
ALTER TABLE base ADD INDEX x s TYPE set(10) GRANULARITY 0; -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x s TYPE nosuch GRANULARITY 0; -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x (a, 1) TYPE minmax; -- { serverError INCORRECT_QUERY }
ALTER TABLE base ADD INDEX x (a, a) TYPE minmax; -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x () TYPE minmax; -- { serverError INCORRECT_QUERY }
ALTER TABLE base ADD INDEX x s TYPE tokenbf_v1(-1, 256, 2); -- { serverError BAD_ARGUMENTS }
ALTER TABLE base ADD INDEX x a TYPE set('10'); -- { serverError INCORRECT_QUERY }
ALTER TABLE base ADD INDEX x a TYPE set(x); -- { serverError INCORRECT_QUERY }
ALTER TABLE base ADD INDEX x a TYPE bloom_filter(x); -- { serverError BAD_ARGUMENTS }
CREATE INDEX i0 ON base (a) TYPE minmax; -- { serverError ILLEGAL_COLUMN }
DROP TABLE base;

-- As they are shown.
CREATE TABLE t (id UInt64, a Int32, b Int32, s String, INDEX ia a TYPE MinMax, INDEX ib (a, b) TYPE set(100) GRANULARITY 2, INDEX is lower(s) TYPE tokenbf_v1(256, 2, 0)) ENGINE = MergeTree ORDER BY id;
CREATE INDEX ibf ON t (b) TYPE bloom_filter(0.01) GRANULARITY 3;
CREATE INDEX IF NOT EXISTS ibf ON t (b) TYPE minmax;
SHOW CREATE TABLE t;
SHOW INDEXES FROM t;
DROP INDEX ibf ON t;
ALTER TABLE t DROP INDEX nosuch; -- { serverError BAD_ARGUMENTS }
ALTER TABLE t CLEAR INDEX nosuch, MATERIALIZE INDEX nosuch;
ALTER TABLE t ADD INDEX first s TYPE set(0) FIRST, ADD INDEX behind s TYPE set(0) AFTER ia;
SELECT name FROM system.data_skipping_indices WHERE table = 't';
SELECT name FROM system.data_skipping_indices WHERE table = 't' AND creation = 'Implicit';
