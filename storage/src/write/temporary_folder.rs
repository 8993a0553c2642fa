//! The folder of a part that has no name yet.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::directory::Directory;
use crate::{Error, Result};

/// A folder that is removed unless it was kept.
#[derive(Debug)]
pub(crate) struct TemporaryFolder {
    directory: Arc<dyn Directory>,
    path: PathBuf,
    kept: bool,
}

impl TemporaryFolder {
    pub fn create(directory: Arc<dyn Directory>, path: PathBuf) -> Result<TemporaryFolder> {
        directory
            .create_dir(&path)
            .map_err(|error| Error::io("create", &path, error))?;
        Ok(TemporaryFolder {
            directory,
            path,
            kept: false,
        })
    }

    /// A folder that is somebody's and stays, whatever becomes of it.
    pub fn adopt(directory: Arc<dyn Directory>, path: PathBuf) -> TemporaryFolder {
        TemporaryFolder {
            directory,
            path,
            kept: true,
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder has got its real name.
    pub fn keep(&mut self) {
        self.kept = true;
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if !self.kept
            && let Err(error) = self.directory.remove_dir(&self.path)
        {
            // Left for the next start, which removes everything temporary.
            tracing::debug!("cannot remove {}: {error}", self.path.display());
        }
    }
}
