//! A pass over arrays that lie across one another, such as one and its transposition: by boxes whose elements are near one
//! another in both.

use super::apart;
use super::element::{Data, Element, Slice, each};
use super::fuse::{Program, Tiles};
use super::shape;
use super::strided::Layout;

/// Elements along each of a box's two axes: a box is a tile.
const SIDE: usize = 64;

/// Lines across that are copied at once: as many elements as lie together in a cache's line.
const LINES: usize = 8;

/// A box of the result: some places of the axis along which a leaf is dense, some of the last axis, one of the others.
struct Patch {
    /// Places of all axes at which the box starts.
    start: Vec<usize>,
    axis: usize,
    height: usize,
    width: usize,
}

/// Runs the program; `axis` is not the last, and the one along which a leaf's neighbours are nearest.
pub(super) fn run<T: Element>(
    program: &Program,
    inputs: &[Slice<'_>],
    shape: &[usize],
    axis: usize,
    out: &mut [T],
) {
    let (Some(&row), between) = (shape.last(), shape::count(&shape[axis + 1..shape.len() - 1])) else {
        return;
    };
    let band = SIDE * between * row;
    let outer = shape[axis] * between * row;
    apart::chunks(out, outer, &|number, out| {
        apart::chunks(out, band, &|band, out| {
            let mut tiles = Tiles::copied(program, inputs, shape);
            let mut made = [T::default(); SIDE * SIDE];
            let height = out.len() / (between * row).max(1);
            for middle in 0..between {
                for first in (0..row).step_by(SIDE) {
                    let start = places(shape, axis, number, band * SIDE, middle, first);
                    let wanted = Patch { start, axis, height, width: SIDE.min(row - first) };
                    let made = &mut made[..wanted.height * wanted.width];
                    tiles.copy_by(|source, layout, buffer| wanted.copy(source, layout, buffer));
                    tiles.compute(0, made);
                    for (line, made) in made.chunks_exact(wanted.width).enumerate() {
                        let at = (line * between + middle) * row + first;
                        out[at..at + made.len()].copy_from_slice(made);
                    }
                }
            }
        });
    });
}

/// The places on all axes: of the ones before `axis` by their number, of those between it and the last, too.
fn places(shape: &[usize], axis: usize, outer: usize, at: usize, middle: usize, last: usize) -> Vec<usize> {
    let mut places = vec![0; shape.len()];
    let last_axis = shape.len() - 1;
    (places[axis], places[last_axis]) = (at, last);
    for (range, mut number) in [(0..axis, outer), (axis + 1..last_axis, middle)] {
        for axis in range.rev() {
            (places[axis], number) = (number % shape[axis].max(1), number / shape[axis].max(1));
        }
    }
    places
}

impl Patch {
    fn copy(&self, source: &Slice<'_>, layout: &Layout, buffer: &mut Data) {
        let at = self.start.iter().zip(&layout.strides).map(|(place, stride)| *place as isize * stride);
        let from = layout.offset + at.sum::<isize>();
        let strides = (layout.strides[self.axis], *layout.strides.last().unwrap_or(&0));
        each!(Data, buffer, into => {
            if let Some(values) = Element::of(source) {
                self.fill(values, from, strides, into);
            }
        });
    }

    /// Along the axis whose neighbours are nearer first. Where these lie side by side whole lines are copied, and of lines that
    /// lie across some at once, so that what is written is written next to one another, too.
    fn fill<T: Copy>(&self, source: &[T], from: isize, (down, along): (isize, isize), into: &mut [T]) {
        let at =
            |line: usize, column: usize| (from + line as isize * down + column as isize * along) as usize;
        let rows = into.chunks_exact_mut(self.width).take(self.height).enumerate();
        match (down, along) {
            (_, 1) => rows.for_each(|(line, row)| {
                let first = at(line, 0);
                row.copy_from_slice(&source[first..first + self.width]);
            }),
            (1, _) => (0..self.width).step_by(LINES).for_each(|first| {
                let last = self.width - 1;
                let lines: [&[T]; LINES] = std::array::from_fn(|number| {
                    let start = at(0, (first + number).min(last));
                    &source[start..start + self.height]
                });
                for (line, row) in into.chunks_exact_mut(self.width).take(self.height).enumerate() {
                    let row = row[first..].iter_mut();
                    row.zip(&lines).for_each(|(one, lines)| *one = lines[line]);
                }
            }),
            _ if down.unsigned_abs() < along.unsigned_abs() => (0..self.width).for_each(|column| {
                (0..self.height).for_each(|line| into[line * self.width + column] = source[at(line, column)]);
            }),
            _ => rows.for_each(|(line, row)| {
                row.iter_mut().enumerate().for_each(|(column, one)| *one = source[at(line, column)]);
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fuse::gathered;
    use super::*;

    #[test]
    fn each_element_is_where_it_belongs_however_axes_are_exchanged() {
        let (lengths, source) = ([70_usize, 3, 90], (0..70 * 3 * 90).collect::<Vec<i64>>());
        let dense = shape::strides(&lengths);
        for order in [[2, 1, 0], [1, 2, 0], [2, 0, 1], [0, 2, 1], [1, 0, 2]] {
            let shape = order.map(|axis| lengths[axis]);
            let strides = order.map(|axis| dense[axis]);
            let layout = Layout { offset: 0, strides: strides.to_vec() };
            let got = gathered(Slice::Int64(&source), layout, &shape);
            let place = |at: usize| {
                let (a, b, c) = (at / (shape[1] * shape[2]), at / shape[2] % shape[1], at % shape[2]);
                (a as isize * strides[0] + b as isize * strides[1] + c as isize * strides[2]) as i64
            };
            assert!(got == Data::Int64((0..source.len()).map(place).collect()), "{order:?}");
        }
    }
}
