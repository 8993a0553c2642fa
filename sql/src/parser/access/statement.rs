//! What statements about users, roles and privileges are after parsing.

use sqlparser::ast::Expr;

use super::privilege::Privileges;
use crate::parser::statement::{SettingValue, TableName};

/// A statement about users, roles and what they may do.
#[derive(Clone, Debug, PartialEq)]
pub enum AccessStatement {
    /// `CREATE | ALTER USER`.
    User(Box<UserStatement>),
    /// `CREATE | ALTER ROLE`.
    Role(RoleStatement),
    /// `CREATE | ALTER ROW POLICY`.
    Policy(PolicyStatement),
    /// `CREATE | ALTER QUOTA`.
    Quota(QuotaStatement),
    /// `CREATE | ALTER SETTINGS PROFILE`.
    Profile(ProfileStatement),
    /// `DROP USER | ROLE | …`.
    Drop {
        /// Of what.
        kind: EntityKind,
        /// Which; policies have tables.
        names: Vec<EntityName>,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `GRANT …`, `REVOKE …`.
    Grant(Grant),
    /// `SET ROLE …`.
    SetRole(RoleChoice),
    /// `SET DEFAULT ROLE … TO …`.
    SetDefaultRole(Subjects, Vec<Subject>),
    /// `SHOW CREATE USER | ROLE | …`; no names: all, or the current user.
    ShowCreate(EntityKind, Vec<EntityName>, IsAll),
    /// `SHOW ROW POLICIES [name] [ON table]`, `SHOW PROFILES`, `SHOW QUOTAS`.
    ShowEntities(EntityKind, Option<TableName>),
    /// `SHOW ACCESS`.
    ShowAccess,
    /// `SHOW PRIVILEGES`.
    ShowPrivileges,
    /// `SHOW [CURRENT] QUOTA`.
    ShowQuota,
    /// `SHOW GRANTS [FOR …] [WITH IMPLICIT] [FINAL]`.
    ShowGrants {
        /// Of whom; none: of the current user.
        of: Option<Subjects>,
        /// `WITH IMPLICIT`.
        implicit: bool,
        /// `FINAL`: with what roles give.
        is_final: bool,
    },
    /// `CHECK GRANT …`.
    CheckGrant(Vec<GrantElement>),
}

/// Whether the plural was said: all of a kind.
pub type IsAll = bool;

/// Kinds of things that `system.users` and its like list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKind {
    /// A user.
    User,
    /// A role.
    Role,
    /// A settings profile.
    Profile,
    /// A row policy.
    Policy,
    /// A quota.
    Quota,
}

impl EntityKind {
    /// All, in the order in which SHOW ACCESS lists them.
    pub const ALL: [Self; 5] = [Self::User, Self::Role, Self::Profile, Self::Policy, Self::Quota];

    /// The word in statements.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::Role => "ROLE",
            Self::Profile => "SETTINGS PROFILE",
            Self::Policy => "ROW POLICY",
            Self::Quota => "QUOTA",
        }
    }

    /// The word in sentences.
    pub fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Role => "role",
            Self::Profile => "settings profile",
            Self::Policy => "row policy",
            Self::Quota => "quota",
        }
    }
}

/// The name of a user, role, quota or profile, or a policy's with its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityName {
    /// The name.
    pub name: String,
    /// Of a policy: its table; `*` for all tables of a database.
    pub table: Option<TableName>,
}

/// What happens to what has the name already, or has not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Action {
    /// ALTER, not CREATE.
    pub is_alter: bool,
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// Read from a file: identifiers are in the place of names.
    pub attach: bool,
}

/// A user or role as a statement names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// By name.
    Name(String),
    /// `ID('…')`, in files.
    Id(String),
    /// `CURRENT_USER`.
    CurrentUser,
}

/// Some users and roles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subjects {
    /// `ALL`, or `ANY` of grantees.
    pub all: bool,
    /// These.
    pub named: Vec<Subject>,
    /// `EXCEPT` these.
    pub except: Vec<Subject>,
}

/// How a user proves who he is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodKind {
    /// Nothing said but the password.
    Default,
    /// Any password fits.
    NoPassword,
    /// The password as it is.
    PlaintextPassword,
    /// A password, kept as SHA-256 with a salt.
    Sha256Password,
    /// That hash.
    Sha256Hash,
    /// A password, kept as SHA-1 of its SHA-1.
    DoubleSha1Password,
    /// That hash.
    DoubleSha1Hash,
    /// A password, kept by bcrypt.
    BcryptPassword,
    /// That hash.
    BcryptHash,
}

/// The names of the kinds of [`Method`].
pub const METHODS: &[(&str, MethodKind)] = &[
    ("no_password", MethodKind::NoPassword),
    ("plaintext_password", MethodKind::PlaintextPassword),
    ("sha256_password", MethodKind::Sha256Password),
    ("sha256_hash", MethodKind::Sha256Hash),
    ("double_sha1_password", MethodKind::DoubleSha1Password),
    ("double_sha1_hash", MethodKind::DoubleSha1Hash),
    ("bcrypt_password", MethodKind::BcryptPassword),
    ("bcrypt_hash", MethodKind::BcryptHash),
];

/// `IDENTIFIED WITH kind BY 'text' [SALT 'salt'] [VALID UNTIL 'time']`.
#[derive(Clone, PartialEq, Eq)]
pub struct Method {
    /// The kind.
    pub kind: MethodKind,
    /// Password or hash.
    pub text: Option<String>,
    /// The salt of a hash.
    pub salt: Option<String>,
    /// `VALID UNTIL`.
    pub valid_until: Option<String>,
}

impl std::fmt::Debug for Method {
    /// Passwords are shown nowhere.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Method")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// What happens to the ways in which a user could log in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MethodsChange {
    /// The new ones alone are left.
    #[default]
    Replace,
    /// `ADD IDENTIFIED …`.
    Add,
    /// `RESET AUTHENTICATION METHODS TO NEW`: the last one alone is left.
    ResetToNew,
}

/// Whence a user may come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    /// `ANY`.
    pub any: bool,
    /// `LOCAL`.
    pub local: bool,
    /// `IP` addresses and networks.
    pub ips: Vec<String>,
    /// `NAME`.
    pub names: Vec<String>,
    /// `REGEXP` over names.
    pub regexps: Vec<String>,
    /// `LIKE` over names.
    pub likes: Vec<String>,
}

/// `CREATE USER`, `ALTER USER`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserStatement {
    /// CREATE or ALTER.
    pub action: Action,
    /// The users, and what `@'host'` said of each.
    pub names: Vec<(String, Option<String>)>,
    /// `RENAME TO`.
    pub new_name: Option<String>,
    /// `IDENTIFIED …`.
    pub methods: Vec<Method>,
    /// What happens to others.
    pub methods_change: MethodsChange,
    /// `VALID UNTIL` of all ways.
    pub valid_until: Option<String>,
    /// `HOST …`.
    pub hosts: Option<Hosts>,
    /// `ADD HOST …`.
    pub add_hosts: Option<Hosts>,
    /// `DROP HOST …`.
    pub drop_hosts: Option<Hosts>,
    /// `DEFAULT ROLE`.
    pub default_roles: Option<Subjects>,
    /// `DEFAULT DATABASE`; an empty name for NONE.
    pub default_database: Option<String>,
    /// `GRANTEES`.
    pub grantees: Option<Subjects>,
    /// `SETTINGS …`.
    pub settings: Option<SettingsChange>,
}

/// `CREATE ROLE`, `ALTER ROLE`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoleStatement {
    /// CREATE or ALTER.
    pub action: Action,
    /// The roles.
    pub names: Vec<String>,
    /// `RENAME TO`.
    pub new_name: Option<String>,
    /// `SETTINGS …`.
    pub settings: Option<SettingsChange>,
}

/// `CREATE SETTINGS PROFILE`, `ALTER SETTINGS PROFILE`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProfileStatement {
    /// CREATE or ALTER.
    pub action: Action,
    /// The profiles.
    pub names: Vec<String>,
    /// `RENAME TO`.
    pub new_name: Option<String>,
    /// `SETTINGS …`.
    pub settings: Option<SettingsChange>,
    /// `TO …`.
    pub to: Option<Subjects>,
}

/// `CREATE ROW POLICY`, `ALTER ROW POLICY`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyStatement {
    /// CREATE or ALTER.
    pub action: Action,
    /// The policies.
    pub names: Vec<EntityName>,
    /// `RENAME TO`.
    pub new_name: Option<String>,
    /// `USING condition`; inside: `NONE`.
    pub filter: Option<Option<Box<Expr>>>,
    /// `AS RESTRICTIVE`, `AS PERMISSIVE`.
    pub is_restrictive: Option<bool>,
    /// `TO …`.
    pub to: Option<Subjects>,
}

/// Limits of one interval of a quota.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QuotaInterval {
    /// `RANDOMIZED`.
    pub is_randomized: bool,
    /// Length.
    pub seconds: u64,
    /// `MAX name = value`; time in seconds.
    pub limits: Vec<(String, f64)>,
    /// `NO LIMITS`: the interval goes.
    pub is_dropped: bool,
}

/// `CREATE QUOTA`, `ALTER QUOTA`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QuotaStatement {
    /// CREATE or ALTER.
    pub action: Action,
    /// The quotas.
    pub names: Vec<String>,
    /// `RENAME TO`.
    pub new_name: Option<String>,
    /// `KEYED BY`; empty: `NOT KEYED`.
    pub key: Option<String>,
    /// `FOR INTERVAL …`.
    pub intervals: Vec<QuotaInterval>,
    /// `TO …`.
    pub to: Option<Subjects>,
}

/// The names of a quota's limits.
pub const QUOTA_LIMITS: &[&str] = &[
    "queries",
    "query_selects",
    "query_inserts",
    "errors",
    "result_rows",
    "result_bytes",
    "read_rows",
    "read_bytes",
    "execution_time",
    "written_bytes",
    "failed_sequential_authentications",
    "queries_per_normalized_hash",
];

/// The keys that a quota can have.
pub const QUOTA_KEYS: &[&str] = &[
    "none",
    "user_name",
    "ip_address",
    "forwarded_ip_address",
    "client_key",
    "client_key_or_user_name",
    "client_key_or_ip_address",
    "normalized_query_hash",
];

/// Who may change a setting that a profile speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writability {
    /// `WRITABLE`.
    Writable,
    /// `CONST`, `READONLY`.
    Const,
    /// `CHANGEABLE_IN_READONLY`.
    ChangeableInReadonly,
}

/// An element of a settings profile.
#[derive(Clone, Debug, PartialEq)]
pub enum ProfileElement {
    /// A setting.
    Setting {
        /// Its name.
        name: String,
        /// `= value`.
        value: Option<SettingValue>,
        /// `MIN`.
        min: Option<SettingValue>,
        /// `MAX`.
        max: Option<SettingValue>,
        /// `CONST` and the like.
        writability: Option<Writability>,
    },
    /// `PROFILE 'name'`, `INHERIT 'name'`.
    Inherit(Subject),
}

/// What becomes of the settings of a user, role or profile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SettingsChange {
    /// Those that were there go first.
    pub drop_all_settings: bool,
    /// So do profiles.
    pub drop_all_profiles: bool,
    /// `DROP SETTING`.
    pub drop_settings: Vec<String>,
    /// `DROP PROFILE`.
    pub drop_profiles: Vec<Subject>,
    /// New ones, in the place of those of the same setting.
    pub elements: Vec<ProfileElement>,
}

/// A part of a name that privileges are granted on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NamePart {
    /// `*`.
    Any,
    /// `name*`.
    Prefix(String),
    /// `name`.
    Exact(String),
}

/// What privileges are granted on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantPlace {
    /// The database; `None`: nothing said before the table, or there is but one name.
    pub database: Option<NamePart>,
    /// The table, or the one name.
    pub name: NamePart,
}

/// `SELECT(a, b) ON db.t`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantElement {
    /// What.
    pub privileges: Privileges,
    /// Of these columns; empty: of all.
    pub columns: Vec<String>,
    /// On what.
    pub place: GrantPlace,
}

/// `GRANT … TO …`, `REVOKE … FROM …`.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Grant {
    /// REVOKE.
    pub is_revoke: bool,
    /// `GRANT OPTION FOR`, `ADMIN OPTION FOR`.
    pub option_for: bool,
    /// Privileges.
    pub elements: Vec<GrantElement>,
    /// `CURRENT GRANTS`: of the privileges those that one has.
    pub current_grants: bool,
    /// Roles in the place of privileges.
    pub roles: Option<Subjects>,
    /// To or from whom.
    pub to: Subjects,
    /// `WITH GRANT OPTION`, `WITH ADMIN OPTION`.
    pub with_option: bool,
    /// `WITH REPLACE OPTION`.
    pub replace: bool,
    /// Read from a file.
    pub attach: bool,
}

/// `SET ROLE …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleChoice {
    /// `DEFAULT`.
    Default,
    /// `NONE`: no names; `ALL EXCEPT`; names.
    These(Subjects),
}
