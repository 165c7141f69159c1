//! The server from outside: the real binary on a free port, asked over sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test says what it expects, and fails loudly"
)]

mod cli;
mod http;
mod server;
mod settings;
mod slt;
mod uploads;
mod wire;
