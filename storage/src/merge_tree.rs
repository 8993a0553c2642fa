//! A table on disk: the set of its parts, and the one way to change it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::take;
use parking_lot::{Mutex, MutexGuard, RwLock};

use crate::directory::{Directory, LocalDirectory};
use crate::hidden_parts::HiddenParts;
use crate::load::{BrokenPart, Loaded, load, part_folders};
use crate::mutations::Journal;
use crate::part::PAGE_ROWS;
use crate::partition::{self, Partition};
use crate::reservation::Busy;
use crate::shape::{Shape, first_shape};
use crate::sort::{normalize, permutation};
use crate::table::{TableContext, TableFolder};
use crate::thread_pools;
use crate::write::{NewPart, Order, PART_ROWS_MAX, PartLayout, PartWriter, Target};
use crate::{
    Error, IndexSpec, InsertOptions, Part, PartName, PartSet, Result, SharedEvaluator, TableOptions, TableSchema,
};

/// About as many bytes of rows are put in order and written at a time.
const WRITE_CHUNK_BYTES: usize = 32 << 20;
/// Most rows of a chunk.
const WRITE_CHUNK_ROWS_MAX: usize = 65_536;

/// Parts that appear and parts that disappear, at once.
#[derive(Debug, Default)]
pub struct Change {
    /// Written under temporary names, not yet visible.
    pub add: Vec<NewPart>,
    /// Active parts that go.
    pub remove: Vec<PartName>,
}

/// A table's parts.
pub struct MergeTree {
    table: TableContext,
    // Shared by the forms of a table that differ in their columns or indexes.
    parts: Arc<RwLock<Arc<PartSet>>>,
    committing: Arc<Mutex<Committing>>,
    broken: Arc<Vec<BrokenPart>>,
    /// Numbers the temporary folders.
    next_folder: Arc<AtomicU64>,
    busy: Busy,
    journal: Arc<Journal>,
}

/// What only a commit changes.
pub(crate) struct Committing {
    next_block: u64,
    /// Set when it is not known what is on disk: no commit may build on that.
    poisoned: bool,
}

impl MergeTree {
    /// Opens the table in `dir`, which is created if it does not exist.
    ///
    /// Temporary folders of an interrupted insert are removed, stale parts dropped, broken parts set aside
    /// (see [`broken_parts`](MergeTree::broken_parts)).
    pub fn open(
        dir: &Path,
        schema: TableSchema,
        options: TableOptions,
        indexes: Vec<IndexSpec>,
        evaluator: SharedEvaluator,
    ) -> Result<MergeTree> {
        MergeTree::open_in(Arc::new(LocalDirectory), dir, schema, options, indexes, evaluator)
    }

    /// Opens a table on another file system than this machine's.
    pub fn open_in(
        directory: Arc<dyn Directory>,
        dir: &Path,
        schema: TableSchema,
        options: TableOptions,
        indexes: Vec<IndexSpec>,
        evaluator: SharedEvaluator,
    ) -> Result<MergeTree> {
        if options.index_granularity == 0 {
            return Err(Error::Invalid("index_granularity must be more than 0".to_owned()));
        }
        let folder = Arc::new(TableFolder::new(directory, dir.to_owned(), options.page_cache.clone()));
        let shape = first_shape(schema, evaluator);
        let Loaded {
            parts,
            broken,
            next_block,
            mutations,
        } = load(&folder)?;
        let parts = parts.into_iter().map(|part| Arc::new(Part::new(part, shape.clone())));
        let parts = PartSet::new(shape.clone(), parts.collect());
        Ok(MergeTree {
            table: TableContext {
                folder,
                shape,
                options,
                indexes,
            },
            parts: Arc::new(RwLock::new(Arc::new(parts))),
            committing: Arc::new(Mutex::new(Committing {
                next_block,
                poisoned: false,
            })),
            broken: Arc::new(broken),
            next_folder: Arc::new(AtomicU64::new(1)),
            busy: Busy::default(),
            journal: Arc::new(Journal::new(mutations)),
        })
    }

    /// The same table with other columns or indexes, over the same parts: what one of the two commits, both see. Parts
    /// are left as they are. From [`adopt`](MergeTree::adopt) on this is how the table is.
    pub fn altered(&self, schema: TableSchema, indexes: Vec<IndexSpec>, evaluator: SharedEvaluator) -> MergeTree {
        let shape = Shape {
            schema,
            evaluator,
            version: self.table.shape.version + 1,
        };
        let table = TableContext {
            folder: self.table.folder.clone(),
            shape: Arc::new(shape),
            options: self.table.options.clone(),
            indexes,
        };
        MergeTree {
            table,
            parts: self.parts.clone(),
            committing: self.committing.clone(),
            broken: self.broken.clone(),
            next_folder: self.next_folder.clone(),
            busy: self.busy.clone(),
            journal: self.journal.clone(),
        }
    }

    /// Makes this form of the table the one that counts, once `publish` has made it durable. No part is committed
    /// meanwhile, so what `publish` finds in the parts holds for all that were written before; jobs that began under an
    /// older form and would write whole parts are refused from here on with [`Error::Altered`].
    pub fn adopt<E>(&self, publish: impl FnOnce(&PartSet) -> std::result::Result<(), E>) -> std::result::Result<(), E> {
        let _turn = self.committing.lock();
        let parts = self.snapshot();
        publish(&parts)?;
        *self.parts.write() = parts;
        Ok(())
    }

    /// What the parts share.
    pub(crate) fn table(&self) -> &TableContext {
        &self.table
    }

    /// Which parts jobs work on.
    pub(crate) fn busy(&self) -> &Busy {
        &self.busy
    }

    /// What is known of mutations.
    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The next block number as the version of a mutation.
    pub(crate) fn take_version(&self, committing: &mut Committing) -> Result<u64> {
        self.check_commits(committing)?;
        committing.next_block += 1;
        Ok(committing.next_block - 1)
    }

    /// A number that no temporary folder has had.
    pub(crate) fn next_folder(&self) -> u64 {
        self.next_folder.fetch_add(1, Ordering::Relaxed)
    }

    /// Parts that were found broken when the table was opened.
    pub fn broken_parts(&self) -> &[BrokenPart] {
        &self.broken
    }

    /// The table's columns.
    pub fn schema(&self) -> &TableSchema {
        self.table.schema()
    }

    /// The table's indexes.
    pub fn indexes(&self) -> &[IndexSpec] {
        &self.table.indexes
    }

    /// The table's folder.
    pub fn path(&self) -> &Path {
        self.table.folder.path()
    }

    /// The parts as they are now. Their files stay for as long as the snapshot is held.
    pub fn snapshot(&self) -> Arc<PartSet> {
        let parts = self.active();
        match Arc::ptr_eq(parts.shape(), &self.table.shape) {
            true => parts,
            // The table was altered since: whoever holds this form of it goes on with its columns.
            false => Arc::new(parts.in_shape(&self.table.shape)),
        }
    }

    /// The same for a query: fails with [`Error::Dropped`] if the table is gone, which is not the same as empty.
    pub fn parts_to_read(&self) -> Result<Arc<PartSet>> {
        let parts = self.snapshot();
        // A drop says so before it takes the parts away.
        match self.table.folder.is_dropped() {
            true => Err(Error::Dropped),
            false => Ok(parts),
        }
    }

    /// The same, as the table is now.
    pub(crate) fn active(&self) -> Arc<PartSet> {
        self.parts.read().clone()
    }

    /// Fails if the table was altered since this form of it was.
    ///
    /// Parts that were active before this succeeds were written by this form or older ones: they hold no column that
    /// this form does not know.
    pub fn check_unaltered(&self) -> Result<()> {
        match self.active().shape().version > self.table.shape.version {
            true => Err(Error::Altered),
            false => Ok(()),
        }
    }

    /// Sorts the rows, writes one part per partition, and commits them all at once. Durable when it returns.
    pub fn insert(&self, batch: RecordBatch, options: &InsertOptions) -> Result<Vec<Arc<Part>>> {
        if batch.num_rows() == 0 {
            return Ok(Vec::new());
        }
        if batch.num_rows() as u64 > PART_ROWS_MAX {
            return Err(Error::Invalid(format!(
                "a block cannot hold more than {PART_ROWS_MAX} rows"
            )));
        }
        // Columns must be the table's; metadata of the schema itself is not kept.
        let batch = RecordBatch::try_new(self.table.schema().arrow().clone(), batch.columns().to_vec())?;
        let evaluator = self.table.evaluator();
        let partition_keys = evaluator.partition_key(&batch).map_err(Error::Evaluate)?;
        let partitions = partition::split(&partition_keys, evaluator.partition_fields())?;
        if options.partitions_max != 0 && partitions.len() > options.partitions_max {
            return Err(Error::TooManyParts(format!(
                "Too many partitions for single INSERT block (more than {}). The limit is controlled by \
                 'max_partitions_per_insert_block' setting.",
                options.partitions_max
            )));
        }
        let keys: Vec<ArrayRef> = evaluator
            .sorting_key(&batch)
            .map_err(Error::Evaluate)?
            .iter()
            .map(normalize)
            .collect();
        let write = || {
            partitions
                .into_iter()
                .map(|partition| self.write(&batch, &keys, partition, options))
                .collect()
        };
        let builds = |spec: &IndexSpec| spec.is_vector() && options.indexes.includes(&spec.name);
        let add: Vec<NewPart> = match self.indexes().iter().any(builds) {
            true => thread_pools::build(options.threads, write)?,
            false => thread_pools::run(options.threads, write)?,
        };
        self.commit(Change {
            add,
            remove: Vec::new(),
        })
    }

    /// Writes the rows of one partition, in order, chunk by chunk.
    fn write(
        &self,
        batch: &RecordBatch,
        keys: &[ArrayRef],
        partition: Partition,
        options: &InsertOptions,
    ) -> Result<NewPart> {
        let mut order = order(keys, partition.rows)?;
        let replacement = self.table.options.replacement.as_ref().filter(|_| options.replace);
        if let Some(rule) = replacement {
            order = order.replaced(batch, keys, rule)?;
        }
        let number = self.next_folder();
        let folder = format!("tmp_insert_{}_{number}", partition.id);
        let layout = PartLayout::of_rows(batch, &order)?;
        let mut writer = PartWriter::create(&self.table, &folder, layout, |index| options.indexes.includes(index))?;
        if replacement.is_some() {
            writer.set_unique_keys();
        }
        if let Some(counter) = &options.indexed_rows {
            writer.count_indexed(counter);
        }
        let rows = order.len(batch.num_rows());
        let chunk = chunk_rows(batch);
        for start in (0..rows).step_by(chunk) {
            let length = chunk.min(rows - start);
            let chunk_keys = keys
                .iter()
                .map(|key| order.column(key, start, length))
                .collect::<Result<Vec<_>>>()?;
            writer.write(&order.batch(batch, start, length)?, &chunk_keys)?;
        }
        writer.finish(
            partition.values,
            Target::NextBlock {
                partition_id: partition.id,
                // ClickHouse counts the replacement as a merge.
                level: u32::from(replacement.is_some()),
            },
        )
    }

    /// The only way parts appear or disappear: insert, merge and mutation all end here.
    ///
    /// All of the change or nothing, also after a crash; durable when it returns. Refused with
    /// [`Error::PartGone`] if a part to remove is no longer active, and with [`Error::Altered`] if rows come in under a
    /// form of the table in which a column has another type.
    pub fn commit(&self, change: Change) -> Result<Vec<Arc<Part>>> {
        let mut committing = self.committing.lock();
        self.commit_locked(&mut committing, change)
    }

    /// Fails if a column has another type by now: nobody has looked whether values of this form can be converted.
    pub(crate) fn check_types(&self) -> Result<()> {
        match self.active().shape().changes_type_of(&self.table.shape) {
            true => Err(Error::Altered),
            false => Ok(()),
        }
    }

    /// Fails if rows expire by another rule by now, or do not expire any more.
    pub(crate) fn check_expiry(&self) -> Result<()> {
        match self.active().shape().evaluator.expiry() == self.table.evaluator().expiry() {
            true => Ok(()),
            false => Err(Error::Altered),
        }
    }

    /// Removes all rows. Block numbers go on.
    pub fn truncate(&self) -> Result<()> {
        self.remove_parts(|_| true).map(drop)
    }

    /// Removes the chosen parts, at once. Block numbers go on.
    pub fn remove_parts(&self, chosen: impl Fn(&Part) -> bool) -> Result<Vec<Arc<Part>>> {
        let mut committing = self.committing.lock();
        let snapshot = self.active();
        let parts: Vec<Arc<Part>> = snapshot.parts().iter().filter(|part| chosen(part)).cloned().collect();
        let remove = parts.iter().map(|part| part.name().clone()).collect();
        let add = Vec::new();
        self.commit_locked(&mut committing, Change { add, remove })?;
        Ok(parts)
    }

    /// Drops the table. Its folder goes with this value and the last part that somebody still reads.
    pub fn drop_all(&self) -> Result<()> {
        let _turn = self.committing.lock();
        self.table.folder.set_dropped();
        let none = PartSet::new(self.table.shape.clone(), Vec::new());
        let last = std::mem::replace(&mut *self.parts.write(), Arc::new(none));
        drop(last); // outside the lock: this may remove files
        Ok(())
    }

    /// The turn to commit. Readers do not wait for it.
    pub(crate) fn lock_commits(&self) -> MutexGuard<'_, Committing> {
        self.committing.lock()
    }

    fn check_commits(&self, committing: &Committing) -> Result<()> {
        if self.table.folder.is_dropped() {
            return Err(Error::Dropped);
        }
        match committing.poisoned {
            true => Err(Error::Invalid(format!(
                "the table in {} must be opened again: a commit failed half-way",
                self.path().display()
            ))),
            false => Ok(()),
        }
    }

    pub(crate) fn commit_locked(&self, committing: &mut Committing, change: Change) -> Result<Vec<Arc<Part>>> {
        self.check_commits(committing)?;
        let before = self.active();
        let inserts = change
            .add
            .iter()
            .any(|new| matches!(new.target, Target::NextBlock { .. }));
        if inserts {
            self.check_types()?;
        }
        let find = |name: &PartName| {
            before
                .get(name)
                .cloned()
                .ok_or_else(|| Error::PartGone(name.to_string()))
        };
        let removed = change.remove.iter().map(find).collect::<Result<Vec<_>>>()?;
        let mut add = change.add;
        for part in &mut add {
            let name = committing.name(&part.target);
            if before.get(&name).is_some() {
                return Err(Error::Invalid(format!("part {name} exists already")));
            }
            part.part.set_name(name);
        }
        self.publish(committing, &mut add, &removed)?;
        let shape = before.shape();
        let part = |new: NewPart| Arc::new(Part::new(Arc::new(new.part), shape.clone()));
        let added: Vec<Arc<Part>> = add.into_iter().map(part).collect();
        let after = Arc::new(before.replace(&removed, &added));
        *self.parts.write() = after;
        removed.iter().for_each(|part| part.set_removed());
        Ok(added)
    }

    /// Makes the change durable: with one rename where that is enough, else through `hidden_parts`.
    fn publish(&self, committing: &mut Committing, add: &mut [NewPart], remove: &[Arc<Part>]) -> Result<()> {
        if let [new] = add
            && remove.iter().all(|part| new.part.name().covers(part.name()))
        {
            return self.give_names(committing, add);
        }
        if add.is_empty() && remove.is_empty() {
            return Ok(());
        }
        let stay: Vec<PartName> = self.active().parts().iter().map(|part| part.name().clone()).collect();
        let added: Vec<PartName> = add.iter().map(|new| new.part.name().clone()).collect();
        let next_block = committing.next_block;
        if !added.is_empty() {
            let mut hidden = self.all_but(&stay, next_block)?;
            hidden.parts.extend(added.iter().map(PartName::to_string));
            hidden.write(&self.table.folder)?;
            self.give_names(committing, add)?;
        }
        let stay = stay
            .into_iter()
            .filter(|name| remove.iter().all(|part| part.name() != name));
        let switch = self.all_but(&stay.chain(added).collect::<Vec<_>>(), next_block)?;
        // Whether a failed switch happened is not known; both outcomes are whole, but only a new start can tell.
        switch
            .write(&self.table.folder)
            .inspect_err(|_| committing.poisoned = true)
    }

    /// Hides every part whose folder exists, but for those that are active.
    ///
    /// That includes parts that wait for a reader to let go of them: a part that covers one of those now hides it,
    /// but may be removed before it.
    fn all_but(&self, active: &[PartName], next_block: u64) -> Result<HiddenParts> {
        let mut parts: BTreeSet<String> = part_folders(&self.table.folder)?
            .iter()
            .map(PartName::to_string)
            .collect();
        active.iter().for_each(|name| {
            parts.remove(&name.to_string());
        });
        Ok(HiddenParts { next_block, parts })
    }

    /// Renames the temporary folders to the parts' names; if that fails, the folders go.
    fn give_names(&self, committing: &mut Committing, add: &mut [NewPart]) -> Result<()> {
        let directory = self.table.folder.directory();
        let mut done = 0;
        let mut rename_all = || {
            for new in &*add {
                directory.rename(new.folder.path(), new.part.path())?;
                done += 1;
            }
            directory.sync_dir(self.path())
        };
        let Err(error) = rename_all() else {
            add.iter_mut().for_each(|new| new.folder.keep());
            return Ok(());
        };
        for new in &add[..done] {
            if directory.rename(new.part.path(), new.folder.path()).is_err() {
                committing.poisoned = true;
            }
        }
        Err(Error::io("rename the new parts in", self.path(), error))
    }
}

impl Committing {
    /// No commit may build on what is on disk now.
    pub(crate) fn poison(&mut self) {
        self.poisoned = true;
    }

    fn name(&mut self, target: &Target) -> PartName {
        match target {
            Target::Named(name) => name.clone(),
            Target::NextBlock { partition_id, level } => {
                let block = self.next_block;
                self.next_block += 1;
                PartName {
                    level: *level,
                    ..PartName::inserted(partition_id.clone(), block)
                }
            }
        }
    }
}

/// The stored order of a partition's rows.
fn order(keys: &[ArrayRef], rows: Option<Vec<u32>>) -> Result<Order> {
    let Some(rows) = rows else {
        return Ok(permutation(keys)?.map_or(Order::AsGiven, Order::Picked));
    };
    let positions = UInt32Array::from(rows);
    let keys = keys
        .iter()
        .map(|key| take(key, &positions, None))
        .collect::<std::result::Result<Vec<_>, _>>()?;
    let rows = positions.values().to_vec();
    Ok(Order::Picked(match permutation(&keys)? {
        Some(order) => order.into_iter().map(|place| rows[place as usize]).collect(),
        None => rows,
    }))
}

/// Rows of a chunk: whole pages, so that pages do not get cut where a chunk ends.
fn chunk_rows(batch: &RecordBatch) -> usize {
    let row_bytes = (batch.get_array_memory_size() / batch.num_rows()).max(1);
    let rows = (WRITE_CHUNK_BYTES / row_bytes).min(WRITE_CHUNK_ROWS_MAX);
    rows.next_multiple_of(PAGE_ROWS as usize)
}
