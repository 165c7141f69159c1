//! DataFusion's memory, charged to the ledger: one pool a statement, a child of the account `query`.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use datafusion::common::DataFusionError;
use datafusion::execution::memory_pool::{
    FairSpillPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation,
};
use pantile_core::pool::{Account, Cancel, Charge, OverBudget, Reason};
use parking_lot::Mutex;

/// Consumers that a refusal names.
const TOP: usize = 3;

/// The memory of one statement. Spilling operators share what others leave; every byte is charged to the
/// account, so that statements together stay inside it, too.
#[derive(Debug)]
pub(crate) struct StatementPool {
    shares: FairSpillPool,
    limit: usize,
    cancel: Cancel,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    charge: Charge,
    /// Bytes by the consumer's name; partitions of one operator share a name.
    consumers: HashMap<String, usize>,
}

impl StatementPool {
    /// A pool that may take all of the account, as far as others leave it.
    pub(crate) fn new(
        account: &Arc<Account>,
        statement: &str,
        cancel: Cancel,
    ) -> Result<Arc<Self>, OverBudget> {
        let limit = usize::try_from(account.limit()).unwrap_or(usize::MAX);
        let charge = account.try_charge(statement, 0)?;
        let held = Mutex::new(Held { charge, consumers: HashMap::new() });
        Ok(Arc::new(Self { shares: FairSpillPool::new(limit), limit, cancel, held }))
    }

    fn note(&self, consumer: &MemoryConsumer, more: usize) {
        let mut held = self.held.lock();
        let bytes = held.consumers.entry(base_name(consumer).to_owned()).or_default();
        *bytes = bytes.saturating_add(more);
    }

    fn refusal(&self, consumer: &MemoryConsumer, additional: usize) -> DataFusionError {
        let held = self.held.lock();
        let mut top: Vec<(&str, usize)> =
            held.consumers.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
        top.sort_by_key(|(name, bytes)| (std::cmp::Reverse(*bytes), *name));
        let top: Vec<String> =
            top.iter().take(TOP).map(|(name, bytes)| format!("{name} {}", mib(*bytes))).collect();
        // Spilling operators look for this very variant, and spill.
        DataFusionError::ResourcesExhausted(format!(
            "{} needs {} more than is left of the {} that statements may have together; this one holds {}: {}",
            base_name(consumer),
            mib(additional),
            mib(self.limit),
            mib(self.shares.reserved()),
            top.join(", ")
        ))
    }
}

impl MemoryPool for StatementPool {
    fn name(&self) -> &str {
        "statement"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.shares.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.shares.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.shares.grow(reservation, additional);
        self.note(reservation.consumer(), additional);
        self.held.lock().charge.grow(additional as u64);
        // What is already allocated cannot be refused, only ended.
        if self.shares.reserved() > self.limit {
            self.cancel.cancel(Reason::OverBudget);
        }
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.shares.shrink(reservation, shrink);
        let mut held = self.held.lock();
        held.charge.shrink(shrink as u64);
        if let Some(bytes) = held.consumers.get_mut(base_name(reservation.consumer())) {
            *bytes = bytes.saturating_sub(shrink);
        }
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<(), DataFusionError> {
        let consumer = reservation.consumer();
        if self.shares.try_grow(reservation, additional).is_err() {
            return Err(self.refusal(consumer, additional));
        }
        if self.held.lock().charge.try_grow(additional as u64).is_err() {
            self.shares.shrink(reservation, additional);
            return Err(self.refusal(consumer, additional));
        }
        self.note(consumer, additional);
        Ok(())
    }

    fn reserved(&self) -> usize {
        self.shares.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.limit)
    }
}

impl fmt::Display for StatementPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "statement({} of {})", mib(self.shares.reserved()), mib(self.limit))
    }
}

/// `ExternalSorter[0]` is one of several of one operator.
fn base_name(consumer: &MemoryConsumer) -> &str {
    consumer.name().split('[').next().unwrap_or_default().trim()
}

fn mib(bytes: usize) -> String {
    format!("{:.1} MiB", bytes as f64 / (1 << 20) as f64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use pantile_core::pool::Ledger;

    use super::*;

    #[test]
    fn statements_share_the_account_and_a_refusal_names_who_holds_it() {
        let account = Ledger::new(100 << 20).account("query", 100 << 20);
        let first = StatementPool::new(&account, "a", Cancel::new()).unwrap();
        let second = StatementPool::new(&account, "b", Cancel::new()).unwrap();
        let pool: Arc<dyn MemoryPool> = first.clone();
        let sort = MemoryConsumer::new("HashJoinInput[1]").register(&pool);
        sort.try_grow(80 << 20).unwrap();
        let pool: Arc<dyn MemoryPool> = second;
        let join = MemoryConsumer::new("Sort").register(&pool);
        assert!(join.try_grow(30 << 20).is_err());
        assert_eq!(account.used(), 80 << 20);
        let said = sort.try_grow(30 << 20).unwrap_err().to_string();
        assert!(said.contains("HashJoinInput 80.0 MiB"), "{said}");
        drop((sort, join));
        assert_eq!(account.used(), 0);
    }

    #[test]
    fn an_overshoot_ends_the_statement() {
        let account = Ledger::new(10).account("query", 10);
        let cancel = Cancel::new();
        let pool: Arc<dyn MemoryPool> = StatementPool::new(&account, "a", cancel.clone()).unwrap();
        let window = MemoryConsumer::new("Window").register(&pool);
        window.grow(11);
        assert_eq!(cancel.reason(), Some(Reason::OverBudget));
    }
}
