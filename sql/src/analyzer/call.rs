//! Calls written in the query: markers of the parser, aggregate and window functions, lambdas, ordinary functions.

use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::Expr;
use sqlparser::ast::{self, FunctionArg, FunctionArgExpr, FunctionArguments};

use super::Analyzer;
use super::clause::Clause;
use super::from::object_name;
use super::literal::lifted_slot;
use super::scope::{Found, Scope};
use crate::error::{Code, Error, Result};
use crate::functions::{self, AggregateArguments, TypedExpr};
use crate::parser;
use crate::types::DataType;

impl Analyzer<'_> {
    /// Calls a function over typed arguments.
    pub(super) fn call(&self, name: &str, arguments: Vec<TypedExpr>) -> Result<TypedExpr> {
        let slots: Vec<usize> = arguments
            .iter()
            .filter_map(|argument| lifted_slot(&argument.expr))
            .collect();
        // `now()`, `currentDatabase()` and their like are constants of one query only.
        if !functions::is_deterministic(name) {
            self.cacheable.set(false);
        }
        let value = functions::call(name, arguments, self.context.functions)?;
        self.check_slots(&slots, &value);
        Ok(value)
    }

    /// A plan can be used again only if lifted literals are still in it as such.
    fn check_slots(&self, slots: &[usize], value: &TypedExpr) {
        let kept = |slot: &usize| {
            value
                .expr
                .exists(|node| Ok(lifted_slot(node) == Some(*slot)))
                .unwrap_or(false)
        };
        if !slots.iter().all(kept) {
            self.cacheable.set(false);
        }
    }

    /// Casts as CAST does. A cast of a lifted vector stays the literal of its slot.
    pub(super) fn cast_to(&self, value: TypedExpr, target: &DataType) -> Result<TypedExpr> {
        let metadata = match &value.expr {
            Expr::Literal(_, metadata) if lifted_slot(&value.expr).is_some() => metadata.clone(),
            _ => None,
        };
        let is_vector = matches!(target, DataType::Array(element) if element.is_number());
        let slot = lifted_slot(&value.expr);
        let mut value = functions::cast(value, target, self.context.functions)?;
        if let Expr::Literal(_, kept) = &mut value.expr
            && is_vector
            && metadata.is_some()
        {
            *kept = metadata;
        }
        self.check_slots(slot.as_slice(), &value);
        Ok(value)
    }

    /// A call as it is written.
    #[inline(never)]
    pub(super) fn function(&self, function: &ast::Function, scope: &Scope) -> Result<TypedExpr> {
        let name = object_name(&function.name)?.join(".");
        if !function.within_group.is_empty() || function.null_treatment.is_some() {
            return Err(Error::not_implemented(format!("Modifier of function {name}")));
        }
        let list = arguments(function)?;
        match name.as_str() {
            parser::LIFTED => return self.lifted(marker_number(&list)?),
            parser::PARAMETER => return self.marker_parameter(&list),
            "in" | "globalIn" => return self.in_call(false, &expressions(&list)?, scope),
            "notIn" | "globalNotIn" => return self.in_call(true, &expressions(&list)?, scope),
            "arrayJoin" => {
                let [array] = self.values(&list, scope)?.try_into().map_err(|_| {
                    Error::new(
                        Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
                        "Number of arguments for function arrayJoin doesn't match: should be 1",
                    )
                })?;
                return self.array_join_call(array, scope);
            }
            _ => {}
        }
        if function.over.is_some() {
            return self.window_function(&name, function, scope);
        }
        if functions::is_aggregate(&name) && functions::find(&name).is_none() {
            return self.aggregate_function(&name, function, scope);
        }
        if function.filter.is_some() || is_distinct(function) || function.parameters != FunctionArguments::None {
            return Err(functions::find(&name).map_or_else(
                || functions::unknown_function(&name),
                |_| {
                    Error::new(
                        Code::FUNCTION_CANNOT_HAVE_PARAMETERS,
                        format!("Function {name} is not parametric and not an aggregate function"),
                    )
                },
            ));
        }
        if let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(ast::Expr::Lambda(lambda)))) = list.first() {
            return self.lambda_call(&name, lambda, &list[1..], scope);
        }
        if functions::find(&name).is_none() && functions::lambda::takes_lambda(&name) {
            return self.without_lambda(&name, &list, scope);
        }
        let values = self.values(&list, scope)?;
        self.call(&name, values)
    }

    /// `arrayMap(x -> …, array)`: parameters are names only inside the body.
    #[inline(never)]
    fn lambda_call(
        &self,
        name: &str,
        lambda: &ast::LambdaFunction,
        rest: &[FunctionArg],
        scope: &Scope,
    ) -> Result<TypedExpr> {
        let names: Vec<String> = match &lambda.params {
            ast::OneOrManyWithParens::One(parameter) => vec![parameter.name.value.clone()],
            ast::OneOrManyWithParens::Many(all) => all.iter().map(|parameter| parameter.name.value.clone()).collect(),
        };
        let build = |parameters: &[TypedExpr]| {
            let outer = scope.lambda.borrow().len();
            scope
                .lambda
                .borrow_mut()
                .extend(names.iter().cloned().zip(parameters.iter().cloned()));
            let body = self.expression(&lambda.body, scope);
            scope.lambda.borrow_mut().truncate(outer);
            body
        };
        let arguments = self.values(rest, scope)?;
        let lambda = functions::lambda::Lambda {
            parameters: names.len(),
            build: &build,
        };
        self.higher_order(name, &lambda, arguments)
    }

    /// `arrayCount(array)`, `arraySum(array)`: the lambda is `x -> x`.
    fn without_lambda(&self, name: &str, list: &[FunctionArg], scope: &Scope) -> Result<TypedExpr> {
        let arguments = self.values(list, scope)?;
        let build = |parameters: &[TypedExpr]| match parameters {
            [only] => Ok(only.clone()),
            _ => Err(Error::new(
                Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
                format!("Function {name} needs exactly one array argument when no lambda is given"),
            )),
        };
        let lambda = functions::lambda::Lambda {
            parameters: 1,
            build: &build,
        };
        self.higher_order(name, &lambda, arguments)
    }

    fn higher_order(
        &self,
        name: &str,
        lambda: &functions::lambda::Lambda,
        arguments: Vec<TypedExpr>,
    ) -> Result<TypedExpr> {
        let slots: Vec<usize> = arguments
            .iter()
            .filter_map(|argument| lifted_slot(&argument.expr))
            .collect();
        let value = functions::lambda::call_lambda(name, lambda, arguments, self.context.functions)?;
        self.check_slots(&slots, &value);
        Ok(value)
    }

    /// An aggregate function; the scope remembers the call for the plan's Aggregate node.
    #[inline(never)]
    fn aggregate_function(&self, name: &str, function: &ast::Function, scope: &Scope) -> Result<TypedExpr> {
        let value = self.aggregate_value(name, function, scope, false)?;
        let text = parser::column_name(&ast::Expr::Function(function.clone()));
        for call in aggregate_calls(&value.expr) {
            scope.found.borrow_mut().push(Found {
                call,
                text: text.clone(),
            });
        }
        Ok(value)
    }

    /// The aggregate's expression: around one `Expr::AggregateFunction`. Over a window it may have others inside.
    pub(super) fn aggregate_value(
        &self,
        name: &str,
        function: &ast::Function,
        scope: &Scope,
        over_window: bool,
    ) -> Result<TypedExpr> {
        let list = arguments(function)?;
        let parameters = match &function.parameters {
            FunctionArguments::None => Vec::new(),
            FunctionArguments::List(list) => self.constant_values(name, &list.args, scope)?,
            FunctionArguments::Subquery(_) => return Err(Error::not_implemented("Subquery as a parameter")),
        };
        let values = self.values(&list, scope)?;
        let filter = function
            .filter
            .as_deref()
            .map(|filter| self.expression(filter, scope))
            .transpose()?;
        let nested = values
            .iter()
            .chain(&filter)
            .find_map(|value| aggregate_calls(&value.expr).into_iter().next());
        if let Some(nested) = nested.filter(|nested| !over_window || matches!(nested, Expr::WindowFunction(_))) {
            return Err(Error::new(
                Code::ILLEGAL_AGGREGATION,
                format!(
                    "Aggregate function {} is found inside another aggregate function in query",
                    found_text(scope, &nested)
                ),
            ));
        }
        let call = AggregateArguments {
            parameters,
            arguments: values,
            distinct: is_distinct(function),
            filter,
        };
        functions::aggregate(name, call, self.context.functions)
    }

    fn constant_values(&self, name: &str, list: &[FunctionArg], scope: &Scope) -> Result<Vec<(ScalarValue, DataType)>> {
        self.values(list, scope)?
            .into_iter()
            .map(|value| match value.constant {
                Some(constant) => Ok((constant, value.data_type)),
                None => Err(Error::new(
                    Code::BAD_ARGUMENTS,
                    format!("Parameters of aggregate function {name} must be constants"),
                )),
            })
            .collect()
    }

    /// Resolves arguments; `*`, `t.*` and `COLUMNS(…)` stand for columns.
    pub(super) fn values(&self, list: &[FunctionArg], scope: &Scope) -> Result<Vec<TypedExpr>> {
        let mut values = Vec::with_capacity(list.len());
        for argument in list {
            let items = match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => self.star(scope)?,
                FunctionArg::Unnamed(FunctionArgExpr::QualifiedWildcard(table)) => self.star_of(table, scope)?,
                FunctionArg::Unnamed(FunctionArgExpr::Expr(ast::Expr::Function(function))) if is_matcher(function) => {
                    self.columns_matcher(function, scope)?
                }
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => {
                    values.push(self.expression(expression, scope)?);
                    continue;
                }
                other => return Err(Error::not_implemented(format!("Argument {other}"))),
            };
            values.extend(items.into_iter().map(|item| item.value));
        }
        Ok(values)
    }

    /// WHERE and its like refuse aggregate and window functions.
    pub(super) fn refuse_aggregates(&self, scope: &Scope, clause: Clause, expr: &Expr) -> Result<()> {
        let Some(call) = aggregate_calls(expr).into_iter().next() else {
            return Ok(());
        };
        let kind = if matches!(call, Expr::WindowFunction(_)) {
            "Window"
        } else {
            "Aggregate"
        };
        let why = match clause {
            Clause::Where | Clause::Prewhere if kind == "Aggregate" => {
                ". Aggregate functions are not allowed in WHERE and PREWHERE, because they are computed after \
                 filtering; use HAVING to filter by the result of an aggregation"
            }
            _ => "",
        };
        Err(Error::new(
            Code::ILLEGAL_AGGREGATION,
            format!(
                "{kind} function {} is found in {} in query{why}",
                found_text(scope, &call),
                clause.name()
            ),
        ))
    }

    fn marker_parameter(&self, list: &[FunctionArg]) -> Result<TypedExpr> {
        match expressions(list)?.as_slice() {
            [ast::Expr::Value(name), ast::Expr::Value(data_type)] => match (&name.value, &data_type.value) {
                (ast::Value::SingleQuotedString(name), ast::Value::SingleQuotedString(data_type)) => {
                    self.parameter(name, data_type)
                }
                _ => Err(malformed_marker()),
            },
            _ => Err(malformed_marker()),
        }
    }
}

/// The arguments of a call; `count(*)` has none.
fn arguments(function: &ast::Function) -> Result<Vec<FunctionArg>> {
    match &function.args {
        FunctionArguments::None => Ok(Vec::new()),
        FunctionArguments::List(list) => {
            if !list.clauses.is_empty() {
                return Err(Error::not_implemented(format!(
                    "Clause in the arguments of {}",
                    function.name
                )));
            }
            match &list.args[..] {
                [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)] if is_count(function) => Ok(Vec::new()),
                all => Ok(all.to_vec()),
            }
        }
        FunctionArguments::Subquery(query) => Ok(vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(
            ast::Expr::Subquery(query.clone()),
        ))]),
    }
}

fn is_count(function: &ast::Function) -> bool {
    function.name.to_string().eq_ignore_ascii_case("count")
}

/// Whether a call is `COLUMNS('regexp')`, also of one table.
fn is_matcher(function: &ast::Function) -> bool {
    let last = function.name.0.last().and_then(|part| part.as_ident());
    last.is_some_and(|name| name.value.eq_ignore_ascii_case("columns"))
}

fn expressions(list: &[FunctionArg]) -> Result<Vec<&ast::Expr>> {
    list.iter()
        .map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => Ok(expression),
            other => Err(Error::not_implemented(format!("Argument {other}"))),
        })
        .collect()
}

fn is_distinct(function: &ast::Function) -> bool {
    match &function.args {
        FunctionArguments::List(list) => list.duplicate_treatment == Some(ast::DuplicateTreatment::Distinct),
        _ => false,
    }
}

fn marker_number(list: &[FunctionArg]) -> Result<usize> {
    match expressions(list)?.as_slice() {
        [ast::Expr::Value(value)] => match &value.value {
            ast::Value::Number(text, _) => text.parse().map_err(|_| malformed_marker()),
            _ => Err(malformed_marker()),
        },
        _ => Err(malformed_marker()),
    }
}

fn malformed_marker() -> Error {
    Error::new(Code::LOGICAL_ERROR, "malformed marker in a parsed query")
}

/// The aggregate and window calls in an expression, outermost only.
pub(super) fn aggregate_calls(expr: &Expr) -> Vec<Expr> {
    let mut calls = Vec::new();
    let visited = expr.apply(|node| {
        Ok(match node {
            Expr::AggregateFunction(_) | Expr::WindowFunction(_) => {
                if !calls.contains(node) {
                    calls.push(node.clone());
                }
                TreeNodeRecursion::Jump
            }
            _ => TreeNodeRecursion::Continue,
        })
    });
    debug_assert!(visited.is_ok(), "the visitor does not fail");
    calls
}

/// How the query wrote an aggregate or window call.
pub(super) fn found_text(scope: &Scope, call: &Expr) -> String {
    let found = scope.found.borrow();
    found
        .iter()
        .find(|found| found.call == *call)
        .map_or_else(|| call.to_string(), |found| found.text.clone())
}
