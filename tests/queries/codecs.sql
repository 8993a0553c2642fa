-- CODEC: checked as in ClickHouse, written out in SHOW CREATE, and in effect.

DROP TABLE IF EXISTS t;
CREATE TABLE t (k UInt32) ENGINE = MergeTree ORDER BY k SETTINGS min_bytes_for_wide_part = 0;
ALTER TABLE t ADD COLUMN c UInt8 CODEC(Foo); -- { serverError UNKNOWN_CODEC }
ALTER TABLE t ADD COLUMN c UInt8 CODEC(zstd(1)); -- { serverError UNKNOWN_CODEC }
ALTER TABLE t ADD COLUMN c UInt8 CODEC(Multiple); -- { serverError UNKNOWN_CODEC }
ALTER TABLE t ADD COLUMN c UInt8 CODEC(ZSTD(99)); -- { serverError ILLEGAL_CODEC_PARAMETER }
ALTER TABLE t ADD COLUMN c UInt8 CODEC(ZSTD('a')); -- { serverError BAD_GET }
ALTER TABLE t ADD COLUMN c UInt8 CODEC(ZSTD(1, 2)); -- { serverError ILLEGAL_CODEC_PARAMETER }
ALTER TABLE t ADD COLUMN c UInt8 CODEC(LZ4(1)); -- { serverError DATA_TYPE_CANNOT_HAVE_ARGUMENTS }
ALTER TABLE t ADD COLUMN c UInt8 CODEC(Delta); -- { serverError BAD_ARGUMENTS }
ALTER TABLE t ADD COLUMN c String CODEC(Delta, LZ4); -- { serverError BAD_ARGUMENTS }
ALTER TABLE t ADD COLUMN c UInt8 CODEC(LZ4, ZSTD); -- { serverError BAD_ARGUMENTS }
ALTER TABLE t ADD COLUMN c UInt8 CODEC(NONE, ZSTD); -- { serverError BAD_ARGUMENTS }
ALTER TABLE t ADD COLUMN c UInt8 CODEC(Default, ZSTD); -- { serverError BAD_ARGUMENTS }
ALTER TABLE t ADD COLUMN c UInt32 CODEC(ZSTD, Delta); -- { serverError BAD_ARGUMENTS }
ALTER TABLE t ADD COLUMN c UInt32 CODEC(Delta(3), ZSTD); -- { serverError ILLEGAL_CODEC_PARAMETER }
ALTER TABLE t ADD COLUMN c UInt32 CODEC(Delta(1, 2), ZSTD); -- { serverError ILLEGAL_SYNTAX_FOR_CODEC_TYPE }
ALTER TABLE t ADD COLUMN c UInt32 CODEC(); -- { serverError SYNTAX_ERROR }
ALTER TABLE t ADD COLUMN none String CODEC(NONE), ADD COLUMN lz4 String CODEC(LZ4), ADD COLUMN zstd String CODEC(ZSTD(9)), ADD COLUMN def String CODEC(Default);
ALTER TABLE t ADD COLUMN a UInt8 CODEC(LZ4HC(20)), ADD COLUMN b UInt8 CODEC(LZ4HC), ADD COLUMN c UInt8 CODEC(ZSTD), ADD COLUMN d UInt16 CODEC(Delta, ZSTD);
ALTER TABLE t ADD COLUMN e Float64 CODEC(Gorilla, ZSTD), ADD COLUMN f UInt32 CODEC(DoubleDelta), ADD COLUMN g Float64 CODEC(FPC(12)), ADD COLUMN h Nullable(Int64) CODEC(Delta, LZ4), ADD COLUMN i UInt32 CODEC(ZSTD(0));
SHOW CREATE TABLE t;
SELECT name, compression_codec FROM system.columns WHERE database = currentDatabase() AND table = 't' AND compression_codec != '';
INSERT INTO t SELECT number, toString(number % 1000) AS s, s, s, s, number, number, number, number, number / 8, number, number / 3, if(number % 3 = 0, NULL, number), number FROM numbers(50000);
SELECT count(), sum(cityHash64(none, lz4, zstd, def)), sum(a), sum(b), sum(c), sum(d), sum(e), sum(f), sum(round(g)), sum(h), sum(i) FROM t;
SELECT * FROM t WHERE k IN (7, 40000) ORDER BY k;
SELECT sumIf(data_compressed_bytes, name = 'none') > sumIf(data_compressed_bytes, name = 'lz4'), sumIf(data_compressed_bytes, name = 'lz4') > sumIf(data_compressed_bytes, name = 'zstd') FROM system.columns WHERE database = currentDatabase() AND table = 't';
ALTER TABLE t MODIFY COLUMN none CODEC(ZSTD(9));
OPTIMIZE TABLE t FINAL;
SELECT sumIf(data_compressed_bytes, name = 'none') < sumIf(data_compressed_bytes, name = 'lz4') FROM system.columns WHERE database = currentDatabase() AND table = 't';
SELECT count(), sum(cityHash64(none, lz4, zstd, def)), sum(a), sum(b), sum(c), sum(d), sum(e), sum(f), sum(round(g)), sum(h), sum(i) FROM t;
ALTER TABLE t MODIFY COLUMN none REMOVE CODEC;
SELECT compression_codec FROM system.columns WHERE database = currentDatabase() AND table = 't' AND name = 'none';
DROP TABLE t;
