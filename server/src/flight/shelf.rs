//! Things that are kept for a caller for a while, under a name that nobody can guess.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use pantile_core::Code;
use pantile_core::pool::{Account, Charge, OverBudget};
use pantile_sql::SessionState;
use parking_lot::Mutex;
use uuid::Uuid;

use crate::error::Problem;

/// Bytes that keeping anything takes besides.
const KEEPING_BYTES: u64 = 512;

/// Things of one kind, each until its time is over or it is taken away.
pub(super) struct Shelf<T> {
    /// What they are, for messages.
    what: &'static str,
    ttl: Duration,
    max: usize,
    forgets: bool,
    kept: Mutex<HashMap<String, Kept<T>>>,
}

struct Kept<T> {
    thing: Arc<T>,
    until: SystemTime,
    /// Whether somebody has come for it.
    used: bool,
    /// What its bytes are charged to.
    charge: Option<Charge>,
    /// The session it was made in, which may be gone.
    session: Option<Weak<SessionState>>,
}

impl<T> Kept<T> {
    fn is_left_behind(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.strong_count() == 0)
    }
}

/// Whose a thing is, and what its bytes are charged to.
pub(super) struct Owner {
    pub(super) account: Arc<Account>,
    /// None where nobody finds the session again.
    pub(super) session: Option<Weak<SessionState>>,
}

impl<T> Shelf<T> {
    /// An empty one, for so many things that stay so long.
    pub(super) fn new(what: &'static str, ttl: Duration, max: usize) -> Self {
        Self { what, ttl, max, forgets: false, kept: Mutex::default() }
    }

    /// Keeps the thing; its name, and until when it is kept.
    ///
    /// # Errors
    /// [`Code::Busy`] where there is no more room.
    pub(super) fn keep(&self, thing: Arc<T>) -> Result<(String, SystemTime), Problem> {
        let name = Uuid::now_v7().simple().to_string();
        let until = self.keep_as(name.clone(), thing)?;
        Ok((name, until))
    }

    /// Keeps the thing under the name that it has already; until when.
    ///
    /// # Errors
    /// As [`Shelf::keep`].
    pub(super) fn keep_as(&self, name: String, thing: Arc<T>) -> Result<SystemTime, Problem> {
        self.put(name, thing, None, None)
    }

    /// Keeps the thing of so many bytes for its owner, who is charged with them; its name, and until when it is kept.
    ///
    /// # Errors
    /// As [`Shelf::keep`], and [`Code::LimitMemory`] where the owner has too much already.
    pub(super) fn keep_for(
        &self,
        owner: Owner,
        bytes: u64,
        thing: Arc<T>,
    ) -> Result<(String, SystemTime), Problem> {
        let bytes = bytes.saturating_add(KEEPING_BYTES);
        let charge = loop {
            match owner.account.try_charge(self.what, bytes) {
                Ok(charge) => break charge,
                Err(refused) if !self.let_one_go(&owner.account) => return Err(over(&refused)),
                Err(_) => {}
            }
        };
        let name = Uuid::now_v7().simple().to_string();
        let until = self.put(name.clone(), thing, Some(charge), owner.session)?;
        Ok((name, until))
    }

    fn put(
        &self,
        name: String,
        thing: Arc<T>,
        charge: Option<Charge>,
        session: Option<Weak<SessionState>>,
    ) -> Result<SystemTime, Problem> {
        self.make_room()?;
        let now = SystemTime::now();
        let until = now.checked_add(self.ttl).unwrap_or(now);
        self.kept.lock().insert(name, Kept { thing, until, used: false, charge, session });
        Ok(until)
    }

    /// Lets one thing go for the bytes of another of the account's: one that is too old, or has been come for where that
    /// is enough, the oldest first. Whether there was one.
    fn let_one_go(&self, account: &Arc<Account>) -> bool {
        let now = SystemTime::now();
        let own = |kept: &Kept<T>| kept.charge.as_ref().is_some_and(|it| Arc::ptr_eq(it.account(), account));
        let mut kept = self.kept.lock();
        let done = kept.iter().filter(|(_, it)| own(it) && (it.until <= now || (self.forgets && it.used)));
        let oldest = done.min_by_key(|(_, it)| it.until).map(|(name, _)| name.clone());
        let gone = oldest.and_then(|name| kept.remove(&name));
        // Dropped after the lock is given back.
        drop(kept);
        gone.is_some()
    }

    /// Lets go what is too old, and what was made in sessions that are gone.
    pub(super) fn clear(&self) {
        let now = SystemTime::now();
        let old = |kept: &Kept<T>| kept.until <= now || kept.is_left_behind();
        let gone: Vec<Kept<T>> =
            self.kept.lock().extract_if(|_, kept| old(kept)).map(|(_, kept)| kept).collect();
        drop(gone);
    }

    /// Lets go what was made in that session.
    pub(super) fn leave(&self, session: &Arc<SessionState>) {
        let of_it = |kept: &Kept<T>| {
            kept.session.as_ref().is_some_and(|it| std::ptr::eq(it.as_ptr(), Arc::as_ptr(session)))
        };
        let gone: Vec<Kept<T>> =
            self.kept.lock().extract_if(|_, kept| of_it(kept)).map(|(_, kept)| kept).collect();
        drop(gone);
    }

    /// Sees to it that there is room for one more: what is too old goes, then what has been come for, oldest first.
    ///
    /// # Errors
    /// [`Code::Busy`] where nobody has come for any of it.
    pub(super) fn make_room(&self) -> Result<(), Problem> {
        let now = SystemTime::now();
        let mut kept = self.kept.lock();
        if kept.len() < self.max {
            return Ok(());
        }
        kept.retain(|_, kept| kept.until > now);
        if self.forgets && kept.len() >= self.max {
            let used = kept.iter().filter(|(_, kept)| kept.used);
            let mut used: Vec<(SystemTime, String)> =
                used.map(|(name, kept)| (kept.until, name.clone())).collect();
            used.sort_unstable();
            for (_, name) in used.into_iter().take((self.max / 10).max(1)) {
                kept.remove(&name);
            }
        }
        if kept.len() < self.max {
            return Ok(());
        }
        let said = format!("there are {} {}s already, which is the most", self.max, self.what);
        Err(Problem::new(Code::Busy, said).retry_after(Duration::from_secs(5)))
    }

    /// Lets things go that have been come for when there is no more room.
    pub(super) fn forgetting(mut self) -> Self {
        self.forgets = true;
        self
    }

    /// All that is kept.
    pub(super) fn all(&self) -> Vec<Arc<T>> {
        self.kept.lock().values().map(|kept| Arc::clone(&kept.thing)).collect()
    }

    /// The thing of that name.
    ///
    /// # Errors
    /// [`Code::NotFound`] where it was taken away, is too old or never was.
    pub(super) fn get(&self, name: &str) -> Result<Arc<T>, Problem> {
        let mut kept = self.kept.lock();
        match kept.get_mut(name) {
            Some(found) if found.until > SystemTime::now() => {
                found.used = true;
                Ok(Arc::clone(&found.thing))
            }
            Some(_) => {
                kept.remove(name);
                Err(self.unknown())
            }
            None => Err(self.unknown()),
        }
    }

    /// Keeps the thing of that name for as long again from now on; until when.
    ///
    /// # Errors
    /// As [`Shelf::get`].
    pub(super) fn renew(&self, name: &str) -> Result<SystemTime, Problem> {
        let now = SystemTime::now();
        let mut kept = self.kept.lock();
        let found = kept.get_mut(name).filter(|found| found.until > now).ok_or_else(|| self.unknown())?;
        found.until = now.checked_add(self.ttl).unwrap_or(now);
        Ok(found.until)
    }

    /// Takes the thing away.
    ///
    /// # Errors
    /// As [`Shelf::get`].
    pub(super) fn take(&self, name: &str) -> Result<Arc<T>, Problem> {
        let found = self.kept.lock().remove(name).filter(|found| found.until > SystemTime::now());
        found.map(|found| found.thing).ok_or_else(|| self.unknown())
    }

    /// Lets go what is too old.
    pub(super) fn tidy(&self) {
        let now = SystemTime::now();
        // Dropped after the lock is given back: what is kept may have much to do then.
        let old: Vec<Kept<T>> =
            self.kept.lock().extract_if(|_, kept| kept.until <= now).map(|(_, kept)| kept).collect();
        drop(old);
    }

    fn unknown(&self) -> Problem {
        Problem::new(Code::NotFound, format!("this {} is closed, too old or never was", self.what))
    }
}

/// What a client is told that has too much kept for it.
pub(super) fn over(refused: &OverBudget) -> Problem {
    let limit = if refused.account == "total" { "memory" } else { "kept_memory" };
    Problem::of(Code::LimitMemory, refused)
        .with("limit", limit.into())
        .hint("close what is not needed any more, or bind fewer values at a time")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn things_come_and_go() {
        let shelf = Shelf::new("thing", Duration::from_secs(60), 2);
        let (name, until) = shelf.keep(Arc::new(1)).unwrap();
        assert_eq!(*shelf.get(&name).unwrap(), 1);
        assert!(shelf.renew(&name).unwrap() >= until);
        shelf.keep(Arc::new(2)).unwrap();
        assert_eq!(shelf.keep(Arc::new(3)).unwrap_err().code, Code::Busy);
        shelf.take(&name).unwrap();
        assert_eq!(shelf.get(&name).unwrap_err().code, Code::NotFound);
    }

    #[test]
    fn nothing_outlives_its_time() {
        let shelf = Shelf::new("thing", Duration::ZERO, 1);
        let (name, _) = shelf.keep(Arc::new(1)).unwrap();
        assert_eq!(shelf.get(&name).unwrap_err().code, Code::NotFound);
        assert_eq!(shelf.renew(&name).unwrap_err().code, Code::NotFound);
        shelf.keep(Arc::new(2)).unwrap();
    }
}
