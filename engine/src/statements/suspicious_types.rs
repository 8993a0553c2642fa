//! Types that most often are a mistake: columns have them only where a setting says so, as in ClickHouse. Types that
//! only system tables have, too.

use gristmill_sql::Code;
use gristmill_sql::types::DataType;

use crate::environment::Environment;
use crate::error::{Error, Result};

/// Longer strings of fixed length are suspicious.
const FIXED_STRING_BYTES_MAX: usize = 256;

/// Refuses a column's type, or one inside of it.
pub fn refuse_suspicious(data_type: &DataType, environment: &Environment) -> Result<()> {
    let inside = |inner: &DataType| refuse_suspicious(inner, environment);
    match data_type {
        DataType::FixedString(bytes)
            if *bytes > FIXED_STRING_BYTES_MAX && !environment.settings.flag("allow_suspicious_fixed_string_types") =>
        {
            let message = format!(
                "Cannot create column with type '{data_type}' because fixed string with size > \
                 {FIXED_STRING_BYTES_MAX} is suspicious. Set setting allow_suspicious_fixed_string_types = 1 in order \
                 to allow it"
            );
            Err(Error::new(Code::ILLEGAL_COLUMN, message))
        }
        DataType::LowCardinality(inner) => {
            let is_text = matches!(
                inner.bare(),
                DataType::String | DataType::FixedString(_) | DataType::Uuid
            );
            if !is_text && !environment.settings.flag("allow_suspicious_low_cardinality_types") {
                let message = format!(
                    "Creating columns of type {data_type} is prohibited by default due to expected negative impact on \
                     performance. It can be enabled with the `allow_suspicious_low_cardinality_types` setting."
                );
                return Err(Error::new(Code::SUSPICIOUS_TYPE_FOR_LOW_CARDINALITY, message));
            }
            inside(inner)
        }
        DataType::Time | DataType::Time64(_) if !environment.settings.flag("enable_time_time64_type") => {
            let family = data_type.family();
            let message = format!(
                "Cannot create column with type '{data_type}' because {family} type is not allowed. Set setting \
                 enable_time_time64_type = 1 in order to allow it"
            );
            Err(Error::new(Code::ILLEGAL_COLUMN, message))
        }
        DataType::Nullable(inner) | DataType::Array(inner) => inside(inner),
        DataType::Tuple(elements) => elements.iter().try_for_each(|element| inside(&element.data_type)),
        DataType::Map(key, value) => inside(key).and_then(|()| inside(value)),
        _ => Ok(()),
    }
}
