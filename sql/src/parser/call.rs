//! Function calls, and the SQL spellings that ClickHouse turns into calls while parsing.
//!
//! Start at [`function_call`]. `EXTRACT(YEAR FROM d)`, `TRIM(BOTH 'x' FROM s)`, `SUBSTRING(s FROM 1 FOR 2)`,
//! `POSITION(a IN b)`, `DATE_ADD(DAY, 1, d)`, `CAST(x AS T)` and INTERVAL all end here; later stages see plain calls.

use sqlparser::ast::{
    CastKind, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident,
    NullTreatment, ObjectName, Value, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowSpec, WindowType,
};

use super::cursor::{Cursor, Parse};
use super::expression::{aliased, custom_type, expression, number, string};
use super::lexer::Token;
use super::{ordering, query, type_text};

/// Every unit that INTERVAL, EXTRACT and DATE_ADD know: its words, and the ending of its functions.
const UNITS: &[(&[&str], &str)] = &[
    (&["NANOSECOND", "NANOSECONDS", "SQL_TSI_NANOSECOND", "NS"], "Nanosecond"),
    (
        &["MICROSECOND", "MICROSECONDS", "SQL_TSI_MICROSECOND", "US"],
        "Microsecond",
    ),
    (
        &["MILLISECOND", "MILLISECONDS", "SQL_TSI_MILLISECOND", "MS"],
        "Millisecond",
    ),
    (&["SECOND", "SECONDS", "SQL_TSI_SECOND", "SS", "S"], "Second"),
    (&["MINUTE", "MINUTES", "SQL_TSI_MINUTE", "MI", "N"], "Minute"),
    (&["HOUR", "HOURS", "SQL_TSI_HOUR", "HH", "H"], "Hour"),
    (&["DAY", "DAYS", "SQL_TSI_DAY", "DD", "D"], "Day"),
    (&["WEEK", "WEEKS", "SQL_TSI_WEEK", "WK", "WW"], "Week"),
    (&["MONTH", "MONTHS", "SQL_TSI_MONTH", "MM", "M"], "Month"),
    (&["QUARTER", "QUARTERS", "SQL_TSI_QUARTER", "QQ", "Q"], "Quarter"),
    (&["YEAR", "YEARS", "SQL_TSI_YEAR", "YYYY", "YY"], "Year"),
];

/// A plain call.
pub(super) fn call(name: &str, args: Vec<Expr>) -> Expr {
    let args = args
        .into_iter()
        .map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)))
        .collect();
    Expr::Function(function(vec![Ident::new(name)], args))
}

fn function(name: Vec<Ident>, args: Vec<FunctionArg>) -> Function {
    Function {
        name: ObjectName::from(name),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: list(args),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    }
}

fn list(args: Vec<FunctionArg>) -> FunctionArguments {
    FunctionArguments::List(FunctionArgumentList {
        duplicate_treatment: None,
        args,
        clauses: Vec::new(),
    })
}

/// A call; the cursor stands at the parenthesis behind the name.
pub(super) fn function_call(c: &mut Cursor, mut name: Vec<Ident>) -> Parse<Expr> {
    if name.len() == 1
        && name[0].quote_style.is_none()
        && let Some(expr) = special(c, &name[0].value)?
    {
        return Ok(expr);
    }
    c.expect_symbol("(")?;
    let mut distinct = accept_distinct(c);
    let mut args = arguments(c)?;
    c.expect_symbol(")")?;
    let mut parameters = FunctionArguments::None;
    if c.accept_symbol("(") {
        parameters = list(args);
        distinct = accept_distinct(c);
        args = arguments(c)?;
        c.expect_symbol(")")?;
    }
    let null_treatment = null_treatment(c);
    if distinct {
        append(&mut name, "Distinct");
    }
    if c.accept("FILTER") {
        let condition = c.in_parentheses(|c| {
            c.expect("WHERE")?;
            aliased(c)
        })?;
        append(&mut name, "If");
        args.push(FunctionArg::Unnamed(FunctionArgExpr::Expr(condition)));
    }
    let over = if c.accept("OVER") { Some(window(c)?) } else { None };
    Ok(Expr::Function(Function {
        parameters,
        null_treatment,
        over,
        ..function(name, args)
    }))
}

/// A combinator that a clause stands for.
fn append(name: &mut [Ident], suffix: &str) {
    if let Some(last) = name.last_mut() {
        last.value.push_str(suffix);
    }
}

/// `DISTINCT`, unless it is a column of that name.
fn accept_distinct(c: &mut Cursor) -> bool {
    let column = c.symbol_at(1, ")") || c.symbol_at(1, ",");
    c.at("DISTINCT") && !column && c.accept("DISTINCT")
}

fn null_treatment(c: &mut Cursor) -> Option<NullTreatment> {
    if c.accept("IGNORE NULLS") {
        return Some(NullTreatment::IgnoreNulls);
    }
    c.accept("RESPECT NULLS").then_some(NullTreatment::RespectNulls)
}

fn arguments(c: &mut Cursor) -> Parse<Vec<FunctionArg>> {
    let mut args = Vec::new();
    while !c.at_symbol(")") {
        args.push(FunctionArg::Unnamed(argument(c)?));
        if !c.accept_symbol(",") {
            break;
        }
    }
    Ok(args)
}

fn argument(c: &mut Cursor) -> Parse<FunctionArgExpr> {
    if c.at_symbol("*") && (c.symbol_at(1, ")") || c.symbol_at(1, ",")) {
        c.advance();
        return Ok(FunctionArgExpr::Wildcard);
    }
    if matches!(c.peek(), Token::Word { .. }) && c.symbol_at(1, ".") && c.symbol_at(2, "*") {
        let table = c.identifier()?;
        c.advance();
        c.advance();
        return Ok(FunctionArgExpr::QualifiedWildcard(ObjectName::from(vec![table])));
    }
    if query::begins_query_here(c) {
        return Ok(FunctionArgExpr::Expr(Expr::Subquery(Box::new(query::query(c)?))));
    }
    Ok(FunctionArgExpr::Expr(aliased(c)?))
}

/// The spellings that are no plain list of arguments. `None`: the call is an ordinary one, nothing was taken.
fn special(c: &mut Cursor, name: &str) -> Parse<Option<Expr>> {
    let mark = c.mark();
    let rule: fn(&mut Cursor) -> Parse<Option<Expr>> = match name.to_ascii_lowercase().as_str() {
        "cast" => cast,
        "extract" => extract,
        "substring" | "substr" | "mid" => substring,
        "position" => position,
        "trim" => trim,
        "ltrim" | "rtrim" => return Ok(None),
        "date_add" | "dateadd" | "timestamp_add" | "timestampadd" => date_add,
        "date_sub" | "datesub" | "timestamp_sub" | "timestampsub" => date_sub,
        "date_diff" | "datediff" | "timestamp_diff" | "timestampdiff" => date_diff,
        _ => return Ok(None),
    };
    c.expect_symbol("(")?;
    let found = rule(c)?;
    if found.is_none() {
        c.rewind(mark);
    }
    Ok(found)
}

/// `CAST(x AS T)`; `CAST(x, 'T')` is a plain call.
fn cast(c: &mut Cursor) -> Parse<Option<Expr>> {
    if c.at_symbol(")") {
        return Ok(None);
    }
    let mut expr = expression(c)?;
    if c.at_symbol(",") {
        c.advance();
        let data_type = aliased(c)?;
        c.expect_symbol(")")?;
        return Ok(Some(call("CAST", vec![expr, data_type])));
    }
    c.expect("AS")?;
    let mark = c.mark();
    if let Ok(name) = c.identifier()
        && (c.at("AS") || c.at_symbol(","))
    {
        expr = Expr::Named {
            expr: Box::new(expr),
            name,
        };
        if c.accept_symbol(",") {
            let data_type = aliased(c)?;
            c.expect_symbol(")")?;
            return Ok(Some(call("CAST", vec![expr, data_type])));
        }
        c.expect("AS")?;
    } else {
        c.rewind(mark);
    }
    let data_type = custom_type(type_text::parse(c)?);
    c.expect_symbol(")")?;
    Ok(Some(Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(expr),
        data_type,
        format: None,
    }))
}

/// `EXTRACT(unit FROM x)`; `extract(haystack, pattern)` is a plain call.
fn extract(c: &mut Cursor) -> Parse<Option<Expr>> {
    if !c.word_at(1, "FROM") {
        return Ok(None);
    }
    let Some(unit) = accept_unit(c) else {
        return c.expected("interval unit");
    };
    c.expect("FROM")?;
    let operand = aliased(c)?;
    c.expect_symbol(")")?;
    let function = match unit {
        "Day" => "toDayOfMonth".to_owned(),
        "Week" => "toISOWeek".to_owned(),
        unit => format!("to{unit}"),
    };
    Ok(Some(call(&function, vec![operand])))
}

/// `SUBSTRING(x FROM a [FOR b])`.
fn substring(c: &mut Cursor) -> Parse<Option<Expr>> {
    if c.at_symbol(")") {
        return Ok(None);
    }
    let text = aliased(c)?;
    if !c.accept("FROM") {
        return finish_list(c, "substring", text);
    }
    let mut args = vec![text, aliased(c)?];
    if c.accept("FOR") {
        args.push(aliased(c)?);
    }
    c.expect_symbol(")")?;
    Ok(Some(call("substring", args)))
}

/// The rest of an ordinary call of which one argument is parsed: taken here, so that nothing is parsed twice.
fn finish_list(c: &mut Cursor, name: &str, first: Expr) -> Parse<Option<Expr>> {
    let mut args = vec![first];
    while c.accept_symbol(",") && !c.at_symbol(")") {
        args.push(aliased(c)?);
    }
    c.expect_symbol(")")?;
    Ok(Some(call(name, args)))
}

/// `POSITION(needle IN haystack)`; the comma form is a plain call.
fn position(c: &mut Cursor) -> Parse<Option<Expr>> {
    if c.at_symbol(")") {
        return Ok(None);
    }
    let first = aliased(c)?;
    match first {
        Expr::Function(function) if is_in(&function) => {
            let [needle, haystack] = two_arguments(function);
            c.expect_symbol(")")?;
            Ok(Some(call("position", vec![haystack, needle])))
        }
        Expr::InList {
            expr,
            mut list,
            negated: false,
        } if list.len() == 1 => {
            c.expect_symbol(")")?;
            Ok(Some(call("position", vec![list.remove(0), *expr])))
        }
        first => finish_list(c, "position", first),
    }
}

fn is_in(function: &Function) -> bool {
    let one = matches!(&function.args, FunctionArguments::List(list) if list.args.len() == 2);
    one && function.name.to_string() == "in"
}

fn two_arguments(function: Function) -> [Expr; 2] {
    let mut args = match function.args {
        FunctionArguments::List(list) => list.args.into_iter(),
        _ => Vec::new().into_iter(),
    };
    std::array::from_fn(|_| match args.next() {
        Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))) => expr,
        _ => Expr::value(Value::Null),
    })
}

/// `TRIM([BOTH | LEADING | TRAILING] x FROM y)`, `TRIM(y)`.
fn trim(c: &mut Cursor) -> Parse<Option<Expr>> {
    let name = match () {
        () if c.at_symbol(")") => return Ok(None),
        () if c.symbol_at(1, ")") || c.symbol_at(1, ",") => "trimBoth",
        () if c.accept("BOTH") => "trimBoth",
        () if c.accept("LEADING") => "trimLeft",
        () if c.accept("TRAILING") => "trimRight",
        () => "trimBoth",
    };
    let first = aliased(c)?;
    if c.accept("FROM") {
        let text = aliased(c)?;
        c.expect_symbol(")")?;
        return Ok(Some(call(name, vec![text, first])));
    }
    finish_list(c, name, first)
}

fn date_add(c: &mut Cursor) -> Parse<Option<Expr>> {
    date_arithmetic(c, "plus")
}

fn date_sub(c: &mut Cursor) -> Parse<Option<Expr>> {
    date_arithmetic(c, "minus")
}

/// `DATE_ADD(unit, n, d)` and `DATE_ADD(d, INTERVAL n unit)`.
fn date_arithmetic(c: &mut Cursor, operator: &str) -> Parse<Option<Expr>> {
    let unit = match c.peek() {
        Token::Word { text, quoted: false } if c.symbol_at(1, ",") => unit(text),
        _ => None,
    };
    let first = aliased(c)?;
    c.expect_symbol(",")?;
    let amount = aliased(c)?;
    // a column may be called like a unit: with two arguments it is one
    let arguments = match unit {
        Some(unit) if c.accept_symbol(",") => {
            let date = aliased(c)?;
            vec![date, call(&format!("toInterval{unit}"), vec![amount])]
        }
        _ => vec![first, amount],
    };
    c.expect_symbol(")")?;
    Ok(Some(call(operator, arguments)))
}

/// `DATE_DIFF(unit, a, b)` with a bare unit.
fn date_diff(c: &mut Cursor) -> Parse<Option<Expr>> {
    let Some(unit) = accept_unit(c).filter(|_| c.at_symbol(",")) else {
        return Ok(None);
    };
    finish_list(c, "dateDiff", string(unit.to_ascii_lowercase()))
}

fn accept_unit(c: &mut Cursor) -> Option<&'static str> {
    let Token::Word { text, quoted: false } = c.peek() else {
        return None;
    };
    let unit = unit(text)?;
    c.advance();
    Some(unit)
}

fn unit(word: &str) -> Option<&'static str> {
    UNITS
        .iter()
        .find(|(words, _)| words.iter().any(|it| word.eq_ignore_ascii_case(it)))
        .map(|(_, unit)| *unit)
}

/// `INTERVAL n unit`, `INTERVAL 'n unit n unit …'`. Without a unit `interval(…)` is a call.
pub(super) fn interval(c: &mut Cursor) -> Parse<Expr> {
    let name = c.identifier()?;
    if let Token::Text(text) = c.peek()
        && !matches!(c.peek_at(1), Token::Word { text, quoted: false } if unit(text).is_some())
    {
        let Some(mut parts) = interval_parts(text) else {
            return c.expected("interval with a unit");
        };
        c.advance();
        return Ok(if parts.len() == 1 {
            parts.remove(0)
        } else {
            Expr::Tuple(parts)
        });
    }
    let parenthesised = c.at_symbol("(");
    let amount = expression(c)?;
    match accept_unit(c) {
        Some(unit) => Ok(call(&format!("toInterval{unit}"), vec![amount])),
        None if parenthesised => Ok(match amount {
            Expr::Tuple(args) => call(&name.value, args),
            other => call(&name.value, vec![other]),
        }),
        None => c.expected("SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER, YEAR"),
    }
}

/// `1 day 2 hours` as calls.
fn interval_parts(text: &str) -> Option<Vec<Expr>> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    if words.is_empty() || !words.len().is_multiple_of(2) {
        return None;
    }
    let one = |pair: &[&str]| {
        let amount: i64 = pair[0].parse().ok()?;
        Some(call(
            &format!("toInterval{}", unit(pair[1])?),
            vec![number(amount.to_string())],
        ))
    };
    words.chunks(2).map(one).collect()
}

/// What follows OVER: a window's name, or its definition.
fn window(c: &mut Cursor) -> Parse<WindowType> {
    if !c.at_symbol("(") {
        return Ok(WindowType::NamedWindow(c.identifier()?));
    }
    Ok(WindowType::WindowSpec(window_definition(c)?))
}

/// `([name] [PARTITION BY …] [ORDER BY …] [ROWS | RANGE …])`.
pub(super) fn window_definition(c: &mut Cursor) -> Parse<WindowSpec> {
    c.in_parentheses(|c| {
        let begins = ["PARTITION", "ORDER", "ROWS", "RANGE", "GROUPS"]
            .iter()
            .any(|word| c.word_at(0, word));
        let window_name = if begins || c.at_symbol(")") {
            None
        } else {
            Some(c.identifier()?)
        };
        let partition_by = if c.accept("PARTITION BY") {
            c.comma_separated(aliased)?
        } else {
            Vec::new()
        };
        let order_by = if c.accept("ORDER BY") {
            c.comma_separated(ordering::order_by_element)?
        } else {
            Vec::new()
        };
        let window_frame = window_frame(c)?;
        Ok(WindowSpec {
            window_name,
            partition_by,
            order_by,
            window_frame,
        })
    })
}

fn window_frame(c: &mut Cursor) -> Parse<Option<WindowFrame>> {
    let units = match () {
        () if c.accept("ROWS") => WindowFrameUnits::Rows,
        () if c.accept("RANGE") => WindowFrameUnits::Range,
        () if c.accept("GROUPS") => WindowFrameUnits::Groups,
        () => return Ok(None),
    };
    if !c.accept("BETWEEN") {
        return Ok(Some(WindowFrame {
            units,
            start_bound: window_bound(c)?,
            end_bound: None,
        }));
    }
    let start_bound = window_bound(c)?;
    c.expect("AND")?;
    Ok(Some(WindowFrame {
        units,
        start_bound,
        end_bound: Some(window_bound(c)?),
    }))
}

fn window_bound(c: &mut Cursor) -> Parse<WindowFrameBound> {
    if c.accept("CURRENT ROW") {
        return Ok(WindowFrameBound::CurrentRow);
    }
    let amount = if c.accept("UNBOUNDED") {
        None
    } else {
        Some(Box::new(expression(c)?))
    };
    if c.accept("PRECEDING") {
        return Ok(WindowFrameBound::Preceding(amount));
    }
    c.expect("FOLLOWING")?;
    Ok(WindowFrameBound::Following(amount))
}
