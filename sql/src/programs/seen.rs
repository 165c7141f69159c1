//! Verbs whose columns are values in rows, such as `pivot`: while the program is planned, the part before them is run
//! for those rows, at the same snapshot and within the question's memory and time. Then it is bound again.

use std::sync::Arc;

use futures::TryStreamExt;
use pantile_core::Code;
use pantile_core::frame::engine::{self, Narrowed};
use pantile_core::lang::{self, Asked, Program, Sources, Step, Typed};

use super::Read;
use crate::Error;
use crate::context::Context;

/// The program, bound to what it reads and to what its verbs have to see.
pub(super) async fn bound(context: &Arc<Context>, program: &Program, read: &[Read]) -> Result<Typed, Error> {
    let limits = lang::Limits::default();
    let values = context.ask.program.as_ref().map(|sent| sent.values.clone()).unwrap_or_default();
    let schemas = read.iter().map(|read| (read.source.clone(), Arc::clone(&read.columns))).collect();
    let arrays = context.ask.program.as_ref().map(|sent| sent.arrays.clone()).unwrap_or_default();
    let stored = super::arrays::stored(context, program)?;
    let mut known = Sources { values, arrays, stored, schemas, alone: context.is_view, ..Sources::default() };
    let mut held = Vec::new();
    loop {
        match lang::step(program, &known, &limits)? {
            Step::Done(typed) => return Ok(typed),
            Step::Asks(Asked::Arrays { arrays, span }) => {
                let step = format!("{} {span:?}", known.arrays_seen.len());
                let (chunks, charge) = super::arrays::computed(context, &arrays, &step).await?;
                held.push(charge);
                known.arrays_seen.insert(span, chunks);
            }
            Step::Asks(asked) => {
                let rows = rows(context, program, &asked, read, &limits).await?;
                known.seen.insert(asked.span(), rows);
            }
        }
    }
}

/// The rows that are asked for: no more than a frame may have columns.
async fn rows(
    context: &Arc<Context>,
    program: &Program,
    asked: &Asked,
    read: &[Read],
    limits: &lang::Limits,
) -> Result<engine::Rows, Error> {
    let Asked::Rows(frame) = asked else {
        return Err(Error::new(Code::Internal, "rows were asked for that are none"));
    };
    let wanted = super::wanted(program, frame, read, &Narrowed::default())?;
    let plan = super::on_polars(context, frame, read, wanted, &Narrowed::default()).await?;
    let schema = plan.schema();
    let mut stream = context.look(plan);
    let (mut batches, mut rows) = (Vec::new(), 0_usize);
    while let Some(batch) = stream.try_next().await? {
        rows = rows.saturating_add(batch.num_rows());
        asked.check(rows, program, limits)?;
        batches.push(batch);
    }
    engine::rows_of(&frame.schema, &schema, &batches)
        .map_err(|error| Error::new(Code::Internal, format!("rows that a verb asked for are lost: {error}")))
}
