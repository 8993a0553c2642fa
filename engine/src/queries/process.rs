//! One statement: who asked what, when, and what is known of it by now.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use gristmill_sql::parser::access::{AccessStatement, hide_secrets};
use gristmill_sql::parser::{Statement, carried, normalized_hash};
use parking_lot::Mutex;
use uuid::Builder;

use super::{Accessed, Beginning, Client};
use crate::progress::Progress;
use crate::settings::Settings;
use crate::stop::Canceller;

/// Bytes of a statement's text that are kept, unless `log_queries_cut_to_length` says more: ClickHouse's default of it.
const TEXT_BYTES: usize = 100_000;
/// Most bytes of a statement's text that are kept.
const TEXT_BYTES_MAX: usize = 1 << 20;

/// Whence a statement comes, and what it is called.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The name that its client has given it.
    pub query_id: Option<String>,
    /// Who sent it.
    pub client: Arc<Client>,
}

/// The name of a statement; one that nobody has given is written out only where it is shown.
#[derive(Clone, Debug)]
pub(super) enum QueryId {
    Given(String),
    Made(u128),
}

impl QueryId {
    fn text(&self) -> String {
        match self {
            Self::Given(text) => text.clone(),
            Self::Made(bits) => Builder::from_random_bytes(bits.to_ne_bytes()).into_uuid().to_string(),
        }
    }
}

/// A statement that runs or has run.
#[derive(Debug)]
pub struct Process {
    id: QueryId,
    share: f64,
    text: Vec<u8>,
    /// Whose it is.
    pub user: String,
    /// Who sent it.
    pub client: Arc<Client>,
    /// The session's database.
    pub database: String,
    /// When it began.
    pub begun: SystemTime,
    /// The same, for durations.
    pub started: Instant,
    /// Its counters; those of its session's next statement once it has ended.
    pub progress: Arc<Progress>,
    /// Ends it.
    pub canceller: Canceller,
    details: Mutex<Details>,
    hash: OnceLock<u64>,
}

/// What is known of a statement only after it has begun.
#[derive(Clone, Debug)]
pub struct Details {
    /// Settings of the session, then with its own over them.
    pub settings: Arc<Settings>,
    /// ClickHouse's word for what it does; empty before it is understood.
    pub kind: &'static str,
    /// What it reads.
    pub accessed: Arc<Accessed>,
    /// Bytes of the text that are the statement; behind them is the data of an INSERT.
    pub text_bytes: usize,
    /// It has been understood and has begun its work.
    pub has_begun: bool,
}

impl Process {
    pub(super) fn new(id: QueryId, share: f64, beginning: Beginning<'_>) -> Self {
        let (text, settings) = (hide_secrets(beginning.text), beginning.settings);
        let bytes_max = match text.len() {
            0..=TEXT_BYTES => TEXT_BYTES,
            _ => (settings.integer("log_queries_cut_to_length") as usize).clamp(TEXT_BYTES, TEXT_BYTES_MAX),
        };
        let text = text[..text.len().min(bytes_max)].to_vec();
        let details = Details {
            settings: settings.clone(),
            kind: "",
            accessed: Arc::default(),
            text_bytes: text.len(),
            has_begun: false,
        };
        Self {
            id,
            share,
            text,
            user: beginning.user.into(),
            client: beginning.origin.client,
            database: beginning.database.into(),
            begun: SystemTime::now(),
            started: Instant::now(),
            progress: beginning.progress.clone(),
            canceller: beginning.canceller,
            details: Mutex::new(details),
            hash: OnceLock::new(),
        }
    }

    /// Its name.
    pub fn query_id(&self) -> String {
        self.id.text()
    }

    pub(super) fn is_called(&self, id: &str) -> bool {
        matches!(&self.id, QueryId::Given(given) if given == id)
    }

    /// A number between 0 and 1 by which it is chosen to be logged.
    pub fn share(&self) -> f64 {
        self.share
    }

    /// Its text, without the data of an INSERT; it may carry bytes that are not UTF-8.
    pub fn text(&self) -> String {
        let bytes = self.details.lock().text_bytes;
        carried(&self.text[..bytes])
    }

    /// The same, or its beginning.
    pub fn text_within(&self, bytes_max: usize) -> String {
        let bytes = self.details.lock().text_bytes.min(bytes_max);
        carried(&self.text[..bytes])
    }

    /// The same for statements that differ in literals only.
    pub fn normalized_hash(&self) -> u64 {
        *self.hash.get_or_init(|| normalized_hash(&self.text()))
    }

    /// Memory that it takes, roughly.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + size_of::<Progress>() + self.text.capacity()
    }

    /// How long it has run.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// What is known of it.
    pub fn details(&self) -> Details {
        self.details.lock().clone()
    }

    /// It is understood.
    pub fn understood(&self, kind: &'static str, settings: &Arc<Settings>) {
        let mut details = self.details.lock();
        details.kind = kind;
        details.settings = settings.clone();
    }

    /// It begins to read this.
    pub fn begins(&self, accessed: Arc<Accessed>) {
        let mut details = self.details.lock();
        details.accessed = accessed;
        details.has_begun = true;
    }

    /// It is understood and works.
    pub fn has_begun(&self) {
        self.details.lock().has_begun = true;
    }

    /// What comes from here on is data.
    pub fn data_begins_at(&self, bytes: usize) {
        let mut details = self.details.lock();
        details.text_bytes = details.text_bytes.min(bytes);
    }
}

/// ClickHouse's `query_kind`.
pub fn kind_of(statement: &Statement) -> &'static str {
    match statement {
        Statement::Query(_) => "Select",
        Statement::Insert(_) => "Insert",
        Statement::CreateDatabase(_) | Statement::CreateTable(_) | Statement::CreateIndex(_) => "Create",
        Statement::Alter(_) => "Alter",
        Statement::Drop(_) | Statement::DropIndex(_) | Statement::Truncate(_) => "Drop",
        Statement::Detach(_) => "Detach",
        Statement::Attach(..) => "Create",
        Statement::Undrop(_) => "Undrop",
        Statement::Rename(_) | Statement::Exchange(..) => "Rename",
        Statement::Delete(_) => "Delete",
        Statement::Update(_) => "Update",
        Statement::Optimize(_) => "Optimize",
        Statement::Check(..) => "Check",
        Statement::System(_) | Statement::CheckRecall(_) => "System",
        Statement::Set(_) => "Set",
        Statement::Use(_) => "Use",
        Statement::Show(_) => "Show",
        Statement::Exists(..) => "Exists",
        Statement::Describe(_) => "Describe",
        Statement::Explain(_) => "Explain",
        Statement::Kill(_) => "KillQuery",
        Statement::Access(access) => access_kind(access),
        _ => "",
    }
}

fn access_kind(statement: &AccessStatement) -> &'static str {
    use AccessStatement as Access;
    match statement {
        Access::Grant(grant) if grant.is_revoke => "Revoke",
        Access::Grant(_) => "Grant",
        Access::SetRole(_) | Access::SetDefaultRole(..) => "Set",
        Access::Drop { .. } => "Drop",
        Access::CheckGrant(_) => "Check",
        Access::User(it) if it.action.is_alter => "Alter",
        Access::Role(it) if it.action.is_alter => "Alter",
        Access::Policy(it) if it.action.is_alter => "Alter",
        Access::Quota(it) if it.action.is_alter => "Alter",
        Access::Profile(it) if it.action.is_alter => "Alter",
        Access::User(_) | Access::Role(_) | Access::Policy(_) | Access::Quota(_) | Access::Profile(_) => "Create",
        _ => "Show",
    }
}
