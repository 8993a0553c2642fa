//! `gristmill local` from outside: options, results, errors and exit status.

mod support;

use std::io::{Read, Write};
use std::process::Stdio;

use support::{gristmill, local, local_error, local_with_input, text};

#[test]
fn results_are_tab_separated_in_a_pipe() {
    assert_eq!(local(&["-q", "SELECT 1, 'a'"]), "1\ta\n");
    assert_eq!(local(&["--query", "SELECT 1 AS x FORMAT JSONEachRow"]), "{\"x\":1}\n");
    assert_eq!(local(&["-q", "SELECT 1", "--format", "CSV"]), "1\n");
    assert_eq!(
        local(&["-q", "SELECT 1 AS x", "--output-format=TSVWithNames"]),
        "x\n1\n"
    );
}

#[test]
fn statements_run_one_after_another() {
    assert_eq!(local(&["-q", "SELECT 1; SELECT 2;", "-q", "SELECT 3"]), "1\n2\n3\n");
    assert_eq!(local(&["-n", "-q", "SELECT ';' -- ;\n; SELECT 2"]), ";\n2\n");
}

#[test]
fn statements_come_from_standard_input() {
    let output = local_with_input(&[], b"SELECT 1;\n-- a comment\nSELECT 2\n");
    assert_eq!(
        (text(&output.stdout).as_str(), output.status.code()),
        ("1\n2\n", Some(0))
    );
    let output = local_with_input(&[], b"");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn statements_come_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("script.sql");
    std::fs::write(&file, "CREATE TABLE t (a UInt8, b String) ENGINE = MergeTree ORDER BY a;\nINSERT INTO t VALUES (1, 'a;b'), (2, 'c');\nINSERT INTO t FORMAT CSV\n3,d\n4,e\n\nSELECT count(), sum(a), max(b) FROM t").unwrap();
    assert_eq!(local(&["--queries-file", file.to_str().unwrap()]), "4\t10\te\n");
    assert_eq!(local(&["--queries_file", file.to_str().unwrap()]), "4\t10\te\n");
}

#[test]
fn a_folder_keeps_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    local(&[
        "--path",
        path,
        "-q",
        "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a; INSERT INTO t VALUES (7)",
    ]);
    assert_eq!(local(&["--path", path, "-q", "SELECT * FROM t"]), "7\n");
}

#[test]
fn insert_data_follows_on_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    local(&[
        "--path",
        path,
        "-q",
        "CREATE TABLE t (a UInt32, s String) ENGINE = MergeTree ORDER BY a",
    ]);
    let rows: String = (0..1000).map(|i| format!("{i},\"row;{i}\"\n")).collect();
    let output = local_with_input(&["--path", path, "-q", "INSERT INTO t FORMAT CSV"], rows.as_bytes());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(
        local(&["--path", path, "-q", "SELECT count(), max(a), any(s) FROM t"]),
        "1000\t999\trow;0\n"
    );
}

#[test]
fn parameters_and_settings_are_options() {
    assert_eq!(local(&["--param_x=7", "-q", "SELECT {x:UInt8} + 1"]), "8\n");
    assert_eq!(local(&["--param_x", "it's", "-q", "SELECT {x:String}"]), "it\\'s\n");
    let value = "SELECT value FROM system.settings WHERE name = 'max_threads'";
    assert_eq!(local(&["--max_threads=3", "-q", value]), "3\n");
    assert_eq!(local(&["--max-threads", "3", "-q", value]), "3\n");
}

#[test]
fn server_settings_are_options_as_well() {
    let query = "SELECT name, value, default, changed FROM system.server_settings
                 WHERE name LIKE 'vector%policy' OR name LIKE 'vector%size' ORDER BY name";
    let shown = "vector_similarity_index_cache_policy\tLRU\tSLRU\t1\n\
                 vector_similarity_index_cache_size\t1000\t5368709120\t1\n";
    let policy = "--vector_similarity_index_cache_policy=LRU";
    let size = "--vector-similarity-index-cache-size=1000";
    assert_eq!(local(&[policy, size, "-q", query]), shown);
    let (_, said) = local_error(&["--vector_similarity_index_cache_policy=FIFO", "-q", "SELECT 1"]);
    assert!(said.contains("Unknown cache policy name: FIFO"), "{said}");
    let (_, said) = local_error(&["--max_connections=5", "-q", "SELECT 1"]);
    assert!(said.contains("gristmill local has no connections"), "{said}");
}

#[test]
fn errors_carry_clickhouse_codes() {
    let (status, said) = local_error(&["-q", "SELECT * FROM nowhere"]);
    assert_eq!(status, 60);
    assert!(said.starts_with("Code: 60. DB::Exception: "), "{said}");
    assert!(said.trim_end().ends_with("(UNKNOWN_TABLE)"), "{said}");
    assert_eq!(local_error(&["-q", "SELEKT 1"]).0, 62);
    assert_eq!(local_error(&["-q", "SELECT nosuch(1)"]).0, 46);
    assert_eq!(local_error(&["-q", "SELECT 1 FORMAT NoSuch"]).0, 73);
    assert_eq!(local_error(&["-q", "SELECT 1", "--format=NoSuch"]).0, 73);
    let (status, said) = local_error(&["-q", "SELECT 1", "--max_threads=abc"]);
    assert_eq!(status, 27);
    assert!(said.contains("'--max_threads'"), "{said}");
}

#[test]
fn wrong_options_are_told_in_one_line() {
    for arguments in [
        &["-q"] as &[&str],
        &["-q", "SELECT 1", "more"],
        &["--path", ""],
        &["-q", "SELECT 1", "-f", "x"],
        &["-E", "--format=CSV"],
    ] {
        let (status, said) = local_error(arguments);
        assert_eq!((status, said.lines().count()), (36, 1), "{said}");
        assert!(
            said.ends_with("(BAD_ARGUMENTS)\n") && !said.contains("error:"),
            "{said}"
        );
    }
    let (_, said) = local_error(&["-q", "SELECT 1", "--max_threds=2"]);
    assert!(said.contains("Maybe you meant ['--max_threads']"), "{said}");
}

#[test]
fn unknown_options_are_named() {
    let (status, said) = local_error(&["-q", "SELECT 1", "--no_such_setting=1"]);
    assert_eq!(status, 552 & 255);
    assert!(
        said.contains("'--no_such_setting'") && said.contains("UNRECOGNIZED_ARGUMENTS"),
        "{said}"
    );
}

#[test]
fn the_first_error_ends_a_script() {
    let output = local_with_input(&["-q", "SELECT 1; SELECT * FROM nowhere; SELECT 2"], b"");
    assert_eq!((text(&output.stdout).as_str(), output.status.code()), ("1\n", Some(60)));
}

#[test]
fn results_go_to_a_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.csv");
    let query = format!("SELECT 1, 'a' INTO OUTFILE '{}' FORMAT CSV", file.display());
    assert_eq!(local(&["-q", &query]), "");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "1,\"a\"\n");
    let (_, said) = local_error(&["-q", &query]);
    assert!(said.contains("exists"), "{said}");
    let query = |more: &str| format!("SELECT 2 INTO OUTFILE '{}' {more} FORMAT CSV", file.display());
    assert_eq!(local(&["-q", &query("APPEND")]), "");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "1,\"a\"\n2\n");
    assert_eq!(local(&["-q", &query("TRUNCATE")]), "");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "2\n");
    let (_, said) = local_error(&["-q", "SELECT 1 INTO OUTFILE 'x.tsv.xz'"]);
    assert!(said.contains("NOT_IMPLEMENTED"), "{said}");
    let file = folder.path().join("both.csv.gz");
    let query = |more: &str| format!("SELECT 3 INTO OUTFILE '{}' {more} FORMAT CSV", file.display());
    assert_eq!(local(&["-q", &query("AND STDOUT")]), "3\n");
    let zipped = std::fs::read(&file).unwrap();
    assert_eq!(zipped[..2], [0x1f, 0x8b]);
    let (_, said) = local_error(&["-q", &query("APPEND")]);
    assert!(said.contains("Cannot append to compressed file"), "{said}");
    let (status, _) = local_error(&["-q", &query("TRUNCATE COMPRESSION 'gzip' LEVEL 77")]);
    assert_eq!(status, 36);
    assert_eq!(local(&["-q", &query("TRUNCATE COMPRESSION 'zstd' LEVEL 3")]), "");
    assert_eq!(std::fs::read(&file).unwrap()[..4], [0x28, 0xb5, 0x2f, 0xfd]);
}

#[test]
fn echo_time_and_verbose_report() {
    let output = local_with_input(&["--echo", "--time", "--verbose", "-q", "SELECT 1"], b"");
    assert_eq!(text(&output.stdout), "SELECT 1\n1\n");
    let said = text(&output.stderr);
    assert!(said.contains("1 row in set. Elapsed: "), "{said}");
    assert!(said.lines().any(|line| line.parse::<f64>().is_ok()), "{said}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut command = gristmill();
    command.args(["local", "-q", "SELECT number FROM numbers(10000000)"]);
    let mut child = command
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
fn a_second_process_on_a_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let mut command = gristmill();
    command
        .args(["local", "--path", path])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut first = command.spawn().unwrap();
    let mut input = first.stdin.take().unwrap();
    // Statements run once standard input has ended, but the folder is taken before it is read.
    while !folder.path().read_dir().unwrap().any(|_| true) {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    std::thread::sleep(std::time::Duration::from_millis(200));
    let (status, said) = local_error(&["--path", path, "-q", "SELECT 1"]);
    assert_ne!(status, 0);
    assert!(said.contains(path), "the folder is named: {said}");
    input.write_all(b"SELECT 1").unwrap();
    drop(input);
    assert_eq!(text(&first.wait_with_output().unwrap().stdout), "1\n");
}

#[test]
fn a_folder_that_is_no_database_is_refused_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("letter.txt"), "dear reader").unwrap();
    let (_, said) = local_error(&["--path", folder.path().to_str().unwrap(), "-q", "SELECT 1"]);
    assert!(said.contains("Code: "), "{said}");
    let kept: Vec<_> = folder.path().read_dir().unwrap().collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
}

#[test]
fn progress_as_lines_tells_what_was_written() {
    let query =
        "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a; INSERT INTO t SELECT number FROM numbers(3000000)";
    let output = local_with_input(&["--progress", "-q", query], b"");
    assert!(output.status.success());
    let output = local_with_input(&["--progress=off", "-q", query], b"");
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn without_a_command_the_usage_is_shown() {
    let output = gristmill().output().unwrap();
    assert_eq!(output.status.code(), Some(36));
    assert!(text(&output.stderr).contains("Usage: gristmill"));
    assert!(gristmill().arg("--help").output().unwrap().status.success());
    assert!(gristmill().args(["local", "--help"]).output().unwrap().status.success());
}
