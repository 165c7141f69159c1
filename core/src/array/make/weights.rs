//! Sums of neighbours by weights: kernels, and the bell of Gauss.

use super::super::dtype::DType;
use super::super::element::{Data, Element};
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Meta};
use super::super::kernels::{numbers, pick};
use super::elementwise::{astype, cast_chunk};
use super::short::floating;
use super::sliding::Reach;
use super::stencil::{Beyond, far, looked_at, near};
use super::windowed::Windows;

/// How many standard deviations of a Gaussian's weights there are to each side.
const SIGMAS: f64 = 4.0;

/// The sum of each window, its elements by the weights of a kernel that is turned round: a convolution.
pub fn convolve(op: &'static str, x: &Array, kernel: &Array, beyond: Beyond) -> Result<Array, Error> {
    let dtype = x.dtype().promoted(kernel.dtype());
    if dtype == DType::Bool {
        return Err(Error::DType { op, takes: "numbers", dtype });
    }
    if kernel.axes() != x.axes() || kernel.is_empty() || kernel.axes() == 0 {
        let said = format!(
            "takes a kernel of as many axes as the array, one at least, and got shapes {:?} and {:?}",
            kernel.shape(),
            x.shape()
        );
        return Err(Error::refused(op, said));
    }
    let size: Vec<i64> = kernel.shape().iter().map(|length| *length as i64).collect();
    let reaches =
        looked_at(op, x, &size)?.into_iter().map(|reach| Reach { before: (reach.length - 1) / 2, ..reach });
    let reaches: Vec<Reach> = reaches.collect();
    let (meta, far) = (Meta::new(dtype, x.shape()), far(&reaches, beyond));
    let made = Array::whole(op, vec![astype(x, dtype)?, astype(kernel, dtype)?], meta, move |chunks| {
        numbers!(dtype, T => {
            let fill = beyond.fill(op, dtype, T::default())?;
            let windows = Windows::new(&chunks[0].shape, &reaches, beyond.edge, fill);
            Ok(T::data(windows.weighted(chunks[0].values::<T>()?, chunks[1].values::<T>()?)))
        })
        .ok_or(Error::Defect(op))?
    })?;
    Ok(near(made, far))
}

/// Each element by its neighbours, which weigh as a bell of that width says, axis by axis.
pub fn gaussian(op: &'static str, x: &Array, sigmas: &[f64], beyond: Beyond) -> Result<Array, Error> {
    let mut x = floating(x)?;
    let sigmas = match sigmas {
        [one] => vec![*one; x.axes()],
        many => many.to_vec(),
    };
    if sigmas.len() != x.axes() || sigmas.iter().any(|sigma| !(*sigma >= 0.0 && *sigma <= 1e4)) {
        let said = format!("takes a `sigma` of 0 to 10000 for each of {} axes, and got {sigmas:?}", x.axes());
        return Err(Error::refused(op, said));
    }
    for (axis, sigma) in sigmas.into_iter().enumerate().filter(|(_, sigma)| *sigma > 0.0) {
        let radius = (SIGMAS * sigma + 0.5) as i64;
        let bell = (-radius..=radius).map(|at| (-0.5 * (at as f64 / sigma).powi(2)).exp());
        let bell: Vec<f64> = bell.collect();
        let all: f64 = bell.iter().sum();
        let mut shape = vec![1; x.axes()];
        shape[axis] = bell.len();
        let weights = Chunk::new(shape, Data::Float64(bell.into_iter().map(|one| one / all).collect()));
        x = convolve(op, &x, &Array::constant(cast_chunk(&weights, x.dtype())), beyond)?;
    }
    Ok(x)
}
