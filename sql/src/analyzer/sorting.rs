//! ORDER BY: keys, positions, and where NULL and NaN go.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::compute::nullif;
use arrow::datatypes::{DataType as ArrowType, Float32Type, Float64Type};
use datafusion::common::Result as DataFusionResult;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, SortExpr, Volatility,
};
use sqlparser::ast;

use super::Analyzer;
use super::matcher::Item;
use super::scope::Scope;
use crate::error::{Code, Error, Result};
use crate::functions::{self, TypedExpr};
use crate::types::DataType;

/// One key of ORDER BY.
#[derive(Clone, Debug)]
pub(super) struct SortKey {
    /// What is compared.
    pub value: TypedExpr,
    pub ascending: bool,
    pub nulls_first: bool,
}

impl SortKey {
    /// DataFusion's key. It puts NaN above all numbers, ClickHouse puts it beside NULL.
    pub fn sort(&self) -> SortExpr {
        let is_float = matches!(self.value.data_type.bare(), DataType::Float32 | DataType::Float64);
        let beside_null = self.ascending != self.nulls_first;
        let expr = self.value.expr.clone();
        let expr = if is_float && !beside_null {
            nan_as_null().call(vec![expr])
        } else {
            expr
        };
        SortExpr::new(expr, self.ascending, self.nulls_first)
    }
}

impl Analyzer<'_> {
    /// ORDER BY's keys; constants order nothing and are left out.
    pub(super) fn order_keys(
        &self,
        order_by: Option<&ast::OrderBy>,
        items: &[Item],
        scope: &Scope,
    ) -> Result<Vec<SortKey>> {
        let Some(order_by) = order_by else {
            return Ok(Vec::new());
        };
        if order_by.interpolate.is_some() {
            return Err(Error::not_implemented("INTERPOLATE"));
        }
        let keys = match &order_by.kind {
            ast::OrderByKind::All(options) => items
                .iter()
                .map(|item| self.sort_key(item.value.clone(), options))
                .collect::<Result<Vec<_>>>()?,
            ast::OrderByKind::Expressions(keys) => keys
                .iter()
                .map(|key| {
                    let value = match self.positional(&key.expr, items, scope)? {
                        Some(value) => value,
                        None => self.expression(&key.expr, scope)?,
                    };
                    self.order_key(key, value)
                })
                .collect::<Result<Vec<_>>>()?,
        };
        Ok(keys.into_iter().filter(|key| key.value.constant.is_none()).collect())
    }

    /// One key whose value is resolved.
    pub(super) fn order_key(&self, key: &ast::OrderByExpr, value: TypedExpr) -> Result<SortKey> {
        if key.with_fill.is_some() {
            return Err(Error::not_implemented("ORDER BY … WITH FILL"));
        }
        self.sort_key(value, &key.options)
    }

    fn sort_key(&self, value: TypedExpr, options: &ast::OrderByOptions) -> Result<SortKey> {
        let ascending = match &options.sort {
            None | Some(ast::OrderBySort::Asc) => true,
            Some(ast::OrderBySort::Desc) => false,
            Some(ast::OrderBySort::Using(name)) => {
                return Err(Error::not_implemented(format!("ORDER BY … USING {name}")));
            }
        };
        // BFloat16 is held as bits, which do not compare as numbers.
        let value = match value.data_type.bare() {
            DataType::BFloat16 => {
                let float = if value.data_type.is_nullable() {
                    DataType::Float32.to_nullable()
                } else {
                    DataType::Float32
                };
                functions::cast(value, &float, self.context.functions)?
            }
            _ => value,
        };
        Ok(SortKey {
            value,
            ascending,
            nulls_first: options.nulls_first.unwrap_or(false),
        })
    }

    /// `ORDER BY 2`, `GROUP BY 1`: the select item of this position, counted from the end if negative.
    pub(super) fn positional(&self, key: &ast::Expr, items: &[Item], scope: &Scope) -> Result<Option<TypedExpr>> {
        let ast::Expr::Value(value) = key else { return Ok(None) };
        let ast::Value::Number(text, _) = &value.value else {
            return Ok(None);
        };
        let Ok(position) = text.parse::<i64>() else {
            return Ok(None);
        };
        if !self.positional_arguments {
            return Ok(None);
        }
        let count = items.len() as i64;
        let index = if position < 0 { count + position } else { position - 1 };
        match usize::try_from(index).ok().and_then(|index| items.get(index)) {
            Some(item) => {
                self.expand_by(&item.value)?;
                Ok(Some(item.value.clone()))
            }
            None => Err(Error::new(
                Code::BAD_ARGUMENTS,
                format!(
                    "Positional argument number {position} is out of bounds. Expected in range [1, {count}]{}",
                    scope.in_scope()
                ),
            )),
        }
    }
}

/// The value behind a sort key: ORDER BY … DESC over floats is wrapped so that NaN sorts beside NULL.
pub fn sorted_value(expr: &Expr) -> &Expr {
    match expr {
        Expr::ScalarFunction(call) if call.func.inner().is::<NanAsNull>() && call.args.len() == 1 => &call.args[0],
        expr => expr,
    }
}

/// A sort key of the same form as `key` over another value.
pub fn with_sorted_value(key: &Expr, value: Expr) -> Expr {
    match std::ptr::eq(sorted_value(key), key) {
        true => value,
        false => nan_as_null().call(vec![value]),
    }
}

fn nan_as_null() -> &'static Arc<ScalarUDF> {
    static UDF: OnceLock<Arc<ScalarUDF>> = OnceLock::new();
    UDF.get_or_init(|| {
        let signature = Signature::any(1, Volatility::Immutable);
        Arc::new(ScalarUDF::new_from_impl(NanAsNull { signature }))
    })
}

/// Floats with NULL in place of NaN.
struct NanAsNull {
    signature: Signature,
}

impl fmt::Debug for NanAsNull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NanAsNull")
    }
}

impl PartialEq for NanAsNull {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for NanAsNull {}

impl Hash for NanAsNull {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl ScalarUDFImpl for NanAsNull {
    fn name(&self) -> &str {
        "nanAsNull"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[ArrowType]) -> DataFusionResult<ArrowType> {
        Ok(arguments.first().cloned().unwrap_or(ArrowType::Null))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let array = ColumnarValue::values_to_arrays(&arguments.args)?.swap_remove(0);
        let nan: BooleanArray = match array.data_type() {
            ArrowType::Float32 => is_nan(array.as_primitive::<Float32Type>().iter(), f32::is_nan),
            ArrowType::Float64 => is_nan(array.as_primitive::<Float64Type>().iter(), f64::is_nan),
            _ => return Ok(ColumnarValue::Array(array)),
        };
        let array: ArrayRef = if nan.has_true() { nullif(&array, &nan)? } else { array };
        Ok(ColumnarValue::Array(array))
    }
}

fn is_nan<T>(values: impl Iterator<Item = Option<T>>, test: impl Fn(T) -> bool) -> BooleanArray {
    values.map(|value| Some(value.is_some_and(&test))).collect()
}
