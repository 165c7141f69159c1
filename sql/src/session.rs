//! What a caller set up for the statements that follow: a typed list of settings, and nothing of DataFusion's.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use pantile_core::catalog::Draft;
use pantile_core::pool::Account;
use pantile_core::{Code, did_you_mean, nearest};
use parking_lot::Mutex;
use tokio::sync::OwnedMutexGuard;

use crate::{EngineChoice, Error};

/// A setting of a session.
#[derive(Debug)]
pub struct Setting {
    /// Its name in `SET` and `SHOW`.
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    get: fn(&Settings) -> String,
    set: fn(&mut Settings, &str) -> Result<(), String>,
    reset: fn(&mut Settings, &Settings),
}

/// Values of all settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) timezone: String,
    pub(crate) batch_rows: usize,
    pub(crate) engine: EngineChoice,
    pub(crate) row_limit: Option<u64>,
    pub(crate) timeout: Option<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timezone: "+00:00".to_owned(),
            batch_rows: 8192,
            engine: EngineChoice::Auto,
            row_limit: None,
            timeout: None,
        }
    }
}

/// Every setting, sorted by name.
pub(crate) static SETTINGS: &[Setting] = &[
    Setting {
        name: "batch_rows",
        about: "rows of a record batch inside a question, 64 to 65536",
        get: |settings| settings.batch_rows.to_string(),
        set: |settings, text| {
            settings.batch_rows = number(text, 64, 65_536)? as usize;
            Ok(())
        },
        reset: |settings, fresh| settings.batch_rows = fresh.batch_rows,
    },
    Setting {
        name: "engine",
        about: "engine that programs of expressions run on: `auto`, `polars`, `datafusion`",
        get: |settings| settings.engine.as_str().to_owned(),
        set: |settings, text| {
            settings.engine = text.parse()?;
            Ok(())
        },
        reset: |settings, fresh| settings.engine = fresh.engine,
    },
    Setting {
        name: "row_limit",
        about: "most rows an answer may have, 0 for no limit",
        get: |settings| settings.row_limit.unwrap_or(0).to_string(),
        set: |settings, text| {
            settings.row_limit = Some(number(text, 0, u64::MAX)?).filter(|rows| *rows > 0);
            Ok(())
        },
        reset: |settings, fresh| settings.row_limit = fresh.row_limit,
    },
    Setting {
        name: "timeout_ms",
        about: "milliseconds a statement may run, 0 for the server's own limit",
        get: |settings| settings.timeout.map_or(0, |timeout| timeout.as_millis()).to_string(),
        set: |settings, text| {
            settings.timeout =
                Some(number(text, 0, 86_400_000)?).filter(|ms| *ms > 0).map(Duration::from_millis);
            Ok(())
        },
        reset: |settings, fresh| settings.timeout = fresh.timeout,
    },
    Setting {
        name: "timezone",
        about: "time zone of `now()` and of casts to timestamps with a zone: `Europe/Berlin`, `+01:00`",
        get: |settings| settings.timezone.clone(),
        set: |settings, text| {
            text.parse::<datafusion::arrow::array::timezone::Tz>()
                .map_err(|_| format!("`{text}` is no time zone"))?;
            settings.timezone = text.to_owned();
            Ok(())
        },
        reset: |settings, fresh| settings.timezone = fresh.timezone.clone(),
    },
];

/// A session's settings, its open transaction and its temporary tables. Shared by all its statements; what one
/// sets up holds for those that follow.
#[derive(Debug, Default)]
pub struct SessionState {
    settings: Mutex<Settings>,
    /// Whether statements that follow can find it again.
    lasting: bool,
    /// The name that they find it by, which nobody else has.
    name: Option<String>,
    transaction: Mutex<Option<Arc<Draft>>>,
    temporary: Mutex<Option<Arc<Draft>>>,
    /// Held by a `COMMIT` that can be repeated: who repeats it learns what became of the first.
    committing: Arc<tokio::sync::Mutex<()>>,
    used: Mutex<Used>,
    /// What is charged with what is kept for it.
    kept: OnceLock<Arc<Account>>,
}

/// When a session was used.
#[derive(Debug, Default)]
struct Used {
    /// By how many it is now.
    now: usize,
    last: Option<Instant>,
}

/// A use of a session, which does not grow old before this is dropped.
#[derive(Debug)]
pub struct Using(Arc<SessionState>);

impl Drop for Using {
    fn drop(&mut self) {
        let mut used = self.0.used.lock();
        used.now = used.now.saturating_sub(1);
        used.last = Some(Instant::now());
    }
}

impl SessionState {
    /// A session for one statement, in which nothing has been set.
    pub fn new() -> Self {
        Self::default()
    }

    /// A session for many statements, found by what they come over.
    pub fn lasting() -> Self {
        Self { lasting: true, ..Self::default() }
    }

    /// A session for many statements, found by that name.
    pub fn named(name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..Self::lasting() }
    }

    /// Its name, where it has one.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Waits for a `COMMIT` that can be repeated and is under way.
    pub(crate) async fn committing(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.committing).lock_owned().await
    }

    /// Uses it from now on.
    pub fn using(self: &Arc<Self>) -> Using {
        let mut used = self.used.lock();
        used.now = used.now.saturating_add(1);
        drop(used);
        Using(Arc::clone(self))
    }

    /// How long nobody has used it.
    pub fn idle(&self) -> Duration {
        let used = self.used.lock();
        match (used.now, used.last) {
            (0, Some(last)) => last.elapsed(),
            _ => Duration::ZERO,
        }
    }

    /// Its open transaction.
    pub fn transaction(&self) -> Option<Arc<Draft>> {
        self.transaction.lock().clone()
    }

    /// Its temporary tables, where it has some.
    pub fn temporary(&self) -> Option<Arc<Draft>> {
        self.temporary.lock().clone()
    }

    /// A place for its temporary tables, made by `make` where it has none.
    ///
    /// # Errors
    /// [`Code::InvalidRequest`] in a session for one statement.
    pub fn temporary_or(&self, make: impl FnOnce() -> Draft) -> Result<Arc<Draft>, Error> {
        self.must("a temporary table", self.lasting)?;
        Ok(Arc::clone(self.temporary.lock().get_or_insert_with(|| Arc::new(make()))))
    }

    /// What is charged with what is kept for it, made by `make` where there is none yet; none for a session that nobody
    /// finds again.
    pub fn kept_or(&self, make: impl FnOnce() -> Arc<Account>) -> Option<Arc<Account>> {
        self.lasting.then(|| Arc::clone(self.kept.get_or_init(make)))
    }

    /// Opens a transaction.
    ///
    /// # Errors
    /// [`Code::InvalidRequest`] in a session without a name, or where one is open.
    pub(crate) fn begin(&self, make: impl FnOnce() -> Draft) -> Result<(), Error> {
        // What a proxy sends over one connection may be of many clients: none may change what another commits.
        self.must("a transaction", self.lasting && self.name.is_some())?;
        let mut transaction = self.transaction.lock();
        if transaction.is_some() {
            let said = "a transaction is open in this session already; `COMMIT` or `ROLLBACK` ends it";
            return Err(Error::new(Code::InvalidRequest, said));
        }
        *transaction = Some(Arc::new(make()));
        Ok(())
    }

    /// Takes its transaction away from it.
    pub(crate) fn end(&self) -> Option<Arc<Draft>> {
        self.transaction.lock().take()
    }

    /// Gives up a transaction whose time is over.
    pub fn tidy(&self) {
        if let Some(transaction) = self.transaction() {
            transaction.tidy();
        }
    }

    fn must(&self, what: &str, can: bool) -> Result<(), Error> {
        if can {
            return Ok(());
        }
        let said = format!("{what} belongs to a session, and this statement came without one");
        let hint =
            "name a session with the header `Pantile-Session`, in this statement and those that follow";
        Err(Error::new(Code::InvalidRequest, said).hinted(Some(hint.to_owned())))
    }

    /// Sets one setting, as `SET name = value` does.
    ///
    /// # Errors
    /// [`Code::Forbidden`] for a setting that is not a session's, [`Code::InvalidRequest`] for a value it
    /// cannot have.
    pub fn set(&self, name: &str, value: &str) -> Result<(), Error> {
        let setting = find(name)?;
        (setting.set)(&mut self.settings.lock(), value).map_err(|why| {
            Error::new(Code::InvalidRequest, format!("setting `{}` cannot be so: {why}", setting.name))
        })
    }

    /// Sets one setting back to what it is in a new session.
    ///
    /// # Errors
    /// [`Code::Forbidden`] for a setting that is not a session's.
    pub fn reset(&self, name: &str) -> Result<(), Error> {
        (find(name)?.reset)(&mut self.settings.lock(), &Settings::default());
        Ok(())
    }

    /// The setting's value as text.
    ///
    /// # Errors
    /// [`Code::Forbidden`] for a setting that is not a session's.
    pub fn get(&self, name: &str) -> Result<String, Error> {
        Ok((find(name)?.get)(&self.settings.lock()))
    }

    /// Every setting's name, value and meaning.
    pub fn all(&self) -> Vec<(&'static str, String, &'static str)> {
        let settings = self.settings.lock();
        SETTINGS.iter().map(|setting| (setting.name, (setting.get)(&settings), setting.about)).collect()
    }

    /// Most rows an answer may have, where the session says.
    pub fn row_limit(&self) -> Option<u64> {
        self.settings.lock().row_limit
    }

    /// How long a statement may run, where the session says.
    pub fn timeout(&self) -> Option<Duration> {
        self.settings.lock().timeout
    }

    pub(crate) fn settings(&self) -> Settings {
        self.settings.lock().clone()
    }
}

fn find(name: &str) -> Result<&'static Setting, Error> {
    let name = match name.to_lowercase().as_str() {
        "time zone" | "time_zone" | "datafusion.execution.time_zone" => "timezone".to_owned(),
        other => other.to_owned(),
    };
    SETTINGS.iter().find(|setting| setting.name == name).ok_or_else(|| {
        let names: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
        let near = did_you_mean(nearest(&name, names.iter().copied()));
        let said = format!("`{name}` is not a setting of a session{near}; those are {}", names.join(", "));
        Error::new(Code::Forbidden, said)
    })
}

fn number(text: &str, least: u64, most: u64) -> Result<u64, String> {
    match text.parse::<u64>() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(format!("`{text}` is not a whole number from {least} to {most}")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_listed_settings_with_fitting_values() {
        let session = SessionState::new();
        session.set("timezone", "Europe/Berlin").unwrap();
        session.set("BATCH_ROWS", "1024").unwrap();
        assert_eq!(session.get("timezone").unwrap(), "Europe/Berlin");
        session.reset("timezone").unwrap();
        assert_eq!(session.get("timezone").unwrap(), "+00:00");
        assert_eq!(session.set("batch_rows", "1").unwrap_err().code(), Code::InvalidRequest);
        assert_eq!(session.set("timezone", "Mars").unwrap_err().code(), Code::InvalidRequest);
        let refused = session.set("datafusion.runtime.memory_limit", "8G").unwrap_err();
        assert_eq!(refused.code(), Code::Forbidden);
        assert!(SETTINGS.is_sorted_by_key(|setting| setting.name));
    }
}
