//! Programs that come to arrays: computed on the pool, within what the ledger gives, and answered as rows.

use std::sync::Arc;

use futures::{StreamExt, stream};
use pantile_core::Code;
use pantile_core::array::{self, Array, Chunk, Plan, rows};
use pantile_core::pool::{Charge, caught};

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

/// The arrays, computed; and what they are charged with.
pub(super) async fn computed(
    context: &Arc<Context>,
    arrays: &[Array],
) -> Result<(Vec<Chunk>, Charge), Error> {
    let plan = Plan::new(arrays);
    let charge = charged(context, &plan)?;
    let cancel = context.ask.cancel.clone();
    let made = match plan.elements() <= FEW {
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
