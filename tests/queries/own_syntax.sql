-- ClickHouse's client takes these for `SELECT DROP` and the like (implicit_select); for us they are half a statement.

CREATE TABLE; -- { clientError SYNTAX_ERROR }
DROP; -- { clientError SYNTAX_ERROR }
SHOW; -- { clientError SYNTAX_ERROR }
SET; -- { clientError SYNTAX_ERROR }
USE; -- { clientError SYNTAX_ERROR }
EXPLAIN; -- { clientError SYNTAX_ERROR }

-- conditions nest without parentheses
SELECT 0 ? 1 : 0 ? 2 : 3;
SELECT 1 SETTINGS limit = 2; -- { serverError NOT_IMPLEMENTED }
SELECT 1 SETTINGS offset = 1; -- { serverError NOT_IMPLEMENTED }
SELECT 1 SETTINGS transform_null_in = 1; -- { serverError NOT_IMPLEMENTED }
SELECT 1 SETTINGS apply_deleted_mask = 0; -- { serverError NOT_IMPLEMENTED }
DESCRIBE numbers(1) SETTINGS describe_include_subcolumns = 1; -- { serverError NOT_IMPLEMENTED }
SELECT 1 SETTINGS group_by_use_nulls = 1; -- { serverError NOT_IMPLEMENTED }
SELECT 1 SETTINGS max_rows_to_read = 10; -- { serverError NOT_IMPLEMENTED }
SELECT 1 SETTINGS max_columns_to_read = 10; -- { serverError NOT_IMPLEMENTED }
SELECT count() FROM numbers(3) SETTINGS transform_null_in = 0, limit = 0, offset = 0, apply_deleted_mask = 1;
SELECT length(replaceAll(repeat('a', 100000), 'a', repeat('b', 100000))); -- { serverError TOO_LARGE_STRING_SIZE }
SELECT length(replaceRegexpAll(repeat('a', 100000), 'a', repeat('b', 100000))); -- { serverError TOO_LARGE_STRING_SIZE }
