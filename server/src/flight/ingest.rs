//! Rows that come over Flight into a table: received to disk as the Arrow stream they are, then loaded as every
//! upload is.

use std::sync::Arc;

use pantile_core::catalog::Draft;
use pantile_core::format;

use super::call::Call;
use super::put::Incoming;
use crate::error::Problem;
use crate::upload::{self, Loaded, Mode, Upload, receive};

/// Where rows go.
pub(super) struct Target {
    pub(super) name: String,
    pub(super) mode: Mode,
    /// The transaction they are a part of, or the session's temporary tables.
    pub(super) draft: Option<Arc<Draft>>,
}

/// Receives the rows and commits them; nothing is kept of what breaks off.
pub(super) async fn load(call: &Call, target: Target, incoming: Incoming) -> Result<Loaded, Problem> {
    let upload = Upload {
        name: target.name,
        mode: target.mode,
        format: format::by_name("arrow"),
        options: format::ReadOptions::default(),
        key: None,
        expect: None,
        transaction: None,
        draft: target.draft,
        caller: call.caller.name().to_owned(),
        query_id: call.query_id()?,
    };
    upload::target(&call.app, &upload)?;
    let mut problem = None;
    let bytes = futures::StreamExt::map(incoming.bytes(), |bytes| {
        bytes.map_err(|error| {
            let said = error.detail.clone();
            problem = Some(error);
            said
        })
    });
    let received = receive(&call.app, bytes, None).await;
    // What was wrong with the rows says more than that receiving them failed.
    match (received, problem) {
        (Err(_), Some(problem)) => Err(problem),
        (received, _) => Ok(upload::load(&call.app, upload, received?).await?),
    }
}
