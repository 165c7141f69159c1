//! Orthonormal factors and spectra of matrices: they lie on the last two axes, stacked along the others.

use super::super::apart;
use super::super::dtype::DType;
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Meta, Rule};
use super::super::kernels::{fields, map, pick};
use super::super::linalg::{self, Mode};
use super::super::shape;
use super::elementwise::{Operand, Scalar, astype, compare};
use super::linear::{conjugated, field, matrices, square, times, with};
use super::matmul::matmul;
use super::reduce::{Along, count_nonzero, extreme};
use super::structure::{broadcast_to, concat, expand_dims, part, permuted};
use super::tall::{self, Long};

/// What is made of each matrix of a stack, one after the other: one list for each result.
pub(super) fn each<T: Element, const N: usize>(
    op: &'static str,
    stack: &Chunk,
    make: impl Fn(&[T]) -> linalg::Result<[Data; N]> + Send + Sync,
) -> Result<Vec<Data>, Error> {
    let (values, count, one) = (stack.values::<T>()?, matrices_of(stack), matrix_of(stack));
    let of =
        |at: usize| make(&values[at * one..(at + 1) * one]).map_err(|source| Error::Matrix { op, source });
    let made: Vec<[Data; N]> = match count > 1 && values.len() > 1 << 12 {
        true => apart::made(count, &of).into_iter().collect::<Result<_, _>>()?,
        false => (0..count).map(of).collect::<Result<_, _>>()?,
    };
    let mut parts: Vec<Vec<Data>> = (0..N).map(|_| Vec::with_capacity(made.len())).collect();
    for results in made {
        parts.iter_mut().zip(results).for_each(|(part, data)| part.push(data));
    }
    parts.into_iter().map(|part| joined(op, part)).collect()
}

fn joined(op: &'static str, parts: Vec<Data>) -> Result<Data, Error> {
    let mut parts = parts.into_iter();
    let Some(mut all) = parts.next() else { return Err(Error::Defect(op)) };
    for part in parts {
        all.append(&part.slice()).ok_or(Error::Defect(op))?;
    }
    Ok(all)
}

/// How many matrices there are.
pub(super) fn matrices_of(stack: &Chunk) -> usize {
    shape::count(&stack.shape[..stack.shape.len().saturating_sub(2)])
}

/// How many elements each has.
fn matrix_of(stack: &Chunk) -> usize {
    shape::count(&stack.shape[stack.shape.len().saturating_sub(2)..])
}

/// Results of dtypes and shapes that are made of each matrix; none of no matrices.
pub(super) fn stacked(
    op: &'static str,
    inputs: Vec<Array>,
    outputs: Vec<Meta>,
    run: impl Fn(&[Chunk]) -> Result<Vec<Data>, Error> + Send + Sync + 'static,
) -> Result<Vec<Array>, Error> {
    let metas = outputs.clone();
    let axes = inputs.first().map_or(0, Array::axes);
    let made = Array::several(op, inputs, outputs, move |chunks| match metas.iter().all(Meta::is_empty) {
        true => Ok(metas.iter().map(|meta| Data::zeros(meta.dtype, 0)).collect()),
        false => run(chunks),
    })?;
    // Some matrices of a stack give the same as all of them, where they are.
    let is_stack = axes > 2;
    Ok(if is_stack { Array::all_with_rule(made, Rule::Lines(vec![axes - 2, axes - 1])) } else { made })
}

/// What is made of one matrix that is far longer than wide, or wider than long, by another way.
fn or_by_blocks(
    made: Vec<Array>,
    way: impl Fn(&[Array]) -> Result<Vec<Array>, Error> + Send + Sync + 'static,
) -> Vec<Array> {
    Array::all_with_rule(made, Rule::Instead(Box::new(move |inputs, _| way(inputs))))
}

/// Each matrix the other way round, conjugated.
fn adjoint(op: &'static str, x: &Array) -> Result<Array, Error> {
    conjugated(op, &permuted(op, x, &[1, 0])?)
}

pub(super) fn first(made: Vec<Array>, op: &'static str) -> Result<Array, Error> {
    made.into_iter().next().ok_or(Error::Defect(op))
}

/// Orthonormal columns, and the triangle that makes the matrix of them.
pub fn qr(op: &'static str, x: &Array, complete: bool) -> Result<Vec<Array>, Error> {
    let x = field(op, x)?;
    let (stack, m, n) = matrices(op, &x)?;
    let (dtype, k) = (x.dtype(), if complete { m } else { m.min(n) });
    let metas = vec![Meta::new(dtype, with(stack, &[m, k])), Meta::new(dtype, with(stack, &[k, n]))];
    let mode = if complete { Mode::Complete } else { Mode::Reduced };
    let long = tall::long(&x).filter(|_| !complete);
    let made = stacked(op, vec![x], metas, move |chunks| {
        fields!(dtype, T => each::<T, _>(op, &chunks[0], |a| {
            let made = linalg::qr(a, m, n, mode);
            Ok([T::data(made.q), T::data(made.r)])
        }))
        .ok_or(Error::Defect(op))?
    })?;
    Ok(match long {
        Some(Long::Rows(rows)) => {
            or_by_blocks(made, move |inputs| Ok(tall::factors(op, &inputs[0], rows)?.into()))
        }
        // The first columns have the factor, and what it makes of the others is a product.
        Some(Long::Columns) => or_by_blocks(made, move |inputs| {
            let (first, others) =
                (part(op, &inputs[0], 1, 0, m)?, part(op, &inputs[0], 1, m as isize, n - m)?);
            let [q, r] = <[Array; 2]>::try_from(qr(op, &first, false)?).map_err(|_| Error::Defect(op))?;
            let others = matmul(op, &adjoint(op, &q)?, &others)?;
            Ok(vec![q, concat(op, &[r, others], Some(1))?])
        }),
        None => made,
    })
}

/// Left vectors, singular values from the greatest on, right vectors conjugated.
pub fn svd(op: &'static str, x: &Array, full: bool) -> Result<Vec<Array>, Error> {
    let x = field(op, x)?;
    let (stack, m, n) = matrices(op, &x)?;
    let (dtype, k) = (x.dtype(), m.min(n));
    let (left, right) = if full { (m, n) } else { (k, k) };
    let metas = vec![
        Meta::new(dtype, with(stack, &[m, left])),
        Meta::new(dtype.real(), with(stack, &[k])),
        Meta::new(dtype, with(stack, &[right, n])),
    ];
    let long = tall::long(&x).filter(|_| !full);
    let made = stacked(op, vec![x], metas, move |chunks| {
        fields!(dtype, T => each::<T, _>(op, &chunks[0], |a| {
            let made = linalg::svd(a, m, n, full)?;
            Ok([T::data(made.u), Element::data(made.s), T::data(made.vh)])
        }))
        .ok_or(Error::Defect(op))?
    })?;
    let three = move |x: &Array| <[Array; 3]>::try_from(svd(op, x, false)?).map_err(|_| Error::Defect(op));
    Ok(match long {
        Some(Long::Rows(rows)) => or_by_blocks(made, move |inputs| {
            let [q, r] = tall::factors(op, &inputs[0], rows)?;
            let [u, s, vh] = three(&r)?;
            Ok(vec![matmul(op, &q, &u)?, s, vh])
        }),
        Some(Long::Columns) => or_by_blocks(made, move |inputs| {
            let [u, s, vh] = three(&adjoint(op, &inputs[0])?)?;
            Ok(vec![adjoint(op, &vh)?, s, adjoint(op, &u)?])
        }),
        None => made,
    })
}

/// Singular values from the greatest on.
pub fn svdvals(op: &'static str, x: &Array) -> Result<Array, Error> {
    let x = field(op, x)?;
    let (stack, m, n) = matrices(op, &x)?;
    let dtype = x.dtype();
    let meta = Meta::new(dtype.real(), with(stack, &[m.min(n)]));
    let long = tall::long(&x);
    let made = stacked(op, vec![x], vec![meta], move |chunks| {
        fields!(dtype, T => each::<T, _>(op, &chunks[0], |a| {
            Ok([Element::data(linalg::svdvals(a, m, n)?)])
        }))
        .ok_or(Error::Defect(op))?
    })?;
    let made = match long {
        Some(Long::Rows(rows)) => or_by_blocks(made, move |inputs| {
            let [_, r] = tall::factors(op, &inputs[0], rows)?;
            Ok(vec![svdvals(op, &r)?])
        }),
        Some(Long::Columns) => {
            or_by_blocks(made, move |inputs| Ok(vec![svdvals(op, &adjoint(op, &inputs[0])?)?]))
        }
        None => made,
    };
    first(made, op)
}

/// Eigenvalues from the least on, and orthonormal eigenvectors, of matrices that are their own conjugate transpose.
pub fn eigh(op: &'static str, x: &Array) -> Result<Vec<Array>, Error> {
    let x = field(op, x)?;
    let (stack, n) = square(op, &x)?;
    let dtype = x.dtype();
    let metas = vec![Meta::new(dtype.real(), with(stack, &[n])), x.meta().clone()];
    stacked(op, vec![x], metas, move |chunks| {
        fields!(dtype, T => each::<T, _>(op, &chunks[0], |a| {
            let made = linalg::eigh(a, n)?;
            Ok([Element::data(made.values), T::data(made.vectors)])
        }))
        .ok_or(Error::Defect(op))?
    })
}

/// Eigenvalues from the least on.
pub fn eigvalsh(op: &'static str, x: &Array) -> Result<Array, Error> {
    let x = field(op, x)?;
    let (stack, n) = square(op, &x)?;
    let dtype = x.dtype();
    let meta = Meta::new(dtype.real(), with(stack, &[n]));
    first(
        stacked(op, vec![x], vec![meta], move |chunks| {
            fields!(dtype, T => each::<T, _>(op, &chunks[0], |a| {
                Ok([Element::data(linalg::eigvalsh(a, n)?)])
            }))
            .ok_or(Error::Defect(op))?
        })?,
        op,
    )
}

/// Eigenvalues and eigenvectors.
pub fn eig(op: &'static str, x: &Array) -> Result<Vec<Array>, Error> {
    let x = field(op, x)?;
    let (stack, n) = square(op, &x)?;
    let dtype = x.dtype();
    let complex = dtype.complex();
    let metas = vec![Meta::new(complex, with(stack, &[n])), Meta::new(complex, x.shape())];
    stacked(op, vec![x], metas, move |chunks| {
        fields!(dtype, T => each::<T, _>(op, &chunks[0], |a| {
            let made = linalg::eig(a, n)?;
            Ok([Element::data(made.values), Element::data(made.vectors)])
        }))
        .ok_or(Error::Defect(op))?
    })
}

/// Eigenvalues.
pub fn eigvals(op: &'static str, x: &Array) -> Result<Array, Error> {
    let x = field(op, x)?;
    let (stack, n) = square(op, &x)?;
    let dtype = x.dtype();
    let meta = Meta::new(dtype.complex(), with(stack, &[n]));
    first(
        stacked(op, vec![x], vec![meta], move |chunks| {
            fields!(dtype, T => each::<T, _>(op, &chunks[0], |a| {
                Ok([Element::data(linalg::eigvals(a, n)?)])
            }))
            .ok_or(Error::Defect(op))?
        })?,
        op,
    )
}

/// The relative size below which a singular value counts as 0, for each matrix.
fn tolerance(op: &'static str, x: &Array, rtol: Option<Operand>) -> Result<Array, Error> {
    let (stack, m, n) = matrices(op, x)?;
    let real = x.dtype().real();
    let epsilon = if real == DType::Float32 { f64::from(f32::EPSILON) } else { f64::EPSILON };
    let asked = rtol.unwrap_or(Operand::Scalar(Scalar::Float(m.max(n) as f64 * epsilon)));
    broadcast_to(op, &astype(&asked.array(op)?, real)?, stack)
}

/// The inverse of what has one, and the nearest to it of what has none.
pub fn pinv(op: &'static str, x: &Array, rtol: Option<Operand>) -> Result<Array, Error> {
    let x = field(op, x)?;
    let rtol = tolerance(op, &x, rtol)?;
    let (stack, m, n) = matrices(op, &x)?;
    let dtype = x.dtype();
    let meta = Meta::new(dtype, with(stack, &[n, m]));
    let long = tall::long(&x);
    let made = stacked(op, vec![x, rtol], vec![meta], move |chunks| {
        fields!(dtype, T => {
            let (a, rtol) = (chunks[0].values::<T>()?, chunks[1].values::<<T as faer::traits::ComplexField>::Real>()?);
            let mut out = Vec::with_capacity(a.len());
            for at in 0..matrices_of(&chunks[0]) {
                let made = linalg::pinv(&a[at * m * n..(at + 1) * m * n], m, n, rtol[at]);
                out.extend(made.map_err(|source| Error::Matrix { op, source })?);
            }
            Ok(vec![T::data(out)])
        })
        .ok_or(Error::Defect(op))?
    })?;
    let inverse = move |x: &Array, rtol: &Array| pinv(op, x, Some(Operand::Array(rtol.clone())));
    let made = match long {
        Some(Long::Rows(rows)) => or_by_blocks(made, move |inputs| {
            let [q, r] = tall::factors(op, &inputs[0], rows)?;
            Ok(vec![matmul(op, &inverse(&r, &inputs[1])?, &adjoint(op, &q)?)?])
        }),
        Some(Long::Columns) => or_by_blocks(made, move |inputs| {
            Ok(vec![adjoint(op, &inverse(&adjoint(op, &inputs[0])?, &inputs[1])?)?])
        }),
        None => made,
    };
    first(made, op)
}

/// How many singular values do not count as 0.
pub fn matrix_rank(op: &'static str, x: &Array, rtol: Option<Operand>) -> Result<Array, Error> {
    let x = field(op, x)?;
    let rtol = tolerance(op, &x, rtol)?;
    let values = svdvals(op, &x)?;
    let last = Along { axes: Some(vec![-1]), keep: true };
    if values.shape().last() == Some(&0) {
        return super::elementwise::full(op, &x.shape()[..x.axes() - 2], Scalar::Int(0), DType::Int64);
    }
    let least = times(op, extreme(op, &values, &last, true)?, expand_dims(op, &rtol, &[-1])?)?;
    let counts = compare(op, map::greater, Operand::Array(values), Operand::Array(least))?;
    count_nonzero(&counts, &Along { keep: false, ..last })
}
