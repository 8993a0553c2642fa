//! The names of result columns, as ClickHouse 26.9 shows them.

use sqlparser::ast::{SelectItem, SetExpr};

use super::*;

fn check(text: &str, expected: &str) {
    let parsed = parsed(&format!("SELECT {text}"));
    let Statement::Query(query) = parsed.statement else {
        panic!("{text}")
    };
    let SetExpr::Select(select) = *query.body else {
        panic!("{text}")
    };
    let namer = Namer {
        lifted: &parsed.lifted,
        identifier: None,
    };
    let name = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(expr) => namer.name(expr),
        other => panic!("{text}: {other}"),
    };
    assert_eq!(
        select.projection.iter().map(name).collect::<Vec<_>>().join(" "),
        expected,
        "{text}"
    );
}

#[test]
fn of_operators() {
    check(
        "1+2, -(x), -1, 1==2, 1<>2",
        "plus(1, 2) negate(x) -1 equals(1, 2) notEquals(1, 2)",
    );
    check(
        "1 and 2, 1 or 2 or 3, (1 or 2) or 3",
        "and(1, 2) or(1, 2, 3) or(or(1, 2), 3)",
    );
    check(
        "not 1, 1 in (1,2), 1 not in (1), 1 in 1",
        "not(1) in(1, (1, 2)) notIn(1, 1) in(1, 1)",
    );
    check("(1,2) in ((1,2),(3,4))", "in((1, 2), ((1, 2), (3, 4)))");
    check(
        "'a' || 'b' || 'c', 5 div 2, 5 mod 2",
        "concat('a', 'b', 'c') intDiv(5, 2) modulo(5, 2)",
    );
    check("1 between 0 and 2", "and(greaterOrEquals(1, 0), lessOrEquals(1, 2))");
    check("1 not between 0 and 2", "or(less(1, 0), greater(1, 2))");
    check(
        "1 is null, 1 <=> 2, 1 is distinct from 2",
        "isNull(1) isNotDistinctFrom(1, 2) isDistinctFrom(1, 2)",
    );
    check("'a' like 'b', 'a' not ilike 'b'", "like('a', 'b') notILike('a', 'b')");
}

#[test]
fn of_calls_and_casts() {
    check("case 1 when 1 then 2 else 3 end", "caseWithExpression(1, 1, 2, 3)");
    check("case when 1 then 2 end", "multiIf(1, 2, NULL)");
    check("cast(1 as Int8), 1::Int8", "CAST(1, 'Int8') CAST('1', 'Int8')");
    check(
        "(1,'a')::Tuple(a Int8, b String)",
        "CAST('(1,\\'a\\')', 'Tuple(a Int8, b String)')",
    );
    check(
        "arrayMap((x,y) -> x+y, [1],[2])",
        "arrayMap(lambda(tuple(x, y), plus(x, y)), [1], [2])",
    );
    check("(1,2).1, [1,2][1]", "tupleElement((1, 2), 1) arrayElement([1, 2], 1)");
    check("count(*), COUNT(1), Sum(number)", "count() COUNT(1) Sum(number)");
    check("quantile(0.5)(x), uniq(distinct x)", "quantile(0.5)(x) uniqDistinct(x)");
    check("sum(x) filter (where x > 2)", "sumIf(x, greater(x, 2))");
    check(
        "tuple(a, 1), array(a, 1), tuple(1), map('a', 1)",
        "(a, 1) [a, 1] (1) map('a', 1)",
    );
    check("plus(1 as b, b)", "plus(b, b)");
    check("`x y` || 'a'", "concat(x y, 'a')");
}

#[test]
fn of_literals() {
    check(
        "[1, 2.0], [1.0, 2.5], [], ['a'], [(1,'a')], [NULL, 1]",
        "[1., 2.] [1., 2.5] [] ['a'] [(1, 'a')] [NULL, 1]",
    );
    check(
        "(1,), ((1)), tuple(), 'a\nb\\\\', true",
        "(1) 1 tuple() 'a\\nb\\\\' true",
    );
    check("[1,2,3,4,5,6,7,8,9.5]", "[1., 2., 3., 4., 5., 6., 7., 8., 9.5]");
    check("f([1,2,3,4,5,6,7,8,9])", "f([1, 2, 3, 4, 5, 6, 7, 8, 9])");
}

#[test]
fn of_windows() {
    check(
        "row_number() over (partition by a order by a desc)",
        "row_number() OVER (PARTITION BY a ORDER BY a DESC)",
    );
    check(
        "sum(a) over (order by a rows between 1 preceding and current row)",
        "sum(a) OVER (ORDER BY a ASC ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
    );
}
