//! Statements about users, roles and what they may do.

use std::time::Instant;

use gristmill_sql::Code;
use gristmill_sql::parser::access::{
    AccessStatement, EntityKind, EntityName, Grant, Subject, Subjects, format_statement,
};
use gristmill_sql::parser::{TableName, quote_string};

use super::ready;
use super::show::select;
use crate::access::{Actor, Stored, Writing, full_name, subject_set, unknown};
use crate::cells::Cells;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::outcome::Outcome;

/// Runs one; SET ROLE is the session's.
pub fn access(statement: AccessStatement, environment: &Environment, started: Instant) -> Result<Outcome> {
    match statement {
        AccessStatement::ShowCreate(kind, names, all) => show_create(kind, &names, all, environment, started),
        AccessStatement::ShowEntities(kind, table) => show_entities(kind, table, environment, started),
        AccessStatement::ShowAccess => show_access(environment, started),
        AccessStatement::ShowPrivileges => {
            let pattern = Default::default();
            select("SELECT * FROM system.privileges", &pattern, environment, started)
        }
        AccessStatement::ShowQuota => Err(Error::not_implemented("SHOW QUOTA")),
        AccessStatement::ShowGrants { of, implicit, is_final } => {
            if implicit || is_final {
                return Err(Error::not_implemented("SHOW GRANTS WITH IMPLICIT or FINAL"));
            }
            show_grants(of.as_ref(), environment, started)
        }
        AccessStatement::CheckGrant(elements) => {
            let mut result = Cells::new([("result", "UInt8")])?;
            let mut has = true;
            for element in &elements {
                has &= environment
                    .rights
                    .grants
                    .has_element(element, &environment.database, false)?;
            }
            result.push([has.into()]);
            ready(result, environment, started)
        }
        AccessStatement::SetRole(_) => Err(Error::not_implemented("SET ROLE here")),
        other => {
            let actor = Actor {
                user: Some(environment.rights.user_id),
                database: &environment.database,
            };
            environment
                .engine
                .access()
                .apply(&resolved(other, environment), &actor)?;
            Ok(Outcome::Done)
        }
    }
}

/// CURRENT GRANTS as what one has of them.
fn resolved(statement: AccessStatement, environment: &Environment) -> AccessStatement {
    let AccessStatement::Grant(mut grant) = statement else {
        return statement;
    };
    if grant.current_grants {
        let own = environment.rights.grants.statements();
        let mine: Vec<Grant> = own.into_iter().filter(|it| !it.is_revoke && it.with_option).collect();
        grant.elements = mine.into_iter().flat_map(|it| it.elements).collect();
        grant.current_grants = false;
    }
    AccessStatement::Grant(grant)
}

fn lines(name: &str, lines: Vec<String>, environment: &Environment, started: Instant) -> Result<Outcome> {
    let mut cells = Cells::new([(name, "String")])?;
    lines.into_iter().for_each(|line| cells.push([line.into()]));
    ready(cells, environment, started)
}

fn create_text(stored: &Stored, environment: &Environment) -> String {
    let name = |id| environment.entities().subject(id);
    let writing = Writing {
        for_file: false,
        name: &name,
    };
    format_statement(&stored.entity.statement(&writing))
}

fn grant_texts(stored: &Stored, environment: &Environment) -> Vec<String> {
    let name = |id| environment.entities().subject(id);
    let writing = Writing {
        for_file: false,
        name: &name,
    };
    let grants = stored
        .entity
        .grant_statements(Subject::Name(stored.entity.name()), &writing);
    grants
        .into_iter()
        .map(|grant| format_statement(&AccessStatement::Grant(grant)))
        .collect()
}

fn show_create(
    kind: EntityKind,
    names: &[EntityName],
    all: bool,
    environment: &Environment,
    started: Instant,
) -> Result<Outcome> {
    let entities = environment.entities();
    let mut texts = Vec::new();
    let mut found = Vec::new();
    match names {
        [] if all => found.extend(entities.of(kind).cloned()),
        [] if kind == EntityKind::User => found.extend(entities.get(environment.rights.user_id).cloned()),
        [] => found.extend(entities.of(kind).cloned()),
        names => {
            for name in names {
                let full = full_name(name, &environment.database);
                found.push(
                    entities
                        .find(kind, &full)
                        .cloned()
                        .ok_or_else(|| unknown(kind, &full))?,
                );
            }
        }
    }
    found
        .iter()
        .for_each(|stored| texts.push(create_text(stored, environment)));
    let header = match names {
        [one] => format!("CREATE {} {}", kind.keyword(), full_name(one, &environment.database)),
        _ => format!("CREATE {}", kind.keyword()),
    };
    lines(&header, texts, environment, started)
}

fn show_entities(
    kind: EntityKind,
    table: Option<TableName>,
    environment: &Environment,
    started: Instant,
) -> Result<Outcome> {
    let place = |table: TableName| {
        let database = table.database.unwrap_or_else(|| environment.database.clone());
        format!(
            " WHERE database = {} AND table = {}",
            quote_string(&database),
            quote_string(&table.name)
        )
    };
    let (column, from) = match kind {
        EntityKind::Policy if table.is_some() => ("short_name AS name", "row_policies"),
        EntityKind::Policy => ("name", "row_policies"),
        EntityKind::Profile => ("name", "settings_profiles"),
        EntityKind::Quota => ("name", "quotas"),
        EntityKind::User => ("name", "users"),
        EntityKind::Role => ("name", "roles"),
    };
    let which = table.map(place).unwrap_or_default();
    let query = format!("SELECT {column} FROM system.{from}{which} ORDER BY name");
    select(&query, &Default::default(), environment, started)
}

fn show_access(environment: &Environment, started: Instant) -> Result<Outcome> {
    let entities = environment.entities();
    let all = || EntityKind::ALL.into_iter().flat_map(|kind| entities.of(kind));
    let mut texts: Vec<String> = all().map(|stored| create_text(stored, environment)).collect();
    all().for_each(|stored| texts.extend(grant_texts(stored, environment)));
    lines("ACCESS", texts, environment, started)
}

fn show_grants(of: Option<&Subjects>, environment: &Environment, started: Instant) -> Result<Outcome> {
    let entities = environment.entities();
    let actor = Actor {
        user: Some(environment.rights.user_id),
        database: &environment.database,
    };
    let mut texts = Vec::new();
    let mut header = "GRANTS".to_string();
    match of {
        None => {
            let own = entities.get(environment.rights.user_id);
            let own = own.ok_or_else(|| Error::new(Code::UNKNOWN_USER, "The current user is gone"))?;
            texts.extend(grant_texts(own, environment));
        }
        Some(said) => {
            let set = subject_set(said, &entities, &actor)?;
            let both = entities.of(EntityKind::User).chain(entities.of(EntityKind::Role));
            both.filter(|stored| set.has(stored.id))
                .for_each(|stored| texts.extend(grant_texts(stored, environment)));
            if let [Subject::Name(name)] = said.named.as_slice() {
                header = format!("GRANTS FOR {name}");
            }
        }
    }
    lines(&header, texts, environment, started)
}
