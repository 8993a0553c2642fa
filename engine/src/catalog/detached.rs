//! Tables that DETACH has taken away: they keep their names and files, and no statement finds them until ATTACH.
//!
//! One that was detached since the start stays open, since statements that began before may still use it. A file
//! `metadata/<database>/<table>.detached` keeps one from being loaded: of PERMANENTLY.

use gristmill_sql::Code;
use uuid::Uuid;

use super::{Catalog, Changing};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::table::Relation;

/// A detached table or view.
#[derive(Clone)]
pub struct Detached {
    /// The name of its data; nil if the metadata could not be read when the database was opened.
    pub uuid: Uuid,
    /// It stays detached when the database is opened again.
    pub is_permanent: bool,
    /// What it was when it was detached; None since the database was opened, and for what was in memory: nobody can read
    /// that again, as in ClickHouse.
    pub(super) relation: Option<Relation>,
}

impl Catalog {
    /// All of them: database, name, what is known of them.
    pub fn all_detached(&self) -> Vec<(String, String, Detached)> {
        let databases = self.databases.read();
        let of = |(database, content): (&String, &super::Database)| -> Vec<_> {
            let detached = content.detached.iter();
            detached
                .map(|(name, it)| (database.clone(), name.clone(), it.clone()))
                .collect()
        };
        databases.iter().flat_map(of).collect()
    }

    /// TABLE_ALREADY_EXISTS if a detached table has the name: nothing else can have it.
    pub fn check_not_detached(&self, database: &str, name: &str) -> Result<()> {
        match self.detached(database, name) {
            None => Ok(()),
            Some(detached) => {
                let how = match detached.is_permanent {
                    true => "detached permanently",
                    false => "detached",
                };
                let message = format!("Table `{database}`.`{name}` already exists ({how})");
                Err(Error::new(Code::TABLE_ALREADY_EXISTS, message))
            }
        }
    }

    /// Fails if nobody can say which data a detached table of the database has.
    pub(super) fn check_detached(&self, database: &str) -> Result<()> {
        let mut all = self.all_detached().into_iter();
        all.try_for_each(|(of, name, detached)| match of == database {
            true => self.uuid_of(database, &name, &detached).map(drop),
            false => Ok(()),
        })
    }

    /// The name of its data as the metadata says it, unless the table is known.
    fn uuid_of(&self, database: &str, name: &str, detached: &Detached) -> Result<Uuid> {
        if detached.relation.is_some() {
            return Ok(detached.uuid);
        }
        let read = self.metadata.read_table(database, name);
        read.map(|known| known.uuid).map_err(|error| {
            let message = format!("Table {database}.{name} could not be loaded: {}", error.message());
            Error::new(error.code(), message)
        })
    }

    fn detached(&self, database: &str, name: &str) -> Option<Detached> {
        self.databases.read().get(database)?.detached.get(name).cloned()
    }
}

impl Changing<'_> {
    /// Takes an existing table or view away.
    pub fn detach(&self, database: &str, name: &str, is_permanent: bool) -> Result<()> {
        let catalog = self.catalog;
        let relation = catalog.relation(database, name)?;
        let made = match is_permanent {
            true => Some(catalog.metadata.set_detached(database, name)?),
            false => None,
        };
        if let Some(table) = relation.merge_tree() {
            catalog.plans.forget(table.uuid);
        }
        if let Some(content) = catalog.databases.write().get_mut(database) {
            content.relations.remove(name);
            let detached = Detached {
                uuid: relation.uuid(),
                is_permanent,
                relation: (!matches!(relation, Relation::InMemory(_))).then_some(relation),
            };
            content.detached.insert(name.into(), detached);
        }
        made.map_or(Ok(()), |made| made.durable())
    }

    /// Brings a detached one back. CANNOT_GET_CREATE_TABLE_QUERY if there is none of that name.
    pub fn attach(&self, database: &str, name: &str, environment: &Environment) -> Result<()> {
        let catalog = self.catalog;
        catalog.check_database(database)?;
        let Some(detached) = catalog.detached(database, name) else {
            let message = format!("Table `{name}` doesn't exist");
            return Err(Error::new(Code::CANNOT_GET_CREATE_TABLE_QUERY, message));
        };
        let relation = match detached.relation {
            Some(relation) => relation,
            None => catalog.load_table(database, name, &environment.with_default_settings()?)?,
        };
        let made = match detached.is_permanent {
            true => Some(catalog.metadata.unset_detached(database, name)?),
            false => None,
        };
        if let Some(content) = catalog.databases.write().get_mut(database) {
            content.detached.remove(name);
            content.relations.insert(name.into(), relation);
        }
        made.map_or(Ok(()), |made| made.durable())
    }

    /// Removes the detached tables of a database.
    pub(super) fn drop_detached(&self, database: &str) -> Result<()> {
        let catalog = self.catalog;
        let all = catalog.all_detached();
        for (_, name, detached) in all.into_iter().filter(|(of, ..)| of == database) {
            let uuid = catalog.uuid_of(database, &name, &detached)?;
            let has_data = match &detached.relation {
                Some(relation) => relation.merge_tree().is_some(),
                None => catalog.metadata.has_data(uuid),
            };
            if has_data {
                catalog.metadata.mark(uuid)?;
            }
            catalog.metadata.remove_table(database, &name)?.durable()?;
            catalog.metadata.unset_detached(database, &name)?.durable()?;
            if let Some(content) = catalog.databases.write().get_mut(database) {
                content.detached.remove(&name);
            }
            match detached.relation {
                Some(relation @ Relation::MergeTree(_)) => self.discard(relation)?,
                _ if has_data => catalog.metadata.remove_data(uuid)?,
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::catalog::DEFAULT;
    use crate::merges::tests::Fixture;
    use crate::table::Relation;

    /// They would take up memory until the database is closed.
    #[test]
    fn rows_in_memory_go_with_their_table() {
        let mut fixture = Fixture::new();
        fixture.run("CREATE TABLE m (a UInt8) ENGINE = Memory");
        fixture.run("INSERT INTO m SELECT 1");
        fixture.run("DETACH TABLE m");
        let detached = fixture.engine.catalog().detached(DEFAULT, "m").unwrap();
        assert!(detached.relation.is_none());
        fixture.run("ATTACH TABLE m");
        let attached = fixture.engine.catalog().relation(DEFAULT, "m").unwrap();
        assert!(matches!(attached, Relation::InMemory(_)));
        fixture.run("INSERT INTO m SELECT 1");
    }
}
