//! About the server, the session and the query.

use datafusion::common::ScalarValue;

use crate::error::{Code, Error};
use crate::functions::casts::text_value;
use crate::functions::function::{Argument, Bound, Function, Stability, illegal};
use crate::types::DataType;

fn text(arguments: &[Argument], value: &str) -> Bound {
    Bound::constant(
        DataType::String,
        arguments,
        ScalarValue::Binary(Some(value.as_bytes().to_vec())),
    )
}

pub const VERSION: Function = Function::new(
    "version",
    (0, 0),
    "The version that clients see",
    |arguments, context| Ok(text(arguments, &context.version)),
)
.any_case()
.stability(Stability::PerQuery);
pub const CURRENT_DATABASE: Function = Function::new(
    "currentDatabase",
    (0, 0),
    "The current database",
    |arguments, context| Ok(text(arguments, &context.database)),
)
.aliases_any_case(&["DATABASE", "SCHEMA", "current_database"])
.stability(Stability::PerQuery);
pub const CURRENT_USER: Function = Function::new(
    "currentUser",
    (0, 0),
    "The user of the session",
    |arguments, context| Ok(text(arguments, &context.user)),
)
.aliases_any_case(&["user", "current_user"])
.stability(Stability::PerQuery);
pub const HOST_NAME: Function = Function::new("hostName", (0, 0), "The name of the server", |arguments, context| {
    Ok(text(arguments, &context.host_name))
})
.aliases_any_case(&["hostname", "fqdn"])
.stability(Stability::PerQuery);
pub const UPTIME: Function = Function::new(
    "uptime",
    (0, 0),
    "Seconds since the server's start",
    |arguments, context| {
        Ok(Bound::constant(
            DataType::UInt32,
            arguments,
            ScalarValue::UInt32(Some(context.uptime)),
        ))
    },
)
.stability(Stability::PerQuery);
pub const QUERY_ID: Function = Function::new("queryID", (0, 0), "The id of the query", |arguments, context| {
    Ok(text(arguments, &context.query_id))
})
.aliases_any_case(&["query_id"])
.stability(Stability::PerQuery);
pub const GET_SETTING: Function = Function::new(
    "getSetting",
    (1, 1),
    "A setting's value as text",
    |arguments, context| {
        let Some(name) = arguments[0].constant.as_ref().and_then(text_value) else {
            return Err(illegal(
                "The argument of function getSetting should be a constant string with the name of a setting",
            ));
        };
        let name = String::from_utf8_lossy(name);
        match context.settings.get(name.as_ref()) {
            Some(value) => Ok(text(arguments, value)),
            None => Err(Error::new(Code::UNKNOWN_SETTING, format!("Unknown setting '{name}'"))),
        }
    },
)
.stability(Stability::PerQuery);
