//! Linear algebra: of matrices that lie on the last two axes, stacked along the others.

use super::super::apart;
use super::super::dtype::DType;
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::graph::{Array, Boxed, Chunk, Meta, Rule};
use super::super::grid::Region;
use super::super::kernels::number::Number;
use super::super::kernels::{fields, ints, map, pick};
use super::super::linalg::{self, Mode};
use super::super::shape;
use super::elementwise::{Both, Operand, Scalar, Takes, astype, binary, compare, unary};
use super::reduce::{Along, count_nonzero, extreme, sum};
use super::structure::{broadcast_to, concat, diagonal, expand_dims, moveaxis, part, permuted, squeeze};
use faer::Par;

/// Multiplications beyond which a product of two matrices is worth several threads.
const APART: usize = 1 << 20;
/// Rows of a product that one task makes: the same whatever the threads, and so are the sums.
const BAND: usize = 128;

/// A dtype with fractions: integers become real numbers.
fn field(op: &'static str, x: &Array) -> Result<Array, Error> {
    match x.dtype() {
        DType::Bool => Err(Error::DType { op, takes: "numbers", dtype: DType::Bool }),
        dtype if dtype.is_integer() => astype(x, DType::Float64),
        _ => Ok(x.clone()),
    }
}

/// The lengths of the stack, and of the matrices in it.
fn matrices<'a>(op: &'static str, x: &'a Array) -> Result<(&'a [usize], usize, usize), Error> {
    match x.shape() {
        [stack @ .., rows, columns] => Ok((stack, *rows, *columns)),
        shape => Err(Error::refused(op, format!("takes matrices, and got shape {shape:?}"))),
    }
}

fn square<'a>(op: &'static str, x: &'a Array) -> Result<(&'a [usize], usize), Error> {
    match matrices(op, x)? {
        (stack, rows, columns) if rows == columns => Ok((stack, rows)),
        _ => Err(Error::refused(op, format!("takes square matrices, and got shape {:?}", x.shape()))),
    }
}

fn with(stack: &[usize], more: &[usize]) -> Vec<usize> {
    [stack, more].concat()
}

/// What is made of each matrix of a stack, one after the other: one list for each result.
fn each<T: Element, const N: usize>(
    op: &'static str,
    values: &[T],
    (count, one): (usize, usize),
    make: impl Fn(&[T]) -> linalg::Result<[Data; N]> + Send + Sync,
) -> Result<Vec<Data>, Error> {
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
    use super::super::element::each;
    let mut parts = parts.into_iter();
    let Some(mut all) = parts.next() else { return Err(Error::Defect(op)) };
    for part in parts {
        each!(Data, &mut all, values => values.extend_from_slice(Element::of(&part.slice()).ok_or(Error::Defect(op))?));
    }
    Ok(all)
}

/// Results of dtypes and shapes that are made of each matrix; none of no matrices.
fn stacked(
    op: &'static str,
    inputs: Vec<Array>,
    outputs: Vec<Meta>,
    run: impl Fn(&[Chunk]) -> Result<Vec<Data>, Error> + Send + Sync + 'static,
) -> Result<Vec<Array>, Error> {
    let metas = outputs.clone();
    Array::several(op, inputs, outputs, move |chunks| match metas.iter().all(Meta::is_empty) {
        true => Ok(metas.iter().map(|meta| Data::zeros(meta.dtype, 0)).collect()),
        false => run(chunks),
    })
}

fn first(made: Vec<Array>, op: &'static str) -> Result<Array, Error> {
    made.into_iter().next().ok_or(Error::Defect(op))
}

/// The product of matrices; an operand of one axis is a row, or a column.
pub fn matmul(op: &'static str, a: &Array, b: &Array) -> Result<Array, Error> {
    if a.axes() == 0 || b.axes() == 0 {
        return Err(Error::refused(op, "takes vectors and matrices, and got an array without axes"));
    }
    let dtype = a.dtype().promoted(b.dtype());
    if dtype == DType::Bool {
        return Err(Error::DType { op, takes: "numbers", dtype });
    }
    let row = if a.axes() == 1 { expand_dims(op, a, &[0])? } else { a.clone() };
    let column = if b.axes() == 1 { expand_dims(op, b, &[1])? } else { b.clone() };
    let (left_stack, m, k) = matrices(op, &row)?;
    let (right_stack, rows, n) = matrices(op, &column)?;
    if k != rows {
        let said = format!(
            "takes {k} rows on the right for {k} columns on the left: shapes {:?} and {:?}",
            a.shape(),
            b.shape()
        );
        return Err(Error::refused(op, said));
    }
    let stack = shape::broadcast(op, left_stack, right_stack)?;
    let left = broadcast_to(op, &astype(&row, dtype)?, &with(&stack, &[m, k]))?;
    let right = broadcast_to(op, &astype(&column, dtype)?, &with(&stack, &[k, n]))?;
    let (count, meta) = (shape::count(&stack), Meta::new(dtype, with(&stack, &[m, n])));
    let made = Array::whole(op, vec![left, right], meta, move |chunks| {
        let fields = fields!(dtype, T => products(&chunks[0], &chunks[1], count, |a: &[T], b: &[T]| banded(a, b, (m, k, n)), (m, k, n)));
        let whole = || {
            ints!(dtype, T => products(&chunks[0], &chunks[1], count, |a: &[T], b: &[T]| {
            whole_product(a, b, (m, k, n))
        }, (m, k, n)))
        };
        fields.or_else(whole).ok_or(Error::Defect(op))?
    })?;
    let made = made.with_rule(Rule::Of(Box::new(Product { op, inner: k })));
    let made = if b.axes() == 1 { squeeze(op, &made, &[-1])? } else { made };
    if a.axes() == 1 { squeeze(op, &made, &[if b.axes() == 1 { -1 } else { -2 }]) } else { Ok(made) }
}

/// The product of stacks of matrices: a box of it is made of rows of the one and columns of the other.
struct Product {
    op: &'static str,
    inner: usize,
}

impl Boxed for Product {
    fn needs(&self, region: &Region) -> Vec<(usize, Region)> {
        let axes = region.start.len();
        let with = |axis: usize| {
            let mut part = region.clone();
            (part.start[axis], part.lengths[axis]) = (0, self.inner);
            part
        };
        vec![(0, with(axes - 1)), (1, with(axes - 2))]
    }

    fn make(&self, _: &Region, parts: Vec<Array>) -> Result<Array, Error> {
        match &*parts {
            [a, b] => matmul(self.op, a, b),
            _ => Err(Error::Defect(self.op)),
        }
    }
}

fn products<T: Element>(
    a: &Chunk,
    b: &Chunk,
    count: usize,
    product: impl Fn(&[T], &[T]) -> Vec<T>,
    (m, k, n): (usize, usize, usize),
) -> Result<Data, Error> {
    let (a, b) = (a.values::<T>()?, b.values::<T>()?);
    let mut out = Vec::with_capacity(count * m * n);
    for at in 0..count {
        out.extend(product(&a[at * m * k..(at + 1) * m * k], &b[at * k * n..(at + 1) * k * n]));
    }
    Ok(T::data(out))
}

fn banded<T: linalg::Scalar + Element>(a: &[T], b: &[T], (m, k, n): (usize, usize, usize)) -> Vec<T> {
    let work = m.saturating_mul(k).saturating_mul(n);
    if work <= APART || m <= BAND {
        return linalg::matmul(a, m, k, b, n, Par::Seq);
    }
    let product = |number: usize| {
        let band = &a[number * BAND * k..((number + 1) * BAND * k).min(m * k)];
        linalg::matmul(band, band.len() / k, k, b, n, Par::Seq)
    };
    apart::made(m.div_ceil(BAND), &product).concat()
}

fn whole_product<T: Number>(a: &[T], b: &[T], (m, k, n): (usize, usize, usize)) -> Vec<T> {
    let mut out = vec![T::default(); m * n];
    for (row, out) in out.chunks_mut(n.max(1)).enumerate() {
        for at in 0..k {
            let factor = a[row * k + at];
            let line = &b[at * n..(at + 1) * n];
            out.iter_mut().zip(line).for_each(|(out, value)| *out = out.add(factor.mul(*value)));
        }
    }
    out
}

/// The sum of the products along axes of both.
pub fn tensordot(
    op: &'static str,
    a: &Array,
    b: &Array,
    left: &[i64],
    right: &[i64],
) -> Result<Array, Error> {
    let (left, right) = (shape::axes(op, left, a.axes())?, shape::axes(op, right, b.axes())?);
    let lengths = |x: &Array, axes: &[usize]| axes.iter().map(|axis| x.shape()[*axis]).collect::<Vec<_>>();
    if lengths(a, &left) != lengths(b, &right) {
        let said = format!(
            "sums over axes of one length, and got {:?} and {:?}",
            lengths(a, &left),
            lengths(b, &right)
        );
        return Err(Error::refused(op, said));
    }
    let free =
        |x: &Array, axes: &[usize]| (0..x.axes()).filter(|axis| !axes.contains(axis)).collect::<Vec<_>>();
    let (own, theirs) = (free(a, &left), free(b, &right));
    let (rows, columns) = (lengths(a, &own), lengths(b, &theirs));
    let inner: usize = lengths(a, &left).iter().product();
    let a = permuted(op, a, &[own, left].concat())?.reshaped(op, vec![rows.iter().product(), inner])?;
    let b =
        permuted(op, b, &[right, theirs].concat())?.reshaped(op, vec![inner, columns.iter().product()])?;
    matmul(op, &a, &b)?.reshaped(op, [rows, columns].concat())
}

fn times(op: &'static str, a: Array, b: Array) -> Result<Array, Error> {
    binary(op, map::multiply, Both::As("numbers"), Operand::Array(a), Operand::Array(b))
}

/// The sum along an axis of the products, the first conjugated.
pub fn vecdot(op: &'static str, a: &Array, b: &Array, axis: i64) -> Result<Array, Error> {
    let (own, theirs) = (shape::axis(op, axis, a.axes())?, shape::axis(op, axis, b.axes())?);
    if a.shape()[own] != b.shape()[theirs] {
        let said =
            format!("takes vectors of one length, and got {} and {}", a.shape()[own], b.shape()[theirs]);
        return Err(Error::refused(op, said));
    }
    let (a, b) = (moveaxis(op, a, &[axis], &[-1])?, moveaxis(op, b, &[axis], &[-1])?);
    let dtype = a.dtype().promoted(b.dtype());
    let a = if a.dtype().is_complex() { unary(op, Takes::As(map::conj_complex, "numbers"), &a)? } else { a };
    let product = times(op, a, b)?;
    sum(&product, &Along { axes: Some(vec![-1]), keep: false }, Some(dtype))
}

/// Every product of an element of the one with one of the other.
pub fn outer(op: &'static str, a: &Array, b: &Array) -> Result<Array, Error> {
    if a.axes() != 1 || b.axes() != 1 {
        return Err(Error::refused(
            op,
            format!("takes vectors, and got shapes {:?} and {:?}", a.shape(), b.shape()),
        ));
    }
    times(op, expand_dims(op, a, &[1])?, expand_dims(op, b, &[0])?)
}

/// The vector that stands upright on two others of length 3.
pub fn cross(op: &'static str, a: &Array, b: &Array, axis: i64) -> Result<Array, Error> {
    let (own, theirs) = (shape::axis(op, axis, a.axes())?, shape::axis(op, axis, b.axes())?);
    if a.shape()[own] != 3 || b.shape()[theirs] != 3 {
        return Err(Error::refused(
            op,
            format!("takes vectors of length 3, and got shapes {:?} and {:?}", a.shape(), b.shape()),
        ));
    }
    let (a, b) = (moveaxis(op, a, &[axis], &[-1])?, moveaxis(op, b, &[axis], &[-1])?);
    let at = |x: &Array, at: isize| part(op, x, x.axes() - 1, at, 1);
    let one = |i: isize, j: isize| {
        let (plus, minus) = (times(op, at(&a, i)?, at(&b, j)?)?, times(op, at(&a, j)?, at(&b, i)?)?);
        binary(op, map::subtract, Both::As("numbers"), Operand::Array(plus), Operand::Array(minus))
    };
    moveaxis(op, &concat(op, &[one(1, 2)?, one(2, 0)?, one(0, 1)?], Some(-1))?, &[-1], &[axis])
}

/// The sum of each diagonal.
pub fn trace(op: &'static str, x: &Array, offset: i64, dtype: Option<DType>) -> Result<Array, Error> {
    sum(&diagonal(op, x, offset)?, &Along { axes: Some(vec![-1]), keep: false }, dtype)
}

/// The triangular factor of each matrix.
pub fn cholesky(op: &'static str, x: &Array, upper: bool) -> Result<Array, Error> {
    let x = field(op, x)?;
    let (_, n) = square(op, &x)?;
    let (dtype, meta, count) = (x.dtype(), x.meta().clone(), stack_of(&x));
    first(
        stacked(op, vec![x], vec![meta], move |chunks| {
            fields!(dtype, T => each(op, chunks[0].values::<T>()?, (count, n * n), |a| Ok([T::data(linalg::cholesky(a, n, upper)?)])))
            .ok_or(Error::Defect(op))?
        })?,
        op,
    )
}

/// How many matrices there are.
fn stack_of(x: &Array) -> usize {
    x.shape()[..x.axes() - 2].iter().product()
}

/// The determinant of each matrix.
pub fn det(op: &'static str, x: &Array) -> Result<Array, Error> {
    let x = field(op, x)?;
    let (stack, n) = square(op, &x)?;
    let (dtype, meta, count) = (x.dtype(), Meta::new(x.dtype(), stack), stack_of(&x));
    first(
        stacked(op, vec![x], vec![meta], move |chunks| {
            fields!(dtype, T => each(op, chunks[0].values::<T>()?, (count, n * n), |a| Ok([T::data(vec![linalg::det(a, n)])])))
            .ok_or(Error::Defect(op))?
        })?,
        op,
    )
}

/// The sign of each determinant, and the logarithm of its size.
pub fn slogdet(op: &'static str, x: &Array) -> Result<Vec<Array>, Error> {
    let x = field(op, x)?;
    let (stack, n) = square(op, &x)?;
    let (dtype, count) = (x.dtype(), stack_of(&x));
    let metas = vec![Meta::new(dtype, stack), Meta::new(dtype.real(), stack)];
    stacked(op, vec![x], metas, move |chunks| {
        fields!(dtype, T => each(op, chunks[0].values::<T>()?, (count, n * n), |a| {
            let made = linalg::slogdet(a, n);
            Ok([T::data(vec![made.sign]), Element::data(vec![made.logabsdet])])
        }))
        .ok_or(Error::Defect(op))?
    })
}

/// The inverse of each matrix.
pub fn inv(op: &'static str, x: &Array) -> Result<Array, Error> {
    let x = field(op, x)?;
    let (_, n) = square(op, &x)?;
    let (dtype, meta, count) = (x.dtype(), x.meta().clone(), stack_of(&x));
    first(
        stacked(op, vec![x], vec![meta], move |chunks| {
            fields!(dtype, T => each(op, chunks[0].values::<T>()?, (count, n * n), |a| Ok([T::data(linalg::inv(a, n)?)])))
            .ok_or(Error::Defect(op))?
        })?,
        op,
    )
}

/// What each matrix takes to the right side; that is one vector where it has one axis.
pub fn solve(op: &'static str, a: &Array, b: &Array) -> Result<Array, Error> {
    let (a, b) = (field(op, a)?, field(op, b)?);
    let dtype = a.dtype().promoted(b.dtype());
    let (own, n) = square(op, &a)?;
    let column = if b.axes() == 1 { expand_dims(op, &b, &[1])? } else { b.clone() };
    let (theirs, rows, k) = matrices(op, &column)?;
    if rows != n {
        let said = format!("takes {n} rows on the right side, and got shape {:?}", b.shape());
        return Err(Error::refused(op, said));
    }
    let stack = shape::broadcast(op, own, theirs)?;
    let count = shape::count(&stack);
    let left = broadcast_to(op, &astype(&a, dtype)?, &with(&stack, &[n, n]))?;
    let right = broadcast_to(op, &astype(&column, dtype)?, &with(&stack, &[n, k]))?;
    let meta = Meta::new(dtype, with(&stack, &[n, k]));
    let made = first(
        stacked(op, vec![left, right], vec![meta], move |chunks| {
            fields!(dtype, T => {
                let (a, b) = (chunks[0].values::<T>()?, chunks[1].values::<T>()?);
                let mut out = Vec::with_capacity(b.len());
                for at in 0..count {
                    let (a, b) = (&a[at * n * n..(at + 1) * n * n], &b[at * n * k..(at + 1) * n * k]);
                    out.extend(linalg::solve(a, n, b, k).map_err(|source| Error::Matrix { op, source })?);
                }
                Ok(vec![T::data(out)])
            })
            .ok_or(Error::Defect(op))?
        })?,
        op,
    )?;
    if b.axes() == 1 { squeeze(op, &made, &[-1]) } else { Ok(made) }
}

/// Orthonormal columns, and the triangle that makes the matrix of them.
pub fn qr(op: &'static str, x: &Array, complete: bool) -> Result<Vec<Array>, Error> {
    let x = field(op, x)?;
    let (stack, m, n) = matrices(op, &x)?;
    let (dtype, count, k) = (x.dtype(), stack_of(&x), if complete { m } else { m.min(n) });
    let metas = vec![Meta::new(dtype, with(stack, &[m, k])), Meta::new(dtype, with(stack, &[k, n]))];
    let mode = if complete { Mode::Complete } else { Mode::Reduced };
    stacked(op, vec![x], metas, move |chunks| {
        fields!(dtype, T => each(op, chunks[0].values::<T>()?, (count, m * n), |a| {
            let made = linalg::qr(a, m, n, mode);
            Ok([T::data(made.q), T::data(made.r)])
        }))
        .ok_or(Error::Defect(op))?
    })
}

/// Left vectors, singular values from the greatest on, right vectors conjugated.
pub fn svd(op: &'static str, x: &Array, full: bool) -> Result<Vec<Array>, Error> {
    let x = field(op, x)?;
    let (stack, m, n) = matrices(op, &x)?;
    let (dtype, count, k) = (x.dtype(), stack_of(&x), m.min(n));
    let (left, right) = if full { (m, n) } else { (k, k) };
    let metas = vec![
        Meta::new(dtype, with(stack, &[m, left])),
        Meta::new(dtype.real(), with(stack, &[k])),
        Meta::new(dtype, with(stack, &[right, n])),
    ];
    stacked(op, vec![x], metas, move |chunks| {
        fields!(dtype, T => each(op, chunks[0].values::<T>()?, (count, m * n), |a| {
            let made = linalg::svd(a, m, n, full)?;
            Ok([T::data(made.u), Element::data(made.s), T::data(made.vh)])
        }))
        .ok_or(Error::Defect(op))?
    })
}

/// Singular values from the greatest on.
pub fn svdvals(op: &'static str, x: &Array) -> Result<Array, Error> {
    let x = field(op, x)?;
    let (stack, m, n) = matrices(op, &x)?;
    let (dtype, count) = (x.dtype(), stack_of(&x));
    let meta = Meta::new(dtype.real(), with(stack, &[m.min(n)]));
    first(
        stacked(op, vec![x], vec![meta], move |chunks| {
            fields!(dtype, T => each(op, chunks[0].values::<T>()?, (count, m * n), |a| {
                Ok([Element::data(linalg::svdvals(a, m, n)?)])
            }))
            .ok_or(Error::Defect(op))?
        })?,
        op,
    )
}

/// Eigenvalues from the least on, and orthonormal eigenvectors, of matrices that are their own conjugate transpose.
pub fn eigh(op: &'static str, x: &Array) -> Result<Vec<Array>, Error> {
    let x = field(op, x)?;
    let (stack, n) = square(op, &x)?;
    let (dtype, count) = (x.dtype(), stack_of(&x));
    let metas = vec![Meta::new(dtype.real(), with(stack, &[n])), x.meta().clone()];
    stacked(op, vec![x], metas, move |chunks| {
        fields!(dtype, T => each(op, chunks[0].values::<T>()?, (count, n * n), |a| {
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
    let (dtype, count) = (x.dtype(), stack_of(&x));
    let meta = Meta::new(dtype.real(), with(stack, &[n]));
    first(
        stacked(op, vec![x], vec![meta], move |chunks| {
            fields!(dtype, T => each(op, chunks[0].values::<T>()?, (count, n * n), |a| {
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
    let (dtype, count) = (x.dtype(), stack_of(&x));
    let complex = dtype.complex();
    let metas = vec![Meta::new(complex, with(stack, &[n])), Meta::new(complex, x.shape())];
    stacked(op, vec![x], metas, move |chunks| {
        fields!(dtype, T => each(op, chunks[0].values::<T>()?, (count, n * n), |a| {
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
    let (dtype, count) = (x.dtype(), stack_of(&x));
    let meta = Meta::new(dtype.complex(), with(stack, &[n]));
    first(
        stacked(op, vec![x], vec![meta], move |chunks| {
            fields!(dtype, T => each(op, chunks[0].values::<T>()?, (count, n * n), |a| {
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
    let (dtype, count) = (x.dtype(), stack_of(&x));
    let meta = Meta::new(dtype, with(stack, &[n, m]));
    first(
        stacked(op, vec![x, rtol], vec![meta], move |chunks| {
            fields!(dtype, T => {
            let (a, rtol) = (chunks[0].values::<T>()?, chunks[1].values::<<T as faer::traits::ComplexField>::Real>()?);
            let mut out = Vec::with_capacity(a.len());
            for at in 0..count {
                let made = linalg::pinv(&a[at * m * n..(at + 1) * m * n], m, n, rtol[at]);
                out.extend(made.map_err(|source| Error::Matrix { op, source })?);
            }
            Ok(vec![T::data(out)])
        }).ok_or(Error::Defect(op))?
        })?,
        op,
    )
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

/// Each matrix times itself so often.
pub fn matrix_power(op: &'static str, x: &Array, n: i64) -> Result<Array, Error> {
    let (_, size) = square(op, x)?;
    let mut base = if n < 0 { inv(op, x)? } else { x.clone() };
    let mut left = n.unsigned_abs();
    let mut made: Option<Array> = None;
    while left > 0 {
        if left & 1 == 1 {
            made = Some(match made {
                Some(made) => matmul(op, &made, &base)?,
                None => base.clone(),
            });
        }
        left >>= 1;
        if left > 0 {
            base = matmul(op, &base, &base)?;
        }
    }
    match made {
        Some(made) => Ok(made),
        None => broadcast_to(op, &super::create::eye(size, size, 0, x.dtype())?, x.shape()),
    }
}

/// Which norm is meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    /// `"fro"`.
    Frobenius,
    /// `"nuc"`.
    Nuclear,
    /// A number.
    Of(f64),
}

fn size(op: &'static str, x: &Array) -> Result<Array, Error> {
    unary(op, Takes::As(map::abs, "numbers"), x)
}

/// The norm of each matrix, which lies on the last two axes.
pub fn matrix_norm(op: &'static str, x: &Array, order: Order, keep: bool) -> Result<Array, Error> {
    let x = field(op, x)?;
    matrices(op, &x)?;
    let both = Along { axes: Some(vec![-2, -1]), keep };
    let (rows, columns) =
        (Along { axes: Some(vec![-2]), keep: true }, Along { axes: Some(vec![-1]), keep: true });
    let lines = |along: &Along, greatest: bool| {
        let sums = sum(&size(op, &x)?, along, None)?;
        extreme(op, &sums, &both, greatest)
    };
    let singular = |of: &dyn Fn(&Array) -> Result<Array, Error>| {
        let made = of(&svdvals(op, &x)?)?;
        if keep { expand_dims(op, &made, &[-2, -1]) } else { Ok(made) }
    };
    let last = Along { axes: Some(vec![-1]), keep: false };
    match order {
        Order::Frobenius => vector_norm(op, &x, &both, 2.0),
        Order::Nuclear => singular(&|values| sum(values, &last, None)),
        Order::Of(1.0) => lines(&rows, true),
        Order::Of(-1.0) => lines(&rows, false),
        Order::Of(f64::INFINITY) => lines(&columns, true),
        Order::Of(f64::NEG_INFINITY) => lines(&columns, false),
        Order::Of(2.0) => singular(&|values| extreme(op, values, &last, true)),
        Order::Of(-2.0) => singular(&|values| extreme(op, values, &last, false)),
        Order::Of(other) => Err(Error::refused(
            op,
            format!("has no norm {other}; there are 1, 2, inf, their negatives, \"fro\" and \"nuc\""),
        )),
    }
}

/// The norm of vectors along axes.
pub fn vector_norm(op: &'static str, x: &Array, along: &Along, order: f64) -> Result<Array, Error> {
    let x = field(op, x)?;
    let size = size(op, &x)?;
    if order.is_infinite() {
        return extreme(op, &size, along, order > 0.0);
    }
    if order == 0.0 {
        return astype(&count_nonzero(&size, along)?, size.dtype());
    }
    if order == 1.0 {
        return sum(&size, along, None);
    }
    if order == 2.0 {
        let squares = unary(op, Takes::As(map::square, "numbers"), &size)?;
        return unary(op, Takes::Floating(map::sqrt), &sum(&squares, along, None)?);
    }
    let power = |x: Array, by: f64| {
        binary(op, map::pow, Both::As("numbers"), Operand::Array(x), Operand::Scalar(Scalar::Float(by)))
    };
    power(sum(&power(size, order)?, along, None)?, 1.0 / order)
}
