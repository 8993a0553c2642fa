//! Distances between two arrays.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, PrimitiveArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType as ArrowType, Float32Type, Float64Type, Int64Type, UInt16Type, UInt64Type,
};
use datafusion::logical_expr::Operator;
use gristmill_index::kernels;

use super::tuples;
use crate::error::{Code, Error, Result};
use crate::functions::arithmetic::result_type;
use crate::functions::casts::float_value;
use crate::functions::casts::numbers::wrap;
use crate::functions::function::{Argument, Bound, Function, illegal, row_of};
use crate::functions::supertype::none;
use crate::functions::{TypedExpr, supertype};
use crate::types::DataType;

pub const L1: Function = Function::new("L1Distance", (2, 2), "Sum of absolute differences", |arguments, _| {
    bind(arguments, "L1Distance", Kind::L1)
})
.aliases(&["distanceL1"]);
pub const L2: Function = Function::new("L2Distance", (2, 2), "Euclidean distance", |arguments, _| {
    bind(arguments, "L2Distance", Kind::L2)
})
.aliases(&["distanceL2"]);
pub const L2_SQUARED: Function = Function::new(
    "L2SquaredDistance",
    (2, 2),
    "Sum of squared differences",
    |arguments, _| bind(arguments, "L2SquaredDistance", Kind::L2Squared),
)
.aliases(&["distanceL2Squared"]);
pub const LINF: Function = Function::new(
    "LinfDistance",
    (2, 2),
    "Greatest absolute difference",
    |arguments, _| bind(arguments, "LinfDistance", Kind::Linf),
)
.aliases(&["distanceLinf"]);
pub const LP: Function = Function::new("LpDistance", (3, 3), "Distance in the p norm", |arguments, _| {
    let power = exponent(&arguments[2], "LpDistance")?;
    bind(arguments, "LpDistance", Kind::Lp(power))
})
.aliases(&["distanceLp"]);
pub const COSINE: Function = Function::new(
    "cosineDistance",
    (2, 2),
    "One minus the cosine of the angle",
    |arguments, _| bind(arguments, "cosineDistance", Kind::Cosine),
)
.aliases(&["distanceCosine"]);
pub const DOT: Function =
    Function::new("dotProduct", (2, 2), "Sum of products", |arguments, _| dot(arguments)).aliases(&["scalarProduct"]);

/// What is computed of two vectors.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    L1,
    L2,
    L2Squared,
    Linf,
    Lp(f64),
    Cosine,
    Dot,
}

/// The constant p of the p norm.
pub fn exponent(argument: &Argument, name: &str) -> Result<f64> {
    let power = argument.constant.as_ref().and_then(float_value).ok_or_else(|| {
        Error::new(
            Code::ILLEGAL_COLUMN,
            format!("Argument at index 2 for function {name} must be constant"),
        )
    })?;
    if power.is_finite() && power >= 1.0 {
        return Ok(power);
    }
    Err(Error::new(
        Code::ARGUMENT_OUT_OF_BOUND,
        format!(
            "Second argument for function {} must be a finite number not less than one",
            array_name(name)
        ),
    ))
}

/// ClickHouse's name of the variant of a function that takes arrays: `arrayL2Distance`, `arrayCosineDistance`.
pub fn array_name(name: &str) -> String {
    let (first, rest) = name.split_at(name.len().min(1));
    format!("array{}{rest}", first.to_ascii_uppercase())
}

/// The type of an array's elements.
pub fn element<'a>(argument: &'a Argument, index: usize, name: &str) -> Result<&'a DataType> {
    let DataType::Array(item) = &argument.data_type else {
        return Err(illegal(format!(
            "Argument {index} of function {} must be array",
            array_name(name)
        )));
    };
    if item.is_integer() || item.is_float() {
        return Ok(item);
    }
    Err(illegal(format!(
        "Arguments of function {} has nested type {item}. Supported types: UInt8, UInt16, UInt32, UInt64, Int8, \
         Int16, Int32, Int64, BFloat16, Float32, Float64",
        array_name(name)
    )))
}

/// The float type in which a function of these elements computes.
pub fn float_of(common: &DataType) -> DataType {
    match common {
        DataType::Float32 | DataType::BFloat16 => DataType::Float32,
        _ => DataType::Float64,
    }
}

fn bind(arguments: &[Argument], name: &'static str, kind: Kind) -> Result<Bound> {
    if matches!(arguments[0].data_type, DataType::Tuple(_)) && matches!(arguments[1].data_type, DataType::Tuple(_)) {
        return Ok(tuples::distance(kind));
    }
    // What has no common type is told before what is no number.
    if let (DataType::Array(left), DataType::Array(right)) = (&arguments[0].data_type, &arguments[1].data_type) {
        let items = [(**left).clone(), (**right).clone()];
        if items.iter().any(DataType::is_decimal) && items.iter().any(DataType::is_float) {
            return Err(none(&items, "some of them have no lossless conversion to Decimal"));
        }
        supertype(&items)?;
    }
    let items = [
        element(&arguments[0], 0, name)?.clone(),
        element(&arguments[1], 1, name)?.clone(),
    ];
    let result = float_of(&supertype(&items)?);
    Ok(floats(arguments, items, result, name, kind))
}

/// `dotProduct` has the type of the elements' product.
fn dot(arguments: &[Argument]) -> Result<Bound> {
    if matches!(arguments[0].data_type, DataType::Tuple(_)) && matches!(arguments[1].data_type, DataType::Tuple(_)) {
        return Ok(Bound::compose(|arguments, context| tuples::dot(&arguments, context)));
    }
    let name = "dotProduct";
    let items = [
        element(&arguments[0], 0, name)?.clone(),
        element(&arguments[1], 1, name)?.clone(),
    ];
    let product = result_type(&items[0], &items[1], false).unwrap_or(DataType::Float64);
    debug_assert!(
        Operator::Multiply.is_numerical_operators(),
        "the type is that of a product"
    );
    match product {
        _ if items[0] == items[1] && items[0].is_float() => {
            let result = float_of(&items[0]);
            Ok(floats(arguments, items, result, name, Kind::Dot))
        }
        product if product.is_float() => Ok(floats(arguments, items, product, name, Kind::Dot)),
        product => {
            let wide = if product.is_signed_integer() {
                DataType::Int64
            } else {
                DataType::UInt64
            };
            let lists = vec![DataType::Array(Box::new(wide)); 2];
            let arrow = product.arrow();
            Ok(Bound::compact(product, lists, move |arrays, rows| {
                wrap(&integer_products(arrays, rows)?, &arrow)
            }))
        }
    }
}

/// Computes in floats. Arguments keep their element types: a cast of a whole column would cost more than the distance.
fn floats(arguments: &[Argument], items: [DataType; 2], result: DataType, name: &'static str, kind: Kind) -> Bound {
    let narrow = result == DataType::Float32;
    let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    Bound::compact(result, types, move |arrays, rows| match narrow {
        true => distances::<Float32Type>(arrays, rows, &items, name, kind),
        false => distances::<Float64Type>(arrays, rows, &items, name, kind),
    })
}

fn integer_products(arrays: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
    let lists = [arrays[0].as_list::<i32>(), arrays[1].as_list::<i32>()];
    let sum = |row: usize| -> Result<i64> {
        let [left, right] = [0, 1].map(|side| lists[side].value(row_of(&arrays[side], row)));
        check_sizes(left.len(), right.len(), "dotProduct")?;
        Ok(
            match (
                left.as_primitive_opt::<Int64Type>(),
                right.as_primitive_opt::<Int64Type>(),
            ) {
                (Some(left), Some(right)) => left
                    .values()
                    .iter()
                    .zip(right.values())
                    .fold(0, |sum, (a, b)| sum.wrapping_add(a.wrapping_mul(*b))),
                _ => {
                    let (left, right) = (left.as_primitive::<UInt64Type>(), right.as_primitive::<UInt64Type>());
                    left.values()
                        .iter()
                        .zip(right.values())
                        .fold(0u64, |sum, (a, b)| sum.wrapping_add(a.wrapping_mul(*b))) as i64
                }
            },
        )
    };
    let sums: Vec<i64> = (0..rows).map(sum).collect::<Result<_>>()?;
    Ok(Arc::new(PrimitiveArray::<Int64Type>::from(sums)))
}

fn check_sizes(left: usize, right: usize, name: &str) -> Result<()> {
    if left == right {
        return Ok(());
    }
    let message = format!(
        "Array arguments for function {} must have equal sizes",
        array_name(name)
    );
    Err(Error::new(Code::SIZES_OF_ARRAYS_DONT_MATCH, message))
}

/// A float type that kernels exist for.
pub trait Real: ArrowPrimitiveType<Native: kernels::Float + Into<f64> + Default> {
    fn of_f32(value: f32) -> Self::Native;
    fn of_f64(value: f64) -> Self::Native;
}

impl Real for Float32Type {
    fn of_f32(value: f32) -> f32 {
        value
    }
    fn of_f64(value: f64) -> f32 {
        value as f32
    }
}

impl Real for Float64Type {
    fn of_f32(value: f32) -> f64 {
        f64::from(value)
    }
    fn of_f64(value: f64) -> f64 {
        value
    }
}

/// One side's vectors, read row by row as floats of one type.
pub struct Side<'a, T: Real> {
    list: &'a ListArray,
    elements: Elements<T>,
    scratch: Vec<T::Native>,
}

/// A list's elements: of the wanted type, or of one that is converted row by row.
enum Elements<T: Real> {
    Same(PrimitiveArray<T>),
    Float32(PrimitiveArray<Float32Type>),
    Float64(PrimitiveArray<Float64Type>),
    BFloat16(PrimitiveArray<UInt16Type>),
}

impl<'a, T: Real> Side<'a, T> {
    pub fn new(array: &'a ArrayRef, item: &DataType) -> Result<Side<'a, T>> {
        let list = array.as_list::<i32>();
        let values = list.values();
        let elements = match item {
            DataType::BFloat16 => Elements::BFloat16(values.as_primitive::<UInt16Type>().clone()),
            _ if *values.data_type() == T::DATA_TYPE => Elements::Same(values.as_primitive::<T>().clone()),
            DataType::Float32 => Elements::Float32(values.as_primitive::<Float32Type>().clone()),
            DataType::Float64 => Elements::Float64(values.as_primitive::<Float64Type>().clone()),
            _ => Elements::Same(wrap(values, &T::DATA_TYPE)?.as_primitive::<T>().clone()),
        };
        Ok(Side {
            list,
            elements,
            scratch: Vec::new(),
        })
    }

    /// The vector of a row.
    pub fn row(&mut self, row: usize) -> &[T::Native] {
        let row = if self.list.len() == 1 { 0 } else { row };
        let range = self.list.offsets()[row] as usize..self.list.offsets()[row + 1] as usize;
        self.scratch.clear();
        match &self.elements {
            Elements::Same(values) => return &values.values()[range],
            Elements::Float32(values) => self
                .scratch
                .extend(values.values()[range].iter().map(|value| T::of_f32(*value))),
            Elements::Float64(values) => self
                .scratch
                .extend(values.values()[range].iter().map(|value| T::of_f64(*value))),
            Elements::BFloat16(values) => {
                let widen = |bits: &u16| T::of_f32(half::bf16::from_bits(*bits).to_f32());
                self.scratch.extend(values.values()[range].iter().map(widen));
            }
        }
        &self.scratch
    }
}

fn distances<T: Real>(
    arrays: &[ArrayRef],
    rows: usize,
    items: &[DataType; 2],
    name: &str,
    kind: Kind,
) -> Result<ArrayRef> {
    debug_assert!(matches!(arrays[0].data_type(), ArrowType::List(_)), "both are arrays");
    let mut left = Side::<T>::new(&arrays[0], &items[0])?;
    let mut right = Side::<T>::new(&arrays[1], &items[1])?;
    let mut values = Vec::with_capacity(rows);
    for row in 0..rows {
        let (a, b) = (left.row(row), right.row(row));
        check_sizes(a.len(), b.len(), name)?;
        values.push(distance::<T>(a, b, kind));
    }
    Ok(Arc::new(PrimitiveArray::<T>::from_iter_values(values)))
}

/// The distance of two vectors of equal length.
fn distance<T: Real>(a: &[T::Native], b: &[T::Native], kind: Kind) -> T::Native {
    match kind {
        Kind::L1 => kernels::l1(a, b),
        Kind::L2 => T::of_f64(kernels::l2_squared(a, b).into().sqrt()),
        Kind::L2Squared => kernels::l2_squared(a, b),
        Kind::Linf => kernels::linf(a, b),
        Kind::Cosine => kernels::cosine_distance(a, b),
        Kind::Dot => kernels::dot(a, b),
        Kind::Lp(power) => {
            let sum: f64 = a
                .iter()
                .zip(b)
                .map(|(a, b)| ((*a).into() - (*b).into()).abs().powf(power))
                .sum();
            T::of_f64(sum.powf(1.0 / power))
        }
    }
}

/// Both arguments of a distance, as the tuple forms need them.
pub fn two(arguments: Vec<TypedExpr>) -> [TypedExpr; 2] {
    let mut arguments = arguments.into_iter();
    [(); 2].map(|()| arguments.next().expect("the number of arguments is checked"))
}
