//! Rewritings of our own that DataFusion runs after its others: never another answer, only a better way to it.
//!
//! A rule is one file with its reason, and one line in [`add`]; [`watched`] is none, because it knows of the one
//! statement it is for.

mod decimal;
mod watched;
mod yielding;

use std::sync::Arc;

use datafusion::execution::SessionStateBuilder;

pub(crate) use watched::watched;

/// The rules, in the order they run.
pub(crate) fn add(builder: SessionStateBuilder) -> SessionStateBuilder {
    builder
        .with_optimizer_rule(Arc::new(decimal::NarrowDecimals))
        .with_physical_optimizer_rule(Arc::new(yielding::YieldingJoins))
}
