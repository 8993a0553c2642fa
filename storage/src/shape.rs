//! [`Shape`]: what a table calls its columns, what its parts call them, and where values come from that a part lacks.
//!
//! Parts know a column by its stored name, which never changes and is never given to another column. So adding, dropping
//! and renaming columns leaves parts alone; a part that is older than such a change is read as the table is now.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{Field, FieldRef};

use crate::part::StoredPart;
use crate::{BoxError, SharedEvaluator, TYPE_KEY, TableSchema};

/// Looks up a column of a batch.
pub type ColumnLookup<'a> = &'a dyn Fn(&str) -> Option<ArrayRef>;
/// Values of a column for so many rows, made of those of other columns.
pub type Computation = Box<dyn Fn(usize, ColumnLookup<'_>) -> Result<ArrayRef, BoxError> + Send + Sync>;
/// Values of a column in its present type.
pub type Conversion = Box<dyn Fn(&ArrayRef) -> Result<ArrayRef, BoxError> + Send + Sync>;

/// How a column gets values in a part that lacks it.
pub struct MissingColumn {
    /// The columns that its values are made of; a part may lack these, too.
    pub sources: Vec<String>,
    /// Its values, from those columns'.
    pub values: Computation,
}

/// A table's columns at one time.
pub(crate) struct Shape {
    pub schema: TableSchema,
    pub evaluator: SharedEvaluator,
    /// Counts the changes of the table's definition since it was opened.
    pub version: u64,
}

/// Where a part has a column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// At this position, in the table's type.
    Held(usize),
    /// At this position, in an older type.
    Older(usize),
    Nowhere,
}

impl Shape {
    /// Where a part has the columns of the table, in the table's order.
    pub fn places(&self, part: &StoredPart) -> Box<[Place]> {
        let held = part.schema().fields();
        let fields = self.schema.arrow().fields().iter().enumerate();
        let place = |(position, field): (usize, &FieldRef)| {
            let name = self.schema.stored_name(position);
            // Mostly the part has the table's columns in the table's order.
            let is_it = |field: &FieldRef| field.name() == name;
            let found = match held.get(position).is_some_and(is_it) {
                true => Some(position),
                false => held.iter().position(is_it),
            };
            match found {
                Some(at) if same_type(&held[at], field) => Place::Held(at),
                Some(at) => Place::Older(at),
                None => Place::Nowhere,
            }
        };
        fields.map(place).collect()
    }

    /// The position of a column.
    pub fn position(&self, column: &str) -> Option<usize> {
        let mut fields = self.schema.arrow().fields().iter();
        fields.position(|field| field.name() == column)
    }

    /// The same columns, called in parts as another shape has it.
    pub fn called_as_in(&self, other: &Shape) -> Shape {
        let fields = self.schema.arrow().fields().iter().enumerate();
        let names = fields.map(|(position, field)| {
            let name = match other.position(field.name()) {
                Some(there) => other.schema.stored_name(there),
                None => self.schema.stored_name(position),
            };
            name.to_owned()
        });
        Shape {
            schema: TableSchema::with_stored_names(self.schema.arrow().clone(), names.collect()),
            evaluator: self.evaluator.clone(),
            version: self.version,
        }
    }

    /// Whether a column of another shape is of another type here: rows that were written so cannot be taken without
    /// looking at their values.
    pub fn changes_type_of(&self, other: &Shape) -> bool {
        let fields = self.schema.arrow().fields().iter().enumerate();
        let mut pairs = fields.filter_map(|(position, field)| {
            let stored = other.schema.position_of_stored(self.schema.stored_name(position))?;
            Some((field, &other.schema.arrow().fields()[stored]))
        });
        pairs.any(|(field, other)| !same_type(field, other))
    }
}

impl std::fmt::Debug for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shape")
            .field("schema", &self.schema)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Whether two fields hold values of one type. Those without ClickHouse's name for it are told by Arrow's.
pub(crate) fn same_type(left: &Field, right: &Field) -> bool {
    let same_name = match (left.metadata().get(TYPE_KEY), right.metadata().get(TYPE_KEY)) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    same_name && left.data_type() == right.data_type()
}

/// The shape that a table is opened with.
pub(crate) fn first_shape(schema: TableSchema, evaluator: SharedEvaluator) -> Arc<Shape> {
    Arc::new(Shape {
        schema,
        evaluator,
        version: 0,
    })
}
