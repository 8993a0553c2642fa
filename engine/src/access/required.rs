//! What a statement needs before it runs. What queries read is asked for where they are planned (`reads`), the columns
//! of an INSERT where they are chosen.

use gristmill_sql::Code;
use gristmill_sql::parser::access::{
    AccessStatement, EntityKind, Grant, GrantElement, Level, NamePart, PRIVILEGES, Privileges, RoleChoice, Subject,
};
use gristmill_sql::parser::{AlterCommand, CreateTable, MoveTarget, ObjectKind, Show, Statement, System, TableName};

use super::denied::denied;
use super::entity::Entity;
use super::rights::Rights;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::table::{MEMORY, Relation};

/// ACCESS_DENIED for what one may not do.
pub fn check(statement: &Statement, environment: &Environment) -> Result<()> {
    if environment.rights.is_unlimited {
        return Ok(());
    }
    let asking = Asking { environment };
    match statement {
        Statement::CreateDatabase(it) => asking.rights().check_database("CREATE DATABASE", &it.name),
        Statement::CreateTable(it) => asking.create(it),
        Statement::CreateIndex(it) => asking.table("ALTER ADD INDEX", &it.table),
        Statement::DropIndex(it) => asking.table("ALTER DROP INDEX", &it.table),
        Statement::Alter(it) => {
            let mut commands = it.commands.iter();
            commands.try_for_each(|command| asking.alter(&it.table, command))
        }
        Statement::Drop(it) => it.names.iter().try_for_each(|name| asking.drop(it.kind, name)),
        Statement::Truncate(it) => match it.kind {
            ObjectKind::Database => asking.rights().check_database("TRUNCATE", &it.name.name),
            _ => asking.table("TRUNCATE", &it.name),
        },
        Statement::Detach(it) => asking.drop(it.kind, &it.name),
        Statement::Attach(kind, name, _) => match kind {
            ObjectKind::Database => asking.rights().check_database("CREATE DATABASE", &name.name),
            _ => asking.of_lasting("CREATE TABLE", name),
        },
        Statement::Undrop(name) => asking.of_lasting("UNDROP TABLE", name),
        Statement::Rename(it) => it
            .pairs
            .iter()
            .try_for_each(|(from, to)| asking.rename(it.kind, from, to)),
        Statement::Exchange(first, second) => {
            asking.rename(ObjectKind::Table, first, second)?;
            asking.rename(ObjectKind::Table, second, first)
        }
        Statement::Delete(it) => asking.of_lasting("ALTER DELETE", &it.table),
        Statement::Update(it) => {
            let columns: Vec<String> = it.assignments.iter().map(|(column, _)| column.clone()).collect();
            asking.columns("ALTER UPDATE", &it.table, &columns)
        }
        Statement::Optimize(it) => asking.table("OPTIMIZE", &it.table),
        Statement::Check(name, _) => asking.table("CHECK", name),
        Statement::CheckRecall(it) => {
            asking.no_policy(&it.table)?;
            asking.table("SELECT", &it.table)
        }
        Statement::System(it) => asking.system(it),
        Statement::Kill(_) | Statement::Query(_) | Statement::Insert(_) => Ok(()), // asked where they work
        Statement::Show(it) => asking.show(it),
        Statement::Describe(gristmill_sql::parser::Describe::Table(name)) => asking.table("SHOW COLUMNS", name),
        Statement::Exists(kind, name) => match kind {
            ObjectKind::Database => asking.rights().check_database("SHOW DATABASES", &name.name),
            ObjectKind::Temporary => Ok(()),
            _ => asking.of_lasting("SHOW TABLES", name),
        },
        Statement::Explain(it) => check(&it.statement, environment),
        Statement::Access(it) => asking.access(it),
        _ => Ok(()),
    }
}

struct Asking<'a> {
    environment: &'a Environment,
}

impl Asking<'_> {
    fn rights(&self) -> &Rights {
        &self.environment.rights
    }

    /// A privilege on a table; what is the session's own needs none.
    fn table(&self, privilege: &str, table: &TableName) -> Result<()> {
        match self.lasting(table) {
            Some(place) => self.at(privilege, place),
            None => Ok(()),
        }
    }

    /// The same for statements that never mean a temporary table, whatever the session has of that name.
    fn of_lasting(&self, privilege: &str, table: &TableName) -> Result<()> {
        self.at(privilege, self.environment.resolve_lasting(table))
    }

    fn at(&self, privilege: &str, (database, name): (&str, &str)) -> Result<()> {
        let shows = match privilege {
            "SHOW TABLES" => self.rights().shows_table(database, name),
            "SHOW COLUMNS" => self.shows_columns(database, name),
            _ => false,
        };
        if shows {
            return Ok(());
        }
        self.rights().check_table(privilege, database, name)
    }

    /// Who may do something with all columns may see them.
    fn shows_columns(&self, database: &str, name: &str) -> bool {
        let path = super::Path::table(database, name);
        let rights = self.rights();
        let mut of_columns = PRIVILEGES.iter().filter(|privilege| privilege.level == Level::Column);
        rights.is_open(Privileges::named("SELECT"), database, name)
            || of_columns.any(|privilege| rights.grants.has(privilege.leaves, &path, false))
    }

    fn columns(&self, privilege: &str, table: &TableName, columns: &[String]) -> Result<()> {
        match self.lasting(table) {
            Some((database, name)) => self.rights().check_columns(privilege, database, name, columns),
            None => Ok(()),
        }
    }

    /// Database and name of a table that is not temporary.
    fn lasting<'a>(&'a self, table: &'a TableName) -> Option<(&'a str, &'a str)> {
        match self.environment.resolve_temporary(table) {
            Ok(_) => None,
            Err(_) => Some(self.environment.resolve_lasting(table)),
        }
    }

    /// Whoever must not see all rows must not copy them either.
    fn no_policy(&self, table: &TableName) -> Result<()> {
        match self.lasting(table) {
            Some(place) => self.no_policy_at(place),
            None => Ok(()),
        }
    }

    fn no_policy_at(&self, (database, name): (&str, &str)) -> Result<()> {
        match self.rights().row_filter(database, name) {
            None => Ok(()),
            Some(_) => {
                let message = format!(
                    "{}: A row policy of {database}.{name} hides rows from you",
                    self.rights().user
                );
                Err(Error::new(Code::ACCESS_DENIED, message))
            }
        }
    }

    fn is_view(&self, (database, name): (&str, &str)) -> bool {
        let relation = self.environment.engine.catalog().find_relation(database, name);
        matches!(relation, Some(Relation::View(_)))
    }

    fn create(&self, create: &CreateTable) -> Result<()> {
        match create.temporary {
            true => self.create_temporary(create)?,
            false => self.create_lasting(create)?,
        }
        let Some(other) = &create.as_table else {
            return Ok(());
        };
        self.of_lasting("SHOW COLUMNS", other)?;
        if create.clone {
            self.no_policy_at(self.environment.resolve_lasting(other))?;
            self.of_lasting("SELECT", other)?;
        }
        Ok(())
    }

    fn create_temporary(&self, create: &CreateTable) -> Result<()> {
        let engine = create.engine.as_ref().map_or(MEMORY, |engine| engine.name.as_str());
        match engine == MEMORY {
            true if self.rights().check_global("CREATE ARBITRARY TEMPORARY TABLE").is_ok() => Ok(()),
            true if self.creates_somewhere() => Ok(()),
            true => self.rights().check_global("CREATE TEMPORARY TABLE"),
            false => self.rights().check_global("CREATE ARBITRARY TEMPORARY TABLE"),
        }
    }

    fn create_lasting(&self, create: &CreateTable) -> Result<()> {
        let (database, name) = self.environment.resolve_lasting(&create.table);
        let made = if create.view { "CREATE VIEW" } else { "CREATE TABLE" };
        let rights = self.rights();
        // Who may make tables may make views.
        if !(create.view && rights.check_table("CREATE TABLE", database, name).is_ok()) {
            rights.check_table(made, database, name)?;
        }
        if create.or_replace {
            let dropped = if create.view { "DROP VIEW" } else { "DROP TABLE" };
            rights.check_table(dropped, database, name)?;
        }
        match create.as_table.is_some() && create.clone {
            true => rights.check_table("INSERT", database, name),
            false => Ok(()),
        }
    }

    /// Who may make tables may make temporary ones in memory.
    fn creates_somewhere(&self) -> bool {
        self.rights()
            .grants
            .has_any(Privileges::named("CREATE TABLE"), &super::Path::everywhere())
    }

    fn drop(&self, kind: ObjectKind, name: &TableName) -> Result<()> {
        match kind {
            ObjectKind::Temporary => Ok(()),
            ObjectKind::Database => self.rights().check_database("DROP DATABASE", &name.name),
            _ if kind == ObjectKind::View || self.lasting(name).is_some_and(|place| self.is_view(place)) => {
                self.table("DROP VIEW", name)
            }
            _ => self.table("DROP TABLE", name),
        }
    }

    fn rename(&self, kind: ObjectKind, from: &TableName, to: &TableName) -> Result<()> {
        if kind == ObjectKind::Database {
            self.rights().check_database("DROP DATABASE", &from.name)?;
            return self.rights().check_database("CREATE DATABASE", &to.name);
        }
        let (drop, create) = match self.is_view(self.environment.resolve_lasting(from)) {
            true => ("DROP VIEW", "CREATE VIEW"),
            false => ("DROP TABLE", "CREATE TABLE"),
        };
        self.of_lasting("SELECT", from)?;
        self.of_lasting(drop, from)?;
        self.of_lasting(create, to)?;
        self.of_lasting("INSERT", to)
    }

    fn alter(&self, table: &TableName, command: &AlterCommand) -> Result<()> {
        use AlterCommand as Command;
        let column = |privilege: &str, name: &String| self.columns(privilege, table, std::slice::from_ref(name));
        match command {
            Command::AddColumn { column: added, .. } => column("ALTER ADD COLUMN", &added.name),
            Command::DropColumn { name, .. } => column("ALTER DROP COLUMN", name),
            Command::ClearColumn { name, .. } => column("ALTER CLEAR COLUMN", name),
            Command::RenameColumn { from, .. } => column("ALTER RENAME COLUMN", from),
            Command::ModifyColumn { column: changed, .. } => column("ALTER MODIFY COLUMN", &changed.name),
            Command::RemoveColumnProperty { name, .. } => column("ALTER MODIFY COLUMN", name),
            Command::CommentColumn { name, .. } => column("ALTER COMMENT COLUMN", name),
            Command::MaterializeColumn { name, .. } => column("ALTER MATERIALIZE COLUMN", name),
            Command::Update { assignments, .. } => {
                let columns: Vec<String> = assignments.iter().map(|(column, _)| column.clone()).collect();
                self.columns("ALTER UPDATE", table, &columns)
            }
            Command::ReplacePartition { .. }
            | Command::MovePartition { .. }
            | Command::AttachPartition { from: Some(_), .. } => self.alter_partition(table, command),
            other => self.table(privilege_of(other), table),
        }
    }

    fn alter_partition(&self, table: &TableName, command: &AlterCommand) -> Result<()> {
        match command {
            AlterCommand::ReplacePartition { from, .. } => {
                self.no_policy(from)?;
                self.table("SELECT", from)?;
                self.table("ALTER DELETE", table)?;
                self.table("INSERT", table)
            }
            AlterCommand::MovePartition {
                to: MoveTarget::Table(to),
                ..
            } => {
                self.no_policy(table)?;
                self.table("SELECT", table)?;
                self.table("ALTER DELETE", table)?;
                self.table("INSERT", to)
            }
            AlterCommand::AttachPartition { from: Some(from), .. } => {
                self.no_policy(from)?;
                self.table("SELECT", from)?;
                self.table("INSERT", table)
            }
            _ => self.table("ALTER MOVE PARTITION", table),
        }
    }

    fn system(&self, system: &System) -> Result<()> {
        let command = system.command.as_str();
        let privilege = match command {
            "START MERGES" | "STOP MERGES" => "SYSTEM MERGES",
            "START TTL MERGES" | "STOP TTL MERGES" => "SYSTEM TTL MERGES",
            "START MOVES" | "STOP MOVES" => "SYSTEM MOVES",
            "START FETCHES" | "STOP FETCHES" => "SYSTEM FETCHES",
            "START VECTOR INDEX BUILDS" | "STOP VECTOR INDEX BUILDS" => "SYSTEM MERGES",
            "FLUSH LOGS" => "SYSTEM FLUSH LOGS",
            "FLUSH ASYNC INSERT QUEUE" => "SYSTEM FLUSH ASYNC INSERT QUEUE",
            other if other.contains("VECTOR SIMILARITY INDEX CACHE") => "SYSTEM DROP VECTOR SIMILARITY INDEX CACHE",
            other if other.contains("CACHE") => "SYSTEM DROP CACHE",
            _ => "SYSTEM",
        };
        match &system.table {
            Some(table) if privilege.ends_with("MERGES") => self.table(privilege, table),
            _ => self.rights().check_global(privilege),
        }
    }

    fn show(&self, show: &Show) -> Result<()> {
        match show {
            Show::Create(ObjectKind::Database, name) => match self.rights().shows_database(&name.name) {
                true => Ok(()),
                false => self.rights().check_database("SHOW DATABASES", &name.name),
            },
            Show::Create(_, name) | Show::Indexes(name) | Show::Columns { table: name, .. } => {
                self.table("SHOW COLUMNS", name)
            }
            Show::Tables {
                database: Some(database),
                ..
            } if !self.rights().shows_database(database) => self.rights().check_database("SHOW TABLES", database),
            _ => Ok(()),
        }
    }

    fn access(&self, statement: &AccessStatement) -> Result<()> {
        use AccessStatement as Access;
        match statement {
            Access::User(it) => {
                let names = it.names.iter().map(|(name, _)| name.clone());
                self.define(EntityKind::User, it.action, names)
            }
            Access::Role(it) => self.define(EntityKind::Role, it.action, it.names.iter().cloned()),
            Access::Profile(it) => self.define(EntityKind::Profile, it.action, it.names.iter().cloned()),
            Access::Quota(it) => self.define(EntityKind::Quota, it.action, it.names.iter().cloned()),
            Access::Policy(it) => {
                let verb = if it.action.is_alter { "ALTER" } else { "CREATE" };
                it.names
                    .iter()
                    .try_for_each(|name| self.policy(verb, name.table.as_ref()))
            }
            Access::Drop {
                kind: EntityKind::Policy,
                names,
                ..
            } => names
                .iter()
                .try_for_each(|name| self.policy("DROP", name.table.as_ref())),
            Access::Drop { kind, names, .. } => names
                .iter()
                .try_for_each(|name| self.on_entity("DROP", *kind, &name.name)),
            Access::Grant(grant) => self.grant(grant),
            Access::SetDefaultRole(_, users) => {
                let own = |user: &&Subject| match user {
                    Subject::CurrentUser => true,
                    Subject::Name(name) => *name == self.rights().user,
                    Subject::Id(_) => false,
                };
                let mut others = users.iter().filter(|user| !own(user));
                others.try_for_each(|user| match user {
                    Subject::Name(name) => self.rights().check_name("ALTER USER", name),
                    _ => Ok(()),
                })
            }
            Access::ShowCreate(kind, names, all) => {
                let own = |name: &str| *kind == EntityKind::User && name == self.rights().user;
                let only_own = !all && *kind == EntityKind::User && names.iter().all(|name| own(&name.name));
                match only_own {
                    true => Ok(()),
                    false => self.rights().check_global(shown(*kind)),
                }
            }
            Access::ShowEntities(kind, _) => self.rights().check_global(shown(*kind)),
            Access::ShowAccess => self.rights().check_global("SHOW ACCESS"),
            Access::ShowGrants { of: Some(of), .. } => self.show_grants(of),
            Access::ShowGrants { .. }
            | Access::ShowPrivileges
            | Access::ShowQuota
            | Access::CheckGrant(_)
            | Access::SetRole(RoleChoice::Default | RoleChoice::These(_)) => Ok(()),
        }
    }

    fn show_grants(&self, of: &gristmill_sql::parser::access::Subjects) -> Result<()> {
        let is_own = |subject: &Subject| match subject {
            Subject::CurrentUser => true,
            Subject::Name(name) => {
                let roles = self.rights().enabled_roles.keys();
                *name == self.rights().user
                    || roles
                        .into_iter()
                        .any(|id| self.rights().entities.name(*id).as_deref() == Some(name))
            }
            Subject::Id(_) => false,
        };
        if !of.all && of.named.iter().all(is_own) {
            return Ok(());
        }
        self.rights().check_global("SHOW USERS")?;
        self.rights().check_global("SHOW ROLES")
    }

    fn define(
        &self,
        kind: EntityKind,
        action: gristmill_sql::parser::access::Action,
        names: impl Iterator<Item = String>,
    ) -> Result<()> {
        for name in names {
            let verb = if action.is_alter { "ALTER" } else { "CREATE" };
            self.on_entity(verb, kind, &name)?;
            if action.or_replace {
                self.on_entity("DROP", kind, &name)?;
            }
        }
        Ok(())
    }

    fn on_entity(&self, verb: &str, kind: EntityKind, name: &str) -> Result<()> {
        let privilege = format!("{verb} {}", kind.keyword());
        match kind {
            EntityKind::User | EntityKind::Role => self.rights().check_name(&privilege, name),
            _ => self.rights().check_global(&privilege),
        }
    }

    fn policy(&self, verb: &str, table: Option<&TableName>) -> Result<()> {
        let privilege = format!("{verb} ROW POLICY");
        let Some(table) = table else { return Ok(()) };
        let database = table.database.as_deref().unwrap_or(&self.environment.database);
        match table.name.as_str() {
            "*" => self.rights().check_database(&privilege, database),
            name => self.rights().check_table(&privilege, database, name),
        }
    }

    /// One grants what one may grant on, to those whom one may grant to.
    fn grant(&self, grant: &Grant) -> Result<()> {
        let rights = self.rights();
        for element in &grant.elements {
            if !grant.current_grants && !rights.grants.has_element(element, &self.environment.database, true)? {
                return Err(denied(&rights.user, &self.qualified(element), true));
            }
        }
        if let Some(roles) = &grant.roles {
            self.grant_roles(roles)?;
        }
        let user = rights.entities.get(rights.user_id).map(|stored| &stored.entity);
        let Some(Entity::User(user)) = user else { return Ok(()) };
        for subject in &grant.to.named {
            let Subject::Name(name) = subject else { continue };
            let found = rights.entities.find(EntityKind::User, name);
            let found = found.or_else(|| rights.entities.find(EntityKind::Role, name));
            if found.is_some_and(|found| !user.grantees.has(found.id)) {
                let message = format!("{name} is not allowed as grantee");
                return Err(Error::new(Code::ACCESS_DENIED, message));
            }
        }
        Ok(())
    }

    fn grant_roles(&self, roles: &gristmill_sql::parser::access::Subjects) -> Result<()> {
        let rights = self.rights();
        if rights.check_global("ROLE ADMIN").is_ok() {
            return Ok(());
        }
        let has_option = |name: &String| {
            let role = rights.entities.find(EntityKind::Role, name);
            role.is_some_and(|role| rights.enabled_roles.get(&role.id) == Some(&true))
        };
        for subject in &roles.named {
            if let Subject::Name(name) = subject
                && rights.entities.find(EntityKind::Role, name).is_some()
                && !has_option(name)
            {
                let message = format!(
                    "{}: Not enough privileges. To execute this query, it's necessary to have the role {name} granted with \
                     ADMIN option",
                    rights.user
                );
                return Err(Error::new(Code::ACCESS_DENIED, message));
            }
        }
        match roles.all {
            true => rights.check_global("ROLE ADMIN"),
            false => Ok(()),
        }
    }

    /// With the database that names without one mean.
    fn qualified(&self, element: &GrantElement) -> GrantElement {
        let mut element = element.clone();
        let on_names = Privileges::at(|level| level == gristmill_sql::parser::access::Level::Name);
        if element.place.database.is_none() && !on_names.contains(element.privileges) {
            element.place.database = Some(NamePart::Exact(self.environment.database.clone()));
        }
        element
    }
}

/// What an ALTER of a table needs that is about no column.
fn privilege_of(command: &AlterCommand) -> &'static str {
    use AlterCommand as Command;
    match command {
        Command::AddIndex { .. } => "ALTER ADD INDEX",
        Command::DropIndex { .. } => "ALTER DROP INDEX",
        Command::ClearIndex { .. } => "ALTER CLEAR INDEX",
        Command::MaterializeIndex { .. } => "ALTER MATERIALIZE INDEX",
        Command::AddConstraint { .. } => "ALTER ADD CONSTRAINT",
        Command::DropConstraint { .. } => "ALTER DROP CONSTRAINT",
        Command::ModifyOrderBy(_) => "ALTER ORDER BY",
        Command::ModifySampleBy(_) | Command::RemoveSampleBy => "ALTER SAMPLE BY",
        Command::ModifyTtl(_) | Command::RemoveTtl => "ALTER TTL",
        Command::MaterializeTtl { .. } => "ALTER MATERIALIZE TTL",
        Command::ModifySetting(_) | Command::ResetSetting(_) => "ALTER SETTINGS",
        Command::ModifyComment(_) => "ALTER MODIFY COMMENT",
        Command::ModifyQuery(_) => "ALTER VIEW MODIFY QUERY",
        Command::Delete { .. } | Command::ApplyDeletedMask { .. } | Command::DropPartition { .. } => "ALTER DELETE",
        Command::DetachPartition(_) => "ALTER DELETE",
        Command::AttachPartition { .. } => "INSERT",
        Command::FreezePartition { .. } | Command::UnfreezePartition { .. } => "ALTER FREEZE PARTITION",
        _ => "ALTER TABLE",
    }
}

fn shown(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::User => "SHOW USERS",
        EntityKind::Role => "SHOW ROLES",
        EntityKind::Profile => "SHOW SETTINGS PROFILES",
        EntityKind::Policy => "SHOW ROW POLICIES",
        EntityKind::Quota => "SHOW QUOTAS",
    }
}
