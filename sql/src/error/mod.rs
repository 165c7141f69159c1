//! Why a statement gave no answer: a code, a sentence, and where in the text. What DataFusion says is read in
//! [`engine`], and what it should not say is left out there.

mod engine;

use std::fmt;

use datafusion::common::DataFusionError;
use pantile_core::pool::{OverBudget, Reason};
use pantile_core::{Code, catalog, format, frame, pool, store};

/// Why a statement gave no answer. Nothing in it names a file or a URL.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    code: Code,
    message: String,
    position: Option<Position>,
    hint: Option<String>,
    limit: Option<Limit>,
    in_vain: bool,
}

/// A place in the text, both numbers from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: u64,
    /// The character in it.
    pub column: u64,
}

/// The limit that was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Its name, as in `/v1/limits`: `sql_chain`, `sql_nesting`, …
    pub name: &'static str,
    /// What it allows.
    pub max: u64,
    /// What was asked; at least so much where counting stopped there.
    pub got: u64,
}

impl Error {
    /// An error of that code.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), position: None, hint: None, limit: None, in_vain: false }
    }

    /// A statement over a limit of its form.
    pub(crate) fn limit(name: &'static str, what: &str, got: u64, max: u64) -> Self {
        let count = match got {
            u64::MAX => "more than 10^19".to_owned(),
            got => got.to_string(),
        };
        let message = format!("the statement has {count} {what}, and limit `{name}` allows {max}");
        Self { limit: Some(Limit { name, max, got }), ..Self::new(Code::LimitSql, message) }
    }

    /// A statement that was ended.
    pub(crate) fn stopped(reason: Reason) -> Self {
        let code = match reason {
            Reason::TimedOut => Code::Timeout,
            Reason::OverBudget => Code::LimitMemory,
            Reason::Draining => Code::Unavailable,
            Reason::Disconnected | Reason::Asked => Code::Cancelled,
        };
        Self::new(code, format!("the statement was ended: {}", reason.as_str()))
    }

    /// A defect: its text goes to the log, not to the client.
    pub(crate) fn defect(what: &dyn fmt::Display) -> Self {
        tracing::error!(error = %what, "a statement failed by a defect");
        Self::new(Code::Internal, "the statement failed by a defect of the server; its log says more")
    }

    pub(crate) fn at(mut self, position: Option<Position>) -> Self {
        self.position = self.position.or(position);
        self
    }

    /// The same at another place: where a program says what the statement is.
    pub(crate) fn moved(self, position: Position) -> Self {
        Self { position: Some(position), ..self }
    }

    pub(crate) fn met(mut self, limit: Limit) -> Self {
        self.limit = Some(limit);
        self
    }

    pub(crate) fn hinted(mut self, hint: Option<String>) -> Self {
        self.hint = self.hint.or(hint);
        self
    }

    /// The same about that file of a location, where the file is what is wrong.
    pub(crate) fn of_file(self, path: &impl fmt::Display) -> Self {
        match self.code {
            Code::StorageDamaged => {
                let said = format!("the file `{path}` is damaged, or of another format");
                let hint = "files at a location are their owner's to check";
                Self { message: said, hint: Some(hint.to_owned()), ..self }
            }
            _ => self,
        }
    }

    /// The code a client sees.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Where in the text, where that is known.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// What to try instead, where something is likely.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Whether asking the very same again is in vain, though the code alone would say that it may help.
    pub fn in_vain(&self) -> bool {
        self.in_vain
    }

    /// The limit that was met, where it was one.
    pub fn limit_met(&self) -> Option<&Limit> {
        self.limit.as_ref()
    }

    /// The name of the limit that was met, as a problem's `limit` tells it.
    pub fn limit_name(&self) -> Option<&'static str> {
        match (&self.limit, self.code) {
            (Some(limit), _) => Some(limit.name),
            // DataFusion tells these in words alone.
            (None, Code::LimitMemory) => Some("query_memory"),
            (None, Code::LimitScratch) => Some("scratch_bytes"),
            (None, _) => None,
        }
    }

    /// The refusal of a link that leads out of its location, where that is what a store's error is about.
    pub(crate) fn leading_out(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        store::LeadsOut::behind(error).map(|link| Self::new(Code::Forbidden, link.to_string()))
    }

    /// The same error for DataFusion to carry; the answer's reader finds it again.
    pub(crate) fn carried(self) -> DataFusionError {
        DataFusionError::External(Box::new(self))
    }

    /// What DataFusion said while planning.
    pub(crate) fn planning(error: &DataFusionError) -> Self {
        engine::of(error, true)
    }

    /// What DataFusion said while running.
    pub(crate) fn running(error: &DataFusionError) -> Self {
        engine::of(error, false)
    }
}

impl From<datafusion::sql::sqlparser::tokenizer::Location> for Position {
    fn from(at: datafusion::sql::sqlparser::tokenizer::Location) -> Self {
        Self { line: at.line, column: at.column }
    }
}

impl From<datafusion::common::Location> for Position {
    fn from(at: datafusion::common::Location) -> Self {
        Self { line: at.line, column: at.column }
    }
}

impl From<catalog::Error> for Error {
    fn from(error: catalog::Error) -> Self {
        match error {
            catalog::Error::UnknownDataset { name, nearest } => {
                Self::unknown_dataset(&name, nearest.as_deref())
            }
            catalog::Error::Sqlite(_) | catalog::Error::Damaged { .. } => Self::defect(&chain(&error)),
            catalog::Error::Store(error) => error.into(),
            other => Self { in_vain: other.in_vain(), ..Self::new(other.code(), other.to_string()) },
        }
    }
}

impl From<frame::Error> for Error {
    fn from(error: frame::Error) -> Self {
        match error {
            frame::Error::Store(error) => error.into(),
            frame::Error::Parquet(_) if error.code() == Code::StorageFull => Self::disk_full(),
            frame::Error::Parquet(_) if error.code() == Code::Internal => Self::defect(&chain(&error)),
            other => Self::new(other.code(), other.to_string()),
        }
    }
}

impl From<format::Error> for Error {
    fn from(error: format::Error) -> Self {
        match error.code() {
            Code::Internal => Self::defect(&chain(&error)),
            code => Self::new(code, error.to_string()),
        }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        tracing::warn!(error = %chain(&error), "a store failed a statement");
        match error.code() {
            Code::StorageFull => Self::disk_full(),
            Code::UnknownOutcome => {
                Self::new(Code::UnknownOutcome, "it is not known whether a partition was written")
            }
            Code::LimitScratch => Self::new(Code::LimitScratch, error.to_string()),
            code => Self::new(code, "a store did not do what was asked; the server's log says more"),
        }
    }
}

impl From<pool::Error> for Error {
    fn from(error: pool::Error) -> Self {
        Self::defect(&error)
    }
}

impl From<OverBudget> for Error {
    fn from(over: OverBudget) -> Self {
        Self {
            limit: Some(Limit {
                name: if over.account == "total" { "memory" } else { "query_memory" },
                max: over.limit,
                got: over.used.saturating_add(over.asked),
            }),
            ..Self::new(Code::LimitMemory, over.to_string())
        }
    }
}

impl Error {
    fn disk_full() -> Self {
        Self::new(
            Code::StorageFull,
            "no space is left on the disk under the data folder; nothing was committed",
        )
    }

    /// A name that no dataset has.
    pub(crate) fn unknown_dataset(name: &str, nearest: Option<&str>) -> Self {
        let hint = nearest.map(|near| format!("did you mean `{}`?", crate::names::quoted(near)));
        Self::new(Code::UnknownDataset, format!("there is no dataset `{name}`")).hinted(hint)
    }
}

/// What DataFusion said, for the log.
pub(crate) fn told(error: DataFusionError) -> String {
    chain(&error)
}

/// An error and all its causes, for the log.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    causes(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// An error and what lies behind it, from the outside in.
fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}
