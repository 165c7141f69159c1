//! What can be done to a frame: one verb a file, its page beside it, one line here.
//!
//! A verb says what it takes ([`Param`]) and what Polars' plan of it is. Its columns follow from that plan, asked
//! of a frame without rows, so they are written nowhere twice.

use polars::prelude::{LazyFrame, LazyGroupBy};

use crate::frame::groups::Groups;
use crate::frame::lower::{Error, Given};
use crate::frame::page;
use crate::lang::signature::{Param, form};

mod agg;
mod cast;
mod concat;
mod describe;
mod drop;
mod drop_nulls;
mod explain;
mod explode;
mod fill_null;
mod filter;
mod frame;
mod gather_every;
mod group_by;
mod group_by_dynamic;
mod groups;
mod having;
mod head;
mod interpolate;
mod join;
mod join_asof;
mod join_where;
mod merge_sorted;
mod pivot;
mod remove;
mod rename;
mod resample;
mod reverse;
mod rolling;
mod sample;
mod select;
mod shift;
mod slice;
mod sort;
mod sql;
mod store;
mod table;
mod tail;
mod to_dummies;
mod top_k;
mod totals;
mod transform;
mod transpose;
mod unique;
mod unnest;
mod unpivot;
mod update;
mod upsample;
mod value_counts;
mod with_columns;
mod with_row_index;

/// Every verb, by name.
pub const VERBS: &[&Verb] = &[
    &agg::VERB,
    &cast::VERB,
    &concat::VERB,
    &describe::VERB,
    &drop::VERB,
    &drop_nulls::VERB,
    &drop_nulls::NANS,
    &explain::VERB,
    &explode::VERB,
    &fill_null::VERB,
    &fill_null::NAN,
    &filter::VERB,
    &frame::VERB,
    &gather_every::VERB,
    &group_by::VERB,
    &group_by_dynamic::VERB,
    &groups::SUM,
    &groups::MEAN,
    &groups::MEDIAN,
    &groups::MIN,
    &groups::MAX,
    &groups::QUANTILE,
    &groups::N_UNIQUE,
    &groups::FIRST,
    &groups::LAST,
    &groups::LEN,
    &groups::ALL,
    &having::VERB,
    &head::VERB,
    &head::LIMIT,
    &head::OF_GROUPS,
    &interpolate::VERB,
    &join::VERB,
    &join_asof::VERB,
    &join_where::VERB,
    &merge_sorted::VERB,
    &pivot::VERB,
    &remove::VERB,
    &rename::VERB,
    &resample::VERB,
    &reverse::VERB,
    &rolling::VERB,
    &sample::VERB,
    &select::VERB,
    &shift::VERB,
    &slice::VERB,
    &slice::FIRST,
    &slice::LAST,
    &slice::CLEAR,
    &sort::VERB,
    &sql::VERB,
    &store::VERB,
    &table::VERB,
    &tail::VERB,
    &tail::OF_GROUPS,
    &to_dummies::VERB,
    &top_k::VERB,
    &transform::VERB,
    &top_k::BOTTOM,
    &totals::SUM,
    &totals::MEAN,
    &totals::MEDIAN,
    &totals::MIN,
    &totals::MAX,
    &totals::STD,
    &totals::VAR,
    &totals::QUANTILE,
    &totals::COUNT,
    &totals::NULL_COUNT,
    &transpose::VERB,
    &unique::VERB,
    &unique::DISTINCT,
    &unnest::VERB,
    &unpivot::VERB,
    &update::VERB,
    &upsample::VERB,
    &value_counts::VERB,
    &with_columns::VERB,
    &with_row_index::VERB,
];

/// Something that can be done to a frame, or to its groups.
#[derive(Debug)]
pub struct Verb {
    /// Its name, as Polars spells it.
    pub name: &'static str,
    /// What it is asked of.
    pub on: On,
    /// What it takes.
    pub params: &'static [Param],
    /// What it does, in Markdown, with examples that run.
    pub page: &'static str,
    /// Its plan.
    pub polars: fn(&Given<'_>) -> Result<Made, Error>,
}

impl Verb {
    /// How it is called: `sort(by, *more_by, descending=False)`.
    pub fn form(&self) -> String {
        form(self.name, self.params)
    }

    /// The first sentence of its page.
    pub fn summary(&self) -> String {
        page::first_sentence(self.page)
    }
}

/// What a verb is asked of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// Nothing: it begins a program.
    Nothing,
    /// A frame.
    Frame,
    /// The groups of a frame.
    Groups,
}

/// What a verb makes.
#[expect(clippy::large_enum_variant, reason = "one lives at a time, on the stack")]
pub enum Made {
    /// A frame.
    Frame(LazyFrame),
    /// Groups of a frame, to be aggregated.
    Groups(Groups),
    /// Rows that it has to see before its columns are known: one for each column, at the least. They are run while
    /// the program is planned, and the verb is asked again, with [`Given::seen`].
    Asks(LazyFrame),
}

impl From<LazyFrame> for Made {
    fn from(frame: LazyFrame) -> Self {
        Self::Frame(frame)
    }
}

impl From<Groups> for Made {
    fn from(groups: Groups) -> Self {
        Self::Groups(groups)
    }
}

impl From<LazyGroupBy> for Made {
    fn from(groups: LazyGroupBy) -> Self {
        Self::Groups(groups.into())
    }
}
