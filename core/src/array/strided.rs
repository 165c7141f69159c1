//! Elements at regular distances: what a slice, a transposition or a broadcast reads.

use super::apart;
use super::shape;

/// Elements that one task writes.
pub const BLOCK: usize = 1 << 15;

/// Neighbours from which on it is worth going by boxes.
const ACROSS: usize = 16;

/// How elements of an array of some shape lie in a buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Where the first lies.
    pub offset: isize,
    /// How far apart neighbours lie on each axis.
    pub strides: Vec<isize>,
}

impl Layout {
    /// Whether an array of that shape has its elements one after the other.
    pub fn is_dense(&self, shape: &[usize]) -> bool {
        let dense = shape::strides(shape);
        let axes = shape.iter().zip(&self.strides).zip(&dense);
        axes.into_iter().all(|((length, own), dense)| *length <= 1 || own == dense)
    }

    /// The axis along which neighbours lie nearer than along the last one, where there is one and it is long.
    pub fn lies_across(&self, shape: &[usize]) -> Option<usize> {
        let long = |axis: usize| shape[axis] >= ACROSS && self.strides[axis] != 0;
        let last = shape.len().checked_sub(1).filter(|last| long(*last))?;
        let near = |axis: &usize| self.strides[*axis].unsigned_abs();
        let axis = (0..last).filter(|axis| long(*axis)).min_by_key(near)?;
        (near(&axis) < near(&last)).then_some(axis)
    }

    /// Whether all elements are the same one.
    pub fn is_single(&self, shape: &[usize]) -> bool {
        shape.iter().zip(&self.strides).all(|(length, stride)| *length <= 1 || *stride == 0)
    }
}

/// Writes the elements from number `start` on, as many as `out` takes.
///
/// Cost: one step an element, and one for each axis at the end of each row.
pub fn fill<T: Copy>(source: &[T], layout: &Layout, lengths: &[usize], start: usize, out: &mut [T]) {
    let Some((&row, outer)) = lengths.split_last() else {
        if let (Some(slot), Some(value)) = (out.first_mut(), source.get(layout.offset as usize)) {
            *slot = *value;
        }
        return;
    };
    let step = layout.strides.last().copied().unwrap_or_default();
    let (mut index, mut rest) = (vec![0_usize; outer.len()], start / row.max(1));
    for (place, length) in index.iter_mut().zip(outer).rev() {
        (*place, rest) = (rest % length, rest / length);
    }
    let at = index.iter().zip(&layout.strides).map(|(place, stride)| *place as isize * stride);
    let mut from = layout.offset + at.sum::<isize>();
    let (mut column, mut out) = (start % row.max(1), out);
    while !out.is_empty() {
        let (now, later) = out.split_at_mut((row - column).min(out.len()));
        run_of(source, from + column as isize * step, step, now);
        (out, column) = (later, 0);
        for axis in (0..outer.len()).rev() {
            let stride = layout.strides[axis];
            index[axis] += 1;
            from += stride;
            if index[axis] < outer[axis] {
                break;
            }
            from -= stride * outer[axis] as isize;
            index[axis] = 0;
        }
    }
}

/// A row of elements, `step` apart.
fn run_of<T: Copy>(source: &[T], from: isize, step: isize, out: &mut [T]) {
    match step {
        0 => out.fill(source[from as usize]),
        1 => out.copy_from_slice(&source[from as usize..from as usize + out.len()]),
        _ => {
            let mut at = from;
            for slot in out {
                *slot = source[at as usize];
                at += step;
            }
        }
    }
}

/// Has pieces of `out` written side by side: `write` gets the number of a piece's first element, and the piece.
pub fn blocks<T: Send>(out: &mut [T], write: impl Fn(usize, &mut [T]) + Send + Sync) {
    apart::chunks(out, BLOCK, &|block, out| write(block * BLOCK, out));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_from_any_start() {
        let source: Vec<i32> = (0..24).collect();
        let layout = Layout { offset: 2, strides: vec![1, 12, -1] };
        let shape = [4, 2, 3];
        let all: Vec<i32> = (0..24)
            .map(|at| {
                let (a, b, c) = (at / 6, at / 3 % 2, at % 3);
                source[(2 + a + 12 * b - c) as usize]
            })
            .collect();
        for start in 0..24 {
            let mut out = vec![0; 24 - start];
            fill(&source, &layout, &shape, start, &mut out);
            assert_eq!(out, all[start..]);
        }
    }
}
