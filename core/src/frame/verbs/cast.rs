//! `cast`: columns as other types.

use polars::prelude::{DataType, Expr};

use super::{On, Verb};
use crate::lang::signature::{Default, Kind, Param};

/// `cast`: columns as other types.
pub(super) const VERB: Verb = Verb {
    name: "cast",
    on: On::Frame,
    params: &[
        Param::required("dtypes", Kind::Types),
        Param::named("strict", Kind::Bool, Default::Bool(true)),
    ],
    page: include_str!("cast.md"),
    polars: |given| {
        let (frame, strict) = (given.frame()?, given.bool("strict")?);
        let cast = |column: Expr, to: &DataType| {
            if strict { column.strict_cast(to.clone()) } else { column.cast(to.clone()) }
        };
        Ok(match given.types("dtypes")? {
            Ok(types) => {
                let columns = types.iter().map(|(name, to)| cast(polars::prelude::col(name.as_ref()), to));
                frame.with_columns(columns.collect::<Vec<_>>())
            }
            Err(to) => frame.with_columns([cast(polars::prelude::all().as_expr(), &to)]),
        }
        .into())
    },
};
