//! Prepared statements: a text, what is known of it, and the parameters that were bound to it last.

use std::sync::Arc;

use arrow_flight::sql::DoPutUpdateResult;
use bytes::Bytes;
use pantile_core::Code;
use pantile_core::catalog::Draft;
use pantile_core::pool::Charge;
use pantile_sql::{Description, Outcome, Params, takes_rows};
use parking_lot::Mutex;
use prost::Message;
use uuid::Uuid;

use super::call::Call;
use super::put::Incoming;
use super::shelf::over;
use crate::desk::Question;
use crate::error::Problem;

/// Rows of parameters that are rows of one `INSERT`: each statement makes a partition.
const ROWS_TOGETHER: usize = 10_000;
/// Rows of parameters that one `DoPut` may bring.
const ROWS_MAX: u64 = 1_000_000;

/// A prepared statement.
pub(super) struct Prepared {
    sql: String,
    substrait: Option<Bytes>,
    pub(super) described: Description,
    transaction: Option<Bytes>,
    bound: Mutex<Option<Bound>>,
}

/// Rows of parameters, and what they are charged with.
pub(super) struct Bound {
    pub(super) rows: Vec<Params>,
    pub(super) _charge: Charge,
}

impl Prepared {
    pub(super) fn new(
        sql: String,
        substrait: Option<Bytes>,
        described: Description,
        transaction: Option<Bytes>,
    ) -> Self {
        Self { sql, substrait, described, transaction, bound: Mutex::default() }
    }

    /// Bytes that it takes without parameters.
    pub(super) fn bytes(&self) -> u64 {
        let texts = [Some(self.sql.len()), self.substrait.as_ref().map(Bytes::len)];
        let columns = [&self.described.schema, &self.described.parameters].map(|it| it.fields().size());
        let bytes = texts.into_iter().flatten().chain(columns).map(|bytes| bytes as u64);
        bytes.fold(size_of::<Self>() as u64, u64::saturating_add)
    }

    /// Takes the parameters that were put, in the place of those before.
    pub(super) async fn bind(&self, call: &Call, incoming: Incoming) -> Result<(), Problem> {
        // Those before go first: there may not be room for both.
        *self.bound.lock() = None;
        let rows = self.rows(call, incoming).await?;
        *self.bound.lock() = rows;
        Ok(())
    }

    /// The statement with the one row of parameters that was bound to it, or none.
    pub(super) fn question(&self, call: &Call) -> Result<Question, Problem> {
        let bound = self.bound.lock();
        let params = match bound.as_ref().map_or(&[][..], |bound| bound.rows.as_slice()) {
            [] => Params::None,
            [one] => one.clone(),
            more => {
                let said = format!("{} rows of parameters are bound, and a question takes one", more.len());
                return Err(Problem::new(Code::Unsupported, said).hint("ask once for each row"));
            }
        };
        self.with(call, params)
    }

    /// Runs the statement once for each row of parameters that is put, or once if nothing is; rows it touched.
    pub(super) async fn update(&self, call: &Call, incoming: Incoming) -> Result<i64, Problem> {
        let put = self.rows(call, incoming).await?;
        let bound = self.bound.lock().take();
        let rows = put.or(bound);
        let rows = rows.as_ref().map_or(&[Params::None][..], |bound| bound.rows.as_slice());
        match rows {
            // As often as there are rows.
            [] => return Ok(0),
            [one] => return updated(call, self.with(call, one.clone())?).await,
            _ => {}
        }
        let open = match call.transaction(self.transaction.as_deref())? {
            Some(named) => Some(named),
            None => call.state()?.transaction(),
        };
        // All rows or none, and one commit for all of them.
        let Some(open) = open else {
            let own = Arc::new(call.app.catalog.begin_draft(call.app.settings().transaction_ttl.0));
            let touched = self.each(call, rows, &own).await?;
            call.app.catalog.publish(&own, Some(call.caller.name().to_owned()), None).await?;
            return Ok(touched);
        };
        let mark = format!("update:{}", Uuid::now_v7().simple());
        open.savepoint(&mark)?;
        let done = self.each(call, rows, &open).await;
        if done.is_err() {
            open.back_to(&mark)?;
        }
        open.release_savepoint(&mark)?;
        done
    }

    /// Runs the statement for all rows of parameters as a part of the transaction.
    async fn each(&self, call: &Call, rows: &[Params], draft: &Arc<Draft>) -> Result<i64, Problem> {
        let together = if self.substrait.is_none() && takes_rows(&self.sql) { ROWS_TOGETHER } else { 1 };
        let mut touched = -1_i64;
        for rows in rows.chunks(together) {
            let params = match rows {
                [one] => one.clone(),
                rows => Params::Rows(rows.to_vec()),
            };
            let question = Question { transaction: Some(Arc::clone(draft)), ..self.with(call, params)? };
            let rows = updated(call, question).await?;
            // What touches no rows adds none.
            touched = if touched < 0 { rows } else { touched.saturating_add(rows.max(0)) };
        }
        Ok(touched)
    }

    fn with(&self, call: &Call, params: Params) -> Result<Question, Problem> {
        let question = call.question_in(self.sql.clone(), params, self.transaction.as_deref())?;
        Ok(Question { substrait: self.substrait.clone(), ..question })
    }

    async fn rows(&self, call: &Call, incoming: Incoming) -> Result<Option<Bound>, Problem> {
        let wanted = Arc::clone(&self.described.parameters);
        let charge = call.owner()?.account.try_charge("bound parameters", 0).map_err(|it| over(&it))?;
        incoming.params(&call.app, ROWS_MAX, charge, wanted).await
    }
}

/// Runs a statement that changes something; how many rows it touched, -1 where it touches none.
pub(super) async fn updated(call: &Call, question: Question) -> Result<i64, Problem> {
    let held = call.app.desk.hold(question).await?;
    match held.outcome {
        Outcome::Done { rows, .. } => Ok(rows.and_then(|rows| i64::try_from(rows).ok()).unwrap_or(-1)),
        Outcome::Rows => Err(Problem::invalid("this statement asks for rows, and does not update any")
            .hint("ask for its flight instead")),
    }
}

/// The answer to an update.
pub(super) fn touched(record_count: i64) -> Bytes {
    DoPutUpdateResult { record_count }.encode_to_vec().into()
}
