//! Users, roles and what belongs to them: system.users, roles, grants, role_grants, row_policies, settings_profiles,
//! settings_profile_elements, quotas, quota_limits, quota_usage, current_roles, enabled_roles, privileges,
//! user_directories. Privileges and kinds are Strings here.

use std::sync::Arc;

use gristmill_sql::parser::access::{
    EntityKind, Grant, METHODS, MethodKind, NamePart, PRIVILEGES, Privileges, QuotaInterval, Writability,
};
use gristmill_sql::parser::format_expression;
use uuid::Uuid;

use super::{Content, SystemTable};
use crate::access::{Element, Entities, Entity, IdSet, Stored};
use crate::cells::{Cell, Cells};
use crate::environment::Environment;
use crate::error::Result;

const AUTH_TYPE: &str = "Array(Enum8('no_password' = 0, 'plaintext_password' = 1, 'sha256_password' = 2, \
                         'double_sha1_password' = 3, 'ldap' = 4, 'kerberos' = 5, 'ssl_certificate' = 6, \
                         'bcrypt_password' = 7, 'ssh_key' = 8, 'http' = 9, 'jwt' = 10, 'scram_sha256_password' = 11, \
                         'no_authentication' = 12))";

pub const USERS: SystemTable = SystemTable {
    name: "users",
    columns: &[
        ("name", "String", "User name."),
        ("id", "UUID", "Tells him from others of his name."),
        ("storage", "String", "Where he comes from."),
        ("auth_type", AUTH_TYPE, "How he logs in."),
        ("auth_params", "Array(String)", "Always {}."),
        ("valid_until", "Array(DateTime64(0))", "Always empty."),
        ("auth_grants", "Array(String)", "Always empty."),
        ("host_ip", "Array(String)", "Whence he may come."),
        ("host_names", "Array(String)", "Whence he may come."),
        ("host_names_regexp", "Array(String)", "Whence he may come."),
        ("host_names_like", "Array(String)", "Whence he may come."),
        (
            "default_roles_all",
            "UInt8",
            "His sessions begin with all of his roles.",
        ),
        ("default_roles_list", "Array(String)", "With these."),
        ("default_roles_except", "Array(String)", "But not with these."),
        ("grantees_any", "UInt8", "He may grant to all."),
        ("grantees_list", "Array(String)", "To these."),
        ("grantees_except", "Array(String)", "But not to these."),
        ("default_database", "String", "His sessions begin in this database."),
    ],
    content: Content::Rows(users),
};

pub const ROLES: SystemTable = SystemTable {
    name: "roles",
    columns: &[
        ("name", "String", "Role name."),
        ("id", "UUID", "Tells it from others of its name."),
        ("storage", "String", "Where it comes from."),
    ],
    content: Content::Rows(|environment, cells| {
        for stored in environment.entities().of(EntityKind::Role) {
            cells.push([
                stored.entity.name().into(),
                Cell::Uuid(stored.id),
                stored.storage().into(),
            ]);
        }
        Ok(())
    }),
};

pub const GRANTS: SystemTable = SystemTable {
    name: "grants",
    columns: &[
        ("user_name", "Nullable(String)", "To whom, if it is a user."),
        ("role_name", "Nullable(String)", "To what, if it is a role."),
        ("access_type", "String", "Privilege."),
        ("access_object", "String", "What has a name and is in no database."),
        ("database", "Nullable(String)", "Database."),
        ("table", "Nullable(String)", "Table."),
        ("column", "Nullable(String)", "Column."),
        ("is_partial_revoke", "UInt8", "It was taken back."),
        ("grant_option", "UInt8", "It may be granted on."),
        ("is_wildcard", "UInt8", "The last name is the beginning of names."),
    ],
    content: Content::Rows(grants),
};

pub const ROLE_GRANTS: SystemTable = SystemTable {
    name: "role_grants",
    columns: &[
        ("user_name", "Nullable(String)", "To whom, if it is a user."),
        ("role_name", "Nullable(String)", "To what, if it is a role."),
        ("granted_role_name", "String", "The role."),
        ("granted_role_id", "UUID", "Tells it from others of its name."),
        ("granted_role_is_default", "UInt8", "Sessions begin with it."),
        ("with_admin_option", "UInt8", "It may be granted on."),
    ],
    content: Content::Rows(role_grants),
};

pub const CURRENT_ROLES: SystemTable = SystemTable {
    name: "current_roles",
    columns: &[
        (
            "role_name",
            "String",
            "A role that SET ROLE or the user's defaults have chosen.",
        ),
        ("with_admin_option", "UInt8", "It may be granted on."),
        ("is_default", "UInt8", "Sessions begin with it."),
    ],
    content: Content::Rows(|environment, cells| own_roles(environment, cells, false)),
};

pub const ENABLED_ROLES: SystemTable = SystemTable {
    name: "enabled_roles",
    columns: &[
        ("role_name", "String", "A role in force."),
        ("with_admin_option", "UInt8", "It may be granted on."),
        ("is_current", "UInt8", "It was chosen itself."),
        ("is_default", "UInt8", "Sessions begin with it."),
    ],
    content: Content::Rows(|environment, cells| own_roles(environment, cells, true)),
};

pub const ROW_POLICIES: SystemTable = SystemTable {
    name: "row_policies",
    columns: &[
        ("name", "String", "Name with the table's."),
        ("short_name", "String", "Name."),
        ("database", "String", "Database."),
        ("table", "String", "Table; empty for all of the database."),
        ("id", "UUID", "Tells it from others of its name."),
        ("storage", "String", "Where it comes from."),
        ("select_filter", "Nullable(String)", "Which rows may be read."),
        ("is_restrictive", "UInt8", "Rows have to pass it whatever others allow."),
        ("apply_to_all", "UInt8", "It is for all."),
        ("apply_to_list", "Array(String)", "For these."),
        ("apply_to_except", "Array(String)", "But not for these."),
    ],
    content: Content::Rows(row_policies),
};

pub const PROFILES: SystemTable = SystemTable {
    name: "settings_profiles",
    columns: &[
        ("name", "String", "Profile name."),
        ("id", "UUID", "Tells it from others of its name."),
        ("storage", "String", "Where it comes from."),
        ("num_elements", "UInt64", "Rows of system.settings_profile_elements."),
        ("apply_to_all", "UInt8", "It is for all."),
        ("apply_to_list", "Array(String)", "For these."),
        ("apply_to_except", "Array(String)", "But not for these."),
    ],
    content: Content::Rows(|environment, cells| {
        let entities = environment.entities();
        for stored in entities.of(EntityKind::Profile) {
            if let Entity::Profile(profile) = &stored.entity {
                let row = [
                    profile.name.as_str().into(),
                    Cell::Uuid(stored.id),
                    stored.storage().into(),
                ];
                let count = [Cell::from(profile.elements.len())];
                cells.push(row.into_iter().chain(count).chain(whom(&profile.to, &entities)));
            }
        }
        Ok(())
    }),
};

pub const PROFILE_ELEMENTS: SystemTable = SystemTable {
    name: "settings_profile_elements",
    columns: &[
        ("profile_name", "Nullable(String)", "Of this profile."),
        ("user_name", "Nullable(String)", "Of this user."),
        ("role_name", "Nullable(String)", "Of this role."),
        ("index", "UInt64", "Its place, from 0."),
        ("setting_name", "Nullable(String)", "Setting."),
        ("value", "Nullable(String)", "Value."),
        ("min", "Nullable(String)", "The least."),
        ("max", "Nullable(String)", "The most."),
        (
            "writability",
            "Nullable(Enum8('WRITABLE' = 0, 'CONST' = 1, 'CHANGEABLE_IN_READONLY' = 2))",
            "Who may change it.",
        ),
        ("inherit_profile", "Nullable(String)", "All of this profile."),
    ],
    content: Content::Rows(profile_elements),
};

pub const QUOTAS: SystemTable = SystemTable {
    name: "quotas",
    columns: &[
        ("name", "String", "Quota name."),
        ("id", "UUID", "Tells it from others of its name."),
        ("storage", "String", "Where it comes from."),
        ("keys", "Array(String)", "By what is counted apart."),
        ("durations", "Array(UInt32)", "Seconds of its intervals."),
        ("apply_to_all", "UInt8", "It is for all."),
        ("apply_to_list", "Array(String)", "For these."),
        ("apply_to_except", "Array(String)", "But not for these."),
    ],
    content: Content::Rows(|environment, cells| {
        let entities = environment.entities();
        for stored in entities.of(EntityKind::Quota) {
            let Entity::Quota(quota) = &stored.entity else { continue };
            let keys = quota.key.split("_or_").filter(|key| *key != "none").map(str::to_string);
            let durations = quota.intervals.iter().map(|interval| interval.seconds).collect();
            let row = [
                quota.name.as_str().into(),
                Cell::Uuid(stored.id),
                stored.storage().into(),
                Cell::Texts(keys.collect()),
                Cell::Numbers(durations),
            ];
            cells.push(row.into_iter().chain(whom(&quota.to, &entities)));
        }
        Ok(())
    }),
};

pub const QUOTA_LIMITS: SystemTable = SystemTable {
    name: "quota_limits",
    columns: &[
        ("quota_name", "String", "Quota name."),
        ("duration", "UInt32", "Seconds of the interval."),
        ("is_randomized_interval", "UInt8", "Intervals begin at different times."),
        ("max_queries", "Nullable(UInt64)", "Queries."),
        ("max_query_selects", "Nullable(UInt64)", "SELECTs."),
        ("max_query_inserts", "Nullable(UInt64)", "INSERTs."),
        ("max_errors", "Nullable(UInt64)", "Errors."),
        ("max_result_rows", "Nullable(UInt64)", "Rows of results."),
        ("max_result_bytes", "Nullable(UInt64)", "Bytes of results."),
        ("max_read_rows", "Nullable(UInt64)", "Rows read."),
        ("max_read_bytes", "Nullable(UInt64)", "Bytes read."),
        ("max_execution_time", "Nullable(Float64)", "Seconds of all queries."),
        ("max_written_bytes", "Nullable(UInt64)", "Bytes written."),
        (
            "max_failed_sequential_authentications",
            "Nullable(UInt64)",
            "Wrong passwords in a row.",
        ),
        (
            "max_queries_per_normalized_hash",
            "Nullable(UInt64)",
            "Queries of one kind.",
        ),
    ],
    content: Content::Rows(|environment, cells| {
        for stored in environment.entities().of(EntityKind::Quota) {
            let Entity::Quota(quota) = &stored.entity else { continue };
            for interval in &quota.intervals {
                let row = [
                    quota.name.as_str().into(),
                    interval.seconds.into(),
                    interval.is_randomized.into(),
                ];
                cells.push(row.into_iter().chain(limits(interval)));
            }
        }
        Ok(())
    }),
};

pub const DIRECTORIES: SystemTable = SystemTable {
    name: "user_directories",
    columns: &[
        ("name", "String", "Name."),
        ("type", "String", "Kind."),
        ("params", "String", "Where it is."),
        ("precedence", "UInt64", "Where a name is looked for first."),
    ],
    content: Content::Rows(|environment, cells| {
        let path = environment.engine.path().join("access");
        let params = format!("{{\"path\":\"{}\"}}", path.display());
        cells.push(["users_xml".into(), "users_xml".into(), "{}".into(), 1_u64.into()]);
        cells.push([
            "local_directory".into(),
            "local_directory".into(),
            params.into(),
            2_u64.into(),
        ]);
        Ok(())
    }),
};

pub const PRIVILEGES_TABLE: SystemTable = SystemTable {
    name: "privileges",
    columns: &[
        ("privilege", "String", "Name."),
        ("aliases", "Array(String)", "Other names."),
        ("level", "Nullable(String)", "What it is granted on; NULL for groups."),
        ("parent_group", "Nullable(String)", "The group that it is in."),
    ],
    content: Content::Rows(|_, cells| {
        for privilege in PRIVILEGES.iter() {
            let aliases = privilege.aliases.iter().map(|alias| (*alias).to_string());
            let level = (!privilege.level_name.is_empty()).then_some(privilege.level_name);
            let parent = privilege.parent.map(|parent| PRIVILEGES[parent].name);
            cells.push([
                privilege.name.into(),
                Cell::Texts(aliases.collect()),
                level.into(),
                parent.into(),
            ]);
        }
        Ok(())
    }),
};

fn names(ids: &std::collections::BTreeSet<Uuid>, entities: &Entities) -> Cell {
    let mut names: Vec<String> = ids.iter().filter_map(|id| entities.name(*id)).collect();
    names.sort();
    Cell::Texts(names)
}

fn whom(to: &IdSet, entities: &Entities) -> [Cell; 3] {
    [to.all.into(), names(&to.ids, entities), names(&to.except, entities)]
}

fn method_name(kind: MethodKind) -> String {
    let found = METHODS.iter().find(|(_, method)| *method == kind);
    found.map_or(String::new(), |(name, _)| (*name).into())
}

fn users(environment: &Environment, cells: &mut Cells) -> Result<()> {
    let entities = environment.entities();
    for stored in entities.of(EntityKind::User) {
        let Entity::User(user) = &stored.entity else { continue };
        let kinds: Vec<String> = user.methods.iter().map(|it| method_name(it.shown_kind())).collect();
        let params = kinds.iter().map(|_| "{}".to_string()).collect();
        let mut ips = user.hosts.ips.clone();
        if user.hosts.any {
            ips.push("::/0".into());
        }
        let mut names = user.hosts.names.clone();
        if user.hosts.local {
            names.insert(0, "localhost".into());
        }
        let row = [
            user.name.as_str().into(),
            Cell::Uuid(stored.id),
            stored.storage().into(),
            Cell::Texts(kinds),
            Cell::Texts(params),
            Cell::Texts(Vec::new()),
            Cell::Texts(Vec::new()),
            Cell::Texts(ips),
            Cell::Texts(names),
            Cell::Texts(user.hosts.regexps.clone()),
            Cell::Texts(user.hosts.likes.clone()),
        ];
        let sets = whom(&user.default_roles, &entities)
            .into_iter()
            .chain(whom(&user.grantees, &entities));
        let database = [user.default_database.as_str().into()];
        cells.push(row.into_iter().chain(sets).chain(database));
    }
    Ok(())
}

/// User's name or role's name.
fn owner(stored: &Arc<Stored>) -> [Cell; 2] {
    let name: Cell = stored.entity.name().into();
    match stored.entity.kind() {
        EntityKind::User => [name, Cell::Null],
        _ => [Cell::Null, name],
    }
}

fn grantees(entities: &Entities) -> impl Iterator<Item = &Arc<Stored>> {
    entities.of(EntityKind::User).chain(entities.of(EntityKind::Role))
}

fn grants(environment: &Environment, cells: &mut Cells) -> Result<()> {
    let entities = environment.entities();
    for stored in grantees(&entities) {
        let Some(granted) = stored.entity.granted() else {
            continue;
        };
        for grant in granted.grants.statements() {
            grant_rows(stored, &grant, cells);
        }
    }
    Ok(())
}

fn grant_rows(stored: &Arc<Stored>, grant: &Grant, cells: &mut Cells) {
    for element in &grant.elements {
        let part = |part: &NamePart| match part {
            NamePart::Any => (Cell::Null, false),
            NamePart::Prefix(name) => (name.as_str().into(), true),
            NamePart::Exact(name) => (name.as_str().into(), false),
        };
        let (name, is_prefix) = part(&element.place.name);
        let (database, is_wild) = element.place.database.as_ref().map_or((Cell::Null, false), part);
        let (object, table) = match (&element.place.database, &element.place.name) {
            (None, NamePart::Any) => ("".into(), Cell::Null),
            (None, _) => (name, Cell::Null),
            (Some(_), _) => ("".into(), name),
        };
        let columns: Vec<Cell> = match element.columns.is_empty() {
            true => vec![Cell::Null],
            false => element.columns.iter().map(|column| column.as_str().into()).collect(),
        };
        for access in Privileges::names(element.privileges) {
            for column in &columns {
                let row = [
                    access.into(),
                    object.clone(),
                    database.clone(),
                    table.clone(),
                    column.clone(),
                ];
                let flags = [
                    grant.is_revoke.into(),
                    grant.with_option.into(),
                    (is_prefix || is_wild).into(),
                ];
                cells.push(owner(stored).into_iter().chain(row).chain(flags));
            }
        }
    }
}

fn role_grants(environment: &Environment, cells: &mut Cells) -> Result<()> {
    let entities = environment.entities();
    for stored in grantees(&entities) {
        let Some(granted) = stored.entity.granted() else {
            continue;
        };
        for (id, option) in &granted.roles {
            let Some(name) = entities.name(*id) else { continue };
            let is_default = match &stored.entity {
                Entity::User(user) => user.default_roles.has(*id),
                _ => true,
            };
            let row = [name.into(), Cell::Uuid(*id), is_default.into(), (*option).into()];
            cells.push(owner(stored).into_iter().chain(row));
        }
    }
    Ok(())
}

fn own_roles(environment: &Environment, cells: &mut Cells, enabled: bool) -> Result<()> {
    let rights = &environment.rights;
    let user = rights.entities.get(rights.user_id).map(|stored| &stored.entity);
    let is_default = |id: &Uuid| matches!(user, Some(Entity::User(user)) if user.default_roles.has(*id));
    for (id, option) in &rights.enabled_roles {
        let Some(name) = rights.entities.name(*id) else {
            continue;
        };
        let is_current = rights.current_roles.contains(id);
        let (name, option, is_default): (Cell, Cell, Cell) = (name.into(), (*option).into(), is_default(id).into());
        match enabled {
            true => cells.push([name, option, is_current.into(), is_default]),
            false if is_current => cells.push([name, option, is_default]),
            false => {}
        }
    }
    Ok(())
}

fn row_policies(environment: &Environment, cells: &mut Cells) -> Result<()> {
    let entities = environment.entities();
    for stored in entities.of(EntityKind::Policy) {
        let Entity::Policy(policy) = &stored.entity else {
            continue;
        };
        let table = if policy.table == "*" { "" } else { &policy.table };
        let row = [
            stored.entity.name().into(),
            policy.name.as_str().into(),
            policy.database.as_str().into(),
            table.into(),
            Cell::Uuid(stored.id),
            stored.storage().into(),
            policy.filter.as_ref().map(format_expression).into(),
            policy.is_restrictive.into(),
        ];
        cells.push(row.into_iter().chain(whom(&policy.to, &entities)));
    }
    Ok(())
}

fn profile_elements(environment: &Environment, cells: &mut Cells) -> Result<()> {
    let entities = environment.entities();
    let all = entities.of(EntityKind::Profile).chain(grantees(&entities));
    for stored in all {
        let name: Cell = stored.entity.name().into();
        let owner = match stored.entity.kind() {
            EntityKind::Profile => [name, Cell::Null, Cell::Null],
            EntityKind::User => [Cell::Null, name, Cell::Null],
            _ => [Cell::Null, Cell::Null, name],
        };
        for (place, element) in stored.entity.elements().iter().enumerate() {
            let row = element_row(element, &entities);
            cells.push(owner.clone().into_iter().chain([place.into()]).chain(row));
        }
    }
    Ok(())
}

fn element_row(element: &Element, entities: &Entities) -> [Cell; 6] {
    match element {
        Element::Inherit(profile) => {
            let name = entities.name(*profile);
            [Cell::Null, Cell::Null, Cell::Null, Cell::Null, Cell::Null, name.into()]
        }
        Element::Setting {
            name,
            value,
            min,
            max,
            writability,
        } => {
            let text = |value: &Option<gristmill_sql::parser::SettingValue>| -> Cell {
                value.as_ref().map(|value| value.text()).into()
            };
            let writability = writability.map(|writability| match writability {
                Writability::Writable => "WRITABLE",
                Writability::Const => "CONST",
                Writability::ChangeableInReadonly => "CHANGEABLE_IN_READONLY",
            });
            [
                name.as_str().into(),
                text(value),
                text(min),
                text(max),
                writability.into(),
                Cell::Null,
            ]
        }
    }
}

fn limits(interval: &QuotaInterval) -> Vec<Cell> {
    let known = gristmill_sql::parser::access::QUOTA_LIMITS;
    let value = |name: &&str| {
        interval
            .limits
            .iter()
            .find(|(limit, _)| limit == name)
            .map(|(_, value)| *value)
    };
    let cell = |name: &&str| match (value(name), *name) {
        (None, _) => Cell::Null,
        (Some(value), "execution_time") => Cell::Float(value),
        (Some(value), _) => Cell::Number(value as u64),
    };
    known.iter().map(cell).collect()
}
