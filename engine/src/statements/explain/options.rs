//! The settings of EXPLAIN, and what they are where it gives none.

use gristmill_sql::Code;
use gristmill_sql::parser::SettingValue;

use crate::error::{Error, Result};
use crate::settings::Settings;

/// ClickHouse's list.
const KNOWN: &str = "compact, column_structure, distributed, description, json, sorting, input_headers, projections, \
                     keep_logical_steps, indexes, actions, pretty, indices, estimates, optimize, header.";

/// What EXPLAIN shows, and how.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What each step gives.
    pub header: bool,
    /// What each step is for.
    pub description: bool,
    /// What each step does.
    pub actions: bool,
    /// What indexes leave out.
    pub indexes: bool,
    /// As one JSON document.
    pub json: bool,
    /// As a tree.
    pub pretty: bool,
    /// Without steps that only compute expressions.
    pub compact: bool,
}

impl Options {
    /// The given settings over what `explain_query_plan_default` means.
    pub fn new(given: &[(String, SettingValue)], settings: &Settings) -> Result<Self> {
        let is_on = |value: &SettingValue| value.text() != "0";
        let json = given.iter().any(|(name, value)| name == "json" && is_on(value));
        let pretty = !json && settings.text("explain_query_plan_default") == "pretty";
        let mut options = Self {
            header: false,
            description: true,
            actions: pretty,
            indexes: false,
            json,
            pretty,
            compact: pretty,
        };
        for (name, value) in given {
            let on = is_on(value);
            check(name, value)?;
            match name.as_str() {
                "header" => options.header = on,
                "description" => options.description = on,
                "actions" => options.actions = on,
                "indexes" | "indices" => options.indexes = on,
                "json" => {}
                "pretty" => options.pretty = on && !json,
                "compact" => options.compact = on,
                // There are no projections and no other servers to be shown.
                "projections" | "distributed" => {}
                "optimize" if on => {}
                "sorting" | "estimates" | "keep_logical_steps" | "input_headers" | "column_structure" if !on => {}
                "optimize" | "sorting" | "estimates" | "keep_logical_steps" | "input_headers" | "column_structure" => {
                    return Err(Error::not_implemented(format!("EXPLAIN {name} = {}", value.text())));
                }
                _ => {
                    let message =
                        format!("Unknown setting \"{name}\" for EXPLAIN PLAN query. Supported settings: {KNOWN}");
                    return Err(Error::new(Code::UNKNOWN_SETTING, message));
                }
            }
        }
        Ok(options)
    }
}

/// They are switches.
fn check(name: &str, value: &SettingValue) -> Result<()> {
    let message = match value {
        SettingValue::Bool(_) => return Ok(()),
        SettingValue::Number(text) if matches!(text.as_str(), "0" | "1") => return Ok(()),
        SettingValue::Number(text) => format!("Invalid value {text} for setting \"{name}\". Expected boolean type."),
        _ => format!("Invalid type String for setting \"{name}\" only integer settings are supported."),
    };
    Err(Error::new(Code::INVALID_SETTING_VALUE, message))
}
