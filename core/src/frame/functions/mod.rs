//! What can be made of columns: families of functions, a file and a page each, one line here.
//!
//! A function is a row of its family's table: its name, what it takes, and Polars' expression of it. Its section of the
//! family's page says what it gives. Operators are functions, too: `a + b` is `a.add(b)`.

use polars::prelude::Expr;

use crate::frame::lower::{Error, Given};
use crate::frame::page;
use crate::lang::signature::{Param, form};

mod aggregates;
mod arithmetic;
mod arr;
mod bin;
mod bits;
mod cat;
mod choices;
mod columns;
mod compare;
mod cumulative;
mod distinct;
mod dt_business;
mod dt_length;
mod dt_make;
mod dt_parts;
mod dt_shift;
mod ewm;
mod horizontal;
mod list_items;
mod list_values;
pub(in crate::frame) mod made;
mod mathematics;
pub(in crate::frame) mod moment;
mod name;
mod nulls;
mod order;
mod ranges;
mod replace;
mod rolling;
mod rolling_by;
mod rounding;
mod rows;
mod selectors;
mod shorthands;
mod statistics;
mod str_parse;
mod str_search;
mod str_shape;
mod structs;
pub(in crate::frame) mod windows;

pub use selectors::combined;

/// Every family, in the order of the pages.
pub const FAMILIES: &[&Family] = &[
    &columns::FAMILY,
    &selectors::FAMILY,
    &name::FAMILY,
    &arithmetic::FAMILY,
    &compare::FAMILY,
    &nulls::FAMILY,
    &rounding::FAMILY,
    &mathematics::FAMILY,
    &aggregates::FAMILY,
    &statistics::FAMILY,
    &shorthands::FAMILY,
    &rows::FAMILY,
    &order::FAMILY,
    &distinct::FAMILY,
    &windows::FAMILY,
    &cumulative::FAMILY,
    &rolling::FAMILY,
    &rolling_by::FAMILY,
    &ewm::FAMILY,
    &replace::FAMILY,
    &horizontal::FAMILY,
    &ranges::FAMILY,
    &bits::FAMILY,
    &str_search::FAMILY,
    &str_shape::FAMILY,
    &str_parse::FAMILY,
    &cat::FAMILY,
    &bin::FAMILY,
    &dt_parts::FAMILY,
    &dt_shift::FAMILY,
    &dt_length::FAMILY,
    &dt_business::FAMILY,
    &dt_make::FAMILY,
    &list_values::FAMILY,
    &list_items::FAMILY,
    &arr::FAMILY,
    &structs::FAMILY,
];

/// Functions of one kind.
#[derive(Debug)]
pub struct Family {
    /// Its name.
    pub name: &'static str,
    /// Its functions.
    pub functions: &'static [Function],
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
    pub fn section(&self, function: &Function) -> &'static str {
        page::section(self.page, function.name).unwrap_or_default()
    }

    /// The first sentence of that section.
    pub fn summary(&self, function: &Function) -> String {
        page::first_sentence(self.section(function))
    }
}

/// Something that can be made of columns.
#[derive(Debug)]
pub struct Function {
    /// Its name, as Polars spells it; with its namespace: `str.starts_with`.
    pub name: &'static str,
    /// Whether it is asked of a column: `col("a").abs()`.
    pub is_method: bool,
    /// What it takes.
    pub params: &'static [Param],
    /// Its expression.
    pub polars: fn(&Given<'_>) -> Result<Expr, Error>,
}

impl Function {
    /// How it is called: `str.starts_with(prefix)`.
    pub fn form(&self) -> String {
        form(self.name, self.params)
    }

    /// One that is asked of a column.
    const fn method(
        name: &'static str,
        params: &'static [Param],
        polars: fn(&Given<'_>) -> Result<Expr, Error>,
    ) -> Self {
        Self { name, is_method: true, params, polars }
    }

    /// One that stands alone.
    const fn free(
        name: &'static str,
        params: &'static [Param],
        polars: fn(&Given<'_>) -> Result<Expr, Error>,
    ) -> Self {
        Self { name, is_method: false, params, polars }
    }
}

/// Whether the function makes dates, times or lengths of time of numbers.
pub fn makes_moments(function: &Function) -> bool {
    let makers = dt_make::FAMILY.functions;
    !function.is_method && makers.iter().any(|maker| maker.name == function.name)
}

/// The function of that name.
pub fn function(name: &str, is_method: bool) -> Option<&'static Function> {
    FAMILIES
        .iter()
        .flat_map(|family| family.functions)
        .find(|function| function.name == name && function.is_method == is_method)
}
