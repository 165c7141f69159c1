//! A computation on arrays, before it runs: a graph of calls whose shapes and dtypes are known.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::dtype::DType;
use super::element::{Data, Element, Slice, SliceMut};
use super::error::Error;
use super::fold::Folding;
use super::fuse::{Reader, gathered};
use super::grid::Region;
use super::shape;
use super::source::Source;

/// The most bytes that one array of a computation may have, whatever the memory: what no machine holds is refused
/// where it is written.
pub const BYTES_MAX: u64 = 1 << 46;

/// What is known of an array before it is computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// The type of its elements.
    pub dtype: DType,
    /// How long its axes are.
    pub shape: Vec<usize>,
}

impl Meta {
    /// Of that dtype and shape.
    pub fn new(dtype: DType, shape: impl Into<Vec<usize>>) -> Self {
        Self { dtype, shape: shape.into() }
    }

    /// How many elements it has.
    pub fn len(&self) -> usize {
        shape::count(&self.shape)
    }

    /// Whether it has no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes its elements have.
    pub fn bytes(&self) -> u64 {
        (self.len() as u64).saturating_mul(self.dtype.bytes() as u64)
    }

    /// Refuses what no memory holds.
    pub(super) fn checked(self, op: &'static str) -> Result<Self, Error> {
        if self.shape.len() > shape::AXES_MAX {
            let said =
                format!("would make an array of {} axes; {} are the most", self.shape.len(), shape::AXES_MAX);
            return Err(Error::refused(op, said));
        }
        match self.bytes() > BYTES_MAX || shape::elements(&self.shape).is_none() {
            true => Err(Error::TooLarge { op, bytes: self.bytes(), shape: self.shape, limit: BYTES_MAX }),
            false => Ok(self),
        }
    }
}

/// An array that has been computed: its elements, the last axis the densest.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// How long its axes are.
    pub shape: Vec<usize>,
    /// Its elements.
    pub data: Arc<Data>,
}

impl Chunk {
    /// Of that shape, which has as many elements as there are data.
    pub fn new(shape: impl Into<Vec<usize>>, data: Data) -> Self {
        Self { shape: shape.into(), data: Arc::new(data) }
    }

    /// One element, without axes.
    pub fn scalar<T: Element>(value: T) -> Self {
        Self::new([], T::data(vec![value]))
    }

    /// What is known of it.
    pub fn meta(&self) -> Meta {
        Meta::new(self.data.dtype(), self.shape.clone())
    }

    /// A box of it, copied unless it is all.
    pub(super) fn part(&self, region: &Region) -> Self {
        if *region == Region::whole(&self.shape) {
            return self.clone();
        }
        let data = gathered(self.data.slice(), region.layout(&self.shape), &region.lengths);
        Self::new(region.lengths.clone(), data)
    }

    /// Its elements, where they are of that type.
    ///
    /// # Errors
    /// [`Error::Defect`] where they are not: who asks knows the dtype.
    pub fn values<T: Element>(&self) -> Result<&[T], Error> {
        T::of(&self.data.slice()).ok_or(Error::Defect("the elements of a chunk"))
    }
}

/// An array: computed, or what computes it.
#[derive(Clone, Debug)]
pub struct Array {
    call: Arc<Call>,
    output: usize,
    /// What its whole numbers are, where they are times. Nothing that a call is made of has it.
    times: Option<DType>,
}

/// What makes one array or several of others.
pub struct Call {
    pub(super) op: &'static str,
    pub(super) kernel: Kernel,
    pub(super) inputs: Vec<Array>,
    pub(super) outputs: Vec<Meta>,
    /// How a box of its one result is made, where that needs no more than boxes of its inputs.
    pub(super) rule: Option<Arc<Rule>>,
    /// How long the chunks of what is stored are on the axes of its first result, once somebody has asked.
    pub(super) chunk: OnceLock<Option<Vec<usize>>>,
}

/// How a box of a result is made of boxes of the inputs.
pub(super) enum Rule {
    /// The call does the same to all lines along these axes, and takes their number from what it gets: a box that is
    /// whole along them is made of the same box of each input.
    Lines(Vec<usize>),
    /// The call makes of each element and of so many on both sides of it, along each axis, one of the result's.
    Around(Vec<usize>),
    /// It is made of these boxes of the inputs, in this way.
    Of(Box<dyn Boxed>),
    /// There is another way to the same results, longer but box by box.
    Instead(Instead),
    /// Each box of the inputs, which are of one shape, has a part of the results.
    Gathered(Box<dyn Gather>),
    /// It is computed before what it is for, box by box, and not again for each box of that.
    Once(Once),
    /// It is made in one go, in the order of its rows, of arrays of which some rows are read at a time.
    Swept(Arc<dyn Sweep>),
}

/// How a box is made of boxes.
pub(super) trait Boxed: Send + Sync {
    /// Which boxes of which of the inputs a box of the result is made of.
    fn needs(&self, inputs: &[Array], region: &Region) -> Vec<(usize, Region)>;

    /// The box, made of those.
    ///
    /// # Errors
    /// Those of the functions that make it.
    fn make(&self, region: &Region, parts: Vec<Array>) -> Result<Array, Error>;

    /// Whether all of it is computed once, where there is room to hold it: a box takes far more than it comes to.
    fn is_held(&self) -> bool {
        false
    }
}

impl Rule {
    /// That a box is made by `make` of the boxes of the inputs that `needs` names.
    pub(super) fn by(
        needs: impl Fn(&Region) -> Vec<(usize, Region)> + Send + Sync + 'static,
        make: impl Fn(&Region, &[Array]) -> Result<Array, Error> + Send + Sync + 'static,
    ) -> Self {
        Self::Of(Box::new(By { needs, make }))
    }
}

struct By<N, M> {
    needs: N,
    make: M,
}

impl<N, M> Boxed for By<N, M>
where
    N: Fn(&Region) -> Vec<(usize, Region)> + Send + Sync,
    M: Fn(&Region, &[Array]) -> Result<Array, Error> + Send + Sync,
{
    fn needs(&self, _: &[Array], region: &Region) -> Vec<(usize, Region)> {
        (self.needs)(region)
    }

    fn make(&self, region: &Region, parts: Vec<Array>) -> Result<Array, Error> {
        (self.make)(region, &parts)
    }
}

/// In which boxes something is computed once; chosen for it where nothing is named.
#[derive(Clone, Debug, Default)]
pub(super) struct Once {
    /// The shape of those that are computed.
    pub(super) computed: Option<Vec<usize>>,
    /// The shape of those that are read: as many make one that is computed.
    pub(super) read: Option<Vec<usize>>,
}

/// How an array is made of others, which lie along its first axis.
pub(super) trait Sweep: Send + Sync {
    /// Makes it, piece by piece, and hands each one to `write`.
    ///
    /// # Errors
    /// Those of `read` and `write`, and what the values do not allow.
    fn sweep(&self, read: &Rows<'_>, write: &mut dyn FnMut(Data) -> Result<(), Error>) -> Result<(), Error>;

    /// How many rows a piece has; the last one may have fewer.
    fn rows(&self) -> usize;

    /// How many rows are read at a time, at the most.
    fn reads(&self) -> usize {
        self.rows()
    }

    /// Bytes that it takes, what is made of an input to be read left out.
    fn bytes(&self) -> u64;
}

/// Reads of an input, which is named by its number, from a row on, so many rows.
pub(super) type Rows<'a> = dyn Fn(usize, usize, usize) -> Result<Chunk, Error> + 'a;

/// How what a call makes of boxes, whose number of elements depends on values, becomes what it makes of all.
pub(super) trait Gather: Send + Sync {
    /// What has been made of that box, as a part of the results.
    fn place(&self, region: &Region, made: Vec<Chunk>) -> Vec<Chunk> {
        let _ = region;
        made
    }

    /// What has been made of all boxes before, and of the next one in the order of elements.
    ///
    /// # Errors
    /// [`Error::Defect`].
    fn join(&self, before: Vec<Chunk>, next: Vec<Chunk>) -> Result<Vec<Chunk>, Error>;
}

/// Another way to what a call makes, within those limits.
pub(super) type Instead = Box<dyn Fn(&[Array], Limits) -> Result<Vec<Array>, Error> + Send + Sync>;

/// How much may be in memory at a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Bytes that a box should have.
    pub(super) box_bytes: u64,
    /// Bytes that one result of a stage may be held in.
    pub(super) held: u64,
}

impl Limits {
    /// Whether there is room for a line of so many bytes: as it is, as it becomes, and as long a one that is worked in.
    pub(super) fn fit_line(self, bytes: u64) -> bool {
        bytes <= (self.held / 2).max(self.box_bytes / 4)
    }
}

/// A function of whole arrays: the elements of its results, one after the other.
pub type Whole = Arc<dyn Fn(&[Chunk]) -> Result<Vec<Data>, Error> + Send + Sync>;

/// A function that reads its arrays tile by tile: what makes them, element by element, runs as it reads.
pub type Tiled = Arc<dyn Fn(&[Reader<'_>]) -> Result<Data, Error> + Send + Sync>;

/// A function that goes on with what its first array is so far, and is given the others.
pub type Onto = Arc<dyn Fn(&mut Data, &[Chunk]) -> Result<(), Error> + Send + Sync>;

/// A function of whole arrays whose results have shapes that depend on values.
pub type Open = Arc<dyn Fn(&[Chunk]) -> Result<Vec<Chunk>, Error> + Send + Sync>;

/// A function of elements, over pieces that are all of one length.
pub type MapFn = fn(&[Slice<'_>], SliceMut<'_>);

/// How a call is computed.
#[derive(Clone)]
pub(super) enum Kernel {
    /// It is there.
    Constant(Chunk),
    /// A box of what lies somewhere.
    Stored(Arc<dyn Source>, Region),
    /// Element by element; inputs broadcast.
    Map(MapFn),
    /// The elements of its input, at other places.
    View { offset: isize, strides: Vec<isize> },
    /// The elements of its input in the same order, under another shape.
    Reshape,
    /// Many elements to one, tile by tile.
    Fold(Folding),
    /// Tile by tile.
    Tiled(Tiled),
    /// All at once.
    Whole(Whole),
    /// All at once, onto its first input: in its place, where nothing else reads that.
    Onto(Onto),
    /// All at once, and shapes are known only then.
    Open(Open),
}

impl Array {
    /// One that is there.
    pub fn constant(chunk: Chunk) -> Self {
        let outputs = vec![chunk.meta()];
        Self::of("asarray", Kernel::Constant(chunk), Vec::new(), outputs)
    }

    /// One that lies somewhere, and is read when a computation comes to it.
    pub fn stored(source: Arc<dyn Source>) -> Self {
        let outputs = vec![source.meta().clone()];
        let region = Region::whole(&source.meta().shape);
        Self::of("array", Kernel::Stored(source, region), Vec::new(), outputs)
    }

    /// A box of one that lies somewhere, of which no more is read then; nothing where it is computed.
    pub(super) fn part_of_stored(&self, part: &Region) -> Option<Self> {
        let Kernel::Stored(source, whole) = &self.call.kernel else { return None };
        let region = part.of(whole);
        let outputs = vec![Meta::new(self.dtype(), part.lengths.clone())];
        let kernel = Kernel::Stored(Arc::clone(source), region);
        Some(Self::of("array", kernel, Vec::new(), outputs))
    }

    fn of(op: &'static str, kernel: Kernel, inputs: Vec<Self>, outputs: Vec<Meta>) -> Self {
        let call = Call { op, kernel, inputs, outputs, rule: None, chunk: OnceLock::new() };
        Self { call: Arc::new(call), output: 0, times: None }
    }

    /// The same, of which boxes are made by that rule. Of an array that has just been made.
    pub(super) fn with_rule(mut self, rule: Rule) -> Self {
        if let Some(call) = Arc::get_mut(&mut self.call) {
            call.rule = Some(Arc::new(rule));
        }
        self
    }

    /// All results of a call that has just been made, likewise.
    pub(super) fn all_with_rule(mut made: Vec<Self>, rule: Rule) -> Vec<Self> {
        made.truncate(1);
        made.pop().map(|first| first.with_rule(rule).outputs()).unwrap_or_default()
    }

    /// The same, computed once, however many boxes are made of it; in boxes of these shapes, where they are named.
    pub(super) fn once(self, computed: Option<Vec<usize>>, read: Option<Vec<usize>>) -> Self {
        let (op, outputs) = (self.call.op, vec![self.meta().clone()]);
        Self::of(op, Kernel::Reshape, vec![self], outputs).with_rule(Rule::Once(Once { computed, read }))
    }

    /// The same call of other inputs, which are as the old ones in shape and dtype.
    pub(super) fn with_inputs(&self, inputs: Vec<Self>) -> Self {
        let Call { op, kernel, outputs, rule, .. } = &*self.call;
        let (kernel, outputs, rule) = (kernel.clone(), outputs.clone(), rule.clone());
        let call = Call { op, kernel, inputs, outputs, rule, chunk: OnceLock::new() };
        Self { call: Arc::new(call), output: self.output, times: None }
    }

    /// The same call of boxes of its inputs, of whose results this one has that shape. Several results have the axes
    /// before those of their lines in common.
    pub(super) fn of_boxes(&self, parts: Vec<Self>, lengths: &[usize]) -> Self {
        let Call { op, kernel, outputs, rule, .. } = &*self.call;
        let common = match rule.as_deref() {
            Some(Rule::Lines(along)) => along.first().copied().unwrap_or(0),
            _ => lengths.len(),
        };
        let outputs = outputs.iter().enumerate().map(|(output, meta)| match output == self.output {
            true => Meta::new(meta.dtype, lengths),
            false => Meta::new(meta.dtype, [&lengths[..common], &meta.shape[common..]].concat()),
        });
        let call = Self::of(op, kernel.clone(), parts, outputs.collect()).call;
        Self { call, output: self.output, times: None }
    }

    /// One that is made element by element.
    pub(super) fn map(op: &'static str, map: MapFn, inputs: Vec<Self>, output: Meta) -> Result<Self, Error> {
        let outputs = vec![output.checked(op)?];
        Ok(Self::of(op, Kernel::Map(map), inputs, outputs))
    }

    /// One that has the elements of another, at other places.
    pub(super) fn view(
        self,
        op: &'static str,
        shape: Vec<usize>,
        offset: isize,
        strides: Vec<isize>,
    ) -> Result<Self, Error> {
        let outputs = vec![Meta::new(self.dtype(), shape).checked(op)?];
        Ok(Self::of(op, Kernel::View { offset, strides }, vec![self], outputs))
    }

    /// The same elements under a shape that has as many.
    pub(super) fn reshaped(self, op: &'static str, shape: Vec<usize>) -> Result<Self, Error> {
        if shape == self.shape() {
            return Ok(self);
        }
        let outputs = vec![Meta::new(self.dtype(), shape).checked(op)?];
        Ok(Self::of(op, Kernel::Reshape, vec![self], outputs))
    }

    /// One that is made of whole others.
    pub(super) fn whole(
        op: &'static str,
        inputs: Vec<Self>,
        output: Meta,
        run: impl Fn(&[Chunk]) -> Result<Data, Error> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let run: Whole = Arc::new(move |inputs| run(inputs).map(|data| vec![data]));
        let outputs = vec![output.checked(op)?];
        Ok(Self::of(op, Kernel::Whole(run), inputs, outputs))
    }

    /// One that has come so far, and goes on with others.
    pub(super) fn onto(
        op: &'static str,
        so_far: Self,
        with: Vec<Self>,
        run: impl Fn(&mut Data, &[Chunk]) -> Result<(), Error> + Send + Sync + 'static,
    ) -> Self {
        let outputs = vec![so_far.meta().clone()];
        let inputs = std::iter::once(so_far).chain(with).collect();
        Self::of(op, Kernel::Onto(Arc::new(run)), inputs, outputs)
    }

    /// One that is made of others, which it reads tile by tile.
    pub(super) fn tiled(
        op: &'static str,
        inputs: Vec<Self>,
        output: Meta,
        run: impl Fn(&[Reader<'_>]) -> Result<Data, Error> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let outputs = vec![output.checked(op)?];
        Ok(Self::of(op, Kernel::Tiled(Arc::new(run)), inputs, outputs))
    }

    /// One of which each element is made of many of the first input; the others are read as they are.
    pub(super) fn fold(
        op: &'static str,
        inputs: Vec<Self>,
        output: Meta,
        folding: Folding,
    ) -> Result<Self, Error> {
        let outputs = vec![output.checked(op)?];
        Ok(Self::of(op, Kernel::Fold(folding), inputs, outputs))
    }

    /// One that is made of others, of which some rows are read at a time.
    pub(super) fn swept(
        op: &'static str,
        inputs: Vec<Self>,
        output: Meta,
        sweep: impl Sweep + 'static,
    ) -> Result<Self, Error> {
        let (sweep, dtype) = (Arc::new(sweep), output.dtype);
        let own = Arc::clone(&sweep);
        let made = Self::whole(op, inputs, output, move |chunks| {
            let mut all = Data::zeros(dtype, 0);
            let read = |input: usize, start: usize, length: usize| {
                let chunk = &chunks[input];
                Ok(chunk.part(&Region::rows(&chunk.shape, start, length)))
            };
            own.sweep(&read, &mut |more| all.append(&more.slice()).ok_or(Error::Defect(op)))?;
            Ok(all)
        })?;
        Ok(made.with_rule(Rule::Swept(sweep)))
    }

    /// Several that are made together.
    pub(super) fn several(
        op: &'static str,
        inputs: Vec<Self>,
        outputs: Vec<Meta>,
        run: impl Fn(&[Chunk]) -> Result<Vec<Data>, Error> + Send + Sync + 'static,
    ) -> Result<Vec<Self>, Error> {
        let outputs: Vec<Meta> =
            outputs.into_iter().map(|meta| meta.checked(op)).collect::<Result<_, _>>()?;
        let count = outputs.len();
        let call = Self::of(op, Kernel::Whole(Arc::new(run)), inputs, outputs).call;
        Ok((0..count).map(|output| Self { call: Arc::clone(&call), output, times: None }).collect())
    }

    /// What stands for several whose shapes depend on values, until it is computed: it has as many outputs as
    /// `dtypes`, and none is to be computed with.
    pub(crate) fn open(
        op: &'static str,
        inputs: Vec<Self>,
        dtypes: Vec<DType>,
        run: impl Fn(&[Chunk]) -> Result<Vec<Chunk>, Error> + Send + Sync + 'static,
    ) -> Self {
        let outputs = dtypes.into_iter().map(|dtype| Meta::new(dtype, [])).collect();
        Self::of(op, Kernel::Open(Arc::new(run)), inputs, outputs)
    }

    /// Every output of the call that it is of.
    pub fn outputs(&self) -> Vec<Self> {
        Self::of_call(&self.call)
    }

    /// Every output of a call.
    pub(super) fn of_call(call: &Arc<Call>) -> Vec<Self> {
        (0..call.outputs.len()).map(|output| Self { call: Arc::clone(call), output, times: None }).collect()
    }

    /// What no other array has as long as this one is there.
    pub(crate) fn identity(&self) -> (usize, usize) {
        (Arc::as_ptr(&self.call).addr(), self.output)
    }

    /// Whether its shape is known only once it is computed.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.call.kernel, Kernel::Open(_))
    }

    /// Whether it is all of what lies there.
    pub(super) fn reads(&self, source: &dyn Source) -> bool {
        match &self.call.kernel {
            Kernel::Stored(own, region) => {
                std::ptr::addr_eq(Arc::as_ptr(own), source) && *region == Region::whole(&source.meta().shape)
            }
            _ => false,
        }
    }

    /// What is known of it.
    pub fn meta(&self) -> &Meta {
        &self.call.outputs[self.output]
    }

    /// The type of its elements as they are computed with: times are `int64`.
    pub fn dtype(&self) -> DType {
        self.meta().dtype
    }

    /// The type of its elements.
    pub fn logical(&self) -> DType {
        self.times.unwrap_or(self.dtype())
    }

    /// What whoever asked for it is told of it.
    pub fn told(&self) -> Meta {
        Meta::new(self.logical(), self.shape())
    }

    /// The same numbers as elements of that dtype: as times, where it is one of times.
    #[must_use]
    pub fn telling(&self, dtype: DType) -> Self {
        Self { times: Some(dtype).filter(|dtype| dtype.is_time()), ..self.clone() }
    }

    /// How long its axes are.
    pub fn shape(&self) -> &[usize] {
        &self.meta().shape
    }

    /// How many axes it has.
    pub fn axes(&self) -> usize {
        self.shape().len()
    }

    /// How many elements it has.
    pub fn len(&self) -> usize {
        self.meta().len()
    }

    /// Whether it has no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its elements, where they are there already.
    pub fn known(&self) -> Option<&Chunk> {
        match &self.call.kernel {
            Kernel::Constant(chunk) => Some(chunk),
            _ => None,
        }
    }

    pub(super) fn call(&self) -> &Arc<Call> {
        &self.call
    }

    pub(super) fn output(&self) -> usize {
        self.output
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {:?}", self.op, self.outputs)
    }
}

/// Calls may hang on one another by the ten thousand: they are let go one by one, not one inside the other.
impl Drop for Call {
    fn drop(&mut self) {
        let mut left: Vec<Array> = std::mem::take(&mut self.inputs);
        while let Some(array) = left.pop() {
            if let Some(mut call) = Arc::into_inner(array.call) {
                left.append(&mut call.inputs);
            }
        }
    }
}
