//! The prompt of `gristmill client`, at a pseudo terminal.

mod support;

use std::time::Duration;

use support::terminal::Terminal;
use support::{Server, gristmill};

/// A server and a client at a terminal, which shows its prompt.
fn start(arguments: &[&str]) -> (Server, Terminal, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("db"), &[]);
    let mut terminal = again(&server, &folder, arguments);
    terminal.wait_for("Connected to ClickHouse server version ");
    terminal.wait_for("gristmill :) ");
    (server, terminal, folder)
}

fn again(server: &Server, folder: &tempfile::TempDir, arguments: &[&str]) -> Terminal {
    let mut command = gristmill();
    command
        .args([
            "client",
            "--host",
            "127.0.0.1",
            "--port",
            &server.native().port().to_string(),
        ])
        .args(arguments)
        .env("HOME", folder.path())
        .env_remove("CLICKHOUSE_USER")
        .env_remove("CLICKHOUSE_PASSWORD");
    Terminal::start(command)
}

#[test]
fn what_is_typed_is_run() {
    let (_server, mut terminal, _folder) = start(&[]);
    terminal.press("SELECT 1 AS x, 'a' AS y\r");
    let shown = terminal.wait_for("1 row in set. Elapsed: ");
    assert!(shown.contains("Query id: "), "{shown}");
    assert!(shown.contains("┌─"), "{shown}");
    terminal.wait_for(":) ");
    terminal.press("CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a; INSERT INTO t VALUES (1), (2); SELECT sum(a) FROM t\\G\r");
    terminal.wait_for("Ok.\r\n");
    terminal.wait_for("Ok.\r\n");
    terminal.wait_for("sum(a):");
    terminal.wait_for("1 row in set. Elapsed: ");
    terminal.wait_for(":) ");
    terminal.press("SELECT * FROM nowhere\r");
    terminal.wait_for("Code: 60. DB::Exception: Received from ");
    terminal.wait_for("(UNKNOWN_TABLE)");
    terminal.wait_for(":) ");
    terminal.press("SELEKT\r");
    terminal.wait_for("(SYNTAX_ERROR)");
    terminal.wait_for(":) ");
    terminal.press("SET param_n = 7\r");
    terminal.wait_for("Ok.");
    terminal.wait_for(":) ");
    terminal.press("SELECT {n:UInt8} * 6 AS product FORMAT TSVWithNames\r");
    terminal.wait_for("product\r\n42\r\n");
    terminal.wait_for(":) ");
    terminal.press("SELECT sum(number) FROM numbers(1000000)\r");
    terminal.wait_for("Processed 1.00 million rows, 8.00 MB (");
    terminal.wait_for(":) ");
    terminal.press("\\d\r");
    terminal.wait_for("│ t    │");
    terminal.wait_for(":) ");
    terminal.press("help\r");
    terminal.wait_for("Ctrl-C");
    terminal.wait_for(":) ");
    terminal.press("exit\r");
    terminal.wait_for("Bye.");
    assert!(terminal.end().success());
}

#[test]
fn lines_are_edited_and_remembered() {
    let (server, mut terminal, folder) = start(&["-m"]);
    terminal.press("SELECT\r");
    terminal.wait_for(":-] ");
    terminal.press("12 + 3x\x7f0\r;\r");
    terminal.wait_for("42");
    terminal.wait_for(":) ");
    // Home, a word, delete to the end, and Ctrl-C, which forgets the line.
    terminal.press("x SELECT 1;\x01\x04\x04\x05\x1b[D9\r");
    terminal.wait_for("│ 19 │");
    terminal.wait_for(":) ");
    terminal.press("never run\x03");
    terminal.wait_for(":) ");
    terminal.press("\x1b[A\r");
    terminal.wait_for("│ 19 │");
    terminal.wait_for(":) ");
    terminal.press("\x1b[200~SELECT 'pasted',\n'twice';\x1b[201~\r");
    terminal.wait_for("│ pasted");
    terminal.wait_for(":) ");
    terminal.press("\x04");
    terminal.wait_for("Bye.");
    let mut terminal = again(&server, &folder, &["-m"]);
    terminal.wait_for(":) ");
    terminal.press("\x12SELECT\x12\r\r");
    terminal.wait_for("│ 19 │");
    terminal.wait_for(":) ");
    terminal.press("quit;\r");
    terminal.wait_for("Bye.");
    let history = std::fs::read_to_string(folder.path().join(".clickhouse-client-history")).unwrap();
    assert!(
        history.starts_with("### ") && history.contains("\nSELECT\n12 + 30\n;\n"),
        "{history}"
    );
}

#[test]
fn names_are_completed() {
    let (_server, mut terminal, _folder) = start(&[]);
    std::thread::sleep(Duration::from_secs(2)); // names come over another connection
    terminal.press("SELECT formatReadableQuan\t(1000)\r");
    terminal.wait_for("1.00 thousand");
    terminal.wait_for(":) ");
    terminal.press("SELECT formatReadable\t\t");
    terminal.wait_for("formatReadableSize");
    terminal.press("\x03exit\r");
    terminal.wait_for("Bye.");
}

#[test]
fn interrupting_cancels_the_query() {
    let (_server, mut terminal, _folder) = start(&[]);
    terminal.press("SELECT sum(sipHash64(number)) FROM numbers(1000000000000)\r");
    terminal.wait_for("Query id: ");
    std::thread::sleep(Duration::from_millis(300));
    terminal.press("\x03");
    terminal.wait_for("Query was cancelled.");
    terminal.wait_for(":) ");
    terminal.press("SELECT 40 + 2 AS answer\r");
    terminal.wait_for("42");
    terminal.wait_for(":) ");
    terminal.press("\x04");
    assert!(terminal.end().success());
}

#[test]
fn a_lost_connection_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let server = Server::start(&path, &[]);
    let port = server.native().port().to_string();
    let mut terminal = again(&server, &folder, &[]);
    terminal.wait_for(":) ");
    terminal.press("SELECT 40 + 1\r");
    terminal.wait_for("41");
    terminal.wait_for(":) ");
    server.terminate();
    terminal.press("SELECT 40 + 2\r");
    terminal.wait_for("Code: 210. DB::NetException: Connection refused");
    terminal.wait_for(":) ");
    let _server = Server::start(&path, &["--tcp-port", &port]);
    terminal.press("SELECT 40 + 3\r");
    terminal.wait_for("Connected again.");
    terminal.wait_for("43");
    terminal.wait_for(":) ");
    terminal.press("\x04");
    assert!(terminal.end().success());
}

#[test]
fn a_password_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("db"), &[]);
    let mut terminal = again(&server, &folder, &["--password", "-q", "SELECT 42"]);
    terminal.wait_for("Password for user (default): ");
    std::thread::sleep(Duration::from_millis(100));
    terminal.press("secret\n");
    let shown = terminal.wait_for("42");
    assert!(!shown.contains("secret"), "{shown}");
}
