//! From the data's columns to all columns that a part holds: defaults and MATERIALIZED expressions in
//! the order of what they depend on, then the constraints.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::kernels::zip::zip;
use arrow::compute::{cast, is_null, or};
use arrow::datatypes::{DataType as ArrowType, Schema};
use gristmill_sql::Code;
use gristmill_sql::analyzer::{Column, ColumnKind};
use gristmill_sql::parser::parse_expression;
use gristmill_sql::types::{DataType, TextOptions, TextStyle, absent_column, writer};

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::formats::{HeaderColumn, OMITTED_KEY};
use crate::table::nested::{check_sizes, default_like, siblings};
use crate::table::{Constraint, TableDefinition, TableExpression, constraints, readable};

/// How a column comes to be where the data lacks it.
enum Source {
    /// The type's default value.
    Default(DataType),
    /// DEFAULT, MATERIALIZED or EPHEMERAL's expression, cast to the column's type.
    Expression(Box<TableExpression>),
    /// Arrays of the lengths of those in this column: both are of one Nested structure.
    Like(DataType, String),
}

/// Computes whole rows from a part of their columns.
pub struct Fill {
    definition: Arc<TableDefinition>,
    given: Vec<String>,
    /// All columns but ALIAS ones, in an order in which every expression finds its sources.
    sources: Vec<(String, Source)>,
    constraints: Vec<Constraint>,
}

impl Fill {
    /// Plans what is missing beside the data's columns.
    pub fn new(definition: &Arc<TableDefinition>, header: &[HeaderColumn], environment: &Environment) -> Result<Self> {
        let given: Vec<String> = header.iter().map(|column| column.name.clone()).collect();
        let mut waiting = Vec::new();
        for column in definition
            .columns
            .iter()
            .filter(|column| column.kind != ColumnKind::Alias)
        {
            let source = match like(column, definition, &given) {
                Some(source) => source,
                None => source(column, definition, environment)?,
            };
            waiting.push((column.name.clone(), source));
        }
        Ok(Self {
            definition: definition.clone(),
            sources: in_order(waiting)?,
            constraints: constraints(&definition.create, &definition.columns, &definition.stored, environment)?,
            given,
        })
    }

    /// A batch of the stored columns, checked against the constraints. The batch has the columns given, by position,
    /// and perhaps masks ([`OMITTED_KEY`]) behind them.
    pub fn apply(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let rows = batch.num_rows();
        let mut columns: HashMap<&str, ArrayRef> = HashMap::new();
        for (name, array) in self.given.iter().zip(batch.columns()) {
            columns.insert(name, array.clone());
        }
        let omitted = masks(batch);
        for (name, source) in &self.sources {
            let given = columns.get(name.as_str()).cloned();
            let mask = match &given {
                Some(given) => self.lacking(name, given, omitted.get(name.as_str()).copied())?,
                None => None,
            };
            if given.is_some() && mask.is_none() {
                continue;
            }
            let computed = match source {
                Source::Default(data_type) => absent_column(data_type, rows),
                Source::Like(data_type, other) => default_like(data_type, &columns[other.as_str()]),
                Source::Expression(it) => it.evaluate_with(rows, |name| columns.get(name).cloned())?,
            };
            let array = match (given, mask) {
                (Some(given), Some(mask)) => zip(&mask, &conform(&computed, given.data_type())?, &given)?,
                _ => computed,
            };
            columns.insert(name, array);
        }
        let fields = self.definition.stored.fields().iter();
        let arrays = fields.map(|field| conform(&columns[field.name().as_str()], field.data_type()));
        let arrays = arrays.collect::<Result<Vec<_>>>()?;
        let batch = RecordBatch::try_new(self.definition.stored.clone(), arrays)?;
        check_sizes(&batch, None)?;
        for constraint in &self.constraints {
            check(constraint, &batch, &self.definition)?;
        }
        Ok(batch)
    }
}

impl Fill {
    /// Rows of a given column that have no value: omitted in the data, or NULL where the column takes none
    /// (`insert_null_as_default`).
    fn lacking(&self, name: &str, given: &ArrayRef, omitted: Option<&BooleanArray>) -> Result<Option<BooleanArray>> {
        let takes_null = self
            .definition
            .column(name)
            .is_none_or(|column| column.data_type.is_nullable());
        let nulls = match takes_null || given.null_count() == 0 {
            true => None,
            false => Some(is_null(given)?),
        };
        Ok(match (nulls, omitted) {
            (Some(nulls), Some(omitted)) => Some(or(&nulls, omitted)?),
            (nulls, omitted) => nulls.or(omitted.cloned()),
        })
    }
}

/// For columns that some rows did not give: which ones.
fn masks(batch: &RecordBatch) -> HashMap<&str, &BooleanArray> {
    let fields = batch.schema_ref().fields().iter().zip(batch.columns());
    fields
        .filter_map(|(field, array)| Some((field.metadata().get(OMITTED_KEY)?.as_str(), array.as_boolean_opt()?)))
        .collect()
}

/// Kernels may give a list's item field another name than the table's type has: same data.
fn conform(array: &ArrayRef, target: &ArrowType) -> Result<ArrayRef> {
    match array.data_type() == target {
        true => Ok(array.clone()),
        false => Ok(cast(array, target)?),
    }
}

/// Where an array that is not given follows another one of its structure that is.
fn like(column: &Column, definition: &TableDefinition, given: &[String]) -> Option<Source> {
    if column.expression.is_some() || given.contains(&column.name) {
        return None;
    }
    let mut siblings = siblings(column, &definition.columns);
    let sibling = siblings.find(|sibling| given.contains(&sibling.name))?;
    Some(Source::Like(column.data_type.clone(), sibling.name.clone()))
}

fn source(column: &Column, definition: &TableDefinition, environment: &Environment) -> Result<Source> {
    let Some(text) = &column.expression else {
        return Ok(Source::Default(column.data_type.clone()));
    };
    // An expression may use any column, EPHEMERAL ones too.
    let available = Arc::new(Schema::new(
        definition
            .columns
            .iter()
            .map(|it| it.data_type.field(&it.name))
            .collect::<Vec<_>>(),
    ));
    let ast = parse_expression(text)?;
    let columns = readable(&definition.columns);
    let expression = TableExpression::cast(&ast, &column.data_type, &columns, &available, environment)?;
    Ok(Source::Expression(Box::new(expression)))
}

/// Sorts columns so that each comes after those its expression reads.
fn in_order(mut waiting: Vec<(String, Source)>) -> Result<Vec<(String, Source)>> {
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|(_, source)| match source {
            Source::Default(_) | Source::Like(..) => true,
            Source::Expression(it) => !it
                .sources
                .iter()
                .any(|name| waiting.iter().any(|(other, _)| other == name)),
        });
        let Some(ready) = ready else {
            let names: Vec<&str> = waiting.iter().map(|(name, _)| name.as_str()).collect();
            let message = format!(
                "Default expressions of columns {} depend on each other",
                names.join(", ")
            );
            return Err(Error::new(Code::CYCLIC_ALIASES, message));
        };
        ordered.push(waiting.remove(ready));
    }
    Ok(ordered)
}

/// VIOLATED_CONSTRAINT for the first row whose condition is not true.
fn check(constraint: &Constraint, batch: &RecordBatch, definition: &TableDefinition) -> Result<()> {
    let data_type = constraint.expression.data_type.bare();
    if !matches!(data_type, DataType::UInt8 | DataType::Bool | DataType::Nothing) {
        let message = format!(
            "Constraint `{}` does not return a value of type UInt8.",
            constraint.name
        );
        return Err(Error::new(Code::UNSUPPORTED_METHOD, message));
    }
    let values = constraint.expression.evaluate(batch)?;
    let values = cast(&values, &ArrowType::Boolean)?;
    let holds = values
        .as_any()
        .downcast_ref::<BooleanArray>()
        .expect("it was cast to Boolean");
    let Some(row) = holds.iter().position(|value| value != Some(true)) else {
        return Ok(());
    };
    let table = &definition.create.table;
    let mut shown = Vec::new();
    for name in &constraint.expression.sources {
        let column = batch.schema_ref().index_of(name)?;
        let data_type = DataType::from_field(batch.schema_ref().field(column))?;
        let mut text = Vec::new();
        writer(&data_type, batch.column(column), &TextOptions::default())?.write_text(
            row,
            TextStyle::Quoted,
            &mut text,
        );
        shown.push(format!("{name} = {}", String::from_utf8_lossy(&text)));
    }
    let message = format!(
        "Constraint `{}` for table {}.{} is violated at row {}. Expression: ({}). Column values: {}",
        constraint.name,
        table.database.as_deref().unwrap_or_default(),
        table.name,
        row + 1,
        constraint.expression.text,
        shown.join(", ")
    );
    Err(Error::new(Code::VIOLATED_CONSTRAINT, message))
}
