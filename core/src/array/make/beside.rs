//! What is made element by element of one array, while others are there as a whole.

use super::super::element::Data;
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Meta, Rule};

/// The array that `run` makes of `x`, of whose shape it is, and of the others: a box of it needs the same box of `x`, and all of
/// the others.
pub(super) fn beside(
    op: &'static str,
    x: Array,
    others: Vec<Array>,
    output: Meta,
    run: impl Fn(&[Chunk]) -> Result<Data, Error> + Send + Sync + 'static,
) -> Result<Array, Error> {
    let here = vec![0; x.axes()];
    // The others are computed once, and not for each box.
    let others =
        others.into_iter().map(|other| if other.known().is_some() { other } else { other.once(None, None) });
    let inputs = [x].into_iter().chain(others).collect();
    Ok(Array::whole(op, inputs, output, run)?.with_rule(Rule::Around(here)))
}
