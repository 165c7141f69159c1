//! Settings: declared once, as rows of [`KEYS`], and read from four places.
//!
//! A row gives its flag, its `PANTILE_…` variable, its key in the TOML file, its line of
//! `docs/reference/settings.md` and its row of `system.settings`. Later places win: default, file,
//! variable, flag. A name that no row has is refused with the nearest one, wherever it stands: a setting
//! that is silently ignored is worse than a server that does not start.
//!
//! Start at `keys.rs` to add one.

mod error;
mod keys;
mod layers;
mod locations;
mod page;
mod units;

pub use error::Error;
pub use keys::{KEYS, Key, Settings};
pub use layers::{Effective, Layers, Origin};
pub use locations::LocationSetting;
pub use page::page;
pub use units::{Amount, ByteSize, LogFormat, Span, Text, Unit};
