//! Functions of ours. Most guard DataFusion's: a function that can make much out of little says first how
//! much, and is refused before it takes the memory. The others stand in for those that answer wrongly, or are
//! not there, such as those that ibis brings for DataFusion in Python.
//!
//! A Rust allocation that fails ends the process, and DataFusion's memory pool does not see what functions
//! make: `repeat('a', 2000000000)` needs no table and no operator. A guard is a line in [`GUARDS`] and a measure.

mod concat;
mod guard;
mod intervals;
mod lists;
mod ours;
mod promised;
mod round;
mod split;
mod sum;
mod text;
mod times;
mod urls;

use std::sync::Arc;

use datafusion::common::DataFusionError;
use datafusion::execution::{FunctionRegistry, SessionState as Planner};
use datafusion::logical_expr::{AggregateUDF, ScalarFunctionArgs, ScalarUDF};

use crate::SqlLimits;
use guard::{Guarded, Size};

/// How large a function's answer will be.
type Measure = fn(&ScalarFunctionArgs) -> Result<Size, DataFusionError>;

/// Every guarded function and its measure, sorted by name.
static GUARDS: &[(&str, Measure)] = &[
    ("array_concat", lists::concat),
    ("array_repeat", lists::repeat),
    ("array_resize", lists::resize),
    ("concat", text::concat),
    ("concat_ws", text::concat_ws),
    ("generate_series", lists::range),
    ("lpad", text::pad),
    ("range", lists::range),
    ("regex_split", split::measure),
    ("regexp_replace", text::regexp_replace),
    ("repeat", text::repeat),
    ("replace", text::replace),
    ("rpad", text::pad),
];

/// Puts guards before DataFusion's functions, a bound behind `||`, and ours in the place of those that are wrong.
pub(crate) fn register(state: &mut Planner, limits: &SqlLimits) -> Result<(), DataFusionError> {
    let ours = times::functions().into_iter().chain(urls::functions()).chain([split::function()]);
    for function in ours {
        state.register_udf(Arc::new(ScalarUDF::new_from_impl(function)))?;
    }
    let sign = state.udf("signum")?;
    state.register_udf(Arc::new(sign.as_ref().clone().with_aliases(["sign"])))?;
    for name in promised::NAMES {
        let promised = promised::Promised(state.udf(name)?);
        state.register_udf(Arc::new(ScalarUDF::new_from_impl(promised)))?;
    }
    for (name, measure) in GUARDS {
        let inner = state.udf(name)?;
        let guarded = Guarded::new(inner, *measure, limits.value_bytes);
        state.register_udf(Arc::new(ScalarUDF::new_from_impl(guarded)))?;
    }
    for name in ["round", "trunc"] {
        let rounded = round::Rounded(state.udf(name)?);
        state.register_udf(Arc::new(ScalarUDF::new_from_impl(rounded)))?;
    }
    state.register_udaf(Arc::new(AggregateUDF::new_from_impl(sum::CheckedSum::default())))?;
    state.register_expr_planner(Arc::new(intervals::Intervals))?;
    state.add_analyzer_rule(Arc::new(concat::BoundConcat::new(limits.value_bytes)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guards_are_sorted() {
        assert!(GUARDS.is_sorted_by_key(|(name, _)| *name));
    }
}
