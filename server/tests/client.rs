//! `gristmill client` from outside: options, results, data, errors and exit status, over a real server.

mod support;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use support::{Server, gristmill, text};

/// A server, and the client that asks it.
struct Pair {
    server: Server,
    folder: tempfile::TempDir,
}

impl Pair {
    fn start() -> Pair {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(&folder.path().join("db"), &[]);
        Pair { server, folder }
    }

    fn command(&self) -> Command {
        let mut command = client(self.server.native().port());
        command.current_dir(self.folder.path());
        command
    }

    #[track_caller]
    fn ask(&self, arguments: &[&str]) -> String {
        self.ask_with_input(arguments, b"")
    }

    #[track_caller]
    fn ask_with_input(&self, arguments: &[&str], input: &[u8]) -> String {
        let output = run(self.command().args(arguments), input);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Exit status and what was said.
    #[track_caller]
    fn fail(&self, arguments: &[&str]) -> (i32, String) {
        let output = run(self.command().args(arguments), b"");
        assert!(!output.status.success(), "{arguments:?}: {}", text(&output.stdout));
        (output.status.code().unwrap(), text(&output.stderr))
    }
}

fn client(port: u16) -> Command {
    let mut command = gristmill();
    command.args(["client", "--host", "127.0.0.1", "--port", &port.to_string()]);
    for name in ["CLICKHOUSE_USER", "CLICKHOUSE_PASSWORD", "CLICKHOUSE_HOST"] {
        command.env_remove(name);
    }
    command.env("HOME", "/nowhere");
    command
}

fn run(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

#[test]
fn results_come_in_every_format() {
    let pair = Pair::start();
    assert_eq!(pair.ask(&["-q", "SELECT 1, 'a'"]), "1\ta\n");
    assert_eq!(
        pair.ask(&["-q", "SELECT 1; SELECT 2", "--query", "SELECT 3"]),
        "1\n2\n3\n"
    );
    assert_eq!(
        pair.ask(&["-n", "-q", "SELECT 1 AS x FORMAT JSONEachRow"]),
        "{\"x\":1}\n"
    );
    assert_eq!(pair.ask(&["-q", "SELECT 1 AS x", "-f", "CSVWithNames"]), "\"x\"\n1\n");
    assert_eq!(pair.ask(&["-E", "-q", "SELECT 1 AS x"]), "Row 1:\n──────\nx: 1\n");
    assert_eq!(pair.ask_with_input(&[], b"SELECT 1;\n-- a comment\nSELECT 2"), "1\n2\n");
    let many = pair.ask(&["--compression=1", "-q", "SELECT number FROM numbers(200000)"]);
    assert_eq!(many.lines().count(), 200_000);
    let names = "SELECT name FROM system.databases WHERE name = 'system'";
    for method in ["LZ4", "ZSTD", "NONE"] {
        let method = format!("--network_compression_method={method}");
        assert_eq!(pair.ask(&["--compression", &method, "-q", names]), "system\n");
    }
    let file = pair.folder.path().join("script.sql");
    std::fs::write(&file, "SELECT 4; SELECT {p:String}").unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(pair.ask(&["--queries-file", file, "--param_p=it's"]), "4\nit\\'s\n");
}

#[test]
fn settings_and_parameters_are_options() {
    let pair = Pair::start();
    let value = "SELECT value, changed FROM system.settings WHERE name = 'max_threads'";
    assert_eq!(pair.ask(&["--max_threads=3", "-q", value]), "3\t1\n");
    assert_eq!(pair.ask(&["--max-threads", "3", "-q", value]), "3\t1\n");
    assert_eq!(pair.ask(&["-q", &format!("SET max_threads = 5; {value}")]), "5\t1\n");
    let noted = "SELECT 1; SYSTEM FLUSH LOGS; SELECT query_id, log_comment FROM system.query_log WHERE query = 'SELECT 1' LIMIT 1";
    let noted = pair.ask(&["--log_comment=why", "--query_id=mine", "-q", noted]);
    assert_eq!(noted, "1\nmine\twhy\n");
    let json = "SELECT toUInt64(1) AS x FORMAT JSONEachRow";
    let quoted = "--output_format_json_quote_64bit_integers=1";
    assert_eq!(pair.ask(&[quoted, "-q", json]), "{\"x\":\"1\"}\n");
    let own = format!("SELECT toUInt64(1) AS x SETTINGS {} FORMAT JSONEachRow", &quoted[2..]);
    assert_eq!(pair.ask(&["-q", &own]), "{\"x\":\"1\"}\n");
    let query = "SET param_n = 7; SELECT {n:UInt8} + {m:UInt8}, {t:Identifier} FROM (SELECT 1 AS one)";
    assert_eq!(pair.ask(&["--param_m", "1", "--param_t=one", "-q", query]), "8\t1\n");
    let (status, said) = pair.fail(&["-q", "SELECT 1", "--max_threds=2"]);
    assert_eq!(status, 552 & 255);
    assert!(said.contains("Maybe you meant ['--max_threads']"), "{said}");
}

#[test]
fn errors_are_told_as_clickhouse_tells_them() {
    let pair = Pair::start();
    let port = pair.server.native().port();
    let (status, said) = pair.fail(&["-q", "SELECT * FROM nowhere; SELECT 1"]);
    assert_eq!(status, 60);
    let lines: Vec<&str> = said.lines().collect();
    assert!(
        lines[0].starts_with("Received exception from server (version "),
        "{said}"
    );
    let received = format!("Code: 60. DB::Exception: Received from 127.0.0.1:{port}. DB::Exception: ");
    assert!(
        lines[1].starts_with(&received) && lines[1].ends_with(". (UNKNOWN_TABLE)"),
        "{said}"
    );
    assert_eq!(lines[2..], ["(query: SELECT * FROM nowhere)"]);
    let (status, said) = pair.fail(&["-q", "SELEKT 1"]);
    assert_eq!(status, 62);
    assert!(said.starts_with("Code: 62. DB::Exception: Syntax error"), "{said}");
    assert_eq!(pair.fail(&["-q", "SELECT 1 FORMAT NoSuch"]).0, 73);
    assert_eq!(pair.fail(&["-q", "SELECT 1", "--format=NoSuch"]).0, 73);
    assert_eq!(
        pair.fail(&["-q", "SELECT throwIf(number = 70000) FROM numbers(100000)"])
            .0,
        395 & 255
    );
    let output = run(
        pair.command()
            .args(["--ignore-error", "-q", "SELECT nothing; SELEKT; SELECT 2"]),
        b"",
    );
    assert_eq!((text(&output.stdout).as_str(), output.status.code()), ("2\n", Some(0)));
    let (status, said) = pair.fail(&["--port", "1", "-q", "SELECT 1"]);
    assert_eq!(status, 210);
    assert!(
        said.contains("Code: 210. DB::NetException: Connection refused (127.0.0.1:1). (NETWORK_ERROR)"),
        "{said}"
    );
    assert_eq!(pair.fail(&["--host", "no.such.host.invalid", "-q", "SELECT 1"]).0, 198);
    assert_eq!(pair.fail(&["more words"]).0, 36);
}

#[test]
fn data_is_inserted_from_text_and_standard_input() {
    let pair = Pair::start();
    let create = "CREATE TABLE t (a UInt32, s String DEFAULT concat('d', toString(a)), n Nullable(Int8)) ENGINE = MergeTree ORDER BY a";
    pair.ask(&["-q", create]);
    let script = "INSERT INTO t VALUES (1, 'a;b', NULL), (1 + 1, 'y', 3); INSERT INTO t (a) FORMAT JSONEachRow\n{\"a\":3}\n\nINSERT INTO t SELECT 4, 'z', 4";
    pair.ask_with_input(&[], script.as_bytes());
    pair.ask(&[
        "-q",
        "INSERT INTO t FORMAT JSONEachRow {\"a\":5}{\"s\":\"six\",\"a\":6}{\"a\":7,\"n\":7}",
    ]);
    let all = "SELECT * FROM t ORDER BY a";
    let expected = "1\ta;b\t\\N\n2\ty\t3\n3\td3\t\\N\n4\tz\t4\n5\td5\t\\N\n6\tsix\t\\N\n7\td7\t7\n";
    assert_eq!(pair.ask(&["-q", all]), expected);
    let rows: String = (100..200_100).map(|i| format!("{i},\"row;{i}\",\\N\n")).collect();
    pair.ask_with_input(&["--compression=1", "-q", "INSERT INTO t FORMAT CSV"], rows.as_bytes());
    assert_eq!(
        pair.ask(&["-q", "SELECT count(), max(a), sum(length(s)) FROM t WHERE a >= 100"])
            .split('\t')
            .next(),
        Some("200000")
    );
    let output = run(
        pair.command().args(["-q", "INSERT INTO t FORMAT CSV"]),
        b"5,e,5\nx,f,1\n",
    );
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(27));
    assert!(
        said.starts_with("Error on processing query: Code: 27. ") && said.contains("(query: INSERT INTO t FORMAT CSV)"),
        "{said}"
    );
    let (status, _) = pair.fail(&["-q", "INSERT INTO nowhere VALUES (1)"]);
    assert_eq!(status, 60);
    // An error after the server has said what it wants: the rest of the data goes nowhere, the connection stays in step.
    pair.ask(&[
        "-q",
        "CREATE TABLE c (a UInt8, CONSTRAINT small CHECK a < 5) ENGINE = MergeTree ORDER BY a",
    ]);
    let output = run(
        pair.command().args([
            "--ignore-error",
            "-q",
            "INSERT INTO c VALUES (1), (9); INSERT INTO c VALUES (2); SELECT * FROM c",
        ]),
        b"",
    );
    assert_eq!(text(&output.stdout), "2\n", "{}", text(&output.stderr));
    assert!(
        text(&output.stderr).contains("(VIOLATED_CONSTRAINT)"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn files_are_written_and_read() {
    let pair = Pair::start();
    pair.ask(&[
        "-q",
        "CREATE TABLE t (a UInt32, s String) ENGINE = MergeTree ORDER BY a",
    ]);
    let file = |name: &str| pair.folder.path().join(name);
    let source = "SELECT number AS a, toString(number) AS s FROM numbers(1000)";
    for (name, more, insert) in [
        ("a.csv", "", ""),
        ("b.csv.gz", "", ""),
        ("c.data", "COMPRESSION 'zstd' LEVEL 5", "COMPRESSION 'zstd'"),
        ("d.tsv.br", "FORMAT TSV", ""),
        ("e.parquet", "", ""),
        ("f.jsonl.lz4", "", ""),
    ] {
        let format = match name {
            "c.data" | "a.csv" | "b.csv.gz" => "CSV",
            "d.tsv.br" => "",
            "e.parquet" => "Parquet",
            _ => "JSONEachRow",
        };
        let output = match format {
            "" => String::new(),
            format => format!("FORMAT {format}"),
        };
        pair.ask(&["-q", &format!("{source} INTO OUTFILE '{name}' {more} {output}")]);
        assert!(file(name).is_file());
        let input = if name == "c.data" { "FORMAT CSV" } else { "" };
        let insert = format!(
            "TRUNCATE TABLE t; INSERT INTO t (a, s) FROM INFILE '{name}' {insert} {input}; SELECT count(), sum(a), max(s) FROM t"
        );
        assert_eq!(pair.ask(&["-q", &insert]), "1000\t499500\t999\n", "{name}");
    }
    let twice = "TRUNCATE TABLE t; INSERT INTO t FROM INFILE '?.csv*' FORMAT CSV; SELECT count() FROM t";
    assert_eq!(pair.ask(&["-q", twice]), "2000\n");
    assert_eq!(pair.ask(&["-q", "SELECT 1 INTO OUTFILE 'both' AND STDOUT"]), "1\n");
    assert_eq!(std::fs::read_to_string(file("both")).unwrap(), "1\n");
    assert_eq!(
        pair.fail(&["-q", "SELECT 1 INTO OUTFILE 'both'"]).0,
        Error::FILE_ALREADY_EXISTS
    );
    pair.ask(&["-q", "SELECT 2 INTO OUTFILE 'both' APPEND"]);
    assert_eq!(std::fs::read_to_string(file("both")).unwrap(), "1\n2\n");
    assert_eq!(pair.fail(&["-q", "INSERT INTO t FROM INFILE 'gone.csv'"]).0, 107);
}

/// Exit status of errors.
struct Error;

impl Error {
    const FILE_ALREADY_EXISTS: i32 = 504 & 255;
}

#[test]
fn who_logs_in_and_where_is_said_in_several_ways() {
    let pair = Pair::start();
    let port = pair.server.native().port();
    let ask = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = gristmill();
        command.arg("client").args(arguments).env("HOME", "/nowhere");
        command.envs(variables.iter().copied());
        command.args([
            "-q",
            "SELECT currentDatabase(), currentUser(), value FROM system.settings WHERE name = 'max_threads'",
        ]);
        let output = run(&mut command, b"");
        (text(&output.stdout), text(&output.stderr))
    };
    let string = format!("clickhouse://default:pass@127.0.0.1:{port}/system?max_threads=3");
    assert_eq!(ask(&[&string], &[]).0, "system\tdefault\t3\n");
    assert_eq!(ask(&[&string, "--max_threads=4"], &[]).0, "system\tdefault\t4\n");
    assert!(ask(&[&string, "--host", "x"], &[]).1.contains("BAD_ARGUMENTS"));
    let port_option = format!("--port={port}");
    let variables = [
        ("CLICKHOUSE_HOST", "127.0.0.1"),
        ("CLICKHOUSE_USER", "default"),
        ("CLICKHOUSE_PASSWORD", "x"),
    ];
    let (said, why) = ask(&[&port_option, "-d", "system", "--max_threads=2"], &variables);
    assert_eq!(said, "system\tdefault\t2\n", "{why}");
    let file = pair.folder.path().join("client.toml");
    let config = format!(
        "[[connections_credentials]]\nname = 'here'\nhostname = '127.0.0.1'\nport = {port}\ndatabase = 'system'\n[settings]\nmax_threads = 6\n"
    );
    std::fs::write(&file, config).unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(
        ask(&["--config-file", file, "--connection", "here"], &[]).0,
        "system\tdefault\t6\n"
    );
    assert_eq!(
        ask(&["--config-file", file, "--host", "here"], &[]).0,
        "system\tdefault\t6\n"
    );
    assert!(
        ask(&["--config-file", file, "--connection", "gone"], &[])
            .1
            .contains("No such connection 'gone'")
    );
}

#[test]
fn a_link_to_the_program_is_a_client() {
    let pair = Pair::start();
    let link = pair.folder.path().join("clickhouse-client");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_gristmill"), &link).unwrap();
    let port = pair.server.native().port().to_string();
    let output = run(Command::new(&link).args(["--port", &port, "-q", "SELECT 1"]), b"");
    assert_eq!(text(&output.stdout), "1\n", "{}", text(&output.stderr));
}

#[test]
fn echo_time_logs_and_verbose_report() {
    let pair = Pair::start();
    let output = run(
        pair.command().args([
            "--echo",
            "--time",
            "--verbose",
            "--send_logs_level=debug",
            "-q",
            "SELECT 1",
        ]),
        b"",
    );
    assert_eq!(text(&output.stdout), "SELECT 1\n1\n");
    let said = text(&output.stderr);
    assert!(
        said.contains("1 row in set. Elapsed: ") && said.contains("<Debug> executeQuery: SELECT 1"),
        "{said}"
    );
    assert!(said.lines().any(|line| line.parse::<f64>().is_ok()), "{said}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let pair = Pair::start();
    let mut child = pair
        .command()
        .args(["-q", "SELECT number FROM numbers(10000000)"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 2];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((text(&output.stderr).as_str(), output.status.code()), ("", Some(0)));
}

#[test]
fn totals_and_extremes_follow_the_rows() {
    let pair = Pair::start();
    let query = "SELECT number % 2 AS k, sum(number) AS v FROM numbers(5) GROUP BY k WITH TOTALS ORDER BY k SETTINGS extremes = 1";
    assert_eq!(pair.ask(&["-q", query]), "0\t6\n1\t4\n\n0\t10\n\n0\t4\n1\t6\n");
    let json = pair.ask(&["-f", "JSON", "-q", query]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["totals"]["v"], 10);
    assert_eq!(json["extremes"]["max"]["v"], 6);
    let table = pair.ask(&["-f", "PrettyCompact", "-q", query]);
    assert!(
        table.contains("\nTotals:\n") && table.contains("\nExtremes:\n"),
        "{table}"
    );
}

#[test]
fn progress_is_shown_before_there_are_rows() {
    let pair = Pair::start();
    let query = "SELECT sum(sipHash64(number)) FROM numbers(6000000)";
    let output = run(pair.command().args(["--progress=err", "-q", query]), b"");
    let said = text(&output.stderr);
    assert!(said.contains("Progress: ") && said.contains(" rows/s., "), "{said}");
    let output = run(pair.command().args(["--progress=off", "-q", query]), b"");
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn interrupting_cancels_the_query() {
    let pair = Pair::start();
    let child = pair
        .command()
        .args(["-q", "SELECT sum(sipHash64(number)) FROM numbers(1000000000000)"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let running =
        "SELECT count() FROM system.processes WHERE query LIKE '%sipHash64%' AND query NOT LIKE '%processes%'";
    let began = Instant::now();
    while pair.ask(&["-q", running]) == "0\n" {
        assert!(began.elapsed() < Duration::from_secs(30));
    }
    Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        text(&output.stderr).contains("Query was cancelled."),
        "{}",
        text(&output.stderr)
    );
    assert!(began.elapsed() < Duration::from_secs(60));
}

#[test]
fn the_client_speaks_tls() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(&file, support::tls::configuration()).unwrap();
    let arguments = ["--config-file", file.to_str().unwrap(), "--tcp-port-secure", "0"];
    let server = Server::start(&folder.path().join("db"), &arguments);
    let ask = |arguments: &[&str]| {
        let output = run(client(server.secure_native().port()).args(arguments), b"");
        (text(&output.stdout), text(&output.stderr))
    };
    let any = ["--secure", "--accept-invalid-certificate"];
    let table = "CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a; INSERT INTO t FORMAT Values (1), (2); SELECT sum(a) FROM t";
    assert_eq!(ask(&[&any[..], &["-q", table]].concat()).0, "3\n");
    let many = ask(&[&any[..], &["-q", "SELECT number FROM numbers(300000)"]].concat()).0;
    assert_eq!(many.lines().count(), 300_000);
    let (_, said) = ask(&["-s", "-q", "SELECT 1"]);
    assert!(said.contains("SSL Exception: "), "{said}");
    let (_, said) = ask(&["--receive_timeout=2", "-q", "SELECT 1"]);
    assert!(said.contains("Code: "), "{said}");
    // A server that speaks no TLS.
    let output = run(
        client(server.native().port())
            .args(any)
            .args(["--connect_timeout=2", "-q", "SELECT 1"]),
        b"",
    );
    assert!(
        text(&output.stderr).contains("SSL Exception: "),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn tables_come_with_a_query() {
    let pair = Pair::start();
    let file = pair.folder.path().join("t.csv");
    std::fs::write(&file, "1,one\n2,two\n").unwrap();
    let table = [
        "--external",
        "--file=t.csv",
        "--name=t",
        "--format=CSV",
        "--structure=a UInt8, b String",
    ];
    let second = ["--external", "--name", "u", "--types", "UInt8,String"];
    let query = [
        "--query",
        "SELECT t.b, u._2 FROM t JOIN u ON t.a = u._1 ORDER BY t.a; SELECT count() FROM t",
        "--format=CSV",
    ];
    let all = [&table[..], &second, &query].concat();
    assert_eq!(
        pair.ask_with_input(&all, b"1\teins\n2\tzwei\n"),
        "\"one\",\"eins\"\n\"two\",\"zwei\"\n2\n"
    );
    assert_eq!(pair.fail(&["--external", "--file=t.csv", "-q", "SELECT 1"]).0, 36);
}

/// A server that says `answer` to whoever connects and then nothing more.
fn hostile(answer: Vec<u8>) -> (i32, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let answer = answer.clone();
            std::thread::spawn(move || {
                let mut greeting = [0; 64];
                let _ = stream.read(&mut greeting);
                let _ = stream.write_all(&answer);
                // What the client still sends must not end the connection before it has read the answer.
                let _ = stream.set_read_timeout(Some(Duration::from_millis(500)));
                while stream.read(&mut greeting).is_ok_and(|count| count > 0) {}
            });
        }
    });
    let began = Instant::now();
    let output = run(client(port).args(["--receive_timeout=2", "-q", "SELECT 1"]), b"");
    assert!(began.elapsed() < Duration::from_secs(20), "it hangs");
    let said = text(&output.stderr);
    assert!(!said.contains("panicked"), "{said}");
    (output.status.code().expect("it ends by itself"), said)
}

/// The greeting of a server of revision 54458 without anything else.
fn greeting() -> Vec<u8> {
    [&b"\x00\x01X\x1a\x09"[..], &[0xba, 0xa9, 0x03], b"\x03UTC\x01h\x02"].concat()
}

#[test]
fn hostile_servers_give_errors() {
    let endless = [0xff; 9];
    let frame = |packet: &[u8]| [&greeting()[..], packet].concat();
    let block =
        |id: u8, kind: &[u8], rows: u8, value: &[u8]| [&[id, 0, 0, 1, rows, 1, b'a'], kind, &[0], value].concat();
    let first = block(1, b"\x05UInt8", 1, &[7]);
    let cases: [(&str, Vec<u8>); 17] = [
        ("silence", Vec::new()),
        ("an unknown packet", b"\x63garbage garbage garbage".to_vec()),
        ("HTTP", b"HTTP/1.0 400 Bad Request\r\n\r\n".to_vec()),
        ("a name without end", [&[0], &endless[..]].concat()),
        (
            "an error in place of a greeting",
            b"\x02\x04\x02\0\0\x0dDB::Exception\x02no\0\0".to_vec(),
        ),
        (
            "an error whose text does not end",
            [b"\x02\x01\0\0\0\x00", &endless[..], b"\x01"].concat(),
        ),
        (
            "errors inside of errors",
            [&[2][..], &[1, 0, 0, 0, 0, 0, 0, 1].repeat(10_000)].concat(),
        ),
        ("silence after the greeting", greeting()),
        ("an unknown packet after it", frame(&[77, 1, 2, 3])),
        (
            "a block of endless columns",
            frame(&[&[1, 0, 0], &endless[..], b"\x01\x01"].concat()),
        ),
        (
            "a block of endless rows",
            frame(&[&[1, 0, 0, 1], &endless[..], b"\x01\x01a\x05UInt8\0"].concat()),
        ),
        (
            "blocks of different types",
            frame(&[&first[..], &block(1, b"\x06String", 1, b"\x01x")].concat()),
        ),
        (
            "totals of another type",
            frame(&[&first[..], &block(7, b"\x06String", 1, b"\x01x"), &[5]].concat()),
        ),
        (
            "one row of extremes",
            frame(&[&first[..], &block(8, b"\x05UInt8", 1, &[7]), &[5]].concat()),
        ),
        ("an unknown type", frame(b"\x01\0\0\x01\x01\x01a\x05UInt9\0\x01")),
        (
            "a string without end",
            frame(&[b"\x01\0\0\x01\x01\x01a\x06String\0", &endless[..], b"\x01"].concat()),
        ),
        (
            "an array with wrong offsets",
            frame(b"\x01\0\0\x01\x02\x01a\x0cArray(UInt8)\0\xff\xff\xff\xff\xff\xff\xff\x7f\x01\0\0\0\0\0\0\0"),
        ),
    ];
    for (what, answer) in cases {
        let (status, said) = hostile(answer);
        assert_ne!(status, 0, "{what}");
        assert!(said.contains("Code: "), "{what}: {said}");
    }
}
