//! The seam to the file system: every operation that a database does on disk.
//!
//! [`LocalDirectory`] is the real one. Crash tests put one in its place that stops at a chosen operation;
//! object storage can follow. Paths are whole paths, not relative to anything.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::num::NonZeroU64;
use std::path::Path;

use bytes::Bytes;
use memmap2::Mmap;
use rustix::fs::{Advice, CWD, RenameFlags, fadvise};

use crate::{Error, Result};

/// Files smaller than this are read into memory: a process may have some 65,000 mappings, fewer than a server's parts
/// have files, and a small file saves nothing by being mapped.
const MAPPED_BYTES_MIN: u64 = 64 << 10;
/// Where the contents of a file start in memory: indexes are searched in place, by cache lines.
pub const FILE_ALIGNMENT: usize = 64;

/// The disk is told to begin with bytes when so many wait for it: there is little left for the sync at the end.
const WRITE_BEHIND_BYTES: u64 = 16 << 20;

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

/// What a database needs from a file system.
pub trait Directory: Send + Sync + fmt::Debug {
    /// Creates a file; an existing one is emptied.
    fn create(&self, path: &Path) -> io::Result<Box<dyn FileSink>>;

    /// The whole file, mapped if it is big. It starts at a multiple of [`FILE_ALIGNMENT`] in memory.
    fn map(&self, path: &Path) -> io::Result<Bytes>;

    /// Bytes of a file.
    fn file_size(&self, path: &Path) -> io::Result<u64>;

    /// What is in a folder, in no order. Names that are not UTF-8 are not ours and left out.
    fn list(&self, path: &Path) -> io::Result<Vec<Entry>>;

    /// Creates a folder, and those above it.
    fn create_dir(&self, path: &Path) -> io::Result<()>;

    /// Gives a durable file a second name, of the same bytes; durable once the folder is synced.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        copy(self, from, to)
    }

    /// Renames a file or a folder; an existing file is replaced.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Gives two files each other's name, at once.
    fn exchange(&self, left: &Path, right: &Path) -> io::Result<()>;

    /// Makes creations, renames and removals inside a folder durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;

    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Removes a folder with everything in it.
    fn remove_dir(&self, path: &Path) -> io::Result<()>;

    /// Bytes that may still be written to the disk of a folder; `u64::MAX` where nobody knows.
    fn free_bytes(&self, _path: &Path) -> io::Result<u64> {
        Ok(u64::MAX)
    }

    /// Bytes of the disk of a folder; `u64::MAX` where nobody knows.
    fn total_bytes(&self, _path: &Path) -> io::Result<u64> {
        Ok(u64::MAX)
    }
}

/// Creates a folder, and those above it, such that they are still there after a power failure.
pub fn create_durably(directory: &dyn Directory, path: &Path) -> Result<()> {
    match directory.list(path) {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(Error::io("open", path, error)),
    }
    let above = path.parent().filter(|above| !above.as_os_str().is_empty());
    if let Some(above) = above {
        create_durably(directory, above)?;
    }
    directory
        .create_dir(path)
        .map_err(|error| Error::io("create", path, error))?;
    let above = above.unwrap_or(Path::new("."));
    directory
        .sync_dir(above)
        .map_err(|error| Error::io("sync", above, error))
}

/// The file system of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalDirectory;

/// A file of this machine that is being written from its start.
struct LocalFile {
    file: File,
    written: u64,
    /// Bytes that the disk was told to begin with.
    begun: u64,
}

impl Write for LocalFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.written += written as u64;
        if let Some(length) = NonZeroU64::new(self.written - self.begun).filter(|it| it.get() >= WRITE_BEHIND_BYTES) {
            // Linux begins to write what it is told that nobody needs, and keeps what is not written yet in memory. It
            // is a hint: the sync tells what went wrong.
            let _ = fadvise(&self.file, self.begun, Some(length), Advice::DontNeed);
            self.begun = self.written;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl FileSink for LocalFile {
    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_all()
    }
}

impl Directory for LocalDirectory {
    fn create(&self, path: &Path) -> io::Result<Box<dyn FileSink>> {
        let file = File::create(path)?;
        let (written, begun) = (0, 0);
        Ok(Box::new(LocalFile { file, written, begun }))
    }

    fn map(&self, path: &Path) -> io::Result<Bytes> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        if size < MAPPED_BYTES_MIN {
            return read_aligned(file, size as usize);
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
        match fs::hard_link(from, to) {
            Err(error) if has_no_links(&error) => copy(self, from, to),
            linked => linked,
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn exchange(&self, left: &Path, right: &Path) -> io::Result<()> {
        Ok(rustix::fs::renameat_with(CWD, left, CWD, right, RenameFlags::EXCHANGE)?)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(path)?;
        // Some file systems that are no disks say that they have no blocks.
        match disk.f_blocks {
            0 => Ok(u64::MAX),
            _ => Ok(disk.f_bavail.saturating_mul(disk.f_frsize)),
        }
    }

    fn total_bytes(&self, path: &Path) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(path)?;
        match disk.f_blocks {
            0 => Ok(u64::MAX),
            blocks => Ok(blocks.saturating_mul(disk.f_frsize)),
        }
    }
}

fn copy<D: Directory + ?Sized>(directory: &D, from: &Path, to: &Path) -> io::Result<()> {
    let mut sink = directory.create(to)?;
    sink.write_all(&directory.map(from)?)?;
    sink.sync()
}

/// Whether the file system refuses links where a copy would do: it has none (EPERM, ENOTSUP), not between these folders
/// (EXDEV), or not one more (EMLINK).
fn has_no_links(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::PermissionDenied | ErrorKind::Unsupported | ErrorKind::CrossesDevices | ErrorKind::TooManyLinks
    )
}

/// The first `size` bytes of a file, in memory of their own.
fn read_aligned(mut file: File, size: usize) -> io::Result<Bytes> {
    let mut memory = vec![0; size + FILE_ALIGNMENT];
    let start = memory.as_ptr().align_offset(FILE_ALIGNMENT);
    let range = start..start + size;
    file.read_exact(&mut memory[range.clone()])?;
    Ok(Bytes::from_owner(memory).slice(range))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn small_files_take_no_mapping() {
        let dir = tempfile::tempdir().unwrap();
        let limit = MAPPED_BYTES_MIN as usize;
        for (name, size, mapped) in [("none", 0, false), ("small", limit - 1, false), ("big", limit, true)] {
            let path = dir.path().join(name);
            let bytes: Vec<u8> = (0..size).map(|place| place as u8).collect();
            fs::write(&path, &bytes).unwrap();
            let read = LocalDirectory.map(&path).unwrap();
            assert_eq!(read, bytes);
            assert!(
                size == 0 || read.as_ptr().addr().is_multiple_of(FILE_ALIGNMENT),
                "{name}"
            );
            let mappings = fs::read_to_string("/proc/self/maps").unwrap();
            assert_eq!(mappings.contains(path.to_str().unwrap()), mapped, "{name}");
        }
    }

    #[test]
    fn free_space_is_what_the_disk_says() {
        let dir = tempfile::tempdir().unwrap();
        let free = LocalDirectory.free_bytes(dir.path()).unwrap();
        assert!((1..u64::MAX).contains(&free), "{free}");
        assert!(LocalDirectory.free_bytes(&dir.path().join("missing")).is_err());
    }

    #[test]
    fn files_are_copied_where_they_cannot_be_linked() {
        use std::os::unix::fs::MetadataExt;

        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        fs::write(&from, "bytes").unwrap();
        LocalDirectory.link(&from, &to).unwrap();
        assert_eq!(fs::metadata(&to).unwrap().nlink(), 2);
        for code in [
            libc_codes::EPERM,
            libc_codes::EXDEV,
            libc_codes::EMLINK,
            libc_codes::ENOTSUP,
        ] {
            assert!(has_no_links(&io::Error::from_raw_os_error(code)), "{code}");
        }
        let missing = LocalDirectory.link(&dir.path().join("missing"), &to).unwrap_err();
        assert!(!has_no_links(&missing));
        // No file system links across devices.
        let Ok(other) = tempfile::tempdir_in("/dev/shm") else {
            return;
        };
        let copied = other.path().join("copied");
        LocalDirectory.link(&from, &copied).unwrap();
        assert_eq!(fs::read(&copied).unwrap(), b"bytes");
    }

    /// As Linux numbers them.
    mod libc_codes {
        pub const EPERM: i32 = 1;
        pub const EXDEV: i32 = 18;
        pub const EMLINK: i32 = 31;
        pub const ENOTSUP: i32 = 95;
    }
}
