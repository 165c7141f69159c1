//! Rewritings of our own that DataFusion runs after its others: never another answer, only a faster way to it.
//!
//! A rule is one file with its reason and its measurement, and one line in [`rules`].

mod decimal;

use std::sync::Arc;

use datafusion::optimizer::OptimizerRule;

/// The rules, in the order they run.
pub(crate) fn rules() -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    vec![Arc::new(decimal::NarrowDecimals)]
}
