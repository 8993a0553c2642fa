//! Random damage to the corpora of `fuzz/`: no panic, no hang, no memory beyond what a target may take.
//!
//! `GRISTMILL_FUZZ_ROUNDS=1000` multiplies the work and takes another seed from the clock. `GRISTMILL_WRITE_CORPUS=1` writes
//! the corpus of formats again: what each format writes for the same three rows.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use gristmill_server::formats::{FormatSettings, find};
use gristmill_tests::fuzz;

/// Counts the bytes that are allocated and the most that ever were, of the process and of each thread.
struct Counting;

static OF_PROCESS: Count = Count {
    now: AtomicUsize::new(0),
    most: AtomicUsize::new(0),
};

thread_local! {
    static OF_THREAD: Count = const {
        Count {
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        }
    };
}

struct Count {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Count {
    fn add(&self, bytes: usize) {
        let now = self.now.fetch_add(bytes, Ordering::Relaxed).wrapping_add(bytes);
        // What other threads gave away may leave less than nothing.
        if now <= isize::MAX as usize {
            self.most.fetch_max(now, Ordering::Relaxed);
        }
    }

    /// Starts to look for the most from here on.
    fn begin(&self) -> usize {
        let now = self.now.load(Ordering::Relaxed);
        self.most
            .store(if now <= isize::MAX as usize { now } else { 0 }, Ordering::Relaxed);
        now
    }

    fn most_since(&self, begin: usize) -> usize {
        (self.most.load(Ordering::Relaxed) as isize)
            .saturating_sub(begin as isize)
            .max(0) as usize
    }
}

// SAFETY: all calls go to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        OF_PROCESS.add(layout.size());
        let _ = OF_THREAD.try_with(|count| count.add(layout.size()));
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        OF_PROCESS.now.fetch_sub(layout.size(), Ordering::Relaxed);
        let _ = OF_THREAD.try_with(|count| count.now.fetch_sub(layout.size(), Ordering::Relaxed));
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What one input of a few kilobytes may allocate at once on the thread that reads it.
const BYTES_MAX: usize = 64 << 20;

/// What the whole process may while a server answers a few kilobytes: it has work of its own in the background.
const SERVER_BYTES_MAX: usize = 256 << 20;

/// One target at a time, so that memory can be counted.
static TURN: Mutex<()> = Mutex::new(());

/// Runs a target over the corpus and so many damaged copies of it.
fn run(name: &str, corpus: Vec<Vec<u8>>, copies: usize, target: impl Fn(&[u8])) {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    assert!(!corpus.is_empty(), "there is a corpus for {name}");
    fuzz::watch_panics();
    let (rounds, mut random) = match std::env::var("GRISTMILL_FUZZ_ROUNDS") {
        Ok(rounds) => {
            let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
            (rounds.parse().unwrap(), Random(clock as u64))
        }
        Err(_) => (1, Random(7)),
    };
    for bytes in &corpus {
        tried(name, bytes, &target);
    }
    for _ in 0..copies * rounds {
        let mut bytes = corpus[random.below(corpus.len())].clone();
        for _ in 0..1 + random.below(3) {
            damage(&mut bytes, &mut random, &corpus);
        }
        tried(name, &bytes, &target);
    }
}

/// Runs a target once; an input that fails is left in the folder of temporary files.
fn tried(name: &str, bytes: &[u8], target: impl Fn(&[u8])) {
    let of_process = OF_PROCESS.begin();
    let of_thread = OF_THREAD.with(Count::begin);
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| target(bytes)));
    let thread = OF_THREAD.with(|count| count.most_since(of_thread));
    let process = OF_PROCESS.most_since(of_process);
    if outcome.is_err() || thread > BYTES_MAX || process > SERVER_BYTES_MAX {
        let path = std::env::temp_dir().join(format!("gristmill-fuzz-{name}"));
        std::fs::write(&path, bytes).unwrap();
        panic!(
            "{name} failed or took {thread} bytes ({process} with other threads) for the input in {}",
            path.display()
        );
    }
}

/// A folder beside this crate's sources.
fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

const FORMATS: &str = "../fuzz/corpus/formats";
const NATIVE: &str = "../fuzz/corpus/native";
const STATEMENTS: &str = "queries";

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let files = std::fs::read_dir(folder(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Numbers as a linear congruence gives them.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

/// Lengths and counts that are lies.
const NUMBERS: &[&[u8]] = &[
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"\xff\xff\xff\xff\x07",
    b"\xff\xff\xff\x7f",
    b"\x80\x80\x80\x80\x04",
    b"\x00\x00\x00\x80",
    b"\xff",
    b"\x00",
];

fn damage(bytes: &mut Vec<u8>, random: &mut Random, corpus: &[Vec<u8>]) {
    let at = random.below(bytes.len() + 1);
    let to = (at + random.below(9)).min(bytes.len());
    match random.below(8) {
        0 => bytes.truncate(at),
        1 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        2 if at < bytes.len() => bytes[at] = random.below(256) as u8,
        3 => drop(bytes.splice(at..to, NUMBERS[random.below(NUMBERS.len())].iter().copied())),
        4 => drop(bytes.drain(at..to)),
        5 => {
            let again = bytes[at..].to_vec();
            bytes.extend_from_slice(&again);
        }
        6 => {
            let other = &corpus[random.below(corpus.len())];
            let from = random.below(other.len() + 1);
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        _ => drop(
            bytes.splice(
                at..at,
                b"\"'[{(,:\\\0"
                    .iter()
                    .copied()
                    .cycle()
                    .skip(random.below(9))
                    .take(to - at),
            ),
        ),
    }
}

#[test]
fn data_of_every_format() {
    if std::env::var("GRISTMILL_WRITE_CORPUS").is_ok() {
        write_formats();
    }
    run("formats", corpus(FORMATS), 4000, fuzz::formats);
}

#[test]
fn clients_of_the_native_protocol() {
    run("native", corpus(NATIVE), 200, fuzz::native);
    fuzz::still_serves();
}

#[test]
fn statements() {
    let lines = |file: Vec<u8>| {
        file.split(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect::<Vec<_>>()
    };
    let lines = corpus(STATEMENTS).into_iter().flat_map(lines).collect();
    run("statements", lines, 4000, fuzz::statement);
}

/// Writes what each format that reads and writes makes of the same rows; what only reads has files written by hand.
fn write_formats() {
    let rows = concat!(
        "1\t-5\t1.5\ttext\tlow\tabc\t2020-01-02\t2020-01-02 03:04:05.678\t1.2345\t61f0c404-5cb3-11e7-907b-a6006ad3dba0",
        "\ta\ttrue\t[1,2.5]\t[['x',NULL],[]]\t(1,['y'])\n",
        "4294967295\t\\N\tnan\t\\t'\\\\\t\\N\t\\0\\0\\0\t1970-01-01\t1970-01-01 00:00:00.000\t-99999999999999.9999",
        "\t00000000-0000-0000-0000-000000000000\tb\tfalse\t[]\t[]\t(0,[])\n",
    );
    let header = fuzz::header();
    let settings = FormatSettings::default();
    let tab_separated = find("TabSeparated").unwrap().input.unwrap();
    let source = Box::new(std::io::Cursor::new(rows.as_bytes().to_vec()));
    let batches: Vec<_> = tab_separated(&header, &settings, source)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for format in fuzz::inputs() {
        let Some(output) = format.output else { continue };
        let written = Written::default();
        let Ok(mut output) = output(&header, &settings, Box::new(written.clone())) else {
            continue;
        };
        for batch in &batches {
            let columns: Vec<usize> = (0..header.len()).collect();
            output.write(&batch.project(&columns).unwrap()).unwrap();
        }
        output.finish(&Default::default()).unwrap();
        drop(output);
        let bytes = [format.name.as_bytes(), b"\n", &written.0.lock().unwrap()].concat();
        std::fs::write(folder(FORMATS).join(format.name), bytes).unwrap();
    }
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
