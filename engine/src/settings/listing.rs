//! `SETTINGS.md` is made of the lists here: `GRISTMILL_WRITE_LISTING=1 cargo test -p gristmill-engine settings::listing`
//! writes it.

use std::fmt::Write as _;
use std::path::Path;

use super::effective::EFFECTIVE;
use super::refused::REFUSED;
use super::{all, value};

const HEAD: &str = "# Settings

Every setting of ClickHouse 26.9 is in `system.settings` with its type and default, and its value is checked against its
type. This page says which do something. It is made by a test of the engine.
";

fn listing() -> String {
    let mut text = HEAD.to_string();
    text.push_str("\n## Those that work\n\n");
    for setting in all()
        .iter()
        .filter(|setting| setting.effect && setting.alias_for.is_empty())
    {
        writeln!(text, "- `{}`: {}", setting.name, setting.description).unwrap();
    }
    text.push_str("\n## Those of which only the default is taken (48)\n\n");
    for setting in all().iter().filter(|setting| REFUSED.contains(&setting.name)) {
        writeln!(text, "- `{}` ({:?})", setting.name, setting.default).unwrap();
    }
    text.push_str("\n## Those that are accepted and change nothing\n\n");
    let idle = all()
        .iter()
        .filter(|it| !it.effect && !REFUSED.contains(&it.name) && it.alias_for.is_empty());
    for setting in idle {
        writeln!(text, "- `{}`", setting.name).unwrap();
    }
    text.push_str("\n## Other names\n\n");
    for setting in all().iter().filter(|setting| !setting.alias_for.is_empty()) {
        writeln!(text, "- `{}`: `{}`", setting.name, setting.alias_for).unwrap();
    }
    text
}

#[test]
fn the_page_is_up_to_date() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../SETTINGS.md");
    let made = listing();
    if std::env::var_os("GRISTMILL_WRITE_LISTING").is_some() {
        std::fs::write(&file, &made).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        written == made,
        "SETTINGS.md is not what the lists say: set GRISTMILL_WRITE_LISTING=1 and run this again"
    );
}

#[test]
fn what_works_is_not_refused() {
    let both: Vec<&str> = EFFECTIVE
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| REFUSED.contains(name))
        .collect();
    assert!(both.is_empty(), "{both:?}");
}

/// A default that its own check would write otherwise would be refused as another value.
#[test]
fn defaults_that_must_be_kept_are_canonical() {
    for name in REFUSED {
        let setting = super::find(name).unwrap();
        assert_eq!(setting.name, *name);
        if setting.value_type != "Map" {
            assert_eq!(
                value::check(setting.value_type, setting.default).unwrap(),
                setting.default,
                "{name}"
            );
        }
    }
}
