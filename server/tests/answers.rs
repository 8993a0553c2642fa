//! How answers over HTTP are sent: headers, limits, metrics, and what happens when nobody waits for them.

mod support;

use std::time::{Duration, Instant};

use support::{PATIENCE, Server, encode};

fn server(arguments: &[&str]) -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("db"), arguments);
    (server, folder)
}

/// Takes some time.
const SLOW: &[u8] = b"SELECT sum(number % 7) FROM numbers(1500000)";

#[test]
fn progress_goes_into_headers() {
    let (server, _folder) = server(&[]);
    let mut connection = server.connect();
    let lines = |answer: &support::Answer| -> Vec<String> {
        let lines = answer
            .headers
            .iter()
            .filter(|(name, _)| name == "x-clickhouse-progress");
        lines.map(|(_, value)| value.clone()).collect()
    };
    let told = connection.post(
        "/?send_progress_in_http_headers=1&http_headers_progress_interval_ms=10",
        SLOW,
    );
    assert_eq!(told.status, 200, "{}", told.text());
    assert!(lines(&told).len() > 2, "{told:?}");
    assert!(lines(&told)[0].contains("\"read_rows\":\""), "{told:?}");
    assert!(
        told.header("x-clickhouse-summary")
            .unwrap()
            .contains("real_time_microseconds")
    );
    let seldom = "/?send_progress_in_http_headers=1&http_headers_progress_interval_ms=60000";
    assert_eq!(lines(&connection.post(seldom, SLOW)).len(), 0);
    assert_eq!(lines(&connection.post("/", SLOW)).len(), 0);
}

#[test]
fn pages_of_other_sites_read_what_they_may() {
    let (server, _folder) = server(&[]);
    let mut connection = server.connect();
    let origin = "Origin: http://example.com\r\n";
    let mut allowed = |method: &str, path: &str, header: &str| {
        let answer = connection.request(method, path, header, b"");
        answer.header("access-control-allow-origin").map(str::to_string)
    };
    let any = Some("*".to_string());
    assert_eq!(allowed("GET", "/?query=SELECT+1&add_http_cors_header=1", origin), any);
    assert_eq!(
        allowed("GET", "/?query=SELECT+nosuch&add_http_cors_header=1", origin),
        any
    );
    assert_eq!(allowed("GET", "/?query=SELECT+1&add_http_cors_header=1", ""), None);
    assert_eq!(allowed("GET", "/?query=SELECT+1", origin), None);
    assert_eq!(allowed("OPTIONS", "/?add_http_cors_header=1", origin), any);
    assert_eq!(allowed("OPTIONS", "/", origin), None);
    let answer = connection.request("OPTIONS", "/?add_http_cors_header=1", origin, b"");
    assert_eq!(answer.status, 204);
    assert!(
        answer
            .header("access-control-allow-headers")
            .unwrap()
            .contains("authorization")
    );
    let head = connection.request("HEAD", "/?query=SELECT+1", "", b"");
    assert_eq!((head.status, head.header("content-length")), (200, Some("2")));
    assert!(head.header("keep-alive").unwrap().starts_with("timeout="));
}

#[test]
fn a_server_may_allow_other_sites() {
    let (server, _folder) = server(&["--add_http_cors_header=1"]);
    let origin = "Origin: http://example.com\r\n";
    for (method, path) in [("OPTIONS", "/"), ("GET", "/?query=SELECT+1")] {
        let answer = server.connect().request(method, path, origin, b"");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{method}");
    }
}

#[test]
fn prometheus_reads_metrics() {
    let (server, _folder) = server(&[]);
    server.ask("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a");
    server.ask("INSERT INTO t VALUES (1), (2)");
    let answer = server.connect().request("GET", "/metrics", "", b"");
    assert_eq!(answer.status, 200);
    assert!(
        answer
            .header("content-type")
            .unwrap()
            .starts_with("text/plain; version=0.0.4")
    );
    let text = answer.text();
    for line in [
        "# TYPE ClickHouseProfileEvents_Query counter",
        "# TYPE ClickHouseMetrics_HTTPConnection gauge",
        "# HELP ClickHouseMetrics_Query Number of executing queries",
        "ClickHouseMetrics_PartsActive 1",
        "ClickHouseProfileEvents_InsertedRows 2",
        "ClickHouseAsyncMetrics_TotalRowsOfMergeTreeTables 2",
    ] {
        assert!(text.lines().any(|known| known == line), "{line}: {text}");
    }
    let sample = |line: &&str| !line.starts_with('#');
    for line in text.lines().filter(sample) {
        let (name, value) = line.split_once(' ').unwrap();
        assert!(name.starts_with("ClickHouse") && value.parse::<f64>().is_ok(), "{line}");
    }
}

#[test]
fn results_have_limits() {
    let (server, _folder) = server(&[]);
    let mut connection = server.connect();
    let answer = connection.post("/?max_result_rows=1000", b"SELECT number FROM numbers(2000)");
    assert_eq!((answer.status, answer.code()), (500, Some(396)));
    let expected =
        "Limit for result exceeded, max rows: 1.00 thousand, current rows: 2.00 thousand. (TOO_MANY_ROWS_OR_BYTES)";
    assert!(answer.text().contains(expected), "{}", answer.text());
    let bytes = connection.post("/?max_result_bytes=1000", b"SELECT number FROM numbers(2000)");
    assert_eq!(bytes.code(), Some(396));
    let enough = connection.post(
        "/?max_result_rows=10",
        b"SELECT count() FROM (SELECT number FROM numbers(2000))",
    );
    assert_eq!(enough.text(), "2000\n");
    let query = b"SELECT number FROM numbers(1000000) SETTINGS max_result_rows = 10, result_overflow_mode = 'break'";
    let cut = connection.post("/", query);
    assert_eq!(cut.status, 200);
    assert!((10..1_000_000).contains(&cut.text().lines().count()));
}

/// A late error gets its status if the answer is held back.
#[test]
fn answers_are_held_back() {
    let (server, _folder) = server(&[]);
    let mut connection = server.connect();
    let query = b"SELECT throwIf(number = 999999) FROM numbers(1000000)";
    for path in [
        "/?http_wait_end_of_query=1",
        "/?wait_end_of_query=1",
        "/?http_response_buffer_size=100000000",
    ] {
        let answer = connection.post(path, query);
        assert_eq!((answer.status, answer.code()), (500, Some(395)), "{path}");
    }
    let query = b"SELECT number FROM numbers(1000)";
    let streamed = server.connect().post("/?http_response_buffer_size=10", query);
    assert!(streamed.header("x-clickhouse-exception-tag").is_some());
}

/// Queries that read end with their client, those that write do not.
#[test]
fn who_writes_outlives_its_client() {
    let (server, _folder) = server(&[]);
    server.ask("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a");
    let slow = |rows: u64| format!("SELECT sum(number % 7) FROM numbers({rows})");
    for query in [format!("INSERT INTO t {}", slow(3_000_000)), slow(1_000_000_000_000)] {
        let mut gone = server.connect();
        gone.send_request("POST", &format!("/?query={}", encode(&query)), "", b"");
        std::thread::sleep(Duration::from_millis(150));
    }
    let began = Instant::now();
    let log = "SELECT query_kind, exception_code FROM system.query_log WHERE query LIKE '%sum(number %' \
               AND query NOT LIKE '%query_log%' AND type != 'QueryStart' ORDER BY query_kind";
    loop {
        let ended = server.ask(log);
        if ended.lines().count() == 2 {
            assert_eq!(ended, "Insert\t0\nSelect\t394\n");
            break;
        }
        assert!(began.elapsed() < PATIENCE, "{ended}");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(server.ask("SELECT count() FROM t"), "1\n");
}
