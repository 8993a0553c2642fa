//! Users and roles by their identifiers, which outlive their names.

use std::collections::BTreeSet;

use gristmill_sql::parser::access::{Subject, Subjects};
use uuid::Uuid;

/// Some users and roles, as `TO …` says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdSet {
    /// All but the exceptions.
    pub all: bool,
    /// These.
    pub ids: BTreeSet<Uuid>,
    /// But not these.
    pub except: BTreeSet<Uuid>,
}

impl IdSet {
    /// Everyone.
    pub fn everyone() -> Self {
        Self {
            all: true,
            ..Self::default()
        }
    }

    /// These alone.
    pub fn of(ids: impl IntoIterator<Item = Uuid>) -> Self {
        Self {
            ids: ids.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Whether an identifier is meant.
    pub fn has(&self, id: Uuid) -> bool {
        (self.all || self.ids.contains(&id)) && !self.except.contains(&id)
    }

    /// Whether a user is meant, himself or by a role that he has.
    pub fn means(&self, user: Uuid, roles: &BTreeSet<Uuid>) -> bool {
        let is_in = |ids: &BTreeSet<Uuid>| ids.contains(&user) || !ids.is_disjoint(roles);
        (self.all || is_in(&self.ids)) && !is_in(&self.except)
    }

    /// Nothing is meant by what is gone.
    pub fn forget(&mut self, id: Uuid) {
        self.ids.remove(&id);
        self.except.remove(&id);
    }

    /// Whether something is said of an identifier.
    pub fn mentions(&self, id: Uuid) -> bool {
        self.ids.contains(&id) || self.except.contains(&id)
    }

    /// As a statement says it; `name` knows what is there.
    pub fn subjects(&self, name: &dyn Fn(Uuid) -> Option<Subject>) -> Subjects {
        let mut named: Vec<Subject> = self.ids.iter().filter_map(|id| name(*id)).collect();
        let mut except: Vec<Subject> = self.except.iter().filter_map(|id| name(*id)).collect();
        let text = |subject: &Subject| match subject {
            Subject::Name(text) | Subject::Id(text) => text.clone(),
            Subject::CurrentUser => String::new(),
        };
        named.sort_by_key(text);
        except.sort_by_key(text);
        Subjects {
            all: self.all,
            named,
            except,
        }
    }
}
