//! The HTTP interface from outside: what clients rely on, and what they should not be able to break.

mod support;

use std::time::Duration;

use support::{Server, encode};

fn server(arguments: &[&str]) -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("db"), arguments);
    (server, folder)
}

#[test]
fn queries_come_in_the_url_the_body_or_both() {
    let (server, _folder) = server(&[]);
    let mut connection = server.connect();
    assert_eq!(connection.request("GET", "/?query=SELECT%201", "", b"").text(), "1\n");
    assert_eq!(connection.post("/", b"SELECT 2").text(), "2\n");
    assert_eq!(connection.post("/?query=SELECT+3%2B", b"1").text(), "4\n");
    assert_eq!(connection.post("/?query=SELECT+5", b"").text(), "5\n");
    let chunked =
        b"POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n7\r\nSELECT \r\n2\r\n40\r\n0\r\n\r\n";
    assert_eq!(server.raw(chunked).text(), "40\n");
}

#[test]
fn connections_are_counted() {
    let (server, _folder) = server(&["--vector_similarity_index_cache_size=1000"]);
    let (mut first, mut second) = (server.connect(), server.connect());
    assert_eq!(second.post("/", b"SELECT 1").text(), "1\n");
    let query = b"SELECT value FROM system.metrics WHERE metric = 'HTTPConnection'";
    assert_eq!(first.post("/", query).text(), "2\n");
    let query = b"SELECT value FROM system.server_settings WHERE name = 'vector_similarity_index_cache_size'";
    assert_eq!(first.post("/", query).text(), "1000\n");
}

#[test]
fn answers_carry_clickhouse_headers() {
    let (server, _folder) = server(&[]);
    let answer = server
        .connect()
        .post("/?query_id=abc&default_format=JSON", b"SELECT 1 AS x");
    assert_eq!(answer.header("x-clickhouse-query-id"), Some("abc"));
    assert_eq!(answer.header("x-clickhouse-format"), Some("JSON"));
    assert_eq!(answer.header("content-type"), Some("application/json; charset=UTF-8"));
    assert!(answer.header("x-clickhouse-timezone").is_some());
    assert!(answer.header("x-clickhouse-server-display-name").is_some());
    let summary = answer.header("x-clickhouse-summary").unwrap();
    assert!(summary.contains("\"result_rows\":\"1\""), "{summary}");
    assert_eq!(answer.header("content-length").unwrap(), answer.body.len().to_string());
    let answer = server
        .connect()
        .post("/", b"CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a");
    assert_eq!(
        (
            answer.status,
            answer.header("x-clickhouse-format"),
            answer.text().as_str()
        ),
        (200, None, "")
    );
}

#[test]
fn the_format_is_chosen_by_query_then_header_then_url() {
    let (server, _folder) = server(&[]);
    let mut connection = server.connect();
    let header = "X-ClickHouse-Format: CSV\r\n";
    let mut ask =
        |path: &str, header: &str, query: &str| connection.request("POST", path, header, query.as_bytes()).text();
    assert_eq!(ask("/", "", "SELECT 'a'"), "a\n");
    assert_eq!(
        ask("/?default_format=JSONEachRow", "", "SELECT 'a' AS x"),
        "{\"x\":\"a\"}\n"
    );
    assert_eq!(ask("/", header, "SELECT 'a'"), "\"a\"\n");
    assert_eq!(ask("/?default_format=CSV", header, "SELECT 'a' FORMAT TSV"), "a\n");
    assert_eq!(connection.post("/?default_format=NoSuch", b"SELECT 1").code(), Some(73));
}

#[test]
fn settings_parameters_and_database_come_in_the_url() {
    let (server, _folder) = server(&[]);
    let mut connection = server.connect();
    let answer = connection.post(
        "/?param_x=7&param_v=[1,2]",
        b"SELECT {x:UInt8} + length({v:Array(UInt8)})",
    );
    assert_eq!(answer.text(), "9\n");
    let value = b"SELECT value FROM system.settings WHERE name = 'max_threads'";
    assert_eq!(connection.post("/?max_threads=3", value).text(), "3\n");
    let answer = connection.post("/?nosuch_setting=1", b"SELECT 1");
    assert_eq!((answer.status, answer.code()), (404, Some(115)));
    assert!(answer.text().contains("nosuch_setting"), "{}", answer.text());
    server.ask("CREATE DATABASE d");
    assert_eq!(
        connection.post("/?database=d", b"SELECT currentDatabase()").text(),
        "d\n"
    );
    let answer = connection.request("POST", "/", "X-ClickHouse-Database: d\r\n", b"SELECT currentDatabase()");
    assert_eq!(answer.text(), "d\n");
    assert_eq!(connection.post("/?database=nowhere", b"SELECT 1").code(), Some(81));
    assert_eq!(connection.post("/", b"SELECT currentDatabase()").text(), "default\n");
}

#[test]
fn errors_have_a_status_a_code_and_a_text() {
    let (server, _folder) = server(&[]);
    let mut connection = server.connect();
    for (query, status, code, name) in [
        ("SELECT * FROM nowhere", 404, 60, "UNKNOWN_TABLE"),
        ("SELEKT 1", 400, 62, "SYNTAX_ERROR"),
        ("SELECT nosuch(1)", 404, 46, "UNKNOWN_FUNCTION"),
        ("SELECT nosuch", 404, 47, "UNKNOWN_IDENTIFIER"),
        ("SELECT 1 FORMAT NoSuch", 404, 73, "UNKNOWN_FORMAT"),
        ("SELECT 1 INTO OUTFILE 'x'", 500, 358, "INTO_OUTFILE_NOT_ALLOWED"),
        ("", 400, 62, "SYNTAX_ERROR"),
        ("SELECT 1; SELECT 2", 400, 62, "SYNTAX_ERROR"),
    ] {
        let answer = connection.post("/", query.as_bytes());
        let text = answer.text();
        assert_eq!((answer.status, answer.code()), (status, Some(code)), "{query}: {text}");
        assert!(text.starts_with(&format!("Code: {code}. DB::Exception: ")), "{text}");
        assert!(
            text.contains(&format!("({name}) (version ")) && text.ends_with('\n'),
            "{text}"
        );
    }
}

#[test]
fn errors_show_the_bytes_of_the_query() {
    let (server, _folder) = server(&[]);
    let mut connection = server.connect();
    for (query, expected) in [
        (
            &b"SELECT 1 2 '\xff\xe9'"[..],
            &b"failed at position 10 (2): 2 '\xff\xe9'. "[..],
        ),
        (b"SELECT `marked\xff`", b"`marked\xff`"),
    ] {
        let body = connection.post("/", query).body;
        let shown = body.windows(expected.len()).any(|window| window == expected);
        assert!(shown, "{}", String::from_utf8_lossy(&body));
    }
    connection.post("/", b"SYSTEM FLUSH LOGS");
    let logged = "SELECT DISTINCT hex(query), position(exception, query) = 0, position(exception, '`marked\\xff`') > 0 \
                  FROM system.query_log WHERE query LIKE 'SELECT `marked%'";
    assert_eq!(server.ask(logged), "53454C45435420606D61726B6564FF60\t1\t1\n");
}

#[test]
fn a_request_may_bound_its_query() {
    let (server, _folder) = server(&[]);
    let mut connection = server.connect();
    let long = format!("SELECT length('{}')", "x".repeat(300_000));
    for (parameters, query, status) in [
        ("/", long.as_str(), 400),
        ("/?max_query_size=1000000", &long, 200),
        ("/?max_query_size=20", "SELECT 1 + 1 + 1 + 1 + 1", 400),
    ] {
        let answer = connection.post(parameters, query.as_bytes());
        assert_eq!(answer.status, status, "{parameters}: {}", answer.text());
    }
}

#[test]
fn get_only_reads() {
    let (server, _folder) = server(&[]);
    let query = "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a";
    let answer = server
        .connect()
        .request("GET", &format!("/?query={}", encode(query)), "", b"");
    assert_eq!((answer.status, answer.code()), (500, Some(164)), "{}", answer.text());
    for path in ["readonly=0&query=", "readonly=1&query="] {
        let answer = server
            .connect()
            .request("GET", &format!("/?{path}{}", encode(query)), "", b"");
        assert_eq!(answer.code(), Some(164), "{}", answer.text());
    }
    let answer = server
        .connect()
        .request("GET", "/?readonly=2&max_threads=2&query=SELECT+1", "", b"");
    assert_eq!(answer.text(), "1\n");
    server.ask(query);
    assert_eq!(
        server
            .connect()
            .request("GET", "/?query=SELECT+count()+FROM+t", "", b"")
            .text(),
        "0\n"
    );
    let answer = server.connect().request("HEAD", "/?query=SELECT+1", "", b"");
    assert_eq!((answer.status, answer.body.len()), (200, 0));
}

#[test]
fn other_paths_and_methods() {
    let (server, _folder) = server(&[]);
    let mut connection = server.connect();
    for path in ["/", "/ping", "/replicas_status"] {
        let answer = connection.request("GET", path, "", b"");
        assert_eq!((answer.status, answer.text().as_str()), (200, "Ok.\n"), "{path}");
    }
    let answer = connection.request("GET", "/nowhere", "", b"");
    assert_eq!(answer.status, 404);
    assert!(answer.text().contains("/ping"));
    assert_eq!(connection.request("OPTIONS", "/", "", b"").status, 204);
    assert_eq!(connection.request("DELETE", "/", "", b"").status, 405);
}

#[test]
fn inserts_take_their_data_from_the_body() {
    let (server, _folder) = server(&[]);
    server.ask("CREATE TABLE t (a UInt32, s String) ENGINE = MergeTree ORDER BY a");
    let mut connection = server.connect();
    let into = |format: &str| format!("/?query={}", encode(&format!("INSERT INTO t FORMAT {format}")));
    assert_eq!(connection.post(&into("CSV"), b"1,a\n2,b\n").status, 200);
    assert_eq!(
        connection
            .post("/", b"INSERT INTO t FORMAT JSONEachRow\n{\"a\":3,\"s\":\"c\"}\n")
            .status,
        200
    );
    assert_eq!(
        connection.post("/", b"INSERT INTO t VALUES (4, 'd'), (5, 'e')").status,
        200
    );
    let answer = connection.post("/?query=INSERT+INTO+t+VALUES", b"(6, 'f')");
    assert_eq!(answer.status, 200, "{}", answer.text());
    let summary = answer.header("x-clickhouse-summary").unwrap();
    assert!(summary.contains("\"written_rows\":\"1\""), "{summary}");
    assert_eq!(
        server.ask("SELECT groupArray(s) FROM (SELECT s FROM t ORDER BY a)"),
        "['a','b','c','d','e','f']\n"
    );
    let answer = connection.post(&into("CSV"), b"7,g\nx,h\n");
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert_eq!(server.ask("SELECT count() FROM t"), "6\n");
}

#[test]
fn data_behind_a_semicolon_is_refused() {
    let (server, _folder) = server(&[]);
    server.ask("CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a");
    let mut connection = server.connect();
    let answer = connection.post("/", b"INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)");
    assert_eq!((answer.status, answer.code()), (500, Some(33)), "{}", answer.text());
    let answer = connection.post("/?query=INSERT+INTO+t+VALUES+(1);", b"(2)");
    assert_eq!(answer.code(), Some(33), "{}", answer.text());
    assert_eq!(server.ask("SELECT count() FROM t"), "0\n");
}

#[test]
fn long_values_keep_what_looks_like_their_end() {
    let (server, _folder) = server(&[]);
    server.ask("CREATE TABLE t (s String) ENGINE = MergeTree ORDER BY s");
    let body = format!("INSERT INTO t VALUES ('{}'), ('end');", " ;".repeat(1_000_000));
    assert_eq!(server.connect().post("/", body.as_bytes()).status, 200);
    assert_eq!(server.ask("SELECT sum(length(s)) FROM t"), "2000003\n");
}

#[test]
fn long_data_is_streamed() {
    let (server, _folder) = server(&[]);
    server.ask("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a");
    let rows: String = (0..400_000).map(|i| format!("{i}\n")).collect();
    let path = format!("/?query={}", encode("INSERT INTO t FORMAT TSV"));
    let answer = server.connect().post(&path, rows.as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
    let in_body = format!("INSERT INTO t FORMAT TSV\n{rows}");
    assert_eq!(server.connect().post("/", in_body.as_bytes()).status, 200);
    assert_eq!(server.ask("SELECT count(), max(a) FROM t"), "800000\t399999\n");
}

#[test]
fn long_results_are_streamed() {
    let (server, _folder) = server(&[]);
    let answer = server.connect().post("/", b"SELECT number FROM numbers(500000)");
    assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
    assert_eq!(answer.header("x-clickhouse-exception-tag").unwrap().len(), 16);
    assert!(answer.is_whole);
    assert_eq!(answer.text().lines().count(), 500_000);
}

#[test]
fn a_late_error_is_marked_in_the_body() {
    let (server, _folder) = server(&[]);
    let query = b"SELECT intDiv(1, toInt64(900000) - number) FROM numbers(1000000) SETTINGS max_block_size = 65536, max_threads = 1";
    let answer = server.connect().post("/", query);
    if answer.status == 200 {
        let tag = answer.header("x-clickhouse-exception-tag").unwrap();
        let text = answer.text();
        assert!(!answer.is_whole);
        assert!(
            text.contains(&format!("\r\n__exception__\r\n{tag}\r\nCode: 153.")),
            "{}",
            &text[text.len() - 300..]
        );
        assert!(text.ends_with(&format!(" {tag}\r\n__exception__\r\n")));
    }
    let answer = server.connect().post("/?wait_end_of_query=1", query);
    assert_eq!((answer.status, answer.code()), (500, Some(153)), "{}", answer.text());
}

#[test]
fn a_session_keeps_nothing_of_a_request() {
    let (server, _folder) = server(&[]);
    server.ask("CREATE DATABASE d");
    server.ask("CREATE DATABASE e");
    let mut connection = server.connect();
    let shown = b"SELECT currentDatabase(), getSetting('max_threads')";
    let mut ask = |path: &str, header: &str, query: &[u8]| connection.request("POST", path, header, query).text();
    assert_eq!(ask("/?session_id=s", "", b"SET max_threads = 2"), "");
    assert_eq!(ask("/?session_id=s&database=d&max_threads=3", "", shown), "d\t3\n");
    assert_eq!(ask("/?session_id=s", "X-ClickHouse-Database: d\r\n", shown), "d\t2\n");
    assert_eq!(ask("/?session_id=s", "", shown), "default\t2\n");
    assert_eq!(ask("/?session_id=s&database=d&max_threads=3", "", b"USE e"), "");
    assert_eq!(ask("/?session_id=s&max_threads=4", "", b"SET max_threads = 5"), "");
    assert_eq!(ask("/?session_id=s", "", shown), "e\t5\n");
    assert_eq!(ask("/?session_id=s", "", b"SET readonly = 2"), "");
    assert!(ask("/?session_id=s&readonly=0", "", b"DROP DATABASE d").contains("Code: 164"));
    assert!(ask("/?session_id=s", "", b"DROP DATABASE d SETTINGS readonly = 0").contains("Code: 164"));
}

#[test]
fn repeated_searches_answer_like_first_ones() {
    let (server, _folder) = server(&[]);
    server.ask(
        "CREATE TABLE t (id UInt32, s String, v Array(Float32), \
         INDEX ix v TYPE vector_similarity('hnsw', 'L2Distance', 9)) ENGINE = MergeTree ORDER BY id",
    );
    let text = "x".repeat(5000);
    let rows: Vec<String> = (0..400)
        .map(|id| format!("({id}, '{text}', [{id},1,2,3,4,5,6,7,8])"))
        .collect();
    server.ask(&format!("INSERT INTO t VALUES {}", rows.join(",")));
    let mut connection = server.connect();
    for (path, first) in [
        ("/", 7),
        ("/", 90),
        ("/?session_id=s", 3),
        ("/?buffer_size=10", 8),
        ("/", 12),
    ] {
        let search = format!("ORDER BY L2Distance(v, [{first}.1,1,2,3,4,5,6,7,8]) LIMIT");
        let few = connection.post(path, format!("SELECT id FROM t {search} 2").as_bytes());
        assert_eq!(few.text(), format!("{first}\n{}\n", first + 1), "{path}");
        assert!(few.header("x-clickhouse-summary").is_some() || path.contains("buffer"));
        // More than is held back of other answers.
        let many = connection.post(path, format!("SELECT s, id FROM t {search} 300").as_bytes());
        assert_eq!(many.text().lines().count(), 300, "{path}");
        assert!(many.text().starts_with(&format!("{text}\t{first}\n")));
    }
    let wrong = connection.post(
        "/",
        b"SELECT id FROM t ORDER BY L2Distance(v, [1,1,2,3,4,5,6,7,8,9]) LIMIT 2",
    );
    assert_ne!(wrong.status, 200);
    server.ask("DROP TABLE t");
    let gone = connection.post(
        "/",
        b"SELECT id FROM t ORDER BY L2Distance(v, [1,1,2,3,4,5,6,7,8]) LIMIT 2",
    );
    assert_eq!(gone.code(), Some(60), "{}", gone.text());
}

#[test]
fn sessions_keep_their_state() {
    let (server, _folder) = server(&[]);
    let mut connection = server.connect();
    let value = b"SELECT value FROM system.settings WHERE name = 'max_threads'";
    assert_eq!(connection.post("/?session_id=s", b"SET max_threads = 3").status, 200);
    assert_eq!(connection.post("/?session_id=s", value).text(), "3\n");
    assert_eq!(connection.post("/?session_id=s&max_threads=2", value).text(), "2\n");
    assert_eq!(
        connection.post("/?session_id=s", value).text(),
        "3\n",
        "a URL's settings are the request's alone"
    );
    assert_ne!(connection.post("/", value).text(), "3\n");
    assert_eq!(
        connection.post("/?session_id=new&session_check=1", b"SELECT 1").code(),
        Some(372)
    );
    let slow = server.connect();
    let mut slow = slow;
    slow.send(b"POST /?session_id=s HTTP/1.1\r\nHost: t\r\nContent-Length: 63\r\n\r\n");
    slow.send(b"SELECT sum(cityHash64(number)) FROM numbers(300000000) -- slowly");
    std::thread::sleep(Duration::from_millis(100));
    let answer = connection.post("/?session_id=s", value);
    assert!(answer.code() == Some(373) || answer.status == 200, "{}", answer.text());
}

#[test]
fn only_the_default_user_may_enter() {
    let (server, _folder) = server(&[]);
    let mut connection = server.connect();
    assert_eq!(connection.post("/?user=default&password=any", b"SELECT 1").status, 200);
    assert_eq!(
        connection
            .request(
                "POST",
                "/",
                "X-ClickHouse-User: default\r\nX-ClickHouse-Key: k\r\n",
                b"SELECT 1"
            )
            .status,
        200
    );
    assert_eq!(
        connection
            .request("POST", "/", "Authorization: Basic ZGVmYXVsdDo=\r\n", b"SELECT 1")
            .status,
        200
    );
    let answer = connection.post("/?user=root", b"SELECT 1");
    assert_eq!((answer.status, answer.code()), (403, Some(516)));
}

#[test]
fn users_prove_their_passwords() {
    let (server, _folder) = server(&[]);
    server.ask("CREATE USER ann IDENTIFIED BY 'secret'");
    server.ask("CREATE USER bob IDENTIFIED WITH bcrypt_password BY 'slow'");
    let mut connection = server.connect();
    let mut who = |path: &str, headers: &str| {
        let answer = connection.request("POST", path, headers, b"SELECT currentUser()");
        (answer.status, answer.text())
    };
    let ann = (200, "ann\n".to_string());
    assert_eq!(who("/?user=ann&password=secret", ""), ann);
    assert_eq!(who("/", "X-ClickHouse-User: ann\r\nX-ClickHouse-Key: secret\r\n"), ann);
    assert_eq!(who("/", "Authorization: Basic YW5uOnNlY3JldA==\r\n"), ann);
    assert_eq!(who("/?user=bob&password=slow", ""), (200, "bob\n".into()));
    assert_eq!(who("/", ""), (200, "default\n".into()));
    // The last user of a connection is remembered with his password alone.
    for wrong in [
        "/?user=ann&password=wrong",
        "/?user=ann",
        "/?user=eve&password=secret",
        "/?user=bob&password=secret",
    ] {
        let (status, text) = who(wrong, "");
        assert_eq!(status, 403, "{wrong}: {text}");
        assert!(text.contains("Authentication failed: password is incorrect"), "{text}");
    }
    server.ask("DROP USER ann");
    assert_eq!(who("/?user=ann&password=secret", "").0, 403);
}

#[test]
fn sessions_belong_to_their_users() {
    let (server, _folder) = server(&[]);
    server.ask("CREATE USER ann IDENTIFIED BY 'secret'");
    let mut connection = server.connect();
    connection.post("/?session_id=s", b"SET max_threads = 3");
    let value = b"SELECT getSetting('max_threads') = 3";
    assert_eq!(connection.post("/?session_id=s", value).text(), "1\n");
    assert_eq!(
        connection.post("/?session_id=s&user=ann&password=secret", value).text(),
        "0\n"
    );
}

#[test]
fn what_is_not_there_is_refused() {
    let (server, _folder) = server(&[]);
    let mut connection = server.connect();
    assert_eq!(connection.post("/?role=r", b"SELECT 1").status, 501);
    assert_eq!(
        connection
            .request("POST", "/", "Content-Encoding: xz\r\n", b"SELECT 1")
            .status,
        501
    );
    let bearer = connection.request("POST", "/", "Authorization: Bearer x\r\n", b"SELECT 1");
    assert_eq!((bearer.status, bearer.code()), (403, Some(516)));
    assert!(bearer.text().contains("'Bearer'"), "{}", bearer.text());
    let header = "X-ClickHouse-User: default\r\n";
    let mixed = connection.request("POST", "/?user=default", header, b"SELECT 1");
    assert_eq!((mixed.status, mixed.code()), (403, Some(516)));
}

#[test]
fn limits_of_size_are_kept() {
    let (server, folder) = server(&[]);
    let long = format!("SELECT '{}'", "x".repeat(300_000));
    let answer = server.connect().post("/", long.as_bytes());
    assert_eq!((answer.status, answer.code()), (400, Some(62)), "{}", answer.text());
    assert!(answer.text().contains("query size"), "{}", answer.text());
    let vectors = format!("SELECT length([{}])", vec!["0.25"; 100_000].join(","));
    assert_eq!(server.connect().post("/", vectors.as_bytes()).text(), "100000\n");
    drop(server);
    let config = folder.path().join("gristmill.toml");
    std::fs::write(&config, "max_body_bytes = 1000\n").unwrap();
    let server = Server::start(&folder.path().join("db"), &["--config-file", config.to_str().unwrap()]);
    let answer = server
        .connect()
        .post("/", format!("SELECT '{}'", "x".repeat(2000)).as_bytes());
    assert_eq!(answer.status, 413, "{}", answer.text());
    server.ask("CREATE TABLE t (s String) ENGINE = MergeTree ORDER BY s");
    let mut chunked =
        b"POST /?query=INSERT+INTO+t+FORMAT+TSV HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..20 {
        chunked.extend_from_slice(format!("64\r\n{}\n\r\n", "y".repeat(99)).as_bytes());
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    let answer = server.raw(&chunked);
    assert_eq!(answer.status, 413, "{}", answer.text());
    assert_eq!(server.ask("SELECT count() FROM t"), "0\n");
}

#[test]
fn truncated_bodies_insert_nothing() {
    let (server, _folder) = server(&[]);
    server.ask("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a");
    for request in [
        "POST /?query=INSERT+INTO+t+FORMAT+TSV HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\n1\n2\n",
        "POST /?query=INSERT+INTO+t+FORMAT+TSV HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n1\n2\n",
        "POST /?query=INSERT+INTO+t+FORMAT+TSV HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n1\n2\n\r\n",
        "POST /?query=INSERT+INTO+t+FORMAT+TSV HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n1\n2\n\r\n",
    ] {
        let mut connection = server.connect();
        connection.send(request.as_bytes());
        connection.finish_sending();
        std::thread::sleep(Duration::from_millis(50));
        drop(connection);
    }
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(server.ask("SELECT count() FROM t"), "0\n");
}

#[test]
fn nonsense_does_not_stop_the_server() {
    let (server, _folder) = server(&[]);
    for bytes in [
        &b"\0\x01\x02\xff\xfe\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        b"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\n\xff\xfe\xfd",
        b"GET /?query=%FF%00%ZZ HTTP/1.1\r\nHost: t\r\n\r\n",
        b"GET /?%FF=1&query=SELECT+1 HTTP/1.1\r\nHost: t\r\n\r\n",
        b"POST /?query_id=%0d%0aX-Injected:1 HTTP/1.1\r\nHost: t\r\nContent-Length: 8\r\n\r\nSELECT 1",
        b"GET /?session_id=%0a&session_timeout=99999999999999999999 HTTP/1.1\r\nHost: t\r\n\r\n",
    ] {
        let mut connection = server.connect();
        connection.send(bytes);
        connection.finish_sending();
    }
    let many: String = (0..20_000).map(|i| format!("&a{i}=1")).collect();
    let mut connection = server.connect();
    connection.send(format!("GET /?query=SELECT+1{many} HTTP/1.1\r\nHost: t\r\n\r\n").as_bytes());
    let headers = "X: y\r\n".repeat(10_000);
    server
        .connect()
        .send(format!("GET /?query=SELECT+1 HTTP/1.1\r\n{headers}\r\n").as_bytes());
    assert_eq!(server.ask("SELECT 1"), "1\n");
}

const ENDLESS: &str = "SELECT sum(number % 7) FROM numbers(1000000000000)";

#[test]
fn a_query_whose_client_has_gone_is_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("gristmill.toml");
    std::fs::write(&config, "max_concurrent_queries = 1\n").unwrap();
    let server = Server::start(&folder.path().join("db"), &["--config-file", config.to_str().unwrap()]);
    let mut endless = server.connect();
    endless.send_request("POST", "/", "", ENDLESS.as_bytes());
    std::thread::sleep(Duration::from_millis(200));
    let refused = server.connect().post("/", b"SELECT 1");
    assert_eq!(refused.code(), Some(202), "{}", refused.text());
    drop(endless);
    let began = std::time::Instant::now();
    while server.connect().post("/", b"SELECT 1").status != 200 {
        assert!(
            began.elapsed() < support::PATIENCE,
            "the query goes on without its client"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn files_are_read_below_user_files_only() {
    let (server, folder) = server(&[]);
    let below = folder.path().join("db/user_files");
    std::fs::create_dir_all(&below).unwrap();
    std::fs::write(below.join("a.csv"), "1\n2\n").unwrap();
    assert_eq!(server.ask("SELECT sum(a) FROM file('a.csv', CSV, 'a UInt8')"), "3\n");
    let secret = folder.path().join("secret.csv");
    std::fs::write(&secret, "1\n").unwrap();
    for path in [secret.to_str().unwrap(), "../../secret.csv", "/etc/passwd"] {
        let query = format!("SELECT * FROM file('{path}', CSV, 'a String')");
        let answer = server.connect().post("/", query.as_bytes());
        assert_eq!(answer.code(), Some(291), "{path}: {}", answer.text());
    }
}

#[test]
fn queries_have_a_time_limit() {
    let (server, _folder) = server(&[]);
    let answer = server.connect().post("/?max_execution_time=0.2", ENDLESS.as_bytes());
    assert_eq!((answer.status, answer.code()), (408, Some(159)), "{}", answer.text());
}

#[test]
fn the_log_and_the_list_of_queries_say_who_asks() {
    let (server, _folder) = server(&[]);
    let mut connection = server.connect();
    let who = "query_id, interface, http_method, http_user_agent, http_referer, forwarded_for, address, port > 0, \
               initial_address, initial_port = port";
    let headers = "User-Agent: agent\r\nReferer: page\r\nX-Forwarded-For: far\r\n";
    let expected = "asked\tHTTP\tPOST\tagent\tpage\tfar\t::ffff:127.0.0.1\t1\t::ffff:127.0.0.1\t1\n";
    let list = format!("SELECT {who} FROM system.processes");
    let answer = connection.request("POST", "/?query_id=asked", headers, list.as_bytes());
    assert_eq!(answer.text(), expected);
    let log = format!("SELECT {who} FROM system.query_log WHERE query_id = 'asked' AND type = 'QueryFinish'");
    assert_eq!(connection.post("/", log.as_bytes()).text(), expected);
}

#[test]
fn a_query_of_another_client_can_be_killed() {
    let (server, _folder) = server(&[]);
    let mut slow = server.connect();
    let query = b"SELECT count() FROM numbers(1000000000000) WHERE number % 7 = 8";
    slow.send_request("POST", "/?query_id=slow", "", query);
    let mut other = server.connect();
    let count = b"SELECT count() FROM system.processes WHERE query_id = 'slow'";
    while other.post("/", count).text() != "1\n" {
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = other.post("/?query_id=slow", b"SELECT 1");
    assert_eq!(second.code(), Some(216));
    let killed = other.post("/", b"KILL QUERY WHERE query_id = 'slow' SYNC");
    assert!(
        killed.text().starts_with("finished\tslow\tdefault\t"),
        "{}",
        killed.text()
    );
    assert_eq!(slow.answer().code(), Some(394));
}

/// Warnings are of the session: a request without one has none of those before it.
#[test]
fn warnings_stay_with_the_session() {
    let (server, _folder) = server(&[]);
    let mut connection = server.connect();
    let table = b"CREATE TABLE t (id UInt8, vec Array(Float32)) ENGINE = MergeTree ORDER BY id";
    assert_eq!(connection.post("/", table).text(), "");
    let nearest = b"SELECT id FROM t ORDER BY L2Distance(vec, [1., 2.]) LIMIT 1";
    assert_eq!(connection.post("/?session_id=one", nearest).text(), "");
    assert_eq!(
        connection.post("/?session_id=one", b"SHOW WARNINGS").text(),
        "Warning\t1105\tVector index of default.t not used: no vector index on column vec\n"
    );
    assert_eq!(connection.post("/", b"SHOW WARNINGS").text(), "");
}
