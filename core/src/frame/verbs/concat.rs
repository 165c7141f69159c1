//! `concat`: several frames as one.

use polars::prelude::{
    HConcatOptions, LazyFrame, UnionArgs, concat, concat_lf_diagonal, concat_lf_horizontal,
};

use super::{On, Verb};
use crate::frame::lower::Error;
use crate::lang::signature::{Default, Kind, Param};

const HOW: Kind = Kind::Choice(&[
    "vertical",
    "vertical_relaxed",
    "diagonal",
    "diagonal_relaxed",
    "horizontal",
    "horizontal_extend",
]);

/// `concat`: several frames as one.
pub(super) const VERB: Verb = Verb {
    name: "concat",
    on: On::Nothing,
    params: &[Param::required("items", Kind::Frames), Param::named("how", HOW, Default::Text("vertical"))],
    page: include_str!("concat.md"),
    polars: |given| {
        let frames = given.others("items")?;
        let how = given.text("how")?;
        let rows = UnionArgs { to_supertypes: how.ends_with("_relaxed"), ..UnionArgs::default() };
        let columns = HConcatOptions { strict: how == "horizontal", ..HConcatOptions::default() };
        Ok(match how {
            "horizontal" | "horizontal_extend" => beside(frames, columns)?,
            "diagonal" | "diagonal_relaxed" => concat_lf_diagonal(frames, rows)?,
            _ => concat(frames, rows)?,
        }
        .into())
    },
};

/// The columns of all frames. One without columns adds none; Polars 0.55.2 panics where all are such.
fn beside(frames: Vec<LazyFrame>, options: HConcatOptions) -> Result<LazyFrame, Error> {
    let (mut held, mut bare) = (Vec::with_capacity(frames.len()), None);
    for mut frame in frames {
        if frame.collect_schema()?.is_empty() { bare = Some(frame) } else { held.push(frame) }
    }
    match bare {
        Some(bare) if held.is_empty() => Ok(bare),
        _ => Ok(concat_lf_horizontal(held, options)?),
    }
}
