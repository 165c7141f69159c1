//! Results of which each box of an array has a part.

use super::super::apart;
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Gather, Rule};
use super::super::grid::{Grid, Region};
use super::super::part::Boxes;
use super::super::plan::Plan;
use super::Doing;
use super::so_far::SoFar;

/// What a call makes of an array, gathered box by box.
pub(super) struct Gathering {
    /// What it makes of all.
    pub(super) all: Array,
    /// The boxes, in the order of the elements.
    pub(super) over: Grid,
    /// Bytes that the results may have.
    pub(super) limit: u64,
}

impl Gathering {
    pub(super) fn run(
        &self,
        at_once: usize,
        mut so_far: SoFar<'_>,
        doing: &Doing<'_>,
    ) -> Result<Vec<Chunk>, Error> {
        let gather = self.gather()?;
        let mut regions: Vec<Region> = self.over.regions().collect();
        if regions.is_empty() {
            // Of no elements, too, something is made.
            regions.push(Region::whole(self.over.shape()));
        }
        let outputs = &self.all.call().outputs;
        let is_own = |(done, all): &(usize, Vec<Chunk>)| {
            let dtypes = all.iter().map(|chunk| chunk.data.dtype());
            *done <= regions.len() && dtypes.eq(outputs.iter().map(|meta| meta.dtype))
        };
        let (mut done, mut all) = match so_far.found().filter(is_own) {
            Some((done, all)) => (done, Some(all)),
            None => (0, None),
        };
        doing.did_boxes(done as u64);
        for wave in regions[done..].chunks(at_once) {
            let made = apart::made(wave.len(), &|at| {
                let made = self.plan_of(&wave[at])?.run(doing.cancel)?;
                doing.did_box();
                Ok::<_, Error>(gather.place(&wave[at], made))
            });
            for made in made {
                all = Some(match all.take() {
                    Some(before) => gather.join(before, made?)?,
                    None => made?,
                });
            }
            self.within(all.iter().flatten())?;
            done += wave.len();
            so_far.note(done, |note| {
                all.iter().flatten().for_each(|chunk| note.push(&chunk.shape, &chunk.data));
                Ok(())
            })?;
        }
        all.ok_or(Error::Defect(self.all.call().op))
    }

    /// What is computed for a box.
    pub(super) fn plan_of(&self, region: &Region) -> Result<Plan, Error> {
        let mut boxes = Boxes::default();
        let inputs = self.all.call().inputs.iter().map(|input| boxes.part(input, region));
        let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
        Ok(Plan::new(&self.all.with_inputs(inputs).outputs()))
    }

    /// Bytes of all that is read.
    pub(super) fn bytes(&self) -> u64 {
        self.all.call().inputs.iter().map(|input| input.meta().bytes()).fold(0, u64::saturating_add)
    }

    fn gather(&self) -> Result<&dyn Gather, Error> {
        match self.all.call().rule.as_deref() {
            Some(Rule::Gathered(gather)) => Ok(&**gather),
            _ => Err(Error::Defect(self.all.call().op)),
        }
    }

    fn within<'a>(&self, made: impl Iterator<Item = &'a Chunk>) -> Result<(), Error> {
        let bytes = made.map(|chunk| chunk.meta().bytes()).fold(0, u64::saturating_add);
        match bytes > self.limit {
            true => Err(Error::NoRoom {
                op: self.all.call().op,
                shape: self.all.call().inputs.first().map(|input| input.shape().to_vec()).unwrap_or_default(),
                bytes,
                limit: self.limit,
                chunk: None,
            }),
            false => Ok(()),
        }
    }
}
