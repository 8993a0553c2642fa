//! Changes of settings by clients: all of them or, if one is wrong or not allowed, none.

use std::sync::Arc;

use gristmill_sql::Code;

use super::{Settings, find};
use crate::error::{Error, Result};

/// A setting's new value; `None`: back to the default.
pub type Change<'a> = (&'a str, Option<String>);

/// Applies changes within what `readonly` allows before them: under 1 no setting may get another value, under higher
/// values `readonly` alone may not. What constraints forbid is refused, too.
pub fn apply<'a>(settings: &mut Arc<Settings>, changes: impl Iterator<Item = Change<'a>> + Clone) -> Result<()> {
    if changes.clone().next().is_none() {
        return Ok(());
    }
    let mut changed = Settings::clone(settings);
    for (name, value) in changes.clone() {
        match value {
            Some(value) => changed.set(name, &value)?,
            None => changed.reset(name)?,
        }
    }
    let readonly = settings.integer("readonly");
    for (name, _) in changes {
        let known = find(name)?.name;
        if settings.get(known) == changed.get(known) {
            continue;
        }
        let may_change = readonly == 1 && settings.constraints().is_changeable_in_readonly(known);
        let is_fixed = readonly == 1 || (readonly > 1 && known == "readonly");
        settings
            .constraints()
            .check(known, changed.get(known).unwrap_or_default())?;
        if is_fixed && !may_change {
            let message = format!("Cannot modify '{name}' setting in readonly mode");
            return Err(Error::new(Code::READONLY, message));
        }
    }
    *settings = Arc::new(changed);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first change that is refused, if any, in settings with this value of `readonly` and `max_threads = 3`.
    #[track_caller]
    fn check(readonly: &str, changes: &[(&str, &str)], refused: Option<&str>) {
        let mut settings = Settings::default();
        settings.set("max_threads", "3").unwrap();
        settings.set("readonly", readonly).unwrap();
        let before = Arc::new(settings);
        let mut after = before.clone();
        let value = |value: &str| (value != "DEFAULT").then(|| value.to_string());
        let result = apply(&mut after, changes.iter().map(|(name, text)| (*name, value(text))));
        match refused {
            None => assert!(result.is_ok(), "{result:?}"),
            Some(name) => {
                let error = result.unwrap_err();
                assert_eq!(error.code(), Code::READONLY);
                assert!(error.to_string().contains(&format!("'{name}'")), "{error}");
                assert!(Arc::ptr_eq(&before, &after), "nothing is applied");
            }
        }
    }

    #[test]
    fn readonly_1_fixes_all_settings() {
        check("1", &[("max_threads", "3"), ("readonly", "1")], None);
        check("1", &[("max_threads", "4")], Some("max_threads"));
        check("1", &[("max_threads", "DEFAULT")], Some("max_threads"));
        check("1", &[("max_threads", "3"), ("readonly", "0")], Some("readonly"));
        check("1", &[("readonly", "2")], Some("readonly"));
        check("1", &[("readonly", "0"), ("max_threads", "4")], Some("readonly"));
    }

    #[test]
    fn readonly_2_fixes_itself() {
        check("2", &[("max_threads", "4"), ("readonly", "2")], None);
        for value in ["0", "1", "3", "DEFAULT"] {
            check("2", &[("max_threads", "4"), ("readonly", value)], Some("readonly"));
        }
    }

    #[test]
    fn without_readonly_all_may_change() {
        check("0", &[("readonly", "1"), ("max_threads", "4")], None);
    }
}
