//! Elements that differ.

use super::super::dtype::DType;
use super::super::element::Data;
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Meta};
use super::super::kernels::{all, pick};
use super::beside::beside;
use super::elementwise::{Operand, together};
use super::order::{Ordered, searchsorted, sort};
use super::structure::flat;

/// The number of the distinct elements among the results of [`unique`].
pub const VALUES: usize = 0;
/// The number of where each of them is first.
pub const FIRST: usize = 1;
/// The number of which of them each element is.
pub const INVERSE: usize = 2;
/// The number of how often each is.
pub const COUNTS: usize = 3;

/// Distinct elements in their order, where each first is, which of them each element is, how often each is.
/// NaN differs from NaN.
pub fn unique(x: &Chunk) -> Result<[Chunk; 4], Error> {
    all!(x.data.dtype(), T => distinct(x, x.values::<T>()?)).ok_or(Error::Defect("unique_all"))
}

fn distinct<T: Ordered>(x: &Chunk, values: &[T]) -> [Chunk; 4] {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].order(&values[*b]));
    let (mut found, mut first, mut counts) = (Vec::new(), Vec::new(), Vec::<i64>::new());
    let mut which = vec![0_i64; values.len()];
    for at in order {
        match (found.last(), counts.last_mut()) {
            (Some(known), Some(count)) if *known == values[at] => *count += 1,
            _ => {
                found.push(values[at]);
                first.push(at as i64);
                counts.push(1);
            }
        }
        which[at] = found.len() as i64 - 1;
    }
    let row = |values: Vec<i64>| Chunk::new([values.len()], Data::Int64(values));
    [
        Chunk::new([found.len()], T::data(found)),
        row(first),
        Chunk::new(x.shape.clone(), Data::Int64(which)),
        row(counts),
    ]
}

/// Which of the distinct elements each element of `x` is; nothing where several are NaN.
pub fn inverse(op: &'static str, x: &Array, values: &Chunk) -> Result<Option<Array>, Error> {
    all!(values.data.dtype(), T => {
        let known = values.values::<T>()?;
        #[expect(clippy::eq_op, reason = "NaN alone is not what it is")]
        let gaps = known.iter().rev().take_while(|value| *value != *value).count();
        match gaps {
            0 | 1 => searchsorted(&Array::constant(values.clone()), x, false, None).map(Some),
            _ => Ok(None),
        }
    })
    .ok_or(Error::Defect(op))?
}

/// Whether each element of `x` is among the others.
pub fn isin(x: Operand, among: Operand, invert: bool) -> Result<Array, Error> {
    let op = "isin";
    let dtype = together(&[&x, &among]);
    let (x, among) = (x.of(op, dtype)?, among.of(op, dtype)?);
    let meta = Meta::new(DType::Bool, x.shape());
    // Sorted once, and not for each box.
    let among = sort(&flat(op, &among)?, 0, false)?;
    beside(op, x, vec![among], meta, move |chunks| {
        all!(dtype, T => {
            let among = chunks[1].values::<T>()?;
            let is = |value: &T| among.binary_search_by(|known| known.order(value)).is_ok_and(|at| among[at] == *value);
            Ok(Data::Bool(chunks[0].values::<T>()?.iter().map(|value| is(value) != invert).collect()))
        })
        .ok_or(Error::Defect(op))?
    })
}
