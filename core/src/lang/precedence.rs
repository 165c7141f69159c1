//! How tightly Python's operators hold, the loosest first, and where that takes brackets.

use super::tree::Kind;

pub(super) const ANY: u8 = 0;
pub(super) const COMPARE: u8 = 1;
pub(super) const OR: u8 = 2;
pub(super) const UNARY: u8 = 8;
pub(super) const POWER: u8 = 9;
pub(super) const TIGHTEST: u8 = 10;

pub(super) fn of_sign(sign: &str) -> u8 {
    match sign {
        "|" => OR,
        "^" => 3,
        "&" => 4,
        "<<" | ">>" => 5,
        "+" | "-" => 6,
        "*" | "/" | "//" | "%" | "@" => 7,
        "**" => POWER,
        _ => COMPARE,
    }
}

/// Where a node stands in another, as far as brackets around it are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// Anything as tight as that stands there without brackets.
    AtLeast(u8),
    /// Before a dot, where a whole number would become another number.
    BeforeDot,
}

impl Slot {
    /// Whether a node of the kind needs brackets there.
    pub(super) fn brackets(self, kind: &Kind) -> bool {
        match self {
            Self::AtLeast(least) => kind.precedence() < least,
            Self::BeforeDot => kind.precedence() < TIGHTEST || matches!(kind, Kind::Int(_)),
        }
    }
}

impl Kind {
    /// How tightly it holds together.
    pub(super) fn precedence(&self) -> u8 {
        match self {
            Self::Compare { .. } => COMPARE,
            Self::Binary { op, .. } => of_sign(op.as_str()),
            Self::Unary { .. } => UNARY,
            _ => TIGHTEST,
        }
    }
}
