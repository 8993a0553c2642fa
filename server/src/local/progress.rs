//! How far a statement has come, on standard error: a bar on a terminal, a line now and then elsewhere.
//!
//! Statements that end soon show nothing: the first drawing comes after [`FIRST_AFTER`].

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gristmill_engine::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::ProgressMode;

/// A statement shorter than this shows no progress.
const FIRST_AFTER: Duration = Duration::from_millis(200);
/// Time between two drawings on a terminal.
const BAR_EVERY: Duration = Duration::from_millis(100);
/// Time between two lines where standard error is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(1);

/// Where progress is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Display {
    /// Nowhere.
    Off,
    /// A bar that is drawn over itself.
    Bar,
    /// Lines, for logs.
    Lines,
}

impl Display {
    /// What the option asks for; without it, a bar if standard error is a terminal.
    pub fn new(mode: Option<ProgressMode>) -> Display {
        match (mode, std::io::stderr().is_terminal()) {
            (Some(ProgressMode::Off), _) | (None | Some(ProgressMode::Tty), false) => Display::Off,
            (_, true) => Display::Bar,
            (Some(ProgressMode::Err), false) => Display::Lines,
        }
    }

    /// Shows the counters until [`Watch::end`].
    pub fn watch(self, progress: Arc<Progress>) -> Watch {
        if self == Display::Off {
            return Watch { running: None };
        }
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::spawn(move || self.show(&progress, &stopped));
        Watch {
            running: Some((stop, thread)),
        }
    }

    fn show(self, progress: &Progress, stopped: &mpsc::Receiver<bool>) {
        let began = Instant::now();
        if stopped.recv_timeout(FIRST_AFTER) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        let bar = Bar::new(self);
        let every = if self == Display::Bar { BAR_EVERY } else { LINE_EVERY };
        loop {
            bar.draw(&Figures::read(progress, began.elapsed()));
            match stopped.recv_timeout(every) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(true) => return bar.end(&Figures::read(progress, began.elapsed())),
                Ok(false) | Err(RecvTimeoutError::Disconnected) => return bar.clear(),
            }
        }
    }
}

/// A statement whose progress is being shown.
pub struct Watch {
    running: Option<(mpsc::Sender<bool>, JoinHandle<()>)>,
}

impl Watch {
    /// Ends the display, so that what is printed next has the line for itself.
    pub fn end(self, is_good: bool) {
        if let Some((stop, thread)) = self.running {
            let _ = stop.send(is_good); // the thread may have ended already
            let _ = thread.join();
        }
    }
}

/// The counters at one moment.
struct Figures {
    read_rows: u64,
    total_rows: u64,
    written_rows: u64,
    indexed_rows: u64,
    elapsed: Duration,
}

impl Figures {
    fn read(progress: &Progress, elapsed: Duration) -> Figures {
        Figures {
            read_rows: progress.read_rows(),
            total_rows: progress.total_rows(),
            written_rows: progress.written_rows(),
            indexed_rows: progress.indexed_rows(),
            elapsed,
        }
    }

    /// Of an INSERT into an indexed table the index takes the time, so its rows are what counts then.
    fn done(&self) -> u64 {
        if self.indexed_rows > 0 {
            self.indexed_rows
        } else {
            self.read_rows
        }
    }

    fn percent(&self) -> Option<u64> {
        (self.total_rows > 0).then(|| (self.done().min(self.total_rows)) * 100 / self.total_rows)
    }

    fn text(&self) -> String {
        let per_second = (self.done() as f64 / self.elapsed.as_secs_f64().max(0.001)) as u64;
        let mut text = format!(
            "{} rows, {} rows/s",
            grouped(self.done().max(self.read_rows)),
            grouped(per_second)
        );
        if self.indexed_rows > 0 {
            text += &format!(", {} indexed", grouped(self.indexed_rows));
        }
        if self.written_rows > 0 {
            text += &format!(", {} written", grouped(self.written_rows));
        }
        text
    }
}

/// `1234567` as `1 234 567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// The drawing itself.
enum Bar {
    Terminal(ProgressBar),
    Lines,
}

impl Bar {
    fn new(display: Display) -> Bar {
        if display == Display::Lines {
            return Bar::Lines;
        }
        let bar = ProgressBar::with_draw_target(Some(100), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{spinner} [{bar:30}] {percent:>3}%  {msg}  {elapsed}");
        bar.set_style(style.expect("the template is well formed").progress_chars("━╸ "));
        Bar::Terminal(bar)
    }

    fn draw(&self, figures: &Figures) {
        match self {
            Bar::Terminal(bar) => {
                bar.set_position(figures.percent().unwrap_or(0));
                bar.set_message(figures.text());
                bar.tick();
            }
            Bar::Lines => match figures.percent() {
                Some(percent) => eprintln!("{percent:>3}%  {}", figures.text()),
                None => eprintln!("{}", figures.text()),
            },
        }
    }

    /// A bar goes away with its statement; what a longer INSERT did stays as a line.
    fn end(&self, figures: &Figures) {
        self.clear();
        if figures.written_rows > 0 {
            eprintln!("done: {} in {:.1} s", figures.text(), figures.elapsed.as_secs_f64());
        }
    }

    fn clear(&self) {
        if let Bar::Terminal(bar) = self {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_people_write_them() {
        let figures = Figures {
            read_rows: 10_000,
            total_rows: 10_000,
            written_rows: 0,
            indexed_rows: 2_500,
            elapsed: Duration::from_secs(1),
        };
        assert_eq!(figures.percent(), Some(25));
        assert_eq!(figures.text(), "10 000 rows, 2 500 rows/s, 2 500 indexed");
    }
}
