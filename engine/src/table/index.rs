//! `INDEX … TYPE …`: what every index has, checked in ClickHouse's order, with its texts. What only one type has is
//! beside this file.

use gristmill_index::skip::SkipDefinition;
use gristmill_index::{Literal, VectorIndexDefinition};
use gristmill_sql::Code;
use gristmill_sql::parser::{CreateTable, IndexDefinition, format_expression};
use gristmill_storage::{IndexKind, IndexSpec, Part};
use sqlparser::ast;

use crate::error::{Error, Result};
use crate::table::column_names::replace;
use crate::table::definition::elements;
use crate::table::expression::TableExpression;
use crate::table::stored_names::StoredNames;
use crate::table::{skip_index, vector_index};

/// An index of a table.
#[derive(Clone, Debug)]
pub struct TableIndex {
    /// Name, unique in the table.
    pub name: String,
    /// What is indexed, as system tables show it.
    pub text: String,
    /// What is indexed: one expression, or several. Searches use a vector index only if it is a plain column.
    pub expressions: Vec<TableExpression>,
    /// Kind and parameters.
    pub kind: TableIndexKind,
    /// Granules per sub-index or block.
    pub granularity: u64,
    /// The type's name as ClickHouse spells it.
    pub type_name: &'static str,
    /// The type with its arguments as `system.data_skipping_indices` shows it.
    pub type_full: String,
    /// Expression, type and granularity: what parts say their index of this name was built for.
    pub built_for: String,
}

/// What an index is.
#[derive(Clone, Debug)]
pub enum TableIndexKind {
    /// Metric, dimensions and the graph's parameters.
    Vector(VectorIndexDefinition),
    /// What is kept of each block.
    Skip(SkipDefinition),
}

/// The index types: name, granules of a block by default, and what checks expressions and arguments.
const TYPES: &[(&str, u64, Parse)] = &[
    ("vector_similarity", 100_000_000, vector_index::parse), // in effect one graph per part
    ("bloom_filter", 1, skip_index::parse_bloom_filter),
    ("tokenbf_v1", 1, skip_index::parse_tokenbf),
    ("ngrambf_v1", 1, skip_index::parse_ngrambf),
    ("set", 1, skip_index::parse_set),
    ("minmax", 1, skip_index::parse_minmax),
];
/// ClickHouse's other index types: known, not built.
const OTHERS: &[&str] = &["text", "sparse_grams"];

/// What a type makes of its expressions and arguments.
type Parse = fn(&IndexDefinition, &[TableExpression], &[Literal]) -> Result<TableIndexKind>;

impl TableIndex {
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
        if definition.granularity == Some(0) {
            let message = "Index GRANULARITY must be a positive integer.";
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        }
        let validating = |error: Error| {
            let message = format!(
                "{}: When validating secondary index `{}`",
                error.message(),
                definition.name
            );
            Error::new(error.code(), message)
        };
        let elements = elements(&definition.expression);
        if elements.is_empty() {
            let message = format!(
                "Skip index '{}' must have at least one column in its expression.",
                definition.name
            );
            return Err(Error::new(Code::INCORRECT_QUERY, message));
        }
        let expressions = elements.iter().map(&expression).collect::<Result<Vec<_>>>()?;
        check_expressions(&definition.name, &expressions).map_err(validating)?;
        let (type_name, granularity, parse) = find_type(&definition.index_type).map_err(validating)?;
        let arguments: Vec<Literal> = definition.arguments.iter().flatten().map(literal).collect();
        let kind = parse(definition, &expressions, &arguments).map_err(validating)?;
        let granularity = *definition.granularity.get_or_insert(granularity);
        let texts: Vec<&str> = expressions.iter().map(|expression| expression.text.as_str()).collect();
        let (text, type_full) = (texts.join(", "), type_full(definition));
        Ok(Self {
            name: definition.name.clone(),
            built_for: built_for(&kind, &text, &expressions, &type_full, granularity),
            text,
            expressions,
            kind,
            granularity,
            type_name,
            type_full,
        })
    }

    /// The vector index's parameters, if it is one.
    pub fn vector(&self) -> Option<&VectorIndexDefinition> {
        match &self.kind {
            TableIndexKind::Vector(definition) => Some(definition),
            TableIndexKind::Skip(_) => None,
        }
    }

    /// The column that is indexed, if it is one and nothing but a column.
    pub fn column(&self) -> Option<&str> {
        match self.expressions.as_slice() {
            [expression] => expression.column.as_deref(),
            _ => None,
        }
    }

    /// Columns that its expressions read, each once.
    pub fn sources(&self) -> Vec<&str> {
        let mut sources: Vec<&str> = self
            .expressions
            .iter()
            .flat_map(|expression| expression.sources.iter().map(String::as_str))
            .collect();
        sources.sort_unstable();
        sources.dedup();
        sources
    }

    /// Says what it is built for in the names that parts have for columns: an index follows a column that is renamed,
    /// and one of a column that is gone is not taken for that of a later column of its name.
    pub fn know_columns_as(&mut self, definition: &IndexDefinition, names: &StoredNames) {
        if names.are_plain() {
            return;
        }
        let mut expression = definition.expression.clone();
        replace(&mut expression, &|name| Some(names.of(name).to_owned()));
        let texts: Vec<String> = elements(&expression).iter().map(format_expression).collect();
        self.built_for = built_for(
            &self.kind,
            &texts.join(", "),
            &self.expressions,
            &self.type_full,
            self.granularity,
        );
    }

    /// Whether the part holds the index as it is defined now, and the columns that it was built over.
    pub fn is_in(&self, part: &Part) -> bool {
        part.has_index(&self.name, &self.built_for) && self.sources().iter().all(|name| part.holds(name))
    }

    /// What the store needs to build it.
    pub fn spec(&self) -> IndexSpec {
        let arrow = |expression: &TableExpression| expression.data_type.arrow();
        IndexSpec {
            name: self.name.clone(),
            built_for: self.built_for.clone(),
            kind: match &self.kind {
                TableIndexKind::Vector(definition) => IndexKind::Vector(definition.clone()),
                TableIndexKind::Skip(definition) => IndexKind::Skip {
                    definition: definition.clone(),
                    types: self.expressions.iter().map(arrow).collect(),
                },
            },
            granularity: self.granularity,
        }
    }
}

/// ILLEGAL_COLUMN: the name of a new index is in use.
pub fn name_taken(name: &str) -> Error {
    let message = format!("Cannot add index {name}: index with this name already exists.");
    Error::new(Code::ILLEGAL_COLUMN, message)
}

/// A skip index also says what types it was built over: they may change under the same text.
fn built_for(
    kind: &TableIndexKind,
    text: &str,
    expressions: &[TableExpression],
    type_full: &str,
    granularity: u64,
) -> String {
    match kind {
        TableIndexKind::Vector(_) => format!("{text} TYPE {type_full} GRANULARITY {granularity}"),
        TableIndexKind::Skip(_) => {
            let types: Vec<String> = expressions.iter().map(|it| it.data_type.to_string()).collect();
            let types = types.join(", ");
            format!("{text} ({types}) TYPE {type_full} GRANULARITY {granularity}")
        }
    }
}

fn check_expressions(index: &str, expressions: &[TableExpression]) -> Result<()> {
    if expressions.iter().any(|expression| expression.sources.is_empty()) {
        let message = format!("Secondary index '{index}' cannot contain constants");
        return Err(Error::new(Code::INCORRECT_QUERY, message));
    }
    for (position, expression) in expressions.iter().enumerate() {
        if expressions[..position]
            .iter()
            .any(|other| other.text == expression.text)
        {
            let message = "Primary key or secondary index contains a duplicate expression. To suppress this exception, \
                           rerun the command with setting 'allow_suspicious_indices = 1'";
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        }
    }
    Ok(())
}

fn find_type(name: &str) -> Result<(&'static str, u64, Parse)> {
    let lower = name.to_ascii_lowercase();
    if let Some(found) = TYPES.iter().find(|(known, ..)| *known == lower) {
        return Ok(*found);
    }
    if OTHERS.contains(&lower.as_str()) {
        return Err(Error::not_implemented(format!("Index type '{lower}'")));
    }
    if lower == "hypothesis" {
        let message = "Index of type 'hypothesis' is no longer supported. Please drop the index";
        return Err(Error::new(Code::ILLEGAL_INDEX, message));
    }
    let known: Vec<&str> = TYPES.iter().map(|(known, ..)| *known).collect();
    let message = format!(
        "Unknown Index type '{name}'. Available index types: {}",
        known.join(", ")
    );
    Err(Error::new(Code::INCORRECT_QUERY, message))
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
