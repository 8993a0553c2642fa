//! What statements make of entities: CREATE, ALTER and DROP of users and their kin, GRANT and REVOKE.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use gristmill_sql::Code;
use gristmill_sql::parser::TableName;
use gristmill_sql::parser::access::{
    AccessStatement, Action, EntityKind, EntityName, Grant, Hosts, MethodsChange, PolicyStatement, ProfileElement,
    QuotaInterval, SettingsChange, Subject, Subjects, UserStatement,
};
use sqlparser::ast::{self, Visit};
use uuid::Uuid;

use super::control::{AccessControl, ChangingAccess, readonly, unknown};
use super::entity::{Element, Entities, Entity, Grantee, Policy, Profile, Quota, Role, Stored, User, policy_name};
use super::hosts;
use super::ids::IdSet;
use super::password::{StoredMethod, time};
use crate::error::{Error, Result};
use crate::settings;

/// Who runs a statement, and where names without a database are.
pub struct Actor<'a> {
    /// The user; none while files are read.
    pub user: Option<Uuid>,
    /// The current database.
    pub database: &'a str,
}

impl AccessControl {
    /// Runs CREATE, ALTER, DROP, SET DEFAULT ROLE, GRANT or REVOKE. Whether one may is asked before.
    pub fn apply(&self, statement: &AccessStatement, actor: &Actor<'_>) -> Result<()> {
        let changing = self.change();
        match statement {
            AccessStatement::Drop { kind, names, if_exists } => {
                for name in names {
                    let full = full_name(name, actor.database);
                    match changing.find(*kind, &full) {
                        Ok(stored) => changing.remove(&stored)?,
                        Err(_) if *if_exists => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(())
            }
            AccessStatement::Grant(grant) => apply_grant(&changing, grant, actor),
            AccessStatement::SetDefaultRole(roles, users) => set_default_roles(&changing, roles, users, actor),
            defining => define(&changing, defining, actor),
        }
    }
}

impl Stored {
    /// What a file says.
    pub fn from_statements(id: Uuid, statements: &[AccessStatement]) -> Result<Self> {
        let nobody = Actor {
            user: None,
            database: "",
        };
        let entities = Entities::default();
        let Some((first, rest)) = statements.split_first() else {
            return Err(Error::new(Code::CORRUPTED_DATA, "it holds no statement"));
        };
        let names = names_of(first, "");
        let [(kind, name)] = names.as_slice() else {
            return Err(Error::new(Code::CORRUPTED_DATA, "it does not make one entity"));
        };
        let mut entity = new_entity(*kind, name, first);
        change(&mut entity, first, &entities, &nobody)?;
        for statement in rest {
            let (AccessStatement::Grant(grant), Some(granted)) = (statement, entity.granted_mut()) else {
                return Err(Error::new(
                    Code::CORRUPTED_DATA,
                    "it holds another statement than grants",
                ));
            };
            grant_to(granted, grant, &entities, &nobody)?;
        }
        Ok(Self {
            id,
            is_configured: false,
            entity,
        })
    }
}

/// A policy's name with its table.
pub fn full_name(name: &EntityName, database: &str) -> String {
    match &name.table {
        None => name.name.clone(),
        Some(table) => policy_name(&name.name, table.database.as_deref().unwrap_or(database), &table.name),
    }
}

/// Kind and names of what a statement makes or changes.
fn names_of(statement: &AccessStatement, database: &str) -> Vec<(EntityKind, String)> {
    let of = |kind: EntityKind, names: &[String]| names.iter().map(|name| (kind, name.clone())).collect();
    match statement {
        AccessStatement::User(user) => user
            .names
            .iter()
            .map(|(name, _)| (EntityKind::User, name.clone()))
            .collect(),
        AccessStatement::Role(role) => of(EntityKind::Role, &role.names),
        AccessStatement::Profile(profile) => of(EntityKind::Profile, &profile.names),
        AccessStatement::Quota(quota) => of(EntityKind::Quota, &quota.names),
        AccessStatement::Policy(policy) => {
            let full = |name: &EntityName| (EntityKind::Policy, full_name(name, database));
            policy.names.iter().map(full).collect()
        }
        _ => Vec::new(),
    }
}

fn action_of(statement: &AccessStatement) -> (Action, Option<&String>) {
    match statement {
        AccessStatement::User(it) => (it.action, it.new_name.as_ref()),
        AccessStatement::Role(it) => (it.action, it.new_name.as_ref()),
        AccessStatement::Profile(it) => (it.action, it.new_name.as_ref()),
        AccessStatement::Quota(it) => (it.action, it.new_name.as_ref()),
        AccessStatement::Policy(it) => (it.action, it.new_name.as_ref()),
        _ => (Action::default(), None),
    }
}

/// CREATE or ALTER of anything.
fn define(changing: &ChangingAccess<'_>, statement: &AccessStatement, actor: &Actor<'_>) -> Result<()> {
    let (action, new_name) = action_of(statement);
    let names = names_of(statement, actor.database);
    if new_name.is_some() && names.len() > 1 {
        return Err(Error::new(Code::BAD_ARGUMENTS, "Only one can be renamed at a time"));
    }
    for (at, (kind, name)) in names.iter().enumerate() {
        let entities = changing.entities();
        let known = entities.find(*kind, name).cloned();
        let mut stored = match known {
            Some(known) if action.is_alter => Stored::clone(&known),
            Some(_) if action.if_not_exists => continue,
            Some(known) if known.is_configured => return Err(readonly("insert", &known.entity)),
            Some(known) if action.or_replace => Stored {
                entity: new_entity_at(*kind, name, statement, at, actor.database),
                id: known.id,
                is_configured: false,
            },
            Some(_) => {
                let message = format!("{} `{name}` already exists in `local_directory`", kind.word());
                return Err(Error::new(Code::ACCESS_ENTITY_ALREADY_EXISTS, message));
            }
            None if !action.is_alter => Stored {
                id: Uuid::new_v4(),
                is_configured: false,
                entity: new_entity_at(*kind, name, statement, at, actor.database),
            },
            None if action.if_exists => continue,
            None => return Err(unknown(*kind, name)),
        };
        if stored.is_configured {
            return Err(readonly("update", &stored.entity));
        }
        change(&mut stored.entity, statement, &entities, actor)?;
        if let Some(new_name) = new_name {
            rename(&mut stored.entity, new_name);
            let renamed = stored.entity.name();
            if entities
                .find(*kind, &renamed)
                .is_some_and(|other| other.id != stored.id)
            {
                let message = format!("{} `{renamed}` already exists in `local_directory`", kind.word());
                return Err(Error::new(Code::ACCESS_ENTITY_ALREADY_EXISTS, message));
            }
        }
        changing.put(stored)?;
    }
    Ok(())
}

fn rename(entity: &mut Entity, new_name: &str) {
    let name = match entity {
        Entity::User(user) => &mut user.name,
        Entity::Role(role) => &mut role.name,
        Entity::Profile(profile) => &mut profile.name,
        Entity::Policy(policy) => &mut policy.name,
        Entity::Quota(quota) => &mut quota.name,
    };
    *name = new_name.into();
}

fn new_entity(kind: EntityKind, name: &str, statement: &AccessStatement) -> Entity {
    new_entity_at(kind, name, statement, 0, "")
}

/// An entity of which nothing is said yet but the name, which is the statement's `at`th.
fn new_entity_at(kind: EntityKind, name: &str, statement: &AccessStatement, at: usize, database: &str) -> Entity {
    let name = name.to_string();
    match kind {
        EntityKind::User => {
            let pattern = match statement {
                AccessStatement::User(user) => user.names.get(at).and_then(|(_, host)| host.clone()),
                _ => None,
            };
            Entity::User(User {
                name,
                methods: vec![StoredMethod::no_password()],
                hosts: Hosts {
                    any: pattern.is_none(),
                    likes: pattern.into_iter().collect(),
                    ..Hosts::default()
                },
                default_roles: IdSet::everyone(),
                default_database: String::new(),
                grantees: IdSet::everyone(),
                settings: Vec::new(),
                granted: Grantee::default(),
            })
        }
        EntityKind::Role => Entity::Role(Role {
            name,
            ..Role::default()
        }),
        EntityKind::Profile => Entity::Profile(Profile {
            name,
            ..Profile::default()
        }),
        EntityKind::Quota => Entity::Quota(Quota {
            name,
            key: "none".into(),
            ..Quota::default()
        }),
        EntityKind::Policy => {
            let named = match statement {
                AccessStatement::Policy(policy) => policy.names.get(at).cloned(),
                _ => None,
            };
            let named = named.expect("a policy is made by its own statement");
            let TableName {
                database: given,
                name: table,
            } = named.table.unwrap_or_default();
            Entity::Policy(Policy {
                name: named.name,
                database: given.unwrap_or_else(|| database.into()),
                table,
                filter: None,
                is_restrictive: false,
                to: IdSet::default(),
            })
        }
    }
}

/// Makes an entity what a statement says.
fn change(entity: &mut Entity, statement: &AccessStatement, entities: &Entities, actor: &Actor<'_>) -> Result<()> {
    match (entity, statement) {
        (Entity::User(user), AccessStatement::User(said)) => change_user(user, said, entities, actor),
        (Entity::Role(role), AccessStatement::Role(said)) => {
            change_settings(&mut role.settings, said.settings.as_ref(), entities)
        }
        (Entity::Profile(profile), AccessStatement::Profile(said)) => {
            set(&mut profile.to, said.to.as_ref(), entities, actor)?;
            change_settings(&mut profile.elements, said.settings.as_ref(), entities)
        }
        (Entity::Policy(policy), AccessStatement::Policy(said)) => change_policy(policy, said, entities, actor),
        (Entity::Quota(quota), AccessStatement::Quota(said)) => {
            set(&mut quota.to, said.to.as_ref(), entities, actor)?;
            if let Some(key) = &said.key {
                quota.key = key.clone();
            }
            if said.intervals.iter().any(|interval| !interval.limits.is_empty()) {
                return Err(Error::not_implemented("MAX of a quota"));
            }
            said.intervals
                .iter()
                .for_each(|interval| change_interval(&mut quota.intervals, interval));
            Ok(())
        }
        _ => Err(Error::new(Code::LOGICAL_ERROR, "the statement is about another kind")),
    }
}

fn change_user(user: &mut User, said: &UserStatement, entities: &Entities, actor: &Actor<'_>) -> Result<()> {
    let methods = said.methods.iter().map(StoredMethod::new).collect::<Result<Vec<_>>>()?;
    match said.methods_change {
        MethodsChange::ResetToNew => {
            let last = user.methods.split_off(user.methods.len().saturating_sub(1));
            user.methods = last;
        }
        MethodsChange::Add => {
            // Whoever needed no password needs one now.
            user.methods.retain(|method| *method != StoredMethod::no_password());
            user.methods.extend(methods);
        }
        MethodsChange::Replace if !methods.is_empty() => user.methods = methods,
        MethodsChange::Replace => {}
    }
    if let Some(text) = &said.valid_until {
        let seconds = time(text)?;
        user.methods.iter_mut().for_each(|method| method.valid_until = seconds);
    }
    change_hosts(&mut user.hosts, said)?;
    if let Some(roles) = &said.default_roles {
        let set = role_set(roles, entities)?;
        if !said.action.attach {
            check_granted(&user.name, &user.granted, &set, entities, said.action.is_alter)?;
        }
        user.default_roles = set;
    }
    if let Some(database) = &said.default_database {
        user.default_database = database.clone();
    }
    set(&mut user.grantees, said.grantees.as_ref(), entities, actor)?;
    change_settings(&mut user.settings, said.settings.as_ref(), entities)
}

/// SET_NON_GRANTED_ROLE: only granted roles can be default ones.
fn check_granted(user: &str, granted: &Grantee, roles: &IdSet, entities: &Entities, strict: bool) -> Result<()> {
    let missing = roles.ids.iter().find(|id| !granted.roles.contains_key(id));
    match missing.filter(|_| strict) {
        None => Ok(()),
        Some(id) => {
            let role = entities.name(*id).unwrap_or_default();
            let message = format!("Role {role} should be granted to set default. User: {user}");
            Err(Error::new(Code::SET_NON_GRANTED_ROLE, message))
        }
    }
}

fn change_hosts(own: &mut Hosts, said: &UserStatement) -> Result<()> {
    for given in [&said.hosts, &said.add_hosts].into_iter().flatten() {
        hosts::check(given)?;
    }
    if let Some(hosts) = &said.hosts {
        *own = hosts.clone();
    }
    if let Some(more) = &said.add_hosts {
        own.any |= more.any;
        own.local |= more.local;
        let add = |own: &mut Vec<String>, more: &Vec<String>| {
            more.iter().for_each(|text| {
                if !own.contains(text) {
                    own.push(text.clone());
                }
            });
        };
        add(&mut own.ips, &more.ips);
        add(&mut own.names, &more.names);
        add(&mut own.regexps, &more.regexps);
        add(&mut own.likes, &more.likes);
    }
    if let Some(less) = &said.drop_hosts {
        own.any &= !less.any;
        own.local &= !less.local;
        own.ips.retain(|text| !less.ips.contains(text));
        own.names.retain(|text| !less.names.contains(text));
        own.regexps.retain(|text| !less.regexps.contains(text));
        own.likes.retain(|text| !less.likes.contains(text));
    }
    Ok(())
}

fn change_policy(policy: &mut Policy, said: &PolicyStatement, entities: &Entities, actor: &Actor<'_>) -> Result<()> {
    if let Some(Some(filter)) = &said.filter
        && holds_query(filter)
    {
        return Err(Error::not_implemented("A subquery in a row policy"));
    }
    if let Some(filter) = &said.filter {
        policy.filter = filter.as_deref().cloned();
    }
    if let Some(is_restrictive) = said.is_restrictive {
        policy.is_restrictive = is_restrictive;
    }
    set(&mut policy.to, said.to.as_ref(), entities, actor)
}

/// Whether a query is part of an expression.
fn holds_query(expression: &ast::Expr) -> bool {
    struct Queries;
    impl ast::Visitor for Queries {
        type Break = ();

        fn pre_visit_query(&mut self, _: &ast::Query) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }
    expression.visit(&mut Queries).is_break()
}

fn change_interval(intervals: &mut Vec<QuotaInterval>, said: &QuotaInterval) {
    let at = intervals.iter().position(|own| own.seconds == said.seconds);
    match (at, said.is_dropped) {
        (Some(at), true) => drop(intervals.remove(at)),
        (None, true) => {}
        (Some(at), false) => intervals[at] = said.clone(),
        (None, false) => intervals.push(said.clone()),
    }
    intervals.sort_by_key(|interval| interval.seconds);
}

fn change_settings(own: &mut Vec<Element>, said: Option<&SettingsChange>, entities: &Entities) -> Result<()> {
    let Some(said) = said else { return Ok(()) };
    let is_setting = |element: &Element| matches!(element, Element::Setting { .. });
    own.retain(|element| match is_setting(element) {
        true => !said.drop_all_settings,
        false => !said.drop_all_profiles,
    });
    for name in &said.drop_settings {
        own.retain(|element| !matches!(element, Element::Setting { name: own, .. } if own == name));
    }
    for profile in &said.drop_profiles {
        let id = find(profile, EntityKind::Profile, entities)?;
        own.retain(|element| *element != Element::Inherit(id));
    }
    for element in &said.elements {
        let element = match element {
            ProfileElement::Inherit(profile) => Element::Inherit(find(profile, EntityKind::Profile, entities)?),
            ProfileElement::Setting {
                name,
                value,
                min,
                max,
                writability,
            } => {
                for value in [value, min, max].into_iter().flatten() {
                    settings::check(name, &value.text())?;
                }
                let known = settings::find(name)?.name.to_string();
                own.retain(|it| !matches!(it, Element::Setting { name, .. } if *name == known));
                Element::Setting {
                    name: known,
                    value: value.clone(),
                    min: min.clone(),
                    max: max.clone(),
                    writability: *writability,
                }
            }
        };
        if !own.contains(&element) {
            own.push(element);
        }
    }
    Ok(())
}

fn set(own: &mut IdSet, said: Option<&Subjects>, entities: &Entities, actor: &Actor<'_>) -> Result<()> {
    if let Some(said) = said {
        *own = subject_set(said, entities, actor)?;
    }
    Ok(())
}

/// The identifier that a subject of a kind means.
fn find(subject: &Subject, kind: EntityKind, entities: &Entities) -> Result<Uuid> {
    match subject {
        Subject::Id(id) => id
            .parse()
            .map_err(|_| Error::new(Code::CANNOT_PARSE_UUID, format!("{id} is no identifier"))),
        Subject::Name(name) => match entities.find(kind, name) {
            Some(stored) => Ok(stored.id),
            None => Err(unknown(kind, name)),
        },
        Subject::CurrentUser => Err(unknown(kind, "CURRENT_USER")),
    }
}

/// Users and roles that a statement names.
pub fn subject_set(said: &Subjects, entities: &Entities, actor: &Actor<'_>) -> Result<IdSet> {
    let one = |subject: &Subject| match subject {
        Subject::CurrentUser => actor
            .user
            .ok_or_else(|| Error::new(Code::UNKNOWN_USER, "There is no current user")),
        Subject::Name(name) if entities.find(EntityKind::User, name).is_some() => {
            find(subject, EntityKind::User, entities)
        }
        other => find(other, EntityKind::Role, entities),
    };
    let all = |subjects: &[Subject]| subjects.iter().map(one).collect::<Result<_>>();
    Ok(IdSet {
        all: said.all,
        ids: all(&said.named)?,
        except: all(&said.except)?,
    })
}

/// Roles that a statement names.
pub fn role_set(said: &Subjects, entities: &Entities) -> Result<IdSet> {
    let all = |subjects: &[Subject]| {
        let ids = subjects.iter().map(|subject| find(subject, EntityKind::Role, entities));
        ids.collect::<Result<_>>()
    };
    Ok(IdSet {
        all: said.all,
        ids: all(&said.named)?,
        except: all(&said.except)?,
    })
}

fn set_default_roles(
    changing: &ChangingAccess<'_>,
    roles: &Subjects,
    users: &[Subject],
    actor: &Actor<'_>,
) -> Result<()> {
    for user in users {
        let entities = changing.entities();
        let id = match user {
            Subject::CurrentUser => actor.user.unwrap_or_default(),
            other => find(other, EntityKind::User, &entities)?,
        };
        let mut stored = Stored::clone(entities.get(id).ok_or_else(|| unknown(EntityKind::User, ""))?);
        if let Entity::User(user) = &mut stored.entity {
            let set = role_set(roles, &entities)?;
            check_granted(&user.name, &user.granted, &set, &entities, true)?;
            user.default_roles = set;
        }
        changing.put(stored)?;
    }
    Ok(())
}

fn apply_grant(changing: &ChangingAccess<'_>, grant: &Grant, actor: &Actor<'_>) -> Result<()> {
    let entities = changing.entities();
    let whom = subject_set(&grant.to, &entities, actor)?;
    let mut ids: Vec<Uuid> = whom.ids.iter().copied().collect();
    if whom.all {
        let users = entities.of(EntityKind::User).chain(entities.of(EntityKind::Role));
        ids = users
            .filter(|stored| !stored.is_configured)
            .map(|stored| stored.id)
            .collect();
    }
    for id in ids.into_iter().filter(|id| !whom.except.contains(id)) {
        let Some(known) = entities.get(id) else { continue };
        let mut stored = Stored::clone(known);
        if let Some(granted) = stored.entity.granted_mut() {
            grant_to(granted, grant, &entities, actor)?;
        }
        check_cycle(id, &stored.entity, &entities)?;
        changing.put(stored)?;
    }
    Ok(())
}

/// A role cannot have itself by others.
fn check_cycle(id: Uuid, entity: &Entity, entities: &Entities) -> Result<()> {
    let mut open: Vec<Uuid> = entity
        .granted()
        .into_iter()
        .flat_map(|it| it.roles.keys().copied())
        .collect();
    let mut seen = Vec::new();
    while let Some(next) = open.pop() {
        if next == id {
            let message = format!("Cannot grant a role to itself: `{}`", entity.name());
            return Err(Error::new(Code::INVALID_GRANT, message));
        }
        if !seen.contains(&next) {
            seen.push(next);
            let granted = entities.get(next).and_then(|stored| stored.entity.granted());
            open.extend(granted.into_iter().flat_map(|it| it.roles.keys().copied()));
        }
    }
    Ok(())
}

fn grant_to(granted: &mut Grantee, grant: &Grant, entities: &Entities, actor: &Actor<'_>) -> Result<()> {
    if grant.replace {
        match grant.roles {
            Some(_) => granted.roles = BTreeMap::new(),
            None => granted.grants = Default::default(),
        }
    }
    let Some(roles) = &grant.roles else {
        for element in &grant.elements {
            granted.grants.apply(element, grant, actor.database)?;
        }
        return Ok(());
    };
    let roles = role_set(roles, entities)?;
    match (grant.is_revoke, grant.option_for) {
        (false, _) => {
            for id in &roles.ids {
                let option = granted.roles.entry(*id).or_default();
                *option |= grant.with_option;
            }
        }
        (true, false) => granted.roles.retain(|id, _| !roles.has(*id)),
        (true, true) => granted
            .roles
            .iter_mut()
            .for_each(|(id, option)| *option &= !roles.has(*id)),
    }
    Ok(())
}
