//! A file system that stops at a chosen operation, and may forget what was not synced.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use gristmill_storage::directory::{Directory, Entry, FileSink, LocalDirectory};

/// What happens at the chosen operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The process ends there: this operation and all after it fail.
    Stop,
    /// This operation fails as on a full disk; the next ones work.
    DiskFull,
}

#[derive(Debug)]
struct State {
    fault: Fault,
    /// Operations until the fault.
    left: usize,
    stopped: bool,
    free_bytes: u64,
    /// Files with bytes that were not synced.
    unsynced_files: HashMap<PathBuf, u64>,
    /// Names that were made, changed or removed since their folder was synced, in order.
    unsynced_names: Vec<(PathBuf, Undo)>,
}

/// How to take an operation back.
#[derive(Debug)]
enum Undo {
    RemoveFile(PathBuf),
    RemoveDir(PathBuf),
    /// The old name, the new one, and what a replaced file had in it.
    RenameBack(PathBuf, PathBuf, Option<Vec<u8>>),
    ExchangeBack(PathBuf, PathBuf),
    /// A file that was removed, and what was in it.
    Restore(PathBuf, Vec<u8>),
    /// A folder that was removed, and what was in its files.
    RestoreDir(PathBuf, Vec<(PathBuf, Vec<u8>)>),
}

#[derive(Clone, Debug)]
pub struct FaultyDirectory(Arc<Mutex<State>>);

impl FaultyDirectory {
    /// Works for `operations` operations.
    pub fn new(fault: Fault, operations: usize) -> FaultyDirectory {
        let state = State {
            fault,
            left: operations,
            stopped: false,
            free_bytes: u64::MAX,
            unsynced_files: HashMap::new(),
            unsynced_names: Vec::new(),
        };
        FaultyDirectory(Arc::new(Mutex::new(state)))
    }

    /// Works for ever.
    pub fn sound() -> FaultyDirectory {
        FaultyDirectory::new(Fault::Stop, usize::MAX)
    }

    /// What the disk says of itself.
    pub fn set_free_bytes(&self, bytes: u64) {
        self.0.lock().unwrap().free_bytes = bytes;
    }

    /// Whether the fault came.
    pub fn struck(&self) -> bool {
        self.0.lock().unwrap().left == 0
    }

    /// Takes back everything that was not synced: what a power failure may do.
    pub fn lose_unsynced(&self) {
        let mut state = self.0.lock().unwrap();
        for (path, synced) in state.unsynced_files.drain() {
            if let Ok(file) = fs::File::options().write(true).open(path) {
                file.set_len(synced).unwrap();
            }
        }
        for (_, undo) in std::mem::take(&mut state.unsynced_names).into_iter().rev() {
            match undo {
                Undo::RemoveFile(path) => drop(fs::remove_file(path)),
                Undo::RemoveDir(path) => drop(fs::remove_dir_all(path)),
                Undo::ExchangeBack(left, right) => LocalDirectory.exchange(&left, &right).unwrap(),
                Undo::Restore(path, bytes) => fs::write(path, bytes).unwrap(),
                Undo::RestoreDir(path, files) => {
                    fs::create_dir_all(path).unwrap();
                    for (file, bytes) in files {
                        fs::create_dir_all(parent(&file)).unwrap();
                        fs::write(file, bytes).unwrap();
                    }
                }
                Undo::RenameBack(from, to, replaced) => {
                    if fs::rename(&to, &from).is_err() {
                        fs::create_dir_all(&from).unwrap(); // what was in it is gone, its old name is back
                    }
                    if let Some(bytes) = replaced {
                        fs::write(&to, bytes).unwrap();
                    }
                }
            }
        }
    }

    fn step(&self) -> io::Result<std::sync::MutexGuard<'_, State>> {
        let mut state = self.0.lock().unwrap();
        if state.stopped {
            return Err(io::Error::other("the process has ended"));
        }
        if state.left == 1 {
            state.left = 0;
            state.stopped = state.fault == Fault::Stop;
            return Err(if state.stopped {
                io::Error::other("the process ends here")
            } else {
                io::ErrorKind::StorageFull.into()
            });
        }
        state.left = state.left.saturating_sub(1);
        Ok(state)
    }
}

fn parent(path: &Path) -> PathBuf {
    path.parent().unwrap().to_owned()
}

/// The files in a folder and below it.
fn read_files(path: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => read_files(&entry.path(), files)?,
            false => files.push((entry.path(), fs::read(entry.path())?)),
        }
    }
    Ok(())
}

struct FaultySink {
    directory: FaultyDirectory,
    path: PathBuf,
    inner: Box<dyn FileSink>,
}

impl Write for FaultySink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.directory.step().map(drop) {
            self.inner.write_all(&bytes[..bytes.len() / 2])?; // a torn write
            return Err(error);
        }
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl FileSink for FaultySink {
    fn sync(&mut self) -> io::Result<()> {
        self.directory.step()?.unsynced_files.remove(&self.path);
        Ok(()) // remembered here, not done: nothing but this test loses power
    }
}

impl Directory for FaultyDirectory {
    fn free_bytes(&self, _: &Path) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().free_bytes)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn FileSink>> {
        let mut state = self.step()?;
        state.unsynced_files.insert(path.to_owned(), 0);
        state
            .unsynced_names
            .push((parent(path), Undo::RemoveFile(path.to_owned())));
        drop(state);
        Ok(Box::new(FaultySink {
            directory: self.clone(),
            path: path.to_owned(),
            inner: LocalDirectory.create(path)?,
        }))
    }

    fn map(&self, path: &Path) -> io::Result<Bytes> {
        LocalDirectory.map(path)
    }

    fn file_size(&self, path: &Path) -> io::Result<u64> {
        LocalDirectory.file_size(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        LocalDirectory.list(path)
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.step()?;
        if !path.exists() {
            state
                .unsynced_names
                .push((parent(path), Undo::RemoveDir(path.to_owned())));
        }
        LocalDirectory.create_dir(path)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.step()?;
        LocalDirectory.link(from, to)?;
        state.unsynced_names.push((parent(to), Undo::RemoveFile(to.to_owned())));
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.step()?;
        let replaced = fs::read(to).ok();
        LocalDirectory.rename(from, to)?;
        state
            .unsynced_names
            .push((parent(to), Undo::RenameBack(from.to_owned(), to.to_owned(), replaced)));
        Ok(())
    }

    fn exchange(&self, left: &Path, right: &Path) -> io::Result<()> {
        let mut state = self.step()?;
        LocalDirectory.exchange(left, right)?;
        let undo = Undo::ExchangeBack(left.to_owned(), right.to_owned());
        state.unsynced_names.push((parent(left), undo));
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.step()?;
        let bytes = fs::read(path)?;
        LocalDirectory.remove_file(path)?;
        let undo = Undo::Restore(path.to_owned(), bytes);
        state.unsynced_names.push((parent(path), undo));
        Ok(())
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.step()?;
        state.unsynced_names.retain(|(folder, _)| folder != path);
        Ok(())
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.step()?;
        let mut files = Vec::new();
        read_files(path, &mut files)?;
        LocalDirectory.remove_dir(path)?;
        state.unsynced_names.retain(|(folder, _)| !folder.starts_with(path));
        state.unsynced_files.retain(|file, _| !file.starts_with(path));
        let undo = Undo::RestoreDir(path.to_owned(), files);
        state.unsynced_names.push((parent(path), undo));
        Ok(())
    }
}
