//! What `system.users`, `roles`, `row_policies`, `quotas` and `settings_profiles` list, and each as a statement.

use std::collections::BTreeMap;
use std::sync::Arc;

use gristmill_sql::parser::SettingValue;
use gristmill_sql::parser::TableName;
use gristmill_sql::parser::access::{
    AccessStatement, Action, EntityKind, EntityName, Grant, Hosts, PolicyStatement, ProfileElement, ProfileStatement,
    QuotaInterval, QuotaStatement, RoleStatement, SettingsChange, Subject, UserStatement, Writability,
};
use gristmill_sql::types::back_quote_if_needed;
use sqlparser::ast;
use uuid::Uuid;

use super::grants::Grants;
use super::ids::IdSet;
use super::password::StoredMethod;

/// The storage of what the configuration says.
pub const CONFIGURED: &str = "users_xml";
/// The storage of what statements have made.
pub const ON_DISK: &str = "local_directory";

/// An entity and where it is.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Tells it from others of its name.
    pub id: Uuid,
    /// It is in the configuration, and statements do not change it.
    pub is_configured: bool,
    /// What it is.
    pub entity: Entity,
}

impl Stored {
    /// The storage's name.
    pub fn storage(&self) -> &'static str {
        match self.is_configured {
            true => CONFIGURED,
            false => ON_DISK,
        }
    }
}

/// What was granted to a user or role.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grantee {
    /// Privileges.
    pub grants: Grants,
    /// Roles, and whether they may be granted on.
    pub roles: BTreeMap<Uuid, bool>,
}

/// An element of a profile, or of what a user or role has of one.
#[derive(Clone, Debug, PartialEq)]
pub enum Element {
    /// A setting.
    Setting {
        /// Its name.
        name: String,
        /// Its value.
        value: Option<SettingValue>,
        /// The least.
        min: Option<SettingValue>,
        /// The most.
        max: Option<SettingValue>,
        /// Who may change it.
        writability: Option<Writability>,
    },
    /// All of another profile.
    Inherit(Uuid),
}

/// A user.
#[derive(Clone, Debug)]
pub struct User {
    /// The name.
    pub name: String,
    /// Ways to log in.
    pub methods: Vec<StoredMethod>,
    /// Whence.
    pub hosts: Hosts,
    /// Roles that a session begins with, of those that were granted.
    pub default_roles: IdSet,
    /// The database that a session begins with.
    pub default_database: String,
    /// To whom he may grant.
    pub grantees: IdSet,
    /// Settings that a session begins with.
    pub settings: Vec<Element>,
    /// What he was granted.
    pub granted: Grantee,
}

/// A role.
#[derive(Clone, Debug, Default)]
pub struct Role {
    /// The name.
    pub name: String,
    /// Settings of those who have it.
    pub settings: Vec<Element>,
    /// What it was granted.
    pub granted: Grantee,
}

/// A row policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its short name.
    pub name: String,
    /// The database of its table.
    pub database: String,
    /// Its table, or `*`.
    pub table: String,
    /// Which rows may be read; all without it.
    pub filter: Option<ast::Expr>,
    /// Rows have to pass this one, whatever others allow.
    pub is_restrictive: bool,
    /// To whom.
    pub to: IdSet,
}

/// A settings profile.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// The name.
    pub name: String,
    /// Settings.
    pub elements: Vec<Element>,
    /// To whom.
    pub to: IdSet,
}

/// A quota.
#[derive(Clone, Debug, Default)]
pub struct Quota {
    /// The name.
    pub name: String,
    /// By what use is counted apart.
    pub key: String,
    /// Limits by interval.
    pub intervals: Vec<QuotaInterval>,
    /// To whom.
    pub to: IdSet,
}

/// Any of them.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // they say what they are
pub enum Entity {
    User(User),
    Role(Role),
    Profile(Profile),
    Policy(Policy),
    Quota(Quota),
}

impl Entity {
    /// Its kind.
    pub fn kind(&self) -> EntityKind {
        match self {
            Self::User(_) => EntityKind::User,
            Self::Role(_) => EntityKind::Role,
            Self::Profile(_) => EntityKind::Profile,
            Self::Policy(_) => EntityKind::Policy,
            Self::Quota(_) => EntityKind::Quota,
        }
    }

    /// Its name; of a policy with its table.
    pub fn name(&self) -> String {
        match self {
            Self::User(user) => user.name.clone(),
            Self::Role(role) => role.name.clone(),
            Self::Profile(profile) => profile.name.clone(),
            Self::Policy(policy) => policy_name(&policy.name, &policy.database, &policy.table),
            Self::Quota(quota) => quota.name.clone(),
        }
    }

    /// What it was granted, if it can be granted something.
    pub fn granted(&self) -> Option<&Grantee> {
        match self {
            Self::User(user) => Some(&user.granted),
            Self::Role(role) => Some(&role.granted),
            _ => None,
        }
    }

    /// The same, to change it.
    pub fn granted_mut(&mut self) -> Option<&mut Grantee> {
        match self {
            Self::User(user) => Some(&mut user.granted),
            Self::Role(role) => Some(&mut role.granted),
            _ => None,
        }
    }

    /// The settings that it brings.
    pub fn elements(&self) -> &[Element] {
        match self {
            Self::User(user) => &user.settings,
            Self::Role(role) => &role.settings,
            Self::Profile(profile) => &profile.elements,
            _ => &[],
        }
    }

    /// The statement that makes it, without what it was granted.
    pub fn statement(&self, writing: &Writing<'_>) -> AccessStatement {
        let action = Action {
            attach: writing.for_file,
            ..Action::default()
        };
        let names = vec![self.name()];
        let settings = writing.settings(self.elements());
        match self {
            Self::User(user) => AccessStatement::User(Box::new(writing.user(user, action, settings))),
            Self::Role(_) => AccessStatement::Role(RoleStatement {
                action,
                names,
                settings,
                ..RoleStatement::default()
            }),
            Self::Profile(profile) => AccessStatement::Profile(ProfileStatement {
                action,
                names,
                settings,
                to: Some(profile.to.subjects(writing.name)),
                ..ProfileStatement::default()
            }),
            Self::Policy(policy) => AccessStatement::Policy(PolicyStatement {
                action,
                names: vec![EntityName {
                    name: policy.name.clone(),
                    table: Some(TableName {
                        database: Some(policy.database.clone()),
                        name: policy.table.clone(),
                    }),
                }],
                filter: policy.filter.clone().map(|filter| Some(Box::new(filter))),
                is_restrictive: (policy.is_restrictive).then_some(true),
                to: Some(policy.to.subjects(writing.name)),
                ..PolicyStatement::default()
            }),
            Self::Quota(quota) => AccessStatement::Quota(QuotaStatement {
                action,
                names,
                key: Some(quota.key.clone()),
                intervals: quota.intervals.clone(),
                to: Some(quota.to.subjects(writing.name)),
                ..QuotaStatement::default()
            }),
        }
    }

    /// The statements that grant it what it has.
    pub fn grant_statements(&self, own: Subject, writing: &Writing<'_>) -> Vec<Grant> {
        let Some(granted) = self.granted() else {
            return Vec::new();
        };
        let mut all = granted.grants.statements();
        for with_option in [false, true] {
            let roles = granted.roles.iter().filter(|(_, option)| **option == with_option);
            let roles = IdSet::of(roles.map(|(id, _)| *id)).subjects(writing.name);
            if !roles.named.is_empty() {
                all.push(Grant {
                    roles: Some(roles),
                    with_option,
                    ..Grant::default()
                });
            }
        }
        for grant in &mut all {
            grant.to.named = vec![own.clone()];
            grant.attach = writing.for_file;
        }
        all
    }
}

/// `name ON database.table`.
pub fn policy_name(name: &str, database: &str, table: &str) -> String {
    let table = match table {
        "*" => "*".into(),
        table => back_quote_if_needed(table),
    };
    format!(
        "{} ON {}.{table}",
        back_quote_if_needed(name),
        back_quote_if_needed(database)
    )
}

/// How entities are written.
pub struct Writing<'a> {
    /// With passwords, and identifiers in the place of names.
    pub for_file: bool,
    /// What others are called.
    pub name: &'a dyn Fn(Uuid) -> Option<Subject>,
}

impl Writing<'_> {
    fn user(&self, user: &User, action: Action, settings: Option<SettingsChange>) -> UserStatement {
        let everyone = IdSet::everyone();
        let shown = |ids: &IdSet| (*ids != everyone).then(|| ids.subjects(self.name));
        UserStatement {
            action,
            names: vec![(user.name.clone(), None)],
            methods: user.methods.iter().map(|method| method.method(self.for_file)).collect(),
            hosts: Some(user.hosts.clone()),
            default_roles: shown(&user.default_roles),
            default_database: Some(user.default_database.clone()),
            grantees: shown(&user.grantees),
            settings,
            ..UserStatement::default()
        }
    }

    fn settings(&self, elements: &[Element]) -> Option<SettingsChange> {
        let element = |element: &Element| match element {
            Element::Inherit(id) => (self.name)(*id).map(ProfileElement::Inherit),
            Element::Setting {
                name,
                value,
                min,
                max,
                writability,
            } => Some(ProfileElement::Setting {
                name: name.clone(),
                value: value.clone(),
                min: min.clone(),
                max: max.clone(),
                writability: *writability,
            }),
        };
        let elements: Vec<ProfileElement> = elements.iter().filter_map(element).collect();
        (!elements.is_empty()).then(|| SettingsChange {
            elements,
            ..SettingsChange::default()
        })
    }
}

/// All entities at one moment.
#[derive(Clone, Debug, Default)]
pub struct Entities {
    by_id: BTreeMap<Uuid, Arc<Stored>>,
    by_name: BTreeMap<(EntityKind, String), Uuid>,
}

impl Entities {
    /// What has an identifier.
    pub fn get(&self, id: Uuid) -> Option<&Arc<Stored>> {
        self.by_id.get(&id)
    }

    /// What has a name.
    pub fn find(&self, kind: EntityKind, name: &str) -> Option<&Arc<Stored>> {
        self.get(*self.by_name.get(&(kind, name.to_string()))?)
    }

    /// All of a kind, by name.
    pub fn of(&self, kind: EntityKind) -> impl Iterator<Item = &Arc<Stored>> {
        let of_kind = self.by_name.iter().filter(move |((it, _), _)| *it == kind);
        of_kind.filter_map(|(_, id)| self.get(*id))
    }

    /// A user's name; empty if he is gone.
    pub fn name(&self, id: Uuid) -> Option<String> {
        self.get(id).map(|stored| stored.entity.name())
    }

    /// What others are called in statements for people.
    pub fn subject(&self, id: Uuid) -> Option<Subject> {
        self.name(id).map(Subject::Name)
    }

    /// Adds an entity, or puts it in the place of itself as it was.
    pub fn insert(&mut self, stored: Arc<Stored>) {
        self.remove(stored.id);
        let key = (stored.entity.kind(), stored.entity.name());
        self.by_name.insert(key, stored.id);
        self.by_id.insert(stored.id, stored);
    }

    /// Takes an entity out.
    pub fn remove(&mut self, id: Uuid) {
        if let Some(known) = self.by_id.remove(&id) {
            self.by_name.remove(&(known.entity.kind(), known.entity.name()));
        }
    }

    /// Policies: whether there are any.
    pub fn has_policies(&self) -> bool {
        self.of(EntityKind::Policy).next().is_some()
    }
}
