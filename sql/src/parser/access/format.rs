//! Users, roles and privileges as statements: what SHOW CREATE and SHOW GRANTS print, and what files keep.

use super::statement::*;
use crate::parser::format::{format_expression, quote_name, quote_string};
use crate::parser::statement::{SettingValue, TableName};

/// CREATE (or ATTACH) of something that is there. Statements that do something else are not written.
pub fn format_statement(statement: &AccessStatement) -> String {
    match statement {
        AccessStatement::User(user) => format_user(user),
        AccessStatement::Role(role) => {
            let mut out = head(role.action, EntityKind::Role, &names(&role.names));
            settings(&role.settings, &mut out);
            out
        }
        AccessStatement::Profile(profile) => {
            let quoted: Vec<String> = profile.names.iter().map(|name| backquoted(name)).collect();
            let mut out = head(profile.action, EntityKind::Profile, &quoted.join(", "));
            settings(&profile.settings, &mut out);
            to(&profile.to, &mut out);
            out
        }
        AccessStatement::Policy(policy) => format_policy(policy),
        AccessStatement::Quota(quota) => format_quota(quota),
        AccessStatement::Grant(grant) => format_grant(grant),
        _ => String::new(),
    }
}

fn head(action: Action, kind: EntityKind, names: &str) -> String {
    let verb = if action.attach { "ATTACH" } else { "CREATE" };
    format!("{verb} {} {names}", kind.keyword())
}

fn names(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| quote_name(name)).collect();
    quoted.join(", ")
}

/// Profiles are always quoted.
fn backquoted(name: &str) -> String {
    let escaped = name.replace('\\', "\\\\").replace('`', "\\`");
    format!("`{escaped}`")
}

fn format_user(user: &UserStatement) -> String {
    let given: Vec<String> = user.names.iter().map(|(name, _)| name.clone()).collect();
    let mut out = head(user.action, EntityKind::User, &names(&given));
    let methods: Vec<String> = user.methods.iter().map(method).collect();
    if !methods.is_empty() {
        out.push_str(&format!(" IDENTIFIED WITH {}", methods.join(", ")));
    }
    if let Some(hosts) = &user.hosts {
        out.push_str(&format_hosts(hosts));
    }
    if let Some(database) = user.default_database.as_ref().filter(|database| !database.is_empty()) {
        out.push_str(&format!(" DEFAULT DATABASE {}", quote_name(database)));
    }
    if let Some(roles) = &user.default_roles {
        out.push_str(&format!(" DEFAULT ROLE {}", format_subjects(roles, "ALL")));
    }
    settings(&user.settings, &mut out);
    if let Some(grantees) = &user.grantees {
        out.push_str(&format!(" GRANTEES {}", format_subjects(grantees, "ANY")));
    }
    out
}

fn method(method: &Method) -> String {
    let name = METHODS.iter().find(|(_, kind)| *kind == method.kind);
    let mut out = name.map_or("sha256_password", |(name, _)| name).to_owned();
    let mut add = |word: &str, text: &Option<String>| {
        if let Some(text) = text {
            out.push_str(&format!(" {word} {}", quote_string(text)));
        }
    };
    add("BY", &method.text);
    add("SALT", &method.salt);
    add("VALID UNTIL", &method.valid_until);
    out
}

fn format_hosts(hosts: &Hosts) -> String {
    if hosts.any {
        return String::new();
    }
    let mut kinds = Vec::new();
    if hosts.local {
        kinds.push("LOCAL".to_owned());
    }
    for (word, texts) in [
        ("IP", &hosts.ips),
        ("NAME", &hosts.names),
        ("REGEXP", &hosts.regexps),
        ("LIKE", &hosts.likes),
    ] {
        if !texts.is_empty() {
            let texts: Vec<String> = texts.iter().map(|text| quote_string(text)).collect();
            kinds.push(format!("{word} {}", texts.join(", ")));
        }
    }
    match kinds.is_empty() {
        true => " HOST NONE".into(),
        false => format!(" HOST {}", kinds.join(", ")),
    }
}

/// `NONE`, `ALL EXCEPT …` or names.
pub fn format_subjects(subjects: &Subjects, all: &str) -> String {
    let list = |subjects: &[Subject]| subjects.iter().map(subject).collect::<Vec<_>>().join(", ");
    let mut out = match (subjects.all, subjects.named.is_empty()) {
        (true, _) => all.to_owned(),
        (false, true) => "NONE".into(),
        (false, false) => list(&subjects.named),
    };
    if !subjects.except.is_empty() {
        out.push_str(&format!(" EXCEPT {}", list(&subjects.except)));
    }
    out
}

fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Name(name) => quote_name(name),
        Subject::Id(id) => format!("ID({})", quote_string(id)),
        Subject::CurrentUser => "CURRENT_USER".into(),
    }
}

fn to(subjects: &Option<Subjects>, out: &mut String) {
    if let Some(subjects) = subjects.as_ref().filter(|it| it.all || !it.named.is_empty()) {
        out.push_str(&format!(" TO {}", format_subjects(subjects, "ALL")));
    }
}

fn settings(change: &Option<SettingsChange>, out: &mut String) {
    let Some(change) = change.as_ref().filter(|change| !change.elements.is_empty()) else {
        return;
    };
    let elements: Vec<String> = change.elements.iter().map(element).collect();
    out.push_str(&format!(" SETTINGS {}", elements.join(", ")));
}

fn element(element: &ProfileElement) -> String {
    let ProfileElement::Setting {
        name,
        value,
        min,
        max,
        writability,
    } = element
    else {
        let ProfileElement::Inherit(profile) = element else {
            unreachable!("an element is one of two");
        };
        return match profile {
            Subject::Name(name) => format!("PROFILE {}", backquoted(name)),
            other => format!("PROFILE {}", subject(other)),
        };
    };
    let mut out = name.clone();
    for (word, value) in [("=", value), ("MIN", min), ("MAX", max)] {
        if let Some(value) = value {
            out.push_str(&format!(" {word} {}", quote_setting(value)));
        }
    }
    out.push_str(match writability {
        None => "",
        Some(Writability::Writable) => " WRITABLE",
        Some(Writability::Const) => " CONST",
        Some(Writability::ChangeableInReadonly) => " CHANGEABLE_IN_READONLY",
    });
    out
}

/// A setting's value as a literal.
pub fn quote_setting(value: &SettingValue) -> String {
    match value {
        SettingValue::Number(text) => text.clone(),
        SettingValue::Text(text) => quote_string(text),
        SettingValue::Bool(value) => value.to_string(),
        SettingValue::Default => "DEFAULT".into(),
    }
}

fn format_policy(policy: &PolicyStatement) -> String {
    let one = |name: &EntityName| {
        let table = name.table.as_ref().map(policy_table).unwrap_or_default();
        format!("{} ON {table}", quote_name(&name.name))
    };
    let all: Vec<String> = policy.names.iter().map(one).collect();
    let mut out = head(policy.action, EntityKind::Policy, &all.join(", "));
    if let Some(is_restrictive) = policy.is_restrictive {
        out.push_str(if is_restrictive {
            " AS RESTRICTIVE"
        } else {
            " AS PERMISSIVE"
        });
    }
    if let Some(Some(filter)) = &policy.filter {
        out.push_str(&format!(" FOR SELECT USING {}", format_expression(filter)));
    }
    to(&policy.to, &mut out);
    out
}

fn policy_table(table: &TableName) -> String {
    let name = match table.name.as_str() {
        "*" => "*".to_owned(),
        name => quote_name(name),
    };
    match &table.database {
        Some(database) => format!("{}.{name}", quote_name(database)),
        None => name,
    }
}

fn format_quota(quota: &QuotaStatement) -> String {
    let mut out = head(quota.action, EntityKind::Quota, &names(&quota.names));
    if let Some(key) = quota.key.as_ref().filter(|key| *key != "none") {
        out.push_str(&format!(" KEYED BY {}", key.replace("_or_", ", ")));
    }
    let intervals: Vec<String> = quota.intervals.iter().map(interval).collect();
    if !intervals.is_empty() {
        out.push_str(&format!(" {}", intervals.join(", ")));
    }
    to(&quota.to, &mut out);
    out
}

fn interval(interval: &QuotaInterval) -> String {
    let randomized = if interval.is_randomized { "RANDOMIZED " } else { "" };
    let units = [
        (31_556_952, "year"),
        (7_889_238, "quarter"),
        (2_629_746, "month"),
        (604_800, "week"),
        (86_400, "day"),
        (3600, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let fitting = units
        .iter()
        .find(|(seconds, _)| interval.seconds.is_multiple_of(*seconds));
    let (seconds, unit) = fitting.expect("every number of seconds is one of seconds");
    let limits: Vec<String> = interval
        .limits
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    let limits = match (interval.is_dropped, limits.is_empty()) {
        (true, _) => "NO LIMITS".to_owned(),
        (false, true) => "TRACKING ONLY".to_owned(),
        (false, false) => format!("MAX {}", limits.join(", ")),
    };
    format!(
        "FOR {randomized}INTERVAL {} {unit} {limits}",
        interval.seconds / seconds
    )
}

fn format_grant(grant: &Grant) -> String {
    let verb = match (grant.attach, grant.is_revoke) {
        (true, false) => "ATTACH GRANT",
        (true, true) => "ATTACH REVOKE",
        (false, false) => "GRANT",
        (false, true) => "REVOKE",
    };
    let option_for = match (grant.option_for, &grant.roles) {
        (false, _) => "",
        (true, None) => "GRANT OPTION FOR ",
        (true, Some(_)) => "ADMIN OPTION FOR ",
    };
    let what = match &grant.roles {
        Some(roles) => format_subjects(roles, "ALL"),
        None => format_elements(&grant.elements),
    };
    let preposition = if grant.is_revoke { "FROM" } else { "TO" };
    let option = match (grant.with_option, &grant.roles) {
        (false, _) => "",
        (true, None) => " WITH GRANT OPTION",
        (true, Some(_)) => " WITH ADMIN OPTION",
    };
    let whom = format_subjects(&grant.to, "ALL");
    format!("{verb} {option_for}{what} {preposition} {whom}{option}")
}

/// `SELECT(a), INSERT ON db.t, SHOW ON *.*`: what has the same place is told together.
pub fn format_elements(elements: &[GrantElement]) -> String {
    let mut out = String::new();
    for (at, element) in elements.iter().enumerate() {
        let columns: Vec<String> = element.columns.iter().map(|column| quote_name(column)).collect();
        let columns = match columns.is_empty() {
            true => String::new(),
            false => format!("({})", columns.join(", ")),
        };
        let names = element.privileges.names();
        let names = if names.is_empty() { vec!["USAGE"] } else { names };
        let named: Vec<String> = names.iter().map(|name| format!("{name}{columns}")).collect();
        out.push_str(&named.join(", "));
        let next = elements.get(at + 1);
        if next.is_none_or(|next| next.place != element.place) {
            out.push_str(&format!(" ON {}", place(&element.place)));
        }
        if next.is_some() {
            out.push_str(", ");
        }
    }
    out
}

fn place(place: &GrantPlace) -> String {
    match &place.database {
        Some(database) => format!("{}.{}", part(database), part(&place.name)),
        None => part(&place.name),
    }
}

fn part(part: &NamePart) -> String {
    match part {
        NamePart::Any => "*".into(),
        NamePart::Prefix(name) => format!("{}*", quote_name(name)),
        NamePart::Exact(name) => quote_name(name),
    }
}
