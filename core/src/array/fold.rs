//! Many elements to one, read tile by tile.
//!
//! Elements go into pieces one after the other, pieces into one in pairs. Which piece an element is in, and which pieces
//! are a pair, depends on the shape alone: an answer does not depend on the number of threads.

use std::any::Any;
use std::sync::Arc;

use super::apart;
use super::element::{Data, Element};
use super::error::Error;
use super::fuse::{Reader, Reading, TILE};
use super::grid::Region;
use super::simd::{Loop, widest};

/// Elements of a row that are taken one after the other, eight rows of every eighth side by side.
const PIECE: usize = 1024;
/// Rows that are taken one after the other, where they become one row.
const ROWS: usize = 128;
/// Elements of a row that are taken together: what is made of them stays in the nearest cache.
const WIDE: usize = 2048;
/// Elements below which a piece is not worth another thread.
pub const APART: usize = 1 << 16;
/// Bytes that a fold has for each cell of its result, at the most.
const PART_BYTES: u64 = 32;

/// How many elements become one.
pub trait Fold: Copy + Send + Sync {
    /// What is taken.
    type In: Element;
    /// What a piece is while elements go into it.
    type Piece: Copy + Send;
    /// What a piece is when all have gone.
    type Part: Noted + Copy + Send + 'static;

    /// A piece into which nothing has gone; `first` will be the first.
    fn start(self, first: Self::In) -> Self::Piece;

    /// The piece with one more. To be inlined.
    fn take(self, piece: Self::Piece, x: Self::In) -> Self::Piece;

    /// What has become of a piece of so many elements.
    fn part(self, piece: Self::Piece, count: usize) -> Self::Part;

    /// Two in one.
    fn join(self, one: Self::Part, other: Self::Part) -> Self::Part;

    /// What no elements become.
    fn none(self) -> Self::Part;
}

/// How the input of a reduction lies: `outer` times `rows` times `inner`, the rows become one.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// What is left before.
    pub outer: usize,
    /// What becomes one.
    pub rows: usize,
    /// What is left behind.
    pub inner: usize,
}

impl Form {
    /// Of an array of that shape whose axes from `first` to before `end` become one.
    pub fn of(shape: &[usize], first: usize, end: usize) -> Self {
        let of = |axes: &[usize]| axes.iter().product();
        Self { outer: of(&shape[..first]), rows: of(&shape[first..end]), inner: of(&shape[end..]) }
    }

    fn results(self) -> usize {
        self.outer * self.inner
    }

    /// Results of one `outer` of which so many elements are read.
    fn block(self) -> usize {
        self.rows * self.inner
    }
}

/// Which axes of an array become one, and what of its elements.
#[derive(Clone)]
pub struct Folding {
    /// The first of the axes that become one.
    pub first: usize,
    /// The axis behind the last of them.
    pub end: usize,
    /// Which axes of the result the others are, in order; the rest of the result's have length 1.
    pub kept: Vec<usize>,
    /// What becomes of the elements.
    pub folds: Arc<dyn Folds>,
}

impl Folding {
    /// How an array of that shape lies for it.
    pub fn form(&self, shape: &[usize]) -> Form {
        Form::of(shape, self.first, self.end)
    }

    /// The elements of the result.
    ///
    /// # Errors
    /// Those of the fold, and of what becomes of its parts.
    pub fn run(&self, readers: &[Reader<'_>]) -> Result<Data, Error> {
        self.folds.finish(self.parts(readers)?)
    }

    /// What becomes of the elements of the first, all or a box of an array.
    ///
    /// # Errors
    /// Those of the fold.
    pub fn parts(&self, readers: &[Reader<'_>]) -> Result<Parts, Error> {
        let x = readers.first().ok_or(Error::Defect("fold"))?;
        self.folds.parts(readers, self.form(x.shape()))
    }

    /// Whether a box of the result is a fold of a box of the input: it has all of the axes that are not the input's.
    pub fn makes(&self, region: &Region, shape: &[usize]) -> bool {
        let all = |axis: usize| self.kept.contains(&axis) || region.lengths[axis] == shape[axis];
        (0..shape.len()).all(all)
    }
}

/// A [`Part`](Fold::Part) for each cell of a result, of a type that the fold knows.
pub type Parts = Box<dyn Any + Send>;

/// Parts of that type.
pub(super) fn known<T: 'static>(parts: Parts) -> Result<Box<T>, Error> {
    parts.downcast().map_err(|_| Error::Defect("fold"))
}

/// The same, looked at.
pub(super) fn seen<T: 'static>(parts: &Parts) -> Result<&T, Error> {
    parts.downcast_ref().ok_or(Error::Defect("fold"))
}

/// A fold, and what its parts come to, of types that are known only when it runs.
pub trait Folds: Send + Sync {
    /// What becomes of the elements of one box, of each of the inputs that come in boxes; whatever else it reads is there as
    /// a whole.
    ///
    /// # Errors
    /// [`Error::Defect`] where the elements are not the fold's.
    fn parts(&self, readers: &[Reader<'_>], form: Form) -> Result<Parts, Error>;

    /// Those of two boxes that lie one behind the other, in one.
    ///
    /// # Errors
    /// [`Error::Defect`] where they are not the fold's.
    fn join(&self, one: Parts, other: Parts) -> Result<Parts, Error>;

    /// The elements of the result.
    ///
    /// # Errors
    /// What the fold says of what it came to.
    fn finish(&self, parts: Parts) -> Result<Data, Error>;

    /// The parts as rows of numbers, as which scratch keeps them.
    ///
    /// # Errors
    /// [`Error::Defect`] where they are not the fold's.
    fn noted(&self, parts: &Parts) -> Result<Vec<Data>, Error>;

    /// The parts that such rows are.
    ///
    /// # Errors
    /// [`Error::Defect`] where they are not what the fold's parts are noted as.
    fn taken_up(&self, rows: &[Data]) -> Result<Parts, Error>;

    /// How many of the inputs, from the first on, come in boxes: they are of one shape.
    fn boxed(&self) -> usize {
        1
    }

    /// Bytes of the parts of so many cells of the result, at the most.
    fn part_bytes(&self, cells: usize) -> u64 {
        (cells as u64).saturating_mul(PART_BYTES)
    }
}

/// A fold, and the elements that its parts become.
pub struct Finished<F, G>(pub F, pub G);

impl<F, G> Folds for Finished<F, G>
where
    F: Fold,
    G: Fn(Vec<F::Part>) -> Result<Data, Error> + Send + Sync,
{
    fn parts(&self, readers: &[Reader<'_>], form: Form) -> Result<Parts, Error> {
        let reader = readers.first().ok_or(Error::Defect("fold"))?;
        Ok(Box::new(folded(reader, form, self.0)?))
    }

    fn join(&self, one: Parts, other: Parts) -> Result<Parts, Error> {
        let (mut one, other) = (known::<Vec<F::Part>>(one)?, known::<Vec<F::Part>>(other)?);
        one.iter_mut().zip(*other).for_each(|(one, other)| *one = self.0.join(*one, other));
        Ok(one)
    }

    fn finish(&self, parts: Parts) -> Result<Data, Error> {
        (self.1)(*known(parts)?)
    }

    fn noted(&self, parts: &Parts) -> Result<Vec<Data>, Error> {
        Ok(Noted::rows(seen::<Vec<F::Part>>(parts)?))
    }

    fn taken_up(&self, rows: &[Data]) -> Result<Parts, Error> {
        let parts: Vec<F::Part> = Noted::of(rows).ok_or(Error::Defect("fold"))?;
        Ok(Box::new(parts))
    }
}

/// What parts are as rows of numbers, the same place of each for one part.
pub trait Noted: Sized {
    /// The rows.
    fn rows(parts: &[Self]) -> Vec<Data>;

    /// The parts of such rows; nothing of others.
    fn of(rows: &[Data]) -> Option<Vec<Self>>;
}

impl<T: Element> Noted for T {
    fn rows(parts: &[Self]) -> Vec<Data> {
        vec![T::data(parts.to_vec())]
    }

    fn of(rows: &[Data]) -> Option<Vec<Self>> {
        let [row] = rows else { return None };
        T::of(&row.slice()).map(<[T]>::to_vec)
    }
}

impl<T: Element> Noted for (T, T) {
    fn rows(parts: &[Self]) -> Vec<Data> {
        let (one, other) = parts.iter().copied().unzip();
        vec![T::data(one), T::data(other)]
    }

    fn of(rows: &[Data]) -> Option<Vec<Self>> {
        let [one, other] = rows else { return None };
        let (one, other) = (one.slice(), other.slice());
        Some(T::of(&one)?.iter().copied().zip(T::of(&other)?.iter().copied()).collect())
    }
}

/// What becomes of the elements: a part for each `outer` and `inner`.
///
/// # Errors
/// [`Error::Defect`] where the elements are not the fold's.
fn folded<F: Fold>(reader: &Reader<'_>, form: Form, fold: F) -> Result<Vec<F::Part>, Error> {
    if form.block() == 0 {
        return Ok(vec![fold.none(); form.results()]);
    }
    if form.inner == 1 && form.rows > TILE {
        let one = |outer| long(reader, outer * form.rows, form.rows, fold);
        return apart::made(form.outer, &one).into_iter().collect();
    }
    // So many of the outer ones make a task.
    let few = (APART / form.block()).max(1);
    let task = |number: usize| {
        let (start, end) = (number * few, ((number + 1) * few).min(form.outer));
        match form.inner {
            1 => short(reader, start..end, form.rows, fold),
            _ => stacked(reader, start..end, form, fold),
        }
    };
    let tasks = form.outer.div_ceil(few);
    if tasks == 1 {
        return task(0);
    }
    let made: Result<Vec<_>, Error> = apart::made(tasks, &task).into_iter().collect();
    Ok(made?.concat())
}

/// One long row.
fn long<F: Fold>(reader: &Reader<'_>, start: usize, len: usize, fold: F) -> Result<F::Part, Error> {
    if len <= APART {
        return pairs(&mut reader.tiles(), start, len, fold);
    }
    let half = halved(len, TILE);
    let (mut left, mut right) = (Err(Error::Defect("fold")), Err(Error::Defect("fold")));
    apart::both(&mut || left = long(reader, start, half, fold), &mut || {
        right = long(reader, start + half, len - half, fold);
    });
    Ok(fold.join(left?, right?))
}

/// Where pieces of that size are cut in two.
fn halved(len: usize, piece: usize) -> usize {
    (len / 2 / piece).max(1) * piece
}

fn pairs<F: Fold>(
    reading: &mut Reading<'_, F::In>,
    start: usize,
    len: usize,
    fold: F,
) -> Result<F::Part, Error> {
    if len <= TILE {
        return Ok(row(reading.values(start, len)?, fold));
    }
    let half = halved(len, TILE);
    let left = pairs(reading, start, half, fold)?;
    Ok(fold.join(left, pairs(reading, start + half, len - half, fold)?))
}

/// A row that lies together.
fn row<F: Fold>(values: &[F::In], fold: F) -> F::Part {
    if values.len() <= PIECE {
        return widest(Lanes(values, fold));
    }
    let (left, right) = values.split_at(halved(values.len(), PIECE));
    fold.join(row(left, fold), row(right, fold))
}

/// Eight at a time, so that none waits for the one before.
struct Lanes<'a, F: Fold>(&'a [F::In], F);

impl<F: Fold> Loop for Lanes<'_, F> {
    type Output = F::Part;

    #[inline(always)]
    fn run(self) -> F::Part {
        let Self(values, fold) = self;
        let Some(first) = values.first() else { return fold.none() };
        let mut lanes = [fold.start(*first); 8];
        let (eights, rest) = values.as_chunks::<8>();
        for eight in eights {
            for (lane, x) in lanes.iter_mut().zip(eight) {
                *lane = fold.take(*lane, *x);
            }
        }
        for (lane, x) in lanes.iter_mut().zip(rest) {
            *lane = fold.take(*lane, *x);
        }
        let count = |lane: usize| eights.len() + usize::from(lane < rest.len());
        let part = |lane: usize| fold.part(lanes[lane], count(lane));
        let pair = |lane: usize| fold.join(part(lane), part(lane + 4));
        fold.join(fold.join(pair(0), pair(2)), fold.join(pair(1), pair(3)))
    }
}

/// Short rows, many of them read at once.
fn short<F: Fold>(
    reader: &Reader<'_>,
    outer: std::ops::Range<usize>,
    rows: usize,
    fold: F,
) -> Result<Vec<F::Part>, Error> {
    let (mut reading, mut parts) = (reader.tiles(), Vec::with_capacity(outer.len()));
    let at_once = TILE / rows;
    for first in outer.clone().step_by(at_once) {
        let count = at_once.min(outer.end - first);
        let values = reading.values(first * rows, count * rows)?;
        parts.extend(values.chunks_exact(rows).map(|values| row(values, fold)));
    }
    Ok(parts)
}

/// Rows of several elements, one below the other.
fn stacked<F: Fold>(
    reader: &Reader<'_>,
    outer: std::ops::Range<usize>,
    form: Form,
    fold: F,
) -> Result<Vec<F::Part>, Error> {
    let mut parts = Vec::with_capacity(outer.len() * form.inner);
    for outer in outer {
        let columns: Vec<usize> = (0..form.inner).step_by(WIDE).collect();
        let one = |column: usize| {
            let width = WIDE.min(form.inner - column);
            let stack =
                Stack { reader, start: outer * form.block() + column, width, inner: form.inner, fold };
            stack.folded(0, form.rows)
        };
        match columns.as_slice() {
            [column] => parts.extend(one(*column)?),
            many => {
                for made in apart::made(many.len(), &|number| one(many[number])) {
                    parts.extend(made?);
                }
            }
        }
    }
    Ok(parts)
}

/// Some columns of rows that become one row.
struct Stack<'a, 'r, F> {
    reader: &'a Reader<'r>,
    start: usize,
    width: usize,
    inner: usize,
    fold: F,
}

impl<F: Fold> Stack<'_, '_, F> {
    fn folded(&self, first: usize, rows: usize) -> Result<Vec<F::Part>, Error> {
        if rows <= ROWS {
            return self.piece(first, rows);
        }
        let half = halved(rows, ROWS);
        let (mut left, mut right) = (Err(Error::Defect("fold")), Err(Error::Defect("fold")));
        let upper = &mut || left = self.folded(first, half);
        let lower = &mut || right = self.folded(first + half, rows - half);
        match rows * self.width > APART {
            true => apart::both(upper, lower),
            false => {
                upper();
                lower();
            }
        }
        let mut left = left?;
        left.iter_mut().zip(right?).for_each(|(one, other)| *one = self.fold.join(*one, other));
        Ok(left)
    }

    fn piece(&self, first: usize, rows: usize) -> Result<Vec<F::Part>, Error> {
        let mut reading = self.reader.tiles();
        // Whole rows lie together.
        let at_once = if self.width == self.inner { TILE / self.width } else { 1 };
        let mut pieces: Vec<F::Piece> = Vec::new();
        for row in (first..first + rows).step_by(at_once) {
            let count = at_once.min(first + rows - row);
            let values = reading.values(self.start + row * self.inner, count * self.width)?;
            if pieces.is_empty() {
                pieces.extend(values.iter().take(self.width).map(|first| self.fold.start(*first)));
            }
            widest(Below(values, &mut pieces, self.fold));
        }
        Ok(pieces.into_iter().map(|piece| self.fold.part(piece, rows)).collect())
    }
}

/// Rows, each taken into the pieces of its columns.
struct Below<'a, F: Fold>(&'a [F::In], &'a mut [F::Piece], F);

impl<F: Fold> Loop for Below<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self(values, pieces, fold) = self;
        for row in values.chunks_exact(pieces.len().max(1)) {
            for (piece, x) in pieces.iter_mut().zip(row) {
                *piece = fold.take(*piece, *x);
            }
        }
    }
}
