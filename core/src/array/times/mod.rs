//! Times: `datetime64` and `timedelta64`, which are whole numbers of a unit.
//!
//! Their elements are held as `int64`, and the least of those is no time (NaT). No loop, plan or stage knows of them: an
//! array says beside its numbers that they are times ([`super::Array::logical`]), and `ops/times` what each function makes
//! of them. Here is what a time is: its unit ([`unit`]), its day ([`calendar`]), its text ([`text`]), its column ([`columns`]), and the loops that
//! leave NaT what it is ([`loops`]).

pub mod calendar;
pub mod columns;
pub mod convert;
pub(in crate::array) mod loops;
pub mod text;
pub mod unit;

pub use unit::Unit;

/// The number that is no time.
pub const NAT: i64 = i64::MIN;
