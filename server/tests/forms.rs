//! Queries in forms: fields as parameters, files as tables.

mod support;

use support::{Answer, Connection, Server};

fn server(arguments: &[&str]) -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("db"), arguments);
    (server, folder)
}

/// A field is `name=value`, a file `name@content`.
fn body(parts: &[&str]) -> String {
    let part = |part: &&str| {
        let at = part.find(['=', '@']).unwrap();
        let (name, value) = (&part[..at], &part[at + 1..]);
        let file = if part.as_bytes()[at] == b'@' {
            "; filename=\"f\""
        } else {
            ""
        };
        format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n")
    };
    parts.iter().map(part).collect::<String>() + "--xyz--\r\n"
}

const TYPE: &str = "Content-Type: multipart/form-data; boundary=xyz\r\n";

fn post(connection: &mut Connection, path: &str, parts: &[&str]) -> Answer {
    connection.request("POST", path, TYPE, body(parts).as_bytes())
}

#[track_caller]
fn check(path: &str, parts: &[&str], expected: &str) {
    let (server, _folder) = server(&[]);
    assert_eq!(post(&mut server.connect(), path, parts).text(), expected);
}

#[test]
fn fields_are_parameters() {
    check("/", &["query=SELECT {x:UInt8} + 1", "param_x=2"], "3\n");
    check("/?query=SELECT+1", &["query=+1"], "2\n");
    check("/?param_s=a", &["param_s=b\\tc", "query=SELECT {s:String}"], "b\\tc\n");
    let value = "query=SELECT value FROM system.settings WHERE name = 'max_threads'";
    check("/", &[value, "max_threads=3", "default_format=CSV"], "\"3\"\n");
    check("/", &["database=system", "query=SELECT currentDatabase()"], "system\n");
}

#[test]
fn files_are_tables() {
    check(
        "/?query=SELECT+sum(x),max(s)+FROM+t&t_structure=x+UInt8,s+String",
        &["t@1\ta\n2\tb\n"],
        "3\tb\n",
    );
    check(
        "/",
        &[
            "query=SELECT _2, count() FROM t GROUP BY _2 ORDER BY _2",
            "t_types=UInt8,String",
            "t_format=CSV",
            "t@1,\"a,b\"\n2,c\n",
        ],
        "a,b\t1\nc\t1\n",
    );
    // The query and what is said of a file may be on either side of another one.
    check(
        "/?a_structure=x+UInt8",
        &[
            "a@1\n2\n3",
            "b_structure=x UInt8",
            "b@2\n3\n",
            "query=SELECT count() FROM a WHERE x IN b",
        ],
        "2\n",
    );
    check("/?readonly=1&query=SELECT+count()+FROM+t&t_types=UInt8", &["t@"], "0\n");
    // Settings of the request are those that files are read with.
    check(
        "/?query=SELECT+*+FROM+t&t_structure=a+String,b+String&t_format=CSV",
        &["format_csv_delimiter=;", "t@1,5;2\n"],
        "1,5\t2\n",
    );
    let rows: String = (0..300_000).map(|row| format!("{row}\tsome words\n")).collect();
    check(
        "/?query=SELECT+count(),sum(n)+FROM+t&t_structure=n+UInt64,s+String",
        &[&format!("t@{rows}")],
        "300000\t44999850000\n",
    );
}

#[test]
fn tables_of_a_form_go_with_it() {
    let (server, _folder) = server(&[]);
    let mut connection = server.connect();
    let path = "/?session_id=s&t_types=UInt8&query=SELECT+*+FROM+t";
    for _ in 0..2 {
        assert_eq!(post(&mut connection, path, &["t@7\n"]).text(), "7\n");
    }
    assert_eq!(connection.post("/?session_id=s", b"SELECT * FROM t").code(), Some(60));
    let failed = post(
        &mut connection,
        "/?session_id=s&t_types=UInt8&query=SELECT+nosuch+FROM+t",
        &["t@7\n"],
    );
    assert_eq!(failed.code(), Some(47));
    assert_eq!(connection.post("/?session_id=s", b"SELECT * FROM t").code(), Some(60));
    let log =
        "SELECT count() FROM system.query_log WHERE query LIKE '%TEMPORARY TABLE%' AND query NOT LIKE '%query_log%'";
    assert_eq!(server.ask(log), "0\n");
}

#[test]
fn what_a_form_cannot_say_is_refused() {
    let (server, _folder) = server(&["--http_max_multipart_form_data_size=100000"]);
    let mut connection = server.connect();
    for (path, parts, status, code) in [
        ("/?query=SELECT+1", &["t@1\n"][..], 400, 36),
        ("/?query=SELECT+1&t_types=Foo", &["t@1\n"], 404, 50),
        ("/?query=SELECT+1&t_types=UInt8&t_format=Foo", &["t@1\n"], 404, 73),
        ("/?query=SELECT+1&t_types=UInt8", &["t@x\n"], 400, 27),
        ("/", &["query=SELECT 1", "user=default"], 400, 36),
        (
            "/?t_types=UInt8",
            &["t@1\n", "max_threads=1", "query=SELECT 1"],
            400,
            36,
        ),
        ("/", &["query=SELECT 1", "nosuch_setting=1"], 404, 115),
        ("/?t_types=UInt8", &["t@1\n"], 400, 62),
    ] {
        let answer = post(&mut connection, path, parts);
        assert_eq!(
            (answer.status, answer.code()),
            (status, Some(code)),
            "{path}: {}",
            answer.text()
        );
    }
    let broken = connection.request("POST", "/", "Content-Type: multipart/form-data\r\n", b"--xyz--");
    assert_eq!(broken.code(), Some(36));
    let whole = body(&["query=SELECT 1", "t_types=UInt8", "t@1\n2\n"]);
    for end in 0..whole.len() - "--\r\n".len() {
        let answer = connection.request("POST", "/", TYPE, &whole.as_bytes()[..end]);
        assert!(matches!(answer.code(), Some(33 | 36)), "{end}: {}", answer.text());
    }
    let large = post(
        &mut server.connect(),
        "/",
        &["query=SELECT 1", &format!("x={}", "x".repeat(200_000))],
    );
    assert_eq!(large.code(), Some(36), "{}", large.text());
    assert!(
        large.text().contains("http_max_multipart_form_data_size"),
        "{}",
        large.text()
    );
    assert_eq!(server.ask("SELECT 1"), "1\n");
}
