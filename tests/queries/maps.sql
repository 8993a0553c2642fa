-- Map: functions, casts, columns, formats; the names of geometric types.

SELECT map('a', 1, 'b', 2), toTypeName(map('a', 1, 'b', 2)), map(), map(1, 'x'), toTypeName(map(1, NULL)), map('a', [1, 2]), map('a', map('b', 1)), map('a', number, 'b', number + 1) FROM numbers(2);
SELECT map('a'); -- { serverError NUMBER_OF_ARGUMENTS_DOESNT_MATCH }
SELECT map('a', 1, 2); -- { serverError NUMBER_OF_ARGUMENTS_DOESNT_MATCH }
SELECT map(NULL, 1); -- { serverError BAD_ARGUMENTS }
SELECT map('a', 1, 'a', 2)['a'], map('a', 1)['z'], map('a', 'x')['z'], map(1, 'x')[1], map(1, NULL)[1], map('a', 1)[materialize('a')], map(toDate('2024-01-01'), 5)[toDate('2024-01-01')], map(toInt128(5), 7)[5];
SELECT map(toDate('2024-01-01'), 5)['2024-01-01']; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT map(1.5, 2)[1.5]; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT map('a', 1)[1]; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT map(1, 'a')['x']; -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT mapKeys(map('a', 1)), mapValues(map('a', 1)), mapContains(map('a', 1), 'a'), mapContainsKey(map('a', 1), 'b'), mapContainsValue(map('a', 1), 1), length(map('a', 1)), empty(map()), notEmpty(map('a', 1));
SELECT mapFromArrays(['a', 'b'], [1, 2]), mapConcat(map('a', 1), map('b', 2)), mapUpdate(map('a', 1), map('a', 5, 'c', 7)), mapConcat(map('a', 1), map('b', 300), map('c', 3));
SELECT mapFromArrays(['a'], [1, 2]); -- { serverError SIZES_OF_ARRAYS_DONT_MATCH }
SELECT CAST([('a', 1)] AS Map(String, UInt8)), CAST((['a'], [1]) AS Map(String, UInt8)), CAST(map('a', 1) AS Map(String, String)), CAST(map('a', 1) AS Array(Tuple(String, UInt8)));
SELECT CAST('{}' AS Map(String, UInt8)); -- { serverError TYPE_MISMATCH }
SELECT toTypeName(CAST(map(), 'Map(Nullable(String), UInt8)')); -- { serverError BAD_ARGUMENTS }
SELECT toTypeName(CAST(map(), 'Map(LowCardinality(Nullable(String)), UInt8)')); -- { serverError BAD_ARGUMENTS }
SELECT toTypeName(CAST(map(), 'Map(Float64, UInt8)')), toTypeName(CAST(map(), 'Map(Array(String), UInt8)')), toTypeName(CAST(map(), 'Map(Date, Nullable(UInt8))')), toTypeName(CAST(map(), 'Map(UUID, Map(String, UInt8))')), toTypeName(CAST(map(), 'Map(Tuple(UInt8, String), UInt8)'));
SELECT map('a', 1) = map('a', 1), map('a', 1) < map('a', 2), map('a', 1) = map('b', 1), map('a', 1) = map('a', 300);
SELECT map('a', 1) = map('a', '1'); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT [map('a', 1), map('b', 300)], toTypeName([map('a', 1), map('b', 300)]), if(1, map('a', 1), map()), toTypeName(if(1, map('a', 1), map('a', -1)));
SELECT toString(map('a', 1)), map('a', 'x\'y'), toString(map('a', 'x')), map('a', toDate(1));
SELECT groupArray(m), any(m), count(m), uniq(m), min(m), max(m) FROM (SELECT map('a', number) AS m FROM numbers(2));
SELECT tupleElement(map('a', 1), 'keys'); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }

-- Tables and formats.
CREATE TABLE t (k UInt8, m Map(String, UInt64), n Map(UInt8, Array(Nullable(String))) DEFAULT map(1, ['x']), l Map(LowCardinality(String), Nullable(Float64))) ENGINE = MergeTree ORDER BY k;
INSERT INTO t (k, m) VALUES (1, {'a':1,'b':2}), (2, map('c', 3)), (3, map());
INSERT INTO t FORMAT JSONEachRow {"k":4,"m":{"x":1,"y":"2"},"n":{"5":["q",null]},"l":{"a":null,"b":1.5}} {"k":5} {"k":6,"m":{}}

INSERT INTO t FORMAT TSV 7	{'a':1}	{1:['x',NULL]}	{'p':NULL}

INSERT INTO t FORMAT CSV 8,"{'a':1}","{1:['x']}","{ 'q' : 2.5 , 'r' : NULL }"

SELECT * FROM t ORDER BY k;
SELECT k, m['a'], m.keys, m.values, m.size0, n.keys FROM t ORDER BY k;
SELECT k FROM t WHERE m['a'] = 1 ORDER BY k;
SELECT k FROM t WHERE mapContains(m, 'c');
SELECT m, count() FROM t GROUP BY m ORDER BY m;
SELECT DISTINCT m FROM t ORDER BY m;
SELECT k, m, l FROM t ORDER BY k LIMIT 4 FORMAT JSONEachRow;
SELECT k, m, n FROM t ORDER BY k LIMIT 2 FORMAT CSV;
SELECT k, m, n FROM t ORDER BY k LIMIT 2 FORMAT Values;
ALTER TABLE t UPDATE m = mapConcat(m, map('z', 26)) WHERE k = 1;
SELECT m FROM t WHERE k = 1;
ALTER TABLE t MODIFY COLUMN m Map(String, Int32);
SELECT toTypeName(m), m FROM t ORDER BY k LIMIT 1;
OPTIMIZE TABLE t FINAL;
SELECT k, m, l FROM t ORDER BY k;
DROP TABLE t;
CREATE TABLE t (m Map(String, UInt8), INDEX i mapKeys(m) TYPE bloom_filter GRANULARITY 1, INDEX j mapValues(m) TYPE bloom_filter GRANULARITY 1) ENGINE = MergeTree ORDER BY ();
INSERT INTO t VALUES (map('a', 1)), (map('b', 2));
SELECT m FROM t WHERE has(mapKeys(m), 'b');
DROP TABLE t;
CREATE TABLE t (m Map(String, UInt8), INDEX i m TYPE bloom_filter) ENGINE = MergeTree ORDER BY (); -- { serverError ILLEGAL_COLUMN }

-- Geometry.
SELECT (1., 2.)::Point, [(1., 2.)]::Ring, [[(1., 2.)]]::Polygon, [[[(1., 2.)]]]::MultiPolygon, [(1., 2.)]::LineString, [[(1., 2.)]]::MultiLineString, CAST('(1,2)' AS Point);
CREATE TABLE g (p Point, r Ring, l LineString, y Polygon, ml MultiLineString, my MultiPolygon) ENGINE = MergeTree ORDER BY ();
INSERT INTO g VALUES ((1, 2), [(0, 0), (1, 1)], [(0, 0)], [[(0, 0)]], [[(0, 0)]], [[[(0, 0)]]]);
SELECT * FROM g;
SELECT p.1, toTypeName(p.1), r[2].2 FROM g;
DROP TABLE g;
