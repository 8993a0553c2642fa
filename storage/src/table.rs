//! What the engine says about a table when it opens one: schema, options, indexes and its key callbacks.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use gristmill_index::skip::SkipDefinition;
use gristmill_index::{Element, VectorIndexDefinition};

use crate::coding::ColumnCoding;
use crate::directory::Directory;
use crate::manifest::VectorShape;
use crate::shape::{Conversion, MissingColumn, Shape};
use crate::{BoxError, PageCache, Replacement};

/// Key of the ClickHouse type name in Arrow field metadata.
pub const TYPE_KEY: &str = "clickhouse.type";

/// Columns of a table in Arrow's representation; each field carries its ClickHouse type under [`TYPE_KEY`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSchema {
    arrow: SchemaRef,
    /// What parts call the columns, in the same order.
    stored_names: Vec<String>,
    codings: Vec<ColumnCoding>,
}

impl TableSchema {
    /// A table whose columns have always been called so.
    pub fn new(arrow: SchemaRef) -> TableSchema {
        let stored_names = arrow.fields().iter().map(|field| field.name().clone()).collect();
        TableSchema::with_stored_names(arrow, stored_names)
    }

    /// A table whose parts know its columns by these names, each of which only ever meant this column.
    ///
    /// # Panics
    /// When there are not as many names as columns.
    pub fn with_stored_names(arrow: SchemaRef, stored_names: Vec<String>) -> TableSchema {
        assert_eq!(
            arrow.fields().len(),
            stored_names.len(),
            "each column has a stored name"
        );
        TableSchema {
            codings: vec![ColumnCoding::default(); stored_names.len()],
            arrow,
            stored_names,
        }
    }

    /// The same columns, written from now on as these say.
    ///
    /// # Panics
    /// When there are not as many as columns.
    pub fn with_codings(self, codings: Vec<ColumnCoding>) -> TableSchema {
        assert_eq!(self.arrow.fields().len(), codings.len(), "each column has a coding");
        TableSchema { codings, ..self }
    }

    /// How the column at this position is written.
    pub(crate) fn coding(&self, position: usize) -> ColumnCoding {
        self.codings[position]
    }

    /// The columns.
    pub fn arrow(&self) -> &SchemaRef {
        &self.arrow
    }

    /// What parts call the column at this position.
    pub fn stored_name(&self, position: usize) -> &str {
        &self.stored_names[position]
    }

    /// The column that parts call so.
    pub(crate) fn position_of_stored(&self, name: &str) -> Option<usize> {
        self.stored_names.iter().position(|stored| stored == name)
    }

    /// The columns as parts have them.
    pub(crate) fn stored(&self) -> SchemaRef {
        let fields = self.arrow.fields().iter().zip(&self.stored_names);
        let stored = fields.map(|(field, name)| match field.name() == name {
            true => field.clone(),
            false => Arc::new(field.as_ref().clone().with_name(name)),
        });
        Arc::new(Schema::new(stored.collect::<Vec<FieldRef>>()))
    }
}

impl From<SchemaRef> for TableSchema {
    fn from(arrow: SchemaRef) -> TableSchema {
        TableSchema::new(arrow)
    }
}

/// How a table writes and reads its parts.
#[derive(Clone, Debug)]
pub struct TableOptions {
    /// Rows of one granule, the unit of the primary index.
    pub index_granularity: u64,
    /// Which rows of equal sorting keys stay when parts are merged; None: all.
    pub replacement: Option<Replacement>,
    /// Where decoded pages are kept.
    pub page_cache: Arc<PageCache>,
}

impl Default for TableOptions {
    fn default() -> TableOptions {
        TableOptions {
            index_granularity: 8192,
            replacement: None,
            page_cache: PageCache::shared(),
        }
    }
}

/// An index of a table.
#[derive(Clone, Debug)]
pub struct IndexSpec {
    /// Name, unique in the table.
    pub name: String,
    /// What is indexed and how, as the caller puts it: an index in a part that was built for anything else is not this
    /// one, whatever its name.
    pub built_for: String,
    /// Kind and parameters.
    pub kind: IndexKind,
    /// One sub-index, or block of a skip index, covers this many granules.
    pub granularity: u64,
}

impl IndexSpec {
    /// Whether it finds nearest vectors.
    pub(crate) fn is_vector(&self) -> bool {
        matches!(self.kind, IndexKind::Vector(_))
    }

    /// Rows of a sub-index or block in parts of these granules.
    pub(crate) fn block_rows(&self, index_granularity: u64) -> u64 {
        self.granularity.saturating_mul(index_granularity).max(1)
    }
}

/// What an index is.
#[derive(Clone, Debug)]
pub enum IndexKind {
    /// Finds nearest vectors.
    Vector(VectorIndexDefinition),
    /// Knows which blocks of rows cannot match.
    Skip {
        /// What it keeps of a block.
        definition: SkipDefinition,
        /// Arrow types of its expressions.
        types: Vec<DataType>,
    },
}

/// The engine's expressions over a table's columns, evaluated for the store (which knows no SQL).
///
/// All of them return one array per key expression, as long as the batch.
pub trait KeyEvaluator: Send + Sync {
    /// `ORDER BY`; empty for `tuple()`.
    fn sorting_key(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>, BoxError>;

    /// The columns that the sorting key is made of.
    fn sorting_columns(&self) -> &[String];

    /// How many of the sorting key's first expressions are the primary key.
    fn primary_key_len(&self) -> usize;

    /// `PARTITION BY`; empty when there is none.
    fn partition_key(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>, BoxError>;

    /// One field per partition expression, with its ClickHouse type (partition ids depend on it).
    fn partition_fields(&self) -> &[FieldRef];

    /// Source columns of the partition key, whose minimum and maximum each part keeps.
    fn partition_columns(&self) -> &[String];

    /// The expressions that the index at this position of the table's list is built over: for a vector index one, a
    /// list of floats.
    fn index_input(&self, index: usize, batch: &RecordBatch) -> Result<Vec<ArrayRef>, BoxError>;

    /// The columns that this expression is made of.
    fn index_columns(&self, index: usize) -> &[String];

    /// The rules by which rows and values expire, as text: who drops some by them asks at last whether they are still the same.
    fn expiry(&self) -> &str {
        ""
    }

    /// How a column gets values in a part that lacks it and has those for which `held` is true. Asked once for each part
    /// that is read.
    fn missing_column(&self, column: &str, _held: &dyn Fn(&str) -> bool) -> Result<MissingColumn, BoxError> {
        Err(format!("there is no value for column {column}, which a part lacks").into())
    }

    /// How a column's values in parts that hold it as `stored` become those of its present type. Arrow's type of what
    /// comes out need not be the column's to the last field name.
    fn conversion(&self, _column: &str, _stored: &Field) -> Result<Conversion, BoxError> {
        Ok(Box::new(|values| Ok(values.clone())))
    }
}

/// Which indexes an insert builds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum IndexChoice {
    /// Every index of the table.
    #[default]
    All,
    /// None (`materialize_skip_indexes_on_insert = 0`).
    None,
    /// All but the named ones (`exclude_materialize_skip_indexes_on_insert`); unknown names are ignored.
    Except(Vec<String>),
}

impl IndexChoice {
    pub(crate) fn includes(&self, name: &str) -> bool {
        match self {
            IndexChoice::All => true,
            IndexChoice::None => false,
            IndexChoice::Except(names) => !names.iter().any(|excluded| excluded == name),
        }
    }
}

/// How one insert works.
#[derive(Clone, Debug)]
pub struct InsertOptions {
    /// Threads that sort rows and build indexes; 0 = as many as the machine has.
    pub threads: usize,
    /// Which indexes are built.
    pub indexes: IndexChoice,
    /// Whether a [`Replacement`] is applied to the rows of a block (`optimize_on_insert`).
    pub replace: bool,
    /// More partitions in one insert are refused (`max_partitions_per_insert_block`); 0 = any number.
    pub partitions_max: usize,
    /// Counts rows as they are added to indexes: that takes most of an insert's time, and people watch it.
    pub indexed_rows: Option<Arc<AtomicU64>>,
}

impl Default for InsertOptions {
    fn default() -> InsertOptions {
        InsertOptions {
            threads: 0,
            indexes: IndexChoice::All,
            replace: true,
            partitions_max: 100,
            indexed_rows: None,
        }
    }
}

/// A table without keys and indexes; also the simplest [`KeyEvaluator`].
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKeys;

impl KeyEvaluator for NoKeys {
    fn sorting_key(&self, _: &RecordBatch) -> Result<Vec<ArrayRef>, BoxError> {
        Ok(Vec::new())
    }

    fn sorting_columns(&self) -> &[String] {
        &[]
    }

    fn primary_key_len(&self) -> usize {
        0
    }

    fn partition_key(&self, _: &RecordBatch) -> Result<Vec<ArrayRef>, BoxError> {
        Ok(Vec::new())
    }

    fn partition_fields(&self) -> &[FieldRef] {
        &[]
    }

    fn partition_columns(&self) -> &[String] {
        &[]
    }

    fn index_input(&self, _: usize, _: &RecordBatch) -> Result<Vec<ArrayRef>, BoxError> {
        Err("the table has no index".into())
    }

    fn index_columns(&self, _: usize) -> &[String] {
        &[]
    }
}

/// What the elements of a column are, if it is a list of floats.
pub(crate) fn vector_element(field: &Field) -> Option<Element> {
    let DataType::List(item) = field.data_type() else {
        return None;
    };
    if item.is_nullable() {
        return None;
    }
    match item.data_type() {
        DataType::Float32 => Some(Element::F32),
        DataType::Float64 => Some(Element::F64),
        DataType::UInt16
            if field
                .metadata()
                .get(TYPE_KEY)
                .is_some_and(|name| name == "Array(BFloat16)") =>
        {
            Some(Element::BF16)
        }
        _ => None,
    }
}

/// How a column's vectors are stored if all have one length.
pub(crate) fn vector_shape(field: &Field, length: Option<usize>) -> Option<VectorShape> {
    let (element, dimensions) = vector_element(field).zip(length)?;
    let shape = VectorShape {
        element: element.into(),
        dimensions,
    };
    i32::try_from(shape.row_bytes()).is_ok().then_some(shape)
}

/// The evaluator that a table is opened with.
pub type SharedEvaluator = Arc<dyn KeyEvaluator>;

/// All that a table's parts share.
pub(crate) struct TableContext {
    pub folder: Arc<TableFolder>,
    pub shape: Arc<Shape>,
    pub options: TableOptions,
    pub indexes: Vec<IndexSpec>,
}

impl TableContext {
    pub fn schema(&self) -> &TableSchema {
        &self.shape.schema
    }

    pub fn evaluator(&self) -> &SharedEvaluator {
        &self.shape.evaluator
    }
}

/// The table's folder. Once the table is dropped, the folder goes with the last part that somebody still reads.
#[derive(Debug)]
pub(crate) struct TableFolder {
    directory: Arc<dyn Directory>,
    path: PathBuf,
    page_cache: Arc<PageCache>,
    dropped: AtomicBool,
}

impl TableFolder {
    pub fn new(directory: Arc<dyn Directory>, path: PathBuf, page_cache: Arc<PageCache>) -> TableFolder {
        TableFolder {
            directory,
            path,
            page_cache,
            dropped: AtomicBool::new(false),
        }
    }

    pub fn page_cache(&self) -> &PageCache {
        &self.page_cache
    }

    pub fn directory(&self) -> &Arc<dyn Directory> {
        &self.directory
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn set_dropped(&self) {
        self.dropped.store(true, Ordering::Release);
    }

    pub fn is_dropped(&self) -> bool {
        self.dropped.load(Ordering::Acquire)
    }
}

impl Drop for TableFolder {
    fn drop(&mut self) {
        if self.is_dropped()
            && let Err(error) = self.directory.remove_dir(&self.path)
        {
            tracing::warn!("cannot remove the dropped table in {}: {error}", self.path.display());
        }
    }
}
