//! The terminal: its width, a password without echo, and the raw mode in which the prompt reads keys.
//!
//! The only unsafe code of this crate: four calls of the system that have no safe form in crates that we have.

use std::io::{self, BufRead, IsTerminal, Write};

use gristmill_sql::{Code, Error, Result};

/// Standard input.
const INPUT: i32 = 0;
/// Standard output.
const OUTPUT: i32 = 1;

/// Columns of the terminal that standard output or standard error is.
pub fn width() -> Option<usize> {
    [OUTPUT, 2].into_iter().find_map(|file| {
        // SAFETY: all zeros is a valid `winsize`, and the call fills it or fails.
        let size = unsafe {
            let mut size: libc::winsize = std::mem::zeroed();
            (libc::ioctl(file, libc::TIOCGWINSZ, &raw mut size) == 0).then_some(size)
        };
        size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0)
    })
}

/// How the terminal was, which it is again when this is dropped.
pub struct Mode {
    before: libc::termios,
}

impl Mode {
    /// Keys arrive at once, all of them, and are not shown.
    pub fn raw() -> io::Result<Mode> {
        Mode::changed(|mode| {
            mode.c_iflag &= !(libc::BRKINT | libc::ICRNL | libc::INPCK | libc::ISTRIP | libc::IXON);
            mode.c_lflag &= !(libc::ECHO | libc::ICANON | libc::IEXTEN | libc::ISIG);
            mode.c_cflag |= libc::CS8;
            mode.c_cc[libc::VMIN] = 1;
            mode.c_cc[libc::VTIME] = 0;
        })
    }

    /// Lines arrive without being shown.
    fn hidden() -> io::Result<Mode> {
        Mode::changed(|mode| mode.c_lflag &= !libc::ECHO)
    }

    fn changed(change: impl FnOnce(&mut libc::termios)) -> io::Result<Mode> {
        // SAFETY: all zeros is a valid `termios`, and the call fills it or fails.
        let before = unsafe {
            let mut mode: libc::termios = std::mem::zeroed();
            match libc::tcgetattr(INPUT, &raw mut mode) {
                0 => mode,
                _ => return Err(io::Error::last_os_error()),
            }
        };
        let mut mode = before;
        change(&mut mode);
        set(&mode)?;
        Ok(Mode { before })
    }
}

impl Drop for Mode {
    fn drop(&mut self) {
        let _ = set(&self.before);
    }
}

fn set(mode: &libc::termios) -> io::Result<()> {
    // SAFETY: the mode is one that the system gave, with other flags.
    match unsafe { libc::tcsetattr(INPUT, libc::TCSADRAIN, mode) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Whether a byte of standard input is there within so many milliseconds.
pub fn has_input(milliseconds: i32) -> bool {
    let mut asked = libc::pollfd {
        fd: INPUT,
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: one entry, which lives as long as the call.
    unsafe { libc::poll(&raw mut asked, 1, milliseconds) > 0 }
}

/// Asks for a password.
pub fn ask_password(user: &str) -> Result<String> {
    let failed = |error: io::Error| Error::new(Code::BAD_ARGUMENTS, format!("Cannot ask for a password: {error}"));
    if !io::stdin().is_terminal() {
        return Err(failed(io::Error::other("standard input is no terminal")));
    }
    eprint!("Password for user ({user}): ");
    let _ = io::stderr().flush();
    let mode = Mode::hidden().map_err(failed)?;
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    drop(mode);
    eprintln!();
    read.map_err(failed)?;
    Ok(line.trim_end_matches(['\n', '\r']).to_string())
}
