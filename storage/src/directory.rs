//! The seam to the file system: every operation that the store does on disk.
//!
//! [`LocalDirectory`] is the real one. Crash tests put one in its place that stops at a chosen operation;
//! object storage can follow. Paths are whole paths, not relative to anything.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use bytes::Bytes;
use memmap2::Mmap;

/// A file that is being written.
pub trait FileSink: Write + Send {
    /// Makes everything written so far durable.
    fn sync(&mut self) -> io::Result<()>;
}

/// An entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Name inside the folder.
    pub name: String,
    /// Whether it is a folder itself.
    pub is_dir: bool,
}

/// What the store needs from a file system.
pub trait Directory: Send + Sync + fmt::Debug {
    /// Creates a file; an existing one is emptied.
    fn create(&self, path: &Path) -> io::Result<Box<dyn FileSink>>;

    /// The whole file, mapped if it can be.
    fn map(&self, path: &Path) -> io::Result<Bytes>;

    /// Bytes of a file.
    fn file_size(&self, path: &Path) -> io::Result<u64>;

    /// What is in a folder, in no order. Names that are not UTF-8 are not ours and left out.
    fn list(&self, path: &Path) -> io::Result<Vec<Entry>>;

    /// Creates a folder, and those above it.
    fn create_dir(&self, path: &Path) -> io::Result<()>;

    /// Gives a durable file a second name, of the same bytes; durable once the folder is synced.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut copy = self.create(to)?;
        copy.write_all(&self.map(from)?)?;
        copy.sync()
    }

    /// Renames a file or a folder; an existing file is replaced.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Makes creations, renames and removals inside a folder durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;

    /// Removes a folder with everything in it.
    fn remove_dir(&self, path: &Path) -> io::Result<()>;
}

/// The file system of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalDirectory;

impl FileSink for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

impl Directory for LocalDirectory {
    fn create(&self, path: &Path) -> io::Result<Box<dyn FileSink>> {
        Ok(Box::new(File::create(path)?))
    }

    fn map(&self, path: &Path) -> io::Result<Bytes> {
        let file = File::open(path)?;
        if file.metadata()?.len() == 0 {
            return Ok(Bytes::new()); // an empty file cannot be mapped
        }
        // SAFETY: files of parts are never changed after they got their name, and only this process has the
        // database open (see lock.rs); their size is compared with the manifest before the mapping is used.
        let map = unsafe { Mmap::map(&file)? };
        Ok(Bytes::from_owner(map))
    }

    fn file_size(&self, path: &Path) -> io::Result<u64> {
        Ok(fs::metadata(path)?.len())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            if let Ok(name) = entry.file_name().into_string() {
                entries.push(Entry {
                    name,
                    is_dir: entry.file_type()?.is_dir(),
                });
            }
        }
        Ok(entries)
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }
}
