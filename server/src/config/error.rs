//! Why the settings cannot be used.

use std::path::PathBuf;

use pantile_core::did_you_mean;

use super::layers::Origin;

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The settings file could not be read.
    #[error("failed to read the settings file {}", path.display())]
    ReadFile {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The settings file is not TOML.
    #[error("the settings file {} is not TOML: {why}", path.display())]
    NotToml {
        /// Which file.
        path: PathBuf,
        /// What the parser said, with line and column.
        why: String,
    },
    /// A name that no setting has.
    #[error("{origin} names the setting `{name}`, which does not exist{}", did_you_mean(nearest.as_deref()))]
    Unknown {
        /// Where it stands.
        origin: Origin,
        /// The name.
        name: String,
        /// The setting that was probably meant.
        nearest: Option<String>,
    },
    /// A value that its setting cannot take.
    #[error("{origin} sets `{name}`: {why}")]
    BadValue {
        /// Where it stands.
        origin: Origin,
        /// The setting.
        name: String,
        /// What is wrong with the value.
        why: String,
    },
}
