//! Elements at places along an axis.

use super::super::error::Error;
use super::super::graph::{Array, Boxed, Rule};
use super::super::grid::Region;
use super::super::shape;
use super::create;
use super::index::{Item, get};
use super::structure::broadcast_to;

/// The elements along an axis at places.
pub fn take(x: &Array, places: &Array, axis: Option<i64>) -> Result<Array, Error> {
    let axis = match (axis, x.axes()) {
        (Some(axis), axes) => shape::axis("take", axis, axes)?,
        (None, 1) => 0,
        (None, _) => return Err(Error::refused("take", "needs an axis where the array has more than one")),
    };
    if !places.dtype().is_integer() {
        return Err(Error::DType { op: "take", takes: "integers as places", dtype: places.dtype() });
    }
    let mut items = vec![Item::Slice([None; 3]); axis];
    items.push(Item::Array(places.clone()));
    get(x, &items)
}

/// At each place the element whose place along the axis is written there.
pub fn take_along_axis(x: &Array, places: &Array, axis: i64) -> Result<Array, Error> {
    let op = "take_along_axis";
    let axis = shape::axis(op, axis, x.axes())?;
    if places.axes() != x.axes() {
        let said =
            format!("takes arrays of as many axes, and got shapes {:?} and {:?}", x.shape(), places.shape());
        return Err(Error::refused(op, said));
    }
    let (mut own, mut theirs) = (x.shape().to_vec(), places.shape().to_vec());
    (own[axis], theirs[axis]) = (1, 1);
    let mut both = shape::broadcast(op, &own, &theirs)?;
    both[axis] = x.shape()[axis];
    let x = broadcast_to(op, x, &both)?;
    both[axis] = places.shape()[axis];
    let places = broadcast_to(op, places, &both)?;
    let items = (0..x.axes()).map(|at| {
        if at == axis {
            return Ok(Item::Array(places.clone()));
        }
        let mut own = vec![1; x.axes()];
        own[at] = x.shape()[at];
        let row = create::of(create::counted(x.shape()[at]));
        Ok(Item::Array(row.reshaped(op, own)?))
    });
    if x.axes() == 1 {
        return get(&x, &items.collect::<Result<Vec<_>, Error>>()?);
    }
    let length = x.shape()[axis];
    get(&x, &items.collect::<Result<Vec<_>, Error>>()?)
        .map(|made| made.with_rule(Rule::Of(Box::new(OfLines { axis, length }))))
}

/// A box of elements at places of lines needs those lines, and its own places.
struct OfLines {
    axis: usize,
    length: usize,
}

impl Boxed for OfLines {
    fn needs(&self, _: &[Array], region: &Region) -> Vec<(usize, Region)> {
        let mut lines = region.clone();
        (lines.start[self.axis], lines.lengths[self.axis]) = (0, self.length);
        // The places are that input which stands for the axis.
        vec![(0, lines), (self.axis + 1, region.clone())]
    }

    fn make(&self, _: &Region, parts: Vec<Array>) -> Result<Array, Error> {
        let [x, places] = &*parts else { return Err(Error::Defect("take_along_axis")) };
        take_along_axis(x, places, self.axis as i64)
    }
}
