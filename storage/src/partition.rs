//! Partitions: which rows of a block go together.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::FieldRef;
use arrow::row::{RowConverter, SortField};

use crate::Result;
use crate::partition_id::partition_id;
use crate::sort::normalize;

/// Rows of a batch that belong to one partition.
pub(crate) struct Partition {
    pub id: String,
    /// The key's values: arrays of one row.
    pub values: Vec<ArrayRef>,
    /// Ascending row numbers; `None` when the whole batch is one partition.
    pub rows: Option<Vec<u32>>,
}

/// Splits the rows of a batch by their partition key, in the order in which partitions first appear.
pub(crate) fn split(keys: &[ArrayRef], fields: &[FieldRef]) -> Result<Vec<Partition>> {
    if keys.is_empty() {
        return Ok(vec![Partition {
            id: "all".to_owned(),
            values: Vec::new(),
            rows: None,
        }]);
    }
    let keys: Vec<ArrayRef> = keys.iter().map(normalize).collect();
    let sort_fields = keys.iter().map(|key| SortField::new(key.data_type().clone())).collect();
    let rows = RowConverter::new(sort_fields)?.convert_columns(&keys)?;
    let mut places = HashMap::new();
    let mut groups: Vec<Vec<u32>> = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let place = *places.entry(row).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[place].push(number as u32);
    }
    let whole = groups.len() == 1;
    let partition = |rows: Vec<u32>| {
        let values: Vec<ArrayRef> = keys.iter().map(|key| key.slice(rows[0] as usize, 1)).collect();
        Ok(Partition {
            id: partition_id(&values, fields)?,
            values,
            rows: (!whole).then_some(rows),
        })
    };
    groups.into_iter().map(partition).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::UInt8Array;
    use arrow::datatypes::{DataType, Field};
    use std::sync::Arc;

    #[test]
    fn partitions_appear_in_order() {
        let field = Field::new("k", DataType::UInt8, false);
        let key: ArrayRef = Arc::new(UInt8Array::from(vec![3, 1, 3, 1]));
        let partitions = split(std::slice::from_ref(&key), &[Arc::new(field)]).unwrap();
        let found: Vec<_> = partitions
            .into_iter()
            .map(|partition| (partition.id, partition.rows))
            .collect();
        assert_eq!(
            found,
            [("3".to_owned(), Some(vec![0, 2])), ("1".to_owned(), Some(vec![1, 3]))]
        );
    }
}
