//! The command itself: threads that ask, and one that reports.

use std::ffi::OsString;
use std::io::Read;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use gristmill_sql::{Code, Error, Result};

use super::report;
use super::statistics::{Measured, Random, Statistics};
use crate::cli::benchmark::BenchmarkOptions;
use crate::cli::{self, Given};
use crate::client::failure::Failure;
use crate::client::interrupt::Interrupt;
use crate::client::session::{Display, Session};
use crate::client::target::{Asking, Target};

/// Queries that run at the same time at most: each has a thread and a connection to each server.
const CONCURRENCY_MAX: usize = 4096;

/// How often it is looked whether all has ended.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Runs `gristmill benchmark` with these arguments.
pub fn run(arguments: Vec<OsString>) -> Result<ExitCode> {
    let (options, given) = cli::parse::<BenchmarkOptions>(arguments)?;
    if options.concurrency == 0 || options.concurrency > CONCURRENCY_MAX {
        let message = format!("--concurrency has to be between 1 and {CONCURRENCY_MAX}");
        return Err(Error::new(Code::BAD_ARGUMENTS, message));
    }
    let queries = queries(&options)?;
    let targets = targets(&options, &given)?;
    eprintln!("Loaded {} queries.", queries.len());
    let count = targets.len();
    let benchmark = Benchmark {
        addresses: targets.iter().map(|target| target.endpoints[0].address()).collect(),
        targets,
        queries,
        given,
        interrupt: Interrupt::listen()?,
        started: Instant::now(),
        next: AtomicU64::new(0),
        is_stopped: AtomicBool::new(false),
        current: Mutex::new(vec![Statistics::default(); count]),
        total: Mutex::new(vec![Statistics::default(); count]),
        failure: Mutex::new(None),
        options,
    };
    benchmark.run()
}

struct Benchmark {
    options: BenchmarkOptions,
    given: Given,
    targets: Vec<Target>,
    addresses: Vec<String>,
    queries: Vec<String>,
    interrupt: Interrupt,
    started: Instant,
    /// The number of the next query.
    next: AtomicU64,
    is_stopped: AtomicBool,
    /// Since the last report, by server.
    current: Mutex<Vec<Statistics>>,
    /// Since the begin.
    total: Mutex<Vec<Statistics>>,
    failure: Mutex<Option<Failure>>,
}

impl Benchmark {
    fn run(&self) -> Result<ExitCode> {
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..self.options.concurrency)
                .map(|number| scope.spawn(move || self.ask_queries(number as u64)))
                .collect();
            let mut reported = Instant::now();
            while !threads.iter().all(|thread| thread.is_finished()) {
                std::thread::sleep(LOOK_EVERY);
                self.check_end();
                if self.options.delay > 0.0 && reported.elapsed().as_secs_f64() >= self.options.delay {
                    self.report_progress();
                    reported = Instant::now();
                }
            }
        });
        self.report_end()?;
        let failure = lock(&self.failure).take();
        Ok(match failure {
            Some(failure) => ExitCode::from(failure.exit_status()),
            None => ExitCode::SUCCESS,
        })
    }

    /// Ends it where that was asked for.
    fn check_end(&self) {
        let limit = self.options.timelimit;
        let why = match () {
            () if self.interrupt.count() > 0 => "SIGINT received.",
            () if limit > 0.0 && self.started.elapsed().as_secs_f64() >= limit => "Requested time limit is exhausted.",
            () => return,
        };
        if !self.is_stopped.swap(true, Ordering::AcqRel) {
            eprintln!("Stopping launch of queries. {why}");
        }
    }

    fn ask_queries(&self, seed: u64) {
        let mut sessions: Vec<Session> = self.targets.iter().map(|target| self.session(target)).collect();
        let mut random = Random::new(seed + 1);
        let iterations = self.options.iterations;
        while !self.is_stopped.load(Ordering::Acquire) {
            let number = self.next.fetch_add(1, Ordering::AcqRel);
            if iterations > 0 && number >= iterations {
                return;
            }
            let query = match self.options.randomize {
                true => random.below(self.queries.len()),
                false => (number % self.queries.len() as u64) as usize,
            };
            let server = (number % self.targets.len() as u64) as usize;
            if self.options.reconnect {
                sessions[server] = self.session(&self.targets[server]);
            }
            match measure(&mut sessions[server], &self.queries[query]) {
                Ok(measured) => {
                    lock(&self.current)[server].add(&measured);
                    lock(&self.total)[server].add(&measured);
                }
                Err(failure) => self.failed(server, failure, &self.queries[query]),
            }
        }
    }

    fn session(&self, target: &Target) -> Session {
        let display = Display {
            format: "Null".into(),
            progress: None,
            is_interactive: false,
            log_file: None,
        };
        // Ctrl-C ends the benchmark, not its queries.
        let mut session = Session::new(target.clone(), Interrupt::default(), display);
        session.settings = target.settings.iter().chain(&self.given.settings).cloned().collect();
        session.parameters = self.given.parameters.clone();
        session
    }

    fn failed(&self, server: usize, failure: Failure, query: &str) {
        lock(&self.current)[server].errors += 1;
        lock(&self.total)[server].errors += 1;
        let text = failure.text(self.options.stacktrace);
        eprintln!(
            "An error occurred while processing the query '{query}': {}",
            String::from_utf8_lossy(&text)
        );
        if !self.options.continue_on_errors {
            self.is_stopped.store(true, Ordering::Release);
            lock(&self.failure).get_or_insert(failure);
        }
    }

    fn report_progress(&self) {
        let executed: u64 = lock(&self.total).iter().map(|it| it.queries + it.errors).sum();
        if executed == 0 {
            return;
        }
        let share = match self.options.iterations {
            0 => String::new(),
            all => format!(" ({:.0}%)", executed as f64 * 100.0 / all as f64),
        };
        eprintln!("\nQueries executed: {executed}{share}.");
        let statistics = match self.options.cumulative {
            true => lock(&self.total).clone(),
            false => std::mem::replace(
                &mut *lock(&self.current),
                vec![Statistics::default(); self.targets.len()],
            ),
        };
        self.report(&statistics);
    }

    fn report_end(&self) -> Result<()> {
        let total = lock(&self.total).clone();
        let executed: u64 = total.iter().map(|it| it.queries + it.errors).sum();
        eprintln!("\nQueries executed: {executed}.");
        self.report(&total);
        let Some(file) = &self.options.json else {
            return Ok(());
        };
        let text = report::json(&self.measured(&total), self.options.concurrency);
        std::fs::write(file, text).map_err(|error| {
            let message = format!("Cannot write {}: {error}", file.display());
            Error::new(Code::CANNOT_OPEN_FILE, message)
        })
    }

    fn report(&self, statistics: &[Statistics]) {
        if statistics.iter().any(|it| it.queries > 0) {
            let measured = self.measured(statistics);
            eprint!(
                "{}",
                report::text(&measured, self.options.concurrency, self.options.confidence)
            );
        }
    }

    fn measured<'a>(&'a self, statistics: &'a [Statistics]) -> Vec<report::Measured<'a>> {
        self.addresses.iter().map(String::as_str).zip(statistics).collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nobody panics while holding the lock")
}

fn measure(session: &mut Session, query: &str) -> std::result::Result<Measured, Failure> {
    session.connection()?;
    let began = Instant::now();
    let mut result = (0, 0);
    let progress = session.fetch(query.as_bytes(), |block| {
        result.0 += block.rows as u64;
        result.1 += block
            .columns
            .iter()
            .map(|column| column.get_array_memory_size() as u64)
            .sum::<u64>();
        Ok(())
    })?;
    Ok(Measured {
        seconds: began.elapsed().as_secs_f64(),
        read: (progress.rows, progress.bytes),
        result,
    })
}

/// The queries given, or one of each line.
fn queries(options: &BenchmarkOptions) -> Result<Vec<String>> {
    let mut queries = options.query.clone();
    let unreadable =
        |name: &str, error: std::io::Error| Error::new(Code::CANNOT_OPEN_FILE, format!("Cannot read {name}: {error}"));
    let mut text = String::new();
    for file in &options.queries_file {
        let read = std::fs::read_to_string(file).map_err(|error| unreadable(&file.display().to_string(), error))?;
        text.push_str(&read);
        text.push('\n');
    }
    if queries.is_empty() && options.queries_file.is_empty() {
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| unreadable("standard input", error))?;
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    queries.extend(lines.map(str::to_string));
    match queries.is_empty() {
        true => Err(Error::new(Code::EMPTY_DATA_PASSED, "Empty list of queries.")),
        false => Ok(queries),
    }
}

fn targets(options: &BenchmarkOptions, given: &Given) -> Result<Vec<Target>> {
    let count = options.host.len().max(options.port.len()).max(1);
    let connection = options.connection();
    (0..count)
        .map(|at| {
            let host = options.host.get(at).or(options.host.last());
            let port = options.port.get(at).or(options.port.last());
            let connection = crate::cli::client::ConnectionOptions {
                port: port.copied().into_iter().collect(),
                ..connection.clone()
            };
            Target::resolve(Asking {
                hosts: host.cloned().into_iter().collect(),
                connection_string: None,
                options: &connection,
                settings: &given.settings,
                config: (None, None),
            })
        })
        .collect()
}
