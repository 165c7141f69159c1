//! Rows that come over Flight into a table: received to disk as the Arrow stream they are, then loaded as every
//! upload is.

use pantile_core::format;

use super::call::Call;
use super::put::{ARROW, Incoming};
use crate::error::Problem;
use crate::upload::{self, Elements, Form, Head, InDraft, Loaded, Mode, Said, Upload};

/// Where rows go.
pub(super) struct Target {
    pub(super) name: String,
    pub(super) mode: Mode,
    /// The transaction they are a part of, or the session's temporary tables.
    pub(super) draft: Option<InDraft>,
}

/// Receives the boxes of an array and commits it; nothing is kept of what breaks off.
pub(super) async fn keep(
    call: &Call,
    name: String,
    draft: Option<InDraft>,
    incoming: Incoming,
) -> Result<Loaded, Problem> {
    let _using = call.state()?.using();
    let head = Head { draft, ..Head::plain(name, &call.caller, call.query_id()?) };
    let elements = Elements { head, said: Said { form: Some(Form::Arrow), ..Said::default() } };
    upload::free(&call.app, &elements.head)?;
    let received = incoming.received(&call.app, None).await?;
    Ok(upload::keep(&call.app, elements, received).await?)
}

/// Receives the rows and commits them; nothing is kept of what breaks off.
pub(super) async fn load(call: &Call, target: Target, incoming: Incoming) -> Result<Loaded, Problem> {
    // However long the rows take to come.
    let _using = call.state()?.using();
    let plain = Head::plain(target.name, &call.caller, call.query_id()?);
    let upload = Upload {
        head: Head { draft: target.draft, ..plain },
        mode: target.mode,
        format: format::by_name(ARROW),
        options: format::ReadOptions::default(),
    };
    upload::target(&call.app, &upload)?;
    let received = incoming.received(&call.app, None).await?;
    Ok(upload::load(&call.app, upload, received).await?)
}
