//! The desk: the one way in for whatever computes.
//!
//! A [`Question`] is given a place ([`Seat`]): a slot and some bytes, for which it may have to queue; a
//! cancel token, which its time-out, its client's going away, a shutdown or somebody's wish trips; and a
//! record, which `system.queries` shows. An upload's conversion takes a seat too. When a seat is dropped,
//! everything it held is given back and whatever still runs for it is told to stop.
//!
//! Nothing here knows how a question came in or how its answer leaves. Start at [`Desk::ask`].

mod admit;
mod answer;
mod clock;
mod error;
mod held;
mod question;
mod registry;

pub use admit::{Desk, Limits, Seat, Task};
pub use answer::{Answer, Rows};
pub use error::Error;
pub use held::Held;
pub use question::{QueryId, Question};
pub use registry::{Entry, Record, Registry, State};
