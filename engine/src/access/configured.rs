//! Users and profiles that the configuration speaks of. Statements do not change them.

use gristmill_sql::parser::access::{AccessStatement, EntityKind, Hosts, Method, MethodKind, Privileges};
use gristmill_sql::parser::{SettingValue, Statement, parse};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use gristmill_sql::Code;

use super::entity::{Element, Entity, Grantee, Policy, Profile, Quota, Stored, User};
use super::grants::{Grants, Path};
use super::ids::IdSet;
use super::password::StoredMethod;
use crate::error::{Error, Result};

/// The user that is always there.
pub const DEFAULT_USER: &str = "default";
/// The profile that everybody begins with.
pub const DEFAULT_PROFILE: &str = "default";

/// A password in the configuration.
#[derive(Clone, PartialEq, Eq)]
pub enum ConfiguredPassword {
    /// `password`, in plain text.
    Plain(String),
    /// `password_sha256_hex`.
    Sha256(String),
    /// `password_double_sha1_hex`.
    DoubleSha1(String),
    /// A hash of bcrypt.
    Bcrypt(String),
    /// `no_password`: any fits.
    None,
}

impl std::fmt::Debug for ConfiguredPassword {
    /// Passwords are shown nowhere.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ConfiguredPassword")
    }
}

/// A user of the configuration.
#[derive(Clone, Debug, Default)]
pub struct ConfiguredUser {
    /// The name.
    pub name: String,
    /// His passwords, each of which fits; none: any does.
    pub passwords: Vec<ConfiguredPassword>,
    /// `networks`; none: he may come from anywhere.
    pub hosts: Option<Hosts>,
    /// `profile`; none: `default`.
    pub profile: Option<String>,
    /// `quota`.
    pub quota: Option<String>,
    /// `default_database`.
    pub default_database: String,
    /// `allow_databases`; none: all.
    pub databases: Option<Vec<String>>,
    /// `access_management`: whether he may make users and grant. With `grants` that is said there.
    pub access_management: bool,
    /// `grants`: GRANT and REVOKE statements without `TO` and `FROM`; none: all but managing access.
    pub grants: Option<Vec<String>>,
    /// Row filters: database, table, condition.
    pub filters: Vec<(String, String, String)>,
}

/// A settings profile of the configuration: `profile` is the name of one that it inherits from.
#[derive(Clone, Debug, Default)]
pub struct ConfiguredProfile {
    /// The name.
    pub name: String,
    /// Profiles that it inherits from.
    pub inherits: Vec<String>,
    /// Settings: name and value.
    pub settings: Vec<(String, String)>,
    /// Constraints: name, least, most, whether it cannot be changed.
    pub constraints: Vec<(String, Option<String>, Option<String>, bool)>,
}

/// What the configuration says of users.
#[derive(Clone, Debug, Default)]
pub struct ConfiguredUsers {
    /// Users; if none is called `default`, he is added, may do all and needs no password.
    pub users: Vec<ConfiguredUser>,
    /// Profiles; one called `default` is added if there is none.
    pub profiles: Vec<ConfiguredProfile>,
    /// Names of quotas; they count and limit nothing. One called `default` is added if there is none.
    pub quotas: Vec<String>,
}

/// The identifier of something in the configuration: always the same.
pub fn id_of(kind: EntityKind, name: &str) -> Uuid {
    let digest = Sha256::new()
        .chain_update(kind.word())
        .chain_update([0])
        .chain_update(name)
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

impl ConfiguredUsers {
    /// As entities. Fails on a grant or condition that cannot be read and on profiles that are not there.
    pub fn entities(&self) -> Result<Vec<Stored>> {
        let mut users = self.users.clone();
        if !users.iter().any(|user| user.name == DEFAULT_USER) {
            users.push(ConfiguredUser {
                name: DEFAULT_USER.into(),
                access_management: true,
                ..ConfiguredUser::default()
            });
        }
        let mut profiles = self.profiles.clone();
        if !profiles.iter().any(|profile| profile.name == DEFAULT_PROFILE) {
            profiles.push(ConfiguredProfile {
                name: DEFAULT_PROFILE.into(),
                ..ConfiguredProfile::default()
            });
        }
        let mut quotas = self.quotas.clone();
        if !quotas.iter().any(|quota| quota == DEFAULT_PROFILE) {
            quotas.push(DEFAULT_PROFILE.into());
        }
        let known = |name: &str| profiles.iter().any(|profile| profile.name == name);
        let mut all = Vec::new();
        for profile in &profiles {
            all.push(stored(Entity::Profile(profile.entity(&known)?)));
        }
        for quota in &quotas {
            let of = |user: &&ConfiguredUser| user.quota.as_deref().unwrap_or(DEFAULT_PROFILE) == quota;
            all.push(stored(Entity::Quota(Quota {
                name: quota.clone(),
                key: "user_name".into(),
                to: IdSet::of(users.iter().filter(of).map(|user| id_of(EntityKind::User, &user.name))),
                ..Quota::default()
            })));
        }
        for user in &users {
            all.push(stored(Entity::User(user.entity(&known)?)));
            for policy in user.policies()? {
                all.push(stored(Entity::Policy(policy)));
            }
        }
        Ok(all)
    }
}

fn stored(entity: Entity) -> Stored {
    Stored {
        id: id_of(entity.kind(), &entity.name()),
        is_configured: true,
        entity,
    }
}

fn unknown_profile(name: &str) -> Error {
    let message = format!("There is no settings profile `{name}` in the configuration");
    Error::new(Code::THERE_IS_NO_PROFILE, message)
}

impl ConfiguredProfile {
    fn entity(&self, known: &dyn Fn(&str) -> bool) -> Result<Profile> {
        let mut elements = Vec::new();
        for name in &self.inherits {
            if !known(name) {
                return Err(unknown_profile(name));
            }
            elements.push(Element::Inherit(id_of(EntityKind::Profile, name)));
        }
        for (name, value) in &self.settings {
            elements.push(Element::Setting {
                name: name.clone(),
                value: Some(SettingValue::Text(value.clone())),
                min: None,
                max: None,
                writability: None,
            });
        }
        for (name, min, max, is_const) in &self.constraints {
            elements.push(Element::Setting {
                name: name.clone(),
                value: None,
                min: min.clone().map(SettingValue::Text),
                max: max.clone().map(SettingValue::Text),
                writability: is_const.then_some(gristmill_sql::parser::access::Writability::Const),
            });
        }
        Ok(Profile {
            name: self.name.clone(),
            elements,
            to: IdSet::default(),
        })
    }
}

impl ConfiguredUser {
    fn entity(&self, known: &dyn Fn(&str) -> bool) -> Result<User> {
        let profile = self.profile.as_deref().unwrap_or(DEFAULT_PROFILE);
        if !known(profile) {
            return Err(unknown_profile(profile));
        }
        let mut methods = Vec::new();
        for password in &self.passwords {
            let (kind, text) = match password {
                ConfiguredPassword::None => (MethodKind::NoPassword, ""),
                ConfiguredPassword::Plain(text) => (MethodKind::PlaintextPassword, text.as_str()),
                ConfiguredPassword::Sha256(text) => (MethodKind::Sha256Hash, text.as_str()),
                ConfiguredPassword::DoubleSha1(text) => (MethodKind::DoubleSha1Hash, text.as_str()),
                ConfiguredPassword::Bcrypt(text) => (MethodKind::BcryptHash, text.as_str()),
            };
            methods.push(StoredMethod::new(&Method {
                kind,
                text: Some(text.into()),
                salt: None,
                valid_until: None,
            })?);
        }
        if methods.is_empty() {
            methods.push(StoredMethod::no_password());
        }
        let anywhere = Hosts {
            any: true,
            ..Hosts::default()
        };
        Ok(User {
            name: self.name.clone(),
            methods,
            hosts: self.hosts.clone().unwrap_or(anywhere),
            default_roles: IdSet::everyone(),
            default_database: self.default_database.clone(),
            grantees: IdSet::everyone(),
            settings: vec![Element::Inherit(id_of(EntityKind::Profile, profile))],
            granted: Grantee {
                grants: self.granted()?,
                ..Grantee::default()
            },
        })
    }

    fn granted(&self) -> Result<Grants> {
        let mut grants = Grants::default();
        let Some(texts) = &self.grants else {
            return Ok(self.granted_by_default());
        };
        for text in texts {
            let is_revoke = text
                .trim_start()
                .get(..6)
                .is_some_and(|word| word.eq_ignore_ascii_case("REVOKE"));
            let whole = format!("{text} {} CURRENT_USER", if is_revoke { "FROM" } else { "TO" });
            let (whole, option) = match text.to_ascii_uppercase().find(" WITH GRANT OPTION") {
                Some(at) if !is_revoke => (format!("{} TO CURRENT_USER", &text[..at]), true),
                _ => (whole, false),
            };
            let parsed = parse(whole.as_bytes(), &Default::default())?.0.statement;
            let Statement::Access(statement) = parsed else {
                return Err(Error::new(Code::INVALID_GRANT, format!("{text} is no GRANT")));
            };
            let AccessStatement::Grant(mut grant) = *statement else {
                return Err(Error::new(Code::INVALID_GRANT, format!("{text} is no GRANT")));
            };
            if grant.roles.is_some() {
                return Err(Error::not_implemented("Roles in the grants of a configured user"));
            }
            grant.with_option |= option;
            for element in &grant.elements {
                grants.apply(element, &grant, "default")?;
            }
        }
        Ok(grants)
    }

    fn granted_by_default(&self) -> Grants {
        let mut grants = Grants::default();
        let mut privileges = Privileges::all();
        if !self.access_management {
            privileges &= !Privileges::named("ACCESS MANAGEMENT");
        }
        let any = gristmill_sql::parser::access::NamePart::Any;
        match &self.databases {
            None => {
                grants.add(privileges, &Path::everywhere(), self.access_management);
                grants.add_name(privileges, &any, self.access_management);
            }
            Some(databases) => {
                let everywhere = Privileges::at(|level| level == gristmill_sql::parser::access::Level::Global);
                grants.add(privileges & everywhere, &Path::everywhere(), self.access_management);
                grants.add_name(privileges, &any, self.access_management);
                for database in databases {
                    grants.add(privileges, &Path::database(database), self.access_management);
                }
            }
        }
        grants
    }

    fn policies(&self) -> Result<Vec<Policy>> {
        let policy = |(database, table, filter): &(String, String, String)| {
            Ok(Policy {
                name: self.name.clone(),
                database: database.clone(),
                table: table.clone(),
                filter: Some(gristmill_sql::parser::parse_expression(filter)?),
                is_restrictive: false,
                to: IdSet::of([id_of(EntityKind::User, &self.name)]),
            })
        };
        self.filters.iter().map(policy).collect()
    }
}
