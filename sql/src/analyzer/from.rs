//! FROM: tables, subqueries and table functions, and the plan that reads them.
//!
//! Joins are in `join.rs`, ARRAY JOIN in `array_join.rs`.

use std::sync::Arc;

use datafusion::common::TableReference;
use datafusion::logical_expr::logical_plan::TableScanBuilder;
use datafusion::logical_expr::{EmptyRelation, LogicalPlan, SubqueryAlias};
use sqlparser::ast::{self, TableFactor};

use super::identifier::plan_column;
use super::scope::{ColumnSource, Scope, TableColumn, TableExpression};
use super::virtual_column::virtual_columns;
use super::{Analyzer, ColumnKind, Planned, Table, TableFunctionArgument};
use crate::error::{Code, Error, Result};

impl Analyzer<'_> {
    /// Plans FROM and puts its tables into the scope. Without FROM there is one row without columns.
    pub(super) fn from<'s>(&self, from: &'s [ast::TableWithJoins], scope: &mut Scope<'s>) -> Result<LogicalPlan> {
        self.check_aliases(from, scope)?;
        let mut plan: Option<LogicalPlan> = None;
        for item in from {
            plan = Some(match plan {
                None => self.first_table(&item.relation, scope)?,
                Some(left) => self.cross_join(left, &item.relation, scope)?,
            });
            for join in &item.joins {
                let left = plan.take().expect("the relation before the joins was planned");
                plan = Some(self.join(left, join, scope)?);
            }
        }
        match plan {
            Some(plan) => Ok(plan),
            None => Ok(one_row()),
        }
    }

    /// Subqueries and table functions that are joined need aliases.
    fn check_aliases(&self, from: &[ast::TableWithJoins], scope: &Scope) -> Result<()> {
        let is_join = |join: &&ast::Join| {
            use ast::JoinOperator as Kind;
            !matches!(
                join.join_operator,
                Kind::ArrayJoin | Kind::InnerArrayJoin | Kind::LeftArrayJoin
            )
        };
        let joined = || from.iter().flat_map(|item| item.joins.iter().filter(is_join));
        if from.len() < 2 && joined().next().is_none() || !self.joined_subquery_requires_alias {
            return Ok(());
        }
        let first = from.iter().map(|item| &item.relation);
        let has_none = |factor: &&TableFactor| {
            matches!(
                factor,
                TableFactor::Derived { alias: None, .. }
                    | TableFactor::TableFunction { alias: None, .. }
                    | TableFactor::Function { alias: None, .. }
                    | TableFactor::Table {
                        alias: None,
                        args: Some(_),
                        ..
                    }
            )
        };
        match first.chain(joined().map(|join| &join.relation)).find(has_none) {
            None => Ok(()),
            Some(_) => Err(Error::new(
                Code::ALIAS_REQUIRED,
                format!(
                    "JOIN: no alias for subquery or table function{} (set joined_subquery_requires_alias = 0 to \
                     disable restriction)",
                    scope.in_scope()
                ),
            )),
        }
    }

    fn first_table<'s>(&self, factor: &'s TableFactor, scope: &mut Scope<'s>) -> Result<LogicalPlan> {
        if let TableFactor::NestedJoin {
            table_with_joins,
            alias: None,
        } = factor
        {
            return self.from(std::slice::from_ref(table_with_joins), scope);
        }
        let (plan, table) = self.table_factor(factor, scope)?;
        add_table(scope, table)?;
        Ok(plan)
    }

    /// Plans one table expression; the caller adds it to the scope.
    pub(super) fn table_factor(&self, factor: &TableFactor, scope: &Scope) -> Result<(LogicalPlan, TableExpression)> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                with_hints,
                sample,
                ..
            } => {
                if sample.is_some() {
                    return Err(Error::new(
                        Code::SAMPLING_NOT_SUPPORTED,
                        format!("Table {name} doesn't support sampling"),
                    ));
                }
                let parts = object_name(name)?;
                let is_final = !with_hints.is_empty();
                if let [name] = parts.as_slice()
                    && let Some(planned) = self.cte(name, scope)?
                {
                    if is_final {
                        let message = format!("Table expression modifiers FINAL are not supported for subquery {name}");
                        return Err(Error::new(Code::UNSUPPORTED_METHOD, message));
                    }
                    return self.subquery_table(planned, alias.as_ref(), Some(name), scope);
                }
                let table = match parts.as_slice() {
                    [name] => self.context.catalog.table(None, name, is_final),
                    [database, name] => self.context.catalog.table(Some(database), name, is_final),
                    _ => Err(Error::new(
                        Code::SYNTAX_ERROR,
                        format!("Table name {name} has too many parts"),
                    )),
                }?;
                self.table(table, "table", alias.as_ref(), scope)
            }
            TableFactor::Table {
                name,
                alias,
                args: Some(arguments),
                ..
            } => {
                let parts = object_name(name)?;
                let arguments: Vec<&ast::FunctionArg> = arguments.args.iter().collect();
                self.table_function(&parts.join("."), &arguments, alias.as_ref(), scope)
            }
            TableFactor::TableFunction {
                expr: ast::Expr::Function(function),
                alias,
            } => {
                let parts = object_name(&function.name)?;
                let arguments: Vec<&ast::FunctionArg> = match &function.args {
                    ast::FunctionArguments::List(list) => list.args.iter().collect(),
                    _ => Vec::new(),
                };
                self.table_function(&parts.join("."), &arguments, alias.as_ref(), scope)
            }
            TableFactor::Derived {
                lateral: false,
                subquery,
                alias,
                ..
            } => {
                let planned = self.query(subquery, Some(&Scope::around_table(scope)))?;
                self.subquery_table(planned, alias.as_ref(), None, scope)
            }
            other => Err(Error::not_implemented(format!("Table expression {other}"))),
        }
    }

    /// Plans the CTE of this name, if one is visible and is not just being planned itself.
    pub(super) fn cte(&self, name: &str, scope: &Scope) -> Result<Option<Planned>> {
        let mut scope = Some(scope);
        while let Some(current) = scope {
            for cte in current.ctes.iter().rev().filter(|cte| cte.name == name) {
                let identity: *const ast::Query = cte.query;
                if self.planning.borrow().contains(&identity) {
                    continue;
                }
                self.planning.borrow_mut().push(identity);
                let planned =
                    self.copy_of_cte(cte.query, || self.query(cte.query, Some(&Scope::around_table(current))));
                self.planning.borrow_mut().pop();
                return planned.map(Some);
            }
            scope = current.parent;
        }
        Ok(None)
    }

    fn subquery_table(
        &self,
        planned: Planned,
        alias: Option<&ast::TableAlias>,
        name: Option<&str>,
        scope: &Scope,
    ) -> Result<(LogicalPlan, TableExpression)> {
        let alias = alias_name(alias)?.or(name);
        let qualifier = self.qualifier(alias.unwrap_or("__subquery"), scope);
        let column = |(field, shown): (&Arc<arrow::datatypes::Field>, &super::HeaderColumn)| TableColumn {
            name: shown.name.clone(),
            source: ColumnSource::Ready(plan_column(
                Some(qualifier.clone()),
                field.name(),
                shown.data_type.clone(),
            )),
            in_star: true,
        };
        let columns = planned
            .plan
            .schema()
            .fields()
            .iter()
            .zip(&planned.header)
            .map(column)
            .collect();
        let plan = SubqueryAlias::try_new(Arc::new(planned.plan), qualifier.clone()).map_err(Error::from_datafusion)?;
        let alias = alias.map(str::to_string);
        let table = TableExpression {
            qualifier,
            alias,
            table: None,
            kind: "subquery",
            columns,
            unlisted: Vec::new(),
        };
        Ok((LogicalPlan::SubqueryAlias(plan), table))
    }

    fn table(
        &self,
        table: Table,
        kind: &'static str,
        alias: Option<&ast::TableAlias>,
        scope: &Scope,
    ) -> Result<(LogicalPlan, TableExpression)> {
        if let Some(planned) = table.view {
            self.cacheable.set(false); // it may become another one without the tables below changing
            let (plan, mut expression) = self.subquery_table(planned, alias, Some(&table.name), scope)?;
            expression.unlisted = virtual_columns(table.virtual_columns, &expression.qualifier);
            expression.alias = alias_name(alias)?.map(str::to_string);
            (expression.table, expression.kind) = (Some((table.database, table.name)), kind);
            return Ok((plan, expression));
        }
        let alias = alias_name(alias)?;
        let qualifier = self.qualifier(alias.unwrap_or(&table.name), scope);
        let scan = TableScanBuilder::new(qualifier.clone(), Arc::clone(&table.source))
            .build()
            .map_err(Error::from_datafusion)?;
        let columns = table_columns(&table.columns, Some(&qualifier), |kind| match kind {
            ColumnKind::Materialized => self.star_has_materialized,
            ColumnKind::Alias => self.star_has_aliases,
            kind => !is_apart(kind),
        });
        let named = (kind == "table").then_some((table.database, table.name));
        let expression = TableExpression {
            unlisted: virtual_columns(table.virtual_columns, &qualifier),
            qualifier,
            alias: alias.map(str::to_string),
            table: named,
            kind,
            columns,
        };
        Ok((LogicalPlan::TableScan(scan), expression))
    }

    fn table_function(
        &self,
        name: &str,
        arguments: &[&ast::FunctionArg],
        alias: Option<&ast::TableAlias>,
        scope: &Scope,
    ) -> Result<(LogicalPlan, TableExpression)> {
        let arguments = arguments
            .iter()
            .map(|argument| self.table_function_argument(argument, scope))
            .collect::<Result<Vec<_>>>()?;
        let table = self.context.catalog.table_function(name, &arguments)?;
        self.table(table, "table function", alias, scope)
    }

    fn table_function_argument(&self, argument: &ast::FunctionArg, scope: &Scope) -> Result<TableFunctionArgument> {
        let ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expression)) = argument else {
            return Err(Error::new(
                Code::BAD_ARGUMENTS,
                format!("Argument {argument} of a table function"),
            ));
        };
        let name = match expression {
            ast::Expr::Identifier(ident) => Some(ident.value.clone()),
            ast::Expr::CompoundIdentifier(idents) => Some(
                idents
                    .iter()
                    .map(|ident| ident.value.as_str())
                    .collect::<Vec<_>>()
                    .join("."),
            ),
            _ => None,
        };
        // Tables left in FROM are not visible here, aliases and WITH are.
        let scope = Scope {
            parent: scope.parent,
            aliases: scope.aliases.clone(),
            ..Scope::default()
        };
        let value = match (self.expression(expression, &scope), name) {
            (Ok(value), _) => value,
            (Err(_), Some(name)) => return Ok(TableFunctionArgument::Name(name)),
            (Err(error), None) => return Err(error),
        };
        match value.constant {
            Some(constant) => Ok(TableFunctionArgument::Value(constant, value.data_type)),
            None => Err(Error::new(
                Code::BAD_ARGUMENTS,
                format!("Argument {expression} of a table function must be a constant expression"),
            )),
        }
    }

    /// A qualifier that no table of the scope or of the queries around it has.
    fn qualifier(&self, wanted: &str, scope: &Scope) -> TableReference {
        let taken = |name: &str| {
            let mut scopes = std::iter::successors(Some(scope), |scope| scope.parent);
            scopes.any(|scope| scope.tables.iter().any(|table| table.qualifier.table() == name))
        };
        let name = if taken(wanted) || wanted.is_empty() {
            self.unique(wanted)
        } else {
            wanted.to_string()
        };
        TableReference::bare(name)
    }
}

/// The columns of a table for a scope; stored ones are columns of the plan under the same name. A kind for which
/// `is_in_star` holds is part of `*`.
pub(super) fn table_columns(
    columns: &[super::Column],
    qualifier: Option<&TableReference>,
    is_in_star: impl Fn(ColumnKind) -> bool,
) -> Vec<TableColumn> {
    columns
        .iter()
        .map(|column| TableColumn {
            name: column.name.clone(),
            source: match (column.kind, &column.expression) {
                (ColumnKind::Ephemeral, _) => ColumnSource::Ephemeral,
                (ColumnKind::Alias, Some(text)) => ColumnSource::Alias(text.clone(), column.data_type.clone()),
                _ => ColumnSource::Ready(plan_column(qualifier.cloned(), &column.name, column.data_type.clone())),
            },
            in_star: is_in_star(column.kind),
        })
        .collect()
}

/// Whether columns of that kind are no part of `*` unless a setting says so.
pub(super) fn is_apart(kind: ColumnKind) -> bool {
    matches!(
        kind,
        ColumnKind::Alias | ColumnKind::Materialized | ColumnKind::Ephemeral
    )
}

/// Adds a table; two of the same alias are an error.
pub(super) fn add_table(scope: &mut Scope, table: TableExpression) -> Result<()> {
    let alias = table.alias.as_deref();
    if alias.is_some() && scope.tables.iter().any(|other| other.alias.as_deref() == alias) {
        let alias = alias.unwrap_or_default();
        return Err(Error::new(
            Code::MULTIPLE_EXPRESSIONS_FOR_ALIAS,
            format!("Multiple table expressions with same alias {alias}{}", scope.in_scope()),
        ));
    }
    scope.tables.push(table);
    Ok(())
}

/// One row without columns.
fn one_row() -> LogicalPlan {
    LogicalPlan::EmptyRelation(EmptyRelation {
        produce_one_row: true,
        schema: Arc::new(datafusion::common::DFSchema::empty()),
    })
}

/// The parts of a name.
pub(super) fn object_name(name: &ast::ObjectName) -> Result<Vec<&str>> {
    name.0
        .iter()
        .map(|part| match part {
            ast::ObjectNamePart::Identifier(ident) => Ok(ident.value.as_str()),
            other => Err(Error::not_implemented(format!("Name {other}"))),
        })
        .collect()
}

fn alias_name(alias: Option<&ast::TableAlias>) -> Result<Option<&str>> {
    match alias {
        Some(alias) if !alias.columns.is_empty() => Err(Error::not_implemented("List of column aliases")),
        Some(alias) => Ok(Some(&alias.name.value)),
        None => Ok(None),
    }
}
