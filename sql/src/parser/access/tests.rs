//! Statements about users and roles, and how they are written again.

use std::collections::BTreeMap;

use super::{AccessStatement, format_statement};
use crate::parser::{Statement, parse};

#[track_caller]
fn parsed(text: &str) -> Result<AccessStatement, String> {
    match parse(text.as_bytes(), &BTreeMap::new()) {
        Ok((parsed, _)) => match parsed.statement {
            Statement::Access(statement) => Ok(*statement),
            other => panic!("{text}: {other:?}"),
        },
        Err(error) => Err(error.to_string()),
    }
}

/// Both as ClickHouse's formatQuery writes it, and read back to the same.
#[track_caller]
fn check(text: &str, written: &str) {
    let statement = parsed(text).unwrap();
    assert_eq!(format_statement(&statement), written);
    assert_eq!(format_statement(&parsed(written).unwrap()), written);
}

#[track_caller]
fn same(text: &str) {
    check(text, text);
}

#[test]
fn users_are_written_as_they_are_read() {
    same("CREATE USER a IDENTIFIED WITH no_password HOST NONE");
    same("CREATE USER u IDENTIFIED WITH sha256_hash BY 'aa' SALT 's'");
    check(
        "CREATE USER u NOT IDENTIFIED HOST ANY",
        "CREATE USER u IDENTIFIED WITH no_password",
    );
    check(
        "create user 'u3' IDENTIFIED WITH bcrypt_hash BY 'x' VALID UNTIL '2030-01-01', plaintext_password BY 'y' HOST LOCAL, \
         NAME 'a.b', IP '10.0.0.0/8', '::1', REGEXP 'x.*', LIKE '%.y' DEFAULT ROLE NONE DEFAULT DATABASE d \
         GRANTEES u1 EXCEPT u2 SETTINGS max_threads = 4 MIN 1 MAX 8 READONLY, readonly=1",
        "CREATE USER u3 IDENTIFIED WITH bcrypt_hash BY 'x' VALID UNTIL '2030-01-01', plaintext_password BY 'y' HOST LOCAL, \
         IP '10.0.0.0/8', '::1', NAME 'a.b', REGEXP 'x.*', LIKE '%.y' DEFAULT DATABASE d DEFAULT ROLE NONE \
         SETTINGS max_threads = 4 MIN 1 MAX 8 CONST, readonly = 1 GRANTEES u1 EXCEPT u2",
    );
}

#[test]
fn other_entities_are_written_as_they_are_read() {
    same("CREATE ROLE r, r3 SETTINGS a = 1 CONST, PROFILE `x`");
    same(
        "CREATE ROW POLICY p1 ON db.t, p1 ON db.t2 AS RESTRICTIVE FOR SELECT USING (tenant = currentUser()) AND 1 TO u1, r1",
    );
    check(
        "CREATE POLICY p1, p2 ON db.* USING a=1 TO ALL EXCEPT u1",
        "CREATE ROW POLICY p1 ON db.*, p2 ON db.* FOR SELECT USING a = 1 TO ALL EXCEPT u1",
    );
    check(
        "CREATE PROFILE sp SETTINGS max_memory_usage = 100000 MIN 1 MAX 200000 CONST, INHERIT 'default', a='x' CHANGEABLE_IN_READONLY TO u1",
        "CREATE SETTINGS PROFILE `sp` SETTINGS max_memory_usage = 100000 MIN 1 MAX 200000 CONST, PROFILE `default`, a = 'x' CHANGEABLE_IN_READONLY TO u1",
    );
    check(
        "CREATE QUOTA q KEYED BY client_key, user_name FOR INTERVAL 90 minute MAX queries = 10, MAX execution_time = 2.5, FOR RANDOMIZED INTERVAL 1 day NO LIMITS TO ALL",
        "CREATE QUOTA q KEYED BY client_key, user_name FOR INTERVAL 90 minute MAX queries = 10, execution_time = 2.5, FOR RANDOMIZED INTERVAL 1 day NO LIMITS TO ALL",
    );
}

#[test]
fn grants_are_written_as_they_are_read() {
    same("GRANT SELECT(a, b), INSERT ON db.t, SHOW ON *.* TO u1, CURRENT_USER WITH GRANT OPTION");
    same("GRANT r1, r2 TO u1 WITH ADMIN OPTION");
    same("REVOKE GRANT OPTION FOR SELECT ON db.* FROM ALL EXCEPT u1");
    same("REVOKE ADMIN OPTION FOR ALL EXCEPT r1 FROM ALL EXCEPT u1");
    same("GRANT SELECT ON db.pre* TO ID('x')");
    same("GRANT ALL ON *.* TO u");
    check("GRANT CREATE POLICY ON t TO u", "GRANT CREATE ROW POLICY ON t TO u");
    same("GRANT TABLE ENGINE ON MergeTree TO u");
    same("GRANT USAGE ON *.* TO u");
}

#[test]
fn words_of_these_statements_may_be_names_of_tables() {
    for text in [
        "SHOW CREATE policy",
        "SHOW CREATE TABLE user",
        "SELECT * FROM role",
        "DROP TABLE quota",
    ] {
        let (parsed, _) = parse(text.as_bytes(), &BTreeMap::new()).unwrap();
        assert!(!matches!(parsed.statement, Statement::Access(_)), "{text}");
    }
    assert!(parsed("SHOW CREATE USER").is_ok() && parsed("SHOW CREATE ROW POLICY p ON t").is_ok());
}

#[test]
fn wrong_grants_are_refused() {
    for (text, code) in [
        ("GRANT SELECT(a) ON *.* TO u", "SYNTAX_ERROR"),
        ("GRANT FOO ON *.* TO u", "SYNTAX_ERROR"),
        ("GRANT CREATE TABLE(a) ON db.t TO u", "INVALID_GRANT"),
        ("CREATE USER u IDENTIFIED WITH ldap SERVER 'x'", "NOT_IMPLEMENTED"),
        ("CREATE USER u IN memory", "NOT_IMPLEMENTED"),
        ("CREATE QUOTA q KEYED BY nothing", "SYNTAX_ERROR"),
        ("CREATE QUOTA q FOR INTERVAL 0 hour MAX queries = 1", "BAD_ARGUMENTS"),
        ("CREATE USER u ON CLUSTER c", "NOT_IMPLEMENTED"),
    ] {
        let error = parsed(text).unwrap_err();
        assert!(error.contains(code), "{text}: {error}");
    }
}
