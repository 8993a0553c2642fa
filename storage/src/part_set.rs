//! [`PartSet`]: what a query reads. A value: a commit makes a new one.

use std::sync::Arc;

use crate::shape::Shape;
use crate::{Part, PartName};

/// What a query reads, start to end, whatever merges or inserts do meanwhile.
#[derive(Clone, Debug)]
pub struct PartSet {
    /// The table's columns, as all of the parts see them.
    shape: Arc<Shape>,
    parts: Vec<Arc<Part>>,
}

impl PartSet {
    pub(crate) fn new(shape: Arc<Shape>, mut parts: Vec<Arc<Part>>) -> PartSet {
        parts.sort_by(|left, right| left.name().cmp(right.name()));
        PartSet { shape, parts }
    }

    pub(crate) fn shape(&self) -> &Arc<Shape> {
        &self.shape
    }

    /// The same parts as a table with other columns sees them.
    pub(crate) fn in_shape(&self, shape: &Arc<Shape>) -> PartSet {
        let parts = self.parts.iter().map(|part| Arc::new(part.in_shape(shape)));
        PartSet {
            parts: parts.collect(),
            shape: shape.clone(),
        }
    }

    /// One part alone, whatever table it is of.
    pub fn of_one(part: Arc<Part>) -> PartSet {
        PartSet {
            shape: part.shape().clone(),
            parts: vec![part],
        }
    }

    /// The set without some parts and with others.
    pub(crate) fn replace(&self, remove: &[Arc<Part>], add: &[Arc<Part>]) -> PartSet {
        let stays = |part: &&Arc<Part>| !remove.iter().any(|removed| removed.uid() == part.uid());
        let parts = self.parts.iter().filter(stays).chain(add).cloned();
        PartSet::new(self.shape.clone(), parts.collect())
    }

    /// The parts by partition, then by block.
    pub fn parts(&self) -> &[Arc<Part>] {
        &self.parts
    }

    /// The part of that name.
    pub fn get(&self, name: &PartName) -> Option<&Arc<Part>> {
        let place = self.parts.binary_search_by(|part| part.name().cmp(name)).ok()?;
        Some(&self.parts[place])
    }

    /// Rows in all parts that were not deleted.
    pub fn rows(&self) -> u64 {
        self.parts.iter().map(|part| part.rows_alive()).sum()
    }

    /// Bytes on disk of all parts.
    pub fn bytes_on_disk(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes_on_disk()).sum()
    }
}
