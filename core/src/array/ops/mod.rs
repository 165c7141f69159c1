//! What can be made of arrays: families of functions, a file and a page each, one line here.
//!
//! A function is a row of its family's table: its name, what it takes, and what makes its result. Its section of the
//! family's page says what it gives. Operators are functions, too: `a + b` is `add(a, b)`.

use super::error::Error;
use super::graph::Array;
use super::keep::Keep;
use crate::frame::page;
use crate::lang::signature::{Param, form};

mod arithmetic;
mod comparison;
mod complex;
mod creation;
mod diagonals;
mod dtypes;
mod elementwise;
mod exponential;
mod fft;
mod given;
mod histograms;
mod indexing;
mod keeping;
mod linalg;
mod logic;
mod masked;
mod nans;
mod narrow;
mod neighbours;
mod numbers;
mod padding;
mod picking;
mod products;
mod random;
mod reductions;
mod rounding;
mod searching;
mod sets;
mod shape;
mod sorting;
mod stacking;
mod statistics;
mod times;
mod trigonometry;

pub use given::Given;
pub(crate) use times::{bracketed, of_texts, placed, stacked};

/// Every family, in the order of the pages.
pub const FAMILIES: &[&Family] = &[
    &creation::FAMILY,
    &dtypes::FAMILY,
    &arithmetic::FAMILY,
    &comparison::FAMILY,
    &logic::FAMILY,
    &exponential::FAMILY,
    &trigonometry::FAMILY,
    &rounding::FAMILY,
    &complex::FAMILY,
    &shape::FAMILY,
    &indexing::FAMILY,
    &searching::FAMILY,
    &sets::FAMILY,
    &sorting::FAMILY,
    &reductions::FAMILY,
    &nans::FAMILY,
    &statistics::FAMILY,
    &histograms::FAMILY,
    &linalg::FAMILY,
    &fft::FAMILY,
    &random::FAMILY,
    &masked::FAMILY,
    &products::FAMILY,
    &neighbours::FAMILY,
    &padding::FAMILY,
    &stacking::FAMILY,
    &diagonals::FAMILY,
    &picking::FAMILY,
    &numbers::FAMILY,
    &keeping::FAMILY,
];

/// Functions of one kind.
#[derive(Debug)]
pub struct Family {
    /// Its name.
    pub name: &'static str,
    /// Its functions.
    pub ops: &'static [Op],
    /// A section for each of them, in Markdown, with examples that run.
    pub page: &'static str,
}

impl Family {
    /// Its page's title.
    pub fn title(&self) -> &'static str {
        page::title(self.page)
    }

    /// What holds for all of its functions, in Markdown.
    pub fn opening(&self) -> &'static str {
        page::opening(self.page)
    }

    /// The section of its page that is about the function, in Markdown.
    pub fn section(&self, op: &Op) -> &'static str {
        // What the core has, too, is told of there.
        let shared = op.name.strip_prefix("linalg.").and_then(|name| page::section(self.page, name));
        page::section(self.page, op.name).or(shared).unwrap_or_default()
    }

    /// The first sentence of that section.
    pub fn summary(&self, op: &Op) -> String {
        page::first_sentence(self.section(op))
    }
}

/// Something that can be made of arrays.
#[derive(Debug)]
pub struct Op {
    /// Its name, as the Array API and NumPy spell it: `linalg.qr`.
    pub name: &'static str,
    /// What it takes.
    pub params: &'static [Param],
    /// Its result: shapes and dtypes are settled here, and refused.
    make: fn(&Given<'_>) -> Result<Made, Error>,
}

/// What an op makes.
pub enum Made {
    /// An array.
    One(Array),
    /// Several, as a tuple.
    Several(Vec<Array>),
    /// Arrays whose shapes depend on values: they are computed while the program is planned, and the op is asked
    /// again, with what came of it.
    Asks(Array),
    /// Nothing to compute with: the array is kept.
    Kept(Keep),
}

impl From<Array> for Made {
    fn from(array: Array) -> Self {
        Self::One(array)
    }
}

impl From<Vec<Array>> for Made {
    fn from(arrays: Vec<Array>) -> Self {
        Self::Several(arrays)
    }
}

impl Op {
    const fn new(
        name: &'static str,
        params: &'static [Param],
        make: fn(&Given<'_>) -> Result<Made, Error>,
    ) -> Self {
        Self { name, params, make }
    }

    /// What it makes of what it was given.
    ///
    /// # Errors
    /// What does not go together, and what is not there to be computed.
    pub fn made(&self, given: &Given<'_>) -> Result<Made, Error> {
        times::made(self, given)
    }

    /// How it is called: `sum(x, axis=None)`.
    pub fn form(&self) -> String {
        form(self.name, self.params)
    }
}

/// What stands before names that are array functions whatever else has them: `xp.sum`.
pub const SPACE: &str = "xp";

/// The function of that name, with or without `xp.` before it.
pub fn op(name: &str) -> Option<&'static Op> {
    let name = name.strip_prefix("xp.").unwrap_or(name);
    FAMILIES.iter().flat_map(|family| family.ops).find(|op| op.name == name)
}

/// Whether the op is of one of those families.
fn is_of(families: &[&str], op: &str) -> bool {
    let named = FAMILIES.iter().filter(|family| families.contains(&family.name));
    named.flat_map(|family| family.ops).any(|own| own.name == op)
}

/// Whether functions stand behind that name and a dot.
pub fn is_space(name: &str) -> bool {
    name == SPACE || matches!(name.strip_prefix("xp.").unwrap_or(name), "linalg" | "fft" | "random" | "ma")
}

/// All names, as they may stand alone.
pub fn names() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().flat_map(|family| family.ops).map(|op| op.name)
}
