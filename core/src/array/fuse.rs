//! Maps on maps, run as one pass: a short program of registers over tiles that stay in the nearest cache.

use super::dtype::DType;
use super::element::{Data, Slice, SliceMut, each};
use super::graph::{Chunk, MapFn};
use super::strided::{self, Layout};

/// Elements of a tile. Found on an EPYC with 32 KiB of first-level cache: from 2 Ki to 8 Ki there is no difference.
const TILE: usize = 4096;

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
    pub(super) fn run(&self, inputs: &[Chunk], dtype: DType, shape: &[usize]) -> Data {
        let mut out = Data::zeros(dtype, super::shape::count(shape));
        each!(Data, &mut out, values => {
            strided::blocks(values, |start, piece| self.block(inputs, shape, start, Element::slice_mut(piece)));
        });
        out
    }

    fn block(&self, inputs: &[Chunk], shape: &[usize], start: usize, out: SliceMut<'_>) {
        let mut tiles = Tiles::new(self, inputs, shape);
        each!(SliceMut, out, values => {
            for (number, piece) in values.chunks_mut(TILE).enumerate() {
                tiles.run(start + number * TILE, piece);
            }
        });
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

/// What one task needs to run the program.
struct Tiles<'a> {
    program: &'a Program,
    shape: &'a [usize],
    sources: Vec<Source<'a>>,
    registers: Vec<Data>,
}

impl<'a> Tiles<'a> {
    fn new(program: &'a Program, inputs: &'a [Chunk], shape: &'a [usize]) -> Self {
        let sources = program.leaves.iter().map(|leaf| source(inputs[leaf.input].data.slice(), leaf, shape));
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
        let len = out.len();
        for (source, leaf) in self.sources.iter_mut().zip(&self.program.leaves) {
            if let Source::Copied(from, buffer) = source {
                copy(from, &leaf.layout, self.shape, start, len, buffer);
            }
        }
        let Some((last, before)) = self.program.steps.split_last() else { return };
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

    fn operands(&self, step: &Step, start: usize, len: usize) -> Vec<Slice<'_>> {
        let find = |operand: &Operand| match operand {
            Operand::Register(register) => self.registers[*register].slice().range(0, len),
            Operand::Leaf(leaf) => match &self.sources[*leaf] {
                Source::Dense(slice) => slice.range(start, start + len),
                Source::Copied(_, buffer) | Source::Single(buffer) => buffer.slice().range(0, len),
            },
        };
        step.operands.iter().map(find).collect()
    }
}

fn source<'a>(from: Slice<'a>, leaf: &Leaf, shape: &[usize]) -> Source<'a> {
    let tile = super::shape::count(shape).min(TILE);
    if leaf.layout.is_single(shape) {
        let at = leaf.layout.offset as usize;
        return Source::Single(each!(Slice, from, values => Element::data(vec![values[at]; tile])));
    }
    match leaf.layout.is_dense(shape) {
        true => {
            let first = leaf.layout.offset as usize;
            Source::Dense(from.range(first, first + super::shape::count(shape)))
        }
        false => Source::Copied(from, each!(Slice, from, values => Data::zeros(dtype_of(values), tile))),
    }
}

fn dtype_of<T: Element>(_: &[T]) -> DType {
    T::DTYPE
}

fn copy(from: &Slice<'_>, layout: &Layout, shape: &[usize], start: usize, len: usize, buffer: &mut Data) {
    each!(Data, buffer, into => {
        if let Some(values) = Element::of(from) {
            strided::fill(values, layout, shape, start, &mut into[..len]);
        }
    });
}

use super::element::Element;
