//! What of settings a user may change: constraints of settings profiles, roles and users.

use std::collections::BTreeMap;

use gristmill_sql::Code;
use gristmill_sql::parser::access::Writability;

use crate::error::{Error, Result};

/// What may become of one setting.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Constraint {
    /// The least value.
    pub min: Option<String>,
    /// The most.
    pub max: Option<String>,
    /// Who may change it.
    pub writability: Option<Writability>,
}

/// Constraints by setting.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Constraints(BTreeMap<String, Constraint>);

impl Constraints {
    /// Adds what a later profile says of a setting; it decides.
    pub fn add(&mut self, setting: &str, constraint: Constraint) {
        let own = self.0.entry(setting.into()).or_default();
        own.min = constraint.min.or(own.min.take());
        own.max = constraint.max.or(own.max.take());
        own.writability = constraint.writability.or(own.writability);
    }

    /// Whether a setting may be changed although `readonly` is 1.
    pub fn is_changeable_in_readonly(&self, setting: &str) -> bool {
        let own = self.0.get(setting).and_then(|own| own.writability);
        own == Some(Writability::ChangeableInReadonly)
    }

    /// SETTING_CONSTRAINT_VIOLATION for a new value that is not allowed.
    pub fn check(&self, setting: &str, value: &str) -> Result<()> {
        let Some(own) = self.0.get(setting) else { return Ok(()) };
        let message = match own {
            Constraint {
                writability: Some(Writability::Const),
                ..
            } => format!("Setting {setting} should not be changed"),
            Constraint { min: Some(min), .. } if is_less(value, min) => {
                format!("Setting {setting} shouldn't be less than {min}")
            }
            Constraint { max: Some(max), .. } if is_less(max, value) => {
                format!("Setting {setting} shouldn't be greater than {max}")
            }
            _ => return Ok(()),
        };
        Err(Error::new(Code::SETTING_CONSTRAINT_VIOLATION, message))
    }
}

/// Numbers by their size, other values as texts.
fn is_less(left: &str, right: &str) -> bool {
    match (left.parse::<i128>(), right.parse::<i128>()) {
        (Ok(left), Ok(right)) => left < right,
        _ => match (left.parse::<f64>(), right.parse::<f64>()) {
            (Ok(left), Ok(right)) => left < right,
            _ => left < right,
        },
    }
}
