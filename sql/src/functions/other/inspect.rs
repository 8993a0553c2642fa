//! About the argument itself: its type, whether it is constant.

use arrow::array::{Array, AsArray, UInt8Array};
use datafusion::common::ScalarValue;

use crate::error::{Code, Error, Result};
use crate::functions::TypedExpr;
use crate::functions::call::constant_over;
use crate::functions::casts::text_value;
use crate::functions::function::{ANY, Bound, Function, Stability, illegal, illegal_type};
use crate::types::DataType;

fn text(value: String) -> ScalarValue {
    ScalarValue::Binary(Some(value.into_bytes()))
}

pub const TO_TYPE_NAME: Function = Function::new("toTypeName", (1, 1), "The name of the argument's type", |_, _| {
    Ok(Bound::compose(|arguments, _| {
        let name = arguments[0].data_type.to_string();
        Ok(constant_over("toTypeName", arguments, text(name), DataType::String))
    }))
})
.any_case()
.own_nulls();
pub const TO_COLUMN_TYPE_NAME: Function = Function::new(
    "toColumnTypeName",
    (1, 1),
    "The argument's type and whether it is constant",
    |_, _| {
        Ok(Bound::compose(|arguments, _| {
            let name = arguments[0].data_type.to_string();
            let name = if arguments[0].constant.is_some() {
                format!("Const({name})")
            } else {
                name
            };
            Ok(constant_over("toTypeName", arguments, text(name), DataType::String))
        }))
    },
)
.own_nulls();
pub const IS_CONSTANT: Function = Function::new(
    "isConstant",
    (1, 1),
    "Whether the argument is constant",
    |arguments, _| {
        let constant = u8::from(arguments[0].constant.is_some());
        Ok(Bound::constant(
            DataType::UInt8,
            arguments,
            ScalarValue::UInt8(Some(constant)),
        ))
    },
)
.own_nulls();
pub const MATERIALIZE: Function = Function::new(
    "materialize",
    (1, 1),
    "The argument as a column that is not constant",
    |_, _| {
        Ok(Bound::compose(|arguments, context| {
            let own = arguments[0].data_type.clone();
            let plain = crate::functions::call::call_function(&UNFOLDED, arguments, context)?;
            Ok(TypedExpr {
                data_type: own,
                ..plain
            })
        }))
    },
)
.own_nulls();
/// Not in the registry: the argument itself, not folded.
static UNFOLDED: Function = Function::new("materialize", (1, 1), "", |arguments, _| {
    let own = arguments[0].data_type.clone();
    Ok(Bound::kernel(own.clone(), vec![own], |arrays, _| Ok(arrays[0].clone())))
})
.own_nulls()
.stability(Stability::Unfolded);
pub const IDENTITY: Function = Function::new("identity", (1, 1), "The argument", |_, _| {
    Ok(Bound::compose(|mut arguments, _| Ok(arguments.remove(0))))
})
.own_nulls();
pub const IGNORE: Function = Function::new("ignore", (0, ANY), "0, whatever the arguments are", |arguments, _| {
    Ok(Bound::constant(DataType::UInt8, arguments, ScalarValue::UInt8(Some(0))))
})
.own_nulls();

pub const THROW_IF: Function = Function::new("throwIf", (1, 3), "Fails if the argument is true", |arguments, _| {
    if !arguments[0].data_type.is_number() && arguments[0].data_type != DataType::Bool {
        return Err(illegal(format!(
            "Argument of function throwIf must be number, got: {}",
            arguments[0].data_type
        )));
    }
    let message = match arguments.get(1) {
        None => "Value passed to 'throwIf' function is non-zero".to_string(),
        Some(argument) => match argument.constant.as_ref().and_then(text_value) {
            Some(message) => String::from_utf8_lossy(message).into_owned(),
            None => return Err(illegal_type(argument, "throwIf")),
        },
    };
    let mut types = vec![DataType::Bool];
    types.extend(arguments[1..].iter().map(|argument| argument.data_type.clone()));
    Ok(Bound::kernel(DataType::UInt8, types, move |arrays, rows| {
        if arrays[0].as_boolean().true_count() > 0 {
            return Err(Error::new(Code::FUNCTION_THROW_IF_VALUE_IS_NON_ZERO, message.clone()));
        }
        debug_assert_eq!(arrays[0].len(), rows, "kernels get full arrays");
        Ok(std::sync::Arc::new(UInt8Array::from(vec![0; rows])))
    }))
})
.stability(Stability::Volatile);

pub const DEFAULT_OF_ARGUMENT: Function = Function::new(
    "defaultValueOfArgumentType",
    (1, 1),
    "The default of the argument's type",
    |_, _| Ok(Bound::compose(|arguments, _| default(arguments[0].data_type.clone()))),
)
.own_nulls();
pub const DEFAULT_OF_TYPE_NAME: Function = Function::new(
    "defaultValueOfTypeName",
    (1, 1),
    "The default of the type of this name",
    |_, _| {
        Ok(Bound::compose(|arguments, _| {
            let name = arguments[0]
                .constant
                .as_ref()
                .and_then(text_value)
                .map(|name| String::from_utf8_lossy(name).into_owned());
            match name {
                Some(name) => default(DataType::parse(&name)?),
                None => Err(illegal(
                    "The argument of function defaultValueOfTypeName must be a constant string",
                )),
            }
        }))
    },
)
.own_nulls();

fn default(data_type: DataType) -> Result<TypedExpr> {
    Ok(TypedExpr::constant(data_type.default_scalar(), data_type))
}
