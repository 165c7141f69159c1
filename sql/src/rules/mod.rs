//! Rewritings of our own that DataFusion runs after its others: never another answer, only a better way to it.
//!
//! A rule is one file with its reason, and one line in [`add`].

mod decimal;
mod yielding;

use std::sync::Arc;

use datafusion::execution::SessionStateBuilder;

/// The rules, in the order they run.
pub(crate) fn add(builder: SessionStateBuilder) -> SessionStateBuilder {
    builder
        .with_optimizer_rule(Arc::new(decimal::NarrowDecimals))
        .with_physical_optimizer_rule(Arc::new(yielding::YieldingJoins))
}
