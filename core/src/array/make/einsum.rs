//! Einstein's sums: products of several arrays, summed over the letters that the result does not have.
//!
//! Operands are multiplied two by two, as products of matrices where a letter is summed over; which two come first is
//! chosen greedily, by how much smaller what comes of them is than they are.

use super::super::dtype::DType;
use super::super::error::Error;
use super::super::graph::Array;
use super::super::shape;
use super::elementwise::astype;
use super::matmul::matmul;
use super::reduce::{Along, sum};
use super::short::multiply;
use super::structure::{broadcast_to, permuted};

const OP: &str = "einsum";
/// The most operands of one call.
const OPERANDS_MAX: usize = 64;
/// Where the numbers of axes behind `...` begin, above those of all letters.
const DOTS: u32 = 1 << 24;

/// Names of axes: letters, and those behind `...`, counted from the last.
type Letters = Vec<u32>;

/// An operand, and what its axes are called.
#[derive(Clone, Debug)]
struct Term {
    array: Array,
    letters: Letters,
}

/// The sum of products that the subscripts say: `"ij,jk->ik"`.
pub fn einsum(subscripts: &str, arrays: &[Array]) -> Result<Array, Error> {
    let dtype = arrays.iter().map(Array::dtype).reduce(DType::promoted);
    let dtype = dtype.filter(|_| arrays.len() <= OPERANDS_MAX).ok_or_else(|| {
        Error::refused(OP, format!("takes 1 to {OPERANDS_MAX} arrays, and got {}", arrays.len()))
    })?;
    if dtype == DType::Bool {
        let counts = arrays.iter().map(|array| astype(array, DType::Int64)).collect::<Result<Vec<_>, _>>()?;
        return astype(&einsum(subscripts, &counts)?, DType::Bool);
    }
    let (inputs, output) = parsed(subscripts, arrays)?;
    let lengths = Lengths::of(arrays, &inputs)?;
    let terms = arrays.iter().zip(inputs).map(|(array, letters)| {
        let term = diagonals(Term { array: astype(array, dtype)?, letters })?;
        lengths.stretched(term)
    });
    let mut terms = terms.collect::<Result<Vec<_>, _>>()?;
    for at in 0..terms.len() {
        terms[at] = alone(&terms, at, &output)?;
    }
    while terms.len() > 1 {
        let (left, right) = next_pair(&terms, &output, &lengths);
        let right = terms.remove(right);
        let left = terms.remove(left);
        let kept =
            |letter: &u32| output.contains(letter) || terms.iter().any(|term| term.letters.contains(letter));
        let made = contracted(left, right, &kept, &lengths)?;
        terms.push(made);
    }
    let term = terms.pop().ok_or(Error::Defect(OP))?;
    let order = output.iter().filter_map(|letter| term.letters.iter().position(|own| own == letter));
    permuted(OP, &term.array, &order.collect::<Vec<_>>())
}

fn refused(subscripts: &str, said: impl std::fmt::Display) -> Error {
    Error::refused(OP, format!("got the subscripts {subscripts:?}: {said}"))
}

/// The letters of each operand, and those of the result.
fn parsed(subscripts: &str, arrays: &[Array]) -> Result<(Vec<Letters>, Letters), Error> {
    let text: String = subscripts.chars().filter(|letter| !letter.is_whitespace()).collect();
    let (inputs, output) = match text.split_once("->") {
        Some((inputs, output)) => (inputs.to_owned(), Some(output.to_owned())),
        None => (text, None),
    };
    let terms: Vec<&str> = inputs.split(',').collect();
    if terms.len() != arrays.len() {
        return Err(refused(subscripts, format!("{} terms for {} arrays", terms.len(), arrays.len())));
    }
    let found = terms.iter().zip(arrays).map(|(term, array)| letters(subscripts, term, Some(array.axes())));
    let found = found.collect::<Result<Vec<Letters>, _>>()?;
    let dots =
        found.iter().flatten().filter(|letter| **letter >= DOTS).max().map_or(0, |most| most - DOTS + 1);
    let output = match output {
        Some(output) => explicit(subscripts, &output, &found, dots)?,
        None => implicit(&found, dots),
    };
    Ok((found, output))
}

/// The names of a term's axes, of which there are so many.
fn letters(subscripts: &str, term: &str, axes: Option<usize>) -> Result<Letters, Error> {
    let (front, back) = match term.split_once("...") {
        Some((front, back)) => (front, Some(back)),
        None => (term, None),
    };
    let named = front.chars().chain(back.unwrap_or_default().chars());
    if let Some(odd) = named.clone().find(|letter| !letter.is_ascii_alphabetic()) {
        return Err(refused(subscripts, format!("{odd:?} is no letter, and axes are called by letters")));
    }
    let count = named.count();
    let axes = axes.unwrap_or(count);
    let fits = if back.is_some() { count <= axes } else { count == axes };
    if !fits {
        return Err(refused(subscripts, format!("{term:?} is for another array than one of {axes} axes")));
    }
    let dots = (0..axes - count).rev().map(|at| DOTS + at as u32);
    let (front, back) = (front.chars().map(u32::from), back.unwrap_or_default().chars().map(u32::from));
    Ok(front.chain(dots).chain(back).collect())
}

fn explicit(subscripts: &str, output: &str, inputs: &[Letters], dots: u32) -> Result<Letters, Error> {
    let has_dots = output.contains("...");
    if dots > 0 && !has_dots {
        return Err(refused(subscripts, "what stands for `...` has no place behind `->`"));
    }
    let count = output.chars().filter(|letter| *letter != '.').count();
    let axes = if has_dots { count + dots as usize } else { count };
    let found = letters(subscripts, output, Some(axes))?;
    for (at, letter) in found.iter().enumerate() {
        let name = char::from_u32(*letter).unwrap_or('.');
        if found[..at].contains(letter) {
            return Err(refused(subscripts, format!("{name:?} comes twice behind `->`")));
        }
        if !inputs.iter().any(|input| input.contains(letter)) {
            return Err(refused(subscripts, format!("{name:?} behind `->` is on no array")));
        }
    }
    Ok(found)
}

/// What stands for `...`, then each letter that comes once, in their order.
fn implicit(inputs: &[Letters], dots: u32) -> Letters {
    let mut all: Letters = inputs.iter().flatten().copied().filter(|letter| *letter < DOTS).collect();
    all.sort_unstable();
    let once = all.chunk_by(|one, other| one == other).filter(|same| same.len() == 1).map(|same| same[0]);
    (0..dots).rev().map(|at| DOTS + at).chain(once).collect()
}

/// How long the axis of each letter is: 1 goes with any length.
struct Lengths(Vec<(u32, usize)>);

impl Lengths {
    fn of(arrays: &[Array], inputs: &[Letters]) -> Result<Self, Error> {
        let mut known: Vec<(u32, usize)> = Vec::new();
        for (array, letters) in arrays.iter().zip(inputs) {
            for (letter, length) in letters.iter().zip(array.shape()) {
                match known.iter_mut().find(|(name, _)| name == letter) {
                    None => known.push((*letter, *length)),
                    Some((_, own)) if own == length || *length == 1 => {}
                    Some((_, own)) if *own == 1 => *own = *length,
                    Some((_, own)) => {
                        let name = char::from_u32(*letter).filter(|_| *letter < DOTS).map(String::from);
                        let name = name.unwrap_or_else(|| "...".to_owned());
                        let said = format!("got axes {name:?} of lengths {own} and {length}");
                        return Err(Error::refused(OP, said));
                    }
                }
            }
        }
        Ok(Self(known))
    }

    fn length(&self, letter: u32) -> usize {
        self.0.iter().find(|(name, _)| *name == letter).map_or(1, |(_, length)| *length)
    }

    fn all(&self, letters: &[u32]) -> Vec<usize> {
        letters.iter().map(|letter| self.length(*letter)).collect()
    }

    /// How many elements an array of those axes has, roughly.
    fn size(&self, letters: &[u32]) -> f64 {
        letters.iter().map(|letter| self.length(*letter) as f64).product()
    }

    /// With axes of length 1 as long as their letters.
    fn stretched(&self, term: Term) -> Result<Term, Error> {
        let array = broadcast_to(OP, &term.array, &self.all(&term.letters))?;
        Ok(Term { array, ..term })
    }
}

/// Letters that come twice become one axis: the diagonal.
fn diagonals(term: Term) -> Result<Term, Error> {
    let (strides, lengths) = (shape::strides(term.array.shape()), term.array.shape());
    let (mut letters, mut shape, mut steps) = (Letters::new(), Vec::new(), Vec::<isize>::new());
    for (at, letter) in term.letters.iter().enumerate() {
        match letters.iter().position(|known| known == letter) {
            None => {
                letters.push(*letter);
                shape.push(lengths[at]);
                steps.push(strides[at]);
            }
            Some(known) if shape[known] == lengths[at] => steps[known] += strides[at],
            Some(known) => {
                let said = format!(
                    "takes the diagonal of axes of one length, and got {} and {}",
                    shape[known], lengths[at]
                );
                return Err(Error::refused(OP, said));
            }
        }
    }
    match letters.len() == term.letters.len() {
        true => Ok(term),
        false => Ok(Term { array: term.array.view(OP, shape, 0, steps)?, letters }),
    }
}

/// The term, summed over letters that nobody else has.
fn alone(terms: &[Term], at: usize, output: &[u32]) -> Result<Term, Error> {
    let others = || terms.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, term)| term);
    let kept = |letter: &u32| output.contains(letter) || others().any(|term| term.letters.contains(letter));
    summed(terms[at].clone(), &kept)
}

fn summed(term: Term, kept: &dyn Fn(&u32) -> bool) -> Result<Term, Error> {
    let gone = term.letters.iter().enumerate().filter(|(_, letter)| !kept(letter));
    let axes: Vec<i64> = gone.map(|(axis, _)| axis as i64).collect();
    if axes.is_empty() {
        return Ok(term);
    }
    let dtype = term.array.dtype();
    let array = sum(&term.array, &Along { axes: Some(axes), keep: false }, Some(dtype))?;
    Ok(Term { array, letters: term.letters.into_iter().filter(|letter| kept(letter)).collect() })
}

/// The two whose product is the least beside them; of equal ones the first.
fn next_pair(terms: &[Term], output: &[u32], lengths: &Lengths) -> (usize, usize) {
    let mut best = (0, 1);
    let mut least = f64::INFINITY;
    for left in 0..terms.len() {
        for right in left + 1..terms.len() {
            let kept = |letter: &&u32| {
                let others = terms.iter().enumerate().filter(|(at, _)| *at != left && *at != right);
                output.contains(letter) || others.into_iter().any(|(_, term)| term.letters.contains(letter))
            };
            let (one, other) = (&terms[left].letters, &terms[right].letters);
            let mut both: Letters = one.iter().chain(other).filter(kept).copied().collect();
            both.sort_unstable();
            both.dedup();
            let cost = lengths.size(&both) - lengths.size(one) - lengths.size(other);
            if cost < least {
                (best, least) = ((left, right), cost);
            }
        }
    }
    best
}

/// The product of two, summed over the letters that are not kept.
fn contracted(
    left: Term,
    right: Term,
    kept: &dyn Fn(&u32) -> bool,
    lengths: &Lengths,
) -> Result<Term, Error> {
    let split = |term: &Term, other: &Term, shared: bool, stays: bool| -> Letters {
        let letters = term.letters.iter().copied();
        letters.filter(|letter| other.letters.contains(letter) == shared && kept(letter) == stays).collect()
    };
    let (batch, inner) = (split(&left, &right, true, true), split(&left, &right, true, false));
    let (rows, columns) = (split(&left, &right, false, true), split(&right, &left, false, true));
    let letters = [&batch[..], &rows, &columns].concat();
    let size = |letters: &[u32]| shape::count(&lengths.all(letters));
    let (m, k, n) = (size(&rows), size(&inner), size(&columns));
    if inner.is_empty() || (m == 1 && n == 1 && size(&batch) > 1) {
        let all = [&letters[..], &inner].concat();
        let product = multiply(OP, spread(&left, &all)?, spread(&right, &all)?)?;
        return summed(Term { array: product, letters: all }, kept);
    }
    let stack = lengths.all(&batch);
    let matrices = |term: &Term, order: Letters, sides: [usize; 2]| {
        spread(term, &order)?.reshaped(OP, [&stack[..], &sides].concat())
    };
    let a = matrices(&left, [&batch[..], &rows, &inner].concat(), [m, k])?;
    let b = matrices(&right, [&batch[..], &inner, &columns].concat(), [k, n])?;
    let array = matmul(OP, &a, &b)?.reshaped(OP, lengths.all(&letters))?;
    Ok(Term { array, letters })
}

/// The term with its axes in the order of the letters, and an axis of length 1 for each that it does not have.
fn spread(term: &Term, order: &[u32]) -> Result<Array, Error> {
    let place = |letter: &u32| term.letters.iter().position(|own| own == letter);
    let own: Vec<usize> = order.iter().filter_map(place).collect();
    let shape = order.iter().map(|letter| place(letter).map_or(1, |at| term.array.shape()[at]));
    permuted(OP, &term.array, &own)?.reshaped(OP, shape.collect())
}
