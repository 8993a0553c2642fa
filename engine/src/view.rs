//! Views: a query that is kept with a name, and planned when another query reads it.
//!
//! What the optimizer sees is the query itself, so filters, limits and vector searches reach the tables below.

use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::common::Column;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};
use gristmill_sql::Code;
use gristmill_sql::analyzer::Planned;
use gristmill_sql::functions::{self, TypedExpr};
use gristmill_sql::parser::{CreateTable, PARAMETER, SqlSecurity, on_deep_stack};
use gristmill_sql::types::maybe_you_meant;
use sqlparser::ast::{self, Ident, ObjectName, ObjectNamePart, TableFactor, VisitMut, VisitorMut};

use crate::access::{Rights, check_reads};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::formats::HeaderColumn;
use crate::system::information_schema;
use crate::table::View;

/// Views may read views; more of them one in the other are taken for one that reads itself.
const DEPTH_MAX: usize = 100;

/// The view's query as it answers now: the columns that the view declares, by name, in their types. Names in the plan
/// end with a mark where it has to be asked which of them are read.
pub fn plan(view: &View, environment: &Environment) -> Result<Planned> {
    let create = &view.definition.create;
    let database = create.table.database.as_deref().unwrap_or_default();
    let mark = match environment.rights.is_unlimited {
        true => String::new(),
        false => {
            let columns = view.definition.columns.iter().map(|column| column.name.clone());
            let name = (database, create.table.name.as_str());
            environment.named.view(name, columns.collect(), &environment.rights)
        }
    };
    let mut environment = environment.inside_view(database)?;
    if information_schema::DATABASES.contains(&database) {
        environment.named = Arc::default(); // what these views read is shown as far as one may see it
    }
    if environment.view_depth > DEPTH_MAX {
        let message = format!("Views are nested deeper than {DEPTH_MAX}, at {}", create.table.name);
        return Err(Error::new(Code::TOO_DEEP_RECURSION, message));
    }
    let query = create.as_select.as_ref().expect("a view has a query");
    match &create.sql_security {
        None | Some(SqlSecurity::Invoker) => {}
        Some(SqlSecurity::None) => environment.set_rights(&Rights::of_engine()),
        Some(SqlSecurity::Definer(user)) => {
            let rights = environment
                .engine
                .access()
                .rights_of(user.as_deref().unwrap_or_default())?;
            environment.set_rights(&rights);
        }
    }
    // Each view is planned inside the planning of what reads it.
    let planned = on_deep_stack(usize::MAX, || environment.plan_query(query))?;
    if matches!(create.sql_security, Some(SqlSecurity::Definer(_))) {
        check_reads(&planned.plan, &environment)?;
    }
    declared(planned, view, &mark, &environment)
}

fn declared(planned: Planned, view: &View, mark: &str, environment: &Environment) -> Result<Planned> {
    let mut columns = Vec::with_capacity(view.definition.columns.len());
    if planned.totals.is_some() {
        return Err(Error::new(
            Code::NOT_IMPLEMENTED,
            "WITH TOTALS in a view is not implemented",
        ));
    }
    let mut header = Vec::with_capacity(view.definition.columns.len());
    for (position, column) in view.definition.columns.iter().enumerate() {
        let found = planned.header.iter().position(|it| it.name == column.name);
        let at = found.ok_or_else(|| {
            let known: Vec<&str> = planned.header.iter().map(|it| it.name.as_str()).collect();
            let hint = maybe_you_meant(&column.name, &known);
            let message = format!(
                "Unknown expression identifier `{}` in the query of view {}{hint}",
                column.name, view.definition.create.table.name
            );
            Error::new(Code::UNKNOWN_IDENTIFIER, message)
        })?;
        let typed = TypedExpr {
            expr: Expr::Column(Column::from(planned.plan.schema().qualified_field(at))),
            data_type: planned.header[at].data_type.clone(),
            constant: None,
        };
        let cast = functions::cast(typed, &column.data_type, environment.functions())?;
        columns.push(cast.expr.alias(format!("{}__{position}{mark}", column.name)));
        header.push(HeaderColumn {
            name: column.name.clone(),
            data_type: column.data_type.clone(),
        });
    }
    Ok(Planned {
        plan: LogicalPlanBuilder::from(planned.plan).project(columns)?.build()?,
        totals: None,
        header,
        cacheable: false,
    })
}

/// Checks the query of a CREATE VIEW, and writes down which database its tables are in, and its columns if the
/// statement does not.
pub fn complete(create: &mut CreateTable, environment: &Environment) -> Result<()> {
    if let Some(SqlSecurity::Definer(user)) = &mut create.sql_security {
        let own = &environment.rights.user;
        match user {
            Some(other) if other != own => {
                environment.rights.check_name("SET DEFINER", other)?;
                environment.engine.access().rights_of(other)?;
            }
            _ => *user = Some(own.clone()),
        }
    }
    if create.sql_security == Some(SqlSecurity::None) {
        environment.rights.check_global("ALLOW SQL SECURITY NONE")?;
    }
    let query = create.as_select.as_mut().expect("a view has a query");
    refuse(query)?;
    qualify(query, &environment.database);
    let planned = environment.plan_query(query)?;
    if create.columns.is_empty() {
        create.columns = super::statements::columns_of(&planned.header);
    }
    Ok(())
}

/// Queries that would not be the same for whoever reads the view.
fn refuse(query: &mut ast::Query) -> Result<()> {
    match query.visit(&mut Refused) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(what) => Err(Error::not_implemented(what)),
    }
}

struct Refused;

impl VisitorMut for Refused {
    type Break = &'static str;

    fn pre_visit_query(&mut self, query: &mut ast::Query) -> ControlFlow<&'static str> {
        match query.settings.as_ref().is_some_and(|settings| !settings.is_empty()) {
            true => ControlFlow::Break("SETTINGS in the query of a view"),
            false => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_expr(&mut self, expression: &mut ast::Expr) -> ControlFlow<&'static str> {
        match expression {
            ast::Expr::Function(call) if call.name.to_string() == PARAMETER => {
                ControlFlow::Break("A parameterised view")
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

/// Writes the database before the names of tables that have none.
fn qualify(query: &mut ast::Query, database: &str) {
    let mut names = Qualify {
        database,
        ctes: Vec::new(),
    };
    let _ = query.visit(&mut names); // it never breaks off
}

struct Qualify<'a> {
    database: &'a str,
    /// Names that WITH gives, of the queries around the current place.
    ctes: Vec<Vec<String>>,
}

impl VisitorMut for Qualify<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut ast::Query) -> ControlFlow<()> {
        let ctes = query.with.iter().flat_map(|with| &with.cte_tables);
        self.ctes.push(ctes.map(|cte| cte.alias.name.value.clone()).collect());
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut ast::Query) -> ControlFlow<()> {
        self.ctes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, args: None, .. } = factor
            && let [ObjectNamePart::Identifier(table)] = name.0.as_slice()
            && !self.ctes.iter().flatten().any(|cte| *cte == table.value)
        {
            let database = Ident::new(self.database);
            *name = ObjectName::from(vec![database, table.clone()]);
        }
        ControlFlow::Continue(())
    }
}
