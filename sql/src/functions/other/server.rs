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

fn number(data_type: DataType, arguments: &[Argument], value: ScalarValue) -> Bound {
    Bound::constant(data_type, arguments, value)
}

/// ClickHouse's number of the release that is followed.
const REVISION_NUMBER: u32 = 54_515;
/// What ClickHouse says where the native protocol has no port.
const TCP_PORT_UNKNOWN: u16 = 9000;

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
.aliases(&["hostname"])
.stability(Stability::PerQuery);
pub const FQDN: Function = Function::new("FQDN", (0, 0), "The name of the server", |arguments, context| {
    Ok(text(arguments, &context.host_name))
})
.any_case()
.aliases(&["fullHostName"])
.stability(Stability::PerQuery);
pub const DISPLAY_NAME: Function = Function::new(
    "displayName",
    (0, 0),
    "The name of the server that clients show",
    |arguments, context| Ok(text(arguments, &context.host_name)),
)
.stability(Stability::PerQuery);
pub const AUTHENTICATED_USER: Function = Function::new(
    "authenticatedUser",
    (0, 0),
    "The user who has logged in",
    |arguments, context| Ok(text(arguments, &context.user)),
)
.stability(Stability::PerQuery);
pub const REVISION: Function = Function::new(
    "revision",
    (0, 0),
    "The revision of the release that is followed",
    |arguments, _| {
        Ok(number(
            DataType::UInt32,
            arguments,
            ScalarValue::UInt32(Some(REVISION_NUMBER)),
        ))
    },
)
.any_case()
.stability(Stability::PerQuery);
pub const SERVER_UUID: Function = Function::new(
    "serverUUID",
    (0, 0),
    "A number of the database that no other one has",
    |arguments, context| {
        let uuid = ScalarValue::FixedSizeBinary(16, Some(context.server_uuid.to_vec()));
        Ok(number(DataType::Uuid, arguments, uuid))
    },
)
.stability(Stability::PerQuery);
pub const CONNECTION_ID: Function = Function::new(
    "connectionId",
    (0, 0),
    "The number of the client's connection; 0 over HTTP",
    |arguments, context| {
        let id = ScalarValue::UInt64(Some(context.connection_id));
        Ok(number(DataType::UInt64, arguments, id))
    },
)
.any_case()
.aliases_any_case(&["connection_id"])
.stability(Stability::PerQuery);
pub const TCP_PORT: Function = Function::new(
    "tcpPort",
    (0, 0),
    "The port of the native protocol",
    |arguments, context| {
        let port = context.ports.iter().find(|(name, _)| name == "tcp_port");
        let port = port.map_or(TCP_PORT_UNKNOWN, |(_, port)| *port);
        Ok(number(DataType::UInt16, arguments, ScalarValue::UInt16(Some(port))))
    },
)
.stability(Stability::PerQuery);
pub const GET_SERVER_PORT: Function = Function::new(
    "getServerPort",
    (1, 1),
    "The port of that name in the configuration",
    |arguments, context| {
        let Some(wanted) = arguments[0].constant.as_ref().and_then(text_value) else {
            return Err(illegal(
                "The argument of function getServerPort should be a constant string with the name of a port",
            ));
        };
        let wanted = String::from_utf8_lossy(wanted);
        match context.ports.iter().find(|(name, _)| *name == wanted) {
            Some((_, port)) => Ok(number(DataType::UInt16, arguments, ScalarValue::UInt16(Some(*port)))),
            None => {
                let message = format!("There is no port named {wanted}");
                Err(Error::new(Code::CLUSTER_DOESNT_EXIST, message))
            }
        }
    },
)
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
pub const INITIAL_QUERY_ID: Function = Function::new(
    "initialQueryID",
    (0, 0),
    "The id of the query that the client sent",
    |arguments, context| Ok(text(arguments, &context.query_id)),
)
.aliases_any_case(&["initial_query_id"])
.stability(Stability::PerQuery);
pub const INITIAL_QUERY_START_TIME: Function = Function::new(
    "initialQueryStartTime",
    (0, 0),
    "When the query began that the client sent",
    |arguments, context| {
        let seconds = ScalarValue::UInt32(Some(context.now.0 as u32));
        Ok(number(DataType::DateTime(None), arguments, seconds))
    },
)
.any_case()
.aliases_any_case(&["initial_query_start_time"])
.stability(Stability::PerQuery);
