//! What is made of columns, each by itself: a box of the result needs all of its own columns, and of no others anything.

use super::super::error::Error;
use super::super::fold::Form;
use super::super::graph::{Array, Boxed, Meta, Rule};
use super::super::grid::Region;
use super::super::part::{cut, unfolded};
use super::reduce::Ready;

/// How the columns of an array lie, and where in the result what is made of them is.
#[derive(Clone, Debug)]
pub(super) struct Lying {
    /// The shape of the array.
    shape: Vec<usize>,
    /// The axes that become one: from the first to before the last.
    gone: (usize, usize),
    /// Which axes of the result the others are, behind those in front.
    kept: Vec<usize>,
    /// The axes in front, of which each column makes all.
    front: Vec<usize>,
}

impl Lying {
    /// Of what is reduced, where each column makes so many.
    pub(super) fn new(ready: &Ready, front: &[usize]) -> Self {
        let kept = ready.kept.iter().map(|axis| axis + front.len()).collect();
        Self { shape: ready.x.shape().to_vec(), gone: ready.gone, kept, front: front.to_vec() }
    }

    /// The columns that a box of the result is made of.
    fn columns(&self, region: &Region) -> Region {
        unfolded(self.gone, &self.kept, &self.shape, region)
    }
}

/// Makes an array of that shape of inputs whose columns lie so.
pub(super) trait Columnwise: Fn(Vec<Array>, Form, Meta) -> Result<Array, Error> + Send + Sync {}

impl<F: Fn(Vec<Array>, Form, Meta) -> Result<Array, Error> + Send + Sync> Columnwise for F {}

/// The array that `make` makes of the inputs; of the first `columns` inputs, which are of one shape, a box needs its columns, of
/// the others all.
pub(super) fn made(
    lying: Lying,
    inputs: Vec<Array>,
    columns: usize,
    output: Meta,
    make: impl Columnwise + 'static,
) -> Result<Array, Error> {
    let form = Form::of(&lying.shape, lying.gone.0, lying.gone.1);
    let whole: Vec<Region> = inputs.iter().skip(columns).map(|input| Region::whole(input.shape())).collect();
    let made = make(inputs, form, output.clone())?;
    Ok(made.with_rule(Rule::Of(Box::new(Columns { lying, columns, whole, output, make }))))
}

struct Columns<F> {
    lying: Lying,
    /// How many of the inputs are columns.
    columns: usize,
    /// The others.
    whole: Vec<Region>,
    output: Meta,
    make: F,
}

impl<F: Columnwise> Boxed for Columns<F> {
    fn needs(&self, _: &[Array], region: &Region) -> Vec<(usize, Region)> {
        let columns = (0..self.columns).map(|_| self.lying.columns(region));
        columns.chain(self.whole.iter().cloned()).enumerate().collect()
    }

    fn make(&self, region: &Region, parts: Vec<Array>) -> Result<Array, Error> {
        let Lying { gone, front, .. } = &self.lying;
        let form = Form::of(&self.lying.columns(region).lengths, gone.0, gone.1);
        let lengths = [front, &region.lengths[front.len()..]].concat();
        let made = (self.make)(parts, form, Meta::new(self.output.dtype, lengths))?;
        let start = region.start.iter().take(front.len()).copied();
        let start = start.chain(region.lengths.iter().skip(front.len()).map(|_| 0)).collect();
        let wanted = Region { start, lengths: region.lengths.clone() };
        if wanted == Region::whole(made.shape()) { Ok(made) } else { cut(&made, &wanted) }
    }

    fn is_held(&self) -> bool {
        true
    }
}
