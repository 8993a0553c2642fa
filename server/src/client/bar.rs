//! [`Bar`]: how far a query has come, on standard error, as ClickHouse's client shows it.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use super::packet::Progress;
use crate::cli::ProgressMode;
use crate::formats::readable_number::{quantity, size};

/// A query shorter than this shows no bar.
const AFTER: Duration = Duration::from_millis(200);

/// Time between two drawings.
const EVERY: Duration = Duration::from_millis(50);

/// Width where the terminal does not tell its own.
const WIDTH: usize = 80;

/// The turning arrow.
const INDICATORS: [&str; 8] = [
    "\x1b[1;30m→\x1b[0m",
    "\x1b[1;31m↘\x1b[0m",
    "\x1b[1;32m↓\x1b[0m",
    "\x1b[1;33m↙\x1b[0m",
    "\x1b[1;34m←\x1b[0m",
    "\x1b[1;35m↖\x1b[0m",
    "\x1b[1;36m↑\x1b[0m",
    "\x1b[1m↗\x1b[0m",
];

/// Eighths of a character.
const BLOCKS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// The bar of one query.
pub struct Bar {
    is_shown: bool,
    began: Instant,
    drawn: Option<Instant>,
    step: usize,
}

impl Bar {
    /// A bar, if the option asks for one; without it, if `is_default` and standard error is a terminal.
    pub fn new(mode: Option<ProgressMode>, is_default: bool) -> Bar {
        let is_shown = match mode {
            Some(ProgressMode::Off) => false,
            Some(ProgressMode::Err) => true,
            Some(ProgressMode::Tty) => std::io::stderr().is_terminal(),
            None => is_default && std::io::stderr().is_terminal(),
        };
        Bar {
            is_shown,
            began: Instant::now(),
            drawn: None,
            step: 0,
        }
    }

    /// Draws what was done by now.
    pub fn update(&mut self, progress: &Progress) {
        let is_early = match self.drawn {
            None => self.began.elapsed() < AFTER,
            Some(drawn) => drawn.elapsed() < EVERY,
        };
        if !self.is_shown || is_early {
            return;
        }
        self.drawn = Some(Instant::now());
        self.step += 1;
        let indicator = INDICATORS[self.step % INDICATORS.len()];
        let text = line(progress, self.began.elapsed(), width());
        let _ = write!(std::io::stderr(), "\r{indicator} {text}\x1b[K");
    }

    /// Takes the bar away, before something else is printed.
    pub fn clear(&mut self) {
        if self.drawn.is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

fn width() -> usize {
    let told = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    super::terminal::width().or(told).unwrap_or(WIDTH)
}

/// What stands behind the arrow.
fn line(progress: &Progress, elapsed: Duration, width: usize) -> String {
    let mut text = format!("Progress: {}", figures(progress, elapsed));
    if progress.total_rows > 0 {
        let done = progress.rows.min(progress.total_rows);
        let percent = format!(" {}%", done * 100 / progress.total_rows);
        let room = width.saturating_sub(text.chars().count() + 3 + percent.len());
        let eighths = (room as u64 * 8 * done / progress.total_rows) as usize;
        let mut bar: String = std::iter::repeat_n('█', eighths / 8).collect();
        if !eighths.is_multiple_of(8) {
            bar.push(BLOCKS[eighths % 8]);
        }
        text.push_str(&format!("\x1b[0;32m{bar:<room$}\x1b[0m{percent}"));
    }
    text
}

/// Rows, bytes and their rates.
pub fn figures(progress: &Progress, elapsed: Duration) -> String {
    let (rows, bytes) = (progress.rows as f64, progress.bytes as f64);
    let seconds = elapsed.as_secs_f64();
    let rates = match seconds > 0.0 {
        true => format!(" ({} rows/s., {}/s.) ", quantity(rows / seconds), size(bytes / seconds)),
        false => ". ".to_string(),
    };
    format!("{} rows, {}{rates}", quantity(rows), size(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_clickhouse_writes_them() {
        let progress = Progress {
            rows: 1_000,
            bytes: 8_000,
            total_rows: 4_000,
            ..Progress::default()
        };
        let elapsed = Duration::from_millis(500);
        let expected = "1.00 thousand rows, 8.00 KB (2.00 thousand rows/s., 16.00 KB/s.) ";
        assert_eq!(figures(&progress, elapsed), expected);
        let bar = line(&progress, elapsed, 102);
        assert!(
            bar.ends_with("██▌                \u{1b}[0m 25%") || bar.ends_with(" 25%"),
            "{bar}"
        );
        assert_eq!(
            bar.matches('█').count(),
            (102 - 10 - expected.len() - 3 - 4) / 4,
            "{bar}"
        );
    }
}
