//! Clients that are slow, stop in the middle or send too much: each costs itself, and the server serves the others.

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use support::native::{Client, string};
use support::{PATIENCE, Server};

/// A server that waits for nobody longer than a second, and runs one query at a time.
fn server() -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    let config = "receive_timeout_seconds = 1\nsend_timeout_seconds = 1\nmax_concurrent_queries = 1\n";
    std::fs::write(&file, config).unwrap();
    let server = Server::start(&folder.path().join("db"), &["--config-file", file.to_str().unwrap()]);
    (server, folder)
}

/// Sends a byte again and again; how long the server bears it.
fn trickle(mut stream: TcpStream, byte: u8) -> Duration {
    let began = Instant::now();
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    loop {
        let is_gone = match stream.read(&mut [0; 1000]) {
            Ok(count) => count == 0,
            Err(error) => !matches!(
                error.kind(),
                std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
            ),
        };
        if is_gone || stream.write_all(&[byte]).is_err() {
            return began.elapsed();
        }
        assert!(began.elapsed() < PATIENCE, "the server waits for ever");
    }
}

/// Waits until the only place for queries is free.
fn wait_for_place(server: &Server) {
    let began = Instant::now();
    while server.connect().post("/", b"SELECT 1").status != 200 {
        assert!(began.elapsed() < PATIENCE, "the place is held for ever");
        std::thread::sleep(Duration::from_millis(50));
    }
    // The place is given back a moment after the answer.
    std::thread::sleep(Duration::from_millis(200));
}

#[test]
fn heads_that_trickle_in_are_given_up() {
    let (server, _folder) = server();
    let mut kept = server.connect();
    assert_eq!(kept.post("/", b"SELECT 1").text(), "1\n");
    for beginning in [
        &b"GET /?query=SELECT+1 HTTP/1.1\r\nX: "[..],
        b"P",
        b"POST / HTTP/1.1\r\n",
    ] {
        let mut stream = TcpStream::connect(server.http()).unwrap();
        stream.write_all(beginning).unwrap();
        let took = trickle(stream, b'x');
        assert!((0.8..20.0).contains(&took.as_secs_f64()), "{took:?}");
    }
    // Of a kept connection, too; one that is idle meanwhile stays.
    let mut second = server.connect();
    assert_eq!(second.post("/", b"SELECT 1").text(), "1\n");
    second.send(b"POST / HTTP");
    std::thread::sleep(Duration::from_millis(1500));
    second.send(b"/1.1\r\nContent-Length: 8\r\n\r\nSELECT 1");
    assert!(second.try_answer("POST").is_none_or(|answer| answer.status == 408));
    assert_eq!(kept.post("/", b"SELECT 2").text(), "2\n");
}

#[test]
fn greetings_and_queries_that_stop_hold_no_place() {
    let (server, _folder) = server();
    let mut stream = TcpStream::connect(server.native()).unwrap();
    stream.write_all(&[0, 200, 1]).unwrap();
    let took = trickle(stream, b'x');
    assert!(took < Duration::from_secs(20), "{took:?}");
    // The tables of a query, and the data of an INSERT.
    server.ask("CREATE TABLE t (x UInt8) ENGINE = MergeTree ORDER BY x");
    let mut stalled = Client::greet(&server, 54468, false);
    let query = stalled.query_packet("SELECT 1", b"", b"");
    stalled.send(&query);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(server.connect().post("/", b"SELECT 1").code(), Some(202));
    wait_for_place(&server);
    let mut stalled = Client::greet(&server, 54468, false);
    stalled.start("INSERT INTO t VALUES", b"", b"");
    let block = stalled.block(&[("x", "UInt8", b"\x01")], 1);
    stalled.send(&block);
    std::thread::sleep(Duration::from_millis(300));
    wait_for_place(&server);
    assert_eq!(server.ask("SELECT count() FROM t"), "0\n");
    // A packet's head alone takes none.
    let mut stalled = Client::greet(&server, 54468, false);
    stalled.send(&[&[1][..], &string(b"id")].concat());
    assert_eq!(server.ask("SELECT 1"), "1\n");
}

#[test]
fn bodies_that_stop_are_given_up() {
    let (server, _folder) = server();
    for head in ["Content-Length: 100\r\n", "Transfer-Encoding: chunked\r\n"] {
        let mut connection = server.connect();
        connection.send(format!("POST / HTTP/1.1\r\nHost: t\r\n{head}\r\n5\r\nSELEC").as_bytes());
        let answer = connection.answer();
        assert_eq!((answer.status, answer.code()), (503, Some(209)), "{}", answer.text());
        wait_for_place(&server);
    }
}

#[test]
fn readers_that_stop_are_given_up() {
    let (server, _folder) = server();
    let endless = b"SELECT number FROM numbers(100000000000) FORMAT TSV";
    let mut connection = server.connect();
    connection.send_request("POST", "/", "", endless);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(server.connect().post("/", b"SELECT 1").code(), Some(202));
    wait_for_place(&server);
    let mut native = Client::greet(&server, 54468, false);
    native.start("SELECT number FROM numbers(100000000000)", b"", b"");
    std::thread::sleep(Duration::from_millis(300));
    wait_for_place(&server);
    drop((connection, native));
}

#[test]
fn heads_that_are_too_large_are_refused() {
    let (server, _folder) = server();
    let header = format!("X: {}\r\n", "x".repeat(1000));
    for (path, headers, status) in [
        ("/?query=SELECT+1".to_string(), header.repeat(2000), 431),
        (
            format!("/?query=SELECT+1&x={}", "x".repeat(100_000)),
            String::new(),
            414,
        ),
        ("/?query=SELECT+1".to_string(), "A: b\r\n".repeat(1000), 431),
    ] {
        let mut connection = server.connect();
        connection.send_request("GET", &path, &headers, b"");
        let answer = connection.try_answer("GET");
        assert!(
            answer.as_ref().is_none_or(|answer| answer.status == status),
            "{answer:?}"
        );
    }
    assert_eq!(server.ask("SELECT 1"), "1\n");
}
