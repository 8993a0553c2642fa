//! What a search asks: everything that is known before it runs, whatever the settings and the parts.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, UInt16Type};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;
use gristmill_index::Metric;
use gristmill_sql::analyzer::LIFTED_KEY;
use gristmill_sql::types;

use super::Options;
use super::mask::Filter;
use super::refill::Refill;
use crate::table::{Condition, MergeTreeTable, TableExpression, TableIndex};

/// The constant vector of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// Its numbers.
    pub numbers: Arc<[f64]>,
    /// The type that they had in the plan.
    pub element: DataType,
    /// The lifted literal it came from: queries of the same template differ only in these.
    pub slot: Option<usize>,
}

impl Reference {
    /// A list literal of numbers, of this ClickHouse type.
    pub fn of(expr: &Expr, data_type: &types::DataType) -> Option<Self> {
        let Expr::Literal(ScalarValue::List(list), metadata) = expr else {
            return None;
        };
        if list.is_null(0) {
            return None;
        }
        let value = list.value(0);
        let numbers: ArrayRef = match (value.data_type(), data_type) {
            (DataType::UInt16, types::DataType::Array(item)) if **item == types::DataType::BFloat16 => {
                let widen = |bits: &u16| f64::from(f32::from_bits(u32::from(*bits) << 16));
                let bits = value.as_primitive::<UInt16Type>();
                Arc::new(Float64Array::from_iter_values(bits.values().iter().map(widen)))
            }
            (number, _) if number.is_numeric() => cast(&value, &DataType::Float64).ok()?,
            _ => return None,
        };
        if value.null_count() > 0 {
            return None;
        }
        let slot = metadata
            .as_ref()
            .and_then(|metadata| metadata.inner().get(LIFTED_KEY)?.parse().ok());
        let numbers = numbers.as_primitive::<Float64Type>().values().to_vec().into();
        Some(Self {
            numbers,
            element: value.data_type().clone(),
            slot,
        })
    }
}

/// The rows of a table that are nearest to a vector.
#[derive(Clone, Debug)]
pub struct Search {
    /// Where.
    pub table: MergeTreeTable,
    /// The column of vectors, or the expression's text.
    pub column: String,
    /// What is compared if it is no column: an expression that an index is over.
    pub expression: Option<Arc<TableExpression>>,
    /// The distance function.
    pub metric: Metric,
    /// Nearest to what.
    pub reference: Reference,
    /// The function's value is a Float64, otherwise a Float32.
    pub wide: bool,
    /// How many rows: LIMIT plus OFFSET.
    pub rows: usize,
    /// The distances are those of the SQL function, whatever an index holds: in all forms in which ClickHouse compares
    /// rows itself.
    pub rescored: bool,
    /// Why more rows than these may be needed.
    pub refill: Option<Arc<Refill>>,
    /// WHERE, over unqualified columns.
    pub filters: Vec<Expr>,
    /// The same, ready to be evaluated.
    pub filter: Option<Arc<Filter>>,
    /// Columns of the answer; the distance comes after them.
    pub columns: Vec<String>,
}

impl Search {
    /// Whether the answer holds the vectors too, or all that they are computed from.
    pub fn returns_vectors(&self) -> bool {
        match &self.expression {
            None => self.columns.contains(&self.column),
            Some(expression) => expression.sources.iter().all(|source| self.columns.contains(source)),
        }
    }

    /// Whether distances are computed again from the vectors of the rows that an index finds.
    pub fn is_rescored(&self, options: &Options) -> bool {
        options.rescoring || self.rescored || self.returns_vectors()
    }

    /// Whether an index is over what is compared.
    pub fn is_over(&self, index: &TableIndex) -> bool {
        match &self.expression {
            None => index.column() == Some(&self.column),
            Some(expression) => index.expressions.iter().any(|other| other.is(&expression.expr)),
        }
    }

    /// Bits of a number of the column; most columns are of Float32.
    pub fn column_bits(&self) -> usize {
        let column = self.table.definition.column(&self.column);
        let item = column.and_then(|column| match &column.data_type {
            types::DataType::Array(item) => Some(item.as_ref()),
            _ => None,
        });
        match item {
            Some(types::DataType::Float64) => 64,
            Some(types::DataType::BFloat16) => 16,
            _ => 32,
        }
    }

    fn identity(&self) -> Identity<'_> {
        Identity {
            table: Arc::as_ptr(&self.table.store) as usize,
            policy: self.table.policy.as_ref().map(|policy| policy.condition()),
            is_final: self.table.final_read.as_ref().map(|read| read.across_partitions),
            column: &self.column,
            metric: self.metric,
            numbers: self.reference.numbers.iter().map(|number| number.to_bits()).collect(),
            wide: self.wide,
            rows: self.rows,
            rescored: self.rescored,
            refill: self.refill.as_deref(),
            filters: &self.filters,
            columns: &self.columns,
        }
    }
}

/// What tells two searches apart.
#[derive(PartialEq, Eq, Hash)]
struct Identity<'a> {
    table: usize,
    policy: Option<&'a Condition>,
    is_final: Option<bool>,
    column: &'a str,
    metric: Metric,
    numbers: Vec<u64>,
    wide: bool,
    rows: usize,
    rescored: bool,
    refill: Option<&'a Refill>,
    filters: &'a [Expr],
    columns: &'a [String],
}

impl PartialEq for Search {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for Search {}

impl Hash for Search {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}
