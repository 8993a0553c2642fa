//! [`AccessControl`]: all users, roles and what belongs to them, in memory and on disk.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gristmill_sql::Code;
use gristmill_sql::parser::access::EntityKind;
use gristmill_storage::directory::Directory;
use parking_lot::{Mutex, MutexGuard, RwLock};
use uuid::Uuid;

use super::configured::ConfiguredUsers;
use super::entity::{Entities, Entity, Stored};
use super::rights::{Rights, RolesInForce};
use super::store::Store;
use crate::error::{Error, Result};

/// Sets of rights that are kept; they are made again when something has changed.
const RIGHTS_MAX: usize = 1024;

/// All entities of an engine.
#[derive(Debug)]
pub struct AccessControl {
    entities: RwLock<Arc<Entities>>,
    /// Grows with every change.
    version: AtomicU64,
    rights: Mutex<BTreeMap<(Uuid, RolesInForce), Arc<Rights>>>,
    /// Held while a statement changes files and then `entities`.
    changing: Mutex<()>,
    store: Store,
}

impl AccessControl {
    /// What the configuration says and what is on disk. A file that cannot be read is an error.
    pub fn open(root: &Path, directory: Arc<dyn Directory>, configured: &ConfiguredUsers) -> Result<Self> {
        let store = Store::new(root, directory);
        let mut entities = Entities::default();
        for stored in configured.entities()? {
            entities.insert(Arc::new(stored));
        }
        let control = Self {
            entities: RwLock::default(),
            version: AtomicU64::new(1),
            rights: Mutex::default(),
            changing: Mutex::default(),
            store,
        };
        for (id, statements) in control.store.load()? {
            let stored = Stored::from_statements(id, &statements);
            let stored = stored.map_err(|error| control.store.broken(id, error.message()))?;
            let (kind, name) = (stored.entity.kind(), stored.entity.name());
            if entities.find(kind, &name).is_some() {
                // The configuration has got one of that name since. It decides, as the first directory does in ClickHouse.
                tracing::warn!(
                    "{} {name} is in the configuration, too: the one of the folder access is left out",
                    kind.word()
                );
                continue;
            }
            entities.insert(Arc::new(stored));
        }
        *control.entities.write() = Arc::new(entities);
        Ok(control)
    }

    /// All of this moment.
    pub fn entities(&self) -> Arc<Entities> {
        self.entities.read().clone()
    }

    /// Tells moments apart.
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// What a user may do with roles; UNKNOWN_USER if he is gone.
    pub fn rights(&self, user: Uuid, name: &str, roles: &RolesInForce) -> Result<Arc<Rights>> {
        let mut kept = self.rights.lock();
        let version = self.version();
        let key = (user, roles.clone());
        if let Some(rights) = kept.get(&key).filter(|rights| rights.version == version) {
            return Ok(rights.clone());
        }
        let entities = self.entities();
        let stored = entities.get(user).cloned();
        let Some(Entity::User(known)) = stored.as_deref().map(|stored| &stored.entity) else {
            return Err(Error::new(Code::UNKNOWN_USER, format!("{name}: User has been dropped")));
        };
        let rights = Arc::new(Rights::new(user, known, roles, entities, version));
        if kept.len() >= RIGHTS_MAX {
            kept.clear();
        }
        kept.insert(key, rights.clone());
        Ok(rights)
    }

    /// What a user may do with his default roles; UNKNOWN_USER if there is none of that name.
    pub fn rights_of(&self, name: &str) -> Result<Arc<Rights>> {
        let entities = self.entities();
        let user = entities
            .find(EntityKind::User, name)
            .ok_or_else(|| unknown(EntityKind::User, name))?;
        self.rights(user.id, name, &RolesInForce::Default)
    }

    /// Begins a change: no other begins before this is dropped.
    pub fn change(&self) -> ChangingAccess<'_> {
        ChangingAccess {
            control: self,
            _turn: self.changing.lock(),
        }
    }
}

/// The right to change entities. Every change is durable before it is visible.
pub struct ChangingAccess<'a> {
    control: &'a AccessControl,
    _turn: MutexGuard<'a, ()>,
}

impl ChangingAccess<'_> {
    /// What is there.
    pub fn entities(&self) -> Arc<Entities> {
        self.control.entities()
    }

    /// What has a name, to change it: an error if there is none.
    pub fn find(&self, kind: EntityKind, name: &str) -> Result<Arc<Stored>> {
        self.entities()
            .find(kind, name)
            .cloned()
            .ok_or_else(|| unknown(kind, name))
    }

    /// Puts an entity there, in the place of itself as it was.
    pub fn put(&self, stored: Stored) -> Result<()> {
        if stored.is_configured {
            return Err(readonly("update", &stored.entity));
        }
        self.control.store.write(&stored)?;
        self.publish(|entities| entities.insert(Arc::new(stored)));
        Ok(())
    }

    /// Removes an entity.
    pub fn remove(&self, stored: &Stored) -> Result<()> {
        if stored.is_configured {
            return Err(readonly("remove", &stored.entity));
        }
        self.control.store.remove(stored.id)?;
        self.publish(|entities| entities.remove(stored.id));
        Ok(())
    }

    fn publish(&self, change: impl FnOnce(&mut Entities)) {
        let mut entities = Entities::clone(&self.entities());
        change(&mut entities);
        *self.control.entities.write() = Arc::new(entities);
        self.control.version.fetch_add(1, Ordering::Release);
    }
}

/// ClickHouse's error for a name that nothing has.
pub fn unknown(kind: EntityKind, name: &str) -> Error {
    let code = match kind {
        EntityKind::User => Code::UNKNOWN_USER,
        EntityKind::Role => Code::UNKNOWN_ROLE,
        EntityKind::Profile => Code::THERE_IS_NO_PROFILE,
        EntityKind::Policy => Code::UNKNOWN_ROW_POLICY,
        EntityKind::Quota => Code::UNKNOWN_QUOTA,
    };
    Error::new(
        code,
        format!("There is no {} `{name}` in `user directories`", kind.word()),
    )
}

/// ACCESS_STORAGE_READONLY: what the configuration says stays.
pub fn readonly(verb: &str, entity: &Entity) -> Error {
    let preposition = match verb {
        "insert" => "to",
        "remove" => "from",
        _ => "in",
    };
    let message = format!(
        "Cannot {verb} {} `{}` {preposition} users_xml because this storage is readonly",
        entity.kind().word(),
        entity.name()
    );
    Error::new(Code::ACCESS_STORAGE_READONLY, message)
}
