//! What a function is: [`Function`], what it is given to bind ([`Argument`]) and what it answers ([`Bound`]).

use std::sync::Arc;

use arrow::array::ArrayRef;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;

use super::{Context, TypedExpr};
use crate::error::{Code, Error, Result};
use crate::types::DataType;

/// One argument as `bind` sees it: its type, and its value where it is constant.
#[derive(Clone, Debug)]
pub struct Argument {
    /// The ClickHouse type; without LowCardinality, and without Nullable unless the function treats NULL itself.
    pub data_type: DataType,
    /// The value of a constant argument.
    pub constant: Option<ScalarValue>,
}

/// Arrays in, array out. A constant argument comes as an array of one row ([`row_of`] picks the row).
pub type Kernel = Arc<dyn Fn(&[ArrayRef], usize) -> Result<ArrayRef> + Send + Sync>;

/// How a bound function is evaluated.
#[derive(Clone)]
pub enum Eval {
    /// A native DataFusion expression of the result's type: the optimizer and part pruning understand it.
    Native(Arc<dyn Fn(Vec<Expr>) -> Result<Expr> + Send + Sync>),
    /// A native Boolean expression; the value shown is UInt8 ([`super::TypedExpr::predicate`] gives the Boolean back).
    Predicate(Arc<dyn Fn(Vec<Expr>) -> Result<Expr> + Send + Sync>),
    /// A kernel; constant arguments are repeated to full length first.
    Kernel(Kernel),
    /// A kernel that takes a constant argument as one row.
    Compact(Kernel),
    /// The value is known from types alone.
    Constant(ScalarValue),
    /// Other functions over the arguments as they are; `result` and `arguments` do not count.
    Compose(fn(Vec<TypedExpr>, &Context) -> Result<TypedExpr>),
}

/// A function bound to argument types.
pub struct Bound {
    /// The result's type.
    pub result: DataType,
    /// What each argument is cast to before evaluation.
    pub arguments: Vec<DataType>,
    /// How to evaluate.
    pub eval: Eval,
}

impl Bound {
    /// Evaluated by a kernel over full arrays.
    pub fn kernel(
        result: DataType,
        arguments: Vec<DataType>,
        kernel: impl Fn(&[ArrayRef], usize) -> Result<ArrayRef> + Send + Sync + 'static,
    ) -> Bound {
        Bound {
            result,
            arguments,
            eval: Eval::Kernel(Arc::new(kernel)),
        }
    }

    /// Evaluated by a kernel that takes constants as one row.
    pub fn compact(
        result: DataType,
        arguments: Vec<DataType>,
        kernel: impl Fn(&[ArrayRef], usize) -> Result<ArrayRef> + Send + Sync + 'static,
    ) -> Bound {
        Bound {
            result,
            arguments,
            eval: Eval::Compact(Arc::new(kernel)),
        }
    }

    /// A native expression of the result's Arrow type.
    pub fn native(
        result: DataType,
        arguments: Vec<DataType>,
        build: impl Fn(Vec<Expr>) -> Result<Expr> + Send + Sync + 'static,
    ) -> Bound {
        Bound {
            result,
            arguments,
            eval: Eval::Native(Arc::new(build)),
        }
    }

    /// A native Boolean expression, shown as UInt8.
    pub fn predicate(
        arguments: Vec<DataType>,
        build: impl Fn(Vec<Expr>) -> Result<Expr> + Send + Sync + 'static,
    ) -> Bound {
        Bound {
            result: DataType::UInt8,
            arguments,
            eval: Eval::Predicate(Arc::new(build)),
        }
    }

    /// Made of other functions.
    pub fn compose(build: fn(Vec<TypedExpr>, &Context) -> Result<TypedExpr>) -> Bound {
        Bound {
            result: DataType::Nothing,
            arguments: Vec::new(),
            eval: Eval::Compose(build),
        }
    }

    /// A value known at binding.
    pub fn constant(result: DataType, arguments: &[Argument], value: ScalarValue) -> Bound {
        let arguments = arguments.iter().map(|argument| argument.data_type.clone()).collect();
        Bound {
            result,
            arguments,
            eval: Eval::Constant(value),
        }
    }
}

/// When the value of a function over the same arguments may change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stability {
    /// Never: folded when the arguments are constant.
    Constant,
    /// With every query (`now`) or session (`currentUser`): folded too, but no part of a key and of no plan that is kept.
    PerQuery,
    /// Not folded (`materialize`), though it has one value.
    Unfolded,
    /// With every row (`rand`).
    Volatile,
}

impl Stability {
    /// Whether one query sees one value, which may take the function's place.
    pub fn folds(self) -> bool {
        matches!(self, Stability::Constant | Stability::PerQuery)
    }
}

/// What is done with Nullable arguments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Nulls {
    /// `bind` sees plain types, the result is NULL where an argument is.
    Propagate,
    /// The function looks after NULL itself.
    Own,
}

/// One entry of the registry.
#[derive(Clone, Copy)]
pub struct Function {
    /// ClickHouse's name.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// Other names for it that are matched without case.
    pub aliases_any_case: &'static [&'static str],
    /// The name is matched without case.
    pub case_insensitive: bool,
    /// One line for `system.functions`.
    pub description: &'static str,
    /// Fewest and most arguments.
    pub arity: (usize, usize),
    /// When the value may change.
    pub stability: Stability,
    /// Nullable arguments.
    pub nulls: Nulls,
    /// Looks at the argument types, answers how to evaluate.
    pub bind: fn(&[Argument], &Context) -> Result<Bound>,
}

/// Functions whose wrong number of arguments has a code of its own.
const LOGICAL: [&str; 3] = ["and", "or", "xor"];

/// No limit on the number of arguments.
pub const ANY: usize = usize::MAX;

impl Function {
    /// A deterministic function that propagates NULL, with fewest and most arguments.
    pub const fn new(
        name: &'static str,
        arity: (usize, usize),
        description: &'static str,
        bind: fn(&[Argument], &Context) -> Result<Bound>,
    ) -> Function {
        Function {
            name,
            aliases: &[],
            aliases_any_case: &[],
            case_insensitive: false,
            description,
            arity,
            stability: Stability::Constant,
            nulls: Nulls::Propagate,
            bind,
        }
    }

    /// Names that are matched with case.
    pub const fn aliases(self, aliases: &'static [&'static str]) -> Function {
        Function { aliases, ..self }
    }

    /// Names that are matched without case.
    pub const fn aliases_any_case(self, aliases_any_case: &'static [&'static str]) -> Function {
        Function {
            aliases_any_case,
            ..self
        }
    }

    /// Its name is matched without case.
    pub const fn any_case(self) -> Function {
        Function {
            case_insensitive: true,
            ..self
        }
    }

    /// It looks after NULL itself.
    pub const fn own_nulls(self) -> Function {
        Function {
            nulls: Nulls::Own,
            ..self
        }
    }

    /// See [`Stability`].
    pub const fn stability(self, stability: Stability) -> Function {
        Function { stability, ..self }
    }

    /// Its name and all aliases.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name)
            .chain(self.aliases.iter().copied())
            .chain(self.aliases_any_case.iter().copied())
    }

    /// Those of its names that are matched without case.
    pub fn case_insensitive_names(&self) -> impl Iterator<Item = &'static str> {
        self.case_insensitive
            .then_some(self.name)
            .into_iter()
            .chain(self.aliases_any_case.iter().copied())
    }

    /// ClickHouse's error for a wrong number of arguments.
    pub fn check_count(&self, passed: usize) -> Result<()> {
        let (least, most) = self.arity;
        if passed >= least && passed <= most {
            return Ok(());
        }
        let name = self.name;
        if most == ANY && LOGICAL.contains(&name) {
            return Err(Error::new(
                Code::TOO_FEW_ARGUMENTS_FOR_FUNCTION,
                format!("Number of arguments for function \"{name}\" should be at least {least}: passed {passed}"),
            ));
        }
        let expected = match most.saturating_sub(least) {
            _ if most == ANY => format!("at least {least}"),
            0 => least.to_string(),
            1 => format!("{least} or {most}"),
            _ => format!("at least {least} and at most {most}"),
        };
        Err(Error::new(
            Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
            format!("Number of arguments for function {name} doesn't match: passed {passed}, should be {expected}"),
        ))
    }
}

/// The row of an argument that belongs to result row `row`: constants have one row.
pub fn row_of(array: &ArrayRef, row: usize) -> usize {
    if array.len() == 1 { 0 } else { row }
}

/// "Illegal type T of argument of function f".
pub fn illegal_type(argument: &Argument, function: &str) -> Error {
    illegal(format!(
        "Illegal type {} of argument of function {function}",
        argument.data_type
    ))
}

/// ILLEGAL_TYPE_OF_ARGUMENT with this text.
pub fn illegal(message: impl Into<String>) -> Error {
    Error::new(Code::ILLEGAL_TYPE_OF_ARGUMENT, message.into())
}
