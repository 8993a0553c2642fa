//! The files of a configuration: the main one, those of its `.d` folders, and the one with users.

use std::path::{Path, PathBuf};

use gristmill_sql::{Code, Error, Result};

use super::tree::Node;

/// What files of a `.d` folder may end in; others are passed over.
const EXTENSIONS: [&str; 5] = ["xml", "conf", "yaml", "yml", "toml"];

/// The tree of a file and of those that add to it: in `conf.d` and in the folder of its name with `.d`.
pub fn read(file: &Path) -> Result<Node> {
    let mut tree = read_one(file)?;
    for added in additions(file)? {
        tree.merge(read_one(&added)?);
    }
    tree.resolve(&|name| std::env::var(name).ok())?;
    Ok(tree)
}

/// The tree of the users that a configuration names a file for, beside its own.
pub fn read_users(file: &Path, tree: &Node) -> Result<Option<Node>> {
    let in_directories = tree
        .child("user_directories")
        .and_then(|it| it.child("users_xml"))
        .and_then(|it| it.text_of("path"));
    let Some(path) = in_directories.or_else(|| tree.text_of("users_config")) else {
        return Ok(None);
    };
    let path = file.parent().unwrap_or(Path::new("")).join(path);
    match path == file {
        true => Ok(None),
        false => read(&path).map(Some),
    }
}

fn read_one(file: &Path) -> Result<Node> {
    let text = std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
    let extension = file.extension().and_then(|it| it.to_str()).unwrap_or_default();
    Node::parse(&text, extension).map_err(|error| {
        let message = format!("Bad configuration file {}: {}", file.display(), error.trim());
        Error::new(Code::BAD_ARGUMENTS, message)
    })
}

fn additions(file: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in [file.with_extension("d"), file.with_file_name("conf.d")] {
        if !folder.is_dir() {
            continue;
        }
        let entries = std::fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))?;
        for entry in entries {
            let path = entry.map_err(|error| unreadable(&folder, &error))?.path();
            let extension = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
            if EXTENSIONS.contains(&extension) && path.is_file() {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn unreadable(file: &Path, error: &std::io::Error) -> Error {
    let message = format!("Cannot read the configuration file {}: {error}", file.display());
    Error::new(Code::CANNOT_OPEN_FILE, message)
}
