//! A computation on arrays, before it runs: a graph of calls whose shapes and dtypes are known.

use std::fmt;
use std::sync::Arc;

use super::dtype::DType;
use super::element::{Data, Element, Slice, SliceMut};
use super::error::Error;
use super::fuse::Reader;
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
}

/// What makes one array or several of others.
pub struct Call {
    pub(super) op: &'static str,
    pub(super) kernel: Kernel,
    pub(super) inputs: Vec<Array>,
    pub(super) outputs: Vec<Meta>,
}

/// A function of whole arrays: the elements of its results, one after the other.
pub type Whole = Box<dyn Fn(&[Chunk]) -> Result<Vec<Data>, Error> + Send + Sync>;

/// A function that reads its arrays tile by tile: what makes them, element by element, runs as it reads.
pub type Tiled = Box<dyn Fn(&[Reader<'_>]) -> Result<Data, Error> + Send + Sync>;

/// A function of whole arrays whose results have shapes that depend on values.
pub type Open = Box<dyn Fn(&[Chunk]) -> Result<Vec<Chunk>, Error> + Send + Sync>;

/// A function of elements, over pieces that are all of one length.
pub type MapFn = fn(&[Slice<'_>], SliceMut<'_>);

/// How a call is computed.
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
    /// Tile by tile.
    Tiled(Tiled),
    /// All at once.
    Whole(Whole),
    /// All at once, and shapes are known only then.
    Open(Open),
}

impl Array {
    /// One that is there.
    pub fn constant(chunk: Chunk) -> Self {
        let outputs = vec![chunk.meta()];
        Self::of(Call { op: "asarray", kernel: Kernel::Constant(chunk), inputs: Vec::new(), outputs })
    }

    /// One that lies somewhere, and is read when a computation comes to it.
    pub fn stored(source: Arc<dyn Source>) -> Self {
        let outputs = vec![source.meta().clone()];
        let region = Region::whole(&source.meta().shape);
        Self::of(Call { op: "array", kernel: Kernel::Stored(source, region), inputs: Vec::new(), outputs })
    }

    /// A box of one that lies somewhere, of which no more is read then; nothing where it is computed.
    pub(super) fn part_of_stored(&self, part: &Region) -> Option<Self> {
        let Kernel::Stored(source, whole) = &self.call.kernel else { return None };
        let start = whole.start.iter().zip(&part.start).map(|(whole, part)| whole.saturating_add(*part));
        let region = Region { start: start.collect(), lengths: part.lengths.clone() };
        let outputs = vec![Meta::new(self.dtype(), part.lengths.clone())];
        let kernel = Kernel::Stored(Arc::clone(source), region);
        Some(Self::of(Call { op: "array", kernel, inputs: Vec::new(), outputs }))
    }

    fn of(call: Call) -> Self {
        Self { call: Arc::new(call), output: 0 }
    }

    /// One that is made element by element.
    pub(super) fn map(op: &'static str, map: MapFn, inputs: Vec<Self>, output: Meta) -> Result<Self, Error> {
        let outputs = vec![output.checked(op)?];
        Ok(Self::of(Call { op, kernel: Kernel::Map(map), inputs, outputs }))
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
        Ok(Self::of(Call { op, kernel: Kernel::View { offset, strides }, inputs: vec![self], outputs }))
    }

    /// The same elements under a shape that has as many.
    pub(super) fn reshaped(self, op: &'static str, shape: Vec<usize>) -> Result<Self, Error> {
        if shape == self.shape() {
            return Ok(self);
        }
        let outputs = vec![Meta::new(self.dtype(), shape).checked(op)?];
        Ok(Self::of(Call { op, kernel: Kernel::Reshape, inputs: vec![self], outputs }))
    }

    /// One that is made of whole others.
    pub(super) fn whole(
        op: &'static str,
        inputs: Vec<Self>,
        output: Meta,
        run: impl Fn(&[Chunk]) -> Result<Data, Error> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let run: Whole = Box::new(move |inputs| run(inputs).map(|data| vec![data]));
        let outputs = vec![output.checked(op)?];
        Ok(Self::of(Call { op, kernel: Kernel::Whole(run), inputs, outputs }))
    }

    /// One that is made of others, which it reads tile by tile.
    pub(super) fn tiled(
        op: &'static str,
        inputs: Vec<Self>,
        output: Meta,
        run: impl Fn(&[Reader<'_>]) -> Result<Data, Error> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let outputs = vec![output.checked(op)?];
        Ok(Self::of(Call { op, kernel: Kernel::Tiled(Box::new(run)), inputs, outputs }))
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
        let call = Arc::new(Call { op, kernel: Kernel::Whole(Box::new(run)), inputs, outputs });
        Ok((0..count).map(|output| Self { call: Arc::clone(&call), output }).collect())
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
        Self::of(Call { op, kernel: Kernel::Open(Box::new(run)), inputs, outputs })
    }

    /// Every output of the call that it is of.
    pub fn outputs(&self) -> Vec<Self> {
        (0..self.call.outputs.len()).map(|output| Self { call: Arc::clone(&self.call), output }).collect()
    }

    /// What is known of it.
    pub fn meta(&self) -> &Meta {
        &self.call.outputs[self.output]
    }

    /// The type of its elements.
    pub fn dtype(&self) -> DType {
        self.meta().dtype
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
