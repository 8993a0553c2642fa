//! The prompt: what is typed is run, and told how long it took.

use std::io::Write;

use super::bar::figures;
use super::completion;
use super::connection::Asked;
use super::editor::{Editor, Prompt, Typed, Words};
use super::failure::Failure;
use super::session::{Session, Summary};
use super::target::in_home;
use crate::cli::client::ClientOptions;
use crate::shell::script::{Script, Statement};

/// Rows read from which on it is told how many.
const TOLD_ROWS_MIN: u64 = 1000;

/// Words that end the session.
const EXITS: [&str; 6] = ["exit", "quit", "logout", "q", "\\q", ":q"];

/// What `help` says.
const HELP: &str = "\
Statements of ClickHouse's SQL run as they are typed; with --multiline they end with a semicolon.

  exit, quit, logout, \\q, Ctrl-D   end the session
  \\l                              list databases
  \\d                              list tables
  \\c name                         use another database
  \\G at the end of a statement    show its result with each value on a line of its own
  Tab                             complete a name; twice: list those there are
  Up, Down, Ctrl-R                earlier statements
  Ctrl-C                          cancel the statement that runs
";

/// Runs what is typed until the end; a failure if there is no server.
pub fn run(session: &mut Session, options: &ClientOptions) -> Option<Failure> {
    session.display_mut().is_interactive = true;
    println!("gristmill client version {}.", env!("CARGO_PKG_VERSION"));
    if let Err(failure) = greet(session) {
        say(&failure, options);
        return Some(failure);
    }
    let words = Words::default();
    if !options.disable_suggestion {
        completion::load(session, options.suggestion_limit, words.clone());
    }
    let stored = &session.target().stored;
    let history = options.history_file.clone().or(stored.history_file.clone());
    let history = history.or_else(|| in_home(".clickhouse-client-history"));
    let mut editor = Editor::new(history, words);
    loop {
        let first = first_prompt(session, options);
        let prompt = Prompt {
            first: &first,
            next: &format!("{:>1$}", ":-] ", first.chars().count()),
            is_whole: &|text| !options.multiline || is_whole(text),
        };
        match editor.read(&prompt) {
            Ok(Typed::Nothing) => {}
            Ok(Typed::Text(text)) => {
                let command = text.trim().trim_end_matches(';').trim();
                if EXITS.iter().any(|exit| exit.eq_ignore_ascii_case(command)) {
                    break;
                }
                if !command.is_empty() {
                    run_text(session, options, &text, command);
                }
            }
            Ok(Typed::End) => break,
            Err(error) => {
                eprintln!("The terminal cannot be read: {error}");
                break;
            }
        }
    }
    println!("Bye.");
    None
}

fn greet(session: &mut Session) -> Asked<()> {
    let target = session.target();
    let [endpoint, ..] = target.endpoints.as_slice() else {
        return Ok(());
    };
    let database = match target.login.database.as_str() {
        "" => String::new(),
        database => format!("database {database} at "),
    };
    println!(
        "Connecting to {database}{} as user {}.",
        endpoint.address(),
        target.login.user
    );
    let server = session.connection()?.server();
    println!(
        "Connected to {} server version {}.\n",
        server.name,
        server.version_text()
    );
    Ok(())
}

fn first_prompt(session: &mut Session, options: &ClientOptions) -> String {
    let given = options.prompt.clone().or(session.target().stored.prompt.clone());
    let host = given.or_else(|| {
        let server = session.connection().ok()?.server();
        Some(server.display_name.clone()).filter(|name| !name.is_empty())
    });
    format!("{} :) ", host.unwrap_or_else(|| "gristmill".into()))
}

/// Whether a text of several lines has come to its end.
fn is_whole(text: &str) -> bool {
    let text = text.trim_end();
    let command = text.trim_end_matches(';').trim();
    let is_command = EXITS.contains(&command) || command == "help" || command.starts_with('\\');
    text.ends_with(';') || text.ends_with("\\G") || is_command
}

fn run_text(session: &mut Session, options: &ClientOptions, text: &str, command: &str) {
    if matches!(command, "help" | "?") {
        println!("{HELP}");
        return;
    }
    let replaced = match command.split_once(' ') {
        None if command == "\\l" => Some("SHOW DATABASES".to_string()),
        None if command == "\\d" => Some("SHOW TABLES".to_string()),
        Some(("\\c", name)) => Some(format!("USE {}", name.trim())),
        _ => None,
    };
    let text = replaced.as_deref().unwrap_or(text);
    let (text, is_vertical) = match text.trim_end().trim_end_matches(';').strip_suffix("\\G") {
        Some(text) => (text, true),
        None => (text, false),
    };
    let usual = session.display_mut().format.clone();
    if is_vertical {
        session.display_mut().format = "Vertical".into();
    }
    if let Err(failure) = run_statements(session, text) {
        say(&failure, options);
    }
    session.display_mut().format = usual;
}

fn run_statements(session: &mut Session, text: &str) -> Asked<()> {
    let mut script = Script::new(text.as_bytes());
    loop {
        let parameters = session.parameters.clone();
        let Some(statement) = script.next(&parameters)? else {
            return Ok(());
        };
        if session.revive()? {
            println!("Connected again.");
        }
        run_statement(session, &statement)?;
    }
}

fn run_statement(session: &mut Session, statement: &Statement<'_>) -> Asked<()> {
    session.query_id = uuid::Uuid::new_v4().to_string();
    println!("\nQuery id: {}\n", session.query_id);
    let summary = session.run(statement, None)?;
    if summary.was_cancelled {
        println!("Query was cancelled.");
    } else if summary.rows.is_none() {
        println!("Ok.");
    }
    println!("\n{}\n", summary_line(&summary));
    Ok(())
}

/// Tells a failure.
fn say(failure: &Failure, options: &ClientOptions) {
    let mut text = vec![b'\n'];
    text.extend(failure.text(options.stacktrace));
    text.extend(b"\n\n");
    let _ = std::io::stderr().write_all(&text);
}

/// What stands under a result.
pub fn summary_line(summary: &Summary) -> String {
    let rows = summary.rows.unwrap_or(0);
    let seconds = summary.elapsed.as_secs_f64();
    let unit = if rows == 1 { "row" } else { "rows" };
    let mut text = format!("{rows} {unit} in set. Elapsed: {seconds:.3} sec. ");
    if summary.progress.rows >= TOLD_ROWS_MIN {
        text.push_str("Processed ");
        text.push_str(&figures(&summary.progress, summary.elapsed));
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::client::packet::Progress;

    #[test]
    fn summaries_read_as_clickhouse_writes_them() {
        let mut summary = Summary {
            rows: Some(1),
            elapsed: Duration::from_millis(2),
            ..Summary::default()
        };
        assert_eq!(summary_line(&summary), "1 row in set. Elapsed: 0.002 sec.");
        summary.rows = Some(2);
        summary.progress = Progress {
            rows: 1000,
            bytes: 8000,
            ..Progress::default()
        };
        let expected = "2 rows in set. Elapsed: 0.002 sec. Processed 1.00 thousand rows, 8.00 KB (500.00 thousand rows/s., 4.00 MB/s.)";
        assert_eq!(summary_line(&summary), expected);
    }

    #[test]
    fn several_lines_end_with_a_semicolon() {
        assert!(is_whole("SELECT 1; \n") && is_whole("SELECT 1\\G") && is_whole("exit"));
        assert!(!is_whole("SELECT\n1"));
    }
}
