//! The one DataFusion function type behind every kernel: [`Call`].
//!
//! It repeats constants, keeps NULL away from kernels that do not want it, and gives the result the exact Arrow type
//! that was promised.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use arrow::array::{Array, ArrayRef, BooleanArray, UInt64Array, make_array, new_null_array};
use arrow::buffer::NullBuffer;
use arrow::compute::{filter, take};
use arrow::datatypes::{DataType as ArrowType, Field, FieldRef};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Result as DataFusionResult, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

use super::function::Kernel;
use super::internal;
use crate::error::Result;
use crate::types::DataType;

/// The kernel that a function of a plan is, if it is one of ours.
pub fn as_call(function: &ScalarFunction) -> Option<&Call> {
    function.func.inner().downcast_ref()
}

/// What makes the calls in an expression differ and its text does not show.
pub fn details(expr: &Expr) -> String {
    let mut text = String::new();
    let walked = expr.apply(|part| {
        if let Expr::ScalarFunction(function) = part
            && let Some(call) = as_call(function)
        {
            text += &call.detail;
        }
        Ok(TreeNodeRecursion::Continue)
    });
    debug_assert!(walked.is_ok(), "nothing fails on the way");
    text
}

/// A kernel bound to argument types.
#[derive(Clone)]
pub struct Call {
    pub(super) name: &'static str,
    pub(super) argument_types: Vec<DataType>,
    pub(super) result: DataType,
    pub(super) arrow: ArrowType,
    pub(super) kernel: Kernel,
    /// The kernel takes constants as one row.
    pub(super) compact: bool,
    pub(super) propagate_nulls: bool,
    pub(super) volatility: Volatility,
    /// What else makes two calls differ: all that `bind` has seen and the arguments no longer show, the body of a
    /// lambda. Calls that are equal are evaluated once, so a kernel may capture nothing that is not in here, in the
    /// name, in the types or in the arguments.
    pub(super) detail: String,
}

impl Call {
    /// The function's ClickHouse name.
    pub fn function(&self) -> &'static str {
        self.name
    }

    /// The argument types it was bound to.
    pub fn argument_types(&self) -> &[DataType] {
        &self.argument_types
    }

    /// Evaluates `rows` rows; an argument of one row is a constant if `rows` is not 1.
    pub(super) fn evaluate(&self, arguments: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        let arguments = match self.compact {
            true => arguments.to_vec(),
            false => arguments
                .iter()
                .map(|array| repeat(array, rows))
                .collect::<Result<_>>()?,
        };
        let array = match self.propagate_nulls {
            true => self.without_nulls(&arguments, rows)?,
            false => self.run(&arguments, rows)?,
        };
        Ok(conform(array, &self.arrow))
    }

    /// A kernel that only looks at a constant may answer with one row.
    fn run(&self, arguments: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        repeat(&(self.kernel)(arguments, rows)?, rows)
    }

    /// Evaluates the rows in which no argument is NULL; the others are NULL, or the default if the result cannot be.
    fn without_nulls(&self, arguments: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        let mut nulls: Option<NullBuffer> = None;
        for array in arguments {
            let Some(own) = array.logical_nulls().filter(|own| own.null_count() > 0) else {
                continue;
            };
            if own.len() == 1 && rows != 1 {
                return self.missing(rows);
            }
            nulls = NullBuffer::union(nulls.as_ref(), Some(&own));
        }
        let Some(nulls) = nulls else {
            return self.run(arguments, rows);
        };
        if nulls.null_count() == rows {
            return self.missing(rows);
        }
        let keep = BooleanArray::new(nulls.inner().clone(), None);
        let kept: Vec<ArrayRef> = arguments
            .iter()
            .map(|array| {
                if array.len() == rows {
                    filter(array, &keep)
                } else {
                    Ok(array.clone())
                }
            })
            .collect::<Result<_, _>>()
            .map_err(internal)?;
        let values = self.run(&kept, rows - nulls.null_count())?;
        let mut next = 0;
        let indices: UInt64Array = nulls
            .iter()
            .map(|valid| {
                let index = next;
                next += u64::from(valid);
                valid.then_some(index)
            })
            .collect();
        if self.result.is_nullable() {
            return take(&values, &indices, None).map_err(internal);
        }
        let with_default = [&values as &dyn Array, &self.missing(1)?];
        let values = arrow::compute::concat(&with_default).map_err(internal)?;
        let last = values.len() as u64 - 1;
        let indices: UInt64Array = indices.iter().map(|index| Some(index.unwrap_or(last))).collect();
        take(&values, &indices, None).map_err(internal)
    }

    /// The value where an argument is NULL.
    fn missing(&self, rows: usize) -> Result<ArrayRef> {
        match self.result.is_nullable() {
            true => Ok(new_null_array(&self.arrow, rows)),
            false => self.result.default_scalar().to_array_of_size(rows).map_err(internal),
        }
    }
}

/// An array of `rows` rows from one that is either that long or constant.
pub fn repeat(array: &ArrayRef, rows: usize) -> Result<ArrayRef> {
    if array.len() == rows {
        return Ok(array.clone());
    }
    let value = ScalarValue::try_from_array(array, 0).map_err(internal)?;
    value.to_array_of_size(rows).map_err(internal)
}

/// The same values with exactly this Arrow type, where they differ only in names and nullability of inner fields.
pub fn conform(array: ArrayRef, arrow: &ArrowType) -> ArrayRef {
    if array.data_type() == arrow || !array.data_type().is_nested() {
        return array;
    }
    make_array(relabel(array.to_data(), arrow))
}

fn relabel(data: arrow::array::ArrayData, arrow: &ArrowType) -> arrow::array::ArrayData {
    if data.data_type() == arrow {
        return data;
    }
    let inner: Vec<ArrowType> = match arrow {
        ArrowType::List(field) => vec![field.data_type().clone()],
        ArrowType::Struct(fields) => fields.iter().map(|field| field.data_type().clone()).collect(),
        _ => return data,
    };
    let children = data
        .child_data()
        .iter()
        .cloned()
        .zip(&inner)
        .map(|(child, arrow)| relabel(child, arrow))
        .collect();
    let builder = data.into_builder().data_type(arrow.clone()).child_data(children);
    // Sound: offsets, lengths and buffers are those of the array that came in; only field labels change.
    unsafe { builder.build_unchecked() }
}

impl fmt::Debug for Call {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.name)
    }
}

impl PartialEq for Call {
    fn eq(&self, other: &Call) -> bool {
        self.name == other.name
            && self.argument_types == other.argument_types
            && self.result == other.result
            && self.detail == other.detail
    }
}

impl Eq for Call {}

impl Hash for Call {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.name, &self.argument_types, &self.result, &self.detail).hash(state);
    }
}

impl ScalarUDFImpl for Call {
    fn name(&self) -> &str {
        self.name
    }

    /// Types are resolved before: DataFusion must not coerce anything.
    fn signature(&self) -> &Signature {
        static IMMUTABLE: OnceLock<Signature> = OnceLock::new();
        static VOLATILE: OnceLock<Signature> = OnceLock::new();
        match self.volatility {
            Volatility::Volatile => VOLATILE.get_or_init(|| any_arguments(Volatility::Volatile)),
            _ => IMMUTABLE.get_or_init(|| any_arguments(Volatility::Immutable)),
        }
    }

    fn return_type(&self, _: &[ArrowType]) -> DataFusionResult<ArrowType> {
        Ok(self.arrow.clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> DataFusionResult<FieldRef> {
        let nullable = self.result.is_nullable() || args.arg_fields.iter().any(|field| field.is_nullable());
        Ok(Arc::new(Field::new(self.name, self.arrow.clone(), nullable)))
    }

    fn display_name(&self, args: &[Expr]) -> DataFusionResult<String> {
        self.schema_name(args)
    }

    /// Short even for long literals; what differs stays different through the hashes. Two calls of one name are one
    /// column to DataFusion, even where they are not equal.
    fn schema_name(&self, args: &[Expr]) -> DataFusionResult<String> {
        let shown: Vec<String> = args.iter().map(short_name).collect();
        let mut hasher = std::hash::DefaultHasher::new();
        self.hash(&mut hasher);
        Ok(format!("{}({}) {:x}", self.name, shown.join(","), hasher.finish()))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let constant = self.volatility != Volatility::Volatile
            && args
                .args
                .iter()
                .all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { args.number_rows };
        let arrays: Vec<ArrayRef> = args
            .args
            .into_iter()
            .map(|argument| match argument {
                ColumnarValue::Array(array) => Ok(array),
                ColumnarValue::Scalar(value) if self.compact => value.to_array(),
                ColumnarValue::Scalar(value) => value.to_array_of_size(rows),
            })
            .collect::<DataFusionResult<_>>()?;
        let array = self.evaluate(&arrays, rows)?;
        match constant {
            true => Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?)),
            false => Ok(ColumnarValue::Array(array)),
        }
    }
}

/// An expression's name; a list literal's is its length and hash.
fn short_name(expr: &Expr) -> String {
    match expr {
        Expr::Literal(ScalarValue::List(list), _) => {
            let mut hasher = std::hash::DefaultHasher::new();
            ScalarValue::List(list.clone()).hash(&mut hasher);
            format!("[{} values {:x}]", list.value_length(0), hasher.finish())
        }
        expr => expr.schema_name().to_string(),
    }
}

/// Any number of arguments of any types, none included: binding has chosen them already.
fn any_arguments(volatility: Volatility) -> Signature {
    Signature::one_of(vec![TypeSignature::Nullary, TypeSignature::VariadicAny], volatility)
}
