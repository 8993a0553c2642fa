//! What a session may do: its user's privileges and those of the roles that are in force.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use gristmill_sql::Code;
use gristmill_sql::parser::SettingValue;
use gristmill_sql::parser::access::{EntityKind, GrantElement, GrantPlace, NamePart, Privileges, RoleChoice};
use sqlparser::ast;
use uuid::Uuid;

use super::apply::role_set;
use super::configured::{DEFAULT_PROFILE, DEFAULT_USER, id_of};
use super::denied::denied;
use super::entity::{Element, Entities, Entity, User};
use super::grants::{Grants, Path};
use crate::catalog::SYSTEM;
use crate::error::{Error, Result};
use crate::settings::constraints::{Constraint, Constraints};
use crate::settings::{self, Settings};
use crate::system::information_schema;

/// Profiles inside of each other, at most.
const PROFILE_DEPTH_MAX: usize = 16;

/// System tables that everybody may read: what they tell is no secret, or rows that one may not see are left out.
const OPEN_TABLES: &[&str] = &[
    "one",
    "contributors",
    "licenses",
    "time_zones",
    "build_options",
    "formats",
    "table_functions",
    "functions",
    "data_type_families",
    "table_engines",
    "aggregate_function_combinators",
    "database_engines",
    "privileges",
    "keywords",
    "databases",
    "tables",
    "columns",
    "settings",
    "merge_tree_settings",
    "warnings",
    "completions",
    "current_roles",
    "enabled_roles",
    "quota_usage",
    "processes",
];

/// The roles that a session has chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum RolesInForce {
    /// Those that a session begins with.
    #[default]
    Default,
    /// SET ROLE.
    These(BTreeSet<Uuid>),
}

/// What a session may do. It holds for one state of all users and roles.
#[derive(Debug)]
pub struct Rights {
    /// The user.
    pub user_id: Uuid,
    /// His name.
    pub user: String,
    /// Roles that SET ROLE or the user's defaults have put in force.
    pub current_roles: BTreeSet<Uuid>,
    /// These and those that they have; whether each may be granted on.
    pub enabled_roles: BTreeMap<Uuid, bool>,
    /// All together.
    pub grants: Grants,
    /// All entities of that moment.
    pub entities: Arc<Entities>,
    /// The state that this is of.
    pub version: u64,
    /// Tells it from others that were made.
    number: u64,
    /// Nothing has to be asked: he may do all, and no policy hides rows.
    pub is_unlimited: bool,
}

static NUMBERS: AtomicU64 = AtomicU64::new(1);

static ENGINE: LazyLock<Arc<Rights>> = LazyLock::new(|| {
    Arc::new(Rights {
        user_id: id_of(EntityKind::User, DEFAULT_USER),
        user: DEFAULT_USER.into(),
        current_roles: BTreeSet::new(),
        enabled_roles: BTreeMap::new(),
        grants: Grants::all(),
        entities: Arc::default(),
        version: 0,
        number: 0,
        is_unlimited: true,
    })
});

impl Rights {
    /// The engine's own, for what no user asks.
    pub fn of_engine() -> Arc<Self> {
        ENGINE.clone()
    }

    /// What a user may do with roles.
    pub fn new(user_id: Uuid, user: &User, roles: &RolesInForce, entities: Arc<Entities>, version: u64) -> Self {
        let granted = &user.granted.roles;
        let is_default = |id: &Uuid| user.default_roles.has(*id);
        let current_roles: BTreeSet<Uuid> = match roles {
            RolesInForce::Default => granted.keys().copied().filter(is_default).collect(),
            RolesInForce::These(ids) => granted.keys().copied().filter(|id| ids.contains(id)).collect(),
        };
        let mut grants = user.granted.grants.clone();
        let mut enabled_roles = BTreeMap::new();
        let mut open: Vec<(Uuid, bool)> = current_roles.iter().map(|id| (*id, granted[id])).collect();
        while let Some((id, option)) = open.pop() {
            let known = enabled_roles.get(&id).copied();
            if known == Some(true) || known == Some(option) {
                continue;
            }
            let Some(Entity::Role(role)) = entities.get(id).map(|stored| &stored.entity) else {
                continue;
            };
            enabled_roles.insert(id, option);
            grants.unite(&role.granted.grants);
            open.extend(role.granted.roles.iter().map(|(id, option)| (*id, *option)));
        }
        let is_unlimited = grants.has_all() && !entities.has_policies();
        Self {
            user_id,
            user: user.name.clone(),
            current_roles,
            enabled_roles,
            grants,
            entities,
            version,
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            is_unlimited,
        }
    }

    /// What SET ROLE chooses; SET_NON_GRANTED_ROLE for roles that the user has not.
    pub fn chosen(&self, choice: &RoleChoice) -> Result<RolesInForce> {
        let RoleChoice::These(said) = choice else {
            return Ok(RolesInForce::Default);
        };
        let set = role_set(said, &self.entities)?;
        let user = self.entities.get(self.user_id);
        let granted = user
            .and_then(|stored| stored.entity.granted())
            .map(|granted| &granted.roles);
        let has = |id: &Uuid| granted.is_some_and(|granted| granted.contains_key(id));
        if let Some(missing) = set.ids.iter().find(|id| !has(id)) {
            let role = self.entities.name(*missing).unwrap_or_default();
            let message = format!("Role {role} should be granted to set as a current. User: {}", self.user);
            return Err(Error::new(Code::SET_NON_GRANTED_ROLE, message));
        }
        let all = granted.into_iter().flat_map(|granted| granted.keys().copied());
        Ok(RolesInForce::These(all.filter(|id| set.has(*id)).collect()))
    }

    /// The settings and the database that the user's session begins with, over what everybody has.
    pub fn beginning(&self, settings: &Arc<Settings>) -> Result<(Arc<Settings>, Option<String>)> {
        let Some(Entity::User(user)) = self.entities.get(self.user_id).map(|stored| &stored.entity) else {
            return Ok((settings.clone(), None));
        };
        let database = (!user.default_database.is_empty()).then(|| user.default_database.clone());
        let elements = self.elements();
        if elements.is_empty() {
            return Ok((settings.clone(), database));
        }
        let mut settings = Settings::clone(settings);
        for element in &elements {
            if let Element::Setting {
                name,
                value: Some(value),
                ..
            } = element
            {
                settings.set(name, &value.text())?;
            }
        }
        settings.constrain(Arc::new(constraints(&elements)?));
        Ok((Arc::new(settings), database))
    }

    /// What of settings the user may change.
    pub fn constraints(&self) -> Result<Arc<Constraints>> {
        Ok(Arc::new(constraints(&self.elements())?))
    }

    /// What the default profile, profiles for the user, his roles and he himself say of settings; later ones decide.
    fn elements(&self) -> Vec<Element> {
        let mut all = Vec::new();
        self.inherit(id_of(EntityKind::Profile, DEFAULT_PROFILE), PROFILE_DEPTH_MAX, &mut all);
        let roles = self.roles();
        for stored in self.entities.of(EntityKind::Profile) {
            if let Entity::Profile(profile) = &stored.entity
                && profile.to.means(self.user_id, &roles)
            {
                self.flatten(&profile.elements, PROFILE_DEPTH_MAX, &mut all);
            }
        }
        for id in roles.into_iter().chain([self.user_id]) {
            if let Some(stored) = self.entities.get(id) {
                self.flatten(stored.entity.elements(), PROFILE_DEPTH_MAX, &mut all);
            }
        }
        all
    }

    fn inherit(&self, profile: Uuid, depth: usize, all: &mut Vec<Element>) {
        if let Some(stored) = self.entities.get(profile) {
            self.flatten(stored.entity.elements(), depth, all);
        }
    }

    /// Profiles may inherit in circles; deeper than this nothing new is said.
    fn flatten(&self, elements: &[Element], depth: usize, all: &mut Vec<Element>) {
        for element in elements {
            match element {
                Element::Inherit(profile) if depth > 0 => self.inherit(*profile, depth - 1, all),
                Element::Inherit(_) => {}
                setting => all.push(setting.clone()),
            }
        }
    }

    /// Roles in force, with those that they have.
    pub fn roles(&self) -> BTreeSet<Uuid> {
        self.enabled_roles.keys().copied().collect()
    }

    /// Whether the user has no roles at all.
    pub fn is_without_roles(&self) -> bool {
        self.granted_roles().next().is_none()
    }

    fn granted_roles(&self) -> impl Iterator<Item = Uuid> {
        let user = self.entities.get(self.user_id);
        let granted = user.and_then(|stored| stored.entity.granted());
        granted.into_iter().flat_map(|granted| granted.roles.keys().copied())
    }

    /// Names of some of the roles in force.
    pub fn role_names(&self, is_meant: impl Fn(Uuid) -> bool) -> Vec<String> {
        let meant = self.enabled_roles.keys().filter(|id| is_meant(**id));
        sorted(meant.filter_map(|id| self.entities.name(*id)))
    }

    /// Names of the roles that the user's sessions begin with.
    pub fn default_role_names(&self) -> Vec<String> {
        let Some(Entity::User(user)) = self.entities.get(self.user_id).map(|stored| &stored.entity) else {
            return Vec::new();
        };
        let ids = self.granted_roles().filter(|id| user.default_roles.has(*id));
        sorted(ids.filter_map(|id| self.entities.name(id)))
    }

    /// What tells plans of those who may see different rows apart.
    pub fn fingerprint(&self) -> u64 {
        match self.is_unlimited {
            true => 0,
            false => self.number,
        }
    }

    /// ACCESS_DENIED unless all privileges are there.
    pub fn check(&self, privileges: Privileges, path: &Path, element: impl FnOnce() -> GrantElement) -> Result<()> {
        match self.grants.has(privileges, path, false) {
            true => Ok(()),
            false => Err(denied(&self.user, &element(), false)),
        }
    }

    /// The same of a privilege that has no place.
    pub fn check_global(&self, privilege: &str) -> Result<()> {
        let privileges = Privileges::named(privilege);
        self.check(privileges, &Path::everywhere(), || {
            on(privileges, Some(NamePart::Any), NamePart::Any)
        })
    }

    /// The same of a privilege on a database.
    pub fn check_database(&self, privilege: &str, database: &str) -> Result<()> {
        let privileges = Privileges::named(privilege);
        let part = || Some(NamePart::Exact(database.into()));
        self.check(privileges, &Path::database(database), || {
            on(privileges, part(), NamePart::Any)
        })
    }

    /// The same of a privilege on a table.
    pub fn check_table(&self, privilege: &str, database: &str, table: &str) -> Result<()> {
        let privileges = Privileges::named(privilege);
        let element = || {
            on(
                privileges,
                Some(NamePart::Exact(database.into())),
                NamePart::Exact(table.into()),
            )
        };
        self.check(privileges, &Path::table(database, table), element)
    }

    /// The same of a privilege on columns of a table.
    pub fn check_columns(&self, privilege: &str, database: &str, table: &str, columns: &[String]) -> Result<()> {
        let privileges = Privileges::named(privilege);
        let path = Path::table(database, table);
        if self.grants.has(privileges, &path, false) || self.is_open(privileges, database, table) {
            return Ok(());
        }
        let has = |column: &String| self.grants.has(privileges, &path.column(column), false);
        if !columns.is_empty() && columns.iter().all(has) {
            return Ok(());
        }
        let mut needed = on(
            privileges,
            Some(NamePart::Exact(database.into())),
            NamePart::Exact(table.into()),
        );
        needed.columns = columns.to_vec();
        Err(denied(&self.user, &needed, false))
    }

    /// The same of a privilege on a name.
    pub fn check_name(&self, privilege: &str, name: &str) -> Result<()> {
        let privileges = Privileges::named(privilege);
        let part = NamePart::Exact(name.into());
        match self.grants.has_on_name(privileges, &part, false) {
            true => Ok(()),
            false => Err(denied(&self.user, &on(privileges, None, part), false)),
        }
    }

    /// The same of a source, such as FILE: the source itself, or reading or writing it.
    pub fn check_source(&self, privilege: &str, source: &str) -> Result<()> {
        let part = NamePart::Exact(source.into());
        let has_old = self.grants.has(Privileges::named(source), &Path::everywhere(), false);
        match has_old || self.grants.has_on_name(Privileges::named(privilege), &part, false) {
            true => Ok(()),
            false => Err(denied(&self.user, &on(Privileges::named(privilege), None, part), false)),
        }
    }

    /// Whether everybody may read a table.
    pub fn is_open(&self, privileges: Privileges, database: &str, table: &str) -> bool {
        if privileges != Privileges::named("SELECT") {
            return false;
        }
        let needs = match (database, table) {
            (SYSTEM, "users") => "SHOW USERS",
            (SYSTEM, "roles") => "SHOW ROLES",
            (SYSTEM, "row_policies") => "SHOW ROW POLICIES",
            (SYSTEM, "quotas" | "quota_limits" | "quotas_usage") => "SHOW QUOTAS",
            (SYSTEM, "settings_profiles" | "settings_profile_elements") => "SHOW SETTINGS PROFILES",
            (SYSTEM, "grants" | "role_grants") => "SHOW ACCESS",
            (SYSTEM, table) => return OPEN_TABLES.contains(&table),
            (database, _) => return information_schema::DATABASES.contains(&database),
        };
        self.grants.has(Privileges::named(needs), &Path::everywhere(), false)
    }

    /// Whether some column of a table may be read.
    pub fn reads_something(&self, database: &str, table: &str) -> bool {
        let select = Privileges::named("SELECT");
        self.grants.has_any(select, &Path::table(database, table)) || self.is_open(select, database, table)
    }

    /// Whether lists show a table: to those who may do something with it.
    pub fn shows_table(&self, database: &str, table: &str) -> bool {
        self.is_unlimited
            || crate::system::is_system(database)
            || database.is_empty()
            || self.grants.has_any(*OF_TABLES, &Path::table(database, table))
    }

    /// Whether lists show a database.
    pub fn shows_database(&self, database: &str) -> bool {
        self.is_unlimited
            || crate::system::is_system(database)
            || self.grants.has_any(
                *OF_TABLES | Privileges::named("SHOW DATABASES"),
                &Path::database(database),
            )
            || self.grants.has_any(
                Privileges::named("CREATE DATABASE") | Privileges::named("DROP DATABASE"),
                &Path::database(database),
            )
    }

    /// Whether lists show a column.
    pub fn shows_column(&self, database: &str, table: &str, column: &str) -> bool {
        self.is_unlimited
            || crate::system::is_system(database)
            || database.is_empty()
            || self
                .grants
                .has_any(*OF_COLUMNS, &Path::table(database, table).column(column))
    }

    /// The condition of the row policies that the user has on a table: one of the permissive ones, if there is one for
    /// him, and all restrictive ones have to hold. Who has none sees all rows.
    pub fn row_filter(&self, database: &str, table: &str) -> Option<ast::Expr> {
        if self.is_unlimited {
            return None;
        }
        let roles = self.roles();
        let (mut permissive, mut restrictive) = (None, None);
        for stored in self.entities.of(EntityKind::Policy) {
            let Entity::Policy(policy) = &stored.entity else {
                continue;
            };
            let is_on = policy.database == database && (policy.table == table || policy.table == "*");
            if !is_on || !policy.to.means(self.user_id, &roles) {
                continue;
            }
            let condition = policy
                .filter
                .clone()
                .unwrap_or_else(|| ast::Expr::value(ast::Value::Boolean(true)));
            let (all, operator) = match policy.is_restrictive {
                true => (&mut restrictive, ast::BinaryOperator::And),
                false => (&mut permissive, ast::BinaryOperator::Or),
            };
            *all = joined(all.take(), operator, Some(condition));
        }
        joined(permissive, ast::BinaryOperator::And, restrictive)
    }
}

static OF_TABLES: LazyLock<Privileges> = LazyLock::new(|| {
    use gristmill_sql::parser::access::Level;
    Privileges::at(|level| matches!(level, Level::Table | Level::Column))
});

static OF_COLUMNS: LazyLock<Privileges> = LazyLock::new(|| {
    use gristmill_sql::parser::access::Level;
    Privileges::at(|level| level == Level::Column)
});

fn constraints(elements: &[Element]) -> Result<Constraints> {
    let mut constraints = Constraints::default();
    for element in elements {
        let Element::Setting {
            name,
            min,
            max,
            writability,
            ..
        } = element
        else {
            continue;
        };
        if min.is_none() && max.is_none() && writability.is_none() {
            continue;
        }
        let canonical = |value: &Option<SettingValue>| {
            let checked = value.as_ref().map(|value| settings::check(name, &value.text()));
            checked.transpose()
        };
        let constraint = Constraint {
            min: canonical(min)?,
            max: canonical(max)?,
            writability: *writability,
        };
        constraints.add(settings::find(name)?.name, constraint);
    }
    Ok(constraints)
}

fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// Two conditions, or the one that there is.
fn joined(left: Option<ast::Expr>, op: ast::BinaryOperator, right: Option<ast::Expr>) -> Option<ast::Expr> {
    match (left, right) {
        (Some(left), Some(right)) => Some(ast::Expr::BinaryOp {
            left: Box::new(left),
            op,
            right: Box::new(right),
        }),
        (left, right) => left.or(right),
    }
}

/// Privileges on something.
pub fn on(privileges: Privileges, database: Option<NamePart>, name: NamePart) -> GrantElement {
    GrantElement {
        privileges,
        columns: Vec::new(),
        place: GrantPlace { database, name },
    }
}
