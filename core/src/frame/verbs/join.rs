//! `join`: rows of two frames that have equal keys, side by side.

use polars::prelude::{JoinBuilder, JoinCoalesce, JoinType, JoinValidation, MaintainOrderJoin};

use super::{On, Verb};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};

const HOW: Kind = Kind::Choice(&["inner", "left", "right", "full", "semi", "anti", "cross"]);
const VALIDATE: Kind = Kind::Choice(&["m:m", "m:1", "1:m", "1:1"]);
const ORDER: Kind = Kind::Choice(&["none", "left", "right", "left_right", "right_left"]);

/// `join`: rows of two frames that have equal keys, side by side.
pub(super) const VERB: Verb = Verb {
    name: "join",
    on: On::Frame,
    params: &[
        Param::required("other", Kind::Frame),
        Param::optional("on", Kind::Columns, Default::None),
        Param::optional("how", HOW, Default::Text("inner")),
        Param::named("left_on", Kind::Columns, Default::None),
        Param::named("right_on", Kind::Columns, Default::None),
        Param::named("suffix", Kind::Text, Default::Text("_right")),
        Param::named("validate", VALIDATE, Default::Text("m:m")),
        Param::named("nulls_equal", Kind::Bool, Default::Bool(false)),
        Param::named("coalesce", Kind::Bool, Default::None),
        Param::named("maintain_order", ORDER, Default::None),
    ],
    page: include_str!("join.md"),
    polars: |given| {
        let how = how(given)?;
        let order = order(given, &how)?;
        let validation = match given.text("validate")? {
            "m:1" => JoinValidation::ManyToOne,
            "1:m" => JoinValidation::OneToMany,
            "1:1" => JoinValidation::OneToOne,
            _ => JoinValidation::ManyToMany,
        };
        let coalesce = match (given.has("coalesce")?, &how) {
            (false, _) | (true, JoinType::Cross) => JoinCoalesce::JoinSpecific,
            (true, _) if given.bool("coalesce")? => JoinCoalesce::CoalesceColumns,
            (true, _) => JoinCoalesce::KeepColumns,
        };
        let join = keys(given, &how, given.frame()?.join_builder().with(given.other("other")?))?
            .how(how)
            .suffix(given.text("suffix")?)
            .validate(validation)
            .join_nulls(given.bool("nulls_equal")?)
            .coalesce(coalesce)
            .maintain_order(order);
        Ok(join.finish().into())
    },
};

fn how(given: &Given<'_>) -> Result<JoinType, Error> {
    Ok(match given.text("how")? {
        "left" => JoinType::Left,
        "right" => JoinType::Right,
        "full" => JoinType::Full,
        "semi" => JoinType::Semi,
        "anti" => JoinType::Anti,
        "cross" => JoinType::Cross,
        _ => JoinType::Inner,
    })
}

/// The order that is asked for; else that of the frame whose rows all stay, so that an answer is the same each time.
fn order(given: &Given<'_>, how: &JoinType) -> Result<MaintainOrderJoin, Error> {
    Ok(match (given.text_if("maintain_order")?, how) {
        (Some("none"), _) => MaintainOrderJoin::None,
        (Some("left"), _) => MaintainOrderJoin::Left,
        (Some("right"), _) => MaintainOrderJoin::Right,
        (Some("right_left"), _) | (None, JoinType::Right) => MaintainOrderJoin::RightLeft,
        _ => MaintainOrderJoin::LeftRight,
    })
}

fn keys(given: &Given<'_>, how: &JoinType, join: JoinBuilder) -> Result<JoinBuilder, Error> {
    let (on, left, right) = (given.columns("on")?, given.columns("left_on")?, given.columns("right_on")?);
    match (on.is_empty(), left.len(), right.len()) {
        (true, 0, 0) if matches!(how, JoinType::Cross) => Ok(join),
        _ if matches!(how, JoinType::Cross) => {
            Err(Error::refused("a cross join pairs all rows, and is given keys")
                .hinted("leave the keys out, or join with `how=\"inner\"`"))
        }
        (false, 0, 0) => Ok(join.on(on)),
        (false, ..) => Err(Error::refused("`join` is given `on` and, beside it, `left_on` or `right_on`")
            .hinted("give `on` alone, or both of the others")),
        (true, 0, 0) => Err(Error::refused("`join` is given no keys")
            .hinted("name the columns that must be equal: `on=\"id\"`; `how=\"cross\"` pairs all rows")),
        (true, one, other) if one == other => Ok(join.left_on(left).right_on(right)),
        (true, one, other) => {
            Err(Error::refused(format!("`left_on` holds {one} columns, and `right_on` {other}"))
                .hinted("give as many of one as of the other"))
        }
    }
}
