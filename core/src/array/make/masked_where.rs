//! What is hidden: where a comparison holds, or elements are no finite numbers.

use super::super::error::Error;
use super::super::graph::Array;
use super::super::kernels::map;
use super::elementwise::{Both, Operand, Takes, binary, truth, unary};
use super::masked::{Masked, either, is, not, number, two};
use super::structure::broadcast_to;

impl Masked {
    /// With more hidden.
    pub fn hiding(self, more: &Array) -> Result<Self, Error> {
        let mask = either(&self.mask, &broadcast_to("ma", &truth(more)?, self.data.shape())?)?;
        Ok(Self { mask, ..self })
    }

    /// Hidden where the comparison with `value` holds.
    pub fn compared(self, op: &'static str, loops: map::Two, value: Operand) -> Result<Self, Error> {
        let found = is(op, loops, &self.data, value)?;
        if found.shape() != self.data.shape() {
            let (left, right) = (self.data.shape().to_vec(), found.shape().to_vec());
            return Err(Error::Broadcast { op, left, right });
        }
        self.hiding(&found)
    }

    /// Hidden from the lesser of the two to the greater, or everywhere else.
    pub fn between(self, op: &'static str, bounds: [Operand; 2], outside: bool) -> Result<Self, Error> {
        let [one, other] = bounds;
        let low = binary(op, map::minimum, Both::As("real numbers"), one.clone(), other.clone())?;
        let high = binary(op, map::maximum, Both::As("real numbers"), one, other)?;
        let (below, above) = match outside {
            true => (map::less as map::Two, map::greater as map::Two),
            false => (map::greater_equal as map::Two, map::less_equal as map::Two),
        };
        let (one, other) = (
            is(op, below, &self.data, Operand::Array(low))?,
            is(op, above, &self.data, Operand::Array(high))?,
        );
        let found = if outside { either(&one, &other)? } else { two(op, map::and, &one, &other)? };
        self.hiding(&found)
    }

    /// Hidden where elements are about `value`.
    pub fn near(self, op: &'static str, value: f64, relative: f64, absolute: f64) -> Result<Self, Error> {
        if !self.data.dtype().is_floating() {
            return self.compared(op, map::equal, number(value));
        }
        let away =
            binary(op, map::subtract, Both::As("numbers"), Operand::Array(self.data.clone()), number(value))?;
        let away = unary(op, Takes::As(map::abs, "numbers"), &away)?;
        let near = is(op, map::less_equal, &away, number(absolute + relative * value.abs()))?;
        let same = is(op, map::equal, &self.data, number(value))?;
        self.hiding(&either(&near, &same)?)
    }

    /// Hidden where elements are NaN or infinite.
    pub fn invalid(self, op: &'static str) -> Result<Self, Error> {
        if !self.data.dtype().is_floating() {
            return Ok(self);
        }
        let finite = unary(op, Takes::As(map::isfinite, "numbers"), &self.data)?;
        let found = not(op, &finite)?;
        self.hiding(&found)
    }
}
