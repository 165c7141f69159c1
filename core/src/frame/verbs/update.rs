//! `update`: values of another frame in place of the frame's own.

use polars::prelude::{
    Expr, JoinCoalesce, JoinType, MaintainOrderJoin, PlSmallStr, Schema, by_name, coalesce, col, lit, when,
};

use super::{On, Verb};
use crate::frame::lower::{Error, Given};
use crate::lang::signature::{Default, Kind, Param};

const HOW: Kind = Kind::Choice(&["left", "inner", "full"]);
const ORDER: Kind = Kind::Choice(&["none", "left", "right", "left_right", "right_left"]);
/// Columns that stand there in between, under names that nobody else gives.
const ROW: &str = "__update_row";
const MATCHED: &str = "__update_matched";
const SUFFIX: &str = "__update";

/// `update`: values of another frame in place of the frame's own.
pub(super) const VERB: Verb = Verb {
    name: "update",
    on: On::Frame,
    params: &[
        Param::required("other", Kind::Frame),
        Param::optional("on", Kind::Names, Default::None),
        Param::optional("how", HOW, Default::Text("left")),
        Param::named("left_on", Kind::Names, Default::None),
        Param::named("right_on", Kind::Names, Default::None),
        Param::named("include_nulls", Kind::Bool, Default::Bool(false)),
        Param::named("maintain_order", ORDER, Default::Text("left")),
    ],
    page: include_str!("update.md"),
    polars: |given| {
        let (mut frame, mut other) = (given.frame()?, given.other("other")?);
        let keys = keys(given)?;
        let (left, right) = match &keys {
            Some((left, right)) => (left.clone(), right.clone()),
            None => {
                frame = frame.with_row_index(ROW, None);
                other = other.with_row_index(ROW, None);
                (vec![ROW.into()], vec![ROW.into()])
            }
        };
        let (ours, theirs) = (frame.collect_schema()?, other.collect_schema()?);
        there(&ours, &left)?;
        there(&theirs, &right)?;
        let values: Vec<PlSmallStr> = theirs
            .iter_names()
            .filter(|name| ours.contains(name.as_str()) && !right.contains(name))
            .cloned()
            .collect();
        let kept: Vec<Expr> = right.iter().chain(&values).map(|name| Expr::Column(name.clone())).collect();
        let nulls = given.bool("include_nulls")?;
        let columns = |names: &[PlSmallStr]| names.iter().cloned().map(Expr::Column).collect::<Vec<_>>();
        let joined = frame
            .join_builder()
            .with(other.select(kept).with_columns([lit(true).alias(MATCHED)]))
            .left_on(columns(&left))
            .right_on(columns(&right))
            .how(how(given)?)
            .suffix(SUFFIX)
            .coalesce(JoinCoalesce::CoalesceColumns)
            .maintain_order(order(given)?)
            .finish();
        let updated = values.iter().map(|name| {
            let (old, new) = (Expr::Column(name.clone()), col(format!("{name}{SUFFIX}")));
            let value = match nulls {
                true => when(col(MATCHED).is_null()).then(old).otherwise(new),
                false => coalesce(&[new, old]),
            };
            value.alias(name.clone())
        });
        let updated = joined.with_columns(updated.collect::<Vec<_>>());
        let names = ours.iter_names().filter(|name| name.as_str() != ROW).cloned();
        Ok(updated.select([by_name(names, true, false).as_expr()]).into())
    },
};

/// Columns of the frame, and those of the other one that they are compared with.
type Keys = (Vec<PlSmallStr>, Vec<PlSmallStr>);

/// The columns by which rows are found; nothing where it is by their place.
fn keys(given: &Given<'_>) -> Result<Option<Keys>, Error> {
    let names =
        |name| Ok::<_, Error>(given.names(name)?.into_iter().map(PlSmallStr::from_str).collect::<Vec<_>>());
    let (on, left, right) = (names("on")?, names("left_on")?, names("right_on")?);
    match (on.is_empty(), left.len(), right.len()) {
        (true, 0, 0) => Ok(None),
        (false, 0, 0) => Ok(Some((on.clone(), on))),
        (true, one, other) if one == other => Ok(Some((left, right))),
        (true, one, other) => {
            Err(Error::refused(format!("`left_on` names {one} columns, and `right_on` {other}"))
                .hinted("name as many of one as of the other"))
        }
        (false, ..) => Err(Error::refused("`update` is given `on` and, beside it, `left_on` or `right_on`")
            .hinted("give `on` alone, or both of the others")),
    }
}

/// Refuses keys that are not there.
fn there(schema: &Schema, keys: &[PlSmallStr]) -> Result<(), Error> {
    match keys.iter().find(|key| !schema.contains(key.as_str())) {
        Some(key) => Err(Error::unknown_column(key, schema.iter_names().map(|name| name.as_str()))),
        None => Ok(()),
    }
}

fn how(given: &Given<'_>) -> Result<JoinType, Error> {
    Ok(match given.text("how")? {
        "inner" => JoinType::Inner,
        "full" => JoinType::Full,
        _ => JoinType::Left,
    })
}

fn order(given: &Given<'_>) -> Result<MaintainOrderJoin, Error> {
    Ok(match given.text("maintain_order")? {
        "none" => MaintainOrderJoin::None,
        "right" => MaintainOrderJoin::Right,
        "left_right" => MaintainOrderJoin::LeftRight,
        "right_left" => MaintainOrderJoin::RightLeft,
        _ => MaintainOrderJoin::Left,
    })
}
