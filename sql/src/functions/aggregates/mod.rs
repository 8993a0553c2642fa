//! Aggregate functions: [`aggregate`] binds one, with its combinators and parameters.
//!
//! The answer is an expression over one `Expr::AggregateFunction`: the analyzer moves that into the plan's Aggregate
//! node; what is around it (the value for no rows, the cast to ClickHouse's type) stays above. A function is an entry
//! in [`GROUPS`] whose `bind` names a DataFusion aggregate (`native.rs`) or one of our own (`own.rs` and the files
//! that use it). Combinators (`-If`, `-Distinct`, …) are read off the name in `combinators.rs`.

mod arg_min_max;
mod big_sum;
mod combinators;
mod flatten;
mod group_array;
mod nan;
mod native;
mod own;
mod quantiles;
mod statistics;
mod top;

use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{AggregateFunction as AggregateCall, NullTreatment};
use datafusion::logical_expr::utils::COUNT_STAR_EXPANSION;
use datafusion::logical_expr::{AggregateUDF, Case, Expr};

use super::{Context, TypedExpr, casts, unknown_function};
use crate::error::{Code, Error, Result};
use crate::types::DataType;
use combinators::Combinators;

/// One aggregate function of the registry.
pub struct AggregateFunction {
    /// ClickHouse's name.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// Names are matched without case.
    pub case_insensitive: bool,
    /// One line for `system.functions`.
    pub description: &'static str,
    bind: fn(&Binding) -> Result<Plan>,
}

impl AggregateFunction {
    const fn new(
        name: &'static str,
        description: &'static str,
        bind: fn(&Binding) -> Result<Plan>,
    ) -> AggregateFunction {
        AggregateFunction {
            name,
            aliases: &[],
            case_insensitive: false,
            description,
            bind,
        }
    }

    const fn aliases(self, aliases: &'static [&'static str]) -> AggregateFunction {
        AggregateFunction { aliases, ..self }
    }

    const fn any_case(self) -> AggregateFunction {
        AggregateFunction {
            case_insensitive: true,
            ..self
        }
    }
}

/// What a function is bound to.
struct Binding<'a> {
    name: &'static str,
    parameters: &'a [(ScalarValue, DataType)],
    /// Without LowCardinality and Nullable.
    arguments: Vec<DataType>,
    /// Whether each argument may be NULL.
    nullable: Vec<bool>,
}

/// How a bound function is evaluated.
struct Plan {
    udaf: Arc<AggregateUDF>,
    /// What the arguments are cast to, without Nullable.
    arguments: Vec<DataType>,
    /// What `udaf` answers with.
    raw: DataType,
    /// What is shown, without Nullable.
    result: DataType,
    /// The value for no rows; `None` is the result type's default.
    empty: Option<ScalarValue>,
    /// The result is Nullable if an argument is.
    nullable: bool,
    /// NULL values are not counted by the function itself.
    ignore_nulls: bool,
    /// Values are taken once (`uniqExact`).
    distinct: bool,
}

impl Plan {
    /// A function whose answer has the shown type.
    fn new(udaf: Arc<AggregateUDF>, arguments: Vec<DataType>, result: DataType) -> Plan {
        Plan {
            udaf,
            arguments,
            raw: result.clone(),
            result,
            empty: None,
            nullable: true,
            ignore_nulls: false,
            distinct: false,
        }
    }
}

/// Every aggregate function, by file.
const GROUPS: &[&[AggregateFunction]] = &[
    native::FUNCTIONS,
    arg_min_max::FUNCTIONS,
    group_array::FUNCTIONS,
    quantiles::FUNCTIONS,
    statistics::FUNCTIONS,
    top::FUNCTIONS,
];

/// Every aggregate function.
pub(super) fn all() -> impl Iterator<Item = &'static AggregateFunction> {
    GROUPS.iter().flat_map(|group| group.iter())
}

/// A call of an aggregate function: `name(parameters)(arguments)`.
pub struct AggregateArguments {
    /// The constants in the first pair of brackets of `quantile(0.9)(x)`, with their types.
    pub parameters: Vec<(ScalarValue, DataType)>,
    /// The arguments.
    pub arguments: Vec<TypedExpr>,
    /// `count(DISTINCT x)`.
    pub distinct: bool,
    /// `FILTER (WHERE …)`.
    pub filter: Option<TypedExpr>,
}

/// Whether the name, with or without combinators, is that of an aggregate function.
pub fn is_aggregate(name: &str) -> bool {
    combinators::split(name).is_some()
}

fn find(name: &str) -> Option<&'static AggregateFunction> {
    all().find(|function| {
        let same = |known: &str| known == name || function.case_insensitive && known.eq_ignore_ascii_case(name);
        same(function.name) || function.aliases.iter().any(|alias| same(alias))
    })
}

/// Calls the aggregate function.
pub fn aggregate(name: &str, call: AggregateArguments, context: &Context) -> Result<TypedExpr> {
    let (function, combinators) = combinators::split(name).ok_or_else(|| unknown_function(name))?;
    let (mut call, combinators) = combinators::apply(function, call, combinators)?;
    let several = call.arguments.len() > 1 && !combinators.array;
    if several && (function.name.starts_with("uniq") || function.name == "count" && call.distinct) {
        call.filter = without_null_rows(&call, context)?;
        call.arguments = vec![super::call("tuple", std::mem::take(&mut call.arguments), context)?];
    }
    let binding = Binding {
        name: function.name,
        parameters: &call.parameters,
        arguments: call
            .arguments
            .iter()
            .map(|argument| seen(&argument.data_type, combinators.array))
            .collect::<Result<_>>()?,
        nullable: call
            .arguments
            .iter()
            .map(|argument| argument.data_type.is_nullable())
            .collect(),
    };
    let only_null = binding.arguments.contains(&DataType::Nothing) && binding.nullable.contains(&true);
    let plan = match only_null && !matches!(function.name, "count" | "uniq" | "uniqExact") {
        true => return Ok(TypedExpr::constant(ScalarValue::Null, DataType::Nothing.to_nullable())),
        false => (function.bind)(&binding)?,
    };
    build(plan, call, &combinators, context)
}

/// The filter, and that no argument is NULL: a tuple with a NULL in it is a value, the row that it stands for is not.
fn without_null_rows(call: &AggregateArguments, context: &Context) -> Result<Option<TypedExpr>> {
    let mut filter = call.filter.clone();
    let nullable = |argument: &&TypedExpr| argument.data_type.is_nullable();
    for argument in call.arguments.iter().filter(nullable) {
        let present = super::call("isNotNull", vec![argument.clone()], context)?;
        filter = match filter {
            Some(filter) => Some(super::call("and", vec![filter, present], context)?),
            None => Some(present),
        };
    }
    Ok(filter)
}

/// The type of an argument as the function sees it; with `-Array`, the type of its elements.
fn seen(data_type: &DataType, array: bool) -> Result<DataType> {
    let plain = data_type.bare().clone();
    match (array, plain) {
        (false, plain) => Ok(plain),
        (true, DataType::Array(item)) => Ok(item.bare().clone()),
        (true, other) => Err(super::function::illegal(format!(
            "Illegal type {other} of argument for aggregate function with Array suffix. Must be array."
        ))),
    }
}

fn build(plan: Plan, call: AggregateArguments, combinators: &Combinators, context: &Context) -> Result<TypedExpr> {
    let nullable = call.arguments.iter().any(|argument| argument.data_type.is_nullable()) && plan.nullable;
    let distinct = (plan.distinct || call.distinct) && !combinators.array;
    if call.distinct && combinators.array && !plan.distinct {
        return Err(Error::new(
            Code::NOT_IMPLEMENTED,
            "Combinators -Distinct and -Array together are not supported yet",
        ));
    }
    let (udaf, arguments) = match combinators.array {
        true => flatten::flatten(&plan, &call.arguments)?,
        false => (plan.udaf.clone(), plan.arguments.clone()),
    };
    let mut expressions = Vec::with_capacity(arguments.len());
    for (argument, wanted) in call.arguments.into_iter().zip(&arguments) {
        let wanted = if argument.data_type.is_nullable() {
            wanted.to_nullable()
        } else {
            wanted.clone()
        };
        expressions.push(casts::cast(argument, &wanted, context)?.expr);
    }
    if expressions.is_empty() {
        // `count()`: the form of `count(*)` that DataFusion answers from statistics.
        expressions.push(Expr::Literal(COUNT_STAR_EXPANSION, None));
    }
    let filter = call.filter.map(|filter| filter.predicate().map(Box::new)).transpose()?;
    let nulls = plan.ignore_nulls.then_some(NullTreatment::IgnoreNulls);
    let raw = Expr::AggregateFunction(AggregateCall::new_udf(
        udaf,
        expressions,
        distinct,
        filter,
        vec![],
        nulls,
    ));
    finish(raw, plan, nullable, combinators, context)
}

/// Puts the value for no rows and the cast to the shown type around the aggregate.
fn finish(raw: Expr, plan: Plan, nullable: bool, combinators: &Combinators, context: &Context) -> Result<TypedExpr> {
    let shown = TypedExpr::new(raw.clone(), plan.raw.to_nullable());
    let value = casts::cast(shown, &plan.result.to_nullable(), context)?;
    // A count is never NULL; no rows are a count of zero.
    let counted = plan.raw == DataType::Int64 && plan.result == DataType::UInt64;
    let value = match counted && combinators.or_null {
        true => {
            let zero = TypedExpr::constant(ScalarValue::UInt64(Some(0)), DataType::UInt64);
            super::call("nullIf", vec![value, zero], context)?
        }
        false => value,
    };
    if (nullable || combinators.or_null) && !combinators.or_default && plan.result.can_be_inside_nullable() {
        return Ok(TypedExpr::new(value.expr, plan.result.to_nullable()));
    }
    let default = match plan.empty {
        Some(value) if !combinators.or_default => value,
        _ => plan.result.default_scalar(),
    };
    let present = Expr::IsNotNull(Box::new(raw));
    let case = Case::new(
        None,
        vec![(Box::new(present), Box::new(value.expr))],
        Some(Box::new(Expr::Literal(default, None))),
    );
    Ok(TypedExpr::new(Expr::Case(case), plan.result))
}

/// A parameter as a number.
fn number(binding: &Binding, index: usize) -> Result<Option<f64>> {
    let Some((value, data_type)) = binding.parameters.get(index) else {
        return Ok(None);
    };
    casts::float_value(value).map(Some).ok_or_else(|| {
        Error::new(
            Code::BAD_ARGUMENTS,
            format!(
                "Parameter of aggregate function {} must be a number, not {data_type}",
                binding.name
            ),
        )
    })
}

/// Refuses parameters.
fn no_parameters(binding: &Binding) -> Result<()> {
    match binding.parameters.is_empty() {
        true => Ok(()),
        false => Err(Error::new(
            Code::AGGREGATE_FUNCTION_DOESNT_ALLOW_PARAMETERS,
            format!("Aggregate function {} cannot have parameters", binding.name),
        )),
    }
}

/// The one argument.
fn unary<'a>(binding: &'a Binding) -> Result<&'a DataType> {
    match &binding.arguments[..] {
        [argument] => Ok(argument),
        _ => Err(wrong_count(binding, "single argument")),
    }
}

/// Both arguments.
fn binary<'a>(binding: &'a Binding) -> Result<(&'a DataType, &'a DataType)> {
    match &binding.arguments[..] {
        [first, second] => Ok((first, second)),
        _ => Err(wrong_count(binding, "two arguments")),
    }
}

fn wrong_count(binding: &Binding, what: &str) -> Error {
    Error::new(
        Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
        format!("Aggregate function {} requires {what}", binding.name),
    )
}

fn illegal(binding: &Binding, data_type: &DataType) -> Error {
    super::function::illegal(format!(
        "Illegal type {data_type} of argument for aggregate function {}",
        binding.name
    ))
}

/// A value as a literal of the result.
fn not_a_number() -> Option<ScalarValue> {
    Some(ScalarValue::Float64(Some(f64::NAN)))
}

/// An array of scalars of one type.
fn scalars_to_array(
    values: Vec<ScalarValue>,
    data_type: &DataType,
) -> datafusion::common::Result<arrow::array::ArrayRef> {
    match values.is_empty() {
        true => Ok(arrow::array::new_empty_array(&data_type.arrow())),
        false => ScalarValue::iter_to_array(values),
    }
}
