//! Users, profiles and quotas of the configuration: `users`, `profiles` and `quotas`, mostly in a file of their own.

use gristmill_engine::{ConfiguredPassword, ConfiguredProfile, ConfiguredUser, ConfiguredUsers};
use gristmill_sql::parser::access::Hosts;
use gristmill_sql::{Code, Error, Result};

use super::tree::Node;

/// The user that is always there unless the configuration takes him away.
const DEFAULT: &str = "default";

/// Ways of a user to prove himself that are not there.
const NOT_THERE: [&str; 6] = [
    "ldap",
    "kerberos",
    "ssl_certificates",
    "ssh_keys",
    "http_authentication",
    "auth_methods",
];

/// What the tree says of users.
pub fn of(tree: &Node) -> Result<ConfiguredUsers> {
    let sections = |name: &'static str| tree.all(name).flat_map(Node::present);
    let mut users = sections("users").map(user).collect::<Result<Vec<_>>>()?;
    // Where users are listed and `default` is not among them, nobody may come as him.
    if tree.child("users").is_some() && !users.iter().any(|user| user.name == DEFAULT) {
        users.push(ConfiguredUser {
            name: DEFAULT.to_string(),
            hosts: Some(Hosts::default()),
            ..ConfiguredUser::default()
        });
    }
    Ok(ConfiguredUsers {
        users,
        profiles: sections("profiles").map(profile).collect::<Result<_>>()?,
        quotas: sections("quotas").map(|quota| quota.name.clone()).collect(),
    })
}

fn user(node: &Node) -> Result<ConfiguredUser> {
    if let Some(kind) = NOT_THERE.iter().find(|kind| node.child(kind).is_some()) {
        let message = format!(
            "{kind} of the user {} in the configuration is not implemented",
            node.name
        );
        return Err(Error::new(Code::NOT_IMPLEMENTED, message));
    }
    let text = |name: &str| node.text_of(name).map(str::to_string);
    let is_on = |name: &str| matches!(node.text_of(name), Some("1" | "true"));
    let databases = node.child("allow_databases");
    let grants = node.child("grants");
    Ok(ConfiguredUser {
        name: node.name.clone(),
        passwords: passwords(node)?,
        hosts: node.child("networks").map(hosts),
        profile: text("profile"),
        quota: text("quota"),
        default_database: text("default_database").unwrap_or_default(),
        databases: databases.map(|it| it.all("database").map(|database| database.text.clone()).collect()),
        access_management: is_on("access_management"),
        grants: grants.map(|it| it.all("query").map(|query| query.text.clone()).collect()),
        filters: node.all("databases").flat_map(filters).collect(),
    })
}

/// What proves a user. A name that is misspelt must not leave him without a password: only `default` has none unless one
/// is said.
fn passwords(node: &Node) -> Result<Vec<ConfiguredPassword>> {
    let mut passwords = Vec::new();
    let mut kind: Option<&str> = None;
    for child in node.present() {
        let name = child.name.as_str();
        let text = child.text.clone();
        let password = match name {
            "password" | "password_sha256_hex" | "password_double_sha1_hex" if child.present().next().is_some() => {
                let message = format!("{name} of the user {} in the configuration is no text", node.name);
                return Err(Error::new(Code::BAD_ARGUMENTS, message));
            }
            "password" if text.is_empty() => ConfiguredPassword::None,
            "password" => ConfiguredPassword::Plain(text),
            "password_sha256_hex" => ConfiguredPassword::Sha256(text),
            "password_double_sha1_hex" => ConfiguredPassword::DoubleSha1(text),
            "no_password" => ConfiguredPassword::None,
            _ => continue,
        };
        if kind.is_some_and(|kind| kind != name) {
            return Err(unproved(
                "More than one field of",
                " are used",
                node,
                ". Must be only one of them",
            ));
        }
        kind = Some(name);
        passwords.push(password);
    }
    match passwords.is_empty() && node.name != DEFAULT {
        true => Err(unproved("One field of", " must be used", node, "")),
        false => Ok(passwords),
    }
}

fn unproved(how_many: &str, are: &str, user: &Node, more: &str) -> Error {
    let message = format!(
        "{how_many} 'password', 'password_sha256_hex', 'password_double_sha1_hex', 'no_password'{are} to specify \
         authentication info for user {}{more}",
        user.name
    );
    Error::new(Code::BAD_ARGUMENTS, message)
}

fn hosts(networks: &Node) -> Hosts {
    let texts = |name: &'static str| -> Vec<String> { networks.all(name).map(|it| it.text.clone()).collect() };
    let ips = texts("ip");
    Hosts {
        any: ips.iter().any(|ip| ip == "::/0"),
        ips,
        names: texts("host"),
        regexps: texts("host_regexp"),
        ..Hosts::default()
    }
}

fn filters(databases: &Node) -> Vec<(String, String, String)> {
    let mut filters = Vec::new();
    for database in databases.present() {
        for table in database.present() {
            if let Some(condition) = table.text_of("filter") {
                filters.push((database.name.clone(), table.name.clone(), condition.to_string()));
            }
        }
    }
    filters
}

fn profile(node: &Node) -> Result<ConfiguredProfile> {
    let mut profile = ConfiguredProfile {
        name: node.name.clone(),
        ..ConfiguredProfile::default()
    };
    for child in node.present() {
        match child.name.as_str() {
            "profile" => profile.inherits.push(child.text.clone()),
            "constraints" => {
                for of in child.present() {
                    check_constraint(of)?;
                    let limit = |name: &str| of.text_of(name).map(str::to_string);
                    let is_fixed = of.child("readonly").is_some() || of.child("const").is_some();
                    let constraint = (of.name.clone(), limit("min"), limit("max"), is_fixed);
                    profile.constraints.push(constraint);
                }
            }
            _ => profile.settings.push((child.name.clone(), child.text.clone())),
        }
    }
    Ok(profile)
}

/// A constraint that nobody knows must not leave a setting free.
fn check_constraint(setting: &Node) -> Result<()> {
    let is_known = |name: &str| matches!(name, "min" | "max" | "readonly" | "const" | "changeable_in_readonly");
    match setting.present().find(|it| !is_known(&it.name)) {
        None => Ok(()),
        Some(it) => {
            let message = format!("Setting {} value for {} isn't supported", it.name, setting.name);
            Err(Error::new(Code::NOT_IMPLEMENTED, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_as_clickhouse_describes_them() {
        let text = "<clickhouse><users><default remove=\"1\"/><ann><password>p</password><networks><ip>::1</ip><ip>10.0.0.0/8</ip>\
                    </networks><profile>web</profile><quota>default</quota><access_management>1</access_management>\
                    <databases><d><t><filter>a = 1</filter></t></d></databases></ann></users>\
                    <profiles><web><max_threads>2</max_threads><constraints><max_threads><max>4</max></max_threads>\
                    </constraints></web></profiles><quotas><default/></quotas></clickhouse>";
        let users = of(&Node::parse(text, "xml").unwrap()).unwrap();
        let [ann, default] = users.users.as_slice() else {
            panic!("{users:?}")
        };
        assert!(matches!(&ann.passwords[..], [ConfiguredPassword::Plain(text)] if text == "p"));
        assert_eq!(ann.hosts.as_ref().unwrap().ips, ["::1", "10.0.0.0/8"]);
        assert_eq!((ann.profile.as_deref(), ann.access_management), (Some("web"), true));
        assert_eq!(ann.filters, [("d".to_string(), "t".to_string(), "a = 1".to_string())]);
        assert_eq!(default.hosts, Some(Hosts::default()), "nobody may come as default");
        assert_eq!(
            users.profiles[0].settings,
            [("max_threads".to_string(), "2".to_string())]
        );
        assert_eq!(users.profiles[0].constraints[0].2.as_deref(), Some("4"));
        assert_eq!(users.quotas, ["default"]);
    }

    #[test]
    fn other_proofs_are_refused_by_name() {
        let text = "users: {ann: {ldap: {server: s}}}";
        let error = of(&Node::parse(text, "yaml").unwrap()).unwrap_err();
        assert_eq!(error.code, Code::NOT_IMPLEMENTED);
        assert!(error.message.contains("ldap"), "{}", error.message);
    }

    #[test]
    fn what_is_misspelt_opens_nothing() {
        let check = |text: &str, code: Code| {
            let found = of(&Node::parse(text, "yaml").unwrap());
            assert_eq!(found.map(|_| ()).map_err(|error| error.code), Err(code), "{text}");
        };
        check("users: {ann: {passwordd: x}}", Code::BAD_ARGUMENTS);
        check("users: {ann: 5}", Code::BAD_ARGUMENTS);
        check("users: {ann: {password: {a: b}}}", Code::BAD_ARGUMENTS);
        check("users: {ann: {password: x, no_password: 0}}", Code::BAD_ARGUMENTS);
        check(
            "profiles: {web: {constraints: {max_threads: {maxx: 4}}}}",
            Code::NOT_IMPLEMENTED,
        );
        for text in [
            "{ann: {no_password: 1}}",
            "{ann: {password: ''}}",
            "{default: {access_management: 1}}",
        ] {
            let text = format!("users: {text}");
            assert!(of(&Node::parse(&text, "yaml").unwrap()).is_ok(), "{text}");
        }
    }
}
