//! `gristmill benchmark` from outside.

mod support;

use std::io::Write;
use std::process::{Output, Stdio};

use support::{Server, gristmill, text};

fn benchmark(servers: &[&Server], arguments: &[&str], input: &[u8]) -> Output {
    let mut command = gristmill();
    command.arg("benchmark").args(arguments).env("HOME", "/nowhere");
    for server in servers {
        command.args(["--host", "127.0.0.1", "--port", &server.native().port().to_string()]);
    }
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
fn queries_are_counted_and_timed() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("db"), &[]);
    let json = folder.path().join("report.json");
    let options = [
        "-c",
        "3",
        "-i",
        "30",
        "--delay",
        "0",
        "--max_threads=1",
        "--json",
        json.to_str().unwrap(),
    ];
    let output = benchmark(
        &[&server],
        &options,
        b"SELECT 1\nSELECT sum(number) FROM numbers(1000)\n\n",
    );
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    let address = server.native().to_string();
    for expected in [
        "Loaded 2 queries.",
        "Queries executed: 30.",
        "QPS: ",
        "RPS: ",
        "MiB/s: ",
        "result RPS: ",
        "0%\t\t",
        "99.99%\t\t",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(said.contains(&format!("{address}, queries: 30, QPS: ")), "{said}");
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    assert_eq!(report[&address]["statistics"]["num_queries"], 30);
    assert!(report[&address]["query_time_percentiles"]["50"].as_f64().unwrap() > 0.0);
    assert!(report[&address]["statistics"]["RPS"].as_f64().unwrap() > 0.0);
}

#[test]
fn servers_are_compared_and_time_is_limited() {
    let folder = tempfile::tempdir().unwrap();
    let servers = ["a", "b"].map(|name| Server::start(&folder.path().join(name), &[]));
    let options = [
        "-q",
        "SELECT {x:UInt8}",
        "--param_x=1",
        "--timelimit",
        "1",
        "--delay=0.3",
        "--cumulative",
        "-r",
    ];
    let output = benchmark(&[&servers[0], &servers[1]], &options, b"");
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("Requested time limit is exhausted."), "{said}");
    assert!(said.contains(" at 99.5% confidence"), "{said}");
    assert!(said.matches("Queries executed: ").count() > 1, "{said}");
}

#[test]
fn the_first_error_ends_it_unless_told_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("db"), &[]);
    let output = benchmark(&[&server], &["-i", "5", "-q", "SELECT nothing"], b"");
    assert_eq!(output.status.code(), Some(47), "{}", text(&output.stderr));
    let both = [
        "-i",
        "6",
        "--continue_on_errors",
        "--reconnect",
        "-q",
        "SELECT nothing",
        "-q",
        "SELECT 1",
    ];
    let output = benchmark(&[&server], &both, b"");
    let said = text(&output.stderr);
    assert!(
        output.status.success() && said.contains("queries: 3, errors: 3, "),
        "{said}"
    );
    let output = benchmark(&[], &["-q", "SELECT 1", "--port", "1"], b"");
    assert_eq!(output.status.code(), Some(210), "{}", text(&output.stderr));
    let output = benchmark(&[&server], &["-i", "5"], b"");
    assert_eq!(output.status.code(), Some(92), "{}", text(&output.stderr));
}
