//! A verb's call, as the verb reads it.

use std::sync::Arc;

use pantile_core::lang::args::{Arg, Args, Literal};
use pantile_core::lang::typed::Frame;

use super::super::columns::{Lowered, Not};

/// A verb's call.
pub(super) struct Call<'a> {
    pub(super) frame: &'a Arc<Frame>,
    pub(super) on: Option<&'a Arc<Frame>>,
    pub(super) args: &'a Args,
    /// Whether somebody asks for the order of what it makes.
    pub(super) ordered: bool,
}

impl<'a> Call<'a> {
    pub(super) fn on(&self) -> Lowered<&'a Arc<Frame>> {
        self.on.ok_or_else(|| Not::here("a verb of nothing"))
    }

    pub(super) fn count(&self, name: &str) -> Lowered<usize> {
        match self.args.get(name) {
            Some(Arg::Literal(Literal::Int(count))) => {
                usize::try_from(*count).map_err(|_| Not::here("rows that are counted from the end"))
            }
            _ => Err(Not::here(format!("`{name}`"))),
        }
    }

    /// A boolean for each of so many columns.
    pub(super) fn each(&self, name: &str, length: usize) -> Lowered<Vec<bool>> {
        let bool = |value: &Literal| matches!(value, Literal::Bool(true));
        match self.args.get(name) {
            Some(Arg::Literal(Literal::List(values))) if values.len() == length => {
                Ok(values.iter().map(bool).collect())
            }
            Some(Arg::Literal(value @ Literal::Bool(_))) => Ok(vec![bool(value); length]),
            _ => Err(Not::here(format!("`{name}`"))),
        }
    }
}
