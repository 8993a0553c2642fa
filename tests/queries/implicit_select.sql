-- What is no statement is a SELECT, where the setting says so.

SET implicit_select = 0;
1 + 1; -- { serverError SYNTAX_ERROR }
SET implicit_select = 1;
1 + 1;
number, number * 2 FROM numbers(3) WHERE number > 0;
'a' AS x, [1, 2] AS y;
SELECT 3;
DROP TABLE IF EXISTS nowhere;
1 +; -- { serverError SYNTAX_ERROR }
