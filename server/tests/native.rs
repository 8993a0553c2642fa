//! The native protocol from outside: a small client that speaks it at any revision, and one that breaks it.

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;

use support::native::{Client, SERVER, Said, number, string};
use support::{PATIENCE, Server};

/// Revisions of clients that there are.
const OLD: u64 = 54412;
const DRIVER: u64 = 54468;
const NEW: u64 = 54492;

fn server(arguments: &[&str]) -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("db"), arguments);
    (server, folder)
}

#[test]
fn every_revision_is_understood() {
    let (server, _folder) = server(&[]);
    for revision in [
        OLD, 54441, 54453, 54456, 54460, DRIVER, 54470, 54472, 54477, SERVER, NEW,
    ] {
        for is_chunked in [false, true] {
            if is_chunked && revision < 54470 {
                continue;
            }
            let mut client = Client::greet(&server, revision, is_chunked);
            client.ping();
            let rows = client.ask("SELECT number, toString(number) FROM numbers(3)").unwrap();
            assert_eq!(rows, ["0\t0", "1\t1", "2\t2"], "{revision}");
            client.ping();
            let (code, message) = client.ask("SELECT * FROM nowhere").unwrap_err();
            assert_eq!(code, 60);
            assert_eq!(message, "DB::Exception: Table default.nowhere does not exist");
            assert_eq!(
                client.ask("SELECT sum(number) FROM numbers(1000000)").unwrap(),
                ["499999500000"]
            );
            client.ask("DROP TABLE IF EXISTS t").unwrap();
            client
                .ask("CREATE TABLE t (x UInt8, s String DEFAULT 'd') ENGINE = MergeTree ORDER BY x")
                .unwrap();
            client.ask("INSERT INTO t (x) VALUES (7)").unwrap();
            insert(&mut client);
            assert_eq!(
                client.ask("SELECT x, s FROM t ORDER BY x").unwrap(),
                ["1\td", "2\td", "7\td"]
            );
        }
    }
}

#[test]
fn totals_and_extremes_follow_the_rows() {
    let (server, _folder) = server(&[]);
    for revision in [OLD, SERVER] {
        let mut client = Client::greet(&server, revision, false);
        let query = "SELECT number % 2 AS k, count() AS c FROM numbers(5) GROUP BY k WITH TOTALS ORDER BY k SETTINGS extremes = 1";
        client.start(query, b"", b"");
        let mut said = Vec::new();
        while said.last() != Some(&Said::End) {
            match client.said() {
                Said::Other(_) => {}
                packet => said.push(packet),
            }
        }
        let block = |rows: &[&str]| rows.iter().map(|row| row.to_string()).collect::<Vec<String>>();
        let header = "k UInt8\tc UInt64";
        let expected = [
            Said::Totals(block(&[header, "0\t5"])),
            Said::Extremes(block(&[header, "0\t2", "1\t3"])),
            Said::End,
        ];
        assert!(said.len() > expected.len(), "there were rows: {said:?}");
        assert_eq!(said[said.len() - expected.len()..], expected);
    }
}

/// Two rows in two blocks, after what the server wants is read; a client of 54456 awaits counters after each block.
fn insert(client: &mut Client) {
    client.start("INSERT INTO t (x) FORMAT Native", b"", b"");
    loop {
        match client.said() {
            Said::Data(lines) => {
                assert_eq!(lines, ["x UInt8"]);
                break;
            }
            other => assert_eq!(other, Said::Other(11)),
        }
    }
    for value in [1, 2] {
        let block = client.block(&[("x", "UInt8", &[value])], 1);
        client.send(&block);
        if client.revision >= 54456 {
            assert_eq!(client.said(), Said::Other(14));
        }
    }
    let end = client.block(&[], 0);
    client.send(&end);
    // asynch reads one packet after the data, whatever it is.
    if client.revision >= 54456 {
        assert_eq!(client.said(), Said::Other(14));
    }
    assert_eq!(client.said(), Said::End);
}

#[test]
fn settings_and_parameters_go_with_a_query() {
    let (server, _folder) = server(&[]);
    let read = "SELECT value FROM system.settings WHERE name = 'max_threads'";
    let mut old = Client::greet(&server, OLD, false);
    old.start(read, &[string(b"max_threads"), vec![3]].concat(), b"");
    assert_eq!(old.answer().unwrap(), ["3"]);
    let mut new = Client::greet(&server, NEW, false);
    let setting = |name: &[u8], flags: u8, value: &[u8]| [string(name), vec![flags], string(value)].concat();
    let unknown = setting(b"of_the_future", 0, b"1");
    new.start(read, &[unknown, setting(b"max_threads", 0, b"5")].concat(), b"");
    assert_eq!(new.answer().unwrap(), ["5"]);
    assert_ne!(new.ask(read).unwrap(), ["5"]);
    new.start("SELECT 1", &setting(b"of_the_future", 1, b"1"), b"");
    assert_eq!(new.answer().unwrap_err().0, 115);
    let parameters = [setting(b"x", 2, b"'3'"), setting(b"s", 2, b"'it\\'s'")].concat();
    new.start("SELECT {x:UInt8}, {s:String}", b"", &parameters);
    assert_eq!(new.answer().unwrap(), ["3\tit's"]);
    new.ask("SET max_threads = 2").unwrap();
    assert_eq!(new.ask(read).unwrap(), ["2"]);
    new.start("SELECT 1", &setting(b"send_logs_level", 0, b"debug"), b"");
    assert_eq!(new.said(), Said::Other(10));
    new.answer().unwrap();
    new.start("SELECT 1", &setting(b"session_timezone", 0, b"Asia/Tokyo"), b"");
    assert_eq!(new.said(), Said::Other(17));
    new.answer().unwrap();
}

#[test]
fn an_error_in_the_middle_of_an_insert_keeps_the_connection_in_step() {
    let (server, _folder) = server(&[]);
    let mut client = Client::greet(&server, DRIVER, false);
    client
        .ask("CREATE TABLE t (x UInt8) ENGINE = MergeTree ORDER BY x")
        .unwrap();
    client.start("INSERT INTO t VALUES", b"", b"");
    while client.said() == Said::Other(11) {}
    let bad = client.block(&[("x", "String", b"\x02no")], 1);
    let good = client.block(&[("x", "UInt8", b"\x01")], 1);
    let end = client.block(&[], 0);
    for block in [&bad, &good, &good, &end] {
        client.send(block);
    }
    assert_eq!(client.answer().unwrap_err().0, 6);
    client.ping();
    assert_eq!(client.ask("SELECT count() FROM t").unwrap(), ["0"]);
}

/// clickhouse-client 18.16 sends the blank in front of the data, and the data apart.
#[test]
fn a_blank_behind_values_is_no_data() {
    let (server, _folder) = server(&[]);
    let mut client = Client::greet(&server, DRIVER, false);
    client
        .ask("CREATE TABLE t (x UInt8) ENGINE = MergeTree ORDER BY x")
        .unwrap();
    client.start("INSERT INTO t VALUES ", b"", b"");
    while client.said() == Said::Other(11) {}
    let block = client.block(&[("x", "UInt8", b"\x01")], 1);
    let end = client.block(&[], 0);
    client.send(&block);
    client.send(&end);
    client.answer().unwrap();
    client.ping();
    assert_eq!(client.ask("SELECT count() FROM t").unwrap(), ["1"]);
}

#[test]
fn external_tables_live_as_long_as_their_query() {
    let (server, _folder) = server(&[]);
    let mut client = Client::greet(&server, DRIVER, false);
    let query = client.query_packet("SELECT sum(x) FROM given", b"", b"");
    client.send(&query);
    for values in [&b"\x01\x02"[..], b"\x03\x04"] {
        let mut block = client.block(&[("x", "UInt8", values)], 2);
        block.splice(1..2, string(b"given"));
        client.send(&block);
    }
    let end = client.block(&[], 0);
    client.send(&end);
    assert_eq!(client.answer().unwrap(), ["10"]);
    assert_eq!(client.ask("SELECT sum(x) FROM given").unwrap_err().0, 60);
}

/// Runs until it is stopped.
const ENDLESS: &str = "SELECT sum(number % 7) FROM numbers(1000000000000)";

#[test]
fn a_running_query_is_cancelled() {
    let (server, _folder) = server(&[]);
    let mut client = Client::greet(&server, NEW, false);
    client.start(ENDLESS, b"", b"");
    std::thread::sleep(std::time::Duration::from_millis(200));
    client.send(&[3]);
    assert_eq!(client.answer(), Ok(vec![]));
    assert_eq!(client.ask("SELECT 1").unwrap(), ["1"]);
    // One whose client has gone ends, too.
    let mut gone = Client::greet(&server, NEW, false);
    gone.start(ENDLESS, b"", b"");
    std::thread::sleep(std::time::Duration::from_millis(200));
    drop(gone);
    let running = "SELECT count() FROM system.processes WHERE query LIKE 'SELECT sum(number %'";
    let began = std::time::Instant::now();
    while client.ask(running).unwrap() != ["0"] {
        assert!(began.elapsed() < PATIENCE);
    }
}

#[test]
fn broken_packets_end_their_connection_alone() {
    let (server, _folder) = server(&[]);
    let mut other = Client::greet(&server, NEW, false);
    let raw = |bytes: &[u8]| {
        let mut stream = TcpStream::connect(server.native()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    };
    let http = String::from_utf8(raw(b"GET / HTTP/1.1\r\n\r\n")).unwrap();
    assert!(http.starts_with("HTTP/1.0 400 ") && http.contains("for HTTP"), "{http}");
    let hello = |user: &[u8]| {
        let names = [string(b""), string(user), string(b"")].concat();
        [&[0][..], &string(b"test"), &[20, 10], &number(DRIVER), &names].concat()
    };
    assert_eq!(raw(&hello(b"nobody"))[..5], [2, 4, 2, 0, 0]); // 516
    assert_eq!(raw(&[&[0][..], &number(1 << 40)].concat())[..5], [2, 131, 0, 0, 0]);
    assert_eq!(raw(&[9])[0], 2);
    let client = Client::greet(&server, DRIVER, false);
    let query = client.query_packet("INSERT INTO FUNCTION null('x UInt8') VALUES", b"", b"");
    let whole = [
        hello(b"default"),
        string(b""),
        query,
        client.block(&[("x", "UInt8", b"\x01")], 1),
    ]
    .concat();
    for at in 0..whole.len() {
        raw(&whole[..at]);
        let mut changed = whole.clone();
        changed[at] = 0xff;
        raw(&changed);
    }
    let huge = [&[2, 0][..], b"\0", &number(1), &number(1 << 60)].concat();
    raw(&[
        hello(b"default"),
        string(b""),
        client.query_packet("SELECT 1", b"", b""),
        huge,
    ]
    .concat());
    assert_eq!(other.ask("SELECT 1").unwrap(), ["1"]);
}

#[test]
fn a_port_that_was_asked_for_must_be_free() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let output = support::gristmill()
        .args(["server", "--http-port", "0", "--path"])
        .arg(folder.path().join("db"))
        .args(["--tcp-port", &taken.local_addr().unwrap().port().to_string()])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(210));
    let said = support::text(&output.stderr);
    assert!(said.contains("NETWORK_ERROR"), "{said}");
}
