//! system.users: the one user, whom no password keeps out.

use uuid::Uuid;

use super::{Content, SystemTable};
use crate::cells::Cell;

const AUTH_TYPE: &str = "Array(Enum8('no_password' = 0, 'plaintext_password' = 1, 'sha256_password' = 2, \
                         'double_sha1_password' = 3, 'ldap' = 4, 'kerberos' = 5, 'ssl_certificate' = 6, \
                         'bcrypt_password' = 7, 'ssh_key' = 8, 'http' = 9, 'jwt' = 10, 'scram_sha256_password' = 11, \
                         'no_authentication' = 12))";

pub const TABLE: SystemTable = SystemTable {
    name: "users",
    columns: &[
        ("name", "String", "User name."),
        ("id", "UUID", "Always zero."),
        ("storage", "String", "Where users come from."),
        ("auth_type", AUTH_TYPE, "How the user logs in."),
        ("auth_params", "Array(String)", "Always {}."),
        ("valid_until", "Array(DateTime64(0))", "Always empty."),
        ("auth_grants", "Array(String)", "Always empty."),
        ("host_ip", "Array(String)", "Whence the user may come."),
        ("host_names", "Array(String)", "Always empty."),
        ("host_names_regexp", "Array(String)", "Always empty."),
        ("host_names_like", "Array(String)", "Always empty."),
        ("default_roles_all", "UInt8", "Always 1."),
        ("default_roles_list", "Array(String)", "Always empty."),
        ("default_roles_except", "Array(String)", "Always empty."),
        ("grantees_any", "UInt8", "Always 1."),
        ("grantees_list", "Array(String)", "Always empty."),
        ("grantees_except", "Array(String)", "Always empty."),
        ("default_database", "String", "Always empty."),
    ],
    content: Content::Rows(|_, cells| {
        let list = |text: &str| Cell::Texts(vec![text.into()]);
        let none = || Cell::Texts(Vec::new());
        cells.push([
            "default".into(),
            Cell::Uuid(Uuid::nil()),
            "users_xml".into(),
            list("no_password"),
            list("{}"),
            none(),
            none(),
            list("::/0"),
            none(),
            none(),
            none(),
            1_u64.into(),
            none(),
            none(),
            1_u64.into(),
            none(),
            none(),
            "".into(),
        ]);
        Ok(())
    }),
};
