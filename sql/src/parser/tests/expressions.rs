//! Expressions, written back as ClickHouse's `formatQuerySingleLine` writes them (taken from ClickHouse 26.9).

use super::*;

fn check(text: &str, expected: &str) {
    assert_eq!(
        rewritten(&format!("SELECT {text}")),
        format!("SELECT {expected}"),
        "{text}"
    );
}

fn same(text: &str) {
    check(text, text);
}

#[test]
fn operators_bind_as_in_clickhouse() {
    check("a + 1 * 2", "a + (1 * 2)");
    check(
        "not a = 1 and b > 2 or c like 'x%'",
        "((NOT (a = 1)) AND (b > 2)) OR (c LIKE 'x%')",
    );
    check("(a + b) * 2 - (a - b)", "((a + b) * 2) - (a - b)");
    check("a - b - c", "(a - b) - c");
    check("a and (b or c)", "a AND (b OR c)");
    check("- a * 2", "(-a) * 2");
    check("-a::Int8", "-CAST(a, 'Int8')");
    check("-a.1", "-(a.1)");
    check("1 = 1 = 1", "(1 = 1) = 1");
    check("a = 1 or b = 2 or a = 3", "(a = 1) OR (b = 2) OR (a = 3)");
    check("a between 1 and 2 and b", "((a >= 1) AND (a <= 2)) AND b");
    check("a not between 1 and 2", "(a < 1) OR (a > 2)");
    check("not a is null", "NOT (a IS NULL)");
    check("a || b = c", "concat(a, b) = c");
    check("a is not null and b", "(a IS NOT NULL) AND b");
    check("a = b is null", "(a = b) IS NULL");
    check("not not a", "NOT (NOT a)");
    check("a like 'x' and b", "(a LIKE 'x') AND b");
    check("1 ? 2 : 3 ? 4 : 5", "if(1, 2, if(3, 4, 5))");
    check("a or b ? 1 : 2", "if(a OR b, 1, 2)");
    check("1 > 2 > 3", "(1 > 2) > 3");
    check("2-1", "2 - 1");
    check("2 -1 - -3", "(2 - 1) - -3");
}

#[test]
fn sugar_becomes_calls() {
    check("a ? 1 : 2", "if(a, 1, 2)");
    check("a div b", "intDiv(a, b)");
    check("a mod b", "a % b");
    check("c || 'x' || 'y'", "concat(c, 'x', 'y')");
    check("case when a = 1 then 2 else 3 end", "multiIf(a = 1, 2, 3)");
    check("case when a = 1 then 2 end", "multiIf(a = 1, 2, NULL)");
    check("case a when 1 then 2 end", "caseWithExpression(a, 1, 2, NULL)");
    check("position('a' in b)", "position(b, 'a')");
    check("position(b, 'a')", "position(b, 'a')");
    check("substring(a from 1 for 2)", "substring(a, 1, 2)");
    check("extract(year from a)", "toYear(a)");
    check("extract(a, 'x')", "extract(a, 'x')");
    check("trim(both 'a' from b)", "trimBoth(b, 'a')");
    check("trim(leading 'a' from b)", "trimLeft(b, 'a')");
    check("trim(b)", "trimBoth(b)");
    check("date '2020-01-01'", "toDate('2020-01-01')");
    check("timestamp '2020-01-01 00:00:00'", "toDateTime('2020-01-01 00:00:00')");
    check("today() + interval 1 day", "today() + toIntervalDay(1)");
    check("interval '1' day", "toIntervalDay('1')");
    check("interval '1 day'", "toIntervalDay(1)");
    check("interval '1 day 2 hours'", "(toIntervalDay(1), toIntervalHour(2))");
    check("interval 1 + 1 day", "toIntervalDay(1 + 1)");
    check("interval (a) week", "toIntervalWeek(a)");
    check("interval n month", "toIntervalMonth(n)");
    check("date_add(day, 1, d)", "plus(d, toIntervalDay(1))");
    check("date_sub(d, interval 1 week)", "minus(d, toIntervalWeek(1))");
    check("date_diff(day, a, b)", "dateDiff('day', a, b)");
    check("dateDiff('day', a, b)", "dateDiff('day', a, b)");
    check("a regexp 'b'", "match(a, 'b')");
    check("@@version_comment", "globalVariable('version_comment')");
    check("count(distinct a)", "countDistinct(a)");
    check("sum(a) filter (where b)", "sumIf(a, b)");
    check("{x:UInt8} + 1", "{x:UInt8} + 1");
    check("{x:Array(Float32)}", "{x:Array(Float32)}");
}

#[test]
fn casts_keep_the_text_of_literals() {
    check("a::Int64", "CAST(a, 'Int64')");
    check("cast(a as String)", "CAST(a, 'String')");
    check("cast(a, 'String')", "CAST(a, 'String')");
    check("1::Int8", "CAST('1', 'Int8')");
    check("-1::Int8", "CAST('-1', 'Int8')");
    check("'1'::Int8", "CAST('1', 'Int8')");
    check("[1, 2]::Array(Int8)", "CAST('[1, 2]', 'Array(Int8)')");
    check("(1,2)::Tuple(Int8,  Int8)", "CAST('(1,2)', 'Tuple(Int8, Int8)')");
    check("[a, 2]::Array(Int8)", "CAST([a, 2], 'Array(Int8)')");
    check("NULL::Nullable(Int8)", "CAST(NULL, 'Nullable(Int8)')");
    check("1.50::Decimal(5,2)", "CAST('1.50', 'Decimal(5, 2)')");
    check("a::Enum8('x'=1,'y'=-2)", "CAST(a, 'Enum8(\\'x\\' = 1, \\'y\\' = -2)')");
    check(
        "a::DateTime64(3,'UTC')::String",
        "CAST(CAST(a, 'DateTime64(3, \\'UTC\\')'), 'String')",
    );
    check(
        "a::Tuple(x Int8, `y z` String)",
        "CAST(a, 'Tuple(x Int8, `y z` String)')",
    );
    check("cast(a as double precision)", "CAST(a, 'double precision')");
}

#[test]
fn brackets_mean_what_they_mean() {
    same("[1, 2]");
    check("[[1],[2]]", "[[1], [2]]");
    same("(1, 2)");
    check("(a)", "a");
    check("(a,)", "tuple(a)");
    check("()", "tuple()");
    check("d[1]", "d[1]");
    check("a[1][2]", "(a[1])[2]");
    same("n.1");
    check("(1, 2).1", "(1, 2).1");
    check("a.b[1].2", "(a.b[1]).2");
    check("t.1.2", "(t.1).2");
    check("(a + b)[1]", "(a + b)[1]");
    check("(a,b) in ((1,2),(3,4))", "(a, b) IN ((1, 2), (3, 4))");
    same("a IN (1, 2, 3)");
    check("a in 1", "a IN (1)");
    check("a in [1, 2]", "a IN [1, 2]");
    same("a NOT IN (1, 2)");
    same("a IN (SELECT 1)");
    check("a global not in (select 1)", "a GLOBAL NOT IN (SELECT 1)");
    check("a in t", "a IN t");
    same("(SELECT 1) + 1");
    check("((select 1) + 1) * 2", "((SELECT 1) + 1) * 2");
    check("exists(select 1)", "exists((SELECT 1))");
    check("f(select 1)", "f((SELECT 1))");
}

#[test]
fn lambdas_aliases_and_calls() {
    check("arrayMap(x -> x + 1, [a])", "arrayMap(x -> (x + 1), [a])");
    check("f((x, y) -> x + y, b)", "f((x, y) -> (x + y), b)");
    check("f(() -> 1)", "f(() -> 1)");
    check("(a as b) + 1", "(a AS b) + 1");
    same("f(a AS b)");
    same("[a AS b]");
    same("quantile(0.5)(a)");
    check("quantiles(0.5, 0.9)(a)", "quantiles(0.5, 0.9)(a)");
    same("count(*)");
    same("count()");
    check("f(a,)", "f(a)");
    check(
        "sum(a) over (partition by b order by c rows between 1 preceding and current row)",
        "sum(a) OVER (PARTITION BY b ORDER BY c ASC ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
    );
    same("row_number() OVER w");
    same("sum(x) OVER ()");
    check("any(a) ignore nulls", "any(a)");
    check("plus(a, b)", "plus(a, b)");
    check("COLUMNS('a')", "COLUMNS('a')");
}

#[test]
fn literals() {
    check("1.0, 1e3, 0x1F, 0b101, 1_000", "1., 1000., 31, 5, 1000");
    check("null, TRUE, inf, -inf, nan", "NULL, true, inf, -inf, nan");
    check(
        "'it''s', 'a\\nb', '\\x41\\\\', 'a\\qb'",
        "'it\\'s', 'a\\nb', 'A\\\\', 'a\\\\qb'",
    );
    check(
        "x'4142', b'01000001', $$a'b$$, $x$ $$ $x$",
        "'AB', 'A', 'a\\'b', ' $$ '",
    );
    check("[1, 2.0], [0.1, -2]", "[1, 2.], [0.1, -2]");
    check("-1, - 1, -(1), - -1, +1", "-1, -1, -1, -(-1), 1");
    check("1, .5, 5.", "1, 0.5, 5.");
    check("\"a b\", `c``d`, `e`", "`a b`, `c\\`d`, e");
}

#[test]
fn words_are_columns_where_they_can_be() {
    check(
        "interval, date, end, values, key, left, any, format",
        "interval, date, end, `values`, key, left, any, format",
    );
    check("a.from, t.select", "a.`from`, t.`select`");
    check("timestamp - interval", "timestamp - interval");
    check("order, group, limit", "order, group, limit");
    check(
        "date(d), timestamp(t), interval(a, 1)",
        "date(d), timestamp(t), interval(a, 1)",
    );
}
