//! What a caller set up: `SET` of one question holds for the next one of the same session.
//!
//! A session is named by its caller, belongs to that caller alone, and is forgotten when nobody has used
//! it for a while. Questions that name none get a fresh one over HTTP, and their connection's over Flight.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use pantile_core::catalog::Draft;
use pantile_sql::SessionState;
use parking_lot::Mutex;

use crate::auth::Caller;
use crate::error::Problem;

/// Sessions of one caller and all, so that inventing names does not fill memory.
const SESSIONS_MAX: usize = 10_000;
/// Characters of a session's name.
const NAME_MAX: usize = 128;

/// By whose they are and their names.
type Held = HashMap<(Caller, String), Arc<SessionState>>;

/// A connection over which calls come: it has a session for those that name none. The session ends with it.
#[derive(Clone, Debug, Default)]
pub struct Connection(Arc<Own>);

/// What is a connection's own.
#[derive(Debug, Default)]
struct Own {
    session: Mutex<Option<Arc<SessionState>>>,
    transaction: Mutex<Option<Arc<Draft>>>,
}

impl Connection {
    /// Its session, made if it has none.
    pub fn session(&self) -> Arc<SessionState> {
        Arc::clone(self.0.session.lock().get_or_insert_with(|| Arc::new(SessionState::lasting())))
    }

    /// Its session, where it has one.
    pub fn known(&self) -> Option<Arc<SessionState>> {
        self.0.session.lock().clone()
    }

    /// Forgets its session; the transaction that was begun over it, for who ends that too.
    pub fn forget(&self) -> Option<Arc<Draft>> {
        *self.0.session.lock() = None;
        self.0.transaction.lock().take()
    }

    /// Notes the transaction that was begun over it last.
    pub fn began(&self, transaction: &Arc<Draft>) {
        *self.0.transaction.lock() = Some(Arc::clone(transaction));
    }

    /// Forgets the transaction, which its caller ended.
    pub fn ended(&self, transaction: &Arc<Draft>) {
        self.0.transaction.lock().take_if(|own| Arc::ptr_eq(own, transaction));
    }

    /// The transaction that was begun over it last and that its caller has not ended.
    pub fn transaction(&self) -> Option<Arc<Draft>> {
        self.0.transaction.lock().clone()
    }
}

/// The sessions there are.
pub struct Sessions {
    ttl: Duration,
    held: Mutex<Held>,
}

impl Sessions {
    /// No sessions yet; each is forgotten when unused for `ttl`.
    pub fn new(ttl: Duration) -> Self {
        Self { ttl, held: Mutex::default() }
    }

    /// The caller's session of that name, where there is one.
    pub fn known(&self, caller: &Caller, name: &str) -> Option<Arc<SessionState>> {
        let held = self.held.lock();
        held.get(&(caller.clone(), name.to_owned())).filter(|state| self.keeps(state)).cloned()
    }

    /// Forgets sessions that nobody used for too long, and gives up transactions whose time is over.
    pub fn tidy(&self) {
        let mut held = self.held.lock();
        held.retain(|_, state| self.keeps(state));
        held.values().for_each(|state| state.tidy());
    }

    /// Forgets the caller's session of that name.
    pub fn forget(&self, caller: &Caller, name: &str) {
        self.held.lock().remove(&(caller.clone(), name.to_owned()));
    }

    /// The caller's session of that name, made where it is missing; a fresh one where there is no name.
    pub fn of(&self, caller: &Caller, name: Option<&str>) -> Result<Arc<SessionState>, Problem> {
        let Some(name) = name else { return Ok(Arc::default()) };
        let fine = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
        if name.is_empty() || name.len() > NAME_MAX || !name.chars().all(fine) {
            return Err(Problem::invalid(format!(
                "a session's name is 1 to {NAME_MAX} letters, digits or -_.: and `{}` is not",
                name.chars().take(40).collect::<String>()
            )));
        }
        let mut held = self.held.lock();
        if held.len() >= SESSIONS_MAX {
            held.retain(|_, state| self.keeps(state));
        }
        let full = held.len() >= SESSIONS_MAX;
        let key = (caller.clone(), name.to_owned());
        if full && !held.contains_key(&key) {
            return Err(Problem::new(
                pantile_core::Code::Busy,
                format!("there are {SESSIONS_MAX} sessions already"),
            ));
        }
        let fresh = || Arc::new(SessionState::named(name));
        let state = held.entry(key).or_insert_with(fresh);
        if !self.keeps(state) {
            *state = fresh();
        }
        // Asking for it is a use, though a short one.
        drop(state.using());
        Ok(Arc::clone(state))
    }

    fn keeps(&self, state: &SessionState) -> bool {
        state.idle() < self.ttl
    }
}
