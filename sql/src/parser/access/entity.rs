//! Which statement about users and roles it is; roles, policies, quotas and profiles; DROP and SHOW of all.

use super::grant;
use super::statement::*;
use super::user::{user, user_name};
use crate::error::{Code, Error};
use crate::parser::command::on_cluster;
use crate::parser::cursor::{Cursor, Parse};
use crate::parser::expression::expression;
use crate::parser::lexer::Token;
use crate::parser::settings;
use crate::parser::statement::{Statement, TableName};

/// Words of the kinds, the longer ones first.
const KINDS: &[(&str, &str, EntityKind)] = &[
    ("USER", "USERS", EntityKind::User),
    ("ROLE", "ROLES", EntityKind::Role),
    ("SETTINGS PROFILE", "SETTINGS PROFILES", EntityKind::Profile),
    ("PROFILE", "PROFILES", EntityKind::Profile),
    ("ROW POLICY", "ROW POLICIES", EntityKind::Policy),
    ("POLICY", "POLICIES", EntityKind::Policy),
    ("QUOTA", "QUOTAS", EntityKind::Quota),
];

/// Whether a statement about users and roles begins here.
pub(in crate::parser) fn begins(c: &Cursor) -> bool {
    let is = |words: &str| c.at(words);
    // Queries come here, too.
    if ![
        "GRANT", "REVOKE", "SET", "CHECK", "CREATE", "ALTER", "DROP", "SHOW", "ATTACH",
    ]
    .into_iter()
    .any(is)
    {
        return false;
    }
    let of_kind = |verb: &str| KINDS.iter().any(|(word, ..)| c.at(&format!("{verb} {word}")));
    let all = |verb: &str| KINDS.iter().any(|(_, words, _)| c.at(&format!("{verb} {words}")));
    is("GRANT")
        || is("REVOKE")
        || is("SET ROLE")
        || is("SET DEFAULT ROLE")
        || is("CHECK GRANT")
        || ["CREATE", "ALTER", "DROP"].into_iter().any(of_kind)
        || shows_one(c)
        || (of_kind("ATTACH") || is("ATTACH GRANT") || is("ATTACH REVOKE"))
        || all("SHOW CREATE")
        || [
            "SHOW ACCESS",
            "SHOW PRIVILEGES",
            "SHOW GRANTS",
            "SHOW CURRENT QUOTA",
            "SHOW QUOTA",
        ]
        .into_iter()
        .any(is)
        || ["PROFILES", "SETTINGS PROFILES", "ROW POLICIES", "POLICIES", "QUOTAS"]
            .into_iter()
            .any(|words| c.at(&format!("SHOW {words}")))
}

/// `SHOW CREATE USER`, `SHOW CREATE QUOTA`, or of another kind with a name: alone the word is a table's name.
fn shows_one(c: &Cursor) -> bool {
    let is_meant = |word: &str, kind: EntityKind| {
        let words = format!("SHOW CREATE {word}");
        let is_alone = matches!(c.peek_at(words.split(' ').count()), Token::End);
        c.at(&words) && (!is_alone || matches!(kind, EntityKind::User | EntityKind::Quota))
    };
    KINDS.iter().any(|(word, _, kind)| is_meant(word, *kind))
}

/// A statement for which [`begins`] holds.
pub(in crate::parser) fn access(c: &mut Cursor) -> Parse<Statement> {
    let statement = match () {
        () if c.at("GRANT") || c.at("REVOKE") => grant::grant(c, false)?,
        () if c.accept("ATTACH") => match c.at("GRANT") || c.at("REVOKE") {
            true => grant::grant(c, true)?,
            false => defined(
                c,
                Action {
                    attach: true,
                    ..Action::default()
                },
            )?,
        },
        () if c.at("SET") => grant::set_role(c)?,
        () if c.at("CHECK") => grant::check_grant(c)?,
        () if c.accept("CREATE") => defined(c, Action::default())?,
        () if c.accept("ALTER") => {
            let is_alter = true;
            defined(
                c,
                Action {
                    is_alter,
                    ..Action::default()
                },
            )?
        }
        () if c.accept("DROP") => drop(c)?,
        () => {
            c.expect("SHOW")?;
            show(c)?
        }
    };
    Ok(Statement::Access(Box::new(statement)))
}

fn kind(c: &mut Cursor) -> Parse<EntityKind> {
    match KINDS.iter().find(|(word, ..)| c.at(word)) {
        Some((word, _, kind)) => c.expect(word).map(|()| *kind),
        None => c.expected("USER, ROLE, ROW POLICY, QUOTA, SETTINGS PROFILE"),
    }
}

fn defined(c: &mut Cursor, mut action: Action) -> Parse<AccessStatement> {
    let kind = kind(c)?;
    if action.is_alter {
        action.if_exists = c.accept("IF EXISTS");
    } else {
        action.if_not_exists = c.accept("IF NOT EXISTS");
        action.or_replace = c.accept("OR REPLACE");
    }
    let statement = match kind {
        EntityKind::User => user(c, action)?,
        EntityKind::Role => role(c, action)?,
        EntityKind::Profile => profile(c, action)?,
        EntityKind::Policy => policy(c, action)?,
        EntityKind::Quota => quota(c, action)?,
    };
    if c.at("IN") {
        return Err(Error::not_implemented("Access storages by name").into());
    }
    Ok(statement)
}

fn role(c: &mut Cursor, action: Action) -> Parse<AccessStatement> {
    let mut role = RoleStatement {
        action,
        names: c.comma_separated(name)?,
        ..RoleStatement::default()
    };
    loop {
        on_cluster(c)?;
        match () {
            () if action.is_alter && c.accept("RENAME TO") => role.new_name = Some(name(c)?),
            () if settings_change(c, action, &mut role.settings)? => {}
            () => return Ok(AccessStatement::Role(role)),
        }
    }
}

fn profile(c: &mut Cursor, action: Action) -> Parse<AccessStatement> {
    let mut profile = ProfileStatement {
        action,
        names: c.comma_separated(name)?,
        ..ProfileStatement::default()
    };
    loop {
        on_cluster(c)?;
        match () {
            () if action.is_alter && c.accept("RENAME TO") => profile.new_name = Some(name(c)?),
            () if c.accept("TO") => profile.to = Some(subjects(c, "ALL")?),
            () if settings_change(c, action, &mut profile.settings)? => {}
            () => return Ok(AccessStatement::Profile(profile)),
        }
    }
}

/// `name ON table[, …]`, or several names before one ON.
fn policy_names(c: &mut Cursor) -> Parse<Vec<EntityName>> {
    let mut all = Vec::new();
    loop {
        let names = c.comma_separated(name)?;
        on_cluster(c)?;
        c.expect("ON")?;
        let mut tables = vec![policy_table(c)?];
        while c.at_symbol(",") && !c.word_at(2, "ON") {
            c.advance();
            tables.push(policy_table(c)?);
        }
        for name in names {
            let with = |table: &TableName| EntityName {
                name: name.clone(),
                table: Some(table.clone()),
            };
            all.extend(tables.iter().map(with));
        }
        if !c.accept_symbol(",") {
            return Ok(all);
        }
    }
}

/// A table, or `*`.
fn policy_table(c: &mut Cursor) -> Parse<TableName> {
    if c.accept_symbol("*") {
        return Ok(TableName {
            database: None,
            name: "*".into(),
        });
    }
    let first = name(c)?;
    if !c.accept_symbol(".") {
        return Ok(TableName {
            database: None,
            name: first,
        });
    }
    let table = if c.accept_symbol("*") { "*".into() } else { name(c)? };
    Ok(TableName {
        database: Some(first),
        name: table,
    })
}

fn policy(c: &mut Cursor, action: Action) -> Parse<AccessStatement> {
    let mut policy = PolicyStatement {
        action,
        names: policy_names(c)?,
        ..PolicyStatement::default()
    };
    loop {
        on_cluster(c)?;
        match () {
            () if action.is_alter && c.accept("RENAME TO") => policy.new_name = Some(name(c)?),
            () if c.accept("AS RESTRICTIVE") => policy.is_restrictive = Some(true),
            () if c.accept("AS PERMISSIVE") => policy.is_restrictive = Some(false),
            () if c.accept("FOR SELECT") => {}
            () if c.accept("USING NONE") => policy.filter = Some(None),
            () if c.accept("USING") => policy.filter = Some(Some(Box::new(expression(c)?))),
            () if c.accept("TO") => policy.to = Some(subjects(c, "ALL")?),
            () => return Ok(AccessStatement::Policy(policy)),
        }
    }
}

fn quota(c: &mut Cursor, action: Action) -> Parse<AccessStatement> {
    let mut quota = QuotaStatement {
        action,
        names: c.comma_separated(name)?,
        ..QuotaStatement::default()
    };
    loop {
        on_cluster(c)?;
        match () {
            () if action.is_alter && c.accept("RENAME TO") => quota.new_name = Some(name(c)?),
            () if c.accept("NOT KEYED") => quota.key = Some("none".into()),
            () if c.accept("KEYED BY") || c.accept("KEY BY") => quota.key = Some(quota_key(c)?),
            () if c.at("FOR") => {
                let more = c.comma_separated(interval)?;
                quota.intervals.extend(more);
            }
            () if c.accept("TO") => quota.to = Some(subjects(c, "ALL")?),
            () => return Ok(AccessStatement::Quota(quota)),
        }
    }
}

fn quota_key(c: &mut Cursor) -> Parse<String> {
    let words = c.comma_separated(name)?;
    let key = words.join("_or_").replace(' ', "_");
    match QUOTA_KEYS.contains(&key.as_str()) {
        true => Ok(key),
        false => {
            let known: Vec<String> = QUOTA_KEYS.iter().map(|key| format!("'{key}'")).collect();
            let message = format!(
                "Quota cannot be keyed by '{key}'. Expected one of the following identifiers: {}",
                known.join(", ")
            );
            Err(Error::new(Code::SYNTAX_ERROR, message).into())
        }
    }
}

fn interval(c: &mut Cursor) -> Parse<QuotaInterval> {
    c.accept("FOR");
    let is_randomized = c.accept("RANDOMIZED");
    c.expect("INTERVAL")?;
    let count = c.whole_number()?;
    let units = [
        ("SECOND", 1),
        ("MINUTE", 60),
        ("HOUR", 3600),
        ("DAY", 86_400),
        ("WEEK", 604_800),
        ("MONTH", 2_629_746),
        ("QUARTER", 7_889_238),
        ("YEAR", 31_556_952),
    ];
    let unit = units.iter().find(|(unit, _)| c.accept(unit));
    let Some((_, unit_seconds)) = unit else {
        return c.expected("SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER, YEAR");
    };
    let mut interval = QuotaInterval {
        is_randomized,
        seconds: count.saturating_mul(*unit_seconds),
        ..QuotaInterval::default()
    };
    if interval.seconds == 0 {
        let message = "The duration of quota interval should be greater than zero";
        return Err(Error::new(Code::BAD_ARGUMENTS, message).into());
    }
    if c.accept("NO LIMITS") {
        interval.is_dropped = true;
        return Ok(interval);
    }
    if c.accept("TRACKING ONLY") {
        return Ok(interval);
    }
    c.expect("MAX")?;
    loop {
        interval.limits.push(limit(c)?);
        // A comma may begin the next interval.
        match c.at_symbol(",") && !c.word_at(1, "FOR") {
            true => drop_comma(c),
            false => return Ok(interval),
        }
        c.accept("MAX");
    }
}

fn drop_comma(c: &mut Cursor) {
    c.advance();
}

fn limit(c: &mut Cursor) -> Parse<(String, f64)> {
    let name = c.name()?.to_ascii_lowercase();
    if !QUOTA_LIMITS.contains(&name.as_str()) {
        return c.expected(&QUOTA_LIMITS.join(", "));
    }
    c.accept_symbol("=");
    let value = match settings::value(c)? {
        crate::parser::SettingValue::Number(text) | crate::parser::SettingValue::Text(text) => readable(&text),
        _ => None,
    };
    match value {
        Some(value) if value >= 0.0 => Ok((name, value)),
        _ => c.expected("number"),
    }
}

/// A number, perhaps with the ending K, M, G or T.
fn readable(text: &str) -> Option<f64> {
    let (digits, factor) = match text.to_ascii_uppercase().chars().last() {
        Some('K') => (&text[..text.len() - 1], 1e3),
        Some('M') => (&text[..text.len() - 1], 1e6),
        Some('G') => (&text[..text.len() - 1], 1e9),
        Some('T') => (&text[..text.len() - 1], 1e12),
        _ => (text, 1.0),
    };
    digits.parse::<f64>().ok().map(|value| value * factor)
}

fn drop(c: &mut Cursor) -> Parse<AccessStatement> {
    let kind = kind(c)?;
    let if_exists = c.accept("IF EXISTS");
    let names = match kind {
        EntityKind::Policy => policy_names(c)?,
        EntityKind::User => c.comma_separated(|c| Ok(plain(user_name(c)?.0)))?,
        _ => c.comma_separated(|c| Ok(plain(name(c)?)))?,
    };
    on_cluster(c)?;
    if c.at("FROM") {
        return Err(Error::not_implemented("Access storages by name").into());
    }
    Ok(AccessStatement::Drop { kind, names, if_exists })
}

fn plain(name: String) -> EntityName {
    EntityName { name, table: None }
}

fn show(c: &mut Cursor) -> Parse<AccessStatement> {
    match () {
        () if c.accept("CREATE") => return show_create(c),
        () if c.accept("ACCESS") => return Ok(AccessStatement::ShowAccess),
        () if c.accept("PRIVILEGES") => return Ok(AccessStatement::ShowPrivileges),
        () if c.accept("CURRENT QUOTA") || c.accept("QUOTA") => return Ok(AccessStatement::ShowQuota),
        () if c.accept("GRANTS") => {}
        () => {
            let kinds = KINDS.iter().filter(|(_, words, _)| c.at(words));
            let Some((_, words, kind)) = kinds.max_by_key(|(_, words, _)| words.len()) else {
                return c.expected("GRANTS, ACCESS, PRIVILEGES, ROW POLICIES, PROFILES, QUOTAS");
            };
            c.expect(words)?;
            let table = match *kind == EntityKind::Policy && c.accept("ON") {
                true => Some(policy_table(c)?),
                false => None,
            };
            return Ok(AccessStatement::ShowEntities(*kind, table));
        }
    }
    let of = match c.accept("FOR") {
        true => Some(subjects(c, "ALL")?),
        false => None,
    };
    Ok(AccessStatement::ShowGrants {
        of,
        implicit: c.accept("WITH IMPLICIT"),
        is_final: c.accept("FINAL"),
    })
}

fn show_create(c: &mut Cursor) -> Parse<AccessStatement> {
    if let Some((_, words, kind)) = KINDS.iter().find(|(_, words, _)| c.at(words)) {
        c.expect(words)?;
        let names = match c.at_end() || c.at("FORMAT") {
            true => Vec::new(),
            false => c.comma_separated(|c| Ok(plain(name(c)?)))?,
        };
        return Ok(AccessStatement::ShowCreate(*kind, names, true));
    }
    let kind = kind(c)?;
    let names = match kind {
        _ if c.at_end() || c.at("FORMAT") || c.accept("CURRENT_USER") => Vec::new(),
        EntityKind::Policy => policy_names(c)?,
        EntityKind::User => c.comma_separated(|c| Ok(plain(user_name(c)?.0)))?,
        _ => c.comma_separated(|c| Ok(plain(name(c)?)))?,
    };
    Ok(AccessStatement::ShowCreate(kind, names, false))
}

/// A name, quoted in any way or not at all.
pub(super) fn name(c: &mut Cursor) -> Parse<String> {
    let name = match c.peek() {
        Token::Text(_) => c.string()?,
        _ => c.name()?,
    };
    match name.is_empty() {
        true => c.expected("a name that is not empty"),
        false => Ok(name),
    }
}

/// The user of DEFINER; none for CURRENT_USER.
pub(in crate::parser) fn definer(c: &mut Cursor) -> Parse<Option<String>> {
    Ok(match subject(c)? {
        Subject::Name(name) | Subject::Id(name) => Some(name),
        Subject::CurrentUser => None,
    })
}

/// One user or role.
pub(super) fn subject(c: &mut Cursor) -> Parse<Subject> {
    if c.at("CURRENT_USER") {
        c.advance();
        if c.accept_symbol("(") {
            c.expect_symbol(")")?;
        }
        return Ok(Subject::CurrentUser);
    }
    if c.at("ID") && c.symbol_at(1, "(") {
        c.advance();
        return Ok(Subject::Id(c.in_parentheses(Cursor::string)?));
    }
    Ok(Subject::Name(user_name(c)?.0))
}

/// `NONE`, `ALL [EXCEPT …]` or names; `all` is the word for all.
pub(super) fn subjects(c: &mut Cursor, all: &str) -> Parse<Subjects> {
    let mut found = Subjects::default();
    if c.accept("NONE") {
        return Ok(found);
    }
    if c.accept(all) {
        found.all = true;
    } else {
        found.named = c.comma_separated(subject)?;
    }
    if c.accept("EXCEPT") && !c.accept("NONE") {
        found.except = c.comma_separated(subject)?;
    }
    Ok(found)
}

/// `SETTINGS …` and what ALTER can do to settings. False if nothing of it stands here.
pub(super) fn settings_change(c: &mut Cursor, action: Action, to: &mut Option<SettingsChange>) -> Parse<bool> {
    let starts = c.mark();
    if c.accept("SETTINGS") || c.accept("SETTING") {
        let change = to.get_or_insert_default();
        (change.drop_all_settings, change.drop_all_profiles) = (true, true);
        if !c.accept("NONE") {
            change.elements = c.comma_separated(element)?;
        }
        return Ok(true);
    }
    if !action.is_alter {
        return Ok(false);
    }
    let change = to.get_or_insert_default();
    match () {
        () if c.accept("ADD") || c.accept("MODIFY") => {
            if c.accept("PROFILES") || c.accept("PROFILE") {
                let names = c.comma_separated(subject)?;
                change.elements.extend(names.into_iter().map(ProfileElement::Inherit));
            } else if c.accept("SETTINGS") || c.accept("SETTING") {
                let more = c.comma_separated(element)?;
                change.elements.extend(more);
            } else {
                c.rewind(starts);
                return Ok(false);
            }
        }
        () if c.accept("DROP ALL SETTINGS") => change.drop_all_settings = true,
        () if c.accept("DROP ALL PROFILES") => change.drop_all_profiles = true,
        () if c.accept("DROP SETTINGS") || c.accept("DROP SETTING") => {
            change.drop_settings.extend(c.comma_separated(Cursor::name)?);
        }
        () if c.accept("DROP PROFILES") || c.accept("DROP PROFILE") => {
            change.drop_profiles.extend(c.comma_separated(subject)?);
        }
        () if c.at_symbol(",") && (c.word_at(1, "ADD") || c.word_at(1, "DROP") || c.word_at(1, "MODIFY")) => {
            c.advance();
        }
        () => return Ok(false),
    }
    Ok(true)
}

fn element(c: &mut Cursor) -> Parse<ProfileElement> {
    if (c.at("PROFILE") || c.at("INHERIT")) && !c.symbol_at(1, "=") {
        c.advance();
        return Ok(ProfileElement::Inherit(subject(c)?));
    }
    let name = c.name()?;
    let (mut value, mut min, mut max, mut writability) = (None, None, None, None);
    loop {
        match () {
            () if value.is_none() && c.accept_symbol("=") => value = Some(settings::value(c)?),
            () if c.accept("MIN") => {
                c.accept_symbol("=");
                min = Some(settings::value(c)?);
            }
            () if c.accept("MAX") => {
                c.accept_symbol("=");
                max = Some(settings::value(c)?);
            }
            () if c.accept("READONLY") || c.accept("CONST") => writability = Some(Writability::Const),
            () if c.accept("WRITABLE") => writability = Some(Writability::Writable),
            () if c.accept("CHANGEABLE_IN_READONLY") => writability = Some(Writability::ChangeableInReadonly),
            () => break,
        }
    }
    if value.is_none() && min.is_none() && max.is_none() && writability.is_none() {
        return c.expected("=, MIN, MAX, CONST, WRITABLE, CHANGEABLE_IN_READONLY");
    }
    Ok(ProfileElement::Setting {
        name,
        value,
        min,
        max,
        writability,
    })
}
