//! Subqueries inside expressions: scalar ones, EXISTS, and the right side of IN.
//!
//! A subquery that uses columns of the query around it is left to DataFusion, which makes a join of it. All others:
//! ClickHouse runs them before the query around them, and so do we: a scalar subquery and EXISTS become constants,
//! the right side of IN a set of constants. Filters by such a set reach part pruning and vector search as they are.

use std::sync::Arc;

use arrow::array::Array;
use arrow::datatypes::DataType as ArrowType;
use datafusion::common::{Column, ScalarValue, Spans};
use datafusion::logical_expr::expr::Exists;
use datafusion::logical_expr::{Aggregate, Distinct, Expr, LogicalPlan, Projection, Subquery, cast, when};
use sqlparser::ast;

use super::from::object_name;
use super::in_set::{LIST_LENGTH_MAX, in_set};
use super::literal::{null, unsigned};
use super::scope::Scope;
use super::{Analyzer, Planned};
use crate::error::{Code, Error, Result};
use crate::functions::{self, TypedExpr};
use crate::types::{DataType, TupleElement};

impl Analyzer<'_> {
    /// `(SELECT …)` as a value; several columns are a tuple.
    #[inline(never)]
    pub(super) fn scalar_subquery(&self, query: &ast::Query, scope: &Scope) -> Result<TypedExpr> {
        let planned = self.one_column(self.query(query, Some(scope))?)?;
        let data_type = planned.header[0].data_type.clone();
        if let Some(subquery) = correlated(&planned.plan, scope)? {
            return Ok(TypedExpr::new(Expr::ScalarSubquery(subquery), data_type.to_nullable()));
        }
        let value = self.run(&planned)?;
        let nullable = match &data_type {
            DataType::Tuple(_) => data_type.clone(),
            _ => data_type.to_nullable(),
        };
        if value.is_null() && !nullable.is_nullable() {
            return Err(Error::new(
                Code::INCORRECT_RESULT_OF_SCALAR_SUBQUERY,
                format!("Scalar subquery returned empty result of type {data_type} which cannot be Nullable"),
            ));
        }
        Ok(TypedExpr::constant(value, nullable))
    }

    /// `[NOT] EXISTS (SELECT …)`.
    #[inline(never)]
    pub(super) fn exists(&self, query: &ast::Query, negated: bool, scope: &Scope) -> Result<TypedExpr> {
        let planned = self.query(query, Some(scope))?;
        if let Some(subquery) = correlated(&planned.plan, scope)? {
            let exists = Expr::Exists(Exists::new(subquery, negated));
            return functions::from_predicate(exists, DataType::UInt8, false);
        }
        let one = Expr::Literal(ScalarValue::UInt8(Some(1)), None).alias("exists");
        let plan = super::limit::limited(planned.plan, 0, Some(1))?;
        let plan = project(plan, vec![one])?;
        let header = vec![super::HeaderColumn {
            name: "exists".into(),
            data_type: DataType::UInt8,
        }];
        let found = !self
            .run(&Planned {
                plan,
                totals: None,
                header,
                cacheable: false,
            })?
            .is_null();
        Ok(unsigned(u64::from(found != negated)))
    }

    /// `x [NOT] IN (SELECT …)`.
    #[inline(never)]
    pub(super) fn in_subquery(
        &self,
        value: &ast::Expr,
        query: &ast::Query,
        negated: bool,
        scope: &Scope,
    ) -> Result<TypedExpr> {
        let value = self.expression(value, scope)?;
        let planned = self.query(query, Some(scope))?;
        if correlated(&planned.plan, scope)?.is_some() {
            return Err(Error::not_implemented("Correlated subquery on the right side of IN"));
        }
        self.in_planned(value, planned, negated)
    }

    /// `x [NOT] IN (1, 2, 3)`.
    #[inline(never)]
    pub(super) fn in_list(
        &self,
        value: &ast::Expr,
        list: &[ast::Expr],
        negated: bool,
        scope: &Scope,
    ) -> Result<TypedExpr> {
        let value = self.expression(value, scope)?;
        let width = tuple_width(&value.data_type);
        let mut items = list
            .iter()
            .map(|item| self.expression(item, scope))
            .collect::<Result<Vec<_>>>()?;
        // `(a, b) IN (1, 2)` is one tuple, as in ClickHouse.
        if width.is_some() && items.iter().all(|item| tuple_width(&item.data_type).is_none()) && items.len() > 1 {
            items = vec![self.call("tuple", items)?];
        }
        self.in_set(value, items, negated)
    }

    /// The calls that the parser makes of other right sides: `in(x, table)`, `in(x, [1, 2])`, `in(x, (1, 2))`.
    pub(super) fn in_call(&self, negated: bool, arguments: &[&ast::Expr], scope: &Scope) -> Result<TypedExpr> {
        let [value, right] = arguments else {
            return Err(Error::new(
                Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
                format!(
                    "Number of arguments for function in doesn't match: passed {}, should be 2",
                    arguments.len()
                ),
            ));
        };
        match right {
            ast::Expr::Subquery(query) => return self.in_subquery(value, query, negated, scope),
            ast::Expr::Tuple(items) => return self.in_list(value, items, negated, scope),
            ast::Expr::Identifier(_) | ast::Expr::CompoundIdentifier(_) => {
                if let Some(planned) = self.table_by_name(right, scope)? {
                    return self.in_planned(self.expression(value, scope)?, planned, negated);
                }
            }
            _ => {}
        }
        let value = self.expression(value, scope)?;
        let right = self.expression(right, scope)?;
        let items = match (&right.constant, &right.data_type) {
            (Some(ScalarValue::List(list)), DataType::Array(element))
                if !matches!(value.data_type.bare(), DataType::Array(_)) =>
            {
                constants(&list.value(0), element)?
            }
            (Some(ScalarValue::Struct(row)), DataType::Tuple(elements)) if tuple_width(&value.data_type).is_none() => {
                let pairs = row.columns().iter().zip(elements);
                pairs
                    .map(|(column, element)| constant_at(column, 0, &element.data_type))
                    .collect::<Result<_>>()?
            }
            _ => vec![right],
        };
        self.in_set(value, items, negated)
    }

    /// `x IN table`: a CTE or a table, if there is one of this name and no alias or column.
    fn table_by_name(&self, name: &ast::Expr, scope: &Scope) -> Result<Option<Planned>> {
        let idents: Vec<&str> = match name {
            ast::Expr::Identifier(ident) => vec![&ident.value],
            ast::Expr::CompoundIdentifier(idents) => idents.iter().map(|ident| ident.value.as_str()).collect(),
            _ => return Ok(None),
        };
        if idents.len() > 2 || self.identifier(&idents, scope).is_ok() {
            return Ok(None);
        }
        let parts = idents
            .iter()
            .map(|ident| ast::ObjectNamePart::Identifier(ast::Ident::new(*ident)))
            .collect();
        let factor = table_factor(ast::ObjectName(parts));
        if let ast::TableFactor::Table { name, .. } = &factor {
            object_name(name)?;
        }
        let mut inner = Scope::inside(Some(scope));
        let (plan, table) = self.table_factor(&factor, &inner)?;
        inner.tables.push(table);
        let columns = self.star(&inner)?;
        self.finish(plan, columns).map(Some)
    }

    fn in_planned(&self, value: TypedExpr, planned: Planned, negated: bool) -> Result<TypedExpr> {
        let width = tuple_width(&value.data_type).unwrap_or(1);
        if planned.header.len() != width && planned.header.len() != 1 {
            return Err(Error::new(
                Code::NUMBER_OF_COLUMNS_DOESNT_MATCH,
                format!(
                    "Number of columns in section IN doesn't match. {width} at left, {} at right",
                    planned.header.len()
                ),
            ));
        }
        let planned = self.one_column(planned)?;
        let data_type = planned.header[0].data_type.clone();
        let set = self.run(&distinct_values(planned)?)?;
        let mut items = match &set {
            ScalarValue::List(list) if !set.is_null() => constants(&list.value(0), &data_type)?,
            _ => Vec::new(),
        };
        if data_type.bare().is_integer() && value.data_type.bare().is_float() && items.iter().any(is_zero) {
            // The left side is compared as an integer then, which has one zero.
            items.push(TypedExpr::constant(ScalarValue::Float64(Some(-0.0)), DataType::Float64));
        }
        self.in_set(value, items, negated)
    }

    /// Runs a subquery of one column; what was planned with its result is good for this query alone.
    fn run(&self, planned: &Planned) -> Result<ScalarValue> {
        self.cacheable.set(false);
        self.context.catalog.run_scalar(planned)
    }

    /// A subquery of several columns as one of tuples.
    fn one_column(&self, planned: Planned) -> Result<Planned> {
        if planned.header.len() == 1 {
            return Ok(planned);
        }
        let fields = planned.plan.schema().columns();
        let columns: Vec<TypedExpr> = fields
            .into_iter()
            .zip(&planned.header)
            .map(|(column, shown)| TypedExpr::new(Expr::Column(column), shown.data_type.clone()))
            .collect();
        let tuple = self.call("tuple", columns)?;
        let elements = planned.header.iter().map(|shown| TupleElement {
            name: Some(shown.name.clone()),
            data_type: shown.data_type.clone(),
        });
        let named = DataType::Tuple(elements.collect());
        let tuple = functions::cast(tuple, &named, self.context.functions)?;
        let data_type = tuple.data_type.clone();
        let plan = project(planned.plan, vec![tuple.expr.alias("tuple")])?;
        let header = vec![super::HeaderColumn {
            name: "tuple".into(),
            data_type,
        }];
        Ok(Planned {
            plan,
            totals: None,
            header,
            cacheable: planned.cacheable,
        })
    }

    /// Membership in a set of constants. Elements that the left type cannot hold are never equal to it and are left
    /// out, as is NULL (`transform_null_in = 0`).
    fn in_set(&self, value: TypedExpr, items: Vec<TypedExpr>, negated: bool) -> Result<TypedExpr> {
        if matches!(value.data_type.bare(), DataType::Nothing) {
            return Ok(null());
        }
        if tuple_width(&value.data_type).is_some() {
            return self.tuple_in_set(value, items, negated);
        }
        let plain = value.data_type.strip_low_cardinality().strip_nullable();
        let mut list = Vec::with_capacity(items.len());
        for item in items {
            if let Some(constant) = self.set_element(item, &plain)? {
                list.push(constant);
            }
        }
        self.membership(value, list, negated)
    }

    /// An element of a set in the type of the left side; `None` if it cannot be equal to a value of that type.
    fn set_element(&self, item: TypedExpr, plain: &DataType) -> Result<Option<ScalarValue>> {
        let Some(constant) = &item.constant else {
            return Err(Error::new(
                Code::BAD_ARGUMENTS,
                "Function 'in' is supported only if second argument is constant or table expression",
            ));
        };
        if constant.is_null() {
            return Ok(None);
        }
        if item.data_type == *plain {
            return Ok(Some(constant.clone()));
        }
        functions::check_addresses(item.data_type.bare(), plain)?;
        let from_text = item.data_type.bare().is_string_or_fixed_string();
        if let (true, ScalarValue::Binary(Some(text))) = (plain.is_date(), constant) {
            functions::check_date(text, plain)?;
        }
        let cast = match self.cast_to(item.clone(), plain) {
            Ok(cast) => cast,
            // Addresses are checked, other values are none of the type's.
            Err(error) if plain.is_ip_address() && from_text => return Err(error),
            Err(_) => return Ok(None),
        };
        let exact = from_text || plain.is_string_or_fixed_string() || {
            let equal = self.call("equals", vec![item, cast.clone()])?;
            let is_nan = plain.is_float() && cast.constant.as_ref().is_some_and(is_nan);
            is_nan || equal.constant == Some(ScalarValue::UInt8(Some(1)))
        };
        let incompatible = !from_text && plain.is_string_or_fixed_string();
        Ok(if exact && !incompatible { cast.constant } else { None })
    }

    fn membership(&self, value: TypedExpr, list: Vec<ScalarValue>, negated: bool) -> Result<TypedExpr> {
        let result = match value.data_type.is_nullable() {
            true => DataType::UInt8.to_nullable(),
            false => DataType::UInt8,
        };
        let constant = value.constant.is_some();
        if list.is_empty() && value.data_type.is_nullable() {
            return functions::from_predicate(in_nothing(value.expr, negated), result, constant);
        }
        // In a list the two zeros would be one.
        if list.len() > LIST_LENGTH_MAX || list.iter().any(is_float_zero) {
            let member = in_set(value.expr, list, &value.data_type.arrow())?;
            let member = if negated { Expr::Not(Box::new(member)) } else { member };
            return functions::from_predicate(member, result, constant);
        }
        let list = list.into_iter().map(|item| Expr::Literal(item, None)).collect();
        let predicate = value.expr.in_list(list, negated);
        functions::from_predicate(predicate, result, constant)
    }

    /// `(a, b) IN ((1, 2), (3, 4))`, element by element so that pruning understands it.
    fn tuple_in_set(&self, value: TypedExpr, items: Vec<TypedExpr>, negated: bool) -> Result<TypedExpr> {
        let width = tuple_width(&value.data_type).unwrap_or_default();
        let parts = (1..=width)
            .map(|index| self.call("tupleElement", vec![value.clone(), unsigned(index as u64)]))
            .collect::<Result<Vec<_>>>()?;
        let mut alternatives = Vec::with_capacity(items.len());
        for item in items {
            if tuple_width(&item.data_type) != Some(width) {
                return Err(Error::new(
                    Code::INCORRECT_ELEMENT_OF_SET,
                    format!(
                        "Invalid types for IN function: {} and {}",
                        value.data_type, item.data_type
                    ),
                ));
            }
            let equals = parts
                .iter()
                .enumerate()
                .map(|(index, part)| {
                    let element = self.call("tupleElement", vec![item.clone(), unsigned(index as u64 + 1)])?;
                    self.in_set(part.clone(), vec![element], false)
                })
                .collect::<Result<Vec<_>>>()?;
            alternatives.push(if width == 1 {
                equals[0].clone()
            } else {
                self.call("and", equals)?
            });
        }
        let any = match alternatives.len() {
            0 => unsigned(0),
            1 => alternatives.remove(0),
            _ => self.call("or", alternatives)?,
        };
        // A tuple is never NULL: one that holds NULL is in no set.
        let any = match any.data_type.is_nullable() {
            true => {
                let constant = any.constant.is_some();
                functions::from_predicate(Expr::IsTrue(Box::new(any.predicate()?)), DataType::UInt8, constant)?
            }
            false => any,
        };
        if negated { self.call("not", vec![any]) } else { Ok(any) }
    }
}

/// `value IN ()`: NULL where the value is, as in every other set. DataFusion takes an empty list for false there.
fn in_nothing(value: Expr, negated: bool) -> Expr {
    let unknown = Expr::Literal(ScalarValue::Boolean(None), None);
    match negated {
        true => value.is_not_null().or(unknown),
        false => value.is_null().and(unknown),
    }
}

/// The subquery for DataFusion, if it uses columns of the query around it.
fn correlated(plan: &LogicalPlan, scope: &Scope) -> Result<Option<Subquery>> {
    let outer_ref_columns = plan.all_out_ref_exprs();
    if outer_ref_columns.is_empty() {
        return Ok(None);
    }
    let near = |expr: &Expr| match expr {
        Expr::OuterReferenceColumn(_, column) => scope
            .tables
            .iter()
            .any(|table| Some(&table.qualifier) == column.relation.as_ref()),
        _ => false,
    };
    if !outer_ref_columns.iter().all(near) {
        return Err(Error::not_implemented("Correlated subquery over more than one level"));
    }
    Ok(Some(Subquery {
        subquery: Arc::new(plan.clone()),
        outer_ref_columns,
        spans: Spans::new(),
    }))
}

/// How many elements a tuple type has.
fn tuple_width(data_type: &DataType) -> Option<usize> {
    match data_type.bare() {
        DataType::Tuple(elements) => Some(elements.len()),
        _ => None,
    }
}

fn constants(values: &dyn Array, data_type: &DataType) -> Result<Vec<TypedExpr>> {
    (0..values.len())
        .map(|row| constant_at(values, row, data_type))
        .collect()
}

fn constant_at(values: &dyn Array, row: usize, data_type: &DataType) -> Result<TypedExpr> {
    let value = ScalarValue::try_from_array(values, row).map_err(Error::from_datafusion)?;
    Ok(TypedExpr::constant(value, data_type.clone()))
}

fn project(plan: LogicalPlan, columns: Vec<Expr>) -> Result<LogicalPlan> {
    Projection::try_new(columns, Arc::new(plan))
        .map(LogicalPlan::Projection)
        .map_err(Error::from_datafusion)
}

/// One row with an array of the distinct values of a plan's only column. The two zeros of a float are two values here,
/// which DISTINCT takes for one: their reciprocals differ.
fn distinct_values(planned: Planned) -> Result<Planned> {
    let column = Expr::Column(Column::new_unqualified(planned.plan.schema().field(0).name()));
    let data_type = planned.header[0].data_type.clone();
    let distinct = |plan| LogicalPlan::Distinct(Distinct::All(Arc::new(plan)));
    let plan = match data_type.bare().is_float() {
        true => {
            let one = Expr::Literal(ScalarValue::Float64(Some(1.0)), None);
            let reciprocal = one / cast(column.clone(), ArrowType::Float64);
            let plan = project(planned.plan, vec![column.clone(), reciprocal.alias(RECIPROCAL)])?;
            let plan = distinct(plan);
            let value = with_zeros(column.clone(), &data_type)?.alias("value");
            project(plan, vec![value])?
        }
        false => distinct(planned.plan),
    };
    let column = Expr::Column(Column::new_unqualified(plan.schema().field(0).name()));
    let all = datafusion::functions_aggregate::expr_fn::array_agg(column).alias("set");
    let plan = Aggregate::try_new(Arc::new(plan), vec![], vec![all]).map_err(Error::from_datafusion)?;
    let data_type = DataType::Array(Box::new(data_type));
    let header = vec![super::HeaderColumn {
        name: "set".into(),
        data_type,
    }];
    Ok(Planned {
        plan: LogicalPlan::Aggregate(plan),
        totals: None,
        header,
        cacheable: false,
    })
}

/// Name of the column that tells the zeros of another one apart.
const RECIPROCAL: &str = "__reciprocal";

/// A float of which DISTINCT made one zero: the one that its reciprocal says.
fn with_zeros(value: Expr, data_type: &DataType) -> Result<Expr> {
    let zero = |zero: f64| -> Result<Expr> {
        let zero = ScalarValue::Float64(Some(zero)).cast_to(&data_type.arrow());
        Ok(Expr::Literal(zero.map_err(Error::from_datafusion)?, None))
    };
    let reciprocal = Expr::Column(Column::new_unqualified(RECIPROCAL));
    let below_zero = reciprocal.lt(Expr::Literal(ScalarValue::Float64(Some(0.0)), None));
    let is_negative = value.clone().eq(zero(0.0)?).and(below_zero);
    let choice = when(is_negative, zero(-0.0)?).otherwise(value);
    choice.map_err(Error::from_datafusion)
}

fn table_factor(name: ast::ObjectName) -> ast::TableFactor {
    ast::TableFactor::Table {
        name,
        alias: None,
        args: None,
        with_hints: Vec::new(),
        version: None,
        with_ordinality: false,
        partitions: Vec::new(),
        json_path: None,
        sample: None,
        index_hints: Vec::new(),
    }
}

fn is_float_zero(constant: &ScalarValue) -> bool {
    match constant {
        ScalarValue::Float32(Some(value)) => *value == 0.0,
        ScalarValue::Float64(Some(value)) => *value == 0.0,
        _ => false,
    }
}

fn is_zero(item: &TypedExpr) -> bool {
    let zero = item.data_type.bare().default_scalar();
    item.constant.as_ref() == Some(&zero)
}

/// NaN is in a set that holds it, though it equals nothing.
fn is_nan(constant: &ScalarValue) -> bool {
    match constant {
        ScalarValue::Float32(Some(value)) => value.is_nan(),
        ScalarValue::Float64(Some(value)) => value.is_nan(),
        _ => false,
    }
}
