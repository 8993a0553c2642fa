//! What a result column is called that has no alias: its expression in function form, `plus(a, 1)`.

use sqlparser::ast::{Expr, Function, Ident};

use super::literal::{all_literals, float_literal, is_float_array, literal, quote_string};
use super::{Argument, Item, View, arguments, function_name, over};
use crate::parser::{LIFTED, Lifted, LiftedValues};

/// The name of the result column that an expression without an alias gets in ClickHouse, such as `plus(1, 2)`.
pub fn column_name(expression: &Expr) -> String {
    Namer::default().name(expression)
}

/// How a column is called; `None`: as it is written.
pub type IdentifierName<'a> = dyn Fn(&[Ident]) -> Option<String> + 'a;

/// Names expressions, knowing what the parser alone does not.
#[derive(Default)]
pub struct Namer<'a> {
    /// What [`LIFTED`] calls stand for.
    pub lifted: &'a [Lifted],
    /// How a column is called, if not as written: ClickHouse leaves qualifiers out where it can.
    pub identifier: Option<&'a IdentifierName<'a>>,
}

impl Namer<'_> {
    /// The name of this expression.
    pub fn name(&self, expression: &Expr) -> String {
        match View::of(expression) {
            View::Identifier(parts) => self.identifier_name(parts),
            View::Literal(value) => literal(value, false),
            View::Array(elements) => format!("[{}]", self.elements(elements)),
            View::Tuple([]) => "tuple()".to_owned(),
            View::Tuple(elements) => format!("({})", self.elements(elements)),
            View::Alias(_, alias) => alias.value.clone(),
            View::Subquery(_) => "_subquery_1".to_owned(),
            View::Lambda(names, body) => format!("lambda(tuple({}), {})", names.join(", "), self.name(body)),
            View::Cast(expr, data_type) => format!("CAST({}, {})", self.name(expr), quote_string(&data_type)),
            View::Call(function) => self.call(function),
            View::Operator(name, items) => self.operator(name, &items),
            View::Other(expr) => expr.to_string(),
        }
    }

    fn identifier_name(&self, parts: &[Ident]) -> String {
        if let Some(name) = self.identifier.and_then(|identifier| identifier(parts)) {
            return name;
        }
        parts
            .iter()
            .map(|part| part.value.as_str())
            .collect::<Vec<_>>()
            .join(".")
    }

    fn elements(&self, elements: &[Expr]) -> String {
        let floats = all_literals(elements) && is_float_array(elements);
        let one = |element: &Expr| match View::of(element) {
            View::Literal(value) => literal(value, floats),
            _ => self.name(element),
        };
        elements.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    fn call(&self, function: &Function) -> String {
        let name = function_name(function);
        let (distinct, args) = arguments(&function.args);
        if name == LIFTED
            && let [Argument::Expr(index)] = args[..]
            && let Some(lifted) = self
                .name(index)
                .parse()
                .ok()
                .and_then(|index: usize| self.lifted.get(index))
        {
            return numbers(&lifted.values);
        }
        let is_count = name.eq_ignore_ascii_case("count") && matches!(args[..], [Argument::Wildcard(_)]);
        let text = if is_count { String::new() } else { self.arguments(&args) };
        let text = if distinct { format!("DISTINCT {text}") } else { text };
        let (_, parameters) = arguments(&function.parameters);
        let parameters = match parameters[..] {
            [] => String::new(),
            _ => format!("({})", self.arguments(&parameters)),
        };
        let window = function
            .over
            .as_ref()
            .map_or_else(String::new, |it| over(it, &|expr| self.name(expr)));
        match name.as_str() {
            "array" => format!("[{text}]{window}"),
            "tuple" if !args.is_empty() => format!("({text}){window}"),
            _ => format!("{name}{parameters}({text}){window}"),
        }
    }

    fn arguments(&self, args: &[Argument]) -> String {
        let one = |argument: &Argument| match argument {
            Argument::Expr(expr) => self.name(expr),
            Argument::Wildcard(text) => text.clone(),
        };
        args.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    fn operator(&self, name: &str, items: &[Item]) -> String {
        let items: Vec<String> = items.iter().map(|item| self.item(item)).collect();
        format!("{name}({})", items.join(", "))
    }

    fn item(&self, item: &Item) -> String {
        match item {
            Item::Expr(expr) => self.name(expr),
            Item::List([one]) => self.name(one),
            Item::List([]) => "tuple()".to_owned(),
            Item::List(list) => format!("({})", self.elements(list)),
            Item::Subquery(_) => "_subquery_1".to_owned(),
            Item::Operator(name, items) => self.operator(name, items),
            Item::Null => "NULL".to_owned(),
        }
    }
}

fn numbers(values: &LiftedValues) -> String {
    let texts: Vec<String> = match values {
        LiftedValues::F64(values) => values.iter().map(|value| float_literal(*value)).collect(),
        LiftedValues::I64(values) => values.iter().map(i64::to_string).collect(),
        LiftedValues::U64(values) => values.iter().map(u64::to_string).collect(),
    };
    format!("[{}]", texts.join(", "))
}
