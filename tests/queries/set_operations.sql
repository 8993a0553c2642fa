-- INTERSECT and EXCEPT: with ALL, the default, every copy of a row counts.

SELECT x FROM (SELECT arrayJoin([1,1,1,2,3]) x EXCEPT SELECT arrayJoin([1,1,3,3,4])) ORDER BY x;
SELECT x FROM (SELECT arrayJoin([1,1,1,2,3]) x INTERSECT SELECT arrayJoin([1,1,3,3,4])) ORDER BY x;
SELECT x FROM (SELECT arrayJoin([1,1,1,2,3]) x INTERSECT DISTINCT SELECT arrayJoin([1,1,3,3,4])) ORDER BY x;
SELECT x FROM (SELECT arrayJoin([1,1,1,2,3]) x EXCEPT DISTINCT SELECT arrayJoin([1,1,3,3,4])) ORDER BY x;
SELECT x FROM (SELECT arrayJoin([1,1,1,2,3]) x EXCEPT SELECT 1 EXCEPT SELECT 3) ORDER BY x;
SELECT x FROM (SELECT arrayJoin([1,1,NULL,NULL,3]) x EXCEPT SELECT NULL) ORDER BY x;
SELECT x,y FROM (SELECT arrayJoin([1,1,NULL,NULL,3]) x, [1,2] y INTERSECT SELECT arrayJoin([1,NULL]),[1,2]) ORDER BY x;
SELECT x FROM (SELECT (number%2,'a') x FROM numbers(5) EXCEPT SELECT (0,'a')) ORDER BY x;
SELECT x FROM (SELECT arrayJoin([nan,nan,1]) x EXCEPT SELECT nan) ORDER BY x;
SELECT count() FROM (SELECT * FROM numbers(1000) EXCEPT SELECT * FROM numbers(10));
