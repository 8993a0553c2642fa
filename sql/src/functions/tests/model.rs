//! Integer arithmetic and casts against a model in 128 bits.

use datafusion::common::ScalarValue;
use proptest::prelude::*;

use crate::functions::casts::integer_value;
use crate::functions::supertype::{bits, integer};
use crate::functions::{Context, TypedExpr, call, cast};
use crate::types::DataType;

/// A number cut to the type's bits.
fn wrapped(number: i128, data_type: &DataType) -> i128 {
    let bits = bits(data_type);
    let low = number & ((1i128 << bits) - 1);
    let negative = data_type.is_signed_integer() && low >> (bits - 1) == 1;
    if negative { low - (1i128 << bits) } else { low }
}

fn constant(number: i128, data_type: &DataType) -> TypedExpr {
    let number = wrapped(number, data_type);
    let wide = match u64::try_from(number) {
        Ok(number) => TypedExpr::constant(ScalarValue::UInt64(Some(number)), DataType::UInt64),
        Err(_) => TypedExpr::constant(ScalarValue::Int64(Some(number as i64)), DataType::Int64),
    };
    cast(wide, data_type, &Context::default()).expect("integers convert to integers")
}

fn value(expr: &TypedExpr) -> i128 {
    let constant = expr.constant.as_ref().expect("calls of constants are folded");
    integer_value(constant).expect("the result is an integer")
}

fn any_integer() -> impl Strategy<Value = DataType> {
    (any::<bool>(), 3u32..7).prop_map(|(signed, log)| integer(signed, 1 << log))
}

fn any_number() -> impl Strategy<Value = i128> {
    prop_oneof![
        -4i128..4,
        any::<i64>().prop_map(i128::from),
        any::<u64>().prop_map(i128::from)
    ]
}

proptest! {
    #[test]
    fn casts_keep_the_lowest_bits(number in any_number(), from in any_integer(), to in any_integer()) {
        let source = constant(number, &from);
        let expected = wrapped(value(&source), &to);
        let converted = cast(source, &to, &Context::default()).expect("integers convert to integers");
        prop_assert_eq!(value(&converted), expected);
    }

    #[test]
    fn sums_differences_and_products_wrap(a in any_number(), b in any_number(), left in any_integer(), right in any_integer()) {
        let (left, right) = (constant(a, &left), constant(b, &right));
        let (a, b) = (value(&left), value(&right));
        for (name, exact) in [("plus", a + b), ("minus", a - b), ("multiply", a.wrapping_mul(b))] {
            let result = call(name, vec![left.clone(), right.clone()], &Context::default()).expect("integers have a result");
            prop_assert_eq!(value(&result), wrapped(exact, &result.data_type), "{} of {} and {}", name, a, b);
        }
    }

    #[test]
    fn comparisons_are_exact(a in any_number(), b in any_number(), left in any_integer(), right in any_integer()) {
        let (left, right) = (constant(a, &left), constant(b, &right));
        let (a, b) = (value(&left), value(&right));
        for (name, holds) in [("equals", a == b), ("less", a < b), ("greaterOrEquals", a >= b)] {
            let result = call(name, vec![left.clone(), right.clone()], &Context::default()).expect("integers compare");
            prop_assert_eq!(value(&result), i128::from(holds), "{} of {} and {}", name, a, b);
        }
    }
}
