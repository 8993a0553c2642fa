//! What ALTER … PARTITION did, for `alter_partition_verbose_result`.

use std::time::Instant;

use crate::cells::{Cell, Cells};
use crate::environment::Environment;
use crate::error::Result;
use crate::outcome::Outcome;
use crate::statements::ready;

/// One part that a command brought or wrote.
pub struct Line {
    /// The command's words.
    pub command: String,
    /// Partition id.
    pub partition: String,
    /// Name of the part.
    pub part: String,
    /// Its name in `detached/`, if it comes from there.
    pub old_part: Option<String>,
    /// The backup that it is in, if it is about one.
    pub backup: Option<Backup>,
}

/// Where a backup is.
pub struct Backup {
    /// Its name.
    pub name: String,
    /// Folder of the table in it.
    pub path: String,
    /// Folder of the part in it.
    pub part_path: String,
}

/// The answer of an ALTER: nothing unless somebody wants to know and a part is to be told of.
pub fn outcome(lines: Vec<Line>, environment: &Environment, started: Instant) -> Result<Outcome> {
    if !environment.settings.flag("alter_partition_verbose_result") {
        return Ok(Outcome::Done);
    }
    let has_old = lines.iter().any(|line| line.old_part.is_some());
    let has_backup = lines.iter().any(|line| line.backup.is_some());
    let mut columns = vec!["command_type", "partition_id", "part_name"];
    if has_old {
        columns.push("old_part_name");
    }
    if has_backup {
        columns.extend(["backup_name", "backup_path", "part_backup_path"]);
    }
    let mut cells = Cells::new(columns.into_iter().map(|name| (name, "String")))?;
    for line in lines {
        let mut row: Vec<Cell> = vec![line.command.into(), line.partition.into(), line.part.into()];
        if has_old {
            row.push(line.old_part.unwrap_or_default().into());
        }
        if has_backup {
            let (name, path, part_path) = match line.backup {
                Some(backup) => (backup.name, backup.path, backup.part_path),
                None => Default::default(),
            };
            row.extend([name.into(), path.into(), part_path.into()]);
        }
        cells.push(row);
    }
    ready(cells, environment, started)
}
