//! Numbers, texts that are times, and lists of them as arrays.

use num_complex::Complex;

use super::args::Literal;
use crate::array::make::elementwise::{Operand, Scalar};
use crate::array::{Array, Chunk, Data};
use crate::array::{ops, shape};

/// The number that a literal is, or the array that its lists are; nothing of other texts, and of lists that differ in length.
pub(super) fn operand(literal: &Literal) -> Option<Operand> {
    match literal {
        Literal::List(_) => array(literal),
        Literal::Text(text) => ops::of_texts(Vec::new(), &[text]),
        one => scalar(one).map(Operand::Scalar),
    }
}

fn scalar(literal: &Literal) -> Option<Scalar> {
    Some(match literal {
        Literal::Bool(value) => Scalar::Bool(*value),
        Literal::Int(value) => Scalar::Int(*value),
        Literal::Float(value) => Scalar::Float(*value),
        Literal::Complex(re, im) => Scalar::Complex(Complex::new(*re, *im)),
        _ => return None,
    })
}

fn array(literal: &Literal) -> Option<Operand> {
    let (mut lengths, mut level) = (Vec::new(), vec![literal]);
    while let Some(Literal::List(first)) = level.first() {
        if lengths.len() == shape::AXES_MAX {
            return None;
        }
        lengths.push(first.len());
        let mut below = Vec::new();
        for item in &level {
            match item {
                Literal::List(items) if items.len() == first.len() => below.extend(items),
                _ => return None,
            }
        }
        level = below;
    }
    if let Some(Literal::Text(_)) = level.first() {
        return ops::of_texts(lengths, &level.into_iter().map(Literal::text).collect::<Option<Vec<_>>>()?);
    }
    let scalars = level.into_iter().map(scalar).collect::<Option<Vec<_>>>()?;
    Some(Operand::Array(Array::constant(Chunk::new(lengths, data(&scalars)))))
}

/// Elements of the least dtype that NumPy gives such a list.
fn data(scalars: &[Scalar]) -> Data {
    let is = |of: fn(&Scalar) -> bool| scalars.iter().any(of);
    if scalars.is_empty()
        || is(|one| matches!(one, Scalar::Complex(_)))
        || is(|one| matches!(one, Scalar::Float(_)))
    {
        return match is(|one| matches!(one, Scalar::Complex(_))) {
            true => Data::Complex128(scalars.iter().map(|one| complex(*one)).collect()),
            false => Data::Float64(scalars.iter().map(|one| complex(*one).re).collect()),
        };
    }
    if !is(|one| matches!(one, Scalar::Int(_))) {
        return Data::Bool(scalars.iter().map(|one| *one == Scalar::Bool(true)).collect());
    }
    match is(|one| matches!(one, Scalar::Int(value) if i64::try_from(*value).is_err())) {
        true => Data::UInt64(scalars.iter().map(|one| whole(*one) as u64).collect()),
        false => Data::Int64(scalars.iter().map(|one| whole(*one) as i64).collect()),
    }
}

fn whole(scalar: Scalar) -> i128 {
    match scalar {
        Scalar::Bool(value) => value.into(),
        Scalar::Int(value) => value,
        Scalar::Float(value) => value as i128,
        Scalar::Complex(value) => value.re as i128,
    }
}

fn complex(scalar: Scalar) -> Complex<f64> {
    match scalar {
        Scalar::Complex(value) => value,
        Scalar::Float(value) => value.into(),
        other => (whole(other) as f64).into(),
    }
}
