//! The expressions that rows are sorted and parted by: what they may be made of.

use gristmill_sql::Code;
use gristmill_sql::parser::{CreateTable, format_expression};
use gristmill_sql::types::DataType;
use sqlparser::ast;

use crate::error::{Error, Result};
use crate::settings;
use crate::table::expression::TableExpression;

/// What messages call the partition key.
const PARTITION: &str = "Partition";

/// The keys of a table.
pub struct KeyExpressions {
    /// ORDER BY.
    pub sorting: Vec<TableExpression>,
    /// How many of them are the primary key.
    pub primary_len: usize,
    /// PARTITION BY.
    pub partition: Vec<TableExpression>,
}

impl KeyExpressions {
    /// Those of a CREATE statement, which gets an ORDER BY. `typed` types an expression over the columns that parts hold.
    pub fn new(create: &mut CreateTable, typed: impl Fn(&ast::Expr) -> Result<TableExpression>) -> Result<Self> {
        let expressions = |list: &[ast::Expr]| list.iter().map(&typed).collect::<Result<Vec<_>>>();
        let order_by = create
            .order_by
            .clone()
            .or(create.primary_key.clone())
            .unwrap_or_default();
        let primary_key = create.primary_key.clone().unwrap_or(order_by.clone());
        create.order_by = Some(order_by.clone());
        if settings::merge_tree_integer(NULLABLE_KEYS, &create.settings) != 0 {
            refuse_nullable_keys(&expressions(&order_by)?)?;
        }
        let sorting = key("Sorting", expressions(&order_by)?)?;
        let primary_len = primary_key_prefix(&primary_key, &order_by)?;
        let partition_by: Vec<ast::Expr> = create.partition_by.iter().flat_map(elements).collect();
        let partition = key(PARTITION, expressions(&partition_by)?)?;
        Ok(Self {
            sorting,
            primary_len,
            partition,
        })
    }
}

/// The expressions as system tables show them: `a, b`.
pub fn key_text(key: &[TableExpression]) -> String {
    key.iter()
        .map(|expression| expression.text.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// The columns that each of the expressions reads.
pub fn sources(key: &[TableExpression]) -> impl Iterator<Item = &String> {
    key.iter().flat_map(|expression| &expression.sources)
}

/// The same, each once.
pub fn columns_of(key: &[TableExpression]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in key.iter().flat_map(|expression| &expression.sources) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// `PARTITION BY (a, b)` and `PARTITION BY tuple()` list their elements; anything else is one.
pub fn elements(expression: &ast::Expr) -> Vec<ast::Expr> {
    match expression {
        ast::Expr::Tuple(elements) => elements.clone(),
        ast::Expr::Nested(inner) => elements(inner),
        ast::Expr::Function(call) if call.name.to_string().eq_ignore_ascii_case("tuple") => {
            let ast::FunctionArguments::List(list) = &call.args else {
                return Vec::new();
            };
            let argument = |argument: &ast::FunctionArg| match argument {
                ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expression)) => Some(expression.clone()),
                _ => None,
            };
            list.args.iter().filter_map(argument).collect()
        }
        other => vec![other.clone()],
    }
}

/// The setting with which ClickHouse lets NULL into keys.
const NULLABLE_KEYS: &str = "allow_nullable_key";

fn refuse_nullable_keys(expressions: &[TableExpression]) -> Result<()> {
    match expressions.iter().find(|expression| expression.data_type.is_nullable()) {
        Some(expression) => {
            let message = format!(
                "`{NULLABLE_KEYS}` and sorting by {}, which may be NULL,",
                expression.text
            );
            Err(Error::not_implemented(message))
        }
        None => Ok(()),
    }
}

fn key(what: &str, expressions: Vec<TableExpression>) -> Result<Vec<TableExpression>> {
    for expression in &expressions {
        check_key(what, expression)?;
    }
    Ok(expressions)
}

fn check_key(what: &str, expression: &TableExpression) -> Result<()> {
    let (code, message) = match &expression.data_type {
        data_type if data_type.is_nullable() => (
            Code::ILLEGAL_COLUMN,
            format!("{what} key contains nullable columns, but merge tree setting `allow_nullable_key` is disabled"),
        ),
        _ if expression.sources.is_empty() => (Code::ILLEGAL_COLUMN, format!("{what} key cannot contain constants")),
        data_type @ (DataType::Array(_) | DataType::Tuple(_)) => {
            return Err(Error::not_implemented(format!("{what} key of type {data_type}")));
        }
        // Not by equality of values, not by ranges: no partition id could be told from it.
        data_type if what == PARTITION && data_type.is_float() => {
            let message = format!("Floating point partition key is not supported: {}", expression.text);
            (Code::BAD_ARGUMENTS, message)
        }
        _ => return Ok(()),
    };
    Err(Error::new(code, message))
}

fn primary_key_prefix(primary_key: &[ast::Expr], order_by: &[ast::Expr]) -> Result<usize> {
    if primary_key.len() > order_by.len() {
        let message = format!(
            "Primary key must be a prefix of the sorting key, but its length: {} is greater than the \
             sorting key length: {}",
            primary_key.len(),
            order_by.len()
        );
        return Err(Error::new(Code::BAD_ARGUMENTS, message));
    }
    for (position, (primary, sorting)) in primary_key.iter().zip(order_by).enumerate() {
        let (primary, sorting) = (format_expression(primary), format_expression(sorting));
        if primary != sorting {
            let message = format!(
                "Primary key must be a prefix of the sorting key, but the column in the position \
                 {position} is {sorting}, not {primary}"
            );
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        }
    }
    Ok(primary_key.len())
}
