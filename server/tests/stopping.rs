//! How a server ends: asked to, or killed in the middle of INSERTs.

mod support;

use std::time::Duration;

use support::{Server, encode, local, local_error};

#[test]
fn sigterm_finishes_what_runs() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let mut connection = server.connect();
    connection.send(b"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 11\r\n\r\nSELECT");
    std::thread::sleep(Duration::from_millis(200));
    server.signal("TERM");
    std::thread::sleep(Duration::from_millis(200));
    connection.send(b" 1+1;");
    assert_eq!(
        connection.answer().text(),
        "2\n",
        "a request that had begun is answered"
    );
    assert!(server.terminate().success());
}

#[test]
fn sigint_stops_too() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let _idle = server.connect();
    server.signal("INT");
    assert!(server.terminate().success());
}

#[test]
fn a_second_server_on_a_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let (status, said) = local_error(&["--path", folder.path().to_str().unwrap(), "-q", "SELECT 1"]);
    assert_ne!(status, 0);
    assert!(said.starts_with("Code: "), "{said}");
    server.terminate();
    assert_eq!(
        local(&["--path", folder.path().to_str().unwrap(), "-q", "SELECT 1"]),
        "1\n"
    );
}

#[test]
fn a_kill_loses_nothing_acknowledged_and_leaves_no_half() {
    const ROWS: u64 = 1000;
    const KILLS: usize = 4;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    server.ask("CREATE TABLE t (batch UInt64, i UInt64, vec Array(Float32), INDEX ix vec TYPE vector_similarity('hnsw', 'L2Distance', 4)) ENGINE = MergeTree ORDER BY (batch, i)");
    server.terminate();
    let path = format!("/?query={}", encode("INSERT INTO t FORMAT CSV"));
    let (mut sent, mut acknowledged) = (0, 0);
    for round in 0..KILLS {
        let server = Server::start(folder.path(), &[]);
        let mut connection = server.connect();
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(150 + 170 * round as u64));
            server.kill();
        });
        loop {
            let rows: String = (0..ROWS).map(|i| format!("{sent},{i},\"[{i}.5,1,2,3]\"\n")).collect();
            connection.send_request("POST", &path, "", rows.as_bytes());
            sent += 1;
            match connection.try_answer("POST") {
                Some(answer) if answer.status == 200 => acknowledged += 1,
                _ => break,
            }
        }
        killer.join().unwrap();
    }
    let folder = folder.path().to_str().unwrap();
    let counts = "SELECT batch, count() FROM t GROUP BY batch HAVING count() != 1000 ORDER BY batch";
    assert_eq!(
        local(&["--path", folder, "-q", counts]),
        "",
        "no INSERT is there in part"
    );
    let batches: u64 = local(&["--path", folder, "-q", "SELECT uniqExact(batch) FROM t"])
        .trim()
        .parse()
        .unwrap();
    assert!(acknowledged > 0, "the kills came too early to test anything");
    assert!(
        (acknowledged..=sent).contains(&batches),
        "{batches} batches, {acknowledged} acknowledged of {sent}"
    );
}
