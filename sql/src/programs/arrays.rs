//! Programs that come to arrays: computed on the pool, within what the ledger gives, and answered as rows.

use std::collections::HashMap;
use std::sync::Arc;

use futures::{StreamExt, stream};
use pantile_core::array::stored::StoredReader;
use pantile_core::array::{self, Array, Chunk, Plan, rows};
use pantile_core::lang::{self, Program};
use pantile_core::pool::{Charge, caught};
use pantile_core::{Code, did_you_mean, nearest};

use crate::context::Context;
use crate::statements::Prepared;
use crate::{Answer, Error, Outcome, RunsOn};

/// Elements below which a computation is over before another thread has woken up.
const FEW: u64 = 1 << 12;

/// The arrays, as the rows of an answer.
pub(super) async fn prepare(context: Arc<Context>, arrays: &[Array]) -> Result<Prepared, Error> {
    let (chunks, charge) = computed(&context, arrays).await?;
    let schema = rows::schema(&chunks.iter().map(Chunk::meta).collect::<Vec<_>>());
    let progress = Arc::clone(&context.ask.progress);
    let batches = rows::batches(chunks).map(move |batch| {
        // Charged as long as any of it is to come.
        let _held = &charge;
        let batch = batch.map_err(|error| Error::defect(&error))?;
        progress.rows.fetch_add(batch.num_rows() as u64, std::sync::atomic::Ordering::Relaxed);
        Ok(batch)
    });
    Ok(Prepared::Answer(Answer {
        schema,
        batches: stream::iter(batches).boxed(),
        snapshot: context.pin.id,
        outcome: Outcome::Rows,
        runs_on: RunsOn::Arrays,
    }))
}

/// The arrays that the program names, by their names: nothing of them is read yet.
pub(super) fn stored(context: &Context, program: &Program) -> Result<HashMap<Arc<str>, Array>, Error> {
    let mut found = HashMap::new();
    for (name, span) in lang::reads_arrays(program)? {
        let at = || Some(program.position(span).into());
        let Some(array) = context.pin.array(&name) else {
            return Err(none(context, &name).at(at()));
        };
        let reader = StoredReader::new(array, &context.engine.parts.store);
        let reader = reader.map_err(|error| Error::of_arrays(&error).at(at()))?;
        found.insert(name, Array::stored(Arc::new(reader)));
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

/// The arrays, computed; and what they are charged with.
pub(super) async fn computed(
    context: &Arc<Context>,
    arrays: &[Array],
) -> Result<(Vec<Chunk>, Charge), Error> {
    let plan = Plan::new(arrays);
    let charge = charged(context, &plan)?;
    let cancel = context.ask.cancel.clone();
    let made = match plan.elements() <= FEW && !plan.reads_stored() {
        true => caught(|| plan.run(&cancel))?,
        false => context.engine.parts.pool.run(move || plan.run(&cancel)).await?,
    };
    let chunks = made.map_err(|error| match (context.ask.cancel.reason(), error) {
        (Some(reason), array::Error::Stopped) => Error::stopped(reason),
        (_, error) => Error::of_arrays(&error),
    })?;
    Ok((chunks, charge))
}

/// What the plan takes at its worst moment, or which step of it takes too much.
fn charged(context: &Context, plan: &Plan) -> Result<Charge, Error> {
    let (peak, at) = plan.peak();
    let charge = context.engine.parts.query.try_charge(&context.ask.query_id, peak);
    charge.map_err(|over| {
        let error = Error::from(over);
        match at {
            Some((op, meta)) => {
                let hint = format!(
                    "`{op}` makes {} of shape {:?}, {} bytes, and with what it needs beside {peak} bytes are held; take a part of \
                     it, or a dtype of fewer bytes",
                    meta.dtype,
                    meta.shape,
                    meta.bytes()
                );
                error.hinted(Some(hint))
            }
            None => error,
        }
    })
}

impl Error {
    fn of_arrays(error: &array::Error) -> Self {
        match error.code() {
            Code::Internal => Self::defect(error),
            code => {
                let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
                let said = causes.fold(error.to_string(), |said, cause| format!("{said}: {cause}"));
                Self::new(code, said)
            }
        }
    }
}
