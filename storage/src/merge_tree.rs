//! A table on disk: its forms, the set of its parts, and INSERT. The one way to change the set is [`commit`](crate::commit).

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::take;
use parking_lot::{Mutex, RwLock};

use crate::commit::{Change, Committing};
use crate::directory::{Directory, LocalDirectory};
use crate::load::{BrokenPart, Loaded, load};
use crate::mutations::Journal;
use crate::part::PAGE_ROWS;
use crate::partition::{self, Partition};
use crate::reservation::Busy;
use crate::shape::{Shape, first_shape};
use crate::sort::{normalize, permutation};
use crate::table::{TableContext, TableFolder};
use crate::thread_pools;
use crate::write::{NewPart, Order, PART_ROWS_MAX, PartLayout, PartWriter, Target};
use crate::{Error, IndexSpec, InsertOptions, Part, PartSet, Result, SharedEvaluator, TableOptions, TableSchema};

/// About as many bytes of rows are put in order and written at a time.
const WRITE_CHUNK_BYTES: usize = 32 << 20;
/// Most rows of a chunk.
const WRITE_CHUNK_ROWS_MAX: usize = 65_536;

/// A table's parts.
pub struct MergeTree {
    table: TableContext,
    // Shared by the forms of a table that differ in their columns or indexes.
    pub(crate) parts: Arc<RwLock<Arc<PartSet>>>,
    pub(crate) committing: Arc<Mutex<Committing>>,
    broken: Arc<Vec<BrokenPart>>,
    /// Numbers the temporary folders.
    next_folder: Arc<AtomicU64>,
    busy: Busy,
    journal: Arc<Journal>,
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
            committing: Arc::new(Mutex::new(Committing::new(next_block))),
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
