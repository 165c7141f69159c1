//! Middles of what is not hidden: means by weight, and medians.

use super::super::dtype::DType;
use super::super::error::Error;
use super::super::graph::Array;
use super::super::kernels::map;
use super::super::shape;
use super::elementwise::{Both, Operand, Scalar, Takes, astype, binary, choose, clip, unary};
use super::masked::{Masked, divided, either, is, number, two};
use super::order::sort;
use super::reduce::{self, Along};
use super::structure::{broadcast_to, expand_dims, flat, squeeze};
use super::take::take_along_axis;

impl Masked {
    /// The mean in which each counts as much as its weight; hidden where weights come to nothing.
    pub fn average(&self, axis: Option<i64>, weights: Option<Array>, keep: bool) -> Result<Self, Error> {
        let op = "ma.average";
        let along = Along { axes: axis.map(|axis| vec![axis]), keep };
        let Some(weights) = weights else { return self.mean(&along) };
        let own = self.floating()?;
        let weights = Self { data: weighing(op, &own.data, axis, weights)?, mask: own.mask.clone() };
        let weights = weights.with(0.0)?;
        let heavy = Self { data: two(op, map::multiply, &own.data, &weights)?, mask: own.mask };
        let (sum, weight) = (heavy.sum(&along, None)?, reduce::sum(&weights, &along, None)?);
        let none = is(op, map::equal, &weight, number(0.0))?;
        Ok(Self { data: divided(op, &sum.data, &weight)?, mask: either(&sum.mask, &none)? })
    }

    /// The middle one, or the mean of the two in the middle; NaN where one of them all is.
    pub fn median(&self, axis: Option<i64>, keep: bool) -> Result<Self, Error> {
        let op = "ma.median";
        let Some(axis) = axis else {
            let row = Self { data: flat(op, &self.data)?, mask: flat(op, &self.mask)? };
            let found = row.median(Some(0), false)?;
            return if keep { found.shaped(op, &vec![1; self.data.axes()]) } else { Ok(found) };
        };
        let own = self.floating()?;
        let at = shape::axis(op, axis, own.data.axes())? as i64;
        if !own.data.dtype().is_real() || own.data.shape()[at as usize] == 0 {
            return Err(Error::refused(op, "takes real numbers, and one of them at least along the axis"));
        }
        let along = Along { axes: Some(vec![at]), keep: true };
        let sorted = sort(&own.beyond(op, false)?, at, false)?;
        let count = own.count(&along)?;
        let middle = |less: i64| {
            let place =
                binary(op, map::subtract, Both::As("numbers"), Operand::Array(count.clone()), whole(less))?;
            let place = binary(op, map::floor_divide, Both::As("numbers"), Operand::Array(place), whole(2))?;
            let last = own.data.shape()[at as usize] as i64 - 1;
            let place = clip(&place, Some(whole(0)), Some(whole(last)))?;
            take_along_axis(&sorted, &place, at)
        };
        let sum = two(op, map::add, &middle(1)?, &middle(0)?)?;
        let half = binary(op, map::multiply, Both::As("numbers"), Operand::Array(sum), number(0.5))?;
        let odd = unary(op, Takes::As(map::isnan, "numbers"), &own.with(0.0)?)?;
        let odd = reduce::truth(op, &odd, &along, false)?;
        let data = choose(&odd, number(f64::NAN), Operand::Array(half))?;
        let found = Self { data, mask: own.gone(&along)? };
        if keep { Ok(found) } else { found.squeezed(op, at) }
    }

    fn shaped(self, op: &'static str, shape: &[usize]) -> Result<Self, Error> {
        let one = |x: Array| x.reshaped(op, shape.to_vec());
        Ok(Self { data: one(self.data)?, mask: one(self.mask)? })
    }

    fn squeezed(self, op: &'static str, axis: i64) -> Result<Self, Error> {
        Ok(Self { data: squeeze(op, &self.data, &[axis])?, mask: squeeze(op, &self.mask, &[axis])? })
    }
}

fn whole(value: i64) -> Operand {
    Operand::Scalar(Scalar::Int(value.into()))
}

/// Weights in the shape of what they weigh: those of a row lie along the axis.
fn weighing(op: &'static str, data: &Array, axis: Option<i64>, weights: Array) -> Result<Array, Error> {
    let weights = match weights.dtype().is_floating() {
        true => weights,
        false => astype(&weights, DType::Float64)?,
    };
    match axis {
        Some(axis) if weights.axes() == 1 && data.axes() > 1 => {
            let axis = shape::axis(op, axis, data.axes())?;
            let behind: Vec<i64> = (1..(data.axes() - axis) as i64).collect();
            broadcast_to(op, &expand_dims(op, &weights, &behind)?, data.shape())
        }
        _ if weights.shape() == data.shape() => Ok(weights),
        _ => Err(Error::refused(
            op,
            format!(
                "takes weights of shape {:?}, or a row along an axis, and got {:?}",
                data.shape(),
                weights.shape()
            ),
        )),
    }
}
