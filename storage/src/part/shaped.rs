//! [`Part`]: a part as the table's columns are now. Columns are asked for by the names that the table has for them; what
//! the part lacks is computed, what it holds in an older type is converted.

use std::ops::Deref;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::{FieldRef, Schema, SchemaRef};

use super::opened::{ColumnSize, StoredPart};
use super::reader::StoredReader;
use super::vector_column::VectorColumn;
use crate::manifest::VectorShape;
use crate::shape::{Conversion, MissingColumn, Place, Shape};
use crate::table::vector_element;
use crate::{Error, Result, RowRanges};

/// An opened, immutable part of a table.
#[derive(Debug)]
pub struct Part {
    stored: Arc<StoredPart>,
    shape: Arc<Shape>,
    /// Where the table's columns are.
    places: Box<[Place]>,
}

impl Deref for Part {
    type Target = StoredPart;

    fn deref(&self) -> &StoredPart {
        &self.stored
    }
}

impl Part {
    pub(crate) fn new(stored: Arc<StoredPart>, shape: Arc<Shape>) -> Part {
        Part {
            places: shape.places(&stored),
            stored,
            shape,
        }
    }

    /// The same part as a table with other columns sees it.
    pub(crate) fn in_shape(&self, shape: &Arc<Shape>) -> Part {
        Part::new(self.stored.clone(), shape.clone())
    }

    /// Reads the columns for the given rows, in batches of `batch_rows` rows (the last one shorter).
    ///
    /// Columns come out in the order asked for, in the table's types. One that the table has not is an error.
    /// With no columns the batches carry row counts only.
    pub fn read(&self, columns: &[&str], rows: &RowRanges, batch_rows: usize) -> Result<PartReader> {
        let recipe = self.recipe(columns)?;
        let stored = self.stored.read_at(&recipe.positions, rows, batch_rows)?;
        Ok(PartReader { stored, recipe })
    }

    /// Reads a few scattered rows, strictly ascending, as one batch.
    pub fn read_rows(&self, columns: &[&str], rows: &[u32]) -> Result<RecordBatch> {
        let recipe = self.recipe(columns)?;
        let batch = self.stored.read_rows_at(&recipe.positions, rows)?;
        recipe.follow(batch)
    }

    /// Whether the part holds the column in the table's type, so that nothing is computed for it.
    pub fn holds(&self, column: &str) -> bool {
        matches!(self.place(column), Ok(Place::Held(_)))
    }

    /// Whether the table has such a column.
    pub fn knows(&self, column: &str) -> bool {
        self.shape.position(column).is_some()
    }

    /// Whether the part has any of the table's columns on disk.
    pub fn has_columns(&self) -> bool {
        self.places.iter().any(|place| *place != Place::Nowhere)
    }

    /// The raw vectors of a column that the part [holds](Part::holds), if all its rows have the same length; zero-copy.
    pub fn vectors(&self, column: &str) -> Result<Option<VectorColumn>> {
        match self.place(column)? {
            Place::Held(position) => self.stored.vectors_at(position),
            Place::Older(_) | Place::Nowhere => Ok(None),
        }
    }

    /// Sizes of the column's data; None if there is none in the part.
    pub fn column_size(&self, column: &str) -> Option<ColumnSize> {
        match self.place(column).ok()? {
            Place::Held(position) | Place::Older(position) => Some(self.size_of(position)),
            Place::Nowhere => None,
        }
    }

    /// The table's columns that the part has in such places.
    pub(crate) fn columns_at(&self, is_meant: impl Fn(Place) -> bool) -> Vec<String> {
        let fields = self.shape.schema.arrow().fields().iter().zip(&self.places);
        let meant = fields.filter(|(_, place)| is_meant(**place));
        meant.map(|(field, _)| field.name().clone()).collect()
    }

    /// How the vectors of a column look once they are in the table's type, if all have one length.
    pub(crate) fn vector_shape(&self, column: usize) -> Option<VectorShape> {
        match self.places[column] {
            Place::Held(position) => self.manifest().columns[position].vectors,
            Place::Older(position) => {
                // Converting a list converts its numbers, one by one.
                let dimensions = self.manifest().columns[position].vectors?.dimensions;
                let element = vector_element(self.shape.schema.arrow().field(column))?.into();
                Some(VectorShape { element, dimensions })
            }
            Place::Nowhere => None,
        }
    }

    /// The table's columns.
    pub(crate) fn shape(&self) -> &Arc<Shape> {
        &self.shape
    }

    fn place(&self, column: &str) -> Result<Place> {
        let position = self.shape.position(column);
        let position = position.ok_or_else(|| Error::Invalid(format!("there is no column {column}")))?;
        Ok(self.places[position])
    }

    fn recipe(&self, columns: &[&str]) -> Result<Recipe> {
        let mut recipe = Recipe::default();
        let mut outputs = Vec::with_capacity(columns.len());
        let mut fields: Vec<FieldRef> = Vec::with_capacity(columns.len());
        for column in columns {
            let position = self.shape.position(column);
            let position = position.ok_or_else(|| Error::Invalid(format!("there is no column {column}")))?;
            fields.push(self.shape.schema.arrow().fields()[position].clone());
            outputs.push(recipe.add(column, self, &mut Vec::new())?);
        }
        recipe.schema = Arc::new(Schema::new(fields));
        recipe.outputs = outputs;
        Ok(recipe)
    }
}

/// Batches of the asked columns and rows, in row order.
pub struct PartReader {
    stored: StoredReader,
    recipe: Recipe,
}

impl PartReader {
    /// Schema of the batches.
    pub fn schema(&self) -> &SchemaRef {
        &self.recipe.schema
    }
}

impl Iterator for PartReader {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Result<RecordBatch>> {
        let batch = self.stored.next()?;
        Some(batch.and_then(|batch| self.recipe.follow(batch)))
    }
}

/// How the asked columns come out of those that are read.
struct Recipe {
    /// Positions of the columns that are read, in the part.
    positions: Vec<usize>,
    /// The asked columns and those that they are made of, each behind what it is made of.
    columns: Vec<Ingredient>,
    /// Which of `columns` are asked for.
    outputs: Vec<usize>,
    schema: SchemaRef,
}

struct Ingredient {
    name: String,
    /// Of the table's column; EPHEMERAL ones have none.
    field: Option<FieldRef>,
    from: From,
}

enum From {
    /// The column at this position of what is read.
    Read(usize),
    Converted(usize, Conversion),
    Computed(MissingColumn),
}

impl Default for Recipe {
    fn default() -> Recipe {
        Recipe {
            positions: Vec::new(),
            columns: Vec::new(),
            outputs: Vec::new(),
            schema: Arc::new(Schema::empty()),
        }
    }
}

impl Recipe {
    /// Adds a column, behind what it is made of; returns its place. `waiting` are the columns that wait for it.
    fn add(&mut self, column: &str, part: &Part, waiting: &mut Vec<String>) -> Result<usize> {
        if let Some(place) = self.columns.iter().position(|other| other.name == column) {
            return Ok(place);
        }
        let position = part.shape.position(column);
        let field = position.map(|position| part.shape.schema.arrow().fields()[position].clone());
        let from = match position.map_or(Place::Nowhere, |position| part.places[position]) {
            Place::Held(position) => From::Read(self.read(position)),
            Place::Older(position) => {
                let stored = part.schema().field(position);
                let conversion = part.shape.evaluator.conversion(column, stored);
                From::Converted(self.read(position), conversion.map_err(Error::Evaluate)?)
            }
            Place::Nowhere => {
                if waiting.iter().any(|other| other == column) {
                    return Err(Error::Invalid(format!(
                        "the value of column {column} depends on itself"
                    )));
                }
                waiting.push(column.to_owned());
                let held = |other: &str| part.column_size(other).is_some();
                let missing = part.shape.evaluator.missing_column(column, &held);
                let missing = missing.map_err(Error::Evaluate)?;
                for source in &missing.sources {
                    self.add(source, part, waiting)?;
                }
                waiting.pop();
                From::Computed(missing)
            }
        };
        self.columns.push(Ingredient {
            name: column.to_owned(),
            field,
            from,
        });
        Ok(self.columns.len() - 1)
    }

    fn read(&mut self, position: usize) -> usize {
        self.positions.push(position);
        self.positions.len() - 1
    }

    /// The asked columns, out of a batch of what is read.
    fn follow(&self, read: RecordBatch) -> Result<RecordBatch> {
        let rows = read.num_rows();
        let mut values: Vec<ArrayRef> = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let lookup = |name: &str| {
                let place = self.columns[..values.len()]
                    .iter()
                    .position(|other| other.name == name)?;
                Some(values[place].clone())
            };
            let array = match &column.from {
                From::Read(position) => read.column(*position).clone(),
                From::Converted(position, convert) => convert(read.column(*position)).map_err(Error::Evaluate)?,
                From::Computed(missing) => (missing.values)(rows, &lookup).map_err(Error::Evaluate)?,
            };
            // Kernels may give a list's item field another name than the table's type has: same data.
            let array = match &column.field {
                Some(field) if field.data_type() != array.data_type() => cast(&array, field.data_type())?,
                _ => array,
            };
            values.push(array);
        }
        let arrays = self.outputs.iter().map(|place| values[*place].clone()).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(
            self.schema.clone(),
            arrays,
            &options,
        )?)
    }
}
