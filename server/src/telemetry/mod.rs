//! What the server says of itself while it runs: log lines on standard error.
//!
//! A line is a fragment and fields. INFO is what an operator would tell a colleague; values of rows and
//! secrets stay out.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogFormat, Settings};

/// Sets up logging for the whole process.
///
/// # Errors
/// What is wrong with the setting `log_level`, or that logging was set up before.
pub fn start(settings: &Settings) -> Result<(), String> {
    let filter = EnvFilter::builder()
        .parse(&settings.log_level.0)
        .map_err(|error| format!("the setting `log_level` is `{}`: {error}", settings.log_level.0))?;
    let registry = tracing_subscriber::registry().with(filter);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    let started = match settings.log_format {
        LogFormat::Text => registry.with(lines.compact()).try_init(),
        LogFormat::Json => registry.with(lines.json()).try_init(),
    };
    started.map_err(|error| error.to_string())
}
