//! The new values of ALTER TABLE … UPDATE. Which rows get them, and when, is decided in `mutations`.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, UInt8Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType as ArrowType, Field, FieldRef, Schema, SchemaRef};
use datafusion::logical_expr::Expr;
use gristmill_sql::Code;
use gristmill_sql::analyzer::{Column, ColumnKind};
use gristmill_sql::parser::{format_expression, parse_expression};
use gristmill_sql::types::DataType;
use gristmill_storage::PartName;
use sqlparser::ast;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::mutations::{knows_part, on_part, virtual_fields, with_virtual};
use crate::search::Filter;
use crate::table::nested::{check_sizes, siblings};
use crate::table::{TableDefinition, TableExpression, is_stored, of_merge_tree};

/// Name of the column that says which rows change, beside the table's own.
const CONDITION: &str = "__rows_to_update";

/// The new values, in an order in which each finds what it depends on.
pub struct NewValues {
    /// Which rows change. Evaluated once for all columns: it may be different each time.
    condition: Option<Filter>,
    /// The stored columns, those that tell of the part, and [`CONDITION`].
    input: SchemaRef,
    /// All with the old values as input.
    assigned: Vec<(usize, TableExpression)>,
    /// MATERIALIZED columns, with the new values as input.
    materialized: Vec<(usize, TableExpression)>,
    changed: Vec<String>,
    /// All columns that the new values are made of, and the changed ones.
    reads: Vec<String>,
}

impl NewValues {
    /// Plans assignments for the rows that filters tell. MATERIALIZED columns follow.
    pub fn new(
        definition: &TableDefinition,
        assignments: &[(String, ast::Expr)],
        filters: &[Expr],
        environment: &Environment,
    ) -> Result<Self> {
        let mut assigned = Vec::new();
        let mut changed: BTreeSet<String> = BTreeSet::new();
        let mut fields: Vec<FieldRef> = definition.stored.fields().to_vec();
        fields.extend(virtual_fields(definition));
        fields.push(Arc::new(Field::new(CONDITION, ArrowType::UInt8, false)));
        let input = Arc::new(Schema::new(fields));
        for (name, value) in assignments {
            if !changed.insert(name.clone()) {
                let message = format!("Multiple assignments in the single statement to column `{name}`");
                return Err(Error::new(Code::MULTIPLE_ASSIGNMENTS_TO_COLUMN, message));
            }
            assigned.push(assign(definition, name, value, &input, environment)?);
        }
        let materialized = followers(definition, &mut changed, environment)?;
        let version = definition.replacement.iter().filter_map(|rule| rule.version.clone());
        let keys = [
            &definition.sorting_key_sources(),
            &definition.partition_columns,
            &version.collect(),
        ];
        let condition = match filters.iter().any(|filter| knows_part(filter, definition)) {
            true => None, // see `on_part`
            false => Filter::new(filters, &definition.stored)?,
        };
        match changed.iter().find(|name| keys.iter().any(|key| key.contains(name))) {
            Some(key) => Err(cannot("key", key)),
            None => Ok(Self {
                reads: {
                    let expressions = assigned.iter().chain(&materialized);
                    reads(definition, condition.as_ref(), expressions, &changed)
                },
                condition,
                input,
                assigned,
                materialized,
                changed: changed.into_iter().collect(),
            }),
        }
    }

    /// Whether a value depends on the part.
    pub fn know_part(&self, definition: &TableDefinition) -> bool {
        let mut assigned = self.assigned.iter();
        assigned.any(|(_, value)| knows_part(&value.expr, definition))
    }

    /// The values on a part, for the rows that filters tell of which know it too.
    pub fn on_part(&self, part: &PartName, filters: &[Expr], definition: &TableDefinition) -> Result<Self> {
        let on_part = |(position, value): &(usize, TableExpression)| {
            let value = value.replaced(|expr| on_part(expr, part, definition))?;
            Ok((*position, value))
        };
        let assigned: Vec<_> = self.assigned.iter().map(on_part).collect::<Result<_>>()?;
        let condition = Filter::new(filters, &definition.stored)?;
        let changed = self.changed.iter().cloned().collect();
        Ok(Self {
            reads: {
                let expressions = assigned.iter().chain(&self.materialized);
                reads(definition, condition.as_ref(), expressions, &changed)
            },
            condition,
            input: self.input.clone(),
            assigned,
            materialized: self.materialized.clone(),
            changed: self.changed.clone(),
        })
    }

    /// Names of the columns whose values may change.
    pub fn changed(&self) -> &[String] {
        &self.changed
    }

    /// Names of these and of all columns that the new values are made of.
    pub fn reads(&self) -> &[String] {
        &self.reads
    }

    /// The rows of a batch that has at least the columns that are read, with their new values.
    pub fn apply(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let schema = batch.schema();
        let place = |position: usize| schema.index_of(self.input.field(position).name());
        let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
        let mut old = columns.clone();
        old.push(match &self.condition {
            Some(condition) => cast(&condition.passes(batch)?, &ArrowType::UInt8)?,
            None => Arc::new(UInt8Array::from_value(1, batch.num_rows())),
        });
        let mut fields: Vec<FieldRef> = schema.fields().to_vec();
        fields.extend(self.input.fields().last().cloned());
        let old = RecordBatch::try_new(Arc::new(Schema::new(fields)), old)?;
        for (position, expression) in &self.assigned {
            let place = place(*position)?;
            columns[place] = cast(&expression.evaluate(&old)?, schema.field(place).data_type())?;
        }
        for (position, expression) in &self.materialized {
            let place = place(*position)?;
            let input = RecordBatch::try_new(schema.clone(), columns.clone())?;
            columns[place] = cast(&expression.evaluate(&input)?, schema.field(place).data_type())?;
        }
        let new = RecordBatch::try_new(schema, columns)?;
        let condition = old.columns().last().and_then(|column| column.as_any().downcast_ref());
        check_sizes(&new, condition)?;
        Ok(new)
    }
}

fn reads<'a>(
    definition: &TableDefinition,
    condition: Option<&Filter>,
    expressions: impl Iterator<Item = &'a (usize, TableExpression)>,
    changed: &BTreeSet<String>,
) -> Vec<String> {
    let mut names = changed.clone();
    names.extend(condition.into_iter().flat_map(Filter::columns).cloned());
    names.extend(expressions.flat_map(|(_, expression)| &expression.sources).cloned());
    names.remove(CONDITION);
    // An array of the same structure that stays as it is, to compare lengths with.
    for name in changed {
        let column = definition.column(name).into_iter();
        let mut siblings = column.flat_map(|column| siblings(column, &definition.columns));
        names.extend(
            siblings
                .find(|sibling| is_stored(sibling) && !changed.contains(&sibling.name))
                .map(|it| it.name.clone()),
        );
    }
    names.into_iter().collect()
}

/// The MATERIALIZED columns that depend on changed ones, each after those that it reads itself; they become changed ones.
fn followers(
    definition: &TableDefinition,
    changed: &mut BTreeSet<String>,
    environment: &Environment,
) -> Result<Vec<(usize, TableExpression)>> {
    let columns = definition.columns.iter();
    let materialized = columns.filter(|column| column.kind == ColumnKind::Materialized);
    let planned = materialized.map(|column| Ok((column.name.clone(), expression_of(definition, column, environment)?)));
    let mut left: Vec<(String, (usize, TableExpression))> = planned.collect::<Result<_>>()?;
    let mut waiting = Vec::new();
    let reads = |expression: &TableExpression, names: &BTreeSet<String>| {
        expression.sources.iter().any(|source| names.contains(source))
    };
    while let Some(at) = left.iter().position(|(_, (_, expression))| reads(expression, changed)) {
        let (name, expression) = left.remove(at);
        changed.insert(name.clone());
        waiting.push((name, expression));
    }
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let names: BTreeSet<String> = waiting.iter().map(|(name, _)| name.clone()).collect();
        let ready = waiting
            .iter()
            .position(|(_, (_, expression))| !reads(expression, &names));
        ordered.push(
            waiting
                .remove(ready.expect("CREATE refuses columns that depend on each other"))
                .1,
        );
    }
    Ok(ordered)
}

/// The value in the column's type where the row changes, the old one elsewhere.
fn assign(
    definition: &TableDefinition,
    name: &str,
    value: &ast::Expr,
    input: &SchemaRef,
    environment: &Environment,
) -> Result<(usize, TableExpression)> {
    let mut virtual_columns = of_merge_tree(definition, "", "").into_iter();
    if virtual_columns.any(|column| column.name == name) && definition.column(name).is_none() {
        return Err(Error::not_implemented(format!("Update of virtual column `{name}`")));
    }
    let column = definition
        .column(name)
        .filter(|column| column.kind != ColumnKind::Alias);
    let Some(column) = column.filter(|column| column.kind != ColumnKind::Ephemeral) else {
        let message = format!("There is no column `{name}` in table.");
        return Err(Error::new(Code::NO_SUCH_COLUMN_IN_TABLE, message));
    };
    if column.kind == ColumnKind::Materialized {
        return Err(cannot("materialized", name));
    }
    let value = format_expression(value);
    let data_type = gristmill_sql::parser::quote_string(&column.data_type.to_string());
    let name = gristmill_sql::types::back_quote_if_needed(name);
    let text = format!("if({CONDITION}, _CAST(({value}), {data_type}), {name})");
    let position = definition.stored.index_of(&column.name)?;
    let mut columns = with_virtual(definition);
    columns.push(Column::ordinary(CONDITION, DataType::UInt8));
    let expression = TableExpression::assigned(
        &parse_expression(&text)?,
        &column.data_type,
        &columns,
        input,
        environment,
    )?;
    Ok((position, expression))
}

/// A MATERIALIZED column's position and value.
fn expression_of(
    definition: &TableDefinition,
    column: &Column,
    environment: &Environment,
) -> Result<(usize, TableExpression)> {
    let text = column.expression.as_deref().expect("such columns have an expression");
    let (columns, stored) = (&definition.columns, &definition.stored);
    let typed = environment.plan_expression(&parse_expression(text)?, columns)?;
    let unknown = |name: &str| stored.field_with_name(name).is_err();
    if typed.expr.column_refs().iter().any(|source| unknown(&source.name)) {
        let what = format!("UPDATE of a table whose column {} reads an EPHEMERAL one", column.name);
        return Err(Error::not_implemented(what));
    }
    let expression = TableExpression::cast(
        &parse_expression(text)?,
        &column.data_type,
        columns,
        stored,
        environment,
    )?;
    Ok((stored.index_of(&column.name)?, expression))
}

fn cannot(kind: &str, column: &str) -> Error {
    Error::new(
        Code::CANNOT_UPDATE_COLUMN,
        format!("Cannot UPDATE {kind} column `{column}`."),
    )
}
