//! Maps on maps, run as one pass: a short program of registers over tiles that stay in the nearest cache.

use super::boxes;
use super::dtype::DType;
use super::element::{Data, Element, Slice, each};
use super::error::Error;
use super::graph::MapFn;
use super::strided::{self, Layout};

/// Elements of a tile. Found on an EPYC with 32 KiB of first-level cache: from 2 Ki to 8 Ki there is no difference.
pub const TILE: usize = 4096;

/// Where a step finds an operand.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operand {
    /// A leaf of the program.
    Leaf(usize),
    /// What an earlier step wrote.
    Register(usize),
}

/// An array that the program reads.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    /// Which of the inputs.
    pub(super) input: usize,
    /// Where its elements lie, seen in the shape of the result.
    pub(super) layout: Layout,
}

/// One function of elements.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) map: MapFn,
    pub(super) operands: Vec<Operand>,
    pub(super) dtype: DType,
    /// Where it writes; the last step writes into the result.
    pub(super) register: usize,
}

/// A function of elements, made of several: all of one shape, the result's.
#[derive(Clone, Debug, Default)]
pub(super) struct Program {
    pub(super) leaves: Vec<Leaf>,
    pub(super) steps: Vec<Step>,
}

impl Program {
    /// The elements of the result.
    pub(super) fn run(&self, inputs: &[Slice<'_>], dtype: DType, shape: &[usize]) -> Data {
        let mut out = Data::zeros(dtype, super::shape::count(shape));
        let across = self.leaves.iter().find_map(|leaf| leaf.layout.lies_across(shape));
        each!(Data, &mut out, values => match across {
            Some(axis) => boxes::run(self, inputs, shape, axis, values),
            None => strided::blocks(values, |start, piece| self.block(inputs, shape, start, piece)),
        });
        out
    }

    fn block<T: Element>(&self, inputs: &[Slice<'_>], shape: &[usize], start: usize, out: &mut [T]) {
        let mut tiles = Tiles::new(self, inputs, shape);
        for (number, piece) in out.chunks_mut(TILE).enumerate() {
            tiles.run(start + number * TILE, piece);
        }
    }
}

/// An array that is read tile by tile, and may be computed only then.
pub struct Reader<'a> {
    program: &'a Program,
    inputs: &'a [Slice<'a>],
    shape: &'a [usize],
}

impl<'a> Reader<'a> {
    pub(super) fn new(program: &'a Program, inputs: &'a [Slice<'a>], shape: &'a [usize]) -> Self {
        Self { program, inputs, shape }
    }

    /// How long its axes are.
    pub fn shape(&self) -> &[usize] {
        self.shape
    }

    /// What one task needs to read it.
    pub fn tiles<T: Element>(&self) -> Reading<'a, T> {
        let tile = super::shape::count(self.shape).min(TILE);
        let buffer = vec![T::default(); if self.program.steps.is_empty() { 0 } else { tile }];
        Reading { tiles: Tiles::new(self.program, self.inputs, self.shape), buffer }
    }
}

/// A task's way through an array.
pub struct Reading<'a, T> {
    tiles: Tiles<'a>,
    buffer: Vec<T>,
}

impl<T: Element> Reading<'_, T> {
    /// The elements from number `start` on, [`TILE`] at the most.
    ///
    /// # Errors
    /// [`Error::Defect`] where they are of another type: who asks knows the dtype.
    pub fn values(&mut self, start: usize, len: usize) -> Result<&[T], Error> {
        let wrong = Error::Defect("the elements of a tile");
        if self.tiles.program.steps.is_empty() {
            self.tiles.copy_leaves(start, len);
            return T::of(&self.tiles.leaf(0, start, len)).ok_or(wrong);
        }
        let out = self.buffer.get_mut(..len).ok_or(wrong)?;
        self.tiles.run(start, out);
        Ok(out)
    }
}

/// How a leaf's elements come to a tile.
enum Source<'a> {
    /// In place.
    Dense(Slice<'a>),
    /// Copied into a buffer.
    Copied(Slice<'a>, Data),
    /// One element, over and over: copied once.
    Single(Data),
}

/// The elements of an array of that shape, one after the other.
pub fn gathered(source: Slice<'_>, layout: Layout, shape: &[usize]) -> Data {
    let program = Program { leaves: vec![Leaf { input: 0, layout }], steps: Vec::new() };
    program.run(&[source], source.dtype(), shape)
}

/// What one task needs to run the program.
pub(super) struct Tiles<'a> {
    program: &'a Program,
    shape: &'a [usize],
    sources: Vec<Source<'a>>,
    registers: Vec<Data>,
}

impl<'a> Tiles<'a> {
    fn new(program: &'a Program, inputs: &'a [Slice<'a>], shape: &'a [usize]) -> Self {
        Self::of(program, inputs, shape, source)
    }

    /// Those whose elements all come to buffers.
    pub(super) fn copied(program: &'a Program, inputs: &'a [Slice<'a>], shape: &'a [usize]) -> Self {
        Self::of(program, inputs, shape, |from, _, _| Source::copied(from, TILE))
    }

    fn of(
        program: &'a Program,
        inputs: &'a [Slice<'a>],
        shape: &'a [usize],
        source: impl Fn(Slice<'a>, &Leaf, &[usize]) -> Source<'a>,
    ) -> Self {
        let sources = program.leaves.iter().map(|leaf| source(inputs[leaf.input], leaf, shape));
        let count = program.steps.iter().map(|step| step.register + 1).max().unwrap_or_default();
        let mut registers = vec![Data::Bool(Vec::new()); count];
        if let Some((_, before)) = program.steps.split_last() {
            for step in before {
                registers[step.register] = Data::zeros(step.dtype, TILE);
            }
        }
        Self { program, shape, sources: sources.collect(), registers }
    }

    fn run<T: Element>(&mut self, start: usize, out: &mut [T]) {
        self.copy_leaves(start, out.len());
        self.compute(start, out);
    }

    /// Runs the steps over what has been copied.
    pub(super) fn compute<T: Element>(&mut self, start: usize, out: &mut [T]) {
        let len = out.len();
        let Some((last, before)) = self.program.steps.split_last() else {
            if let Some(values) = T::of(&self.leaf(0, start, len)) {
                out.copy_from_slice(values);
            }
            return;
        };
        for step in before {
            let empty = Data::Bool(Vec::new());
            let mut register = std::mem::replace(&mut self.registers[step.register], empty);
            if register.dtype() != step.dtype {
                register = Data::zeros(step.dtype, TILE);
            }
            let written = each!(Data, &mut register, values => Element::slice_mut(&mut values[..len]));
            (step.map)(&self.operands(step, start, len), written);
            self.registers[step.register] = register;
        }
        (last.map)(&self.operands(last, start, len), T::slice_mut(out));
    }

    fn copy_leaves(&mut self, start: usize, len: usize) {
        let shape = self.shape;
        self.copy_by(|source, layout, buffer| {
            each!(Data, buffer, into => {
                if let Some(values) = Element::of(source) {
                    strided::fill(values, layout, shape, start, &mut into[..len]);
                }
            })
        });
    }

    /// Has the buffers filled.
    pub(super) fn copy_by(&mut self, copy: impl Fn(&Slice<'_>, &Layout, &mut Data)) {
        for (source, leaf) in self.sources.iter_mut().zip(&self.program.leaves) {
            if let Source::Copied(from, buffer) = source {
                copy(from, &leaf.layout, buffer);
            }
        }
    }

    fn leaf(&self, leaf: usize, start: usize, len: usize) -> Slice<'_> {
        match &self.sources[leaf] {
            Source::Dense(slice) => slice.range(start, start + len),
            Source::Copied(_, buffer) | Source::Single(buffer) => buffer.slice().range(0, len),
        }
    }

    fn operands(&self, step: &Step, start: usize, len: usize) -> Vec<Slice<'_>> {
        let find = |operand: &Operand| match operand {
            Operand::Register(register) => self.registers[*register].slice().range(0, len),
            Operand::Leaf(leaf) => self.leaf(*leaf, start, len),
        };
        step.operands.iter().map(find).collect()
    }
}

impl<'a> Source<'a> {
    fn copied(from: Slice<'a>, len: usize) -> Self {
        Self::Copied(from, Data::zeros(from.dtype(), len))
    }
}

fn source<'a>(from: Slice<'a>, leaf: &Leaf, shape: &[usize]) -> Source<'a> {
    let tile = super::shape::count(shape).min(TILE);
    if tile == 0 {
        return Source::copied(from, 0);
    }
    if leaf.layout.is_single(shape) {
        let at = leaf.layout.offset as usize;
        return Source::Single(each!(Slice, from, values => Element::data(vec![values[at]; tile])));
    }
    match leaf.layout.is_dense(shape) {
        true => {
            let first = leaf.layout.offset as usize;
            Source::Dense(from.range(first, first + super::shape::count(shape)))
        }
        false => Source::copied(from, tile),
    }
}
