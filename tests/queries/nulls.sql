-- NULL among the arguments of aggregates, in tuples and arrays.

SELECT uniqExact(x,y), uniq(x,y), count(DISTINCT x,y) FROM values('x Nullable(Int32), y Int32',(1,1),(NULL,2),(NULL,3));
SELECT uniqExactIf(x,y,y<3), uniqExact((x,y)), uniqExact(x) FROM values('x Nullable(Int32), y Int32',(1,1),(NULL,2),(NULL,3));
SELECT k, argMax(id,k) FROM values('k Nullable(Int32), id Int32',(1,1),(NULL,2)) GROUP BY k ORDER BY k;
SELECT k, argMin(id,k), max((id,k)), argMax(k,id) FROM values('k Nullable(Int32), id Int32',(1,1),(NULL,2)) GROUP BY k ORDER BY k;
SELECT argMax(id,k), argMin(id,k) FROM values('k Nullable(Int32), id Int32',(NULL,2));
SELECT (1,NULL)=(1,NULL), (1,NULL)!=(1,NULL), (1,NULL)<(1,NULL), (1,NULL)<=(1,NULL), (1,NULL)>(1,2), (1,NULL)>=(2,2);
SELECT (1,NULL)=(2,NULL), (1,NULL)!=(2,NULL), (1,NULL)<(2,NULL), (1,NULL)<=(2,2), (NULL,1)<(1,2), (NULL,1)=(1,2), (NULL,1)=(1,1), (NULL,1)!=(1,2);
SELECT toTypeName((1,NULL)=(1,NULL)), toTypeName((1,2)=(1,2)), toTypeName((1,2)=(1,NULL)), toTypeName((1,toNullable(2))<(1,2)), toTypeName((1,(2,toNullable(3)))<(1,(2,3))), toTypeName([NULL]=[NULL]);
SELECT (1,(2,NULL))=(1,(2,NULL)), (1,(2,NULL))<(2,(2,NULL)), (1,[NULL])=(1,[NULL]), (1,[NULL])<(1,[NULL]), [NULL]=[NULL], [1,NULL]<[1,2], [(1,NULL)]=[(1,NULL)], [(1,NULL)]<[(1,2)];
SELECT tuple(nan)=tuple(nan), tuple(nan)!=tuple(nan), tuple(nan)<tuple(1.), (1,nan)<(2,nan), (nan,1)<(nan,2), tuple(nan)<=tuple(nan), [nan]=[nan], [nan]<[nan], [nan]<[1], [nan]>[1], [1,nan]=[1,nan], [nan]!=[nan], [-0.]=[0.], tuple(-0.)=tuple(0.), [-0.]<[0.];
SELECT x, x=(1,1), x!=(1,1), x<(1,1), x<=(1,2), x>(1,1), x>=(0,5) FROM (SELECT (1, arrayJoin([1,2,NULL])) AS x);
SELECT x, x=(1,1), x!=(1,1), x<(1,1), x<=(1,2), x>(1,1), x>=(0,5) FROM (SELECT (arrayJoin([1,2,NULL]),1) AS x);
SELECT x FROM (SELECT (1, arrayJoin([1,2,NULL])) AS x) WHERE x=(1,1);
SELECT x FROM (SELECT (1, arrayJoin([1,2,NULL])) AS x) WHERE x!=(1,1);
SELECT x FROM (SELECT (1, arrayJoin([1,2,NULL])) AS x) WHERE NOT x=(1,1);
SELECT CASE k WHEN NULL THEN 'n' ELSE 'x' END FROM (SELECT arrayJoin([1,NULL]) AS k);
SELECT CASE k WHEN NULL THEN 'n' WHEN 1 THEN 'one' ELSE 'x' END FROM (SELECT arrayJoin([1,NULL,2]) AS k);
SELECT CASE k WHEN 1 THEN 'one' WHEN m THEN 'm' ELSE 'x' END FROM (SELECT arrayJoin([1,NULL,2]) AS k, CAST(NULL AS Nullable(UInt8)) AS m);
SELECT CASE NULL WHEN NULL THEN 1 ELSE 2 END, CASE 1 WHEN NULL THEN 1 ELSE 2 END, CASE materialize(1) WHEN NULL THEN 1 ELSE 2 END, CASE materialize('a') WHEN 'b' THEN 1 WHEN NULL THEN 5 ELSE 2 END;
SELECT CASE k WHEN 1 THEN 'a' WHEN 2 THEN 'b' END FROM (SELECT arrayJoin([1,NULL,2,3]) AS k);
SELECT CASE nan WHEN nan THEN 1 ELSE 2 END, CASE materialize(nan) WHEN nan THEN 1 ELSE 2 END;
SELECT (1,NULL) IN ((1,NULL)), (1,2) IN ((1,NULL)), (1,NULL) IN ((1,2)), (1,NULL) NOT IN ((1,2));
SELECT x, count() FROM (SELECT (1,arrayJoin([1,NULL,NULL])) AS x) GROUP BY x ORDER BY x;
SELECT ('a',NULL)=('b',NULL), ('a',1)=('a',2), ('a',1,NULL)<('b',1,NULL), ()=(), tuple(NULL)=tuple(NULL), tuple(NULL)=tuple(1); -- { serverError NOT_IMPLEMENTED }
SELECT (1,2)=(1,2.5), (1,'a')=(1,'a'), (1,toDate('2024-01-01'))=(1,'2024-01-01'), (1,2)=(1,2,3); -- { serverError ILLEGAL_TYPE_OF_ARGUMENT }
SELECT (1,-1)<(1,toUInt64(18446744073709551615)), (toUInt64(18446744073709551615),1)>(-1,1);
SELECT (1,-1)='(1,-1)', [1,2]='[1,2]', (1,NULL)='(1,NULL)';
SELECT (x,1) IN ((1,1)), (x,1) IN ((2,1),(3,1)), (x,1) NOT IN ((1,1)), toTypeName((x,1) IN ((1,1))) FROM (SELECT arrayJoin([1,NULL,2]) AS x);
SELECT x IN (1), x NOT IN (1), toTypeName(x IN (1)), x IN (1,NULL), x NOT IN (1,NULL) FROM (SELECT arrayJoin([1,NULL,2]) AS x);
SELECT (x,1) IN ((1,1),(NULL,1)), (x,1) NOT IN ((NULL,1)) FROM (SELECT arrayJoin([1,NULL,2]) AS x);
SELECT and(0,NULL), and(1,NULL), or(1,NULL), toTypeName(and(0,NULL)), toTypeName((1,NULL)=(2,NULL));
SELECT x IN (NULL), x NOT IN (NULL), toTypeName(x NOT IN (NULL)), NOT (x IN (NULL)) FROM (SELECT arrayJoin([1,NULL,2]) AS x);
SELECT x IN (SELECT 1 WHERE 0), x NOT IN (SELECT 1 WHERE 0), NOT (x IN (SELECT 1 WHERE 0)), x NOT IN (SELECT NULL) FROM (SELECT arrayJoin([1,NULL,2]) AS x);
SELECT x FROM (SELECT arrayJoin([1,NULL,2]) AS x) WHERE x NOT IN (SELECT 1 WHERE 0) ORDER BY x;
SELECT y NOT IN (NULL), y NOT IN (SELECT 1 WHERE 0), (x,y) NOT IN (SELECT (1,1) WHERE 0), (x,y) NOT IN ((NULL,1)) FROM (SELECT arrayJoin([1,NULL]) AS x, 1 AS y);
SELECT toNullable(5) NOT IN (NULL), CAST(NULL AS Nullable(Int32)) NOT IN (NULL), CAST(NULL AS Nullable(Int32)) NOT IN (SELECT 1 WHERE 0);
SELECT toLowCardinality(x) NOT IN (SELECT 'a' WHERE 0) FROM (SELECT arrayJoin(['a',NULL]) AS x);

-- NULL in a tuple that is written out
SELECT (k, n) = (9, NULL), (k, n) != (9, NULL), NOT ((k, n) = (9, NULL)), (n, k) = (NULL, 9), (k, NULL) = (1, n), (k, n) = (k, NULL), (k, n) < (9, NULL), ((k, 1), n) = ((9, 1), NULL) FROM (SELECT arrayJoin([1, 2]) AS k, if(k = 1, NULL, 5) AS n) ORDER BY k;
SELECT (1, NULL) = (2, NULL), (1, NULL) != (2, NULL), (1, 2) = (2, NULL), (1, NULL) < (2, NULL);
SELECT count() FROM numbers(3) WHERE (number, if(number = 1, NULL, 1)) != (9, NULL);
