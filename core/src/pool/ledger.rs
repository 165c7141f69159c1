//! The one account of bytes. Everything large that Pantile holds or is about to hold is charged here
//! under a name, so that a refusal can say who has the memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

/// The total, and the accounts that share it.
#[derive(Debug)]
pub struct Ledger {
    total: u64,
    used: AtomicU64,
    accounts: Mutex<Vec<Arc<Account>>>,
}

/// A named share of the ledger: the hot cache, the questions, uploads, answers on their way out.
#[derive(Debug)]
pub struct Account {
    name: &'static str,
    limit: u64,
    used: AtomicU64,
    peak: AtomicU64,
    /// The account that it is a part of.
    whole: Option<Arc<Account>>,
    ledger: Arc<Ledger>,
}

/// Bytes that are charged until this is dropped.
#[derive(Debug)]
pub struct Charge {
    account: Arc<Account>,
    consumer: String,
    bytes: u64,
}

/// A charge that would go over a limit. The caller waits, takes less, or refuses its own caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{consumer} asked for {asked} bytes, but {account} holds {used} of the {limit} bytes it may have")]
pub struct OverBudget {
    /// The account that is full: the asked one, or `total`.
    pub account: &'static str,
    /// Who asked.
    pub consumer: String,
    /// How much.
    pub asked: u64,
    /// What the account holds.
    pub used: u64,
    /// What it may hold.
    pub limit: u64,
}

/// An account's figures at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountFigures {
    /// Its name.
    pub name: &'static str,
    /// Bytes charged now.
    pub used: u64,
    /// Most bytes ever charged.
    pub peak: u64,
    /// Bytes it may hold.
    pub limit: u64,
}

impl Ledger {
    /// A ledger over that many bytes.
    pub fn new(total: u64) -> Arc<Self> {
        Arc::new(Self { total, used: AtomicU64::new(0), accounts: Mutex::default() })
    }

    /// The bytes there are.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The bytes charged, over all accounts.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// Opens an account. Limits may add up to more than the total: then whoever comes last waits.
    pub fn account(self: &Arc<Self>, name: &'static str, limit: u64) -> Arc<Account> {
        let account = Arc::new(Account {
            name,
            limit: limit.min(self.total),
            used: AtomicU64::new(0),
            peak: AtomicU64::new(0),
            whole: None,
            ledger: Arc::clone(self),
        });
        self.accounts.lock().push(Arc::clone(&account));
        account
    }

    /// Figures of every account, in the order they were opened.
    pub fn accounts(&self) -> Vec<AccountFigures> {
        self.accounts.lock().iter().map(|account| account.figures()).collect()
    }

    /// Bytes of memory that this process has now, files that are mapped left out; 0 where the system does not say.
    ///
    /// Cost: some tens of microseconds.
    pub fn process_bytes() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        kib_of(&status, "RssAnon:").unwrap_or_default()
    }

    /// What this process may take at most: the control group's limit where there is one, else the
    /// machine's memory, else 4 GiB.
    pub fn machine_bytes() -> u64 {
        let read = |path: &str| std::fs::read_to_string(path).ok();
        let group = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
            .into_iter()
            .filter_map(|path| read(path)?.trim().parse::<u64>().ok())
            .min();
        let machine = read("/proc/meminfo").and_then(|text| kib_of(&text, "MemTotal:"));
        group.into_iter().chain(machine).min().unwrap_or(4 << 30)
    }
}

/// Bytes that one of `/proc`'s lines of `name` and KiB says.
fn kib_of(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    kib.checked_mul(1024)
}

impl Account {
    /// Charges `bytes` on `consumer`'s behalf.
    ///
    /// # Errors
    /// [`OverBudget`] where the account or the ledger has not so many left; nothing is charged then.
    pub fn try_charge(self: &Arc<Self>, consumer: &str, bytes: u64) -> Result<Charge, OverBudget> {
        let mut charge = Charge { account: Arc::clone(self), consumer: consumer.to_owned(), bytes: 0 };
        charge.try_grow(bytes)?;
        Ok(charge)
    }

    /// A part of it, with a limit of its own, for one of those who share it. It is there as long as somebody has it.
    pub fn part(self: &Arc<Self>, name: &'static str, limit: u64) -> Arc<Self> {
        Arc::new(Self {
            name,
            limit: limit.min(self.limit),
            used: AtomicU64::new(0),
            peak: AtomicU64::new(0),
            whole: Some(Arc::clone(self)),
            ledger: Arc::clone(&self.ledger),
        })
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Bytes charged now.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// Bytes it may hold.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// The ledger that it is an account of.
    pub fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    /// Its figures now.
    pub fn figures(&self) -> AccountFigures {
        AccountFigures {
            name: self.name,
            used: self.used(),
            peak: self.peak.load(Ordering::Relaxed),
            limit: self.limit,
        }
    }

    /// Takes `more` of it, of what it is a part of, and of the ledger; else says which of them has not so much.
    fn take(&self, more: u64) -> Result<(), Full> {
        let full = |name, limit| move |used| Full { name, used, limit };
        let used = take(&self.used, more, self.limit).map_err(full(self.name, self.limit))?;
        let above = match &self.whole {
            Some(whole) => whole.take(more),
            None => {
                let (used, total) = (&self.ledger.used, self.ledger.total);
                take(used, more, total).map(drop).map_err(full("total", total))
            }
        };
        match above {
            Ok(()) => self.peak.fetch_max(used.saturating_add(more), Ordering::Relaxed),
            Err(_) => self.used.fetch_sub(more, Ordering::Relaxed),
        };
        above
    }

    fn add(&self, bytes: u64) {
        let used = self.used.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        self.peak.fetch_max(used, Ordering::Relaxed);
        match &self.whole {
            Some(whole) => whole.add(bytes),
            None => drop(self.ledger.used.fetch_add(bytes, Ordering::Relaxed)),
        }
    }

    fn give_back(&self, bytes: u64) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
        match &self.whole {
            Some(whole) => whole.give_back(bytes),
            None => drop(self.ledger.used.fetch_sub(bytes, Ordering::Relaxed)),
        }
    }
}

impl Charge {
    /// What it is charged to.
    pub fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// Bytes it stands for.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Charges `more` bytes.
    ///
    /// # Errors
    /// [`OverBudget`] where there are not so many left; the charge stays as it was.
    pub fn try_grow(&mut self, more: u64) -> Result<(), OverBudget> {
        self.account.take(more).map_err(|Full { name, used, limit }| OverBudget {
            account: name,
            consumer: self.consumer.clone(),
            asked: more,
            used,
            limit,
        })?;
        self.bytes = self.bytes.saturating_add(more);
        Ok(())
    }

    /// Charges `more` bytes that are already taken, limit or not.
    pub fn grow(&mut self, more: u64) {
        self.account.add(more);
        self.bytes = self.bytes.saturating_add(more);
    }

    /// Gives back `less` bytes, at most all.
    pub fn shrink(&mut self, less: u64) {
        let less = less.min(self.bytes);
        self.account.give_back(less);
        self.bytes = self.bytes.saturating_sub(less);
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.account.give_back(self.bytes);
    }
}

/// What has not so much left.
struct Full {
    name: &'static str,
    used: u64,
    limit: u64,
}

/// Adds `more` to `used` unless that goes over `limit`; then says what `used` was.
fn take(used: &AtomicU64, more: u64, limit: u64) -> Result<u64, u64> {
    used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| {
        now.checked_add(more).filter(|sum| *sum <= limit)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_refused_charge_leaves_no_trace() {
        let ledger = Ledger::new(100);
        let (cache, query) = (ledger.account("cache", 80), ledger.account("query", 80));
        let held = cache.try_charge("flights", 70).unwrap();
        let refused = query.try_charge("sort", 40).unwrap_err();
        assert_eq!((refused.account, refused.used, refused.limit), ("total", 70, 100));
        assert_eq!((query.used(), ledger.used()), (0, 70));
        assert_eq!(cache.try_charge("planes", 11).unwrap_err().account, "cache");
        drop(held);
        assert_eq!((cache.used(), ledger.used(), cache.figures().peak), (0, 0, 70));
    }

    #[test]
    fn a_part_is_charged_to_the_whole_and_leaves_room_for_others() {
        let ledger = Ledger::new(100);
        let whole = ledger.account("kept", 80);
        let (one, other) = (whole.part("one's", 50), whole.part("another's", 50));
        let held = one.try_charge("a statement", 50).unwrap();
        assert_eq!(one.try_charge("a statement", 1).unwrap_err().account, "one's");
        let refused = other.try_charge("a statement", 40).unwrap_err();
        assert_eq!((refused.account, refused.used, refused.limit), ("kept", 50, 80));
        let mut more = other.try_charge("a statement", 30).unwrap();
        assert_eq!((one.used(), other.used(), whole.used(), ledger.used()), (50, 30, 80, 80));
        drop(held);
        more.grow(20);
        more.shrink(5);
        assert_eq!((one.used(), other.used(), whole.used(), ledger.used()), (0, 45, 45, 45));
        drop(more);
        assert_eq!((whole.used(), ledger.used(), ledger.accounts().len()), (0, 0, 1));
    }

    #[test]
    fn growing_and_shrinking_never_goes_below_nothing() {
        let ledger = Ledger::new(10);
        let mut charge = ledger.account("query", 10).try_charge("join", 4).unwrap();
        charge.grow(20);
        charge.shrink(100);
        assert_eq!((charge.bytes(), ledger.used()), (0, 0));
    }
}
