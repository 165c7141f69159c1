//! Fourier transforms.

use super::super::make::fourier::{self, Norm};
use super::{Family, Given, Op};
use crate::lang::signature::{Default, Kind, Param};

const X: Param = Param::required("x", Kind::Array);
const N: Param = Param::named("n", Kind::Int, Default::None);
const AXIS: Param = Param::named("axis", Kind::Int, Default::Int(-1));
const S: Param = Param::named("s", Kind::Ints, Default::None);
const AXES: Param = Param::named("axes", Kind::Ints, Default::None);
const NORM: Param =
    Param::named("norm", Kind::Choice(&["backward", "ortho", "forward"]), Default::Text("backward"));

fn norm(given: &Given<'_>) -> Norm {
    match given.text("norm") {
        Some("ortho") => Norm::Ortho,
        Some("forward") => Norm::Forward,
        _ => Norm::Backward,
    }
}

macro_rules! one {
    ($name:literal, $make:expr $(, $inverse:literal)?) => {
        Op::new($name, &[X, N, AXIS, NORM], |given| {
            let (n, axis) = (given.maybe_int("n")?, given.int("axis")?);
            Ok($make($name, &given.array("x")?, n, axis, norm(given) $(, $inverse)?)?.into())
        })
    };
}

macro_rules! many {
    ($name:literal, $make:expr $(, $inverse:literal)?) => {
        Op::new($name, &[X, S, AXES, NORM], |given| {
            let (x, s, axes) = (given.array("x")?, given.maybe_ints("s")?, given.maybe_ints("axes")?);
            let along = fourier::along($name, &x, s.as_deref(), axes.as_deref())?;
            Ok($make($name, &x, &along, norm(given) $(, $inverse)?)?.into())
        })
    };
}

macro_rules! freq {
    ($name:literal, $half:literal) => {
        Op::new(
            $name,
            &[
                Param::required("n", Kind::Int),
                Param::named("d", Kind::Float, Default::Float(1.0)),
                Param::named("dtype", Kind::Text, Default::None),
            ],
            |given| {
                let d = given.maybe_float("d").unwrap_or(1.0);
                Ok(fourier::fftfreq($name, given.int("n")?, d, $half, given.dtype("dtype")?)?.into())
            },
        )
    };
}

macro_rules! shift {
    ($name:literal, $inverse:literal) => {
        Op::new($name, &[X, Param::named("axes", Kind::Ints, Default::None)], |given| {
            let axes = given.maybe_ints("axes")?;
            Ok(fourier::shift($name, &given.array("x")?, axes.as_deref(), $inverse)?.into())
        })
    };
}

pub(super) const FAMILY: Family = Family {
    name: "fft",
    ops: &[
        one!("fft.fft", fourier::fft, false),
        one!("fft.ifft", fourier::fft, true),
        many!("fft.fftn", fourier::fftn, false),
        many!("fft.ifftn", fourier::fftn, true),
        one!("fft.rfft", fourier::rfft),
        one!("fft.irfft", fourier::irfft),
        many!("fft.rfftn", fourier::rfftn),
        many!("fft.irfftn", fourier::irfftn),
        one!("fft.hfft", fourier::hfft),
        one!("fft.ihfft", fourier::ihfft),
        freq!("fft.fftfreq", false),
        freq!("fft.rfftfreq", true),
        shift!("fft.fftshift", false),
        shift!("fft.ifftshift", true),
    ],
    page: include_str!("fft.md"),
};
