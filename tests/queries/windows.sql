-- Window frames: RANGE with offsets over keys of all types.

SELECT number, sum(number) OVER (ORDER BY toUInt32(number) RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM numbers(4);
SELECT number, sum(number) OVER (ORDER BY toInt32(number) RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM numbers(4);
SELECT number, sum(number) OVER (ORDER BY toInt32(number) DESC RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM numbers(4) ORDER BY number;
SELECT number, sum(number) OVER (PARTITION BY number%2 ORDER BY toDate(number) RANGE BETWEEN 2 PRECEDING AND 1 FOLLOWING) FROM numbers(6) ORDER BY number;
SELECT number, sum(number) OVER (ORDER BY toDateTime(number) RANGE BETWEEN 2 PRECEDING AND 1 FOLLOWING) FROM numbers(6) ORDER BY number;
SELECT number, sum(number) OVER (ORDER BY toDateTime64(number,3) RANGE BETWEEN 2 PRECEDING AND 1 FOLLOWING) FROM numbers(6) ORDER BY number; -- { serverError NOT_IMPLEMENTED }
SELECT number, sum(number) OVER (ORDER BY toDecimal64(number,3) RANGE BETWEEN 2 PRECEDING AND 1 FOLLOWING) FROM numbers(6) ORDER BY number; -- { serverError NOT_IMPLEMENTED }
SELECT number, sum(number) OVER (ORDER BY number/2 RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM numbers(6) ORDER BY number;
SELECT number, sum(number) OVER (ORDER BY number/2 RANGE BETWEEN 0.5 PRECEDING AND 1 FOLLOWING) FROM numbers(6) ORDER BY number; -- { serverError BAD_ARGUMENTS }
SELECT number, sum(number) OVER (ORDER BY number RANGE BETWEEN 0.5 PRECEDING AND 1 FOLLOWING) FROM numbers(6) ORDER BY number; -- { serverError BAD_ARGUMENTS }
SELECT number, sum(number) OVER (ORDER BY toFloat32(number) RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM numbers(6) ORDER BY number;
SELECT number, sum(number) OVER (ORDER BY toUInt8(number+252) RANGE BETWEEN 1 PRECEDING AND 2 FOLLOWING) FROM numbers(4) ORDER BY number;
SELECT number, sum(number) OVER (ORDER BY toUInt8(number+252) RANGE BETWEEN 1 PRECEDING AND 2000 FOLLOWING) FROM numbers(4) ORDER BY number; -- { serverError ARGUMENT_OUT_OF_BOUND }
SELECT number, sum(number) OVER (ORDER BY toInt8(number+120) RANGE BETWEEN 1 PRECEDING AND 20 FOLLOWING) FROM numbers(4) ORDER BY number;
SELECT number, sum(number) OVER (ORDER BY toUInt64(18446744073709551610)+number RANGE BETWEEN 1 PRECEDING AND 20 FOLLOWING) FROM numbers(4) ORDER BY number;
SELECT number, sum(number) OVER (ORDER BY toInt64(9223372036854775800)+toInt64(number) RANGE BETWEEN 1 PRECEDING AND 20 FOLLOWING) FROM numbers(4) ORDER BY number;
SELECT number, sum(number) OVER (ORDER BY toInt64(-9223372036854775807)+toInt64(number) RANGE BETWEEN 10 PRECEDING AND 1 FOLLOWING) FROM numbers(4) ORDER BY number;
SELECT number, sum(number) OVER (ORDER BY number,number RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM numbers(6) ORDER BY number; -- { serverError BAD_ARGUMENTS }
SELECT number, sum(number) OVER (RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM numbers(6) ORDER BY number; -- { serverError BAD_ARGUMENTS }
SELECT number, sum(number) OVER (ORDER BY number RANGE BETWEEN -1 PRECEDING AND 1 FOLLOWING) FROM numbers(6) ORDER BY number; -- { serverError BAD_ARGUMENTS }
SELECT number, sum(number) OVER (ORDER BY number ROWS BETWEEN -1 PRECEDING AND 1 FOLLOWING) FROM numbers(6) ORDER BY number; -- { serverError BAD_ARGUMENTS }
SELECT number, sum(number) OVER (ORDER BY number ROWS BETWEEN 1.5 PRECEDING AND 1 FOLLOWING) FROM numbers(6) ORDER BY number; -- { serverError BAD_ARGUMENTS }
SELECT number, sum(number) OVER (ORDER BY toString(number) RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM numbers(6) ORDER BY number; -- { serverError NOT_IMPLEMENTED }
SELECT number, sum(number) OVER (ORDER BY CAST(number AS Enum8('a'=0,'b'=1,'c'=2)) RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM numbers(3) ORDER BY number;
SELECT number, sum(number) OVER (ORDER BY toDate(number) RANGE BETWEEN INTERVAL 1 DAY PRECEDING AND 1 FOLLOWING) FROM numbers(3) ORDER BY number; -- { serverError BAD_ARGUMENTS }
SELECT number, sum(number) OVER (ORDER BY number ROWS BETWEEN INTERVAL 1 DAY PRECEDING AND 1 FOLLOWING) FROM numbers(3) ORDER BY number; -- { serverError BAD_ARGUMENTS }
SELECT number, sum(number) OVER (ORDER BY number RANGE BETWEEN 1+1 PRECEDING AND 1 FOLLOWING) FROM numbers(3) ORDER BY number;
SELECT number, sum(number) OVER (ORDER BY toUInt16(number) RANGE BETWEEN 2 FOLLOWING AND 3 FOLLOWING) FROM numbers(6) ORDER BY number;
SELECT number, sum(number) OVER (ORDER BY toUInt16(number) RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) FROM numbers(6) ORDER BY number;
SELECT number, count() OVER (ORDER BY toBool(number) RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM numbers(3) ORDER BY number;
SELECT number, sum(number) OVER (ORDER BY toLowCardinality(toUInt16(number)) RANGE BETWEEN 2 FOLLOWING AND 3 FOLLOWING) FROM numbers(6) ORDER BY number; -- { serverError NOT_IMPLEMENTED }
SELECT number, sum(number) OVER (ORDER BY number ROWS BETWEEN 1 FOLLOWING AND 1 PRECEDING) FROM numbers(6) ORDER BY number; -- { serverError BAD_ARGUMENTS }
SELECT number, sum(number) OVER (ORDER BY if(number=9,NULL,toInt32(number)) RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM numbers(6) ORDER BY number;
