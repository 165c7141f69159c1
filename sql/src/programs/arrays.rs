//! Programs that come to arrays: computed on the pool, within what the ledger gives, and answered as rows.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use pantile_core::array::grid::Region;
use pantile_core::array::keep::{Keep, packing_bytes};
use pantile_core::array::persisted::Persisted;
use pantile_core::array::stages::{Doing, Shards, Staged, part};
use pantile_core::array::{self, Array, Chunk, Plan, rows, zarr};
use pantile_core::catalog::{Change, NewArray, OnTaken, check_name};
use pantile_core::lang::{self, Program};
use pantile_core::pool::{Charge, caught};
use pantile_core::store::{Scratch, ScratchSpace};
use pantile_core::{Code, did_you_mean, nearest};

use crate::context::Context;
use crate::statements::{Prepared, writing};
use crate::{Answer, Error, Outcome, RunsOn};

/// Elements below which a computation is over before another thread has woken up.
const FEW: u64 = 1 << 12;

/// Bytes of what is stored from which on it is read box by box, even where all of it would fit.
const READ_AT_ONCE: u64 = 32 << 20;
/// Boxes in which something is computed from which on it notes how far it has come.
const NOTED_BOXES: u64 = 8;
/// Pieces of an answer that are computed before the one on its way out has gone.
const AHEAD: usize = 2;

/// How arrays are computed.
enum Way {
    /// In memory, step by step.
    Whole(Plan),
    /// In stages, box by box.
    Staged(Arc<InStages>),
}

/// Stages, and what goes with them.
struct InStages {
    staged: Staged,
    context: Arc<Context>,
    scratch: Option<Arc<Scratch>>,
}

impl InStages {
    fn doing(&self) -> Doing<'_> {
        let ask = &self.context.ask;
        Doing { cancel: &ask.cancel, progress: &ask.progress, scratch: self.scratch.as_ref() }
    }

    /// Computes what has to be known before any result.
    async fn run(self: &Arc<Self>) -> Result<(), Error> {
        self.on_pool(|own| own.staged.run(&own.doing())).await
    }

    async fn on_pool<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, array::Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (own, _computing) = (Arc::clone(self), self.context.ask.progress.computing());
        let made = self.context.engine.parts.pool.run(move || work(&own)).await?;
        made.map_err(|error| ended(&self.context, &error))
    }
}

/// The arrays, as the rows of an answer.
pub(super) async fn prepare(context: Arc<Context>, arrays: &[Array]) -> Result<Prepared, Error> {
    let told: Vec<_> = arrays.iter().map(Array::told).collect();
    let schema = rows::schema(&told);
    let (way, charge) = way(&context, arrays, None).await?;
    let batches = match (way, arrays) {
        (Way::Staged(stages), [_]) => bands(stages, &schema).await?,
        (way, _) => {
            let chunks = whole(&context, way).await?;
            stream::iter(rows::batches(&told, chunks).map(|batch| batch.map_err(|error| untold(&error))))
                .boxed()
        }
    };
    let progress = Arc::clone(&context.ask.progress);
    let batches = batches.map(move |batch| {
        // Charged as long as any of it is to come.
        let _held = &charge;
        batch.inspect(|batch| {
            progress.rows.fetch_add(batch.num_rows() as u64, std::sync::atomic::Ordering::Relaxed);
        })
    });
    Ok(Prepared::Answer(Answer {
        schema,
        batches: batches.boxed(),
        snapshot: context.pin.id,
        outcome: Outcome::Rows,
        runs_on: RunsOn::Arrays,
    }))
}

/// The one array that the stages come to, piece by piece, in the order of its elements.
async fn bands(
    stages: Arc<InStages>,
    schema: &SchemaRef,
) -> Result<BoxStream<'static, Result<RecordBatch, Error>>, Error> {
    stages.run().await?;
    let Some(outcome) = stages.staged.results().first() else { return Ok(stream::empty().boxed()) };
    let regions: Vec<Region> = outcome.grid.regions().collect();
    let (ahead, schema) = (outcome.at_once.min(AHEAD), Arc::clone(schema));
    let piece = move |region: Region| {
        let (stages, schema) = (Arc::clone(&stages), Arc::clone(&schema));
        async move {
            let made = stages.on_pool(move |own| {
                let outcome = own.staged.results().first().ok_or(array::Error::Defect("a piece"))?;
                let piece = part(&outcome.array, &region, own.doing().cancel)?;
                own.doing().did_box();
                Ok(piece)
            });
            let batches =
                rows::batches_of(schema, made.await?).map(|batch| batch.map_err(|error| untold(&error)));
            Ok::<_, Error>(stream::iter(batches))
        }
    };
    Ok(stream::iter(regions).map(piece).buffered(ahead).try_flatten().boxed())
}

/// The array of the program, kept under its name.
pub(super) fn store(context: Arc<Context>, keep: Arc<Keep>) -> Result<Prepared, Error> {
    writing(&context)?;
    check_name(&keep.name)?;
    let or = match (context.lasting.kind_of(&keep.name), keep.replaces) {
        (Some("array"), true) => OnTaken::Replace,
        (Some(kind), _) => {
            let article = if kind == "array" { "an" } else { "a" };
            let said = format!("there is {article} {kind} `{}` already", keep.name);
            let hint = match kind {
                "array" => "`if_exists=\"replace\"` puts this one in its place",
                _ => "an array needs a name of its own",
            };
            return Err(Error::new(Code::AlreadyExists, said).hinted(Some(hint.to_owned())));
        }
        (None, true) => OnTaken::Replace,
        (None, false) => OnTaken::Fail,
    };
    Ok(Prepared::Work(
        async move {
            let (own, room) = (Arc::clone(&keep), context.engine.parts.query.limit());
            let cut = context.engine.parts.pool.run(move || own.cut(room)).await?;
            let (description, array) = cut.map_err(|error| Error::of_arrays(&error))?;
            let room_for = || context.engine.parts.cache.room_for_array(array.meta().bytes());
            let held = keep.in_memory.then(room_for).flatten();
            let packing = if held.is_some() { 0 } else { packing_bytes(&description) };
            // A box that stays in memory is read as it is.
            let shards = (description.chunk.clone(), held.is_none());
            let (staged, _charge) = staged(&context, &[array], Some(shards), packing).await?;
            let key = noted(&context, &staged, &zarr::metadata(&description))?;
            let stages = Arc::new(in_stages(&context, staged, key).await?);
            stages.run().await?;
            let (own, store) = (Arc::clone(&keep), Arc::clone(&context.engine.parts.store));
            let array = stages.on_pool(move |stages| {
                let outcome = stages.staged.results().first().ok_or(array::Error::Defect("store"))?;
                let Some(held) = held else {
                    return own.write(outcome, description, &store, &stages.doing());
                };
                let (told, chunk) = (description.stored.dtype(), description.inner());
                let elements = Persisted::computed(outcome, told, chunk, held, &stages.doing())?;
                Ok(NewArray::in_memory(elements, zarr::metadata(&description)))
            });
            let array = array.await?;
            let (name, elements) = (keep.name.to_string(), keep.array.len() as u64);
            let tag = if keep.in_memory { "PERSIST" } else { "STORE" };
            let done = context.commit(tag, Some(elements), vec![Change::PutArray { name, array, or }]).await;
            // What is left of it is needed until then.
            drop(stages);
            done
        }
        .boxed(),
    ))
}

/// The arrays that the program names, by their names: nothing of them is read yet.
pub(super) fn stored(context: &Context, program: &Program) -> Result<HashMap<Arc<str>, Array>, Error> {
    let mut found = HashMap::new();
    for (name, span) in lang::reads_arrays(program)? {
        let at = || Some(program.position(span).into());
        let Some(array) = context.pin.array(&name) else {
            return Err(none(context, &name).at(at()));
        };
        found.insert(name, context.engine.array(array).map_err(|error| error.at(at()))?);
    }
    Ok(found)
}

/// That no array has the name: nothing has it, or something else.
fn none(context: &Context, name: &str) -> Error {
    match context.pin.kind_of(name) {
        Some(kind) => Error::new(Code::Unsupported, format!("`{name}` is a {kind}, and no array"))
            .hinted(Some(format!("`table({name:?})` reads its rows"))),
        None => {
            let arrays = context.pin.arrays.keys().map(String::as_str);
            let near = did_you_mean(nearest(name, arrays));
            Error::new(Code::UnknownDataset, format!("there is no array `{name}`{near}"))
                .hinted(Some("`PUT /v1/arrays/{name}` keeps one".to_owned()))
        }
    }
}

/// The arrays that a program asks for before it goes on, computed; and what they are charged with. `step` says which of all
/// that it asks for they are.
pub(super) async fn computed(
    context: &Arc<Context>,
    arrays: &[Array],
    step: &str,
) -> Result<(Vec<Chunk>, Charge), Error> {
    let (way, mut charge) = way(context, arrays, Some(step)).await?;
    if let Way::Staged(_) = &way {
        // All of them are there at the end.
        let bytes = arrays.iter().map(|array| array.meta().bytes()).fold(0, u64::saturating_add);
        charge.try_grow(bytes)?;
    }
    Ok((whole(context, way).await?, charge))
}

async fn whole(context: &Arc<Context>, way: Way) -> Result<Vec<Chunk>, Error> {
    let cancel = context.ask.cancel.clone();
    let made = match way {
        Way::Whole(plan) if plan.elements() <= FEW && plan.stored_bytes().is_none() => {
            caught(|| plan.run(&cancel))?
        }
        Way::Whole(plan) => {
            let _computing = context.ask.progress.computing();
            context.engine.parts.pool.run(move || plan.run(&cancel)).await?
        }
        Way::Staged(stages) => {
            stages.run().await?;
            let all = |own: &InStages| {
                let (results, doing) = (own.staged.results(), own.doing());
                results.iter().map(|result| own.staged.whole(result, &doing)).collect()
            };
            return stages.on_pool(all).await;
        }
    };
    made.map_err(|error| ended(context, &error))
}

/// The key of what a step of a program notes, where it is long and would be the same if it were asked again: of the program with
/// the values that were sent, the arrays that it reads, how it is cut, and which step of the program it is.
fn noted(context: &Context, staged: &Staged, step: &str) -> Result<Option<String>, Error> {
    let sent = context.ask.program.as_ref();
    let has_more = sent.is_some_and(|sent| !(sent.arrays.is_empty() && sent.frames.is_empty()));
    if staged.boxes() < NOTED_BOXES || has_more {
        return Ok(None);
    }
    let program = lang::parse(&context.ask.sql, &lang::Limits::default())?;
    if !lang::reads(&program)?.is_empty() {
        return Ok(None);
    }
    let mut parts = vec![env!("CARGO_PKG_VERSION").to_owned(), program.text().to_string()];
    let mut values: Vec<String> =
        sent.iter().flat_map(|sent| &sent.values).map(|value| format!("{value:?}")).collect();
    values.sort();
    parts.append(&mut values);
    for (name, _) in lang::reads_arrays(&program)? {
        match context.pin.array(&name) {
            // What lies at somebody else's location may become another at any time.
            Some(array) if array.location.is_some() => return Ok(None),
            found => parts.extend(found.map(|array| array.uuid.clone())),
        }
    }
    parts.extend([staged.shape(), step.to_owned()]);
    Ok(Some(ScratchSpace::key(&parts)))
}

/// The stages with the scratch of that key; or of none, where they need any.
async fn in_stages(context: &Arc<Context>, staged: Staged, key: Option<String>) -> Result<InStages, Error> {
    let limit = context.engine.parts.unfinished.limit();
    staged.within_scratch(limit).map_err(|error| Error::of_arrays(&error))?;
    let scratch = match key.is_some() || staged.needs_scratch() {
        true => {
            let space = Arc::clone(&context.engine.parts.unfinished);
            let made = context.engine.parts.pool.run(move || space.scratch(key.as_deref())).await?;
            Some(Arc::new(made?))
        }
        false => None,
    };
    Ok(InStages { staged, context: Arc::clone(context), scratch })
}

/// What is said of a computation that failed, or was ended.
fn ended(context: &Context, error: &array::Error) -> Error {
    match (context.ask.cancel.reason(), error) {
        (Some(reason), array::Error::Stopped) => Error::stopped(reason),
        (_, error) => Error::of_arrays(error),
    }
}

/// How the arrays are computed, and what that is charged with: in memory where they fit and little is read for it. A step of a
/// program notes how far it has come.
async fn way(context: &Arc<Context>, arrays: &[Array], step: Option<&str>) -> Result<(Way, Charge), Error> {
    let plan = Plan::new(arrays);
    if plan.stored_bytes().is_none_or(|bytes| bytes <= READ_AT_ONCE) {
        let charge = context.engine.parts.query.try_charge(&context.ask.query_id, plan.peak().0);
        if let Ok(charge) = charge {
            return Ok((Way::Whole(plan), charge));
        }
    }
    let (staged, charge) = staged(context, arrays, None, 0).await?;
    let key = step.map_or(Ok(None), |step| noted(context, &staged, step))?;
    Ok((Way::Staged(Arc::new(in_stages(context, staged, key).await?)), charge))
}

/// The stages of the arrays, in what memory there is; results in shards of that shape, where they are kept, and in
/// boxes of several of them where that is said. For each piece of a result `beside` bytes are taken, too.
async fn staged(
    context: &Arc<Context>,
    arrays: &[Array],
    shards: Option<(Vec<usize>, bool)>,
    beside: u64,
) -> Result<(Staged, Charge), Error> {
    let account = &context.engine.parts.query;
    let room = account.limit().saturating_sub(account.used());
    let arrays = arrays.to_vec();
    let make = move || {
        let shards = shards.as_ref().map(|(shape, several)| Shards { shape, several: *several });
        Staged::new(&arrays, room, shards, beside)
    };
    let staged = context.engine.parts.pool.run(make).await?;
    let staged = staged.map_err(|error| Error::of_arrays(&error))?;
    let charge = account.try_charge(&context.ask.query_id, staged.peak())?;
    Ok((staged, charge))
}

/// That elements cannot be told in the columns of an answer: days that Arrow does not have.
fn untold(error: &ArrowError) -> Error {
    match error {
        ArrowError::ComputeError(said) => Error::new(Code::InvalidValue, said.clone()),
        other => Error::defect(other),
    }
}

impl Error {
    pub(crate) fn of_arrays(error: &array::Error) -> Self {
        match error.code() {
            Code::Internal => Self::defect(error),
            code => {
                let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
                let said = causes.fold(error.to_string(), |said, cause| format!("{said}: {cause}"));
                Self::new(code, said).hinted(hint(error))
            }
        }
    }
}

/// What whoever asked can do.
fn hint(error: &array::Error) -> Option<String> {
    match error {
        array::Error::NoRoom { chunk: Some(chunk), .. } => {
            Some(format!("what it reads is unpacked in chunks that are too large: kept with `chunks={chunk:?}` it would do"))
        }
        array::Error::NoRoom { .. } => Some(
            "take a part of it, or a dtype of fewer bytes; sums, products and whatever works element by element, line by \
             line or with neighbours is computed in boxes of any size"
                .to_owned(),
        ),
        _ => None,
    }
}
