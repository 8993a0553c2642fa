//! `INDEX … TYPE vector_similarity(…)`: checked in ClickHouse's order, with its texts.

use gristmill_index::{Literal, VectorIndexDefinition};
use gristmill_sql::Code;
use gristmill_sql::parser::{CreateTable, IndexDefinition, format_expression};
use gristmill_sql::types::DataType;
use gristmill_storage::{IndexSpec, Part};
use sqlparser::ast;

use crate::error::{Error, Result};
use crate::table::column_names::replace;
use crate::table::expression::TableExpression;
use crate::table::stored_names::StoredNames;

/// The one index type there is.
pub const VECTOR_SIMILARITY: &str = "vector_similarity";

/// Granules that one sub-index covers unless the index says otherwise: in effect one per part.
const GRANULARITY_DEFAULT: u64 = 100_000_000;

/// A vector index of a table.
#[derive(Clone, Debug)]
pub struct VectorIndex {
    /// Name, unique in the table.
    pub name: String,
    /// What is indexed. Searches use the index only if this is a plain column.
    pub expression: TableExpression,
    /// Metric, dimensions and the graph's parameters.
    pub definition: VectorIndexDefinition,
    /// Granules per sub-index.
    pub granularity: u64,
    /// The type with its arguments as `system.data_skipping_indices` shows it.
    pub type_full: String,
    /// Expression, type and granularity: what parts say their index of this name was built for.
    pub built_for: String,
}

impl VectorIndex {
    /// All indexes of a CREATE statement; writes default granularities into it.
    pub fn all(
        create: &mut CreateTable,
        expression: impl Fn(&ast::Expr) -> Result<TableExpression>,
    ) -> Result<Vec<Self>> {
        let mut indexes: Vec<Self> = Vec::with_capacity(create.indexes.len());
        for definition in &mut create.indexes {
            if indexes.iter().any(|index| index.name == definition.name) {
                return Err(name_taken(&definition.name));
            }
            indexes.push(Self::new(definition, &expression)?);
        }
        Ok(indexes)
    }

    fn new(
        definition: &mut IndexDefinition,
        expression: impl Fn(&ast::Expr) -> Result<TableExpression>,
    ) -> Result<Self> {
        if definition.index_type != VECTOR_SIMILARITY {
            return Err(unknown_type(&definition.index_type));
        }
        if definition.granularity == Some(0) {
            let message = "Index GRANULARITY must be a positive integer.";
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        }
        let granularity = *definition.granularity.get_or_insert(GRANULARITY_DEFAULT);
        let typed = expression(&definition.expression)?;
        let parsed = check(definition, &typed).map_err(|error| {
            let message = format!(
                "{}: When validating secondary index `{}`",
                error.message(),
                definition.name
            );
            Error::new(error.code(), message)
        })?;
        let type_full = type_full(definition);
        Ok(Self {
            name: definition.name.clone(),
            built_for: built_for(&typed.text, &type_full, granularity),
            expression: typed,
            definition: parsed,
            granularity,
            type_full,
        })
    }

    /// Says what it is built for in the names that parts have for columns: an index follows a column that is renamed,
    /// and one of a column that is gone is not taken for that of a later column of its name.
    pub fn know_columns_as(&mut self, definition: &IndexDefinition, names: &StoredNames) {
        if names.are_plain() {
            return;
        }
        let mut expression = definition.expression.clone();
        replace(&mut expression, &|name| Some(names.of(name).to_owned()));
        self.built_for = built_for(&format_expression(&expression), &self.type_full, self.granularity);
    }

    /// Whether the part holds the index as it is defined now, and the columns that it was built over.
    pub fn is_in(&self, part: &Part) -> bool {
        part.has_index(&self.name, &self.built_for) && self.expression.sources.iter().all(|name| part.holds(name))
    }

    /// What the store needs to build it.
    pub fn spec(&self) -> IndexSpec {
        IndexSpec {
            name: self.name.clone(),
            built_for: self.built_for.clone(),
            definition: self.definition.clone(),
            granularity: self.granularity,
        }
    }
}

fn built_for(expression: &str, type_full: &str, granularity: u64) -> String {
    format!("{expression} TYPE {type_full} GRANULARITY {granularity}")
}

/// ILLEGAL_COLUMN: the name of a new index is in use.
pub fn name_taken(name: &str) -> Error {
    let message = format!("Cannot add index {name}: index with this name already exists.");
    Error::new(Code::ILLEGAL_COLUMN, message)
}

fn check(definition: &IndexDefinition, typed: &TableExpression) -> Result<VectorIndexDefinition> {
    let arguments: Vec<Literal> = definition.arguments.iter().flatten().map(literal).collect();
    let parsed = VectorIndexDefinition::parse(&arguments)?;
    if matches!(definition.expression, ast::Expr::Tuple(_)) {
        let message = "Vector similarity index must be created on a single column";
        return Err(Error::new(Code::INCORRECT_NUMBER_OF_COLUMNS, message));
    }
    let is_vector = match &typed.data_type {
        DataType::Array(element) => {
            matches!(**element, DataType::Float32 | DataType::Float64 | DataType::BFloat16)
        }
        _ => false,
    };
    if !is_vector {
        let message = "Vector similarity index can only be created on columns of type \
                       Array(Float32|Float64|BFloat16)";
        return Err(Error::new(Code::ILLEGAL_COLUMN, message));
    }
    Ok(parsed)
}

/// An argument as the index crate takes it; bare words stand for strings.
fn literal(argument: &ast::Expr) -> Literal {
    let text = || Literal::Text(format_expression(argument));
    match argument {
        ast::Expr::Identifier(word) => Literal::Text(word.value.clone()),
        ast::Expr::Value(value) => match &value.value {
            ast::Value::SingleQuotedString(text) => Literal::Text(text.clone()),
            ast::Value::Number(number, _) => {
                let unsigned = number.parse().map(Literal::UInt);
                let signed = || number.parse().map(Literal::Int);
                let float = || number.parse().map(Literal::Float);
                unsigned
                    .or_else(|_| signed())
                    .or_else(|_| float())
                    .unwrap_or_else(|_| text())
            }
            _ => text(),
        },
        // `-1` is not an unsigned number; which one it is does not matter for the check's answer.
        ast::Expr::UnaryOp { .. } => Literal::Int(-1),
        _ => text(),
    }
}

fn type_full(definition: &IndexDefinition) -> String {
    match &definition.arguments {
        None => definition.index_type.clone(),
        Some(arguments) => {
            let arguments = arguments.iter().map(format_expression).collect::<Vec<_>>();
            format!("{}({})", definition.index_type, arguments.join(", "))
        }
    }
}

fn unknown_type(name: &str) -> Error {
    /// ClickHouse's other index types: known, not built.
    const OTHERS: &[&str] = &[
        "minmax",
        "set",
        "bloom_filter",
        "ngrambf_v1",
        "tokenbf_v1",
        "text",
        "hypothesis",
    ];
    if OTHERS.contains(&name) {
        return Error::not_implemented(format!("Index type '{name}'"));
    }
    let message = format!("Unknown Index type '{name}'. Available index types: {VECTOR_SIMILARITY}");
    Error::new(Code::INCORRECT_QUERY, message)
}
