//! Statements other than SELECT and INSERT. One file per family; `execute` is their list.

mod access;
mod alter;
mod check;
mod check_recall;
mod create;
pub mod delete;
mod describe;
mod detach;
mod drop;
mod exists;
pub mod explain;
mod kill;
mod optimize;
mod rename;
mod show;
pub mod subquery_settings;
mod suspicious_types;
mod system_command;
pub mod update;

pub use create::columns_of;
pub use describe::{default_text, kind_word};

use std::time::Instant;

use gristmill_sql::parser::{ObjectKind, Statement};

use crate::cells::Cells;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::outcome::{Outcome, Rows};

/// Runs any statement that is neither a query nor an INSERT.
pub fn execute(statement: Statement, environment: &Environment, started: Instant) -> Result<Outcome> {
    match statement {
        Statement::CreateDatabase(it) => create::database(it, environment),
        Statement::CreateTable(it) => create::table(*it, environment),
        Statement::CreateIndex(it) => alter::create_index(*it, environment, started),
        Statement::DropIndex(it) => alter::drop_index(it, environment, started),
        Statement::Alter(it) => alter::alter(*it, environment, started),
        Statement::Drop(it) => drop::drop(it, environment),
        Statement::Truncate(it) => drop::truncate(it, environment),
        Statement::Rename(it) => rename::rename(it, environment),
        Statement::Delete(it) => delete::delete(*it, environment),
        Statement::Optimize(it) => optimize::optimize(*it, environment),
        Statement::System(it) => system_command::system(it, environment),
        Statement::Show(it) => show::show(it, environment, started),
        Statement::Describe(it) => describe::describe(it, environment, started),
        Statement::Check(name, partition) => check::check(&name, partition, environment, started),
        Statement::CheckRecall(it) => check_recall::check_recall(&it, environment, started),
        Statement::Exists(kind, name) => exists::exists(kind, &name, environment, started),
        Statement::Kill(it) => kill::kill(*it, environment, started),
        Statement::Access(it) => access::access(*it, environment, started),
        Statement::Explain(it) => explain::explain(*it, environment, started),
        Statement::Exchange(first, second) => rename::exchange(&first, &second, environment),
        Statement::Detach(it) => detach::detach(&it, environment),
        Statement::Attach(kind, name, if_not_exists) => detach::attach(kind, &name, if_not_exists, environment),
        other => Err(Error::not_implemented(name_of(&other))),
    }
}

/// Whether a statement changes nothing, so that read-only sessions may run it.
pub fn only_reads(statement: &Statement) -> bool {
    matches!(
        statement,
        Statement::Query(_)
            | Statement::Show(_)
            | Statement::Describe(_)
            | Statement::Exists(..)
            | Statement::Explain(_)
            | Statement::Use(_)
            | Statement::Set(_)
            | Statement::Check(..)
            | Statement::CheckRecall(_)
            | Statement::Empty
    )
}

fn name_of(statement: &Statement) -> String {
    match statement {
        Statement::Undrop(_) => "UNDROP TABLE".into(),
        Statement::Update(_) => "UPDATE".into(),
        Statement::Unsupported(name) => name.clone(),
        _ => "This statement".into(),
    }
}

/// A result set that is there already.
fn ready(cells: Cells, environment: &Environment, started: Instant) -> Result<Outcome> {
    let header = cells.header().to_vec();
    let batches = vec![cells.finish()?];
    let (engine, progress) = (environment.engine.clone(), environment.progress.clone());
    Ok(Outcome::Rows(Rows::ready(header, batches, engine, progress, started)))
}

/// Dictionaries are a known kind of objects that do not exist here.
fn refuse_kind(kind: ObjectKind, statement: &str) -> Result<()> {
    match kind {
        ObjectKind::Table | ObjectKind::View | ObjectKind::Database | ObjectKind::Temporary => Ok(()),
        ObjectKind::Dictionary => Err(Error::not_implemented(format!("{statement} DICTIONARY"))),
    }
}
