//! Point, Ring and their kin: names of tuples and arrays.

use super::{DataType, TupleElement, TypeEntry};

/// A type that is so many arrays of points.
macro_rules! entry {
    ($constant:ident, $name:literal, $depth:literal) => {
        #[doc = concat!("The family ", $name, ".")]
        pub(super) const $constant: TypeEntry = TypeEntry {
            name: $name,
            aliases: &[],
            case_insensitive: false,
            parse: |arguments| arguments.none(arrays_of_points($depth)),
        };
    };
}

entry!(POINT, "Point", 0);
entry!(RING, "Ring", 1);
entry!(LINE_STRING, "LineString", 1);
entry!(MULTI_POINT, "MultiPoint", 1);
entry!(POLYGON, "Polygon", 2);
entry!(MULTI_LINE_STRING, "MultiLineString", 2);
entry!(MULTI_POLYGON, "MultiPolygon", 3);

fn arrays_of_points(depth: usize) -> DataType {
    let coordinate = TupleElement {
        name: None,
        data_type: DataType::Float64,
    };
    let point = DataType::Tuple(vec![coordinate.clone(), coordinate]);
    (0..depth).fold(point, |inner, _| DataType::Array(Box::new(inner)))
}
