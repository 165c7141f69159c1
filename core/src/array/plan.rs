//! From a graph to steps: which calls are made at all, which run as one pass, and how much memory that takes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::element::{Data, Slice};
use super::error::Error;
use super::fuse::{Leaf, Operand, Program, Reader, Step, gathered};
use super::graph::{Array, Call, Chunk, Kernel, Meta, Onto};
use super::shape;
use super::strided::Layout;
use crate::pool::Cancel;

/// Maps that run as one pass, at most: more registers than that leave the nearest cache.
const FUSED_MAX: usize = 24;

/// Bytes of the place of one element, found and spread.
const PLACE_BYTES: u64 = 16;
/// Bytes for each element of what a call reads whose results depend on values: its place, its order, its value.
const OPEN_BYTES: u64 = 48;

/// Where a call is among those of a plan.
type Id = usize;

/// A computation, ready to run.
pub struct Plan {
    calls: Vec<Node>,
    results: Vec<(Id, usize)>,
}

struct Node {
    call: Arc<Call>,
    inputs: Vec<(Id, usize)>,
    /// How many steps, and results, read it.
    uses: usize,
    /// What runs in its place, with the places of its leaves' arrays; nothing where it is part of another's.
    run: Run,
}

enum Run {
    /// Inside of another's pass, or not at all.
    Not,
    /// As one pass.
    Pass(Program, Vec<(Id, usize)>),
    /// Tile by tile, each of its inputs by a pass of its own.
    Tiled(Vec<Program>, Vec<(Id, usize)>),
    /// By itself.
    Itself,
}

impl Plan {
    /// The plan of these arrays.
    pub fn new(results: &[Array]) -> Self {
        let (calls, ids) = ordered(results);
        let id = |array: &Array| (ids[&key(array.call())], array.output());
        let nodes = calls.into_iter().map(|call| {
            let inputs = call.inputs.iter().map(id).collect();
            Node { call, inputs, uses: 0, run: Run::Itself }
        });
        let mut plan = Self { calls: nodes.collect(), results: results.iter().map(id).collect() };
        plan.fuse();
        plan
    }

    /// Decides what runs as one pass.
    fn fuse(&mut self) {
        let mut readers = vec![0_usize; self.calls.len()];
        for (input, _) in self.calls.iter().flat_map(|node| &node.inputs).chain(&self.results) {
            readers[*input] += 1;
        }
        // How many maps are in the pass of each.
        let mut sizes = vec![1_usize; self.calls.len()];
        let mut inside = vec![false; self.calls.len()];
        for id in 0..self.calls.len() {
            if self.is_tiled(id) {
                for (input, _) in &self.calls[id].inputs {
                    inside[*input] |= self.is_map(*input) && readers[*input] == 1;
                }
            }
            if !self.is_map(id) {
                continue;
            }
            let own = &self.calls[id].call.outputs[0].shape;
            for (input, _) in &self.calls[id].inputs {
                let fits = self.is_map(*input)
                    && readers[*input] == 1
                    && self.calls[*input].call.outputs[0].shape == *own
                    && sizes[id] + sizes[*input] <= FUSED_MAX;
                if fits {
                    inside[*input] = true;
                    sizes[id] += sizes[*input];
                }
            }
        }
        let runs: Vec<Run> = (0..self.calls.len())
            .map(|id| match (inside[id], self.is_map(id)) {
                (true, _) => Run::Not,
                (_, true) => {
                    let mut leaves = Vec::new();
                    Run::Pass(self.pass(id, &inside, &mut leaves), leaves)
                }
                _ if self.is_tiled(id) => self.tiled(id, &inside),
                _ => Run::Itself,
            })
            .collect();
        for (node, run) in self.calls.iter_mut().zip(runs) {
            node.run = run;
        }
        self.count_uses();
    }

    /// Counts who reads what; a view that passes alone read is no step.
    fn count_uses(&mut self) {
        let mut uses = vec![0_usize; self.calls.len()];
        for (id, _) in &self.results {
            uses[*id] += 1;
        }
        for id in (0..self.calls.len()).rev() {
            let node = &self.calls[id];
            match &node.run {
                Run::Pass(_, leaves) | Run::Tiled(_, leaves) if uses[id] > 0 => {
                    leaves.iter().for_each(|(leaf, _)| uses[*leaf] += 1)
                }
                Run::Itself if uses[id] > 0 => node.inputs.iter().for_each(|(input, _)| uses[*input] += 1),
                _ => {}
            }
        }
        for (node, uses) in self.calls.iter_mut().zip(uses) {
            if uses == 0 {
                node.run = Run::Not;
            }
            node.uses = uses;
        }
    }

    fn is_map(&self, id: Id) -> bool {
        matches!(self.calls[id].call.kernel, Kernel::Map(_))
    }

    fn is_tiled(&self, id: Id) -> bool {
        matches!(self.calls[id].call.kernel, Kernel::Tiled(_) | Kernel::Fold(_))
    }

    /// The passes by which a call reads its inputs.
    fn tiled(&self, id: Id, inside: &[bool]) -> Run {
        let mut read = Vec::new();
        let one = |input: &(Id, usize)| match inside[input.0] {
            true => self.pass(input.0, inside, &mut read),
            false => {
                let mut program = Program::default();
                let shape = &self.calls[input.0].call.outputs[input.1].shape;
                self.leaf(*input, shape, &mut program.leaves, &mut read);
                program
            }
        };
        Run::Tiled(self.calls[id].inputs.iter().map(one).collect(), read)
    }

    /// The pass that computes a map; the arrays that it reads are added to those that are.
    fn pass(&self, id: Id, inside: &[bool], read: &mut Vec<(Id, usize)>) -> Program {
        let shape = &self.calls[id].call.outputs[0].shape;
        let mut program = Program::default();
        let mut registers: HashMap<Id, usize> = HashMap::new();
        // Calls are in order, so those of the pass are, too.
        let mut members = vec![id];
        let mut at = 0;
        while let Some(member) = members.get(at) {
            let more =
                self.calls[*member].inputs.iter().map(|(input, _)| *input).filter(|input| inside[*input]);
            let more: Vec<Id> = more.collect();
            members.extend(more);
            at += 1;
        }
        members.sort_unstable();
        members.dedup();
        for (register, member) in members.into_iter().enumerate() {
            let node = &self.calls[member];
            let Kernel::Map(map) = &node.call.kernel else { continue };
            let operands = node.inputs.iter().map(|input| match registers.get(&input.0) {
                Some(register) => Operand::Register(*register),
                None => Operand::Leaf(self.leaf(*input, shape, &mut program.leaves, read)),
            });
            let operands = operands.collect();
            registers.insert(member, register);
            program.steps.push(Step { map: *map, operands, dtype: node.call.outputs[0].dtype, register });
        }
        program
    }

    /// The leaf for an input: a view is read in place.
    fn leaf(
        &self,
        input: (Id, usize),
        shape: &[usize],
        leaves: &mut Vec<Leaf>,
        read: &mut Vec<(Id, usize)>,
    ) -> usize {
        let node = &self.calls[input.0];
        let own = &node.call.outputs[input.1].shape;
        let (from, offset, strides) = match &node.call.kernel {
            Kernel::View { offset, strides } => (node.inputs[0], *offset, strides.clone()),
            _ => (input, 0, shape::strides(own)),
        };
        let layout = Layout { offset, strides: shape::broadcast_strides(own, &strides, shape) };
        let number = read.iter().position(|known| *known == from).unwrap_or_else(|| {
            read.push(from);
            read.len() - 1
        });
        let known = leaves.iter().position(|leaf| leaf.input == number && leaf.layout == layout);
        known.unwrap_or_else(|| {
            leaves.push(Leaf { input: number, layout });
            leaves.len() - 1
        })
    }

    /// What the results are.
    pub fn metas(&self) -> Vec<Meta> {
        self.results.iter().map(|(id, output)| self.calls[*id].call.outputs[*output].clone()).collect()
    }

    /// The bytes that it reads of what is stored, for which it may have to wait; nothing where it reads nothing.
    pub fn stored_bytes(&self) -> Option<u64> {
        let read = self.calls.iter().enumerate().filter(|(_, node)| !matches!(node.run, Run::Not));
        let read = read.filter(|(_, node)| matches!(node.call.kernel, Kernel::Stored(..)));
        read.map(|(id, _)| self.bytes(id)).reduce(u64::saturating_add)
    }

    /// How many elements all steps read and write together, those that are there already among them.
    pub fn elements(&self) -> u64 {
        let steps = self.calls.iter().filter(|node| !matches!(node.run, Run::Not));
        steps.flat_map(|node| &node.call.outputs).map(|meta| meta.len() as u64).fold(0, u64::saturating_add)
    }

    /// The bytes that are held at the worst moment, what is there already left out; and the step that is then made.
    pub fn peak(&self) -> (u64, Option<(&'static str, &Meta)>) {
        let (bytes, at) = self.computing();
        (bytes.saturating_add(self.reading().0), at)
    }

    /// What unpacking takes beside, whatever is read at a time; and what is read then.
    pub fn reading(&self) -> (u64, Option<&Meta>) {
        let read = self.calls.iter().filter(|node| !matches!(node.run, Run::Not));
        let read = read.filter_map(|node| match &node.call.kernel {
            Kernel::Stored(source, _) => Some((source.working_bytes(), source.meta())),
            _ => None,
        });
        read.max_by_key(|(bytes, _)| *bytes).map_or((0, None), |(bytes, meta)| (bytes, Some(meta)))
    }

    /// The peak without what unpacking takes.
    pub fn computing(&self) -> (u64, Option<(&'static str, &Meta)>) {
        let mut left: Vec<usize> = self.calls.iter().map(|node| node.uses).collect();
        let (mut held, mut peak, mut at) = (0_u64, 0_u64, None);
        for (id, node) in self.calls.iter().enumerate() {
            if matches!(node.run, Run::Not) {
                continue;
            }
            let place = self.place(id, &left);
            if place.is_none() {
                held = held.saturating_add(self.bytes(id));
            }
            let working = self.working(id);
            if held.saturating_add(working) > peak {
                peak = held.saturating_add(working);
                at = node.call.outputs.first().map(|meta| (node.call.op, meta));
            }
            for (input, _) in self.reads(id) {
                left[*input] -= 1;
                if left[*input] == 0 && place != Some(*input) {
                    held = held.saturating_sub(self.bytes(*input));
                }
            }
        }
        (peak, at)
    }

    /// What a step is made in the place of: its first input, where it goes on with that and is the last one to read it.
    fn place(&self, id: Id, left: &[usize]) -> Option<Id> {
        let node = &self.calls[id];
        let (first, _) = node.inputs.first()?;
        (matches!(node.call.kernel, Kernel::Onto(_)) && left[*first] == 1).then_some(*first)
    }

    /// What a step keeps beside its result.
    fn working(&self, id: Id) -> u64 {
        let call = &self.calls[id].call;
        let elements = |metas: &mut dyn Iterator<Item = &Meta>| -> u64 {
            metas.map(|meta| meta.len() as u64).fold(0, u64::saturating_add)
        };
        match &call.kernel {
            // Brackets with arrays in them reckon the place of each element first.
            Kernel::Whole(_)
                if call.op.contains("[]") && call.inputs.len() > usize::from(call.op.contains("set")) + 1 =>
            {
                let places = elements(&mut call.outputs.iter()).saturating_mul(PLACE_BYTES);
                self.bytes(id).saturating_add(places)
            }
            Kernel::Whole(_) | Kernel::Tiled(_) | Kernel::Fold(_) => self.bytes(id),
            // Nobody knows how many there will be: as many as there are, with their places.
            Kernel::Open(_) => {
                let inputs = elements(&mut call.inputs.iter().map(Array::meta));
                inputs.saturating_mul(OPEN_BYTES)
            }
            _ => 0,
        }
    }

    fn bytes(&self, id: Id) -> u64 {
        let call = &self.calls[id].call;
        match call.kernel {
            Kernel::Constant(_) => 0,
            _ => call.outputs.iter().map(Meta::bytes).fold(0, u64::saturating_add),
        }
    }

    fn reads(&self, id: Id) -> &[(Id, usize)] {
        match &self.calls[id].run {
            Run::Pass(_, leaves) | Run::Tiled(_, leaves) => leaves,
            Run::Itself => &self.calls[id].inputs,
            Run::Not => &[],
        }
    }

    /// Computes the results. Blocks; loops over elements use the threads of the pool that this runs on.
    ///
    /// # Errors
    /// What a step says of the values that it got; [`Error::Stopped`] soon after `cancel`.
    pub fn run(&self, cancel: &Cancel) -> Result<Vec<Chunk>, Error> {
        let mut made: Vec<Vec<Chunk>> = vec![Vec::new(); self.calls.len()];
        let mut left: Vec<usize> = self.calls.iter().map(|node| node.uses).collect();
        for id in 0..self.calls.len() {
            if matches!(self.calls[id].run, Run::Not) {
                continue;
            }
            if cancel.is_cancelled() {
                return Err(Error::Stopped);
            }
            let inputs: Vec<Chunk> =
                self.reads(id).iter().map(|(input, output)| made[*input][*output].clone()).collect();
            if let Some(place) = self.place(id, &left) {
                made[place].clear();
            }
            made[id] = match &self.calls[id].call.kernel {
                Kernel::Onto(run) => vec![gone_on(inputs, run, self.calls[id].call.op)?],
                _ => self.step(id, &inputs, cancel)?,
            };
            for (input, _) in self.reads(id) {
                left[*input] -= 1;
                if left[*input] == 0 {
                    made[*input].clear();
                }
            }
        }
        Ok(self.results.iter().map(|(id, output)| made[*id][*output].clone()).collect())
    }

    fn step(&self, id: Id, inputs: &[Chunk], cancel: &Cancel) -> Result<Vec<Chunk>, Error> {
        let node = &self.calls[id];
        let meta = &node.call.outputs[0];
        let slices: Vec<Slice<'_>> = inputs.iter().map(|chunk| chunk.data.slice()).collect();
        if let Run::Pass(program, _) = &node.run {
            return Ok(vec![Chunk::new(meta.shape.clone(), program.run(&slices, meta.dtype, &meta.shape))]);
        }
        if let Run::Tiled(programs, _) = &node.run {
            let shapes = node.call.inputs.iter().map(Array::shape);
            let readers =
                programs.iter().zip(shapes).map(|(program, shape)| Reader::new(program, &slices, shape));
            let readers: Vec<_> = readers.collect();
            let data = match &node.call.kernel {
                Kernel::Tiled(run) => run(&readers)?,
                Kernel::Fold(folding) => folding.run(&readers)?,
                _ => return Err(Error::Defect(node.call.op)),
            };
            return fitting(&node.call, vec![data]);
        }
        match &node.call.kernel {
            Kernel::Constant(chunk) => Ok(vec![chunk.clone()]),
            Kernel::Stored(source, region) => {
                let data = source.read(region, cancel)?;
                match data.len() == meta.len() && data.dtype() == meta.dtype {
                    true => Ok(vec![Chunk { shape: meta.shape.clone(), data }]),
                    false => Err(Error::Defect(node.call.op)),
                }
            }
            Kernel::Reshape => {
                Ok(vec![Chunk { shape: meta.shape.clone(), data: Arc::clone(&inputs[0].data) }])
            }
            Kernel::View { offset, strides } => {
                let layout = Layout { offset: *offset, strides: strides.clone() };
                Ok(vec![Chunk::new(meta.shape.clone(), gathered(slices[0], layout, &meta.shape))])
            }
            Kernel::Map(_) | Kernel::Tiled(_) | Kernel::Fold(_) | Kernel::Onto(_) => {
                Err(Error::Defect(node.call.op))
            }
            Kernel::Open(run) => run(inputs),
            Kernel::Whole(run) => fitting(&node.call, run(inputs)?),
        }
    }
}

/// What becomes of the first of the inputs: in its place, where nobody else has it.
fn gone_on(inputs: Vec<Chunk>, run: &Onto, op: &'static str) -> Result<Chunk, Error> {
    let mut inputs = inputs.into_iter();
    let Chunk { shape, data } = inputs.next().ok_or(Error::Defect(op))?;
    let mut data = Arc::unwrap_or_clone(data);
    run(&mut data, inputs.as_slice())?;
    Ok(Chunk::new(shape, data))
}

/// What a call made, where it is what it was said to be.
fn fitting(call: &Call, made: Vec<Data>) -> Result<Vec<Chunk>, Error> {
    let same = |(data, meta): (&Data, &Meta)| data.len() == meta.len() && data.dtype() == meta.dtype;
    match made.len() == call.outputs.len() && made.iter().zip(&call.outputs).all(same) {
        true => {
            let outputs = made.into_iter().zip(&call.outputs);
            Ok(outputs.map(|(data, meta)| Chunk::new(meta.shape.clone(), data)).collect())
        }
        false => Err(Error::Defect(call.op)),
    }
}

pub(super) fn key(call: &Arc<Call>) -> *const Call {
    Arc::as_ptr(call)
}

/// Every call once, what it is made of before it; and where each is.
pub(super) fn ordered(results: &[Array]) -> (Vec<Arc<Call>>, HashMap<*const Call, Id>) {
    let calls = ordered_beyond(results, &|_| false);
    let ids = calls.iter().enumerate().map(|(id, call)| (key(call), id)).collect();
    (calls, ids)
}

/// The same without those that are known, and what those are made of.
pub(super) fn ordered_beyond(results: &[Array], is_known: &dyn Fn(&Arc<Call>) -> bool) -> Vec<Arc<Call>> {
    let (mut calls, mut seen) = (Vec::new(), HashSet::new());
    let mut open: Vec<(Arc<Call>, usize)> = Vec::new();
    for result in results {
        open.push((Arc::clone(result.call()), 0));
        while let Some((call, next)) = open.pop() {
            if seen.contains(&key(&call)) || is_known(&call) {
                continue;
            }
            match call.inputs.get(next) {
                Some(input) => {
                    let input = Arc::clone(input.call());
                    open.push((call, next + 1));
                    open.push((input, 0));
                }
                None => {
                    seen.insert(key(&call));
                    calls.push(call);
                }
            }
        }
    }
    calls
}
