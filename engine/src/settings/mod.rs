//! Settings: which exist, their types and defaults, and the values a session or query has given them.
//!
//! `known.tsv` lists every setting of ClickHouse 26.9 (name, type, default with `\\t`, `\\n` and `\\\\` escaped, name it
//! is an alias of, tier), because clients look for settings in `system.settings` before they send them and drop what
//! is missing. [`EFFECTIVE`] lists those that do something here, `refused.rs` those that must keep their defaults; all
//! others are accepted and change nothing. Adding one is a line there, and a line in `known.tsv` if ClickHouse has no
//! such setting. `merge_tree.tsv` has those of tables, `server.tsv` those of the server.

pub(crate) mod change;
mod choices;
pub(crate) mod constraints;
mod effective;
mod known;
#[cfg(test)]
mod listing;
mod refused;
pub(crate) mod value;

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, LazyLock, OnceLock};

use gristmill_sql::Code;
use gristmill_sql::parser::SettingValue;
use gristmill_sql::types::edit_distance;

use crate::error::{Error, Result};
use crate::queries::LogPolicy;
use constraints::Constraints;
use effective::EFFECTIVE;

/// Most near names that an error about an unknown setting proposes.
const PROPOSALS_MAX: usize = 2;
/// Edits within which an unknown name is taken for a misspelling.
const PROPOSAL_EDITS_MAX: usize = 2;

/// One known setting.
#[derive(Debug)]
pub struct Setting {
    /// Name.
    pub name: &'static str,
    /// ClickHouse's name of the type.
    pub value_type: &'static str,
    /// Default as text.
    pub default: &'static str,
    /// The setting this name is an alias of; empty if none.
    pub alias_for: &'static str,
    /// `Production`, `Beta`, `Experimental`, `PrivatePreview` or `Obsolete`.
    pub tier: &'static str,
    /// What it does here; empty if it is accepted without effect.
    pub description: &'static str,
    /// Whether it changes anything here.
    pub effect: bool,
}

static SETTINGS: LazyLock<Vec<Setting>> = LazyLock::new(|| {
    let lines = known::lines::<5>(include_str!("known.tsv"));
    lines
        .map(|[name, value_type, default, alias_for, tier]| setting(name, value_type, default, alias_for, tier))
        .collect()
});

fn setting(
    name: &'static str,
    value_type: &'static str,
    default: &'static str,
    alias_for: &'static str,
    tier: &'static str,
) -> Setting {
    let original = if alias_for.is_empty() { name } else { alias_for };
    let effective = EFFECTIVE.iter().find(|(effective, _)| *effective == original);
    Setting {
        name,
        value_type,
        default: known::unescaped(default),
        alias_for,
        tier,
        description: match effective {
            Some((_, description)) => description,
            None if refused::REFUSED.contains(&original) => "Only the default is supported.",
            None => "",
        },
        effect: effective.is_some(),
    }
}

static BY_NAME: LazyLock<HashMap<&'static str, &'static Setting>> =
    LazyLock::new(|| SETTINGS.iter().map(|setting| (setting.name, setting)).collect());

/// All known settings, sorted by name.
pub fn all() -> &'static [Setting] {
    &SETTINGS
}

/// A value of a setting in canonical form; UNKNOWN_SETTING, or the type's own error.
pub fn check(name: &str, value: &str) -> Result<String> {
    value::check(find(name)?.value_type, value)
}

/// Finds a setting, through aliases; UNKNOWN_SETTING with near names if there is none.
pub fn find(name: &str) -> Result<&'static Setting> {
    let Some(setting) = BY_NAME.get(name) else {
        return Err(unknown(name));
    };
    match setting.alias_for {
        "" => Ok(setting),
        original => Ok(BY_NAME[original]),
    }
}

fn unknown(name: &str) -> Error {
    let proposals: Vec<String> = near(name).iter().map(|name| format!("'{name}'")).collect();
    let hint = match proposals.is_empty() {
        true => String::new(),
        false => format!(": Maybe you meant [{}]", proposals.join(",")),
    };
    Error::new(Code::UNKNOWN_SETTING, format!("Unknown setting '{name}'{hint}"))
}

/// The settings that a misspelt name may have meant, the nearest first.
pub fn near(name: &str) -> Vec<&'static str> {
    let mut near: Vec<(usize, &str)> = SETTINGS
        .iter()
        .map(|setting| (edit_distance(name, setting.name), setting.name))
        .filter(|(distance, _)| *distance <= PROPOSAL_EDITS_MAX)
        .collect();
    near.sort();
    near.truncate(PROPOSALS_MAX);
    near.into_iter().map(|(_, name)| name).collect()
}

/// One setting of MergeTree tables. COMPAT.md names those that have an effect.
#[derive(Clone, Copy, Debug)]
pub struct TableSetting {
    /// Name.
    pub name: &'static str,
    /// ClickHouse's name of the type.
    pub value_type: &'static str,
    /// Default as text.
    pub default: &'static str,
    /// As in [`Setting::tier`].
    pub tier: &'static str,
    /// It is said when the table is created, or not at all.
    pub is_readonly: bool,
}

static TABLE_SETTINGS: LazyLock<Vec<TableSetting>> = LazyLock::new(|| {
    let lines = known::lines::<5>(include_str!("merge_tree.tsv"));
    let setting = |[name, value_type, default, tier, is_readonly]: [&'static str; 5]| TableSetting {
        name,
        value_type,
        default: known::unescaped(default),
        tier,
        is_readonly: is_readonly == "1",
    };
    lines.map(setting).collect()
});

/// Settings of MergeTree tables, by name.
pub fn merge_tree() -> &'static [TableSetting] {
    &TABLE_SETTINGS
}

fn find_merge_tree(name: &str) -> Option<&'static TableSetting> {
    let at = TABLE_SETTINGS
        .binary_search_by_key(&name, |setting| setting.name)
        .ok()?;
    Some(&TABLE_SETTINGS[at])
}

/// Settings of ClickHouse's server: name, type, default, whether obsolete.
pub fn server() -> impl Iterator<Item = (&'static str, &'static str, &'static str, bool)> {
    let lines = known::lines::<4>(include_str!("server.tsv"));
    lines.map(|[name, value_type, default, is_obsolete]| {
        (name, value_type, known::unescaped(default), is_obsolete == "1")
    })
}

/// A MergeTree table's setting in canonical form; UNKNOWN_SETTING, or the type's own error.
pub fn check_merge_tree(name: &str, value: &str) -> Result<String> {
    let Some(setting) = find_merge_tree(name) else {
        let message = format!("Unknown setting '{name}': for storage MergeTree");
        return Err(Error::new(Code::UNKNOWN_SETTING, message));
    };
    value::check(setting.value_type, value)
}

/// Refuses what a table cannot be given: UNKNOWN_POLICY, for there is one place where tables are.
pub fn check_given_to_table(name: &str, value: &str) -> Result<()> {
    match (name, value) {
        ("storage_policy", policy) if policy != "default" => {
            let message = format!("Unknown storage policy `{policy}`");
            Err(Error::new(Code::UNKNOWN_POLICY, message))
        }
        _ => Ok(()),
    }
}

/// Whether MergeTree tables have such a setting.
pub fn is_merge_tree(name: &str) -> bool {
    find_merge_tree(name).is_some()
}

/// A known integer setting of a MergeTree table that was created with these, already checked.
pub fn merge_tree_integer(name: &str, given: &[(String, SettingValue)]) -> u64 {
    merge_tree_text(name, given).parse().unwrap_or(0)
}

/// A known setting of such a table that is a list of names.
pub fn merge_tree_names(name: &str, given: &[(String, SettingValue)]) -> Vec<String> {
    names_in(&merge_tree_text(name, given))
}

/// A known setting of such a table as text.
pub fn merge_tree_text(name: &str, given: &[(String, SettingValue)]) -> String {
    let given = given.iter().rfind(|(given, _)| given == name);
    match given.map(|(_, value)| check_merge_tree(name, &value.text())) {
        Some(Ok(value)) => value,
        _ => find_merge_tree(name).map_or(String::new(), |setting| setting.default.into()),
    }
}

/// Names between commas, quoted or not.
fn names_in(text: &str) -> Vec<String> {
    let unquote = |part: &str| part.trim().trim_matches(['`', '"']).to_string();
    text.split(',').map(unquote).filter(|part| !part.is_empty()).collect()
}

/// The settings of a session, or of a query: what was changed, over the defaults.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    changed: BTreeMap<&'static str, String>,
    fingerprint: u64,
    /// What of them may be changed.
    constraints: Arc<Constraints>,
    /// What the settings say of the query log, once it was asked.
    log: OnceLock<LogPolicy>,
}

impl Settings {
    /// Sets a value after checking it against the type. UNKNOWN_SETTING, or the type's own error.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let setting = find(name)?;
        let value = value::check(setting.value_type, value)?;
        if refused::REFUSED.contains(&setting.name) && value != setting.default {
            return Err(Error::new(
                Code::NOT_IMPLEMENTED,
                format!("Setting {} = {value} is not supported", setting.name),
            ));
        }
        self.changed.insert(setting.name, value);
        self.renew_fingerprint();
        Ok(())
    }

    /// Back to the default, as `SET name = DEFAULT` does.
    pub fn reset(&mut self, name: &str) -> Result<()> {
        self.changed.remove(find(name)?.name);
        self.renew_fingerprint();
        Ok(())
    }

    fn renew_fingerprint(&mut self) {
        let mut hasher = DefaultHasher::new();
        self.changed.hash(&mut hasher);
        self.fingerprint = hasher.finish();
        self.log = OnceLock::new();
    }

    /// What of them may be changed.
    pub(crate) fn constraints(&self) -> &Constraints {
        &self.constraints
    }

    /// Says what of them may be changed from now on.
    pub(crate) fn constrain(&mut self, constraints: Arc<Constraints>) {
        self.constraints = constraints;
    }

    /// Which statements are to be logged.
    pub(crate) fn log_policy(&self) -> LogPolicy {
        *self.log.get_or_init(|| LogPolicy::new(self))
    }

    /// Equal for equal settings: part of a cached plan's key.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// A value as text; `None` if there is no such setting.
    pub fn get(&self, name: &str) -> Option<&str> {
        match self.changed.get(name) {
            Some(value) => Some(value),
            None => {
                let setting = find(name).ok()?;
                Some(self.changed.get(setting.name).map_or(setting.default, String::as_str))
            }
        }
    }

    /// The values that were given, by name.
    pub fn changed(&self) -> BTreeMap<String, String> {
        self.changed
            .iter()
            .map(|(name, value)| (name.to_string(), value.clone()))
            .collect()
    }

    /// Whether the value was given, default or not.
    pub fn is_changed(&self, name: &str) -> bool {
        self.changed.contains_key(name)
    }

    /// A known setting's value as text. Panics on a name that `known.tsv` does not have.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).expect("the engine asks for settings that exist")
    }

    /// A known integer setting's value; `auto` is 0.
    pub fn integer(&self, name: &str) -> u64 {
        self.text(name).parse().unwrap_or(0)
    }

    /// A known Bool setting's value.
    pub fn flag(&self, name: &str) -> bool {
        self.text(name) == "1"
    }

    /// A known floating-point setting's value.
    pub fn float(&self, name: &str) -> f64 {
        self.text(name).parse().unwrap_or(f64::NAN)
    }

    /// A known setting that lists names: `'idx1, idx2'`, each may be in backquotes.
    pub fn names(&self, name: &str) -> Vec<String> {
        names_in(self.text(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, value: &str, expected: &str) {
        let mut settings = Settings::default();
        let shown = match settings.set(name, value) {
            Ok(()) => settings.text(name).to_string(),
            Err(error) => error.to_string(),
        };
        assert!(shown.contains(expected), "{name} = {value}: {shown}");
    }

    #[test]
    fn every_effective_setting_is_known() {
        for (name, _) in EFFECTIVE {
            assert!(find(name).is_ok(), "{name}");
        }
    }

    /// A setting that the list names and nothing reads is a promise that is not kept.
    #[test]
    fn every_effective_setting_is_read() {
        fn sources(folder: &std::path::Path, text: &mut String) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let is_list = path.ends_with("settings/effective.rs") || path.ends_with("settings/choices.rs");
                if path.is_dir() {
                    sources(&path, text);
                } else if path.extension().is_some_and(|it| it == "rs") && !is_list {
                    let source = std::fs::read_to_string(&path).unwrap();
                    text.push_str(source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default());
                }
            }
        }
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut text = String::new();
        for folder in ["sql/src", "engine/src", "server/src"] {
            sources(&root.join(folder), &mut text);
        }
        let unread = |name: &&str| !text.contains(&format!("\"{name}\""));
        let unread: Vec<&str> = EFFECTIVE.iter().map(|(name, _)| *name).filter(unread).collect();
        assert!(unread.is_empty(), "{unread:?}");
    }

    #[test]
    fn every_enumerated_default_is_a_choice() {
        for setting in all().iter().filter(|setting| !setting.default.contains(',')) {
            assert!(
                value::check(setting.value_type, setting.default).is_ok(),
                "{}",
                setting.name
            );
        }
    }

    #[test]
    fn values_are_checked_by_type() {
        check("max_threads", "4", "4");
        check("max_threads", "abc", "Code: 27");
        check("max_threads", "-1", "Code: 70");
        check("max_block_size", "0", "Code: 36");
        check("max_insert_block_size", "1M", "1000000");
        check("use_skip_indexes", "true", "1");
        check("use_skip_indexes", "yes", "Code: 467");
        check("use_skip_indexes", "2", "Code: 70");
        check("vector_search_index_fetch_multiplier", "abc", "Code: 72");
        check(
            "vector_search_filter_strategy",
            "foo",
            "['prefilter', 'postfilter', 'auto']",
        );
        check("format_csv_delimiter", ";", ";");
        check("format_csv_delimiter", "", "\0");
        check("format_csv_delimiter", ";;", "Code: 19");
        check("format_csv_delimiter", "ä", "Code: 19");
        check("nosuch", "1", "Unknown setting 'nosuch'. (UNKNOWN_SETTING)");
        check("max_thread", "1", "Maybe you meant ['max_threads']");
    }

    #[test]
    fn aliases_share_their_value() {
        let mut settings = Settings::default();
        settings.set("vector_search_postfilter_multiplier", "3").unwrap();
        assert_eq!(settings.float("vector_search_index_fetch_multiplier"), 3.0);
        assert_eq!(settings.get("vector_search_postfilter_multiplier"), Some("3"));
    }
}
