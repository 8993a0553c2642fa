//! A program at a terminal: a pseudo terminal whose other side is the test.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::PATIENCE;

/// A running program and its terminal of 100 columns.
pub struct Terminal {
    child: Child,
    master: File,
    shown: Arc<Mutex<Vec<u8>>>,
    seen: usize,
}

impl Terminal {
    /// Starts a program.
    pub fn start(mut command: Command) -> Terminal {
        let (master, slave) = open();
        for file in [&slave; 3]
            .map(|slave| slave.try_clone().unwrap())
            .into_iter()
            .enumerate()
        {
            match file {
                (0, file) => command.stdin(Stdio::from(file)),
                (1, file) => command.stdout(Stdio::from(file)),
                (_, file) => command.stderr(Stdio::from(file)),
            };
        }
        // SAFETY: both calls may be made between fork and exec.
        unsafe {
            command.pre_exec(|| {
                libc::setsid();
                libc::ioctl(0, libc::TIOCSCTTY, 0);
                Ok(())
            });
        }
        let child = command.spawn().unwrap();
        drop(command);
        drop(slave);
        let shown = Arc::new(Mutex::new(Vec::new()));
        let (mut reader, filled) = (master.try_clone().unwrap(), shown.clone());
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                filled.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        Terminal {
            child,
            master,
            shown,
            seen: 0,
        }
    }

    /// Presses keys.
    pub fn press(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until a text is shown behind what was waited for last, and gives all up to its end.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) -> String {
        let began = Instant::now();
        loop {
            let shown = self.shown.lock().unwrap()[self.seen..].to_vec();
            let shown = String::from_utf8_lossy(&shown).into_owned();
            if let Some(at) = shown.find(text) {
                let end = at + text.len();
                self.seen += end;
                return shown[..end].to_string();
            }
            assert!(began.elapsed() < PATIENCE, "'{text}' is not shown, but: {shown}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until the program ends.
    pub fn end(mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "the program does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn open() -> (File, File) {
    // SAFETY: the file that is opened here is owned by nobody else; the name is read before another call changes it.
    let (master, name) = unsafe {
        let master = libc::posix_openpt(libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC);
        assert!(master >= 0 && libc::grantpt(master) == 0 && libc::unlockpt(master) == 0);
        let mut name = [0; 128];
        assert_eq!(libc::ptsname_r(master, name.as_mut_ptr(), name.len()), 0);
        let name = std::ffi::CStr::from_ptr(name.as_ptr()).to_str().unwrap().to_string();
        (File::from_raw_fd(master), name)
    };
    let slave = File::options().read(true).write(true).open(name).unwrap();
    let size = libc::winsize {
        ws_row: 30,
        ws_col: 100,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // SAFETY: the size lives as long as the call.
    assert_eq!(
        unsafe { libc::ioctl(master.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) },
        0
    );
    (master, slave)
}
