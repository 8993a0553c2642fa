//! Binary formats over HTTP: data is taken byte by byte, and `client_protocol_version` decides how results look.

mod support;

use std::io::Read;

use gristmill_server::native::frames::{self, FrameReader, Method};
use support::{Server, encode};

const TABLE: &str = "CREATE TABLE t (x UInt8) ENGINE = MergeTree ORDER BY tuple()";

#[test]
fn no_byte_of_the_data_is_taken_for_text() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("db"), &[]);
    server.ask(TABLE);
    for data in [
        &b"\n\n"[..],
        b"  ",
        b"\t\r\n;",
        b";",
        b"\r\n",
        b"\x0b\x0c",
        b"--",
        b"/*",
        b"\xef\xbb\xbf",
    ] {
        let expected: Vec<String> = data.iter().map(u8::to_string).collect();
        let expected = format!("[{}]\n", expected.join(","));
        let in_url = format!("/?query={}", encode("INSERT INTO t FORMAT RowBinary"));
        let in_body = [b"INSERT INTO t FORMAT RowBinary\n", data].concat();
        for (path, body) in [(in_url.as_str(), data), ("/", &in_body)] {
            let answer = server.connect().post(path, body);
            assert_eq!(answer.status, 200, "{data:?}: {}", answer.text());
            assert_eq!(
                server.ask("SELECT groupArray(x) FROM t"),
                expected,
                "{data:?} at {path}"
            );
            server.ask("TRUNCATE TABLE t");
        }
    }
}

#[test]
fn native_goes_in_and_out() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("db"), &[]);
    server.ask(TABLE);
    let ask = |version: &str, query: &str| {
        let answer = server
            .connect()
            .post(&format!("/?client_protocol_version={version}"), query.as_bytes());
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.body
    };
    let query = "SELECT toDateTime(1, 'UTC') AS t, toLowCardinality('a') AS l FORMAT Native";
    let time = b"\x02\x01\x01t\x08DateTime\x01\0\0\0";
    let keyed = b"\x01l\x16LowCardinality(String)\x01\0\0\0\0\0\0\0\0\x06\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\0\x01a\x01\0\0\0\0\0\0\0\x01";
    assert_eq!(ask("0", query), [&time[..], keyed].concat());
    let flags = b"\x01\0\x02\xff\xff\xff\xff\0";
    let plain = b"\x01l\x06String\x01a";
    assert_eq!(ask("51903", query), [&flags[..], time, plain].concat());
    let zoned = b"\x02\x01\x01t\x0fDateTime('UTC')\x01\0\0\0";
    assert_eq!(ask("54405", query), [&flags[..], zoned, keyed].concat());
    assert_eq!(
        ask("54460", "SELECT 1 AS x FORMAT Native"),
        b"\x01\0\x02\xff\xff\xff\xff\0\x01\x01\x01x\x05UInt8\0\x01"
    );
    assert_eq!(ask("54405", "SELECT 1 WHERE 0 FORMAT Native"), b"");
    // Data is of the oldest revision, whatever the client reads.
    let insert = [&b"INSERT INTO t FORMAT Native\n"[..], b"\x01\x02\x01x\x05UInt8\x0a\x20"].concat();
    assert_eq!(
        server.connect().post("/?client_protocol_version=54460", &insert).status,
        200
    );
    assert_eq!(server.ask("SELECT x FROM t ORDER BY x"), "10\n32\n");
    let cut = [&b"INSERT INTO t FORMAT Native\n"[..], b"\x01\x02\x01x\x05UInt8\x0a"].concat();
    assert_eq!(server.connect().post("/", &cut).code(), Some(33));
    let broken = [&insert[..], b"INTERNAL EXCEPTION WHILE SERIALIZING"].concat();
    assert!(server.connect().post("/", &broken).code().is_some());
    assert_eq!(server.ask("SELECT count() FROM t"), "2\n");
}

fn framed(text: &[u8], method: Method) -> Vec<u8> {
    let mut frames = Vec::new();
    frames::compress(text, method, &mut frames).unwrap();
    frames
}

fn unframed(frames: &[u8]) -> String {
    let mut bytes = Vec::new();
    FrameReader::new(frames).read_to_end(&mut bytes).unwrap();
    support::text(&bytes)
}

#[test]
fn bodies_and_answers_go_in_compressed_frames() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("db"), &[]);
    server.ask(TABLE);
    let answer = server.connect().post("/?compress=1", b"SELECT 1");
    assert_eq!((answer.status, unframed(&answer.body).as_str()), (200, "1\n"));
    let answer = server
        .connect()
        .post("/?compress=1", b"SELECT number FROM numbers(1000000)");
    let lines = unframed(&answer.body);
    assert!(lines.starts_with("0\n1\n") && lines.ends_with("\n999999\n"));
    for format in [
        "JSON",
        "PrettyCompact",
        "Vertical",
        "Null",
        "CSV",
        "Values",
        "Native",
        "RowBinary",
    ] {
        let query = format!("SELECT 1 AS x FORMAT {format}");
        let answer = server.connect().post("/?compress=1", query.as_bytes());
        let plain = server.connect().post("/", query.as_bytes());
        let cut = |text: String| text.split("\"statistics\"").next().unwrap().to_string();
        assert_eq!(cut(unframed(&answer.body)), cut(plain.text()), "{format}");
    }
    let answer = server.connect().post("/?compress=1", b"SELECT nope");
    assert_eq!(answer.status, 404);
    assert!(unframed(&answer.body).starts_with("Code: 47. DB::Exception: "));
    let path = format!("/?decompress=1&query={}", encode("INSERT INTO t FORMAT RowBinary"));
    for method in [Method::None, Method::Lz4, Method::Zstd] {
        let body = [framed(&[1; 1_500_000], method), framed(&[2], method)].concat();
        assert_eq!(server.connect().post(&path, &body).status, 200, "{method:?}");
    }
    assert_eq!(server.ask("SELECT count(), sum(x) FROM t"), "4500003\t4500006\n");
    let whole = framed(b"SELECT 3", Method::Lz4);
    assert_eq!(server.connect().post("/?decompress=1", &whole).text(), "3\n");
    let mut damaged = whole.clone();
    damaged[30] ^= 1;
    assert_eq!(server.connect().post("/?decompress=1", &damaged).code(), Some(40));
    assert_eq!(server.connect().post("/?decompress=1", &whole[..20]).code(), Some(33));
    assert_eq!(server.connect().post(&path, &whole[..20]).code(), Some(33));
}
