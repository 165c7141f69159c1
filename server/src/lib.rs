//! The Pantile server: the wire, the desk and the command line.
//!
//! A question comes in at a door ([`http`]), is asked by a [`auth::Caller`] within a [`session`], and goes
//! through [`desk::Desk::ask`], the one way in: admitted, timed, cancellable, on record. Answers leave
//! as they are computed. Whatever holds data is in `pantile-core`, whatever knows SQL in `pantile-sql`.
//!
//! Start at [`app::Rooms`] to see what a running server is made of, at [`http::ROUTES`] to add a
//! resource, at [`config::KEYS`] to add a setting.

pub mod app;
pub mod auth;
pub mod background;
pub mod cli;
pub mod config;
pub mod demo;
pub mod desk;
pub mod error;
pub mod flight;
pub mod http;
mod json;
pub mod session;
pub mod system;
pub mod telemetry;
pub mod upload;
