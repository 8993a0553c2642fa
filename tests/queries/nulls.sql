-- NULL among the arguments of aggregates, in tuples and arrays.

SELECT uniqExact(x,y), uniq(x,y), count(DISTINCT x,y) FROM values('x Nullable(Int32), y Int32',(1,1),(NULL,2),(NULL,3));
SELECT uniqExactIf(x,y,y<3), uniqExact((x,y)), uniqExact(x) FROM values('x Nullable(Int32), y Int32',(1,1),(NULL,2),(NULL,3));
SELECT k, argMax(id,k) FROM values('k Nullable(Int32), id Int32',(1,1),(NULL,2)) GROUP BY k ORDER BY k;
SELECT k, argMin(id,k), max((id,k)), argMax(k,id) FROM values('k Nullable(Int32), id Int32',(1,1),(NULL,2)) GROUP BY k ORDER BY k;
SELECT argMax(id,k), argMin(id,k) FROM values('k Nullable(Int32), id Int32',(NULL,2));
