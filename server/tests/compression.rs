//! Bodies over HTTP that are compressed by content codings.

mod support;

use std::io::{Read, Write};

use support::Server;

const CODINGS: [&str; 5] = ["gzip", "deflate", "br", "zstd", "lz4"];

fn compressed(coding: &str, bytes: &[u8]) -> Vec<u8> {
    let level = flate2::Compression::default();
    let mut out = Vec::new();
    match coding {
        "gzip" => drop(flate2::read::GzEncoder::new(bytes, level).read_to_end(&mut out)),
        "deflate" => drop(flate2::read::ZlibEncoder::new(bytes, level).read_to_end(&mut out)),
        "br" => drop(brotli::CompressorReader::new(bytes, 4096, 5, 22).read_to_end(&mut out)),
        "zstd" => out = zstd::encode_all(bytes, 0).unwrap(),
        _ => {
            let mut encoder = lz4_flex::frame::FrameEncoder::new(&mut out);
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap();
        }
    }
    out
}

fn decompressed(coding: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let whole = match coding {
        "gzip" => flate2::read::GzDecoder::new(bytes).read_to_end(&mut out),
        "deflate" => flate2::read::ZlibDecoder::new(bytes).read_to_end(&mut out),
        "br" => brotli::Decompressor::new(bytes, 4096).read_to_end(&mut out),
        "zstd" => zstd::Decoder::new(bytes).unwrap().read_to_end(&mut out),
        _ => lz4_flex::frame::FrameDecoder::new(bytes).read_to_end(&mut out),
    };
    whole.unwrap();
    out
}

fn server() -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("db"), &[]);
    (server, folder)
}

#[test]
fn answers_are_compressed_for_who_takes_it() {
    let (server, _folder) = server();
    let mut connection = server.connect();
    let expected: String = (0..400_000).map(|number| format!("{number}\n")).collect();
    for coding in CODINGS {
        let header = format!("Accept-Encoding: {coding}\r\n");
        for (query, expected) in [
            (&b"SELECT 1"[..], "1\n"),
            (b"SELECT 1 WHERE 0", ""),
            (b"SELECT number FROM numbers(400000)", &expected),
        ] {
            let answer = connection.request("POST", "/", &header, query);
            assert_eq!(answer.header("content-encoding"), Some(coding));
            assert!(decompressed(coding, &answer.body) == expected.as_bytes(), "{coding}");
        }
        let off = connection.request("POST", "/?enable_http_compression=0", &header, b"SELECT 1");
        assert_eq!((off.header("content-encoding"), off.text().as_str()), (None, "1\n"));
        let error = connection.request("POST", "/", &header, b"SELECT nothing");
        assert_eq!((error.header("content-encoding"), error.status), (None, 404));
    }
}

/// The mark of an error is part of what is compressed.
#[test]
fn late_errors_are_compressed_too() {
    let (server, _folder) = server();
    let query = b"SELECT number, throwIf(number = 900000) FROM numbers(1000000) SETTINGS max_block_size = 1000";
    let answer = server
        .connect()
        .request("POST", "/?buffer_size=10000", "Accept-Encoding: gzip\r\n", query);
    let text = String::from_utf8(decompressed("gzip", &answer.body)).unwrap();
    let tag = answer.header("x-clickhouse-exception-tag").unwrap();
    assert!(
        text.ends_with(&format!(" {tag}\r\n__exception__\r\n")),
        "{}",
        text.len()
    );
}

#[test]
fn bodies_may_be_compressed() {
    let (server, _folder) = server();
    let mut connection = server.connect();
    connection.post("/", b"CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a");
    let lines: String = (0..200_000).map(|number| format!("{number}\n")).collect();
    for (done, coding) in CODINGS.into_iter().enumerate() {
        let header = format!("Content-Encoding: {coding}\r\n");
        let select = connection.request("POST", "/", &header, &compressed(coding, b"SELECT 3"));
        assert_eq!(select.text(), "3\n", "{coding}");
        let body = compressed(coding, lines.as_bytes());
        let path = "/?query=INSERT+INTO+t+FORMAT+TSV";
        let insert = connection.request("POST", path, &header, &body);
        assert_eq!(insert.text(), "", "{coding}");
        let counted = connection.post("/", b"SELECT count(), uniqExact(a) FROM t").text();
        assert_eq!(counted, format!("{}\t200000\n", (done + 1) * 200_000), "{coding}");
    }
    let unknown = connection.request("POST", "/", "Content-Encoding: rot13\r\n", b"SELECT 1");
    assert_eq!(unknown.header("x-clickhouse-exception-code"), Some("48"));
}

#[test]
fn damaged_bodies_are_refused() {
    let (server, _folder) = server();
    let mut connection = server.connect();
    connection.post("/", b"CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a");
    for (coding, code) in CODINGS.into_iter().zip(["354", "354", "448", "561", "618"]) {
        let header = format!("Content-Encoding: {coding}\r\n");
        let body = compressed(coding, b"1\n2\n3\n");
        for body in [&body[..body.len() - 1], b"no such thing"] {
            let answer = connection.request("POST", "/?query=INSERT+INTO+t+FORMAT+TSV", &header, body);
            assert_eq!(
                answer.header("x-clickhouse-exception-code"),
                Some(code),
                "{}",
                answer.text()
            );
        }
    }
    assert_eq!(connection.post("/", b"SELECT count() FROM t").text(), "0\n");
}

/// A small body that becomes a large text is given up at the limit of texts.
#[test]
fn bombs_are_defused() {
    let (server, _folder) = server();
    let mut connection = server.connect();
    let bomb = compressed("zstd", &vec![b' '; 200 << 20]);
    assert!(bomb.len() < 100_000);
    let answer = connection.request("POST", "/", "Content-Encoding: zstd\r\n", &bomb);
    assert_eq!(
        answer.header("x-clickhouse-exception-code"),
        Some("62"),
        "{}",
        answer.text()
    );
}
