//! Several users over HTTP: who gets in, what each may do, and that nobody reads what is another's.

mod support;

use support::{Answer, Connection, Server};

fn server() -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("db"), &[]);
    (server, folder)
}

fn run(connection: &mut Connection, statements: &[&str]) {
    for statement in statements {
        let answer = connection.post("/", statement.as_bytes());
        assert_eq!(answer.status, 200, "{statement}: {}", answer.text());
    }
}

fn post_as(connection: &mut Connection, user: &str, password: &str, query: &str) -> Answer {
    let headers = format!("X-ClickHouse-User: {user}\r\nX-ClickHouse-Key: {password}\r\n");
    connection.request("POST", "/", &headers, query.as_bytes())
}

#[test]
fn users_read_what_they_may() {
    let (server, _folder) = server();
    let mut connection = server.connect();
    run(
        &mut connection,
        &[
            "CREATE TABLE t (id UInt32, tenant String, secret String) ENGINE = MergeTree ORDER BY id",
            "INSERT INTO t VALUES (1, 'ann', 's1'), (2, 'bob', 's2'), (3, 'ann', 's3')",
            "CREATE USER ann IDENTIFIED BY 'key-a'",
            "CREATE USER bob IDENTIFIED WITH double_sha1_password BY 'key-b' SETTINGS readonly = 1",
            "GRANT SELECT(id, tenant) ON default.t TO ann, bob",
            "CREATE ROW POLICY own ON t USING tenant = currentUser() TO ann, bob",
        ],
    );
    let query = "SELECT id FROM t ORDER BY id";
    assert_eq!(post_as(&mut connection, "ann", "key-a", query).text(), "1\n3\n");
    assert_eq!(post_as(&mut connection, "bob", "key-b", query).text(), "2\n");
    assert_eq!(connection.post("/", query.as_bytes()).text(), "1\n2\n3\n");
    for (user, password) in [("ann", "key-b"), ("ann", ""), ("carl", "key-a")] {
        let answer = post_as(&mut connection, user, password, query);
        let text = answer.text();
        assert_eq!(answer.header("x-clickhouse-exception-code"), Some("516"), "{text}");
        assert!(
            text.contains("Authentication failed") && !text.contains(password) | password.is_empty(),
            "{text}"
        );
    }
    let denied = post_as(&mut connection, "ann", "key-a", "SELECT secret FROM t");
    assert_eq!(denied.header("x-clickhouse-exception-code"), Some("497"));
    assert!(denied.text().contains("ann: Not enough privileges. To execute this query, it's necessary to have the grant SELECT(secret) ON default.t"));
    let insert = post_as(
        &mut connection,
        "ann",
        "key-a",
        "INSERT INTO t SETTINGS async_insert = 1 VALUES (4, 'ann', '')",
    );
    assert_eq!(
        insert.header("x-clickhouse-exception-code"),
        Some("497"),
        "{}",
        insert.text()
    );
    let readonly = post_as(&mut connection, "bob", "key-b", "SET max_threads = 1");
    assert_eq!(
        readonly.header("x-clickhouse-exception-code"),
        Some("164"),
        "{}",
        readonly.text()
    );
    assert_eq!(connection.post("/", b"SELECT count() FROM t").text(), "3\n");
}

#[test]
fn passwords_are_in_no_log() {
    let (server, folder) = server();
    let mut connection = server.connect();
    run(
        &mut connection,
        &[
            "CREATE USER u IDENTIFIED BY 'hunter2'",
            "ALTER USER u IDENTIFIED WITH bcrypt_hash BY '$2a$04$Z17vFyxxxxxxxxxxxxxxxOHZ9PIJ8Cr1TWn7d0p8wJlnPDQ.5rEQS'",
        ],
    );
    let failed = connection.post("/", b"CREATE USER v IDENTIFIED BY 'hunter2' NONSENSE");
    assert!(!failed.text().contains("hunter2"), "{}", failed.text());
    let log = connection
        .post("/", b"SELECT query, exception FROM system.query_log")
        .text();
    assert!(
        log.contains("CREATE USER u IDENTIFIED BY \\'[HIDDEN]\\'") && !log.contains("hunter2"),
        "{log}"
    );
    let shown = connection.post("/", b"SHOW CREATE USER u").text();
    assert_eq!(shown, "CREATE USER u IDENTIFIED WITH bcrypt_password\n");
    for file in std::fs::read_dir(folder.path().join("db/access")).unwrap() {
        let text = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!String::from_utf8_lossy(&text).contains("hunter2"));
    }
}

#[test]
fn a_dropped_user_is_out_at_once() {
    let (server, _folder) = server();
    let mut connection = server.connect();
    run(&mut connection, &["CREATE USER u IDENTIFIED BY 'x'"]);
    assert_eq!(post_as(&mut connection, "u", "x", "SELECT 1").text(), "1\n");
    run(&mut connection, &["DROP USER u"]);
    let answer = post_as(&mut connection, "u", "x", "SELECT 1");
    assert_ne!(answer.status, 200, "{}", answer.text());
}
