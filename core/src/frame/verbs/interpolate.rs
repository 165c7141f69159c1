//! `interpolate`: nulls on the line between their neighbours.

use polars::prelude::{DataType, Expr, InterpolationMethod};

use super::{On, Verb};

/// `interpolate`: nulls on the line between their neighbours.
pub(super) const VERB: Verb = Verb {
    name: "interpolate",
    on: On::Frame,
    params: &[],
    page: include_str!("interpolate.md"),
    polars: |given| {
        let mut frame = given.frame()?;
        let schema = frame.collect_schema()?;
        let columns = schema.iter().map(|(name, kind)| {
            let column = Expr::Column(name.clone());
            match kind {
                // Polars 0.55.2 says that these stay what they are, and makes numbers of them.
                DataType::Boolean => column.cast(DataType::Float64).interpolate(InterpolationMethod::Linear),
                _ => column.interpolate(InterpolationMethod::Linear),
            }
        });
        Ok(frame.select(columns.collect::<Vec<_>>()).into())
    },
};
