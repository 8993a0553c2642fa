//! Plans of queries that are one search, kept by their text without the vector (`candidate.rs`).
//!
//! On a hit nothing is parsed, resolved or planned: the vector is read out of the text and the search runs on the
//! calling thread. Only text, session and the table's definition decide what a plan is; what a search finds depends on
//! the parts of the moment, which a plan knows nothing of.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::datatypes::DataType as ArrowType;
use gristmill_sql::analyzer::HeaderColumn;
use gristmill_sql::types::DataType;
use moka::sync::Cache;
use uuid::Uuid;

use super::mask::MEMORY_BYTES_MAX;
use super::point::PointQuery;
use crate::catalog::Catalog;
use crate::queries::Accessed;
use crate::settings::Settings;

/// Bytes that all plans together may take.
const BYTES_MAX: u64 = 64 << 20;
/// Bytes that a plan takes beside its text and what its filter remembers.
const PLAN_BYTES: usize = 4096;

/// What decides a plan.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PlanKey {
    /// The query's text without vectors.
    pub template: String,
    /// The vector's type.
    pub vector_type: Cow<'static, str>,
    /// The slot that its literals bear, see [`gristmill_sql::analyzer::LIFTED_KEY`].
    pub slot: usize,
    /// The parameters that are not the vector.
    pub parameters: Vec<(String, String)>,
    /// The session's database.
    pub database: String,
    /// [`crate::settings::Settings::fingerprint`] of the session.
    pub settings: u64,
    /// [`crate::access::Rights::fingerprint`] of the session: others may not read what this one may.
    pub rights: u64,
}

/// A planned query.
#[derive(Debug)]
pub struct CachedPlan {
    /// How it is answered.
    pub point: PointQuery,
    /// The result's columns.
    pub header: Vec<HeaderColumn>,
    /// Its FORMAT clause.
    pub format: Option<String>,
    /// Settings of the session with the query's own over them.
    pub settings: Arc<Settings>,
    /// What it reads.
    pub accessed: Arc<Accessed>,
}

/// The plans of an engine.
pub struct PlanCache {
    plans: Cache<PlanKey, Arc<CachedPlan>>,
}

impl Default for PlanCache {
    fn default() -> Self {
        let weigh = |key: &PlanKey, plan: &Arc<CachedPlan>| {
            let memory = plan.point.search().filter.as_ref().map_or(0, |_| MEMORY_BYTES_MAX);
            let parameters = key.parameters.iter().map(|(name, value)| name.len() + value.len());
            (key.template.len() + parameters.sum::<usize>() + PLAN_BYTES + memory) as u32
        };
        Self {
            plans: Cache::builder().max_capacity(BYTES_MAX).weigher(weigh).build(),
        }
    }
}

impl PlanCache {
    /// The plan of a key, if it is known and its table is still what it was.
    pub fn get(&self, key: &PlanKey, catalog: &Catalog) -> Option<Arc<CachedPlan>> {
        let plan = self.plans.get(key)?;
        let known = &plan.point.search().table;
        let name = &known.definition.create.table;
        let table = catalog.find(name.database.as_deref()?, &name.name);
        if table.is_some_and(|table| Arc::ptr_eq(&table.definition, &known.definition)) {
            return Some(plan);
        }
        self.plans.invalidate(key);
        None
    }

    /// Keeps a plan, unless its vector was changed on the way from the text to the search.
    pub fn insert(&self, key: PlanKey, plan: CachedPlan, catalog: &Catalog) {
        let reference = &plan.point.search().reference;
        let as_written = match DataType::parse(&key.vector_type).map(|it| it.arrow()) {
            Ok(ArrowType::List(item)) => item.data_type() == &reference.element,
            _ => false,
        };
        if as_written && reference.slot == Some(key.slot) {
            self.plans.insert(key.clone(), Arc::new(plan));
            // The table may have been dropped meanwhile, before the plan was there to be forgotten.
            self.get(&key, catalog);
        }
    }

    /// Forgets the plans over a table: they would keep a dropped one's data on disk.
    pub fn forget(&self, table: Uuid) {
        let of_table = |(_, plan): &(Arc<PlanKey>, Arc<CachedPlan>)| plan.point.search().table.uuid == table;
        let keys: Vec<Arc<PlanKey>> = self.plans.iter().filter(of_table).map(|(key, _)| key).collect();
        if keys.is_empty() {
            return;
        }
        keys.iter().for_each(|key| self.plans.invalidate(key.as_ref()));
        self.plans.run_pending_tasks();
    }
}
