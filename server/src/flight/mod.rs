//! Arrow Flight and Flight SQL: the other door to the same desk, on the same port.
//!
//! A call comes in at [`Door`], which finds out who asks and in which session ([`Call`]), and which of [`COMMANDS`]
//! or [`ACTIONS`] it names; each of those is one file. What is asked for goes to the desk as it does over HTTP, and
//! waits there until its tickets are redeemed: one for each partition, sealed, good until they expire and as often as
//! they are brought. What changes something is done when its flight is described, or put, and never again when it is
//! fetched.
//!
//! arrow-flight's own `FlightSqlService` is not used: its blanket implementation leaves out half of Flight (polling,
//! schemas, lists, session options, cancelling), and no command could be a file of its own.

mod actions;
mod call;
mod commands;
mod door;
mod encode;
mod error;
mod ingest;
mod params;
mod path;
mod poll;
mod prepared;
mod put;
mod shelf;
mod ticket;

pub use actions::{ACTIONS, Action};
pub use commands::{COMMANDS, Command};
pub use door::{Door, PATH, service};
