//! Membership in a large set of constants: `x IN (SELECT …)` with more values than a list should have.

use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::datatypes::DataType as ArrowType;
use arrow::row::{RowConverter, SortField};
use datafusion::common::{Result as DataFusionResult, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::error::{Error, Result};

/// Longer lists are sets: every pass of the optimizer walks over the elements of a list.
pub(super) const LIST_LENGTH_MAX: usize = 1000;

/// `value IN values` as a Boolean; NULL is in no set.
pub(super) fn in_set(value: Expr, values: Vec<ScalarValue>, arrow: &ArrowType) -> Result<Expr> {
    let values = ScalarValue::iter_to_array(values).map_err(Error::from_datafusion)?;
    let converter = RowConverter::new(vec![SortField::new(arrow.clone())]).map_err(arrow_error)?;
    let rows = converter.convert_columns(&[values]).map_err(arrow_error)?;
    let set = rows.iter().map(|row| row.as_ref().into()).collect();
    let udf = ScalarUDF::new_from_impl(InSet {
        signature: Signature::any(1, Volatility::Immutable),
        set: Arc::new(Set {
            rows: set,
            data_type: arrow.clone(),
            converter,
        }),
    });
    Ok(udf.call(vec![value]))
}

/// The values of the set that a call looks in; None if it is another call. A skip index is asked for them.
pub fn set_values(call: &ScalarFunction) -> Result<Option<ArrayRef>> {
    let Some(udf) = call.func.inner().downcast_ref::<InSet>() else {
        return Ok(None);
    };
    let Set { rows, converter, .. } = &*udf.set;
    let parser = converter.parser();
    let values = converter.convert_rows(rows.iter().map(|row| parser.parse(row)));
    Ok(Some(values.map_err(arrow_error)?.swap_remove(0)))
}

fn arrow_error(error: arrow::error::ArrowError) -> Error {
    Error::from_datafusion(error.into())
}

/// The values, in Arrow's row form.
struct Set {
    rows: HashSet<Box<[u8]>>,
    data_type: ArrowType,
    converter: RowConverter,
}

impl PartialEq for Set {
    fn eq(&self, other: &Self) -> bool {
        self.data_type == other.data_type && self.rows == other.rows
    }
}

struct InSet {
    signature: Signature,
    set: Arc<Set>,
}

impl fmt::Debug for InSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InSet({} values)", self.set.rows.len())
    }
}

impl PartialEq for InSet {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.set, &other.set) || *self.set == *other.set
    }
}

impl Eq for InSet {}

impl Hash for InSet {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.set.rows.len().hash(state);
    }
}

impl ScalarUDFImpl for InSet {
    fn name(&self) -> &str {
        "in"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[ArrowType]) -> DataFusionResult<ArrowType> {
        Ok(ArrowType::Boolean)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let value: ArrayRef = ColumnarValue::values_to_arrays(&arguments.args)?.swap_remove(0);
        let nulls = value.logical_nulls();
        let rows = self.set.converter.convert_columns(&[value])?;
        let found: BooleanArray = rows
            .iter()
            .map(|row| Some(self.set.rows.contains(row.as_ref())))
            .collect();
        let found = BooleanArray::new(found.values().clone(), nulls);
        Ok(ColumnarValue::Array(Arc::new(found)))
    }
}
