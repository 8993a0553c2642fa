-- ClickHouse's client takes these for `SELECT DROP` and the like (implicit_select); for us they are half a statement.

CREATE TABLE; -- { clientError SYNTAX_ERROR }
DROP; -- { clientError SYNTAX_ERROR }
SHOW; -- { clientError SYNTAX_ERROR }
SET; -- { clientError SYNTAX_ERROR }
USE; -- { clientError SYNTAX_ERROR }
EXPLAIN; -- { clientError SYNTAX_ERROR }

-- conditions nest without parentheses
SELECT 0 ? 1 : 0 ? 2 : 3;
