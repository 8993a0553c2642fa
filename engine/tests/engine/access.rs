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
             CREATE QUOTA q KEYED BY user_name FOR INTERVAL 1 hour MAX queries = 10, execution_time = 1.5 TO r;\n
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
