//! `concat`: several frames as one.

use polars::prelude::{HConcatOptions, UnionArgs, concat, concat_lf_diagonal, concat_lf_horizontal};

use super::{On, Verb};
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
            "horizontal" | "horizontal_extend" => concat_lf_horizontal(frames, columns)?,
            "diagonal" | "diagonal_relaxed" => concat_lf_diagonal(frames, rows)?,
            _ => concat(frames, rows)?,
        }
        .into())
    },
};
