//! How far a statement has come, on standard error: a bar on a terminal, a line now and then elsewhere.
//!
//! Statements that end soon show nothing.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gristmill_engine::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::ProgressMode;

/// A statement shorter than this shows no bar.
const BAR_AFTER: Duration = Duration::from_millis(200);
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
        let (after, every) = match self {
            Display::Bar => (BAR_AFTER, BAR_EVERY),
            _ => (LINE_EVERY, LINE_EVERY),
        };
        if stopped.recv_timeout(after) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        let bar = Bar::new(self);
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
    rows_to_index: u64,
    indexed_rows: u64,
    elapsed: Duration,
}

impl Figures {
    fn read(progress: &Progress, elapsed: Duration) -> Figures {
        Figures {
            read_rows: progress.read_rows(),
            total_rows: progress.total_rows(),
            written_rows: progress.written_rows(),
            rows_to_index: progress.rows_to_index(),
            indexed_rows: progress.indexed_rows(),
            elapsed,
        }
    }

    /// What is counted now: of an INSERT into an indexed table, building the index takes the time.
    fn done(&self) -> (u64, u64) {
        match self.rows_to_index {
            0 => (self.read_rows, self.total_rows),
            total => (self.indexed_rows, total),
        }
    }

    fn percent(&self) -> Option<u64> {
        let (done, total) = self.done();
        (total > 0).then(|| done.min(total) * 100 / total)
    }

    fn text(&self) -> String {
        let seconds = self.elapsed.as_secs_f64().max(0.001);
        let per_second = |rows: u64| grouped((rows as f64 / seconds) as u64);
        match self.rows_to_index {
            0 => format!(
                "{} rows read, {} rows/s",
                grouped(self.read_rows),
                per_second(self.read_rows)
            ),
            total => format!(
                "{} of {} rows indexed, {} rows/s",
                grouped(self.indexed_rows),
                grouped(total),
                per_second(self.indexed_rows)
            ),
        }
    }

    /// What a statement that wrote rows has done.
    fn summary(&self) -> String {
        let indexed = if self.indexed_rows > 0 { " and indexed" } else { "" };
        let per_second = (self.written_rows as f64 / self.elapsed.as_secs_f64().max(0.001)) as u64;
        let seconds = self.elapsed.as_secs_f64();
        format!(
            "{} rows written{indexed} in {seconds:.1} s, {} rows/s",
            grouped(self.written_rows),
            grouped(per_second)
        )
    }
}

/// `1234567` as `1 234 567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
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
        let style = ProgressStyle::with_template("{spinner} {percent:>3}% [{bar:20}] {elapsed:>4} {wide_msg}");
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
            eprintln!("{}", figures.summary());
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
        let mut figures = Figures {
            read_rows: 10_000,
            total_rows: 40_000,
            written_rows: 0,
            rows_to_index: 0,
            indexed_rows: 0,
            elapsed: Duration::from_secs(2),
        };
        assert_eq!(figures.percent(), Some(25));
        assert_eq!(figures.text(), "10 000 rows read, 5 000 rows/s");
        (figures.rows_to_index, figures.indexed_rows) = (10_000, 5_000);
        assert_eq!(figures.percent(), Some(50));
        assert_eq!(figures.text(), "5 000 of 10 000 rows indexed, 2 500 rows/s");
        figures.written_rows = 10_000;
        assert_eq!(
            figures.summary(),
            "10 000 rows written and indexed in 2.0 s, 5 000 rows/s"
        );
    }
}
