//! file('path'[, format[, structure]]): any file that the host's formats can read.

use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result as DataFusionResult;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use gristmill_sql::Code;
use gristmill_sql::analyzer::TableFunctionArgument;

use super::{Called, structure, text, wrong_count};
use crate::cells::schema_of;
use crate::engine::FileAccess;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::execution::QueryState;
use crate::formats::{FileRequest, Formats, HeaderColumn};
use crate::insert::batch_bytes;
use crate::settings::Settings;

/// file(…)
pub fn call(arguments: &[TableFunctionArgument], environment: &Environment) -> Result<Called> {
    if arguments.is_empty() || arguments.len() > 3 {
        return Err(wrong_count("file", "1 to 3 arguments: path[, format[, structure]]"));
    }
    let mut texts = arguments.iter().map(|argument| text("file", argument));
    let path = texts.next().expect("there is one argument at least")?;
    let auto = |text: &String| !text.eq_ignore_ascii_case("auto");
    let format = texts.next().transpose()?.filter(auto);
    let structure = texts
        .next()
        .transpose()?
        .filter(auto)
        .map(|text| structure::parse(&text));
    let structure = structure.transpose()?;
    let formats = environment.engine.formats().clone();
    let path = allowed_path(&path, environment.engine.files())?;
    let settings = environment.settings.clone();
    let (header, _) = formats.read_file(FileRequest {
        format: format.as_deref(),
        path: &path,
        structure: structure.as_deref(),
        columns: None,
        settings: &settings,
    })?;
    let schema = schema_of(&header);
    let file = File {
        formats,
        format,
        path,
        columns: (0..header.len()).collect(),
        header: header.clone(),
        schema,
        settings,
    };
    Ok((header, Arc::new(file)))
}

/// The file that a path in a query means, if queries may read it.
pub fn allowed_path(path: &str, access: &FileAccess) -> Result<PathBuf> {
    let path = Path::new(path);
    let full = match access {
        FileAccess::Any => return Ok(path.to_path_buf()),
        FileAccess::Under(root) => {
            let denied = || {
                let message = format!("File `{}` is not inside `{}`", path.display(), root.display());
                Error::new(Code::DATABASE_ACCESS_DENIED, message)
            };
            if path.components().any(|component| component == Component::ParentDir) {
                return Err(denied());
            }
            let full = root.join(path);
            // A link inside may lead outside: what counts is where the file really is.
            let resolved = full.canonicalize().unwrap_or_else(|_| full.clone());
            let resolved_root = root.canonicalize().unwrap_or_else(|_| root.clone());
            if !resolved.starts_with(&resolved_root) && !full.starts_with(root) {
                return Err(denied());
            }
            if full.exists() && !resolved.starts_with(&resolved_root) {
                return Err(denied());
            }
            full
        }
    };
    Ok(full)
}

/// A file as a table. Read anew by each scan, as a stream.
#[derive(Clone)]
struct File {
    formats: Arc<dyn Formats>,
    format: Option<String>,
    path: PathBuf,
    header: Vec<HeaderColumn>,
    /// Positions of the columns that are read.
    columns: Vec<usize>,
    /// Of those columns.
    schema: SchemaRef,
    settings: Arc<Settings>,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "file({})", self.path.display())
    }
}

#[async_trait]
impl TableProvider for File {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let mut file = self.clone();
        if let Some(projection) = projection {
            file.schema = Arc::new(self.schema.project(projection)?);
            file.columns = projection.iter().map(|column| self.columns[*column]).collect();
        }
        let schema = file.schema.clone();
        let scan = StreamingTableExec::try_new(schema, vec![Arc::new(file) as _], None, None, false, limit)?;
        Ok(Arc::new(scan))
    }
}

impl PartitionStream for File {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let progress = QueryState::of(&context).map(|query| query.progress.clone());
        let schema = self.schema.clone();
        let opened = self.formats.read_file(FileRequest {
            format: self.format.as_deref(),
            path: &self.path,
            structure: Some(&self.header),
            columns: Some(&self.columns),
            settings: &self.settings,
        });
        let batches: crate::formats::Batches = match opened {
            Ok((_, batches)) => batches,
            Err(error) => Box::new(std::iter::once(Err(error))),
        };
        let columns: Vec<usize> = (0..self.columns.len()).collect();
        let counted = batches.map(move |batch| {
            // A table has no use for the masks of values that the file omits.
            let batch = batch?.project(&columns)?;
            if let Some(progress) = &progress {
                progress.add_read(batch.num_rows() as u64, batch_bytes(&batch) as u64);
            }
            Ok(batch)
        });
        Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::iter(counted)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, allowed: bool) {
        let access = FileAccess::Under("/srv/user_files".into());
        assert_eq!(allowed_path(path, &access).is_ok(), allowed, "{path}");
    }

    #[test]
    fn a_server_reads_below_its_folder_only() {
        check("a.csv", true);
        check("/srv/user_files/a.csv", true);
        check("../a.csv", false);
        check("x/../../a.csv", false);
        check("/etc/passwd", false);
        check("/srv/user_files_2/a.csv", false);
    }
}
