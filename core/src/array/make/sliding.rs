//! Windows of sums and extremes, axis by axis.
//!
//! Short windows are gone through element by element, the last two axes in one pass: rows that have been summed along
//! themselves wait in a ring until all rows of a window are there. Long windows take van Herk's way (also Gil and
//! Werman's): sums from the left and from the right within blocks as long as the window, so that every window is the sum
//! of two. Nothing is ever subtracted again: a NaN stays where it was, and no error grows along a row.

use super::super::apart;
use super::super::element::Element;
use super::edges::{Edge, extend};

/// The longest window that is gone through element by element.
const SHORT: usize = 16;
/// Rows that one task makes.
const BAND: usize = 64;
/// Columns that are gone through together where windows are long: as many as a few lines of the cache hold.
const STRIP: usize = 32;

/// A window along an axis: how far it reaches before an element, and how long it is.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// Elements before the one that it is for.
    pub before: usize,
    /// All of its elements.
    pub length: usize,
}

impl Reach {
    /// The window of that length: of an even one the element stands behind the middle.
    pub fn around(length: usize) -> Self {
        Self { before: length / 2, length }
    }
}

/// What is made of the elements of a window, two by two.
#[derive(Clone, Copy)]
pub struct Sliding<T, F, G> {
    /// What stands beyond the edges.
    pub edge: Edge,
    /// The value there, where nothing inside stands for it.
    pub fill: T,
    /// Two as one.
    pub with: F,
    /// What is made of it in the end.
    pub done: G,
}

impl<T, F, G> Sliding<T, F, G>
where
    T: Element,
    F: Fn(T, T) -> T + Copy + Send + Sync,
    G: Fn(T) -> T + Copy + Send + Sync,
{
    /// What becomes of each element of an array of that shape, with a window for each axis.
    pub fn run(&self, values: &[T], shape: &[usize], windows: &[Reach]) -> Vec<T> {
        let wide = |axis: &usize| windows[*axis].length > 1;
        let mut axes: Vec<usize> = (0..shape.len()).filter(wide).collect();
        let mut made: Option<Vec<T>> = None;
        let mut now = *self;
        if let [.., rows, columns] = *axes.as_slice()
            && columns + 1 == shape.len()
            && rows + 2 == shape.len()
            && windows[rows].length.max(windows[columns].length) <= SHORT
        {
            axes.truncate(axes.len() - 2);
            let (sides, reaches) = ((shape[rows], shape[columns]), (windows[rows], windows[columns]));
            made = Some(now.planes(values, sides, reaches, axes.is_empty()));
            now = now.beyond(windows[rows]).beyond(windows[columns]);
        }
        while let Some(axis) = axes.pop() {
            let inner = shape[axis + 1..].iter().product();
            let values = made.as_deref().unwrap_or(values);
            made = Some(now.axis(values, (shape[axis], inner), windows[axis], axes.is_empty()));
            now = now.beyond(windows[axis]);
        }
        made.unwrap_or_else(|| values.iter().map(|value| (self.done)(*value)).collect())
    }

    /// For the axes that come next: what is beyond them has been through that window, too.
    fn beyond(self, window: Reach) -> Self {
        let fill = (1..window.length).fold(self.fill, |sum, _| (self.with)(sum, self.fill));
        Self { fill, ..self }
    }

    /// Along the last two axes.
    fn planes(
        &self,
        values: &[T],
        (rows, columns): (usize, usize),
        windows: (Reach, Reach),
        is_last: bool,
    ) -> Vec<T> {
        let mut out = vec![T::default(); values.len()];
        let plane = rows * columns;
        if plane == 0 {
            return out;
        }
        apart::chunks(&mut out, plane, &|number, out| {
            let values = &values[number * plane..number * plane + out.len()];
            apart::chunks(out, BAND * columns, &|band, out| {
                self.band(values, (rows, columns), windows, (band * BAND, is_last), out);
            });
        });
        out
    }

    /// Rows from `first` on.
    fn band(
        &self,
        values: &[T],
        (rows, columns): (usize, usize),
        (down, along): (Reach, Reach),
        (first, is_last): (usize, bool),
        out: &mut [T],
    ) {
        let mut longer = vec![self.fill; columns + along.length - 1];
        let mut ring = vec![T::default(); down.length * columns];
        let mut fill = |at: isize, ring: &mut [T]| {
            match self.edge.place(at, rows) {
                Some(row) => extend(
                    &values[row * columns..(row + 1) * columns],
                    along.before,
                    self.edge,
                    self.fill,
                    &mut longer,
                ),
                None => longer.fill(self.fill),
            }
            let slot = at.rem_euclid(down.length as isize) as usize * columns;
            short(&longer, along.length, 1, &mut ring[slot..slot + columns], self.with);
        };
        let start = first as isize - down.before as isize;
        for at in start..start + down.length as isize - 1 {
            fill(at, &mut ring);
        }
        for (row, out) in out.chunks_mut(columns).enumerate() {
            let start = start + row as isize;
            fill(start + down.length as isize - 1, &mut ring);
            let line = |at: usize| {
                let slot = (start + at as isize).rem_euclid(down.length as isize) as usize * columns;
                &ring[slot..slot + columns]
            };
            joined(line, down.length, out, self.with);
            if is_last {
                out.iter_mut().for_each(|value| *value = (self.done)(*value));
            }
        }
    }

    /// Along one axis, whose elements are rows of `inner`.
    fn axis(&self, values: &[T], (rows, inner): (usize, usize), window: Reach, is_last: bool) -> Vec<T> {
        let mut out = vec![T::default(); values.len()];
        let block = rows * inner;
        if block == 0 {
            return out;
        }
        // A band of fewer rows than its window would be more window than band.
        let band = if inner == 1 { rows.min(1 << 14) } else { BAND }.max(window.length);
        apart::chunks(&mut out, block, &|number, out| {
            let values = &values[number * block..number * block + out.len()];
            apart::chunks(out, band * inner, &|number, out| {
                self.strips(values, (rows, inner), window, number * band, out);
                if is_last {
                    out.iter_mut().for_each(|value| *value = (self.done)(*value));
                }
            });
        });
        out
    }

    /// The rows from `first` on, a strip of columns at a time.
    fn strips(
        &self,
        values: &[T],
        (rows, inner): (usize, usize),
        window: Reach,
        first: usize,
        out: &mut [T],
    ) {
        let count = out.len() / inner + window.length - 1;
        let start = first as isize - window.before as isize;
        let places: Vec<Option<usize>> =
            (0..count).map(|at| self.edge.place(start + at as isize, rows)).collect();
        let mut made = vec![T::default(); out.len() / inner * STRIP.min(inner)];
        let mut longer = Vec::with_capacity(count * STRIP.min(inner));
        for left in (0..inner).step_by(STRIP) {
            let width = STRIP.min(inner - left);
            longer.clear();
            for place in &places {
                match place {
                    Some(row) => {
                        longer.extend_from_slice(&values[row * inner + left..row * inner + left + width])
                    }
                    None => longer.extend(std::iter::repeat_n(self.fill, width)),
                }
            }
            let made = &mut made[..out.len() / inner * width];
            match window.length <= SHORT {
                true => short(&longer, window.length, width, made, self.with),
                false => long(&mut longer, window.length, width, made, self.with),
            }
            for (row, made) in out.chunks_mut(inner).zip(made.chunks(width)) {
                row[left..left + width].copy_from_slice(made);
            }
        }
    }
}

/// Each element with those `step`, `2 * step` … behind it.
fn short<T: Copy>(longer: &[T], window: usize, step: usize, out: &mut [T], with: impl Fn(T, T) -> T + Copy) {
    joined(|at| &longer[at * step..], window, out, with);
}

/// Lines, one on the other, three at a time.
fn joined<'a, T: Copy + 'a>(
    line: impl Fn(usize) -> &'a [T],
    count: usize,
    out: &mut [T],
    with: impl Fn(T, T) -> T + Copy,
) {
    let mut at = match count {
        1 => {
            out.copy_from_slice(&line(0)[..out.len()]);
            1
        }
        2 => {
            let lines = line(0).iter().zip(line(1));
            out.iter_mut().zip(lines).for_each(|(out, (a, b))| *out = with(*a, *b));
            2
        }
        _ => {
            let lines = line(0).iter().zip(line(1)).zip(line(2));
            out.iter_mut().zip(lines).for_each(|(out, ((a, b), c))| *out = with(with(*a, *b), *c));
            3
        }
    };
    while at + 1 < count {
        let lines = line(at).iter().zip(line(at + 1));
        out.iter_mut().zip(lines).for_each(|(out, (a, b))| *out = with(with(*out, *a), *b));
        at += 2;
    }
    if at < count {
        out.iter_mut().zip(line(at)).for_each(|(out, a)| *out = with(*out, *a));
    }
}

/// Windows over rows of `width`: what came before within a block, with what comes behind within the one before it.
fn long<T: Copy>(
    rows: &mut [T],
    window: usize,
    width: usize,
    out: &mut [T],
    with: impl Fn(T, T) -> T + Copy,
) {
    let forward = {
        let mut forward = rows.to_vec();
        for block in forward.chunks_mut(window * width) {
            for at in width..block.len() {
                block[at] = with(block[at - width], block[at]);
            }
        }
        forward
    };
    for block in rows.chunks_mut(window * width) {
        for at in (0..block.len().saturating_sub(width)).rev() {
            block[at] = with(block[at], block[at + width]);
        }
    }
    let last = (window - 1) * width;
    for (at, out) in out.iter_mut().enumerate() {
        // A window that is a block is one of the two, not both.
        let whole = (at / width).is_multiple_of(window);
        *out = if whole { rows[at] } else { with(rows[at], forward[at + last]) };
    }
}
