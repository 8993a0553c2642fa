//! Users: how they are made, kept and let in.

use std::fs;

use gristmill_engine::{
    ConfiguredPassword, ConfiguredUser, ConfiguredUsers, Credentials, Engine, EngineOptions, Session,
};

use crate::support::{Database, text};

fn login(database: &Database, user: &str, password: &str) -> Result<Session, String> {
    let credentials = Credentials {
        user,
        password,
        address: None,
    };
    let session = database.session.another_for(&credentials);
    session.map_err(|error| error.to_string())
}

#[test]
fn users_log_in_with_their_passwords() {
    let mut db = Database::quiet();
    db.run(
        "CREATE USER a IDENTIFIED BY 'one';\n
         CREATE USER b IDENTIFIED WITH plaintext_password BY 'two', double_sha1_password BY 'three';\n
         CREATE USER c;\n
         CREATE USER d IDENTIFIED BY 'four' VALID UNTIL '2001-01-01';\n
         CREATE USER e HOST NONE",
    );
    for (user, password) in [
        ("a", "one"),
        ("b", "two"),
        ("b", "three"),
        ("c", "any"),
        ("", ""),
        ("default", "x"),
    ] {
        let mut session = login(&db, user, password).unwrap();
        let name = if user.is_empty() { "default" } else { user };
        assert_eq!(text(&mut session, "SELECT currentUser()").unwrap(), name);
    }
    let wrong = |user: &str| {
        format!(
            "Code: 516. DB::Exception: {user}: Authentication failed: password is incorrect, or there is no user with such name. \
         (AUTHENTICATION_FAILED)"
        )
    };
    for (user, password) in [
        ("a", "two"),
        ("a", ""),
        ("b", "one"),
        ("d", "four"),
        ("e", ""),
        ("nobody", "one"),
    ] {
        assert_eq!(login(&db, user, password).err(), Some(wrong(user)), "{user} {password}");
    }
}

#[test]
fn users_are_shown_without_their_passwords() {
    let mut db = Database::quiet();
    db.run("CREATE USER u IDENTIFIED WITH plaintext_password BY 'secret' HOST LOCAL, IP '10.0.0.0/8' DEFAULT DATABASE d SETTINGS max_threads = 4 MAX 8");
    db.check(
        "SHOW CREATE USER u",
        "CREATE USER u IDENTIFIED WITH plaintext_password HOST LOCAL, IP \\'10.0.0.0/8\\' DEFAULT DATABASE d SETTINGS max_threads = 4 MAX 8",
    );
    let error = db.error("CREATE USER v IDENTIFIED BY 'secret' FOO");
    assert!(!error.contains("secret") && error.contains("SYNTAX_ERROR"), "{error}");
    let error = db.error("CREATE USER u IDENTIFIED BY 'secret'");
    assert!(error.contains("493") && !error.contains("secret"), "{error}");
    let log = db.rows("SELECT query FROM system.query_log WHERE query LIKE 'CREATE USER%'");
    assert!(log.contains("[HIDDEN]") && !log.contains("secret"), "{log}");
}

#[test]
fn users_are_altered_and_dropped() {
    let mut db = Database::quiet();
    db.run(
        "CREATE USER u IDENTIFIED BY 'x';\n
         CREATE USER IF NOT EXISTS u;\n
         ALTER USER u RENAME TO v ADD IDENTIFIED BY 'y' HOST ANY;\n
         ALTER USER v DROP HOST ANY ADD HOST LOCAL DEFAULT DATABASE system",
    );
    db.check(
        "SHOW CREATE USER v",
        "CREATE USER v IDENTIFIED WITH sha256_password, sha256_password HOST LOCAL DEFAULT DATABASE system",
    );
    let mut session = login(&db, "v", "y").unwrap();
    assert_eq!(text(&mut session, "SELECT currentDatabase()").unwrap(), "system");
    db.run("ALTER USER v RESET AUTHENTICATION METHODS TO NEW");
    assert!(login(&db, "v", "x").is_err() && login(&db, "v", "y").is_ok());
    db.run("DROP USER v;\nDROP USER IF EXISTS v");
    assert!(login(&db, "v", "y").is_err());
    let error = text(&mut session, "SELECT 1").unwrap_err();
    assert!(error.contains("UNKNOWN_USER"), "{error}");
    for (statement, code) in [
        ("DROP USER v", "192"),
        ("ALTER USER v HOST ANY", "192"),
        ("DROP ROLE v", "511"),
        ("ALTER USER default IDENTIFIED BY 'x'", "495"),
        ("DROP USER default", "495"),
        ("CREATE USER OR REPLACE default", "495"),
        ("CREATE USER w HOST IP 'x'", "36"),
        ("CREATE USER w SETTINGS max_threads = 'x'", "27"),
        ("CREATE USER w SETTINGS nosuch = 1", "115"),
        ("GRANT KILL QUERY ON default.t TO default", "509"),
    ] {
        let error = db.error(statement);
        assert!(error.contains(&format!("Code: {code}.")), "{statement}: {error}");
    }
}

#[test]
fn users_and_grants_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let statements = [
        "SHOW CREATE USER u",
        "SHOW CREATE ROLE r",
        "SHOW CREATE ROW POLICY p ON d.t",
        "SHOW CREATE QUOTA q",
        "SHOW CREATE SETTINGS PROFILE sp",
        "SHOW GRANTS FOR u",
        "SHOW GRANTS FOR r",
    ];
    let before: Vec<String> = {
        let mut db = Database::open_quiet(folder.path());
        db.run(
            "CREATE ROLE r SETTINGS max_threads = 1;\n
             CREATE USER u IDENTIFIED BY 'it''s;\\n' DEFAULT ROLE r GRANTEES r;\n
             GRANT r TO u WITH ADMIN OPTION;\n
             GRANT SELECT(a, b), INSERT ON d.t TO u WITH GRANT OPTION;\n
             GRANT ALL ON *.* TO r;\n
             REVOKE INSERT ON d.* FROM r;\n
             REVOKE GRANT OPTION FOR INSERT ON d.t FROM u;\n
             CREATE ROW POLICY p ON d.t USING a = 'x' AND b IN (1, 2) AS RESTRICTIVE TO ALL EXCEPT u;\n
             CREATE QUOTA q KEYED BY user_name FOR INTERVAL 1 hour TRACKING ONLY TO r;\n
             CREATE SETTINGS PROFILE sp SETTINGS max_threads = 2 MIN 1 CONST, INHERIT `default` TO u",
        );
        db.run("ALTER ROLE r RENAME TO r");
        statements.iter().map(|statement| db.rows(statement)).collect()
    };
    let mut db = Database::open_quiet(folder.path());
    let after: Vec<String> = statements.iter().map(|statement| db.rows(statement)).collect();
    assert_eq!(after, before);
    assert_eq!(
        before[5],
        "GRANT INSERT ON d.t TO u\nGRANT SELECT(a, b) ON d.t TO u WITH GRANT OPTION\nGRANT r TO u WITH ADMIN OPTION"
    );
    assert!(login(&db, "u", "it's;\n").is_ok() && login(&db, "u", "it's").is_err());
}

#[test]
fn a_damaged_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    {
        let mut db = Database::open_quiet(folder.path());
        db.run("CREATE USER u IDENTIFIED BY 'x'");
    }
    let files = fs::read_dir(folder.path().join("access")).unwrap();
    let file = files.map(|file| file.unwrap().path()).next().unwrap();
    let whole = fs::read(&file).unwrap();
    let open = || {
        let options = EngineOptions {
            path: Some(folder.path().into()),
            merge_threads: 0,
            ..EngineOptions::default()
        };
        Engine::open(options).map(|_| ()).map_err(|error| error.to_string())
    };
    for place in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[place] ^= 1;
        fs::write(&file, &damaged).unwrap();
        let error = open().expect_err("what is damaged is not used");
        assert!(
            error.contains("CORRUPTED_DATA") && error.contains(file.to_str().unwrap()),
            "{error}"
        );
        fs::write(&file, &whole[..place]).unwrap();
        assert!(open().is_err(), "cut at {place}");
    }
    fs::write(&file, &whole).unwrap();
    fs::write(file.with_extension("tmp"), b"half").unwrap();
    open().unwrap();
    assert!(!file.with_extension("tmp").exists());
}

#[test]
fn users_of_the_configuration_stay_as_they_are() {
    let user = ConfiguredUser {
        name: "boss".into(),
        passwords: vec![ConfiguredPassword::Plain("secret".into())],
        grants: Some(vec!["GRANT SELECT ON d.* WITH GRANT OPTION".into()]),
        ..ConfiguredUser::default()
    };
    let options = EngineOptions {
        merge_threads: 0,
        users: ConfiguredUsers {
            users: vec![user],
            ..ConfiguredUsers::default()
        },
        ..EngineOptions::default()
    };
    let engine = Engine::open(options).unwrap();
    let mut db = Database {
        session: engine.session(),
        engine,
    };
    assert!(login(&db, "boss", "secret").is_ok() && login(&db, "boss", "").is_err());
    db.check("SHOW GRANTS FOR boss", "GRANT SELECT ON d.* TO boss WITH GRANT OPTION");
    let error = db.error("GRANT INSERT ON d.* TO boss");
    assert!(
        error.contains(
            "Cannot update user `boss` in users_xml because this storage is readonly. (ACCESS_STORAGE_READONLY)"
        ),
        "{error}"
    );
}

/// A database in which `u` has what is granted, and a session of his.
fn granted(grants: &[&str]) -> (Database, Session) {
    let mut db = Database::quiet();
    db.run(
        "CREATE DATABASE d;\n
         CREATE TABLE d.t (a Int32, b String, c Int32 ALIAS a + 1) ENGINE = MergeTree ORDER BY a;\n
         CREATE TABLE d.s (a Int32, b String) ENGINE = MergeTree ORDER BY a;\n
         CREATE TABLE d.m (a Int32, b String) ENGINE = Memory;\n
         CREATE VIEW d.v AS SELECT a, b FROM d.t;\n
         INSERT INTO d.t VALUES (1, 'x'), (2, 'y');\n
         INSERT INTO d.s VALUES (1, 'x');\n
         CREATE USER u",
    );
    grants.iter().for_each(|grant| db.run(&format!("GRANT {grant} TO u")));
    let session = login(&db, "u", "").unwrap();
    (db, session)
}

#[track_caller]
fn denied(session: &mut Session, query: &str, needed: &str) {
    let error = text(session, query).expect_err(query);
    let expected = format!(
        "Code: 497. DB::Exception: u: Not enough privileges. To execute this query, it's necessary to have the grant {needed}. \
         (ACCESS_DENIED)"
    );
    assert_eq!(error, expected, "{query}");
}

#[track_caller]
fn allowed(session: &mut Session, query: &str) -> String {
    text(session, query).unwrap_or_else(|error| panic!("{query}\n{error}"))
}

#[test]
fn queries_need_grants_for_what_they_read() {
    let (_db, mut u) = granted(&["SELECT(a) ON d.t", "SELECT ON d.s"]);
    for query in [
        "SELECT a FROM d.t ORDER BY a",
        "SELECT count() FROM d.t",
        "SELECT a FROM (SELECT a, b FROM d.t)",
        "SELECT c FROM d.t",
        "SELECT _part FROM d.t",
        "SELECT * FROM d.s",
        "SELECT s.b FROM d.t AS t JOIN d.s AS s USING (a)",
        "EXPLAIN SELECT a FROM d.t",
        "DESCRIBE d.s",
        "SELECT count() FROM information_schema.tables",
        "SELECT 1",
        "SELECT * FROM numbers(2)",
        "SELECT * FROM values('x Int32', 1)",
        "SHOW CREATE TABLE d.s",
        "WITH x AS (SELECT a FROM d.t) SELECT * FROM x",
    ] {
        allowed(&mut u, query);
    }
    for query in [
        "SELECT b FROM d.t",
        "SELECT a FROM d.s WHERE a IN (SELECT a FROM d.t WHERE b = 'x')",
        "SELECT (SELECT any(b) FROM d.t WHERE a > 0)",
        "SELECT EXISTS (SELECT 1 FROM d.t WHERE b = 'x' AND a = 1)",
        "SELECT count() FROM d.t WHERE b = 'x' AND a = 1 AND 0",
        "SELECT a FROM d.t ORDER BY b",
        "SELECT a FROM d.t PREWHERE b = 'x'",
        "SELECT a FROM d.t GROUP BY a HAVING any(b) = 'x'",
        "SELECT * FROM d.t",
        "EXPLAIN SELECT * FROM d.t",
        "DESCRIBE (SELECT * FROM d.t)",
        "SELECT a FROM d.s UNION ALL SELECT length(b) + a FROM d.t",
        "INSERT INTO d.s SELECT * FROM d.t",
        "CREATE TEMPORARY TABLE x AS SELECT * FROM d.t",
    ] {
        let error = text(&mut u, query).expect_err(query);
        assert!(error.contains("Code: 497."), "{query}: {error}");
    }
    denied(&mut u, "SELECT b, a FROM d.t", "SELECT(a, b) ON d.t");
    denied(&mut u, "SELECT * FROM d.m", "SELECT(a, b) ON d.m");
    denied(
        &mut u,
        "SELECT count() FROM d.m",
        "SELECT for at least one column on d.m",
    );
    denied(&mut u, "SELECT * FROM file('x.csv', 'CSV', 'a Int32')", "READ ON FILE");
    denied(&mut u, "SELECT name FROM system.parts", "SELECT(name) ON system.parts");
}

#[test]
fn views_need_grants_for_both() {
    let (mut db, mut u) = granted(&["SELECT(a) ON d.v"]);
    denied(&mut u, "SELECT a FROM d.v", "SELECT(a) ON d.t");
    db.run("GRANT SELECT(a) ON d.t TO u");
    assert_eq!(allowed(&mut u, "SELECT a FROM d.v ORDER BY a"), "1\n2");
    denied(&mut u, "SELECT b FROM d.v", "SELECT(b) ON d.v");
    db.run("GRANT SELECT ON d.t TO u;\nREVOKE SELECT ON d.v FROM u");
    denied(&mut u, "SELECT b FROM d.v", "SELECT(b) ON d.v");
    denied(&mut u, "SELECT 1 FROM d.v", "SELECT for at least one column on d.v");
}

#[test]
fn statements_need_grants() {
    let (mut db, mut u) = granted(&[]);
    for (query, needed) in [
        ("CREATE DATABASE x", "CREATE DATABASE ON x.*"),
        ("CREATE TABLE d.x (a Int32) ENGINE = Memory", "CREATE TABLE ON d.x"),
        (
            "CREATE OR REPLACE TABLE d.x (a Int32) ENGINE = Memory",
            "CREATE TABLE ON d.x",
        ),
        ("CREATE TEMPORARY TABLE x (a Int32)", "CREATE TEMPORARY TABLE ON *.*"),
        ("CREATE VIEW d.x AS SELECT 1", "CREATE VIEW ON d.x"),
        ("DROP TABLE d.t", "DROP TABLE ON d.t"),
        ("DROP TABLE d.v", "DROP VIEW ON d.v"),
        ("DROP DATABASE d", "DROP DATABASE ON d.*"),
        ("TRUNCATE TABLE d.t", "TRUNCATE ON d.t"),
        ("RENAME TABLE d.t TO d.z", "SELECT ON d.t"),
        ("EXCHANGE TABLES d.t AND d.s", "SELECT ON d.t"),
        ("INSERT INTO d.t VALUES (1, 'x')", "INSERT(a, b) ON d.t"),
        ("INSERT INTO d.t (a) SELECT 1", "INSERT(a) ON d.t"),
        ("ALTER TABLE d.t DELETE WHERE 1", "ALTER DELETE ON d.t"),
        ("ALTER TABLE d.t UPDATE b = 'x' WHERE 1", "ALTER UPDATE(b) ON d.t"),
        ("ALTER TABLE d.t ADD COLUMN z Int32", "ALTER ADD COLUMN(z) ON d.t"),
        ("ALTER TABLE d.t MODIFY COMMENT 'x'", "ALTER MODIFY COMMENT ON d.t"),
        ("ALTER TABLE d.t DROP PARTITION ALL", "ALTER DELETE ON d.t"),
        ("DELETE FROM d.t WHERE 1", "ALTER DELETE ON d.t"),
        ("OPTIMIZE TABLE d.t", "OPTIMIZE ON d.t"),
        ("CHECK TABLE d.t", "CHECK ON d.t"),
        ("SYSTEM STOP MERGES d.t", "SYSTEM MERGES ON d.t"),
        ("SYSTEM FLUSH LOGS", "SYSTEM FLUSH LOGS ON *.*"),
        ("SHOW CREATE TABLE d.t", "SHOW COLUMNS ON d.t"),
        ("DESCRIBE d.t", "SHOW COLUMNS ON d.t"),
        ("EXISTS TABLE d.t", "SHOW TABLES ON d.t"),
        ("USE d", "SHOW DATABASES ON d.*"),
        ("CREATE USER x", "CREATE USER ON x"),
        ("DROP USER u", "DROP USER ON u"),
        ("ALTER USER u IDENTIFIED BY 'x'", "ALTER USER ON u"),
        ("CREATE ROLE x", "CREATE ROLE ON x"),
        ("CREATE ROW POLICY x ON d.t USING 1", "CREATE ROW POLICY ON d.t"),
        ("CREATE QUOTA x", "CREATE QUOTA ON *.*"),
        ("CREATE SETTINGS PROFILE x", "CREATE SETTINGS PROFILE ON *.*"),
        ("GRANT SELECT ON d.t TO u", "SELECT ON d.t WITH GRANT OPTION"),
        ("SHOW USERS", "SELECT(name) ON system.users"),
        ("SHOW CREATE USER default", "SHOW USERS ON *.*"),
        ("SHOW ACCESS", "SHOW ACCESS ON *.*"),
    ] {
        denied(&mut u, query, needed);
    }
    assert_eq!(
        allowed(&mut u, "SELECT name FROM system.tables WHERE database = 'd'"),
        ""
    );
    assert_eq!(
        allowed(
            &mut u,
            "SELECT name FROM system.databases WHERE name IN ('d', 'default')"
        ),
        ""
    );
    assert_eq!(allowed(&mut u, "SHOW GRANTS"), "");
    let error = text(&mut u, "SELECT * FROM d.tt").unwrap_err();
    assert!(!error.contains("meant"), "{error}");
    db.run("GRANT INSERT(a) ON d.t TO u");
    assert_eq!(
        allowed(&mut u, "SELECT name FROM system.tables WHERE database = 'd'"),
        "t"
    );
    assert_eq!(
        allowed(&mut u, "SELECT name FROM system.columns WHERE database = 'd'"),
        "a"
    );
    allowed(&mut u, "INSERT INTO d.t (a) VALUES (3)");
    denied(&mut u, "INSERT INTO d.t (a, b) VALUES (3, '')", "INSERT(a, b) ON d.t");
    denied(
        &mut u,
        "ALTER TABLE d.t UPDATE b = 'x' WHERE a IN (SELECT a FROM d.s)",
        "ALTER UPDATE(b) ON d.t",
    );
    db.run("GRANT ALTER UPDATE(b), ALTER DELETE ON d.t TO u");
    denied(
        &mut u,
        "ALTER TABLE d.t UPDATE b = 'x' WHERE a IN (SELECT a FROM d.s)",
        "SELECT(a) ON d.s",
    );
    denied(
        &mut u,
        "ALTER TABLE d.t DELETE WHERE a = (SELECT max(a) FROM d.s)",
        "SELECT(a) ON d.s",
    );
    db.run("GRANT CREATE TABLE ON d.* TO u");
    allowed(&mut u, "CREATE TEMPORARY TABLE x (a Int32)");
    allowed(&mut u, "INSERT INTO x VALUES (1)");
    allowed(&mut u, "SELECT * FROM x");
    allowed(&mut u, "DROP TEMPORARY TABLE x");
}

#[test]
fn temporary_tables_lend_their_names_no_rights() {
    let (mut db, mut u) = granted(&["CREATE ARBITRARY TEMPORARY TABLE ON *.*"]);
    db.run("CREATE TABLE default.t (a Int32) ENGINE = MergeTree ORDER BY a;\nINSERT INTO default.t VALUES (1)");
    allowed(&mut u, "CREATE TEMPORARY TABLE t (a Int32)");
    allowed(&mut u, "CREATE TEMPORARY TABLE t2 (a Int32)");
    for (query, needed) in [
        ("DELETE FROM t WHERE 1", "ALTER DELETE ON default.t"),
        ("RENAME TABLE t TO t2", "SELECT ON default.t"),
        ("EXCHANGE TABLES t AND t2", "SELECT ON default.t"),
        ("ATTACH TABLE t", "CREATE TABLE ON default.t"),
        ("EXISTS TABLE t", "SHOW TABLES ON default.t"),
        ("CREATE TEMPORARY TABLE z AS t", "SHOW COLUMNS ON default.t"),
    ] {
        denied(&mut u, query, needed);
    }
    db.run("GRANT SELECT, DROP TABLE ON default.t TO u");
    denied(&mut u, "RENAME TABLE t TO t2", "CREATE TABLE ON default.t2");
    db.check("SELECT a FROM default.t", "1");
    // Those that mean the temporary one need nothing.
    allowed(&mut u, "INSERT INTO t VALUES (7)");
    assert_eq!(allowed(&mut u, "SELECT a FROM t"), "7");
    allowed(&mut u, "TRUNCATE TABLE t");
    allowed(&mut u, "DROP TABLE t2");
}

#[test]
fn temporary_tables_take_over_only_what_may_be_read() {
    let (mut db, mut u) = granted(&["CREATE ARBITRARY TEMPORARY TABLE ON *.*"]);
    db.run("CREATE TABLE d.mt (a Int32) ENGINE = MergeTree ORDER BY a;\nINSERT INTO d.mt VALUES (1), (2)");
    let columns = "CREATE TEMPORARY TABLE x ENGINE = MergeTree ORDER BY a AS d.mt";
    let clone = "CREATE TEMPORARY TABLE y CLONE AS d.mt ENGINE = MergeTree ORDER BY a";
    denied(&mut u, columns, "SHOW COLUMNS ON d.mt");
    denied(&mut u, clone, "SHOW COLUMNS ON d.mt");
    db.run("GRANT SHOW COLUMNS ON d.mt TO u");
    allowed(&mut u, columns);
    denied(&mut u, clone, "SELECT ON d.mt");
    db.run("GRANT SELECT ON d.mt TO u;\nCREATE ROW POLICY p ON d.mt USING a = 1 TO u");
    let error = text(&mut u, clone).unwrap_err();
    assert!(error.contains("ACCESS_DENIED"), "{error}");
    db.run("DROP ROW POLICY p ON d.mt");
    allowed(&mut u, clone);
    assert_eq!(allowed(&mut u, "SELECT count() FROM y"), "2");
}

#[test]
fn roles_give_what_they_have() {
    let (mut db, mut u) = granted(&[]);
    db.run(
        "CREATE ROLE r, inner, other;\n
         GRANT SELECT ON d.t TO inner;\n
         GRANT INSERT ON d.t TO other;\n
         GRANT inner TO r;\n
         GRANT r, other TO u;\n
         SET DEFAULT ROLE r TO u",
    );
    allowed(&mut u, "SELECT a FROM d.t");
    denied(&mut u, "INSERT INTO d.t (a) VALUES (1)", "INSERT(a) ON d.t");
    allowed(&mut u, "SET ROLE other");
    allowed(&mut u, "INSERT INTO d.t (a) VALUES (1)");
    denied(&mut u, "SELECT a FROM d.t", "SELECT(a) ON d.t");
    allowed(&mut u, "SET ROLE NONE");
    denied(&mut u, "SELECT a FROM d.t", "SELECT(a) ON d.t");
    allowed(&mut u, "SET ROLE ALL EXCEPT other");
    allowed(&mut u, "SELECT a FROM d.t");
    allowed(&mut u, "SET ROLE DEFAULT");
    assert!(
        text(&mut u, "SET ROLE inner")
            .unwrap_err()
            .contains("SET_NON_GRANTED_ROLE")
    );
    assert!(text(&mut u, "SET ROLE nosuch").unwrap_err().contains("UNKNOWN_ROLE"));
    assert!(text(&mut u, "GRANT r TO u").unwrap_err().contains("ADMIN option"));
    db.check_error("GRANT r TO inner", "INVALID_GRANT");
    db.run("REVOKE inner FROM r");
    denied(&mut u, "SELECT a FROM d.t", "SELECT(a) ON d.t");
    db.run("GRANT inner TO r;\nDROP ROLE inner;\nCREATE ROLE inner;\nGRANT SELECT ON d.t TO inner");
    denied(&mut u, "SELECT a FROM d.t", "SELECT(a) ON d.t");
    assert_eq!(allowed(&mut u, "SHOW GRANTS"), "GRANT other, r TO u");
}

#[test]
fn one_grants_on_what_one_may_grant_on() {
    let (mut db, mut u) = granted(&["SELECT ON d.t"]);
    db.run("CREATE USER v, w;\nGRANT INSERT ON d.* TO u WITH GRANT OPTION;\nALTER USER u GRANTEES v");
    denied(&mut u, "GRANT SELECT ON d.t TO v", "SELECT ON d.t WITH GRANT OPTION");
    allowed(&mut u, "GRANT INSERT(a) ON d.t TO v");
    allowed(&mut u, "REVOKE INSERT(a) ON d.t FROM v");
    assert!(
        text(&mut u, "GRANT INSERT ON d.t TO w")
            .unwrap_err()
            .contains("w is not allowed as grantee")
    );
    assert!(
        text(&mut u, "GRANT INSERT ON *.* TO v")
            .unwrap_err()
            .contains("INSERT ON *.* WITH GRANT OPTION")
    );
    assert_eq!(allowed(&mut u, "CHECK GRANT INSERT(a) ON d.t"), "1");
    assert_eq!(allowed(&mut u, "CHECK GRANT INSERT ON d.t, SELECT ON d.s"), "0");
}

#[test]
fn a_kept_plan_is_not_another_users() {
    let mut db = Database::quiet();
    db.run(
        "CREATE TABLE t (id Int32, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 9)) \
         ENGINE = MergeTree ORDER BY id;\n
         INSERT INTO t SELECT number, arrayMap(x -> toFloat32(number + x), range(9)) FROM numbers(100);\n
         CREATE USER u;\nGRANT SELECT(id) ON default.t TO u",
    );
    let query = "SELECT id FROM t ORDER BY L2Distance(v, [5, 6, 7, 8, 9, 10, 11, 12, 13.]) LIMIT 2";
    db.rows(query);
    db.rows(query);
    let mut u = login(&db, "u", "").unwrap();
    denied(&mut u, query, "SELECT(id, v) ON default.t");
    db.run("GRANT SELECT ON default.t TO u");
    assert_eq!(allowed(&mut u, query), allowed(&mut u, query));
    db.run("REVOKE SELECT(v) ON default.t FROM u");
    denied(&mut u, query, "SELECT(id, v) ON default.t");
}

#[test]
fn a_views_definer_reads_for_others() {
    let (mut db, mut u) = granted(&["SELECT ON d.w", "SELECT ON d.n", "SELECT ON d.x"]);
    db.run(
        "CREATE USER boss;\nGRANT SELECT(a) ON d.t TO boss;\n
         CREATE VIEW d.w DEFINER = boss SQL SECURITY DEFINER AS SELECT a FROM d.t;\n
         CREATE VIEW d.x DEFINER = boss SQL SECURITY DEFINER AS SELECT a, b FROM d.t;\n
         CREATE VIEW d.n SQL SECURITY NONE AS SELECT b FROM d.t",
    );
    assert_eq!(allowed(&mut u, "SELECT a FROM d.w ORDER BY a"), "1\n2");
    assert_eq!(allowed(&mut u, "SELECT b FROM d.n ORDER BY b"), "x\ny");
    denied(&mut u, "SELECT b FROM d.t", "SELECT(b) ON d.t");
    let error = text(&mut u, "SELECT a FROM d.x").unwrap_err();
    assert!(
        error.contains("boss: Not enough privileges") && error.contains("SELECT(a, b) ON d.t"),
        "{error}"
    );
    db.check(
        "SHOW CREATE VIEW d.w",
        "CREATE VIEW d.w\\n(\\n    `a` Int32\\n)\\nDEFINER = boss SQL SECURITY DEFINER\\nAS SELECT a FROM d.t",
    );
    db.run("GRANT CREATE VIEW ON d.* TO u;\nGRANT SELECT ON d.t TO u");
    denied(
        &mut u,
        "CREATE VIEW d.y DEFINER = boss SQL SECURITY DEFINER AS SELECT a FROM d.t",
        "SET DEFINER ON boss",
    );
    denied(
        &mut u,
        "CREATE VIEW d.y SQL SECURITY NONE AS SELECT a FROM d.t",
        "ALLOW SQL SECURITY NONE ON *.*",
    );
    allowed(&mut u, "CREATE VIEW d.y SQL SECURITY DEFINER AS SELECT b FROM d.t");
    db.run("REVOKE SELECT ON d.t FROM u");
    db.check_error("SELECT * FROM d.y", "u: Not enough privileges");
    db.run("DROP USER boss");
    db.check_error("SELECT a FROM d.w", "UNKNOWN_USER");
}

#[test]
fn profiles_give_settings_and_bounds() {
    let mut db = Database::quiet();
    db.run(
        "CREATE SETTINGS PROFILE base SETTINGS max_threads = 3 MAX 4;\n
         CREATE ROLE r SETTINGS max_block_size = 1000 CONST;\n
         CREATE USER u SETTINGS PROFILE base, max_execution_time = 7 MIN 5;\nGRANT r TO u;\n
         CREATE USER reader SETTINGS readonly = 1, max_threads = 2 CHANGEABLE_IN_READONLY;\n
         CREATE SETTINGS PROFILE more SETTINGS log_comment = 'x' TO u",
    );
    let mut u = login(&db, "u", "").unwrap();
    let shown = "SELECT name, value FROM system.settings WHERE name IN ('max_threads', 'max_block_size', 'max_execution_time', 'log_comment') ORDER BY name";
    assert_eq!(
        allowed(&mut u, shown),
        "log_comment\tx\nmax_block_size\t1000\nmax_execution_time\t7\nmax_threads\t3"
    );
    allowed(&mut u, "SET max_threads = 4");
    for (change, why) in [
        ("SET max_threads = 5", "Setting max_threads shouldn't be greater than 4"),
        (
            "SELECT 1 SETTINGS max_threads = 5",
            "Setting max_threads shouldn't be greater than 4",
        ),
        (
            "SET max_block_size = 2000",
            "Setting max_block_size should not be changed",
        ),
        (
            "SET max_execution_time = 4",
            "Setting max_execution_time shouldn't be less than 5",
        ),
        (
            "SET max_execution_time = DEFAULT",
            "Setting max_execution_time shouldn't be less than 5",
        ),
    ] {
        let error = text(&mut u, change).unwrap_err();
        assert!(error.contains("Code: 452.") && error.contains(why), "{change}: {error}");
    }
    db.run("ALTER SETTINGS PROFILE base SETTINGS max_threads = 3 MAX 10");
    allowed(&mut u, "SET max_threads = 5");
    let mut reader = login(&db, "reader", "").unwrap();
    allowed(&mut reader, "SET max_threads = 4");
    for refused in [
        "SET max_block_size = 2000",
        "SET readonly = 0",
        "CREATE TABLE t (a Int32) ENGINE = Memory",
        "CREATE USER x",
    ] {
        let error = text(&mut reader, refused).unwrap_err();
        assert!(error.contains("Code: 164."), "{refused}: {error}");
    }
    db.check_error(
        "CREATE QUOTA q FOR INTERVAL 1 hour MAX queries = 1 TO u",
        "NOT_IMPLEMENTED",
    );
}

#[test]
fn system_tables_show_who_may_what() {
    let mut db = Database::quiet();
    db.run(
        "CREATE ROLE r;\nCREATE USER u IDENTIFIED BY 'x' HOST LOCAL;\nGRANT SELECT(a) ON d.t TO r WITH GRANT OPTION;\n
         GRANT r TO u;\nCREATE ROW POLICY p ON d.t USING a = 1 TO r;\nCREATE SETTINGS PROFILE sp SETTINGS max_threads = 1 TO u",
    );
    db.check(
        "SELECT user_name, role_name, access_type, database, `table`, `column`, grant_option FROM system.grants WHERE user_name IS NULL",
        "\\N\tr\tSELECT\td\tt\ta\t1",
    );
    db.check(
        "SELECT user_name, granted_role_name, granted_role_is_default FROM system.role_grants",
        "u\tr\t1",
    );
    db.check(
        "SELECT name, select_filter, apply_to_list FROM system.row_policies",
        "p ON d.t\ta = 1\t['r']",
    );
    db.check(
        "SELECT auth_type, host_names, storage FROM system.users WHERE name = 'u'",
        "['sha256_password']\t['localhost']\tlocal_directory",
    );
    db.check("SHOW PROFILES", "default\nsp");
    db.check("SHOW POLICIES ON d.t", "p");
    db.check("SELECT count() FROM system.privileges", "249");
    db.check(
        "SELECT setting_name, value FROM system.settings_profile_elements WHERE profile_name = 'sp'",
        "max_threads\t1",
    );
    let mut u = login(&db, "u", "x").unwrap();
    assert_eq!(allowed(&mut u, "SHOW CURRENT ROLES"), "r\t0\t1");
    assert_eq!(allowed(&mut u, "SELECT role_name FROM system.enabled_roles"), "r");
    assert_eq!(
        allowed(&mut u, "SELECT currentRoles(), enabledRoles(), defaultRoles()"),
        "['r']\t['r']\t['r']"
    );
    allowed(&mut u, "SET ROLE NONE");
    assert_eq!(
        allowed(&mut u, "SELECT currentRoles(), enabledRoles(), defaultRoles()"),
        "[]\t[]\t['r']"
    );
}

#[test]
fn a_user_runs_as_many_queries_as_he_may() {
    let mut db = Database::quiet();
    db.run("CREATE USER u SETTINGS max_concurrent_queries_for_user = 1");
    let mut first = login(&db, "u", "").unwrap();
    let mut second = login(&db, "u", "").unwrap();
    let running = first
        .execute(b"SELECT number FROM numbers(10)", &Default::default())
        .unwrap();
    let error = text(&mut second, "SELECT 1").unwrap_err();
    assert!(
        error.contains(
            "Too many simultaneous queries for user u. Current: 1, maximum: 1. (TOO_MANY_SIMULTANEOUS_QUERIES)"
        ),
        "{error}"
    );
    db.check("SELECT 1", "1");
    db.run("SET max_concurrent_queries_for_all_users = 1");
    db.check_error("SELECT 1", "for all users. Current: 1, maximum: 1");
    drop(running);
    allowed(&mut second, "SELECT 1");
    db.check("SELECT 1", "1");
}
