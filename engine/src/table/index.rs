//! `INDEX … TYPE …`: what every index has, checked in ClickHouse's order, with its texts. The types are in
//! `index_types.rs`.

use std::collections::BTreeMap;

use gristmill_index::skip::SkipDefinition;
use gristmill_index::{Literal, SubIndexBuilder, VectorIndexDefinition};
use gristmill_sql::Code;
use gristmill_sql::parser::{ColumnDefault, ColumnDefinition, CreateTable, IndexDefinition, format_expression};
use gristmill_storage::{IndexKind, IndexSpec, Part};
use sqlparser::ast;

use crate::error::{Error, Result};
use crate::table::column_names::{names_in, replace};
use crate::table::expression::TableExpression;
use crate::table::implicit_indexes::add_implicit;
use crate::table::index_types::{MINMAX, find_type};
use crate::table::key_expressions::elements;
use crate::table::stored_names::StoredNames;

/// An index of a table.
#[derive(Clone, Debug)]
pub struct TableIndex {
    /// Name, unique in the table.
    pub name: String,
    /// What is indexed, as system tables show it.
    pub text: String,
    /// What is indexed: one expression, or several.
    pub expressions: Vec<TableExpression>,
    /// Kind and parameters.
    pub kind: TableIndexKind,
    /// Granules per sub-index or block.
    pub granularity: u64,
    /// The type's name as ClickHouse spells it.
    pub type_name: &'static str,
    /// The type with its arguments as `system.data_skipping_indices` shows it.
    pub type_full: String,
    /// Whether a setting of the table made it, not a definition.
    pub is_implicit: bool,
    /// Expression, type and granularity: what parts say their index of this name was built for.
    pub built_for: String,
    ast: ast::Expr,
}

/// What an index is.
#[derive(Clone, Debug)]
pub enum TableIndexKind {
    /// Metric, dimensions and the graph's parameters.
    Vector(VectorIndexDefinition),
    /// What is kept of each block.
    Skip(SkipDefinition),
}

impl TableIndex {
    /// All indexes of a CREATE statement; writes default granularities into it.
    pub fn all(
        create: &mut CreateTable,
        expression: impl Fn(&ast::Expr) -> Result<TableExpression>,
    ) -> Result<Vec<Self>> {
        let mut indexes: Vec<Self> = Vec::with_capacity(create.indexes.len());
        for definition in &mut create.indexes {
            if indexes.iter().any(|index| index.name == definition.name) {
                let message = format!(
                    "Duplicated index name {} is not allowed. Please use a different index name.",
                    definition.name
                );
                return Err(Error::new(Code::ILLEGAL_INDEX, message));
            }
            indexes.push(Self::new(definition, &expression)?);
        }
        add_implicit(create, &mut indexes, &expression)?;
        Ok(indexes)
    }

    /// A minmax index that no definition names. `ast` is what it is over in terms of stored columns.
    pub(super) fn implicit(name: String, ast: ast::Expr, expression: TableExpression) -> Self {
        let (kind, text) = (TableIndexKind::Skip(SkipDefinition::MinMax), format_expression(&ast));
        let expressions = vec![expression];
        Self {
            name,
            built_for: built_for(&kind, &text, &expressions, MINMAX, 1),
            text,
            expressions,
            kind,
            granularity: 1,
            type_name: MINMAX,
            type_full: MINMAX.into(),
            is_implicit: true,
            ast,
        }
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
        let index_type = find_type(&definition.index_type).map_err(validating)?;
        let arguments: Vec<Literal> = definition.arguments.iter().flatten().map(literal).collect();
        let kind = (index_type.parse)(definition, &expressions, &arguments).map_err(validating)?;
        let granularity = *definition.granularity.get_or_insert(index_type.granularity);
        let texts: Vec<&str> = expressions.iter().map(|expression| expression.text.as_str()).collect();
        let (text, type_full) = (texts.join(", "), type_full(definition));
        Ok(Self {
            name: definition.name.clone(),
            is_implicit: false,
            ast: definition.expression.clone(),
            built_for: built_for(&kind, &text, &expressions, &type_full, granularity),
            text,
            expressions,
            kind,
            granularity,
            type_name: index_type.name,
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
    /// and one of a column that is gone is not taken for that of a later column of its name. What ALIAS columns stand
    /// for is part of it: that may change under their names.
    pub fn know_columns_as(&mut self, columns: &[ColumnDefinition], names: &StoredNames) {
        let stored = |ast: &ast::Expr| {
            let mut ast = ast.clone();
            replace(&mut ast, &|name| Some(names.of(name).to_owned()));
            ast
        };
        let aliases = aliases_in(&self.ast, columns).into_iter();
        let aliases =
            aliases.map(|(name, ast)| format!(" WITH {} AS {}", names.of(name), format_expression(&stored(ast))));
        let aliases: String = aliases.collect();
        if names.are_plain() && aliases.is_empty() {
            return;
        }
        let texts: Vec<String> = elements(&stored(&self.ast)).iter().map(format_expression).collect();
        let text = format!("{}{aliases}", texts.join(", "));
        self.built_for = built_for(&self.kind, &text, &self.expressions, &self.type_full, self.granularity);
    }

    /// Whether the part holds the index as it is defined now, and the columns that it was built over.
    pub fn is_in(&self, part: &Part) -> bool {
        part.has_index(&self.name, &self.built_for) && self.sources().iter().all(|name| part.holds(name))
    }

    /// Refuses to build it for so many rows at once if that takes more memory than there shall be.
    pub fn check_memory(&self, rows: u64, index_granularity: u64, bytes_max: u64) -> Result<()> {
        let needed = self.build_bytes(rows, index_granularity);
        if needed <= bytes_max {
            return Ok(());
        }
        let message = format!(
            "Building index {} of {rows} rows would take about {needed} bytes, and {bytes_max} are allowed \
             (max_memory_usage_for_vector_index_build). A smaller GRANULARITY makes several smaller graphs",
            self.name
        );
        Err(Error::new(Code::MEMORY_LIMIT_EXCEEDED, message))
    }

    /// About how much memory its build takes in a part of so many rows; little for a skip index.
    pub fn build_bytes(&self, rows: u64, index_granularity: u64) -> u64 {
        let at_once = rows.min(self.granularity.saturating_mul(index_granularity));
        self.vector()
            .map_or(0, |vector| SubIndexBuilder::memory_bytes(vector, at_once))
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

/// The ALIAS columns that an expression uses, also through others, and what they stand for.
fn aliases_in<'a>(expression: &ast::Expr, columns: &'a [ColumnDefinition]) -> BTreeMap<&'a str, &'a ast::Expr> {
    let mut found = BTreeMap::new();
    let mut left: Vec<String> = names_in(expression).into_iter().collect();
    while let Some(name) = left.pop() {
        let column = columns.iter().find(|column| column.name == name);
        if let Some((name, ColumnDefault::Alias(alias))) =
            column.and_then(|column| Some((column.name.as_str(), column.default.as_ref()?)))
            && found.insert(name, alias).is_none()
        {
            left.extend(names_in(alias));
        }
    }
    found
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
