//! Triangular factors, determinants, inverses and solutions of square systems: matrices lie on the last two axes, stacked
//! along the others. One that is larger than a box is factorised by panels.

use super::super::element::Element;
use super::super::error::Error;
use super::super::graph::{Array, Limits, Meta, Rule};
use super::super::kernels::{fields, pick};
use super::super::linalg;
use super::super::shape;
use super::elementwise::{astype, data_of};
use super::factors::{each, first, matrices_of, stacked};
use super::linear::{field, matrices, square, with};
use super::panels::Panels;
use super::short::floating;
use super::structure::{broadcast_to, expand_dims, squeeze};

/// What is made of one matrix, the first input, by panels where it is larger than a box.
fn or_by_panels(
    made: Vec<Array>,
    way: impl Fn(&[Array], Panels) -> Result<Vec<Array>, Error> + Send + Sync + 'static,
) -> Vec<Array> {
    let Some(call) = made.first() else { return made };
    let inputs = call.call().inputs.clone();
    if inputs.first().is_none_or(|x| Panels::of(x, 0).is_none()) {
        return made;
    }
    let at_once = call.with_inputs(inputs);
    let rule = move |inputs: &[Array], limits: Limits| match Panels::of(&inputs[0], limits.box_bytes) {
        Some(panels) => way(inputs, panels),
        None => Ok(at_once.with_inputs(inputs.to_vec()).outputs()),
    };
    Array::all_with_rule(made, Rule::Instead(Box::new(rule)))
}

/// The triangular factor of each matrix.
pub fn cholesky(op: &'static str, x: &Array, upper: bool) -> Result<Array, Error> {
    let x = field(op, x)?;
    let (_, n) = square(op, &x)?;
    let (dtype, meta) = (x.dtype(), x.meta().clone());
    let made = stacked(op, vec![x], vec![meta], move |chunks| {
        fields!(dtype, T => each::<T, _>(op, &chunks[0], |a| Ok([T::data(linalg::cholesky(a, n, upper)?)])))
            .ok_or(Error::Defect(op))?
    })?;
    let way = move |inputs: &[Array], panels: Panels| Ok(vec![panels.cholesky(op, &inputs[0], upper)?]);
    first(or_by_panels(made, way), op)
}

/// Permutation, lower and upper triangle of each matrix, whose product it is.
pub fn lu(op: &'static str, x: &Array) -> Result<Vec<Array>, Error> {
    let x = floating(x)?;
    let (stack, m, n) = matrices(op, &x)?;
    let (dtype, k) = (x.dtype(), m.min(n));
    let metas = vec![
        Meta::new(dtype.real(), with(stack, &[m, m])),
        Meta::new(dtype, with(stack, &[m, k])),
        Meta::new(dtype, with(stack, &[k, n])),
    ];
    let made = stacked(op, vec![x], metas, move |chunks| {
        fields!(dtype, T => each::<T, _>(op, &chunks[0], |a| {
            let made = linalg::lu(a, m, n);
            let p = data_of(linalg::permutation::<f64>(&made.rows), dtype.real());
            Ok([p, T::data(made.l), T::data(made.u)])
        }))
        .ok_or(Error::Defect(op))?
    })?;
    Ok(or_by_panels(made, move |inputs, panels| panels.lu(op, &inputs[0])))
}

/// The determinant of each matrix.
pub fn det(op: &'static str, x: &Array) -> Result<Array, Error> {
    let x = field(op, x)?;
    let (stack, n) = square(op, &x)?;
    let (dtype, meta) = (x.dtype(), Meta::new(x.dtype(), stack));
    let made = stacked(op, vec![x], vec![meta], move |chunks| {
        fields!(dtype, T => each::<T, _>(op, &chunks[0], |a| Ok([T::data(vec![linalg::det(a, n)])])))
            .ok_or(Error::Defect(op))?
    })?;
    let way = move |inputs: &[Array], panels: Panels| {
        let made =
            Array::whole(op, vec![panels.pivots(op, &inputs[0])?], Meta::new(dtype, []), move |chunks| {
                fields!(dtype, T => Ok(T::data(vec![linalg::product(chunks[0].values::<T>()?)])))
                    .ok_or(Error::Defect(op))?
            });
        Ok(vec![made?])
    };
    first(or_by_panels(made, way), op)
}

/// The sign of each determinant, and the logarithm of its size.
pub fn slogdet(op: &'static str, x: &Array) -> Result<Vec<Array>, Error> {
    let x = field(op, x)?;
    let (stack, n) = square(op, &x)?;
    let dtype = x.dtype();
    let metas = vec![Meta::new(dtype, stack), Meta::new(dtype.real(), stack)];
    let both = metas.clone();
    let made = stacked(op, vec![x], metas, move |chunks| {
        fields!(dtype, T => each::<T, _>(op, &chunks[0], |a| {
            let made = linalg::slogdet(a, n);
            Ok([T::data(vec![made.sign]), Element::data(vec![made.logabsdet])])
        }))
        .ok_or(Error::Defect(op))?
    })?;
    Ok(or_by_panels(made, move |inputs, panels| {
        Array::several(op, vec![panels.pivots(op, &inputs[0])?], both.clone(), move |chunks| {
            fields!(dtype, T => {
                let made = linalg::log_product(chunks[0].values::<T>()?);
                Ok(vec![T::data(vec![made.sign]), Element::data(vec![made.logabsdet])])
            })
            .ok_or(Error::Defect(op))?
        })
    }))
}

/// The inverse of each matrix.
pub fn inv(op: &'static str, x: &Array) -> Result<Array, Error> {
    let x = field(op, x)?;
    let (_, n) = square(op, &x)?;
    let (dtype, meta) = (x.dtype(), x.meta().clone());
    let made = stacked(op, vec![x], vec![meta], move |chunks| {
        fields!(dtype, T => each::<T, _>(op, &chunks[0], |a| Ok([T::data(linalg::inv(a, n)?)])))
            .ok_or(Error::Defect(op))?
    })?;
    let way = move |inputs: &[Array], panels: Panels| {
        let one = super::create::eye(n, n, 0, dtype)?;
        Ok(vec![panels.solve(op, &inputs[0], &one)?])
    };
    first(or_by_panels(made, way), op)
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
    let left = broadcast_to(op, &astype(&a, dtype)?, &with(&stack, &[n, n]))?;
    let right = broadcast_to(op, &astype(&column, dtype)?, &with(&stack, &[n, k]))?;
    let meta = Meta::new(dtype, with(&stack, &[n, k]));
    let made = stacked(op, vec![left, right], vec![meta], move |chunks| {
        fields!(dtype, T => {
            let (a, b) = (chunks[0].values::<T>()?, chunks[1].values::<T>()?);
            let mut out = Vec::with_capacity(b.len());
            for at in 0..matrices_of(&chunks[0]) {
                let (a, b) = (&a[at * n * n..(at + 1) * n * n], &b[at * n * k..(at + 1) * n * k]);
                out.extend(linalg::solve(a, n, b, k).map_err(|source| Error::Matrix { op, source })?);
            }
            Ok(vec![T::data(out)])
        })
        .ok_or(Error::Defect(op))?
    })?;
    let way = move |inputs: &[Array], panels: Panels| Ok(vec![panels.solve(op, &inputs[0], &inputs[1])?]);
    let made = first(or_by_panels(made, way), op)?;
    if b.axes() == 1 { squeeze(op, &made, &[-1]) } else { Ok(made) }
}
