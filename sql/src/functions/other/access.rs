//! About users, roles and databases of the session.

use datafusion::common::ScalarValue;

use crate::error::{Code, Error};
use crate::functions::casts::text_value;
use crate::functions::function::{Argument, Bound, Function, Stability, illegal};
use crate::types::DataType;

fn texts(arguments: &[Argument], values: &[impl AsRef<str>]) -> Bound {
    let items: Vec<ScalarValue> = values
        .iter()
        .map(|value| ScalarValue::Binary(Some(value.as_ref().as_bytes().to_vec())))
        .collect();
    let list = ScalarValue::new_list(&items, &DataType::String.arrow(), false);
    let data_type = DataType::Array(Box::new(DataType::String));
    Bound::constant(data_type, arguments, ScalarValue::List(list))
}

const fn profiles(name: &'static str, description: &'static str) -> Function {
    Function::new(name, (0, 0), description, |arguments, _| {
        Ok(texts(arguments, &["default"]))
    })
    .stability(Stability::PerQuery)
}

pub const CURRENT_PROFILES: Function = profiles("currentProfiles", "Settings profiles of the session");
pub const ENABLED_PROFILES: Function = profiles("enabledProfiles", "Settings profiles of the user and of its roles");
pub const DEFAULT_PROFILES: Function = profiles("defaultProfiles", "Settings profiles that the user begins with");
pub const CURRENT_ROLES: Function =
    Function::new("currentRoles", (0, 0), "Roles of the session", |arguments, context| {
        Ok(texts(arguments, &context.current_roles))
    })
    .stability(Stability::PerQuery);
pub const ENABLED_ROLES: Function = Function::new(
    "enabledRoles",
    (0, 0),
    "Roles of the session, and those granted to them",
    |arguments, context| Ok(texts(arguments, &context.enabled_roles)),
)
.stability(Stability::PerQuery);
pub const DEFAULT_ROLES: Function = Function::new(
    "defaultRoles",
    (0, 0),
    "Roles that the user begins with",
    |arguments, context| Ok(texts(arguments, &context.default_roles)),
)
.stability(Stability::PerQuery);

pub const CURRENT_SCHEMAS: Function = Function::new(
    "currentSchemas",
    (1, 1),
    "The current database in an array",
    |arguments, context| match arguments[0].data_type.bare() {
        DataType::Bool | DataType::UInt8 => Ok(texts(arguments, &[context.database.as_str()])),
        other => Err(illegal(format!(
            "Argument of function currentSchemas must be UInt8 or Bool, not {other}"
        ))),
    },
)
.any_case()
.aliases_any_case(&["current_schemas"])
.stability(Stability::PerQuery);

pub const GET_MACRO: Function = Function::new(
    "getMacro",
    (1, 1),
    "A macro of the configuration: there are none",
    |arguments, _| match arguments[0].constant.as_ref().and_then(text_value) {
        Some(name) => {
            let message = format!("No macro {} in config", String::from_utf8_lossy(name));
            Err(Error::new(Code::NO_ELEMENTS_IN_CONFIG, message))
        }
        None => Err(illegal(
            "The argument of function getMacro should be a constant string with the name of a macro",
        )),
    },
)
.stability(Stability::PerQuery);

pub const SHARD_NUM: Function = Function::new(
    "shardNum",
    (0, 0),
    "The number of the shard in a distributed query: always 0",
    |arguments, _| {
        Ok(Bound::constant(
            DataType::UInt32,
            arguments,
            ScalarValue::UInt32(Some(0)),
        ))
    },
)
.stability(Stability::PerQuery);
pub const SHARD_COUNT: Function = Function::new(
    "shardCount",
    (0, 0),
    "Shards of a distributed query: always 0",
    |arguments, _| {
        Ok(Bound::constant(
            DataType::UInt32,
            arguments,
            ScalarValue::UInt32(Some(0)),
        ))
    },
)
.stability(Stability::PerQuery);

/// MySQL's variables that ClickHouse has: clients of both ask for them.
pub const GLOBAL_VARIABLE: Function =
    Function::new("globalVariable", (1, 1), "A variable of MySQL, or 0", |arguments, _| {
        let Some(name) = arguments[0].constant.as_ref().and_then(text_value) else {
            return Err(illegal("Argument of function globalVariable must be constant string"));
        };
        let (data_type, value) = match name.to_ascii_lowercase().as_slice() {
            b"max_allowed_packet" => (DataType::Int32, ScalarValue::Int32(Some(64 << 20))),
            b"version" => (DataType::String, binary("5.7.30")),
            b"version_comment" => (DataType::String, binary("")),
            b"transaction_isolation" => (DataType::String, binary("READ-UNCOMMITTED")),
            _ => (DataType::Int32, ScalarValue::Int32(Some(0))),
        };
        Ok(Bound::constant(data_type, arguments, value))
    })
    .stability(Stability::PerQuery);

fn binary(text: &str) -> ScalarValue {
    ScalarValue::Binary(Some(text.as_bytes().to_vec()))
}
