//! Functions of arrays.
//!
//! Most of them only choose elements; `lists.rs` has the two ways to say which. Functions with a lambda are in
//! `higher_order.rs`.

mod combine;
mod construct;
mod element;
pub(super) mod higher_order;
pub(super) mod lists;
mod order;
mod search;
mod sets;
mod slice;
mod sums;

use super::Function;

pub(super) use slice::reverse;

/// See [`super::FOLDERS`].
pub(super) const FUNCTIONS: &[Function] = &[
    construct::ARRAY,
    construct::RANGE,
    construct::WITH_CONSTANT,
    construct::EMPTY_UINT8,
    construct::EMPTY_UINT16,
    construct::EMPTY_UINT32,
    construct::EMPTY_UINT64,
    construct::EMPTY_INT8,
    construct::EMPTY_INT16,
    construct::EMPTY_INT32,
    construct::EMPTY_INT64,
    construct::EMPTY_FLOAT32,
    construct::EMPTY_FLOAT64,
    construct::EMPTY_STRING,
    construct::EMPTY_DATE,
    construct::EMPTY_DATE_TIME,
    element::ELEMENT,
    element::ELEMENT_OR_NULL,
    search::HAS,
    search::INDEX_OF,
    search::COUNT_EQUAL,
    search::HAS_ALL,
    search::HAS_ANY,
    search::HAS_SUBSTR,
    combine::CONCAT,
    combine::PUSH_BACK,
    combine::PUSH_FRONT,
    combine::ZIP,
    combine::FLATTEN,
    slice::SLICE,
    slice::POP_BACK,
    slice::POP_FRONT,
    slice::REVERSE,
    slice::RESIZE,
    slice::ROTATE_LEFT,
    slice::ROTATE_RIGHT,
    order::SORT,
    order::REVERSE_SORT,
    sets::DISTINCT,
    sets::UNIQ,
    sets::COMPACT,
    sets::ENUMERATE,
    sets::ENUMERATE_UNIQ,
    sets::ENUMERATE_DENSE,
    sets::INTERSECT,
    sums::SUM,
    sums::PRODUCT,
    sums::AVG,
    sums::MIN,
    sums::MAX,
    sums::COUNT,
    sums::EXISTS,
    sums::ALL,
    sums::CUM_SUM,
    sums::CUM_SUM_NON_NEGATIVE,
    sums::DIFFERENCE,
];
