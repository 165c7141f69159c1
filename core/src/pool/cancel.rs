//! The token that ends a question: one for each, tripped once, by whoever comes first.

use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

/// Why a question was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The client went away.
    Disconnected,
    /// It ran longer than it may.
    TimedOut,
    /// Somebody asked for it.
    Asked,
    /// The server is shutting down.
    Draining,
    /// It took more memory than it may have.
    OverBudget,
}

impl Reason {
    /// The reason in words, for messages and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disconnected => "the client disconnected",
            Self::TimedOut => "it ran longer than its time-out",
            Self::Asked => "it was cancelled",
            Self::Draining => "the server is shutting down",
            Self::OverBudget => "it took more memory than it may have",
        }
    }
}

/// A token that can be tripped once. Clones are the same token.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    token: CancellationToken,
    reason: Arc<OnceLock<Reason>>,
}

impl Cancel {
    /// A token that nobody has tripped.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trips it. The first reason stands.
    pub fn cancel(&self, why: Reason) {
        self.reason.get_or_init(|| why);
        self.token.cancel();
    }

    /// Whether it has been tripped.
    pub fn is_cancelled(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Why it was tripped, once it was.
    pub fn reason(&self) -> Option<Reason> {
        self.reason.get().copied()
    }

    /// Waits until it is tripped.
    pub async fn cancelled(&self) -> Reason {
        self.token.cancelled().await;
        self.reason().unwrap_or(Reason::Asked)
    }

    /// A guard that trips it as [`Reason::Disconnected`] when dropped, unless disarmed before.
    pub fn drop_guard(&self) -> CancelOnDrop {
        CancelOnDrop { cancel: Some(self.clone()) }
    }
}

/// Trips its token when dropped.
#[derive(Debug)]
pub struct CancelOnDrop {
    cancel: Option<Cancel>,
}

impl CancelOnDrop {
    /// Lets the token be: the work came to its end.
    pub fn disarm(mut self) {
        self.cancel = None;
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if let Some(cancel) = &self.cancel {
            cancel.cancel(Reason::Disconnected);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_stands() {
        let cancel = Cancel::new();
        cancel.cancel(Reason::TimedOut);
        cancel.clone().cancel(Reason::Asked);
        assert_eq!(cancel.reason(), Some(Reason::TimedOut));
    }

    #[test]
    fn a_disarmed_guard_trips_nothing() {
        let cancel = Cancel::new();
        cancel.drop_guard().disarm();
        assert!(!cancel.is_cancelled());
        drop(cancel.drop_guard());
        assert_eq!(cancel.reason(), Some(Reason::Disconnected));
    }
}
