//! Time limits of questions, and slots of those whose readers read nothing.
//!
//! One task looks at all that run every now and then: a task a question would wake a thread for each, which takes
//! longer than a short question does. And a question whose client reads nothing is polled by nobody, so it cannot
//! look at the time itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::registry::Registry;

/// How often it looks.
const TICK: Duration = Duration::from_millis(10);
/// Ticks without a question after which it stops.
const IDLE: u32 = 100;

/// Whether the task runs.
#[derive(Debug, Default)]
pub(super) struct Clock(AtomicBool);

impl Clock {
    /// Sees to it that what runs in `registry` is ended when its time is over.
    pub(super) fn wind(self: &Arc<Self>, registry: &Arc<Registry>) {
        if !self.0.swap(true, Ordering::SeqCst) {
            tokio::spawn(run(Arc::clone(self), Arc::clone(registry)));
        }
    }
}

/// However the task ends, the next question winds another.
struct Running(Arc<Clock>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::SeqCst);
    }
}

async fn run(clock: Arc<Clock>, registry: Arc<Registry>) {
    let running = Running(Arc::clone(&clock));
    let mut idle = 0_u32;
    loop {
        tokio::time::sleep(TICK).await;
        idle = match registry.look() {
            0 => idle.saturating_add(1),
            _ => 0,
        };
        if idle > IDLE {
            clock.0.store(false, Ordering::SeqCst);
            // A question that came in between saw the clock go, and wound none of its own.
            if registry.running() == 0 || clock.0.swap(true, Ordering::SeqCst) {
                // Another one may be wound already, and is not to be stopped.
                std::mem::forget(running);
                return;
            }
        }
    }
}
