//! Nearest-neighbour search: `ORDER BY distance(column, constant) LIMIT n` as one operator.
//!
//! `rule.rs` finds that shape in a plan, by `shape.rs`, and puts a [`SelectWithSearch`] in its place; Sort and Limit stay
//! above it. What it asks is a [`Search`]; `run.rs` answers it on one snapshot: prune, mask, search each part (`part.rs`),
//! keep the nearest of all, read the other columns of those rows only (`fetch.rs`). The answer always holds min(n,
//! matching rows) rows: where an index comes back short, rows are compared exactly. Where ties, LIMIT BY or DISTINCT above
//! it need more, `refill.rs` fetches more.
//!
//! The same operator compares exactly, at the speed of memory, where there is no fitting index or it must not be used.
//! `recall.rs` measures how far the two are apart.
//! `candidate.rs`, `plan_cache.rs` and `point.rs` answer queries of a known shape without planning them again.

mod brief;
mod by_index;
mod candidate;
mod computed;
mod distance;
mod distance_column;
mod exec;
pub mod explain;
mod fetch;
mod form;
mod input;
mod mask;
mod monotone;
mod node;
mod numbered;
mod options;
mod part;
mod plan_cache;
mod point;
mod question;
mod reason;
mod recall;
mod refill;
mod rule;
mod run;
mod shape;
mod unused;
mod way;

pub use brief::is_brief;
pub use candidate::Candidate;
pub use distance_column::check_distance_column;
pub use exec::SearchPlanner;
pub use form::Form;
pub use input::has_subquery;
pub use mask::Filter;
pub use node::{DISTANCE, SelectWithSearch};
pub use options::{IndexUse, Options, check_reads};
pub use plan_cache::{CachedPlan, PlanCache, PlanKey};
pub use point::{PointQuery, answer};
pub use question::{Reference, Search};
pub use reason::{Note, Reason};
pub use recall::{EffortRecall, RecallCheck};
pub use rule::SearchRule;
pub use run::Surroundings;
pub use unused::{note_unused, unused};
