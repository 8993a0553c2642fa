//! SETTINGS of subqueries and of the parts of a union. A statement has one set of settings, so that one which would
//! have to differ inside of it is refused; one that says what holds anyway, or changes nothing, is accepted.

use std::ops::ControlFlow;

use gristmill_sql::parser::{Describe, InsertSource, SettingValue, Statement, setting_of};
use sqlparser::ast::{Query, Visit, Visitor};

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::settings::{self, Settings};

/// Looks through the queries of a statement, whose own settings have been taken out.
pub fn check(statement: &Statement, environment: &Environment) -> Result<()> {
    let query = match statement {
        Statement::Query(query) | Statement::Describe(Describe::Query(query)) => query,
        Statement::Insert(insert) => match &insert.source {
            InsertSource::Select(query) => query,
            _ => return Ok(()),
        },
        Statement::CreateTable(create) => match &create.as_select {
            Some(query) => query,
            None => return Ok(()),
        },
        Statement::Explain(explain) => return check(&explain.statement, environment),
        _ => return Ok(()),
    };
    let settings = &environment.settings;
    match query.visit(&mut Inner { settings }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

struct Inner<'a> {
    settings: &'a Settings,
}

impl Visitor for Inner<'_> {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Error> {
        for setting in query.settings.iter().flatten() {
            let (name, value) = setting_of(setting.clone());
            if let Err(error) = self.holds_anyway(&name, &value) {
                return ControlFlow::Break(error);
            }
        }
        ControlFlow::Continue(())
    }
}

impl Inner<'_> {
    fn holds_anyway(&self, name: &str, value: &SettingValue) -> Result<()> {
        let setting = settings::find(name)?;
        let mut changed = self.settings.clone();
        match value {
            SettingValue::Default => changed.reset(name)?,
            value => changed.set(name, &value.text())?,
        }
        if setting.effect && changed.get(name) != self.settings.get(name) {
            let message = format!("Setting {name} of a subquery or of a part of a UNION");
            return Err(Error::not_implemented(message));
        }
        Ok(())
    }
}
